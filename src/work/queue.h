/* SPDX-License-Identifier: MIT */
/*
 * queue - which of the waiting tasks starts next
 *
 * There are so many slots, and a task takes one or more of them while it runs.
 * A task may be in a pool, of which only so many run at once. The next is the
 * one with the highest priority, then the one that the longest chain of others
 * waits for, then the one that came first in the list, among those whose pool
 * has room. If it needs more slots than are free, nothing else starts until it
 * does: so no task waits for ever because smaller ones go past it. A full pool
 * holds nobody but its own.
 *
 * The entries are the caller's. To add costs a walk past those of a lower
 * priority in the same pool, to take a look at each pool. Loop's thread.
 */
#ifndef WORK_QUEUE_H
#define WORK_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

struct queue;

struct queue_pool {
    const char *name; /* borrowed */
    size_t limit;     /* tasks at once, more than 0 */
};

struct queue_options {
    size_t slots;
    const struct queue_pool *pools; /* borrowed; may be NULL with 0 of them */
    size_t pool_count;
};

enum { QUEUE_NO_POOL = 0 }; /* pool n of the options is n + 1 */

struct queue_entry {
    struct list link;
    uint64_t seq;     /* its place in the list */
    uint64_t chain;   /* tasks in the longest chain that waits for it */
    int64_t priority; /* higher first */
    size_t slots;     /* more than there are: all of them */
    size_t pool;      /* QUEUE_NO_POOL, or as queue_find_pool said */
    size_t taken;     /* the queue's: the slots that it has */
};

struct queue *queue_new(const struct queue_options *options);
void queue_free(struct queue *queue);

/* The number of a pool, or QUEUE_NO_POOL if there is none of that name. */
size_t queue_find_pool(const struct queue *queue, const char *name);

/* There are so many slots from now on, 1 or more. */
void queue_set_slots(struct queue *queue, size_t slots);

/* It waits from now on. */
void queue_add(struct queue *queue, struct queue_entry *entry);

/* The next to start, which has its slots now; NULL when none can. */
struct queue_entry *queue_take(struct queue *queue);

/* An entry that was taken gives its slots back. */
void queue_done(struct queue *queue, const struct queue_entry *entry);

/* One that waits, in no certain order, without slots; NULL when none does. */
struct queue_entry *queue_drop(struct queue *queue);

#endif
