/* SPDX-License-Identifier: MIT */
/* What the files of the evaluator share. As in eval.h: 1, 0 or -1 where there
 * is one output, 0 or -1 where outputs are emitted. */
#ifndef JQ_EVAL_CORE_H
#define JQ_EVAL_CORE_H

#include "base/buf.h"
#include "jq/eval.h"

/* A scope with one binding more: a value, or code in its own scope. NULL if
 * there is no room. */
struct env *eval_bind(struct eval *e, struct env *parent, struct val value);
struct env *eval_bind_code(struct eval *e, struct env *parent,
                           const struct code *code, struct env *scope);
/* So many bindings up. */
struct env *eval_look(struct env *env, uint32_t up);

/* Of the 8 MiB of stack that a thread has. */
enum { EVAL_STACK_MAX = 6 * 1024 * 1024 };

/* Whether little is left of the stack. */
static inline bool eval_deep(const struct eval *e)
{
    const char *here = __builtin_frame_address(0);
    const ptrdiff_t used = e->stack - here;

    return used > EVAL_STACK_MAX || used < -EVAL_STACK_MAX;
}

/* What eval_check has to say where there may be something. */
int eval_check_all(struct eval *e);

/* Each step of a loop: 0, or -1 when the evaluation has to end. */
static inline int eval_check(struct eval *e)
{
    e->fuel--;
    if (e->fuel == 0 || e->arena.refused || eval_deep(e))
        return eval_check_all(e);
    return 0;
}

/* The function's scope with its parameters: the values are evaluated here. */
int eval_enter_call(struct eval *e, const struct code *code, struct env *env,
                    struct val in, struct env **scope);
/* a of `a as $name`, bound. */
int eval_one_as(struct eval *e, const struct code *code, struct env **env,
                struct val in);

/* Whether what unwinds is an error that may be caught: it is, then. */
bool eval_caught(struct eval *e, struct val *error);

/* True if it unwinds to this label, which ends it. */
bool eval_reached(struct eval *e, const void *label);

int eval_too_deep(struct eval *e);
/* An error that nothing catches. */
int eval_end(struct eval *e, const char *message);
/* The value's JSON for a message, cut to `size` bytes with the NUL; eval_short:
 * to fewer, until the next call. */
enum { EVAL_SHOWN_LONG = 30 };
const char *eval_show(struct eval *e, struct val v, char *shown, size_t size);
const char *eval_short(struct eval *e, struct val v);
int eval_cannot_index(struct eval *e, struct val v, struct val key);
int eval_cannot_iterate(struct eval *e, struct val v);
int eval_bad_key(struct eval *e, struct val key);

/* Append all outputs to the array. 1 or -1. */
int eval_collect(struct eval *e, const struct code *code, struct env *env,
                 struct val in, struct val *array);

/* A text that is a value from now on: copied. 1 or -1. */
struct buf eval_new_text(const struct eval *e);
int eval_give_text(struct eval *e, const struct buf *text, struct val *out);

/* Append bytes; what is not UTF-8 in them becomes U+FFFD. */
void eval_add_valid(struct buf *out, struct slice bytes);

/* If a text with holes begins with the value of the first, a long text, the
 * parts behind that, which may be added to it; else NULL. */
const struct code *eval_behind_head(const struct code *join, struct val first);
int eval_give_text_behind(struct eval *e, struct slice head,
                          const struct buf *text, struct val *out);

/* A part of a text with holes. 1 or -1. */
int eval_add_part(struct eval *e, const struct code *join,
                  const struct code *part, struct val v, struct buf *text);
int eval_format(struct eval *e, struct slice format, struct val in,
                struct val *out);
/* The same, appended. */
int eval_add_format(struct eval *e, struct slice format, struct val in,
                    struct buf *out);

/* So many values are put into a text without memory of their own. */
enum { EVAL_FEW_HOLES = 8 };

/* What is put into a text, the last first as in jq. 1, 0 or -1. */
int eval_holes(struct eval *e, const struct code *code, struct env *env,
               struct val in, struct val *values);

/* What was read and what was kept of it, all. */
void eval_forget(struct eval *e);

/*
 * inputs gives one value after another for hours, and what is computed of them
 * has to stay bounded: behind each the memory goes back to where it was before.
 * What outlives a turn on purpose, as the state of reduce, is held while it may
 * change, and moves. A callback that stores values which are not held pins the
 * memory.
 */
struct eval_held {
    struct eval_held *before;
    struct val *v;
};

void eval_hold(struct eval *e, struct eval_held *held, struct val *v);
void eval_let_go(struct eval *e, struct eval_held *held);

struct eval_turn {
    struct arena_mark mark;
    struct eval_keep *keeps;
};

void eval_begin_turns(struct eval *e, struct eval_turn *turn);
/* Behind each turn: 0 or -1. */
int eval_end_turn(struct eval *e, struct eval_turn *turn);

/* The parts of a text between its separators; of "" none. 1 or -1. */
int eval_split(struct eval *e, struct slice text, struct slice separator,
               struct val *out);

uint32_t eval_code_points(struct slice text);
/* The ends of {"start": .., "end": ..}. 1 or -1. */
int eval_slice_of_key(struct eval *e, struct val key, struct val *from,
                      struct val *to);

/* A value that was made at `in`: it is no place any more. */
struct at eval_off(struct at in, struct val v);
/* A path is wanted where there is none: -1. */
int eval_lost_result(struct eval *e, struct val v);
int eval_lost_element(struct eval *e, struct val v, struct val key);
int eval_lost_iteration(struct eval *e, struct val v);

/* object + {name: value}, in place if that is the assignment's own. 1 or -1. */
int eval_put(struct eval *e, struct val object, struct slice name,
             struct val value, struct val *out);

/* v with v[key] = value. 1 or -1. */
int eval_set_step(struct eval *e, struct val v, struct val key,
                  struct val value, struct val *out);

/* `next` is in[key]: give it its trail, if one is wanted. */
int eval_step(struct eval *e, struct at in, struct val key, struct at *next);

/* Steps with one output: of a value that is there, or of what gives it. */
int eval_field(struct eval *e, const struct code *code, struct val v,
               struct val *out);
int eval_one_index(struct eval *e, const struct code *code, struct env *env,
                   struct val in, struct val *out);
int eval_one_slice(struct eval *e, const struct code *code, struct env *env,
                   struct val in, struct val *out);

int eval_step_each(struct eval *e, const struct code *code, struct env *env,
                   struct at in, eval_fn emit, void *arg);
int eval_combine(struct eval *e, const struct code *code, struct env *env,
                 struct at in, eval_fn emit, void *arg);
int eval_builtin_each(struct eval *e, const struct code *code, struct env *env,
                      struct at in, eval_fn emit, void *arg);
int eval_call_each(struct eval *e, const struct code *code, struct env *env,
                   struct at in, eval_fn emit, void *arg);
int eval_as_each(struct eval *e, const struct code *code, struct env *env,
                 struct at in, eval_fn emit, void *arg);
/* reduce and foreach. */
int eval_fold(struct eval *e, const struct code *code, struct env *env,
              struct at in, eval_fn emit, void *arg);
int eval_reduce(struct eval *e, const struct code *code, struct env *env,
                struct val in, struct val *out);

/* Assignments: the right side's value is there already. */
int eval_assign_one(struct eval *e, const struct code *code, struct env *env,
                    struct val in, struct val *out);
int eval_assign(struct eval *e, const struct code *code, struct env *env,
                struct val in, struct val right, struct val *out);

/* Of assignments whose left side is members of members. 1 or -1. */
int eval_change_fields(struct eval *e, const struct code *code, struct env *env,
                       struct val in, struct val right, struct val *out);

/* Each way to take a value apart: `go` with the values of all names. */
typedef int (*eval_bound_fn)(void *arg, const struct val *values);
struct eval_apart {
    struct eval *e;
    const struct code *code; /* whose names they are */
    struct env *env;
    eval_bound_fn go;
    void *arg;
    struct val *values; /* while it works */
};
int eval_take_apart(struct eval_apart *apart, const struct code_bind *bind,
                    struct val v);

#endif
