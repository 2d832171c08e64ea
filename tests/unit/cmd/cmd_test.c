/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <check.h>
#include <signal.h>

#include "base/err.h"

static int status_of(enum err_kind kind, int sys)
{
    return cmd_exit_status(&(struct err){.kind = kind, .sys = sys});
}

START_TEST(each_kind_has_its_exit_status)
{
    ck_assert_int_eq(status_of(ERR_NONE, 0), 0);
    ck_assert_int_eq(status_of(ERR_UNITS, 0), 1);
    ck_assert_int_eq(status_of(ERR_USAGE, 0), 2);
    ck_assert_int_eq(status_of(ERR_LIST, 0), 65);
    ck_assert_int_eq(status_of(ERR_INPUT, 2), 66);
    ck_assert_int_eq(status_of(ERR_BUG, 12), 70);
    ck_assert_int_eq(status_of(ERR_CREATE, 13), 73);
    ck_assert_int_eq(status_of(ERR_OUTPUT, 28), 74);
    ck_assert_int_eq(status_of(ERR_DEADLINE, 0), 124);
}
END_TEST

START_TEST(a_signal_is_128_and_its_number)
{
    ck_assert_int_eq(status_of(ERR_SIGNAL, SIGHUP), 129);
    ck_assert_int_eq(status_of(ERR_SIGNAL, SIGINT), 130);
    ck_assert_int_eq(status_of(ERR_SIGNAL, SIGTERM), 143);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cmd");
    TCase *tests = tcase_create("cmd");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, each_kind_has_its_exit_status);
    tcase_add_test(tests, a_signal_is_128_and_its_number);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
