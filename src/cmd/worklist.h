/* SPDX-License-Identifier: MIT */
/*
 * worklist - where run-tasks finds its tasks, and what holds for all of them
 *
 *     [FILE]                       one task a line
 *     -a FILE -- CMD [ARG]...      one task for each line: a word for CMD
 *     -- CMD [ARG]... ::: WORD...  one task for each word
 */
#ifndef CMD_WORKLIST_H
#define CMD_WORKLIST_H

#include <stdbool.h>

#include "cmd/args.h"
#include "flow/lines.h"

struct cmd_context;
struct err;
struct pattern;

struct worklist_options {
    const char *arg_file; /* -a, or NULL */
    bool by_nul;          /* -0 */
    const char *cwd;      /* of the tasks, or NULL */
    struct args_list env; /* NAME=VALUE */
};

struct worklist {
    struct lines_options lines; /* without `parse` where tasks are lines */
    struct pattern *pattern;    /* or NULL: tasks are lines */
    const char *file;
    const char *const *words; /* of the command that takes words, or NULL */
    size_t word_count;
    char **environment;
};

/* Fill `list`, all but the name of the command. 0, or -1 with `err`;
 * worklist_release is right in both cases. */
int worklist_find(struct worklist *list, const struct worklist_options *o,
                  const struct args_list *operands,
                  const struct cmd_context *context, struct err *err);

void worklist_release(struct worklist *list);

#endif
