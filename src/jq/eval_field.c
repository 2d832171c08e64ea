/* SPDX-License-Identifier: MIT */
/* Assignments to members of members, .a.b = 1 and the like, without paths: they
 * are most of all assignments. */
#include "jq/eval.h"

#include <assert.h>

#include "jq/eval_core.h"

struct change {
    struct eval *e;
    const struct code *code;
    struct env *env;
    struct val right;
    const struct code *fields[CODE_MEMBERS_MAX]; /* the outermost first */
    uint32_t count;
};

/* What comes to the place of a value: 1, 0 for nothing, or -1. */
static int replace(struct change *c, struct val old, struct val *out)
{
    *out = c->right;
    if (c->code->op == CODE_UPDATE)
        return eval_first(c->e, c->code->b, c->env, old, out);
    if (c->code->op == CODE_ASSIGN)
        return 1;
    if (c->code->sign != AST_ALTERNATIVE)
        return eval_binary(c->e, c->code->sign, old, c->right, out);
    if (val_truth(old))
        *out = old;
    return 1;
}

/* 0: it is gone, and so is not made where it was not. */
static int change(struct change *c, uint32_t i, struct val v, struct val *out)
{
    const struct code *field = c->fields[i];
    struct val old = val_null(), inner = val_null();
    int got;

    assert(field != NULL); /* all of them are set */
    if (v.kind != VAL_OBJECT && v.kind != VAL_NULL)
        return eval_cannot_index(c->e, v, field->value);
    if (v.kind == VAL_OBJECT && !val_find(v, &field->key, &old))
        old = val_null();
    got = i + 1 < c->count ? change(c, i + 1, old, &inner)
                           : replace(c, old, &inner);
    *out = v;
    if (got < 0 || (got == 0 && (v.kind == VAL_NULL || old.kind == VAL_NULL) &&
                    i + 1 < c->count))
        return got;
    if (got == 0 && i + 1 == c->count) {
        if (v.kind == VAL_OBJECT)
            *out = val_remove(&c->e->arena, v, field->key.text);
        return val_no_room(*out) ? eval_no_room(c->e) : 0;
    }
    if (v.kind == VAL_NULL)
        v = val_object(&c->e->arena, 4);
    if (!val_no_room(v))
        v = val_put(&c->e->arena, v, field->key.text, inner);
    return eval_give(c->e, v, out) < 0 ? -1 : got;
}

int eval_change_fields(struct eval *e, const struct code *code, struct env *env,
                       struct val in, struct val right, struct val *out)
{
    struct change c = {.e = e, .code = code, .env = env, .right = right};
    const struct code *field = code->a;
    int got;

    for (; field->op == CODE_FIELD; field = field->a)
        c.count++;
    field = code->a;
    for (uint32_t i = c.count; i-- > 0; field = field->a)
        c.fields[i] = field;
    e->pins++; /* the values are not held */
    got = change(&c, 0, in, out);
    e->pins--;
    return got < 0 ? -1 : 1;
}
