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

#include "base/buf.h"
#include "jq/builtin.h"
#include "jq/eval_core.h"

/* Steps between two looks at what may end an evaluation. */
enum { FUEL = 10000 };

/* Now and then: was it told to stop, has it taken its steps? */
static int refuel(struct eval *e)
{
    e->steps += FUEL;
    e->fuel = FUEL;
    if (e->stop != NULL && atomic_load_explicit(e->stop, memory_order_relaxed))
        return eval_stop(e);
    if (e->max_steps > 0 && e->steps > e->max_steps)
        return eval_end(e, "too many steps");
    return 0;
}

int eval_check_all(struct eval *e)
{
    if (e->arena.refused)
        return eval_no_room(e);
    if (e->fuel == 0 && refuel(e) < 0)
        return -1;
    return eval_deep(e) ? eval_too_deep(e) : 0;
}

struct env *eval_look(struct env *env, uint32_t up)
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

struct env *eval_bind_code(struct eval *e, struct env *parent,
                           const struct code *code, struct env *scope)
{
    struct env *env = arena_alloc(&e->arena, sizeof *env);

    if (env != NULL)
        *env = (struct env){.parent = parent, .code = code, .scope = scope};
    return env;
}

/* One output */

/* a + [b]: onto the end, without an array in between. */
static int one_append(struct eval *e, const struct code *code, struct env *env,
                      struct val in, struct val *out)
{
    struct val item = val_null(), array;
    const int any = eval_one(e, code->b->a, env, in, &item);
    int got = any < 0 ? any : eval_one(e, code->a, env, in, out);

    if (got != 1)
        return got;
    if (any == 1 && out->kind == VAL_ARRAY)
        return eval_give(e, val_append(&e->arena, *out, item), out);
    array = val_array(&e->arena, 1);
    if (any == 1 && !val_no_room(array))
        array = val_append(&e->arena, array, item);
    if (val_no_room(array))
        return eval_no_room(e);
    return eval_binary(e, AST_ADD, *out, array, out);
}

static int one_binary(struct eval *e, const struct code *code, struct env *env,
                      struct val in, struct val *out)
{
    const bool lists = code->sign == AST_ADD && code->b->op == CODE_ARRAY;
    struct val a, b;
    int got;

    if (lists && code->b->a != NULL && code->b->a->single)
        return one_append(e, code, env, in, out);
    got = eval_one(e, code->b, env, in, &b);
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
bool eval_caught(struct eval *e, struct val *error)
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

    if (got >= 0 || !eval_caught(e, &error))
        return got;
    return code->b != NULL ? eval_one(e, code->b, env, error, out) : 0;
}

/* Of a list the last comma comes first. */
static int add_items(struct eval *e, const struct code *code, struct env *env,
                     struct val in, struct val *array)
{
    struct val item;
    int got;

    for (; code->op == CODE_COMMA; code = code->b) {
        if (add_items(e, code->a, env, in, array) < 0)
            return -1;
    }
    if (!code->single)
        return eval_collect(e, code, env, in, array);
    got = eval_one(e, code, env, in, &item);
    if (got == 1)
        *array = val_append(&e->arena, *array, item);
    return got < 0 ? -1 : eval_give(e, *array, array);
}

static int one_array(struct eval *e, const struct code *code, struct env *env,
                     struct val in, struct val *out)
{
    *out = val_array(&e->arena, code->count < 4 ? 4 : code->count);
    if (code->a == NULL || val_no_room(*out))
        return eval_give(e, *out, out);
    return add_items(e, code->a, env, in, out);
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

int eval_holes(struct eval *e, const struct code *code, struct env *env,
               struct val in, struct val *values)
{
    uint32_t n = code->count;
    int got = 1;

    for (const struct code *hole = code->b; got == 1 && hole != NULL;
         hole = hole->b)
        got = eval_one(e, hole->a, env, in, &values[--n]);
    return got;
}

static int one_join(struct eval *e, const struct code *code, struct env *env,
                    struct val in, struct val *out)
{
    struct val few[EVAL_FEW_HOLES] = {{0}}, *values = few;
    const struct code *p = code->a;
    struct slice head = {NULL, 0};
    struct buf text;
    int got;

    if (code->count > EVAL_FEW_HOLES)
        values = arena_alloc(&e->arena, code->count * sizeof *values);
    if (values == NULL)
        return eval_no_room(e);
    got = eval_holes(e, code, env, in, values);
    if (got == 1 && eval_behind_head(code, values[0]) != NULL) {
        p = eval_behind_head(code, values[0]);
        head = val_text(&e->arena, *values++);
    }
    text = eval_new_text(e);
    for (; got == 1 && p != NULL; p = p->next)
        got = eval_add_part(e, code, p,
                            p->op == CODE_MEMBER ? *values++ : p->value, &text);
    if (got == 1)
        got = eval_give_text_behind(e, head, &text, out);
    buf_release(&text);
    return got;
}

/* The last one first, as in jq: its error is the one that is seen. */
static int values_of(struct eval *e, const struct code *call, struct env *env,
                     struct val in, struct val *values)
{
    const struct code *args[BUILTIN_ARGS_MAX];
    uint32_t n = 0;
    int got = 1;

    for (const struct code *a = call->a; a != NULL; a = a->next)
        args[n++] = a->a;
    while (got == 1 && n-- > 0)
        got = eval_one(e, args[n], env, in, &values[n]);
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
    got = values_of(e, code, env, in, values);
    return got == 1 ? code->builtin->values(e, in, values, out) : got;
}

/* The function's scope with its parameters: the values are evaluated here. */
int eval_enter_call(struct eval *e, const struct code *code, struct env *env,
                    struct val in, struct env **scope)
{
    const struct code *arg = code->a, *function = code->b;
    struct env *inner = code->up == CODE_LIBRARY
                            ? eval_bind_code(e, NULL, function, NULL)
                            : eval_look(env, code->up);

    for (uint32_t i = 0; i < code->count && inner != NULL; i++) {
        struct val v;
        int got = 1;

        inner = eval_bind_code(e, inner, arg->a, env);
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

int eval_one_as(struct eval *e, const struct code *code, struct env **env,
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
    e->label = eval_look(env, code->up);
    return -1;
}

/* What needs a frame of its own. */
static int one_other(struct eval *e, const struct code *code, struct env *env,
                     struct val in, struct val *out)
{
    switch ((int)code->op) {
    case CODE_INDEX: return eval_one_index(e, code, env, in, out);
    case CODE_SLICE: return eval_one_slice(e, code, env, in, out);
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
        switch ((int)code->op) {
        case CODE_IDENTITY: *out = in; return 1;
        case CODE_CONSTANT: *out = code->value; return 1;
        case CODE_VARIABLE: *out = eval_look(env, code->up)->value; return 1;
        case CODE_FIELD:
            got = 1;
            if (code->a->op != CODE_IDENTITY)
                got = eval_one(e, code->a, env, in, &in);
            return got == 1 ? eval_field(e, code, in, out) : got;
        default: break;
        }
        if (eval_check(e) < 0)
            return -1;
        switch ((int)code->op) {
        case CODE_PIPE:
            got = eval_one(e, code->a, env, in, &in);
            code = code->b;
            break;
        case CODE_IF:
            got = eval_one(e, code->a, env, in, out);
            code = got == 1 && val_truth(*out) ? code->b : code->c;
            break;
        case CODE_DEF:
            env = eval_bind_code(e, env, code, NULL);
            got = env != NULL ? 1 : eval_no_room(e);
            code = code->c;
            break;
        case CODE_AS:
            got = eval_one_as(e, code, &env, in);
            code = code->c;
            break;
        case CODE_CALL:
            got = eval_enter_call(e, code, env, in, &env);
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
