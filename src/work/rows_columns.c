/* SPDX-License-Identifier: MIT */
#include "work/rows_columns.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/sqlite.h"

enum { SQL_BYTES = 1 << 20 };

/* What may follow a colon. "any" is no type at all. */
static const char *const types[] = {"any", "text", "integer", "real",
                                    "numeric"};

enum { TYPES = sizeof types / sizeof types[0] };

bool rows_columns_next(struct slice *list, struct slice *name,
                       struct slice *type)
{
    const char *comma, *colon;

    if (list->ptr == NULL)
        return false;
    comma = list->len > 0 ? memchr(list->ptr, ',', list->len) : NULL;
    *name = *list;
    if (comma != NULL)
        name->len = (size_t)(comma - list->ptr);
    *list = comma == NULL ? slice_of(NULL, 0)
                          : slice_of(comma + 1, list->len - name->len - 1);
    *type = slice_of(NULL, 0);
    colon = name->len > 0 ? memchr(name->ptr, ':', name->len) : NULL;
    if (colon != NULL) {
        *type =
            slice_of(colon + 1, (size_t)(name->ptr + name->len - colon) - 1);
        name->len = (size_t)(colon - name->ptr);
    }
    return true;
}

static bool is_type(struct slice type)
{
    for (size_t i = 0; i < TYPES; i++) {
        if (slice_is(type, types[i]))
            return true;
    }
    return type.ptr == NULL;
}

int rows_columns_check(const char *list, struct err *err)
{
    struct slice rest = slice_text(list), name, type;

    while (rows_columns_next(&rest, &name, &type)) {
        if (name.len == 0)
            return err_set(err, ERR_USAGE, "'%.80s': an empty name", list);
        if (!is_type(type))
            return err_set(err, ERR_USAGE,
                           "'%.*s': a type is any, text, integer, real or "
                           "numeric",
                           type.len > 40 ? 40 : (int)type.len, type.ptr);
    }
    return 0;
}

static void note(struct rows_columns *c, struct slice name)
{
    if (c->count == c->room) {
        c->room = c->room > 0 ? 2 * c->room : 16;
        c->names = mem_resize(c->names, c->room * sizeof *c->names);
    }
    c->names[c->count++] = mem_copy_text(name.ptr, name.len);
}

static int find(const struct rows_columns *c, struct slice name)
{
    for (size_t i = 0; i < c->count; i++) {
        if (strlen(c->names[i]) == name.len &&
            strncasecmp(c->names[i], name.ptr, name.len) == 0)
            return (int)i;
    }
    return -1;
}

static int read_table(struct rows_columns *c, struct err *err)
{
    struct sqlite_statement *st =
        sqlite_prepare(c->db, "SELECT name FROM pragma_table_info(?1)", err);
    int row;

    if (st == NULL)
        return -1;
    sqlite_set_text(st, 1, c->table);
    while ((row = sqlite_step(st, err)) > 0)
        note(c, sqlite_text(st, 0));
    sqlite_finalize(st);
    return row;
}

/* The first column makes the table. */
static int add(struct rows_columns *c, struct slice name, struct slice type,
               struct err *err)
{
    struct buf sql;
    int failed;

    buf_init(&sql, SQL_BYTES);
    buf_add_text(&sql, c->count > 0 ? "ALTER TABLE " : "CREATE TABLE ");
    failed = sqlite_quote_name(&sql, c->table);
    failed |= buf_add_text(&sql, c->count > 0 ? " ADD COLUMN " : " (");
    failed |= sqlite_quote_name(&sql, name);
    if (type.len > 0 && !slice_is(type, "any"))
        failed |= buf_add_char(&sql, ' ') | buf_add_slice(&sql, type);
    failed |= buf_add_text(&sql, c->count > 0 ? "" : ")");
    failed |= buf_add_char(&sql, '\0');
    if (failed)
        err_set(err, ERR_OUTPUT, "the name of a column is too long");
    else
        failed = sqlite_run(c->db, sql.data, err);
    buf_release(&sql);
    if (failed)
        return -1;
    note(c, name);
    return (int)c->count - 1;
}

int rows_columns_open(struct rows_columns *c, struct sqlite *db,
                      const char *table, const char *list, struct err *err)
{
    struct slice rest = slice_of(NULL, 0), name, type;

    *c = (struct rows_columns){.db = db, .table = slice_text(table)};
    if (read_table(c, err) < 0)
        return -1;
    if (list != NULL)
        rest = slice_text(list);
    while (rows_columns_next(&rest, &name, &type)) {
        if (find(c, name) < 0 && add(c, name, type, err) < 0)
            return -1;
    }
    c->fixed = list != NULL;
    return 0;
}

void rows_columns_release(struct rows_columns *c)
{
    for (size_t i = 0; i < c->count; i++)
        mem_free(c->names[i]);
    mem_free(c->names);
    *c = (struct rows_columns){0};
}

int rows_columns_find(struct rows_columns *c, struct slice name,
                      struct err *err)
{
    const int found = find(c, name);

    err->kind = ERR_NONE;
    if (found >= 0 || c->fixed)
        return found;
    if (name.len > 0 && memchr(name.ptr, '\0', name.len) != NULL)
        return err_set(err, ERR_OUTPUT,
                       "a key with a NUL in it can be no column");
    return add(c, name, slice_of(NULL, 0), err);
}
