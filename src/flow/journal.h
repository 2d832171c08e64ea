/* SPDX-License-Identifier: MIT */
/*
 * journal - lines of a run that go to a file as they happen
 *
 * What is added is written by a thread of its own, in order, so that a file
 * that is slow stops no timer. What gathers while one piece is written goes out
 * as the next, in the next turn of the loop. Whoever can wait should add
 * nothing while it is full; then what gathers is bounded. After a failure
 * nothing more is written. Loop's thread.
 */
#ifndef FLOW_JOURNAL_H
#define FLOW_JOURNAL_H

#include <stdbool.h>

#include "base/slice.h"

struct err;
struct journal;
struct loop;

/* So many bytes that wait make it full. */
enum { JOURNAL_FULL = 1 << 20 };

/* Begin the file anew. NULL and `err` of kind ERR_CREATE. */
struct journal *journal_open(struct loop *loop, const char *path,
                             struct err *err);

/* For a descriptor that is open, borrowed; its flags stay as they are. */
struct journal *journal_new(struct loop *loop, int fd, const char *name);

/* Waits for a write that is under way, unless it was abandoned: then it stays
 * with its thread. NULL is fine. */
void journal_close(struct journal *j);

/* For a process about to end: leave a write that is stuck. */
void journal_abandon(struct journal *j);

/* After the last: close the file. 0, or -1 and `err` of kind ERR_OUTPUT when
 * something of it was lost. */
int journal_finish(struct journal *j, struct err *err);

/* Called after each write: it is full no more, if it was. */
void journal_on_room(struct journal *j, void (*fn)(void *arg), void *arg);

/* Append whole lines. */
void journal_add(struct journal *j, struct slice lines);

/* Write what has gathered, if nothing is being written: once a turn. */
void journal_send(struct journal *j);

/* Whether nothing more should be added for now. */
bool journal_full(const struct journal *j);

/* Whether a write is under way. */
bool journal_busy(const struct journal *j);

/* Whether all is written, or never will be. */
bool journal_idle(const struct journal *j);

/* errno of the write that failed, or 0. */
int journal_error(const struct journal *j);

const char *journal_name(const struct journal *j);

#endif
