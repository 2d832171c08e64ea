/* SPDX-License-Identifier: MIT */
#include "jq/builtin_find.h"

#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

static int take_flags(struct eval *e, struct val flags, bool *global,
                      unsigned *options)
{
    struct slice s;

    if (flags.kind == VAL_NULL)
        return 0;
    if (flags.kind != VAL_STRING)
        return eval_error_of(e, flags, "is not a string");
    s = val_text(&e->arena, flags);
    for (size_t i = 0; i < s.len; i++) {
        switch (s.ptr[i]) {
        case 'g': *global = true; break;
        case 'i': *options |= REGEX_CASELESS; break;
        case 'x': *options |= REGEX_EXTENDED; break;
        case 's': *options |= REGEX_SINGLE; break;
        case 'm': *options |= REGEX_DOT_ALL; break;
        case 'p': *options |= REGEX_SINGLE | REGEX_DOT_ALL; break;
        case 'l': *options |= REGEX_LONGEST; break;
        case 'n': *options |= REGEX_NOT_EMPTY; break;
        default:
            return eval_error(e, "%.*s is not a valid modifier string",
                              s.len < 200 ? (int)s.len : 200, s.ptr);
        }
    }
    return 0;
}

static int fault(struct eval *e, struct slice pattern, const struct err *err)
{
    return eval_error(e, "%.*s (at offset 0) is not a valid regex: %s",
                      pattern.len < 200 ? (int)pattern.len : 200, pattern.ptr,
                      err->text);
}

int builtin_search_failed(struct eval *e, const struct builtin_query *q,
                          const char *why)
{
    return eval_error(e, "%.*s: the search for this regex failed: %s",
                      q->pattern.len < 200 ? (int)q->pattern.len : 200,
                      q->pattern.ptr, why);
}

int builtin_ask(struct eval *e, struct val in, struct val pattern,
                struct val flags, struct builtin_query *q)
{
    unsigned options = 0;
    struct err err;

    if (in.kind != VAL_STRING)
        return eval_error_of(e, in, "cannot be matched, as it is not a string");
    if (pattern.kind != VAL_STRING)
        return eval_error_of(e, pattern, "is not a string");
    if (take_flags(e, flags, &q->global, &options) < 0)
        return -1;
    q->text = val_text(&e->arena, in);
    q->pattern = val_text(&e->arena, pattern);
    if (q->text.ptr == NULL || q->pattern.ptr == NULL)
        return eval_no_room(e);
    if (e->regexes == NULL)
        e->regexes = regex_cache_new(e->arena.max);
    q->regex = regex_get(e->regexes, q->pattern, options, &err);
    return q->regex != NULL ? 0 : fault(e, q->pattern, &err);
}

/* The place for one match more, or NULL: no room. */
static struct regex_span *next_spans(struct eval *e, struct builtin_found *f,
                                     uint32_t *room)
{
    const size_t each = (f->groups + 1) * sizeof *f->spans;
    struct regex_span *more;

    if (f->count == *room) {
        *room = 2 * *room + 1;
        more = arena_alloc(&e->arena, each * *room);
        if (more == NULL)
            return NULL;
        if (f->count > 0)
            memcpy(more, f->spans, each * f->count);
        f->spans = more;
    }
    return &f->spans[(size_t)f->count * (f->groups + 1)];
}

/* Behind an empty match the next one is a character further. */
static size_t behind(struct slice text, const struct regex_span *whole)
{
    const size_t end = (size_t)whole->end;
    size_t n;

    if (whole->begin < whole->end)
        return end;
    if (end >= text.len)
        return text.len + 1;
    n = utf8_step(text.ptr + end, text.len - end, NULL);
    return end + (n > 0 ? n : 1);
}

static int name_groups(struct eval *e, const struct regex *regex,
                       struct builtin_found *f)
{
    f->names = arena_alloc(&e->arena, (f->groups + 1) * sizeof *f->names);
    if (f->names == NULL)
        return eval_no_room(e);
    memset(f->names, 0, (f->groups + 1) * sizeof *f->names);
    regex_names(regex, f->names);
    /* The cache may be emptied while they are still looked at. */
    for (uint32_t i = 0; i < f->groups; i++) {
        if (f->names[i].ptr == NULL)
            continue;
        f->names[i] = arena_copy(&e->arena, f->names[i]);
        if (f->names[i].ptr == NULL)
            return eval_no_room(e);
    }
    return 0;
}

int builtin_find_all(struct eval *e, const struct builtin_query *q,
                     struct builtin_found *f)
{
    uint32_t room = 0;
    size_t from = 0;
    struct err err;
    int got = 1;

    *f = (struct builtin_found){.text = q->text,
                                .groups = regex_groups(q->regex)};
    if (name_groups(e, q->regex, f) < 0)
        return -1;
    while (got == 1 && from <= q->text.len) {
        struct regex_span *spans;

        if (eval_check(e) < 0)
            return -1;
        spans = next_spans(e, f, &room);
        if (spans == NULL)
            return eval_no_room(e);
        got = regex_search(e->regexes, q->regex, q->text, from, spans, &err);
        if (got < 0)
            return builtin_search_failed(e, q, err.text);
        if (got == 0)
            break;
        f->count++;
        from = behind(q->text, spans);
        got = q->global;
    }
    return 0;
}

const struct regex_span *builtin_spans(const struct builtin_found *f,
                                       uint32_t match)
{
    return &f->spans[(size_t)match * (f->groups + 1)];
}

/* null if it took no part. */
struct val builtin_text_of(const struct builtin_found *f,
                           const struct regex_span *s)
{
    if (s->begin < 0)
        return val_null();
    return val_string(
        slice_of(f->text.ptr + s->begin, (size_t)(s->end - s->begin)));
}

/* The groups that have a name, as an object. */
struct val builtin_named_groups(struct eval *e, const struct builtin_found *f,
                                const struct regex_span *spans)
{
    const bool empty = spans->begin == spans->end;
    struct val v = val_object(&e->arena, f->groups + 1);

    for (uint32_t i = 0; i < f->groups && !val_no_room(v); i++) {
        const struct regex_span *s = &spans[i + 1];

        if (f->names[i].ptr == NULL)
            continue;
        v = val_put(&e->arena, v, f->names[i],
                    builtin_text_of(f, s->begin < 0 && empty ? spans : s));
    }
    return v;
}
