/* SPDX-License-Identifier: MIT */
/*
 * relay - pieces of a stream become whole lines
 *
 * A line goes to the journal once its newline is there, so that the lines of
 * several streams never mix. One of more than RELAY_LINE bytes is broken by a
 * newline: somebody has to hold it, and memory has an end. One owner.
 */
#ifndef WORK_RELAY_H
#define WORK_RELAY_H

#include "base/buf.h"

struct journal;

enum { RELAY_LINE = 1 << 20 };

struct relay {
    struct journal *journal;
    struct buf line; /* the last one, which has not ended */
};

void relay_init(struct relay *r, struct journal *journal);
void relay_release(struct relay *r);

void relay_add(struct relay *r, struct slice piece);

/* The stream is over: a last line gets the newline that it lacks. */
void relay_end(struct relay *r);

#endif
