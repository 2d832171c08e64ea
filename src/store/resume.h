/* SPDX-License-Identifier: MIT */
/*
 * resume - what of a list is left to do, given what a state knows
 *
 * It stands between the list, or the graph, and the flow. What was completed
 * before is passed over, and counts as completed for those that come after it.
 * Without options all else is run: what is new or has changed, what failed, was
 * cancelled, or was interrupted when its run died. Loop's thread.
 */
#ifndef STORE_RESUME_H
#define STORE_RESUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/flow.h"

struct err;
struct identity;
struct loop;
struct resume;
struct store;

/* What of the list is run. */
enum resume_rerun {
    RESUME_MISSING, /* what is not completed */
    RESUME_FAILED,  /* what was tried, and is not completed */
    RESUME_ALL,
};

/* What becomes of a task that was started and has no end of its own. */
enum resume_interrupted {
    RESUME_AGAIN,
    RESUME_LEAVE,  /* it stays as it is */
    RESUME_REPORT, /* it has failed, and is not run */
};

/* What becomes of one that was completed and has the id, but is another now. */
enum resume_changed {
    RESUME_CHANGED_RUN,
    RESUME_CHANGED_LEAVE,
    RESUME_CHANGED_FAULT, /* the list is unusable */
};

struct resume_options {
    struct loop *loop;
    enum resume_rerun rerun;
    enum resume_interrupted interrupted;
    enum resume_changed changed;
    bool dry;     /* what would be passed over is given too; see resume_skips */
    bool revisit; /* what is completed is run, to see whether it is still so */
    size_t keep;  /* bytes an item's buffer may keep */
    /* Add what makes the item run what it runs to the hash. */
    void (*describe)(void *arg, const struct item *item, struct identity *i);
    void *arg;
};

/* Reads what the state knows; `store` NULL: nothing. NULL and `err`. */
struct resume *resume_open(const struct resume_options *options,
                           struct store *store, struct err *err);
void resume_close(struct resume *r);

/* As a source: `list` without what is not to be run. */
struct flow_source resume_source(struct resume *r, struct flow_source list);

/* For a list that is checked before: whether the item, as it was parsed, has
 * changed, where that is a fault. -1 and `err` of kind ERR_LIST. */
int resume_check(struct resume *r, struct item *item, struct err *err);

/* A task that somebody gave to the run, with its id: make it known, and give it
 * its row. -1 and `err` of kind ERR_LIST if there is one of that id. */
int resume_adopt(struct resume *r, struct item *item, struct err *err);

/* What was adopted is kept, and will come through the source. */
void resume_adopted(struct resume *r, struct slice id);

/* Of a dry run: whether the item would be passed over. item->brief says why,
 * or why not. */
bool resume_skips(const struct item *item);

/* Whether the unit of an id was completed, before or by this run. */
bool resume_completed(const struct resume *r, struct slice id);

/* The row that the next task that is new will have. */
uint64_t resume_next_row(const struct resume *r);

/* So many were passed over. */
uint64_t resume_skipped(const struct resume *r);

/* So many tasks that the state has were not in the list. */
uint64_t resume_unlisted(const struct resume *r);

#endif
