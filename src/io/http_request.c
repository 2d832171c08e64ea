/* SPDX-License-Identifier: MIT */
#include "io/http_request.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "io/http_calls.h"
#include "io/http_fault.h"
#include "io/http_handle.h"
#include "io/http_pool.h"

struct http_request *http_request_new(struct http *http, CURLcode *code)
{
    struct http_request *r = mem_alloc(sizeof *r);

    list_init(&r->link);
    list_init(&r->answered);
    http_quiet_init(&r->quiet);
    r->http = http;
    r->easy = curl_easy_init();
    assert(r->easy != NULL);
    /* Over plain HTTP the upgrade to HTTP/2 is a 101 that we ask for. */
    http_head_init(&r->head, http->o.version == HTTP_2);
    *code = http_calls_set(r->easy, r);
    http_handle_keep(code,
                     http_handle_prepare(r->easy, &http->o, http->resolve));
    return r;
}

void http_request_free(struct http_request *r)
{
    curl_easy_cleanup(r->easy);
    http_hop_release(&r->hop);
    http_head_release(&r->head);
    http_body_release(&r->body);
    mem_free(r->headers);
    mem_free(r);
}

/* Starting */

/* libcurl wants a linked list, and only reads it: the links are an array that
 * is used again, the texts stay where they are. */
static struct curl_slist *link_headers(struct http_request *r)
{
    char *line = r->plan.headers;
    size_t count = r->plan.header_count;
    size_t linked = 0;

    r->frames = false;
    if (count > r->header_room) {
        mem_free(r->headers);
        r->headers = mem_alloc_array(count, sizeof *r->headers);
        r->header_room = count;
    }
    for (size_t i = 0; i < count; i++, line += strlen(line) + 1) {
        if (!http_hop_sends(&r->hop, line))
            continue;
        r->frames = r->frames || http_hop_frames(line);
        r->headers[linked] = (struct curl_slist){.data = line};
        if (linked > 0)
            r->headers[linked - 1].next = &r->headers[linked];
        linked++;
    }
    return linked > 0 ? r->headers : NULL;
}

/* 0, libcurl's word for no limit, only if there is none. */
static int64_t time_left_ms(const struct http_request *r)
{
    int64_t left_ms = r->plan.timeout_ms - r->before.spent_us / 1000;

    if (r->plan.timeout_ms == 0)
        return 0;
    return left_ms > 0 ? left_ms : 1;
}

/* Once a second one request may spend time on that. */
static bool tidies(struct http *http)
{
    int64_t now_us = clock_now_us();

    if (now_us - http->tidied_us < 1000000)
        return false;
    http->tidied_us = now_us;
    return true;
}

static void begin_hop(struct http_request *r)
{
    struct http *http = r->http;
    /* What shares TLS sessions: a redirect stays with those of the first. */
    size_t share = http->o.cookies
                       ? 0 /* a domain has many hosts */
                       : hash_bytes(http->key, r->plan.host) % HTTP_POOL_SHARES;
    struct curl_slist *headers = link_headers(r);
    const struct http_handle_ask ask = {
        .hop = &r->hop,
        .headers = headers,
        .share = http->shares[share],
        .timeout_ms = time_left_ms(r),
        .fresh = r->stale,
        .last = r->frames,
        .tidies = tidies(http),
    };
    CURLcode code;
    CURLMcode added;

    http_head_clear(&r->head);
    http_body_clear(&r->body);
    r->uploaded = 0;
    r->body_at = 0;
    r->stale = false;
    r->fault = 0;
    r->blocked[0] = '\0';
    r->error[0] = '\0';
    code = http_handle_ask(r->easy, &http->o, &ask);
    assert(code == CURLE_OK);
    list_push(&http->running, &r->link);
    added = curl_multi_add_handle(http->multi, r->easy);
    assert(added == CURLM_OK);
}

void http_request_start(struct http_request *r, const struct http_plan *plan)
{
    assert(strncasecmp(plan->url, "http", 4) == 0);
    r->plan = *plan;
    http_hop_begin(&r->hop, &r->plan);
    r->before = (struct http_figures_before){0};
    r->begun_us = clock_now_us();
    r->body.bytes = 0;
    r->has_answer = false;
    r->sent = false;
    r->stale = false;
    r->read_timed_out = false;
    begin_hop(r);
}

/* Ending */

static struct http_fault_timeout which_timeout(const struct http_request *r)
{
    const struct http_options *o = &r->http->o;
    int64_t spent_us = http_figures_offset(r->easy, CURLINFO_TOTAL_TIME_T) +
                       r->before.spent_us;

    if (r->read_timed_out)
        return (struct http_fault_timeout){"read", o->read_timeout_ms};
    if (r->plan.timeout_ms > 0 && spent_us / 1000 + 1 >= r->plan.timeout_ms)
        return (struct http_fault_timeout){"total", r->plan.timeout_ms};
    return (struct http_fault_timeout){"connect", o->connect_timeout_ms};
}

/* What libcurl's code hides: another address may have been well, so only its
 * failure to connect tells that the guard decided. */
static int fault_behind(const struct http_request *r, CURLcode code)
{
    long status = http_figures_long(r->easy, CURLINFO_HTTP_CONNECTCODE);
    int hidden = 0;

    if (r->fault != 0)
        return r->fault;
    if (code == CURLE_COULDNT_CONNECT && r->blocked[0] != '\0')
        return HTTP_FAULT_BLOCKED;
    if (code == CURLE_RECV_ERROR && status >= 300)
        return status >= 502 && status <= 504 ? HTTP_FAULT_GATEWAY
                                              : HTTP_FAULT_TUNNEL;
    if (code != CURLE_OPERATION_TIMEDOUT)
        hidden = http_fault_behind(r->error);
    return hidden != 0 ? hidden : (int)code;
}

static void describe(struct http_request *r, CURLcode code,
                     struct http_result *result)
{
    const struct http_fault *fault = http_fault_find(fault_behind(r, code));
    const char *words = r->error[0] ? r->error : curl_easy_strerror(code);
    int sys = (int)http_figures_long(r->easy, CURLINFO_OS_ERRNO);

    if (fault->code == HTTP_FAULT_BLOCKED)
        words = r->blocked;
    if (fault->code == HTTP_FAULT_TUNNEL || fault->code == HTTP_FAULT_GATEWAY)
        sys = (int)http_figures_long(r->easy, CURLINFO_HTTP_CONNECTCODE);
    http_fault_describe(fault, words, sys, which_timeout(r), r->message,
                        sizeof r->message);
    result->message = r->message;
    /* libcurl has sent it anew by itself, as RFC 9113 section 8.7 allows for
     * any method; connections that are used again carry only what may be sent
     * twice.
     */
    if (fault->code == HTTP_FAULT_REFUSED) {
        result->refused = true;
        result->sent = false;
    }
    result->fault = fault->kind;
    result->retry = fault->retry;
}

static void gather(const struct http_request *r, struct http_result *result)
{
    *result = (struct http_result){
        .sent = r->sent,
        .silent = r->read_timed_out,
        .stopped = r->body.stopped,
        .size_download = r->body.bytes,
    };
    http_figures_read(r->easy, &r->before, result);
    if (r->head.retry_after_s >= 0)
        result->retry_after_ms = r->head.retry_after_s * 1000;
    result->bare = http_head_is_bare(&r->head);
    result->length_known = http_head_is_framed(&r->head) || result->bare ||
                           result->http_version[0] >= '2' ||
                           strcmp(r->hop.method, "HEAD") == 0;
    if (result->time_total_us > 0)
        result->speed_download = (uint64_t)((double)r->body.bytes * 1e6 /
                                            (double)result->time_total_us);
}

/* Whether it goes on elsewhere; else perhaps with a fault. */
static bool follow(struct http_request *r, CURLcode code)
{
    bool drained = r->fault == HTTP_FAULT_DRAINED;
    bool well = drained || (r->fault == 0 && code == CURLE_OK);
    struct err err;

    if (!well || !http_head_redirects(&r->head))
        return false;
    if (r->before.redirects >= r->http->o.max_redirects) {
        snprintf(r->error, sizeof r->error, "more than %ld redirects",
                 r->http->o.max_redirects);
        r->fault = HTTP_FAULT_REDIRECTS;
        return false;
    }
    if (http_hop_follow(&r->hop, r->head.status, r->head.location.data, &err) <
        0) {
        snprintf(r->error, sizeof r->error, "%.*s", (int)sizeof r->error - 1,
                 err.text);
        r->fault = HTTP_FAULT_LOCATION;
        return false;
    }
    r->before.redirects++;
    r->before.connects +=
        (int)http_figures_long(r->easy, CURLINFO_NUM_CONNECTS);
    r->before.spent_us = clock_now_us() - r->begun_us;
    return true;
}

/* Nothing was sent over a stale connection, so any method may go again. */
static bool is_in_vain(struct http_request *r, CURLcode code)
{
    if (!r->stale || code != CURLE_ABORTED_BY_CALLBACK || r->fault != 0)
        return false;
    r->before.spent_us = clock_now_us() - r->begun_us;
    return true;
}

/* libcurl takes the end of the connection for the end of the headers, and for a
 * body of no bytes if no length was among those that came (7.88). */
static bool is_cut(const struct http_request *r, CURLcode code)
{
    return code == CURLE_OK && r->fault == 0 &&
           (!r->head.ended || r->head.status < 200);
}

void http_request_go_on(struct http_request *r)
{
    list_remove(&r->link);
    r->begun_us += clock_now_us() - r->hop_us;
    begin_hop(r);
}

/* The next server may have no place just now. */
static void hop(struct http_request *r)
{
    if (r->plan.on_hop == NULL) {
        begin_hop(r);
        return;
    }
    list_push(&r->http->waiting, &r->link);
    r->hop_us = clock_now_us();
    r->has_answer = false;
    list_remove(&r->answered);
    r->plan.on_hop(r->plan.arg, r->hop.url);
}

/* Out of libcurl; then the next hop, or tell the caller, and keep the handle
 * for the next request. */
void http_request_end(struct http_request *r, CURLcode code)
{
    struct http_result result;

    curl_multi_remove_handle(r->http->multi, r->easy);
    list_remove(&r->link);
    http_quiet_leave(&r->quiet);
    if (is_cut(r, code))
        r->fault = HTTP_FAULT_HEAD;
    if (is_in_vain(r, code)) {
        begin_hop(r);
        return;
    }
    if (follow(r, code)) {
        hop(r);
        return;
    }
    list_remove(&r->answered);
    if (code == CURLE_OK && r->fault == 0)
        r->fault = http_body_end(&r->body);
    gather(r, &result);
    if (code != CURLE_OK || r->fault != 0)
        describe(r, code, &result);
    r->plan.on_done(r->plan.arg, &result);
    http_hop_release(&r->hop);
    list_push(&r->http->spare, &r->link);
}
