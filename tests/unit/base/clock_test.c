/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void check_stamp(int64_t wall_ms, const char *want)
{
    char stamp[CLOCK_STAMP_SIZE + 1];

    memset(stamp, '#', sizeof stamp);
    clock_stamp(wall_ms, stamp);
    ck_assert_str_eq(stamp, want);
    ck_assert_int_eq(stamp[CLOCK_STAMP_SIZE], '#');
}

START_TEST(a_stamp_has_milliseconds_and_zone)
{
    check_stamp(0, "1970-01-01T00:00:00.000Z");
    check_stamp(1, "1970-01-01T00:00:00.001Z");
    check_stamp(999, "1970-01-01T00:00:00.999Z");
    check_stamp(INT64_C(1795413600123), "2026-11-23T06:00:00.123Z");
}
END_TEST

START_TEST(leap_days_are_known)
{
    check_stamp(INT64_C(951782400000), "2000-02-29T00:00:00.000Z");
    check_stamp(INT64_C(1709251199999), "2024-02-29T23:59:59.999Z");
    check_stamp(INT64_C(4107542399999), "2100-02-28T23:59:59.999Z");
    check_stamp(INT64_C(4107542400000), "2100-03-01T00:00:00.000Z");
}
END_TEST

START_TEST(the_year_2038_is_no_end)
{
    check_stamp(INT64_C(2147483648000), "2038-01-19T03:14:08.000Z");
}
END_TEST

START_TEST(times_beyond_are_clamped)
{
    check_stamp(INT64_C(253402300799999), "9999-12-31T23:59:59.999Z");
    check_stamp(INT64_C(253402300800000), "9999-12-31T23:59:59.999Z");
    check_stamp(INT64_MAX, "9999-12-31T23:59:59.999Z");
    check_stamp(-1, "1970-01-01T00:00:00.000Z");
    check_stamp(INT64_MIN, "1970-01-01T00:00:00.000Z");
}
END_TEST

START_TEST(the_monotonic_clock_does_not_go_back)
{
    int64_t us = clock_now_us(), ms = clock_now_ms();

    for (int i = 0; i < 10000; i++) {
        int64_t next_us = clock_now_us(), next_ms = clock_now_ms();

        ck_assert_int_ge(next_us, us);
        ck_assert_int_ge(next_ms, ms);
        ck_assert_int_ge(next_ms, next_us / 1000);
        us = next_us;
        ms = next_ms;
    }
}
END_TEST

START_TEST(the_wall_clock_counts_from_1970)
{
    int64_t before = (int64_t)time(NULL), now = clock_wall_ms();

    /* time(2) may be behind by a tick. */
    ck_assert_int_ge(now / 1000, before);
    ck_assert_int_le(now / 1000, (int64_t)time(NULL) + 1);
}
END_TEST

/* What the local clock shows in `ms` from now, as minutes of the day. */
static int minutes_in(int64_t ms)
{
    time_t then = time(NULL) + (time_t)(ms / 1000);
    struct tm tm;

    localtime_r(&then, &tm);
    return tm.tm_hour * 60 + tm.tm_min;
}

START_TEST(every_time_of_day_comes_within_a_day)
{
    for (int i = 0; i < 24 * 60; i++) {
        int64_t ms = clock_until(i / 60, i % 60);
        int shown = minutes_in(ms);

        ck_assert_int_gt(ms, 0);
        ck_assert_int_le(ms, INT64_C(25) * 3600 * 1000);
        /* The clock may step on by a second between the two looks. */
        ck_assert_msg(shown == i, "%d is shown, not %d", shown, i);
    }
}
END_TEST

/* Set a zone whose clock jumped today from HH:00 to HH+1:00, HH being the
 * full hour of `now` in UTC, its standard time. */
static void set_zone_with_gap(const struct tm *now)
{
    char zone[64];

    snprintf(zone, sizeof zone, "AAA0BBB,%d/%d,%d/2", now->tm_yday,
             now->tm_hour, (now->tm_yday + 180) % 365);
    setenv("TZ", zone, 1);
    tzset();
}

START_TEST(a_time_left_out_today_comes_tomorrow)
{
    char before[64] = "";
    time_t now = time(NULL);
    struct tm tm;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): this program has one thread */
    const char *zone = getenv("TZ");

    gmtime_r(&now, &tm);
    if (tm.tm_hour == 0 || tm.tm_hour > 21 || tm.tm_yday > 360)
        return; /* the gap would be of another day */
    snprintf(before, sizeof before, "%s", zone ? zone : "");
    set_zone_with_gap(&tm);
    ck_assert_int_eq(minutes_in(clock_until(tm.tm_hour, 0)), tm.tm_hour * 60);
    setenv("TZ", before, 1);
    tzset();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock");
    TCase *tests = tcase_create("clock");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_stamp_has_milliseconds_and_zone);
    tcase_add_test(tests, leap_days_are_known);
    tcase_add_test(tests, the_year_2038_is_no_end);
    tcase_add_test(tests, times_beyond_are_clamped);
    tcase_add_test(tests, the_monotonic_clock_does_not_go_back);
    tcase_add_test(tests, the_wall_clock_counts_from_1970);
    tcase_add_test(tests, every_time_of_day_comes_within_a_day);
    tcase_add_test(tests, a_time_left_out_today_comes_tomorrow);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
