/* SPDX-License-Identifier: MIT */
#include "json/scan.h"

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "support/random.h"
#include "json/doc.h"

/* A literal with its length, so that it may hold NUL. */
#define BYTES(literal) slice_of(literal, sizeof(literal) - 1)

static void check_value(struct slice line, const char *want)
{
    struct slice value = {NULL, 0};
    struct scan_fault fault = {0, "none"};
    int rc = scan_line(line, SCAN_DEPTH, &value, &fault);

    ck_assert_msg(rc == 0, "%.*s: %d, column %zu: %s", (int)line.len, line.ptr,
                  rc, fault.column, fault.reason);
    ck_assert_msg(slice_is(value, want), "%.*s: %.*s", (int)line.len, line.ptr,
                  (int)value.len, value.ptr);
}

/* A line that is nothing but its value. */
static void check_valid(const char *line)
{
    check_value(slice_text(line), line);
}

static void check_bytes(struct slice line, size_t column, const char *reason)
{
    struct slice value;
    struct scan_fault fault = {0, "none"};

    ck_assert_msg(scan_line(line, SCAN_DEPTH, &value, &fault) == -1, "%.*s",
                  (int)line.len, line.ptr);
    ck_assert_msg(fault.column == column, "%.*s: column %zu: %s", (int)line.len,
                  line.ptr, fault.column, fault.reason);
    ck_assert_str_eq(fault.reason, reason);
}

static void check_fault(const char *line, size_t column, const char *reason)
{
    check_bytes(slice_text(line), column, reason);
}

START_TEST(every_kind_of_value_stands_alone)
{
    check_valid("null");
    check_valid("true");
    check_valid("false");
    check_valid("0");
    check_valid("\"\"");
    check_valid("[]");
    check_valid("{}");
}
END_TEST

START_TEST(containers_hold_values)
{
    check_valid("[1]");
    check_valid("[1,\"a\",null,[],{}]");
    check_valid("{\"a\":1}");
    check_valid("{\"a\":{\"b\":[{\"c\":[]}]},\"d\":true}");
    check_valid("[[],[[]],{\"a\":[]},[]]");
}
END_TEST

START_TEST(duplicate_keys_pass)
{
    check_valid("{\"a\":1,\"a\":2}");
}
END_TEST

START_TEST(white_space_around_the_value_is_left_out)
{
    check_value(BYTES(" \t1\r"), "1");
    check_value(BYTES("\r{ \"a\" :\t[ 1 , 2 ]\r} "), "{ \"a\" :\t[ 1 , 2 ]\r}");
    check_value(BYTES(" [ ] "), "[ ]");
    check_value(BYTES(" { } "), "{ }");
}
END_TEST

START_TEST(blank_lines_are_told_apart)
{
    struct slice value;
    struct scan_fault fault;

    ck_assert_int_eq(scan_line(BYTES(""), 1, &value, &fault), 1);
    ck_assert_int_eq(scan_line(slice_of(NULL, 0), 1, &value, &fault), 1);
    ck_assert_int_eq(scan_line(BYTES("\r"), 1, &value, &fault), 1);
    ck_assert_int_eq(scan_line(BYTES(" \t \r"), 1, &value, &fault), 1);
}
END_TEST

START_TEST(other_white_space_is_refused)
{
    check_fault("\v1", 1, "expected a value");
    check_fault("1\f", 2, "unexpected text after the value");
    check_fault("[\n]", 2, "expected a value or ']'");
    check_fault("\xC2\xA0", 1, "expected a value");
}
END_TEST

START_TEST(a_byte_order_mark_is_refused)
{
    check_fault("\xEF\xBB\xBF{}", 1, "byte order mark");
}
END_TEST

START_TEST(nul_is_refused_everywhere)
{
    check_bytes(BYTES("\0"), 1, "NUL byte");
    check_bytes(BYTES("1\0"), 2, "NUL byte");
    check_bytes(BYTES("[1\0]"), 3, "NUL byte");
    check_bytes(BYTES("[\0]"), 2, "NUL byte");
    check_bytes(BYTES("{\0}"), 2, "NUL byte");
    check_bytes(BYTES("\"a\0\""), 3, "NUL byte");
    check_bytes(BYTES("\"\\\0\""), 3, "invalid escape");
    check_bytes(BYTES("{\"a\"\0:1}"), 5, "NUL byte");
}
END_TEST

START_TEST(numbers_follow_the_grammar)
{
    check_valid("-0");
    check_valid("10");
    check_valid("-10.01");
    check_valid("0.0");
    check_valid("0e0");
    check_valid("1E+9");
    check_valid("1.5e-07");
}
END_TEST

START_TEST(any_size_of_number_passes)
{
    check_valid("123456789012345678901234567890123456789012345678901234567890");
    check_valid("0.00000000000000000000000000000000000000000000000000000001");
    check_valid("1e1000000000000");
    check_valid("-1e-1000000000000");
}
END_TEST

START_TEST(numbers_begin_with_no_zero)
{
    check_fault("01", 2, "a number may not begin with 0");
    check_fault("-012", 3, "a number may not begin with 0");
    check_fault("[00]", 3, "a number may not begin with 0");
}
END_TEST

START_TEST(numbers_begin_with_digit_or_minus)
{
    check_fault("+1", 1, "a number begins with a digit or '-'");
    check_fault("[.5]", 2, "a number begins with a digit or '-'");
}
END_TEST

START_TEST(numbers_need_their_digits)
{
    check_fault("-", 2, "expected a digit after '-'");
    check_fault("-.5", 2, "expected a digit after '-'");
    check_fault("--1", 2, "expected a digit after '-'");
    check_fault("1.", 3, "expected a digit after '.'");
    check_fault("[1.]", 4, "expected a digit after '.'");
    check_fault("1.e3", 3, "expected a digit after '.'");
    check_fault("1e", 3, "expected a digit in the exponent");
    check_fault("1E+", 4, "expected a digit in the exponent");
    check_fault("1e+-1", 4, "expected a digit in the exponent");
    check_fault("1e.5", 3, "expected a digit in the exponent");
}
END_TEST

START_TEST(numbers_end_where_the_grammar_ends)
{
    check_fault("1.2.3", 4, "unexpected text after the value");
    check_fault("0x10", 2, "unexpected text after the value");
    check_fault("[1_000]", 3, "expected ',' or ']'");
    check_fault("{\"a\":1e5e5}", 9, "expected ',' or '}'");
}
END_TEST

START_TEST(numbers_are_finite)
{
    check_fault("NaN", 1, "NaN and Infinity are not JSON");
    check_fault("nan", 1, "NaN and Infinity are not JSON");
    check_fault("[Infinity]", 2, "NaN and Infinity are not JSON");
    check_fault("-Infinity", 2, "NaN and Infinity are not JSON");
    check_fault("{\"a\":-inf}", 7, "NaN and Infinity are not JSON");
}
END_TEST

START_TEST(literals_are_whole_words)
{
    check_fault("tru", 4, "expected 'true'");
    check_fault("trux", 4, "expected 'true'");
    check_fault("[falsy]", 6, "expected 'false'");
    check_fault("nul", 4, "expected 'null'");
    check_fault("n", 2, "expected 'null'");
    check_fault("True", 1, "expected a value");
    check_fault("truex", 5, "unexpected text after the value");
    check_fault("[nullnull]", 6, "expected ',' or ']'");
}
END_TEST

START_TEST(strings_hold_anything_printable)
{
    check_valid("\" !#[]{}:,/'\x7F\"");
    check_valid("\"é€😀\"");
}
END_TEST

START_TEST(every_escape_passes)
{
    check_valid("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"");
    check_valid("\"\\u0000\\u09aF\\uFFFF\"");
}
END_TEST

START_TEST(lone_surrogate_escapes_pass)
{
    check_valid("\"\\ud83d\"");
    check_valid("\"\\ude00\\ud83d\"");
    check_valid("\"\\ud83d\\ude00\"");
}
END_TEST

START_TEST(other_escapes_are_refused)
{
    check_fault("\"\\a\"", 3, "invalid escape");
    check_fault("\"\\'\"", 3, "invalid escape");
    check_fault("\"\\U0041\"", 3, "invalid escape");
    check_fault("\"a\\\x01\"", 4, "invalid escape");
    check_fault("\"\\u\"", 4, "expected four hex digits after '\\u'");
    check_fault("\"\\u12\"", 6, "expected four hex digits after '\\u'");
    check_fault("\"\\u00g0\"", 6, "expected four hex digits after '\\u'");
}
END_TEST

START_TEST(control_characters_are_refused)
{
    char line[] = "\"ab?\"";
    int c;

    for (c = 1; c < 0x20; c++) {
        line[3] = (char)c;
        check_fault(line, 4, "control character in a string");
    }
    check_fault("\"\n\"", 2, "control character in a string");
    check_fault("{\"\t\":1}", 3, "control character in a string");
}
END_TEST

START_TEST(a_string_needs_its_end)
{
    static const char *const reason = "unexpected end of line in a string";

    check_fault("\"", 2, reason);
    check_fault("\"abc", 5, reason);
    check_fault("\"abc\\", 6, reason);
    check_fault("\"abc\\\"", 7, reason);
    check_fault("\"\\u00", 6, reason);
    check_fault("{\"a", 4, reason);
    check_fault("[\"é", 5, reason);
}
END_TEST

START_TEST(the_cr_of_crlf_is_the_end_of_the_line)
{
    check_fault("\"abc\r", 5, "unexpected end of line in a string");
    check_fault("\"a\rc", 3, "control character in a string");
    check_fault("[1\r", 3, "unexpected end of line in an array");
    check_fault("{\"a\":\r", 6, "unexpected end of line in an object");
}
END_TEST

START_TEST(single_quotes_are_refused)
{
    check_fault("'a'", 1, "strings need double quotes");
    check_fault("{'a':1}", 2, "strings need double quotes");
    check_fault("{\"a\":'b'}", 6, "strings need double quotes");
    check_fault("['a']", 2, "strings need double quotes");
}
END_TEST

START_TEST(comments_are_refused)
{
    check_fault("{} // x", 4, "comments are not JSON");
    check_fault("[/* x */]", 2, "comments are not JSON");
}
END_TEST

START_TEST(arrays_hold_values_and_commas)
{
    check_fault("[,1]", 2, "expected a value or ']'");
    check_fault("[ }", 3, "expected a value or ']'");
    check_fault("[1 2]", 4, "expected ',' or ']'");
    check_fault("[1}", 3, "expected ',' or ']'");
    check_fault("[1:2]", 3, "expected ',' or ']'");
    check_fault("[1,,2]", 4, "expected a value");
    check_fault("[1,}", 4, "expected a value");
    check_fault("[1,]", 4, "trailing comma before ']'");
    check_fault("[1 , ]", 6, "trailing comma before ']'");
}
END_TEST

START_TEST(objects_hold_keys_colons_values_and_commas)
{
    check_fault("{1:2}", 2, "expected a key or '}'");
    check_fault("{a:1}", 2, "expected a key or '}'");
    check_fault("{,}", 2, "expected a key or '}'");
    check_fault("{]", 2, "expected a key or '}'");
    check_fault("{\"a\"}", 5, "expected ':'");
    check_fault("{\"a\" 1}", 6, "expected ':'");
    check_fault("{\"a\":}", 6, "expected a value");
    check_fault("{\"a\":,}", 6, "expected a value");
    check_fault("{\"a\":]}", 6, "expected a value");
    check_fault("{\"a\":1 \"b\":2}", 8, "expected ',' or '}'");
    check_fault("{\"a\":1]", 7, "expected ',' or '}'");
    check_fault("{\"a\":1,b}", 8, "expected a key");
    check_fault("{\"a\":1,,}", 8, "expected a key");
    check_fault("{\"a\":1,}", 8, "trailing comma before '}'");
}
END_TEST

START_TEST(brackets_need_their_end)
{
    check_fault("[", 2, "unexpected end of line in an array");
    check_fault("[1", 3, "unexpected end of line in an array");
    check_fault("[1,", 4, "unexpected end of line in an array");
    check_fault("[1, ", 5, "unexpected end of line in an array");
    check_fault("{", 2, "unexpected end of line in an object");
    check_fault("{\"a\"", 5, "unexpected end of line in an object");
    check_fault("{\"a\":", 6, "unexpected end of line in an object");
    check_fault("{\"a\":1", 7, "unexpected end of line in an object");
    check_fault("{\"a\":1,", 8, "unexpected end of line in an object");
    check_fault("{\"a\":[1]", 9, "unexpected end of line in an object");
    check_fault("[{\"a\":1}", 9, "unexpected end of line in an array");
}
END_TEST

START_TEST(one_line_holds_one_value)
{
    check_fault("1 2", 3, "more than one value");
    check_fault("{}{}", 3, "more than one value");
    check_fault("\"a\"\"b\"", 4, "more than one value");
    check_fault("[]]", 3, "unexpected text after the value");
    check_fault("1,2", 2, "unexpected text after the value");
    check_fault("null x", 6, "unexpected text after the value");
    check_fault("]", 1, "expected a value");
}
END_TEST

/* Is the sequence valid by the table of RFC 3629 section 4? */
static bool in_table(const unsigned char *s, size_t n)
{
    static const struct {
        size_t len;
        unsigned char first[2], second[2];
    } rows[] = {
        {2, {0xC2, 0xDF}, {0x80, 0xBF}}, {3, {0xE0, 0xE0}, {0xA0, 0xBF}},
        {3, {0xE1, 0xEC}, {0x80, 0xBF}}, {3, {0xED, 0xED}, {0x80, 0x9F}},
        {3, {0xEE, 0xEF}, {0x80, 0xBF}}, {4, {0xF0, 0xF0}, {0x90, 0xBF}},
        {4, {0xF1, 0xF3}, {0x80, 0xBF}}, {4, {0xF4, 0xF4}, {0x80, 0x8F}},
    };
    size_t i, k;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (n == rows[i].len && s[0] >= rows[i].first[0] &&
            s[0] <= rows[i].first[1] && s[1] >= rows[i].second[0] &&
            s[1] <= rows[i].second[1])
            break;
    if (i == sizeof rows / sizeof rows[0])
        return false;
    for (k = 2; k < n; k++)
        if (s[k] < 0x80 || s[k] > 0xBF)
            return false;
    return true;
}

static void check_sequence(const unsigned char *bytes, size_t n)
{
    char line[8] = {'"', 'a'};
    struct slice value;
    struct scan_fault fault = {0, "none"};
    bool valid = in_table(bytes, n);
    int rc;

    memcpy(line + 2, bytes, n);
    line[2 + n] = '"';
    rc = scan_line(slice_of(line, n + 3), 1, &value, &fault);
    ck_assert_msg(rc == (valid ? 0 : -1), "%02X %02X", bytes[0], bytes[1]);
    if (valid)
        return;
    ck_assert_uint_eq(fault.column, 3);
    ck_assert_str_eq(fault.reason, "invalid UTF-8");
}

START_TEST(each_two_byte_form_is_judged_by_the_table)
{
    unsigned char s[2];
    unsigned a, b;

    for (a = 0x80; a <= 0xFF; a++)
        for (b = 0x80; b <= 0xFF; b++) {
            s[0] = (unsigned char)a;
            s[1] = (unsigned char)b;
            check_sequence(s, 2);
        }
}
END_TEST

/* The bytes at which the table changes its mind, and their neighbours. */
static const unsigned char edges[] = {0x7F, 0x80, 0x81, 0x8F, 0x90, 0x91,
                                      0x9F, 0xA0, 0xA1, 0xBF, 0xC0, 0xFF};
enum { EDGES = sizeof edges };

START_TEST(each_three_byte_form_is_judged_by_the_table)
{
    unsigned char s[3];
    unsigned a;
    size_t b, c;

    for (a = 0xE0; a <= 0xFF; a++)
        for (b = 0; b < EDGES; b++)
            for (c = 0; c < EDGES; c++) {
                s[0] = (unsigned char)a;
                s[1] = edges[b];
                s[2] = edges[c];
                check_sequence(s, 3);
            }
}
END_TEST

START_TEST(each_four_byte_form_is_judged_by_the_table)
{
    unsigned char s[4];
    size_t i, a;

    for (a = 0xF0; a <= 0xFF; a++)
        for (i = 0; i < (size_t)EDGES * EDGES * EDGES; i++) {
            s[0] = (unsigned char)a;
            s[1] = edges[i % EDGES];
            s[2] = edges[i / EDGES % EDGES];
            s[3] = edges[i / EDGES / EDGES];
            check_sequence(s, 4);
        }
}
END_TEST

START_TEST(each_code_point_passes)
{
    unsigned char s[4];
    char line[8] = "\"";
    struct slice value;
    struct scan_fault fault;
    unsigned code;
    size_t n;

    for (code = 0x80; code <= 0x10FFFF; code++) {
        if (code >= 0xD800 && code <= 0xDFFF)
            continue;
        n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        s[3] = (unsigned char)(0x80 | (code & 0x3F));
        s[2] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
        s[1] = (unsigned char)(0x80 | (code >> 12 & 0x3F));
        s[0] = (unsigned char)(0xF0 | code >> 18);
        if (n == 3)
            s[1] = (unsigned char)(0xE0 | code >> 12);
        if (n == 2)
            s[2] = (unsigned char)(0xC0 | code >> 6);
        memcpy(line + 1, s + 4 - n, n);
        line[1 + n] = '"';
        if (scan_line(slice_of(line, n + 2), 1, &value, &fault) != 0)
            ck_abort_msg("U+%04X", code);
    }
}
END_TEST

START_TEST(cut_sequences_are_refused)
{
    check_fault("\"\xC3\"", 2, "invalid UTF-8");
    check_fault("\"\xC3", 2, "invalid UTF-8");
    check_fault("\"\xE2\x82", 2, "invalid UTF-8");
    check_fault("\"ab\xF0\x9F\x98", 4, "invalid UTF-8");
    check_fault("{\"\xFF\":1}", 3, "invalid UTF-8");
}
END_TEST

START_TEST(bad_utf8_outside_strings_is_named)
{
    check_fault("\xFF", 1, "invalid UTF-8");
    check_fault("[1\xC3]", 3, "invalid UTF-8");
    check_fault("[1é]", 3, "expected ',' or ']'");
}
END_TEST

/* `open` and `close` as often, around nothing; the caller frees. */
static struct buf nest(size_t depth, const char *open, const char *close)
{
    struct buf line;
    size_t i;

    buf_init(&line, (size_t)1 << 22);
    for (i = 0; i < depth; i++)
        buf_add_text(&line, open);
    buf_add_text(&line, "0");
    for (i = 0; i < depth; i++)
        buf_add_text(&line, close);
    return line;
}

static void check_depth(size_t depth, size_t limit, const char *open,
                        const char *close)
{
    struct buf line = nest(depth, open, close);
    struct scan_fault fault = {0, "none"};
    struct slice value;
    int rc = scan_line(buf_slice(&line), limit, &value, &fault);

    buf_release(&line);
    ck_assert_int_eq(rc, depth <= limit ? 0 : -1);
    if (rc == 0)
        return;
    ck_assert_str_eq(fault.reason, "nested deeper than the limit");
    ck_assert_uint_eq(fault.column, limit * strlen(open) + 1);
}

START_TEST(depth_is_counted_in_open_brackets)
{
    check_depth(0, 0, "[", "]");
    check_depth(1, 0, "[", "]");
    check_depth(63, 64, "[", "]");
    check_depth(64, 64, "{\"a\":", "}");
    check_depth(65, 64, "[", "]");
    check_depth(1024, SCAN_DEPTH, "[", "]");
    check_depth(1025, SCAN_DEPTH, "[", "]");
    check_depth(1025, SCAN_DEPTH, "{\"a\":", "}");
    check_depth(SCAN_MAX_DEPTH, SCAN_MAX_DEPTH, "[", "]");
    check_depth(SCAN_MAX_DEPTH + 1, SCAN_MAX_DEPTH, "[", "]");
}
END_TEST

START_TEST(closed_brackets_do_not_count)
{
    struct slice value;
    struct scan_fault fault;

    ck_assert_int_eq(scan_line(BYTES("[[],[],{},[]]"), 2, &value, &fault), 0);
}
END_TEST

START_TEST(brackets_are_remembered_by_kind_at_any_depth)
{
    struct buf line = nest(500, "[{\"a\":", "}]");
    struct scan_fault fault = {0, "none"};
    struct slice value;
    size_t at;

    ck_assert_int_eq(scan_line(buf_slice(&line), 1000, &value, &fault), 0);
    for (at = line.len - 1000; at < line.len; at++) {
        line.data[at] = line.data[at] == ']' ? '}' : ']';
        ck_assert_int_eq(scan_line(buf_slice(&line), 1000, &value, &fault), -1);
        ck_assert_uint_eq(fault.column, at + 1);
        line.data[at] = line.data[at] == ']' ? '}' : ']';
    }
    buf_release(&line);
}
END_TEST

START_TEST(a_hundred_thousand_brackets_are_safe)
{
    struct buf line = nest(100000, "[", "");
    struct scan_fault fault;
    struct slice value;

    ck_assert_int_eq(scan_line(buf_slice(&line), SIZE_MAX, &value, &fault), -1);
    ck_assert_uint_eq(fault.column, SCAN_MAX_DEPTH + 1);
    ck_assert_str_eq(fault.reason, "nested deeper than the limit");
    buf_release(&line);
}
END_TEST

static void add_scalar(struct buf *line, uint32_t *state)
{
    static const char *const scalars[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "12",
        "-3.25",
        "1e5",
        "6E-2",
        "0.5e+1",
        "\"\"",
        "\"abc\"",
        "\"a\\n\\\"\\u00e9\"",
        "\"\\ud83d\\ude00\"",
        "\"é€😀\"",
        "\"{[,:]}\"",
        "12345678901234567890",
        "1e999",
        "\"\\ud83d\"",
    };

    buf_add_text(
        line, scalars[draw_below(state, sizeof scalars / sizeof scalars[0])]);
}

static void add_blank(struct buf *line, uint32_t *state)
{
    static const char *const blanks[] = {"", "", "", "", " ", "\t", "\r "};

    buf_add_text(line,
                 blanks[draw_below(state, sizeof blanks / sizeof blanks[0])]);
}

/* A random value, at most `depth` brackets deep. */
static void add_value(struct buf *line, uint32_t *state, int depth)
{
    uint32_t kind = draw_below(state, 3);
    uint32_t i, count;

    add_blank(line, state);
    if (kind == 0 || depth == 0) {
        add_scalar(line, state);
        add_blank(line, state);
        return;
    }
    buf_add_char(line, kind == 1 ? '[' : '{');
    count = draw_below(state, 4);
    for (i = 0; i < count; i++) {
        if (i > 0)
            buf_add_char(line, ',');
        if (kind == 2)
            buf_printf(line, "\"k%u\"",
                       (unsigned)(i + draw_below(state, 2) * 10));
        if (kind == 2)
            buf_add_char(line, ':');
        add_value(line, state, depth - 1);
    }
    buf_add_char(line, kind == 1 ? ']' : '}');
    add_blank(line, state);
}

/* No LF and no NUL is put in: jansson takes the one, and stops at the other. */
static char random_byte(uint32_t *state)
{
    static const char telling[] = "\"\\{}[]:,019-+.eEuntf /'\r\t\x01\x7F\x80"
                                  "\xBF\xC0\xC3\xE2\xED\xF0\xF4\xFF";

    return telling[draw_below(state, sizeof telling - 1)];
}

/* Change, remove, double or cut at up to three places. */
static void mutate(struct buf *line, uint32_t *state)
{
    uint32_t times = draw_below(state, 4);
    size_t at;

    while (times-- > 0 && line->len > 1) {
        at = draw_below(state, (uint32_t)line->len);
        switch (draw_below(state, 5)) {
        case 0:
        case 1: line->data[at] = random_byte(state); break;
        case 2:
            memmove(line->data + at, line->data + at + 1, line->len - at - 1);
            line->len--;
            break;
        case 3:
            buf_add_char(line, ' ');
            memmove(line->data + at + 1, line->data + at, line->len - at - 1);
            line->data[at] = random_byte(state);
            break;
        default: line->len = at; break;
        }
    }
}

/* What jansson refuses though RFC 8259 does not. */
static bool refused_on_purpose(const char *why)
{
    return strstr(why, "too big") != NULL || strstr(why, "overflow") != NULL ||
           strstr(why, "duplicate") != NULL ||
           strstr(why, "NUL byte in object key") != NULL ||
           strstr(why, "invalid Unicode '\\u") != NULL;
}

static void compare(struct slice line)
{
    struct scan_fault fault = {0, "none"};
    struct err err = {.kind = ERR_NONE};
    struct doc *doc = doc_parse(line, &err);
    struct slice value;
    int rc = scan_line(line, SCAN_DEPTH, &value, &fault);

    doc_free(doc);
    if (doc != NULL)
        ck_assert_msg(rc == 0, "%.*s: column %zu: %s", (int)line.len, line.ptr,
                      fault.column, fault.reason);
    else
        ck_assert_msg(rc != 0 || refused_on_purpose(err.text), "%.*s: %s",
                      (int)line.len, line.ptr, err.text);
    if (rc < 0)
        ck_assert(fault.column >= 1 && fault.column <= line.len + 1);
}

START_TEST(jansson_agrees_on_random_lines)
{
    uint32_t state = seed_of_run();
    struct buf line;
    int i;

    buf_init(&line, 1 << 20);
    for (i = 0; i < 200000; i++) {
        buf_clear(&line);
        add_value(&line, &state, 4);
        mutate(&line, &state);
        compare(buf_slice(&line));
    }
    buf_release(&line);
}
END_TEST

START_TEST(a_cut_line_is_faulty_at_its_end)
{
    const char *line = "{\"a\":[true,\"\\u00e9é\",-1.5e+3],\"b\":{\"c\":null}}";
    struct scan_fault fault;
    struct slice value;
    size_t n, column;

    for (n = 1; n < strlen(line); n++) {
        ck_assert_int_eq(
            scan_line(slice_of(line, n), SCAN_DEPTH, &value, &fault), -1);
        /* A cut character is named at its first byte. */
        column = (unsigned char)line[n - 1] == 0xC3 ? n : n + 1;
        ck_assert_uint_eq(fault.column, column);
    }
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, every_kind_of_value_stands_alone);
    tcase_add_test(tests, containers_hold_values);
    tcase_add_test(tests, duplicate_keys_pass);
    tcase_add_test(tests, white_space_around_the_value_is_left_out);
    tcase_add_test(tests, blank_lines_are_told_apart);
    tcase_add_test(tests, other_white_space_is_refused);
    tcase_add_test(tests, a_byte_order_mark_is_refused);
    tcase_add_test(tests, nul_is_refused_everywhere);
    tcase_add_test(tests, numbers_follow_the_grammar);
    tcase_add_test(tests, any_size_of_number_passes);
    tcase_add_test(tests, numbers_begin_with_no_zero);
    tcase_add_test(tests, numbers_begin_with_digit_or_minus);
    tcase_add_test(tests, numbers_need_their_digits);
    tcase_add_test(tests, numbers_end_where_the_grammar_ends);
    tcase_add_test(tests, numbers_are_finite);
    tcase_add_test(tests, literals_are_whole_words);
    tcase_add_test(tests, strings_hold_anything_printable);
    tcase_add_test(tests, every_escape_passes);
    tcase_add_test(tests, lone_surrogate_escapes_pass);
    tcase_add_test(tests, other_escapes_are_refused);
    tcase_add_test(tests, control_characters_are_refused);
    tcase_add_test(tests, a_string_needs_its_end);
    tcase_add_test(tests, the_cr_of_crlf_is_the_end_of_the_line);
    tcase_add_test(tests, single_quotes_are_refused);
    tcase_add_test(tests, comments_are_refused);
    tcase_add_test(tests, arrays_hold_values_and_commas);
    tcase_add_test(tests, objects_hold_keys_colons_values_and_commas);
    tcase_add_test(tests, brackets_need_their_end);
    tcase_add_test(tests, one_line_holds_one_value);
}

static void add_long_tests(TCase *tests)
{
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, each_two_byte_form_is_judged_by_the_table);
    tcase_add_test(tests, each_three_byte_form_is_judged_by_the_table);
    tcase_add_test(tests, each_four_byte_form_is_judged_by_the_table);
    tcase_add_test(tests, each_code_point_passes);
    tcase_add_test(tests, cut_sequences_are_refused);
    tcase_add_test(tests, bad_utf8_outside_strings_is_named);
    tcase_add_test(tests, depth_is_counted_in_open_brackets);
    tcase_add_test(tests, closed_brackets_do_not_count);
    tcase_add_test(tests, brackets_are_remembered_by_kind_at_any_depth);
    tcase_add_test(tests, a_hundred_thousand_brackets_are_safe);
    tcase_add_test(tests, jansson_agrees_on_random_lines);
    tcase_add_test(tests, a_cut_line_is_faulty_at_its_end);
}

int main(void)
{
    Suite *suite = suite_create("scan");
    TCase *tests = tcase_create("grammar");
    TCase *long_tests = tcase_create("bounds");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, long_tests);
    add_tests(tests);
    add_long_tests(long_tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
