/* SPDX-License-Identifier: MIT */
/*
 * ahead - requests of a list that are read before their hosts can use them
 *
 * It stands between the list and the flow. There each host may have a part of
 * the items for requests that wait, and what the list has for it beyond that is
 * put by, as text and a few numbers. So the list
 * is read on, and a host far down in it is found, however many requests of
 * others are before it; and no host can take all of the items. Those of one
 * host keep their order, and are never passed by one another.
 *
 * So many are put by, and so many bytes; only while to read on may help. A run
 * that stops is given all of them, for the worker to cancel. Loop's thread.
 */
#ifndef WORK_AHEAD_H
#define WORK_AHEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/flow.h"

struct ahead;
struct loop;

struct ahead_options {
    struct loop *loop;
    struct flow_source list; /* of items whose work is a struct request */
    size_t items;            /* of the run */
    size_t most;             /* requests put by */
    size_t most_bytes;       /* likewise; the last may go beyond */
    /* Whether a place is free, or places are long in coming. */
    bool (*wanted)(void *arg);
    void *arg;
};

struct ahead *ahead_open(const struct ahead_options *options);
void ahead_close(struct ahead *a);

/* For struct flow_options: in place of the list; and who has to hear of it. */
struct flow_source ahead_source(struct ahead *a);
struct flow_watch ahead_watch(struct ahead *a);

#endif
