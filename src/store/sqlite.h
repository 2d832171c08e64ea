/* SPDX-License-Identifier: MIT */
/*
 * sqlite - a SQLite database: open, statements, what went wrong
 *
 * The only module that knows sqlite3.h, and it knows nothing of what is kept
 * in a database. A connection and its statements belong to one thread at a
 * time; they may be handed over, but not be carried into a child (howtocorrupt
 * section 2.6), and nobody else in the process may open and close the same
 * file: the close would drop SQLite's locks (section 2.2.1).
 *
 * Of all processes at most one may write to a database in WAL mode with what
 * this module opens: SQLite before 3.51.3 can corrupt it when one connection
 * commits while another checkpoints (wal.html section 11). Who only reads never
 * checkpoints.
 *
 * Errors are of kind ERR_OUTPUT where something could not be written, ERR_STATE
 * where the file is no database or a damaged one, ERR_CREATE where it cannot be
 * opened; the text says why, without the file's name; `sys` is the errno that
 * was behind it, if that is known.
 */
#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct buf;
struct err;
struct sqlite;
struct sqlite_statement;

enum sqlite_mode {
    SQLITE_TO_READ,   /* the file has to be there, and is never changed */
    SQLITE_TO_WRITE,  /* the same, to be changed */
    SQLITE_TO_CREATE, /* made, with mode 0600, if it is not there */
};

/*
 * Open a database. Nothing of the file is read yet: that it is none is found
 * by the first statement. Who finds it locked waits for 5 s. NULL and `err`.
 */
struct sqlite *sqlite_open(const char *path, enum sqlite_mode mode,
                           struct err *err);

/* All statements are to be freed before. Rolls back what is not committed. NULL
 * is fine. */
void sqlite_close(struct sqlite *db);

/* Run statements, one or many, that give no rows. 0, or -1 and `err`. */
int sqlite_run(struct sqlite *db, const char *sql, struct err *err);

/* The only column of the first row of a query, such as a pragma: as a number
 * (0 where it is none), or appended to `text`. 0, or -1 and `err`. */
int sqlite_ask_number(struct sqlite *db, const char *sql, int64_t *number,
                      struct err *err);
int sqlite_ask_text(struct sqlite *db, const char *sql, struct buf *text,
                    struct err *err);

/* Whether there is a transaction: some failures end it by themselves. */
bool sqlite_in_transaction(const struct sqlite *db);

/* Whether the last call failed since another process has the database. */
bool sqlite_is_busy(const struct sqlite *db);

/* Rows that the last statement inserted, changed or deleted. */
int64_t sqlite_changes(const struct sqlite *db);

/* One statement, compiled, to be run again and again. NULL and `err`. */
struct sqlite_statement *sqlite_prepare(struct sqlite *db, const char *sql,
                                        struct err *err);
void sqlite_finalize(struct sqlite_statement *statement);

/*
 * Set parameter `n`, from 1 on, until it is set anew. Bytes are borrowed until
 * sqlite_step has returned 0 or -1, or sqlite_reset was called; a slice whose
 * pointer is NULL is SQL's NULL. A value that cannot be set fails the step.
 */
void sqlite_set_number(struct sqlite_statement *statement, int n,
                       int64_t number);
void sqlite_set_real(struct sqlite_statement *statement, int n, double real);
void sqlite_set_text(struct sqlite_statement *statement, int n,
                     struct slice text);
void sqlite_set_blob(struct sqlite_statement *statement, int n,
                     struct slice bytes);
void sqlite_set_null(struct sqlite_statement *statement, int n);

/* 1: there is a row; 0: there is none left; -1 and `err`. After 0 and -1 the
 * statement may be run again. */
int sqlite_step(struct sqlite_statement *statement, struct err *err);

/* Leave what is left of the rows. */
void sqlite_reset(struct sqlite_statement *statement);

/* Column `n`, from 0 on, of the row; bytes are good until the next step. A NULL
 * is 0, or a slice whose pointer is NULL. */
int64_t sqlite_number(const struct sqlite_statement *statement, int n);
double sqlite_real(const struct sqlite_statement *statement, int n);
struct slice sqlite_text(const struct sqlite_statement *statement, int n);
struct slice sqlite_blob(const struct sqlite_statement *statement, int n);
bool sqlite_is_null(const struct sqlite_statement *statement, int n);
bool sqlite_is_text(const struct sqlite_statement *statement, int n);

/* Append a name as SQL has it: in double quotes, those in it doubled. 0, or -1
 * when the buffer is full. */
int sqlite_quote_name(struct buf *sql, struct slice name);

#endif
