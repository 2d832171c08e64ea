/* SPDX-License-Identifier: MIT */
/*
 * Whether a reduce may change its state in place, as in
 *
 *     reduce .[] as $x ({}; .[$x.k] += 1)
 *
 * where each turn would else copy an object of all keys. It may if an update
 * is nothing but an assignment to one path, or the addition of an object, whose
 * right side does not look at the state: then nobody has what the turn before
 * made, but that object. Only what such a turn has made is changed; what it
 * found is copied once.
 */
#include "jq/code.h"

#include "jq/code_core.h"

static bool looks(const struct code *code);

static bool any_looks(const struct code *list)
{
    for (; list != NULL; list = list->next) {
        if ((list->a != NULL && looks(list->a)) ||
            (list->b != NULL && looks(list->b)))
            return true;
    }
    return false;
}

static bool part_looks(const struct code *code)
{
    return code != NULL && looks(code);
}

/* Whether the code may look at its input; what is not listed may. */
static bool looks(const struct code *code)
{
    switch ((int)code->op) {
    case CODE_CONSTANT:
    case CODE_VARIABLE: return false;
    case CODE_PIPE: return looks(code->a); /* b has another input */
    case CODE_FIELD:
    case CODE_INDEX:
    case CODE_SLICE:
    case CODE_ITERATE:
    case CODE_BINARY:
    case CODE_AND:
    case CODE_OR:
    case CODE_ELSE:
    case CODE_NEGATE:
    case CODE_COMMA:
    case CODE_ARRAY:
        return part_looks(code->a) || part_looks(code->b) ||
               part_looks(code->c);
    case CODE_OBJECT:
    case CODE_JOIN: return any_looks(code->a);
    default: return true;
    }
}

bool code_owns(const struct code *reduce)
{
    const struct code *update = reduce->d;

    /* Where one pattern fails, the next has the state as it was. */
    if (update == NULL || reduce->bind->next != NULL)
        return false;
    if (update->op == CODE_BINARY)
        return update->sign == AST_ADD && update->a->op == CODE_IDENTITY &&
               update->b->op == CODE_OBJECT && update->b->single &&
               !looks(update->b);
    if (update->op == CODE_UPDATE)
        return update->a->single;
    return (update->op == CODE_ASSIGN || update->op == CODE_COMPUTE) &&
           update->a->single && update->b->single && !looks(update->b);
}
