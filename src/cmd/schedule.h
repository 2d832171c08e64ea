/* SPDX-License-Identifier: MIT */
/*
 * schedule - options that say which task starts when and whether again
 */
#ifndef CMD_SCHEDULE_H
#define CMD_SCHEDULE_H

#include <stdint.h>

#include "cmd/args.h"

struct err;
struct process_options;
struct queue_pool;

/* As given: rows of the command's table fill it. */
struct schedule_options {
    int64_t delay;
    const char *load; /* N or N%, or NULL */
    uint64_t memfree;
    struct args_list pools; /* NAME=N */
    uint64_t nice;
    struct args_list retry_on;
};

/*
 * Fill what they say into `process`. `*pools` is made and used by it: the
 * caller frees, in any case. 0, or -1 with `err` of kind ERR_USAGE.
 */
int schedule_apply(const struct schedule_options *options,
                   struct process_options *process, struct queue_pool **pools,
                   struct err *err);

/* The names in `pools` are the caller's to free too. NULL is fine. */
void schedule_free(struct queue_pool *pools, size_t count);

#endif
