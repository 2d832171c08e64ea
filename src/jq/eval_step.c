/* SPDX-License-Identifier: MIT */
/* Steps into a value where there is one output: .a, .[b], .[b:c]. */
#include "jq/eval.h"

#include "jq/eval_core.h"
#include "jq/val_core.h"

/*
 * A member of an object within the input. With the first, all that the program
 * looks for are found. Of other lines nothing is kept, since their memory may
 * be used again within a run.
 */
static int lazy_field(struct eval *e, const struct code *code, struct val v,
                      struct val *out)
{
    struct eval_members *m = &e->members[v.n != e->input.n];
    const struct place place = val_place(v);
    uint32_t at;

    if (!m->known || m->entry != v.n) {
        m->known = true;
        m->entry = v.n;
        m->fits = shape_see(&m->shape, e->keys, &place);
    }
    at = m->fits ? shape_find(&m->shape, code->slot)
                 : place_member(&place, &code->key);
    *out = at != 0 ? val_of_place(v.u.line, at) : val_null();
    return 1;
}

int eval_field(struct eval *e, const struct code *code, struct val v,
               struct val *out)
{
    if (v.kind == VAL_OBJECT) {
        if (v.form == VAL_LAZY && e->input.form == VAL_LAZY &&
            v.u.line == e->input.u.line && e->keys != NULL && code->slot != 0)
            return lazy_field(e, code, v, out);
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

int eval_one_index(struct eval *e, const struct code *code, struct env *env,
                   struct val in, struct val *out)
{
    struct val v = val_null(), key;
    int got = eval_one(e, code->b, env, in, &key);

    if (got == 1)
        got = eval_one(e, code->a, env, in, &v);
    return got == 1 ? forgive(e, code, eval_index(e, v, key, out)) : got;
}

int eval_one_slice(struct eval *e, const struct code *code, struct env *env,
                   struct val in, struct val *out)
{
    struct val v, from = val_null(), to = val_null();
    int got = 1;

    if (code->b != NULL)
        got = eval_one(e, code->b, env, in, &from);
    if (got == 1 && code->c != NULL)
        got = eval_one(e, code->c, env, in, &to);
    if (got == 1)
        got = eval_one(e, code->a, env, in, &v);
    return got == 1 ? forgive(e, code, eval_slice(e, v, from, to, out)) : got;
}
