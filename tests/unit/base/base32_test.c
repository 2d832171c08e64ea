/* SPDX-License-Identifier: MIT */
#include "base/base32.h"

#include <check.h>
#include <string.h>

#include "base/buf.h"

static void check(struct slice bytes, const char *want)
{
    struct buf out;

    buf_init(&out, 64);
    ck_assert_int_eq(base32_add(&out, bytes), 0);
    ck_assert(slice_is(buf_slice(&out), want));
    buf_release(&out);
}

/* RFC 4648 section 10 */
START_TEST(known_texts)
{
    check(slice_text(""), "");
    check(slice_text("f"), "MY======");
    check(slice_text("fo"), "MZXQ====");
    check(slice_text("foo"), "MZXW6===");
    check(slice_text("foob"), "MZXW6YQ=");
    check(slice_text("fooba"), "MZXW6YTB");
    check(slice_text("foobar"), "MZXW6YTBOI======");
}
END_TEST

START_TEST(every_bit_counts)
{
    check(slice_of("\0", 1), "AA======");
    check(slice_of("\xFF\xFF\xFF\xFF\xFF", 5), "77777777");
    check(slice_of("\x00\x44\x32\x14\xC7", 5), "ABCDEFGH");
}
END_TEST

START_TEST(a_full_buffer_is_told)
{
    struct buf out;

    buf_init(&out, 15);
    ck_assert_int_eq(base32_add(&out, slice_text("foobar")), -1);
    buf_release(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base32");
    TCase *tests = tcase_create("base32");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, known_texts);
    tcase_add_test(tests, every_bit_counts);
    tcase_add_test(tests, a_full_buffer_is_told);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
