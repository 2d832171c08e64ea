/* SPDX-License-Identifier: MIT */
/*
 * Called from within libcurl: bytes are taken or refused, and it is noted why.
 */
#include "work/exchange.h"

#include <strings.h>

#include "work/condition.h"
#include "work/exchange_core.h"
#include "work/request.h"
#include "work/split.h"

/* Of a file whose hash is worth a thread. */
enum { LARGE_BYTES = 8 * 1024 * 1024 };

static bool refuse(struct exchange *x, enum exchange_refusal refusal,
                   uint64_t limit)
{
    x->refusal = refusal;
    x->limit = limit;
    return false;
}

static uint64_t body_limit(const struct exchange *x)
{
    uint64_t limit = x->o->max_bytes > 0 ? x->o->max_bytes : UINT64_MAX;

    if (x->o->body == EXCHANGE_INLINE && limit > x->o->max_inline)
        limit = x->o->max_inline;
    return limit;
}

static bool allows_ranges(const struct exchange *x)
{
    const char *ranges = http_header_value(x->request, "Accept-Ranges");

    return ranges != NULL && strcasecmp(ranges, "bytes") == 0;
}

static bool begin_split(struct exchange *x, enum part_answer answer)
{
    int64_t timeout_us = x->plan.timeout_ms * 1000;
    const struct split_first first = {
        .ask = &x->ask,
        .plan = &x->plan,
        .request = x->request,
        .deadline_us = timeout_us > 0 ? x->begun_us + timeout_us : 0,
        .ranges = answer == PART_REST || allows_ranges(x)};

    return x->split != NULL && !x->alone && ask_is_whole_get(&x->ask) &&
           split_begin(x->split, x->item, &first, x->arg);
}

/* The file, now that it is known what comes. What goes on with bytes of before
 * is hashed at the end. What comes in one piece, `len` bytes, is kept. */
static bool begin_file(struct exchange *x, enum part_answer answer, size_t len)
{
    struct slice path;
    int begun;

    x->small = answer == PART_WHOLE && len == x->total &&
               x->o->deposit != NULL && part_begin_kept(&x->part, x->total);
    if (x->small) {
        x->hashed = false;
        return true;
    }
    path = exchange_path(x->o, exchange_request(x), &x->path);
    x->hashed = answer == PART_WHOLE;
    begun = x->hashed ? part_begin_whole(&x->part, path, x->total, x->request,
                                         &x->err)
                      : part_begin_rest(&x->part, &x->err);
    if (begun < 0)
        return refuse(x, NOT_WRITTEN, 0);
    if (begin_split(x, answer))
        x->hashed = false;
    else if (x->hashed && x->total != PART_UNKNOWN && x->total >= LARGE_BYTES)
        exchange_follow(x);
    return true;
}

static uint64_t announced(const struct exchange *x)
{
    int64_t expected = http_expected(x->request);

    return expected < 0 ? PART_UNKNOWN : (uint64_t)expected;
}

bool exchange_is_size(const struct exchange *x, uint64_t size)
{
    uint64_t wanted = exchange_request(x)->size;

    return wanted == REQUEST_ANY_SIZE || wanted == size;
}

/* A part of what was asked for as a whole is refused. */
bool exchange_judge_answer(struct exchange *x, size_t len)
{
    enum part_answer answer = PART_WHOLE;

    x->judged = true;
    if (x->o->versions)
        condition_note(x->request, &x->etag, &x->last_modified);
    if (ask_is_whole_get(&x->ask))
        answer = part_judge(&x->part, x->request);
    x->expected = ask_expects(
        &x->ask, answer == PART_REST ? 200 : http_status(x->request));
    if (answer == PART_WRONG)
        return refuse(x, NOT_ASKED_FOR, 0);
    if (!x->expected)
        return true;
    x->total = answer == PART_REST ? x->part.note.total : announced(x);
    if (x->total != PART_UNKNOWN && x->total > body_limit(x))
        return refuse(x, TOO_LARGE, body_limit(x));
    if (x->total != PART_UNKNOWN && !exchange_is_size(x, x->total))
        return refuse(x, OTHER_SIZE, x->total);
    return x->o->body != EXCHANGE_FILE || begin_file(x, answer, len);
}

bool exchange_is_split(const struct exchange *x)
{
    return x->split != NULL && split_active(x->split);
}

static bool split_bytes(struct exchange *x, struct slice bytes)
{
    switch (split_add(x->split, bytes)) {
    case SPLIT_ADDED: return true;
    case SPLIT_ENOUGH: return refuse(x, HANDED_OVER, 0);
    case SPLIT_NO_ROOM: break;
    }
    return refuse(x, NOT_WRITTEN, 0);
}

static bool save_bytes(struct exchange *x, struct slice bytes)
{
    if (x->part.ranged && bytes.len > x->total - x->part.at)
        return refuse(x, NOT_ASKED_FOR, 0);
    if (x->hashed)
        digest_add(x->digest, bytes);
    if (exchange_is_split(x))
        return split_bytes(x, bytes);
    if (x->small)
        part_keep(&x->part, bytes, &x->body);
    else if (part_write(&x->part, bytes, &x->err) < 0)
        return refuse(x, NOT_WRITTEN, 0);
    if (x->follows)
        rehash_follow(&x->rehash, x->part.at);
    return true;
}

static bool keep_bytes(struct exchange *x, struct slice bytes)
{
    if (x->o->body == EXCHANGE_FILE)
        return save_bytes(x, bytes);
    if (x->hashed)
        digest_add(x->digest, bytes);
    if (x->o->body == EXCHANGE_INLINE)
        return buf_add_slice(&x->body, bytes) == 0;
    return true;
}

/* The reason that a server gives for its refusal is worth keeping. */
static bool drain(struct exchange *x, struct slice bytes)
{
    if (x->bytes > EXCHANGE_DRAIN)
        return refuse(x, DRAINED, EXCHANGE_DRAIN);
    if (x->o->body == EXCHANGE_INLINE && x->bytes <= x->o->max_inline)
        buf_add_slice(&x->body, bytes);
    return true;
}

bool exchange_on_body(void *arg, struct slice bytes)
{
    struct exchange *x = arg;

    if (!x->judged && !exchange_judge_answer(x, bytes.len))
        return false;
    x->bytes += bytes.len;
    if (!x->expected)
        return drain(x, bytes);
    if (x->part.begun + x->bytes > body_limit(x))
        return refuse(x, TOO_LARGE, body_limit(x));
    return keep_bytes(x, bytes);
}
