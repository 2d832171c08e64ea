/* SPDX-License-Identifier: MIT */
#include "show/plan.h"

#include "store/resume.h"
#include "work/process.h"
#include "work/task.h"
#include "json/quote.h"

static void start(void *self, struct item *item)
{
    struct plan *plan = self;

    if (resume_skips(item) || item->status != ITEM_CANCELLED)
        item_complete(item);
    flow_finish(plan->flow, item);
}

/* Nothing waits and nothing runs. */
static void cancel(void *self, bool now)
{
    (void)self;
    (void)now;
}

static void add_text_or_null(struct buf *out, const char *text)
{
    if (text != NULL)
        quote_add(out, slice_text(text));
    else
        buf_add_text(out, "null");
}

static void add_argv(struct buf *out, char **argv)
{
    buf_add_text(out, ",\"argv\":[");
    for (size_t i = 0; argv[i] != NULL; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        quote_add(out, slice_text(argv[i]));
    }
    buf_add_char(out, ']');
}

static void add_after(struct buf *out, const struct task *task)
{
    buf_add_text(out, ",\"after\":[");
    for (size_t i = 0; i < task_after_count(task); i++) {
        if (i > 0)
            buf_add_char(out, ',');
        quote_add(out, task_after(task, i));
    }
    buf_printf(out, "],\"always\":%s", task->always ? "true" : "false");
}

/* With a state there is one in either case. */
static const char *reason_of(const struct item *item, bool runs)
{
    if (!runs && !resume_skips(item))
        return item->message;
    return item->brief[0] != '\0' ? item->brief : NULL;
}

/* Nothing is counted: nothing was done. */
static void finish(void *self, struct item *item, struct flow_tally *tally)
{
    const struct plan *plan = self;
    const struct task *task = process_task(item);
    const bool runs = item->status == ITEM_COMPLETED && !resume_skips(item);

    (void)tally;
    buf_add_text(&item->out, "{\"task_id\":");
    quote_add(&item->out, buf_slice(&item->id));
    buf_printf(&item->out, ",\"run\":%s,\"reason\":", runs ? "true" : "false");
    add_text_or_null(&item->out, reason_of(item, runs));
    if (task->shell != NULL) {
        buf_add_text(&item->out, ",\"cmd\":");
        quote_add(&item->out, slice_text(task->shell));
    } else {
        add_argv(&item->out, task->argv);
    }
    buf_add_text(&item->out, ",\"cwd\":");
    add_text_or_null(&item->out, task->cwd ? task->cwd : plan->cwd);
    add_after(&item->out, task);
    buf_add_text(&item->out, "}\n");
}

struct flow_worker plan_worker(struct plan *plan)
{
    return (struct flow_worker){.self = plan, .start = start, .cancel = cancel};
}

struct flow_report plan_report(struct plan *plan)
{
    return (struct flow_report){.self = plan, .finish = finish};
}
