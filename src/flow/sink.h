/* SPDX-License-Identifier: MIT */
/*
 * sink - writes what finished items carry, in the order given
 *
 * The writing is done by a thread of its own, so that a slow pipe stops no
 * timer and stdout needs no change of its flags. What has gathered while one
 * batch is written goes out as the next, many items in one call. After a
 * failure nothing more is written: items come back at once.
 *
 * To wake the thread costs as much as a short task. A sink that lingers lets
 * items gather for so long after a batch was begun, unless a few are there.
 */
#ifndef FLOW_SINK_H
#define FLOW_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct item;
struct loop;
struct sink;

/* Called on the loop's thread: the item is written, or never will be. */
typedef void (*sink_fn)(void *arg, struct item *item);

/* What of an item a sink writes. */
enum sink_part {
    SINK_OUT,
    SINK_SIDE,
};

/* `fd` is borrowed and its flags stay as they are. */
struct sink *sink_open(struct loop *loop, int fd, enum sink_part part,
                       sink_fn done, void *arg);

/* Writes an item elsewhere: 0, or an errno. On the sink's thread. */
typedef int (*sink_write_fn)(void *arg, const struct item *item);

/* Write by `fn`, not to the descriptor. Before the first item. */
void sink_write_by(struct sink *sink, sink_write_fn fn, void *arg);

/* Waits for a write that is under way; items in it are not handed back. */
void sink_close(struct sink *sink);

/* For a process about to end: leave a write that is stuck to its thread, and
 * all that it uses in place. NULL is fine. */
void sink_abandon(struct sink *sink);

/* Begin batches no sooner than so long after one another, unless so many items
 * wait; 0 ms, as at first: at once. */
void sink_linger(struct sink *sink, int64_t ms, size_t items);

/* Whether a write is under way, which sink_close would wait for. */
bool sink_busy(const struct sink *sink);

/* Takes the item and writes its part. */
void sink_put(struct sink *sink, struct item *item);

/* errno of the write that failed, or 0. */
int sink_error(const struct sink *sink);

/* Bytes written so far. */
uint64_t sink_bytes(const struct sink *sink);

#endif
