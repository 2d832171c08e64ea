/* SPDX-License-Identifier: MIT */
/*
 * spool - bytes that wait for their turn: the first in memory, many in a file
 *
 * Up to SPOOL_MEMORY bytes are held in memory. What is more goes, with them,
 * into a file that has no name, so that nothing is left of it however we end.
 * One owner.
 */
#ifndef WORK_SPOOL_H
#define WORK_SPOOL_H

#include "base/buf.h"

struct err;

enum { SPOOL_MEMORY = 64 * 1024 };

struct spool {
    const char *directory; /* for the file; borrowed */
    struct buf memory;
    int file; /* or -1 */
};

void spool_init(struct spool *s, const char *directory);
void spool_release(struct spool *s);

/* Forget all. */
void spool_clear(struct spool *s);

/* Append. 0, or -1 and `err` of kind ERR_OUTPUT. */
int spool_add(struct spool *s, struct slice bytes, struct err *err);

/* Give all of it away: what is in the file, which the caller closes (or -1),
 * then what is appended to `out`. The spool is empty. */
int spool_take(struct spool *s, struct buf *out);

#endif
