/* SPDX-License-Identifier: MIT */
/*
 * pool - a bounded number of threads that run jobs
 *
 * A job is submitted on the loop's thread, run on a pool thread, where it
 * touches itself and nothing else, and handed back to its `done` on the
 * loop's thread. Jobs start in the order in which they were submitted.
 * Threads are started when there is work for them; they block all signals.
 * The only locks of the program are in here.
 */
#ifndef IO_POOL_H
#define IO_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"

struct loop;
struct pool;
struct pool_inbox;

struct pool_job {
    struct list link; /* the pool's while the job is in it */
    /* On a pool thread, whose number (from 0, below the pool's `threads`) lets
     * a job use memory that belongs to the thread. */
    void (*run)(struct pool_job *job, size_t thread);
    void (*done)(struct pool_job *job); /* on the loop's thread */
};

/* A pool of at most `threads`. No thread yet. */
struct pool *pool_open(struct loop *loop, size_t threads);

/* Wait for the jobs that run, and end the threads. Jobs that wait are not
 * run; jobs that are finished are not handed back. NULL is fine. */
void pool_close(struct pool *pool);

/* For a process about to end: leave the pool to its threads, without waiting.
 * Nothing is handed back any more, and the loop may be closed; the pool and
 * what its jobs use have to stay. */
void pool_abandon(struct pool *pool);

/* Give a job to the pool until its `done` is called. */
void pool_submit(struct pool *pool, struct pool_job *job);

/*
 * A job that goes on with one thing after another: what it asks for comes
 * through an inbox, in order, and it waits for that on its thread. What it is
 * done with it gives back by pool_return, as if that had been a job of its own.
 */

/* Before the job is submitted; freed after pool_close. */
struct pool_inbox *pool_inbox_new(struct pool *pool);
void pool_inbox_free(struct pool_inbox *inbox);

/* On the loop's thread: false if the inbox is closed. */
bool pool_inbox_put(struct pool_inbox *inbox, struct pool_job *thing);

/* On the loop's thread: whoever waits for more will not get it. */
void pool_inbox_close(struct pool_inbox *inbox);

/* On the job's thread: wait for the next one; NULL once the inbox is closed. */
struct pool_job *pool_inbox_take(struct pool_inbox *inbox);

/* On the job's thread: `done` is called on the loop's. */
void pool_return(struct pool *pool, struct pool_job *thing);

#endif
