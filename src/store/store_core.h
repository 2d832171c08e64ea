/* SPDX-License-Identifier: MIT */
/*
 * store_core - what the files of store share, and nobody else
 *
 * store.c writes, store_open.c judges a file and makes the tables,
 * store_read.c reads. All of SQL is in these three.
 */
#ifndef STORE_STORE_CORE_H
#define STORE_STORE_CORE_H

#include "base/buf.h"
#include "store/sqlite.h"
#include "store/store.h"

struct store {
    struct sqlite *db;
    struct buf path;
    int64_t run;
    bool lines; /* are kept */
    struct sqlite_statement *begin;
    struct sqlite_statement *commit;
    struct sqlite_statement *add;    /* a task that is new */
    struct sqlite_statement *change; /* one that is there */
    struct sqlite_statement *mark;   /* one that runs */
    struct sqlite_statement *unmark; /* one that runs no more */
    struct sqlite_statement *attempt;
    struct sqlite_statement *version; /* of what was completed: keep it */
    struct sqlite_statement *forget;  /* it */
    struct sqlite_statement *outdate; /* forget that of another content */
    struct sqlite_statement *recall;  /* it; NULL until it is asked for */
};

/* store_open.c: open the database at a path, if it is a state or can become
 * one. */
struct sqlite *store_open_database(const struct store_options *options,
                                   struct err *err);

/* Likewise to read only. */
struct sqlite *store_open_to_look(const char *path, struct err *err);

#endif
