/* SPDX-License-Identifier: MIT */
/*
 * What goes on from its own output: recurse, while, until. Where the filters
 * have one output each it is a loop, however often it goes round; else, and
 * where a path is wanted, recursion, which the stack bounds.
 */
#include "jq/builtin.h"

#include "jq/builtin_core.h"

struct loop {
    struct eval *e;
    const struct code *test; /* NULL: there is none */
    const struct code *next;
    struct env *env;
    eval_fn emit;
    void *arg;
    bool until; /* only the value at which the test holds is an output */
};

/* A value and the loop, while its test is asked for. */
struct turn {
    const struct loop *loop;
    struct at v;
};

static int recur(const struct loop *loop, struct at v);

static int go_on(void *arg, struct at v)
{
    return recur(arg, v);
}

static int next_of(const struct loop *loop, struct at v)
{
    struct loop inner = *loop;

    return eval_each(loop->e, loop->next, loop->env, v, go_on, &inner);
}

static int tested(void *arg, struct at truth)
{
    const struct turn *t = arg;
    const struct loop *loop = t->loop;

    if (loop->until)
        return val_truth(truth.v) ? loop->emit(loop->arg, t->v)
                                  : next_of(loop, t->v);
    if (!val_truth(truth.v))
        return 0;
    return loop->emit(loop->arg, t->v) < 0 ? -1 : next_of(loop, t->v);
}

static int recur(const struct loop *loop, struct at v)
{
    struct turn t = {loop, v};

    if (loop->test == NULL)
        return loop->emit(loop->arg, v) < 0 ? -1 : next_of(loop, v);
    return eval_each(loop->e, loop->test, loop->env, (struct at){v.v, NULL},
                     tested, &t);
}

/* 1: go round again, 0: it is over, -1. */
static int turn_round(const struct loop *loop, struct val *v)
{
    struct val truth = val_bool(!loop->until);
    int got = 1;

    if (eval_check(loop->e) < 0)
        return -1;
    if (loop->test != NULL)
        got = eval_one(loop->e, loop->test, loop->env, *v, &truth);
    if (got != 1)
        return got;
    if (loop->until && val_truth(truth))
        return loop->emit(loop->arg, (struct at){*v, NULL});
    if (!loop->until &&
        (!val_truth(truth) || loop->emit(loop->arg, (struct at){*v, NULL}) < 0))
        return val_truth(truth) ? -1 : 0;
    return eval_one(loop->e, loop->next, loop->env, *v, v);
}

static int run(const struct loop *loop, struct at in)
{
    struct eval *e = loop->e;
    const struct arena_mark mark = arena_here(&e->arena);
    struct val v = in.v;
    int got = 1;

    if (in.trail != NULL || !loop->next->single ||
        (loop->test != NULL && !loop->test->single))
        return recur(loop, in);
    while (got == 1) {
        got = turn_round(loop, &v);
        /* A number has no part in what was computed, nor is there anything
         * else that stays. */
        if (loop->until && got == 1 && val_is_plain(v))
            arena_back(&e->arena, mark);
    }
    return got;
}

static int recurse_each(struct eval *e, const struct code *call,
                        struct env *env, struct at in, eval_fn emit, void *arg)
{
    const struct loop loop = {.e = e,
                              .next = builtin_argument(call, 0),
                              .env = env,
                              .emit = emit,
                              .arg = arg};

    return run(&loop, in);
}

static struct loop tested_loop(struct eval *e, const struct code *call,
                               struct env *env, eval_fn emit, void *arg)
{
    return (struct loop){.e = e,
                         .test = builtin_argument(call, 0),
                         .next = builtin_argument(call, 1),
                         .env = env,
                         .emit = emit,
                         .arg = arg};
}

static int while_each(struct eval *e, const struct code *call, struct env *env,
                      struct at in, eval_fn emit, void *arg)
{
    const struct loop loop = tested_loop(e, call, env, emit, arg);

    return run(&loop, in);
}

static int until_each(struct eval *e, const struct code *call, struct env *env,
                      struct at in, eval_fn emit, void *arg)
{
    struct loop loop = tested_loop(e, call, env, emit, arg);

    loop.until = true;
    return run(&loop, in);
}

const struct builtin builtin_loop[] = {
    {.name = "recurse", .arity = 1, .each = recurse_each},
    {.name = "while", .arity = 2, .each = while_each},
    {.name = "until", .arity = 2, .each = until_each, .single = true},
    {0},
};
