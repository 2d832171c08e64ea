/* SPDX-License-Identifier: MIT */
/*
 * transfer_core - what the files of transfer share, and nobody else
 *
 * transfer.c: places, and the requests that have or want one; transfer_there.c:
 * those whose file is there; transfer_list.c: how they are read.
 */
#ifndef WORK_TRANSFER_CORE_H
#define WORK_TRANSFER_CORE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/list.h"
#include "work/transfer.h"

struct deposit;
struct existing;
struct item;
struct loop_timer;

struct transfer {
    struct exchange_options o;
    struct flow *flow;
    struct hosts *hosts;
    struct loop_timer *timer;
    struct pool *pool;
    struct deposit *deposit; /* NULL: nothing is saved */
    int64_t hold_max_ms;
    struct list running; /* slots */
    struct list spare;
    struct existing *existing;
    uint64_t skipped;
    uint64_t not_modified;
    struct buf scratch;
    struct buf path;
    bool stopping;
};

/* An item that never ran is given back. */
void transfer_finish_unstarted(struct transfer *t, struct item *item);

/* Wait for a place. `arg` is the transfer, here and below. */
void transfer_enqueue(void *arg, struct item *item);

/* Whether it may be there, so that it is not asked for. */
bool transfer_may_be_there(const struct transfer *t, const struct item *item);

/* As struct existing_options wants them. */
void transfer_on_there(void *arg, struct item *item, const char *sha256);
void transfer_on_missing(void *arg, struct item *item);

#endif
