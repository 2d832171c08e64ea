/* SPDX-License-Identifier: MIT */
/*
 * What the files of transform share: a block, and the writing of its lines.
 * But for the joint's, all is done by the thread that has the block.
 */
#ifndef WORK_TRANSFORM_CORE_H
#define WORK_TRANSFORM_CORE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/err.h"
#include "io/pool.h"
#include "jq/eval.h"
#include "work/transform.h"
#include "json/grammar.h"
#include "json/index.h"

struct code;
struct env;
struct solo;

/* What a thread works in. */
struct space {
    struct index index;
    struct index string_index;
    struct buf string; /* a line of text as a JSON string */
    struct eval eval;
};

struct transform {
    struct transform_options o;
    struct pool *pool;
    struct flow *flow;
    struct space *spaces; /* one for each thread */
    bool passes;          /* a value that is not changed goes out as it is */
    bool identity;        /* and the filter changes none */
    struct loop_timer *patience; /* with filters, once the run stops */
    atomic_bool stop;            /* what runs is to end, however far it is */
    struct solo *solo;           /* a program that reads by itself, or NULL */
};

/* A line that was rejected before the next stage, as that one goes on. */
struct early {
    uint64_t number;
    struct slice line; /* for item->side, if any */
    size_t wraps_end;  /* in `wraps` */
};

/* What is between the two stages of a block, and how far the second is. */
struct joint {
    struct buf early;
    struct buf wraps; /* of those */
    size_t early_at;  /* so many are in their places */
    size_t wraps_at;
    uint64_t number;        /* of the line the next stage is at; 0: none yet */
    size_t out_at;          /* where its answers begin */
    bool lost;              /* it is rejected */
    bool failed;            /* by TRANSFORM_FAIL: so is what follows */
    uint64_t source_number; /* of the line that begins in `in` at: */
    size_t source_at;
};

/* The line that the filter is at, and what came of it so far: if it fails in
 * the end, nothing did. */
struct current {
    const struct grammar_line *line;
    uint64_t number;
    uint32_t root; /* its entry of the index */
    size_t bytes;  /* of output, in `out` or behind it in the run */
    size_t outputs;
    enum transform_last last_before; /* of the block, before this line */
    struct err err;                  /* why an output could not be taken */
};

/* A transform_block and what the thread needs; they live with the item. */
struct block {
    struct transform_block result;
    struct pool_job job;
    struct transform *transform;
    struct item *item;
    struct space *space;    /* of the thread that has it */
    struct grammar grammar; /* what its lines are walked by */
    size_t reserve;         /* of `out`, for the lines to come */
    struct transform_fault faults[TRANSFORM_FAULTS];
    /* Bytes of `in` that go out as they are, and are not there yet: whole
     * lines, one behind the other. */
    const char *run;
    const char *run_end;
    struct current current; /* the line that the filter is at */
    struct joint joint;     /* with a next stage */
};

/* Append to `out` what transform_out_bytes has counted. */
void transform_write(struct buf *out, struct slice s);
/* Copy the run of untouched lines behind what is in `out` before it. */
void transform_flush_run(struct block *b);

/* The lines of a block, each through the filter. */
void transform_do_json(struct block *b);
void transform_do_text(struct block *b);
void transform_do_overlong(struct block *b);

/* The number of the block's first line; of lines that are not numbered yet it
 * is 1. */
uint64_t transform_first_number(const struct item *item);

/* An output of the filter, at the end of `out`: 0, or -1 and `err`. */
int transform_emit(struct block *b, struct val v, struct err *err);
/* As eval_make_fn, with the block. */
int transform_make(void *arg, const struct code *code, struct env *env,
                   struct val in);
/* The words of an error that nothing caught. */
void transform_describe(struct block *b, struct err *err);
/* What the lines of a block may need of `out` at most if each is passed or
 * wrapped. */
size_t transform_reserve(const struct transform *t, size_t bytes, size_t lines);
/* The bytes of `from`, for those of `to`; each keeps its own bound. */
void transform_take_bytes(struct buf *from, struct buf *to);

/* A program that reads by itself. */
struct solo *transform_solo_new(struct transform *t);
void transform_solo_free(struct solo *s);
void transform_solo_start(struct solo *s);
/* The item that it asked for; false: it takes none any more. */
bool transform_solo_give(struct solo *s, struct block *b);
/* It gets no more. */
void transform_solo_stop(struct solo *s);

/* Rejected lines. */
void transform_reject_line(struct block *b,
                           const struct transform_rejection *r);
void transform_reject_overlong(struct block *b, struct slice line,
                               uint64_t number);
void transform_reject_by_filter(struct block *b, struct slice line,
                                uint64_t number, const char *reason);
/* The line as it came, to be mended and run again. */
void transform_keep_rejected(struct block *b, struct slice line);
void transform_keep_line(struct block *b, struct slice line);
void transform_wrap(struct buf *out, const struct transform_rejection *r);
/* Keep the first faults of a block, in the order of its lines. */
void transform_note_fault(struct block *b, const struct transform_rejection *r,
                          const char *hint);

/* The lines that were rejected before the next stage. */
struct early *transform_early(const struct block *b);
size_t transform_early_count(const struct block *b);

#endif
