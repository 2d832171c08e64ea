/* SPDX-License-Identifier: MIT */
/*
 * range - parts of a file, read by whoever works on them
 *
 * A large plain file need not pass through one thread: it is given out as
 * ranges of bytes, and each is read by the thread that has the item. A range
 * stands for the lines that begin in it, so no line is in two and none is
 * lost, though nobody has looked for the newlines before. What lies behind the
 * last newline that the file has when it is opened is left to an ordinary
 * reader: a file that grows has its end there.
 */
#ifndef FLOW_RANGE_H
#define FLOW_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct buf;
struct range_file;

/* The caller's storage; zeroed: none. */
struct range {
    struct range_file *file;
    off_t from; /* lines that begin here or later ... */
    off_t to;   /* ... and before here */
    /* Where those that were read begin and end; `end` is 0 if the last one did
     * not fit. None: both are `to`. The next range begins where this one ends,
     * unless the file was changed meanwhile. */
    off_t begin;
    off_t end;
    bool last; /* of its file */
};

/* Not an errno: the file has no longer what it had when it was opened. */
enum { RANGE_CHANGED = -1 };

/*
 * Take the descriptor's file apart, from where the descriptor stands, which has
 * to be the beginning of a line. NULL if that is impossible or not worth it:
 * no plain file, or less than `least` bytes. With `limit` >= 0 the file ends
 * there. Else the descriptor is moved
 * behind what the ranges will cover, to the beginning of a line; it may be
 * closed at once. Loop's thread.
 */
struct range_file *range_open(int fd, size_t least, off_t limit);

/* The next range, of about `bytes`. False at the end, or after a range that
 * failed. Loop's thread. */
bool range_next(struct range_file *file, size_t bytes, struct range *range);

/* No further ranges; those given out stay good. NULL is fine. Loop's thread. */
void range_close(struct range_file *file);

/*
 * Read the lines of a range into an empty buffer, whose last byte is left free.
 * A line that does not fit has only its start there; it is the last one. 0; or
 * an errno or RANGE_CHANGED (the file ends before the range does), and the
 * whole lines before the fault. Any thread.
 */
int range_read(struct range *range, struct buf *in);

/* Give a range back, and say whether it could not be read. A zeroed one is
 * fine. Loop's thread. */
void range_release(struct range *range, bool failed);

#endif
