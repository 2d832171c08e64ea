/* SPDX-License-Identifier: MIT */
/*
 * jsonl_since - --checkpoint: what is new in the files since the last run
 *
 * The checkpoint is kept in its file, or with --into in the database, where it
 * is committed with the rows. One owner.
 */
#ifndef CMD_JSONL_SINCE_H
#define CMD_JSONL_SINCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct checkpoint;
struct err;
struct jsonl_options;
struct replace;
struct rows;

/* Zeroed, there is none. */
struct jsonl_since {
    const char *path;
    struct rows *rows; /* the database it is in, or NULL */
    int lock;          /* of its file, while there is a checkpoint */
    struct buf before; /* its text, as it was */
    struct checkpoint *checkpoint;
};

/* Whether the options make sense together. 0 or -1. */
int jsonl_since_check(const struct jsonl_options *o, struct err *err);

/* Open it; `rows` NULL: in its file. 0, or -1 and `err`: ERR_HELD if another
 * run has it, ERR_STATE if it is none. */
int jsonl_since_open(struct jsonl_since *since, const struct jsonl_options *o,
                     struct rows *rows, struct err *err);

/* Keep how far the files were read now, before `output`, which may be NULL, has
 * its name, and with the rows. 0, or -1 and `err`. */
int jsonl_since_keep(struct jsonl_since *since, const struct replace *output,
                     struct err *err);

/* The output could not get its name: what was kept is not true. */
void jsonl_since_take_back(struct jsonl_since *since);

void jsonl_since_close(struct jsonl_since *since);

#endif
