/* SPDX-License-Identifier: MIT */
/*
 * on_body is called from within libcurl: it takes bytes or refuses them, and
 * notes why. Everything else happens in on_done, which is not: the judgement,
 * the file's name, the record.
 */
#include "work/exchange.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "flow/item.h"
#include "io/http.h"
#include "work/answer.h"
#include "work/request.h"
#include "work/save.h"

/* Of a buffer, so that one large body does not stay for ever. */
enum { KEEP_BYTES = 64 * 1024 };

/* Why on_body refused. */
enum refusal { NOT_REFUSED, TOO_LARGE, DRAINED, NOT_WRITTEN };

struct exchange {
    const struct exchange_options *o;
    void *arg;
    struct item *item;
    struct http_request *request;
    struct buf headers; /* that are sent */
    int body_fd;        /* what is sent, or -1 */
    struct buf body;    /* that is received */
    struct save_file file;
    struct digest *digest;
    char sha256[DIGEST_HEX_SIZE];
    struct buf path;
    struct buf scratch;
    bool hashed;
    bool saved;
    enum hosts_end verdict;
    bool judged; /* `expected` is known */
    bool expected;
    enum refusal refusal;
    uint64_t limit; /* TOO_LARGE: that was passed */
    uint64_t bytes;
    int64_t queue_us;
    struct err err; /* NOT_WRITTEN */
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

static bool expects(const struct exchange *x, int status)
{
    const struct request *own = request_of(x);

    return request_expects(own->expect_count > 0 ? own : x->o->defaults,
                           status);
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

/* The first bytes: the status is known now, and the length it announces. */
static bool judge_answer(struct exchange *x)
{
    int64_t expected = http_expected(x->request);

    x->judged = true;
    x->expected = expects(x, http_status(x->request));
    if (x->expected && expected > 0 && (uint64_t)expected > body_limit(x))
        return refuse(x, TOO_LARGE, body_limit(x));
    return true;
}

static bool begin_file(struct exchange *x)
{
    struct slice path = exchange_path(x->o, request_of(x), &x->path);

    if (save_begin(x->o->save, &x->file, path, &x->err) == 0)
        return true;
    return refuse(x, NOT_WRITTEN, 0);
}

static bool save_bytes(struct exchange *x, struct slice bytes)
{
    if (!x->file.open && !begin_file(x))
        return false;
    if (save_write(&x->file, bytes, &x->err) == 0)
        return true;
    return refuse(x, NOT_WRITTEN, 0);
}

static bool keep_bytes(struct exchange *x, struct slice bytes)
{
    switch (x->o->body) {
    case EXCHANGE_INLINE: return buf_add_slice(&x->body, bytes) == 0;
    case EXCHANGE_FILE: return save_bytes(x, bytes);
    case EXCHANGE_NOWHERE: return true;
    }
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
    if (x->bytes > body_limit(x))
        return refuse(x, TOO_LARGE, body_limit(x));
    if (x->hashed)
        digest_add(x->digest, bytes);
    return keep_bytes(x, bytes);
}

/* Judgement */

static const struct request *body_owner(const struct exchange *x)
{
    const struct request *own = request_of(x);

    return own->body_kind != REQUEST_NO_BODY ? own : x->o->defaults;
}

static const char *method_of(const struct exchange *x)
{
    const struct request *own = request_of(x);

    if (own->method[0] != '\0')
        return own->method;
    if (x->o->defaults->method[0] != '\0')
        return x->o->defaults->method;
    return body_owner(x)->body_kind == REQUEST_NO_BODY ? "GET" : "POST";
}

/* RFC 9110 section 9.2.2, and what asks for it by its own key. */
static bool is_idempotent(const struct exchange *x)
{
    static const char *const methods[] = {"GET",   "HEAD", "OPTIONS",
                                          "TRACE", "PUT",  "DELETE"};
    const struct slice key = slice_text("Idempotency-Key");
    const char *method = method_of(x);

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(method, methods[i]) == 0)
            return true;
    }
    return request_has_header(request_of(x), key) ||
           request_has_header(x->o->defaults, key);
}

static bool is_overload(int status)
{
    return status == 429 || status == 503;
}

static bool is_passing_status(int status)
{
    return status == 408 || status == 429 || status == 500 ||
           (status >= 502 && status <= 504);
}

static void judge_status(struct exchange *x, const struct http_result *result)
{
    int status = result->http_code;
    /* The server did not do it, and asks to come again: so even a POST. */
    bool asked = is_overload(status) && result->retry_after_ms > 0;

    if (status < 400)
        item_fail(x->item, ITEM_FAILED, "http_status",
                  "HTTP status %d is not an expected one", status);
    else
        item_fail(x->item, ITEM_FAILED, "http_status", "HTTP status %d",
                  status);
    x->item->retryable =
        is_passing_status(status) && (is_idempotent(x) || asked);
    x->item->retry_floor_ms = result->retry_after_ms;
}

static void judge_fault(struct exchange *x, const struct http_result *result)
{
    struct item *item = x->item;
    bool again = result->retry == HTTP_AGAIN ||
                 (result->retry == HTTP_ONCE && item->attempts == 1);

    if (strcmp(result->fault, "cancelled") == 0) {
        item_fail(item, ITEM_CANCELLED, result->fault,
                  "cancelled while it ran");
        return;
    }
    item_fail(item, ITEM_FAILED, result->fault, "%s", result->message);
    item->retryable = again && (!result->sent || is_idempotent(x));
}

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

static void judge_refusal(struct exchange *x, const struct http_result *result)
{
    if (x->refusal == DRAINED)
        judge_status(x, result);
    else if (x->refusal == NOT_WRITTEN)
        judge_writing(x);
    else
        item_fail(x->item, ITEM_FAILED, "too_large",
                  "the body has more than %" PRIu64 " bytes", x->limit);
}

/* A checksum that differs may be a mirror in the midst of its update: once
 * more, not for ever. */
static bool check_sum(struct exchange *x)
{
    const char *wanted = request_of(x)->sha256;

    if (!x->hashed)
        return true;
    digest_finish(x->digest, x->sha256);
    if (wanted[0] == '\0' || strcmp(wanted, x->sha256) == 0)
        return true;
    item_fail(x->item, ITEM_FAILED, "checksum", "sha256 is %s, not %s",
              x->sha256, wanted);
    x->item->retryable = x->item->attempts == 1 && is_idempotent(x);
    return false;
}

/* An answer that has no body says nothing about what its file should be. */
static bool has_content(const struct exchange *x,
                        const struct http_result *result)
{
    return !result->bare && strcmp(method_of(x), "HEAD") != 0;
}

static bool finish_file(struct exchange *x)
{
    if (x->o->body != EXCHANGE_FILE)
        return true;
    /* An empty body never came to on_body. */
    if ((x->file.open || begin_file(x)) &&
        save_commit(&x->file, &x->err) == 0) {
        x->saved = true;
        return true;
    }
    x->refusal = NOT_WRITTEN;
    judge_writing(x);
    return false;
}

static void judge(struct exchange *x, const struct http_result *result)
{
    if (result->stopped)
        judge_refusal(x, result);
    else if (result->fault != NULL)
        judge_fault(x, result);
    else if (!expects(x, result->http_code))
        judge_status(x, result);
    else if (!has_content(x, result) || (check_sum(x) && finish_file(x)))
        item_complete(x->item);
}

/* The end */

static void write_answer(struct exchange *x, const struct http_result *result)
{
    struct item *item = x->item;
    const struct request *request = request_of(x);
    bool whole = !result->stopped && x->body.len == x->bytes;
    struct answer answer = {
        .url = buf_slice(&request->url),
        .figures = result,
        .queue_us = x->queue_us,
        .headers =
            x->o->include_headers && result->http_code != 0 ? x->request : NULL,
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

/* Give back what only a running one needs. */
static void leave(struct exchange *x)
{
    save_drop(&x->file);
    fd_close(x->body_fd);
    x->body_fd = -1;
    buf_clear(&x->body);
    buf_shrink(&x->body, KEEP_BYTES);
    buf_clear(&x->headers);
    buf_shrink(&x->headers, KEEP_BYTES);
}

/* Whether the host has failed, and not only this request. */
static bool host_failed(const struct http_result *result)
{
    int status = result->http_code;

    if (status == 0) /* no answer: another attempt might get one */
        return result->fault != NULL && result->retry != HTTP_NEVER &&
               !result->refused;
    return status == 500 || status == 502 || status == 504;
}

static enum hosts_end judge_host(const struct exchange *x,
                                 const struct http_result *result)
{
    if (result->num_redirects > 0)
        return HOSTS_OTHERWISE;
    if (is_overload(result->http_code) ||
        (result->fault && strcmp(result->fault, "timeout") == 0))
        return HOSTS_TOO_MUCH;
    if (host_failed(result))
        return HOSTS_FAILED;
    return x->item->status == ITEM_COMPLETED ? HOSTS_WELL : HOSTS_OTHERWISE;
}

static void on_done(void *arg, const struct http_result *result)
{
    struct exchange *x = arg;
    bool lost;

    judge(x, result);
    write_answer(x, result);
    x->verdict = judge_host(x, result);
    lost = x->refusal == NOT_WRITTEN && save_disk_failed(x->err.sys);
    leave(x);
    x->o->on_end(x->arg, x->item, lost ? &x->err : NULL);
}

/* One that wants to be left alone, or is in trouble, is no sign to send more.
 */
static void on_answer(void *arg)
{
    struct exchange *x = arg;

    if (!is_passing_status(http_status(x->request)))
        x->o->on_answer(x->arg);
}

/* The beginning */

/* The headers of the command line that the request has not, then its own. */
static size_t merge_headers(struct exchange *x)
{
    const struct request *own = request_of(x);
    const struct request *all = x->o->defaults;
    const struct slice type = slice_text("Content-Type");
    struct buf *lines = &x->headers;
    const char *line = all->headers.data;
    size_t count = own->header_count;

    for (size_t i = 0; i < all->header_count; i++) {
        struct slice text = slice_text(line);

        if (!request_has_header(own, request_header_name(text))) {
            buf_add(lines, line, text.len + 1);
            count++;
        }
        line += text.len + 1;
    }
    buf_add_slice(lines, buf_slice(&own->headers));
    if (body_owner(x)->body_kind != REQUEST_JSON ||
        request_has_header(own, type) || request_has_header(all, type))
        return count;
    buf_add(lines, "Content-Type: application/json",
            sizeof "Content-Type: application/json");
    return count + 1;
}

static int open_body(struct exchange *x, struct http_plan *plan,
                     struct err *err)
{
    const struct request *owner = body_owner(x);
    struct stat st;

    plan->has_body = owner->body_kind != REQUEST_NO_BODY;
    if (owner->body_kind != REQUEST_FILE) {
        plan->body = buf_slice(&owner->body);
        return 0;
    }
    /* Opening a FIFO would wait for its writer. */
    if (stat(owner->body.data, &st) < 0)
        return err_sys(err, ERR_INPUT, "%s", owner->body.data);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_INPUT, "%s: not a regular file",
                       owner->body.data);
    x->body_fd = fd_open_read(owner->body.data, err);
    if (x->body_fd < 0)
        return -1;
    plan->body_fd = x->body_fd;
    plan->body_size = st.st_size;
    return 0;
}

static void clear(struct exchange *x)
{
    x->request = NULL;
    x->hashed = x->o->body == EXCHANGE_FILE || request_of(x)->sha256[0] != '\0';
    x->saved = false;
    x->verdict = HOSTS_OTHERWISE;
    x->judged = false;
    x->expected = false;
    x->refusal = NOT_REFUSED;
    x->bytes = 0;
    x->item->retry_floor_ms = 0;
    if (x->hashed)
        digest_clear(x->digest);
}

int exchange_start(struct exchange *x, struct item *item, int64_t queue_us)
{
    const struct request *request = item->work;
    struct http_plan plan = {.url = request->url.data,
                             .host = request->parts.host,
                             .timeout_ms = request->timeout_ms,
                             .arg = x,
                             .on_answer = on_answer,
                             .on_body = on_body,
                             .on_done = on_done};
    struct err err;

    x->item = item;
    x->queue_us = queue_us;
    clear(x);
    if (open_body(x, &plan, &err) < 0) {
        item_fail(item, ITEM_FAILED, "io", "%s", err.text);
        leave(x);
        return -1;
    }
    if (plan.timeout_ms < 0)
        plan.timeout_ms = x->o->timeout_ms;
    plan.method = method_of(x);
    plan.once = !is_idempotent(x);
    plan.header_count = merge_headers(x);
    plan.headers = x->headers.data;
    x->request = http_start(x->o->http, &plan);
    return 0;
}

void exchange_cancel(struct exchange *x)
{
    http_cancel(x->request);
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
    x->digest = digest_new();
    buf_init(&x->headers, SIZE_MAX); /* of the line and the command line */
    buf_init(&x->body, most);
    buf_init(&x->path, SIZE_MAX);
    buf_init(&x->scratch, SIZE_MAX);
    return x;
}

void exchange_free(struct exchange *x)
{
    if (x == NULL)
        return;
    leave(x);
    digest_free(x->digest);
    buf_release(&x->headers);
    buf_release(&x->body);
    buf_release(&x->path);
    buf_release(&x->scratch);
    mem_free(x);
}
