/* SPDX-License-Identifier: MIT */
#include "flow/item.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/mem.h"

enum { SMALL = 64 * 1024 };

struct item *item_new(const struct item_limits *limits)
{
    struct item *item = mem_alloc(sizeof *item);

    list_init(&item->link);
    item->retries = -1;
    item->out_file = -1;
    item->side_file = -1;
    buf_init(&item->in, limits->in);
    buf_init(&item->id, SMALL);
    buf_init(&item->meta, limits->in);
    buf_init(&item->etag, ITEM_VERSION_MAX);
    buf_init(&item->last_modified, ITEM_VERSION_MAX);
    buf_init(&item->result, limits->result);
    buf_init(&item->detail, SMALL);
    buf_init(&item->tail, ITEM_TAIL_MAX);
    buf_init(&item->out, limits->out);
    buf_init(&item->side, limits->side);
    return item;
}

static void close_files(struct item *item)
{
    fd_close(item->out_file);
    fd_close(item->side_file);
    item->out_file = -1;
    item->side_file = -1;
}

void item_free(struct item *item)
{
    if (item == NULL)
        return;
    close_files(item);
    buf_release(&item->in);
    buf_release(&item->id);
    buf_release(&item->meta);
    buf_release(&item->etag);
    buf_release(&item->last_modified);
    buf_release(&item->result);
    buf_release(&item->detail);
    buf_release(&item->tail);
    buf_release(&item->out);
    buf_release(&item->side);
    mem_free(item);
}

static void forget(struct buf *b, size_t keep)
{
    if (b->cap > keep)
        buf_release(b);
    else
        buf_clear(b);
}

void item_clear_version(struct item *item)
{
    buf_clear(&item->etag);
    buf_clear(&item->last_modified);
}

void item_clear_attempt(struct item *item)
{
    item->status = ITEM_PENDING;
    item->fault = NULL;
    item->message[0] = '\0';
    item->retryable = false;
    item->retry_floor_ms = 0;
    item->started_wall_ms = 0;
    item->started_us = 0;
    item->duration_us = 0;
    buf_clear(&item->result);
    item->brief[0] = '\0';
    item->exit_code = 0;
    item->exit_signal = 0;
    item->bytes_out = 0;
    buf_clear(&item->detail);
    buf_clear(&item->tail);
    buf_clear(&item->out);
    buf_clear(&item->side);
    close_files(item);
}

void item_clear(struct item *item, size_t keep)
{
    item_clear_attempt(item);
    item_clear_version(item);
    item->attempts = 0;
    item->tried = 0;
    item->known = (struct item_known){.row = 0};
    item->retries = -1;
    item->origin = NULL;
    assert(item->range.file == NULL);
    item->range = (struct range){0};
    item->line = 0;
    item->lines = 0;
    item->number = 0;
    item->chain = 0;
    item->overlong = false;
    forget(&item->in, keep);
    forget(&item->id, keep);
    forget(&item->meta, keep);
    forget(&item->result, keep);
    forget(&item->detail, keep);
    forget(&item->tail, keep);
    forget(&item->out, keep);
    forget(&item->side, keep);
}

void item_complete(struct item *item)
{
    item->status = ITEM_COMPLETED;
    item->fault = NULL;
    item->message[0] = '\0';
}

void item_fail(struct item *item, enum item_status status, const char *fault,
               const char *format, ...)
{
    va_list args;

    item->status = status;
    item->fault = fault;
    va_start(args, format);
    vsnprintf(item->message, sizeof item->message, format, args);
    va_end(args);
}

const char *item_status_name(enum item_status status)
{
    static const char *const names[] = {
        [ITEM_PENDING] = "pending",     [ITEM_RUNNING] = "running",
        [ITEM_COMPLETED] = "completed", [ITEM_FAILED] = "failed",
        [ITEM_CANCELLED] = "cancelled",
    };

    return names[status];
}
