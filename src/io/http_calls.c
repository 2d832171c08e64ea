/* SPDX-License-Identifier: MIT */
#include "io/http_calls.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "io/http_fault.h"
#include "io/http_guard.h"
#include "io/http_handle.h"
#include "io/http_idle.h"
#include "io/http_pool.h"
#include "io/loop.h"

static void note_bytes(struct http_request *r)
{
    http_quiet_note(r->http->quiet, &r->quiet, r->http->called_ms);
}

/* To write a body may take its time; to read the clock for each header would
 * take more than to look at it. */
static void note_time(struct http *http)
{
    http->called_ms = loop_now_ms(http->o.loop);
}

/* Connecting, for the first time or after a redirect. */
static void note_connecting(struct http_request *r)
{
    http_quiet_leave(&r->quiet);
}

static size_t on_write(char *bytes, size_t size, size_t n, void *arg)
{
    struct http_request *r = arg;

    (void)size;
    note_time(r->http);
    note_bytes(r);
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
    case HTTP_HEAD_LENGTH: return HTTP_FAULT_LENGTH;
    case HTTP_HEAD_TRANSFER: return HTTP_FAULT_TRANSFER;
    }
    return 0;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): as libcurl calls it */
static size_t on_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct http_request *r = arg;

    (void)size;
    note_bytes(r);
    r->fault = fault_of_head(http_head_add(&r->head, slice_of(bytes, n)));
    if (r->fault != 0)
        return CURL_WRITEFUNC_ERROR;
    if (!r->has_answer && r->plan.on_answer != NULL)
        list_push(&r->http->answered, &r->answered);
    r->has_answer = true;
    return n;
}

static void tell_connection(const struct http_request *r, const char *ip,
                            int port)
{
    struct log *log = r->http->o.log;
    long opened = 0;

    if (log->level < LOG_VERBOSE)
        return;
    curl_easy_getinfo(r->easy, CURLINFO_NUM_CONNECTS, &opened);
    if (opened == 0)
        log_detail(log, "connection to %s port %d: used again", ip, port);
    else
        log_detail(log, "connection to %s port %d: opened, %zu open", ip, port,
                   r->http->connections);
}

/* Bytes that nobody asked for would be taken for the answer, and an end would
 * have the request sent again. libcurl looks at neither (7.88). With TLS and
 * HTTP/2 bytes are well: they may be tickets and settings. */
static bool is_stale(const struct http_request *r, int local_port)
{
    char byte;
    int fd;

    if (r->hop.secure || r->http->o.version == HTTP_2 ||
        http_figures_long(r->easy, CURLINFO_NUM_CONNECTS) > 0)
        return false;
    fd = http_idle_find(r->http->idle, local_port);
    return fd >= 0 && recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

/* A connection that is used again was not asked for its address by on_open. */
/* NOLINTNEXTLINE(readability-non-const-parameter): as libcurl calls it */
static int on_sent(void *arg, char *ip, char *local_ip, int port,
                   int local_port)
{
    struct http_request *r = arg;

    (void)local_ip;
    if (r->http->o.block_private && http_guard_refuses_text(ip)) {
        snprintf(r->blocked, sizeof r->blocked, "%s", ip);
        r->fault = HTTP_FAULT_BLOCKED;
        return CURL_PREREQFUNC_ABORT;
    }
    if (is_stale(r, local_port)) {
        r->stale = true;
        return CURL_PREREQFUNC_ABORT;
    }
    r->sent = true;
    note_time(r->http);
    note_bytes(r);
    tell_connection(r, ip, port);
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
    int fd = -1;

    (void)purpose;
    note_connecting(r);
    if (r->http->o.block_private && http_guard_refuses(&address->addr))
        http_guard_name(&address->addr, r->blocked, sizeof r->blocked);
    else
        fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
                    address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    r->http->connections++;
    http_idle_add(r->http->idle, fd);
    return fd;
}

static int on_close(void *arg, curl_socket_t fd)
{
    struct http *http = arg;

    http->connections--;
    http_idle_remove(http->idle, fd);
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

#define SET HTTP_HANDLE_SET

CURLcode http_calls_set(CURL *easy, struct http_request *r)
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
