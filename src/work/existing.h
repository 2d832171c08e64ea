/* SPDX-License-Identifier: MIT */
/*
 * existing - which files are there already, so that nobody has to ask for them
 *
 * A file has its name only when it is whole, so one that is there counts, if
 * its size and its SHA-256 are those of the list, where the list gives them.
 * Sums are read on a pool, EXISTING_AT_ONCE files at a time; the items of the
 * others wait here, in the order in which they came, and are all that waits.
 * Loop's thread.
 */
#ifndef WORK_EXISTING_H
#define WORK_EXISTING_H

#include <stdbool.h>

#include "base/digest.h"

struct existing;
struct exchange_options;
struct item;

enum { EXISTING_AT_ONCE = 2 };

struct existing_options {
    const struct exchange_options *exchange; /* borrowed */
    void *arg;
    /* The file of an item is there, and its hash, or "" if nobody asked for
     * it; or it is to be asked for; or it is not known, after existing_stop.
     * May be called from within existing_ask. */
    void (*there)(void *arg, struct item *item, const char *sha256);
    void (*missing)(void *arg, struct item *item);
    void (*stopped)(void *arg, struct item *item);
};

struct existing *existing_open(const struct existing_options *options);

/* After the pool has ended. NULL is fine. */
void existing_close(struct existing *e);

/* Take an item whose request writes a file, until one of the above. */
void existing_ask(struct existing *e, struct item *item);

/* Give up: every item is told of, now or soon. */
void existing_stop(struct existing *e);

#endif
