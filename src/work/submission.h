/* SPDX-License-Identifier: MIT */
/*
 * submission - a task that is given to a state from outside
 *
 * A line as in a list, but known by an id in any case: one that has none gets
 * one. One owner.
 */
#ifndef WORK_SUBMISSION_H
#define WORK_SUBMISSION_H

#include "base/buf.h"
#include "work/task.h"

struct err;
struct item;

struct submission {
    struct item *item; /* its id, meta and `in`: the line as it is kept */
    struct task task;
};

void submission_init(struct submission *s);
void submission_release(struct submission *s);

/* Read a line; `id` is for one without. 0, or -1 and `err` of kind ERR_LIST. */
int submission_read(struct submission *s, struct slice line, const char *id,
                    struct err *err);

#endif
