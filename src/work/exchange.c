/* SPDX-License-Identifier: MIT */
/*
 * on_body is called from within libcurl: it takes bytes or refuses them, and
 * notes why. Everything else happens in on_done, which is not: the judgement,
 * the file's name, the record. A file that did not come in one piece is read
 * back for its hash in between, when the request is no more.
 */
#include "work/exchange.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "flow/item.h"
#include "io/http.h"
#include "work/answer.h"
#include "work/ask.h"
#include "work/part.h"
#include "work/rehash.h"
#include "work/request.h"
#include "work/save.h"
#include "work/split.h"
#include "work/verdict.h"

/* Of a buffer, so that one large body does not stay for ever. */
enum { KEEP_BYTES = 64 * 1024 };

/* Why on_body refused. */
enum refusal {
    NOT_REFUSED,
    TOO_LARGE,
    OTHER_SIZE,
    HANDED_OVER, /* ranges do what is left */
    DRAINED,
    NOT_WRITTEN,
    NOT_ASKED_FOR,
};

struct exchange {
    const struct exchange_options *o;
    void *arg;
    struct item *item;
    struct ask ask;
    struct http_plan plan;
    struct http_request *request; /* NULL: it has ended */
    struct buf headers;           /* that are sent */
    int body_fd;                  /* what is sent, or -1 */
    struct buf body;              /* that is received */
    struct part part;
    struct split *split; /* NULL: never */
    bool alone;          /* not by ranges, they were wrong */
    bool deaf;           /* the request is ended for a reason of ours */
    int64_t begun_us;
    struct digest *digest;
    struct rehash rehash;
    char sha256[DIGEST_HEX_SIZE];
    struct buf path;
    struct buf scratch;
    bool hashed; /* the digest has all that came */
    bool saved;
    enum hosts_end verdict;
    bool judged; /* `expected` and `total` are known */
    bool expected;
    enum refusal refusal;
    uint64_t limit; /* TOO_LARGE: that was passed; OTHER_SIZE: the size */
    uint64_t bytes; /* that came */
    uint64_t total; /* of the whole, as announced, or PART_UNKNOWN */
    int64_t queue_us;
    struct err err; /* NOT_WRITTEN */

    /* How the request ended, for when it is no more. */
    struct http_result figures;
    struct buf texts;
    struct buf told; /* headers, for the record */
};

static const struct request *request_of(const struct exchange *x)
{
    return x->item->work;
}

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

/* Bodies that arrive, within libcurl */

static bool refuse(struct exchange *x, enum refusal refusal, uint64_t limit)
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
 * is hashed at the end. */
static bool begin_file(struct exchange *x, enum part_answer answer)
{
    struct slice path = exchange_path(x->o, request_of(x), &x->path);
    int begun;

    x->hashed = answer == PART_WHOLE;
    begun = x->hashed ? part_begin_whole(&x->part, path, x->total, x->request,
                                         &x->err)
                      : part_begin_rest(&x->part, &x->err);
    if (begun < 0)
        return refuse(x, NOT_WRITTEN, 0);
    if (begin_split(x, answer))
        x->hashed = false;
    return true;
}

static uint64_t announced(const struct exchange *x)
{
    int64_t expected = http_expected(x->request);

    return expected < 0 ? PART_UNKNOWN : (uint64_t)expected;
}

static bool is_size(const struct exchange *x, uint64_t size)
{
    uint64_t wanted = request_of(x)->size;

    return wanted == REQUEST_ANY_SIZE || wanted == size;
}

/* The first bytes, or the end without any: status and headers are known now.
 * A part of what was asked for as a whole is refused. */
static bool judge_answer(struct exchange *x)
{
    enum part_answer answer = PART_WHOLE;

    x->judged = true;
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
    if (x->total != PART_UNKNOWN && !is_size(x, x->total))
        return refuse(x, OTHER_SIZE, x->total);
    return x->o->body != EXCHANGE_FILE || begin_file(x, answer);
}

static bool is_split(const struct exchange *x)
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
    if (is_split(x))
        return split_bytes(x, bytes);
    if (part_write(&x->part, bytes, &x->err) == 0)
        return true;
    return refuse(x, NOT_WRITTEN, 0);
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

static bool on_body(void *arg, struct slice bytes)
{
    struct exchange *x = arg;

    if (!x->judged && !judge_answer(x))
        return false;
    x->bytes += bytes.len;
    if (!x->expected)
        return drain(x, bytes);
    if (x->part.begun + x->bytes > body_limit(x))
        return refuse(x, TOO_LARGE, body_limit(x));
    return keep_bytes(x, bytes);
}

/* Judgement */

/* The path as a person finds it, with a NUL. */
static const char *full_path(struct exchange *x)
{
    struct slice path = exchange_path(x->o, request_of(x), &x->scratch);

    buf_clear(&x->path);
    save_add_path(x->o->save, path, &x->path);
    buf_add_char(&x->path, '\0');
    return x->path.data;
}

static void judge_writing(struct exchange *x)
{
    err_wrap(&x->err, "%s", full_path(x));
    x->err.kind = ERR_OUTPUT;
    item_fail(x->item, ITEM_FAILED, "io", "%s", x->err.text);
}

/* As with a checksum: once more, not for ever. */
static void judge_size(struct exchange *x, uint64_t size)
{
    item_fail(x->item, ITEM_FAILED, "checksum",
              "the body has %" PRIu64 " bytes, not %" PRIu64, size,
              request_of(x)->size);
    x->item->retryable = x->item->attempts == 1 && ask_is_idempotent(&x->ask);
}

static void judge_refusal(struct exchange *x, const struct http_result *result)
{
    switch (x->refusal) {
    case NOT_REFUSED:
    case HANDED_OVER: break;
    case DRAINED: verdict_status(x->item, &x->ask, result); break;
    case NOT_WRITTEN: judge_writing(x); break;
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

/* An answer that has no body says nothing about what its file should be. */
static bool has_content(const struct exchange *x,
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

/* Whether the server had no more bytes than we have. */
static bool lacks_nothing(const struct exchange *x,
                          const struct http_result *result)
{
    return result->fault == NULL && result->http_code == 416 &&
           part_was_whole(&x->part, x->request);
}

/* Whether all came that was asked for; else the item has failed. */
static bool judge(struct exchange *x, const struct http_result *result)
{
    if (x->refusal != NOT_REFUSED)
        judge_refusal(x, result);
    else if (result->fault != NULL)
        verdict_fault(x->item, &x->ask, result);
    else if (lacks_nothing(x, result))
        x->hashed = false;
    else if (!x->expected)
        verdict_status(x->item, &x->ask, result);
    else if (has_content(x, result))
        check_length(x);
    return x->item->fault == NULL;
}

/* A checksum that differs may be a mirror in the midst of its update: once
 * more, not for ever. */
static bool check_sum(struct exchange *x)
{
    const char *wanted = request_of(x)->sha256;
    uint64_t size = x->o->body == EXCHANGE_FILE ? x->part.at : x->bytes;

    if (!is_size(x, size)) {
        judge_size(x, size);
        return false;
    }
    if (!x->hashed)
        return true;
    digest_finish(x->digest, x->sha256);
    if (wanted[0] == '\0' || strcmp(wanted, x->sha256) == 0)
        return true;
    item_fail(x->item, ITEM_FAILED, "checksum", "sha256 is %s, not %s",
              x->sha256, wanted);
    x->item->retryable = x->item->attempts == 1 && ask_is_idempotent(&x->ask);
    return false;
}

static bool finish_file(struct exchange *x)
{
    if (x->o->body != EXCHANGE_FILE)
        return true;
    if (save_commit(&x->part.file, &x->err) == 0) {
        x->saved = true;
        return true;
    }
    x->refusal = NOT_WRITTEN;
    judge_writing(x);
    return false;
}

/* The end */

static void write_answer(struct exchange *x)
{
    const struct http_result *result = &x->figures;
    struct item *item = x->item;
    const struct request *request = request_of(x);
    bool whole = x->refusal == NOT_REFUSED && x->body.len == x->bytes;
    struct answer answer = {
        .url = buf_slice(&request->url),
        .figures = result,
        .queue_us = x->queue_us,
        .headers = buf_slice(&x->told),
        .resumed_from = x->part.begun,
        .ranges = x->split != NULL ? split_ranges(x->split) : 0,
        .has_body = x->o->body == EXCHANGE_INLINE && whole &&
                    result->http_code != 0 && result->fault == NULL,
        .body = buf_slice(&x->body),
    };

    if (x->o->describe)
        answer_describe(&answer, &item->detail);
    if (item->status == ITEM_CANCELLED)
        return;
    if (x->saved) {
        answer.path = full_path(x);
        answer.sha256 = x->sha256;
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

/* Give back what only a running one needs. */
static void leave(struct exchange *x, bool keep)
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

static void end(struct exchange *x)
{
    const struct http_result *result = &x->figures;
    bool lost;

    write_answer(x);
    x->verdict = verdict_host(x->item, result);
    lost = x->refusal == NOT_WRITTEN && save_disk_failed(x->err.sys);
    leave(x, is_worth_keeping(x));
    x->o->on_end(x->arg, x->item, lost ? &x->err : NULL);
}

/* All is there, and its hash is known if it is asked for. */
static void conclude(struct exchange *x)
{
    if (!has_content(x, &x->figures) || (check_sum(x) && finish_file(x)))
        item_complete(x->item);
    end(x);
}

static void on_read_back(void *arg)
{
    struct exchange *x = arg;

    x->hashed = true;
    if (x->rehash.stopped) {
        item_fail(x->item, ITEM_CANCELLED, "cancelled",
                  "cancelled while it ran");
        end(x);
    } else if (x->rehash.sys != 0) {
        x->refusal = NOT_WRITTEN;
        errno = x->rehash.sys;
        err_sys(&x->err, ERR_OUTPUT, "cannot read it back");
        judge_writing(x);
        end(x);
    } else {
        conclude(x);
    }
}

static void read_back(struct exchange *x)
{
    x->rehash.pool = x->o->pool;
    x->rehash.digest = x->digest;
    x->rehash.fd = x->part.file.fd;
    x->rehash.arg = x;
    x->rehash.done = on_read_back;
    rehash_start(&x->rehash);
}

/* The beginning */

static void clear(struct exchange *x)
{
    x->hashed = x->o->body == EXCHANGE_FILE || request_of(x)->sha256[0] != '\0';
    x->saved = false;
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
    if (x->hashed)
        digest_clear(x->digest);
}

/* Ask for the whole, or for what of it is missing. */
static void send_request(struct exchange *x)
{
    clear(x);
    x->plan.header_count = ask_add_headers(&x->ask, &x->headers);
    x->plan.header_count += part_add_headers(&x->part, &x->headers);
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
           (answered && result->http_code == 416 && !lacks_nothing(x, result));
}

static void judge_empty(struct exchange *x, const struct http_result *result)
{
    if (x->judged || result->fault != NULL)
        return;
    x->expected = ask_expects(&x->ask, result->http_code);
    if (has_content(x, result))
        judge_answer(x);
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

    return is_split(x) && !cancelled &&
           (x->refusal == NOT_REFUSED || x->refusal == HANDED_OVER);
}

static void on_done(void *arg, const struct http_result *result)
{
    struct exchange *x = arg;
    bool well;

    if (x->deaf)
        return;
    judge_empty(x, result);
    if (was_asked_in_vain(x, result)) {
        part_forget(&x->part);
        send_request(x);
        return;
    }
    x->figures = *result;
    if (x->o->include_headers && result->http_code != 0)
        answer_headers(x->request, &x->scratch, &x->told);
    if (goes_on(x, result)) {
        answer_keep(&x->figures, &x->texts);
        end_first(x, result);
        return;
    }
    if (is_split(x))
        split_stop(x->split);
    well = judge(x, result);
    x->request = NULL;
    if (!well) {
        end(x);
    } else if (x->hashed || x->o->body != EXCHANGE_FILE) {
        conclude(x);
    } else {
        answer_keep(&x->figures, &x->texts);
        read_back(x);
    }
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
    case SPLIT_WHOLE: read_back(x); break;
    case SPLIT_FAILED: end(x); break;
    case SPLIT_NOT_WRITTEN:
        x->refusal = NOT_WRITTEN;
        judge_writing(x);
        end(x);
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
    const struct request *request = request_of(x);
    bool lasting = x->o->resume && x->o->body == EXCHANGE_FILE &&
                   ask_is_whole_get(&x->ask);
    struct slice path = slice_of(NULL, 0);

    if (lasting)
        path = exchange_path(x->o, request, &x->path);
    if (part_start(&x->part, lasting, path, buf_slice(&request->url),
                   &x->scratch, err) == 0)
        return 0;
    return err_wrap(err, "%s", full_path(x));
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
                                 .on_body = on_body,
                                 .on_done = on_done};
    if (x->plan.timeout_ms < 0)
        x->plan.timeout_ms = x->o->timeout_ms;
    if (start_part(x, &err) == 0 &&
        ask_open_body(&x->ask, &x->plan, &x->body_fd, &err) == 0) {
        send_request(x);
        return 0;
    }
    item_fail(item, ITEM_FAILED, "io", "%s", err.text);
    leave(x, true);
    return -1;
}

void exchange_cancel(struct exchange *x)
{
    if (x->request != NULL) {
        http_cancel(x->request);
    } else if (is_split(x)) {
        split_stop(x->split);
        sum_up(x, false);
        item_fail(x->item, ITEM_CANCELLED, "cancelled",
                  "cancelled while it ran");
        end(x);
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
    x->digest = digest_new();
    buf_init(&x->headers, SIZE_MAX); /* of the line and the command line */
    buf_init(&x->body, most);
    buf_init(&x->path, SIZE_MAX);
    buf_init(&x->scratch, SIZE_MAX);
    buf_init(&x->texts, SIZE_MAX);
    buf_init(&x->told, SIZE_MAX); /* headers are bounded */
    return x;
}

void exchange_free(struct exchange *x)
{
    if (x == NULL)
        return;
    leave(x, true);
    split_free(x->split);
    digest_free(x->digest);
    buf_release(&x->headers);
    buf_release(&x->body);
    buf_release(&x->path);
    buf_release(&x->scratch);
    buf_release(&x->texts);
    buf_release(&x->told);
    mem_free(x);
}
