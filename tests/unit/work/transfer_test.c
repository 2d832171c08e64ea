/* SPDX-License-Identifier: MIT */
/*
 * A whole flow against the test server (tests/support/server.c), which ends
 * when its stdin does. Lines come from an array, records are looked at as they
 * leave the window.
 */
#include "work/transfer.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "io/http.h"
#include "io/loop.h"
#include "work/names.h"
#include "work/request.h"
#include "work/save.h"

enum { LINES_MAX = 64 };

/* How a unit ended. */
struct end {
    enum item_status status;
    char fault[32];
    char message[ITEM_MESSAGE_SIZE];
    char result[4096];
    char detail[256];
    unsigned attempts;
    bool retryable;
    int64_t retry_floor_ms;
};

static char root[64];
static pid_t server_pid;
static int server_in;
static int port;

static struct loop *loop;
static struct log logger;
static struct request *defaults;
static struct names names;
static struct exchange_options options;
static struct transfer_list list;
static struct flow *flow;
static struct err err;

static char lines[LINES_MAX][512];
static size_t line_count, next_line;
static struct end ends[LINES_MAX];
static int64_t cancel_after_ms; /* 0: never */

static void start_server(void)
{
    const char *path = getenv("SERVER");
    int in[2], out[2];
    char text[16] = "";

    ck_assert_int_eq(pipe(in), 0);
    ck_assert_int_eq(pipe(out), 0);
    server_pid = fork();
    ck_assert_int_ge(server_pid, 0);
    if (server_pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[1]);
        close(out[0]);
        execl(path ? path : "build/plain/tests/support/server", "server",
              (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    server_in = in[1];
    fcntl(server_in, F_SETFD, FD_CLOEXEC);
    ck_assert_int_gt(read(out[0], text, sizeof text - 1), 0);
    close(out[0]);
    port = atoi(text);
}

static void set_up(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    start_server();
    snprintf(root, sizeof root, "/tmp/transfer_test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    log_init(&logger, STDERR_FILENO, LOG_QUIET);
    loop = loop_open();
    defaults = request_new();
    names_init(&names);
    options = (struct exchange_options){.defaults = defaults,
                                        .body = EXCHANGE_INLINE,
                                        .max_inline = 1000,
                                        .timeout_ms = 20000,
                                        .describe = true};
    list = (struct transfer_list){.options = &options, .names = &names};
    line_count = 0;
    next_line = 0;
    cancel_after_ms = 0;
    memset(ends, 0, sizeof ends);
}

static void tear_down(void)
{
    char command[128];

    save_close(options.save);
    names_release(&names);
    request_free(defaults);
    loop_close(loop);
    log_release(&logger);
    close(server_in);
    ck_assert_int_eq(waitpid(server_pid, NULL, 0), server_pid);
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    ck_assert_int_eq(system(command), 0);
}

/* A line; %d in it is the server's port. */
__attribute__((format(printf, 1, 2))) static void add(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(lines[line_count++], sizeof lines[0], format, args);
    va_end(args);
}

static enum flow_got fill(void *self, struct item *item, struct err *why)
{
    size_t column;

    (void)self;
    if (next_line == line_count)
        return FLOW_END;
    item->number = next_line;
    buf_clear(&item->in);
    buf_add_text(&item->in, lines[next_line++]);
    return transfer_parse(&list, item, &column, why) < 0 ? FLOW_FAULT
                                                         : FLOW_FILLED;
}

static void copy(char *to, size_t size, struct slice from)
{
    snprintf(to, size, "%.*s", (int)from.len, from.ptr ? from.ptr : "");
}

static void finish(void *self, struct item *item, struct flow_tally *tally)
{
    struct end *end = &ends[item->number];

    (void)self;
    end->status = item->status;
    copy(end->fault, sizeof end->fault, slice_text(item->fault));
    copy(end->message, sizeof end->message, slice_text(item->message));
    copy(end->result, sizeof end->result, buf_slice(&item->result));
    copy(end->detail, sizeof end->detail, buf_slice(&item->detail));
    end->attempts = item->attempts;
    end->retryable = item->retryable;
    end->retry_floor_ms = item->retry_floor_ms;
    tally->completed += item->status == ITEM_COMPLETED;
    tally->failed += item->status == ITEM_FAILED;
    tally->cancelled += item->status == ITEM_CANCELLED;
}

static void on_cancel(void *arg)
{
    struct err stop;

    (void)arg;
    err_set(&stop, ERR_DEADLINE, "enough");
    flow_fail(flow, &stop);
}

static int run(void)
{
    const struct http_options h = {.loop = loop,
                                   .log = &logger,
                                   .connections = 10,
                                   .host_connections = 4,
                                   .keepalive_ms = 60000,
                                   .connect_timeout_ms = 5000,
                                   .read_timeout_ms = 5000,
                                   .max_redirects = 10};
    struct loop_timer *timer = loop_timer_new(loop, on_cancel, NULL);
    struct flow_options f = {.loop = loop, .log = &logger, .side = -1};
    struct transfer_options t = {
        .loop = loop,
        .limits = {.total = 10, .per_host = 4},
        .hold_max_ms = 5, /* as long as one waits */
    };
    struct transfer *transfer;
    int outcome, out = open("/dev/null", O_WRONLY | O_CLOEXEC);

    options.http = http_open(&h, &err);
    ck_assert_ptr_nonnull(options.http);
    t.exchange = options;
    transfer = transfer_open(&t);
    f.source.fill = fill;
    f.worker = transfer_worker(transfer);
    f.work = transfer_work(transfer);
    f.report.finish = finish;
    f.limits =
        (struct item_limits){.in = 1 << 20, .result = 1 << 20, .out = 1 << 20};
    f.items = 16;
    f.out = out;
    f.max_errors = UINT64_MAX;
    f.retry = (struct retry_policy){.retries = 2, .base_ms = 1, .cap_ms = 5};
    flow = flow_open(&f);
    transfer_attach(transfer, flow);
    if (cancel_after_ms > 0)
        loop_timer_start(timer, cancel_after_ms);
    outcome = flow_run(flow, &err);
    flow_close(flow);
    transfer_close(transfer);
    http_close(options.http);
    loop_timer_free(timer);
    close(out);
    return outcome;
}

static void save_to_root(void)
{
    options.body = EXCHANGE_FILE;
    options.save = save_open(root, true, &err);
    ck_assert_ptr_nonnull(options.save);
}

static void check_failed(size_t n, const char *fault, const char *message)
{
    ck_assert_int_eq(ends[n].status, ITEM_FAILED);
    ck_assert_str_eq(ends[n].fault, fault);
    ck_assert_str_eq(ends[n].message, message);
}

static void check_has(size_t n, const char *part)
{
    ck_assert_msg(strstr(ends[n].result, part) != NULL, "%s in %s", part,
                  ends[n].result);
}

static void check_has_not(size_t n, const char *part)
{
    ck_assert_msg(strstr(ends[n].result, part) == NULL, "%s in %s", part,
                  ends[n].result);
}

/* Files in the output directory whose name begins so. */
static int count_files(const char *pattern)
{
    char command[256], text[16] = "";
    FILE *p;

    snprintf(command, sizeof command, "find '%s' -type f -name '%s' | wc -l",
             root, pattern);
    p = popen(command, "r");
    ck_assert_ptr_nonnull(p);
    ck_assert_ptr_nonnull(fgets(text, sizeof text, p));
    pclose(p);
    return atoi(text);
}

START_TEST(a_body_comes_in_the_record)
{
    char detail[128];

    add("http://127.0.0.1:%d/bytes/30", port);
    ck_assert_int_eq(run(), 0);
    ck_assert_int_eq(ends[0].status, ITEM_COMPLETED);
    check_has(0, "\"http_code\":200");
    check_has(0, "\"size_download\":30");
    check_has(0, ",\"body\":\"abcdefghijklmnopqrstuvwxyzabcd\"}");
    snprintf(detail, sizeof detail, "200  30 B  http://127.0.0.1:%d/bytes/30",
             port);
    ck_assert_str_eq(ends[0].detail, detail);
}
END_TEST

START_TEST(a_body_beyond_the_limit_is_too_large)
{
    add("http://127.0.0.1:%d/bytes/1000", port);
    add("http://127.0.0.1:%d/bytes/1001", port);
    add("http://127.0.0.1:%d/chunked/100000", port);
    ck_assert_int_lt(run(), 0);
    ck_assert_int_eq(ends[0].status, ITEM_COMPLETED);
    check_failed(1, "too_large", "the body has more than 1000 bytes");
    check_failed(2, "too_large", "the body has more than 1000 bytes");
    ck_assert_uint_eq(ends[1].attempts, 1);
    check_has_not(2, "\"body");
}
END_TEST

START_TEST(a_body_can_go_nowhere)
{
    options.body = EXCHANGE_NOWHERE;
    add("http://127.0.0.1:%d/bytes/100000", port);
    ck_assert_int_eq(run(), 0);
    check_has(0, "\"size_download\":100000");
    check_has_not(0, "\"body");
}
END_TEST

START_TEST(passing_statuses_are_tried_again)
{
    add("http://127.0.0.1:%d/flaky/a/2", port);
    add("http://127.0.0.1:%d/flaky/b/3", port);
    add("http://127.0.0.1:%d/status/404", port);
    ck_assert_int_lt(run(), 0);
    ck_assert_int_eq(ends[0].status, ITEM_COMPLETED);
    ck_assert_uint_eq(ends[0].attempts, 3);
    check_failed(1, "http_status", "HTTP status 503");
    ck_assert_uint_eq(ends[1].attempts, 3);
    check_failed(2, "http_status", "HTTP status 404");
    ck_assert_uint_eq(ends[2].attempts, 1);
    check_has(2, "\"body\":\"status 404\"");
}
END_TEST

START_TEST(a_post_is_not_tried_again)
{
    add("{\"url\":\"http://127.0.0.1:%d/flaky/a/2\",\"body\":\"x\"}", port);
    add("{\"url\":\"http://127.0.0.1:%d/no-answer\",\"method\":\"POST\"}",
        port);
    add("{\"url\":\"http://127.0.0.1:%d/flaky/b/2\",\"method\":\"POST\","
        "\"headers\":{\"Idempotency-Key\":\"1\"}}",
        port);
    ck_assert_int_lt(run(), 0);
    ck_assert_uint_eq(ends[0].attempts, 1);
    ck_assert(!ends[0].retryable);
    ck_assert_uint_eq(ends[1].attempts, 1);
    ck_assert_str_eq(ends[1].fault, "truncated");
    ck_assert_uint_eq(ends[2].attempts, 3);
    ck_assert_int_eq(ends[2].status, ITEM_COMPLETED);
}
END_TEST

START_TEST(retry_after_is_the_least_wait)
{
    add("http://127.0.0.1:%d/status/503/retry-after/7", port);
    add("{\"url\":\"http://127.0.0.1:%d/status/429/retry-after/1\","
        "\"method\":\"POST\"}",
        port);
    add("http://127.0.0.1:%d/status/503/retry-after/"
        "Mon%%2C%%2001%%20Jan%%202001%%2000:00:00%%20GMT",
        port);
    ck_assert_int_lt(run(), 0);
    ck_assert_int_eq(ends[0].retry_floor_ms, 7000);
    ck_assert_uint_eq(ends[1].attempts, 3);
    ck_assert_int_eq(ends[2].retry_floor_ms, 0);
}
END_TEST

START_TEST(expectations_of_a_line_come_before_those_of_all)
{
    ck_assert_int_eq(request_add_expected(defaults, slice_text("404"), &err),
                     0);
    add("http://127.0.0.1:%d/status/404", port);
    add("{\"url\":\"http://127.0.0.1:%d/status/404\",\"expect_status\":200}",
        port);
    add("http://127.0.0.1:%d/bytes/1", port);
    ck_assert_int_lt(run(), 0);
    ck_assert_int_eq(ends[0].status, ITEM_COMPLETED);
    check_failed(1, "http_status", "HTTP status 404");
    check_failed(2, "http_status", "HTTP status 200 is not an expected one");
}
END_TEST

START_TEST(headers_of_a_line_replace_those_of_all)
{
    ck_assert_int_eq(request_add_header(defaults, slice_text("X-A: all"), &err),
                     0);
    ck_assert_int_eq(request_add_header(defaults, slice_text("X-B: all"), &err),
                     0);
    options.include_headers = true;
    add("{\"url\":\"http://127.0.0.1:%d/echo\",\"headers\":{\"x-a\":\"own\"},"
        "\"json\":[1]}",
        port);
    ck_assert_int_eq(run(), 0);
    check_has(0, "\\\"x-a\\\":\\\"own\\\"");
    check_has(0, "\\\"x-b\\\":\\\"all\\\"");
    check_has(0, "\\\"content-type\\\":\\\"application/json\\\"");
    check_has(0, "\\\"body\\\":\\\"[1]\\\"");
    check_has(0, "\"headers\":{\"content-type\":\"application/json\"");
}
END_TEST

START_TEST(a_body_is_sent_from_a_file)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof path, "%s/body", root);
    f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs("from a file", f);
    fclose(f);
    add("{\"url\":\"http://127.0.0.1:%d/echo\",\"body_file\":\"%s\"}", port,
        path);
    add("{\"url\":\"http://127.0.0.1:%d/echo\",\"body_file\":\"%s.no\"}", port,
        path);
    ck_assert_int_lt(run(), 0);
    check_has(0, "\\\"body\\\":\\\"from a file\\\"");
    ck_assert_str_eq(ends[1].fault, "io");
    ck_assert_uint_eq(ends[1].attempts, 1);
}
END_TEST

START_TEST(files_are_whole_and_hashed)
{
    save_to_root();
    add("http://127.0.0.1:%d/bytes/3", port);
    add("{\"url\":\"http://127.0.0.1:%d/bytes/0\",\"output\":\"d/empty\"}",
        port);
    add("http://127.0.0.1:%d/cut/100/60", port);
    add("http://127.0.0.1:%d/cut-chunked/5000", port);
    add("http://127.0.0.1:%d/status/404", port);
    ck_assert_int_lt(run(), 0);
    check_has(0, "/3\",\"sha256\":\"ba7816bf8f01cfea414140de5dae2223b00361a396"
                 "177a9cb410ff61f20015ad\"}");
    check_has(1, "/d/empty\",\"sha256\":\"e3b0c44298fc1c149afbf4c8996fb92427ae"
                 "41e4649b934ca495991b7852b855\"}");
    ck_assert_str_eq(ends[2].fault, "truncated");
    ck_assert_str_eq(ends[3].fault, "truncated");
    ck_assert_str_eq(ends[4].fault, "http_status");
    ck_assert_int_eq(count_files("*"), 2);
}
END_TEST

START_TEST(a_wrong_hash_is_no_file)
{
    save_to_root();
    add("{\"url\":\"http://127.0.0.1:%d/bytes/3\",\"output\":\"good\","
        "\"sha256\":\"BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61"
        "F20015AD\"}",
        port);
    add("{\"url\":\"http://127.0.0.1:%d/bytes/4\",\"output\":\"bad\","
        "\"sha256\":\"BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61"
        "F20015AD\"}",
        port);
    ck_assert_int_lt(run(), 0);
    ck_assert_int_eq(ends[0].status, ITEM_COMPLETED);
    ck_assert_str_eq(ends[1].fault, "checksum");
    ck_assert_uint_eq(ends[1].attempts, 2);
    ck_assert_int_eq(count_files("*"), 1);
}
END_TEST

START_TEST(a_name_is_written_once)
{
    save_to_root();
    add("http://127.0.0.1:%d/name/a?1", port);
    add("http://127.0.0.1:%d/name/a?2", port);
    ck_assert_int_lt(run(), 0);
    ck_assert_int_eq(ends[0].status, ITEM_COMPLETED);
    check_failed(1, "io", "its file is that of entry 1 of the list");
    ck_assert_uint_eq(ends[1].attempts, 0);
}
END_TEST

START_TEST(a_shared_name_can_be_a_fault_of_the_list)
{
    save_to_root();
    list.refuse_shared_names = true;
    add("http://127.0.0.1:%d/name/a?1", port);
    add("http://127.0.0.1:%d/name/a?2", port);
    ck_assert_int_lt(run(), 0);
    ck_assert_int_eq(err.kind, ERR_LIST);
    ck_assert_str_eq(err.text, "'a' is the file of entry 1 of the list too");
}
END_TEST

START_TEST(paths_that_lead_out_are_faults_of_the_list)
{
    save_to_root();
    add("{\"url\":\"http://127.0.0.1:%d/a\",\"output\":\"../a\"}", port);
    ck_assert_int_lt(run(), 0);
    ck_assert_int_eq(err.kind, ERR_LIST);
    ck_assert_str_eq(err.text, "output path may not have . or .. in it");
}
END_TEST

/* As a full disk: the limit gives EFBIG. */
START_TEST(a_disk_that_takes_no_more_ends_the_run)
{
    struct rlimit old, small;

    save_to_root();
    for (int i = 0; i < 40; i++)
        add("{\"url\":\"http://127.0.0.1:%d/bytes/200000\","
            "\"output\":\"f%d\"}",
            port, i);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){100000, old.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    ck_assert_int_lt(run(), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
    ck_assert_int_eq(err.kind, ERR_OUTPUT);
    ck_assert_msg(strstr(err.text, "File too large") != NULL, "%s", err.text);
    /* Which file is the first is the server's affair, and two may fail in one
     * turn: the run's error is one of them. */
    ck_assert_int_eq(ends[0].status, ITEM_FAILED);
    ck_assert_str_eq(ends[0].fault, "io");
    ck_assert_msg(strstr(ends[0].message, "File too large") != NULL, "%s",
                  ends[0].message);
    ck_assert_int_eq(ends[15].status, ITEM_CANCELLED);
    ck_assert_uint_lt(next_line, 40);
    ck_assert_int_eq(count_files("*"), 0);
}
END_TEST

START_TEST(a_run_that_stops_cancels_what_runs_and_what_waits)
{
    cancel_after_ms = 200;
    for (int i = 0; i < 10; i++)
        add("http://127.0.0.1:%d/stall?%d", port, i);
    ck_assert_int_lt(run(), 0);
    ck_assert_int_eq(err.kind, ERR_DEADLINE);
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(ends[i].status, ITEM_CANCELLED);
        ck_assert_str_eq(ends[i].fault, "cancelled");
    }
    ck_assert_str_eq(ends[0].message, "cancelled while it ran");
    ck_assert_str_eq(ends[9].message, "cancelled before it was started");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("transfer");
    TCase *tests = tcase_create("transfer");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_body_comes_in_the_record);
    tcase_add_test(tests, a_body_beyond_the_limit_is_too_large);
    tcase_add_test(tests, a_body_can_go_nowhere);
    tcase_add_test(tests, passing_statuses_are_tried_again);
    tcase_add_test(tests, a_post_is_not_tried_again);
    tcase_add_test(tests, retry_after_is_the_least_wait);
    tcase_add_test(tests, expectations_of_a_line_come_before_those_of_all);
    tcase_add_test(tests, headers_of_a_line_replace_those_of_all);
    tcase_add_test(tests, a_body_is_sent_from_a_file);
    tcase_add_test(tests, files_are_whole_and_hashed);
    tcase_add_test(tests, a_wrong_hash_is_no_file);
    tcase_add_test(tests, a_name_is_written_once);
    tcase_add_test(tests, a_shared_name_can_be_a_fault_of_the_list);
    tcase_add_test(tests, paths_that_lead_out_are_faults_of_the_list);
    tcase_add_test(tests, a_disk_that_takes_no_more_ends_the_run);
    tcase_add_test(tests, a_run_that_stops_cancels_what_runs_and_what_waits);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
