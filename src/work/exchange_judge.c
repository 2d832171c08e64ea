/* SPDX-License-Identifier: MIT */
/* What came, and what that means for the item. */
#include "work/exchange.h"

#include <inttypes.h>
#include <string.h>

#include "work/exchange_core.h"
#include "work/request.h"
#include "work/save.h"
#include "work/verdict.h"

const char *exchange_full_path(struct exchange *x)
{
    struct slice path = exchange_path(x->o, exchange_request(x), &x->scratch);

    buf_clear(&x->path);
    save_add_path(x->o->save, path, &x->path);
    buf_add_char(&x->path, '\0');
    return x->path.data;
}

void exchange_judge_writing(struct exchange *x)
{
    err_wrap(&x->err, "%s", exchange_full_path(x));
    x->err.kind = ERR_OUTPUT;
    item_fail(x->item, ITEM_FAILED, "io", "%s", x->err.text);
}

/* As with a checksum: once more, not for ever. */
static void judge_size(struct exchange *x, uint64_t size)
{
    item_fail(x->item, ITEM_FAILED, "checksum",
              "the body has %" PRIu64 " bytes, not %" PRIu64, size,
              exchange_request(x)->size);
    x->item->retryable =
        item_attempts(x->item) == 1 && ask_is_idempotent(&x->ask);
}

static void judge_refusal(struct exchange *x, const struct http_result *result)
{
    switch (x->refusal) {
    case NOT_REFUSED:
    case HANDED_OVER: break;
    case DRAINED: verdict_status(x->item, &x->ask, result); break;
    case NOT_WRITTEN: exchange_judge_writing(x); break;
    case OTHER_SIZE: judge_size(x, x->limit); break;
    case NOT_ASKED_FOR:
        item_fail(x->item, ITEM_FAILED, "protocol",
                  "a part of it came (status 206), and the whole was asked "
                  "for");
        break;
    case TOO_LARGE:
        item_fail(x->item, ITEM_FAILED, "too_large",
                  "the body has more than %" PRIu64 " bytes", x->limit);
        break;
    }
}

bool exchange_has_content(const struct exchange *x,
                          const struct http_result *result)
{
    return !result->bare && strcmp(ask_method(&x->ask), "HEAD") != 0;
}

/* A whole that was not announced as such was perhaps not the whole. */
static void check_length(struct exchange *x)
{
    if (x->o->body != EXCHANGE_FILE || part_is_whole(&x->part))
        return;
    item_fail(x->item, ITEM_FAILED, "truncated",
              "%" PRIu64 " of %" PRIu64 " bytes are there", x->part.at,
              x->part.note.total);
    x->item->retryable = true;
}

bool exchange_lacks_nothing(const struct exchange *x,
                            const struct http_result *result)
{
    return result->fault == NULL && result->http_code == 416 &&
           part_was_whole(&x->part, x->request);
}

bool exchange_judge(struct exchange *x, const struct http_result *result)
{
    if (x->refusal != NOT_REFUSED)
        judge_refusal(x, result);
    else if (result->fault != NULL)
        verdict_fault(x->item, &x->ask, result);
    else if (exchange_lacks_nothing(x, result))
        x->hashed = false;
    else if (x->conditional && result->http_code == 304)
        x->not_modified = true;
    else if (!x->expected)
        verdict_status(x->item, &x->ask, result);
    else if (exchange_has_content(x, result))
        check_length(x);
    return x->item->fault == NULL;
}

/* A checksum that differs may be a mirror in the midst of its update: once
 * more, not for ever. */
bool exchange_judge_sum(struct exchange *x)
{
    const char *wanted = exchange_request(x)->sha256;

    if (wanted[0] == '\0' || strcmp(wanted, x->sha256) == 0)
        return true;
    item_fail(x->item, ITEM_FAILED, "checksum", "sha256 is %s, not %s",
              x->sha256, wanted);
    x->item->retryable =
        item_attempts(x->item) == 1 && ask_is_idempotent(&x->ask);
    return false;
}

bool exchange_check_sum(struct exchange *x)
{
    uint64_t size = x->o->body == EXCHANGE_FILE ? x->part.at : x->bytes;

    if (!exchange_is_size(x, size)) {
        judge_size(x, size);
        return false;
    }
    if (!x->hashed)
        return true;
    digest_finish(x->digest, x->sha256);
    return exchange_judge_sum(x);
}

bool exchange_finish_file(struct exchange *x)
{
    if (x->o->body != EXCHANGE_FILE)
        return true;
    if (save_commit(&x->part.file, &x->err) == 0) {
        x->saved = true;
        return true;
    }
    x->refusal = NOT_WRITTEN;
    exchange_judge_writing(x);
    return false;
}
