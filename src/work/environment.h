/* SPDX-License-Identifier: MIT */
/*
 * environment - what a task finds in its environment
 *
 * Ours, with the task's additions in place of equal names, and WEIR_TASK_ID,
 * WEIR_ATTEMPT (from 1) and WEIR_SLOT (from 1, not shared by two tasks that
 * run at once). The memory is used again from task to task. One owner.
 */
#ifndef WORK_ENVIRONMENT_H
#define WORK_ENVIRONMENT_H

#include "base/buf.h"

struct environment {
    struct buf entries; /* char pointers, NULL-terminated */
    struct buf texts;   /* the entries of ours */
};

struct environment_facts {
    struct slice id;
    unsigned attempt;
    unsigned slot;
};

void environment_init(struct environment *e);
void environment_release(struct environment *e);

/*
 * `ours` without the variables that each task gets, and with `pwd` ("PWD=...",
 * borrowed), if it is not NULL, in place of PWD. The caller frees the array.
 */
char **environment_base(char **ours, const char *pwd);

/* The environment for execve, good until the next call; `base` is of
 * environment_base. `added` may be NULL. */
char **environment_compose(struct environment *e, char **base, char **added,
                           const struct environment_facts *facts);

/* An environment with entries in place of those of equal names; of several
 * added ones the last stands. The caller frees the array with mem_free, not
 * the entries. */
char **environment_extend(char **ours, const char *const *added, size_t count);

/* The entry WEIR_TASK_ID=... of the last environment composed. */
const char *environment_marker(const struct environment *e);

/* The value of a variable; NULL when there is none. */
const char *environment_find(char **entries, const char *name);

/* PATH as the task has it: of `added` if it is there, else `path`. */
const char *environment_path(char **added, const char *path);

#endif
