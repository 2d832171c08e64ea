/* SPDX-License-Identifier: MIT */
#include "jq/builtin.h"

#include <string.h>

#include "jq/builtin_core.h"

static const struct builtin *const families[] = {
    builtin_basic, builtin_control, builtin_loop,    builtin_group,
    builtin_text,  builtin_math,    builtin_regex,   builtin_more,
    builtin_time,  builtin_world,   builtin_defined,
};

enum { FAMILIES = sizeof families / sizeof families[0] };

const struct builtin *builtin_find(struct slice name, size_t arity)
{
    for (size_t i = 0; i < FAMILIES; i++) {
        for (const struct builtin *b = families[i]; b->name != NULL; b++) {
            if ((size_t)b->arity == arity && slice_is(name, b->name))
                return b;
        }
    }
    return NULL;
}

const struct code *builtin_argument(const struct code *call, int i)
{
    const struct code *arg = call->a;

    while (i-- > 0)
        arg = arg->next;
    return arg->a;
}

const struct builtin *builtin_at(size_t i)
{
    for (size_t k = 0; k < FAMILIES; k++) {
        for (const struct builtin *b = families[k]; b->name != NULL; b++) {
            if (i-- == 0)
                return b;
        }
    }
    return NULL;
}
