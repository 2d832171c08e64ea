/* SPDX-License-Identifier: MIT */
#include "work/breaker.h"

#include <check.h>

static const struct breaker_policy policy = {
    .failures = 3, .probes = 4, .pause_us = 10, .pause_max_us = 50};

static void fail_times(struct breaker *b, int times)
{
    for (int i = 0; i < times; i++)
        breaker_note(b, &policy, false);
}

START_TEST(failures_in_a_row_park)
{
    struct breaker b = {0};

    ck_assert(!breaker_note(&b, &policy, false));
    ck_assert(!breaker_note(&b, &policy, false));
    ck_assert(!breaker_note(&b, &policy, true));
    ck_assert(!breaker_note(&b, &policy, false));
    ck_assert(!breaker_note(&b, &policy, false));
    ck_assert_int_eq(b.state, BREAKER_CLOSED);
    ck_assert(breaker_note(&b, &policy, false));
    ck_assert_int_eq(b.state, BREAKER_PARKED);
    ck_assert(!breaker_note(&b, &policy, false));
    ck_assert(breaker_note(&b, &policy, true));
    ck_assert_int_eq(b.state, BREAKER_CLOSED);
}
END_TEST

START_TEST(the_pause_doubles_until_it_is_lost)
{
    static const int64_t pauses[] = {10, 20, 40, 50};
    struct breaker b = {0};

    fail_times(&b, 3);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(b.state, BREAKER_PARKED);
        ck_assert_int_eq(breaker_pause_us(&b, &policy), pauses[i]);
        breaker_probe(&b);
        ck_assert_int_eq(b.state, BREAKER_PROBING);
        ck_assert(breaker_note(&b, &policy, false));
    }
    ck_assert_int_eq(b.state, BREAKER_LOST);
    ck_assert_int_eq(breaker_pause_us(&b, &policy), 50);
    ck_assert_uint_eq(b.failures, 7);
    /* It is tried again, and one that is well ends it all. */
    breaker_probe(&b);
    ck_assert(breaker_note(&b, &policy, false));
    ck_assert_int_eq(b.state, BREAKER_LOST);
    breaker_probe(&b);
    ck_assert(breaker_note(&b, &policy, true));
    ck_assert_int_eq(b.state, BREAKER_CLOSED);
    ck_assert_uint_eq(b.failures, 0);
}
END_TEST

START_TEST(without_a_limit_it_is_never_parked_or_never_lost)
{
    const struct breaker_policy never = {0};
    const struct breaker_policy patient = {
        .failures = 1, .pause_us = 1, .pause_max_us = INT64_MAX};
    struct breaker b = {0};

    for (int i = 0; i < 1000; i++)
        ck_assert(!breaker_note(&b, &never, false));
    b = (struct breaker){0};
    for (int i = 0; i < 200; i++) {
        breaker_note(&b, &patient, false);
        ck_assert_int_eq(b.state, BREAKER_PARKED);
        ck_assert_int_gt(breaker_pause_us(&b, &patient), 0);
        breaker_probe(&b);
    }
}
END_TEST

START_TEST(states_have_names)
{
    ck_assert_str_eq(breaker_name(BREAKER_CLOSED), "closed");
    ck_assert_str_eq(breaker_name(BREAKER_PARKED), "parked");
    ck_assert_str_eq(breaker_name(BREAKER_PROBING), "probing");
    ck_assert_str_eq(breaker_name(BREAKER_LOST), "lost");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("breaker");
    TCase *tests = tcase_create("breaker");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, failures_in_a_row_park);
    tcase_add_test(tests, the_pause_doubles_until_it_is_lost);
    tcase_add_test(tests, without_a_limit_it_is_never_parked_or_never_lost);
    tcase_add_test(tests, states_have_names);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
