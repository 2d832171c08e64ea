/* SPDX-License-Identifier: MIT */
#include "jq/code.h"

#include <assert.h>

#include "base/err.h"
#include "jq/arena.h"
#include "jq/code_core.h"
#include "jq/module.h"
#include "jq/parse.h"

/* What compiles, and looks at what was compiled, goes down the tree by calls.
 */
enum { DEPTH_MAX = 4000 };

void *code_must(void *memory)
{
    assert(memory != NULL); /* the arena of programs has no maximum */
    return memory;
}

struct code *code_make(struct compile *c, enum code_op op,
                       const struct ast *tree)
{
    struct code *code = code_must(arena_alloc(c->arena, sizeof *code));

    *code = (struct code){.op = op, .at = tree ? tree->at : 0};
    return code;
}

void *code_fault(struct compile *c, const struct ast *tree, const char *what,
                 struct slice name)
{
    c->column = tree->at + 1;
    err_set(c->err, ERR_USAGE, "column %zu: %s '%.*s'", c->column, what,
            name.len < 60 ? (int)name.len : 60, name.ptr);
    return NULL;
}

struct scope code_bound(const struct scope *up, enum binding_kind kind,
                        struct slice name)
{
    return (struct scope){.up = up, .kind = kind, .name = name};
}

/* a, b and c of the tree; single if all are. */
static struct code *parts(struct compile *c, enum code_op op,
                          const struct ast *tree, const struct scope *scope)
{
    struct code *code = code_make(c, op, tree);

    code->single = true;
    if (tree->a != NULL) {
        code->a = code_build(c, tree->a, scope);
        if (code->a == NULL)
            return NULL;
        code->single &= code->a->single;
    }
    if (tree->b != NULL) {
        code->b = code_build(c, tree->b, scope);
        if (code->b == NULL)
            return NULL;
        code->single &= code->b->single;
    }
    if (tree->c != NULL) {
        code->c = code_build(c, tree->c, scope);
        if (code->c == NULL)
            return NULL;
        code->single &= code->c->single;
    }
    return code;
}

/* Constants */

struct code *code_constant(struct compile *c, const struct ast *tree,
                           struct val value)
{
    struct code *code = code_make(c, CODE_CONSTANT, tree);

    code->single = true;
    code->value = value;
    return code;
}

static struct code *word(struct compile *c, const struct ast *tree)
{
    if (slice_is(tree->text, "null"))
        return code_constant(c, tree, val_null());
    return code_constant(c, tree, val_bool(slice_is(tree->text, "true")));
}

/* As JSON spells it: .5 is 0.5, 1. is 1, 01 is 1. */
static struct code *number(struct compile *c, const struct ast *tree)
{
    struct slice s = tree->text;
    char *text = code_must(arena_alloc(c->arena, s.len + 2));
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
    return code_constant(c, tree, val_short(slice_of(text, n)));
}

static struct code *location(struct compile *c, const struct ast *tree)
{
    const bool top = c->unit->device == 0 && c->unit->inode == 0;
    const struct val file =
        val_string(top ? slice_text("<top-level>") : c->unit->file);
    struct val v = val_object(c->arena, 2);
    size_t line = 1;

    for (size_t i = 0; i < tree->at; i++)
        line += c->unit->text.ptr[i] == '\n';
    v = val_put(c->arena, v, slice_text("file"), file);
    v = val_put(c->arena, v, slice_text("line"), val_number((double)line));
    return code_constant(c, tree, v);
}

/* Text with holes, and formats */

static struct code *join(struct compile *c, const struct ast *tree,
                         const struct scope *scope)
{
    struct code *code = code_make(c, CODE_JOIN, tree);
    const struct code **last = &code->a;

    code->single = true;
    code->key.text = tree->text;
    for (const struct ast *part = tree->a; part != NULL; part = part->next) {
        struct code *each =
            part->kind == AST_HOLE
                ? code_make(c, CODE_MEMBER, part)
                : code_constant(c, part, val_string(part->text));

        if (part->kind == AST_HOLE) {
            each->a = code_build(c, part->a, scope);
            if (each->a == NULL)
                return NULL;
            each->b = code->b;
            code->b = each;
            code->count++;
            code->single &= each->a->single;
        }
        *last = each;
        last = &each->next;
    }
    code->makes = code_is_made(code);
    return code;
}

static struct code *format(struct compile *c, const struct ast *tree)
{
    struct code *code = code_make(c, CODE_FORMAT, tree);

    code->single = true;
    code->makes = true;
    code->key.text = tree->text;
    return code;
}

/* Paths */

static uint32_t slot_of(struct compile *c, struct slice key)
{
    if (c->keys == NULL) {
        c->keys = code_must(arena_alloc(c->arena, sizeof *c->keys));
        *c->keys = (struct shape_keys){0};
    }
    return shape_keys_add(c->keys, key);
}

static struct code *index_of(struct compile *c, const struct ast *tree,
                             const struct scope *scope)
{
    struct code *code;

    if (tree->b->kind != AST_STRING) {
        code = parts(c, CODE_INDEX, tree, scope);
    } else {
        code = code_make(c, CODE_FIELD, tree);
        code->a = code_build(c, tree->a, scope);
        if (code->a == NULL)
            return NULL;
        code->single = code->a->single;
        code->key = place_key(tree->b->text);
        code->slot = slot_of(c, tree->b->text);
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

/* .a.b.c: so few that they fit on the stack. */
static bool is_members(const struct code *left)
{
    uint32_t n = 0;

    for (; left->op == CODE_FIELD && !left->optional; left = left->a)
        n++;
    return left->op == CODE_IDENTITY && n > 0 && n <= CODE_MEMBERS_MAX;
}

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
    if (code->op == CODE_ASSIGN || code->op == CODE_COMPUTE ||
        code->op == CODE_UPDATE)
        code->direct = is_members(code->a);
    return code;
}

/* Construction */

static struct code *array(struct compile *c, const struct ast *tree,
                          const struct scope *scope)
{
    struct code *code = parts(c, CODE_ARRAY, tree, scope);

    if (code == NULL)
        return NULL;
    code->count = 1;
    for (const struct code *a = code->a; a && a->op == CODE_COMMA; a = a->a)
        code->count++;
    code->single = true;
    code->makes = code_is_made(code);
    return code;
}

/* A key that is never a string is a mistake, however it is caught. */
bool code_is_key(struct compile *c, const struct ast *tree,
                 const struct code *key)
{
    if (key == NULL || key->op != CODE_CONSTANT ||
        key->value.kind == VAL_STRING)
        return true;
    c->column = tree->at + 1;
    err_set(c->err, ERR_USAGE,
            "column %zu: an object's key is a string, not a %s", c->column,
            val_kind_name(key->value));
    return false;
}

static struct code *object(struct compile *c, const struct ast *tree,
                           const struct scope *scope)
{
    struct code *code = code_make(c, CODE_OBJECT, tree);
    const struct code **last = &code->a;

    code->single = true;
    for (const struct ast *e = tree->a; e != NULL; e = e->next) {
        struct code *member = parts(c, CODE_MEMBER, e, scope);

        if (member == NULL || !code_is_key(c, e->a, member->a))
            return NULL;
        if (member->a->op == CODE_CONSTANT)
            member->key.text = code_written_key(
                c, slice_of(member->a->value.u.text, member->a->value.n),
                code->count == 0);
        code->single &= member->single;
        code->count++;
        *last = member;
        last = &member->next;
    }
    code->makes = code_is_made(code);
    return code;
}

static struct code *recurse(struct compile *c, const struct ast *tree)
{
    return code_make(c, CODE_RECURSE, tree);
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
    case AST_STRING: return code_constant(c, tree, val_string(tree->text));
    case AST_INTERPOLATE: return join(c, tree, scope);
    case AST_FORMAT: return format(c, tree);
    case AST_PIPE: return parts(c, CODE_PIPE, tree, scope);
    case AST_COMMA: return step(c, CODE_COMMA, tree, scope);
    case AST_BINARY: return binary(c, tree, scope);
    case AST_NEGATE: return parts(c, CODE_NEGATE, tree, scope);
    case AST_TRY: return parts(c, CODE_TRY, tree, scope);
    case AST_IF: return parts(c, CODE_IF, tree, scope);
    case AST_REDUCE: return code_with_names(c, CODE_REDUCE, tree, scope);
    case AST_FOREACH: return code_with_names(c, CODE_FOREACH, tree, scope);
    case AST_DEF: return code_definition(c, tree, scope);
    case AST_CALL: return code_call(c, tree, scope);
    case AST_VARIABLE: return code_variable(c, tree, scope);
    case AST_AS: return code_with_names(c, CODE_AS, tree, scope);
    case AST_LABEL: return code_label(c, tree, scope);
    case AST_BREAK: return code_break(c, tree, scope);
    case AST_ARRAY: return array(c, tree, scope);
    case AST_OBJECT: return object(c, tree, scope);
    case AST_LOCATION: return location(c, tree);
    case AST_HOLE:
    case AST_PARAMETER:
    case AST_ENTRY:
    case AST_PROGRAM:
    case AST_IMPORT: break; /* parts of others */
    }
    assert(!"a node that stands for itself");
    return NULL;
}

/* A chain of operators is as deep as it is long. */
struct code *code_build(struct compile *c, const struct ast *tree,
                        const struct scope *scope)
{
    struct code *code;

    if (c->depth == DEPTH_MAX)
        return code_fault(c, tree, "too many operators in a row at",
                          slice_of(c->unit->text.ptr + tree->at, 1));
    c->depth++;
    code = build(c, tree, scope);
    c->depth--;
    return code;
}

/* What is before the program, and the program. */
static struct code *compile_program(struct compile *c, struct slice text)
{
    const struct ast *tree = parse_program(c->arena, text, &c->column, c->err);
    struct code *code;

    if (tree == NULL || !code_home(c))
        return NULL;
    c->err->kind = ERR_NONE;
    if (tree->kind == AST_PROGRAM) {
        if (!code_imports(c, tree->b))
            return NULL;
        tree = tree->c;
    }
    c->needs = 0;
    code = code_build(c, tree, NULL);
    if (code != NULL) {
        code->needs = c->needs;
        code->keys = c->keys;
        code->ends_made = code_leads_to_made(code);
    }
    return code;
}

const struct code *code_compile_source(struct arena *arena,
                                       const struct code_source *source,
                                       struct code_place *place,
                                       struct err *err)
{
    struct code_unit unit = {.text = source->text};
    struct compile c = {.arena = arena,
                        .unit = &unit,
                        .search = source->search,
                        .globals = source->globals,
                        .global_count = source->global_count,
                        .column = 1,
                        .err = err};
    struct code *code;

    if (c.search != NULL)
        unit.file = c.search->file;
    code = compile_program(&c, source->text);
    if (code == NULL)
        *place = (struct code_place){.file = c.unit == &unit ? slice_of(NULL, 0)
                                                             : c.unit->file,
                                     .text = c.unit->text,
                                     .column = c.column};
    return code;
}

const struct code *code_compile(struct arena *arena, struct slice text,
                                const struct code_global *globals,
                                size_t global_count, size_t *column,
                                struct err *err)
{
    struct code_place place = {.column = 1};
    const struct code *code = code_compile_source(
        arena,
        &(struct code_source){
            .text = text, .globals = globals, .global_count = global_count},
        &place, err);

    *column = place.column;
    return code;
}
