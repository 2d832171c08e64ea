/* SPDX-License-Identifier: MIT */
#include "base/num.h"

#include <check.h>
#include <inttypes.h>

#include "base/err.h"

static void check_refused(int got, const struct err *err, const char *text,
                          const char *want)
{
    ck_assert_msg(got == -1, "'%s' was taken", text);
    ck_assert_int_eq(err->kind, ERR_USAGE);
    ck_assert_msg(strstr(err->text, want) != NULL, "%s", err->text);
}

static void check_count(const char *text, uint64_t want)
{
    struct err err = {.kind = ERR_NONE};
    uint64_t n = 0;

    ck_assert_msg(num_count(slice_text(text), &n, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(n, want);
}

static void check_duration(const char *text, int64_t want)
{
    struct err err = {.kind = ERR_NONE};
    int64_t ms = -1;

    ck_assert_msg(num_duration(slice_text(text), &ms, &err) == 0, "%s",
                  err.text);
    ck_assert_msg(ms == want, "%s: %" PRId64, text, ms);
}

static void check_size(const char *text, uint64_t want)
{
    struct err err = {.kind = ERR_NONE};
    uint64_t bytes = 0;

    ck_assert_msg(num_size(slice_text(text), &bytes, &err) == 0, "%s",
                  err.text);
    ck_assert_msg(bytes == want, "%s: %" PRIu64, text, bytes);
}

static void check_jobs(const char *text, unsigned cpus, uint64_t want)
{
    struct err err = {.kind = ERR_NONE};
    uint64_t jobs = 0;

    ck_assert_msg(num_jobs(slice_text(text), cpus, &jobs, &err) == 0, "%s",
                  err.text);
    ck_assert_msg(jobs == want, "%s of %u: %" PRIu64, text, cpus, jobs);
}

START_TEST(counts_are_digits)
{
    check_count("0", 0);
    check_count("007", 7);
    check_count("1000000", 1000000);
    check_count("18446744073709551615", UINT64_MAX);
}
END_TEST

START_TEST(other_counts_are_refused)
{
    static const char *const wrong[] = {"",
                                        "-1",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "1.0",
                                        "1e3",
                                        "0x10",
                                        "ten",
                                        "18446744073709551616",
                                        "99999999999999999999999"};
    struct err err;
    uint64_t n = 42;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        check_refused(num_count(slice_text(wrong[i]), &n, &err), &err, wrong[i],
                      "is not a count");
    ck_assert_int_eq(num_count(slice_of("1\0", 2), &n, &err), -1);
    ck_assert_uint_eq(n, 42);
}
END_TEST

START_TEST(every_unit_of_duration_is_known)
{
    check_duration("250ms", 250);
    check_duration("10s", 10000);
    check_duration("5m", 300000);
    check_duration("2h", 7200000);
    check_duration("1d", 86400000);
    check_duration("3", 3000);
    check_duration("0", 0);
}
END_TEST

START_TEST(durations_may_have_fractions)
{
    check_duration("0.5", 500);
    check_duration(".5s", 500);
    check_duration("1.5m", 90000);
    check_duration("1.s", 1000);
    check_duration("2.4ms", 2);
    check_duration("2.5ms", 3);
}
END_TEST

START_TEST(a_short_duration_is_not_rounded_to_none)
{
    check_duration("0.0001ms", 1);
    check_duration("0.000000001d", 1);
    check_duration("0.0s", 0);
}
END_TEST

START_TEST(other_durations_are_refused)
{
    static const char *const wrong[] = {
        "",    "s",   "ms",   ".",    "..5",   "1.2.3", "-1s",          "+1s",
        "1 s", "1w",  "1sec", "1S s", "1e3s",  "inf",   "nan",          "0x1s",
        "1\n", "1s ", "1u",   "1,5s", "12:30", "1mss",  "2000000000000"};
    struct err err;
    int64_t ms = 42;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        check_refused(num_duration(slice_text(wrong[i]), &ms, &err), &err,
                      wrong[i], "is not a duration");
    ck_assert_int_eq(ms, 42);
}
END_TEST

START_TEST(every_unit_of_size_is_known)
{
    check_size("4096", 4096);
    check_size("64K", 65536);
    check_size("64k", 65536);
    check_size("16M", 16777216);
    check_size("16m", 16777216);
    check_size("1G", 1073741824);
    check_size("1g", 1073741824);
    check_size("2T", UINT64_C(2199023255552));
    check_size("2t", UINT64_C(2199023255552));
    check_size("0.5K", 512);
    check_size("0", 0);
}
END_TEST

START_TEST(other_sizes_are_refused)
{
    static const char *const wrong[] = {
        "",
        "K",
        "-1",
        ".",
        "1KB",
        "1KiB",
        "1 K",
        "1P",
        "1e9",
        "0x10",
        "1.2.3K",
        "K1",
        "10s",
        "inf",
        "1B",
        "+1",
        "1000000T",
        "9.1e15",
        "1K\n",
        "9999999999999999999999999999999999999999999999999999999999999999999"};
    struct err err;
    uint64_t bytes = 42;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        check_refused(num_size(slice_text(wrong[i]), &bytes, &err), &err,
                      wrong[i], "is not a size");
    ck_assert_uint_eq(bytes, 42);
}
END_TEST

START_TEST(jobs_may_be_relative_to_the_cpus)
{
    check_jobs("8", 4, 8);
    check_jobs("0", 4, 4);
    check_jobs("+2", 4, 6);
    check_jobs("+0", 4, 4);
    check_jobs("50%", 4, 2);
    check_jobs("100%", 3, 3);
    check_jobs("50%", 3, 2);
    check_jobs("300%", 2, 6);
}
END_TEST

START_TEST(there_is_always_one_job)
{
    check_jobs("1%", 1, 1);
    check_jobs("0%", 8, 1);
    check_jobs("0", 0, 1);
}
END_TEST

START_TEST(other_jobs_are_refused)
{
    static const char *const wrong[] = {"",    "-1",      "%",   "+",   "+%",
                                        "+5%", "5%%",     "++5", "1.5", "5 %",
                                        "max", "1000001", "1K"};
    struct err err;
    uint64_t jobs = 42;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        check_refused(num_jobs(slice_text(wrong[i]), 4, &jobs, &err), &err,
                      wrong[i], "is not a number of jobs");
    ck_assert_uint_eq(jobs, 42);
}
END_TEST

START_TEST(there_is_at_least_one_cpu)
{
    ck_assert_uint_ge(num_cpus(), 1);
    ck_assert_uint_lt(num_cpus(), 100000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("num");
    TCase *tests = tcase_create("num");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, counts_are_digits);
    tcase_add_test(tests, other_counts_are_refused);
    tcase_add_test(tests, every_unit_of_duration_is_known);
    tcase_add_test(tests, durations_may_have_fractions);
    tcase_add_test(tests, a_short_duration_is_not_rounded_to_none);
    tcase_add_test(tests, other_durations_are_refused);
    tcase_add_test(tests, every_unit_of_size_is_known);
    tcase_add_test(tests, other_sizes_are_refused);
    tcase_add_test(tests, jobs_may_be_relative_to_the_cpus);
    tcase_add_test(tests, there_is_always_one_job);
    tcase_add_test(tests, other_jobs_are_refused);
    tcase_add_test(tests, there_is_at_least_one_cpu);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
