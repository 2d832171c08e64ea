/* SPDX-License-Identifier: MIT */
/*
 * What has several outputs because its operands have: each combination, in
 * jq's order. Of binary operators and of text the last operand is the outer
 * loop, of objects and of a function's $parameters the first.
 */
#include "jq/eval.h"

#include "jq/eval_core.h"

#include "base/buf.h"
#include "jq/builtin.h"

/* Combinations */

struct combine {
    struct eval *e;
    const struct code *code;
    struct env *env;
    struct at in;
    eval_fn emit;
    void *arg;
    const struct code **operands; /* the outermost first */
    struct val *values;
    uint32_t count;
    int (*done)(struct combine *c);
};

struct level {
    struct combine *c;
    uint32_t i;
};

static int descend(struct combine *c, uint32_t i);

static int take(void *arg, struct at v)
{
    const struct level *l = arg;

    l->c->values[l->i] = v.v;
    return descend(l->c, l->i + 1);
}

static int descend(struct combine *c, uint32_t i)
{
    struct level l = {c, i};

    if (i == c->count)
        return c->done(c);
    return eval_each(c->e, c->operands[i], c->env, (struct at){c->in.v, NULL},
                     take, &l);
}

static int emit(struct combine *c, int got, struct val v)
{
    if (got != 1)
        return got;
    return c->emit(c->arg, eval_off(c->in, v));
}

static int done_binary(struct combine *c)
{
    struct val out;
    int got =
        eval_binary(c->e, c->code->sign, c->values[1], c->values[0], &out);

    return emit(c, got, out);
}

static int done_negate(struct combine *c)
{
    if (c->values[0].kind != VAL_NUMBER)
        return eval_error_of(c->e, c->values[0], "cannot be negated");
    return emit(c, 1, val_number(-val_double(c->values[0])));
}

static int done_assign(struct combine *c)
{
    struct val out;
    int got = eval_assign(c->e, c->code, c->env, c->in.v, c->values[0], &out);

    return emit(c, got, out);
}

static int done_builtin(struct combine *c)
{
    struct val args[BUILTIN_ARGS_MAX], out;
    int got;

    for (uint32_t i = 0; i < c->count; i++)
        args[i] = c->values[c->count - 1 - i];
    got = c->code->builtin->values(c->e, c->in.v, args, &out);
    return emit(c, got, out);
}

static int done_object(struct combine *c)
{
    struct arena *arena = &c->e->arena;
    struct val out = val_object(arena, c->count / 2 + 1);

    for (uint32_t i = 0; i < c->count && !val_no_room(out); i += 2) {
        struct slice key;

        if (c->values[i].kind != VAL_STRING)
            return eval_bad_key(c->e, c->values[i]);
        key = val_text(arena, c->values[i]);
        out = val_put(arena, out, key, c->values[i + 1]);
    }
    return emit(c, eval_give(c->e, out, &out), out);
}

/* The holes were taken from the last to the first. */
static int done_join(struct combine *c)
{
    uint32_t hole = c->count;
    struct buf text;
    struct val out;
    int got = 1;

    text = eval_new_text(c->e);
    for (const struct code *p = c->code->a; got == 1 && p; p = p->next)
        got = eval_add_part(c->e, c->code, p,
                            p->op == CODE_MEMBER ? c->values[--hole] : p->value,
                            &text);
    if (got == 1)
        got = eval_give_text(c->e, &text, &out);
    buf_release(&text);
    return emit(c, got, out);
}

static int combine(struct combine *c, uint32_t count)
{
    c->operands =
        arena_alloc(&c->e->arena, (count + 1) * sizeof(struct code *));
    c->values = arena_alloc(&c->e->arena, (count + 1) * sizeof *c->values);
    if (c->operands == NULL || c->values == NULL)
        return eval_no_room(c->e);
    c->count = count;
    return 1;
}

static int combine_two(struct combine *c, const struct code *outer,
                       const struct code *inner)
{
    if (combine(c, inner ? 2 : 1) < 0)
        return -1;
    c->operands[0] = outer;
    c->operands[1] = inner;
    return descend(c, 0);
}

static int combine_object(struct combine *c)
{
    uint32_t i = 0;

    if (combine(c, 2 * c->code->count) < 0)
        return -1;
    for (const struct code *m = c->code->a; m != NULL; m = m->next) {
        c->operands[i++] = m->a;
        c->operands[i++] = m->b;
    }
    return descend(c, 0);
}

static int combine_join(struct combine *c)
{
    uint32_t holes = 0, i;

    for (const struct code *p = c->code->a; p != NULL; p = p->next)
        holes += p->op == CODE_MEMBER;
    if (combine(c, holes) < 0)
        return -1;
    i = holes;
    for (const struct code *p = c->code->a; p != NULL; p = p->next) {
        if (p->op == CODE_MEMBER)
            c->operands[--i] = p->a;
    }
    return descend(c, 0);
}

/* and, or: the left side outside, and the right only where it decides. */
static int emit_truth(void *arg, struct at v)
{
    struct combine *c = arg;

    return emit(c, 1, val_bool(val_truth(v.v)));
}

static int logic(void *arg, struct at v)
{
    struct combine *c = arg;

    if (val_truth(v.v) == (c->code->op == CODE_OR))
        return emit(c, 1, val_bool(c->code->op == CODE_OR));
    return eval_each(c->e, c->code->b, c->env, (struct at){c->in.v, NULL},
                     emit_truth, c);
}

int eval_combine(struct eval *e, const struct code *code, struct env *env,
                 struct at in, eval_fn emit_fn, void *arg)
{
    struct combine c = {.e = e,
                        .code = code,
                        .env = env,
                        .in = in,
                        .emit = emit_fn,
                        .arg = arg};
    struct val out;

    if (code->single)
        return emit(&c, eval_one(e, code, env, in.v, &out), out);
    switch ((int)code->op) {
    case CODE_AND:
    case CODE_OR:
        return eval_each(e, code->a, env, (struct at){in.v, NULL}, logic, &c);
    case CODE_NEGATE: c.done = done_negate; break;
    case CODE_OBJECT: c.done = done_object; return combine_object(&c);
    case CODE_JOIN: c.done = done_join; return combine_join(&c);
    case CODE_BINARY:
        c.done = done_binary;
        return combine_two(&c, code->b, code->a);
    default: c.done = done_assign; return combine_two(&c, code->b, NULL);
    }
    return combine_two(&c, code->a, NULL);
}

/* The last argument is the outer loop. */
int eval_builtin_each(struct eval *e, const struct code *code, struct env *env,
                      struct at in, eval_fn emit_fn, void *arg)
{
    struct combine c = {.e = e,
                        .code = code,
                        .env = env,
                        .in = in,
                        .emit = emit_fn,
                        .arg = arg,
                        .done = done_builtin};
    struct val out;
    uint32_t i = code->count;

    if (code->single)
        return emit(&c, eval_one(e, code, env, in.v, &out), out);
    if (combine(&c, code->count) < 0)
        return -1;
    for (const struct code *a = code->a; a != NULL; a = a->next)
        c.operands[--i] = a->a;
    return descend(&c, 0);
}

/* Steps */

struct step {
    struct eval *e;
    const struct code *code;
    struct env *env;
    struct at in;
    eval_fn emit;
    void *arg;
    struct val from; /* the index, or the start of a slice */
    struct val to;
};

static int step_value(struct step *s, struct val v, struct val *out)
{
    if (s->code->op == CODE_SLICE)
        return eval_slice(s->e, v, s->from, s->to, out);
    return eval_index(s->e, v, s->from, out);
}

static int step_key(struct step *s, struct val *key)
{
    struct arena *arena = &s->e->arena;

    *key = s->from;
    if (s->code->op != CODE_SLICE)
        return 1;
    *key = val_object(arena, 2);
    if (!val_no_room(*key))
        *key = val_put(arena, *key, slice_text("start"), s->from);
    if (!val_no_room(*key))
        *key = val_put(arena, *key, slice_text("end"), s->to);
    return eval_give(s->e, *key, key);
}

static int take_step(void *arg, struct at v)
{
    struct step *s = arg;
    struct at next = {val_null(), NULL};
    struct val key;

    if (v.trail == &eval_lost)
        return step_key(s, &key) < 0 ? -1 : eval_lost_element(s->e, v.v, key);
    if (step_value(s, v.v, &next.v) < 0) {
        if (!s->code->optional || s->e->unwind != EVAL_ERROR || s->e->fatal)
            return -1;
        s->e->unwind = EVAL_NOT;
        return 0;
    }
    if (v.trail != NULL &&
        (step_key(s, &key) < 0 || eval_step(s->e, v, key, &next) < 0))
        return -1;
    return s->emit(s->arg, next);
}

static int with_to(void *arg, struct at v)
{
    struct step *s = arg;

    s->to = v.v;
    return eval_each(s->e, s->code->a, s->env, s->in, take_step, s);
}

static int with_from(void *arg, struct at v)
{
    struct step *s = arg;

    s->from = v.v;
    if (s->code->op != CODE_SLICE || s->code->c == NULL)
        return with_to(s, (struct at){val_null(), NULL});
    return eval_each(s->e, s->code->c, s->env, (struct at){s->in.v, NULL},
                     with_to, s);
}

/* The keys outside, the values inside; keys are computed from the input. */
int eval_step_each(struct eval *e, const struct code *code, struct env *env,
                   struct at in, eval_fn emit_fn, void *arg)
{
    struct step s = {.e = e,
                     .code = code,
                     .env = env,
                     .in = in,
                     .emit = emit_fn,
                     .arg = arg,
                     .to = val_null()};
    const struct at plain = {in.v, NULL};

    if (code->op == CODE_FIELD)
        return with_from(&s, (struct at){code->value, NULL});
    if (code->b == NULL)
        return with_from(&s, (struct at){val_null(), NULL});
    return eval_each(e, code->b, env, plain, with_from, &s);
}

/* Calls */

struct call {
    struct eval *e;
    const struct code *code;
    struct env *env; /* of the caller */
    struct at in;
    eval_fn emit;
    void *arg;
};

struct parameter {
    struct call *call;
    const struct code *args;
    uint32_t i;
    struct env *scope; /* so far */
};

static int enter(const struct parameter *p);

static int take_parameter(void *arg, struct at v)
{
    const struct parameter *p = arg;
    struct parameter next = {p->call, p->args->next, p->i + 1, NULL};

    next.scope = eval_bind(p->call->e, p->scope, v.v);
    return next.scope ? enter(&next) : eval_no_room(p->call->e);
}

/* The parameters from `i` on, then the body. */
static int enter(const struct parameter *p)
{
    const struct call *c = p->call;
    const struct code *function = c->code->b;
    struct parameter at = *p;

    for (; at.args != NULL; at.args = at.args->next, at.i++) {
        struct env *env = eval_bind(c->e, at.scope, val_null());

        if (env == NULL)
            return eval_no_room(c->e);
        env->code = at.args->a;
        env->scope = c->env;
        at.scope = env;
        if (function->by_value[at.i])
            return eval_each(c->e, at.args->a, c->env,
                             (struct at){c->in.v, NULL}, take_parameter, &at);
    }
    return eval_each(c->e, function->a, at.scope, c->in, c->emit, c->arg);
}

int eval_call_each(struct eval *e, const struct code *code, struct env *env,
                   struct at in, eval_fn emit_fn, void *arg)
{
    struct call call = {e, code, env, in, emit_fn, arg};
    struct parameter p = {&call, code->a, 0, env};

    if (code->up == CODE_LIBRARY)
        p.scope = eval_bind(e, NULL, val_null());
    for (uint32_t i = 0; code->up != CODE_LIBRARY && i < code->up; i++)
        p.scope = p.scope->parent;
    return p.scope ? enter(&p) : eval_no_room(e);
}
