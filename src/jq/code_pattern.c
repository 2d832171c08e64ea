/* SPDX-License-Identifier: MIT */
#include "jq/code.h"

#include "jq/arena.h"
#include "jq/code_core.h"

enum { NAMES_MAX = 4096 };

struct names {
    struct slice names[NAMES_MAX];
    uint32_t count;
};

static bool add_name(struct names *names, struct slice name)
{
    for (uint32_t i = 0; i < names->count; i++) {
        if (slice_equal(names->names[i], name))
            return true;
    }
    if (names->count == NAMES_MAX)
        return false;
    names->names[names->count++] = name;
    return true;
}

/* {$name}, which binds; and not {($name): ..}, a key like any other. */
static bool is_named(const struct ast *entry)
{
    return entry->a->kind == AST_VARIABLE && !entry->a->grouped;
}

/* The names of a pattern, in order, each once. */
static bool collect(struct names *names, const struct ast *pattern)
{
    bool ok = true;

    if (pattern->kind == AST_VARIABLE)
        return add_name(names, pattern->text);
    for (const struct ast *p = pattern->a; ok && p != NULL; p = p->next) {
        const struct ast *inner = p->kind == AST_ENTRY ? p->b : p;

        if (p->kind == AST_ENTRY && is_named(p))
            ok = add_name(names, p->a->text);
        if (ok && inner != NULL)
            ok = collect(names, inner);
    }
    return ok;
}

static uint32_t slot_of(const struct names *names, struct slice name)
{
    uint32_t i = 0;

    while (!slice_equal(names->names[i], name))
        i++;
    return i;
}

static struct code_bind *pattern(struct compile *c, const struct ast *tree,
                                 const struct names *names,
                                 const struct scope *scope);

static struct code_bind *entry(struct compile *c, const struct ast *tree,
                               const struct names *names,
                               const struct scope *scope)
{
    struct code_bind *bind = code_must(arena_alloc(c->arena, sizeof *bind));

    *bind = (struct code_bind){.kind = BIND_OBJECT};
    if (is_named(tree)) {
        bind->named = true;
        bind->slot = slot_of(names, tree->a->text);
        bind->name = tree->a->text;
        bind->key = code_constant(c, tree->a, val_string(tree->a->text));
    } else {
        bind->key = code_build(c, tree->a, scope);
    }
    if (bind->key == NULL || !code_is_key(c, tree->a, bind->key))
        return NULL;
    if (tree->b == NULL)
        return bind;
    bind->inner = pattern(c, tree->b, names, scope);
    return bind->inner ? bind : NULL;
}

static struct code_bind *pattern(struct compile *c, const struct ast *tree,
                                 const struct names *names,
                                 const struct scope *scope)
{
    struct code_bind *bind = code_must(arena_alloc(c->arena, sizeof *bind));
    const struct code_bind **last = &bind->inner;

    *bind = (struct code_bind){.kind = BIND_NAME};
    if (tree->kind == AST_VARIABLE) {
        bind->slot = slot_of(names, tree->text);
        bind->name = tree->text;
        return bind;
    }
    bind->kind = tree->kind == AST_ARRAY ? BIND_ARRAY : BIND_OBJECT;
    for (const struct ast *p = tree->a; p != NULL; p = p->next) {
        struct code_bind *each = p->kind == AST_ENTRY
                                     ? entry(c, p, names, scope)
                                     : pattern(c, p, names, scope);

        if (each == NULL)
            return NULL;
        *last = each;
        last = &each->next;
    }
    return bind;
}

/* The names of all alternatives, as scopes on top. */
static const struct scope *bind_names(struct compile *c, struct code *code,
                                      const struct ast *patterns,
                                      const struct scope *scope)
{
    struct names *names = code_must(arena_alloc(c->arena, sizeof *names));
    const struct code_bind **last = &code->bind;
    const struct scope *outer = scope; /* keys know none of the names */

    names->count = 0;
    for (const struct ast *p = patterns; p != NULL; p = p->next) {
        if (!collect(names, p))
            return code_fault(c, p, "too many names in",
                              slice_text("a pattern"));
    }
    code->count = names->count;
    for (uint32_t i = 0; i < names->count; i++) {
        struct scope *one = code_must(arena_alloc(c->arena, sizeof *one));

        *one = code_bound(scope, BOUND_VALUE, names->names[i]);
        scope = one;
    }
    for (const struct ast *p = patterns; p != NULL; p = p->next) {
        struct code_bind *bind = pattern(c, p, names, outer);

        if (bind == NULL)
            return NULL;
        *last = bind;
        last = &bind->next;
    }
    return scope;
}

struct code *code_with_names(struct compile *c, enum code_op op,
                             const struct ast *tree, const struct scope *scope)
{
    struct code *code = code_make(c, op, tree);
    const struct scope *inner;

    code->a = code_build(c, tree->a, scope);
    inner = code->a ? bind_names(c, code, tree->b, scope) : NULL;
    if (inner == NULL)
        return NULL;
    code->c = code_build(c, tree->c, op == CODE_AS ? inner : scope);
    if (code->c == NULL)
        return NULL;
    code->single = op == CODE_REDUCE && code->c->single;
    if (op == CODE_AS)
        code->single = code->a->single && code->c->single &&
                       code->bind->kind == BIND_NAME &&
                       code->bind->next == NULL;
    if (tree->d != NULL && (code->d = code_build(c, tree->d, inner)) == NULL)
        return NULL;
    if (tree->e != NULL && (code->e = code_build(c, tree->e, inner)) == NULL)
        return NULL;
    code->own = op == CODE_REDUCE && code_owns(code);
    return code;
}
