/* SPDX-License-Identifier: MIT */
/*
 * The end of an exchange: its file gets its name, its item its record. A file
 * whose hash is not known yet is read back before, on a thread; a small one is
 * hashed, written and named on one, while the place it had is others' already.
 */
#include "work/exchange.h"

#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "work/answer.h"
#include "work/condition.h"
#include "work/exchange_core.h"
#include "work/request.h"
#include "work/save.h"
#include "work/split.h"
#include "work/verdict.h"

/* Of a buffer, so that one large body does not stay for ever. */
enum { KEEP_BYTES = 64 * 1024 };

static void write_answer(struct exchange *x)
{
    const struct http_result *result = &x->figures;
    struct item *item = x->item;
    const struct request *request = exchange_request(x);
    bool whole = x->refusal == NOT_REFUSED && x->body.len == x->bytes;
    struct answer answer = {
        .url = buf_slice(&request->url),
        .figures = result,
        .queue_us = x->queue_us,
        .headers = buf_slice(&x->told),
        .resumed_from = x->part.begun,
        .ranges = x->split != NULL ? split_ranges(x->split) : 0,
        .not_modified = x->not_modified,
        .has_body = x->o->body == EXCHANGE_INLINE && whole &&
                    !x->not_modified && result->http_code != 0 &&
                    result->fault == NULL,
        .body = buf_slice(&x->body),
    };

    if (x->o->describe)
        answer_describe(&answer, &item->detail);
    if (item->status == ITEM_CANCELLED)
        return;
    if (x->saved) {
        answer.path = exchange_full_path(x);
        answer.sha256 = x->sha256;
    } else if (x->not_modified && condition_needs_file(x->o, item)) {
        answer.path = exchange_full_path(x);
        answer.sha256 = request->sha256; /* it was looked at, if given */
    }
    if (answer_write(&answer, &x->scratch, &item->result) < 0)
        buf_clear(&item->result);
}

/* What a next attempt may go on with: not what was wrong as a whole. */
static bool is_worth_keeping(const struct exchange *x)
{
    const char *fault = x->item->fault;

    return fault != NULL && strcmp(fault, "checksum") != 0 &&
           x->refusal != TOO_LARGE && x->refusal != NOT_ASKED_FOR;
}

/* After a redirect nobody knows what URL the version is of: the next time it
 * may lead elsewhere. */
static void keep_version(struct exchange *x)
{
    const struct http_result *result = &x->figures;

    if (x->item->status != ITEM_COMPLETED || x->not_modified)
        return;
    item_clear_version(x->item);
    if ((result->http_code != 200 && result->http_code != 206) ||
        result->num_redirects > 0)
        return;
    buf_add_slice(&x->item->etag, buf_slice(&x->etag));
    buf_add_slice(&x->item->last_modified, buf_slice(&x->last_modified));
}

/* Give back what only a running one needs. */
void exchange_leave(struct exchange *x, bool keep)
{
    part_leave(&x->part, keep);
    fd_close(x->body_fd);
    x->body_fd = -1;
    buf_clear(&x->body);
    buf_shrink(&x->body, KEEP_BYTES);
    buf_clear(&x->headers);
    buf_shrink(&x->headers, KEEP_BYTES);
    buf_clear(&x->told);
    buf_shrink(&x->told, KEEP_BYTES);
}

static void on_given_up(void *arg)
{
    exchange_end(arg);
}

void exchange_end(struct exchange *x)
{
    const struct http_result *result = &x->figures;
    bool lost;

    if (x->rehash.busy) { /* a thread still reads the file */
        answer_keep(&x->figures, &x->texts);
        x->rehash.done = on_given_up;
        rehash_stop(&x->rehash);
        return;
    }
    write_answer(x);
    keep_version(x);
    x->verdict = verdict_host(x->item->status == ITEM_COMPLETED, result);
    lost = x->refusal == NOT_WRITTEN && save_disk_failed(x->err.sys);
    exchange_leave(x, is_worth_keeping(x));
    x->o->on_end(x->arg, x->item, lost ? &x->err : NULL);
}

/* All is there, and its hash is known if it is asked for. */
static void name_it(struct exchange *x)
{
    if (!exchange_has_content(x, &x->figures) ||
        (exchange_check_sum(x) && exchange_finish_file(x)))
        item_complete(x->item);
    exchange_end(x);
}

static void on_read_back(void *arg)
{
    struct exchange *x = arg;

    x->hashed = true;
    if (x->rehash.stopped) {
        item_fail(x->item, ITEM_CANCELLED, "cancelled",
                  "cancelled while it ran");
        exchange_end(x);
    } else if (x->rehash.sys != 0) {
        x->refusal = NOT_WRITTEN;
        errno = x->rehash.sys;
        err_sys(&x->err, ERR_OUTPUT, "cannot read it back");
        exchange_judge_writing(x);
        exchange_end(x);
    } else {
        name_it(x);
    }
}

static void prepare_reading(struct exchange *x)
{
    x->rehash.pool = x->o->pool;
    x->rehash.digest = x->digest;
    x->rehash.fd = x->part.file.fd;
    x->rehash.arg = x;
    x->rehash.done = on_read_back;
}

void exchange_follow(struct exchange *x)
{
    x->hashed = false;
    x->follows = true;
    prepare_reading(x);
    rehash_begin(&x->rehash);
}

void exchange_read_back(struct exchange *x)
{
    if (x->follows) {
        rehash_finish(&x->rehash);
        return;
    }
    prepare_reading(x);
    rehash_start(&x->rehash);
}

static void on_deposited(void *arg)
{
    struct exchange *x = arg;

    memcpy(x->sha256, x->deposit.sha256, sizeof x->sha256);
    if (x->deposit.differs) {
        exchange_judge_sum(x);
    } else if (x->deposit.err.kind != ERR_NONE) {
        x->err = x->deposit.err;
        x->refusal = NOT_WRITTEN;
        exchange_judge_writing(x);
    } else {
        x->saved = true;
        item_complete(x->item);
    }
    exchange_end(x);
}

/* Where many files wait to be written the place is kept, so that no more bodies
 * gather. */
static void hand_in(struct exchange *x)
{
    x->deposit.path = exchange_path(x->o, exchange_request(x), &x->path);
    x->deposit.bytes = buf_slice(&x->body);
    x->deposit.digest = x->digest;
    x->deposit.wanted = exchange_request(x)->sha256;
    x->deposit.arg = x;
    x->deposit.done = on_deposited;
    deposit_put(x->o->deposit, &x->deposit);
    if (deposit_full(x->o->deposit))
        return;
    x->verdict = verdict_host(true, &x->figures);
    x->o->on_received(x->arg, x->item);
}

void exchange_withdraw(struct exchange *x)
{
    if (!deposit_withdraw(x->o->deposit, &x->deposit))
        return;
    item_fail(x->item, ITEM_CANCELLED, "cancelled", "cancelled while it ran");
    exchange_end(x);
}

void exchange_conclude(struct exchange *x)
{
    if (!x->small && (x->hashed || x->o->body != EXCHANGE_FILE)) {
        name_it(x);
        return;
    }
    answer_keep(&x->figures, &x->texts);
    if (x->small)
        hand_in(x);
    else
        exchange_read_back(x);
}
