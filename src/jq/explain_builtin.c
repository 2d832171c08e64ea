/* SPDX-License-Identifier: MIT */
/* What builtins look at. One that is not named here looks at all that it gets:
 * that is more than the truth at worst. */
#include "jq/explain.h"

#include "jq/builtin_core.h"
#include "jq/explain_core.h"

static const struct {
    const char *name;
    int arity;
    enum explain_looks looks;
} tables[] = {
    {"empty", 0, EXPLAIN_ENDS},
    {"range", 1, EXPLAIN_NOT},
    {"range", 2, EXPLAIN_NOT},
    {"range", 3, EXPLAIN_NOT},
    {"isempty", 1, EXPLAIN_NOT},
    {"path", 1, EXPLAIN_NOT},
    {"error", 1, EXPLAIN_ENDS},
    {"halt", 0, EXPLAIN_ENDS},
    {"now", 0, EXPLAIN_NOT},
    {"builtins", 0, EXPLAIN_NOT},
    {"infinite", 0, EXPLAIN_NOT},
    {"nan", 0, EXPLAIN_NOT},
    {"input_filename", 0, EXPLAIN_NOT},
    {"input_line_number", 0, EXPLAIN_NOT},
    {"select", 1, EXPLAIN_PASSES},
    {"debug", 0, EXPLAIN_SHOWS},
    {"stderr", 0, EXPLAIN_SHOWS},
    {"first", 1, EXPLAIN_LAST},
    {"last", 1, EXPLAIN_LAST},
    {"limit", 2, EXPLAIN_LAST},
    {"any", 1, EXPLAIN_EACH},
    {"all", 1, EXPLAIN_EACH},
    {"sort_by", 1, EXPLAIN_MEMBERS},
    {"group_by", 1, EXPLAIN_MEMBERS},
    {"unique_by", 1, EXPLAIN_MEMBERS},
    {"min_by", 1, EXPLAIN_MEMBERS},
    {"max_by", 1, EXPLAIN_MEMBERS},
    {"any", 2, EXPLAIN_SOURCE},
    {"all", 2, EXPLAIN_SOURCE},
    {"input", 0, EXPLAIN_LINES},
    {"inputs", 0, EXPLAIN_LINES},
    {"recurse", 1, EXPLAIN_WITHIN},
    {"getpath", 1, EXPLAIN_WITHIN},
};

/* Functions of two and three numbers do not look at their input. */
static bool is_of_numbers(const struct builtin *b)
{
    const struct builtin *m = builtin_math;

    while (m->name != NULL && m != b)
        m++;
    return m == b && b->arity > 1;
}

enum explain_looks explain_builtin(const struct builtin *b)
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (tables[i].arity == b->arity &&
            slice_is(slice_text(b->name), tables[i].name))
            return tables[i].looks;
    }
    return is_of_numbers(b) ? EXPLAIN_NOT : EXPLAIN_DEFAULT;
}

bool explain_is_regex(const struct builtin *b)
{
    const struct builtin *r = builtin_regex;

    while (r->name != NULL && r != b)
        r++;
    return r == b;
}
