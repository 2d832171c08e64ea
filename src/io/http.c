/* SPDX-License-Identifier: MIT */
/*
 * libcurl's multi interface asks for watches of sockets and one timer, and is
 * told when they fire. Nothing is done in its callbacks but to note: what has
 * ended is found by sweep(), which the loop runs before each wait. There a
 * handle is taken out, its caller told, and the handle kept for the next.
 *
 * libcurl's own "low speed" limit averages over seconds, so the time without a
 * byte is measured by us (http_quiet.h), from the moment when the request is
 * sent. While a hop looks for its host the connect timeout counts.
 */
#include "io/http.h"

#include <assert.h>
#include <curl/curl.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/http_fault.h"
#include "io/http_figures.h"
#include "io/http_idle.h"
#include "io/http_pool.h"
#include "io/http_quiet.h"
#include "io/http_request.h"
#include "io/http_sockets.h"
#include "io/loop.h"

static struct http_request *request_of(struct list *link)
{
    return LIST_ITEM(link, struct http_request, link);
}

/* libcurl and the loop */

static void drive(struct http *http, curl_socket_t fd, int events)
{
    int running;

    http->called_ms = loop_now_ms(http->o.loop);
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
        http_idle_leave(http->idle, fd);
        return 0;
    }
    http_idle_use(http->idle, fd);
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

static struct http_request *take_request(struct http *http)
{
    struct list *link = list_pop(&http->spare);
    struct http_request *r;
    CURLcode code;

    if (link != NULL)
        return request_of(link);
    r = http_request_new(http, &code);
    assert(code == CURLE_OK); /* the first one was tried by http_open */
    return r;
}

struct http_request *http_start(struct http *http, const struct http_plan *plan)
{
    struct http_request *r = take_request(http);

    http_request_start(r, plan);
    return r;
}

static void on_quiet(void *arg, struct http_quiet_link *link)
{
    struct http *http = arg;
    struct http_request *r = LIST_ITEM(link, struct http_request, quiet);

    if (is_sending(r)) {
        http_quiet_note(http->quiet, link, loop_now_ms(http->o.loop));
        return;
    }
    r->read_timed_out = true;
    http_request_end(r, CURLE_OPERATION_TIMEDOUT);
}

void http_go_on(struct http_request *r)
{
    http_request_go_on(r);
}

void http_cancel(struct http_request *r)
{
    r->fault = HTTP_FAULT_CANCELLED;
    http_request_end(r, CURLE_ABORTED_BY_CALLBACK);
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
        http_request_end((struct http_request *)(void *)private, code);
    }
}

int http_status(const struct http_request *r)
{
    return (int)http_figures_long(r->easy, CURLINFO_RESPONSE_CODE);
}

const char *http_url(const struct http_request *r)
{
    return r->hop.url;
}

bool http_is_foreign(const struct http_request *r)
{
    return r->hop.foreign;
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

const char *http_header_value(const struct http_request *r, const char *name)
{
    struct curl_header *header;

    if (curl_easy_header(r->easy, name, 0, CURLH_HEADER, -1, &header) !=
            CURLHE_OK ||
        header->amount > 1)
        return NULL;
    return header->value;
}

size_t http_connections(const struct http *http)
{
    return http->connections;
}

/* The pool */

static void open_shares(struct http *http)
{
    for (int i = 0; i < HTTP_POOL_SHARES; i++) {
        CURLSH *share = curl_share_init();

        assert(share != NULL);
        curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
        if (http->o.cookies)
            curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
        http->shares[i] = share;
    }
}

/* By libcurl's own reader, which says nothing of a file that it cannot open. */
static int read_cookies(struct http *http, struct err *err)
{
    const char *file = http->o.cookie_file;
    CURL *easy;
    int fd;

    if (file == NULL || file[0] == '\0')
        return 0;
    fd = fd_open_read(file, err);
    if (fd < 0)
        return -1;
    fd_close(fd);
    easy = curl_easy_init();
    assert(easy != NULL);
    curl_easy_setopt(easy, CURLOPT_SHARE, http->shares[0]);
    curl_easy_setopt(easy, CURLOPT_COOKIEFILE, file);
    curl_easy_setopt(easy, CURLOPT_COOKIELIST, "RELOAD");
    curl_easy_cleanup(easy);
    return 0;
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

static struct curl_slist *copy_resolve(const struct http_options *o)
{
    struct curl_slist *list = NULL;

    for (size_t i = 0; i < o->resolve_count; i++) {
        list = curl_slist_append(list, o->resolve[i]);
        assert(list != NULL);
    }
    return list;
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
    http->resolve = copy_resolve(options);
    list_init(&http->running);
    list_init(&http->waiting);
    list_init(&http->answered);
    list_init(&http->spare);
    http->timer = loop_timer_new(options->loop, on_timer, http);
    http->quiet = http_quiet_open(options->loop, options->read_timeout_ms,
                                  on_quiet, http);
    http->idle = http_idle_open(options->loop, options->keepalive_ms);
    http->sockets = http_sockets_open(options->loop, on_ready, http);
    open_shares(http);
    open_multi(http);
    loop_before_wait(options->loop, sweep, http);
    first = http_request_new(http, &code);
    list_push(&http->spare, &first->link);
    if (code == CURLE_OK && read_cookies(http, err) == 0)
        return http;
    if (code != CURLE_OK)
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
        http_request_free(r);
    }
    while ((link = list_pop(&http->waiting)) != NULL)
        http_request_free(request_of(link));
    while ((link = list_pop(&http->spare)) != NULL)
        http_request_free(request_of(link));
    /* Closing asks for watches to be stopped: they are freed after it. */
    curl_multi_cleanup(http->multi);
    http_sockets_close(http->sockets);
    http_idle_close(http->idle);
    http_quiet_close(http->quiet);
    loop_timer_free(http->timer);
    for (int i = 0; i < HTTP_POOL_SHARES; i++)
        curl_share_cleanup(http->shares[i]);
    curl_slist_free_all(http->resolve);
    mem_free(http);
    curl_global_cleanup();
}
