/* SPDX-License-Identifier: MIT */
#include "flow/halt.h"

#include <check.h>

#include "base/err.h"

static struct halt parse(const char *text)
{
    struct halt halt;
    struct err err;

    ck_assert_int_eq(halt_parse(text, &halt, &err), 0);
    return halt;
}

START_TEST(a_count_is_reached)
{
    const struct halt halt = parse("soon,fail=3");

    ck_assert_int_eq(halt.when, HALT_SOON);
    ck_assert(!halt_is_due(&halt, 100, 2));
    ck_assert(halt_is_due(&halt, 0, 3));
    ck_assert(halt_is_due(&halt, 0, 4));
}
END_TEST

START_TEST(a_share_needs_some_that_ended)
{
    const struct halt halt = parse("now,fail=10%");

    ck_assert_int_eq(halt.when, HALT_NOW);
    ck_assert(!halt_is_due(&halt, 0, 19));
    ck_assert(halt_is_due(&halt, 18, 2));
    ck_assert(!halt_is_due(&halt, 19, 1));
}
END_TEST

START_TEST(success_counts_if_asked)
{
    const struct halt halt = parse("now,success=1");

    ck_assert(!halt_is_due(&halt, 0, 1000));
    ck_assert(halt_is_due(&halt, 1, 0));
}
END_TEST

START_TEST(never_is_never)
{
    const struct halt never = parse("never"), none = parse(NULL);

    ck_assert(!halt_is_due(&never, 1000, 1000));
    ck_assert(!halt_is_due(&none, 1000, 1000));
}
END_TEST

START_TEST(other_texts_are_refused)
{
    static const char *const wrong[] = {
        "",           "now",           "now,fail",     "now,fail=",
        "now,fail=0", "now,fail=101%", "later,fail=1", "now,done=1",
        "now,fail=%", "now,fail=1x",   "now, fail=1",  "fail=1"};
    struct halt halt;
    struct err err;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ck_assert_int_eq(halt_parse(wrong[i], &halt, &err), -1);
        ck_assert_int_eq(err.kind, ERR_USAGE);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("halt");
    TCase *tests = tcase_create("halt");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_count_is_reached);
    tcase_add_test(tests, a_share_needs_some_that_ended);
    tcase_add_test(tests, success_counts_if_asked);
    tcase_add_test(tests, never_is_never);
    tcase_add_test(tests, other_texts_are_refused);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
