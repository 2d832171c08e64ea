/* SPDX-License-Identifier: MIT */
/*
 * code - a filter as it is run
 *
 * The tree of ast.h with its names resolved: a variable and a function are so
 * many bindings up from where they are used, a builtin is a pointer, a constant
 * is a value. Of each part is known whether it gives at most one output, since
 * then it needs no callback. Made once, never changed, shared by all threads.
 */
#ifndef JQ_CODE_H
#define JQ_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "jq/ast.h"
#include "jq/val.h"
#include "json/shape.h"

struct arena;
struct builtin;
struct err;
struct module_search;

enum code_op {
    CODE_IDENTITY,
    CODE_CONSTANT,
    CODE_FIELD,    /* a."key" */
    CODE_INDEX,    /* a[b] */
    CODE_SLICE,    /* a[b:c] */
    CODE_ITERATE,  /* a[] */
    CODE_RECURSE,  /* .. */
    CODE_JOIN,     /* text with holes: a list of parts; key: format; b: the last
                    * hole, and of each the one before it */
    CODE_FORMAT,   /* @key */
    CODE_PIPE,     /* a | b */
    CODE_COMMA,    /* a, b */
    CODE_BINARY,   /* arithmetic and comparisons */
    CODE_AND,      /* a and b */
    CODE_OR,       /* a or b */
    CODE_ELSE,     /* a // b */
    CODE_ASSIGN,   /* a = b */
    CODE_UPDATE,   /* a |= b */
    CODE_COMPUTE,  /* a += b and the like */
    CODE_NEGATE,   /* -a */
    CODE_TRY,      /* try a catch b */
    CODE_IF,       /* if a then b else c */
    CODE_REDUCE,   /* a as bind (c; d) */
    CODE_FOREACH,  /* a as bind (c; d; e) */
    CODE_AS,       /* a as bind | c */
    CODE_LABEL,    /* a */
    CODE_BREAK,    /* to `up` */
    CODE_ARRAY,    /* [a] */
    CODE_OBJECT,   /* a: CODE_MEMBERs */
    CODE_MEMBER,   /* a: b */
    CODE_DEF,      /* def a; c */
    CODE_CALL,     /* of the function `up`; a: its arguments */
    CODE_CLOSURE,  /* the parameter `up` */
    CODE_VARIABLE, /* `up` */
    CODE_BUILTIN,  /* a: its arguments */
};

/* How a pattern takes a value apart. */
struct code_bind {
    enum { BIND_NAME, BIND_ARRAY, BIND_OBJECT } kind;
    uint32_t slot;          /* of BIND_NAME, and of an entry with a $name */
    struct slice name;      /* of the slot */
    bool named;             /* the entry's key is a $name */
    const struct code *key; /* of an entry */
    const struct code_bind *inner;
    const struct code_bind *next; /* element, entry or alternative */
};

/* What a program uses besides the value that it is given. */
enum code_needs {
    CODE_NEEDS_INPUT = 1, /* it reads on by itself */
    CODE_NEEDS_LINE = 2,  /* it asks for the number of the line */
};

struct code {
    enum code_op op;
    enum ast_op sign; /* of BINARY and COMPUTE */
    bool single;      /* at most one output */
    bool direct;      /* a call whose values have one output each; or an
                       * assignment to members of members */
    bool optional;    /* an error of this step alone is no output */
    bool given;       /* a constant that came with the program; key: its name */
    bool makes; /* an object, an array or a text, which may be written as it is
                 * made */
    bool ends_made; /* of the whole program: it comes to such a part last */
    bool own; /* of reduce: each state is only the next one's, see code_own.c */
    uint32_t up;
    uint32_t count; /* of arguments, parameters or names bound */
    uint32_t at;    /* in the program's text */
    unsigned needs; /* code_needs; of the whole program only */
    uint32_t slot;  /* of a FIELD: its key's number in `keys`; 0: it has none */
    const struct shape_keys *keys; /* of the program: all that are looked for,
                                    * or NULL */
    struct val value;
    struct place_key key; /* of a MEMBER: as it is written, with {"": or ,"": */
    const struct builtin *builtin;
    const struct code_bind *bind;
    /* Of a function: whether each parameter has a $name too. */
    const bool *by_value;
    const struct code *a, *b, *c, *d, *e;
    const struct code *next; /* in a list */
};

/* `up` of a function that is bound nowhere: a builtin's definition. */
#define CODE_LIBRARY UINT32_MAX

/* An assignment to more members of members is not `direct`. */
enum { CODE_MEMBERS_MAX = 8 };

struct code_global {
    struct slice name;
    struct val value;
};

/* What is compiled. */
struct code_source {
    struct slice text; /* has to live as long as the code */
    /* The variables that are there from the start. They become constants, which
     * all threads share: a computed array or object must have no room for more,
     * and live as long as the code. */
    const struct code_global *globals;
    size_t global_count;
    const struct module_search *search; /* NULL: it may name no modules */
};

/* Where a fault is. */
struct code_place {
    struct slice file; /* of a module; ptr NULL: in the program itself */
    struct slice text; /* of that, in the arena */
    size_t column;     /* in bytes, from 1, in all of the text */
};

/*
 * Compile a filter and the modules that it names, into an arena without a
 * maximum. NULL with `err` of kind ERR_USAGE ("column N: why") and the place.
 */
const struct code *code_compile_source(struct arena *arena,
                                       const struct code_source *source,
                                       struct code_place *place,
                                       struct err *err);

/* What a module says of itself: its metadata with "deps" and "defs", as jq's
 * modulemeta. 0, or -1: its text is none. */
int code_describe(struct arena *arena, struct slice text, struct val *out,
                  struct err *err);

/* Compile a filter without modules. */
const struct code *code_compile(struct arena *arena, struct slice text,
                                const struct code_global *globals,
                                size_t global_count, size_t *column,
                                struct err *err);

#endif
