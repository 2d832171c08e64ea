/* SPDX-License-Identifier: MIT */
/* What is done with values: steps into them, arithmetic, order. */
#include "jq/eval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "jq/eval_core.h"
#include "jq/val_core.h"

/* Steps */

static struct slice slice_of_codes(struct slice text, uint32_t from,
                                   uint32_t to)
{
    size_t begin = 0, end, i = 0;

    for (; i < from && begin < text.len; i++)
        begin += utf8_step(text.ptr + begin, text.len - begin, NULL);
    for (end = begin; i < to && end < text.len; i++)
        end += utf8_step(text.ptr + end, text.len - end, NULL);
    return slice_of(text.ptr + begin, end - begin);
}

uint32_t eval_code_points(struct slice text)
{
    uint32_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return n;
}

/* Where a needle begins in an array, overlapping ones too. */
static int indices_of(struct eval *e, struct val array, struct val needle,
                      struct val *out)
{
    const uint32_t n = val_count(array), m = val_count(needle);
    struct val a, b;

    *out = val_array(&e->arena, 4);
    for (uint32_t i = 0; m > 0 && i + m <= n && !val_no_room(*out); i++) {
        bool same = true;

        for (uint32_t k = 0; k < m && same; k++) {
            val_element(array, i + k, &a);
            val_element(needle, k, &b);
            same = val_equal(&e->arena, a, b);
        }
        if (same)
            *out = val_append(&e->arena, *out, val_number(i));
    }
    return eval_give(e, *out, out);
}

static int element(struct val v, struct val key, struct val *out)
{
    const double at = trunc(val_double(key));

    if (!(at >= -(double)INT32_MAX && at <= (double)INT32_MAX) ||
        !val_element(v, (int64_t)at, out))
        *out = val_null();
    return 1;
}

int eval_slice_of_key(struct eval *e, struct val key, struct val *from,
                      struct val *to)
{
    const struct place_key start = place_key(slice_text("start"));
    const struct place_key end = place_key(slice_text("end"));

    if (!val_find(key, &start, from) || !val_find(key, &end, to))
        return eval_error(e, "Array/string slice indices must be integers");
    return 1;
}

static int slice_by_object(struct eval *e, struct val v, struct val key,
                           struct val *out)
{
    struct val from = val_null(), to = val_null();

    *out = v;
    if (v.kind == VAL_NULL)
        return 1;
    if (eval_slice_of_key(e, key, &from, &to) < 0)
        return -1;
    return eval_slice(e, v, from, to, out);
}

int eval_index(struct eval *e, struct val v, struct val key, struct val *out)
{
    struct place_key wanted;

    if (v.kind == VAL_OBJECT && key.kind == VAL_STRING) {
        wanted = place_key(val_text(&e->arena, key));
        if (!val_find(v, &wanted, out))
            *out = val_null();
        return 1;
    }
    if (v.kind == VAL_ARRAY && key.kind == VAL_NUMBER)
        return element(v, key, out);
    if (key.kind == VAL_OBJECT &&
        (v.kind == VAL_ARRAY || v.kind == VAL_NULL || v.kind == VAL_STRING))
        return slice_by_object(e, v, key, out);
    if (v.kind == VAL_ARRAY && key.kind == VAL_ARRAY)
        return indices_of(e, v, key, out);
    *out = val_null();
    if (v.kind == VAL_NULL && (key.kind == VAL_STRING ||
                               key.kind == VAL_NUMBER || key.kind == VAL_NULL))
        return key.kind == VAL_NULL ? eval_cannot_index(e, v, key) : 1;
    return eval_cannot_index(e, v, key);
}

static uint32_t clamp(double at, uint32_t len)
{
    if (at < 0)
        at += len;
    if (!(at > 0))
        return 0;
    return at > len ? len : (uint32_t)at;
}

void eval_slice_ends(struct val from, struct val to, uint32_t len,
                     uint32_t *begin, uint32_t *end)
{
    *begin = 0;
    *end = len;
    if (from.kind == VAL_NUMBER)
        *begin = clamp(floor(val_double(from)), len);
    if (to.kind == VAL_NUMBER)
        *end = clamp(ceil(val_double(to)), len);
    if (*end < *begin)
        *end = *begin;
}

int eval_slice(struct eval *e, struct val v, struct val from, struct val to,
               struct val *out)
{
    uint32_t begin, end;
    struct slice text;

    if (v.kind == VAL_NULL) {
        *out = v;
        return 1;
    }
    if (v.kind != VAL_STRING && v.kind != VAL_ARRAY)
        return eval_error(e, "Cannot index %s with object", val_kind_name(v));
    if ((from.kind != VAL_NUMBER && from.kind != VAL_NULL) ||
        (to.kind != VAL_NUMBER && to.kind != VAL_NULL))
        return eval_error(e, "Array/string slice indices must be integers");
    if (v.kind == VAL_STRING) {
        text = val_text(&e->arena, v);
        eval_slice_ends(from, to, eval_code_points(text), &begin, &end);
        *out = val_string(slice_of_codes(text, begin, end));
        return 1;
    }
    eval_slice_ends(from, to, val_count(v), &begin, &end);
    if (end < begin)
        end = begin;
    return eval_give(e, val_part(&e->arena, v, begin, end), out);
}

/* Splitting */

static int split_characters(struct eval *e, struct slice text, struct val *out)
{
    for (size_t i = 0, n; i < text.len && !val_no_room(*out); i += n) {
        n = utf8_step(text.ptr + i, text.len - i, NULL);
        *out =
            val_append(&e->arena, *out, val_string(slice_of(text.ptr + i, n)));
    }
    return eval_give(e, *out, out);
}

int eval_split(struct eval *e, struct slice text, struct slice separator,
               struct val *out)
{
    size_t from = 0;

    *out = val_array(&e->arena, 8);
    if (separator.len == 0)
        return split_characters(e, text, out);
    if (text.len == 0)
        return eval_give(e, *out, out);
    for (size_t i = 0; i + separator.len <= text.len && !val_no_room(*out);) {
        if (memcmp(text.ptr + i, separator.ptr, separator.len) != 0) {
            i++;
            continue;
        }
        *out = val_append(&e->arena, *out,
                          val_string(slice_of(text.ptr + from, i - from)));
        i += separator.len;
        from = i;
    }
    if (!val_no_room(*out))
        *out =
            val_append(&e->arena, *out,
                       val_string(slice_of(text.ptr + from, text.len - from)));
    return eval_give(e, *out, out);
}

/* Arithmetic */

static int add_strings(struct eval *e, struct val a, struct val b,
                       struct val *out)
{
    const struct slice x = val_text(&e->arena, a), y = val_text(&e->arena, b);
    struct slice sum;

    if (x.ptr == NULL || y.ptr == NULL || x.len + y.len > UINT32_MAX / 2)
        return eval_no_room(e);
    sum = arena_join(&e->arena, x, y);
    *out = val_string(sum);
    return sum.ptr != NULL ? 1 : eval_no_room(e);
}

static int add_all(struct eval *e, struct val a, struct val b, struct val *out)
{
    struct val_walk walk = val_walk(&e->arena, b);
    struct val key = val_null(), value;

    *out = a;
    while (val_next(&walk, &key, &value) && !val_no_room(*out)) {
        if (a.kind == VAL_ARRAY)
            *out = val_append(&e->arena, *out, value);
        else if (eval_put(e, *out, val_text(&e->arena, key), value, out) < 0)
            return -1;
    }
    return eval_give(e, *out, out);
}

static int add(struct eval *e, struct val a, struct val b, struct val *out)
{
    if (a.kind == VAL_NULL || b.kind == VAL_NULL) {
        *out = a.kind == VAL_NULL ? b : a;
        return 1;
    }
    if (a.kind == b.kind && a.kind == VAL_NUMBER) {
        *out = val_number(val_double(a) + val_double(b));
        return 1;
    }
    if (a.kind == b.kind && a.kind == VAL_STRING)
        return add_strings(e, a, b, out);
    if (a.kind == b.kind && a.kind >= VAL_ARRAY)
        return add_all(e, a, b, out);
    return eval_error_of_two(e, a, b, "cannot be added");
}

static int subtract(struct eval *e, struct val a, struct val b, struct val *out)
{
    struct val_walk walk, inner;
    struct val x, y;

    if (a.kind == VAL_NUMBER && b.kind == VAL_NUMBER) {
        *out = val_number(val_double(a) - val_double(b));
        return 1;
    }
    if (a.kind != VAL_ARRAY || b.kind != VAL_ARRAY)
        return eval_error_of_two(e, a, b, "cannot be subtracted");
    *out = val_array(&e->arena, val_count(a) + 1);
    walk = val_walk(&e->arena, a);
    while (!val_no_room(*out) && val_next(&walk, NULL, &x)) {
        bool there = false;

        inner = val_walk(&e->arena, b);
        while (!there && val_next(&inner, NULL, &y))
            there = val_equal(&e->arena, x, y);
        if (!there)
            *out = val_append(&e->arena, *out, x);
    }
    return eval_give(e, *out, out);
}

/* Objects within objects are merged, anything else is replaced. */
static int merge(struct eval *e, struct val a, struct val b, struct val *out)
{
    struct val_walk walk = val_walk(&e->arena, b);
    struct val key = val_null(), value, old;

    while (val_next(&walk, &key, &value)) {
        const struct slice name = val_text(&e->arena, key);
        const struct place_key wanted = place_key(name);

        if (value.kind == VAL_OBJECT && val_find(a, &wanted, &old) &&
            old.kind == VAL_OBJECT && merge(e, old, value, &value) < 0)
            return -1;
        a = val_put(&e->arena, a, name, value);
        if (val_no_room(a))
            return eval_no_room(e);
    }
    *out = a;
    return 1;
}

static int repeat(struct eval *e, struct slice text, double times,
                  struct val *out)
{
    size_t n;
    char *all;

    if (!(times >= 0)) {
        *out = val_null();
        return 1;
    }
    if (times > (double)UINT32_MAX ||
        (double)text.len * times > (double)UINT32_MAX / 2)
        return eval_error(e, "Repeat string result too long");
    n = (size_t)times;
    all = arena_alloc(&e->arena, text.len * n + 1);
    if (all == NULL)
        return eval_no_room(e);
    for (size_t i = 0; i < n; i++)
        memcpy(all + i * text.len, text.ptr, text.len);
    *out = val_string(slice_of(all, text.len * n));
    return 1;
}

static int multiply(struct eval *e, struct val a, struct val b, struct val *out)
{
    if (a.kind == VAL_NUMBER && b.kind == VAL_NUMBER) {
        *out = val_number(val_double(a) * val_double(b));
        return 1;
    }
    if (a.kind == VAL_STRING && b.kind == VAL_NUMBER)
        return repeat(e, val_text(&e->arena, a), val_double(b), out);
    if (a.kind == VAL_NUMBER && b.kind == VAL_STRING)
        return repeat(e, val_text(&e->arena, b), val_double(a), out);
    if (a.kind == VAL_OBJECT && b.kind == VAL_OBJECT)
        return merge(e, a, b, out);
    return eval_error_of_two(e, a, b, "cannot be multiplied");
}

static int divide(struct eval *e, struct val a, struct val b, struct val *out)
{
    if (a.kind == VAL_NUMBER && b.kind == VAL_NUMBER) {
        if (val_double(b) == 0)
            return eval_error_of_two(
                e, a, b, "cannot be divided because the divisor is zero");
        *out = val_number(val_double(a) / val_double(b));
        return 1;
    }
    if (a.kind == VAL_STRING && b.kind == VAL_STRING)
        return eval_split(e, val_text(&e->arena, a), val_text(&e->arena, b),
                          out);
    return eval_error_of_two(e, a, b, "cannot be divided");
}

static int64_t to_integer(double d)
{
    if (d >= 9223372036854775807.0)
        return INT64_MAX;
    if (d <= -9223372036854775808.0)
        return INT64_MIN;
    return (int64_t)d;
}

static int modulo(struct eval *e, struct val a, struct val b, struct val *out)
{
    int64_t x, y;

    if (a.kind != VAL_NUMBER || b.kind != VAL_NUMBER)
        return eval_error_of_two(e, a, b, "cannot be divided (remainder)");
    if (isnan(val_double(a)) || isnan(val_double(b))) {
        *out = val_number(NAN);
        return 1;
    }
    x = to_integer(val_double(a));
    y = to_integer(val_double(b));
    if (y == 0)
        return eval_error_of_two(e, a, b,
                                 "cannot be divided (remainder) because the "
                                 "divisor is zero");
    /* The sign is the left one's; the least number has no opposite. */
    *out = val_number(y == -1 ? 0 : (double)(x % y));
    return 1;
}

int eval_binary(struct eval *e, enum ast_op sign, struct val a, struct val b,
                struct val *out)
{
    struct arena *arena = &e->arena;

    switch ((int)sign) {
    case AST_ADD: return add(e, a, b, out);
    case AST_SUBTRACT: return subtract(e, a, b, out);
    case AST_MULTIPLY: return multiply(e, a, b, out);
    case AST_DIVIDE: return divide(e, a, b, out);
    case AST_MODULO: return modulo(e, a, b, out);
    case AST_EQUAL: *out = val_bool(val_equal(arena, a, b)); break;
    case AST_UNEQUAL: *out = val_bool(!val_equal(arena, a, b)); break;
    case AST_LESS: *out = val_bool(val_compare(arena, a, b) < 0); break;
    case AST_LESS_EQUAL: *out = val_bool(val_compare(arena, a, b) <= 0); break;
    case AST_GREATER: *out = val_bool(val_compare(arena, a, b) > 0); break;
    default: *out = val_bool(val_compare(arena, a, b) >= 0); break;
    }
    return 1;
}

/* Order */

static void merge_runs(struct arena *arena, const struct val *from, uint32_t n,
                       uint32_t run, struct val *to)
{
    for (uint32_t begin = 0; begin < n; begin += 2 * run) {
        uint32_t i = begin, middle = begin + run < n ? begin + run : n;
        uint32_t k = middle, end = middle + run < n ? middle + run : n;
        uint32_t o = begin;

        while (i < middle && k < end)
            to[o++] = val_compare(arena, from[i], from[k]) <= 0 ? from[i++]
                                                                : from[k++];
        while (i < middle)
            to[o++] = from[i++];
        while (k < end)
            to[o++] = from[k++];
    }
}

/* Stable, by merging: qsort(3) is not. */
int eval_sort(struct eval *e, struct val array, struct val *out)
{
    const uint32_t n = val_count(array);
    struct val_walk walk = val_walk(&e->arena, array);
    struct val from = val_array(&e->arena, n + 1);
    struct val to = val_array(&e->arena, n + 1), item;

    if (val_no_room(from) || val_no_room(to))
        return eval_no_room(e);
    while (val_next(&walk, NULL, &item)) {
        from = val_append(&e->arena, from, item);
        to = val_append(&e->arena, to, item);
    }
    for (uint32_t run = 1; run < n; run *= 2) {
        const struct val swap = from;

        merge_runs(&e->arena, from.u.array->items, n, run, to.u.array->items);
        from = to;
        to = swap;
    }
    *out = from;
    return 1;
}
