/* SPDX-License-Identifier: MIT */
#include "work/checkpoint_row.h"

#include <stdint.h>

#include "base/buf.h"
#include "store/sqlite.h"

int checkpoint_row_read(struct sqlite *db, const char *name, struct buf *text,
                        struct err *err)
{
    struct sqlite_statement *st;
    int64_t there = 0;
    int row;

    if (sqlite_ask_number(db,
                          "SELECT count(*) FROM sqlite_master "
                          "WHERE type = 'table' AND name = 'weir_checkpoint'",
                          &there, err) < 0)
        return -1;
    if (there == 0)
        return 0;
    st = sqlite_prepare(db, "SELECT text FROM weir_checkpoint WHERE name = ?1",
                        err);
    if (st == NULL)
        return -1;
    sqlite_set_text(st, 1, slice_text(name));
    row = sqlite_step(st, err);
    if (row > 0)
        buf_add_slice(text, sqlite_text(st, 0));
    sqlite_finalize(st);
    return row < 0 ? -1 : 0;
}

int checkpoint_row_write(struct sqlite *db, const char *name, struct slice text,
                         struct err *err)
{
    struct sqlite_statement *st;
    int row;

    if (sqlite_run(db,
                   "CREATE TABLE IF NOT EXISTS weir_checkpoint "
                   "(name TEXT PRIMARY KEY, text TEXT NOT NULL)",
                   err) < 0)
        return -1;
    st = sqlite_prepare(db,
                        "INSERT INTO weir_checkpoint (name, text) VALUES "
                        "(?1, ?2) ON CONFLICT (name) DO UPDATE SET text = "
                        "excluded.text",
                        err);
    if (st == NULL)
        return -1;
    sqlite_set_text(st, 1, slice_text(name));
    sqlite_set_text(st, 2, text);
    row = sqlite_step(st, err);
    sqlite_finalize(st);
    return row < 0 ? -1 : 0;
}
