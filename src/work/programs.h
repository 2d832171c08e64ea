/* SPDX-License-Identifier: MIT */
/*
 * programs - where programs are, remembered
 *
 * The lists of tasks name few programs and name them often. What was found in
 * the PATH that all tasks share is kept, until it turns out to be gone. One
 * owner.
 */
#ifndef WORK_PROGRAMS_H
#define WORK_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>

struct programs;

struct programs_query {
    const char *name;
    const char *path_list; /* PATH */
    const char *cwd;       /* where relative entries are; NULL: ours */
    bool is_common;        /* it is the PATH that all tasks share */
};

struct programs *programs_new(void);
void programs_free(struct programs *programs);

/*
 * The path for execve in `cwd`, in `text` of `size` bytes or remembered. NULL
 * with errno when there is none.
 */
const char *programs_find(struct programs *programs,
                          const struct programs_query *query, char *text,
                          size_t size);

/* It is not there any more: whether it was remembered, so that another look
 * may help. */
bool programs_forget(struct programs *programs, const char *name);

#endif
