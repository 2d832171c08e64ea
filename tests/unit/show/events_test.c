/* SPDX-License-Identifier: MIT */
/* Events and job log: what is told of an item on its way. */
#include "show/events.h"

#include <check.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "flow/journal.h"
#include "io/loop.h"
#include "show/joblog.h"

static struct loop *loop;
static struct journal *journal;
static struct item *item;
static int fd;
static char got[4096];

static void set_up(void)
{
    const struct item_limits limits = {.in = 100, .result = 100, .out = 100};

    loop = loop_open();
    ck_assert_ptr_nonnull(loop);
    fd = fd_memory_file("events");
    journal = journal_new(loop, fd, "events");
    item = item_new(&limits);
    item->number = 2;
    buf_add_text(&item->id, "a\"b");
}

static void tear_down(void)
{
    item_free(item);
    journal_close(journal);
    fd_close(fd);
    loop_close(loop);
}

static void send(void *arg)
{
    (void)arg;
    journal_send(journal);
    if (journal_idle(journal))
        loop_stop(loop);
}

/* What was written, each time stamp made "T". */
static void check_events(const char *want)
{
    char stamped[4096];
    size_t len = 0;
    ssize_t n;

    loop_before_wait(loop, send, NULL);
    loop_run(loop);
    n = pread(fd, stamped, sizeof stamped - 1, 0);
    ck_assert_int_ge(n, 0);
    stamped[n] = '\0';
    for (const char *at = stamped; *at != '\0';) {
        if (strncmp(at, "{\"time\":\"", 9) == 0) {
            memcpy(got + len, "{\"time\":\"T", 10);
            len += 10;
            at += 9 + CLOCK_STAMP_SIZE - 1;
        } else {
            got[len++] = *at++;
        }
    }
    got[len] = '\0';
    ck_assert_str_eq(got, want);
}

START_TEST(every_change_is_an_object)
{
    struct events *events = events_new(journal);
    struct flow_watch w = events_watch(events);

    w.change(w.self, item, FLOW_PENDING);
    item->attempts = 1;
    w.change(w.self, item, FLOW_RUNNING);
    item_fail(item, ITEM_FAILED, "exit", "exit status 3 \"%s\"", "\x1b");
    w.change(w.self, item, FLOW_ENDED);
    check_events(
        "{\"time\":\"T\",\"task_id\":\"a\\\"b\",\"status\":\"pending\","
        "\"attempt\":0,\"cause\":null}\n"
        "{\"time\":\"T\",\"task_id\":\"a\\\"b\",\"status\":\"running\","
        "\"attempt\":1,\"cause\":null}\n"
        "{\"time\":\"T\",\"task_id\":\"a\\\"b\",\"status\":\"failed\","
        "\"attempt\":1,\"cause\":{\"kind\":\"exit\",\"message\":"
        "\"exit status 3 \\\"\\u001b\\\"\"}}\n");
    events_free(events);
}
END_TEST

START_TEST(a_retry_says_when)
{
    struct events *events = events_new(journal);
    struct flow_watch w = events_watch(events);

    item->attempts = 1;
    item_fail(item, ITEM_FAILED, "exit", "exit status 3");
    item->retry_at_ms = clock_now_ms() + 1000000;
    w.change(w.self, item, FLOW_RETRYING);
    loop_before_wait(loop, send, NULL);
    loop_run(loop);
    ck_assert_int_gt(pread(fd, got, sizeof got, 0), 0);
    ck_assert_ptr_nonnull(strstr(got, "\"status\":\"retrying\""));
    /* It may have taken a moment since. */
    ck_assert(strstr(got, "},\"delay\":1000.000}\n") != NULL ||
              strstr(got, "},\"delay\":999.") != NULL);
    events_free(events);
}
END_TEST

#define COLUMNS                                                          \
    "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\t" \
    "Command\n"

static void log_end(struct joblog *log)
{
    struct flow_watch w = joblog_watch(log);

    w.change(w.self, item, FLOW_PENDING);
    w.change(w.self, item, FLOW_RUNNING);
    w.change(w.self, item, FLOW_RETRYING);
    w.change(w.self, item, FLOW_ENDED);
}

START_TEST(a_job_is_a_row)
{
    struct joblog *log = joblog_new(journal);

    item->started_wall_ms = 1800000000042;
    item->duration_us = 1234567;
    item->bytes_out = 7;
    item->exit_code = 3;
    item_fail(item, ITEM_FAILED, "exit", "exit status 3");
    buf_add_text(&item->detail, "echo a\tb\nexit 3");
    log_end(log);
    check_events(COLUMNS "3\t:\t1800000000.042\t     1.235\t0\t7\t3\t0\t"
                         "echo a\\tb\\nexit 3\n");
    joblog_free(log);
}
END_TEST

START_TEST(who_ended_a_job_shows)
{
    struct joblog *log = joblog_new(journal);

    item->started_wall_ms = 1000;
    item->exit_signal = 9;
    item_fail(item, ITEM_FAILED, "signal", "killed");
    log_end(log);
    item_fail(item, ITEM_FAILED, "timeout", "timed out");
    log_end(log);
    item->exit_signal = 0;
    item_fail(item, ITEM_FAILED, "spawn", "no such");
    log_end(log);
    check_events(COLUMNS "3\t:\t1.000\t     0.000\t0\t0\t0\t9\t\n"
                         "3\t:\t1.000\t     0.000\t0\t0\t-1\t9\t\n"
                         "3\t:\t1.000\t     0.000\t0\t0\t-1\t0\t\n");
    joblog_free(log);
}
END_TEST

START_TEST(what_never_started_has_no_row)
{
    struct joblog *log = joblog_new(journal);

    item_fail(item, ITEM_CANCELLED, "cancelled", "cancelled");
    log_end(log);
    check_events(COLUMNS);
    joblog_free(log);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("events");
    TCase *tests = tcase_create("events");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, every_change_is_an_object);
    tcase_add_test(tests, a_retry_says_when);
    tcase_add_test(tests, a_job_is_a_row);
    tcase_add_test(tests, who_ended_a_job_shows);
    tcase_add_test(tests, what_never_started_has_no_row);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
