/* SPDX-License-Identifier: MIT */
/*
 * What the files of the parser share: its place, and the rules that name one
 * another. Each gives a node, or NULL when the fault is said.
 */
#ifndef JQ_PARSE_CORE_H
#define JQ_PARSE_CORE_H

#include <stdbool.h>

#include "jq/ast.h"
#include "jq/lex.h"

struct arena;

/* A longer filter is none that anybody wrote. */
enum { PARSE_TEXT_MAX = 64 * 1024 * 1024 };

struct parse {
    struct lex lex;
    struct arena *arena;
    int depth; /* of nesting */
};

struct ast *parse_node(struct parse *p, enum ast_kind kind);
struct ast *parse_node_of(struct parse *p, enum ast_kind kind, struct ast *a,
                          struct ast *b);
void *parse_fault(struct parse *p, const char *text);
void *parse_expected(struct parse *p, const char *wanted);

/* One level deeper, unless that is too deep; p->depth-- when done. */
bool parse_enter(struct parse *p);

/* One more operator or step in a row, unless they are too many. */
bool parse_link(struct parse *p, uint32_t *links);

/* Take the sign or the keyword, or fail. */
bool parse_sign(struct parse *p, const char *sign);
bool parse_keyword(struct parse *p, const char *word);
/* Where it is: bytes into the program. */
uint32_t parse_here(const struct parse *p);

/* Take the sign or the keyword that goes with `open`, which stood at `from`, or
 * fail; `or_else`: what else might have stood here, such as "',' or ". */
bool parse_close(struct parse *p, const char *close, const char *open,
                 uint32_t from, const char *or_else);
bool parse_variable_name(struct parse *p, struct slice *name);

struct ast *parse_pipe(struct parse *p);
struct ast *parse_no_comma(struct parse *p);
struct ast *parse_postfix(struct parse *p);
struct ast *parse_definition(struct parse *p);
/* A definition without what stands behind it. */
struct ast *parse_function(struct parse *p);
/* The directives before a program or a module: AST_PROGRAM. */
bool parse_is_head(const struct parse *p);
struct ast *parse_head(struct parse *p);
struct ast *parse_label(struct parse *p);
/* A word of `len` bytes, which begins a term. */
struct ast *parse_word(struct parse *p, size_t len);
struct ast *parse_bracket(struct parse *p, struct ast *target);
struct ast *parse_dollar(struct parse *p);
struct ast *parse_object(struct parse *p);
struct ast *parse_patterns(struct parse *p);

/* From the quote. With a format, what is put in goes through it. */
struct ast *parse_string(struct parse *p, struct slice format);

#endif
