/* SPDX-License-Identifier: MIT */
/*
 * checkpoint_row - the text of a checkpoint in a database, under a name
 *
 * In the table weir_checkpoint, which is made when there is one to be kept. The
 * caller has the transaction.
 */
#ifndef WORK_CHECKPOINT_ROW_H
#define WORK_CHECKPOINT_ROW_H

#include "base/slice.h"

struct buf;
struct err;
struct sqlite;

/* Append the text, or nothing if there is none. 0, or -1 and `err`. */
int checkpoint_row_read(struct sqlite *db, const char *name, struct buf *text,
                        struct err *err);

int checkpoint_row_write(struct sqlite *db, const char *name, struct slice text,
                         struct err *err);

#endif
