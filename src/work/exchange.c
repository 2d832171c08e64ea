/* SPDX-License-Identifier: MIT */
/*
 * Bodies arrive within libcurl; everything else happens in on_done, which is
 * called outside of it: the judgement, the file's name, the record. A file that
 * was gone on with is read back for its hash in between, when the request is no
 * more; a large one while it comes. A small one that came in one piece is
 * written as a whole then, by a thread.
 */
#include "work/exchange.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "work/answer.h"
#include "work/condition.h"
#include "work/exchange_core.h"
#include "work/request.h"
#include "work/save.h"
#include "work/split.h"
#include "work/verdict.h"

struct slice exchange_path(const struct exchange_options *o,
                           const struct request *request, struct buf *scratch)
{
    if (o->file_name != NULL)
        return slice_text(o->file_name);
    if (request->output.len > 0)
        return buf_slice(&request->output);
    save_name(request->parts.path, scratch);
    return buf_slice(scratch);
}

/* The beginning */

static void clear(struct exchange *x)
{
    x->hashed =
        x->o->body == EXCHANGE_FILE || exchange_request(x)->sha256[0] != '\0';
    x->small = false;
    x->follows = false;
    x->saved = false;
    x->conditional = false;
    x->not_modified = false;
    buf_clear(&x->etag);
    buf_clear(&x->last_modified);
    x->verdict = HOSTS_OTHERWISE;
    x->judged = false;
    x->expected = false;
    x->refusal = NOT_REFUSED;
    x->bytes = 0;
    x->total = PART_UNKNOWN;
    x->item->fault = NULL; /* of ranges that were in vain */
    x->item->retry_floor_ms = 0;
    buf_clear(&x->headers);
    buf_clear(&x->body);
    if (x->hashed && x->digest == NULL)
        x->digest = digest_new();
    else if (x->hashed)
        digest_clear(x->digest);
}

/* Ask for the whole, or for what of it is missing. */
static void send_request(struct exchange *x)
{
    size_t conditions;

    clear(x);
    x->plan.header_count = ask_add_headers(&x->ask, &x->headers);
    x->plan.header_count += part_add_headers(&x->part, &x->headers);
    conditions = condition_add_headers(x->item, &x->headers);
    x->conditional = conditions > 0;
    x->plan.header_count += conditions;
    x->plan.headers = x->headers.data;
    x->request = http_start(x->o->http, &x->plan);
}

/* The end of the request */

/* Whether the rest was asked for of a file that is another now, or from a
 * server that cannot do that. */
static bool was_asked_in_vain(const struct exchange *x,
                              const struct http_result *result)
{
    bool answered = result->fault == NULL || x->refusal == DRAINED;

    if (!x->part.ranged)
        return false;
    return x->refusal == NOT_ASKED_FOR ||
           (answered && result->http_code == 416 &&
            !exchange_lacks_nothing(x, result));
}

/* Whether the version is that of one URL, and the answer that of another. */
static bool was_led_elsewhere(const struct exchange *x,
                              const struct http_result *result)
{
    return x->conditional && result->fault == NULL &&
           result->http_code == 304 && result->num_redirects > 0;
}

/* Ask for the whole, if the answer is none to what was wanted. */
static bool ask_again(struct exchange *x, const struct http_result *result)
{
    if (was_asked_in_vain(x, result))
        part_forget(&x->part);
    else if (was_led_elsewhere(x, result))
        item_clear_version(x->item);
    else
        return false;
    send_request(x);
    return true;
}

static void judge_empty(struct exchange *x, const struct http_result *result)
{
    if (x->judged || result->fault != NULL)
        return;
    x->expected = ask_expects(&x->ask, result->http_code);
    if (exchange_has_content(x, result))
        exchange_judge_answer(x, 0);
}

/* The first of several requests has ended, the others go on. */
static void end_first(struct exchange *x, const struct http_result *result)
{
    bool well = x->refusal == HANDED_OVER || result->fault == NULL;

    if (!well)
        verdict_fault(x->item, &x->ask, result);
    x->refusal = NOT_REFUSED;
    x->figures.fault = NULL;
    x->request = NULL;
    split_first_ended(x->split, well);
}

static bool goes_on(const struct exchange *x, const struct http_result *result)
{
    bool cancelled = result->fault != NULL && x->refusal == NOT_REFUSED &&
                     strcmp(result->fault, "cancelled") == 0;

    return exchange_is_split(x) && !cancelled &&
           (x->refusal == NOT_REFUSED || x->refusal == HANDED_OVER);
}

static void on_done(void *arg, const struct http_result *result)
{
    struct exchange *x = arg;
    bool well;

    if (x->deaf) { /* why it ends is known, and is not what `result` says */
        x->figures = *result;
        x->figures.fault = NULL;
        answer_keep(&x->figures, &x->texts);
        return;
    }
    judge_empty(x, result);
    if (ask_again(x, result))
        return;
    x->figures = *result;
    if (x->o->versions && !x->judged && result->http_code != 0)
        condition_note(x->request, &x->etag, &x->last_modified);
    if (x->o->include_headers && result->http_code != 0)
        answer_headers(x->request, &x->scratch, &x->told);
    if (goes_on(x, result)) {
        answer_keep(&x->figures, &x->texts);
        end_first(x, result);
        return;
    }
    if (exchange_is_split(x))
        split_stop(x->split);
    well = exchange_judge(x, result);
    x->request = NULL;
    if (well)
        exchange_conclude(x);
    else
        exchange_end(x);
}

/* What the request took, with all of its ranges. The last bytes of the first
 * one may have come twice. */
static void sum_up(struct exchange *x, bool whole)
{
    struct http_result *f = &x->figures;

    f->size_download = whole ? x->part.note.total - x->part.begun
                             : x->bytes + split_came(x->split);
    f->time_total_us = clock_now_us() - x->begun_us;
    if (f->time_total_us > 0)
        f->speed_download = (uint64_t)((double)f->size_download * 1e6 /
                                       (double)f->time_total_us);
}

static void on_split_ended(void *arg, enum split_end how)
{
    struct exchange *x = arg;

    if (x->request != NULL) {
        x->deaf = true;
        http_cancel(x->request);
        x->deaf = false;
        x->request = NULL;
    }
    sum_up(x, how == SPLIT_WHOLE);
    switch (how) {
    case SPLIT_WHOLE: exchange_read_back(x); break;
    case SPLIT_FAILED: exchange_end(x); break;
    case SPLIT_NOT_WRITTEN:
        x->refusal = NOT_WRITTEN;
        exchange_judge_writing(x);
        exchange_end(x);
        break;
    case SPLIT_WRONG:
        x->alone = true;
        part_forget(&x->part);
        send_request(x);
        break;
    }
}

/* One that wants to be left alone, or is in trouble, is no sign to send more.
 */
static void on_answer(void *arg)
{
    struct exchange *x = arg;

    if (!verdict_is_passing(http_status(x->request)))
        x->o->on_answer(x->arg);
}

static void on_hop(void *arg, const char *url)
{
    struct exchange *x = arg;

    x->o->on_hop(x->arg, x->item, url);
}

void exchange_go_on(struct exchange *x, int64_t waited_us)
{
    x->queue_us += waited_us;
    http_go_on(x->request);
}

/* Look for what is left of the file. */
static int start_part(struct exchange *x, struct err *err)
{
    const struct request *request = exchange_request(x);
    bool lasting = x->o->resume && x->o->body == EXCHANGE_FILE &&
                   ask_is_whole_get(&x->ask);
    struct slice path = slice_of(NULL, 0);

    if (lasting)
        path = exchange_path(x->o, request, &x->path);
    if (part_start(&x->part, lasting, path, buf_slice(&request->url),
                   &x->scratch, err) == 0)
        return 0;
    return err_wrap(err, "%s", exchange_full_path(x));
}

int exchange_start(struct exchange *x, struct item *item, int64_t queue_us)
{
    const struct request *request = item->work;
    struct err err;

    x->item = item;
    x->ask = (struct ask){.own = request, .all = x->o->defaults};
    x->queue_us = queue_us;
    x->begun_us = clock_now_us();
    x->alone = false;
    if (x->split != NULL)
        split_clear(x->split);
    x->plan = (struct http_plan){.url = request->url.data,
                                 .host = request->parts.host,
                                 .method = ask_method(&x->ask),
                                 .timeout_ms = request->timeout_ms,
                                 .once = !ask_is_idempotent(&x->ask),
                                 .arg = x,
                                 .on_answer = on_answer,
                                 .on_hop = on_hop,
                                 .on_body = exchange_on_body,
                                 .on_done = on_done};
    if (x->plan.timeout_ms < 0)
        x->plan.timeout_ms = x->o->timeout_ms;
    if (start_part(x, &err) == 0 &&
        ask_open_body(&x->ask, &x->plan, &x->body_fd, &err) == 0) {
        send_request(x);
        return 0;
    }
    item_fail(item, ITEM_FAILED, "io", "%s", err.text);
    exchange_leave(x, true);
    return -1;
}

void exchange_cancel(struct exchange *x)
{
    if (x->request != NULL) {
        http_cancel(x->request);
    } else if (exchange_is_split(x)) {
        split_stop(x->split);
        sum_up(x, false);
        item_fail(x->item, ITEM_CANCELLED, "cancelled",
                  "cancelled while it ran");
        exchange_end(x);
    } else if (x->small) {
        exchange_withdraw(x);
    } else {
        rehash_stop(&x->rehash);
    }
}

void exchange_measure(const struct exchange *x, uint64_t *there, uint64_t *came,
                      uint64_t *total)
{
    *there = x->part.begun;
    *came = x->bytes + (x->split != NULL ? split_came(x->split) : 0);
    *total = x->total;
}

bool exchange_not_modified(const struct exchange *x)
{
    return x->not_modified;
}

enum hosts_end exchange_verdict(const struct exchange *x)
{
    return x->verdict;
}

struct exchange *exchange_new(const struct exchange_options *options, void *arg)
{
    struct exchange *x = mem_alloc(sizeof *x);
    size_t most = options->max_inline > EXCHANGE_DRAIN ? options->max_inline
                                                       : EXCHANGE_DRAIN;

    x->o = options;
    x->arg = arg;
    x->body_fd = -1;
    x->part.save = options->save;
    if (options->split > 1)
        x->split = split_new(&(struct split_options){.exchange = options,
                                                     .part = &x->part,
                                                     .err = &x->err,
                                                     .arg = x,
                                                     .ended = on_split_ended});
    list_init(&x->deposit.link);
    buf_init(&x->headers, SIZE_MAX); /* of the line and the command line */
    buf_init(&x->body, most);
    buf_init(&x->path, SIZE_MAX);
    buf_init(&x->scratch, SIZE_MAX);
    buf_init(&x->texts, SIZE_MAX);
    buf_init(&x->etag, ITEM_VERSION_MAX);
    buf_init(&x->last_modified, ITEM_VERSION_MAX);
    buf_init(&x->told, SIZE_MAX); /* headers are bounded */
    return x;
}

void exchange_free(struct exchange *x)
{
    if (x == NULL)
        return;
    exchange_leave(x, true);
    split_free(x->split);
    digest_free(x->digest);
    buf_release(&x->headers);
    buf_release(&x->body);
    buf_release(&x->path);
    buf_release(&x->scratch);
    buf_release(&x->texts);
    buf_release(&x->etag);
    buf_release(&x->last_modified);
    buf_release(&x->told);
    mem_free(x);
}
