/* SPDX-License-Identifier: MIT */
/*
 * A tree whose nodes call `emit` for each output, and two ways through it: what
 * gives at most one output is asked for it (eval_one), and only the others call
 * back (eval_each). Most filters are of the first kind throughout. In a pipe
 * whose left side is of that kind the right one takes its place in the same
 * frame, so that tail recursion needs no stack; other recursion is bounded by
 * the stack that is left.
 *
 * While a path is wanted the values carry their trail, and everything goes
 * through eval_each.
 */
#include "jq/eval.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "jq/builtin.h"
#include "jq/eval_core.h"

/* Of the 8 MiB that a thread has. */
enum { STACK_MAX = 6 * 1024 * 1024 };

/* Steps between two looks at what may end an evaluation. */
enum { FUEL = 10000 };

static bool too_deep(const struct eval *e)
{
    const char here = 0;
    const ptrdiff_t used = e->stack - &here;

    return used > STACK_MAX || used < -STACK_MAX;
}

/* Now and then: was it told to stop, has it taken its steps? */
static int refuel(struct eval *e)
{
    e->steps += FUEL;
    e->fuel = FUEL;
    if (e->stop != NULL && atomic_load_explicit(e->stop, memory_order_relaxed))
        return eval_end(e, "stopped");
    if (e->max_steps > 0 && e->steps > e->max_steps)
        return eval_end(e, "too many steps");
    return 0;
}

int eval_check(struct eval *e)
{
    if (e->arena.refused)
        return eval_no_room(e);
    if (--e->fuel == 0 && refuel(e) < 0)
        return -1;
    return too_deep(e) ? eval_too_deep(e) : 0;
}

static struct env *look(struct env *env, uint32_t up)
{
    while (up-- > 0)
        env = env->parent;
    return env;
}

struct env *eval_bind(struct eval *e, struct env *parent, struct val value)
{
    struct env *env = arena_alloc(&e->arena, sizeof *env);

    if (env != NULL)
        *env = (struct env){.parent = parent, .value = value};
    return env;
}

static struct env *bind_code(struct eval *e, struct env *parent,
                             const struct code *code, struct env *scope)
{
    struct env *env = arena_alloc(&e->arena, sizeof *env);

    if (env != NULL)
        *env = (struct env){.parent = parent, .code = code, .scope = scope};
    return env;
}

/* One output */

static int field(struct eval *e, const struct code *code, struct val v,
                 struct val *out)
{
    if (v.kind == VAL_OBJECT) {
        if (!val_find(v, &code->key, out))
            *out = val_null();
        return 1;
    }
    if (v.kind == VAL_NULL) {
        *out = val_null();
        return 1;
    }
    return code->optional ? 0 : eval_index(e, v, code->value, out);
}

/* An error of a step with `?` is no output. */
static int forgive(struct eval *e, const struct code *code, int got)
{
    if (got >= 0 || !code->optional || e->unwind != EVAL_ERROR)
        return got;
    e->unwind = EVAL_NOT;
    return 0;
}

static int one_index(struct eval *e, const struct code *code, struct env *env,
                     struct val in, struct val *out)
{
    struct val v, key;
    int got = eval_one(e, code->b, env, in, &key);

    if (got == 1)
        got = eval_one(e, code->a, env, in, &v);
    return got == 1 ? forgive(e, code, eval_index(e, v, key, out)) : got;
}

static int one_slice(struct eval *e, const struct code *code, struct env *env,
                     struct val in, struct val *out)
{
    struct val v, from = val_null(), to = val_null();
    int got = 1;

    if (code->c != NULL)
        got = eval_one(e, code->c, env, in, &to);
    if (got == 1 && code->b != NULL)
        got = eval_one(e, code->b, env, in, &from);
    if (got == 1)
        got = eval_one(e, code->a, env, in, &v);
    return got == 1 ? forgive(e, code, eval_slice(e, v, from, to, out)) : got;
}

static int one_binary(struct eval *e, const struct code *code, struct env *env,
                      struct val in, struct val *out)
{
    struct val a, b;
    int got = eval_one(e, code->b, env, in, &b);

    if (got == 1)
        got = eval_one(e, code->a, env, in, &a);
    return got == 1 ? eval_binary(e, code->sign, a, b, out) : got;
}

static int one_logic(struct eval *e, const struct code *code, struct env *env,
                     struct val in, struct val *out)
{
    int got = eval_one(e, code->a, env, in, out);

    if (got != 1)
        return got;
    if (val_truth(*out) == (code->op == CODE_OR)) {
        *out = val_bool(code->op == CODE_OR);
        return 1;
    }
    got = eval_one(e, code->b, env, in, out);
    *out = val_bool(got == 1 && val_truth(*out));
    return got;
}

static int one_else(struct eval *e, const struct code *code, struct env *env,
                    struct val in, struct val *out)
{
    int got = eval_one(e, code->a, env, in, out);

    if (got < 0 || (got == 1 && val_truth(*out)))
        return got;
    return eval_one(e, code->b, env, in, out);
}

/* The value to be caught; false if it is none: it unwinds on. */
static bool caught(struct eval *e, struct val *error)
{
    if (e->unwind != EVAL_ERROR || e->fatal)
        return false;
    e->unwind = EVAL_NOT;
    *error = e->error;
    return true;
}

static int one_try(struct eval *e, const struct code *code, struct env *env,
                   struct val in, struct val *out)
{
    int got = eval_one(e, code->a, env, in, out);
    struct val error;

    if (got >= 0 || !caught(e, &error))
        return got;
    return code->b != NULL ? eval_one(e, code->b, env, error, out) : 0;
}

static int one_array(struct eval *e, const struct code *code, struct env *env,
                     struct val in, struct val *out)
{
    struct val item;
    int got = 0;

    *out = val_array(&e->arena, 4);
    if (code->a == NULL || val_no_room(*out))
        return eval_give(e, *out, out);
    if (!code->a->single)
        return eval_collect(e, code->a, env, in, out);
    got = eval_one(e, code->a, env, in, &item);
    if (got == 1)
        *out = val_append(&e->arena, *out, item);
    return got < 0 ? -1 : eval_give(e, *out, out);
}

static int add_member(struct eval *e, struct val key, struct val value,
                      struct val *object)
{
    struct slice text;

    if (key.kind != VAL_STRING)
        return eval_bad_key(e, key);
    text = val_text(&e->arena, key);
    if (text.ptr == NULL)
        return eval_no_room(e);
    *object = val_put(&e->arena, *object, text, value);
    return eval_give(e, *object, object);
}

static int one_object(struct eval *e, const struct code *code, struct env *env,
                      struct val in, struct val *out)
{
    *out = val_object(&e->arena, code->count + 1);
    if (val_no_room(*out))
        return eval_no_room(e);
    for (const struct code *m = code->a; m != NULL; m = m->next) {
        struct val key, value;
        int got = eval_one(e, m->a, env, in, &key);

        if (got == 1)
            got = eval_one(e, m->b, env, in, &value);
        if (got == 1)
            got = add_member(e, key, value, out);
        if (got != 1)
            return got;
    }
    return 1;
}

static int one_join(struct eval *e, const struct code *code, struct env *env,
                    struct val in, struct val *out)
{
    struct buf text;
    int got = 1;

    text = eval_new_text(e);
    for (const struct code *p = code->a; got == 1 && p != NULL; p = p->next) {
        struct val v = p->value;

        if (p->op == CODE_MEMBER)
            got = eval_one(e, p->a, env, in, &v);
        if (got == 1)
            got = eval_add_part(e, code, p, v, &text);
    }
    if (got == 1)
        got = eval_give_text(e, &text, out);
    buf_release(&text);
    return got;
}

static int values_of(struct eval *e, const struct code *args, struct env *env,
                     struct val in, struct val *values)
{
    int got = 1;

    for (; got == 1 && args != NULL; args = args->next)
        got = eval_one(e, args->a, env, in, values++);
    return got;
}

struct only {
    struct val *out;
    bool any;
};

static int take_only(void *arg, struct at v)
{
    struct only *o = arg;

    *o->out = v.v;
    o->any = true;
    return 0;
}

/* Of a builtin that calls back, though it has one output at most. */
static int only_output(struct eval *e, const struct code *code, struct env *env,
                       struct val in, struct val *out)
{
    struct only o = {out, false};

    if (code->builtin->each(e, code, env, (struct at){in, NULL}, take_only,
                            &o) < 0)
        return -1;
    return o.any;
}

static int one_builtin(struct eval *e, const struct code *code, struct env *env,
                       struct val in, struct val *out)
{
    struct val values[BUILTIN_ARGS_MAX];
    int got;

    if (code->builtin->one != NULL)
        return code->builtin->one(e, code, env, in, out);
    if (code->builtin->each != NULL)
        return only_output(e, code, env, in, out);
    got = values_of(e, code->a, env, in, values);
    return got == 1 ? code->builtin->values(e, in, values, out) : got;
}

/* The function's scope with its parameters: the values are evaluated here. */
static int enter_call(struct eval *e, const struct code *code, struct env *env,
                      struct val in, struct env **scope)
{
    const struct code *arg = code->a, *function = code->b;
    struct env *inner = code->up == CODE_LIBRARY
                            ? bind_code(e, NULL, function, NULL)
                            : look(env, code->up);

    for (uint32_t i = 0; i < code->count && inner != NULL; i++) {
        struct val v;
        int got = 1;

        inner = bind_code(e, inner, arg->a, env);
        if (inner != NULL && function->by_value[i]) {
            got = eval_one(e, arg->a, env, in, &v);
            if (got != 1)
                return got;
            inner = eval_bind(e, inner, v);
        }
        arg = arg->next;
    }
    *scope = inner;
    return inner != NULL ? 1 : eval_no_room(e);
}

static int one_as(struct eval *e, const struct code *code, struct env **env,
                  struct val in)
{
    struct val v;
    int got = eval_one(e, code->a, *env, in, &v);

    if (got != 1)
        return got;
    *env = eval_bind(e, *env, v);
    return *env != NULL ? 1 : eval_no_room(e);
}

static int one_negate(struct eval *e, const struct code *code, struct env *env,
                      struct val in, struct val *out)
{
    int got = eval_one(e, code->a, env, in, out);

    if (got != 1)
        return got;
    if (out->kind != VAL_NUMBER)
        return eval_error_of(e, *out, "cannot be negated");
    *out = val_number(-val_double(*out));
    return 1;
}

static int one_label(struct eval *e, const struct code *code, struct env *env,
                     struct val in, struct val *out)
{
    struct env *inner = eval_bind(e, env, val_null());
    int got;

    if (inner == NULL)
        return eval_no_room(e);
    got = eval_one(e, code->a, inner, in, out);
    return got < 0 && eval_reached(e, inner) ? 0 : got;
}

static int leave(struct eval *e, const struct code *code, struct env *env)
{
    e->unwind = EVAL_BREAK;
    e->label = look(env, code->up);
    return -1;
}

/* What needs a frame of its own. */
static int one_other(struct eval *e, const struct code *code, struct env *env,
                     struct val in, struct val *out)
{
    switch ((int)code->op) {
    case CODE_INDEX: return one_index(e, code, env, in, out);
    case CODE_SLICE: return one_slice(e, code, env, in, out);
    case CODE_JOIN: return one_join(e, code, env, in, out);
    case CODE_FORMAT: return eval_format(e, code->key.text, in, out);
    case CODE_BINARY: return one_binary(e, code, env, in, out);
    case CODE_AND:
    case CODE_OR: return one_logic(e, code, env, in, out);
    case CODE_ELSE: return one_else(e, code, env, in, out);
    case CODE_NEGATE: return one_negate(e, code, env, in, out);
    case CODE_TRY: return one_try(e, code, env, in, out);
    case CODE_ASSIGN:
    case CODE_UPDATE:
    case CODE_COMPUTE: return eval_assign_one(e, code, env, in, out);
    case CODE_REDUCE: return eval_reduce(e, code, env, in, out);
    case CODE_LABEL: return one_label(e, code, env, in, out);
    case CODE_BREAK: return leave(e, code, env);
    case CODE_ARRAY: return one_array(e, code, env, in, out);
    case CODE_OBJECT: return one_object(e, code, env, in, out);
    case CODE_BUILTIN: return one_builtin(e, code, env, in, out);
    default: assert(!"not single"); return -1;
    }
}

int eval_one(struct eval *e, const struct code *code, struct env *env,
             struct val in, struct val *out)
{
    int got;

    for (;;) {
        if (eval_check(e) < 0)
            return -1;
        switch ((int)code->op) {
        case CODE_IDENTITY: *out = in; return 1;
        case CODE_CONSTANT: *out = code->value; return 1;
        case CODE_VARIABLE: *out = look(env, code->up)->value; return 1;
        case CODE_FIELD:
            got = 1;
            if (code->a->op != CODE_IDENTITY)
                got = eval_one(e, code->a, env, in, &in);
            return got == 1 ? field(e, code, in, out) : got;
        case CODE_PIPE:
            got = eval_one(e, code->a, env, in, &in);
            code = code->b;
            break;
        case CODE_IF:
            got = eval_one(e, code->a, env, in, out);
            code = got == 1 && val_truth(*out) ? code->b : code->c;
            break;
        case CODE_DEF:
            env = bind_code(e, env, code, NULL);
            got = env != NULL ? 1 : eval_no_room(e);
            code = code->c;
            break;
        case CODE_AS:
            got = one_as(e, code, &env, in);
            code = code->c;
            break;
        case CODE_CALL:
            got = enter_call(e, code, env, in, &env);
            code = code->b->a;
            break;
        default: return one_other(e, code, env, in, out);
        }
        if (got != 1)
            return got;
        if (code == NULL) { /* an `if` without `else` */
            *out = in;
            return 1;
        }
    }
}

/* Each output */

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
    return emit(arg, (struct at){v, in.trail ? &eval_lost : NULL});
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
    if (a.behind || !caught(r->e, &error))
        return -1;
    if (r->code->b == NULL)
        return 0;
    return eval_each(r->e, r->code->b, r->env,
                     (struct at){error, r->in.trail ? &eval_lost : NULL},
                     r->emit, r->arg);
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
    if (in.v.kind < VAL_ARRAY)
        return 0;
    if (too_deep(e))
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

    if (in.v.kind < VAL_ARRAY && !(in.v.kind == VAL_NULL && in.trail))
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
    const struct env *closure = look(r->env, r->code->up);

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
        *env = bind_code(e, *env, c, NULL);
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
    case CODE_AS: *code = c->c; return one_as(e, c, env, in->v);
    default: *code = c->b->a; return enter_call(e, c, *env, in->v, env);
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

int eval_each(struct eval *e, const struct code *code, struct env *env,
              struct at in, eval_fn emit, void *arg)
{
    struct val out;
    int got;

    for (;;) {
        struct rest rest = {e, code, env, in, emit, arg};

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
            return eval_each(e, code->a, env, in, go_on, &rest);
        if (code->op != CODE_CONSTANT && code->op != CODE_VARIABLE &&
            (!code->single || in.trail != NULL))
            return each_other(&rest);
        got = eval_one(e, code, env, in.v, &out);
        return got == 1 ? emit_value(in, out, emit, arg) : got;
    }
}
