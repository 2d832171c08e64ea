/* SPDX-License-Identifier: MIT */
/*
 * ledger - finished items wait here until what became of them will last
 *
 * All that ended, and all that started, within a moment is kept in one
 * transaction by a thread of its own, so that a disk that is slow stops no
 * timer; what gathers while one is written goes into the next. An item leaves
 * once its end is kept, and only then may anybody hear of it. Where a start has
 * to be kept before it is made, it is claimed.
 *
 * A transaction that fails is not known to have been undone: nothing more is
 * kept then, and what waits comes back as not kept. Loop's thread, but for
 * `keep`.
 */
#ifndef FLOW_LEDGER_H
#define FLOW_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/item.h"

struct err;
struct ledger;
struct log;
struct loop;
struct pool_job;

/* An attempt begins. Of an item that runs `keep` may read what came in and by
 * what it is known, and no more: the loop's thread has it. */
struct ledger_start {
    struct item *item;
    bool claimed;
    unsigned attempt;
    int64_t wall_ms;
};

/* An attempt failed, and another is to follow. */
struct ledger_try {
    uint64_t row; /* the item's */
    unsigned attempt;
    int64_t wall_ms;
    int64_t duration_us;
    const char *fault; /* a constant */
    char message[ITEM_MESSAGE_SIZE];
};

struct ledger_end {
    struct item *item;
    bool first; /* it has no place yet */
};

/* What is kept together, in this order. */
struct ledger_batch {
    struct ledger_start *starts;
    struct ledger_end *ends;
    struct ledger_try *tries;
    size_t start_count, start_room;
    size_t end_count, end_room;
    size_t try_count, try_room;
};

/* Who keeps it. */
struct ledger_keeper {
    void *self; /* NULL: nothing is kept */
    /* All of it, in one transaction, on the ledger's thread. 0, or -1 and
     * `err`: it may be kept all the same. */
    int (*keep)(void *self, const struct ledger_batch *batch, struct err *err);
};

struct ledger_options {
    struct loop *loop;
    struct log *log;
    struct ledger_keeper keeper;
    size_t most; /* so many ends do not wait for more */
    /* The end of the item is kept, or never will be. */
    void (*ended)(void *arg, struct item *item, bool kept);
    /* Likewise its claim. */
    void (*claimed)(void *arg, struct item *item, bool kept);
    /* Nothing is kept any more, and why. */
    void (*failed)(void *arg, const struct err *err);
    void *arg;
};

struct ledger *ledger_open(const struct ledger_options *options);

/* Waits for a transaction that is under way. NULL is fine. */
void ledger_close(struct ledger *l);

/* An attempt of the item begins now. */
void ledger_start(struct ledger *l, struct item *item);

/* One is to begin once that is kept. */
void ledger_claim(struct ledger *l, struct item *item);

/* The last attempt failed; another follows. */
void ledger_try(struct ledger *l, const struct item *item);

/* Whether the end of the item is to be kept: it was started, or it tells more
 * than that it was not. */
bool ledger_wants(const struct item *item);

/* Takes the item until `ended`. */
void ledger_end(struct ledger *l, struct item *item);

/* Once a turn: begin a transaction if it is time. Nothing is awaited when
 * nothing runs. */
void ledger_turn(struct ledger *l, bool idle);

/* Run another job on the ledger's thread, in its turn. */
void ledger_run(struct ledger *l, struct pool_job *job);

#endif
