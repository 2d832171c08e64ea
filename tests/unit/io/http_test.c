/* SPDX-License-Identifier: MIT */
/*
 * Real sockets: a small server of our own runs on the same loop. Each test
 * gives it the bytes to answer with, and what to do then.
 */
#include "io/http.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/loop.h"

enum { READ_TIMEOUT_MS = 300, CONNECT_TIMEOUT_MS = 400, PEERS_MAX = 8 };

struct server;

struct peer {
    struct server *server;
    struct loop_watch *watch;
    int fd;
    struct buf in;
};

struct server {
    struct loop *loop;
    struct loop_watch *watch;
    int fd;
    int port;
    const char *answer; /* NULL: silence */
    bool closes;        /* after the answer */
    bool kills_reused;  /* closes at the second request of a connection */
    struct peer peers[PEERS_MAX];
    size_t accepted;
    size_t requests;
};

static struct loop *loop;
static struct log logger;
static struct server server;
static struct http *http;
static struct err err;
static size_t turns;

/* What a request told. */
struct told {
    struct http_request *request;
    struct buf body;
    size_t answers;
    size_t ends;
    size_t most; /* bytes of the body that are taken */
    int status;
    int64_t expected;
    struct http_result result;
    char message[256];
    char header[64];
    size_t same_header;
};

static void answer(struct peer *peer)
{
    struct server *s = peer->server;
    ssize_t sent;

    s->requests++;
    if (s->kills_reused && s->requests > 1)
        shutdown(peer->fd, SHUT_RDWR);
    else if (s->answer != NULL) {
        sent = send(peer->fd, s->answer, strlen(s->answer), 0);
        ck_assert_int_eq(sent, (ssize_t)strlen(s->answer));
    }
    if (s->closes)
        shutdown(peer->fd, SHUT_RDWR);
}

static void on_peer(void *arg, int fd, int events)
{
    struct peer *peer = arg;
    char bytes[4096];
    ssize_t got = recv(fd, bytes, sizeof bytes, 0);
    static const char end[] = "\r\n\r\n";

    (void)events;
    if (got <= 0) {
        loop_watch_stop(peer->watch);
        return;
    }
    buf_add(&peer->in, bytes, (size_t)got);
    buf_add_char(&peer->in, '\0');
    peer->in.len--;
    if (strstr(peer->in.data, end) == NULL)
        return;
    buf_clear(&peer->in);
    answer(peer);
}

static void on_accept(void *arg, int fd, int events)
{
    struct server *s = arg;
    struct peer *peer = &s->peers[s->accepted++];

    (void)events;
    ck_assert_uint_le(s->accepted, PEERS_MAX);
    peer->server = s;
    peer->fd = accept(fd, NULL, NULL);
    ck_assert_int_ge(peer->fd, 0);
    buf_init(&peer->in, 65536);
    peer->watch = loop_watch_new(s->loop, on_peer, peer);
    loop_watch_start(peer->watch, peer->fd, LOOP_READ);
}

static void open_server(struct server *s)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;

    *s = (struct server){.loop = loop};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(s->fd, 0);
    ck_assert_int_eq(bind(s->fd, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(listen(s->fd, 16), 0);
    ck_assert_int_eq(getsockname(s->fd, (struct sockaddr *)&address, &len), 0);
    s->port = ntohs(address.sin_port);
    s->watch = loop_watch_new(loop, on_accept, s);
    loop_watch_start(s->watch, s->fd, LOOP_READ);
}

static void close_server(struct server *s)
{
    for (size_t i = 0; i < s->accepted; i++) {
        loop_watch_free(s->peers[i].watch);
        close(s->peers[i].fd);
        buf_release(&s->peers[i].in);
    }
    loop_watch_free(s->watch);
    close(s->fd);
}

static void count_turn(void *arg)
{
    (void)arg;
    turns++;
}

static void set_up(void)
{
    struct http_options options = {.connections = 4,
                                   .host_connections = 4,
                                   .keepalive_ms = 60000,
                                   .connect_timeout_ms = CONNECT_TIMEOUT_MS,
                                   .read_timeout_ms = READ_TIMEOUT_MS,
                                   .max_redirects = 3};

    signal(SIGPIPE, SIG_IGN);
    log_init(&logger, STDERR_FILENO, LOG_NORMAL);
    loop = loop_open();
    options.loop = loop;
    options.log = &logger;
    turns = 0;
    loop_before_wait(loop, count_turn, NULL);
    open_server(&server);
    http = http_open(&options, &err);
    ck_assert_msg(http != NULL, "%s", err.text);
}

static void tear_down(void)
{
    http_close(http);
    close_server(&server);
    loop_close(loop);
    log_release(&logger);
}

static void on_answer(void *arg)
{
    struct told *told = arg;

    told->answers++;
    ck_assert_uint_eq(told->ends, 0);
}

static bool on_body(void *arg, struct slice bytes)
{
    struct told *told = arg;

    told->status = http_status(told->request);
    told->expected = http_expected(told->request);
    if (told->body.len + bytes.len > told->most)
        return false;
    buf_add_slice(&told->body, bytes);
    return true;
}

static void on_done(void *arg, const struct http_result *result)
{
    struct told *told = arg;
    struct http_header header = {0};

    told->ends++;
    told->result = *result;
    snprintf(told->message, sizeof told->message, "%s",
             result->message ? result->message : "");
    while (http_next_header(told->request, &header)) {
        snprintf(told->header, sizeof told->header, "%s: %s", header.name,
                 header.value);
        if (header.count > told->same_header)
            told->same_header = header.count;
    }
    loop_stop(loop);
}

static void init_told(struct told *told)
{
    *told = (struct told){.most = 1 << 20};
    buf_init(&told->body, 1 << 20);
}

static void start(struct told *told, struct http_plan plan)
{
    static char url[64]; /* the same for all of a test */

    snprintf(url, sizeof url, "http://127.0.0.1:%d/", server.port);
    plan.url = url;
    plan.host = slice_text("127.0.0.1");
    if (plan.method == NULL)
        plan.method = "GET";
    plan.arg = told;
    plan.on_answer = on_answer;
    plan.on_body = on_body;
    plan.on_done = on_done;
    told->request = http_start(http, &plan);
}

static void ask(struct told *told, struct http_plan plan)
{
    init_told(told);
    start(told, plan);
    loop_run(loop);
    ck_assert_uint_eq(told->ends, 1);
}

#define OK_ANSWER \
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\nX-A: 2\r\n\r\nhello"

START_TEST(an_answer_comes_with_its_figures)
{
    struct told told;

    server.answer = OK_ANSWER;
    ask(&told, (struct http_plan){0});
    ck_assert_ptr_null(told.result.fault);
    ck_assert(slice_is(buf_slice(&told.body), "hello"));
    ck_assert_uint_eq(told.answers, 1);
    ck_assert_int_eq(told.status, 200);
    ck_assert_int_eq(told.expected, 5);
    ck_assert_int_eq(told.result.http_code, 200);
    ck_assert_uint_eq(told.result.size_download, 5);
    ck_assert_int_eq(told.result.num_connects, 1);
    ck_assert_int_eq(told.result.remote_port, server.port);
    ck_assert_int_gt(told.result.time_total_us, 0);
    ck_assert(told.result.sent);
    ck_assert_str_eq(told.header, "X-A: 2");
    ck_assert_uint_eq(told.same_header, 2);
    buf_release(&told.body);
}
END_TEST

/* The same descriptor number may be another socket: see loop_watch_start. */
START_TEST(connections_are_used_again_and_numbers_too)
{
    struct told told;

    server.answer = OK_ANSWER;
    for (int i = 0; i < 5; i++) {
        ask(&told, (struct http_plan){0});
        ck_assert_ptr_null(told.result.fault);
        buf_release(&told.body);
    }
    ck_assert_uint_eq(server.accepted, 1);
    ck_assert_uint_eq(http_connections(http), 1);
    server.answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n"
                    "Content-Length: 2\r\n\r\nok";
    server.closes = true;
    for (int i = 0; i < 5; i++) {
        ask(&told, (struct http_plan){0});
        ck_assert_ptr_null(told.result.fault);
        buf_release(&told.body);
    }
    ck_assert_uint_eq(server.accepted, 5);
    ck_assert_uint_eq(http_connections(http), 0);
}
END_TEST

START_TEST(silence_is_a_read_timeout_and_exact)
{
    struct told told;
    int64_t started = loop_now_ms(loop), took;

    ask(&told, (struct http_plan){0});
    took = loop_now_ms(loop) - started;
    ck_assert_str_eq(told.result.fault, "timeout");
    ck_assert_str_eq(told.message, "read timed out: no byte for 0.3 s");
    ck_assert_int_ge(took, READ_TIMEOUT_MS);
    ck_assert_int_lt(took, READ_TIMEOUT_MS + 100);
    ck_assert_int_eq(told.result.retry, HTTP_AGAIN);
    ck_assert_uint_lt(turns, 20);
    buf_release(&told.body);
}
END_TEST

static void stand_still(void *arg)
{
    struct timespec pause = {.tv_sec = 1};

    (void)arg;
    nanosleep(&pause, NULL);
    server.answer = OK_ANSWER;
    answer(&server.peers[0]);
}

START_TEST(a_process_that_stood_still_has_heard_no_silence)
{
    struct told told;
    struct loop_timer *timer = loop_timer_new(loop, stand_still, NULL);

    loop_timer_start(timer, 100);
    ask(&told, (struct http_plan){0});
    ck_assert_ptr_null(told.result.fault);
    loop_timer_free(timer);
    buf_release(&told.body);
}
END_TEST

START_TEST(the_total_has_its_own_timeout)
{
    struct told told;

    ask(&told, (struct http_plan){.timeout_ms = 150});
    ck_assert_str_eq(told.result.fault, "timeout");
    ck_assert_str_eq(told.message, "total timed out after 0.15 s");
    buf_release(&told.body);
}
END_TEST

START_TEST(a_body_cut_short_is_truncated)
{
    struct told told;

    server.answer = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello";
    server.closes = true;
    ask(&told, (struct http_plan){0});
    ck_assert_str_eq(told.result.fault, "truncated");
    ck_assert_int_eq(told.result.http_code, 200);
    ck_assert(slice_is(buf_slice(&told.body), "hello"));
    buf_release(&told.body);
}
END_TEST

START_TEST(a_body_can_be_refused)
{
    struct told told;

    server.answer = OK_ANSWER;
    init_told(&told);
    told.most = 3;
    start(&told, (struct http_plan){0});
    loop_run(loop);
    ck_assert(told.result.stopped);
    ck_assert_str_eq(told.result.fault, "cancelled");
    ck_assert_int_eq(told.result.retry, HTTP_NEVER);
    buf_release(&told.body);
}
END_TEST

START_TEST(a_request_can_be_cancelled)
{
    struct told told;

    init_told(&told);
    start(&told, (struct http_plan){0});
    ck_assert_uint_eq(told.ends, 0);
    http_cancel(told.request);
    ck_assert_uint_eq(told.ends, 1);
    ck_assert_str_eq(told.result.fault, "cancelled");
    ck_assert(!told.result.sent);
    buf_release(&told.body);
}
END_TEST

START_TEST(nobody_there_is_a_connect_fault)
{
    struct told told;

    loop_watch_stop(server.watch);
    close(server.fd);
    server.fd = -1;
    ask(&told, (struct http_plan){0});
    ck_assert_str_eq(told.result.fault, "connect");
    ck_assert_str_eq(told.message, "cannot connect: Connection refused");
    ck_assert(!told.result.sent);
    buf_release(&told.body);
}
END_TEST

/* A listener whose queue is full answers no more of them. */
START_TEST(connecting_has_its_own_timeout)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)server.port)};
    struct told told;
    int64_t started;
    int fds[4];

    loop_watch_stop(server.watch);
    ck_assert_int_eq(listen(server.fd, 0), 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (size_t i = 0; i < 4; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(fds[i], (struct sockaddr *)&address, sizeof address);
    }
    started = loop_now_ms(loop);
    ask(&told, (struct http_plan){.timeout_ms = 5000});
    ck_assert_str_eq(told.result.fault, "timeout");
    ck_assert_str_eq(told.message, "connect timed out after 0.4 s");
    ck_assert_int_lt(loop_now_ms(loop) - started, CONNECT_TIMEOUT_MS + 100);
    ck_assert(!told.result.sent);
    for (size_t i = 0; i < 4; i++)
        close(fds[i]);
    buf_release(&told.body);
}
END_TEST

START_TEST(redirects_end_somewhere)
{
    struct told told;

    server.answer = "HTTP/1.1 302 Found\r\nLocation: /\r\n"
                    "Content-Length: 3\r\n\r\nabc";
    ask(&told, (struct http_plan){0});
    ck_assert_str_eq(told.result.fault, "redirect");
    ck_assert_int_eq(told.result.num_redirects, 3);
    ck_assert_uint_eq(told.body.len, 0);
    buf_release(&told.body);
}
END_TEST

START_TEST(a_redirect_cannot_leave_http)
{
    struct told told;

    server.answer = "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n"
                    "Content-Length: 0\r\n\r\n";
    ask(&told, (struct http_plan){0});
    ck_assert_str_eq(told.result.fault, "protocol");
    ck_assert_int_eq(told.result.retry, HTTP_NEVER);
    buf_release(&told.body);
}
END_TEST

/* libcurl would send it again, by itself, if a connection that it uses again
 * is found dead. */
START_TEST(what_must_be_sent_once_is_sent_once)
{
    struct told told;

    server.answer = OK_ANSWER;
    ask(&told, (struct http_plan){0});
    buf_release(&told.body);
    server.kills_reused = true;
    ask(&told, (struct http_plan){.method = "POST",
                                  .has_body = true,
                                  .body = slice_text("x"),
                                  .once = true});
    ck_assert_ptr_nonnull(told.result.fault);
    ck_assert_uint_eq(server.requests, 2);
    ck_assert_uint_eq(server.accepted, 2);
    buf_release(&told.body);
}
END_TEST

START_TEST(what_still_runs_is_dropped_at_the_end)
{
    struct told told[3];

    for (size_t i = 0; i < 3; i++) {
        init_told(&told[i]);
        start(&told[i], (struct http_plan){0});
    }
    http_close(http);
    http = NULL;
    for (size_t i = 0; i < 3; i++)
        ck_assert_uint_eq(told[i].ends, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http");
    TCase *tests = tcase_create("http");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_answer_comes_with_its_figures);
    tcase_add_test(tests, connections_are_used_again_and_numbers_too);
    tcase_add_test(tests, silence_is_a_read_timeout_and_exact);
    tcase_add_test(tests, a_process_that_stood_still_has_heard_no_silence);
    tcase_add_test(tests, the_total_has_its_own_timeout);
    tcase_add_test(tests, a_body_cut_short_is_truncated);
    tcase_add_test(tests, a_body_can_be_refused);
    tcase_add_test(tests, a_request_can_be_cancelled);
    tcase_add_test(tests, nobody_there_is_a_connect_fault);
    tcase_add_test(tests, connecting_has_its_own_timeout);
    tcase_add_test(tests, redirects_end_somewhere);
    tcase_add_test(tests, a_redirect_cannot_leave_http);
    tcase_add_test(tests, what_must_be_sent_once_is_sent_once);
    tcase_add_test(tests, what_still_runs_is_dropped_at_the_end);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
