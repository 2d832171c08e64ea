/* SPDX-License-Identifier: MIT */
/* What the files of `weir ctl` share. Each verb: 0, or -1 and `err`. */
#ifndef CMD_CTL_CORE_H
#define CMD_CTL_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "cmd/cmd.h"
#include "io/control.h"
#include "show/record.h"
#include "store/store.h"

enum {
    CTL_TEXT_MAX = 1 << 30,
    CTL_KIND_BYTES = 64,
    CTL_ANSWER_MS = 30000, /* for an answer that is given at once */
    CTL_TRY_MS = 50,       /* between two looks at a run that begins or ends */
};

struct ctl_options {
    int format; /* 0: auto, 1: json, 2: text */
    const char *status;
    const char *wait; /* a duration, or NULL */
};

struct ctl {
    const struct cmd_context *context;
    const struct ctl_options *o;
    const char *state;
    const char *arg; /* what follows the verb, or NULL */
    int64_t wait_ms; /* -1: none was given */
    struct buf socket;
    struct store *store;
    struct record record;
    struct item *item; /* what is written */
    struct buf out;
    struct buf flight;     /* what is under way: one object a line */
    struct hash_set shown; /* of these, so that they are not shown twice */
    bool alive;            /* a run has it */
    bool found;
    enum item_status found_status;
    char kind[CTL_KIND_BYTES];
};

/* Ask the run. Its answer, in three parts (ctl_cut_line): a status, a text,
 * JSON; or an outcome that says why not. `key`: what c->arg is given as, or
 * NULL. */
enum control_outcome ctl_ask(struct ctl *c, const char *verb, const char *key,
                             int64_t timeout_ms, struct buf *answer,
                             struct err *err);
struct slice ctl_cut_line(struct slice *rest);

/* Print what the run said; its status is ours. */
int ctl_pass_on(struct ctl *c, const struct buf *answer, struct err *err);
int ctl_print(struct ctl *c, struct err *err);
int ctl_no_task(const struct ctl *c, struct err *err);

/* A verb that is only for a run that is alive. */
int ctl_ask_run(struct ctl *c, const char *verb, const char *key,
                struct err *err);

/* Verbs that look, */
int ctl_list(struct ctl *c, struct err *err);
int ctl_status(struct ctl *c, struct err *err);
int ctl_result(struct ctl *c, struct err *err);
int ctl_wait_end(struct ctl *c, struct err *err);

/* and those that change something: by the run if there is one. */
int ctl_cancel(struct ctl *c, struct err *err);
int ctl_submit(struct ctl *c, struct err *err);

#endif
