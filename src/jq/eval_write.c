/* SPDX-License-Identifier: MIT */
/*
 * What a program makes last, written as it is made: an object, an array or a
 * text that goes nowhere but out needs no values to be built of it. What its
 * parts are is computed in the order of eval_one, so its errors are the same.
 */
#include "jq/eval.h"

#include "jq/eval_core.h"

static int write_part(struct eval *e, const struct code *code, struct env *env,
                      struct val in, struct buf *out);

/* The bytes between the parts are there already, as `key`. */
static int write_object(struct eval *e, const struct code *code,
                        struct env *env, struct val in, struct buf *out)
{
    for (const struct code *m = code->a; m != NULL; m = m->next) {
        int got;

        if (buf_add_slice(out, m->key.text) < 0)
            return -1;
        got = write_part(e, m->b, env, in, out);
        if (got != 1)
            return got;
    }
    return buf_add_char(out, '}') < 0 ? -1 : 1;
}

/* Of a list the last operator comes first. */
static int write_items(struct eval *e, const struct code *code, struct env *env,
                       struct val in, struct buf *out)
{
    size_t before;
    int got;

    while (code->op == CODE_COMMA) {
        if (write_items(e, code->a, env, in, out) < 0)
            return -1;
        code = code->b;
    }
    before = out->len;
    got = write_part(e, code, env, in, out);
    if (got == 1)
        got = buf_add_char(out, ',');
    else
        out->len = before; /* an object may end in its middle */
    return got < 0 ? -1 : 1;
}

static int write_array(struct eval *e, const struct code *code, struct env *env,
                       struct val in, struct buf *out)
{
    if (buf_add_char(out, '[') < 0 ||
        (code->a != NULL && write_items(e, code->a, env, in, out) < 0))
        return -1;
    if (out->data[out->len - 1] == ',')
        out->len--;
    return buf_add_char(out, ']') < 0 ? -1 : 1;
}

static int write_part(struct eval *e, const struct code *code, struct env *env,
                      struct val in, struct buf *out)
{
    struct val v;
    int got;

    if (code->makes && code->op == CODE_OBJECT)
        return write_object(e, code, env, in, out);
    if (code->makes && code->op == CODE_ARRAY)
        return write_array(e, code, env, in, out);
    got = eval_one(e, code, env, in, &v);
    if (got == 1 && eval_add_json(e, v, 0, out) < 0)
        return -1;
    return got;
}

static int write_join(struct eval *e, const struct code *code, struct env *env,
                      struct val in, struct buf *out)
{
    struct val values[EVAL_FEW_HOLES], *value = values;
    int got = eval_holes(e, code, env, in, values);

    for (const struct code *p = code->a; got == 1 && p != NULL; p = p->next) {
        if (p->op != CODE_MEMBER) {
            got = buf_add(out, p->value.u.text, p->value.n) < 0 ? -1 : 1;
            continue;
        }
        if (code->key.text.len > 0)
            got = eval_format(e, code->key.text, *value, value);
        if (got == 1 && eval_add_text(e, *value++, out) < 0)
            got = -1;
    }
    return got;
}

static int write_format(struct eval *e, const struct code *code, struct val in,
                        struct buf *out)
{
    const bool refused = out->refused;
    int got;

    out->refused = false;
    got = eval_add_format(e, code->key.text, in, out);
    if (out->refused && got == 1)
        got = -1;
    out->refused |= refused;
    return got;
}

/* A text that is no JSON. */
static int write_text(struct eval *e, const struct code *code, struct env *env,
                      struct val in, struct buf *out)
{
    struct val v;
    int got;

    if (code->op == CODE_FORMAT)
        return write_format(e, code, in, out);
    if (code->count <= EVAL_FEW_HOLES)
        return write_join(e, code, env, in, out);
    got = eval_one(e, code, env, in, &v);
    if (got == 1 && eval_add_text(e, v, out) < 0)
        return -1;
    return got;
}

int eval_write(struct eval *e, const struct code *code, struct env *env,
               struct val in, bool raw, struct buf *out)
{
    const bool text = code->op == CODE_JOIN || code->op == CODE_FORMAT;
    const size_t before = out->len;
    int got;

    if (raw && text)
        got = write_text(e, code, env, in, out);
    else
        got = write_part(e, code, env, in, out);
    if (got != 1)
        out->len = before;
    return got;
}
