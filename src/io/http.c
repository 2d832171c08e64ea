/* SPDX-License-Identifier: MIT */
/*
 * libcurl's multi interface asks for watches of sockets and one timer, and is
 * told when they fire. Nothing is done in its callbacks but to note: what has
 * ended is found by sweep(), which the loop runs before each wait. There a
 * handle is taken out, its caller told, and the handle kept for the next.
 *
 * A redirect is the same request with another hop: its handle is taken out and
 * put in again (end, begin_hop).
 *
 * libcurl's own "low speed" limit averages over seconds, so the time without a
 * byte is measured by us (http_quiet.h), from the moment when the request is
 * sent. While a hop looks for its host the connect timeout counts.
 */
#include "io/http.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/http_body.h"
#include "io/http_fault.h"
#include "io/http_figures.h"
#include "io/http_handle.h"
#include "io/http_head.h"
#include "io/http_hop.h"
#include "io/http_quiet.h"
#include "io/http_sockets.h"
#include "io/loop.h"

enum {
    /* libcurl keeps 8 TLS sessions a share, however many hosts: so several
     * shares, chosen by the host. */
    SHARES = 16,
    MESSAGE_SIZE = CURL_ERROR_SIZE + 64,
};

struct http {
    struct http_options o;
    CURLM *multi;
    CURLSH *shares[SHARES];
    struct hash_key key;
    struct loop_timer *timer; /* libcurl's */
    struct http_quiet *quiet;
    struct http_sockets *sockets;
    struct list running;
    struct list answered; /* on_answer is to be called */
    struct list spare;    /* handles to be used again */
    bool swept;           /* nothing happened since the last sweep */
    size_t connections;
};

struct http_request {
    struct list link; /* running or spare */
    struct list answered;
    struct http_quiet_link quiet;
    struct http *http;
    CURL *easy;
    struct http_plan plan;
    struct http_hop hop;
    struct http_head head;
    struct http_figures_before before; /* this hop */
    int64_t begun_us;
    struct curl_slist *headers; /* an array, linked; see link_headers */
    size_t header_room;
    curl_off_t uploaded;
    off_t body_at; /* of body_fd */
    struct http_body body;
    int fault; /* HTTP_FAULT_..., in place of libcurl's; 0: none */
    bool has_answer;
    bool sent;
    bool read_timed_out;
    char error[CURL_ERROR_SIZE];
    char message[MESSAGE_SIZE];
};

static struct http_request *request_of(struct list *link)
{
    return LIST_ITEM(link, struct http_request, link);
}

/* libcurl and the loop */

static void drive(struct http *http, curl_socket_t fd, int events)
{
    int running;

    curl_multi_socket_action(http->multi, fd, events, &running);
    http->swept = false;
}

static void on_ready(void *arg, int fd, int events)
{
    drive(arg, fd,
          (events & LOOP_READ ? CURL_CSELECT_IN : 0) |
              (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_timer(void *arg)
{
    drive(arg, CURL_SOCKET_TIMEOUT, 0);
}

/* The handle may be one of libcurl's own: it is never looked at. What is not
 * 0 here would end every transfer. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
                     void *assigned)
{
    struct http *http = arg;
    struct http_socket *socket;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        http_sockets_drop(http->sockets, assigned);
        return 0;
    }
    socket = http_sockets_watch(http->sockets, assigned, fd,
                                (what & CURL_POLL_IN ? LOOP_READ : 0) |
                                    (what & CURL_POLL_OUT ? LOOP_WRITE : 0));
    if (assigned == NULL)
        curl_multi_assign(http->multi, fd, socket);
    return 0;
}

static int on_timer_change(CURLM *multi, long ms, void *arg)
{
    struct http *http = arg;

    (void)multi;
    if (ms < 0)
        loop_timer_stop(http->timer);
    else
        loop_timer_start(http->timer, ms);
    return 0;
}

/* Connecting, for the first time or after a redirect. */
static void note_connecting(struct http_request *r)
{
    http_quiet_leave(&r->quiet);
}

/* Bytes that go out are counted by libcurl alone. */
static bool is_sending(struct http_request *r)
{
    curl_off_t uploaded = 0;

    curl_easy_getinfo(r->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    if (uploaded == r->uploaded)
        return false;
    r->uploaded = uploaded;
    return true;
}

/* What libcurl tells of a request */

static size_t on_write(char *bytes, size_t size, size_t n, void *arg)
{
    struct http_request *r = arg;

    (void)size;
    http_quiet_note(r->http->quiet, &r->quiet);
    r->fault = http_body_add(&r->body, &r->http->o, &r->plan, &r->head,
                             slice_of(bytes, n));
    return r->fault == 0 ? n : CURL_WRITEFUNC_ERROR;
}

static int fault_of_head(enum http_head_fault fault)
{
    switch (fault) {
    case HTTP_HEAD_FINE: return 0;
    case HTTP_HEAD_TOO_LARGE: return HTTP_FAULT_HEADERS;
    case HTTP_HEAD_SWITCHED: return HTTP_FAULT_SWITCHED;
    case HTTP_HEAD_LENGTHS: return HTTP_FAULT_LENGTHS;
    }
    return 0;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): as libcurl calls it */
static size_t on_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct http_request *r = arg;

    (void)size;
    http_quiet_note(r->http->quiet, &r->quiet);
    r->fault = fault_of_head(http_head_add(&r->head, slice_of(bytes, n)));
    if (r->fault != 0)
        return CURL_WRITEFUNC_ERROR;
    if (!r->has_answer && r->plan.on_answer != NULL)
        list_push(&r->http->answered, &r->answered);
    r->has_answer = true;
    return n;
}

/* CURL_PREREQFUNC_ABORT would be a veto: this is where one belongs. */
/* NOLINTNEXTLINE(readability-non-const-parameter): as libcurl calls it */
static int on_sent(void *arg, char *ip, char *local_ip, int port,
                   int local_port)
{
    struct http_request *r = arg;
    long opened = 0;

    (void)local_ip;
    (void)local_port;
    r->sent = true;
    http_quiet_note(r->http->quiet, &r->quiet);
    if (r->http->o.log->level < LOG_VERBOSE)
        return CURL_PREREQFUNC_OK;
    curl_easy_getinfo(r->easy, CURLINFO_NUM_CONNECTS, &opened);
    if (opened == 0)
        log_detail(r->http->o.log, "connection to %s port %d: used again", ip,
                   port);
    else
        log_detail(r->http->o.log, "connection to %s port %d: opened, %zu open",
                   ip, port, r->http->connections);
    return CURL_PREREQFUNC_OK;
}

static int on_resolve(void *resolver, void *reserved, void *arg)
{
    (void)resolver;
    (void)reserved;
    note_connecting(arg);
    return 0;
}

static curl_socket_t on_open(void *arg, curlsocktype purpose,
                             struct curl_sockaddr *address)
{
    struct http_request *r = arg;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
                    address->protocol);

    (void)purpose;
    note_connecting(r);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    r->http->connections++;
    return fd;
}

static int on_close(void *arg, curl_socket_t fd)
{
    struct http *http = arg;

    http->connections--;
    log_detail(http->o.log, "connection closed, %zu open", http->connections);
    return fd_close(fd);
}

static size_t on_read_body(char *room, size_t size, size_t n, void *arg)
{
    struct http_request *r = arg;
    ssize_t got = pread(r->plan.body_fd, room, size * n, r->body_at);

    if (got < 0)
        return CURL_READFUNC_ABORT;
    r->body_at += got;
    return (size_t)got;
}

/* A redirect or a dead connection makes libcurl begin anew. */
static int on_seek_body(void *arg, curl_off_t offset, int origin)
{
    struct http_request *r = arg;

    if (origin != SEEK_SET)
        return CURL_SEEKFUNC_CANTSEEK;
    r->body_at = offset;
    return CURL_SEEKFUNC_OK;
}

/* Handles */

#define SET HTTP_HANDLE_SET

static CURLcode set_callbacks(CURL *easy, struct http_request *r)
{
    CURLcode code = CURLE_OK;

    SET(PRIVATE, r);
    SET(ERRORBUFFER, r->error);
    SET(WRITEFUNCTION, on_write);
    SET(WRITEDATA, r);
    SET(HEADERFUNCTION, on_header);
    SET(HEADERDATA, r);
    SET(READFUNCTION, on_read_body);
    SET(READDATA, r);
    SET(SEEKFUNCTION, on_seek_body);
    SET(SEEKDATA, r);
    SET(PREREQFUNCTION, on_sent);
    SET(PREREQDATA, r);
    SET(RESOLVER_START_FUNCTION, on_resolve);
    SET(RESOLVER_START_DATA, r);
    SET(OPENSOCKETFUNCTION, on_open);
    SET(OPENSOCKETDATA, r);
    SET(CLOSESOCKETFUNCTION, on_close);
    SET(CLOSESOCKETDATA, r->http);
    return code;
}

static struct http_request *make_request(struct http *http, CURLcode *code)
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
    *code = set_callbacks(r->easy, r);
    http_handle_keep(code, http_handle_prepare(r->easy, &http->o));
    return r;
}

static void free_request(struct http_request *r)
{
    curl_easy_cleanup(r->easy);
    http_hop_release(&r->hop);
    http_head_release(&r->head);
    http_body_release(&r->body);
    mem_free(r->headers);
    mem_free(r);
}

static struct http_request *take_request(struct http *http)
{
    struct list *link = list_pop(&http->spare);
    struct http_request *r;
    CURLcode code;

    if (link != NULL)
        return request_of(link);
    r = make_request(http, &code);
    assert(code == CURLE_OK); /* the first one was tried by http_open */
    return r;
}

/* Starting */

/* libcurl wants a linked list, and only reads it: the links are an array that
 * is used again, the texts stay where they are. */
static struct curl_slist *link_headers(struct http_request *r)
{
    char *line = r->plan.headers;
    size_t count = r->plan.header_count;
    size_t linked = 0;

    if (count > r->header_room) {
        mem_free(r->headers);
        r->headers = mem_alloc_array(count, sizeof *r->headers);
        r->header_room = count;
    }
    for (size_t i = 0; i < count; i++, line += strlen(line) + 1) {
        if (!http_hop_sends(&r->hop, line))
            continue;
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

static void begin_hop(struct http_request *r)
{
    struct http *http = r->http;
    /* What shares TLS sessions: a redirect stays with those of the first. */
    size_t share = hash_bytes(http->key, r->plan.host) % SHARES;
    const struct http_handle_ask ask = {
        .hop = &r->hop,
        .headers = link_headers(r),
        .share = http->shares[share],
        .timeout_ms = time_left_ms(r),
    };
    CURLcode code;
    CURLMcode added;

    http_head_clear(&r->head);
    http_body_clear(&r->body);
    r->uploaded = 0;
    r->body_at = 0;
    r->fault = 0;
    r->error[0] = '\0';
    code = http_handle_ask(r->easy, &http->o, &ask);
    assert(code == CURLE_OK);
    list_push(&http->running, &r->link);
    added = curl_multi_add_handle(http->multi, r->easy);
    assert(added == CURLM_OK);
}

struct http_request *http_start(struct http *http, const struct http_plan *plan)
{
    struct http_request *r = take_request(http);

    assert(strncasecmp(plan->url, "http", 4) == 0);
    r->plan = *plan;
    http_hop_begin(&r->hop, &r->plan);
    r->before = (struct http_figures_before){0};
    r->begun_us = clock_now_us();
    r->body.bytes = 0;
    r->has_answer = false;
    r->sent = false;
    r->read_timed_out = false;
    begin_hop(r);
    return r;
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

static void describe(struct http_request *r, CURLcode code,
                     struct http_result *result)
{
    const struct http_fault *fault =
        http_fault_find(r->fault != 0 ? r->fault : (int)code);

    http_fault_describe(fault,
                        r->error[0] ? r->error : curl_easy_strerror(code),
                        (int)http_figures_long(r->easy, CURLINFO_OS_ERRNO),
                        which_timeout(r), r->message, sizeof r->message);
    result->message = r->message;
    result->fault = fault->kind;
    result->retry = fault->retry;
}

static void gather(const struct http_request *r, struct http_result *result)
{
    *result = (struct http_result){
        .sent = r->sent,
        .stopped = r->body.stopped,
        .size_download = r->body.bytes,
    };
    http_figures_read(r->easy, &r->before, result);
    if (r->head.retry_after_s >= 0)
        result->retry_after_ms = r->head.retry_after_s * 1000;
    result->bare = http_head_is_bare(&r->head);
    result->length_known = r->head.has_length || r->head.chunked ||
                           result->bare || result->http_version[0] >= '2' ||
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

/* Out of libcurl; then the next hop, or tell the caller, and keep the handle
 * for the next request. */
static void end(struct http_request *r, CURLcode code)
{
    struct http_result result;

    curl_multi_remove_handle(r->http->multi, r->easy);
    list_remove(&r->link);
    http_quiet_leave(&r->quiet);
    if (follow(r, code)) {
        begin_hop(r);
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

static void on_quiet(void *arg, struct http_quiet_link *link)
{
    struct http *http = arg;
    struct http_request *r = LIST_ITEM(link, struct http_request, quiet);

    if (is_sending(r)) {
        http_quiet_note(http->quiet, link);
        return;
    }
    r->read_timed_out = true;
    end(r, CURLE_OPERATION_TIMEDOUT);
}

void http_cancel(struct http_request *r)
{
    r->fault = HTTP_FAULT_CANCELLED;
    end(r, CURLE_ABORTED_BY_CALLBACK);
}

static void sweep(void *arg)
{
    struct http *http = arg;
    struct list *link;
    CURLMsg *message;
    int left;

    if (http->swept)
        return;
    http->swept = true;
    while ((link = list_pop(&http->answered)) != NULL) {
        struct http_request *r = LIST_ITEM(link, struct http_request, answered);

        r->plan.on_answer(r->plan.arg);
    }
    while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
        /* The message is gone once its handle is taken out. */
        CURLcode code = message->data.result;
        char *private = NULL;

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        end((struct http_request *)(void *)private, code);
    }
}

int http_status(const struct http_request *r)
{
    return (int)http_figures_long(r->easy, CURLINFO_RESPONSE_CODE);
}

int64_t http_expected(const struct http_request *r)
{
    curl_off_t length = -1;

    if (r->http->o.compressed)
        return -1;
    curl_easy_getinfo(r->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    return length;
}

bool http_next_header(const struct http_request *r, struct http_header *header)
{
    struct curl_header *next =
        curl_easy_nextheader(r->easy, CURLH_HEADER, -1, header->place);

    if (next == NULL)
        return false;
    *header = (struct http_header){.name = next->name,
                                   .value = next->value,
                                   .count = next->amount,
                                   .index = next->index,
                                   .place = next};
    return true;
}

size_t http_connections(const struct http *http)
{
    return http->connections;
}

/* The pool */

static void open_shares(struct http *http)
{
    for (int i = 0; i < SHARES; i++) {
        CURLSH *share = curl_share_init();

        assert(share != NULL);
        curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
        http->shares[i] = share;
    }
}

static void open_multi(struct http *http)
{
    const struct http_options *o = &http->o;

    http->multi = curl_multi_init();
    assert(http->multi != NULL);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer_change);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_PIPELINING,
                      (long)CURLPIPE_MULTIPLEX);
    curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)o->connections);
    curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
                      (long)o->connections);
    curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                      (long)o->host_connections);
    curl_multi_setopt(http->multi, CURLMOPT_MAX_CONCURRENT_STREAMS,
                      (long)o->host_connections);
}

struct http *http_open(const struct http_options *options, struct err *err)
{
    struct http *http;
    struct http_request *first;
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);

    if (code != CURLE_OK) {
        err_set(err, ERR_BUG, "libcurl: %s", curl_easy_strerror(code));
        return NULL;
    }
    http = mem_alloc(sizeof *http);
    *http = (struct http){.o = *options, .swept = true};
    http->key = hash_key_new();
    list_init(&http->running);
    list_init(&http->answered);
    list_init(&http->spare);
    http->timer = loop_timer_new(options->loop, on_timer, http);
    http->quiet = http_quiet_open(options->loop, options->read_timeout_ms,
                                  on_quiet, http);
    http->sockets = http_sockets_open(options->loop, on_ready, http);
    open_shares(http);
    open_multi(http);
    loop_before_wait(options->loop, sweep, http);
    first = make_request(http, &code);
    list_push(&http->spare, &first->link);
    if (code == CURLE_OK)
        return http;
    err_set(err, ERR_BUG, "libcurl: %s", curl_easy_strerror(code));
    http_close(http);
    return NULL;
}

void http_close(struct http *http)
{
    struct list *link;

    if (http == NULL)
        return;
    while ((link = list_pop(&http->running)) != NULL) {
        struct http_request *r = request_of(link);

        curl_multi_remove_handle(http->multi, r->easy);
        free_request(r);
    }
    while ((link = list_pop(&http->spare)) != NULL)
        free_request(request_of(link));
    /* Closing asks for watches to be stopped: they are freed after it. */
    curl_multi_cleanup(http->multi);
    http_sockets_close(http->sockets);
    http_quiet_close(http->quiet);
    loop_timer_free(http->timer);
    for (int i = 0; i < SHARES; i++)
        curl_share_cleanup(http->shares[i]);
    mem_free(http);
    curl_global_cleanup();
}
