/* SPDX-License-Identifier: MIT */
/* Each output of a part of the code, by a callback. */
#include "jq/eval.h"

#include "jq/builtin.h"
#include "jq/eval_core.h"

/* What a callback needs to go on with a part of the code. */
struct rest {
    struct eval *e;
    const struct code *code;
    struct env *env;
    struct at in;
    eval_fn emit;
    void *arg;
};

static int go_on(void *arg, struct at v)
{
    const struct rest *r = arg;

    return eval_each(r->e, r->code->b, r->env, v, r->emit, r->arg);
}

static struct at plain(struct val v)
{
    return (struct at){v, NULL};
}

/* An output that is no place of the input. */
static int emit_value(struct at in, struct val v, eval_fn emit, void *arg)
{
    return emit(arg, eval_off(in, v));
}

static int choose(void *arg, struct at v)
{
    const struct rest *r = arg;
    const struct code *code = val_truth(v.v) ? r->code->b : r->code->c;

    if (code == NULL)
        return r->emit(r->arg, r->in);
    return eval_each(r->e, code, r->env, r->in, r->emit, r->arg);
}

/* Errors of what comes behind are not the try's: they pass through. */
struct attempt {
    struct rest rest;
    bool behind;
};

static int pass_through(void *arg, struct at v)
{
    struct attempt *a = arg;
    int got = a->rest.emit(a->rest.arg, v);

    a->behind = got < 0;
    return got;
}

static int each_try(struct rest *r)
{
    struct attempt a = {.rest = *r};
    struct val error;

    if (eval_each(r->e, r->code->a, r->env, r->in, pass_through, &a) == 0)
        return 0;
    if (a.behind || !eval_caught(r->e, &error))
        return -1;
    if (r->code->b == NULL)
        return 0;
    return eval_each(r->e, r->code->b, r->env, eval_off(r->in, error), r->emit,
                     r->arg);
}

struct truth {
    struct rest *rest;
    bool any;
};

static int pass_truth(void *arg, struct at v)
{
    struct truth *t = arg;

    if (!val_truth(v.v))
        return 0;
    t->any = true;
    return t->rest->emit(t->rest->arg, v);
}

static int each_else(struct rest *r)
{
    struct truth t = {.rest = r};

    if (eval_each(r->e, r->code->a, r->env, r->in, pass_truth, &t) < 0)
        return -1;
    return t.any ? 0 : go_on(r, r->in);
}

static int each_label(struct rest *r)
{
    struct env *inner = eval_bind(r->e, r->env, val_null());

    if (inner == NULL)
        return eval_no_room(r->e);
    if (eval_each(r->e, r->code->a, inner, r->in, r->emit, r->arg) == 0)
        return 0;
    return eval_reached(r->e, inner) ? 0 : -1;
}

static int emit_recursive(struct eval *e, struct at in, eval_fn emit, void *arg)
{
    struct val_walk walk;
    struct val key = val_null(), value;
    double i = 0;

    if (emit(arg, in) < 0)
        return -1;
    if (in.trail == &eval_lost)
        return eval_lost_iteration(e, in.v);
    if (in.v.kind < VAL_ARRAY)
        return 0;
    if (eval_deep(e))
        return eval_too_deep(e);
    walk = val_walk(&e->arena, in.v);
    while (val_next(&walk, &key, &value)) {
        struct at next = {value, NULL};

        if (in.v.kind == VAL_ARRAY)
            key = val_number(i++);
        if (eval_step(e, in, key, &next) < 0 ||
            emit_recursive(e, next, emit, arg) < 0)
            return -1;
    }
    return 0;
}

static int iterate(void *arg, struct at in)
{
    const struct rest *r = arg;
    struct val key = val_null(), value;
    struct val_walk walk;
    double i = 0;

    if (in.trail == &eval_lost)
        return eval_lost_iteration(r->e, in.v);
    if (in.v.kind < VAL_ARRAY)
        return r->code->optional ? 0 : eval_cannot_iterate(r->e, in.v);
    walk = val_walk(&r->e->arena, in.v);
    while (val_next(&walk, &key, &value)) {
        struct at next = {value, NULL};

        if (in.v.kind == VAL_ARRAY)
            key = val_number(i++);
        if (eval_step(r->e, in, key, &next) < 0 || r->emit(r->arg, next) < 0)
            return -1;
    }
    return 0;
}

static int each_call(struct rest *r)
{
    return eval_call_each(r->e, r->code, r->env, r->in, r->emit, r->arg);
}

static int each_closure(struct rest *r)
{
    const struct env *closure = eval_look(r->env, r->code->up);

    return eval_each(r->e, closure->code, closure->scope, r->in, r->emit,
                     r->arg);
}

/* What is computed, for each combination of its operands; or one step. */
static int each_other(struct rest *r)
{
    switch ((int)r->code->op) {
    case CODE_FIELD:
    case CODE_INDEX:
    case CODE_SLICE:
        return eval_step_each(r->e, r->code, r->env, r->in, r->emit, r->arg);
    case CODE_ITERATE:
        return eval_each(r->e, r->code->a, r->env, r->in, iterate, r);
    case CODE_RECURSE: return emit_recursive(r->e, r->in, r->emit, r->arg);
    case CODE_IF:
        return eval_each(r->e, r->code->a, r->env, plain(r->in.v), choose, r);
    case CODE_TRY: return each_try(r);
    case CODE_ELSE: return each_else(r);
    case CODE_LABEL: return each_label(r);
    case CODE_AS:
        return eval_as_each(r->e, r->code, r->env, r->in, r->emit, r->arg);
    case CODE_FOREACH:
    case CODE_REDUCE:
        return eval_fold(r->e, r->code, r->env, r->in, r->emit, r->arg);
    case CODE_CALL: return each_call(r);
    case CODE_CLOSURE: return each_closure(r);
    case CODE_BUILTIN:
        if (r->code->builtin->each != NULL)
            return r->code->builtin->each(r->e, r->code, r->env, r->in, r->emit,
                                          r->arg);
        return eval_builtin_each(r->e, r->code, r->env, r->in, r->emit, r->arg);
    default: return eval_combine(r->e, r->code, r->env, r->in, r->emit, r->arg);
    }
}

/* Steps over what only leads to another part of the code, which takes its place
 * in the frame: 1, and the new place; else as eval_one. */
static int lead_on(struct eval *e, const struct code **code, struct env **env,
                   struct at *in)
{
    const struct code *c = *code;
    struct val truth;
    int got;

    switch ((int)c->op) {
    case CODE_DEF:
        *env = eval_bind_code(e, *env, c, NULL);
        *code = c->c;
        return *env != NULL ? 1 : eval_no_room(e);
    case CODE_PIPE:
        got = eval_one(e, c->a, *env, in->v, &in->v);
        *code = c->b;
        return got;
    case CODE_IF:
        got = eval_one(e, c->a, *env, in->v, &truth);
        *code = got == 1 && val_truth(truth) ? c->b : c->c;
        return got;
    case CODE_AS: *code = c->c; return eval_one_as(e, c, env, in->v);
    default: *code = c->b->a; return eval_enter_call(e, c, *env, in->v, env);
    }
}

/* Whether lead_on may be asked: a pipe's left side keeps no trail. */
static bool leads_on(const struct code *code, struct at in)
{
    switch ((int)code->op) {
    case CODE_DEF: return true;
    case CODE_PIPE: return code->a->single && in.trail == NULL;
    case CODE_IF: return code->a->single;
    case CODE_AS:
        return code->a->single && code->bind->kind == BIND_NAME &&
               code->bind->next == NULL;
    case CODE_CALL: return code->direct;
    default: return false;
    }
}

static int each_pipe(struct eval *e, const struct code *code, struct env *env,
                     struct at in, eval_fn emit, void *arg)
{
    struct rest rest = {e, code, env, in, emit, arg};

    return eval_each(e, code->a, env, in, go_on, &rest);
}

/* Code of one output, where no path is wanted. */
static int each_only(struct eval *e, const struct code *code, struct env *env,
                     struct at in, eval_fn emit, void *arg)
{
    struct val out;
    int got;

    if (code->makes && emit == e->top && e->make != NULL)
        return e->make(arg, code, env, in.v);
    got = eval_one(e, code, env, in.v, &out);
    return got == 1 ? emit_value(in, out, emit, arg) : got;
}

int eval_each(struct eval *e, const struct code *code, struct env *env,
              struct at in, eval_fn emit, void *arg)
{
    int got;

    for (;;) {
        if (eval_check(e) < 0)
            return -1;
        if (code == NULL || code->op == CODE_IDENTITY)
            return emit(arg, in);
        if (leads_on(code, in)) {
            got = lead_on(e, &code, &env, &in);
            if (got != 1)
                return got;
            continue;
        }
        if (code->op == CODE_COMMA) {
            if (eval_each(e, code->a, env, in, emit, arg) < 0)
                return -1;
            code = code->b;
            continue;
        }
        if (code->op == CODE_PIPE)
            return each_pipe(e, code, env, in, emit, arg);
        if (code->op == CODE_CONSTANT || code->op == CODE_VARIABLE ||
            (code->single && in.trail == NULL))
            return each_only(e, code, env, in, emit, arg);
        return each_other(&(struct rest){e, code, env, in, emit, arg});
    }
}
