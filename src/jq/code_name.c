/* SPDX-License-Identifier: MIT */
#include "jq/code.h"

#include <assert.h>

#include "base/err.h"
#include "jq/arena.h"
#include "jq/builtin.h"
#include "jq/code_core.h"
#include "jq/parse.h"

/* So many calls of calls are looked through. */
enum { CHAIN_MAX = 1000 };

/* A builtin that is defined in the language, once it was used. */
struct library {
    const struct library *before;
    const struct builtin *builtin;
    struct code *code; /* its DEF */
};

static const struct scope *look(const struct scope *scope,
                                enum binding_kind kind, struct slice name,
                                uint32_t *up)
{
    for (*up = 0; scope != NULL; scope = scope->up, ++*up) {
        if (scope->kind == kind && slice_equal(scope->name, name))
            return scope;
    }
    return NULL;
}

static size_t length(const struct ast *list)
{
    size_t n = 0;

    for (; list != NULL; list = list->next)
        n++;
    return n;
}

/* A function of this arity, or, of none, a parameter. */
static const struct scope *look_function(const struct scope *scope,
                                         struct slice name, size_t arity,
                                         uint32_t *up)
{
    for (*up = 0; scope != NULL; scope = scope->up, ++*up) {
        if (!slice_equal(scope->name, name))
            continue;
        if (scope->kind == BOUND_FUNCTION && scope->arity == arity)
            return scope;
        if (scope->kind == BOUND_CLOSURE && arity == 0)
            return scope;
    }
    return NULL;
}
/* Names */

static struct code *given(struct compile *c, const struct ast *tree,
                          struct val value)
{
    struct code *code = code_constant(c, tree, value);

    code->given = true;
    code->key.text = tree->text;
    return code;
}

struct code *code_variable(struct compile *c, const struct ast *tree,
                           const struct scope *scope)
{
    struct code *code = code_make(c, CODE_VARIABLE, tree);

    code->single = true;
    if (look(scope, BOUND_VALUE, tree->text, &code->up) != NULL)
        return code;
    if (code_module_data(c, tree->text, &code->value))
        return given(c, tree, code->value);
    for (size_t i = 0; i < c->global_count; i++) {
        if (slice_equal(c->globals[i].name, tree->text))
            return given(c, tree, c->globals[i].value);
    }
    if (slice_is(tree->text, "ENV")) /* nobody said what is in it */
        return given(c, tree, val_object(c->arena, 0));
    return code_no_name(c, tree, scope, BOUND_VALUE);
}

struct code *code_label(struct compile *c, const struct ast *tree,
                        const struct scope *scope)
{
    struct code *code = code_make(c, CODE_LABEL, tree);
    const struct scope inner = code_bound(scope, BOUND_LABEL, tree->text);

    code->a = code_build(c, tree->a, &inner);
    if (code->a == NULL)
        return NULL;
    code->single = code->a->single;
    return code;
}

struct code *code_break(struct compile *c, const struct ast *tree,
                        const struct scope *scope)
{
    struct code *code = code_make(c, CODE_BREAK, tree);

    code->single = true;
    if (look(scope, BOUND_LABEL, tree->text, &code->up) == NULL)
        return code_no_name(c, tree, scope, BOUND_LABEL);
    return code;
}

/* Functions */

static bool arguments(struct compile *c, struct code *code,
                      const struct ast *list, const struct scope *scope)
{
    const struct code **last = &code->a;

    for (; list != NULL; list = list->next) {
        struct code *each = code_build(c, list, scope);
        struct code *link;

        if (each == NULL)
            return false;
        /* The same code may be in another list: a link of its own. */
        link = code_make(c, CODE_MEMBER, list);
        link->a = each;
        link->single = each->single;
        *last = link;
        last = &link->next;
        code->count++;
    }
    return true;
}

static bool all_single(const struct code *list)
{
    for (; list != NULL; list = list->next) {
        if (!list->single)
            return false;
    }
    return true;
}

/* The parameters of a DEF on top of the function itself. */
static const struct scope *parameters(struct compile *c, struct code *code,
                                      const struct ast *list,
                                      const struct scope *scope)
{
    const size_t n = length(list);
    bool *by_value = code_must(arena_alloc(c->arena, n + 1));

    code->count = (uint32_t)n;
    code->by_value = by_value;
    for (; list != NULL; list = list->next) {
        struct scope *one = code_must(arena_alloc(c->arena, sizeof *one));

        *one = code_bound(scope, BOUND_CLOSURE, list->text);
        scope = one;
        *by_value = list->op == AST_BY_VALUE;
        if (*by_value++) {
            one = code_must(arena_alloc(c->arena, sizeof *one));
            *one = code_bound(scope, BOUND_VALUE, list->text);
            scope = one;
        }
    }
    return scope;
}

struct code *code_definition(struct compile *c, const struct ast *tree,
                             const struct scope *scope)
{
    struct code *code = code_make(c, CODE_DEF, tree);
    struct scope self = code_bound(scope, BOUND_FUNCTION, tree->text);

    self.arity = length(tree->a);
    self.function = code;
    code->a = code_build(c, tree->b, parameters(c, code, tree->a, &self));
    if (code->a == NULL)
        return NULL;
    code->c = code_build(c, tree->c, &self);
    if (code->c == NULL)
        return NULL;
    code->single = code->c->single;
    return code;
}

bool code_function(struct compile *c, const struct ast *tree, struct code *code)
{
    struct scope self = code_bound(NULL, BOUND_FUNCTION, tree->text);

    self.arity = length(tree->a);
    self.function = code;
    code->a = code_build(c, tree->b, parameters(c, code, tree->a, &self));
    return code->a != NULL;
}

/* Compiled by its first user, whose names it does not know. */
static struct code *library_function(struct compile *c,
                                     const struct builtin *builtin)
{
    const struct slice text = slice_text(builtin->text);
    struct code_unit *const unit = c->unit;
    const int depth = c->depth;
    struct library *library;
    struct ast *tree;
    struct err err;
    size_t column;
    bool compiled;

    for (const struct library *l = c->library; l != NULL; l = l->before) {
        if (l->builtin == builtin)
            return l->code;
    }
    tree = parse_program(c->arena, text, &column, &err);
    assert(tree != NULL && tree->kind == AST_DEF);
    library = code_must(arena_alloc(c->arena, sizeof *library));
    *library =
        (struct library){c->library, builtin, code_make(c, CODE_DEF, tree)};
    c->library = library;
    c->unit = NULL;
    c->depth = 0; /* wherever it is used, it is not deep itself */
    compiled = code_function(c, tree, library->code);
    assert(compiled);
    c->depth = depth;
    c->unit = unit;
    return library->code;
}

static void set_single(struct code *call)
{
    const struct code *function = call->b;

    /* Known only behind the definition: within it, it is recursion. */
    call->single = function->a != NULL && function->a->single;
    call->direct = true;
    for (size_t i = 0; i < call->count; i++)
        call->direct &= !function->by_value[i] || all_single(call->a);
    call->single &= call->direct;
}

/* Whether it does nothing but call itself, perhaps by way of others: that ends
 * never and has nothing to show. What has no body yet is still being compiled;
 * it is asked about where it is called from behind its definition. */
static bool only_itself(const struct code *function)
{
    const struct code *at = function->a;

    for (int steps = 0; at != NULL && steps < CHAIN_MAX; steps++) {
        if (at->op == CODE_DEF) {
            at = at->c;
        } else if (at->op == CODE_PIPE && at->a->op == CODE_IDENTITY) {
            at = at->b;
        } else if (at->op == CODE_CALL && at->count == 0) {
            if (at->b == function)
                return true;
            at = at->b->a;
        } else {
            return false;
        }
    }
    return false;
}

static struct code *library_call(struct compile *c, const struct ast *tree,
                                 const struct builtin *builtin,
                                 const struct scope *scope)
{
    struct code *code = code_make(c, CODE_CALL, tree);

    code->up = CODE_LIBRARY;
    code->b = library_function(c, builtin);
    code->builtin = builtin;
    if (!arguments(c, code, tree->a, scope))
        return NULL;
    set_single(code);
    return code;
}

static struct code *call_builtin(struct compile *c, const struct ast *tree,
                                 const struct scope *scope)
{
    const struct builtin *builtin = builtin_find(tree->text, length(tree->a));
    struct code *code;

    if (builtin == NULL)
        return NULL;
    if (builtin->text != NULL)
        return library_call(c, tree, builtin, scope);
    code = code_make(c, CODE_BUILTIN, tree);
    code->builtin = builtin;
    c->needs |= builtin->needs;
    if (!arguments(c, code, tree->a, scope))
        return NULL;
    code->single = builtin->one != NULL;
    if (builtin->values != NULL || (builtin->each != NULL && builtin->single))
        code->single = all_single(code->a);
    return code;
}

static struct code *other_call(struct compile *c, const struct ast *tree,
                               const struct scope *scope)
{
    struct code *builtin = call_builtin(c, tree, scope);

    if (builtin == NULL && c->err->kind == ERR_NONE)
        return code_no_function(c, tree, scope);
    return builtin;
}

struct code *code_call(struct compile *c, const struct ast *tree,
                       const struct scope *scope)
{
    struct code *code = code_make(c, CODE_CALL, tree);
    const struct scope *found =
        look_function(scope, tree->text, length(tree->a), &code->up);

    if (found == NULL) {
        c->err->kind = ERR_NONE;
        code = code_module_call(c, tree, length(tree->a));
        if (code == NULL)
            return c->err->kind == ERR_NONE ? other_call(c, tree, scope) : NULL;
    } else if (found->kind == BOUND_CLOSURE) {
        code->op = CODE_CLOSURE;
        return code;
    } else {
        code->b = found->function;
    }
    if (!arguments(c, code, tree->a, scope))
        return NULL;
    if (only_itself(code->b))
        return code_fault(c, tree, "this only calls itself:", tree->text);
    set_single(code);
    return code;
}
