/* SPDX-License-Identifier: MIT */
/* Names for values: patterns, `as`, reduce and foreach. */
#include "jq/eval.h"

#include "jq/eval_core.h"

/* Patterns */

/* What is left of a pattern, as a list: a pattern and its value, or an entry of
 * an object's pattern and the object. */
struct todo {
    const struct code_bind *bind;
    struct val v;
    bool entry;
    struct todo *next;
};

static int work_off(struct eval_apart *a, struct todo *todo);

static struct env *bind_all(struct eval *e, struct env *env,
                            const struct val *values, uint32_t count)
{
    for (uint32_t i = 0; i < count && env != NULL; i++)
        env = eval_bind(e, env, values[i]);
    return env;
}

/* The name has this value until its turn is over. */
static int with_name(struct eval_apart *a, uint32_t slot, struct val v,
                     struct todo *next)
{
    const struct val before = a->values[slot];
    int got;

    a->values[slot] = v;
    got = work_off(a, next);
    a->values[slot] = before;
    return got;
}

struct entry {
    struct eval_apart *a;
    struct todo *todo;
};

static int with_key(void *arg, struct at key)
{
    const struct entry *en = arg;
    const struct code_bind *bind = en->todo->bind;
    struct eval_apart *a = en->a;
    struct todo inner = {.bind = bind->inner};
    struct todo rest = {.bind = bind->next,
                        .v = en->todo->v,
                        .entry = true,
                        .next = en->todo->next};
    struct todo *next = bind->next ? &rest : en->todo->next;

    if (eval_index(a->e, en->todo->v, key.v, &inner.v) < 0)
        return -1;
    inner.next = next;
    if (bind->inner != NULL)
        next = &inner;
    if (bind->named)
        return with_name(a, bind->slot, inner.v, next);
    return work_off(a, next);
}

static int entries(struct eval_apart *a, struct todo *t)
{
    struct entry en = {a, t};

    if (t->bind->key->op == CODE_CONSTANT)
        return with_key(&en, (struct at){t->bind->key->value, NULL});
    return eval_each(a->e, t->bind->key, a->env, (struct at){t->v, NULL},
                     with_key, &en);
}

/* Each element of the pattern with its value, before what is left. */
static int elements(struct eval_apart *a, struct todo *t)
{
    struct todo *list = t->next, **last = &list;
    double i = 0;

    for (const struct code_bind *b = t->bind->inner; b != NULL; b = b->next) {
        struct todo *one = arena_alloc(&a->e->arena, sizeof *one);

        if (one == NULL)
            return eval_no_room(a->e);
        *one = (struct todo){.bind = b, .next = t->next};
        if (eval_index(a->e, t->v, val_number(i++), &one->v) < 0)
            return -1;
        *last = one;
        last = &one->next;
    }
    return work_off(a, list);
}

static int work_off(struct eval_apart *a, struct todo *t)
{
    struct todo first;

    if (t == NULL)
        return a->go(a->arg, a->values);
    if (t->entry)
        return entries(a, t);
    switch (t->bind->kind) {
    case BIND_NAME: return with_name(a, t->bind->slot, t->v, t->next);
    case BIND_ARRAY: return elements(a, t);
    case BIND_OBJECT: break;
    }
    first = (struct todo){
        .bind = t->bind->inner, .v = t->v, .entry = true, .next = t->next};
    return work_off(a, &first);
}

/* 0: at its end. */
int eval_take_apart(struct eval_apart *a, const struct code_bind *bind,
                    struct val v)
{
    struct todo all = {.bind = bind, .v = v};

    a->values =
        arena_alloc(&a->e->arena, (a->code->count + 1) * sizeof *a->values);
    if (a->values == NULL)
        return eval_no_room(a->e);
    for (uint32_t i = 0; i < a->code->count; i++)
        a->values[i] = val_null();
    return work_off(a, &all);
}

static bool is_one_name(const struct code_bind *bind)
{
    return bind->kind == BIND_NAME && bind->next == NULL;
}

/* as */

struct binding {
    struct eval *e;
    const struct code *code;
    struct env *env;
    struct at in;
    eval_fn emit;
    void *arg;
    bool behind; /* it is what comes behind that unwinds */
};

static int pass(void *arg, struct at v)
{
    struct binding *b = arg;
    int got = b->emit(b->arg, v);

    b->behind = got < 0;
    return got;
}

static int run_body(void *arg, const struct val *values)
{
    struct binding *b = arg;
    struct env *env = bind_all(b->e, b->env, values, b->code->count);

    if (env == NULL)
        return eval_no_room(b->e);
    return eval_each(b->e, b->code->c, env, b->in, pass, b);
}

/* The next alternative where one fails, in its body too. */
static int bind_each(void *arg, struct at v)
{
    struct binding *b = arg;
    const struct code_bind *bind = b->code->bind;
    int got;

    if (is_one_name(bind))
        return run_body(b, &v.v);
    for (;; bind = bind->next) {
        struct eval_apart apart = {b->e, b->code, b->env, run_body, b, NULL};

        got = eval_take_apart(&apart, bind, v.v);
        if (got == 0 || bind->next == NULL || b->behind ||
            b->e->unwind != EVAL_ERROR || b->e->fatal)
            return got;
        b->e->unwind = EVAL_NOT;
    }
}

int eval_as_each(struct eval *e, const struct code *code, struct env *env,
                 struct at in, eval_fn emit, void *arg)
{
    struct binding b = {e, code, env, in, emit, arg, false};

    return eval_each(e, code->a, env, (struct at){in.v, NULL}, bind_each, &b);
}

/* reduce and foreach */

struct fold {
    struct eval *e;
    const struct code *code;
    struct env *env;
    struct env *names; /* of the current turn */
    struct at in;
    struct at state;
    bool any;       /* the update gave something */
    bool behind;    /* it is what comes behind that unwinds */
    uint64_t owner; /* of what of the state nobody else has; see val_own */
    eval_fn emit;
    void *arg;
};

static int take_state(void *arg, struct at v)
{
    struct fold *f = arg;

    f->state = v;
    f->any = true;
    return 0;
}

/* . + {...}, onto what of the state nobody else has. */
static int add_members(struct fold *f)
{
    struct eval *e = f->e;
    struct val right;
    int got = eval_one(e, f->code->d->b, f->names, f->state.v, &right);

    f->any = got == 1;
    if (got == 1) {
        e->owner = f->owner;
        got = eval_binary(e, AST_ADD, f->state.v, right, &f->state.v);
        e->owner = 0;
    }
    return got < 0 ? -1 : 0;
}

/* The next state where it is no place: one output at most is only asked for. */
static int update_state(struct fold *f)
{
    int got;

    if (f->owner != 0 && f->code->d->op == CODE_BINARY &&
        f->state.trail == NULL)
        return add_members(f);
    f->any = false;
    if (!f->code->d->single || f->state.trail != NULL)
        return eval_each(f->e, f->code->d, f->names, f->state, take_state, f);
    got = eval_one(f->e, f->code->d, f->names, f->state.v, &f->state.v);
    f->any = got == 1;
    return got < 0 ? -1 : 0;
}

/* Several outputs: the last counts; none: null. */
static int reduce_turn(void *arg, const struct val *values)
{
    struct fold *f = arg;
    const struct arena_mark mark = arena_here(&f->e->arena);

    f->names = bind_all(f->e, f->env, values, f->code->count);
    if (f->names == NULL)
        return eval_no_room(f->e);
    if (f->code->d->op != CODE_BINARY)
        f->e->lent = f->owner;
    f->e->shared = false;
    if (update_state(f) < 0)
        return -1;
    if (f->owner != 0 && f->e->shared)
        f->owner = ++f->e->owners;
    if (!f->any)
        f->state = eval_off(f->state, val_null());
    /* Nothing but the state stays of a turn. */
    if (f->state.trail == NULL && val_is_plain(f->state.v))
        arena_back(&f->e->arena, mark);
    return 0;
}

/* What comes behind does not make a pattern fail. */
static int pass_on(void *arg, struct at v)
{
    struct fold *f = arg;
    int got = f->emit(f->arg, v);

    f->behind = got < 0;
    return got;
}

static int emit_extracted(void *arg, struct at v)
{
    struct fold *f = arg;

    f->state = v;
    f->any = true;
    if (f->code->e == NULL)
        return pass_on(f, v);
    return eval_each(f->e, f->code->e, f->names, v, pass_on, f);
}

/* As of reduce: without an output the next state is null. */
static int foreach_turn(void *arg, const struct val *values)
{
    struct fold *f = arg;

    f->names = bind_all(f->e, f->env, values, f->code->count);
    if (f->names == NULL)
        return eval_no_room(f->e);
    f->any = false;
    if (eval_each(f->e, f->code->d, f->names, f->state, emit_extracted, f) < 0)
        return -1;
    if (!f->any)
        f->state = eval_off(f->state, val_null());
    return 0;
}

/* The next alternative where one fails, in its update too. */
static int turn(void *arg, struct at v)
{
    struct fold *f = arg;
    const struct at before = f->state;
    const struct code_bind *bind = f->code->bind;

    for (;; bind = bind->next) {
        struct eval_apart apart = {f->e,         f->code, f->env,
                                   foreach_turn, f,       NULL};
        int got;

        if (f->code->op == CODE_REDUCE)
            apart.go = reduce_turn;
        if (is_one_name(bind))
            return apart.go(f, &v.v);
        got = eval_take_apart(&apart, bind, v.v);
        if (got == 0 || bind->next == NULL || f->behind ||
            f->e->unwind != EVAL_ERROR || f->e->fatal)
            return got;
        f->e->unwind = EVAL_NOT;
        f->state = before;
    }
}

static int fold_from(void *arg, struct at initial)
{
    struct fold f = *(struct fold *)arg;
    struct eval_held held;
    int got;

    f.state = initial;
    f.owner = f.code->own ? ++f.e->owners : 0;
    eval_hold(f.e, &held, &f.state.v);
    f.e->pins += initial.trail != NULL;
    got = eval_each(f.e, f.code->a, f.env, (struct at){f.in.v, NULL}, turn, &f);
    f.e->pins -= initial.trail != NULL;
    eval_let_go(f.e, &held);
    if (got < 0)
        return -1;
    return f.code->op == CODE_REDUCE ? f.emit(f.arg, f.state) : 0;
}

int eval_fold(struct eval *e, const struct code *code, struct env *env,
              struct at in, eval_fn emit, void *arg)
{
    struct fold f = {
        .e = e, .code = code, .env = env, .in = in, .emit = emit, .arg = arg};

    return eval_each(e, code->c, env, in, fold_from, &f);
}

static int take_value(void *arg, struct at v)
{
    *(struct val *)arg = v.v;
    return 0;
}

/* With one initial value at most. */
int eval_reduce(struct eval *e, const struct code *code, struct env *env,
                struct val in, struct val *out)
{
    struct fold f = {.e = e,
                     .code = code,
                     .env = env,
                     .in = {in, NULL},
                     .emit = take_value,
                     .arg = out};
    struct val initial;
    int got = eval_one(e, code->c, env, in, &initial);

    if (got != 1)
        return got;
    return fold_from(&f, (struct at){initial, NULL}) < 0 ? -1 : 1;
}
