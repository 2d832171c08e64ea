/* SPDX-License-Identifier: MIT */
/*
 * content - what makes a unit what it is, for store/identity.h
 *
 * Its command or its arguments, directory, variables and stdin, as far as they
 * were given; what is around it (timeout, retries, after, priority, slots,
 * ok_exit, meta) is not, and neither is where in the list it stands. Of a
 * request: its method, URL, headers and body, and where its body goes.
 */
#ifndef WORK_CONTENT_H
#define WORK_CONTENT_H

#include <stddef.h>

struct identity;
struct item;
struct request;

/* What holds for all tasks of a run; borrowed. */
struct content {
    const char *cwd;        /* --cwd, or NULL */
    const char *const *env; /* --env */
    size_t env_count;
    const char *const *words; /* of the command that takes words, or NULL */
    size_t word_count;
};

/* Likewise for requests. */
struct content_requests {
    const struct request *defaults;
    const char *directory; /* of files, or NULL */
    const char *file;      /* of all of them, or NULL */
};

/* As struct resume_options wants it, `arg` a struct content_requests. The
 * request of the item was parsed. */
void content_describe_request(void *arg, const struct item *item,
                              struct identity *i);

/* As struct resume_options wants it, `arg` a struct content. The task of the
 * item was parsed. */
void content_describe(void *arg, const struct item *item, struct identity *i);

#endif
