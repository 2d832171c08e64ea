/* SPDX-License-Identifier: MIT */
/*
 * steer - a run that has a state, as `weir ctl` reaches it
 *
 * A request is {"verb":...} with what the verb needs. An answer is three parts
 * with newlines between: the exit status of ctl, what to say to a person, JSON.
 * What has ended is in the state, where ctl reads it itself; here is what only
 * the run knows, and what changes it.
 *
 *     flight         what is under way, one object a line
 *     await ID       an answer once it has ended, or if it is unknown
 *     end            no answer: the connection ends with the run
 *     cancel ID, submit TASK, pause, resume, jobs N, stop
 */
#ifndef CMD_STEER_H
#define CMD_STEER_H

#include <stddef.h>

#include "flow/flow.h"

struct err;
struct inbox;
struct log;
struct loop;
struct process;
struct resume;
struct steer;
struct store;

struct steer_options {
    struct loop *loop;
    struct log *log;
    const char *state; /* path; the socket is beside it */
    struct store *store;
    struct resume *resume;
    struct inbox *inbox;     /* NULL: nothing can be submitted */
    struct process *process; /* NULL: nothing but stop can be done */
    size_t most_jobs;
};

/* NULL and `err`. The flow comes later. */
struct steer *steer_open(const struct steer_options *options, struct err *err);
void steer_close(struct steer *s);

/* Before it runs. */
void steer_attach(struct steer *s, struct flow *flow);

/* Who is told when something ends: add it to the flow. */
struct flow_watch steer_watch(struct steer *s);

#endif
