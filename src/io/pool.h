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

#include <stddef.h>

#include "base/list.h"

struct loop;
struct pool;

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

#endif
