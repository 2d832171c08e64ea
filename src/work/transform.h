/* SPDX-License-Identifier: MIT */
/*
 * transform - blocks of JSON Lines through a filter, on a pool of threads
 *
 * Every line is validated in full, whatever the filter looks at; what passes
 * is written with its own bytes. A line that is invalid, or on which the
 * filter fails, is rejected: noted in the item's block, wrapped in place if
 * asked, and kept as it is in item->side if asked. A pool thread touches its
 * own item and what belongs to the thread.
 */
#ifndef WORK_TRANSFORM_H
#define WORK_TRANSFORM_H

#include <stddef.h>
#include <stdint.h>

#include "flow/flow.h"

struct code;
struct loop;
struct transform;

/* What becomes of a rejected line. */
enum transform_policy {
    TRANSFORM_REPORT,
    TRANSFORM_WRAP,
    TRANSFORM_DROP,
    TRANSFORM_FAIL, /* the block ends before its first bad line */
};

/* A further stage of the work, on the loop's thread. */
struct transform_next {
    void *arg;
    /* Take the item, whose `out` has one line for each number of the block's
     * out_lines; transform_finish gives it back. */
    void (*take)(void *arg, struct item *item);
    void (*cancel)(void *arg, bool now); /* as in flow.h */
    void (*suspend)(void *arg, bool stopped);
    bool lines; /* an output has to be one line: text with a newline is none */
};

struct transform_options {
    struct loop *loop;
    const struct code *filter; /* borrowed, shared by all threads */
    enum transform_policy policy;
    size_t threads;
    size_t max_line;   /* bytes */
    size_t max_depth;  /* of nesting */
    size_t max_memory; /* bytes, of the filter for one line */
    bool rejects;      /* rejected lines go to item->side */
    bool raw_input;    /* a line is a string, whatever it holds */
    bool null_input;   /* run the filter once, on null: it reads by itself */
    bool raw_output;   /* a string goes out as what it means */
    bool joined;       /* no newline behind a value */
    bool last;         /* note what the last output is */
    unsigned canon;    /* canon_flags of json/canon.h */
    /* What is wrong with an output, so that its line is rejected, or NULL. On
     * the pool's threads. NULL: nothing ever is. */
    const char *(*check)(void *arg, struct slice json);
    void *check_arg;
    /* Where a block goes next instead of back to the flow; zeroed: nowhere. */
    struct transform_next next;
};

/* One rejected line. */
struct transform_fault {
    uint64_t line; /* in its file, from 1; in its block, if item->line is 0 */
    size_t column; /* from 1; 0: the filter failed on a valid line */
    char reason[160];
    const char *hint; /* what the whole input looks like, or NULL */
    size_t said;      /* so much of the block's `said` comes before it */
};

/* Why a line is rejected. */
struct transform_rejection {
    struct slice line;
    uint64_t number;    /* of the line in its file */
    size_t column;      /* 0: the line is valid JSON */
    const char *error;  /* what a wrapped line has as its "error" */
    const char *reason; /* and as its "reason" */
    bool silent;        /* counted, but not named */
};

/* What the last output of some lines was. */
enum transform_last {
    TRANSFORM_NO_OUTPUT,
    TRANSFORM_FALSE, /* or null */
    TRANSFORM_TRUE,  /* anything else */
};

/* The command's part of an item: what became of its lines. */
struct transform_block {
    uint64_t ok;
    uint64_t rejected;
    uint64_t blank;
    uint64_t bytes; /* that came in */
    int read_error; /* errno or RANGE_CHANGED: the file cannot be read on
                     * behind these lines */
    const struct transform_fault *faults; /* the first TRANSFORM_FAULTS */
    size_t fault_count;
    enum transform_last last; /* if it was asked for */
    bool halted;              /* the program ended the run with this block */
    int halt_status;
    const struct err *failed; /* why a program failed that reads by itself */
    struct buf said; /* for stderr: what the program says besides its output */
    struct buf out_lines; /* with a next stage: uint64_t, for each line of
                           * `out` the number of the line it came from */
};

enum { TRANSFORM_FAULTS = 20 };

struct transform *transform_open(const struct transform_options *options);
void transform_close(struct transform *t);

/*
 * For struct flow_options; attach before the flow runs. A filter that reads by
 * itself (CODE_NEEDS_INPUT, or run on null) is run by one thread, and is the
 * source that asks for the lines. It has no next stage.
 */
struct flow_source transform_source(struct transform *t,
                                    struct flow_source lines);
struct flow_worker transform_worker(struct transform *t);
struct flow_work transform_work(struct transform *t);
void transform_attach(struct transform *t, struct flow *flow);

/* After the run: whether a filter that reads by itself ended before the lines
 * did. */
bool transform_left_lines(const struct transform *t);

/*
 * For a next stage, on the loop's thread. It takes what the filter gave into
 * `lines`, puts its answers, in the order of the lines, and finishes the item.
 * The lines that were rejected before come in between by themselves.
 */
void transform_take_lines(struct item *item, struct buf *lines);

/* An answer to a line; number 0: it belongs to none, and goes first. */
void transform_put(struct item *item, uint64_t number, struct slice answer);

/* The line is rejected after all, once, and loses the answers it has; `line`
 * of `r` is not looked at. Under TRANSFORM_FAIL all later ones are dropped, and
 * the result is false: each has to be rejected too, for the counts. */
bool transform_reject(struct item *item, const struct transform_rejection *r);

/* Give the item back to the flow. */
void transform_finish(struct item *item);

/* Bytes an item's `out` must be able to hold for blocks of `in` bytes and
 * `lines` lines. */
size_t transform_out_bytes(size_t in, size_t lines);

#endif
