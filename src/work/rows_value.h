/* SPDX-License-Identifier: MIT */
/* rows_value - a JSON value as SQLite's, without loss; see rows.h */
#ifndef WORK_ROWS_VALUE_H
#define WORK_ROWS_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct buf;
struct sqlite_statement;

/*
 * Set parameter `n` to a value, which is borrowed as sqlite_set_text has it. A
 * string with escapes is decoded into `room`, which must have as many bytes
 * left as the value has: what is there must not move.
 */
void rows_value_set(struct sqlite_statement *st, int n, struct slice value,
                    struct buf *room);

/* What a number is. */
enum rows_number { ROWS_INTEGER, ROWS_REAL, ROWS_DIGITS };

/*
 * A JSON number as SQLite can hold it: an integer of 64 bits; a double, if what
 * that prints with 17 digits, or at most 15 that were given, is the same
 * number; or neither.
 */
enum rows_number rows_value_number(struct slice number, int64_t *integer,
                                   double *real);

#endif
