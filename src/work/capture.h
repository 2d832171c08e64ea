/* SPDX-License-Identifier: MIT */
/*
 * capture - what a child prints to one of its streams
 *
 * Reads our end of a pipe as data comes: the first bytes are kept, and of the
 * rest the last ones; all are counted, and handed on if somebody takes them.
 * While it is paused nothing is read, so that the child waits. Used again for
 * one child after another. Loop's thread.
 */
#ifndef WORK_CAPTURE_H
#define WORK_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct loop;
struct loop_watch;

enum { CAPTURE_TAIL = 4096 }; /* last bytes that are kept, at least */

struct capture_calls {
    void *arg;
    void (*on_bytes)(void *arg); /* something was read, or the end */
    /* Each piece as it is read; NULL: nobody takes them. */
    void (*take)(void *arg, struct slice piece);
};

struct capture {
    struct buf kept;
    struct buf tail; /* the last of what is not in `kept` */
    uint64_t bytes;
    int fd; /* our end, or -1 once it has ended */
    bool paused;
    struct loop_watch *watch;
    struct capture_calls calls;
};

/* Keep the first `keep` bytes. */
void capture_init(struct capture *c, struct loop *loop, size_t keep,
                  const struct capture_calls *calls);
void capture_release(struct capture *c);

/* Make a pipe and read from it; the end for the child in `*child_end`, which
 * the caller closes. 0, or -1 with errno. */
int capture_start(struct capture *c, int *child_end);

/* Read what is there now, within reason, unless paused. */
void capture_drain(struct capture *c);

/* As if this had been read. */
void capture_add(struct capture *c, struct slice piece);

/* Read nothing until capture_resume. */
void capture_pause(struct capture *c);
void capture_resume(struct capture *c);

/* Read no more. */
void capture_stop(struct capture *c);

/* Whether the pipe has ended: nobody can write to it. */
bool capture_ended(const struct capture *c);

/* Whether bytes came that are not in capture_head. */
bool capture_truncated(const struct capture *c);

/* The first bytes, and the last `most` of those that came after them; where
 * they were cut within a character of UTF-8, that is left out. */
struct slice capture_head(const struct capture *c);
struct slice capture_tail(const struct capture *c, size_t most);

/* Append the last `most` bytes of all, or as many as are kept. */
void capture_add_end(const struct capture *c, size_t most, struct buf *out);

#endif
