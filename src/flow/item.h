/* SPDX-License-Identifier: MIT */
/*
 * item - one unit of work on its way through a run
 *
 * The item law: a run makes W items and no more, and an item is always in
 * exactly one place, which owns it:
 *
 *     spare -> reading -> working (-> waiting -> working) (-> keeping)
 *       ^         -> parked -> writing
 *       |                         |
 *       +-------------------------+
 *
 * Passing the pointer passes the ownership. So memory is bounded, back-pressure
 * is free, no queue can overflow and items need no locks. flow.c asserts the
 * sum after every turn.
 */
#ifndef FLOW_ITEM_H
#define FLOW_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/list.h"
#include "flow/range.h"

enum item_place {
    ITEM_SPARE,
    ITEM_READING, /* the source fills it */
    ITEM_WORKING, /* the worker has it, queued or running */
    ITEM_WAITING, /* for its next attempt */
    ITEM_KEEPING, /* finished, in the ledger */
    ITEM_PARKED,  /* finished, in the window */
    ITEM_WRITING, /* the sink has it */
    ITEM_PLACES
};

enum item_status {
    ITEM_PENDING,
    ITEM_RUNNING,
    ITEM_COMPLETED,
    ITEM_FAILED,
    ITEM_CANCELLED,
};

enum {
    ITEM_MESSAGE_SIZE = 256,
    ITEM_BRIEF_SIZE = 32,
    ITEM_TAIL_MAX = 4096,
    ITEM_OVERLONG_BYTES = 256, /* what is kept of an overlong line, at most */
    ITEM_VERSION_MAX = 512,    /* bytes of what tells of a version */
};

enum { ITEM_HASH_SIZE = 12 };

/* What a state knows it by. */
struct item_known {
    uint64_t row; /* its place there, from 1 on; 0: it has none */
    bool given;   /* known by its id, which the list gave; else by `content` */
    bool submitted;      /* not of a list: somebody gave it to the run */
    bool stored;         /* there is something at its place, or will be */
    bool marked;         /* as running */
    bool claimed;        /* that it starts was kept before */
    bool skipped;        /* of a dry run: it would not be run */
    bool dropped;        /* somebody does not want it any more */
    uint32_t occurrence; /* of its content: so many were before it */
    unsigned char content[ITEM_HASH_SIZE]; /* of all that makes it run */
};

struct item {
    struct list link; /* the owner's */
    enum item_place place;
    uint64_t seq;  /* so many were taken from the source before it */
    uint64_t turn; /* when it may leave the window; the window's */

    /* What came in: filled by the source. */
    struct buf in;      /* one line, or a block of whole lines */
    struct range range; /* or where the worker reads that */
    const char *origin; /* the input's name, for messages */
    uint64_t line;      /* number of the first line in it, from 1; 0: it goes
                         * on where the item before it ended */
    uint64_t lines;     /* how many lines it holds */
    uint64_t number;    /* so many units are before it in the list */
    uint64_t chain;     /* units in the longest chain that waits for it */
    bool overlong;      /* a line beyond the limit: `in` has only its start */
    struct buf id;      /* as the list gave it, or "task_N" */
    struct buf meta;    /* JSON text, or empty */
    int64_t retries;    /* attempts after the first; -1: as the run says */
    unsigned tried;     /* attempts of earlier runs */
    struct item_known known;

    /* By what a server knows the version of what it gave; either may be empty.
     * Before it runs: the one that the state has. When it was completed: the
     * one to be kept. */
    struct buf etag;
    struct buf last_modified;

    /* How it went: set by the worker. `result` is JSON text or empty. */
    enum item_status status;
    const char *fault;               /* kind of error: a constant, or NULL */
    char message[ITEM_MESSAGE_SIZE]; /* the error for a person */
    bool retryable;                  /* another attempt may help */
    int64_t retry_floor_ms;          /* but not before so long */
    unsigned attempts;               /* those of earlier runs too */
    int64_t started_wall_ms;         /* of the last attempt; 0: never started */
    int64_t started_us;              /* the same, monotonic */
    int64_t duration_us;             /* of the last attempt, waiting excluded */
    struct buf result;
    char brief[ITEM_BRIEF_SIZE]; /* a success in a word or two, or empty */
    struct buf detail;           /* what was done, for a line of text */
    struct buf tail;             /* the last that a failure said, or empty */
    int exit_code;               /* of a process, and the signal that ended */
    int exit_signal;             /* it, or 0 */
    uint64_t bytes_out;          /* how much it gave */

    int64_t retry_at_ms; /* flow's, while waiting */
    struct buf out;      /* the bytes for the sink */
    struct buf side;     /* and for the side sink, if the run has one */
    int out_file;        /* a file whose content goes before `out`, or -1 */
    int side_file;       /* likewise before `side`; closed by the item */
    void *work;          /* the command's own part; see struct flow_work */
};

/* Item buffers' maxima, bytes. */
struct item_limits {
    size_t in;
    size_t result;
    size_t out;
    size_t side;
};

/* Attempts of this run. */
static inline unsigned item_attempts(const struct item *item)
{
    return item->attempts - item->tried;
}

/* An item that holds nothing, in place ITEM_SPARE. The caller frees. */
struct item *item_new(const struct item_limits *limits);
void item_free(struct item *item);

/*
 * Forget what came in and how it went; keep the memory of buffers that have at
 * most `keep` bytes, so that one huge unit does not stay with the run for ever.
 */
void item_clear(struct item *item, size_t keep);

/* Forget how the last attempt went, before the next. */
void item_clear_attempt(struct item *item);

/* Forget the version. */
void item_clear_version(struct item *item);

/* Note the end: completed, with no fault. */
void item_complete(struct item *item);

/* Note the end: failed or cancelled, with its kind and a message. */
void item_fail(struct item *item, enum item_status status, const char *fault,
               const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "pending", "running", "completed", "failed" or "cancelled". */
const char *item_status_name(enum item_status status);

#endif
