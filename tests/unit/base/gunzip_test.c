/* SPDX-License-Identifier: MIT */
#include "base/gunzip.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { PACKED = 25 };

/* printf hello | gzip -n */
static const unsigned char packed[PACKED] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x86,
    0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00,
};

static struct gunzip *g;
static char text[64];
static size_t len;

static void set_up(void)
{
    g = gunzip_new();
    len = 0;
}

static void tear_down(void)
{
    gunzip_free(g);
}

/* -1 or 0; `text` has what came, taken `step` bytes at a time. */
static int give(const unsigned char *bytes, size_t n, size_t step)
{
    ptrdiff_t got;

    gunzip_give(g, slice_of((const char *)bytes, n));
    while ((got = gunzip_take(g, text + len, step)) > 0) {
        len += (size_t)got;
        ck_assert_uint_le(len + step, sizeof text);
    }
    return (int)got;
}

static void check_hello(size_t times)
{
    ck_assert(gunzip_whole(g));
    ck_assert_uint_eq(len, 5 * times);
    for (size_t i = 0; i < times; i++)
        ck_assert_mem_eq(text + 5 * i, "hello", 5);
}

START_TEST(pieces_of_any_size_are_one_text)
{
    for (size_t in = 1; in <= PACKED; in++) {
        for (size_t out = 1; out <= 8; out++) {
            gunzip_clear(g);
            len = 0;
            for (size_t at = 0; at < PACKED; at += in) {
                size_t n = PACKED - at < in ? PACKED - at : in;

                ck_assert(!gunzip_whole(g));
                ck_assert_int_eq(give(packed + at, n, out), 0);
            }
            check_hello(1);
        }
    }
}
END_TEST

START_TEST(members_in_a_row_are_one_text)
{
    unsigned char twice[2 * PACKED];

    memcpy(twice, packed, PACKED);
    memcpy(twice + PACKED, packed, PACKED);
    ck_assert_int_eq(give(twice, sizeof twice, 2), 0);
    check_hello(2);
    ck_assert_int_eq(give(packed, 3, 8), 0);
    ck_assert(!gunzip_whole(g));
}
END_TEST

START_TEST(a_cut_text_is_not_whole)
{
    ck_assert(!gunzip_whole(g));
    for (size_t n = 0; n < PACKED; n++) {
        gunzip_clear(g);
        len = 0;
        ck_assert_int_eq(give(packed, n, 8), 0);
        ck_assert(!gunzip_whole(g));
    }
}
END_TEST

/* Of any one byte: it is a fault, or a cut text, or a byte that says nothing
 * (time, system); never another text. */
START_TEST(a_wrong_byte_is_never_another_text)
{
    for (size_t i = 0; i < PACKED; i++) {
        unsigned char wrong[PACKED];

        memcpy(wrong, packed, PACKED);
        wrong[i] ^= 0x41;
        gunzip_clear(g);
        len = 0;
        if (give(wrong, PACKED, 8) == 0 && gunzip_whole(g))
            check_hello(1);
    }
}
END_TEST

START_TEST(garbage_is_a_fault)
{
    ck_assert_int_eq(give((const unsigned char *)"hello", 5, 8), -1);
    gunzip_clear(g);
    ck_assert_int_eq(give(packed, PACKED, 8), 0);
    ck_assert_int_eq(give((const unsigned char *)"hello", 5, 8), -1);
    gunzip_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gunzip");
    TCase *tests = tcase_create("gunzip");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, pieces_of_any_size_are_one_text);
    tcase_add_test(tests, members_in_a_row_are_one_text);
    tcase_add_test(tests, a_cut_text_is_not_whole);
    tcase_add_test(tests, a_wrong_byte_is_never_another_text);
    tcase_add_test(tests, garbage_is_a_fault);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
