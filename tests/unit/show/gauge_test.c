/* SPDX-License-Identifier: MIT */
#include "show/gauge.h"

#include <check.h>

#include "base/buf.h"

static struct gauge gauge;
static struct buf line;

static void set_up(void)
{
    gauge = (struct gauge){.started_ms = 1000};
    buf_init(&line, 1024);
}

static void tear_down(void)
{
    buf_release(&line);
}

static void note(int64_t now_ms, uint64_t there, uint64_t came, uint64_t total)
{
    const struct gauge_bytes bytes = {there, came, total};

    gauge_note(&gauge, now_ms, &bytes);
}

static void check(size_t columns, const char *want)
{
    buf_clear(&line);
    gauge_write(&gauge, columns, &line);
    buf_add_char(&line, '\0');
    ck_assert_str_eq(line.data, want);
}

START_TEST(a_bar_fills_the_room_there_is)
{
    note(2000, 0, 512, 2048);
    check(0, " 25%  512 of 2.0K  512/s  3s left");
    check(76, "[==>       ]   25%  512 of 2.0K  512/s  3s left");
    check(73, " 25%  512 of 2.0K  512/s  3s left");
}
END_TEST

START_TEST(without_a_total_there_is_no_share)
{
    note(2000, 0, 3 << 20, GAUGE_UNKNOWN);
    check(80, "3.0M  3.0M/s");
}
END_TEST

START_TEST(what_was_there_is_no_speed)
{
    note(3000, 1 << 30, 1 << 20, (1 << 30) + (3 << 20));
    check(0, " 99%  1.0G of 1.0G  512.0K/s  4s left");
}
END_TEST

START_TEST(the_speed_is_that_of_the_last_seconds)
{
    for (int64_t s = 1; s <= 100; s++)
        note(1000 + s * 1000, 0, (uint64_t)s * 1000000, GAUGE_UNKNOWN);
    ck_assert_double_eq_tol(gauge.rate, 1000000, 1);
    for (int64_t s = 101; s <= 130; s++)
        note(1000 + s * 1000, 0, 100000000, GAUGE_UNKNOWN);
    ck_assert_double_lt(gauge.rate, 1000);
}
END_TEST

START_TEST(another_attempt_counts_anew)
{
    note(9000, 0, 1000000, 2000000);
    note(10000, 0, 1000, 2000000);
    ck_assert_double_ge(gauge.rate, 0);
    check(0, "  0%  1000 of 1.9M  66.8K/s  29s left");
}
END_TEST

START_TEST(a_whole_has_no_time_left)
{
    note(2000, 0, 10, 10);
    check(0, "100%  10 of 10  10/s");
    note(3000, 0, 0, 0);
    check(0, "100%  0 of 0  0/s");
}
END_TEST

START_TEST(durations_are_short)
{
    gauge_add_duration(&line, 59.4);
    gauge_add_duration(&line, 185);
    gauge_add_duration(&line, 7620);
    buf_add_char(&line, '\0');
    ck_assert_str_eq(line.data, "59s3m05s2h07m");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gauge");
    TCase *tests = tcase_create("gauge");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_bar_fills_the_room_there_is);
    tcase_add_test(tests, without_a_total_there_is_no_share);
    tcase_add_test(tests, what_was_there_is_no_speed);
    tcase_add_test(tests, the_speed_is_that_of_the_last_seconds);
    tcase_add_test(tests, another_attempt_counts_anew);
    tcase_add_test(tests, a_whole_has_no_time_left);
    tcase_add_test(tests, durations_are_short);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
