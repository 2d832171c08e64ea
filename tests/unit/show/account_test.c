/* SPDX-License-Identifier: MIT */
#include "show/account.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"

static struct log log_of_run;
static struct account account;
static struct item *item;
static struct flow_tally tally;
static struct transform_fault faults[TRANSFORM_FAULTS];
static char said[65536];
static int read_error; /* of the blocks reported */

static void set_up(void)
{
    const struct item_limits limits = {.in = 4096, .result = 16, .out = 4096};

    log_init(&log_of_run, fd_memory_file("said"), LOG_NORMAL);
    ck_assert_int_ge(log_of_run.fd, 0);
    account = (struct account){.log = &log_of_run};
    item = item_new(&limits);
    item->origin = "in.jsonl";
    item->line = 1;
    tally = (struct flow_tally){0};
}

static void tear_down(void)
{
    item_free(item);
    fd_close(log_of_run.fd);
    log_release(&log_of_run);
}

static void read_said(void)
{
    ssize_t n = pread(log_of_run.fd, said, sizeof said - 1, 0);

    ck_assert_int_ge(n, 0);
    said[n] = '\0';
}

/* Report a block of so many lines, the first `named` bad ones from `line`. */
static void report(uint64_t ok, uint64_t rejected, uint64_t line)
{
    struct transform_block block = {.ok = ok,
                                    .rejected = rejected,
                                    .blank = 1,
                                    .read_error = read_error,
                                    .faults = faults};
    struct flow_report r = account_report(&account);

    while (block.fault_count < rejected &&
           block.fault_count < TRANSFORM_FAULTS) {
        struct transform_fault *f = &faults[block.fault_count];

        *f = (struct transform_fault){.line = line + block.fault_count,
                                      .column = 3};
        snprintf(f->reason, sizeof f->reason, "why");
        block.fault_count++;
    }
    item->work = &block;
    buf_clear(&item->in);
    block.bytes = 5;
    r.finish(r.self, item, &tally);
}

START_TEST(all_lines_are_counted)
{
    account.policy = TRANSFORM_DROP;
    report(10, 2, 1);
    report(5, 0, 1);
    ck_assert_uint_eq(account.lines_ok, 15);
    ck_assert_uint_eq(account.lines_rejected, 2);
    ck_assert_uint_eq(account.lines_blank, 2);
    ck_assert_uint_eq(account.bytes_in, 10);
    ck_assert_uint_eq(tally.completed, 15);
    ck_assert_uint_eq(tally.failed, 2);
}
END_TEST

START_TEST(a_line_is_counted_from_where_the_item_before_ended)
{
    item->line = 1;
    report(3, 1, 2); /* with one blank: five lines */
    item->line = 0;
    report(2, 2, 1); /* five more */
    report(0, 1, 2);
    item->line = 1;
    report(0, 1, 9);
    read_said();
    ck_assert_str_eq(said, "weir: in.jsonl:2:3: invalid JSON: why\n"
                           "weir: in.jsonl:6:3: invalid JSON: why\n"
                           "weir: in.jsonl:7:3: invalid JSON: why\n"
                           "weir: in.jsonl:12:3: invalid JSON: why\n"
                           "weir: in.jsonl:9:3: invalid JSON: why\n");
}
END_TEST

static void on_fault(void *arg, const struct err *err)
{
    ck_assert_ptr_eq(arg, &account);
    ck_assert_int_eq(err->kind, ERR_INPUT);
    ck_assert_int_eq(err->sys, EIO);
    log_error(&log_of_run, "%s", err->text);
}

START_TEST(behind_a_fault_nothing_of_the_file_counts)
{
    account.on_fault = on_fault;
    account.arg = &account;
    item->line = 1;
    read_error = EIO;
    report(3, 0, 1);
    read_error = 0;
    item->line = 0;
    buf_add_text(&item->out, "dropped");
    report(100, 100, 1);
    ck_assert_uint_eq(item->out.len, 0);
    item->line = 1;
    report(1, 0, 1);
    read_said();
    ck_assert_str_eq(said, "weir: in.jsonl: Input/output error\n");
    ck_assert_uint_eq(account.lines_ok, 4);
    ck_assert_uint_eq(account.lines_rejected, 0);
    ck_assert_uint_eq(account.lines_blank, 2);
}
END_TEST

/* Report an empty block of lines of a range, and whether that was a fault. */
static bool changed(off_t begin, off_t end, off_t to, bool last)
{
    uint64_t before = account.lines_ok;

    item->range = (struct range){
        .from = to - 10, .to = to, .begin = begin, .end = end, .last = last};
    report(1, 0, 1);
    item->line = 0;
    return account.lines_ok == before;
}

static void on_change(void *arg, const struct err *err)
{
    ck_assert_ptr_null(arg);
    ck_assert_str_eq(err->text, "in.jsonl: changed while it was read");
}

START_TEST(ranges_have_to_follow_on_one_another)
{
    account.on_fault = on_change;
    ck_assert(!changed(0, 12, 10, false));
    ck_assert(!changed(12, 35, 20, false));
    ck_assert(!changed(30, 30, 30, false)); /* within a line */
    ck_assert(!changed(35, 40, 40, true));
    item->line = 1;
    ck_assert(!changed(0, 12, 10, false));
    ck_assert(changed(14, 20, 20, false)); /* what was before it? */
    ck_assert(changed(20, 30, 30, false)); /* and so is all of it */
    item->line = 1;
    ck_assert(!changed(0, 12, 10, false));
    ck_assert(changed(20, 20, 20, false)); /* a line began at 12 */
    item->line = 1;
    ck_assert(!changed(0, 12, 10, false));
    ck_assert(changed(12, 23, 20, true)); /* the last one ends at its end */
    item->line = 1;
    ck_assert(!changed(0, 0, 10, false)); /* its last line did not fit */
    ck_assert(!changed(20, 20, 20, false));
    ck_assert(!changed(27, 30, 30, true));
}
END_TEST

START_TEST(a_rejected_line_is_named)
{
    report(0, 2, 7);
    account_end(&account);
    read_said();
    ck_assert_str_eq(said, "weir: in.jsonl:7:3: invalid JSON: why\n"
                           "weir: in.jsonl:8:3: invalid JSON: why\n");
}
END_TEST

START_TEST(a_failed_filter_is_named_without_column)
{
    struct transform_fault fault = {.line = 4, .reason = "Cannot"};
    struct transform_block block = {
        .rejected = 1, .faults = &fault, .fault_count = 1};
    struct flow_report r = account_report(&account);

    item->work = &block;
    r.finish(r.self, item, &tally);
    read_said();
    ck_assert_str_eq(said, "weir: in.jsonl:4: Cannot\n");
}
END_TEST

START_TEST(the_first_20_are_named_and_the_rest_counted)
{
    report(0, 15, 1);
    report(0, 15, 101);
    account_end(&account);
    read_said();
    ck_assert_ptr_nonnull(strstr(said, "in.jsonl:105:3: invalid"));
    ck_assert_ptr_null(strstr(said, "in.jsonl:106:3: invalid"));
    ck_assert_ptr_nonnull(strstr(said, "weir: 10 more lines rejected\n"));
}
END_TEST

START_TEST(twenty_leave_no_rest)
{
    report(0, 20, 1);
    account_end(&account);
    read_said();
    ck_assert_ptr_null(strstr(said, "more"));
}
END_TEST

START_TEST(what_is_wrapped_or_dropped_is_not_named)
{
    account.policy = TRANSFORM_WRAP;
    report(0, 30, 1);
    account.policy = TRANSFORM_DROP;
    report(0, 30, 1);
    account_end(&account);
    read_said();
    ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(after_the_failure_nothing_is_given_out)
{
    account.policy = TRANSFORM_FAIL;
    account.failed = true;
    buf_add_text(&item->out, "late\n");
    report(3, 1, 1);
    ck_assert_uint_eq(item->out.len, 0);
    ck_assert_uint_eq(account.lines_ok, 0);
    ck_assert_uint_eq(tally.failed, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("account");
    TCase *tests = tcase_create("account");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, all_lines_are_counted);
    tcase_add_test(tests, a_line_is_counted_from_where_the_item_before_ended);
    tcase_add_test(tests, behind_a_fault_nothing_of_the_file_counts);
    tcase_add_test(tests, ranges_have_to_follow_on_one_another);
    tcase_add_test(tests, a_rejected_line_is_named);
    tcase_add_test(tests, a_failed_filter_is_named_without_column);
    tcase_add_test(tests, the_first_20_are_named_and_the_rest_counted);
    tcase_add_test(tests, twenty_leave_no_rest);
    tcase_add_test(tests, what_is_wrapped_or_dropped_is_not_named);
    tcase_add_test(tests, after_the_failure_nothing_is_given_out);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
