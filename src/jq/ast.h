/* SPDX-License-Identifier: MIT */
/*
 * ast - a filter as it is written, as a tree
 *
 * What parse.h makes of a text. All nodes and texts of one program live in one
 * arena. A list is a chain by `next`.
 */
#ifndef JQ_AST_H
#define JQ_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct buf;

enum ast_kind {
    AST_IDENTITY,
    AST_RECURSE,     /* .. */
    AST_INDEX,       /* a[b] */
    AST_SLICE,       /* a[b:c], either may be NULL */
    AST_ITERATE,     /* a[] */
    AST_WORD,        /* null, true, false: text */
    AST_NUMBER,      /* text */
    AST_STRING,      /* text, decoded */
    AST_INTERPOLATE, /* text: format or empty; a: AST_STRINGs and AST_HOLEs */
    AST_HOLE,        /* \(a) */
    AST_FORMAT,      /* @text */
    AST_PIPE,        /* a | b */
    AST_COMMA,       /* a, b */
    AST_BINARY,      /* a op b */
    AST_NEGATE,      /* -a */
    AST_TRY,         /* try a catch b; b may be NULL */
    AST_IF,          /* if a then b else c end; c may be NULL */
    AST_REDUCE,      /* reduce a as b (c; d) */
    AST_FOREACH,     /* foreach a as b (c; d; e); e may be NULL */
    AST_DEF,         /* def text(a): b; c */
    AST_PARAMETER,   /* text; op AST_BY_VALUE if it is written with $ */
    AST_CALL,        /* text(a) */
    AST_VARIABLE,    /* $text */
    AST_AS,          /* a as b | c; b: a list of alternatives */
    AST_LABEL,       /* label $text | a */
    AST_BREAK,       /* break $text */
    AST_ARRAY,       /* [a]; a may be NULL */
    AST_OBJECT,      /* {a}: AST_ENTRYs */
    AST_ENTRY,       /* a: b; in a pattern b may be NULL */
    AST_LOCATION,    /* $__loc__ */
    AST_PROGRAM,     /* module a; b: AST_IMPORTs; c: what stands behind them */
    AST_IMPORT,      /* import "text" as a b; a: a call or a variable by its
                      * name, NULL: included; b: metadata or NULL */
};

enum ast_op {
    AST_NO_OP,
    AST_ALTERNATIVE, /* // */
    AST_ASSIGN,      /* = */
    AST_UPDATE,      /* |= */
    AST_UPDATE_ADD,
    AST_UPDATE_SUBTRACT,
    AST_UPDATE_MULTIPLY,
    AST_UPDATE_DIVIDE,
    AST_UPDATE_MODULO,
    AST_UPDATE_ALTERNATIVE,
    AST_OR,
    AST_AND,
    AST_EQUAL,
    AST_UNEQUAL,
    AST_LESS,
    AST_LESS_EQUAL,
    AST_GREATER,
    AST_GREATER_EQUAL,
    AST_ADD,
    AST_SUBTRACT,
    AST_MULTIPLY,
    AST_DIVIDE,
    AST_MODULO,
    AST_BY_VALUE, /* of a parameter */
    AST_OPTIONAL, /* of index, slice, each: an error of that step alone is none
                   */
};

/* In a pattern AST_VARIABLE, AST_ARRAY (a: a list of patterns) and AST_OBJECT
 * stand for themselves; the key of an entry is AST_VARIABLE (bound too) or any
 * filter. */
struct ast {
    enum ast_kind kind;
    enum ast_op op;
    bool grouped; /* it stands in parentheses */
    uint32_t at;  /* bytes into the program, for messages */
    struct slice text;
    struct ast *a, *b, *c, *d, *e;
    struct ast *next;
};

/* How an operator is written, such as "+=". */
const char *ast_sign(enum ast_op op);

/* Append the tree in prefix form: (pipe (index . "a") (call f 1)). */
void ast_print(const struct ast *node, struct buf *out);

#endif
