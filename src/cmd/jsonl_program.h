/* SPDX-License-Identifier: MIT */
/*
 * jsonl_program - the filter of weir stream-jsonl: compiled, and explained
 *
 * Loop's thread, before the run.
 */
#ifndef CMD_JSONL_PROGRAM_H
#define CMD_JSONL_PROGRAM_H

#include <stdbool.h>

#include "base/slice.h"

struct arena;
struct buf;
struct code;
struct err;
struct jsonl_given;
struct jsonl_options;
struct log;

/* The code, in the arena, or NULL: where and why was logged, and `err` has the
 * way out. */
const struct code *jsonl_program_compile(struct arena *arena,
                                         const struct jsonl_given *g,
                                         const struct jsonl_options *o,
                                         struct log *log, struct err *err);

/* Whether the program reads by itself, in one thread. */
bool jsonl_program_reads(const struct code *filter,
                         const struct jsonl_options *o);

/* Append what --explain prints. */
void jsonl_program_explain(const struct code *filter, struct slice text,
                           const struct jsonl_options *o, struct buf *out);

#endif
