/* SPDX-License-Identifier: MIT */
/*
 * One row for each task, written when it starts and again when it ends; one
 * that is short has but one write. Rows are numbered by us, so that nothing has
 * to be asked back.
 */
#include "store/store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/store_core.h"

enum {
    LINE_KEPT = 4096, /* of a list, which is there to be read again */
    HOST_BYTES = 256,
    PATH_BYTES = 65536,
};

/* The parameters of `add`, `change` and `mark`, each with its own of these. */
enum {
    P_ROW = 1,
    P_NUMBER,
    P_CONTENT,
    P_LINE,
    P_SUBMITTED,
    P_ATTEMPTS,
    P_RUN,
    P_STARTED,
    P_META,
    P_KEY,
    P_OCCURRENCE,
    P_STATUS, /* not of `mark`, from here on */
    P_KIND,
    P_MESSAGE,
    P_DURATION,
    P_RESULT,
};

static const char add_sql[] =
    "INSERT INTO tasks(task_id,number,content,line,submitted,attempts,run_id,"
    "started_ms,meta,key,occurrence,status,kind,message,duration_us,result) "
    "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)";

/* Fenced: nobody writes over what a later attempt has written. */
static const char change_sql[] =
    "UPDATE tasks SET number=?2,content=?3,line=coalesce(?4,line),"
    "submitted=?5,attempts=?6,run_id=?7,started_ms=?8,meta=?9,"
    "key=?10,occurrence=?11,status=?12,kind=?13,message=?14,duration_us=?15,"
    "result=?16 WHERE task_id=?1 AND attempts<=?6";

static const char mark_sql[] =
    "INSERT OR REPLACE INTO running(task_id,number,content,line,submitted,"
    "attempts,run_id,started_ms,meta,key,occurrence) "
    "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)";

static const char unmark_sql[] = "DELETE FROM running WHERE task_id=?1";

static const char attempt_sql[] =
    "INSERT OR REPLACE INTO attempts(task_id,attempt,run_id,started_ms,"
    "duration_us,kind,message) VALUES(?1,?2,?3,?4,?5,?6,?7)";

static const char version_sql[] =
    "INSERT INTO validators(task_id,etag,last_modified) VALUES(?1,?2,?3)";

static const char forget_sql[] = "DELETE FROM validators WHERE task_id=?1";

static const char outdate_sql[] =
    "DELETE FROM validators WHERE task_id=?1 AND ?2 IS NOT "
    "(SELECT coalesce(content,key) FROM tasks WHERE task_id=?1)";

static bool prepare(struct store *store, struct err *err)
{
    const struct {
        struct sqlite_statement **statement;
        const char *sql;
    } all[] = {{&store->begin, "BEGIN IMMEDIATE"},
               {&store->commit, "COMMIT"},
               {&store->add, add_sql},
               {&store->change, change_sql},
               {&store->mark, mark_sql},
               {&store->unmark, unmark_sql},
               {&store->attempt, attempt_sql},
               {&store->version, version_sql},
               {&store->forget, forget_sql},
               {&store->outdate, outdate_sql}};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        *all[i].statement = sqlite_prepare(store->db, all[i].sql, err);
        if (*all[i].statement == NULL)
            return false;
    }
    return true;
}

struct store *store_open(const struct store_options *options, struct err *err)
{
    struct store *store = mem_alloc(sizeof *store);

    store->db = store_open_database(options, err);
    buf_init(&store->path, PATH_BYTES);
    buf_printf(&store->path, "%s", options->path);
    if (store->db != NULL && prepare(store, err))
        return store;
    store_close(store);
    return NULL;
}

struct store *store_open_to_read(const char *path, struct err *err)
{
    struct store *store = mem_alloc(sizeof *store);

    store->db = store_open_to_look(path, err);
    if (store->db != NULL)
        return store;
    store_close(store);
    return NULL;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    sqlite_finalize(store->begin);
    sqlite_finalize(store->commit);
    sqlite_finalize(store->add);
    sqlite_finalize(store->change);
    sqlite_finalize(store->mark);
    sqlite_finalize(store->unmark);
    sqlite_finalize(store->attempt);
    sqlite_finalize(store->version);
    sqlite_finalize(store->forget);
    sqlite_finalize(store->outdate);
    sqlite_finalize(store->recall);
    sqlite_close(store->db);
    buf_release(&store->path);
    mem_free(store);
}

static struct slice text_or_null(const char *text)
{
    return text != NULL && text[0] != '\0' ? slice_text(text)
                                           : slice_of(NULL, 0);
}

static struct slice buf_or_null(const struct buf *b)
{
    return b->len > 0 ? buf_slice(b) : slice_of(NULL, 0);
}

static void set_number_or_null(struct sqlite_statement *st, int n,
                               int64_t number)
{
    if (number != 0)
        sqlite_set_number(st, n, number);
    else
        sqlite_set_null(st, n);
}

/* What came in of a unit, and by what it is known. */
static void set_unit(const struct store *store, struct sqlite_statement *st,
                     const struct item *item)
{
    const struct item_known *known = &item->known;
    const struct slice content =
        slice_of((const char *)known->content, ITEM_HASH_SIZE);
    const bool kept =
        known->submitted || (store->lines && item->in.len <= LINE_KEPT);

    sqlite_set_number(st, P_ROW, (int64_t)known->row);
    sqlite_set_number(st, P_NUMBER,
                      known->submitted ? 0 : (int64_t)item->number + 1);
    sqlite_set_blob(st, P_CONTENT, known->given ? content : slice_of(NULL, 0));
    sqlite_set_text(st, P_LINE,
                    kept ? buf_slice(&item->in) : slice_of(NULL, 0));
    sqlite_set_number(st, P_SUBMITTED, known->submitted && !known->dropped);
    sqlite_set_number(st, P_RUN, store->run);
    sqlite_set_text(st, P_META, buf_or_null(&item->meta));
    if (known->given)
        sqlite_set_text(st, P_KEY, buf_slice(&item->id));
    else
        sqlite_set_blob(st, P_KEY, content);
    sqlite_set_number(st, P_OCCURRENCE, known->occurrence);
}

static int run_one(struct store *store, struct sqlite_statement *st,
                   struct err *err)
{
    if (sqlite_step(st, err) < 0)
        return -1;
    if (sqlite_changes(store->db) != 1)
        return err_set(err, ERR_OUTPUT,
                       "somebody else has changed it meanwhile");
    return 0;
}

static int keep_start(struct store *store, const struct ledger_start *start,
                      struct err *err)
{
    set_unit(store, store->mark, start->item);
    sqlite_set_number(store->mark, P_ATTEMPTS, start->attempt);
    sqlite_set_number(store->mark, P_STARTED, start->wall_ms);
    return run_one(store, store->mark, err);
}

/* Before its row is written over. What was completed has a version of its own,
 * or none; what was not leaves the one that is there, unless that was of
 * something else. */
static int drop_version(struct store *store, const struct item *item,
                        struct err *err)
{
    struct sqlite_statement *st = store->forget;

    if (item->status != ITEM_COMPLETED) {
        st = store->outdate;
        sqlite_set_blob(
            st, 2, slice_of((const char *)item->known.content, ITEM_HASH_SIZE));
    }
    sqlite_set_number(st, 1, (int64_t)item->known.row);
    return sqlite_step(st, err);
}

static int add_version(struct store *store, const struct item *item,
                       struct err *err)
{
    struct sqlite_statement *st = store->version;

    if (item->status != ITEM_COMPLETED ||
        item->etag.len + item->last_modified.len == 0)
        return 0;
    sqlite_set_number(st, 1, (int64_t)item->known.row);
    sqlite_set_text(st, 2, buf_or_null(&item->etag));
    sqlite_set_text(st, 3, buf_or_null(&item->last_modified));
    return sqlite_step(st, err);
}

static int keep_end(struct store *store, const struct ledger_end *end,
                    struct err *err)
{
    struct sqlite_statement *st = end->first ? store->add : store->change;
    const struct item *item = end->item;

    if (item->known.marked) {
        sqlite_set_number(store->unmark, 1, (int64_t)item->known.row);
        if (run_one(store, store->unmark, err) < 0)
            return -1;
    }
    if (!end->first && drop_version(store, item, err) < 0)
        return -1;
    set_unit(store, st, item);
    sqlite_set_number(st, P_ATTEMPTS, item->attempts);
    sqlite_set_text(st, P_STATUS, slice_text(item_status_name(item->status)));
    sqlite_set_text(st, P_KIND, text_or_null(item->fault));
    sqlite_set_text(st, P_MESSAGE, text_or_null(item->message));
    set_number_or_null(st, P_STARTED, item->started_wall_ms);
    sqlite_set_number(st, P_DURATION, item->duration_us);
    sqlite_set_text(st, P_RESULT, buf_or_null(&item->result));
    return run_one(store, st, err) < 0 ? -1 : add_version(store, item, err);
}

static int keep_try(struct store *store, const struct ledger_try *one,
                    struct err *err)
{
    struct sqlite_statement *st = store->attempt;

    sqlite_set_number(st, 1, (int64_t)one->row);
    sqlite_set_number(st, 2, one->attempt);
    sqlite_set_number(st, 3, store->run);
    sqlite_set_number(st, 4, one->wall_ms);
    sqlite_set_number(st, 5, one->duration_us);
    sqlite_set_text(st, 6, slice_text(one->fault));
    sqlite_set_text(st, 7, slice_text(one->message));
    return sqlite_step(st, err);
}

static int keep_all(struct store *store, const struct ledger_batch *batch,
                    struct err *err)
{
    for (size_t i = 0; i < batch->start_count; i++) {
        if (keep_start(store, &batch->starts[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < batch->end_count; i++) {
        if (keep_end(store, &batch->ends[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < batch->try_count; i++) {
        if (keep_try(store, &batch->tries[i], err) < 0)
            return -1;
    }
    return 0;
}

/* What failed says more than that the rollback does. */
static int roll_back(struct store *store)
{
    struct err ignored;

    if (sqlite_in_transaction(store->db))
        sqlite_run(store->db, "ROLLBACK", &ignored);
    return -1;
}

static int commit(struct store *store, const struct ledger_batch *batch,
                  struct err *err)
{
    if (sqlite_step(store->begin, err) < 0)
        return -1;
    if (keep_all(store, batch, err) < 0 || sqlite_step(store->commit, err) < 0)
        return roll_back(store);
    return 0;
}

/* Whatever it was, results are lost for those who wait for them; that a log
 * cannot be made is no different from that it cannot be written. */
static int keep(void *self, const struct ledger_batch *batch, struct err *err)
{
    struct store *store = self;

    if (commit(store, batch, err) == 0)
        return 0;
    if (err->kind != ERR_STATE)
        err->kind = ERR_OUTPUT;
    err_wrap(err, "%s: results cannot be recorded", store->path.data);
    return -1;
}

struct ledger_keeper store_keeper(struct store *store)
{
    return (struct ledger_keeper){.self = store, .keep = keep};
}

int store_submit(struct store *store, const struct item *item, struct err *err)
{
    struct sqlite_statement *st =
        item->known.stored ? store->change : store->add;

    set_unit(store, st, item);
    sqlite_set_number(st, P_ATTEMPTS, item->tried);
    sqlite_set_text(st, P_STATUS, slice_text(item_status_name(ITEM_PENDING)));
    sqlite_set_null(st, P_KIND);
    sqlite_set_null(st, P_MESSAGE);
    sqlite_set_null(st, P_STARTED);
    sqlite_set_null(st, P_DURATION);
    sqlite_set_null(st, P_RESULT);
    return run_one(store, st, err);
}

int store_next_row(struct store *store, uint64_t *row, struct err *err)
{
    int64_t last = 0;

    if (sqlite_ask_number(store->db, "SELECT max(task_id) FROM known", &last,
                          err) < 0)
        return -1;
    *row = (uint64_t)last + 1;
    return 0;
}

/* One that was interrupted is in two tables, and may have been changed since
 * its version was kept. */
int store_cancel(struct store *store, uint64_t row, struct err *err)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO tasks(task_id,key,occurrence,number,content,"
        "line,submitted,status,attempts,run_id,kind,message,started_ms,meta) "
        "SELECT task_id,key,occurrence,number,content,line,0,'cancelled',"
        "attempts,run_id,'cancelled','cancelled by weir ctl',started_ms,meta "
        "FROM known WHERE task_id=?1";
    struct sqlite_statement *st;
    int failed;

    if (sqlite_step(store->begin, err) < 0)
        return -1;
    st = sqlite_prepare(store->db, sql, err);
    if (st == NULL)
        return roll_back(store);
    sqlite_set_number(st, 1, (int64_t)row);
    sqlite_set_number(store->unmark, 1, (int64_t)row);
    sqlite_set_number(store->forget, 1, (int64_t)row);
    failed = sqlite_step(store->forget, err) < 0 || sqlite_step(st, err) < 0 ||
             sqlite_step(store->unmark, err) < 0;
    sqlite_finalize(st);
    if (failed || sqlite_step(store->commit, err) < 0)
        return roll_back(store);
    return 0;
}

int store_begin_run(struct store *store, const char *command, bool lines,
                    struct err *err)
{
    static const char sql[] =
        "INSERT INTO runs(command,version,host,pid,state,started_ms) "
        "VALUES(?1,'" WEIR_VERSION "',?2,?3,'running',?4)";
    char host[HOST_BYTES] = "";
    struct sqlite_statement *st;
    int failed;

    store->lines = lines;

    if (sqlite_run(store->db,
                   "BEGIN IMMEDIATE;UPDATE runs SET state='interrupted' WHERE "
                   "state='running'",
                   err) < 0)
        return -1;
    st = sqlite_prepare(store->db, sql, err);
    if (st == NULL)
        return roll_back(store);
    gethostname(host, sizeof host - 1);
    sqlite_set_text(st, 1, slice_text(command));
    sqlite_set_text(st, 2, slice_text(host));
    sqlite_set_number(st, 3, getpid());
    sqlite_set_number(st, 4, clock_wall_ms());
    failed = sqlite_step(st, err);
    sqlite_finalize(st);
    if (failed || sqlite_ask_number(store->db, "SELECT max(run_id) FROM runs",
                                    &store->run, err) < 0)
        return roll_back(store);
    return sqlite_step(store->commit, err);
}

int store_end_run(struct store *store, const struct store_outcome *o,
                  struct err *err)
{
    static const char sql[] =
        "UPDATE runs SET state=?1,ended_ms=?2,exit_status=?3,completed=?4,"
        "failed=?5,cancelled=?6,skipped=?7 WHERE run_id=?8";
    struct sqlite_statement *st = sqlite_prepare(store->db, sql, err);
    int failed;

    if (st == NULL)
        return -1;
    sqlite_set_text(st, 1,
                    slice_text(o->exit_status == 0 ? "completed" : "failed"));
    sqlite_set_number(st, 2, clock_wall_ms());
    sqlite_set_number(st, 3, o->exit_status);
    sqlite_set_number(st, 4, (int64_t)o->completed);
    sqlite_set_number(st, 5, (int64_t)o->failed);
    sqlite_set_number(st, 6, (int64_t)o->cancelled);
    sqlite_set_number(st, 7, (int64_t)o->skipped);
    sqlite_set_number(st, 8, store->run);
    failed = run_one(store, st, err);
    sqlite_finalize(st);
    return failed;
}
