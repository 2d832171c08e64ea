/* SPDX-License-Identifier: MIT */
#include "flow/retry.h"

#include <check.h>

static const struct retry_policy policy = {
    .retries = 5, .base_ms = 100, .cap_ms = 1000};

/* The largest number that a limit of n lets through is n. */
static void check_limit(unsigned attempt, int64_t limit)
{
    int64_t most = 0;

    for (uint64_t random = 0; random < 5000; random++) {
        int64_t delay = retry_delay(&policy, attempt, 0, random);

        most = delay > most ? delay : most;
        if (delay < 0 || delay > limit)
            ck_abort_msg("attempt %u: %d", attempt, (int)delay);
    }
    ck_assert_int_eq(most, limit);
    ck_assert_int_eq(retry_delay(&policy, attempt, 0, 0), 0);
}

START_TEST(the_wait_doubles_up_to_the_cap)
{
    check_limit(1, 100);
    check_limit(2, 200);
    check_limit(3, 400);
    check_limit(4, 800);
    check_limit(5, 1000);
    check_limit(6, 1000);
    check_limit(1000000, 1000);
}
END_TEST

START_TEST(a_floor_is_kept_but_cut_to_the_cap)
{
    ck_assert_int_eq(retry_delay(&policy, 1, 50, 0), 50);
    ck_assert_int_eq(retry_delay(&policy, 1, 50, 70), 70);
    ck_assert_int_eq(retry_delay(&policy, 1, 500, 70), 500);
    ck_assert_int_eq(retry_delay(&policy, 1, 5000, 70), 1000);
    ck_assert_int_eq(retry_delay(&policy, 1, INT64_MAX, 70), 1000);
}
END_TEST

START_TEST(a_budget_allows_a_hundred_and_a_share_of_what_begins)
{
    struct retry_budget budget = {.percent = 20}, none = {.percent = 0};
    int spent = 0;

    while (retry_budget_spend(&budget))
        spent++;
    ck_assert_int_eq(spent, RETRY_BUDGET_FLOOR);
    for (int i = 0; i < 4; i++) {
        retry_budget_earn(&budget);
        ck_assert(!retry_budget_spend(&budget));
    }
    retry_budget_earn(&budget);
    ck_assert(retry_budget_spend(&budget));
    ck_assert(!retry_budget_spend(&budget));
    /* What is not used does not gather. */
    for (int i = 0; i < 100000; i++)
        retry_budget_earn(&budget);
    for (spent = 0; retry_budget_spend(&budget);)
        spent++;
    ck_assert_int_eq(spent, RETRY_BUDGET_FLOOR);
    for (int i = 0; i < 1000; i++)
        ck_assert(retry_budget_spend(&none));
}
END_TEST

START_TEST(a_base_beyond_the_cap_is_cut)
{
    const struct retry_policy odd = {.base_ms = 500, .cap_ms = 20};

    for (uint64_t random = 0; random < 1000; random++)
        ck_assert_int_le(retry_delay(&odd, 1, 0, random), 20);
}
END_TEST

START_TEST(without_a_base_there_is_no_wait)
{
    const struct retry_policy none = {.base_ms = 0, .cap_ms = 1000};

    for (unsigned attempt = 1; attempt < 40; attempt++)
        ck_assert_int_eq(retry_delay(&none, attempt, 0, 12345), 0);
}
END_TEST

START_TEST(what_never_started_waits_as_after_the_first)
{
    const struct retry_policy none = {.base_ms = 0, .cap_ms = 1000};

    for (uint64_t random = 0; random < 1000; random++)
        ck_assert_int_le(retry_delay(&policy, 0, 0, random), 100);
    /* At once: not after counting down from the largest number. */
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(retry_delay(&none, 0, 0, 1), 0);
}
END_TEST

/* The first numbers of SplitMix64 from the seed 1234567, as its authors'
 * reference code gives them. */
START_TEST(the_numbers_are_those_of_splitmix64)
{
    struct retry_random random = {1234567};

    ck_assert_uint_eq(retry_draw(&random), UINT64_C(6457827717110365317));
    ck_assert_uint_eq(retry_draw(&random), UINT64_C(3203168211198807973));
    ck_assert_uint_eq(retry_draw(&random), UINT64_C(9817491932198370423));
}
END_TEST

START_TEST(two_runs_draw_other_numbers)
{
    struct retry_random a, b;

    retry_seed(&a);
    retry_seed(&b);
    ck_assert_uint_ne(retry_draw(&a), retry_draw(&b));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("retry");
    TCase *tests = tcase_create("retry");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_budget_allows_a_hundred_and_a_share_of_what_begins);
    tcase_add_test(tests, the_wait_doubles_up_to_the_cap);
    tcase_add_test(tests, a_floor_is_kept_but_cut_to_the_cap);
    tcase_add_test(tests, a_base_beyond_the_cap_is_cut);
    tcase_add_test(tests, without_a_base_there_is_no_wait);
    tcase_add_test(tests, what_never_started_waits_as_after_the_first);
    tcase_add_test(tests, the_numbers_are_those_of_splitmix64);
    tcase_add_test(tests, two_runs_draw_other_numbers);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
