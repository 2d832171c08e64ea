/* SPDX-License-Identifier: MIT */
/*
 * control - a socket by which a program that runs can be asked
 *
 * A Unix socket in the file system, for its owner alone (mode 0600). Who
 * connects sends one line, gets one answer, at once or later, and the
 * connection ends; what is left unanswered when the program ends is closed
 * without one. Whoever is slow, sends nonsense or goes away harms nobody else.
 * The server is of the loop's thread; the client blocks.
 */
#ifndef IO_CONTROL_H
#define IO_CONTROL_H

#include <stdint.h>

#include "base/slice.h"

struct buf;
struct control;
struct control_call;
struct err;
struct loop;

/* The longest line of a request, bytes. */
enum { CONTROL_LINE_MAX = 16 * 1024 * 1024 };

struct control_options {
    struct loop *loop;
    const char *path; /* borrowed; a socket that is there is replaced */
    /* A request, without its newline. To be answered, at once or later. */
    void (*asked)(void *arg, struct control_call *call, struct slice line);
    /* Whoever asked has gone before the answer: forget the call. */
    void (*gone)(void *arg, struct control_call *call);
    void *arg;
};

/* NULL and `err` of kind ERR_CREATE. */
struct control *control_open(const struct control_options *options,
                             struct err *err);

/* Removes the socket and ends all calls. NULL is fine. */
void control_close(struct control *control);

/* Send the answer, and end the call. */
void control_answer(struct control_call *call, struct slice text);

enum control_outcome {
    CONTROL_ANSWERED,
    CONTROL_ENDED,  /* without an answer: the program has ended, or ends */
    CONTROL_NOBODY, /* there is none that listens */
    CONTROL_LATE,   /* no answer in time */
    CONTROL_FAILED, /* `err` says why */
};

/* Ask, and append the answer. `timeout_ms` < 0: as long as it takes. */
enum control_outcome control_ask(const char *path, struct slice line,
                                 int64_t timeout_ms, struct buf *answer,
                                 struct err *err);

#endif
