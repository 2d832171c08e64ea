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

#include "base/slice.h"
#include "jq/ast.h"
#include "jq/code.h"

struct library;

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
    struct slice text; /* of the program */
    const struct library *library;
    const struct code_global *globals;
    size_t global_count;
    unsigned needs; /* code_needs so far */
    int depth;      /* of the tree */
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
struct scope code_bound(const struct scope *up, enum binding_kind kind,
                        struct slice name);

struct code *code_build(struct compile *c, const struct ast *tree,
                        const struct scope *scope);
struct code *code_constant(struct compile *c, const struct ast *tree,
                           struct val value);

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

/* Whether a reduce may change its state in place. */
bool code_owns(const struct code *reduce);

#endif
