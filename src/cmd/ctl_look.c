/* SPDX-License-Identifier: MIT */
/* What is there: from the file, and from the run what is under way. */
#include "cmd/cmd.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/num.h"
#include "base/text.h"
#include "cmd/ctl_core.h"
#include "store/lock.h"
#include "json/doc.h"
#include "json/quote.h"

enum { LOOK_MS = 500 }; /* between two looks at the file */

static void write_out(struct ctl *c)
{
    record_write(&c->record, c->item, &c->out);
}

int ctl_print(struct ctl *c, struct err *err)
{
    int failed = fd_write(STDOUT_FILENO, c->out.data, c->out.len);

    buf_clear(&c->out);
    return failed ? err_sys(err, ERR_OUTPUT, "stdout") : 0;
}

static void copy_text(char *to, size_t size, struct slice from)
{
    const size_t len = from.len < size ? from.len : size - 1;

    memcpy(to, from.len > 0 ? from.ptr : "", len);
    to[len] = '\0';
}

static void set_id(struct item *item, const struct store_task *task)
{
    if (task->given)
        buf_add_slice(&item->id, task->key);
    else
        buf_printf(&item->id, "task_%" PRIu64, task->number);
}

/* A task of the file as an item. */
static void set_item(struct ctl *c, const struct store_task *task)
{
    struct item *item = c->item;

    item_clear(item, CTL_TEXT_MAX);
    set_id(item, task);
    item->status = task->status;
    item->attempts = task->attempts;
    item->started_wall_ms = task->started_ms;
    item->duration_us = task->duration_us;
    buf_add_slice(&item->result, task->result);
    buf_add_slice(&item->meta, task->meta);
    buf_add_slice(&item->detail, task->line);
    copy_text(c->kind, sizeof c->kind, task->kind);
    copy_text(item->message, sizeof item->message, task->message);
    item->fault = c->kind[0] != '\0' ? c->kind : NULL;
    if (task->status == ITEM_RUNNING && !c->alive)
        item_fail(item, ITEM_FAILED, "interrupted",
                  "its run ended while it ran");
}

static enum item_status status_named(struct slice name)
{
    return slice_is(name, "running") ? ITEM_RUNNING : ITEM_PENDING;
}

/* One that is under way, as the run told of it. */
static void set_flight(struct ctl *c, const struct doc *doc)
{
    struct item *item = c->item;
    int64_t attempts = 0;

    item_clear(item, CTL_TEXT_MAX);
    buf_add_slice(&item->id, doc_text(doc_get(doc, "task_id")));
    item->status = status_named(doc_text(doc_get(doc, "status")));
    doc_integer(doc_get(doc, "attempts"), &attempts);
    item->attempts = (unsigned)attempts;
    doc_integer(doc_get(doc, "started_ms"), &item->started_wall_ms);
    buf_add_slice(&item->detail, doc_text(doc_get(doc, "line")));
}

enum control_outcome ctl_ask(struct ctl *c, const char *verb, const char *key,
                             int64_t timeout_ms, struct buf *answer,
                             struct err *err)
{
    struct buf line;
    enum control_outcome outcome;

    buf_init(&line, CONTROL_LINE_MAX);
    buf_printf(&line, "{\"verb\":\"%s\"", verb);
    if (key != NULL) {
        buf_printf(&line, ",\"%s\":", key);
        if (strcmp(key, "count") == 0)
            buf_add_text(&line, c->arg);
        else
            quote_add(&line, slice_text(c->arg));
    }
    buf_add_char(&line, '}');
    buf_clear(answer);
    outcome =
        control_ask(c->socket.data, buf_slice(&line), timeout_ms, answer, err);
    buf_release(&line);
    return outcome;
}

struct slice ctl_cut_line(struct slice *rest)
{
    const char *end = memchr(rest->ptr, '\n', rest->len);
    const size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
    const struct slice line = slice_of(rest->ptr, len);

    rest->ptr += len + (end != NULL);
    rest->len -= len + (end != NULL);
    return line;
}

static int no_run(const struct ctl *c, struct err *err)
{
    return err_set(err, ERR_UNITS, "%s: no run has it", c->state);
}

int ctl_pass_on(struct ctl *c, const struct buf *answer, struct err *err)
{
    struct slice rest = buf_slice(answer);
    const struct slice status = ctl_cut_line(&rest), text = ctl_cut_line(&rest);
    uint64_t code = 70;

    num_count(status, &code, err);
    if (code != 0) {
        err_set(err, ERR_STATUS, "%.*s", (int)text.len, text.ptr);
        err->sys = (int)code;
        return -1;
    }
    if (c->record.text) {
        text_escape(&c->out, text);
        buf_add_char(&c->out, '\n');
    } else {
        buf_add_slice(&c->out, rest);
    }
    return ctl_print(c, err);
}

int ctl_ask_run(struct ctl *c, const char *verb, const char *key,
                struct err *err)
{
    struct buf answer;
    int failed = -1;

    buf_init(&answer, CTL_TEXT_MAX);
    switch (ctl_ask(c, verb, key, CTL_ANSWER_MS, &answer, err)) {
    case CONTROL_ANSWERED: failed = ctl_pass_on(c, &answer, err); break;
    case CONTROL_ENDED:
    case CONTROL_NOBODY: no_run(c, err); break;
    case CONTROL_LATE:
        err_set(err, ERR_DEADLINE, "%s: the run does not answer", c->state);
        break;
    case CONTROL_FAILED: break;
    }
    buf_release(&answer);
    return failed;
}

/* What is under way, if a run has it. */
static int look(struct ctl *c, struct err *err)
{
    struct slice rest;

    store_close(c->store);
    c->store = NULL;
    c->alive = lock_held(c->state);
    buf_clear(&c->flight);
    if (c->alive && ctl_ask(c, "flight", NULL, CTL_ANSWER_MS, &c->flight,
                            err) == CONTROL_FAILED)
        return -1;
    rest = buf_slice(&c->flight);
    if (rest.len > 0) {
        ctl_cut_line(&rest);
        ctl_cut_line(&rest);
        buf_drop(&c->flight, c->flight.len - rest.len);
    }
    c->store = store_open_to_read(c->state, err);
    return c->store != NULL ? 0 : -1;
}

static bool is_wanted(const struct ctl *c)
{
    return c->o->status == NULL ||
           strcmp(c->o->status, item_status_name(c->item->status)) == 0;
}

static int list_kept(void *arg, const struct store_task *task)
{
    struct ctl *c = arg;
    struct err err;

    set_item(c, task);
    buf_clear(&c->item->result);
    if (hash_set_add(&c->shown, buf_slice(&c->item->id)) && is_wanted(c))
        write_out(c);
    return c->out.len < (size_t)1 << 20 ? 0 : ctl_print(c, &err);
}

int ctl_list(struct ctl *c, struct err *err)
{
    struct slice rest;

    if (look(c, err) < 0)
        return -1;
    for (rest = buf_slice(&c->flight); rest.len > 0;) {
        struct doc *doc = doc_parse(ctl_cut_line(&rest), err);

        if (doc == NULL)
            return -1;
        set_flight(c, doc);
        doc_free(doc);
        hash_set_add(&c->shown, buf_slice(&c->item->id));
        if (is_wanted(c))
            write_out(c);
    }
    if (store_walk(c->store, list_kept, c, err) < 0)
        return err_wrap(err, "%s", c->state);
    return ctl_print(c, err);
}

static int note_found(void *arg, const struct store_task *task)
{
    struct ctl *c = arg;

    set_item(c, task);
    c->found = true;
    c->found_status = c->item->status;
    return 0;
}

static bool is_under_way(struct ctl *c)
{
    struct slice rest = buf_slice(&c->flight);
    struct err err;

    while (rest.len > 0) {
        struct doc *doc = doc_parse(ctl_cut_line(&rest), &err);
        const bool same = slice_is(doc_text(doc_get(doc, "task_id")), c->arg);

        if (same)
            set_flight(c, doc);
        doc_free(doc);
        if (same)
            return true;
    }
    return false;
}

/* Find the task of the id, as it is now, into c->item. */
static int find(struct ctl *c, struct err *err)
{
    c->found = false;
    if (look(c, err) < 0)
        return -1;
    if (store_find(c->store, slice_text(c->arg), note_found, c, err) < 0)
        return err_wrap(err, "%s", c->state);
    if (is_under_way(c)) {
        c->found = true;
        c->found_status = c->item->status;
    }
    return 0;
}

int ctl_no_task(const struct ctl *c, struct err *err)
{
    return err_set(err, ERR_UNITS, "%s: no task \"%s\"", c->state, c->arg);
}

int ctl_status(struct ctl *c, struct err *err)
{
    if (find(c, err) < 0)
        return -1;
    if (!c->found)
        return ctl_no_task(c, err);
    buf_clear(&c->item->result);
    write_out(c);
    return ctl_print(c, err);
}

/* Wait for the end of the task, or a moment where there is nobody to ask. One
 * that ended since we looked may not be known to the run any more: nobody would
 * tell of it, so we look again now and then. */
static int await(struct ctl *c, int64_t left_ms, struct err *err)
{
    struct buf answer;
    enum control_outcome outcome;

    buf_init(&answer, CTL_TEXT_MAX);
    outcome = ctl_ask(c, "await", "id", left_ms < LOOK_MS ? left_ms : LOOK_MS,
                      &answer, err);
    buf_release(&answer);
    if (outcome == CONTROL_NOBODY)
        poll(NULL, 0, left_ms < CTL_TRY_MS ? (int)left_ms : CTL_TRY_MS);
    return outcome == CONTROL_FAILED ? -1 : 0;
}

int ctl_result(struct ctl *c, struct err *err)
{
    const int64_t until = clock_now_ms() + (c->wait_ms > 0 ? c->wait_ms : 0);

    for (;;) {
        const bool waits = clock_now_ms() < until;

        if (find(c, err) < 0)
            return -1;
        if (c->found && c->found_status >= ITEM_COMPLETED) {
            write_out(c);
            return ctl_print(c, err);
        }
        if (!c->found && !(waits && c->alive))
            return ctl_no_task(c, err);
        if (!waits)
            return err_set(err, ERR_DEADLINE, "%s: \"%s\" has not ended",
                           c->state, c->arg);
        if (await(c, until - clock_now_ms(), err) < 0)
            return -1;
    }
}

int ctl_wait_end(struct ctl *c, struct err *err)
{
    const int64_t until =
        c->wait_ms < 0 ? INT64_MAX : clock_now_ms() + c->wait_ms;
    struct buf answer;

    buf_init(&answer, CTL_TEXT_MAX);
    while (lock_held(c->state) && clock_now_ms() < until) {
        if (ctl_ask(c, "end", NULL, until - clock_now_ms(), &answer, err) ==
            CONTROL_NOBODY)
            poll(NULL, 0, CTL_TRY_MS); /* it begins, or ends */
    }
    buf_release(&answer);
    if (lock_held(c->state))
        return err_set(err, ERR_DEADLINE, "%s: the run has not ended",
                       c->state);
    return 0;
}
