/* SPDX-License-Identifier: MIT */
/* Kinds, sizes, keys, order: what asks a value about itself. */
#include "jq/builtin.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "jq/builtin_core.h"

static int no(struct eval *e, struct val in, const struct val *args,
              struct val *out)
{
    (void)e;
    (void)args;
    *out = val_bool(!val_truth(in));
    return 1;
}

static int type(struct eval *e, struct val in, const struct val *args,
                struct val *out)
{
    (void)e;
    (void)args;
    *out = val_string(slice_text(val_kind_name(in)));
    return 1;
}

static int length(struct eval *e, struct val in, const struct val *args,
                  struct val *out)
{
    (void)args;
    switch ((enum val_kind)in.kind) {
    case VAL_NULL: *out = val_number(0); return 1;
    case VAL_FALSE:
    case VAL_TRUE: return eval_error_of(e, in, "has no length");
    case VAL_NUMBER: *out = val_number(fabs(val_double(in))); return 1;
    case VAL_STRING:
        *out = val_number(eval_code_points(val_text(&e->arena, in)));
        return 1;
    case VAL_OBJECT: /* each key once */
        *out = val_number(val_walk(&e->arena, in).end);
        return 1;
    case VAL_ARRAY: break;
    }
    *out = val_number(val_count(in));
    return 1;
}

static int byte_length(struct eval *e, struct val in, const struct val *args,
                       struct val *out)
{
    (void)args;
    if (in.kind != VAL_STRING)
        return eval_error_of(e, in, "only strings have UTF-8 byte length");
    *out = val_number((double)val_text(&e->arena, in).len);
    return 1;
}

static int unsorted_keys(struct eval *e, struct val in, const struct val *args,
                         struct val *out)
{
    struct val_walk walk;
    struct val key = val_null(), value;
    double i = 0;

    (void)args;
    if (in.kind < VAL_ARRAY)
        return eval_error_of(e, in, "has no keys");
    walk = val_walk(&e->arena, in);
    *out = val_array(&e->arena, val_count(in) + 1);
    while (!val_no_room(*out) && val_next(&walk, &key, &value)) {
        if (in.kind == VAL_ARRAY)
            key = val_number(i++);
        *out = val_append(&e->arena, *out, key);
    }
    return eval_give(e, *out, out);
}

static int keys(struct eval *e, struct val in, const struct val *args,
                struct val *out)
{
    if (unsorted_keys(e, in, args, out) < 0)
        return -1;
    return in.kind == VAL_OBJECT ? eval_sort(e, *out, out) : 1;
}

static int has(struct eval *e, struct val in, const struct val *args,
               struct val *out)
{
    const struct val key = args[0];
    struct place_key wanted;
    struct val v;

    *out = val_bool(false);
    if (in.kind == VAL_NULL)
        return 1;
    if (in.kind == VAL_OBJECT && key.kind == VAL_STRING) {
        wanted = place_key(val_text(&e->arena, key));
        *out = val_bool(val_find(in, &wanted, &v));
        return 1;
    }
    if (in.kind == VAL_ARRAY && key.kind == VAL_NUMBER) {
        const double at = trunc(val_double(key));

        *out = val_bool(at >= 0 && at < val_count(in));
        return 1;
    }
    return eval_error(e, "Cannot check whether %s has a %s key",
                      val_kind_name(in),
                      key.kind == VAL_STRING ? "string" : val_kind_name(key));
}

static bool contains_text(struct slice text, struct slice part)
{
    const char *at = text.ptr, *end;

    if (part.len == 0 || part.len > text.len)
        return part.len == 0;
    for (end = at + (text.len - part.len); at <= end; at++) {
        at = memchr(at, part.ptr[0], (size_t)(end - at) + 1);
        if (at == NULL)
            return false;
        if (memcmp(at, part.ptr, part.len) == 0)
            return true;
    }
    return false;
}

static bool holds(struct eval *e, struct val a, struct val b);

static bool object_holds(struct eval *e, struct val a, struct val b)
{
    struct val_walk walk = val_walk(&e->arena, b);
    struct val key = val_null(), want, have;
    bool all = true;

    while (all && val_next(&walk, &key, &want)) {
        const struct place_key wanted = place_key(val_text(&e->arena, key));

        all = val_find(a, &wanted, &have) && holds(e, have, want);
    }
    return all;
}

static bool array_holds(struct eval *e, struct val a, struct val b)
{
    struct val_walk walk = val_walk(&e->arena, b);
    struct val want, have;
    bool all = true;

    while (all && val_next(&walk, NULL, &want)) {
        struct val_walk inner = val_walk(&e->arena, a);

        all = false;
        while (!all && val_next(&inner, NULL, &have))
            all = holds(e, have, want);
    }
    return all;
}

static bool holds(struct eval *e, struct val a, struct val b)
{
    if (a.kind != b.kind)
        return false;
    if (a.kind == VAL_OBJECT)
        return object_holds(e, a, b);
    if (a.kind == VAL_ARRAY)
        return array_holds(e, a, b);
    if (a.kind == VAL_STRING)
        return contains_text(val_text(&e->arena, a), val_text(&e->arena, b));
    return val_equal(&e->arena, a, b);
}

/* Different kinds within them are no error, only those of the two; of which
 * true is one and false another. */
static int holds_checked(struct eval *e, struct val a, struct val b,
                         struct val *out)
{
    if (a.kind != b.kind)
        return eval_error_of_two(e, a, b,
                                 "cannot have their containment checked");
    *out = val_bool(holds(e, a, b));
    return 1;
}

static int contains(struct eval *e, struct val in, const struct val *args,
                    struct val *out)
{
    return holds_checked(e, in, args[0], out);
}

static int inside(struct eval *e, struct val in, const struct val *args,
                  struct val *out)
{
    return holds_checked(e, args[0], in, out);
}

static int add(struct eval *e, struct val in, const struct val *args,
               struct val *out)
{
    struct val_walk walk;
    struct val value;

    (void)args;
    if (in.kind < VAL_ARRAY)
        return eval_cannot_iterate(e, in);
    walk = val_walk(&e->arena, in);
    *out = val_null();
    while (val_next(&walk, NULL, &value)) {
        if (eval_binary(e, AST_ADD, *out, value, out) < 0)
            return -1;
    }
    return 1;
}

static int sort(struct eval *e, struct val in, const struct val *args,
                struct val *out)
{
    (void)args;
    if (in.kind != VAL_ARRAY)
        return eval_error_of(e, in, "cannot be sorted, as it is not an array");
    return eval_sort(e, in, out);
}

/* jq makes a key of each value first. */
static int no_array_to_sort(struct eval *e, struct val in)
{
    struct val_walk walk;
    struct val value, keys = val_array(&e->arena, 8);

    if (in.kind < VAL_ARRAY)
        return eval_cannot_iterate(e, in);
    walk = val_walk(&e->arena, in);
    while (!val_no_room(keys) && val_next(&walk, NULL, &value)) {
        struct val key = val_array(&e->arena, 1);

        if (!val_no_room(key))
            key = val_append(&e->arena, key, value);
        if (!val_no_room(key))
            keys = val_append(&e->arena, keys, key);
    }
    return eval_error_of_two(e, in, keys,
                             "cannot be sorted, as they are not both arrays");
}

static int unique(struct eval *e, struct val in, const struct val *args,
                  struct val *out)
{
    struct val sorted = val_null(), item, last = val_null();
    struct val_walk walk;
    bool any = false;

    (void)args;
    if (in.kind != VAL_ARRAY)
        return no_array_to_sort(e, in);
    if (eval_sort(e, in, &sorted) < 0)
        return -1;
    *out = val_array(&e->arena, val_count(sorted) + 1);
    walk = val_walk(&e->arena, sorted);
    while (!val_no_room(*out) && val_next(&walk, NULL, &item)) {
        if (!any || !val_equal(&e->arena, last, item))
            *out = val_append(&e->arena, *out, item);
        last = item;
        any = true;
    }
    return eval_give(e, *out, out);
}

/* The least (sign -1) or the greatest: of equal ones the first or the last. */
static int extreme(struct eval *e, struct val in, int sign, struct val *out)
{
    struct val_walk walk;
    struct val item;
    bool any = false;

    if (in.kind != VAL_ARRAY)
        return eval_error_of_two(e, in, in, "cannot be iterated over");
    walk = val_walk(&e->arena, in);
    *out = val_null();
    while (val_next(&walk, NULL, &item)) {
        const int order = any ? val_compare(&e->arena, item, *out) : 0;

        if (!any || (sign < 0 ? order < 0 : order >= 0))
            *out = item;
        any = true;
    }
    return 1;
}

static int min(struct eval *e, struct val in, const struct val *args,
               struct val *out)
{
    (void)args;
    return extreme(e, in, -1, out);
}

static int max(struct eval *e, struct val in, const struct val *args,
               struct val *out)
{
    (void)args;
    return extreme(e, in, 1, out);
}

static int reverse_text(struct eval *e, struct slice text, struct val *out)
{
    char *copy = arena_alloc(&e->arena, text.len + 1);

    if (copy == NULL)
        return eval_no_room(e);
    for (size_t i = 0, n; i < text.len; i += n) { /* by code points */
        for (n = 1; i + n < text.len && (text.ptr[i + n] & 0xC0) == 0x80;)
            n++;
        memcpy(copy + text.len - i - n, text.ptr + i, n);
    }
    *out = val_string(slice_of(copy, text.len));
    return 1;
}

/* What is no array but has a length goes wrong at its first element. */
static int reverse(struct eval *e, struct val in, const struct val *args,
                   struct val *out)
{
    struct val item, count = val_number(0);

    if (in.kind == VAL_STRING)
        return reverse_text(e, val_text(&e->arena, in), out);
    if (length(e, in, args, &count) < 0)
        return -1;
    *out = val_array(&e->arena, 4);
    if (in.kind != VAL_ARRAY && val_double(count) > 0)
        return eval_cannot_index(e, in, count);
    if (in.kind != VAL_ARRAY)
        return eval_give(e, *out, out);
    for (uint32_t i = val_count(in); i-- > 0 && !val_no_room(*out);) {
        val_element(in, i, &item);
        *out = val_append(&e->arena, *out, item);
    }
    return eval_give(e, *out, out);
}

/* Down to depth 0, which a fraction passes by: all the way. */
static int flatten_into(struct eval *e, struct val v, struct val depth,
                        struct val *out)
{
    struct val_walk walk = val_walk(&e->arena, v);
    const bool counts = depth.kind == VAL_NUMBER;
    const double left = counts ? val_double(depth) : 1;
    struct val item;

    while (val_next(&walk, NULL, &item)) {
        if (item.kind == VAL_ARRAY && left != 0) {
            if (!counts)
                return eval_error_of_two(e, depth, val_number(1),
                                         "cannot be subtracted");
            if (flatten_into(e, item, val_number(left - 1), out) < 0)
                return -1;
            continue;
        }
        *out = val_append(&e->arena, *out, item);
        if (val_no_room(*out))
            return eval_no_room(e);
    }
    return 1;
}

static int flatten_to(struct eval *e, struct val in, const struct val *args,
                      struct val *out)
{
    if (val_compare(&e->arena, args[0], val_number(0)) < 0)
        return eval_error(e, "flatten depth must not be negative");
    if (in.kind < VAL_ARRAY)
        return eval_cannot_iterate(e, in);
    *out = val_array(&e->arena, 8);
    if (val_no_room(*out))
        return eval_no_room(e);
    return flatten_into(e, in, args[0], out);
}

static int flatten(struct eval *e, struct val in, const struct val *args,
                   struct val *out)
{
    const struct val deep = val_number(1e9);

    (void)args;
    return flatten_to(e, in, &deep, out);
}

static int to_entries(struct eval *e, struct val in, const struct val *args,
                      struct val *out)
{
    struct val_walk walk;
    struct val key = val_null(), value;
    double i = 0;

    (void)args;
    if (in.kind < VAL_ARRAY)
        return eval_error_of(e, in, "has no keys");
    walk = val_walk(&e->arena, in);
    *out = val_array(&e->arena, walk.end + 1);
    while (!val_no_room(*out) && val_next(&walk, &key, &value)) {
        struct val entry = val_object(&e->arena, 2);

        if (in.kind == VAL_ARRAY)
            key = val_number(i++);
        if (!val_no_room(entry))
            entry = val_put(&e->arena, entry, slice_text("key"), key);
        if (!val_no_room(entry))
            entry = val_put(&e->arena, entry, slice_text("value"), value);
        if (val_no_room(entry))
            return eval_no_room(e);
        *out = val_append(&e->arena, *out, entry);
    }
    return eval_give(e, *out, out);
}

/* The first of these members that is neither null nor false. */
static struct val first_of(struct val entry, const char *const *names)
{
    struct val v, found = val_null();

    for (; *names != NULL; names++) {
        const struct place_key key = place_key(slice_text(*names));

        if (!val_find(entry, &key, &v))
            continue;
        found = v;
        if (val_truth(v))
            break;
    }
    return found;
}

static int from_entry(struct eval *e, struct val entry, struct val *object)
{
    static const char *const keys[] = {"key", "Key", "name", "Name", NULL};
    const struct place_key names[] = {place_key(slice_text("value")),
                                      place_key(slice_text("Value"))};
    struct val key = entry, value = val_null();

    if (entry.kind != VAL_OBJECT && entry.kind != VAL_NULL)
        return eval_error(e, "Cannot index %s with string \"key\"",
                          val_kind_name(entry));
    if (entry.kind == VAL_OBJECT)
        key = first_of(entry, keys);
    if (entry.kind == VAL_OBJECT && !val_find(entry, &names[0], &value) &&
        !val_find(entry, &names[1], &value))
        value = val_null();
    if (key.kind != VAL_STRING)
        return eval_error(e, "Cannot use %s (%s) as object key",
                          val_kind_name(key), eval_short(e, key));
    *object = val_put(&e->arena, *object, val_text(&e->arena, key), value);
    return eval_give(e, *object, object);
}

static int from_entries(struct eval *e, struct val in, const struct val *args,
                        struct val *out)
{
    struct val_walk walk;
    struct val entry;

    (void)args;
    if (in.kind < VAL_ARRAY)
        return eval_cannot_iterate(e, in);
    walk = val_walk(&e->arena, in);
    *out = val_object(&e->arena, walk.end + 1);
    if (val_no_room(*out))
        return eval_no_room(e);
    while (val_next(&walk, NULL, &entry)) {
        if (from_entry(e, entry, out) < 0)
            return -1;
    }
    return 1;
}

static int raise_value(struct eval *e, struct val in, const struct val *args,
                       struct val *out)
{
    (void)in;
    (void)out;
    return eval_raise(e, args[0]);
}

static int raise_input(struct eval *e, struct val in, const struct val *args,
                       struct val *out)
{
    (void)args;
    (void)out;
    return eval_raise(e, in);
}

static int set_path(struct eval *e, struct val in, const struct val *args,
                    struct val *out)
{
    return eval_set_path(e, in, args[0], args[1], out);
}

static int delete_paths(struct eval *e, struct val in, const struct val *args,
                        struct val *out)
{
    return eval_delete_paths(e, in, args[0], out);
}

/* The length of the longest row: of anything that has one. */
static int longest(struct eval *e, struct val rows, double *columns)
{
    struct val_walk walk = val_walk(&e->arena, rows);
    struct val row, count = val_number(0);

    *columns = 0;
    while (val_next(&walk, NULL, &row)) {
        if (length(e, row, NULL, &count) < 0)
            return -1;
        *columns = fmax(*columns, val_double(count));
    }
    return 1;
}

static int column_of(struct eval *e, struct val rows, double i,
                     struct val *column)
{
    struct val_walk walk = val_walk(&e->arena, rows);
    struct val row, cell;

    *column = val_array(&e->arena, walk.end + 1);
    while (!val_no_room(*column) && val_next(&walk, NULL, &row)) {
        if (eval_index(e, row, val_number(i), &cell) < 0)
            return -1;
        *column = val_append(&e->arena, *column, cell);
    }
    return eval_give(e, *column, column);
}

static int transpose(struct eval *e, struct val in, const struct val *args,
                     struct val *out)
{
    struct val column;
    double columns, i = 0;

    (void)args;
    if (in.kind < VAL_ARRAY)
        return eval_cannot_iterate(e, in);
    if (longest(e, in, &columns) < 0)
        return -1;
    *out = val_array(&e->arena, 8);
    while (i < columns && !val_no_room(*out)) {
        if (eval_check(e) < 0 || column_of(e, in, i++, &column) < 0)
            return -1;
        *out = val_append(&e->arena, *out, column);
    }
    return eval_give(e, *out, out);
}

const struct builtin builtin_basic[] = {
    {.name = "not", .values = no},
    {.name = "type", .values = type},
    {.name = "length", .values = length},
    {.name = "utf8bytelength", .values = byte_length},
    {.name = "keys", .values = keys},
    {.name = "keys_unsorted", .values = unsorted_keys},
    {.name = "has", .arity = 1, .values = has},
    {.name = "contains", .arity = 1, .values = contains},
    {.name = "inside", .arity = 1, .values = inside},
    {.name = "add", .values = add},
    {.name = "sort", .values = sort},
    {.name = "unique", .values = unique},
    {.name = "min", .values = min},
    {.name = "max", .values = max},
    {.name = "reverse", .values = reverse},
    {.name = "flatten", .values = flatten},
    {.name = "flatten", .arity = 1, .values = flatten_to},
    {.name = "to_entries", .values = to_entries},
    {.name = "from_entries", .values = from_entries},
    {.name = "error", .values = raise_input},
    {.name = "error", .arity = 1, .values = raise_value},
    {.name = "setpath", .arity = 2, .values = set_path},
    {.name = "delpaths", .arity = 1, .values = delete_paths},
    {.name = "transpose", .values = transpose},
    {0},
};
