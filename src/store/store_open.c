/* SPDX-License-Identifier: MIT */
/*
 * A file is judged through a connection that cannot change it, and that does
 * not write its log into it when it is closed: what is refused stays as it was.
 */
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/replace.h"
#include "store/store_core.h"

enum { PATH_BYTES = 65536, ANSWER_BYTES = 4096 };

/* "WEIR": tells file(1), and us, whose database it is. */
#define APPLICATION 0x57454952

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

/* Explained in weir-state(5): whoever changes it changes STORE_VERSION and the
 * manual too. */
static const char schema[] =
    "BEGIN IMMEDIATE;"
    "PRAGMA application_id=" TEXT(
        APPLICATION) ";"
                     "PRAGMA user_version=1;"
                     "CREATE TABLE runs("
                     " run_id INTEGER PRIMARY KEY,"
                     " command TEXT NOT NULL,"
                     " version TEXT NOT NULL,"
                     " host TEXT NOT NULL,"
                     " pid INTEGER NOT NULL,"
                     " state TEXT NOT NULL,"
                     " started_ms INTEGER NOT NULL,"
                     " ended_ms INTEGER,"
                     " exit_status INTEGER,"
                     " completed INTEGER,"
                     " failed INTEGER,"
                     " cancelled INTEGER,"
                     " skipped INTEGER"
                     ") STRICT;"
                     "CREATE TABLE tasks("
                     " task_id INTEGER PRIMARY KEY,"
                     " key ANY NOT NULL,"
                     " occurrence INTEGER NOT NULL,"
                     " number INTEGER NOT NULL,"
                     " content BLOB,"
                     " line TEXT,"
                     " submitted INTEGER NOT NULL,"
                     " status TEXT NOT NULL CHECK(status IN"
                     "  ('pending','completed','failed','cancelled')),"
                     " attempts INTEGER NOT NULL,"
                     " run_id INTEGER NOT NULL REFERENCES runs,"
                     " kind TEXT,"
                     " message TEXT,"
                     " started_ms INTEGER,"
                     " duration_us INTEGER,"
                     " result TEXT,"
                     " meta TEXT,"
                     " UNIQUE(key,occurrence)"
                     ") STRICT;"
                     "CREATE TABLE running("
                     " task_id INTEGER PRIMARY KEY,"
                     " key ANY NOT NULL,"
                     " occurrence INTEGER NOT NULL,"
                     " number INTEGER NOT NULL,"
                     " content BLOB,"
                     " line TEXT,"
                     " submitted INTEGER NOT NULL,"
                     " attempts INTEGER NOT NULL,"
                     " run_id INTEGER NOT NULL REFERENCES runs,"
                     " started_ms INTEGER NOT NULL,"
                     " meta TEXT"
                     ") STRICT;"
                     "CREATE TABLE validators("
                     " task_id INTEGER PRIMARY KEY REFERENCES tasks,"
                     " etag TEXT,"
                     " last_modified TEXT"
                     ") STRICT;"
                     "CREATE TABLE attempts("
                     " task_id INTEGER NOT NULL,"
                     " attempt INTEGER NOT NULL,"
                     " run_id INTEGER NOT NULL REFERENCES runs,"
                     " started_ms INTEGER NOT NULL,"
                     " duration_us INTEGER NOT NULL,"
                     " kind TEXT NOT NULL,"
                     " message TEXT NOT NULL,"
                     " PRIMARY KEY(task_id,attempt)"
                     ") STRICT, WITHOUT ROWID;"
                     "CREATE VIEW known AS SELECT"
                     " task_id,key,occurrence,content,'running' AS status,NULL "
                     "AS kind,attempts,"
                     " submitted,number,line,NULL AS message,started_ms,NULL "
                     "AS duration_us,"
                     " NULL AS result,meta,run_id FROM running"
                     " UNION ALL SELECT"
                     " task_id,key,occurrence,content,status,kind,attempts,"
                     " submitted,number,line,message,started_ms,duration_us,"
                     " result,meta,run_id FROM tasks"
                     " WHERE task_id NOT IN (SELECT task_id FROM running);"
                     "CREATE VIEW results AS SELECT"
                     " iif(typeof(key)='text',key,'task_'||number) AS id,"
                     " status,attempts,kind,message,"
                     " strftime('%Y-%m-%dT%H:%M:%fZ',started_ms/"
                     "1000.0,'unixepoch') AS started,"
                     " duration_us/1e6 AS seconds,"
                     " result->>'exit_code' AS exit_code,"
                     " line,result,meta FROM known;"
                     "COMMIT";

_Static_assert(STORE_VERSION == 1, "the schema says so too");

static int check_pages(struct sqlite *db, struct err *err)
{
    struct buf answer;
    int failed;

    buf_init(&answer, ANSWER_BYTES);
    failed = sqlite_ask_text(db, "PRAGMA quick_check(1)", &answer, err);
    if (!failed && !slice_is(buf_slice(&answer), "ok"))
        failed = err_set(err, ERR_STATE, "damaged: %.*s", (int)answer.len,
                         answer.data);
    buf_release(&answer);
    return failed;
}

/* 1: it is a state; 0: it is empty; -1 and `err`. */
static int judge(struct sqlite *db, struct err *err)
{
    int64_t application, version, tables;

    if (sqlite_ask_number(db, "PRAGMA application_id", &application, err) < 0 ||
        sqlite_ask_number(db, "PRAGMA user_version", &version, err) < 0 ||
        sqlite_ask_number(db, "SELECT count(*) FROM sqlite_schema", &tables,
                          err) < 0)
        return -1;
    if (application == 0 && version == 0 && tables == 0)
        return 0;
    if (application != APPLICATION)
        return err_set(err, ERR_STATE,
                       "not a state of weir, but a database "
                       "of another program");
    if (version > STORE_VERSION)
        return err_set(err, ERR_STATE,
                       "made by a newer weir (version %lld of the format, not "
                       "%d)",
                       (long long)version, STORE_VERSION);
    if (version != STORE_VERSION)
        return err_set(err, ERR_STATE, "of no version that is known (%lld)",
                       (long long)version);
    return 1;
}

/* SQLite would throw away the log of a database that is not there. */
static int check_log(const char *path, struct err *err)
{
    struct buf name;
    struct stat st;
    int failed = 0;

    buf_init(&name, PATH_BYTES);
    buf_printf(&name, "%s-wal", path);
    if (stat(name.data, &st) == 0 && st.st_size > 0)
        failed =
            err_set(err, ERR_STATE,
                    "its log, %s, is there without the database", name.data);
    buf_release(&name);
    return failed;
}

/* As judge, by the path. */
static int judge_file(const char *path, struct err *err)
{
    struct sqlite *db;
    struct stat st;
    int is_state;

    if (stat(path, &st) < 0)
        return errno == ENOENT ? check_log(path, err)
                               : err_sys(err, ERR_CREATE, "cannot be opened");
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_STATE, "not a regular file");
    if (st.st_size == 0)
        return check_log(path, err);
    db = sqlite_open(path, SQLITE_TO_READ, err);
    if (db == NULL)
        return -1;
    is_state = judge(db, err);
    if (is_state > 0 && check_pages(db, err) < 0)
        is_state = -1;
    sqlite_close(db);
    return is_state;
}

static int begin_log(struct sqlite *db, struct err *err)
{
    struct buf answer;
    int failed;

    buf_init(&answer, ANSWER_BYTES);
    failed = sqlite_ask_text(db, "PRAGMA journal_mode=WAL", &answer, err);
    if (!failed && !slice_is(buf_slice(&answer), "wal"))
        failed = err_set(err, ERR_STATE,
                         "its file system does not allow write-ahead logging");
    buf_release(&answer);
    return failed;
}

/* What a run that was killed has left of a state that it began to make. */
static void remove_rest(const char *name)
{
    static const char *const ends[] = {"", "-journal", "-wal", "-shm"};
    struct buf path;

    buf_init(&path, PATH_BYTES);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        buf_clear(&path);
        buf_printf(&path, "%s%s", name, ends[i]);
        unlink(path.data);
    }
    buf_release(&path);
}

static int make_tables(const char *name, struct err *err)
{
    struct sqlite *db = sqlite_open(name, SQLITE_TO_CREATE, err);
    int failed;

    if (db == NULL)
        return -1;
    /* The log comes last: what was in it might not get into the file. */
    failed = sqlite_run(db, schema, err) < 0 || begin_log(db, err) < 0;
    sqlite_close(db);
    return failed ? -1 : 0;
}

/* Beside its place, where we have the lock: a state that is half made would
 * need to be mended before anybody could read it. */
static int make(const char *path, struct err *err)
{
    struct buf name;
    int failed;

    buf_init(&name, PATH_BYTES);
    buf_printf(&name, "%s.new", path);
    remove_rest(name.data);
    failed = make_tables(name.data, err);
    if (!failed && replace_rename(name.data, path) < 0)
        failed = err_sys(err, ERR_CREATE, "cannot be made");
    remove_rest(name.data);
    buf_release(&name);
    return failed;
}

static struct sqlite *open_to_write(const struct store_options *o,
                                    struct err *err)
{
    const int is_state = judge_file(o->path, err);
    struct sqlite *db;

    if (is_state < 0 || (is_state == 0 && make(o->path, err) < 0))
        return NULL;
    db = sqlite_open(o->path, SQLITE_TO_WRITE, err);
    if (db == NULL)
        return NULL;
    if (begin_log(db, err) == 0 &&
        sqlite_run(db,
                   o->power ? "PRAGMA synchronous=FULL"
                            : "PRAGMA synchronous=NORMAL",
                   err) == 0 &&
        sqlite_run(db, "PRAGMA journal_size_limit=67108864", err) == 0)
        return db;
    sqlite_close(db);
    return NULL;
}

struct sqlite *store_open_database(const struct store_options *o,
                                   struct err *err)
{
    struct sqlite *db = open_to_write(o, err);

    if (db == NULL)
        err_wrap(err, "%s", o->path);
    return db;
}

/* Without a look at every page, since that may take a second: who only reads
 * does no harm. */
static struct sqlite *open_to_read(const char *path, struct err *err)
{
    struct sqlite *db;
    struct stat st;
    int is_state;

    if (stat(path, &st) < 0) {
        err_sys(err, ERR_INPUT, "cannot be opened");
        return NULL;
    }
    db = sqlite_open(path, SQLITE_TO_READ, err);
    if (db == NULL)
        return NULL;
    is_state = st.st_size > 0 ? judge(db, err) : 0;
    if (is_state > 0)
        return db;
    if (is_state == 0)
        err_set(err, ERR_STATE, "an empty file, not a state");
    sqlite_close(db);
    return NULL;
}

struct sqlite *store_open_to_look(const char *path, struct err *err)
{
    struct sqlite *db = open_to_read(path, err);

    if (db == NULL)
        err_wrap(err, "%s", path);
    return db;
}
