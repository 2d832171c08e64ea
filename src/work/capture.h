/* SPDX-License-Identifier: MIT */
/*
 * capture - what a child prints to one of its streams
 *
 * Reads our end of a pipe as data comes: the first bytes are kept, all are
 * counted. Used again for one child after another. Loop's thread.
 */
#ifndef WORK_CAPTURE_H
#define WORK_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct loop;
struct loop_watch;

struct capture {
    struct buf kept;
    uint64_t bytes;
    int fd; /* our end, or -1 once it has ended */
    struct loop_watch *watch;
    void (*on_bytes)(void *arg); /* something was read, or the end */
    void *arg;
};

/* Keep up to `keep` bytes. */
void capture_init(struct capture *c, struct loop *loop, size_t keep,
                  void (*on_bytes)(void *arg), void *arg);
void capture_release(struct capture *c);

/* Make a pipe and read from it; the end for the child in `*child_end`, which
 * the caller closes. 0, or -1 with errno. */
int capture_start(struct capture *c, int *child_end);

/* Read what is there now, within reason. */
void capture_drain(struct capture *c);

/* Read no more. */
void capture_stop(struct capture *c);

/* Whether the pipe has ended: nobody can write to it. */
bool capture_ended(const struct capture *c);

#endif
