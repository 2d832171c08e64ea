/* SPDX-License-Identifier: MIT */
/* What regular expressions find, as values. The names with an underscore are
 * called by the definitions in builtin_defined.c. */
#include "jq/builtin.h"

#include "base/err.h"
#include "jq/builtin_core.h"
#include "jq/builtin_find.h"

/* Places in code points, asked for mostly from left to right. */
struct ruler {
    struct slice text;
    bool ascii;
    size_t byte;
    uint32_t point;
};

static struct ruler ruler_of(struct slice text)
{
    return (struct ruler){.text = text,
                          .ascii = eval_code_points(text) == text.len};
}

static double measure(struct ruler *r, int64_t byte)
{
    if (r->ascii)
        return (double)byte;
    if ((size_t)byte < r->byte) {
        r->byte = 0;
        r->point = 0;
    }
    r->point += eval_code_points(
        slice_of(r->text.ptr + r->byte, (size_t)byte - r->byte));
    r->byte = (size_t)byte;
    return r->point;
}

/* Objects as match gives them */

/* No value where there was no room for the object before. */
static void add_member(struct eval *e, struct val *object, const char *name,
                       struct val value)
{
    if (val_no_room(value))
        *object = value;
    if (!val_no_room(*object))
        *object = val_put(&e->arena, *object, slice_text(name), value);
}

struct where {
    double offset;
    double length;
    struct val string;
};

/* In an empty match jq has a group that took no part where the match is. */
static struct where where_of(const struct builtin_found *f, struct ruler *r,
                             const struct regex_span *whole,
                             const struct regex_span *s)
{
    struct where w = {.offset = -1, .string = builtin_text_of(f, s)};

    if (s->begin < 0 && whole->begin == whole->end) {
        s = whole;
        w.string = builtin_text_of(f, s);
    }
    if (s->begin < 0)
        return w;
    w.offset = measure(r, s->begin);
    w.length = measure(r, s->end) - w.offset;
    return w;
}

/* The order of the members is jq's. */
static struct val group_value(struct eval *e, const struct where *w,
                              struct slice name)
{
    struct val v = val_object(&e->arena, 4);

    add_member(e, &v, "offset", val_number(w->offset));
    if (w->length > 0)
        add_member(e, &v, "length", val_number(w->length));
    add_member(e, &v, "string", w->string);
    if (w->length <= 0)
        add_member(e, &v, "length", val_number(0));
    add_member(e, &v, "name", name.ptr ? val_string(name) : val_null());
    return v;
}

static struct val match_value(struct eval *e, const struct builtin_found *f,
                              struct ruler *r, const struct regex_span *spans)
{
    const struct where whole = where_of(f, r, spans, spans);
    struct val v = val_object(&e->arena, 4);
    struct val groups = val_array(&e->arena, f->groups + 1);

    for (uint32_t i = 0; i < f->groups && !val_no_room(groups); i++) {
        const struct where w = where_of(f, r, spans, &spans[i + 1]);
        const struct val group = group_value(e, &w, f->names[i]);

        groups =
            val_no_room(group) ? group : val_append(&e->arena, groups, group);
    }
    add_member(e, &v, "offset", val_number(whole.offset));
    add_member(e, &v, "length", val_number(whole.length));
    add_member(e, &v, "string", whole.string);
    add_member(e, &v, "captures", groups);
    return v;
}

/* Arrays of what is made of each match */

enum making { MATCHES, CAPTURES, SCANS };

static struct val scan_value(struct eval *e, const struct builtin_found *f,
                             const struct regex_span *spans)
{
    struct val v;

    if (f->groups == 0)
        return builtin_text_of(f, spans);
    v = val_array(&e->arena, f->groups);
    for (uint32_t i = 0; i < f->groups && !val_no_room(v); i++) {
        const struct regex_span *s = &spans[i + 1];

        v = val_append(
            &e->arena, v,
            builtin_text_of(
                f, s->begin < 0 && spans->begin == spans->end ? spans : s));
    }
    return v;
}

static int make_all(struct eval *e, const struct builtin_found *f,
                    enum making making, struct val *out)
{
    struct ruler r = {.ascii = true};

    if (making == MATCHES && f->count > 0)
        r = ruler_of(f->text);
    *out = val_array(&e->arena, f->count + 1);
    for (uint32_t i = 0; i < f->count && !val_no_room(*out); i++) {
        const struct regex_span *spans = builtin_spans(f, i);
        struct val v;

        if (eval_check(e) < 0)
            return -1;
        if (making == MATCHES)
            v = match_value(e, f, &r, spans);
        else if (making == CAPTURES)
            v = builtin_named_groups(e, f, spans);
        else
            v = scan_value(e, f, spans);
        *out = val_no_room(v) ? v : val_append(&e->arena, *out, v);
    }
    return eval_give(e, *out, out);
}

static int made_of(struct eval *e, struct val in, const struct val *args,
                   enum making making, struct val *out)
{
    struct builtin_query q = {.global = making == SCANS};
    struct builtin_found f;

    if (builtin_ask(e, in, args[0], args[1], &q) < 0 ||
        builtin_find_all(e, &q, &f) < 0)
        return -1;
    return make_all(e, &f, making, out);
}

static int matches(struct eval *e, struct val in, const struct val *args,
                   struct val *out)
{
    return made_of(e, in, args, MATCHES, out);
}

static int captures(struct eval *e, struct val in, const struct val *args,
                    struct val *out)
{
    return made_of(e, in, args, CAPTURES, out);
}

static int scans(struct eval *e, struct val in, const struct val *args,
                 struct val *out)
{
    return made_of(e, in, args, SCANS, out);
}

/* A pattern alone, or an array of it and its flags. */
static int pattern_of(struct eval *e, struct val v, struct val *pattern,
                      struct val *flags)
{
    *flags = val_null();
    *pattern = v;
    if (v.kind == VAL_STRING)
        return 0;
    if (v.kind != VAL_ARRAY || !val_element(v, 0, pattern))
        return eval_error(e, "%s not a string or array", val_kind_name(v));
    val_element(v, 1, flags);
    return 0;
}

/* With the pattern and its flags in one argument. */
static int matches_of(struct eval *e, struct val in, const struct val *args,
                      struct val *out)
{
    struct val both[2];

    if (pattern_of(e, args[0], &both[0], &both[1]) < 0)
        return -1;
    return matches(e, in, both, out);
}

static int captures_of(struct eval *e, struct val in, const struct val *args,
                       struct val *out)
{
    struct val both[2];

    if (pattern_of(e, args[0], &both[0], &both[1]) < 0)
        return -1;
    return captures(e, in, both, out);
}

/* test: no span is asked for */

static int test_with(struct eval *e, struct val in, const struct val *args,
                     struct val *out)
{
    struct builtin_query q = {.global = false};
    struct err err;
    int got;

    if (builtin_ask(e, in, args[0], args[1], &q) < 0)
        return -1;
    got = regex_search(e->regexes, q.regex, q.text, 0, NULL, &err);
    if (got < 0)
        return builtin_search_failed(e, &q, err.text);
    *out = val_bool(got == 1);
    return 1;
}

static int test(struct eval *e, struct val in, const struct val *args,
                struct val *out)
{
    struct val both[2];

    if (pattern_of(e, args[0], &both[0], &both[1]) < 0)
        return -1;
    return test_with(e, in, both, out);
}

/* What is between the matches. */
static int split(struct eval *e, struct val in, const struct val *args,
                 struct val *out)
{
    struct builtin_query q = {.global = true};
    int64_t from = 0;
    struct regex_span gap;
    struct builtin_found f;

    if (builtin_ask(e, in, args[0], args[1], &q) < 0 ||
        builtin_find_all(e, &q, &f) < 0)
        return -1;
    *out = val_array(&e->arena, f.count + 1);
    for (uint32_t i = 0; i < f.count && !val_no_room(*out); i++) {
        gap = (struct regex_span){from, builtin_spans(&f, i)->begin};
        *out = val_append(&e->arena, *out, builtin_text_of(&f, &gap));
        from = builtin_spans(&f, i)->end;
    }
    gap = (struct regex_span){from, (int64_t)f.text.len};
    if (!val_no_room(*out))
        *out = val_append(&e->arena, *out, builtin_text_of(&f, &gap));
    return eval_give(e, *out, out);
}

const struct builtin builtin_regex[] = {
    {.name = "test", .arity = 1, .values = test},
    {.name = "test", .arity = 2, .values = test_with},
    {.name = "split", .arity = 2, .values = split},
    {.name = "_match", .arity = 1, .values = matches_of},
    {.name = "_match", .arity = 2, .values = matches},
    {.name = "_capture", .arity = 1, .values = captures_of},
    {.name = "_capture", .arity = 2, .values = captures},
    {.name = "_scan", .arity = 2, .values = scans},
    {.name = "_sub", .arity = 3, .each = builtin_sub},
    {0},
};
