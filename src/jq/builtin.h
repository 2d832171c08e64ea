/* SPDX-License-Identifier: MIT */
/*
 * builtin - the functions that are there without a definition
 *
 * A table says of each its name, its arity and how it is run: with its
 * arguments as values, one output at most; or with its arguments as filters.
 */
#ifndef JQ_BUILTIN_H
#define JQ_BUILTIN_H

#include <stdbool.h>
#include <stddef.h>

#include "jq/eval.h"

enum { BUILTIN_ARGS_MAX = 4 };

/* Arguments as values: 1 and `out`, 0 for no output, or -1 and it unwinds. */
typedef int (*builtin_values_fn)(struct eval *e, struct val in,
                                 const struct val *args, struct val *out);
/* Arguments as filters. */
typedef int (*builtin_one_fn)(struct eval *e, const struct code *call,
                              struct env *env, struct val in, struct val *out);
typedef int (*builtin_each_fn)(struct eval *e, const struct code *call,
                               struct env *env, struct at in, eval_fn emit,
                               void *arg);

struct builtin {
    const char *name;
    builtin_values_fn values; /* one of these three, or `text` */
    builtin_one_fn one;
    builtin_each_fn each;
    const char *text; /* a definition in the language itself */
    int arity;
    unsigned needs; /* code_needs of jq/code.h */
    bool single;    /* of `each`: if all its arguments are */
};

/* NULL if there is none. */
const struct builtin *builtin_find(struct slice name, size_t arity);

/* One after the other; NULL behind the last. */
const struct builtin *builtin_at(size_t i);

#endif
