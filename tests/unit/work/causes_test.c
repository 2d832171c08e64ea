/* SPDX-License-Identifier: MIT */
#include "work/causes.h"

#include <check.h>
#include <signal.h>
#include <stdbool.h>

#include "base/err.h"

static struct causes parse(const char *text)
{
    struct causes causes = {.timeout = false};
    struct err err;

    ck_assert_int_eq(causes_add(&causes, text, &err), 0);
    return causes;
}

static int count(const bool *flags, int n)
{
    int sum = 0;

    while (n-- > 0)
        sum += flags[n];
    return sum;
}

START_TEST(by_default_all_but_a_failed_start)
{
    struct causes c;

    causes_default(&c);
    ck_assert(!c.exits[0] && c.exits[1] && c.exits[255]);
    ck_assert(c.signals[1] && c.signals[SIGKILL] && c.signals[64]);
    ck_assert(c.timeout && !c.spawn);
}
END_TEST

START_TEST(exits_are_one_or_a_range_or_all)
{
    const struct causes one = parse("exit:75"), some = parse("exit:3-5"),
                        all = parse("exit");

    ck_assert(one.exits[75]);
    ck_assert_int_eq(count(one.exits, CAUSES_EXITS), 1);
    ck_assert(some.exits[3] && some.exits[5]);
    ck_assert_int_eq(count(some.exits, CAUSES_EXITS), 3);
    ck_assert_int_eq(count(all.exits, CAUSES_EXITS), 255);
    ck_assert_int_eq(count(all.signals, CAUSES_SIGNALS), 0);
    ck_assert(!all.timeout && !all.spawn);
}
END_TEST

START_TEST(signals_have_names_and_numbers)
{
    const struct causes c = parse("signal:SEGV,signal:SIGKILL,signal:15");

    ck_assert(c.signals[SIGSEGV] && c.signals[SIGKILL] && c.signals[SIGTERM]);
    ck_assert_int_eq(count(c.signals, CAUSES_SIGNALS), 3);
    ck_assert_int_eq(count(parse("signal").signals, CAUSES_SIGNALS), 64);
}
END_TEST

START_TEST(lists_add_up)
{
    const struct causes c = parse("timeout,spawn,exit:0-255");

    ck_assert(c.timeout && c.spawn && c.exits[0] && c.exits[255]);
}
END_TEST

START_TEST(other_texts_are_refused)
{
    static const char *const wrong[] = {
        "",         "exits",       "exit:",    "exit:256", "exit:5-3",
        "exit:-1",  "exit:1-",     "signal:",  "signal:0", "signal:65",
        "signal:?", "signal:NONE", "timeout,", ",timeout", "exit:1,,exit:2"};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct causes causes = {.timeout = false};
        struct err err;

        ck_assert_msg(causes_add(&causes, wrong[i], &err) == -1, "%s",
                      wrong[i]);
        ck_assert_int_eq(err.kind, ERR_USAGE);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("causes");
    TCase *tests = tcase_create("causes");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, by_default_all_but_a_failed_start);
    tcase_add_test(tests, exits_are_one_or_a_range_or_all);
    tcase_add_test(tests, signals_have_names_and_numbers);
    tcase_add_test(tests, lists_add_up);
    tcase_add_test(tests, other_texts_are_refused);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
