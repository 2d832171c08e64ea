/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <check.h>
#include <errno.h>
#include <string.h>

/* More than fits into the text of an error. */
static const char *long_text(void)
{
    static char text[3 * ERR_TEXT_SIZE];

    memset(text, 'a', sizeof text - 1);
    return text;
}

START_TEST(set_fills_all_and_fails)
{
    struct err err = {.sys = 5};

    ck_assert_int_eq(err_set(&err, ERR_LIST, "task %d: %s", 7, "bad"), -1);
    ck_assert_int_eq(err.kind, ERR_LIST);
    ck_assert_int_eq(err.sys, 0);
    ck_assert_str_eq(err.text, "task 7: bad");
}
END_TEST

START_TEST(sys_appends_what_errno_means)
{
    struct err err;

    errno = ENOENT;
    ck_assert_int_eq(err_sys(&err, ERR_INPUT, "open %s", "x"), -1);
    ck_assert_int_eq(err.kind, ERR_INPUT);
    ck_assert_int_eq(err.sys, ENOENT);
    ck_assert_str_eq(err.text, "open x: No such file or directory");
}
END_TEST

START_TEST(wrap_puts_the_context_first)
{
    struct err err;

    errno = EACCES;
    err_sys(&err, ERR_OUTPUT, "out.txt");
    ck_assert_int_eq(err_wrap(&err, "task %d", 3), -1);
    ck_assert_int_eq(err_wrap(&err, "run-tasks"), -1);
    ck_assert_str_eq(err.text, "run-tasks: task 3: out.txt: Permission denied");
    ck_assert_int_eq(err.kind, ERR_OUTPUT);
    ck_assert_int_eq(err.sys, EACCES);
}
END_TEST

START_TEST(a_long_text_is_cut)
{
    struct err err;

    err_set(&err, ERR_BUG, "%s", long_text());
    ck_assert_uint_eq(strlen(err.text), ERR_TEXT_SIZE - 1);
    errno = EIO;
    err_sys(&err, ERR_BUG, "%s", long_text());
    ck_assert_uint_eq(strlen(err.text), ERR_TEXT_SIZE - 1);
    ck_assert_int_eq(err.sys, EIO);
}
END_TEST

START_TEST(a_long_context_is_cut)
{
    struct err err;

    err_set(&err, ERR_BUG, "why");
    err_wrap(&err, "%s", long_text());
    ck_assert_uint_eq(strlen(err.text), ERR_TEXT_SIZE - 1);
    ck_assert_str_eq(err.text + ERR_TEXT_SIZE - 4, "a: ");
}
END_TEST

START_TEST(wrap_keeps_as_much_as_fits)
{
    char want[ERR_TEXT_SIZE];
    struct err err;

    for (int len = 0; len < ERR_TEXT_SIZE; len++) {
        err_set(&err, ERR_BUG, "%.*s", len, long_text());
        err_wrap(&err, "%s", "0123456789");
        memset(want, 'a', sizeof want);
        memcpy(want, "0123456789: ", 12);
        want[len + 12 < ERR_TEXT_SIZE ? len + 12 : ERR_TEXT_SIZE - 1] = '\0';
        ck_assert_str_eq(err.text, want);
    }
}
END_TEST

START_TEST(unknown_numbers_are_described)
{
    char text[64];

    ck_assert_ptr_eq(err_describe(987654, text, sizeof text), text);
    ck_assert_ptr_nonnull(strstr(text, "987654"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("err");
    TCase *tests = tcase_create("err");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, set_fills_all_and_fails);
    tcase_add_test(tests, sys_appends_what_errno_means);
    tcase_add_test(tests, wrap_puts_the_context_first);
    tcase_add_test(tests, a_long_text_is_cut);
    tcase_add_test(tests, a_long_context_is_cut);
    tcase_add_test(tests, wrap_keeps_as_much_as_fits);
    tcase_add_test(tests, unknown_numbers_are_described);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
