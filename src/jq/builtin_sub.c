/* SPDX-License-Identifier: MIT */
/*
 * sub: the first replacement of each match makes the first result, the second
 * one the second, and so on. A result takes what lies between two matches
 * along only with a replacement of its own, as in jq.
 */
#include "jq/builtin.h"

#include <string.h>

#include "jq/builtin_core.h"
#include "jq/builtin_find.h"

/* A text that grows, in the arena. */
struct text {
    char *ptr;
    size_t len;
    size_t cap;
};

struct edit {
    struct eval *e;
    const struct code *replacement;
    struct env *env;
    struct builtin_found found;
    struct slice gap; /* before the match; in the end, behind the last */
    struct text *results;
    uint32_t count;
    uint32_t room;
    uint32_t i; /* the next result */
};

static int add_text(struct eval *e, struct text *t, struct slice s)
{
    if (s.len > t->cap - t->len) {
        const size_t cap = 2 * t->cap + s.len + 32;
        char *more = arena_alloc(&e->arena, cap);

        if (more == NULL || cap > UINT32_MAX / 2)
            return eval_no_room(e);
        if (t->len > 0)
            memcpy(more, t->ptr, t->len);
        t->ptr = more;
        t->cap = cap;
    }
    if (s.len > 0)
        memcpy(t->ptr + t->len, s.ptr, s.len);
    t->len += s.len;
    return 0;
}

/* The next result, or NULL: no room. */
static struct text *next_result(struct edit *ed)
{
    if (ed->i == ed->room) {
        const uint32_t room = 2 * ed->room + 1;
        struct text *more = arena_alloc(&ed->e->arena, room * sizeof *more);

        if (more == NULL)
            return NULL;
        if (ed->count > 0)
            memcpy(more, ed->results, ed->count * sizeof *more);
        ed->results = more;
        ed->room = room;
    }
    if (ed->i == ed->count)
        ed->results[ed->count++] = (struct text){0};
    return &ed->results[ed->i++];
}

static int replace(void *arg, struct at v)
{
    struct edit *ed = arg;
    struct text *result;

    if (v.v.kind != VAL_STRING && v.v.kind != VAL_NULL)
        return eval_error_of_two(ed->e, val_string(ed->gap), v.v,
                                 "cannot be added");
    result = next_result(ed);
    if (result == NULL)
        return eval_no_room(ed->e);
    if (add_text(ed->e, result, ed->gap) < 0)
        return -1;
    if (v.v.kind == VAL_NULL)
        return 0;
    return add_text(ed->e, result, val_text(&ed->e->arena, v.v));
}

static struct slice part_of(struct slice text, int64_t begin, int64_t end)
{
    return slice_of(text.ptr + begin, (size_t)(end - begin));
}

static int edit(struct edit *ed)
{
    const struct builtin_found *f = &ed->found;
    int64_t from = 0;

    for (uint32_t i = 0; i < f->count; i++) {
        const struct regex_span *spans = builtin_spans(f, i);
        const struct val groups = builtin_named_groups(ed->e, f, spans);

        if (val_no_room(groups))
            return eval_no_room(ed->e);
        ed->gap = part_of(f->text, from, spans->begin);
        ed->i = 0;
        if (eval_each(ed->e, ed->replacement, ed->env,
                      (struct at){groups, NULL}, replace, ed) < 0)
            return -1;
        from = spans->end;
    }
    ed->gap = part_of(f->text, from, (int64_t)f->text.len);
    return 0;
}

static int emit_results(struct edit *ed, struct at in, eval_fn emit, void *arg)
{
    const struct trail *trail = in.trail ? &eval_lost : NULL;

    for (uint32_t i = 0; i < ed->count; i++) {
        struct text *t = &ed->results[i];
        struct val v;

        if (add_text(ed->e, t, ed->gap) < 0)
            return -1;
        v = val_string(slice_of(t->ptr, t->len));
        if (emit(arg, (struct at){v, trail}) < 0)
            return -1;
    }
    if (ed->count > 0)
        return 0;
    return emit(arg, (struct at){in.v, trail});
}

/* _sub($pattern; $flags; replacement) */
int builtin_sub(struct eval *e, const struct code *call, struct env *env,
                struct at in, eval_fn emit, void *arg)
{
    struct edit ed = {
        .e = e, .replacement = call->a->next->next->a, .env = env};
    struct builtin_query q = {.global = false};
    struct val pattern, flags;
    int got = eval_first(e, call->a->a, env, in.v, &pattern);

    if (got == 1)
        got = eval_first(e, call->a->next->a, env, in.v, &flags);
    if (got != 1)
        return got;
    if (builtin_ask(e, in.v, pattern, flags, &q) < 0 ||
        builtin_find_all(e, &q, &ed.found) < 0)
        return -1;
    e->pins++; /* the results are no roots */
    got = edit(&ed);
    e->pins--;
    if (got < 0)
        return -1;
    return emit_results(&ed, in, emit, arg);
}
