/* SPDX-License-Identifier: MIT */
/*
 * output - where what the tasks print goes
 *
 *     pipe --> capture (what the record has)
 *          --> DIR/ID.out, DIR/ID.err (--results)
 *          --> spool, until the task has ended: then to the item (--raw)
 *              or relay, by lines as they come (--line-buffer)
 *
 * A write that fails is the run's failure: the stream is still read, so that
 * its task is not held, and output_end tells. While a journal is full the
 * streams that go to it are not read. Loop's thread.
 */
#ifndef WORK_OUTPUT_H
#define WORK_OUTPUT_H

#include "base/err.h"
#include "base/list.h"
#include "work/capture.h"
#include "work/relay.h"
#include "work/spool.h"

struct item;
struct save;

enum output_raw {
    OUTPUT_NOT_RAW,
    OUTPUT_WHOLE, /* a task's output at once, when it has ended */
    OUTPUT_LINES, /* by lines, as they come */
};

struct output_options {
    struct loop *loop;
    size_t capture;           /* bytes of each stream for the record */
    const struct save *files; /* for --results, or NULL */
    enum output_raw raw;
    bool tag;                    /* raw lines begin with the task's id */
    const char *directory;       /* for temporary files */
    struct journal *journals[2]; /* of OUTPUT_LINES: stdout, stderr */
};

struct output_share;

struct output_stream {
    struct output *output;
    struct capture capture;
    int file; /* of --results, or -1 */
    struct spool spool;
    struct relay relay;
    bool in_line; /* the last byte was no newline */
    struct list link;
};

/* The two streams of a task; used again for one after another. */
struct output {
    struct output_share *share;
    const struct item *item;
    struct output_stream streams[2]; /* stdout, stderr */
    struct buf tag;
    struct err err; /* of the first write that failed */
    void (*on_bytes)(void *arg);
    void *arg;
};

/* What all tasks of a run share. */
struct output_share *output_share_new(const struct output_options *options);
void output_share_free(struct output_share *share);

/* `done` is called after something was read, or failed to be written. */
void output_init(struct output *o, struct output_share *share,
                 void (*done)(void *arg), void *arg);
void output_release(struct output *o);

/*
 * Make the pipes for an attempt at the item, and its files; the ends for the
 * child in `child_ends`, which the caller closes also after a failure. 0, or -1
 * and `err` of kind ERR_UNITS (no pipe) or ERR_OUTPUT (no file).
 */
int output_start(struct output *o, const struct item *item, int child_ends[2],
                 struct err *err);

/* Read what is there now, within reason: whether there was any. */
bool output_drain(struct output *o);

/* As if the task had written this to its stderr. */
void output_add_error(struct output *o, struct slice text);

/* Read no more. */
void output_stop(struct output *o);

/* Whether both pipes have ended. */
bool output_ended(const struct output *o);

/* Whether a stream waits for a journal. */
bool output_paused(const struct output *o);

/* What could not be written so far, or NULL. */
const struct err *output_failed(const struct output *o);

/* Nothing more comes: close the files, and give the item what is raw. */
void output_end(struct output *o, struct item *item);

#endif
