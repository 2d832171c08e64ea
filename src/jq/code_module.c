/* SPDX-License-Identifier: MIT */
/*
 * Modules: each file is read and compiled once, before whoever names it. Its
 * functions stand in scopes of their own, as builtins that are defined in the
 * language do, so that those that a program does not call cost it nothing when
 * it runs. A name is looked for among the definitions around it, then among
 * those before it in its module, then in what that imports, the last first.
 */
#include "jq/code.h"

#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "jq/arena.h"
#include "jq/code_core.h"
#include "jq/eval.h"
#include "jq/module.h"
#include "jq/parse.h"

/* Modules that import one another take stack. */
enum { NESTED_MAX = 200 };

struct code_function {
    const struct code_function *before;
    struct slice name;
    size_t arity;
    struct code *code; /* its DEF */
    unsigned needs;    /* code_needs */
    /* What is wrong with it, which matters where it is called: modules know
     * functions that one or another version has not. */
    const struct err *err;
    struct code_unit *unit;
    size_t column;
};

/* A module by its name, or data. */
struct code_import {
    const struct code_import *before;
    struct slice name; /* of none: its functions have their own */
    const struct code_unit *unit;
    struct val value; /* if that is NULL */
};

/* Errors */

static bool fail(struct compile *c, const struct ast *tree)
{
    c->column = tree->at + 1;
    err_wrap(c->err, "column %zu", c->column);
    return false;
}

/* Metadata */

static bool is_constant(struct compile *c, const struct code *code,
                        struct val *out);

static bool add_constants(struct compile *c, const struct code *list,
                          struct val *array)
{
    struct val v;

    if (list->op == CODE_COMMA)
        return add_constants(c, list->a, array) &&
               add_constants(c, list->b, array);
    if (!is_constant(c, list, &v))
        return false;
    *array = val_append(c->arena, *array, v);
    return true;
}

static bool is_constant(struct compile *c, const struct code *code,
                        struct val *out)
{
    struct val v, key;

    switch ((int)code->op) {
    case CODE_CONSTANT: *out = code->value; return true;
    case CODE_NEGATE:
        if (!is_constant(c, code->a, &v) || v.kind != VAL_NUMBER)
            return false;
        *out = val_number(-val_double(v));
        return true;
    case CODE_ARRAY:
        *out = val_array(c->arena, 4);
        return code->a == NULL || add_constants(c, code->a, out);
    case CODE_OBJECT:
        *out = val_object(c->arena, code->count);
        for (const struct code *m = code->a; m != NULL; m = m->next) {
            if (!is_constant(c, m->a, &key) || key.kind != VAL_STRING ||
                !is_constant(c, m->b, &v))
                return false;
            *out = val_put(c->arena, *out, val_text(c->arena, key), v);
        }
        return true;
    default: return false;
    }
}

/* NULL: an empty object. */
static bool metadata(struct compile *c, const struct ast *tree,
                     struct val *object)
{
    const struct code *code;

    *object = val_object(c->arena, 4);
    if (tree == NULL)
        return true;
    code = code_build(c, tree, NULL);
    if (code == NULL)
        return false;
    if (is_constant(c, code, object))
        return true;
    err_set(c->err, ERR_USAGE, "metadata has to be constant");
    return fail(c, tree);
}

static struct val member(struct val object, const char *name)
{
    const struct place_key key = place_key(slice_text(name));
    struct val v;

    return val_find(object, &key, &v) ? v : val_null();
}

/* Names */

static const struct code_function *own_function(const struct code_unit *unit,
                                                struct slice name, size_t arity)
{
    const struct code_function *f = unit->functions;

    while (f != NULL && (f->arity != arity || !slice_equal(f->name, name)))
        f = f->before;
    return f;
}

/* What of the name the import has to know: all of it, what stands behind its
 * own name and ::, or nothing. */
static struct slice behind(const struct code_import *import, struct slice name)
{
    const size_t n = import->name.len;

    if (n == 0)
        return name;
    if (name.len < n + 3 || memcmp(name.ptr, import->name.ptr, n) != 0 ||
        memcmp(name.ptr + n, "::", 2) != 0)
        return slice_of(NULL, 0);
    return slice_of(name.ptr + n + 2, name.len - n - 2);
}

static const struct code_function *find(const struct code_unit *unit,
                                        struct slice name, size_t arity)
{
    const struct code_function *f = own_function(unit, name, arity);

    for (const struct code_import *i = unit->imports; f == NULL && i != NULL;
         i = i->before) {
        if (i->unit != NULL)
            f = own_function(i->unit, behind(i, name), arity);
    }
    return f;
}

struct code *code_module_call(struct compile *c, const struct ast *tree,
                              size_t arity)
{
    const struct code_function *f =
        c->unit ? find(c->unit, tree->text, arity) : NULL;
    struct code *code;

    if (f == NULL)
        return NULL;
    if (f->err != NULL) {
        *c->err = *f->err;
        c->unit = f->unit;
        c->column = f->column;
        return NULL;
    }
    code = code_make(c, CODE_CALL, tree);
    code->up = CODE_LIBRARY;
    code->b = f->code;
    c->needs |= f->needs;
    return code;
}

/* What the builtins know of modules. */
static struct val searched(const struct compile *c)
{
    const struct module_search none = {.dirs = NULL};
    const struct module_search *s = c->search ? c->search : &none;
    struct val v = val_object(c->arena, 2);

    v = val_put(c->arena, v, slice_text("list"), module_list(c->arena, s));
    return val_put(
        c->arena, v, slice_text("paths"),
        module_paths(c->arena, s, val_array(c->arena, 0), slice_text(".")));
}

/* $name and $name::name. */
bool code_module_data(const struct compile *c, struct slice name,
                      struct val *value)
{
    const struct code_import *i = c->unit ? c->unit->imports : NULL;

    if (slice_is(name, "__modules__")) {
        *value = searched(c);
        return true;
    }
    for (; i != NULL; i = i->before) {
        if (i->unit == NULL && (slice_equal(name, i->name) ||
                                slice_equal(behind(i, name), i->name))) {
            *value = i->value;
            return true;
        }
    }
    return false;
}

/* Modules */

static void add_import(struct compile *c, struct code_unit *unit,
                       struct code_import import)
{
    struct code_import *added = code_must(arena_alloc(c->arena, sizeof import));

    *added = import;
    added->before = unit->imports;
    unit->imports = added;
}

static void define(struct compile *c, const struct ast *tree)
{
    struct code_function *f = code_must(arena_alloc(c->arena, sizeof *f));
    struct code_unit *const unit = c->unit;
    const unsigned needs = c->needs;
    struct err *err;

    *f = (struct code_function){.before = unit->functions,
                                .name = tree->text,
                                .code = code_make(c, CODE_DEF, tree)};
    c->needs = 0;
    if (!code_function(c, tree, f->code)) {
        err = code_must(arena_alloc(c->arena, sizeof *err));
        *err = *c->err;
        f->err = err;
        f->unit = c->unit;
        f->column = c->column;
    }
    c->unit = unit;
    c->depth = 0;
    f->arity = f->code->count;
    f->needs = c->needs;
    c->needs = needs;
    unit->functions = f;
}

/* What was said of a file goes without its place in another. */
static bool read_text(struct compile *c, const char *path, size_t max,
                      struct slice *text)
{
    struct buf bytes;
    int failed;

    buf_init(&bytes, max);
    failed = file_read(path, &bytes, c->err);
    if (!failed)
        *text = arena_copy(c->arena, buf_slice(&bytes));
    buf_release(&bytes);
    c->err->kind = failed ? ERR_USAGE : ERR_NONE;
    return !failed;
}

static bool compile_unit(struct compile *c)
{
    const struct ast *tree =
        parse_library(c->arena, c->unit->text, &c->column, c->err);
    struct val object;

    if (tree == NULL || !metadata(c, tree->a, &object) ||
        !code_imports(c, tree->b))
        return false;
    for (const struct ast *def = tree->c; def != NULL; def = def->c)
        define(c, def);
    return true;
}

/* The module in this file, which is compiled unless it was. NULL: the fault is
 * said, in the unit that has it. */
static const struct code_unit *load(struct compile *c, const char *path,
                                    const struct ast *tree)
{
    struct code_unit *const user = c->unit, *unit;
    struct stat st = {0};

    if (stat(path, &st) != 0) /* it was there a moment ago */
        return code_fault(c, tree, "cannot find", slice_text(path));
    for (unit = c->units; unit != NULL; unit = unit->before) {
        if (unit->device == st.st_dev && unit->inode == st.st_ino)
            return unit->ready ? unit
                               : code_fault(c, tree, "circular import of",
                                            slice_text(path));
    }
    if (c->nested == NESTED_MAX)
        return code_fault(c, tree, "too many modules within one another, at",
                          slice_text(path));
    unit = code_must(arena_alloc(c->arena, sizeof *unit));
    *unit = (struct code_unit){
        .before = c->units, .device = st.st_dev, .inode = st.st_ino};
    if (!read_text(c, path, MODULE_MAX_BYTES, &unit->text)) {
        fail(c, tree);
        return NULL;
    }
    unit->file = module_absolute(c->arena, path);
    c->units = c->unit = unit;
    c->nested++;
    if (!compile_unit(c))
        return NULL;
    c->nested--;
    unit->ready = true;
    c->unit = user;
    return unit;
}

static bool load_data(struct compile *c, const char *path, bool raw,
                      struct val *value)
{
    struct eval *store = c->search->store;
    struct slice text;
    int got;

    if (!read_text(c, path, MODULE_MAX_DATA, &text))
        return false;
    got = raw ? eval_from_text(store, text, value)
              : eval_from_all(store, text, value);
    if (got == 1)
        return true;
    err_set(c->err, ERR_USAGE, "%s: invalid JSON: %.*s", path,
            (int)store->error.n, store->error.u.text);
    return false;
}

static bool import_found(struct compile *c, const struct ast *tree,
                         struct val meta, const char *path)
{
    struct code_import i = {.name =
                                tree->a ? tree->a->text : slice_of(NULL, 0)};

    if (tree->a == NULL || tree->a->kind == AST_CALL) {
        i.unit = load(c, path, tree);
        if (i.unit == NULL)
            return false;
    } else if (!load_data(c, path, member(meta, "raw").kind == VAL_TRUE,
                          &i.value)) {
        return fail(c, tree);
    }
    add_import(c, c->unit, i);
    return true;
}

static bool import(struct compile *c, const struct ast *tree)
{
    const bool data = tree->a != NULL && tree->a->kind == AST_VARIABLE;
    struct buf path;
    struct val meta, dirs;
    bool done;

    if (c->search == NULL)
        return code_fault(c, tree, "there are no modules here, as",
                          tree->text) != NULL;
    if (!metadata(c, tree->b, &meta))
        return false;
    dirs = module_paths(c->arena, c->search, member(meta, "search"),
                        module_directory(c->unit->file));
    buf_init(&path, SIZE_MAX / 2);
    if (module_find(c->arena, dirs, tree->text, data ? ".json" : ".jq", &path,
                    c->err) == 0)
        done = import_found(c, tree, meta, path.data);
    else if (member(meta, "optional").kind == VAL_TRUE)
        done = true;
    else
        done = fail(c, tree);
    buf_release(&path);
    return done;
}

bool code_imports(struct compile *c, const struct ast *list)
{
    for (; list != NULL; list = list->next) {
        if (!import(c, list))
            return false;
    }
    return true;
}

bool code_home(struct compile *c)
{
    struct buf path;
    struct stat st;
    struct code_import i = {.name = {NULL, 0}};
    const struct ast nowhere = {.at = 0};
    bool done = true;

    if (c->search == NULL || c->search->home.ptr == NULL)
        return true;
    buf_init(&path, SIZE_MAX / 2);
    buf_printf(&path, "%.*s/.jq", (int)c->search->home.len,
               c->search->home.ptr);
    if (stat(path.data, &st) == 0 && S_ISREG(st.st_mode)) {
        i.unit = load(c, path.data, &nowhere);
        done = i.unit != NULL;
        if (done)
            add_import(c, c->unit, i);
    }
    buf_release(&path);
    return done;
}

/* Descriptions */

static struct val dependency(struct compile *c, const struct ast *import,
                             struct val meta)
{
    struct arena *arena = c->arena;
    const bool data = import->a != NULL && import->a->kind == AST_VARIABLE;

    if (import->a != NULL)
        meta =
            val_put(arena, meta, slice_text("as"), val_string(import->a->text));
    meta = val_put(arena, meta, slice_text("is_data"), val_bool(data));
    return val_put(arena, meta, slice_text("relpath"),
                   val_string(import->text));
}

/* name/arity */
static struct val signature(struct compile *c, const struct ast *def)
{
    struct buf text;
    struct slice copy;
    size_t arity = 0;

    for (const struct ast *p = def->a; p != NULL; p = p->next)
        arity++;
    buf_init(&text, SIZE_MAX / 2);
    buf_add_slice(&text, def->text);
    buf_add_char(&text, '/');
    buf_add_number(&text, arity);
    copy = arena_copy(c->arena, buf_slice(&text));
    buf_release(&text);
    return val_string(copy);
}

int code_describe(struct arena *arena, struct slice text, struct val *out,
                  struct err *err)
{
    struct code_unit unit = {.text = text};
    struct compile c = {.arena = arena, .unit = &unit, .err = err};
    const struct ast *tree = parse_library(arena, text, &c.column, err);
    struct val deps = val_array(arena, 4), defs = val_array(arena, 4), meta;

    if (tree == NULL || !metadata(&c, tree->a, out))
        return -1;
    for (const struct ast *i = tree->b; i != NULL; i = i->next) {
        if (!metadata(&c, i->b, &meta))
            return -1;
        deps = val_append(arena, deps, dependency(&c, i, meta));
    }
    for (const struct ast *def = tree->c; def != NULL; def = def->c)
        defs = val_append(arena, defs, signature(&c, def));
    *out = val_put(arena, *out, slice_text("deps"), deps);
    *out = val_put(arena, *out, slice_text("defs"), defs);
    return 0;
}
