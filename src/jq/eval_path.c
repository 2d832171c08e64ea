/* SPDX-License-Identifier: MIT */
/*
 * Paths: where an output came from, as a trail of steps; getpath, setpath and
 * delpaths by arrays of steps; and the assignments, which are made of them.
 */
#include "jq/eval.h"

#include <math.h>
#include <stdlib.h>

#include "jq/eval_core.h"
#include "jq/val_core.h"

/* A larger index is a mistake, not an array. */
enum { INDEX_MAX = 1 << 29 };

const struct trail eval_root = {.before = NULL};
const struct trail eval_lost = {.before = NULL};

/* jq takes a value for the one at the path so far when it is the same null,
 * true or false: `path(.a | null)` is ["a"] where .a is null. */
struct at eval_off(struct at in, struct val v)
{
    if (in.trail != NULL && (v.kind >= VAL_NUMBER || v.kind != in.v.kind))
        return (struct at){v, &eval_lost};
    return (struct at){v, in.trail};
}

int eval_lost_result(struct eval *e, struct val v)
{
    char shown[EVAL_SHOWN_LONG];

    return eval_error(e, "Invalid path expression with result %s",
                      eval_show(e, v, shown, sizeof shown));
}

int eval_lost_element(struct eval *e, struct val v, struct val key)
{
    char shown[EVAL_SHOWN_LONG];

    return eval_error(
        e, "Invalid path expression near attempt to access element %s of %s",
        eval_short(e, key), eval_show(e, v, shown, sizeof shown));
}

int eval_lost_iteration(struct eval *e, struct val v)
{
    char shown[EVAL_SHOWN_LONG];

    return eval_error(
        e, "Invalid path expression near attempt to iterate through %s",
        eval_show(e, v, shown, sizeof shown));
}

int eval_step(struct eval *e, struct at in, struct val key, struct at *next)
{
    struct trail *trail;

    next->trail = NULL;
    if (in.trail == NULL)
        return 0;
    if (in.trail == &eval_lost)
        return eval_lost_element(e, in.v, key);
    trail = arena_alloc(&e->arena, sizeof *trail);
    if (trail == NULL)
        return eval_no_room(e);
    *trail = (struct trail){in.trail, key};
    next->trail = trail;
    return 0;
}

struct val eval_path(struct eval *e, const struct trail *trail)
{
    uint32_t n = 0;
    struct val path;

    for (const struct trail *t = trail; t != &eval_root; t = t->before)
        n++;
    path = val_array(&e->arena, n + 1);
    if (val_no_room(path))
        return path;
    for (uint32_t i = 0; i < n; i++)
        path = val_append(&e->arena, path, val_null());
    for (const struct trail *t = trail; t != &eval_root; t = t->before)
        val_set_own(path, --n, t->step);
    return path;
}

/* The path as values */

int eval_get_path(struct eval *e, struct val v, struct val path,
                  struct val *out)
{
    struct val_walk walk;
    struct val step;

    if (path.kind != VAL_ARRAY)
        return eval_error(e, "Path must be specified as an array");
    walk = val_walk(&e->arena, path);
    while (val_next(&walk, NULL, &step)) {
        if (eval_index(e, v, step, &v) < 0)
            return -1;
    }
    *out = v;
    return 1;
}

/* Only the assignment has this one, so it may be changed. */
static bool is_own(const struct eval *e, struct val v)
{
    return e->owner != 0 && val_owner(v) == e->owner;
}

/* The result, in place of `v`: if it is new, nobody else has it. */
static int give_own(struct eval *e, struct val v, struct val result,
                    struct val *out)
{
    const bool same = v.kind == result.kind && v.form == result.form &&
                      v.u.array == result.u.array;

    if (e->owner != 0 && !same)
        val_own(result, e->owner);
    return eval_give(e, result, out);
}

static int set_element(struct eval *e, struct val array, struct val key,
                       struct val value, struct val *out)
{
    double at = val_double(key);
    const uint32_t n = array.kind == VAL_NULL ? 0 : val_count(array);
    struct val_walk walk = val_walk(&e->arena, array);
    struct val item;
    uint32_t i;

    if (isnan(at))
        return eval_error(e, "Cannot set array element at NaN index");
    at = trunc(at);
    if (at < 0)
        at += n;
    if (at < 0)
        return eval_error(e, "Out of bounds negative array index");
    if (at > INDEX_MAX)
        return eval_error(e, "Array index too large");
    i = (uint32_t)at;
    if (i == n && array.kind == VAL_ARRAY)
        return give_own(e, array, val_append(&e->arena, array, value), out);
    if (i < n && is_own(e, array)) {
        val_set_own(array, i, value);
        return eval_give(e, val_around(&e->arena, array, value), out);
    }
    *out = val_array(&e->arena, (i < n ? n : i) + 1);
    for (uint32_t k = 0; k < n && !val_no_room(*out); k++) {
        val_next(&walk, NULL, &item);
        *out = val_append(&e->arena, *out, k == i ? value : item);
    }
    for (uint32_t k = n; k <= i && !val_no_room(*out); k++)
        *out = val_append(&e->arena, *out, k == i ? value : val_null());
    return give_own(e, array, *out, out);
}

static int splice(struct eval *e, struct val array, struct val key,
                  struct val value, struct val *out)
{
    const uint32_t n = array.kind == VAL_NULL ? 0 : val_count(array);
    struct val_walk walk = val_walk(&e->arena, array), put;
    struct val from = val_null(), to = val_null(), item;
    uint32_t begin, end;

    if (eval_slice_of_key(e, key, &from, &to) < 0)
        return -1;
    if (value.kind != VAL_ARRAY)
        return eval_error(e, "A slice of an array can only be assigned another "
                             "array");
    eval_slice_ends(from, to, n, &begin, &end);
    put = val_walk(&e->arena, value);
    *out = val_array(&e->arena, n + val_count(value) + 1);
    for (uint32_t i = 0; i <= n && !val_no_room(*out); i++) {
        if (i == begin) {
            while (val_next(&put, NULL, &item))
                *out = val_append(&e->arena, *out, item);
        }
        if (i < n && val_next(&walk, NULL, &item) && (i < begin || i >= end))
            *out = val_append(&e->arena, *out, item);
    }
    return eval_give(e, *out, out);
}

int eval_put(struct eval *e, struct val object, struct slice name,
             struct val value, struct val *out)
{
    const struct val before = object;

    if (is_own(e, object) && val_put_own(object, name, value))
        return eval_give(e, val_around(&e->arena, object, value), out);
    object = val_put(&e->arena, object, name, value);
    return give_own(e, before, object, out);
}

static int set_member(struct eval *e, struct val v, struct val key,
                      struct val value, struct val *out)
{
    const struct slice name = val_text(&e->arena, key);

    if (v.kind == VAL_NULL)
        v = val_object(&e->arena, 4);
    if (val_no_room(v))
        return eval_no_room(e);
    return eval_put(e, v, name, value, out);
}

/* v[key] = value, where that is possible. */
int eval_set_step(struct eval *e, struct val v, struct val key,
                  struct val value, struct val *out)
{
    const bool null = v.kind == VAL_NULL;

    if (key.kind == VAL_STRING && (null || v.kind == VAL_OBJECT))
        return set_member(e, v, key, value, out);
    if (key.kind == VAL_NUMBER && (null || v.kind == VAL_ARRAY))
        return set_element(e, v, key, value, out);
    if (key.kind == VAL_OBJECT && (null || v.kind == VAL_ARRAY))
        return splice(e, v, key, value, out);
    if (key.kind == VAL_OBJECT)
        return v.kind == VAL_STRING
                   ? eval_error(e, "Cannot update string slices")
                   : eval_error(e, "Cannot update field at object index of %s",
                                val_kind_name(v));
    return eval_cannot_index(e, v, key);
}

static int set_from(struct eval *e, struct val v, struct val_walk steps,
                    struct val value, struct val *out)
{
    struct val step, inner;

    if (!val_next(&steps, NULL, &step)) {
        *out = value;
        return 1;
    }
    if (eval_check(e) < 0 || eval_index(e, v, step, &inner) < 0 ||
        set_from(e, inner, steps, value, &inner) < 0)
        return -1;
    return eval_set_step(e, v, step, inner, out);
}

int eval_set_path(struct eval *e, struct val v, struct val path,
                  struct val value, struct val *out)
{
    if (path.kind != VAL_ARRAY)
        return eval_error(e, "Path must be specified as an array");
    return set_from(e, v, val_walk(&e->arena, path), value, out);
}

/* Assignments */

struct assignment {
    struct eval *e;
    const struct code *code;
    struct env *env;
    struct val right;
    struct val result;
    struct val deleted; /* paths whose update gave nothing */
    uint64_t owner;     /* of what it may change */
};

static int set_result(struct assignment *a, struct val path, struct val value)
{
    int got;

    a->e->owner = a->owner;
    got = eval_set_path(a->e, a->result, path, value, &a->result);
    a->e->owner = 0;
    return got < 0 ? -1 : 0;
}

static int assign_one(void *arg, struct at v)
{
    struct assignment *a = arg;
    struct val path, old = val_null(), value = a->right;

    if (v.trail == &eval_lost)
        return eval_lost_result(a->e, v.v);
    path = eval_path(a->e, v.trail);
    if (val_no_room(path))
        return eval_no_room(a->e);
    if (a->code->op == CODE_COMPUTE) {
        if (eval_get_path(a->e, a->result, path, &old) < 0)
            return -1;
        if (a->code->sign == AST_ALTERNATIVE)
            value = val_truth(old) ? old : a->right;
        else if (eval_binary(a->e, a->code->sign, old, a->right, &value) < 0)
            return -1;
    }
    return set_result(a, path, value);
}

static int update_one(void *arg, struct at v)
{
    struct assignment *a = arg;
    struct val path, old = val_null(), value;
    int got;

    if (v.trail == &eval_lost)
        return eval_lost_result(a->e, v.v);
    path = eval_path(a->e, v.trail);
    if (val_no_room(path))
        return eval_no_room(a->e);
    if (eval_get_path(a->e, a->result, path, &old) < 0)
        return -1;
    got = eval_first(a->e, a->code->b, a->env, old, &value);
    if (got < 0)
        return -1;
    if (got == 1) {
        a->e->shared |= value.kind >= VAL_ARRAY; /* it may have parts twice */
        if (val_owner(old) == a->owner)
            a->owner = ++a->e->owners; /* and so may what was made here */
        return set_result(a, path, value);
    }
    a->deleted = val_append(&a->e->arena, a->deleted, path);
    return val_no_room(a->deleted) ? eval_no_room(a->e) : 0;
}

int eval_assign(struct eval *e, const struct code *code, struct env *env,
                struct val in, struct val right, struct val *out)
{
    struct assignment a = {
        .e = e, .code = code, .env = env, .right = right, .result = in};
    int got;

    if (code->direct && e->lent == 0)
        return eval_change_fields(e, code, env, in, right, out);
    a.owner = e->lent != 0 ? e->lent : ++e->owners;
    e->lent = 0;
    e->pins++; /* the result is not held */
    got =
        eval_each(e, code->a, env, (struct at){in, &eval_root}, assign_one, &a);
    e->pins--;
    if (got < 0)
        return -1;
    *out = a.result;
    return 1;
}

static int update(struct eval *e, const struct code *code, struct env *env,
                  struct val in, struct val *out)
{
    struct assignment a = {.e = e,
                           .code = code,
                           .env = env,
                           .result = in,
                           .deleted = val_array(&e->arena, 1)};
    int got;

    if (code->direct && e->lent == 0)
        return eval_change_fields(e, code, env, in, in, out);
    a.owner = e->lent != 0 ? e->lent : ++e->owners;
    e->lent = 0;
    if (val_no_room(a.deleted))
        return eval_no_room(e);
    e->pins++; /* the result is not held */
    got =
        eval_each(e, code->a, env, (struct at){in, &eval_root}, update_one, &a);
    e->pins--;
    if (got < 0)
        return -1;
    return eval_delete_paths(e, a.result, a.deleted, out);
}

int eval_assign_one(struct eval *e, const struct code *code, struct env *env,
                    struct val in, struct val *out)
{
    const uint64_t owner = e->lent;
    struct val right;
    int got;

    if (code->op == CODE_UPDATE)
        return update(e, code, env, in, out);
    e->lent = 0; /* not to what the right side does */
    got = eval_one(e, code->b, env, in, &right);
    e->lent = owner;
    return got == 1 ? eval_assign(e, code, env, in, right, out) : got;
}
