/* SPDX-License-Identifier: MIT */
/* What is asked for rarely: a search, formats by name, and what the language
 * says about itself. */
#include "jq/builtin.h"

#include <stdio.h>

#include "base/err.h"
#include "base/file.h"
#include "jq/builtin_core.h"
#include "jq/module.h"

/* As in jq, which asks for the length first. */
static int search_other(struct eval *e, struct val in, struct val *out)
{
    const bool empty =
        in.kind == VAL_NULL || (in.kind == VAL_NUMBER && val_double(in) == 0) ||
        (in.kind == VAL_STRING && val_text(&e->arena, in).len == 0) ||
        (in.kind == VAL_OBJECT && val_count(in) == 0);

    if (in.kind == VAL_TRUE || in.kind == VAL_FALSE)
        return eval_error_of(e, in, "has no length");
    if (!empty)
        return eval_cannot_index(e, in, val_number(0));
    *out = val_number(-1);
    return 1;
}

/* The index of the value, or -1 - the one where it would have to be put. */
static int search(struct eval *e, struct val in, const struct val *args,
                  struct val *out)
{
    int64_t low = 0, high;

    if (in.kind != VAL_ARRAY)
        return search_other(e, in, out);
    high = (int64_t)val_count(in) - 1;
    while (low <= high) {
        const int64_t middle = low + (high - low) / 2;
        struct val v = val_null();
        int order;

        val_element(in, middle, &v);
        order = val_compare(&e->arena, v, args[0]);
        if (order == 0) {
            *out = val_number((double)middle);
            return 1;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle - 1;
    }
    *out = val_number((double)(-1 - low));
    return 1;
}

static int format(struct eval *e, struct val in, const struct val *args,
                  struct val *out)
{
    if (args[0].kind != VAL_STRING)
        return eval_error_of(e, args[0], "is not a valid format");
    return eval_format(e, val_text(&e->arena, args[0]), in, out);
}

/* "name/arity" of each that a program may call. */
static int builtins(struct eval *e, struct val in, const struct val *args,
                    struct val *out)
{
    const struct builtin *b;

    (void)in;
    (void)args;
    *out = val_array(&e->arena, 256);
    for (size_t i = 0; (b = builtin_at(i)) != NULL && !val_no_room(*out); i++) {
        char name[64];
        struct slice copy;

        if (b->name[0] == '_')
            continue;
        snprintf(name, sizeof name, "%s/%d", b->name, b->arity);
        copy = arena_copy(&e->arena, slice_text(name));
        if (copy.ptr == NULL)
            return eval_no_room(e);
        *out = val_append(&e->arena, *out, val_string(copy));
    }
    return eval_give(e, *out, out);
}

/* What the module says of itself, as a text of JSON. */
static int describe(struct eval *e, const char *path, struct buf *json)
{
    struct err err;
    struct arena arena;
    struct buf text;
    struct val v;
    int got = 0;

    arena_init(&arena, SIZE_MAX);
    buf_init(&text, MODULE_MAX_BYTES);
    if (file_read(path, &text, &err) < 0 ||
        code_describe(&arena, buf_slice(&text), &v, &err) < 0)
        got = eval_error(e, "%s: %s", path, err.text);
    else if (eval_add_json(e, v, 0, json) < 0)
        got = eval_no_room(e);
    buf_release(&text);
    arena_release(&arena);
    return got;
}

/* The file is read each time, as in jq. */
static int module_meta(struct eval *e, struct val in, const struct val *args,
                       struct val *out)
{
    struct buf path, json = eval_new_text(e);
    struct err err;
    int got;

    if (in.kind != VAL_STRING)
        return eval_error(e, "modulemeta input module name must be a string");
    buf_init(&path, SIZE_MAX / 2);
    got = module_find(&e->arena, args[0], val_text(&e->arena, in), ".jq", &path,
                      &err);
    if (got < 0)
        eval_error(e, "%s", err.text);
    else
        got = describe(e, path.data, &json);
    if (got == 0)
        got = eval_from_json(e, buf_slice(&json), out);
    buf_release(&path);
    buf_release(&json);
    return got;
}

const struct builtin builtin_more[] = {
    {.name = "bsearch", .arity = 1, .values = search},
    {.name = "format", .arity = 1, .values = format},
    {.name = "builtins", .values = builtins},
    {.name = "_modulemeta", .arity = 1, .values = module_meta},
    {0},
};
