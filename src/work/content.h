/* SPDX-License-Identifier: MIT */
/*
 * content - what makes a task run what it runs, for store/identity.h
 *
 * Its command or its arguments, directory, variables and stdin, as far as they
 * were given; what is around it (timeout, retries, after, priority, slots,
 * ok_exit, meta) is not, and neither is where in the list it stands.
 */
#ifndef WORK_CONTENT_H
#define WORK_CONTENT_H

#include <stddef.h>

struct identity;
struct item;

/* What holds for all tasks of a run; borrowed. */
struct content {
    const char *cwd;        /* --cwd, or NULL */
    const char *const *env; /* --env */
    size_t env_count;
    const char *const *words; /* of the command that takes words, or NULL */
    size_t word_count;
};

/* As struct resume_options wants it, `arg` a struct content. The task of the
 * item was parsed. */
void content_describe(void *arg, const struct item *item, struct identity *i);

#endif
