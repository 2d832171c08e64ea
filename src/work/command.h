/* SPDX-License-Identifier: MIT */
/*
 * command - the program that a task becomes
 *
 * argv as it is; a line through /bin/sh -c, or without it where that makes no
 * difference (see words). Knows where programs are. One owner.
 */
#ifndef WORK_COMMAND_H
#define WORK_COMMAND_H

#include <stdbool.h>

#include "work/environment.h"

struct command;
struct err;
struct spawn;
struct spawn_child;
struct spawn_exit;
struct spawn_plan;
struct task;

/* `environment` and `path` (its PATH, or NULL) are borrowed. */
struct command *command_open(char **environment, const char *path);
void command_close(struct command *command);

struct command_start {
    struct spawn *spawn;
    const struct task *task;
    struct environment *environment; /* is filled for the task */
    struct environment_facts facts;
    struct spawn_plan *plan; /* what it becomes is filled in */
    struct spawn_child *child;
    bool without_shell; /* told by command_start: its shell was left out */
};

/* As spawn_start. */
int command_start(struct command *command, struct command_start *start,
                  struct err *err);

#endif
