/* SPDX-License-Identifier: MIT */
#include "work/outcome.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "flow/item.h"
#include "io/spawn.h"
#include "work/capture.h"
#include "work/task.h"
#include "json/quote.h"

/* Bytes that are no text are there twice: readable, and exact. */
static int64_t add_text(struct buf *result, const char *name,
                        struct slice bytes)
{
    buf_printf(result, ",\"%s\":", name);
    return quote_add(result, bytes);
}

static void add_exact(struct buf *result, const char *name, struct slice bytes)
{
    buf_printf(result, ",\"%s_base64\":\"", name);
    base64_add(result, bytes);
    buf_add_char(result, '"');
}

static void add_numbers(struct buf *result, const struct outcome *o)
{
    const bool truncated =
        capture_truncated(o->out) || capture_truncated(o->err);

    buf_printf(result,
               ",\"stdout_bytes\":%" PRIu64 ",\"stderr_bytes\":%" PRIu64
               ",\"truncated\":%s",
               o->out->bytes, o->err->bytes, truncated ? "true" : "false");
    buf_add_text(result, ",\"user_time\":");
    buf_add_seconds(result, o->how->user_us);
    buf_add_text(result, ",\"system_time\":");
    buf_add_seconds(result, o->how->system_us);
    buf_printf(result, ",\"max_rss\":%" PRIu64, o->how->max_rss);
}

/* What is not in every record comes last. */
static void add_tail(struct buf *result, const char *name,
                     const struct capture *c)
{
    if (capture_truncated(c) && c->kept.max > 0)
        add_text(result, name, capture_tail(c, c->kept.max));
}

static void add_leaked(struct buf *result, const struct spawn_exit *how)
{
    for (size_t i = 0; i < how->leaked_count; i++)
        buf_printf(result, "%s%ld", i ? "," : ",\"leaked\":[",
                   (long)how->leaked[i]);
    if (how->leaked_count > 0)
        buf_add_char(result, ']');
}

static void write_result(const struct outcome *o, struct buf *result)
{
    struct slice out = capture_head(o->out), err = capture_head(o->err);
    int64_t out_replaced, err_replaced;

    if (o->how->signal != 0)
        buf_printf(result, "{\"exit_code\":null,\"signal\":%d", o->how->signal);
    else
        buf_printf(result, "{\"exit_code\":%d,\"signal\":null", o->how->code);
    out_replaced = add_text(result, "stdout", out);
    err_replaced = add_text(result, "stderr", err);
    add_numbers(result, o);
    add_tail(result, "stdout_tail", o->out);
    add_tail(result, "stderr_tail", o->err);
    if (out_replaced > 0)
        add_exact(result, "stdout", out);
    if (err_replaced > 0)
        add_exact(result, "stderr", err);
    add_leaked(result, o->how);
    buf_add_char(result, '}');
}

void outcome_write(const struct outcome *o, struct item *item)
{
    write_result(o, &item->result);
    item->exit_code = o->how->code;
    item->exit_signal = o->how->signal;
    item->bytes_out = o->out->bytes;
    if (item->status == ITEM_COMPLETED)
        snprintf(item->brief, sizeof item->brief, "exit %d", o->how->code);
    if (item->status == ITEM_FAILED)
        capture_add_end(o->err, ITEM_TAIL_MAX, &item->tail);
}

/* As much as there is room for. */
static void add_word(struct buf *out, const char *text)
{
    const size_t room = out->max - out->len, len = strlen(text);

    buf_add(out, text, len < room ? len : room);
}

void outcome_describe(const struct task *task, struct buf *out)
{
    if (task->shell != NULL)
        add_word(out, task->shell);
    for (size_t i = 0; task->argv != NULL && task->argv[i] != NULL; i++) {
        if (i > 0)
            add_word(out, " ");
        add_word(out, task->argv[i]);
    }
}

size_t outcome_bytes(size_t capture)
{
    /* A byte of text may become \u00xx; what has some that are no text has the
     * rest once more. Of a tail there is less. */
    const size_t tail = CAPTURE_TAIL;

    return 2 * (6 * (capture + tail) + base64_len(capture)) + 2048;
}
