/* SPDX-License-Identifier: MIT */
/*
 * What a program makes as its last step: it goes out and nowhere else, and may
 * be written as it is made instead of becoming a value. See eval_write.c.
 */
#include "jq/code.h"

#include "base/buf.h"
#include "jq/arena.h"
#include "jq/code_core.h"
#include "json/quote.h"

/* An object of more members is not looked through for equal keys. */
enum { MEMBERS_MAX = 64 };

/* A program is followed so far; it may call itself. */
enum { STEPS_MAX = 1000 };

static bool is_new_key(const struct code *object, const struct code *member)
{
    const struct val key = member->a->value;

    if (member->a->op != CODE_CONSTANT)
        return false;
    for (const struct code *m = object->a; m != member; m = m->next) {
        const struct val other = m->a->value;

        if (slice_equal(slice_of(other.u.text, other.n),
                        slice_of(key.u.text, key.n)))
            return false;
    }
    return true;
}

static bool keys_differ(const struct code *object)
{
    if (object->count == 0 || object->count > MEMBERS_MAX)
        return false;
    for (const struct code *m = object->a; m != NULL; m = m->next) {
        if (!is_new_key(object, m))
            return false;
    }
    return true;
}

static bool all_single(const struct code *list)
{
    for (; list->op == CODE_COMMA; list = list->a) {
        if (!list->b->single)
            return false;
    }
    return list->single;
}

struct slice code_written_key(struct compile *c, struct slice key, bool first)
{
    struct slice written;
    struct buf text;

    buf_init(&text, SIZE_MAX / 2);
    buf_add_char(&text, first ? '{' : ',');
    quote_add(&text, key);
    buf_add_char(&text, ':');
    written = arena_copy(c->arena, buf_slice(&text));
    buf_release(&text);
    return written;
}

bool code_is_made(const struct code *code)
{
    if (code->op == CODE_OBJECT)
        return code->single && keys_differ(code);
    if (code->op == CODE_ARRAY)
        return code->a == NULL || all_single(code->a);
    return code->single;
}

static bool leads(const struct code *code, int *steps)
{
    while (code != NULL && !code->makes && --*steps > 0) {
        switch ((int)code->op) {
        case CODE_PIPE: code = code->b; break;
        case CODE_DEF:
        case CODE_AS: code = code->c; break;
        case CODE_CALL: code = code->b->a; break;
        case CODE_IF:
            if (leads(code->b, steps))
                return true;
            code = code->c;
            break;
        default: return false;
        }
    }
    return code != NULL && code->makes;
}

bool code_leads_to_made(const struct code *program)
{
    int steps = STEPS_MAX;

    return leads(program, &steps);
}
