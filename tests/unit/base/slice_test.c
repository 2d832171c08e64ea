/* SPDX-License-Identifier: MIT */
#include "base/slice.h"

#include <check.h>

START_TEST(equal_compares_lengths_and_bytes)
{
    ck_assert(slice_equal(slice_of("a\0b", 3), slice_of("a\0b", 3)));
    ck_assert(!slice_equal(slice_of("a\0b", 3), slice_of("a\0c", 3)));
    ck_assert(!slice_equal(slice_of("ab", 2), slice_of("abc", 3)));
    ck_assert(slice_equal(slice_of(NULL, 0), slice_of("x", 0)));
}
END_TEST

START_TEST(a_text_is_compared_without_its_nul)
{
    ck_assert(slice_is(slice_of("abc", 3), "abc"));
    ck_assert(!slice_is(slice_of("abc\0", 4), "abc"));
    ck_assert(slice_is(slice_of(NULL, 0), ""));
}
END_TEST

START_TEST(no_text_is_empty)
{
    ck_assert_uint_eq(slice_text(NULL).len, 0);
    ck_assert_uint_eq(slice_text("").len, 0);
    ck_assert_uint_eq(slice_text("ab").len, 2);
}
END_TEST

START_TEST(trim_takes_blanks_off_both_ends)
{
    ck_assert(slice_is(slice_trim(slice_text(" \t a b\t\r")), "a b"));
    ck_assert(slice_is(slice_trim(slice_text("ab")), "ab"));
    ck_assert(slice_is(slice_trim(slice_text(" \t\r ")), ""));
    ck_assert(slice_is(slice_trim(slice_text("")), ""));
    ck_assert(slice_is(slice_trim(slice_of(NULL, 0)), ""));
    ck_assert(slice_is(slice_trim(slice_text("\na\v")), "\na\v"));
}
END_TEST

START_TEST(unconst_is_the_same_pointer)
{
    static const char text[] = "abc";

    ck_assert_ptr_eq(slice_unconst(text), text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("slice");
    TCase *tests = tcase_create("slice");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, equal_compares_lengths_and_bytes);
    tcase_add_test(tests, a_text_is_compared_without_its_nul);
    tcase_add_test(tests, no_text_is_empty);
    tcase_add_test(tests, trim_takes_blanks_off_both_ends);
    tcase_add_test(tests, unconst_is_the_same_pointer);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
