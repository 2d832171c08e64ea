/* SPDX-License-Identifier: MIT */
/*
 * process - tasks as child processes, a bounded number at once
 *
 * Each task gets a session of its own, its stdin from /dev/null or what it
 * asked for, and pipes for what it prints: the first bytes of each stream are
 * kept for its record, the rest is read and counted. A task is done when its
 * program has ended and its pipes have too, or nobody has written to them for
 * a moment: a process that it left behind and that holds them does not hold
 * the run. Loop's thread.
 */
#ifndef WORK_PROCESS_H
#define WORK_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "flow/flow.h"
#include "work/causes.h"
#include "work/gate.h"
#include "work/output.h"

struct log;
struct loop;
struct process;
struct queue_pool;
struct task;

struct process_options {
    struct loop *loop;
    struct log *log;
    size_t jobs;        /* processes at once, at most */
    int64_t timeout_ms; /* 0: none */
    int64_t grace_ms;   /* between TERM and KILL */
    struct output_options output;
    bool keeps_children; /* what a task leaves when it ends is left alone */
    char **environment;  /* of the tasks, but for what is added */
    const char *path;    /* PATH, or NULL */
    const char *cwd;     /* of tasks that say nothing else; or NULL: ours */
    struct gate gate;    /* of starts; none is closed when zeroed */
    const struct queue_pool *pools; /* borrowed */
    size_t pool_count;
    struct causes again; /* ends that are worth another attempt */
    int nice;            /* added to the niceness of the tasks */
    bool claims;         /* that a task starts is kept before it does */
};

/* NULL and `err` of kind ERR_BUG. */
struct process *process_open(const struct process_options *options,
                             struct err *err);

/* Kills what still runs. NULL is fine. */
void process_close(struct process *p);

/* For struct flow_options; attach before the flow runs. */
struct flow_worker process_worker(struct process *p);
struct flow_work process_work(struct process *p);
void process_attach(struct process *p, struct flow *flow);

/* Start nothing until it is taken back; what runs goes on. */
void process_pause(struct process *p, bool paused);

/* So many at once from now on, 1 or more; those beyond it end by themselves. */
void process_set_jobs(struct process *p, size_t jobs);

/* Cancel the one task of an item that the worker has. Whether it is running,
 * and gets its grace first. */
bool process_cancel(struct process *p, struct item *item);

/* Say what runs now, a row for each with its process, seconds, attempt, id and
 * command, escaped. */
void process_print(const struct process *p, struct log *log);

/* As struct lines_options wants it; `arg` is a struct hash_set of ids, or NULL
 * not to look for duplicates. */
int process_parse(void *arg, struct item *item, size_t *column,
                  struct err *err);

/* The task of an item, which process_parse has read. */
struct task *process_task(const struct item *item);

#endif
