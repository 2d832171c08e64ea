/* SPDX-License-Identifier: MIT */
/*
 * What the files of explain share: places of the line, and what is known of
 * each part of a program.
 */
#ifndef JQ_EXPLAIN_CORE_H
#define JQ_EXPLAIN_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "jq/arena.h"
#include "jq/eval.h"

struct buf;
struct builtin;
struct code;

/* A place: ".a[].b", "" for the line itself. */
struct spot {
    struct slice path;
    bool within; /* or any place within it */
};

/* What a value may be. Passed by value; the places are never changed. */
struct spots {
    const struct spot *at;
    uint32_t count;
    bool made; /* or something computed */
};

enum { EXPLAIN_NOTES = 4096 };

struct explain {
    struct arena arena;
    struct slice text;                         /* of the program */
    struct eval values;                        /* prints them */
    struct explain_note *notes[EXPLAIN_NOTES]; /* by the address of the code */
    const struct explain_active *active;
    uint32_t fuel; /* steps left */
    int depth;
    bool tired; /* it was too much: everything may look at the whole line */
    bool regex; /* one is searched for */
};

void explain_init(struct explain *x, struct slice text);
void explain_release(struct explain *x);

/* Follow the program from its input. What it looks at is noted for each part,
 * and given for the whole; `result`: what it gives. */
struct spots explain_follow(struct explain *x, const struct code *program,
                            bool null_input, struct spots *result);

/* The note of a part; NULL: it is never run. */
const struct spots *explain_noted(const struct explain *x,
                                  const struct code *code);

/* Places */
struct spots explain_none(bool made);
struct spots explain_line(void);
/* All of both, each once. */
struct spots explain_both(struct explain *x, struct spots a, struct spots b);
/* Likewise, without those that lie within another. */
struct spots explain_cover(struct explain *x, struct spots a, struct spots b);
/* `looks`, and of what was touched that which has nothing else within it. */
struct spots explain_deepest(struct explain *x, struct spots looks,
                             struct spots touched);
/* Those of `a` that are not in `b`; what lies within a place is never. */
struct spots explain_except(struct explain *x, struct spots a, struct spots b);
/* One step on: ".name" or "[..]", of each. */
struct spots explain_step(struct explain *x, struct spots of,
                          struct slice step);
struct spots explain_within(struct explain *x, struct spots of);
void explain_add_spots(struct spots spots, struct buf *out);

/* Words. */

/* Append a step to the member `key`, as a path has it; and as an object. */
void explain_add_key(struct slice key, struct buf *out);
void explain_add_member(struct slice key, struct buf *out);

/* Append the step of a FIELD, INDEX, SLICE or ITERATE; `computed` stands for
 * what is no constant. */
void explain_add_step(struct explain *x, const struct code *code,
                      const char *computed, struct buf *out);

/* Append the name that stands in the text where the part begins, perhaps behind
 * a word of the grammar. */
void explain_add_name(const struct explain *x, const struct code *code,
                      const char *word, struct buf *out);

/* Append a constant: short, or the name it came with. */
void explain_add_value(struct explain *x, const struct code *code,
                       struct buf *out);

/* Append what is behind `as`. */
void explain_add_patterns(struct explain *x, const struct code *code,
                          struct buf *out);

/* What a builtin looks at, and what it gives. */
enum explain_looks {
    EXPLAIN_DEFAULT, /* at its input; its arguments see that and are used up */
    EXPLAIN_NOT,     /* only at what its arguments give */
    EXPLAIN_ENDS,    /* likewise, and gives nothing */
    EXPLAIN_PASSES,  /* likewise, and gives its input */
    EXPLAIN_SHOWS,   /* at its input, and gives it */
    EXPLAIN_LAST,    /* gives what the last argument gives */
    EXPLAIN_EACH,    /* the last argument sees the input's members */
    EXPLAIN_MEMBERS, /* .. which are looked at, too */
    EXPLAIN_SOURCE,  /* .. or what the first gives */
    EXPLAIN_LINES,   /* gives another line */
    EXPLAIN_WITHIN,  /* gives what is within its input */
};

enum explain_looks explain_builtin(const struct builtin *builtin);

/* Whether it is one that searches for a regular expression, which is then the
 * first argument. */
bool explain_is_regex(const struct builtin *builtin);

#endif
