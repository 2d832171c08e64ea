/* SPDX-License-Identifier: MIT */
/*
 * outlets - all that a run writes to: the sinks of its results, its journals
 *
 * An item goes to the sink, then to the side sink if there is one, then back.
 * What is lost in any of them is lost for the run. Loop's thread.
 */
#ifndef FLOW_OUTLETS_H
#define FLOW_OUTLETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/sink.h"

struct err;
struct journal;
struct outlets;

enum { OUTLETS_JOURNALS = 4 };

struct outlets_options {
    struct loop *loop;
    int out; /* descriptors of the sinks, borrowed */
    int side;
    sink_write_fn write; /* instead of `out`, or NULL */
    void *write_arg;
    const char *out_name;
    const char *side_name; /* NULL: there is no side */
    int64_t linger_ms;
    size_t linger_items;
    struct journal *journals[OUTLETS_JOURNALS]; /* up to the first NULL */
};

/* `done` gets each item back. */
struct outlets *outlets_open(const struct outlets_options *options,
                             sink_fn done, void *arg);

/*
 * With `left` what is stuck in a write is abandoned to its thread. False if
 * that are items: they have to stay, and so do the outlets.
 */
bool outlets_close(struct outlets *o, bool left);

void outlets_put(struct outlets *o, struct item *item);

/* Once a turn: let the journals write what has gathered. Whether all of it is
 * written, or never will be. */
bool outlets_send(const struct outlets *o);

/* Whether nothing should be begun of which journals would tell. */
bool outlets_full(const struct outlets *o);

/* errno of the write that failed, or 0. */
int outlets_error(const struct outlets *o);

/* Tell in `err`, of kind ERR_OUTPUT, what that was; its sys is EPIPE where a
 * reader of results went away, as it may. Returns -1. */
int outlets_describe(const struct outlets *o, struct err *err);

/* The name of one that does not take what is written, or NULL. */
const char *outlets_stuck(const struct outlets *o);

#endif
