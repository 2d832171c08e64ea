/* SPDX-License-Identifier: MIT */
/*
 * jsonl_given - what the command line gives a program besides its input
 *
 * The program's text and where its modules are, the files of its input, and its
 * variables: $ENV, $ARGS and those of --arg and its kin. Of two of one name the
 * first counts, as in jq. Everything lives until the release. Loop's thread,
 * before the run.
 */
#ifndef CMD_JSONL_GIVEN_H
#define CMD_JSONL_GIVEN_H

#include <limits.h>

#include "base/buf.h"
#include "jq/code.h"
#include "jq/eval.h"
#include "jq/module.h"

struct args_list;
struct err;
struct jsonl_options;

/* The caller's storage. */
struct jsonl_given {
    struct slice program;
    const char *program_name; /* of --from-file, or NULL */
    const char **files;
    size_t file_count;
    struct code_global *globals;
    size_t global_count;

    struct module_search search; /* for modules */
    char origin[PATH_MAX];       /* of weir, for that */

    struct eval store; /* has the values; it runs nothing */
    struct buf text;   /* of --from-file */
};

/* 0, or -1: a file cannot be read, or a text is no JSON. */
int jsonl_given_init(struct jsonl_given *g, const struct jsonl_options *o,
                     const struct args_list *operands, char **environment,
                     struct err *err);
void jsonl_given_release(struct jsonl_given *g);

#endif
