/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>

/* The length of a sequence that decodes to a code point in its shortest form;
 * 0 when there is none. RFC 3629 section 3, by arithmetic. */
static size_t naive_step(const unsigned char *p, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = p[0] < 0x80   ? 1
               : p[0] < 0xC0 ? 0
               : p[0] < 0xE0 ? 2
               : p[0] < 0xF0 ? 3
               : p[0] < 0xF8 ? 4
                             : 0;
    uint32_t code = n > 1 ? p[0] & (0xFFu >> (n + 1)) : p[0];

    if (n == 0 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3Fu);
    }
    if (code < least[n] || code > 0x10FFFF || (code >> 11) == 0x1B)
        return 0;
    return n;
}

static void check_step(const unsigned char *p, size_t len)
{
    size_t bad = 99, got;
    char bytes[4];

    memcpy(bytes, p, len);
    got = utf8_step(bytes, len, &bad);
    /* Not ck_assert, which takes a system call: there are millions. */
    if (got != naive_step(p, len) || utf8_step(bytes, len, NULL) != got ||
        (got > 0 ? bad != 99 : bad < 1 || bad > len))
        ck_abort_msg("%02x %02x %02x %02x: %zu", p[0], p[1], p[2], p[3], got);
}

START_TEST(valid_is_what_the_rfc_allows)
{
    static const unsigned char tails[] = {0x41, 0x7F, 0x80, 0xBF, 0xC0};
    const size_t n = sizeof tails;

    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            for (size_t i = 0; i < n * n; i++) {
                unsigned char p[] = {(unsigned char)first,
                                     (unsigned char)second, tails[i / n],
                                     tails[i % n]};

                check_step(p, i % 4 + 1);
                check_step(p, 4);
            }
        }
    }
}
END_TEST

START_TEST(every_code_point_is_written_and_read)
{
    char bytes[UTF8_MAX];

    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        size_t len;

        if (code >= 0xD800 && code <= 0xDFFF)
            continue;
        len = utf8_write(code, bytes);
        if (utf8_step(bytes, len, NULL) != len ||
            (len > 1 && utf8_step(bytes, len - 1, NULL) != 0))
            ck_abort_msg("%x", (unsigned)code);
    }
    ck_assert_uint_eq(utf8_write(0x20AC, bytes), 3);
    ck_assert_mem_eq(bytes, "\xE2\x82\xAC", 3);
}
END_TEST

static void check_bad(const char *bytes, size_t want)
{
    size_t bad = 0;

    ck_assert_uint_eq(utf8_step(bytes, strlen(bytes), &bad), 0);
    ck_assert_msg(bad == want, "%zu", bad);
}

START_TEST(one_fault_is_a_byte_with_what_it_announces)
{
    check_bad("\x80\x80", 1);
    check_bad("\xFF\x80", 1);
    check_bad("\xC0\x80", 1);
    check_bad("\xC3z", 1);
    check_bad("\xE2\x82z", 2);
    check_bad("\xE2\x82", 2);
    check_bad("\xED\xA0\x80", 3);
    check_bad("\xF4\x90\x80\x80", 4);
    check_bad("\xF0\x9F\x98z", 3);
    check_bad("\xF5\x80\x80\x80", 1);
}
END_TEST

START_TEST(the_replacement_is_u_fffd)
{
    char bytes[UTF8_MAX];

    ck_assert_uint_eq(utf8_write(0xFFFD, bytes), strlen(UTF8_REPLACEMENT));
    ck_assert_mem_eq(bytes, UTF8_REPLACEMENT, 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("utf8");
    TCase *tests = tcase_create("utf8");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, valid_is_what_the_rfc_allows);
    tcase_add_test(tests, every_code_point_is_written_and_read);
    tcase_add_test(tests, one_fault_is_a_byte_with_what_it_announces);
    tcase_add_test(tests, the_replacement_is_u_fffd);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
