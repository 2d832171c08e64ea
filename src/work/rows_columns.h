/* SPDX-License-Identifier: MIT */
/*
 * rows_columns - the columns of a table, which grow as they are met
 *
 * Names are found whatever the case of their ASCII letters, as SQLite does.
 * Finding is linear: SQLite allows 2000 columns, and it is done once for each
 * kind of object, not for each object. One owner.
 */
#ifndef WORK_ROWS_COLUMNS_H
#define WORK_ROWS_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct err;
struct sqlite;

struct rows_columns {
    struct sqlite *db; /* borrowed */
    struct slice table;
    char **names; /* with a NUL behind each */
    size_t count;
    size_t room;
    bool fixed; /* no more are added */
};

/* Whether a list "a,b:integer" can be meant. 0, or -1 and `err`. */
int rows_columns_check(const char *list, struct err *err);

/* See what the table has, if it is there; and add those of `list`, if it is
 * not NULL: then no others will be. 0, or -1 and `err`. */
int rows_columns_open(struct rows_columns *c, struct sqlite *db,
                      const char *table, const char *list, struct err *err);
void rows_columns_release(struct rows_columns *c);

/* The number of a column, from 0 on; it is added if it may be. -1: there is
 * none, and none is to be; or with `err`, whose kind is else ERR_NONE. */
int rows_columns_find(struct rows_columns *c, struct slice name,
                      struct err *err);

/* The next name of a list with commas, and what follows its colon; false after
 * the last. */
bool rows_columns_next(struct slice *list, struct slice *name,
                       struct slice *type);

#endif
