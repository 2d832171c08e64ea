/* SPDX-License-Identifier: MIT */
#include "work/request.h"

#include <check.h>
#include <stdio.h>

#include "base/err.h"

static struct request *request;
static struct err err;

static void set_up(void)
{
    request = request_new();
}

static void tear_down(void)
{
    request_free(request);
}

static void check_refused(int status, const char *why)
{
    ck_assert_int_lt(status, 0);
    ck_assert_int_eq(err.kind, ERR_USAGE);
    ck_assert_str_eq(err.text, why);
}

START_TEST(without_expectation_all_below_400_is_well)
{
    ck_assert(request_expects(request, 200));
    ck_assert(request_expects(request, 304));
    ck_assert(request_expects(request, 399));
    ck_assert(!request_expects(request, 400));
    ck_assert(!request_expects(request, 503));
}
END_TEST

START_TEST(only_expected_statuses_are_well)
{
    ck_assert_int_eq(request_add_expected(request, slice_text("404"), &err), 0);
    ck_assert_int_eq(request_add_expected(request, slice_text("2xx"), &err), 0);
    ck_assert_int_eq(request_add_expected(request, slice_text("301-303"), &err),
                     0);
    ck_assert(request_expects(request, 404));
    ck_assert(request_expects(request, 200));
    ck_assert(request_expects(request, 299));
    ck_assert(request_expects(request, 302));
    ck_assert(!request_expects(request, 304));
    ck_assert(!request_expects(request, 403));
}
END_TEST

START_TEST(what_is_no_status_is_refused)
{
    static const char *const wrong[] = {"",     "0",       "99",      "600",
                                        "2x",   "0xx",     "6xx",     "20a",
                                        "2000", "299-200", "200-2xx", "-200"};
    char why[80];

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        snprintf(why, sizeof why, "'%s' is not a status (404, 2xx, 200-299)",
                 wrong[i]);
        check_refused(request_add_expected(request, slice_text(wrong[i]), &err),
                      why);
    }
}
END_TEST

START_TEST(there_are_only_so_many_expectations)
{
    for (int i = 0; i < REQUEST_RANGES; i++)
        ck_assert_int_eq(request_add_expected(request, slice_text("200"), &err),
                         0);
    check_refused(request_add_expected(request, slice_text("200"), &err),
                  "more than 16 expected statuses");
}
END_TEST

START_TEST(headers_are_found_by_name_without_case)
{
    ck_assert_int_eq(request_add_header(request, slice_text("X-A: b: c"), &err),
                     0);
    ck_assert_int_eq(request_add_header(request, slice_text("X-Empty;"), &err),
                     0);
    ck_assert(request_has_header(request, slice_text("x-a")));
    ck_assert(request_has_header(request, slice_text("X-EMPTY")));
    ck_assert(!request_has_header(request, slice_text("X")));
    ck_assert(!request_has_header(request, slice_text("X-A: b")));
    ck_assert_uint_eq(request->header_count, 2);
}
END_TEST

START_TEST(headers_cannot_smuggle_others)
{
    check_refused(request_add_header(request, slice_text("no colon"), &err),
                  "header without a colon");
    check_refused(request_add_header(request, slice_text("a b: c"), &err),
                  "a header's name is not a word");
    check_refused(request_add_header(request, slice_text(": c"), &err),
                  "a header's name is not a word");
    check_refused(request_add_header(request, slice_text("a: b\r\nc: d"), &err),
                  "control character in a header");
    check_refused(request_add_header(request, slice_of("a: b\0c", 6), &err),
                  "control character in a header");
    check_refused(request_add_header(request, slice_text("a\n: b"), &err),
                  "a header's name is not a word");
    ck_assert_uint_eq(request->header_count, 0);
}
END_TEST

START_TEST(methods_are_words)
{
    ck_assert_int_eq(request_set_method(request, slice_text("PURGE"), &err), 0);
    ck_assert_str_eq(request->method, "PURGE");
    check_refused(request_set_method(request, slice_text(""), &err),
                  "the method is not a word");
    check_refused(request_set_method(request, slice_text("GET /x"), &err),
                  "the method is not a word");
    check_refused(request_set_method(request, slice_of("GET\0", 4), &err),
                  "the method is not a word");
    check_refused(request_set_method(request,
                                     slice_text("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                "ABCDEF"),
                                     &err),
                  "the method is not a word");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("request");
    TCase *tests = tcase_create("request");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, without_expectation_all_below_400_is_well);
    tcase_add_test(tests, only_expected_statuses_are_well);
    tcase_add_test(tests, what_is_no_status_is_refused);
    tcase_add_test(tests, there_are_only_so_many_expectations);
    tcase_add_test(tests, headers_are_found_by_name_without_case);
    tcase_add_test(tests, headers_cannot_smuggle_others);
    tcase_add_test(tests, methods_are_words);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
