/* SPDX-License-Identifier: MIT */
/*
 * feed - what a task reads as its standard input
 */
#ifndef WORK_FEED_H
#define WORK_FEED_H

struct err;
struct task;

/*
 * Open what the task asked for: a file, or a text, which is held in memory; by
 * default `null_fd`. The caller closes any but that. -1 with `err` of kind
 * ERR_UNITS.
 */
int feed_open(const struct task *task, int null_fd, struct err *err);

#endif
