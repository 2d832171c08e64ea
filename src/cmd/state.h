/* SPDX-License-Identifier: MIT */
/*
 * state - --state and the options that go with it
 *
 *     state_lock     before the process divides
 *     state_open     in the process that does the work
 *     state_connect  before the flow is opened
 *     state_end      when it has run
 *     state_close    at the end, in any case
 *
 * Without --state all of them do nothing.
 */
#ifndef CMD_STATE_H
#define CMD_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/args.h"
#include "flow/flow.h"
#include "store/resume.h"

struct common_run;
struct err;
struct inbox;
struct item;
struct log;
struct loop;
struct process;
struct save;
struct steer;
struct store;

struct state_options {
    const char *file;   /* or NULL: no state */
    int durability;     /* enum state_durability */
    int if_running;     /* enum state_if_running */
    int rerun;          /* enum resume_rerun */
    int on_interrupted; /* enum resume_interrupted */
    int on_change;      /* enum resume_changed */
};

enum state_durability { STATE_POWER, STATE_PROCESS };
enum state_if_running { STATE_FAIL, STATE_SKIP, STATE_WAIT };

/* Rows for them. The command's options begin with struct common_options, and
 * right behind is struct state_options. */
extern const struct args_option state_options[];

/* The caller's storage; zeroed, but for `lock`, which is -1. */
struct state {
    const struct state_options *o;
    int lock;         /* the descriptor that holds it */
    bool keeps_lines; /* of the list; set by the command */
    bool revisits;    /* what is completed; set by the command */
    bool dry;         /* look, and write nothing */
    const struct save
        *files; /* that results name; set by the command, or NULL */
    struct ledger_keeper keeper; /* the store's, where files come first */
    struct log *log;
    struct store *store;
    struct store *looker; /* the same, for the loop's thread; if it revisits */
    bool blind;           /* that failed */
    struct resume *resume;
    struct inbox *inbox; /* if the command takes tasks from outside */
    struct steer *steer;
};

/* 0: it is ours, or there is no state; 1: another run has it, and nothing is
 * to be done then; -1 and `err`. */
int state_lock(struct state *s, const struct state_options *o, bool dry,
               struct err *err);

/* `resume` says how tasks are described; the rest is filled in. */
int state_open(struct state *s, const struct common_run *run,
               struct resume_options *resume, struct err *err);

/* Whether tasks must not start before that is kept. */
bool state_claims(const struct state *s);

/* As exchange_options.recall wants it; `arg` is the state. */
void state_recall(void *arg, struct item *item);

/* Whether a list is to be checked for what has changed (resume_check). */
bool state_checks(const struct state *s);

/* Listen for `weir ctl`. `process`: the worker that can be steered, or NULL;
 * at most so many at once. After state_open, before state_connect. */
int state_listen(struct state *s, struct loop *loop, struct process *process,
                 size_t most_jobs, struct err *err);

/* Put the ledger, and what is left to do of f->source, into the flow. */
void state_connect(struct state *s, struct flow_options *f);

/* The flow is open. */
void state_attach(const struct state *s, struct flow *flow);

/* The run has ended with that outcome and error, which may get worse. */
int state_end(struct state *s, struct common_run *run, int outcome,
              struct err *err);

void state_close(struct state *s);

#endif
