/* SPDX-License-Identifier: MIT */
/* The families of builtins: each file has a table that ends in a row without a
 * name. */
#ifndef JQ_BUILTIN_CORE_H
#define JQ_BUILTIN_CORE_H

#include "jq/builtin.h"
#include "jq/eval_core.h"

extern const struct builtin builtin_basic[];
extern const struct builtin builtin_control[];
extern const struct builtin builtin_loop[];
extern const struct builtin builtin_group[];
extern const struct builtin builtin_text[];
extern const struct builtin builtin_math[];
extern const struct builtin builtin_regex[];
extern const struct builtin builtin_more[];
extern const struct builtin builtin_time[];
extern const struct builtin builtin_world[];
extern const struct builtin builtin_defined[]; /* in the language */

/* An argument of a call that takes its arguments as filters. */
const struct code *builtin_argument(const struct code *call, int i);

#endif
