/* SPDX-License-Identifier: MIT */
/*
 * outcome - how a task went, for its record
 *
 * The object under `result` in a record of run-tasks; its keys and their order
 * are in weir-run-tasks(1).
 */
#ifndef WORK_OUTCOME_H
#define WORK_OUTCOME_H

#include <stddef.h>

struct buf;
struct capture;
struct item;
struct spawn_exit;
struct task;

struct outcome {
    const struct spawn_exit *how;
    const struct capture *out;
    const struct capture *err;
};

/* Write the item's result, and what of it is told elsewhere: exit code,
 * signal, bytes, the end of stderr. */
void outcome_write(const struct outcome *outcome, struct item *item);

/* Append the command as a person would write it, as much as there is room for.
 */
void outcome_describe(const struct task *task, struct buf *out);

/* Bytes that an item's `result` must be able to hold. */
size_t outcome_bytes(size_t capture);

#endif
