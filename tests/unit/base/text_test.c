/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "support/random.h"

/* A literal with its length, so that it may hold NUL. */
#define BYTES(literal) slice_of(literal, sizeof(literal) - 1)

static void check_escape(struct slice text, const char *want)
{
    struct buf out;

    buf_init(&out, 4096);
    ck_assert_int_eq(text_escape(&out, text), 0);
    ck_assert_msg(slice_is(buf_slice(&out), want), "%.*s is not %s",
                  (int)out.len, out.data, want);
    buf_release(&out);
}

/* Each byte of `text` as \xNN. */
static void check_all_escaped(struct slice text)
{
    char want[64];
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += (size_t)snprintf(want + n, sizeof want - n, "\\x%02x",
                              (unsigned)(unsigned char)text.ptr[i]);
    check_escape(text, want);
}

static void check_code_escaped(uint32_t code)
{
    char bytes[UTF8_MAX];

    check_all_escaped(slice_of(bytes, utf8_write(code, bytes)));
}

START_TEST(text_stays)
{
    check_escape(BYTES(""), "");
    check_escape(BYTES("a b\tc\\x41~"), "a b\tc\\x41~");
    check_escape(BYTES("é€😀\u00a0\u2027\u202f\u2065\u206a"),
                 "é€😀\u00a0\u2027\u202f\u2065\u206a");
}
END_TEST

START_TEST(controls_are_escaped)
{
    for (uint32_t code = 0; code < 0x20; code++) {
        if (code != '\t')
            check_code_escaped(code);
    }
    check_code_escaped(0x7f);
}
END_TEST

START_TEST(c1_controls_are_escaped)
{
    for (uint32_t code = 0x80; code < 0xa0; code++)
        check_code_escaped(code);
}
END_TEST

START_TEST(bidirectional_controls_are_escaped)
{
    /* All that have the property Bidi_Control (UAX 9). */
    check_code_escaped(0x061c);
    check_code_escaped(0x200e);
    check_code_escaped(0x200f);
    for (uint32_t code = 0x202a; code <= 0x202e; code++)
        check_code_escaped(code);
    for (uint32_t code = 0x2066; code <= 0x2069; code++)
        check_code_escaped(code);
}
END_TEST

START_TEST(what_is_not_utf8_is_escaped)
{
    check_escape(BYTES("a\xffz"), "a\\xffz");
    check_escape(BYTES("\xe2\x82z"), "\\xe2\\x82z");
    check_escape(BYTES("\xe2\x82"), "\\xe2\\x82");
    check_escape(BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80");
    check_escape(BYTES("\xc0\x80"), "\\xc0\\x80");
    check_escape(BYTES("\xc3\x1b[2J"), "\\xc3\\x1b[2J");
    /* C1 as bare bytes, as an 8-bit terminal would obey them. */
    check_escape(BYTES("\x9b"
                       "2J"),
                 "\\x9b2J");
}
END_TEST

START_TEST(a_full_buffer_is_a_failure)
{
    struct buf out;

    buf_init(&out, 5);
    ck_assert_int_eq(text_escape(&out, BYTES("abcdef")), -1);
    buf_clear(&out);
    ck_assert_int_eq(text_escape(&out, BYTES("\x01\x02")), -1);
    buf_release(&out);
}
END_TEST

/* The rule once more, plainly: what may pass of an escaped text. */
static bool harmless(struct slice text)
{
    for (size_t i = 0, len; i < text.len; i += len) {
        unsigned char first = (unsigned char)text.ptr[i];

        len = utf8_step(text.ptr + i, text.len - i, NULL);
        if (len == 0 || first == 0x7f || (first < 0x20 && first != '\t'))
            return false;
        if (first == 0xc2 && (unsigned char)text.ptr[i + 1] < 0xa0)
            return false;
    }
    return true;
}

START_TEST(no_bytes_get_through_that_steer)
{
    uint32_t state = seed_of_run();
    struct buf out;
    char bytes[40];

    buf_init(&out, 4096);
    for (int round = 0; round < 50000; round++) {
        size_t n = draw(&state) % sizeof bytes;

        for (size_t i = 0; i < n; i++)
            bytes[i] = (char)(draw(&state) >> (round % 2 ? 24 : 9));
        buf_clear(&out);
        ck_assert_int_eq(text_escape(&out, slice_of(bytes, n)), 0);
        ck_assert(harmless(buf_slice(&out)));
    }
    buf_release(&out);
}
END_TEST

START_TEST(distance_counts_edits)
{
    ck_assert_uint_eq(text_distance("", ""), 0);
    ck_assert_uint_eq(text_distance("abc", "abc"), 0);
    ck_assert_uint_eq(text_distance("abc", ""), 3);
    ck_assert_uint_eq(text_distance("", "abc"), 3);
    ck_assert_uint_eq(text_distance("abc", "abcd"), 1);
    ck_assert_uint_eq(text_distance("abc", "ac"), 1);
    ck_assert_uint_eq(text_distance("abc", "adc"), 1);
    ck_assert_uint_eq(text_distance("abc", "acb"), 1);
    ck_assert_uint_eq(text_distance("kitten", "sitting"), 3);
    /* Restricted: a swapped pair is not edited again. */
    ck_assert_uint_eq(text_distance("ca", "abc"), 3);
}
END_TEST

START_TEST(words_too_long_are_far_from_all)
{
    char word[65] = {0};

    memset(word, 'a', 63);
    ck_assert_uint_eq(text_distance(word, word), 0);
    memset(word, 'a', 64);
    ck_assert_uint_eq(text_distance(word, word), 64);
    ck_assert_uint_eq(text_distance("a", word), 64);
}
END_TEST

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The definition, by recursion from the ends. */
static size_t naive_distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t best;

    if (n == 0 || m == 0)
        return n + m;
    best = naive_distance(a, n - 1, b, m - 1) + (a[n - 1] != b[m - 1]);
    best = min(best, naive_distance(a, n - 1, b, m) + 1);
    best = min(best, naive_distance(a, n, b, m - 1) + 1);
    if (n > 1 && m > 1 && a[n - 1] == b[m - 2] && a[n - 2] == b[m - 1])
        best = min(best, naive_distance(a, n - 2, b, m - 2) + 1);
    return best;
}

static size_t draw_word(uint32_t *state, char *word, size_t max)
{
    size_t n = draw(state) % (max + 1);

    for (size_t i = 0; i < n; i++)
        word[i] = (char)('a' + draw(state) % 3);
    word[n] = '\0';
    return n;
}

START_TEST(distance_is_as_defined)
{
    uint32_t state = seed_of_run();
    char a[7], b[7];

    for (int round = 0; round < 500; round++) {
        size_t n = draw_word(&state, a, 6), m = draw_word(&state, b, 6);

        ck_assert_msg(text_distance(a, b) == naive_distance(a, n, b, m),
                      "%s %s", a, b);
        ck_assert_uint_eq(text_distance(a, b), text_distance(b, a));
    }
}
END_TEST

START_TEST(the_nearest_word_is_suggested)
{
    static const char *const words[] = {"retries", "retry-delay", "jobs"};
    const char *best = NULL;
    size_t least = text_too_far("retires");

    for (size_t i = 0; i < 3; i++)
        text_nearer("retires", words[i], &best, &least);
    ck_assert_str_eq(best, "retries");
    best = NULL;
    least = text_too_far("x");
    for (size_t i = 0; i < 3; i++)
        text_nearer("x", words[i], &best, &least);
    ck_assert_ptr_null(best);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *tests = tcase_create("text");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, text_stays);
    tcase_add_test(tests, controls_are_escaped);
    tcase_add_test(tests, c1_controls_are_escaped);
    tcase_add_test(tests, bidirectional_controls_are_escaped);
    tcase_add_test(tests, what_is_not_utf8_is_escaped);
    tcase_add_test(tests, a_full_buffer_is_a_failure);
    tcase_add_test(tests, no_bytes_get_through_that_steer);
    tcase_add_test(tests, distance_counts_edits);
    tcase_add_test(tests, words_too_long_are_far_from_all);
    tcase_add_test(tests, distance_is_as_defined);
    tcase_add_test(tests, the_nearest_word_is_suggested);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
