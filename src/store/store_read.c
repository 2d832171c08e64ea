/* SPDX-License-Identifier: MIT */
/* Tasks as they are kept. */
#include "store/store.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "store/store_core.h"

/* The columns of all queries here, in this order; some have only the first. */
enum {
    C_ROW,
    C_KEY,
    C_OCCURRENCE,
    C_CONTENT,
    C_STATUS,
    C_KIND,
    C_ATTEMPTS,
    C_SUBMITTED,
    C_BRIEF, /* so many */
    C_NUMBER = C_BRIEF,
    C_LINE,
    C_MESSAGE,
    C_STARTED,
    C_DURATION,
    C_RESULT,
    C_META,
};

#define BRIEF \
    "SELECT task_id,key,occurrence,content,status,kind,attempts,submitted"
#define WHOLE BRIEF ",number,line,message,started_ms,duration_us,result,meta"

static int read_status(struct slice name, enum item_status *status,
                       struct err *err)
{
    for (int s = ITEM_PENDING; s <= ITEM_CANCELLED; s++) {
        *status = (enum item_status)s;
        if (slice_is(name, item_status_name(*status)))
            return 0;
    }
    return err_set(err, ERR_STATE, "damaged: a task with an unknown status");
}

static void read_rest(const struct sqlite_statement *st,
                      struct store_task *task)
{
    task->number = (uint64_t)sqlite_number(st, C_NUMBER);
    task->line = sqlite_text(st, C_LINE);
    task->message = sqlite_text(st, C_MESSAGE);
    task->started_ms = sqlite_number(st, C_STARTED);
    task->duration_us = sqlite_number(st, C_DURATION);
    task->result = sqlite_text(st, C_RESULT);
    task->meta = sqlite_text(st, C_META);
}

static int read_task(const struct sqlite_statement *st, bool whole,
                     struct store_task *task, struct err *err)
{
    *task = (struct store_task){
        .row = (uint64_t)sqlite_number(st, C_ROW),
        .given = sqlite_is_text(st, C_KEY),
        .key = sqlite_blob(st, C_KEY),
        .occurrence = (uint32_t)sqlite_number(st, C_OCCURRENCE),
        .content = sqlite_blob(st, C_CONTENT),
        .kind = sqlite_text(st, C_KIND),
        .attempts = (unsigned)sqlite_number(st, C_ATTEMPTS),
        .submitted = sqlite_number(st, C_SUBMITTED) != 0};
    if (!task->given)
        task->content = task->key;
    if (task->row == 0 || task->row > UINT32_MAX ||
        task->content.len != ITEM_HASH_SIZE)
        return err_set(err, ERR_STATE, "damaged: a task without an identity");
    if (whole)
        read_rest(st, task);
    if (read_status(sqlite_text(st, C_STATUS), &task->status, err) < 0)
        return -1;
    task->marked = task->status == ITEM_RUNNING;
    return 0;
}

/* 1: `fn` was called, and gave `*answer`; 0: no more rows; -1 and `err`. */
static int next(struct sqlite_statement *st, bool whole, store_fn fn, void *arg,
                int *answer, struct err *err)
{
    struct store_task task;
    const int row = sqlite_step(st, err);

    if (row <= 0)
        return row;
    if (read_task(st, whole, &task, err) < 0)
        return -1;
    *answer = fn(arg, &task);
    return 1;
}

static int walk(struct store *store, const char *sql, bool whole, store_fn fn,
                void *arg, struct err *err)
{
    struct sqlite_statement *st = sqlite_prepare(store->db, sql, err);
    int got = 1, answer = 0;

    if (st == NULL)
        return -1;
    while (got > 0 && answer == 0)
        got = next(st, whole, fn, arg, &answer, err);
    sqlite_finalize(st);
    return got < 0 ? -1 : answer;
}

int store_walk(struct store *store, store_fn fn, void *arg, struct err *err)
{
    return walk(store, WHOLE " FROM known", true, fn, arg, err);
}

int store_walk_briefly(struct store *store, store_fn fn, void *arg,
                       struct err *err)
{
    static const char running[] =
        "SELECT task_id,key,occurrence,content,'running',NULL,attempts,"
        "submitted FROM running";
    const int answer = walk(store, BRIEF " FROM tasks", false, fn, arg, err);

    return answer != 0 ? answer : walk(store, running, false, fn, arg, err);
}

int store_walk_submitted(struct store *store, store_fn fn, void *arg,
                         struct err *err)
{
    return walk(store,
                WHOLE " FROM known WHERE submitted AND status IN "
                      "('pending','running','failed')",
                true, fn, arg, err);
}

/* Takes the statement, which may be NULL. */
static int find(struct sqlite_statement *st, store_fn fn, void *arg,
                struct err *err)
{
    int got, answer;

    if (st == NULL)
        return -1;
    got = next(st, true, fn, arg, &answer, err);
    sqlite_finalize(st);
    return got;
}

/* The N of task_N; 0: it is none. */
static uint64_t number_of(struct slice id)
{
    static const char prefix[] = "task_";
    const size_t len = sizeof prefix - 1;
    struct err ignored;
    uint64_t number;

    if (id.len <= len || id.len > len + 18 ||
        memcmp(id.ptr, prefix, len) != 0 ||
        num_count(slice_of(id.ptr + len, id.len - len), &number, &ignored) < 0)
        return 0;
    return number;
}

int store_find(struct store *store, struct slice id, store_fn fn, void *arg,
               struct err *err)
{
    const uint64_t number = number_of(id);
    struct sqlite_statement *st =
        sqlite_prepare(store->db, WHOLE " FROM known WHERE key=?1", err);
    int got;

    if (st != NULL)
        sqlite_set_text(st, 1, id);
    got = find(st, fn, arg, err);
    if (got != 0 || number == 0)
        return got;
    st = sqlite_prepare(store->db,
                        WHOLE " FROM known WHERE number=?1 AND "
                              "typeof(key)='blob' "
                              "ORDER BY run_id DESC,task_id DESC LIMIT 1",
                        err);
    if (st != NULL)
        sqlite_set_number(st, 1, (int64_t)number);
    return find(st, fn, arg, err);
}

static void take_text(const struct sqlite_statement *st, int n, struct buf *to)
{
    if (buf_add_slice(to, sqlite_text(st, n)) < 0)
        buf_clear(to);
}

int store_recall(struct store *store, struct item *item, struct err *err)
{
    static const char sql[] =
        "SELECT etag,last_modified FROM validators JOIN tasks USING(task_id) "
        "WHERE task_id=?1 AND coalesce(content,key)=?2";
    int row;

    item_clear_version(item);
    if (store->recall == NULL)
        store->recall = sqlite_prepare(store->db, sql, err);
    if (store->recall == NULL)
        return -1;
    sqlite_set_number(store->recall, 1, (int64_t)item->known.row);
    sqlite_set_blob(
        store->recall, 2,
        slice_of((const char *)item->known.content, ITEM_HASH_SIZE));
    row = sqlite_step(store->recall, err);
    if (row > 0) {
        take_text(store->recall, 0, &item->etag);
        take_text(store->recall, 1, &item->last_modified);
        sqlite_reset(store->recall);
    }
    return row < 0 ? -1 : 0;
}
