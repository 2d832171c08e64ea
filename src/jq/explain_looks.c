/* SPDX-License-Identifier: MIT */
/*
 * The code is followed once from the line on, with places for values. Each
 * part gives the places that its outputs may be, and adds to those that are
 * used up: looked at, or put into something new. What is only stepped through
 * counts where nothing within it does, for it may fail, or be several. Names
 * are bound as they are when it runs. A function that calls itself is followed
 * a second time with all that lies within its input, which no number of turns
 * can leave.
 */
#include "jq/explain.h"

#include <assert.h>
#include <stdio.h>

#include "base/buf.h"
#include "jq/code.h"
#include "jq/explain_core.h"

/* Functions that call one another twice each take 2^n steps. */
enum { STEPS_MAX = 100 * 1000, DEPTH_MAX = 3000 };

/* A binding, as eval's env. */
struct names {
    const struct names *parent;
    struct spots value;
    const struct code *code;
    const struct names *scope;
};

/* A function that is being followed. */
struct explain_active {
    const struct explain_active *before;
    const struct code *function;
    struct again *again;
};

/* What a function was called with from within itself. */
struct again {
    struct spots in;
    bool any;
};

struct explain_note {
    const struct explain_note *next;
    const struct code *code;
    struct spots looks;
};

/* Where the code is followed, and what has been used up so far. */
struct walk {
    struct explain *x;
    const struct names *names;
    struct spots in;
    struct spots used;
    struct spots touched; /* stepped to */
};

static struct spots follow(struct walk *w, const struct code *code);

void explain_init(struct explain *x, struct slice text)
{
    *x = (struct explain){.text = text, .fuel = STEPS_MAX};
    eval_init(&x->values, SIZE_MAX / 2);
    arena_init(&x->arena, SIZE_MAX);
}

void explain_release(struct explain *x)
{
    eval_release(&x->values);
    arena_release(&x->arena);
}

/* Notes */

static size_t bucket(const struct code *code)
{
    return ((uintptr_t)code >> 4) % EXPLAIN_NOTES;
}

static const struct explain_note *find(const struct explain *x,
                                       const struct code *code)
{
    const struct explain_note *note = x->notes[bucket(code)];

    while (note != NULL && note->code != code)
        note = note->next;
    return note;
}

const struct spots *explain_noted(const struct explain *x,
                                  const struct code *code)
{
    const struct explain_note *note = find(x, code);

    return note ? &note->looks : NULL;
}

static void note(struct explain *x, const struct code *code, struct spots looks)
{
    const struct explain_note *old = find(x, code);
    struct explain_note *new;

    new = arena_alloc(&x->arena, sizeof *new);
    assert(new != NULL);
    *new = (struct explain_note){x->notes[bucket(code)], code, looks};
    if (old != NULL)
        new->looks = explain_cover(x, old->looks, looks);
    x->notes[bucket(code)] = new;
}

/* Steps */

static void use(struct walk *w, struct spots what)
{
    w->used = explain_cover(w->x, w->used, what);
}

static struct spots touch(struct walk *w, struct spots what)
{
    w->touched = explain_both(w->x, w->touched, what);
    return what;
}

/* The part's outputs, when its input is another one. */
static struct spots follow_on(struct walk *w, const struct code *code,
                              struct spots in)
{
    const struct spots before = w->in;
    struct spots out;

    w->in = in;
    out = follow(w, code);
    w->in = before;
    return out;
}

/* A part whose outputs are all used up. */
static void spend(struct walk *w, const struct code *code)
{
    if (code != NULL)
        use(w, follow(w, code));
}

static struct spots spend_all(struct walk *w, const struct code *code)
{
    spend(w, code->a);
    spend(w, code->b);
    spend(w, code->c);
    return explain_none(true);
}

/* A list: of arguments, members, holes. */
static struct spots spend_list(struct walk *w, const struct code *list)
{
    for (; list != NULL; list = list->next) {
        spend(w, list->a);
        spend(w, list->b);
    }
    return explain_none(true);
}

/* FIELD, INDEX, SLICE, ITERATE: what is computed may be any member. */
static struct spots path(struct walk *w, const struct code *code)
{
    struct spots of, next;
    struct buf step;

    spend(w, code->b);
    spend(w, code->c);
    of = follow(w, code->a);
    buf_init(&step, SIZE_MAX / 2);
    explain_add_step(w->x, code, "", &step);
    next = explain_step(w->x, of, buf_slice(&step));
    buf_release(&step);
    return touch(w, next);
}

/* One after the other */

static struct spots pipe(struct walk *w, const struct code *code)
{
    const struct spots before = w->in;
    struct spots out;

    /* Stages may be many: no frame for each. */
    for (; code->op == CODE_PIPE; code = code->b)
        w->in = follow(w, code->a);
    out = follow(w, code);
    w->in = before;
    return out;
}

/* Either of them. */
static struct spots either(struct walk *w, const struct code *a,
                           const struct code *b)
{
    const struct spots first = follow(w, a);

    return explain_both(w->x, first, follow(w, b));
}

static struct spots conditional(struct walk *w, const struct code *code)
{
    struct spots out;

    spend(w, code->a);
    out = follow(w, code->b);
    return explain_both(w->x, out, code->c ? follow(w, code->c) : w->in);
}

static struct spots attempt(struct walk *w, const struct code *code)
{
    const struct spots out = follow(w, code->a);

    if (code->b == NULL)
        return out;
    return explain_both(w->x, out, follow_on(w, code->b, explain_none(true)));
}

/* What is changed is made of all that was there. */
static struct spots change(struct walk *w, const struct code *code)
{
    const struct spots paths = follow(w, code->a);

    use(w, paths);
    use(w, w->in);
    if (code->op == CODE_UPDATE)
        use(w, follow_on(w, code->b, paths));
    else
        spend(w, code->b);
    return explain_none(true);
}

/* Names */

static const struct names *bind(struct walk *w, const struct names *parent,
                                struct names binding)
{
    struct names *names = arena_alloc(&w->x->arena, sizeof *names);

    assert(names != NULL);
    *names = binding;
    names->parent = parent;
    return names;
}

static const struct names *look(const struct names *names, uint32_t up)
{
    for (; up > 0; up--) {
        assert(names != NULL);
        names = names->parent;
    }
    return names;
}

static struct spots member(struct walk *w, struct spots of,
                           const struct code *key)
{
    /* As if it were written so. */
    const struct code step = {.op = CODE_INDEX, .b = key};
    struct spots next;
    struct buf text;

    spend(w, key);
    buf_init(&text, SIZE_MAX / 2);
    explain_add_step(w->x, &step, "", &text);
    next = explain_step(w->x, of, buf_slice(&text));
    buf_release(&text);
    return touch(w, next);
}

static void take_apart(struct walk *w, const struct code_bind *b,
                       struct spots value, struct spots *slots)
{
    uint32_t i = 0;

    if (b->kind == BIND_NAME) {
        slots[b->slot] = explain_both(w->x, slots[b->slot], value);
        return;
    }
    for (const struct code_bind *e = b->inner; e != NULL; e = e->next) {
        char index[16];
        struct spots inner;

        if (b->kind == BIND_ARRAY) {
            snprintf(index, sizeof index, "[%u]", i++);
            inner = touch(w, explain_step(w->x, value, slice_text(index)));
            take_apart(w, e, inner, slots);
            continue;
        }
        inner = member(w, value, e->key);
        if (e->named)
            slots[e->slot] = explain_both(w->x, slots[e->slot], inner);
        if (e->inner != NULL)
            take_apart(w, e->inner, inner, slots);
    }
}

/* The names of a's outputs, on top. */
static void bind_names(struct walk *w, const struct code *code,
                       struct spots value)
{
    struct spots *slots =
        arena_alloc(&w->x->arena, (code->count + 1) * sizeof *slots);

    assert(slots != NULL);
    for (uint32_t i = 0; i < code->count; i++)
        slots[i] = explain_none(false);
    for (const struct code_bind *b = code->bind; b != NULL; b = b->next)
        take_apart(w, b, value, slots);
    for (uint32_t i = 0; i < code->count; i++)
        w->names = bind(w, w->names, (struct names){.value = slots[i]});
}

static struct spots with_names(struct walk *w, const struct code *code)
{
    const struct names *outer = w->names;
    struct spots out;

    bind_names(w, code, follow(w, code->a));
    out = follow(w, code->c);
    w->names = outer;
    return out;
}

/* reduce and foreach: any turn may find anything within what the start and the
 * first turn gave. */
static struct spots fold(struct walk *w, const struct code *code)
{
    const struct names *outer = w->names;
    const struct spots over = follow(w, code->a);
    struct spots state = follow(w, code->c), out;

    bind_names(w, code, over);
    out = follow_on(w, code->d, state);
    state = explain_both(w->x, state, out);
    if (state.count > 0) {
        state = explain_within(w->x, state);
        out = explain_both(w->x, out, follow_on(w, code->d, state));
        state = explain_both(w->x, state, out);
    }
    if (code->op == CODE_REDUCE)
        out = state;
    if (code->e != NULL)
        out = follow_on(w, code->e, state);
    w->names = outer;
    return out;
}

static struct spots labelled(struct walk *w, const struct code *code)
{
    const struct names *outer = w->names;
    struct spots out;

    w->names = bind(w, outer, (struct names){0});
    out = follow(w, code->a);
    w->names = outer;
    return out;
}

/* Functions */

static struct spots define(struct walk *w, const struct code *code)
{
    const struct names *outer = w->names;
    struct spots out;

    w->names = bind(w, outer, (struct names){.code = code});
    out = follow(w, code->c);
    w->names = outer;
    return out;
}

static struct spots call_closure(struct walk *w, const struct code *code)
{
    const struct names *outer = w->names;
    const struct names *closure = look(outer, code->up);
    struct spots out;

    w->names = closure->scope;
    out = follow(w, closure->code);
    w->names = outer;
    return out;
}

static const struct names *enter(struct walk *w, const struct code *code)
{
    const struct code *function = code->b, *arg = code->a;
    const struct names *inner =
        code->up == CODE_LIBRARY
            ? bind(w, NULL, (struct names){.code = function})
            : look(w->names, code->up);

    for (uint32_t i = 0; i < code->count; i++, arg = arg->next) {
        inner =
            bind(w, inner, (struct names){.code = arg->a, .scope = w->names});
        if (function->by_value[i])
            inner = bind(w, inner, (struct names){.value = follow(w, arg->a)});
    }
    return inner;
}

static const struct explain_active *active(const struct walk *w,
                                           const struct code *function)
{
    const struct explain_active *a = w->x->active;

    while (a != NULL && a->function != function)
        a = a->before;
    return a;
}

/* It calls itself: whatever it does there is done to what is within. */
static struct spots call_again(struct walk *w, const struct explain_active *a,
                               const struct code *code)
{
    const struct spots within = explain_within(w->x, w->in);

    *a->again = (struct again){explain_both(w->x, a->again->in, within), true};
    use(w, within);
    spend_list(w, code->a);
    return within;
}

static struct spots call(struct walk *w, const struct code *code)
{
    const struct names *outer = w->names;
    struct again again = {.any = false};
    struct spots in, out;
    const struct explain_active *inside = active(w, code->b);
    const struct explain_active this = {w->x->active, code->b, &again};

    if (inside != NULL)
        return call_again(w, inside, code);
    w->names = enter(w, code);
    w->x->active = &this;
    out = follow(w, code->b->a);
    if (again.any) {
        in = explain_both(w->x, again.in, explain_within(w->x, w->in));
        out = explain_both(w->x, out, follow_on(w, code->b->a, in));
    }
    w->x->active = this.before;
    w->names = outer;
    return out;
}

/* Builtins */

static struct spots last_of(struct walk *w, const struct code *list)
{
    for (; list->next != NULL; list = list->next)
        spend(w, list->a);
    return follow(w, list->a);
}

/* The last argument sees each of `of`. */
static struct spots of_each(struct walk *w, const struct code *list,
                            struct spots of)
{
    while (list->next != NULL)
        list = list->next;
    use(w, follow_on(w, list->a, of));
    return explain_none(true);
}

static struct spots builtin(struct walk *w, const struct code *code)
{
    const struct slice each = slice_text("[]");

    w->x->regex |= explain_is_regex(code->builtin);
    switch (explain_builtin(code->builtin)) {
    case EXPLAIN_NOT: return spend_list(w, code->a);
    case EXPLAIN_ENDS: spend_list(w, code->a); return explain_none(false);
    case EXPLAIN_PASSES: spend_list(w, code->a); return w->in;
    case EXPLAIN_SHOWS: use(w, w->in); return w->in;
    case EXPLAIN_LAST: return last_of(w, code->a);
    case EXPLAIN_EACH:
        return of_each(w, code->a, explain_step(w->x, w->in, each));
    case EXPLAIN_MEMBERS:
        use(w, w->in);
        return of_each(w, code->a, explain_step(w->x, w->in, each));
    case EXPLAIN_SOURCE: return of_each(w, code->a, follow(w, code->a->a));
    case EXPLAIN_LINES: return explain_line();
    case EXPLAIN_WITHIN:
        use(w, explain_within(w->x, w->in));
        of_each(w, code->a, explain_within(w->x, w->in));
        return explain_within(w->x, w->in);
    case EXPLAIN_DEFAULT: break;
    }
    use(w, w->in);
    spend_list(w, code->a);
    return explain_none(true);
}

static struct spots step(struct walk *w, const struct code *code)
{
    switch (code->op) {
    case CODE_IDENTITY: return w->in;
    case CODE_BREAK: return explain_none(false);
    case CODE_CONSTANT: return explain_none(true);
    case CODE_FIELD:
    case CODE_INDEX:
    case CODE_SLICE:
    case CODE_ITERATE: return path(w, code);
    case CODE_RECURSE: return touch(w, explain_within(w->x, w->in));
    case CODE_FORMAT: use(w, w->in); return explain_none(true);
    case CODE_PIPE: return pipe(w, code);
    case CODE_COMMA:
    case CODE_ELSE: return either(w, code->a, code->b);
    case CODE_JOIN:
    case CODE_OBJECT: return spend_list(w, code->a);
    case CODE_BINARY:
    case CODE_AND:
    case CODE_OR:
    case CODE_NEGATE:
    case CODE_ARRAY:
    case CODE_MEMBER: return spend_all(w, code);
    case CODE_ASSIGN:
    case CODE_UPDATE:
    case CODE_COMPUTE: return change(w, code);
    case CODE_TRY: return attempt(w, code);
    case CODE_IF: return conditional(w, code);
    case CODE_REDUCE:
    case CODE_FOREACH: return fold(w, code);
    case CODE_AS: return with_names(w, code);
    case CODE_LABEL: return labelled(w, code);
    case CODE_DEF: return define(w, code);
    case CODE_CALL: return call(w, code);
    case CODE_CLOSURE: return call_closure(w, code);
    case CODE_VARIABLE: return look(w->names, code->up)->value;
    case CODE_BUILTIN: return builtin(w, code);
    }
    return explain_line();
}

/* What the part looks at: what it used up, and what else it gives. */
static struct spots looks_of(const struct walk *w, struct spots out,
                             struct spots in)
{
    struct explain *x = w->x;
    const struct spots looks =
        explain_cover(x, w->used, explain_except(x, out, in));

    return explain_deepest(x, looks, w->touched);
}

static struct spots follow(struct walk *w, const struct code *code)
{
    struct explain *x = w->x;
    const struct spots used = w->used, touched = w->touched;
    struct spots out;

    if (x->tired || x->fuel == 0 || x->depth == DEPTH_MAX) {
        x->tired = true;
        return explain_within(x, explain_line());
    }
    x->fuel--;
    x->depth++;
    w->used = explain_none(false);
    w->touched = explain_none(false);
    out = step(w, code);
    x->depth--;
    note(x, code, looks_of(w, out, w->in));
    w->used = explain_cover(x, used, w->used);
    w->touched = explain_both(x, touched, w->touched);
    return out;
}

struct spots explain_follow(struct explain *x, const struct code *program,
                            bool null_input, struct spots *result)
{
    const struct spots line = explain_line();
    const struct spots in = null_input ? explain_none(true) : line;
    struct walk w = {.x = x, .in = in};

    *result = follow(&w, program);
    return x->tired ? line : looks_of(&w, *result, line);
}
