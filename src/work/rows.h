/* SPDX-License-Identifier: MIT */
/*
 * rows - JSON objects into a table of a SQLite database, all or none
 *
 * One transaction from rows_open to rows_commit: who else reads the database
 * sees it as it was before, until all rows are there. Each member of an object
 * is a column of its name, and columns that the table has not are added as they
 * are met, in the same transaction. Values keep what they are: text, a number
 * where SQLite can hold it without loss, else its digits as text; true and
 * false are 1 and 0, arrays and objects their JSON text, as it was written.
 * Columns that are made have no type, unless one was given, so that SQLite
 * changes no value (its documentation calls that affinity BLOB). To SQLite the
 * case of ASCII letters makes no other name.
 *
 * rows_write is called by one thread at a time, rows_check by any, the rest
 * before and after.
 */
#ifndef WORK_ROWS_H
#define WORK_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct err;
struct item;
struct rows;
struct sqlite;

struct rows_options {
    const char *path; /* all borrowed */
    const char *table;
    const char *columns; /* "a,b:integer": these and no others; or NULL */
    const char *upsert;  /* "a,b": a row with these values is replaced by what
                          * comes for it; or NULL */
    bool unchecked;      /* not all lines are known to be JSON */
};

/* Whether the options can be meant. 0, or -1 and `err` of kind ERR_USAGE. */
int rows_options_check(const struct rows_options *options, struct err *err);

/*
 * Open the database, which is made if there is none, and begin. NULL and `err`:
 * ERR_CREATE where it cannot be opened or is none, ERR_HELD where somebody else
 * writes to it, for more than 5 s.
 */
struct rows *rows_open(const struct rows_options *options, struct err *err);

/* Take back what is not committed. NULL is fine. */
void rows_close(struct rows *rows);

/* Why a value can be no row, or NULL. `rows` is one of those above. */
const char *rows_check(void *rows, struct slice json);

/* The lines of item->out, each a row. 0, or an errno: then nothing more can be
 * written, and rows_failed says why. As sink_write_fn. */
int rows_write(void *rows, const struct item *item);

/* The database, in the midst of the transaction: what is written to it is
 * committed with the rows. */
struct sqlite *rows_database(const struct rows *rows);

/* Whether rows_write failed; then with `err`. */
bool rows_failed(const struct rows *rows, struct err *err);

/* All is well: keep it. 0, or -1 and `err`: then nothing is kept. */
int rows_commit(struct rows *rows, struct err *err);

/* Rows written. */
uint64_t rows_count(const struct rows *rows);

#endif
