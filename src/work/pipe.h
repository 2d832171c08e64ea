/* SPDX-License-Identifier: MIT */
/*
 * pipe - each block of lines through a fresh process of its own
 *
 * The outputs of the filter for a block are the stdin of `sh -c COMMAND`, and
 * its whole stdout takes their place, with as many lines as it likes. If it
 * fails, or nothing moves for too long, or its output is too large, all lines
 * of the block are rejected and nothing of its output is used. A process need
 * not read all of its stdin. A next stage of transform; loop's thread.
 */
#ifndef WORK_PIPE_H
#define WORK_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "work/transform.h"

struct flow;
struct log;
struct loop;
struct pipe;
struct spawn;

struct pipe_options {
    struct loop *loop;
    struct log *log;
    struct spawn *spawn;
    const char *command; /* for sh -c */
    char **environment;
    size_t jobs;        /* processes at once, at most */
    int64_t timeout_ms; /* without a byte read or written; 0: none */
    size_t max_output;  /* bytes of one process */
    bool joined;        /* its last line needs no newline */
};

struct pipe *pipe_open(const struct pipe_options *options);

/* After spawn_close. NULL is fine. */
void pipe_close(struct pipe *p);

/* For struct transform_options; attach before the flow runs. */
struct transform_next pipe_next(struct pipe *p);
void pipe_attach(struct pipe *p, struct flow *flow);

#endif
