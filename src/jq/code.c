/* SPDX-License-Identifier: MIT */
/*
 * The scope while compiling is the chain of bindings as it will be when the
 * code runs: one link for each def, parameter, name and label, so a use is the
 * number of links to go up.
 */
#include "jq/code.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "jq/arena.h"
#include "jq/builtin.h"
#include "jq/parse.h"

enum { NAMES_MAX = 4096, DEPTH_MAX = 3000 };

enum binding_kind { BOUND_VALUE, BOUND_FUNCTION, BOUND_CLOSURE, BOUND_LABEL };

struct scope {
    const struct scope *up;
    enum binding_kind kind;
    struct slice name;
    size_t arity;
    struct code *function; /* its DEF */
};

/* A builtin that is defined in the language, once it was used. */
struct library {
    const struct library *before;
    const struct builtin *builtin;
    struct code *code; /* its DEF */
};

struct compile {
    struct arena *arena;
    struct slice text; /* of the program */
    const struct library *library;
    size_t column;
    struct err *err;
};

static struct code *build(struct compile *c, const struct ast *tree,
                          const struct scope *scope);

static void *must(void *memory)
{
    assert(memory != NULL); /* the arena of programs has no maximum */
    return memory;
}

static struct code *make(struct compile *c, enum code_op op,
                         const struct ast *tree)
{
    struct code *code = must(arena_alloc(c->arena, sizeof *code));

    *code = (struct code){.op = op, .at = tree ? tree->at : 0};
    return code;
}

static void *fault(struct compile *c, const struct ast *tree, const char *what,
                   struct slice name)
{
    c->column = tree->at + 1;
    err_set(c->err, ERR_USAGE, "column %zu: %s '%.*s'", c->column, what,
            name.len < 60 ? (int)name.len : 60, name.ptr);
    return NULL;
}

static struct scope bound(const struct scope *up, enum binding_kind kind,
                          struct slice name)
{
    return (struct scope){.up = up, .kind = kind, .name = name};
}

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

/* a, b and c of the tree; single if all are. */
static struct code *parts(struct compile *c, enum code_op op,
                          const struct ast *tree, const struct scope *scope)
{
    struct code *code = make(c, op, tree);

    code->single = true;
    if (tree->a != NULL) {
        code->a = build(c, tree->a, scope);
        if (code->a == NULL)
            return NULL;
        code->single &= code->a->single;
    }
    if (tree->b != NULL) {
        code->b = build(c, tree->b, scope);
        if (code->b == NULL)
            return NULL;
        code->single &= code->b->single;
    }
    if (tree->c != NULL) {
        code->c = build(c, tree->c, scope);
        if (code->c == NULL)
            return NULL;
        code->single &= code->c->single;
    }
    return code;
}

/* Constants */

static struct code *constant(struct compile *c, const struct ast *tree,
                             struct val value)
{
    struct code *code = make(c, CODE_CONSTANT, tree);

    code->single = true;
    code->value = value;
    return code;
}

static struct code *word(struct compile *c, const struct ast *tree)
{
    if (slice_is(tree->text, "null"))
        return constant(c, tree, val_null());
    return constant(c, tree, val_bool(slice_is(tree->text, "true")));
}

/* As JSON spells it: .5 is 0.5, 1. is 1, 01 is 1. */
static struct code *number(struct compile *c, const struct ast *tree)
{
    struct slice s = tree->text;
    char *text = must(arena_alloc(c->arena, s.len + 2));
    size_t n = 0;

    while (s.len > 1 && s.ptr[0] == '0' && s.ptr[1] >= '0' && s.ptr[1] <= '9')
        s = slice_of(s.ptr + 1, s.len - 1);
    if (s.ptr[0] == '.')
        text[n++] = '0';
    for (size_t i = 0; i < s.len; i++) {
        const bool bare =
            s.ptr[i] == '.' && (i + 1 == s.len || (s.ptr[i + 1] | 0x20) == 'e');

        if (!bare)
            text[n++] = s.ptr[i];
    }
    return constant(c, tree, val_spelt(slice_of(text, n)));
}

static struct code *location(struct compile *c, const struct ast *tree)
{
    const struct val file = val_string(slice_text("<top-level>"));
    struct val v = val_object(c->arena, 2);
    size_t line = 1;

    for (size_t i = 0; i < tree->at; i++)
        line += c->text.ptr[i] == '\n';
    v = val_put(c->arena, v, slice_text("file"), file);
    v = val_put(c->arena, v, slice_text("line"), val_number((double)line));
    return constant(c, tree, v);
}

/* Text with holes, and formats */

static struct code *join(struct compile *c, const struct ast *tree,
                         const struct scope *scope)
{
    struct code *code = make(c, CODE_JOIN, tree);
    const struct code **last = &code->a;

    code->single = true;
    code->key.text = tree->text;
    for (const struct ast *part = tree->a; part != NULL; part = part->next) {
        struct code *each = part->kind == AST_HOLE
                                ? make(c, CODE_MEMBER, part)
                                : constant(c, part, val_string(part->text));

        if (part->kind == AST_HOLE) {
            each->a = build(c, part->a, scope);
            if (each->a == NULL)
                return NULL;
            code->single &= each->a->single;
        }
        *last = each;
        last = &each->next;
    }
    return code;
}

static struct code *format(struct compile *c, const struct ast *tree)
{
    struct code *code = make(c, CODE_FORMAT, tree);

    code->single = true;
    code->key.text = tree->text;
    return code;
}

/* Paths */

static struct code *index_of(struct compile *c, const struct ast *tree,
                             const struct scope *scope)
{
    struct code *code;

    if (tree->b->kind != AST_STRING) {
        code = parts(c, CODE_INDEX, tree, scope);
    } else {
        code = make(c, CODE_FIELD, tree);
        code->a = build(c, tree->a, scope);
        if (code->a == NULL)
            return NULL;
        code->single = code->a->single;
        code->key = place_key(tree->b->text);
        code->value = val_string(tree->b->text);
    }
    if (code != NULL)
        code->optional = tree->op == AST_OPTIONAL;
    return code;
}

static struct code *step(struct compile *c, enum code_op op,
                         const struct ast *tree, const struct scope *scope)
{
    struct code *code = parts(c, op, tree, scope);

    if (code == NULL)
        return NULL;
    code->optional = tree->op == AST_OPTIONAL;
    if (op != CODE_SLICE)
        code->single = false;
    return code;
}

/* Operators */

static struct code *binary(struct compile *c, const struct ast *tree,
                           const struct scope *scope)
{
    static const enum code_op ops[] = {
        [AST_NO_OP] = CODE_BINARY,
        [AST_ALTERNATIVE] = CODE_ELSE,
        [AST_ASSIGN] = CODE_ASSIGN,
        [AST_UPDATE] = CODE_UPDATE,
        [AST_UPDATE_ADD] = CODE_COMPUTE,
        [AST_UPDATE_SUBTRACT] = CODE_COMPUTE,
        [AST_UPDATE_MULTIPLY] = CODE_COMPUTE,
        [AST_UPDATE_DIVIDE] = CODE_COMPUTE,
        [AST_UPDATE_MODULO] = CODE_COMPUTE,
        [AST_UPDATE_ALTERNATIVE] = CODE_COMPUTE,
        [AST_OR] = CODE_OR,
        [AST_AND] = CODE_AND,
    };
    static const enum ast_op signs[] = {
        [AST_UPDATE_ADD] = AST_ADD,
        [AST_UPDATE_SUBTRACT] = AST_SUBTRACT,
        [AST_UPDATE_MULTIPLY] = AST_MULTIPLY,
        [AST_UPDATE_DIVIDE] = AST_DIVIDE,
        [AST_UPDATE_MODULO] = AST_MODULO,
        [AST_UPDATE_ALTERNATIVE] = AST_ALTERNATIVE,
    };
    const bool compares = tree->op > AST_AND;
    struct code *code =
        parts(c, compares ? CODE_BINARY : ops[tree->op], tree, scope);

    if (code == NULL)
        return NULL;
    code->sign = code->op == CODE_COMPUTE ? signs[tree->op] : tree->op;
    /* Of assignments the left side gives paths, and one result. */
    if (code->op == CODE_ASSIGN || code->op == CODE_COMPUTE)
        code->single = code->b->single;
    if (code->op == CODE_UPDATE)
        code->single = true;
    return code;
}

/* Names */

static struct code *variable(struct compile *c, const struct ast *tree,
                             const struct scope *scope)
{
    struct code *code = make(c, CODE_VARIABLE, tree);

    code->single = true;
    if (look(scope, BOUND_VALUE, tree->text, &code->up) == NULL)
        return fault(c, tree, "there is no variable", tree->text);
    return code;
}

static struct code *label(struct compile *c, const struct ast *tree,
                          const struct scope *scope)
{
    struct code *code = make(c, CODE_LABEL, tree);
    const struct scope inner = bound(scope, BOUND_LABEL, tree->text);

    code->a = build(c, tree->a, &inner);
    if (code->a == NULL)
        return NULL;
    code->single = code->a->single;
    return code;
}

static struct code *leave(struct compile *c, const struct ast *tree,
                          const struct scope *scope)
{
    struct code *code = make(c, CODE_BREAK, tree);

    code->single = true;
    if (look(scope, BOUND_LABEL, tree->text, &code->up) == NULL)
        return fault(c, tree, "there is no label", tree->text);
    return code;
}

/* Functions */

static bool arguments(struct compile *c, struct code *code,
                      const struct ast *list, const struct scope *scope)
{
    const struct code **last = &code->a;

    for (; list != NULL; list = list->next) {
        struct code *each = build(c, list, scope);
        struct code *link;

        if (each == NULL)
            return false;
        /* The same code may be in another list: a link of its own. */
        link = make(c, CODE_MEMBER, list);
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
    bool *by_value = must(arena_alloc(c->arena, n + 1));

    code->count = (uint32_t)n;
    code->by_value = by_value;
    for (; list != NULL; list = list->next) {
        struct scope *one = must(arena_alloc(c->arena, sizeof *one));

        *one = bound(scope, BOUND_CLOSURE, list->text);
        scope = one;
        *by_value = list->op == AST_BY_VALUE;
        if (*by_value++) {
            one = must(arena_alloc(c->arena, sizeof *one));
            *one = bound(scope, BOUND_VALUE, list->text);
            scope = one;
        }
    }
    return scope;
}

static struct code *definition(struct compile *c, const struct ast *tree,
                               const struct scope *scope)
{
    struct code *code = make(c, CODE_DEF, tree);
    struct scope self = bound(scope, BOUND_FUNCTION, tree->text);

    self.arity = length(tree->a);
    self.function = code;
    code->a = build(c, tree->b, parameters(c, code, tree->a, &self));
    if (code->a == NULL)
        return NULL;
    code->c = build(c, tree->c, &self);
    if (code->c == NULL)
        return NULL;
    code->single = code->c->single;
    return code;
}

/* Compiled in a scope of its own, by its first user. */
static struct code *library_function(struct compile *c,
                                     const struct builtin *builtin)
{
    const struct slice text = slice_text(builtin->text);
    struct library *library;
    struct scope self;
    struct ast *tree;
    struct err err;
    size_t column;

    for (const struct library *l = c->library; l != NULL; l = l->before) {
        if (l->builtin == builtin)
            return l->code;
    }
    tree = parse_program(c->arena, text, &column, &err);
    assert(tree != NULL && tree->kind == AST_DEF);
    library = must(arena_alloc(c->arena, sizeof *library));
    *library = (struct library){c->library, builtin, make(c, CODE_DEF, tree)};
    c->library = library;
    self = bound(NULL, BOUND_FUNCTION, tree->text);
    self.arity = length(tree->a);
    self.function = library->code;
    library->code->a =
        build(c, tree->b, parameters(c, library->code, tree->a, &self));
    assert(library->code->a != NULL);
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

static struct code *library_call(struct compile *c, const struct ast *tree,
                                 const struct builtin *builtin,
                                 const struct scope *scope)
{
    struct code *code = make(c, CODE_CALL, tree);

    code->up = CODE_LIBRARY;
    code->b = library_function(c, builtin);
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
    code = make(c, CODE_BUILTIN, tree);
    code->builtin = builtin;
    if (!arguments(c, code, tree->a, scope))
        return NULL;
    code->single = builtin->one != NULL;
    if (builtin->values != NULL || (builtin->each != NULL && builtin->single))
        code->single = all_single(code->a);
    return code;
}

static void *unknown(struct compile *c, const struct ast *tree)
{
    const size_t arity = length(tree->a);
    char name[64];
    const char *near;

    c->column = tree->at + 1;
    snprintf(name, sizeof name, "%.*s",
             tree->text.len < 60 ? (int)tree->text.len : 60, tree->text.ptr);
    near = builtin_nearest(name);
    if (near != NULL)
        err_set(c->err, ERR_USAGE,
                "column %zu: there is no function %s/%zu; did you mean %s?",
                c->column, name, arity, near);
    else
        err_set(c->err, ERR_USAGE, "column %zu: there is no function %s/%zu",
                c->column, name, arity);
    return NULL;
}

static struct code *call(struct compile *c, const struct ast *tree,
                         const struct scope *scope)
{
    struct code *code = make(c, CODE_CALL, tree);
    const struct scope *found =
        look_function(scope, tree->text, length(tree->a), &code->up);
    struct code *builtin;

    if (found == NULL) {
        c->err->kind = ERR_NONE;
        builtin = call_builtin(c, tree, scope);
        if (builtin == NULL && c->err->kind == ERR_NONE)
            return unknown(c, tree);
        return builtin;
    }
    if (found->kind == BOUND_CLOSURE) {
        code->op = CODE_CLOSURE;
        return code;
    }
    code->b = found->function;
    if (!arguments(c, code, tree->a, scope))
        return NULL;
    set_single(code);
    return code;
}

/* Patterns */

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

/* The names of a pattern, in order, each once. */
static bool collect(struct names *names, const struct ast *pattern)
{
    bool ok = true;

    if (pattern->kind == AST_VARIABLE)
        return add_name(names, pattern->text);
    for (const struct ast *p = pattern->a; ok && p != NULL; p = p->next) {
        const struct ast *inner = p->kind == AST_ENTRY ? p->b : p;

        if (p->kind == AST_ENTRY && p->a->kind == AST_VARIABLE)
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
    struct code_bind *bind = must(arena_alloc(c->arena, sizeof *bind));

    *bind = (struct code_bind){.kind = BIND_OBJECT};
    if (tree->a->kind == AST_VARIABLE) {
        bind->named = true;
        bind->slot = slot_of(names, tree->a->text);
        bind->key = constant(c, tree->a, val_string(tree->a->text));
    } else {
        bind->key = build(c, tree->a, scope);
    }
    if (bind->key == NULL)
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
    struct code_bind *bind = must(arena_alloc(c->arena, sizeof *bind));
    const struct code_bind **last = &bind->inner;

    *bind = (struct code_bind){.kind = BIND_NAME};
    if (tree->kind == AST_VARIABLE) {
        bind->slot = slot_of(names, tree->text);
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
    struct names *names = must(arena_alloc(c->arena, sizeof *names));
    const struct code_bind **last = &code->bind;

    names->count = 0;
    for (const struct ast *p = patterns; p != NULL; p = p->next) {
        if (!collect(names, p))
            return fault(c, p, "too many names in", slice_text("a pattern"));
    }
    code->count = names->count;
    for (uint32_t i = 0; i < names->count; i++) {
        struct scope *one = must(arena_alloc(c->arena, sizeof *one));

        *one = bound(scope, BOUND_VALUE, names->names[i]);
        scope = one;
    }
    for (const struct ast *p = patterns; p != NULL; p = p->next) {
        struct code_bind *bind = pattern(c, p, names, scope);

        if (bind == NULL)
            return NULL;
        *last = bind;
        last = &bind->next;
    }
    return scope;
}

/* as, reduce, foreach: source, pattern, and what is run with the names. The
 * initial value knows none of them. */
static struct code *with_names(struct compile *c, enum code_op op,
                               const struct ast *tree,
                               const struct scope *scope)
{
    struct code *code = make(c, op, tree);
    const struct scope *inner;

    code->a = build(c, tree->a, scope);
    inner = code->a ? bind_names(c, code, tree->b, scope) : NULL;
    if (inner == NULL)
        return NULL;
    code->c = build(c, tree->c, op == CODE_AS ? inner : scope);
    if (code->c == NULL)
        return NULL;
    code->single = op == CODE_REDUCE && code->c->single;
    if (op == CODE_AS)
        code->single = code->a->single && code->c->single &&
                       code->bind->kind == BIND_NAME &&
                       code->bind->next == NULL;
    if (tree->d != NULL && (code->d = build(c, tree->d, inner)) == NULL)
        return NULL;
    if (tree->e != NULL && (code->e = build(c, tree->e, inner)) == NULL)
        return NULL;
    return code;
}

/* Construction */

static struct code *array(struct compile *c, const struct ast *tree,
                          const struct scope *scope)
{
    struct code *code = parts(c, CODE_ARRAY, tree, scope);

    if (code != NULL)
        code->single = true;
    return code;
}

static struct code *object(struct compile *c, const struct ast *tree,
                           const struct scope *scope)
{
    struct code *code = make(c, CODE_OBJECT, tree);
    const struct code **last = &code->a;

    code->single = true;
    for (const struct ast *e = tree->a; e != NULL; e = e->next) {
        struct code *member = parts(c, CODE_MEMBER, e, scope);

        if (member == NULL)
            return NULL;
        code->single &= member->single;
        code->count++;
        *last = member;
        last = &member->next;
    }
    return code;
}

static struct code *recurse(struct compile *c, const struct ast *tree)
{
    return make(c, CODE_RECURSE, tree);
}

static struct code *build(struct compile *c, const struct ast *tree,
                          const struct scope *scope)
{
    switch (tree->kind) {
    case AST_IDENTITY: return parts(c, CODE_IDENTITY, tree, scope);
    case AST_RECURSE: return recurse(c, tree);
    case AST_INDEX: return index_of(c, tree, scope);
    case AST_SLICE: return step(c, CODE_SLICE, tree, scope);
    case AST_ITERATE: return step(c, CODE_ITERATE, tree, scope);
    case AST_WORD: return word(c, tree);
    case AST_NUMBER: return number(c, tree);
    case AST_STRING: return constant(c, tree, val_string(tree->text));
    case AST_INTERPOLATE: return join(c, tree, scope);
    case AST_FORMAT: return format(c, tree);
    case AST_PIPE: return parts(c, CODE_PIPE, tree, scope);
    case AST_COMMA: return step(c, CODE_COMMA, tree, scope);
    case AST_BINARY: return binary(c, tree, scope);
    case AST_NEGATE: return parts(c, CODE_NEGATE, tree, scope);
    case AST_TRY: return parts(c, CODE_TRY, tree, scope);
    case AST_IF: return parts(c, CODE_IF, tree, scope);
    case AST_REDUCE: return with_names(c, CODE_REDUCE, tree, scope);
    case AST_FOREACH: return with_names(c, CODE_FOREACH, tree, scope);
    case AST_DEF: return definition(c, tree, scope);
    case AST_CALL: return call(c, tree, scope);
    case AST_VARIABLE: return variable(c, tree, scope);
    case AST_AS: return with_names(c, CODE_AS, tree, scope);
    case AST_LABEL: return label(c, tree, scope);
    case AST_BREAK: return leave(c, tree, scope);
    case AST_ARRAY: return array(c, tree, scope);
    case AST_OBJECT: return object(c, tree, scope);
    case AST_LOCATION: return location(c, tree);
    case AST_HOLE:
    case AST_PARAMETER:
    case AST_ENTRY: break; /* parts of others */
    }
    assert(!"a node that stands for itself");
    return NULL;
}

const struct code *code_compile(struct arena *arena, struct slice text,
                                const struct code_global *globals,
                                size_t global_count, size_t *column,
                                struct err *err)
{
    struct compile c = {.arena = arena, .text = text, .column = 1, .err = err};
    struct scope *scopes =
        must(arena_alloc(arena, (global_count + 1) * sizeof *scopes));
    const struct scope *scope = NULL;
    const struct ast *tree = parse_program(arena, text, column, err);
    const struct code *code;

    if (tree == NULL)
        return NULL;
    for (size_t i = 0; i < global_count; i++) {
        scopes[i] = bound(scope, BOUND_VALUE, globals[i].name);
        scope = &scopes[i];
    }
    err->kind = ERR_NONE;
    code = build(&c, tree, scope);
    *column = c.column;
    return code;
}
