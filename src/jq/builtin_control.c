/* SPDX-License-Identifier: MIT */
/* What runs its arguments as filters: none, once, or often. They work where a
 * path is wanted, too. */
#include "jq/builtin.h"

#include <assert.h>

#include "jq/builtin_core.h"

/* What a callback needs. */
struct run {
    struct eval *e;
    const struct code *f; /* the filter in question */
    struct env *env;
    struct at in;
    eval_fn emit;
    void *arg;
    double left;
};

static struct run run_of(struct eval *e, const struct code *call,
                         struct env *env, struct at in)
{
    return (struct run){.e = e,
                        .f = call->a ? builtin_argument(call, 0) : NULL,
                        .env = env,
                        .in = in};
}

static int empty_one(struct eval *e, const struct code *call, struct env *env,
                     struct val in, struct val *out)
{
    (void)e;
    (void)call;
    (void)env;
    (void)in;
    (void)out;
    return 0;
}

static int empty(struct eval *e, const struct code *call, struct env *env,
                 struct at in, eval_fn emit, void *arg)
{
    (void)e;
    (void)call;
    (void)env;
    (void)in;
    (void)emit;
    (void)arg;
    return 0;
}

/* select */

static int pass_if(void *arg, struct at v)
{
    const struct run *r = arg;

    return val_truth(v.v) ? r->emit(r->arg, r->in) : 0;
}

static int select_one(struct eval *e, const struct code *call, struct env *env,
                      struct val in, struct val *out)
{
    int got = eval_one(e, call->a->a, env, in, out);

    if (got == 1 && !val_truth(*out))
        return 0;
    *out = in;
    return got;
}

static int select_each(struct eval *e, const struct code *call, struct env *env,
                       struct at in, eval_fn emit, void *arg)
{
    struct run r = run_of(e, call, env, in);
    struct val truth = val_null();
    int got;

    assert(r.f != NULL);
    if (r.f->single) {
        got = eval_one(e, r.f, env, in.v, &truth);
        return got == 1 && val_truth(truth) ? emit(arg, in) : got < 0 ? -1 : 0;
    }
    r.emit = emit;
    r.arg = arg;
    return eval_each(e, r.f, env, (struct at){in.v, NULL}, pass_if, &r);
}

/* range */

struct range {
    struct run r;
    const struct code *call;
    double values[3];
    int i;
};

static int range_next(struct range *range);

static int take_end(void *arg, struct at v)
{
    struct range next = *(struct range *)arg;

    if (v.v.kind != VAL_NUMBER)
        return eval_error(next.r.e, "Range bounds must be numeric");
    next.values[next.i++] = val_double(v.v);
    return range_next(&next);
}

/* With all bounds known: from, to, by. */
static int count_off(const struct run *r, const double *bounds)
{
    const double to = bounds[1], by = bounds[2];
    double i = bounds[0];

    while (by > 0 ? i < to : by < 0 && i > to) {
        if (eval_check(r->e) < 0 ||
            r->emit(r->arg, eval_off(r->in, val_number(i))) < 0)
            return -1;
        i += by;
    }
    return 0;
}

static int range_next(struct range *range)
{
    const struct run *r = &range->r;
    const double *v = range->values;

    if ((uint32_t)range->i == range->call->count) {
        const double one[] = {0, v[0], 1}, two[] = {v[0], v[1], 1};

        return count_off(r, range->i == 1 ? one : range->i == 2 ? two : v);
    }
    return eval_each(r->e, builtin_argument(range->call, range->i), r->env,
                     (struct at){r->in.v, NULL}, take_end, range);
}

static int range_each(struct eval *e, const struct code *call, struct env *env,
                      struct at in, eval_fn emit, void *arg)
{
    struct range range = {.r = run_of(e, call, env, in), .call = call};

    range.r.emit = emit;
    range.r.arg = arg;
    return range_next(&range);
}

/* first, last, limit, isempty */

static int stop(struct run *r)
{
    r->e->unwind = EVAL_BREAK;
    r->e->label = r;
    return -1;
}

static int pass_first(void *arg, struct at v)
{
    struct run *r = arg;

    if (r->emit(r->arg, v) < 0)
        return -1;
    return stop(r);
}

static int first_each(struct eval *e, const struct code *call, struct env *env,
                      struct at in, eval_fn emit, void *arg)
{
    struct run r = run_of(e, call, env, in);

    r.emit = emit;
    r.arg = arg;
    if (eval_each(e, r.f, env, in, pass_first, &r) == 0)
        return 0;
    return eval_reached(e, &r) ? 0 : -1;
}

static int keep(void *arg, struct at v)
{
    struct run *r = arg;

    r->in = v;
    r->left = 1;
    return 0;
}

static int last_each(struct eval *e, const struct code *call, struct env *env,
                     struct at in, eval_fn emit, void *arg)
{
    struct run r = run_of(e, call, env, in);
    struct eval_held held;
    int got;

    eval_hold(e, &held, &r.in.v);
    e->pins += in.trail != NULL;
    got = eval_each(e, r.f, env, in, keep, &r);
    e->pins -= in.trail != NULL;
    eval_let_go(e, &held);
    if (got < 0)
        return -1;
    return r.left > 0 ? emit(arg, r.in) : 0;
}

static int pass_some(void *arg, struct at v)
{
    struct run *r = arg;

    r->left--;
    if (r->emit(r->arg, v) < 0)
        return -1;
    return r->left <= 0 ? stop(r) : 0;
}

/* A count that is above all numbers, to be counted down. */
static int count_down(void *arg, struct at v)
{
    const struct run *r = arg;

    (void)v;
    return eval_error_of_two(r->e, *(const struct val *)r->arg, val_number(1),
                             "cannot be subtracted");
}

static int limit_to(void *arg, struct at count)
{
    struct run r = *(struct run *)arg;

    if (count.v.kind > VAL_NUMBER) {
        r.arg = &count.v;
        return eval_each(r.e, r.f, r.env, r.in, count_down, &r);
    }
    r.left = count.v.kind == VAL_NUMBER ? val_double(count.v) : -1;
    if (r.left == 0)
        return 0;
    if (!(r.left > 0)) /* as in jq: all of them */
        return eval_each(r.e, r.f, r.env, r.in, r.emit, r.arg);
    if (eval_each(r.e, r.f, r.env, r.in, pass_some, &r) == 0)
        return 0;
    return eval_reached(r.e, &r) ? 0 : -1;
}

static int limit_each(struct eval *e, const struct code *call, struct env *env,
                      struct at in, eval_fn emit, void *arg)
{
    struct run r = run_of(e, call, env, in);

    r.f = builtin_argument(call, 1);
    r.emit = emit;
    r.arg = arg;
    return eval_each(e, builtin_argument(call, 0), env, (struct at){in.v, NULL},
                     limit_to, &r);
}

static int is_empty(struct eval *e, const struct code *call, struct env *env,
                    struct val in, struct val *out)
{
    struct val v;
    int got = eval_first(e, builtin_argument(call, 0), env, in, &v);

    *out = val_bool(got == 0);
    return got < 0 ? -1 : 1;
}

/* any, all */

struct quantifier {
    struct run r;
    const struct code *condition;
    bool wanted; /* what decides */
};

static int decide(void *arg, struct at v)
{
    struct quantifier *q = arg;

    return val_truth(v.v) == q->wanted ? stop(&q->r) : 0;
}

static int ask(void *arg, struct at v)
{
    struct quantifier *q = arg;

    if (q->condition == NULL)
        return decide(q, v);
    return eval_each(q->r.e, q->condition, q->r.env, (struct at){v.v, NULL},
                     decide, q);
}

static int quantify(struct eval *e, const struct code *call, struct env *env,
                    struct val in, bool wanted, struct val *out)
{
    struct quantifier q = {.r = run_of(e, call, env, (struct at){in, NULL}),
                           .wanted = wanted};
    struct val_walk walk;
    struct val v;
    int got = 0;

    if (call->count > 0)
        q.condition = builtin_argument(call, (int)call->count - 1);
    if (call->count == 2) {
        got = eval_each(e, builtin_argument(call, 0), env, q.r.in, ask, &q);
    } else {
        if (in.kind < VAL_ARRAY)
            return eval_cannot_iterate(e, in);
        walk = val_walk(&e->arena, in);
        while (got == 0 && val_next(&walk, NULL, &v))
            got = ask(&q, (struct at){v, NULL});
    }
    if (got < 0 && !eval_reached(e, &q.r))
        return -1;
    *out = val_bool((got < 0) == wanted);
    return 1;
}

static int any(struct eval *e, const struct code *call, struct env *env,
               struct val in, struct val *out)
{
    return quantify(e, call, env, in, true, out);
}

static int all(struct eval *e, const struct code *call, struct env *env,
               struct val in, struct val *out)
{
    return quantify(e, call, env, in, false, out);
}

/* Paths */

static int emit_path(void *arg, struct at v)
{
    struct run *r = arg;
    struct val path;

    if (v.trail == &eval_lost)
        return eval_lost_result(r->e, v.v);
    path = eval_path(r->e, v.trail);
    if (val_no_room(path))
        return eval_no_room(r->e);
    return r->emit(r->arg, eval_off(r->in, path));
}

static int path_each(struct eval *e, const struct code *call, struct env *env,
                     struct at in, eval_fn emit, void *arg)
{
    struct run r = run_of(e, call, env, in);

    r.emit = emit;
    r.arg = arg;
    return eval_each(e, r.f, env, (struct at){in.v, &eval_root}, emit_path, &r);
}

static int get_path(void *arg, struct at path)
{
    const struct run *r = arg;
    struct at at = r->in;
    struct val_walk walk;
    struct val step;

    if (path.v.kind != VAL_ARRAY)
        return eval_error(r->e, "Path must be specified as an array");
    walk = val_walk(&r->e->arena, path.v);
    while (val_next(&walk, NULL, &step)) {
        struct at next = {val_null(), NULL};

        if (eval_index(r->e, at.v, step, &next.v) < 0)
            return -1;
        if (eval_step(r->e, at, step, &next) < 0)
            return -1;
        at = next;
    }
    return r->emit(r->arg, at);
}

static int getpath_each(struct eval *e, const struct code *call,
                        struct env *env, struct at in, eval_fn emit, void *arg)
{
    struct run r = run_of(e, call, env, in);

    r.emit = emit;
    r.arg = arg;
    return eval_each(e, r.f, env, (struct at){in.v, NULL}, get_path, &r);
}

const struct builtin builtin_control[] = {
    {.name = "empty", .one = empty_one, .each = empty, .single = true},
    {.name = "select",
     .arity = 1,
     .one = select_one,
     .each = select_each,
     .single = true},
    {.name = "range", .arity = 1, .each = range_each},
    {.name = "range", .arity = 2, .each = range_each},
    {.name = "range", .arity = 3, .each = range_each},
    {.name = "first", .arity = 1, .each = first_each, .single = true},
    {.name = "last", .arity = 1, .each = last_each, .single = true},
    {.name = "limit", .arity = 2, .each = limit_each},
    {.name = "isempty", .arity = 1, .one = is_empty},
    {.name = "any", .one = any},
    {.name = "any", .arity = 1, .one = any},
    {.name = "any", .arity = 2, .one = any},
    {.name = "all", .one = all},
    {.name = "all", .arity = 1, .one = all},
    {.name = "all", .arity = 2, .one = all},
    {.name = "path", .arity = 1, .each = path_each, .single = true},
    {.name = "getpath", .arity = 1, .each = getpath_each, .single = true},
    {0},
};
