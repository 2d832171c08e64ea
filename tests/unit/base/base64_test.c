/* SPDX-License-Identifier: MIT */
#include "base/base64.h"

#include <check.h>
#include <string.h>

#include "base/buf.h"

static void check(struct slice bytes, const char *want)
{
    struct buf out;

    buf_init(&out, 64);
    ck_assert_int_eq(base64_add(&out, bytes), 0);
    ck_assert(slice_is(buf_slice(&out), want));
    ck_assert_uint_eq(base64_len(bytes.len), strlen(want));
    buf_release(&out);
}

/* RFC 4648 section 10 */
START_TEST(known_texts)
{
    check(slice_text(""), "");
    check(slice_text("f"), "Zg==");
    check(slice_text("fo"), "Zm8=");
    check(slice_text("foo"), "Zm9v");
    check(slice_text("foob"), "Zm9vYg==");
    check(slice_text("fooba"), "Zm9vYmE=");
    check(slice_text("foobar"), "Zm9vYmFy");
}
END_TEST

START_TEST(every_bit_counts)
{
    check(slice_of("\0", 1), "AA==");
    check(slice_of("\xFF\xFF\xFF", 3), "////");
    check(slice_of("\xFB\xEF\xBE\x80", 4), "++++gA==");
}
END_TEST

START_TEST(a_full_buffer_is_told)
{
    struct buf out;

    buf_init(&out, 7);
    ck_assert_int_eq(base64_add(&out, slice_text("foob")), -1);
    buf_release(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base64");
    TCase *tests = tcase_create("base64");
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
