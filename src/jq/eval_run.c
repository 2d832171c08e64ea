/* SPDX-License-Identifier: MIT */
/* The life of an evaluator, and the simplest receivers of outputs. */
#include "jq/eval.h"

#include "jq/eval_core.h"
#include "jq/regex.h"
#include "json/canon.h"

/* What a quiet evaluator keeps of its memory. */
enum { KEEP_BYTES = 1 << 20 };

void eval_init(struct eval *e, size_t max_bytes)
{
    *e = (struct eval){.canon = canon_new()};
    regex_ready();
    index_init(&e->scratch);
    arena_init(&e->arena, max_bytes);
}

void eval_release(struct eval *e)
{
    eval_forget(e);
    arena_release(&e->arena);
    canon_free(e->canon);
    regex_cache_free(e->regexes);
    index_release(&e->scratch);
}

void eval_expect(struct eval *e, const struct code *program)
{
    e->keys = program->keys;
    e->members[0] = e->members[1] = (struct eval_members){0};
}

void eval_clear(struct eval *e)
{
    eval_forget(e);
    arena_clear(&e->arena, KEEP_BYTES);
}

int eval_run(struct eval *e, const struct code *program, struct val in,
             eval_fn emit, void *arg)
{
    struct val out;
    int failed;

    eval_clear(e);
    e->stack = __builtin_frame_address(0);
    e->unwind = EVAL_NOT;
    e->fatal = false;
    e->steps = 0;
    e->fuel = 1;
    e->top = emit;
    e->input = in;
    e->members[0].known = e->members[1].known = false;
    if (program->single && !(program->ends_made && e->make != NULL)) {
        failed = eval_one(e, program, &e->ground, in, &out);
        if (failed == 1)
            failed = emit(arg, (struct at){out, NULL});
    } else {
        failed =
            eval_each(e, program, &e->ground, (struct at){in, NULL}, emit, arg);
    }
    e->stack = NULL; /* it is gone */
    /* A text that there was no room for may have been taken for an empty one:
     * no output counts. */
    if (!failed && e->arena.refused)
        return eval_no_room(e);
    return failed;
}

bool eval_reached(struct eval *e, const void *label)
{
    if (e->unwind != EVAL_BREAK || e->label != label)
        return false;
    e->unwind = EVAL_NOT;
    return true;
}

/* Collecting */

struct collect {
    struct eval *e;
    struct val array;
};

static int take_item(void *arg, struct at v)
{
    struct collect *c = arg;

    c->array = val_append(&c->e->arena, c->array, v.v);
    return val_no_room(c->array) ? eval_no_room(c->e) : 0;
}

int eval_collect(struct eval *e, const struct code *code, struct env *env,
                 struct val in, struct val *array)
{
    struct collect c = {e, *array};
    struct eval_held held;
    int got;

    eval_hold(e, &held, &c.array);
    got = eval_each(e, code, env, (struct at){in, NULL}, take_item, &c);
    eval_let_go(e, &held);
    *array = c.array;
    return got < 0 ? -1 : 1;
}

/* The first */

struct first {
    struct eval *e;
    struct val *out;
    bool any;
};

static int take_first(void *arg, struct at v)
{
    struct first *f = arg;

    *f->out = v.v;
    f->any = true;
    f->e->unwind = EVAL_BREAK;
    f->e->label = f;
    return -1;
}

int eval_first(struct eval *e, const struct code *code, struct env *env,
               struct val in, struct val *out)
{
    struct first f = {e, out, false};

    if (code->single)
        return eval_one(e, code, env, in, out);
    if (eval_each(e, code, env, (struct at){in, NULL}, take_first, &f) == 0)
        return 0;
    return eval_reached(e, &f) ? 1 : -1;
}
