/* SPDX-License-Identifier: MIT */
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"

enum { BUSY_MS = 5000, PATH_BYTES = 65536 };

struct sqlite {
    sqlite3 *handle;
};

struct sqlite_statement {
    struct sqlite *db;
    sqlite3_stmt *handle;
    int failed; /* a code of SQLite: a parameter could not be set */
};

/* What a file from strangers may ask for, and what a damaged one may do to us,
 * is turned off; a map of a file gives SIGBUS where a read gives an error. */
static const char careful[] = "PRAGMA trusted_schema=OFF;"
                              "PRAGMA cell_size_check=ON;"
                              "PRAGMA mmap_size=0;"
                              "PRAGMA temp_store=MEMORY;"
                              "PRAGMA foreign_keys=ON;";

static enum err_kind kind_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT: return ERR_STATE;
    case SQLITE_CANTOPEN: return ERR_CREATE;
    case SQLITE_MISUSE:
    case SQLITE_INTERNAL:
    case SQLITE_NOMEM: return ERR_BUG;
    default: return ERR_OUTPUT;
    }
}

/* SQLite's own words say what it did; the system's say why. */
static int fail(const struct sqlite *db, int code, struct err *err)
{
    const char *text =
        db != NULL && db->handle != NULL && sqlite3_errcode(db->handle) != 0
            ? sqlite3_errmsg(db->handle)
            : sqlite3_errstr(code);
    const int sys = db != NULL ? sqlite3_system_errno(db->handle) : 0;
    const int primary = code & 0xff;
    char why[128];

    if (sys == 0 || (primary != SQLITE_IOERR && primary != SQLITE_CANTOPEN))
        return err_set(err, kind_of(code), "%s", text);
    err_set(err, kind_of(code), "%s: %s", text,
            err_describe(sys, why, sizeof why));
    err->sys = sys;
    return -1;
}

/* SQLite would make it with 0644. Made before it is opened: see the header. */
static int create(const char *path, struct err *err)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 && errno != EEXIST)
        return err_sys(err, ERR_CREATE, "cannot be made");
    if (fd >= 0)
        fd_close(fd);
    return 0;
}

static int open_handle(struct sqlite *db, const char *path, int flags,
                       struct err *err)
{
    const int code =
        sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, "unix");

    if (code != SQLITE_OK)
        return fail(db, code, err);
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return sqlite_run(db, careful, err);
}

struct sqlite *sqlite_open(const char *path, enum sqlite_mode mode,
                           struct err *err)
{
    struct sqlite *db = mem_alloc(sizeof *db);
    struct buf name;
    int failed = 0;

    /* What begins with a colon is a name of SQLite's, not a file. */
    buf_init(&name, PATH_BYTES);
    buf_printf(&name, "%s%s", path[0] == ':' ? "./" : "", path);
    if (mode == SQLITE_TO_CREATE)
        failed = create(name.data, err);
    if (!failed)
        failed = open_handle(db, name.data,
                             mode == SQLITE_TO_READ ? SQLITE_OPEN_READONLY
                                                    : SQLITE_OPEN_READWRITE,
                             err);
    buf_release(&name);
    if (!failed)
        return db;
    sqlite_close(db);
    return NULL;
}

void sqlite_close(struct sqlite *db)
{
    if (db == NULL)
        return;
    sqlite3_close_v2(db->handle);
    mem_free(db);
}

int sqlite_run(struct sqlite *db, const char *sql, struct err *err)
{
    const int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? 0 : fail(db, code, err);
}

/* The first row of a query, which is freed by the caller; NULL and `err`. */
static struct sqlite_statement *ask(struct sqlite *db, const char *sql,
                                    struct err *err)
{
    struct sqlite_statement *st = sqlite_prepare(db, sql, err);
    int row;

    if (st == NULL)
        return NULL;
    row = sqlite_step(st, err);
    if (row > 0)
        return st;
    if (row == 0)
        err_set(err, ERR_STATE, "no answer to %s", sql);
    sqlite_finalize(st);
    return NULL;
}

int sqlite_ask_number(struct sqlite *db, const char *sql, int64_t *number,
                      struct err *err)
{
    struct sqlite_statement *st = ask(db, sql, err);

    if (st == NULL)
        return -1;
    *number = sqlite_number(st, 0);
    sqlite_finalize(st);
    return 0;
}

int sqlite_ask_text(struct sqlite *db, const char *sql, struct buf *text,
                    struct err *err)
{
    struct sqlite_statement *st = ask(db, sql, err);

    if (st == NULL)
        return -1;
    buf_add_slice(text, sqlite_text(st, 0));
    sqlite_finalize(st);
    return 0;
}

bool sqlite_in_transaction(const struct sqlite *db)
{
    return sqlite3_get_autocommit(db->handle) == 0;
}

bool sqlite_is_busy(const struct sqlite *db)
{
    return (sqlite3_errcode(db->handle) & 0xff) == SQLITE_BUSY;
}

int64_t sqlite_changes(const struct sqlite *db)
{
    return sqlite3_changes64(db->handle);
}

struct sqlite_statement *sqlite_prepare(struct sqlite *db, const char *sql,
                                        struct err *err)
{
    struct sqlite_statement *st = mem_alloc(sizeof *st);
    const int code = sqlite3_prepare_v3(
        db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &st->handle, NULL);

    st->db = db;
    if (code == SQLITE_OK)
        return st;
    fail(db, code, err);
    mem_free(st);
    return NULL;
}

void sqlite_finalize(struct sqlite_statement *st)
{
    if (st == NULL)
        return;
    sqlite3_finalize(st->handle);
    mem_free(st);
}

static void note(struct sqlite_statement *st, int code)
{
    if (code != SQLITE_OK && st->failed == 0)
        st->failed = code;
}

void sqlite_set_number(struct sqlite_statement *st, int n, int64_t number)
{
    note(st, sqlite3_bind_int64(st->handle, n, number));
}

void sqlite_set_real(struct sqlite_statement *st, int n, double real)
{
    note(st, sqlite3_bind_double(st->handle, n, real));
}

void sqlite_set_text(struct sqlite_statement *st, int n, struct slice text)
{
    note(st, sqlite3_bind_text64(st->handle, n, text.ptr, text.len,
                                 SQLITE_STATIC, SQLITE_UTF8));
}

void sqlite_set_blob(struct sqlite_statement *st, int n, struct slice bytes)
{
    note(st, sqlite3_bind_blob64(st->handle, n, bytes.ptr, bytes.len,
                                 SQLITE_STATIC));
}

void sqlite_set_null(struct sqlite_statement *st, int n)
{
    note(st, sqlite3_bind_null(st->handle, n));
}

int sqlite_step(struct sqlite_statement *st, struct err *err)
{
    int code = st->failed;

    if (code != 0) {
        st->failed = 0;
        sqlite3_reset(st->handle);
        return err_set(err, kind_of(code), "%s", sqlite3_errstr(code));
    }
    code = sqlite3_step(st->handle);
    if (code == SQLITE_ROW)
        return 1;
    if (code != SQLITE_DONE)
        fail(st->db, code, err);
    sqlite3_reset(st->handle);
    return code == SQLITE_DONE ? 0 : -1;
}

void sqlite_reset(struct sqlite_statement *st)
{
    sqlite3_reset(st->handle);
}

int64_t sqlite_number(const struct sqlite_statement *st, int n)
{
    return sqlite3_column_int64(st->handle, n);
}

double sqlite_real(const struct sqlite_statement *st, int n)
{
    return sqlite3_column_double(st->handle, n);
}

struct slice sqlite_text(const struct sqlite_statement *st, int n)
{
    const void *text = sqlite3_column_text(st->handle, n);

    return slice_of(text, (size_t)sqlite3_column_bytes(st->handle, n));
}

/* Of an empty one SQLite gives no pointer; it is no NULL. */
struct slice sqlite_blob(const struct sqlite_statement *st, int n)
{
    const void *bytes = sqlite3_column_blob(st->handle, n);

    if (bytes == NULL && !sqlite_is_null(st, n))
        bytes = "";
    return slice_of(bytes, (size_t)sqlite3_column_bytes(st->handle, n));
}

bool sqlite_is_null(const struct sqlite_statement *st, int n)
{
    return sqlite3_column_type(st->handle, n) == SQLITE_NULL;
}

bool sqlite_is_text(const struct sqlite_statement *st, int n)
{
    return sqlite3_column_type(st->handle, n) == SQLITE_TEXT;
}

int sqlite_quote_name(struct buf *sql, struct slice name)
{
    const size_t before = sql->len;
    int failed = buf_add_char(sql, '"');

    for (size_t i = 0; i < name.len && !failed; i++) {
        failed = buf_add_char(sql, name.ptr[i]);
        if (name.ptr[i] == '"')
            failed |= buf_add_char(sql, '"');
    }
    failed |= buf_add_char(sql, '"');
    if (failed)
        sql->len = before;
    return failed ? -1 : 0;
}
