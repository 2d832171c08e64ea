/* SPDX-License-Identifier: MIT */
/*
 * Objects of one kind, with the same keys in the same order, share a statement
 * and know which member goes to which parameter. What kind it is tells a hash
 * of the keys as they are written, so for most objects no name is looked at.
 * The statement names only the columns that the object has: the others get
 * their default, and keep their value where a row is replaced.
 */
#include "work/rows.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/mem.h"
#include "flow/item.h"
#include "store/sqlite.h"
#include "work/rows_columns.h"
#include "work/rows_value.h"
#include "json/quote.h"
#include "json/scan.h"
#include "json/value.h"

enum {
    KINDS = 128, /* of objects, whose statements are kept */
    KEYS_MAX = 16,
    SQL_BYTES = 1 << 20,
};

/* More pages than the default, for the index that an upsert looks through. */
static const char settings[] = "PRAGMA cache_size=-16384";

/* A kind of object. */
struct kind {
    uint64_t hash;
    struct buf keys; /* as they are written, one behind the other */
    struct sqlite_statement *statement; /* NULL: it is none yet */
    int *parameters;                    /* of each member; 0: left out */
};

struct rows {
    struct rows_options o;
    struct sqlite *db;
    bool made; /* the file was */
    struct rows_columns columns;
    struct slice keys[KEYS_MAX]; /* of the upsert */
    size_t key_count;
    bool indexed; /* they are known to be unique */
    struct hash_key hash_key;
    struct kind kinds[KINDS];
    uint64_t count;

    /* The row at hand. */
    struct buf written; /* its keys */
    struct buf values;  /* struct slice */
    struct buf decoded;
    struct err err; /* why nothing more can be written */
};

int rows_options_check(const struct rows_options *o, struct err *err)
{
    struct slice rest, name, type;
    size_t count = 0;

    if (o->table == NULL || o->table[0] == '\0')
        return err_set(err, ERR_USAGE, "--into needs --table NAME");
    if (o->columns != NULL && rows_columns_check(o->columns, err) < 0)
        return err_wrap(err, "--columns");
    if (o->upsert == NULL)
        return 0;
    rest = slice_text(o->upsert);
    while (rows_columns_next(&rest, &name, &type)) {
        if (name.len == 0 || type.ptr != NULL || ++count > KEYS_MAX)
            return err_set(err, ERR_USAGE,
                           "--upsert: '%.80s' is not a list of at most %d "
                           "names",
                           o->upsert, KEYS_MAX);
    }
    return 0;
}

/* Opening */

/* As other outputs, by the umask. A link is followed. */
static int make_file(struct rows *r, struct err *err)
{
    const int fd = open(r->o.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

    if (fd < 0 && errno != EEXIST)
        return err_sys(err, ERR_CREATE, "cannot be made");
    r->made = fd >= 0;
    fd_close(fd);
    return 0;
}

/* What SQLite says of a file that is none of its own is no fault of a state. */
static int name_kind(struct rows *r, struct err *err)
{
    if (r->db != NULL && sqlite_is_busy(r->db))
        err->kind = ERR_HELD;
    else if (err->kind == ERR_STATE)
        err->kind = ERR_CREATE;
    return -1;
}

static void split_keys(struct rows *r)
{
    struct slice rest = slice_of(NULL, 0), name, type;

    if (r->o.upsert != NULL)
        rest = slice_text(r->o.upsert);
    while (rows_columns_next(&rest, &name, &type))
        r->keys[r->key_count++] = name;
}

static int begin(struct rows *r, struct err *err)
{
    if (make_file(r, err) < 0)
        return -1;
    r->db = sqlite_open(r->o.path, SQLITE_TO_WRITE, err);
    if (r->db == NULL || sqlite_run(r->db, settings, err) < 0 ||
        sqlite_run(r->db, "BEGIN IMMEDIATE", err) < 0 ||
        rows_columns_open(&r->columns, r->db, r->o.table, r->o.columns, err) <
            0)
        return name_kind(r, err);
    return 0;
}

struct rows *rows_open(const struct rows_options *options, struct err *err)
{
    struct rows *r = mem_alloc(sizeof *r);

    r->o = *options;
    r->hash_key = hash_key_new();
    buf_init(&r->written, SIZE_MAX);
    buf_init(&r->values, SIZE_MAX);
    buf_init(&r->decoded, SIZE_MAX);
    for (size_t i = 0; i < KINDS; i++)
        buf_init(&r->kinds[i].keys, SIZE_MAX);
    split_keys(r);
    if (begin(r, err) == 0)
        return r;
    err_wrap(err, "%s", options->path);
    rows_close(r);
    return NULL;
}

static void forget(struct kind *kind)
{
    sqlite_finalize(kind->statement);
    kind->statement = NULL;
    mem_free(kind->parameters);
    kind->parameters = NULL;
}

static void close_database(struct rows *r)
{
    for (size_t i = 0; i < KINDS; i++)
        forget(&r->kinds[i]);
    sqlite_close(r->db);
    r->db = NULL;
}

void rows_close(struct rows *r)
{
    if (r == NULL)
        return;
    close_database(r);
    if (r->made)
        unlink(r->o.path);
    for (size_t i = 0; i < KINDS; i++)
        buf_release(&r->kinds[i].keys);
    rows_columns_release(&r->columns);
    buf_release(&r->written);
    buf_release(&r->values);
    buf_release(&r->decoded);
    mem_free(r);
}

const char *rows_check(void *rows, struct slice json)
{
    const struct rows *r = rows;
    struct value_walk walk;
    struct slice key, value;

    if (value_kind(json) != VALUE_OBJECT)
        return "not an object, which --into needs";
    walk = value_members_begin(json);
    if (!value_members_next(&walk, &key, &value))
        return "an object without a member makes no row";
    for (size_t i = 0; i < r->key_count; i++) {
        if (!value_find(json, r->keys[i], &value) ||
            value_kind(value) == VALUE_NULL)
            return "no value for a column of --upsert";
    }
    return NULL;
}

/* Statements */

/* "(a,b)" of the names of the upsert. */
static int add_keys(const struct rows *r, struct buf *sql)
{
    int failed = 0;

    for (size_t i = 0; i < r->key_count; i++) {
        failed |= buf_add_char(sql, i > 0 ? ',' : '(');
        failed |= sqlite_quote_name(sql, r->keys[i]);
    }
    return failed | buf_add_char(sql, ')');
}

/* Whether the table lets nobody have two rows of these. */
static bool is_unique(const struct rows *r, struct buf *sql)
{
    struct sqlite_statement *st;
    struct err err;

    buf_clear(sql);
    buf_add_text(sql, "INSERT INTO ");
    sqlite_quote_name(sql, slice_text(r->o.table));
    add_keys(r, sql);
    for (size_t i = 0; i < r->key_count; i++)
        buf_add_text(sql, i > 0 ? ",NULL" : " VALUES(NULL");
    buf_add_text(sql, ") ON CONFLICT");
    add_keys(r, sql);
    buf_add(sql, " DO NOTHING", sizeof " DO NOTHING");
    st = sqlite_prepare(r->db, sql->data, &err);
    sqlite_finalize(st);
    return st != NULL;
}

static int make_unique(struct rows *r, struct buf *sql, struct err *err)
{
    struct buf name;
    int failed;

    for (size_t i = 0; i < r->key_count; i++) {
        if (rows_columns_find(&r->columns, r->keys[i], err) < 0)
            return err->kind != ERR_NONE
                       ? -1
                       : err_set(err, ERR_USAGE,
                                 "--upsert: '%.*s' is not among the columns",
                                 (int)r->keys[i].len, r->keys[i].ptr);
    }
    r->indexed = true;
    if (is_unique(r, sql))
        return 0;
    buf_init(&name, SQL_BYTES);
    buf_printf(&name, "%s by %s", r->o.table, r->o.upsert);
    buf_clear(sql);
    buf_add_text(sql, "CREATE UNIQUE INDEX ");
    failed = sqlite_quote_name(sql, buf_slice(&name));
    buf_release(&name);
    failed |= buf_add_text(sql, " ON ");
    failed |= sqlite_quote_name(sql, slice_text(r->o.table));
    failed |= add_keys(r, sql) | buf_add_char(sql, '\0');
    assert(!failed);
    return sqlite_run(r->db, sql->data, err);
}

static bool is_key(const struct rows *r, const char *column)
{
    for (size_t i = 0; i < r->key_count; i++) {
        if (slice_is(r->keys[i], column))
            return true;
    }
    return false;
}

/* " ON CONFLICT (id) DO UPDATE SET a=excluded.a". */
static int add_upsert(const struct rows *r, const int *columns, size_t count,
                      struct buf *sql)
{
    int failed = buf_add_text(sql, " ON CONFLICT") | add_keys(r, sql);
    const char *before = " DO UPDATE SET ";

    for (size_t i = 0; i < count; i++) {
        const char *name = r->columns.names[columns[i]];

        if (is_key(r, name))
            continue;
        failed |= buf_add_text(sql, before);
        failed |= sqlite_quote_name(sql, slice_text(name));
        failed |= buf_add_text(sql, "=excluded.");
        failed |= sqlite_quote_name(sql, slice_text(name));
        before = ",";
    }
    return before[0] == ',' ? failed
                            : failed | buf_add_text(sql, " DO NOTHING");
}

/* An INSERT of these columns, in this order. */
static int write_insert(const struct rows *r, const int *columns, size_t count,
                        struct buf *sql)
{
    int failed;

    buf_clear(sql);
    failed = buf_add_text(sql, "INSERT INTO ");
    failed |= sqlite_quote_name(sql, slice_text(r->o.table));
    if (count == 0)
        failed |= buf_add_text(sql, " DEFAULT VALUES");
    for (size_t i = 0; i < count; i++) {
        failed |= buf_add_char(sql, i > 0 ? ',' : '(');
        failed |=
            sqlite_quote_name(sql, slice_text(r->columns.names[columns[i]]));
    }
    for (size_t i = 0; i < count; i++)
        failed |= buf_add_text(sql, i > 0 ? ",?" : ") VALUES(?");
    failed |= buf_add_text(sql, count > 0 ? ")" : "");
    if (r->key_count > 0)
        failed |= add_upsert(r, columns, count, sql);
    return failed | buf_add_char(sql, '\0');
}

/* Which column each member has, and which parameter. Of members of one name the
 * last counts, as everywhere else; but names that only SQLite takes for one
 * would lose a value. */
static int place_members(struct rows *r, struct slice object, int *parameters,
                         int *columns, size_t *count)
{
    struct value_walk walk = value_members_begin(object);
    struct buf *name = &r->decoded;
    struct slice key, value;

    *count = 0;
    for (size_t i = 0; value_members_next(&walk, &key, &value); i++) {
        size_t at = 0;
        int column;

        buf_clear(name);
        quote_read(name, key);
        column = rows_columns_find(&r->columns, buf_slice(name), &r->err);
        if (column < 0 && r->err.kind != ERR_NONE)
            return -1;
        parameters[i] = 0;
        if (column < 0)
            continue;
        while (at < *count && columns[at] != column)
            at++;
        if (at == *count)
            columns[(*count)++] = column;
        parameters[i] = (int)at + 1;
    }
    return 0;
}

/* Two keys of one column: the last member wins only if they are one key. */
static int check_names(struct rows *r, struct slice object,
                       const int *parameters)
{
    struct value_walk walk = value_members_begin(object), other;
    struct slice key, twin, value;

    for (size_t i = 0; value_members_next(&walk, &key, &value); i++) {
        other = walk;
        for (size_t k = i + 1; value_members_next(&other, &twin, &value); k++) {
            if (parameters[i] != 0 && parameters[i] == parameters[k] &&
                !slice_equal(key, twin))
                return err_set(&r->err, ERR_OUTPUT,
                               "%.*s and %.*s are one column to SQLite",
                               key.len > 80 ? 80 : (int)key.len, key.ptr,
                               twin.len > 80 ? 80 : (int)twin.len, twin.ptr);
        }
    }
    return 0;
}

static int make_kind(struct rows *r, struct slice object, struct kind *kind)
{
    const size_t members = r->values.len / sizeof(struct slice);
    int *columns = mem_alloc_array(members + 1, sizeof *columns);
    size_t count;
    struct buf sql;
    int failed;

    forget(kind);
    kind->parameters = mem_alloc_array(members + 1, sizeof *kind->parameters);
    buf_clear(&kind->keys);
    buf_add_slice(&kind->keys, buf_slice(&r->written));
    buf_init(&sql, SQL_BYTES);
    failed = place_members(r, object, kind->parameters, columns, &count);
    if (!failed)
        failed = check_names(r, object, kind->parameters);
    if (!failed && r->key_count > 0 && !r->indexed)
        failed = make_unique(r, &sql, &r->err);
    if (!failed && write_insert(r, columns, count, &sql))
        failed = err_set(&r->err, ERR_OUTPUT, "too many columns at once");
    if (!failed)
        kind->statement = sqlite_prepare(r->db, sql.data, &r->err);
    buf_release(&sql);
    mem_free(columns);
    return kind->statement != NULL ? 0 : -1;
}

/* Writing */

static void gather(struct rows *r, struct slice object)
{
    struct value_walk walk = value_members_begin(object);
    struct slice key, value;

    buf_clear(&r->written);
    buf_clear(&r->values);
    while (value_members_next(&walk, &key, &value)) {
        buf_add_slice(&r->written, key);
        buf_add(&r->values, &value, sizeof value);
    }
}

static int find_kind(struct rows *r, struct slice object, struct kind **found)
{
    const struct slice keys = buf_slice(&r->written);
    const uint64_t hash = hash_bytes(r->hash_key, keys);
    struct kind *kind = &r->kinds[hash % KINDS];

    *found = kind;
    if (kind->statement != NULL && kind->hash == hash &&
        slice_equal(buf_slice(&kind->keys), keys))
        return 0;
    kind->hash = hash;
    return make_kind(r, object, kind);
}

static int add_row(struct rows *r, struct slice object)
{
    const struct slice *values;
    struct kind *kind;

    gather(r, object);
    if (find_kind(r, object, &kind) < 0)
        return -1;
    values = (const struct slice *)(const void *)r->values.data;
    buf_clear(&r->decoded);
    buf_reserve(&r->decoded, object.len);
    for (size_t i = 0; i < r->values.len / sizeof *values; i++) {
        if (kind->parameters[i] != 0)
            rows_value_set(kind->statement, kind->parameters[i], values[i],
                           &r->decoded);
    }
    if (sqlite_step(kind->statement, &r->err) < 0)
        return -1;
    r->count++;
    return 0;
}

/* What a process answered may be anything. */
static int check_line(struct rows *r, struct slice line, struct slice *value)
{
    struct scan_fault fault;
    const char *reason = NULL;

    *value = line;
    if (r->o.unchecked && scan_line(line, SCAN_DEPTH, value, &fault) != 0)
        reason = "invalid JSON";
    if (reason == NULL && r->o.unchecked)
        reason = rows_check(r, *value);
    return reason == NULL ? 0 : err_set(&r->err, ERR_OUTPUT, "%s", reason);
}

static int fail(struct rows *r)
{
    err_wrap(&r->err, "%s: row %llu", r->o.path,
             (unsigned long long)r->count + 1);
    if (r->err.kind != ERR_USAGE)
        r->err.kind = ERR_OUTPUT;
    return r->err.sys != 0 ? r->err.sys : EIO;
}

int rows_write(void *rows, const struct item *item)
{
    struct rows *r = rows;
    const char *at = item->out.data;
    const char *const end = at + item->out.len;

    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const size_t len = (size_t)((newline ? newline : end) - at);
        struct slice value;

        if (check_line(r, slice_of(at, len), &value) < 0 ||
            add_row(r, value) < 0)
            return fail(r);
        at += len + 1;
    }
    return 0;
}

bool rows_failed(const struct rows *r, struct err *err)
{
    if (r->err.text[0] == '\0')
        return false;
    *err = r->err;
    return true;
}

int rows_commit(struct rows *r, struct err *err)
{
    if (sqlite_run(r->db, "COMMIT", err) < 0) {
        if (sqlite_is_busy(r->db))
            err->kind = ERR_HELD;
        return err_wrap(err, "%s", r->o.path);
    }
    r->made = false;
    close_database(r);
    return 0;
}

struct sqlite *rows_database(const struct rows *r)
{
    return r->db;
}

uint64_t rows_count(const struct rows *r)
{
    return r->count;
}
