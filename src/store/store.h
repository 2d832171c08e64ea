/* SPDX-License-Identifier: MIT */
/*
 * store - what lasts of a run: its tasks, their attempts and results
 *
 * A state holds runs, one after the other, and the tasks that they met, each
 * with what became of it last; the attempts before that are kept too. One run
 * at a time writes to it (store/lock.h). What is written is there all or not
 * at all, and lasts when the call returns 0; when it returns -1, nobody knows.
 *
 * All calls from one thread at a time. Errors: ERR_STATE where it is no state,
 * a newer one, or damaged, and then nothing of it was changed; ERR_OUTPUT where
 * it cannot be written.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "flow/ledger.h"

struct err;
struct store;

/* What makes the next run know a state again that somebody else wrote. */
enum { STORE_VERSION = 1 };

struct store_options {
    const char *path;
    bool power; /* what is kept outlasts a power cut, not only our death */
};

/* How a run ended. */
struct store_outcome {
    int exit_status;
    uint64_t completed;
    uint64_t failed;
    uint64_t cancelled;
    uint64_t skipped; /* there was nothing to do, for they are completed */
};

/* A task as it is kept. Slices are good for the call; ptr NULL: there is none.
 */
struct store_task {
    uint64_t row;
    struct slice key; /* the id that the list gave, or the content's hash */
    bool given;       /* which of these */
    uint32_t occurrence;
    uint64_t number; /* its place in the list when it was met last, from 1 */
    struct slice content;
    struct slice line; /* of the list, if it is not too long */
    bool marked;    /* as running: what it was before may be told once more */
    bool submitted; /* it came by `weir ctl`, and not from a list */
    enum item_status status;
    unsigned attempts;
    struct slice kind; /* of its error */
    struct slice message;
    int64_t started_ms; /* wall time; 0: never */
    int64_t duration_us;
    struct slice result; /* JSON */
    struct slice meta;
};

/* Open the state of a run; make it if there is none. NULL and `err`. */
struct store *store_open(const struct store_options *options, struct err *err);

/* Open one to look at, also while a run has it. NULL and `err`; ERR_INPUT if
 * there is none. */
struct store *store_open_to_read(const char *path, struct err *err);

/* NULL is fine. */
void store_close(struct store *store);

/* A run begins; those before it that have no end were interrupted. */
/* `lines`: the lines of the list are kept too; they may hold secrets. */
int store_begin_run(struct store *store, const char *command, bool lines,
                    struct err *err);
int store_end_run(struct store *store, const struct store_outcome *outcome,
                  struct err *err);

/* For the flow. Calls on the ledger's thread, then. */
struct ledger_keeper store_keeper(struct store *store);

/* A task to be run comes from elsewhere: keep it, pending. item->in is its
 * line; id and what it is known by are set. */
int store_submit(struct store *store, const struct item *item, struct err *err);

/* A task that no run has was cancelled: keep that. */
int store_cancel(struct store *store, uint64_t row, struct err *err);

/*
 * Put the version that was kept of an item whose row and content are known
 * into it, if it was completed, and has the same content as then; else it has
 * none. -1 and `err`.
 */
int store_recall(struct store *store, struct item *item, struct err *err);

/* The next row that is free. */
int store_next_row(struct store *store, uint64_t *row, struct err *err);

/* Each task, those that run first, until `fn` returns
 * other than 0, which is returned then; -1 and `err`. */
typedef int (*store_fn)(void *arg, const struct store_task *task);
int store_walk(struct store *store, store_fn fn, void *arg, struct err *err);

/* The same with no more of each than what says whether it is to be run: row,
 * key, content, status, kind, attempts. What runs, or was interrupted, comes
 * once more at the end, `marked`, if it was kept before. */
int store_walk_briefly(struct store *store, store_fn fn, void *arg,
                       struct err *err);

/* The lines of tasks that were submitted and are left to do. */
int store_walk_submitted(struct store *store, store_fn fn, void *arg,
                         struct err *err);

/* The task that is known by an id: one that the list gave, or task_N, the one
 * that was the N-th of its list; of several the one that was met last. 1 after
 * the call of `fn`, 0 if there is none, -1 and `err`. */
int store_find(struct store *store, struct slice id, store_fn fn, void *arg,
               struct err *err);

#endif
