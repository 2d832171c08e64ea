/* SPDX-License-Identifier: MIT */
#include "json/quote.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "support/random.h"
#include "json/scan.h"

/* A literal with its length, so that it may hold NUL. */
#define BYTES(literal) slice_of(literal, sizeof(literal) - 1)

static void check_add(struct slice text, const char *want, int64_t replaced)
{
    struct buf out;

    buf_init(&out, 4096);
    ck_assert_int_eq(quote_add(&out, text), replaced);
    ck_assert_msg(slice_is(buf_slice(&out), want), "%.*s is not %s",
                  (int)out.len, out.data, want);
    buf_release(&out);
}

static void check_read(const char *string, struct slice want)
{
    struct buf out;

    buf_init(&out, 4096);
    ck_assert_int_eq(quote_read(&out, slice_text(string)), 0);
    ck_assert_msg(slice_equal(buf_slice(&out), want), "%s", string);
    ck_assert(quote_equal(slice_text(string), want));
    buf_release(&out);
}

START_TEST(text_gets_quotes)
{
    check_add(BYTES(""), "\"\"", 0);
    check_add(BYTES("abc"), "\"abc\"", 0);
    check_add(BYTES("/"), "\"/\"", 0);
}
END_TEST

START_TEST(quote_and_backslash_are_escaped)
{
    check_add(BYTES("a\"b\\c"), "\"a\\\"b\\\\c\"", 0);
}
END_TEST

START_TEST(controls_have_short_forms_or_hex)
{
    check_add(BYTES("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"", 0);
    check_add(BYTES("\0\x01\x1F"), "\"\\u0000\\u0001\\u001f\"", 0);
}
END_TEST

START_TEST(delete_is_escaped)
{
    check_add(BYTES("\x7F"), "\"\\u007f\"", 0);
}
END_TEST

/* Eight bytes are looked at together: none hides behind others. */
START_TEST(each_byte_is_seen_wherever_it_stands)
{
    char text[20], one[8], want[64];

    for (unsigned c = 0; c < 0x80; c++) {
        const char byte = (char)c;
        struct buf out;
        size_t len;

        buf_init(&out, 4096);
        ck_assert_int_eq(quote_add(&out, slice_of(&byte, 1)), 0);
        len = out.len - 2;
        memcpy(one, out.data + 1, len);
        buf_release(&out);
        for (size_t at = 0; at < sizeof text; at++) {
            memset(text, 'x', sizeof text);
            text[at] = byte;
            snprintf(want, sizeof want, "\"%.*s%.*s%.*s\"", (int)at,
                     "xxxxxxxxxxxxxxxxxxxx", (int)len, one,
                     (int)(sizeof text - 1 - at), "xxxxxxxxxxxxxxxxxxxx");
            check_add(slice_of(text, sizeof text), want, 0);
        }
    }
}
END_TEST

START_TEST(utf8_stays)
{
    check_add(BYTES("é€😀"), "\"é€😀\"", 0);
}
END_TEST

START_TEST(each_bad_prefix_becomes_one_replacement)
{
    check_add(BYTES("\x80"), "\"\uFFFD\"", 1);
    check_add(BYTES("\xFF\xFE"), "\"\uFFFD\uFFFD\"", 2);
    check_add(BYTES("\xC3("), "\"\uFFFD(\"", 1);
    check_add(BYTES("\xE2\x82"), "\"\uFFFD\"", 1);
    check_add(BYTES("\xE2\x82z"), "\"\uFFFDz\"", 1);
    check_add(BYTES("\xED\xA0\x80"), "\"\uFFFD\"", 1);
    check_add(BYTES("\xF4\x90\x80\x80"), "\"\uFFFD\"", 1);
    check_add(BYTES("\xC0\x80"), "\"\uFFFD\uFFFD\"", 2);
}
END_TEST

START_TEST(a_full_buffer_is_left_as_it_was)
{
    struct buf out;

    buf_init(&out, 8);
    ck_assert_int_eq(buf_add_text(&out, "abc"), 0);
    ck_assert_int_eq(quote_add(&out, BYTES("abcd")), -1);
    ck_assert_int_eq(quote_add(&out, BYTES("\n\n")), -1);
    ck_assert_int_eq(quote_read(&out, BYTES("\"abc\\n\\n\\n\"")), -1);
    ck_assert(slice_is(buf_slice(&out), "abc"));
    ck_assert_int_eq(quote_add(&out, BYTES("abc")), 0);
    ck_assert(slice_is(buf_slice(&out), "abc\"abc\""));
    buf_release(&out);
}
END_TEST

START_TEST(every_escape_is_read)
{
    check_read("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", BYTES("\"\\/\b\f\n\r\t"));
    check_read("\"\\u0041\\u00e9\\u20AC\"", BYTES("Aé€"));
    check_read("\"\\u0000\"", BYTES("\0"));
    check_read("\"\"", BYTES(""));
}
END_TEST

START_TEST(surrogate_pairs_are_joined)
{
    check_read("\"\\ud83d\\ude00\"", BYTES("😀"));
    check_read("\"\\uD800\\uDC00\\uDBFF\\uDFFF\"",
               BYTES("\U00010000\U0010FFFF"));
}
END_TEST

START_TEST(lone_surrogates_become_replacements)
{
    check_read("\"\\ud83d\"", BYTES("\uFFFD"));
    check_read("\"\\ude00\"", BYTES("\uFFFD"));
    check_read("\"\\ud83dx\"", BYTES("\uFFFDx"));
    check_read("\"\\ud83d\\n12345\"", BYTES("\uFFFD\n12345"));
    check_read("\"\\ud83d\\u0041\"", BYTES("\uFFFDA"));
    check_read("\"\\ud83d\\ud83d\\ude00\"", BYTES("\uFFFD😀"));
    check_read("\"\\ude00\\ud83d\"", BYTES("\uFFFD\uFFFD"));
}
END_TEST

START_TEST(plain_means_no_escape)
{
    ck_assert(quote_plain(BYTES("\"\"")));
    ck_assert(quote_plain(BYTES("\"é\"")));
    ck_assert(!quote_plain(BYTES("\"\\n\"")));
}
END_TEST

START_TEST(equal_compares_what_is_meant)
{
    ck_assert(quote_equal(BYTES("\"\\u0061b\""), BYTES("ab")));
    ck_assert(!quote_equal(BYTES("\"\\u0061b\""), BYTES("a")));
    ck_assert(!quote_equal(BYTES("\"\\u0061b\""), BYTES("abc")));
    ck_assert(!quote_equal(BYTES("\"ab\""), BYTES("\\u0061b")));
    ck_assert(!quote_equal(BYTES("\"\\n\""), BYTES("")));
    ck_assert(quote_equal(BYTES("\"\""), BYTES("")));
}
END_TEST

/* A buffer that never held a byte has no memory: only the undefined behaviour
 * sanitizer sees what is added to its NULL. */
START_TEST(an_empty_string_equals_a_text_without_memory)
{
    ck_assert(quote_equal(BYTES("\"\""), slice_of(NULL, 0)));
    ck_assert(!quote_equal(BYTES("\"a\""), slice_of(NULL, 0)));
    ck_assert(!quote_equal(BYTES("\"\\n\""), slice_of(NULL, 0)));
}
END_TEST

START_TEST(what_is_quoted_is_valid_and_reads_back)
{
    uint32_t state = seed_of_run();
    struct slice text, value;
    struct scan_fault fault;
    struct buf string, back;
    char bytes[40];
    int round, bad;
    size_t i;

    buf_init(&string, 4096);
    buf_init(&back, 4096);
    for (round = 0; round < 50000; round++) {
        text = slice_of(bytes, draw(&state) % sizeof bytes);
        for (i = 0; i < text.len; i++)
            bytes[i] = (char)(draw(&state) >> (round % 2 ? 24 : 25));
        buf_clear(&string);
        buf_clear(&back);
        bad = (int)quote_add(&string, text);
        ck_assert_int_ge(bad, 0);
        ck_assert_int_eq(scan_line(buf_slice(&string), 1, &value, &fault), 0);
        ck_assert_int_eq(quote_read(&back, value), 0);
        ck_assert(bad > 0 || slice_equal(buf_slice(&back), text));
    }
    buf_release(&string);
    buf_release(&back);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quote");
    TCase *tests = tcase_create("quote");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, text_gets_quotes);
    tcase_add_test(tests, quote_and_backslash_are_escaped);
    tcase_add_test(tests, controls_have_short_forms_or_hex);
    tcase_add_test(tests, delete_is_escaped);
    tcase_add_test(tests, each_byte_is_seen_wherever_it_stands);
    tcase_add_test(tests, utf8_stays);
    tcase_add_test(tests, each_bad_prefix_becomes_one_replacement);
    tcase_add_test(tests, a_full_buffer_is_left_as_it_was);
    tcase_add_test(tests, every_escape_is_read);
    tcase_add_test(tests, surrogate_pairs_are_joined);
    tcase_add_test(tests, lone_surrogates_become_replacements);
    tcase_add_test(tests, plain_means_no_escape);
    tcase_add_test(tests, equal_compares_what_is_meant);
    tcase_add_test(tests, an_empty_string_equals_a_text_without_memory);
    tcase_add_test(tests, what_is_quoted_is_valid_and_reads_back);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
