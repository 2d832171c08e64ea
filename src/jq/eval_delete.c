/* SPDX-License-Identifier: MIT */
/*
 * Paths are deleted together, as jq does it: sorted, those with a step in
 * common at once, and the elements of an array by the places that they had
 * before any of them went.
 */
#include "jq/eval.h"

#include <math.h>
#include <string.h>

#include "jq/arena.h"
#include "jq/eval_core.h"

/* Paths begin .. end - 1, which are the same up to `depth`. */
struct doomed {
    struct val paths; /* sorted */
    uint32_t begin;
    uint32_t end;
    uint32_t depth;
};

static struct val path_at(const struct doomed *d, uint32_t i)
{
    struct val path = val_null();

    val_element(d->paths, i, &path);
    return path;
}

static struct val key_at(const struct doomed *d, uint32_t i)
{
    struct val key = val_null();

    val_element(path_at(d, i), d->depth, &key);
    return key;
}

/* Whether the string is among the keys, which are sorted. */
static bool is_among(struct eval *e, struct val keys, struct val string)
{
    uint32_t low = 0, high = val_count(keys);

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        struct val key;
        int order;

        val_element(keys, middle, &key);
        order = val_compare(&e->arena, key, string);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static int delete_members(struct eval *e, struct val object, struct val keys,
                          struct val *out)
{
    struct val_walk walk = val_walk(&e->arena, keys);
    struct val key, value;

    while (val_next(&walk, NULL, &key)) {
        if (key.kind != VAL_STRING)
            return eval_error(e, "Cannot delete %s field of object",
                              val_kind_name(key));
    }
    if (val_count(keys) == 1) {
        val_element(keys, 0, &key);
        *out = val_remove(&e->arena, object, val_text(&e->arena, key));
        return eval_give(e, *out, out);
    }
    walk = val_walk(&e->arena, object);
    *out = val_object(&e->arena, val_count(object) + 1);
    while (!val_no_room(*out) && val_next(&walk, &key, &value)) {
        if (!is_among(e, keys, key))
            *out = val_put(&e->arena, *out, val_text(&e->arena, key), value);
    }
    return eval_give(e, *out, out);
}

/* Mark the elements that the key names. */
static int mark(struct eval *e, struct val key, char *marks, uint32_t count)
{
    struct val from = val_null(), to = val_null();
    uint32_t begin, end;
    double at;

    if (key.kind == VAL_OBJECT) {
        if (eval_slice_of_key(e, key, &from, &to) < 0)
            return -1;
        eval_slice_ends(from, to, count, &begin, &end);
        if (begin < end)
            memset(marks + begin, 1, end - begin);
        return 1;
    }
    if (key.kind != VAL_NUMBER)
        return eval_error(e, "Cannot delete %s element of array",
                          val_kind_name(key));
    at = floor(val_double(key));
    if (at < 0)
        at += count;
    if (at >= 0 && at < count)
        marks[(uint32_t)at] = 1;
    return 1;
}

static int delete_elements(struct eval *e, struct val array, struct val keys,
                           struct val *out)
{
    const uint32_t count = val_count(array);
    char *marks = arena_alloc(&e->arena, (size_t)count + 1);
    struct val_walk walk = val_walk(&e->arena, keys);
    struct val item;

    if (marks == NULL)
        return eval_no_room(e);
    memset(marks, 0, (size_t)count + 1);
    while (val_next(&walk, NULL, &item)) {
        if (mark(e, item, marks, count) < 0)
            return -1;
    }
    walk = val_walk(&e->arena, array);
    *out = val_array(&e->arena, count + 1);
    for (uint32_t i = 0; !val_no_room(*out) && val_next(&walk, NULL, &item);
         i++) {
        if (!marks[i])
            *out = val_append(&e->arena, *out, item);
    }
    return eval_give(e, *out, out);
}

static int delete_keys(struct eval *e, struct val v, struct val keys,
                       struct val *out)
{
    *out = v;
    if (val_count(keys) == 0 || v.kind == VAL_NULL)
        return 1;
    if (v.kind == VAL_OBJECT)
        return delete_members(e, v, keys, out);
    if (v.kind == VAL_ARRAY)
        return delete_elements(e, v, keys, out);
    return eval_error(e, "Cannot delete fields from %s", val_kind_name(v));
}

static int delete_below(struct eval *e, const struct doomed *d, struct val key,
                        struct val *v);

static int delete_sorted(struct eval *e, struct val v, const struct doomed *d,
                         struct val *out)
{
    struct val keys = val_array(&e->arena, 1);
    uint32_t i = d->begin;

    if (eval_check(e) < 0)
        return -1;
    while (i < d->end && !val_no_room(keys)) {
        const struct val key = key_at(d, i);
        const bool whole = val_count(path_at(d, i)) == d->depth + 1;
        struct doomed same = *d;

        same.begin = i++;
        while (i < d->end && val_equal(&e->arena, key_at(d, i), key))
            i++;
        same.end = i;
        same.depth++;
        if (whole) /* and so all that is below it */
            keys = val_append(&e->arena, keys, key);
        else if (delete_below(e, &same, key, &v) < 0)
            return -1;
    }
    if (val_no_room(keys))
        return eval_no_room(e);
    return delete_keys(e, v, keys, out);
}

static int delete_below(struct eval *e, const struct doomed *d, struct val key,
                        struct val *v)
{
    struct val inner;

    if (v->kind == VAL_NULL)
        return 1;
    if (eval_index(e, *v, key, &inner) < 0)
        return -1;
    if (inner.kind == VAL_NULL)
        return 1;
    if (delete_sorted(e, inner, d, &inner) < 0)
        return -1;
    return eval_set_step(e, *v, key, inner, v);
}

int eval_delete_paths(struct eval *e, struct val v, struct val paths,
                      struct val *out)
{
    struct doomed all = {.paths = paths};
    struct val_walk walk;
    struct val path;

    if (paths.kind != VAL_ARRAY)
        return eval_error(e, "Paths must be specified as an array");
    walk = val_walk(&e->arena, paths);
    while (val_next(&walk, NULL, &path)) {
        if (path.kind != VAL_ARRAY)
            return eval_error(e, "Path must be specified as array, not %s",
                              val_kind_name(path));
    }
    *out = v;
    if (eval_sort(e, paths, &all.paths) < 0)
        return -1;
    all.end = val_count(all.paths);
    if (all.end == 0)
        return 1;
    if (val_count(path_at(&all, 0)) == 0) {
        *out = val_null();
        return 1;
    }
    return delete_sorted(e, v, &all, out);
}
