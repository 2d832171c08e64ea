/* SPDX-License-Identifier: MIT */
/*
 * libcurl's multi interface asks for watches of sockets and one timer, and is
 * told when they fire. Nothing is done in its callbacks but to note: what has
 * ended is found by sweep(), which the loop runs before each wait. There a
 * handle is taken out, its caller told, and the handle kept for the next.
 *
 * A handle's fixed options are set once; a request sets only what differs, so
 * curl_easy_reset is never needed. Handles know no cookies, the one thing that
 * would pass from one request to the next.
 *
 * libcurl's own "low speed" limit averages over seconds, so the time without a
 * byte is measured by us (http_quiet.h), from the moment when the request is
 * sent. While a redirect looks for another host the connect timeout counts.
 */
#include "io/http.h"

#include <assert.h>
#include <curl/curl.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/http_fault.h"
#include "io/http_quiet.h"
#include "io/http_sockets.h"
#include "io/loop.h"

enum {
    /* libcurl keeps 8 TLS sessions a share, however many hosts: so several
     * shares, chosen by the host. */
    SHARES = 16,
    BUFFER_BYTES = 128 * 1024, /* 16K make 189 reads of 3 MB */
    LIFETIME_S = 600,          /* follow changes of DNS and of balancers */
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
    struct curl_slist *headers; /* an array, linked; see link_headers */
    size_t header_room;
    curl_off_t uploaded;
    off_t body_at; /* of body_fd */
    uint64_t bytes;
    bool has_answer;
    bool sent;
    bool stopped;
    bool read_timed_out;
    bool cancelled;
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
    r->bytes += n;
    if (r->plan.on_body(r->plan.arg, slice_of(bytes, n)))
        return n;
    r->stopped = true;
    return CURL_WRITEFUNC_ERROR;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): as libcurl calls it */
static size_t on_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct http_request *r = arg;

    (void)bytes;
    (void)size;
    http_quiet_note(r->http->quiet, &r->quiet);
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

static void keep_first(CURLcode *first, CURLcode code)
{
    if (*first == CURLE_OK)
        *first = code;
}

#define SET(option, value) \
    keep_first(&code, curl_easy_setopt(easy, CURLOPT_##option, value))

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

/* With the default CA path set, libcurl would parse all certificates anew for
 * each connection: its cache works for a CA file alone. Where there is only a
 * path, it stays. */
static CURLcode set_trust(CURL *easy, const struct http_options *o)
{
    CURLcode code = CURLE_OK;
    char *ca_file = NULL;

    curl_easy_getinfo(easy, CURLINFO_CAINFO, &ca_file);
    if (o->ca_file != NULL)
        SET(CAINFO, o->ca_file);
    if (o->ca_file != NULL || (ca_file != NULL && access(ca_file, R_OK) == 0))
        SET(CAPATH, NULL);
    SET(SSL_VERIFYPEER, o->insecure ? 0L : 1L);
    SET(SSL_VERIFYHOST, o->insecure ? 0L : 2L);
    return code;
}

static long seconds_up(int64_t ms)
{
    return (long)((ms + 999) / 1000);
}

static CURLcode set_connections(CURL *easy, const struct http_options *o)
{
    static const long families[] = {[HTTP_ANY_FAMILY] = CURL_IPRESOLVE_WHATEVER,
                                    [HTTP_IPV4] = CURL_IPRESOLVE_V4,
                                    [HTTP_IPV6] = CURL_IPRESOLVE_V6};
    /* 0 is libcurl's word for its default of 300 s. */
    long connect_ms = o->connect_timeout_ms > 0 ? (long)o->connect_timeout_ms
                                                : 24L * 3600 * 1000;
    CURLcode code = CURLE_OK;

    SET(NOSIGNAL, 1L);
    SET(QUICK_EXIT, 1L); /* else taking out a handle waits for its resolver */
    SET(CONNECTTIMEOUT_MS, connect_ms);
    SET(MAXLIFETIME_CONN, (long)LIFETIME_S);
    SET(TCP_KEEPALIVE, 1L);
    SET(IPRESOLVE, families[o->family]);
    if (o->keepalive_ms > 0)
        SET(MAXAGE_CONN, seconds_up(o->keepalive_ms));
    else
        SET(FORBID_REUSE, 1L);
    return code;
}

static CURLcode set_options(CURL *easy, const struct http_options *o)
{
    const char *agent = o->user_agent ? o->user_agent : "weir/" WEIR_VERSION;
    CURLcode code = CURLE_OK;

    /* A list without any that libcurl knows once fell back to all of them
     * (CVE-2024-2004): the codes are looked at. */
    SET(PROTOCOLS_STR, "http,https");
    SET(REDIR_PROTOCOLS_STR, "http,https");
    SET(FOLLOWLOCATION, 1L);
    SET(MAXREDIRS, o->max_redirects);
    SET(USERAGENT, agent);
    SET(BUFFERSIZE, (long)BUFFER_BYTES);
    return code;
}

/* HTTP/2 may be missing in the library: then 1.1 it is. */
static void set_version(CURL *easy, enum http_version version)
{
    static const long versions[] = {[HTTP_ANY_VERSION] = CURL_HTTP_VERSION_2TLS,
                                    [HTTP_1_1] = CURL_HTTP_VERSION_1_1,
                                    [HTTP_2] = CURL_HTTP_VERSION_2_0};

    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, versions[version]);
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
    *code = CURLE_OK;
    keep_first(code, set_callbacks(r->easy, r));
    keep_first(code, set_trust(r->easy, &http->o));
    keep_first(code, set_connections(r->easy, &http->o));
    keep_first(code, set_options(r->easy, &http->o));
    set_version(r->easy, http->o.version);
    return r;
}

static void free_request(struct http_request *r)
{
    curl_easy_cleanup(r->easy);
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

    if (count == 0)
        return NULL;
    if (count > r->header_room) {
        mem_free(r->headers);
        r->headers = mem_alloc_array(count, sizeof *r->headers);
        r->header_room = count;
    }
    for (size_t i = 0; i < count; i++) {
        r->headers[i].data = line;
        r->headers[i].next = i + 1 < count ? &r->headers[i + 1] : NULL;
        line += strlen(line) + 1;
    }
    return r->headers;
}

static CURLcode set_body(CURL *easy, const struct http_plan *plan)
{
    bool in_memory = plan->body.ptr != NULL;
    curl_off_t size =
        in_memory ? (curl_off_t)plan->body.len : (curl_off_t)plan->body_size;
    CURLcode code = CURLE_OK;

    SET(POST, 1L);
    SET(POSTFIELDSIZE_LARGE, size);
    SET(POSTFIELDS, plan->body.ptr);
    return code;
}

/* A method of libcurl's own where there is one: it knows what a redirect does
 * to a POST. CUSTOMREQUEST only replaces the word. */
static CURLcode set_method(CURL *easy, const struct http_plan *plan)
{
    static const struct http_plan nothing = {.body = {"", 0}};
    const char *word = plan->method;
    bool is_post = strcmp(word, "POST") == 0;
    bool is_head = strcmp(word, "HEAD") == 0 && !plan->has_body;
    CURLcode code = CURLE_OK;

    SET(POSTFIELDS, NULL);
    SET(HTTPGET, 1L);
    if (plan->has_body)
        keep_first(&code, set_body(easy, plan));
    else if (is_post)
        keep_first(&code, set_body(easy, &nothing));
    else if (is_head)
        SET(NOBODY, 1L);
    if (is_post || is_head || (strcmp(word, "GET") == 0 && !plan->has_body))
        word = NULL;
    SET(CUSTOMREQUEST, word);
    return code;
}

static CURLcode set_plan(struct http_request *r)
{
    const struct http_plan *plan = &r->plan;
    struct http *http = r->http;
    bool secure = (plan->url[4] | 0x20) == 's';
    size_t share = hash_bytes(http->key, plan->host) % SHARES;
    CURL *easy = r->easy;
    CURLcode code = CURLE_OK;

    SET(URL, plan->url);
    SET(HTTPHEADER, link_headers(r));
    SET(TIMEOUT_MS, (long)plan->timeout_ms);
    SET(FRESH_CONNECT, plan->once ? 1L : 0L);
    if (secure)
        SET(SHARE, http->shares[share]);
    /* Only what may be HTTP/2 gains by waiting for a connection to be known;
     * and what waits inside of libcurl is woken one by one. */
    SET(PIPEWAIT, secure && http->o.version != HTTP_1_1 ? 1L : 0L);
    keep_first(&code, set_method(easy, plan));
    return code;
}

struct http_request *http_start(struct http *http, const struct http_plan *plan)
{
    struct http_request *r = take_request(http);
    CURLcode code;
    CURLMcode added;

    assert(strncasecmp(plan->url, "http", 4) == 0);
    r->plan = *plan;
    r->uploaded = 0;
    r->body_at = 0;
    r->bytes = 0;
    r->has_answer = false;
    r->sent = false;
    r->stopped = false;
    r->read_timed_out = false;
    r->cancelled = false;
    r->error[0] = '\0';
    code = set_plan(r);
    assert(code == CURLE_OK);
    list_push(&http->running, &r->link);
    added = curl_multi_add_handle(http->multi, r->easy);
    assert(added == CURLM_OK);
    return r;
}

/* Ending */

static long info_long(const struct http_request *r, CURLINFO what)
{
    long value = 0;

    curl_easy_getinfo(r->easy, what, &value);
    return value;
}

static int64_t info_offset(const struct http_request *r, CURLINFO what)
{
    curl_off_t value = 0;

    curl_easy_getinfo(r->easy, what, &value);
    return value > 0 ? value : 0;
}

static const char *info_text(const struct http_request *r, CURLINFO what)
{
    char *value = NULL;

    curl_easy_getinfo(r->easy, what, &value);
    return value;
}

static struct http_fault_timeout which_timeout(const struct http_request *r)
{
    const struct http_options *o = &r->http->o;
    int64_t spent_ms = info_offset(r, CURLINFO_TOTAL_TIME_T) / 1000;

    if (r->read_timed_out)
        return (struct http_fault_timeout){"read", o->read_timeout_ms};
    if (r->plan.timeout_ms > 0 && spent_ms + 1 >= r->plan.timeout_ms)
        return (struct http_fault_timeout){"total", r->plan.timeout_ms};
    return (struct http_fault_timeout){"connect", o->connect_timeout_ms};
}

static void describe(struct http_request *r, CURLcode code,
                     struct http_result *result)
{
    bool refused = r->cancelled || r->stopped;
    const struct http_fault *fault =
        http_fault_find(refused ? CURLE_ABORTED_BY_CALLBACK : (int)code);

    http_fault_describe(fault,
                        r->error[0] ? r->error : curl_easy_strerror(code),
                        (int)info_long(r, CURLINFO_OS_ERRNO), which_timeout(r),
                        r->message, sizeof r->message);
    result->message = r->message;
    result->fault = fault->kind;
    result->retry = fault->retry;
}

static const char *version_name(long version)
{
    switch (version) {
    case CURL_HTTP_VERSION_1_0: return "1";
    case CURL_HTTP_VERSION_1_1: return "1.1";
    case CURL_HTTP_VERSION_2_0: return "2";
    case CURL_HTTP_VERSION_3: return "3";
    default: return "0";
    }
}

/* A date in the past makes it negative, and it has no upper limit. */
static int64_t retry_after_ms(const struct http_request *r)
{
    const int64_t most_s = INT64_C(366) * 24 * 3600;
    int64_t s = info_offset(r, CURLINFO_RETRY_AFTER);

    return (s < most_s ? s : most_s) * 1000;
}

static void gather(const struct http_request *r, struct http_result *result)
{
    *result = (struct http_result){
        .sent = r->sent,
        .stopped = r->stopped,
        .url_effective = info_text(r, CURLINFO_EFFECTIVE_URL),
        .content_type = info_text(r, CURLINFO_CONTENT_TYPE),
        .http_version = version_name(info_long(r, CURLINFO_HTTP_VERSION)),
        .remote_ip = info_text(r, CURLINFO_PRIMARY_IP),
        .http_code = (int)info_long(r, CURLINFO_RESPONSE_CODE),
        .num_connects = (int)info_long(r, CURLINFO_NUM_CONNECTS),
        .num_redirects = (int)info_long(r, CURLINFO_REDIRECT_COUNT),
        .remote_port = (int)info_long(r, CURLINFO_PRIMARY_PORT),
        .size_download = r->bytes,
        .time_namelookup_us = info_offset(r, CURLINFO_NAMELOOKUP_TIME_T),
        .time_connect_us = info_offset(r, CURLINFO_CONNECT_TIME_T),
        .time_appconnect_us = info_offset(r, CURLINFO_APPCONNECT_TIME_T),
        .time_starttransfer_us = info_offset(r, CURLINFO_STARTTRANSFER_TIME_T),
        .time_total_us = info_offset(r, CURLINFO_TOTAL_TIME_T),
        .retry_after_ms = retry_after_ms(r),
    };
    if (result->time_total_us > 0)
        result->speed_download =
            (uint64_t)((double)r->bytes * 1e6 / (double)result->time_total_us);
}

/* Out of libcurl, tell the caller, and keep the handle for the next. */
static void end(struct http_request *r, CURLcode code)
{
    struct http_result result;

    curl_multi_remove_handle(r->http->multi, r->easy);
    list_remove(&r->link);
    list_remove(&r->answered);
    http_quiet_leave(&r->quiet);
    gather(r, &result);
    if (code != CURLE_OK)
        describe(r, code, &result);
    r->plan.on_done(r->plan.arg, &result);
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
    r->cancelled = true;
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
    return (int)info_long(r, CURLINFO_RESPONSE_CODE);
}

int64_t http_expected(const struct http_request *r)
{
    curl_off_t length = -1;

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
