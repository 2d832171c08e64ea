/* SPDX-License-Identifier: MIT */
/*
 * parse - a filter's text to a tree
 *
 * The grammar of jq 1.7.1, and these extensions of later ones, which break no
 * program: any expression as an object's value, and a suffix behind `if`,
 * `try`, `reduce`, `foreach` and `label` where they end by themselves. A
 * program that names modules is an AST_PROGRAM.
 */
#ifndef JQ_PARSE_H
#define JQ_PARSE_H

#include <stddef.h>

#include "base/slice.h"

struct arena;
struct ast;
struct err;

/*
 * The tree, in the arena, or NULL with `err` of kind ERR_USAGE ("column N: what
 * was expected") and the column of the first byte that does not fit, from 1.
 */
struct ast *parse_program(struct arena *arena, struct slice text,
                          size_t *column, struct err *err);

/* Likewise of a module, which has definitions only: AST_PROGRAM. */
struct ast *parse_library(struct arena *arena, struct slice text,
                          size_t *column, struct err *err);

#endif
