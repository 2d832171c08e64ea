/* SPDX-License-Identifier: MIT */
/*
 * exec - lines answered one by one by a pool of long-lived processes
 *
 * Each output of the filter goes as a line to one process, which answers with
 * exactly one line; a block goes to one process. A line is answered in its
 * place or rejected: where a process ends, gives no answer in time or answers
 * what it was not asked, it is replaced, and the lines that it has not answered
 * go to the next one, but for the line whose answer was due. Processes that end
 * again and again without an answer end the run. A next stage of transform;
 * loop's thread.
 */
#ifndef WORK_EXEC_H
#define WORK_EXEC_H

#include <stddef.h>
#include <stdint.h>

#include "work/transform.h"

struct exec;
struct flow;
struct log;
struct loop;
struct spawn;

struct exec_options {
    struct loop *loop;
    struct log *log;
    struct spawn *spawn;
    const char *command; /* for sh -c */
    char **environment;
    size_t jobs;        /* processes, at most */
    int64_t timeout_ms; /* for an answer; 0: none */
    size_t max_line;    /* bytes of an answer */
    size_t max_output;  /* bytes of the answers to a block */
};

struct exec *exec_open(const struct exec_options *options);

/* After spawn_close. NULL is fine. */
void exec_close(struct exec *x);

/* For struct transform_options; attach before the flow runs. */
struct transform_next exec_next(struct exec *x);

/* The flow's source: these blocks; when all are answered, the processes are
 * told by the end of their stdin, and the list ends when they have. */
struct flow_source exec_source(struct exec *x, struct flow_source blocks);
void exec_attach(struct exec *x, struct flow *flow);

#endif
