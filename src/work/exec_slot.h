/* SPDX-License-Identifier: MIT */
/*
 * exec_slot - a place for a process of --exec, and the block it works on
 *
 * Where the process ends within a block another takes its place, and goes on
 * where it was. A slot takes one block after another, and gives each back when
 * all its lines are answered or rejected. A part of exec; loop's thread.
 */
#ifndef WORK_EXEC_SLOT_H
#define WORK_EXEC_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "work/coprocess.h"
#include "work/exec.h"
#include "work/exec_block.h"

/* What all slots have in common; exec's storage. */
struct exec_team {
    struct exec_options o;
    struct coprocess_plan plan;
    void *arg;
    /* The item of a block is done: take it. */
    void (*finish)(void *arg, struct item *item);
    /* The run cannot go on, and no line can be blamed for it. */
    void (*fail)(void *arg, const struct err *err);
    bool fruitful;     /* any process gave answers that were taken */
    int64_t linger_ms; /* from the end of a pipe to that of its process */
    bool stopping;     /* set by exec: the run is cancelled */
    bool closing;      /* set by exec: all is answered, the processes may end */
};

/* The owner's storage; it reads the block and whether the process runs. */
struct exec_slot {
    struct exec_team *team;
    struct coprocess process;
    struct exec_block block; /* without an item: idle */
    bool fruitful;           /* the process gave answers that were taken */
    unsigned barren;         /* ends in a row of such that did not */
    enum exec_ending ending;
    struct loop_timer *timer; /* for an answer; when shut or quiet, for that */
    bool shut;                /* a pipe has ended: the process should, too */
    bool quiet;               /* all is answered: will there be more? */
    int64_t since_ms;         /* an answer is due since */
    int64_t slowest_ms;       /* answer to this block */
};

/* Everything but the two functions and their argument. */
void exec_slot_team(struct exec_team *team, const struct exec_options *o);

/* `number` is from 1. */
void exec_slot_init(struct exec_slot *s, struct exec_team *team,
                    unsigned number);

/* After spawn_close. */
void exec_slot_release(struct exec_slot *s);

/* Whether it can take a block. */
bool exec_slot_idle(const struct exec_slot *s);

/* The same once it was heard: what it says before it is asked belongs to the
 * block before, and one that closed its output has to go first. */
bool exec_slot_ready(struct exec_slot *s);

void exec_slot_begin(struct exec_slot *s, struct item *item);

/* What is answered by now stands; nothing more is waited for. */
void exec_slot_stop(struct exec_slot *s);

void exec_slot_suspend(struct exec_slot *s, bool stopped);

/* Tell the process that there will be no more. */
void exec_slot_close(struct exec_slot *s);

#endif
