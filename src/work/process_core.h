/* SPDX-License-Identifier: MIT */
/*
 * process_core - what the files of process share, and nobody else
 *
 * process.c has the pool: the queue, the slots, who starts when. process_run.c
 * has the life of one run in it.
 */
#ifndef WORK_PROCESS_CORE_H
#define WORK_PROCESS_CORE_H

#include <stdbool.h>

#include "base/list.h"
#include "io/spawn.h"
#include "work/environment.h"
#include "work/output.h"
#include "work/process.h"
#include "work/queue.h"
#include "work/task.h"

struct command;
struct loop_timer;

struct process {
    struct process_options o;
    struct flow *flow;
    struct spawn *spawn;
    struct output_share *share;
    int null_fd;
    struct queue *queue; /* runs that wait, by their place */
    struct gate gate;
    struct loop_timer *gate_timer; /* runs while the gate is closed */
    struct list running;           /* runs, by their link */
    size_t running_count;
    unsigned *free_slots; /* a stack */
    size_t free_count;
    size_t slot_count; /* all slots that ever were */
    bool paused;
    struct loop_timer *lack_timer;
    int64_t lack_since_ms; /* 0: there is no lack */
    struct command *command;
    bool stopping;
};

/* The command's part of an item: the task and, while it runs, its process. */
struct run {
    struct process *process;
    struct item *item;
    struct task task;
    struct list link; /* on `running` */
    struct queue_entry place;
    struct spawn_child child;
    struct output output;
    struct loop_timer *timer; /* timeout, then grace, then drain */
    struct environment environment;
    unsigned slot;
    bool ended;         /* the program has; `how` tells */
    bool without_shell; /* it is a line that needed none */
    struct spawn_exit how;
    int64_t drain_until_ms;
    int64_t timeout_ms;
    bool timed_out;
    bool cancelled;
    bool lost;   /* some output could not be written; the run was told */
    bool killed; /* KILL was sent */
};

/* Start the run, which has its slots. False when there is a lack of means and
 * nothing more should be started. The flow hears of a start only when it is
 * one, or failed for good. */
bool process_launch(struct process *p, struct run *r);

/* Ask a run to end; a stopped process acts on TERM only once it goes on. */
void process_terminate(struct run *r);

/* A row of the table of what runs. */
void process_print_run(const struct run *r, int64_t now_us, struct log *log);

/* As struct flow_work has them; `self` is the pool. */
void *process_make_run(void *self, struct item *item);
void process_free_run(void *work);

#endif
