/* SPDX-License-Identifier: MIT */
#include "work/partial.h"

#include <check.h>
#include <stddef.h>

static struct partial partial;

START_TEST(ranges_are_read)
{
    ck_assert(partial_read("bytes 0-499/1234", &partial));
    ck_assert(!partial.none);
    ck_assert_uint_eq(partial.first, 0);
    ck_assert_uint_eq(partial.last, 499);
    ck_assert_uint_eq(partial.total, 1234);
    ck_assert(partial_read("Bytes 7-7/8", &partial));
    ck_assert(partial_read("bytes 5-9/*", &partial));
    ck_assert_uint_eq(partial.total, PARTIAL_UNKNOWN);
    ck_assert(partial_read("bytes */1234", &partial));
    ck_assert(partial.none);
    ck_assert_uint_eq(partial.total, 1234);
}
END_TEST

START_TEST(what_is_no_range_is_refused)
{
    static const char *const texts[] = {"",
                                        "bytes",
                                        "bytes ",
                                        "bytes=0-1/2",
                                        "bytes 0-1",
                                        "bytes 1-0/2",
                                        "bytes 0-2/2",
                                        "bytes -1/2",
                                        "bytes 0-/2",
                                        "bytes 0-1/",
                                        "bytes 0-1/2 ",
                                        "bytes 0-1/-2",
                                        "bytes */*",
                                        "bytes *",
                                        "items 0-1/2",
                                        "bytes 0-1/2,",
                                        "bytes 0-1/18446744073709551615",
                                        "bytes 0-1/99999999999999999999"};

    ck_assert(!partial_read(NULL, &partial));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ck_assert_msg(!partial_read(texts[i], &partial), "%s", texts[i]);
    ck_assert(partial_read("bytes 0-1/18446744073709551614", &partial));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("partial");
    TCase *tests = tcase_create("partial");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, ranges_are_read);
    tcase_add_test(tests, what_is_no_range_is_refused);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
