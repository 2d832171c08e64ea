/* SPDX-License-Identifier: MIT */
#include "cmd/common.h"

#include <check.h>
#include <errno.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "cmd/cmd.h"

static const struct args_option *const tables[] = {common_record_options,
                                                   common_options, NULL};

static struct log log_of_run;
static struct cmd_context context;
static struct common_options options;
static struct args_list operands;
static struct common_run run;
static struct err err;

static enum flow_got fill(void *self, struct item *item, struct err *error)
{
    (void)self;
    (void)item;
    (void)error;
    return FLOW_END;
}

static void start(void *self, struct item *item)
{
    (void)self;
    (void)item;
}

static void cancel(void *self, bool now)
{
    (void)self;
    (void)now;
}

static void finish(void *self, struct item *item, struct flow_tally *tally)
{
    (void)self;
    (void)item;
    (void)tally;
}

static void set_up(void)
{
    log_init(&log_of_run, fd_memory_file("said"), LOG_NORMAL);
    context = (struct cmd_context){.log = &log_of_run};
    run = (struct common_run){.command = "test", .unit = "units"};
    options = (struct common_options){0};
    ck_assert_int_eq(args_parse(tables, 0, NULL, &options, &operands, &err),
                     ARGS_RUN);
}

static void tear_down(void)
{
    common_close_flow(&run);
    common_close(&run);
    args_release(tables, &options, &operands);
    fd_close(log_of_run.fd);
    log_release(&log_of_run);
}

static struct flow_options minimal(void)
{
    return (struct flow_options){.source = {.fill = fill},
                                 .worker = {.start = start, .cancel = cancel},
                                 .report = {.finish = finish},
                                 .limits = {16, 16, 16},
                                 .items = 1};
}

/* Open all; the flow's options as they were filled. */
static struct flow_options open_run(void)
{
    struct flow_options o = minimal();

    ck_assert_int_eq(common_open(&run, &context, &options, &err), 0);
    ck_assert_int_eq(common_open_flow(&run, &o, &err), 0);
    return o;
}

static void check_usage(const char *want)
{
    ck_assert_int_eq(common_open(&run, &context, &options, &err), -1);
    ck_assert_int_eq(err.kind, ERR_USAGE);
    ck_assert_str_eq(err.text, want);
}

START_TEST(defaults_are_those_of_the_manual)
{
    struct flow_options o = open_run();

    ck_assert_int_eq(o.out, STDOUT_FILENO);
    ck_assert(!o.ordered);
    ck_assert_int_eq(o.retry.base_ms, 1000);
    ck_assert_int_eq(o.retry.cap_ms, 60000);
    ck_assert_int_eq(o.deadline_ms, 0);
    ck_assert_uint_eq(o.max_errors, UINT64_MAX);
    ck_assert(o.max_error_share <= 0);
    ck_assert_int_eq(log_of_run.level, LOG_NORMAL);
    ck_assert(!run.colored);
}
END_TEST

START_TEST(max_errors_is_a_count_or_a_share)
{
    struct flow_options o;

    options.max_errors = "5";
    o = open_run();
    ck_assert_uint_eq(o.max_errors, 5);
    ck_assert(o.max_error_share <= 0);
    tear_down();
    set_up();
    options.max_errors = "25%";
    o = open_run();
    ck_assert_uint_eq(o.max_errors, UINT64_MAX);
    ck_assert(o.max_error_share > 0.2499 && o.max_error_share < 0.2501);
}
END_TEST

START_TEST(a_share_of_no_errors_allows_none)
{
    struct flow_options o;

    options.max_errors = "0%";
    o = open_run();
    ck_assert_uint_eq(o.max_errors, 0);
}
END_TEST

START_TEST(another_max_errors_is_refused)
{
    options.max_errors = "101%";
    check_usage("--max-errors: '101%' is neither a count nor N%");
    options.max_errors = "%";
    check_usage("--max-errors: '%' is neither a count nor N%");
    options.max_errors = "";
    check_usage("--max-errors: '' is neither a count nor N%");
    options.max_errors = "-1";
    check_usage("--max-errors: '-1' is neither a count nor N%");
}
END_TEST

START_TEST(a_deadline_is_a_duration_or_a_time_of_day)
{
    struct flow_options o;

    options.deadline = "90s";
    o = open_run();
    ck_assert_int_eq(o.deadline_ms, 90000);
    tear_down();
    set_up();
    options.deadline = "7:05";
    o = open_run();
    ck_assert_int_gt(o.deadline_ms, 0);
    ck_assert_int_le(o.deadline_ms, 25 * 3600 * 1000);
}
END_TEST

START_TEST(another_deadline_is_refused)
{
    options.deadline = "24:00";
    check_usage("--deadline: '24:00' is neither a duration (90s, 2h) nor a "
                "time of day (HH:MM)");
    options.deadline = "12:60";
    check_usage("--deadline: '12:60' is neither a duration (90s, 2h) nor a "
                "time of day (HH:MM)");
    options.deadline = "12:5";
    check_usage("--deadline: '12:5' is neither a duration (90s, 2h) nor a "
                "time of day (HH:MM)");
    options.deadline = "soon";
    check_usage("--deadline: 'soon' is neither a duration (90s, 2h) nor a "
                "time of day (HH:MM)");
}
END_TEST

START_TEST(a_closed_stdout_is_an_error)
{
    context.closed = 1u << STDOUT_FILENO;
    ck_assert_int_eq(common_open(&run, &context, &options, &err), -1);
    ck_assert_int_eq(err.kind, ERR_OUTPUT);
    ck_assert_int_eq(err.sys, EBADF);
    ck_assert_str_eq(err.text, "stdout: Bad file descriptor");
}
END_TEST

START_TEST(quiet_and_verbose_set_the_level)
{
    options.quiet = true;
    open_run();
    ck_assert_int_eq(log_of_run.level, LOG_QUIET);
    tear_down();
    set_up();
    options.verbose = true;
    open_run();
    ck_assert_int_eq(log_of_run.level, LOG_VERBOSE);
}
END_TEST

START_TEST(colours_and_text_come_when_asked)
{
    options.color = COMMON_ALWAYS;
    options.format = COMMON_TEXT;
    open_run();
    ck_assert(run.colored);
    ck_assert(run.text);
    tear_down();
    set_up();
    options.color = COMMON_NEVER;
    options.format = COMMON_JSON;
    open_run();
    ck_assert(!run.colored);
    ck_assert(!run.text);
}
END_TEST

START_TEST(an_endless_number_of_retries_is_cut)
{
    struct flow_options o;

    options.retries = UINT64_MAX;
    o = open_run();
    ck_assert_uint_eq(o.retry.retries, 1000000);
}
END_TEST

START_TEST(a_good_run_says_nothing)
{
    const struct common_count counts[] = {{"units", 0, false}};
    int outcome;

    open_run();
    outcome = common_run_flow(&run, &err);
    outcome = common_summarize(&run, outcome, counts, 1, &err);
    ck_assert_int_eq(outcome, 0);
    ck_assert_int_eq(lseek(log_of_run.fd, 0, SEEK_END), 0);
}
END_TEST

START_TEST(a_lost_summary_makes_a_good_run_fail)
{
    const struct common_count counts[] = {{"units", 0, false}};
    int outcome;

    options.summary = "/no/such/directory/s.json";
    open_run();
    outcome = common_run_flow(&run, &err);
    outcome = common_summarize(&run, outcome, counts, 1, &err);
    ck_assert_int_eq(outcome, -1);
    ck_assert_int_eq(err.kind, ERR_CREATE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("common");
    TCase *tests = tcase_create("common");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, defaults_are_those_of_the_manual);
    tcase_add_test(tests, max_errors_is_a_count_or_a_share);
    tcase_add_test(tests, a_share_of_no_errors_allows_none);
    tcase_add_test(tests, another_max_errors_is_refused);
    tcase_add_test(tests, a_deadline_is_a_duration_or_a_time_of_day);
    tcase_add_test(tests, another_deadline_is_refused);
    tcase_add_test(tests, a_closed_stdout_is_an_error);
    tcase_add_test(tests, quiet_and_verbose_set_the_level);
    tcase_add_test(tests, colours_and_text_come_when_asked);
    tcase_add_test(tests, an_endless_number_of_retries_is_cut);
    tcase_add_test(tests, a_good_run_says_nothing);
    tcase_add_test(tests, a_lost_summary_makes_a_good_run_fail);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
