/* SPDX-License-Identifier: MIT */
/*
 * What the files of the compiler share: where it is, the scope, and the parts
 * that name one another. Each gives code, or NULL when the fault is said.
 *
 * The scope while compiling is the chain of bindings as it will be when the
 * code runs: one link for each def, parameter, name and label, so a use is the
 * number of links to go up.
 */
#ifndef JQ_CODE_CORE_H
#define JQ_CODE_CORE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/slice.h"
#include "jq/ast.h"
#include "jq/code.h"

struct library;
struct code_function;
struct code_import;
struct module_search;

/* A text that is compiled: the program, or a module. */
struct code_unit {
    struct code_unit *before; /* of those that were read */
    struct slice file;        /* its path; of a program where it is */
    struct slice text;
    dev_t device;
    ino_t inode;
    bool ready;                            /* else it is being compiled */
    const struct code_function *functions; /* its own, the last first */
    const struct code_import *imports;     /* the last first */
};

enum binding_kind { BOUND_VALUE, BOUND_FUNCTION, BOUND_CLOSURE, BOUND_LABEL };

struct scope {
    const struct scope *up;
    enum binding_kind kind;
    struct slice name;
    size_t arity;
    struct code *function; /* its DEF */
};

struct compile {
    struct arena *arena;
    struct code_unit *unit;  /* whose text it is; NULL: a builtin's */
    struct code_unit *units; /* modules that were read, the last first */
    const struct module_search *search; /* NULL: there are no modules */
    int nested;                         /* modules within one another */
    const struct library *library;
    const struct code_global *globals;
    size_t global_count;
    unsigned needs;          /* code_needs so far */
    struct shape_keys *keys; /* of the program's fields so far */
    int depth;               /* of the tree */
    size_t column;
    struct err *err;
};

void *code_must(void *memory);
struct code *code_make(struct compile *c, enum code_op op,
                       const struct ast *tree);
/* Whether it may be an object's key; false: the fault is said. */
bool code_is_key(struct compile *c, const struct ast *tree,
                 const struct code *key);
void *code_fault(struct compile *c, const struct ast *tree, const char *what,
                 struct slice name);
/* The fault that there is no such variable, label or function: NULL. */
void *code_no_name(struct compile *c, const struct ast *tree,
                   const struct scope *scope, enum binding_kind kind);
void *code_no_function(struct compile *c, const struct ast *tree,
                       const struct scope *scope);
struct scope code_bound(const struct scope *up, enum binding_kind kind,
                        struct slice name);

struct code *code_build(struct compile *c, const struct ast *tree,
                        const struct scope *scope);
struct code *code_constant(struct compile *c, const struct ast *tree,
                           struct val value);

/* A function in a scope of its own, into its DEF. */
bool code_function(struct compile *c, const struct ast *tree,
                   struct code *code);

/* Modules. Imports go into the unit; false: the fault is said. */
bool code_imports(struct compile *c, const struct ast *list);
/* What the user has in ~/.jq, if that is a file, as if it were included. */
bool code_home(struct compile *c);
/* A call, without its arguments; NULL with nothing said (c->err is ERR_NONE):
 * there is none. */
struct code *code_module_call(struct compile *c, const struct ast *tree,
                              size_t arity);
bool code_module_data(const struct compile *c, struct slice name,
                      struct val *value);

/* Names */
struct code *code_variable(struct compile *c, const struct ast *tree,
                           const struct scope *scope);
struct code *code_label(struct compile *c, const struct ast *tree,
                        const struct scope *scope);
struct code *code_break(struct compile *c, const struct ast *tree,
                        const struct scope *scope);
struct code *code_definition(struct compile *c, const struct ast *tree,
                             const struct scope *scope);
struct code *code_call(struct compile *c, const struct ast *tree,
                       const struct scope *scope);

/* as, reduce, foreach: source, pattern, and what is run with the names. The
 * initial value knows none of them. */
struct code *code_with_names(struct compile *c, enum code_op op,
                             const struct ast *tree, const struct scope *scope);

/* Whether an object, an array or a text may be written as it is made. */
bool code_is_made(const struct code *code);
/* A key as it is written then, with what stands before and behind it. */
struct slice code_written_key(struct compile *c, struct slice key, bool first);
/* Whether a program comes to such a part in the end. */
bool code_leads_to_made(const struct code *program);

/* Whether a reduce may change its state in place. */
bool code_owns(const struct code *reduce);

#endif
