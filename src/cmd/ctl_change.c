/* SPDX-License-Identifier: MIT */
/* Cancelling and submitting. */
#include "cmd/cmd.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "cmd/ctl_core.h"
#include "store/lock.h"
#include "work/submission.h"
#include "json/quote.h"

enum { TRIES = 200 }; /* CTL_TRY_MS apart */

/* With no run, and the lock: the file itself. */
static int open_alone(struct ctl *c, struct err *err)
{
    const struct store_options options = {.path = c->state, .power = true};

    c->store = store_open(&options, err);
    return c->store != NULL ? 0 : -1;
}

static int note_row(void *arg, const struct store_task *task)
{
    uint64_t *row = arg;

    if (task->status == ITEM_PENDING || task->status == ITEM_RUNNING)
        *row = task->row;
    return 0;
}

static int cancel_alone(struct ctl *c, struct err *err)
{
    uint64_t row = 0;
    int found;

    if (open_alone(c, err) < 0)
        return -1;
    found = store_find(c->store, slice_text(c->arg), note_row, &row, err);
    if (found < 0)
        return err_wrap(err, "%s", c->state);
    if (found == 0)
        return ctl_no_task(c, err);
    if (row == 0)
        return err_set(err, ERR_UNITS, "%s: \"%s\" has ended", c->state,
                       c->arg);
    if (store_cancel(c->store, row, err) < 0)
        return err_wrap(err, "%s", c->state);
    buf_add_text(&c->out, c->record.text
                              ? "cancelled; it was not running\n"
                              : "{\"done\":true,\"message\":\"cancelled; it "
                                "was not running\"}\n");
    return ctl_print(c, err);
}

static int ignore_task(void *arg, const struct store_task *task)
{
    (void)arg;
    (void)task;
    return 0;
}

static int is_completed(void *arg, const struct store_task *task)
{
    *(bool *)arg = task->status == ITEM_COMPLETED;
    return 0;
}

static int check_after(struct ctl *c, const struct task *task, struct err *err)
{
    for (size_t i = 0; i < task_after_count(task); i++) {
        const struct slice id = task_after(task, i);
        bool completed = false;

        if (store_find(c->store, id, is_completed, &completed, err) < 0)
            return -1;
        if (!completed)
            return err_set(err, ERR_LIST,
                           "\"after\": \"%.*s\" has not been completed",
                           (int)id.len, id.ptr);
    }
    return 0;
}

static int keep_task(struct ctl *c, struct submission *task, struct err *err)
{
    const struct store_outcome none = {.exit_status = 0};
    struct item *item = task->item;
    int there;

    if (check_after(c, &task->task, err) < 0)
        return -1;
    there = store_find(c->store, buf_slice(&item->id), ignore_task, NULL, err);
    if (there != 0)
        return there < 0
                   ? -1
                   : err_set(err, ERR_LIST, "there is a task \"%.*s\" already",
                             (int)item->id.len, item->id.data);
    item->known.submitted = true;
    if (store_begin_run(c->store, "ctl", true, err) < 0 ||
        store_submit(c->store, item, err) < 0)
        return -1;
    return store_end_run(c->store, &none, err);
}

static void print_accepted(struct ctl *c, struct slice id)
{
    if (c->record.text) {
        text_escape(&c->out, id);
        buf_add_char(&c->out, '\n');
        return;
    }
    buf_add_text(&c->out, "{\"done\":true,\"message\":");
    quote_add(&c->out, id);
    buf_add_text(&c->out, "}\n");
}

static int submit_alone(struct ctl *c, struct err *err)
{
    struct submission task;
    char id[CTL_KIND_BYTES];
    int failed = -1;

    if (open_alone(c, err) < 0)
        return -1;
    submission_init(&task);
    if (store_next_row(c->store, &task.item->known.row, err) == 0) {
        const uint64_t row = task.item->known.row;

        snprintf(id, sizeof id, "submitted_%" PRIu64, row);
        failed = submission_read(&task, slice_text(c->arg), id, err);
        task.item->known.row = row;
    }
    if (!failed)
        failed = keep_task(c, &task, err);
    if (!failed)
        print_accepted(c, buf_slice(&task.item->id));
    submission_release(&task);
    return failed ? err_wrap(err, "%s", c->state) : ctl_print(c, err);
}

/* It answers, but takes nothing more. */
static bool is_ending(const struct buf *answer)
{
    struct slice rest = buf_slice(answer);

    return slice_is(ctl_cut_line(&rest), "75");
}

/* By the run if there is one, else alone. One that begins or ends has the lock
 * and does not listen: a moment later it is one or the other. */
static int change(struct ctl *c, const char *verb, const char *key,
                  int (*alone)(struct ctl *c, struct err *err), struct err *err)
{
    struct buf answer;
    int failed = -1, lock = -1;

    buf_init(&answer, CTL_TEXT_MAX);
    for (int i = 0; i < TRIES && lock < 0; i++) {
        if (ctl_ask(c, verb, key, CTL_ANSWER_MS, &answer, err) ==
                CONTROL_ANSWERED &&
            !is_ending(&answer)) {
            failed = ctl_pass_on(c, &answer, err);
            break;
        }
        lock = lock_take(c->state, false, err);
        if (lock < 0 && err->kind != ERR_HELD)
            break;
        if (lock < 0)
            poll(NULL, 0, CTL_TRY_MS);
    }
    buf_release(&answer);
    if (lock < 0)
        return failed;
    failed = alone(c, err);
    store_close(c->store);
    c->store = NULL;
    fd_close(lock);
    return failed;
}

int ctl_cancel(struct ctl *c, struct err *err)
{
    if (access(c->state, F_OK) < 0)
        return err_sys(err, ERR_INPUT, "%s", c->state);
    return change(c, "cancel", "id", cancel_alone, err);
}

int ctl_submit(struct ctl *c, struct err *err)
{
    return change(c, "submit", "task", submit_alone, err);
}
