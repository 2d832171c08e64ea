/* SPDX-License-Identifier: MIT */
#include "json/canon.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "base/buf.h"
#include "support/random.h"
#include "json/quote.h"
#include "json/scan.h"
#include "json/value.h"

enum { BIG = 1 << 28 };

static struct canon *canon;
static struct buf out;

static void begin(void)
{
    canon = canon_new();
    buf_init(&out, BIG);
}

static void end(void)
{
    canon_free(canon);
    buf_release(&out);
}

static struct slice valid(struct slice line)
{
    struct slice value = {NULL, 0};
    struct scan_fault fault = {0, "none"};

    ck_assert_msg(scan_line(line, SCAN_MAX_DEPTH, &value, &fault) == 0,
                  "%.*s: %s", (int)line.len, line.ptr, fault.reason);
    return value;
}

static void check(unsigned flags, const char *line, const char *want)
{
    struct slice value = valid(slice_text(line));

    buf_clear(&out);
    ck_assert_int_eq(canon_write(canon, value, flags, &out), 0);
    ck_assert_msg(slice_is(buf_slice(&out), want), "%s: %.*s, not %s", line,
                  (int)out.len, out.data, want);
}

static void check_jq(const char *line, const char *want)
{
    check(CANON_JQ, line, want);
}

START_TEST(without_flags_the_bytes_stay)
{
    check(0, " {\"b\" : 1e2,\"b\":\"\\u00e9\x7F\"}\r",
          "{\"b\" : 1e2,\"b\":\"\\u00e9\x7F\"}");
}
END_TEST

START_TEST(white_space_goes)
{
    check_jq("\t{ \"a\" :\r[ 1 , true ] , \"b b\" : { } } ",
             "{\"a\":[1,true],\"b b\":{}}");
    check_jq("[ ]", "[]");
    check_jq(" null ", "null");
}
END_TEST

START_TEST(escapes_are_the_fewest)
{
    check_jq("\"\\/\\u00e9\\u20AC\\u0041\"", "\"/é€A\"");
    check_jq("\"\\b\\f\\n\\r\\t\\\"\\\\\"", "\"\\b\\f\\n\\r\\t\\\"\\\\\"");
    check_jq("\"\\u0008\\u000A\\u0022\\u005c\\u002f\"", "\"\\b\\n\\\"\\\\/\"");
    check_jq("\"\\u0000\\u001F\\u007F\x7F\"",
             "\"\\u0000\\u001f\\u007f\\u007f\"");
    check_jq("\"\\\\u00e9\\\\/\"", "\"\\\\u00e9\\\\/\"");
}
END_TEST

START_TEST(surrogates_are_joined_or_replaced)
{
    check_jq("\"\\ud83d\\uDE00\"", "\"😀\"");
    check_jq("\"\\ud83dx\\ude00\"", "\"\uFFFDx\uFFFD\"");
}
END_TEST

START_TEST(numbers_keep_their_digits)
{
    check_jq("[0,-0,-0.0,12,1.000,100000000000000001,0.10]",
             "[0,-0,-0.0,12,1.000,100000000000000001,0.10]");
    check_jq("0.00001", "0.00001");
    check_jq("[0.000001,0.000000,0.1234567890]",
             "[0.000001,0.000000,0.1234567890]");
}
END_TEST

START_TEST(numbers_of_other_size_are_scientific)
{
    check_jq("1e2", "1E+2");
    check_jq("1.0e+2", "1.0E+2");
    check_jq("0.0000001", "1E-7");
    check_jq("0.0000000", "0E-7");
    check_jq("0e10", "0E+10");
    check_jq("1e1000", "1E+1000");
    check_jq("-12.5E-9", "-1.25E-8");
    check_jq("12345e-20", "1.2345E-16");
    check_jq("1e0000000000000005", "1E+5");
}
END_TEST

START_TEST(an_exponent_may_vanish)
{
    check_jq("3e0", "3");
    check_jq("100e-2", "1.00");
    check_jq("0.000001230e3", "0.001230");
    check_jq("123e-8", "0.00000123");
    check_jq("1e-6", "0.000001");
}
END_TEST

START_TEST(exponents_have_their_bounds)
{
    check_jq("1e999999999", "1E+999999999");
    check_jq("1.25e999999999", "1.25E+999999999");
    check_jq("1e1000000000", "1.7976931348623157e+308");
    check_jq("-10e999999999", "-1.7976931348623157e+308");
    check_jq("1e99999999999999999999999", "1.7976931348623157e+308");
    check_jq("0e99999999999999999999999", "0E+999999999");
    check_jq("1e-1000000000", "1E-1000000000");
    check_jq("1e-1147483646", "1E-1147483646");
    check_jq("-1e-99999999999999999999", "-0E-1147483646");
}
END_TEST

START_TEST(the_last_value_stands_where_the_first_stood)
{
    check_jq("{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}");
    check_jq("{\"a\":1,\"\\u0061\":[2]}", "{\"a\":[2]}");
    check_jq("{\"a\":{\"x\":1,\"x\":2},\"c\":0,\"a\":{\"y\":1,\"y\":{\"z\":1,"
             "\"z\":2}}}",
             "{\"a\":{\"y\":{\"z\":2}},\"c\":0}");
    check_jq("[{\"\":1,\"\":2},{\"b\":1e1,\"b\":[{\"q\":1,\"q\":2}]},3]",
             "[{\"\":2},{\"b\":[{\"q\":2}]},3]");
}
END_TEST

START_TEST(sorting_moves_members_and_keeps_bytes)
{
    check(CANON_SORT, "{\"b\":1e2, \"a\":\"\\u00e9\\/\"}",
          "{\"a\":\"\\u00e9\\/\",\"b\":1e2}");
    check(CANON_SORT, "[{\"b\":{\"d\":1,\"c\":[{\"z\":1,\"y\":2}]},\"a\":0}]",
          "[{\"a\":0,\"b\":{\"c\":[{\"y\":2,\"z\":1}],\"d\":1}}]");
    check(CANON_SORT, "{\"b\":1,\"a\":2,\"b\":3}", "{\"a\":2,\"b\":3}");
}
END_TEST

START_TEST(keys_are_sorted_by_what_they_mean)
{
    check(CANON_SORT, "{\"b\":1,\"\\u0061\":2,\"\\n\":3,\"Z\":4}",
          "{\"\\n\":3,\"Z\":4,\"\\u0061\":2,\"b\":1}");
    check(CANON_SORT, "{\"😀\":1,\"\uFFFF\":2,\"é\":3,\"aa\":4,\"a\":5,\"\":6}",
          "{\"\":6,\"a\":5,\"aa\":4,\"é\":3,\"\uFFFF\":2,\"😀\":1}");
    check(CANON_SORT, "{\"abcdefgh\\u0000\":1,\"abcdefghi\":2,\"abcdefgh\":3}",
          "{\"abcdefgh\":3,\"abcdefgh\\u0000\":1,\"abcdefghi\":2}");
    check(CANON_SORT, "{\"a\":1,\"\\u0061\":2}", "{\"a\":2}");
}
END_TEST

START_TEST(ascii_alone_changes_nothing_else)
{
    check(CANON_ASCII, "{ \"é\" : \"€😀\\/\\u00E9\x7F\", \"é\":1e2}",
          "{ \"\\u00e9\" : \"\\u20ac\\ud83d\\ude00\\/\\u00E9\x7F\", "
          "\"\\u00e9\":1e2}");
    check(CANON_ASCII, "\"\U00010000\U0010FFFF\"",
          "\"\\ud800\\udc00\\udbff\\udfff\"");
}
END_TEST

START_TEST(forms_go_together)
{
    check(CANON_ASCII | CANON_SORT, "{\"é\":1e2, \"b\":\"\\/é\"}",
          "{\"b\":\"\\/\\u00e9\",\"\\u00e9\":1e2}");
    check(CANON_ASCII | CANON_JQ, "[\"\\/é\\u00E9\x7F\\ud800\",1e2]",
          "[\"/\\u00e9\\u00e9\\u007f\\ufffd\",1E+2]");
    check(CANON_SORT | CANON_JQ, "{\"é\":1e2, \"\\u0062\":0}",
          "{\"b\":0,\"é\":1E+2}");
    check(CANON_SORT | CANON_JQ | CANON_ASCII, "{\"é\":1, \"\\u00e8\":0}",
          "{\"\\u00e8\":0,\"\\u00e9\":1}");
}
END_TEST

START_TEST(what_is_in_the_buffer_stays_before)
{
    buf_clear(&out);
    buf_add_text(&out, "x");
    ck_assert_int_eq(
        canon_write(canon, slice_text("{\"b\": 1,\"a\":2}"), CANON_SORT, &out),
        0);
    ck_assert(slice_is(buf_slice(&out), "x{\"a\":2,\"b\":1}"));
}
END_TEST

START_TEST(a_full_buffer_is_left_as_it_was)
{
    static const char line[] = "{\"b\":[1e2,\"\\u00e9\x7F\"], \"b\":0.0000001}";
    struct slice value = slice_text(line);
    struct buf small;

    for (unsigned flags = 0; flags < 8; flags++) {
        size_t max = 1;
        int rc;

        do {
            buf_init(&small, max++);
            buf_add_char(&small, 'x');
            rc = canon_write(canon, value, flags, &small);
            ck_assert(rc == 0 || slice_is(buf_slice(&small), "x"));
            buf_release(&small);
        } while (rc != 0);
        ck_assert_uint_gt(max, 20);
        ck_assert_uint_lt(max, 60);
    }
}
END_TEST

static void add_object(struct buf *line, unsigned n, unsigned step)
{
    buf_add_char(line, '{');
    for (unsigned i = 0; i < n; i++)
        buf_printf(line, "%s\"key%06u\":%u", i > 0 ? "," : "", i * step % n, i);
    buf_add_char(line, '}');
}

START_TEST(many_keys_cost_no_square)
{
    enum { KEYS = 100000 };
    clock_t start = clock();
    struct slice value;
    struct buf line;

    buf_init(&line, BIG);
    add_object(&line, KEYS, 7919);
    value = buf_slice(&line);
    buf_clear(&out);
    ck_assert_int_eq(canon_write(canon, value, CANON_JQ, &out), 0);
    ck_assert(slice_equal(buf_slice(&out), value));
    buf_clear(&out);
    ck_assert_int_eq(canon_write(canon, value, CANON_SORT, &out), 0);
    ck_assert_uint_eq(out.len, value.len);
    ck_assert(memcmp(out.data, "{\"key000000\":0,\"key000001\":", 26) == 0);
    ck_assert_msg((clock() - start) / CLOCKS_PER_SEC < 10, "slow");
    buf_release(&line);
}
END_TEST

START_TEST(many_twins_leave_one_each)
{
    struct buf line;

    buf_init(&line, BIG);
    buf_add_char(&line, '{');
    for (int i = 0; i < 1000; i++)
        buf_printf(&line, "%s\"common prefix %d\":%d", i > 0 ? "," : "", i % 3,
                   i);
    buf_add_char(&line, '}');
    buf_clear(&out);
    ck_assert_int_eq(canon_write(canon, buf_slice(&line), CANON_JQ, &out), 0);
    ck_assert(slice_is(buf_slice(&out),
                       "{\"common prefix 0\":999,\"common prefix 1\":997,"
                       "\"common prefix 2\":998}"));
    buf_release(&line);
}
END_TEST

/* {"b":1,"a":{"b":1,"a":...}}: every level has to move. */
START_TEST(depth_costs_no_square_and_no_stack)
{
    enum { DEPTH = SCAN_MAX_DEPTH };
    struct buf line;
    clock_t start = clock();

    buf_init(&line, BIG);
    for (int i = 0; i < DEPTH; i++)
        buf_add_text(&line, "{\"b\":\"some text to be moved\",\"a\":");
    buf_add_text(&line, "0");
    for (int i = 0; i < DEPTH; i++)
        buf_add_char(&line, '}');
    buf_clear(&out);
    ck_assert_int_eq(
        canon_write(canon, valid(buf_slice(&line)), CANON_SORT, &out), 0);
    ck_assert_uint_eq(out.len, line.len);
    ck_assert(memcmp(out.data, "{\"a\":{\"a\":", 10) == 0);
    ck_assert_msg((clock() - start) / CLOCKS_PER_SEC < 10, "slow");
    buf_clear(&line);
    for (int i = 0; i < DEPTH; i++)
        buf_add_char(&line, '[');
    for (int i = 0; i < DEPTH; i++)
        buf_add_char(&line, ']');
    buf_clear(&out);
    ck_assert_int_eq(canon_write(canon, buf_slice(&line), CANON_JQ, &out), 0);
    ck_assert(slice_equal(buf_slice(&out), buf_slice(&line)));
    buf_release(&line);
}
END_TEST

static void add_one_of(struct buf *line, uint32_t *state, int keys)
{
    static const char *const texts[] = {
        "\"a\"",   "\"\\u0061\"", "\"é\"",   "\"\\u00e9\"",   "\"\"",
        "\"\\n\"", "\"\x7F\"",    "\"\\/\"", "\"\\ud83d\"",   "\"abcdefgh1\"",
        "\"b\"",   "\"c\"",       "\"d\"",   "\"abcdefgh2\"", "true",
        "null",    "1e2",         "-0.0",    "0.00000001",    "12e-1"};

    buf_add_text(line, texts[draw_below(state, keys ? 14 : 20)]);
}

static void add_value(struct buf *line, uint32_t *state, int depth)
{
    uint32_t kind = draw_below(state, 3);
    uint32_t count = draw_below(state, 12) == 0 ? 40 : draw_below(state, 5);

    if (kind == 0 || depth == 0) {
        add_one_of(line, state, 0);
        return;
    }
    buf_add_char(line, kind == 1 ? '[' : '{');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add_text(line, draw_below(state, 3) == 0 ? " ," : ",");
        if (kind == 2) {
            add_one_of(line, state, 1);
            buf_add_text(line, draw_below(state, 3) == 0 ? ": " : ":");
        }
        add_value(line, state, depth - 1);
    }
    buf_add_char(line, kind == 1 ? ']' : '}');
}

/* Each member of the first object is what the plain search finds there. */
static void check_members(struct slice from, struct slice to)
{
    struct value_walk walk;
    struct slice key, value, found;
    struct buf text, want;

    if (*from.ptr != '{')
        return;
    buf_init(&text, BIG);
    buf_init(&want, BIG);
    for (walk = value_members_begin(to);
         value_members_next(&walk, &key, &value);) {
        buf_clear(&text);
        buf_clear(&want);
        ck_assert_int_eq(quote_read(&text, key), 0);
        ck_assert(value_find(from, buf_slice(&text), &found));
        ck_assert_int_eq(
            canon_write(canon, found, CANON_JQ | CANON_SORT, &want), 0);
        ck_assert(slice_equal(buf_slice(&want), value));
    }
    buf_release(&text);
    buf_release(&want);
}

START_TEST(written_twice_is_written_once)
{
    uint32_t state = seed_of_run();
    struct buf line, again;

    buf_init(&line, BIG);
    buf_init(&again, BIG);
    for (int i = 0; i < 20000; i++) {
        struct slice value;
        unsigned flags = (unsigned)i % 8;

        buf_clear(&line);
        buf_clear(&out);
        buf_clear(&again);
        add_value(&line, &state, 4);
        value = valid(buf_slice(&line));
        ck_assert_int_eq(canon_write(canon, value, flags, &out), 0);
        ck_assert_int_eq(
            canon_write(canon, valid(buf_slice(&out)), flags, &again), 0);
        ck_assert_msg(slice_equal(buf_slice(&out), buf_slice(&again)),
                      "%.*s: %u", (int)value.len, value.ptr, flags);
        if (flags == (CANON_JQ | CANON_SORT))
            check_members(value, buf_slice(&out));
    }
    buf_release(&line);
    buf_release(&again);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("canon");
    TCase *tests = tcase_create("canon");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, without_flags_the_bytes_stay);
    tcase_add_test(tests, white_space_goes);
    tcase_add_test(tests, escapes_are_the_fewest);
    tcase_add_test(tests, surrogates_are_joined_or_replaced);
    tcase_add_test(tests, numbers_keep_their_digits);
    tcase_add_test(tests, numbers_of_other_size_are_scientific);
    tcase_add_test(tests, an_exponent_may_vanish);
    tcase_add_test(tests, exponents_have_their_bounds);
    tcase_add_test(tests, the_last_value_stands_where_the_first_stood);
    tcase_add_test(tests, sorting_moves_members_and_keeps_bytes);
    tcase_add_test(tests, keys_are_sorted_by_what_they_mean);
    tcase_add_test(tests, ascii_alone_changes_nothing_else);
    tcase_add_test(tests, forms_go_together);
    tcase_add_test(tests, what_is_in_the_buffer_stays_before);
    tcase_add_test(tests, a_full_buffer_is_left_as_it_was);
    tcase_add_test(tests, many_keys_cost_no_square);
    tcase_add_test(tests, many_twins_leave_one_each);
    tcase_add_test(tests, depth_costs_no_square_and_no_stack);
    tcase_add_test(tests, written_twice_is_written_once);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
