/* SPDX-License-Identifier: MIT */
/*
 * inbox - tasks that are given to a run from outside, as a source
 *
 * It stands behind a list: what was put in goes before what is next in the
 * list. The list's end is the run's only once nothing is under way any more,
 * so that as long as tasks run more of them can be taken. When the run stops,
 * what is left in it stays in the state, for the next. Loop's thread.
 */
#ifndef STORE_INBOX_H
#define STORE_INBOX_H

#include "flow/flow.h"

struct inbox;
struct log;
struct loop;

struct inbox_options {
    struct loop *loop;
    struct log *log;
    /* As struct lines_options has it. */
    int (*parse)(void *arg, struct item *item, size_t *column, struct err *err);
    void *arg;
};

struct inbox *inbox_new(const struct inbox_options *options);
void inbox_free(struct inbox *inbox);

/* As a source: what is put in, and `list`. */
struct flow_source inbox_source(struct inbox *inbox, struct flow_source list);

/* Put a line in, which is copied. */
void inbox_add(struct inbox *inbox, struct slice line);

/* The run is not to end before what is about to be put in is there. */
void inbox_hold(struct inbox *inbox);
void inbox_release(struct inbox *inbox);

/* Whether all of the list has been taken. */
bool inbox_list_ended(const struct inbox *inbox);

/* Whether the run has no place for more: it ends. */
bool inbox_closed(const struct inbox *inbox);

#endif
