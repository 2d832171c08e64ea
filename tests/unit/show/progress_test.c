/* SPDX-License-Identifier: MIT */
#include "show/progress.h"

#include <check.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "flow/flow.h"
#include "io/loop.h"

static struct loop *loop;
static struct log log_of_run;
static struct flow *flow;
static struct loop_timer *end;
static char said[65536];

/* A list of three; the worker is done with the first two at once. */
static enum flow_got fill(void *self, struct item *item, struct err *err)
{
    (void)self;
    (void)err;
    return item == NULL || flow_read(flow) == 3 ? FLOW_END : FLOW_FILLED;
}

static void start(void *self, struct item *item)
{
    (void)self;
    flow_started(flow, item);
    if (item->seq == 2)
        return;
    item_complete(item);
    if (item->seq == 1)
        item_fail(item, ITEM_FAILED, "exit", "exit status 1");
    flow_finish(flow, item);
}

static void cancel(void *self, bool now)
{
    (void)self;
    (void)now;
}

static void finish(void *self, struct item *item, struct flow_tally *tally)
{
    (void)self;
    tally->completed += item->status == ITEM_COMPLETED;
    tally->failed += item->status == ITEM_FAILED;
}

static void on_end(void *arg)
{
    (void)arg;
    loop_stop(loop);
}

static void set_up(void)
{
    loop = loop_open();
    ck_assert_ptr_nonnull(loop);
    log_init(&log_of_run, fd_memory_file("said"), LOG_NORMAL);
    flow = flow_open(
        &(struct flow_options){.loop = loop,
                               .log = &log_of_run,
                               .source = {.fill = fill},
                               .worker = {.start = start, .cancel = cancel},
                               .report = {.finish = finish},
                               .limits = {.in = 16, .result = 16, .out = 16},
                               .items = 4,
                               .out = STDOUT_FILENO,
                               .max_errors = UINT64_MAX});
    end = loop_timer_new(loop, on_end, NULL);
}

static void tear_down(void)
{
    loop_timer_free(end);
    flow_close(flow);
    loop_close(loop);
    fd_close(log_of_run.fd);
    log_release(&log_of_run);
}

static struct progress *open_progress(bool total_known, bool drawn)
{
    return progress_open(&(struct progress_options){.loop = loop,
                                                    .log = &log_of_run,
                                                    .flow = flow,
                                                    .unit = "tasks",
                                                    .total_known = total_known,
                                                    .drawn = drawn});
}

static void run_for(int64_t ms)
{
    loop_timer_start(end, ms);
    loop_run(loop);
}

static void read_said(void)
{
    ssize_t n = pread(log_of_run.fd, said, sizeof said - 1, 0);

    ck_assert_int_ge(n, 0);
    said[n] = '\0';
}

START_TEST(the_figures_are_printed_when_asked)
{
    struct progress *p = open_progress(true, false);

    run_for(20);
    progress_print(p);
    read_said();
    ck_assert_int_eq(
        strncmp(said, "weir: 2/3 tasks, 1 failed, 1 running, ", 38), 0);
    ck_assert_ptr_nonnull(strstr(said, " left\n"));
    progress_close(p);
}
END_TEST

START_TEST(without_a_known_total_there_is_none)
{
    struct progress *p = open_progress(false, false);

    run_for(20);
    progress_print(p);
    read_said();
    ck_assert_int_eq(strncmp(said, "weir: 2 tasks, 1 failed, 1 running, ", 36),
                     0);
    ck_assert_ptr_null(strstr(said, "left"));
    progress_close(p);
}
END_TEST

START_TEST(in_a_pipe_nothing_is_drawn)
{
    struct progress *p = open_progress(true, false);

    run_for(250);
    progress_end(p);
    read_said();
    ck_assert_str_eq(said, "");
    ck_assert(!progress_was_drawn(p));
    ck_assert(!progress_was_drawn(NULL));
    progress_close(p);
}
END_TEST

START_TEST(a_line_is_drawn_again_and_wiped_at_the_end)
{
    struct progress *p = open_progress(true, true);
    size_t len;

    run_for(350);
    ck_assert(progress_was_drawn(p));
    progress_end(p);
    progress_close(p);
    read_said();
    ck_assert_int_eq(strncmp(said, "2/3 tasks, 1 failed, 1 running, ", 32), 0);
    ck_assert_ptr_nonnull(strstr(said, "\r\033[K2/3 tasks"));
    len = strlen(said);
    ck_assert_uint_gt(len, 4);
    ck_assert_str_eq(said + len - 4, "\r\033[K");
    ck_assert_ptr_null(strchr(said, '\n'));
}
END_TEST

START_TEST(a_message_stands_on_a_line_of_its_own)
{
    struct progress *p = open_progress(true, true);

    run_for(150);
    log_error(&log_of_run, "a message");
    progress_end(p);
    progress_close(p);
    read_said();
    ck_assert_ptr_nonnull(strstr(said, "\r\033[Kweir: a message\n2/3 tasks"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("progress");
    TCase *tests = tcase_create("progress");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_figures_are_printed_when_asked);
    tcase_add_test(tests, without_a_known_total_there_is_none);
    tcase_add_test(tests, in_a_pipe_nothing_is_drawn);
    tcase_add_test(tests, a_line_is_drawn_again_and_wiped_at_the_end);
    tcase_add_test(tests, a_message_stands_on_a_line_of_its_own);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
