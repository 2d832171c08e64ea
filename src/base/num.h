/* SPDX-License-Identifier: MIT */
/*
 * num - numbers with units, as people write them
 *
 * Each reader takes the whole text or refuses it: returns 0, or -1 with a
 * message of kind ERR_USAGE that says what would have been right. Any thread.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdint.h>

#include "base/slice.h"

struct err;

/* A count: decimal digits only. */
int num_count(struct slice text, uint64_t *count, struct err *err);

/* A duration: `250ms 10s 5m 2h 1d`, fractions allowed; bare: seconds. */
int num_duration(struct slice text, int64_t *ms, struct err *err);

/* A size in bytes: `64K 16M 1G`, powers of 1024, fractions allowed. */
int num_size(struct slice text, uint64_t *bytes, struct err *err);

/* How many at once, given the CPUs: `N`, `N%`, `+N`, or 0 for the CPUs. */
int num_jobs(struct slice text, unsigned cpus, uint64_t *jobs, struct err *err);

/* CPUs that this process may use: its affinity and its cgroup's quota. */
unsigned num_cpus(void);

#endif
