/* SPDX-License-Identifier: MIT */
/*
 * eval - run a filter on a value
 *
 * Each output is handed to a callback as it comes; what can give only one is
 * returned without. -1 anywhere means that the evaluation unwinds: for an
 * error, or to a label, or because the receiver wants no more. An eval belongs
 * to one thread.
 */
#ifndef JQ_EVAL_H
#define JQ_EVAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "jq/arena.h"
#include "jq/code.h"
#include "jq/val.h"
#include "json/index.h"
#include "json/shape.h"

struct buf;
struct canon;
struct eval;
struct eval_keep;
struct eval_held;
struct regex_cache;
struct scan_fault;

/* How a place within the input was reached, the last step first. */
struct trail {
    const struct trail *before;
    struct val step;
};

/* A value, and while a path is wanted where it is; trail NULL: not wanted. */
struct at {
    struct val v;
    const struct trail *trail;
};

/* A name's binding, on top of those before it. */
struct env {
    struct env *parent;
    struct val value;
    const struct code *code; /* of a function or a closure */
    struct env *scope;       /* of a closure */
};

enum eval_unwind {
    EVAL_NOT,
    EVAL_ERROR, /* `error` says */
    EVAL_BREAK, /* to `label` */
    EVAL_HALT,  /* the program ends the run: world.status */
};

/* The object of the input whose members were looked for last. */
struct eval_members {
    uint32_t entry;
    bool known; /* there is one */
    bool fits;  /* and the shape tells of it */
    struct shape shape;
};

/* What is around an input. Set by whoever runs the evaluation. */
struct eval_world {
    struct slice file; /* the input's name; ptr NULL: none */
    uint64_t line;     /* of the input in it, from 1; 0: none */
    struct buf *said;  /* takes text for stderr, or NULL: it is lost */
    int status;        /* for the end of the run, by the program */
    /* The next input: 1, 0: there is no more, -1; or NULL: there is none. */
    int (*next)(void *arg, struct eval *e, struct val *out);
    void *arg;
};

/* 0: go on. */
typedef int (*eval_fn)(void *arg, struct at out);

/* A receiver of what a program makes last: `code` of `in` is not evaluated yet,
 * so that eval_write may. 0: go on. */
typedef int (*eval_make_fn)(void *arg, const struct code *code, struct env *env,
                            struct val in);

struct eval {
    struct arena arena;
    struct env ground; /* below all scopes, so that none is NULL */
    enum eval_unwind unwind;
    struct val error;
    bool fatal; /* an error that no program can catch */
    const void *label;
    const char *stack; /* where it began, to bound recursion */
    char shown[15];    /* of a value, in a message */
    struct canon *canon;
    struct eval_world world;
    const struct shape_keys *keys;  /* of the program, or NULL */
    struct val input;               /* of the run */
    struct eval_members members[2]; /* of the input, of what is in it */
    eval_fn top;                    /* takes the outputs of the program */
    eval_make_fn make; /* takes those that it makes, with `top`'s argument, if
                        * whoever runs it set it; or NULL */
    const atomic_bool *stop; /* once it is true an evaluation ends; or NULL */
    uint64_t max_steps;      /* of one input; 0: as many as it takes */
    uint64_t steps;          /* so far, but for the last few */
    uint32_t fuel;           /* steps until somebody looks again */
    struct regex_cache *regexes; /* NULL until the first is needed */
    struct index scratch;    /* of what is read while an input is worked on */
    struct eval_keep *keeps; /* what stays of that; see eval_core.h */
    struct eval_held *held;
    uint64_t owners; /* so many numbers for val_own were given */
    uint64_t lent;   /* to the assignment that comes next: may change such */
    uint64_t owner;  /* while it does */
    bool shared;     /* what was such may not be so any more */
    unsigned pins;
};

/* The caller's storage. At most `max_bytes` for one input. */
void eval_init(struct eval *e, size_t max_bytes);
void eval_release(struct eval *e);

/* All runs will be of this program: it learns what its inputs look like. */
void eval_expect(struct eval *e, const struct code *program);

/* Forget what the last run computed. */
void eval_clear(struct eval *e);

/* Run a program on an input, from an empty arena. 0, or -1 and `unwind`. */
int eval_run(struct eval *e, const struct code *program, struct val in,
             eval_fn emit, void *arg);

/*
 * Append what `code`, which make was given, makes of `in`: as JSON, lazy parts
 * in their own bytes, or, if `raw`, what a text means. 1; 0 for no output; or
 * -1 and `unwind`, which is EVAL_NOT if it does not fit. Without output `out`
 * is as before.
 */
int eval_write(struct eval *e, const struct code *code, struct env *env,
               struct val in, bool raw, struct buf *out);

/* For builtins. */

int eval_each(struct eval *e, const struct code *code, struct env *env,
              struct at in, eval_fn emit, void *arg);
/* Only of what is `single`: 1 and the output, 0 for none, -1. */
int eval_one(struct eval *e, const struct code *code, struct env *env,
             struct val in, struct val *out);
/* The first output of anything: 1, 0 or -1. */
int eval_first(struct eval *e, const struct code *code, struct env *env,
               struct val in, struct val *out);

/* Raise an error; -1. In a text, %s and the like; values are appended by
 * eval_error_of: "T (v) WHAT". */
int eval_error(struct eval *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int eval_error_of(struct eval *e, struct val v, const char *what);
int eval_error_of_two(struct eval *e, struct val a, struct val b,
                      const char *what);
int eval_raise(struct eval *e, struct val error);
int eval_no_room(struct eval *e);
/* It was told to stop: nothing catches that. */
int eval_stop(struct eval *e);

/* 1 and `out`, or -1 if the value is of no room. */
int eval_give(struct eval *e, struct val v, struct val *out);

/* One step: v[key]. 1 or -1. */
int eval_index(struct eval *e, struct val v, struct val key, struct val *out);
int eval_slice(struct eval *e, struct val v, struct val from, struct val to,
               struct val *out);
/* The two ends of a slice, by jq's rules, within `len`. */
void eval_slice_ends(struct val from, struct val to, uint32_t len,
                     uint32_t *begin, uint32_t *end);

/* a SIGN b: arithmetic or a comparison. 1 or -1. */
int eval_binary(struct eval *e, enum ast_op sign, struct val a, struct val b,
                struct val *out);

/* Paths: of trails, and of values that are arrays of steps. */
extern const struct trail eval_root;
extern const struct trail eval_lost;
struct val eval_path(struct eval *e, const struct trail *trail);
int eval_get_path(struct eval *e, struct val v, struct val path,
                  struct val *out);
int eval_set_path(struct eval *e, struct val v, struct val path,
                  struct val value, struct val *out);
int eval_delete_paths(struct eval *e, struct val v, struct val paths,
                      struct val *out);

/* Append a value as JSON: lazy parts in their own bytes, or all as jq -c has
 * them, with the flags of json/canon.h. 0, or -1: it does not fit. */
int eval_add_json(struct eval *e, struct val v, unsigned flags,
                  struct buf *out);
/* Append what a string means, or another value as JSON. 0 or -1. */
int eval_add_text(struct eval *e, struct val v, struct buf *out);
/* Append a computed number as jq prints it. 0 or -1. */
int eval_add_number(struct buf *out, double number);

/* A text of JSON as a value, until the next run, or an error that says what is
 * wrong with it. 1 or -1. */
int eval_from_json(struct eval *e, struct slice text, struct val *out);

/* A text as a string; what is no UTF-8 in it becomes U+FFFD. 1 or -1. */
int eval_from_text(struct eval *e, struct slice text, struct val *out);

/* All values of a text, one behind the other, as an array that has no room for
 * more: threads may share it. 1 or -1. */
int eval_from_all(struct eval *e, struct slice text, struct val *array);

/* A line of JSON Lines as a value, likewise: 1; 0: it is blank; -1: it unwinds,
 * or `fault` has a reason other than NULL. */
int eval_from_line(struct eval *e, struct slice text, size_t max_depth,
                   struct val *out, struct scan_fault *fault);

/* By jq's order, equal ones as they were. 1 or -1. */
int eval_sort(struct eval *e, struct val array, struct val *out);

#endif
