/* SPDX-License-Identifier: MIT */
/* What orders and groups an array's items by what a filter gives for each. */
#include "jq/builtin.h"

#include "jq/builtin_core.h"

/* Pairs of what the filter gives and the item. */
static int pairs_of(struct eval *e, const struct code *call, struct env *env,
                    struct val in, struct val *pairs)
{
    struct val_walk walk;
    struct val item;

    if (in.kind < VAL_ARRAY)
        return eval_cannot_iterate(e, in);
    walk = val_walk(&e->arena, in);
    *pairs = val_array(&e->arena, val_count(in) + 1);
    while (!val_no_room(*pairs) && val_next(&walk, NULL, &item)) {
        struct val pair = val_array(&e->arena, 2);
        struct val keys = val_array(&e->arena, 2);

        if (val_no_room(pair) || val_no_room(keys))
            return eval_no_room(e);
        if (eval_collect(e, builtin_argument(call, 0), env, item, &keys) < 0)
            return -1;
        pair = val_append(&e->arena, pair, keys);
        pair = val_append(&e->arena, pair, item);
        *pairs = val_append(&e->arena, *pairs, pair);
    }
    return eval_give(e, *pairs, pairs);
}

static struct val part(struct val pair, int i)
{
    struct val v = val_null();

    val_element(pair, i, &v);
    return v;
}

/* Of an object the filter is run on its values before jq finds that they are
 * none of an array. */
static int check_pairs(struct eval *e, struct val in, struct val pairs,
                       const char *what)
{
    struct val keys = val_array(&e->arena, val_count(pairs) + 1);

    if (in.kind == VAL_ARRAY)
        return 1;
    for (uint32_t i = 0; i < val_count(pairs) && !val_no_room(keys); i++)
        keys = val_append(&e->arena, keys, part(part(pairs, (int)i), 0));
    return val_no_room(keys) ? eval_no_room(e)
                             : eval_error_of_two(e, in, keys, what);
}

/* By the keys alone: the items must not decide. */
static int sorted_pairs(struct eval *e, const struct code *call,
                        struct env *env, struct val in, struct val *pairs)
{
    struct val wrapped, pair, keyed;
    struct val_walk walk;
    double i = 0;

    if (pairs_of(e, call, env, in, &wrapped) < 0 ||
        check_pairs(e, in, wrapped,
                    "cannot be sorted, as they are not both arrays") < 0)
        return -1;
    *pairs = val_array(&e->arena, val_count(wrapped) + 1);
    walk = val_walk(&e->arena, wrapped);
    while (!val_no_room(*pairs) && val_next(&walk, NULL, &pair)) {
        keyed = val_array(&e->arena, 4);
        if (val_no_room(keyed))
            return eval_no_room(e);
        keyed = val_append(&e->arena, keyed, part(pair, 0));
        keyed = val_append(&e->arena, keyed, val_number(i++));
        keyed = val_append(&e->arena, keyed, part(pair, 1));
        *pairs = val_append(&e->arena, *pairs, keyed);
    }
    if (val_no_room(*pairs))
        return eval_no_room(e);
    return eval_sort(e, *pairs, pairs);
}

static int sort_by(struct eval *e, const struct code *call, struct env *env,
                   struct val in, struct val *out)
{
    struct val pairs, pair;
    struct val_walk walk;

    if (sorted_pairs(e, call, env, in, &pairs) < 0)
        return -1;
    *out = val_array(&e->arena, val_count(pairs) + 1);
    walk = val_walk(&e->arena, pairs);
    while (!val_no_room(*out) && val_next(&walk, NULL, &pair))
        *out = val_append(&e->arena, *out, part(pair, 2));
    return eval_give(e, *out, out);
}

/* Groups of equal keys, each an array; or of each group only the first. */
static int grouped(struct eval *e, const struct code *call, struct env *env,
                   struct val in, bool firsts, struct val *out)
{
    struct val pairs, pair, key = val_null(), group = val_null();
    struct val_walk walk;

    if (sorted_pairs(e, call, env, in, &pairs) < 0)
        return -1;
    *out = val_array(&e->arena, val_count(pairs) + 1);
    walk = val_walk(&e->arena, pairs);
    while (!val_no_room(*out) && val_next(&walk, NULL, &pair)) {
        const bool same =
            group.kind == VAL_ARRAY && val_equal(&e->arena, key, part(pair, 0));

        if (!same && group.kind == VAL_ARRAY)
            *out = val_append(&e->arena, *out, firsts ? part(group, 0) : group);
        if (!same)
            group = val_array(&e->arena, 4);
        if (val_no_room(group))
            return eval_no_room(e);
        key = part(pair, 0);
        group = val_append(&e->arena, group, part(pair, 2));
    }
    if (group.kind == VAL_ARRAY && !val_no_room(*out))
        *out = val_append(&e->arena, *out, firsts ? part(group, 0) : group);
    return eval_give(e, *out, out);
}

static int group_by(struct eval *e, const struct code *call, struct env *env,
                    struct val in, struct val *out)
{
    return grouped(e, call, env, in, false, out);
}

static int unique_by(struct eval *e, const struct code *call, struct env *env,
                     struct val in, struct val *out)
{
    return grouped(e, call, env, in, true, out);
}

static int extreme_by(struct eval *e, const struct code *call, struct env *env,
                      struct val in, int sign, struct val *out)
{
    struct val pairs = val_null(), pair = val_null(), best = val_null();
    struct val_walk walk;

    if (pairs_of(e, call, env, in, &pairs) < 0 ||
        check_pairs(e, in, pairs, "cannot be iterated over") < 0)
        return -1;
    walk = val_walk(&e->arena, pairs);
    while (val_next(&walk, NULL, &pair)) {
        const int order =
            best.kind == VAL_ARRAY
                ? val_compare(&e->arena, part(pair, 0), part(best, 0))
                : 0;

        if (best.kind != VAL_ARRAY || (sign < 0 ? order < 0 : order >= 0))
            best = pair;
    }
    *out = best.kind == VAL_ARRAY ? part(best, 1) : best;
    return 1;
}

static int min_by(struct eval *e, const struct code *call, struct env *env,
                  struct val in, struct val *out)
{
    return extreme_by(e, call, env, in, -1, out);
}

static int max_by(struct eval *e, const struct code *call, struct env *env,
                  struct val in, struct val *out)
{
    return extreme_by(e, call, env, in, 1, out);
}

const struct builtin builtin_group[] = {
    {.name = "sort_by", .arity = 1, .one = sort_by},
    {.name = "group_by", .arity = 1, .one = group_by},
    {.name = "unique_by", .arity = 1, .one = unique_by},
    {.name = "min_by", .arity = 1, .one = min_by},
    {.name = "max_by", .arity = 1, .one = max_by},
    {0},
};
