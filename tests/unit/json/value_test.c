/* SPDX-License-Identifier: MIT */
#include "json/value.h"

#include <check.h>

#include "base/buf.h"
#include "json/scan.h"

/* The value in a line that must be valid. */
static struct slice value_in(const char *line)
{
    struct slice value;
    struct scan_fault fault;

    ck_assert_int_eq(scan_line(slice_text(line), SCAN_DEPTH, &value, &fault),
                     0);
    return value;
}

static void check_find(const char *line, const char *key, const char *want)
{
    struct slice found = slice_text("nothing");
    bool there = value_find(value_in(line), slice_text(key), &found);

    ck_assert_msg(there == (want != NULL), "%s in %s", key, line);
    ck_assert_msg(slice_is(found, want ? want : "nothing"), "%s in %s: %.*s",
                  key, line, (int)found.len, found.ptr);
}

static void check_element(const char *line, int64_t n, const char *want)
{
    struct slice found = slice_text("nothing");
    bool there = value_element(value_in(line), n, &found);

    ck_assert_msg(there == (want != NULL), "%s", line);
    ck_assert_msg(slice_is(found, want ? want : "nothing"), "%s: %.*s", line,
                  (int)found.len, found.ptr);
}

START_TEST(kind_is_told_by_the_first_byte)
{
    ck_assert_int_eq(value_kind(value_in("null")), VALUE_NULL);
    ck_assert_int_eq(value_kind(value_in("false")), VALUE_FALSE);
    ck_assert_int_eq(value_kind(value_in("true")), VALUE_TRUE);
    ck_assert_int_eq(value_kind(value_in(" -1")), VALUE_NUMBER);
    ck_assert_int_eq(value_kind(value_in("0")), VALUE_NUMBER);
    ck_assert_int_eq(value_kind(value_in("\"\"")), VALUE_STRING);
    ck_assert_int_eq(value_kind(value_in("[]")), VALUE_ARRAY);
    ck_assert_int_eq(value_kind(value_in("\t{}")), VALUE_OBJECT);
}
END_TEST

START_TEST(kinds_have_the_names_of_jq)
{
    ck_assert_str_eq(value_kind_name(VALUE_NULL), "null");
    ck_assert_str_eq(value_kind_name(VALUE_FALSE), "boolean");
    ck_assert_str_eq(value_kind_name(VALUE_TRUE), "boolean");
    ck_assert_str_eq(value_kind_name(VALUE_NUMBER), "number");
    ck_assert_str_eq(value_kind_name(VALUE_STRING), "string");
    ck_assert_str_eq(value_kind_name(VALUE_ARRAY), "array");
    ck_assert_str_eq(value_kind_name(VALUE_OBJECT), "object");
}
END_TEST

START_TEST(members_come_in_order_with_their_own_bytes)
{
    const char *line = "{ \"a\" :1 ,\"b\\\"}\":\t[1, {\"c\":\"]\"}] , "
                       "\"\": \"x\\\\\" ,\"a\":1.50e+3}";
    struct value_walk walk = value_members_begin(value_in(line));
    struct slice key, value;

    ck_assert(value_members_next(&walk, &key, &value));
    ck_assert(slice_is(key, "\"a\"") && slice_is(value, "1"));
    ck_assert(value_members_next(&walk, &key, &value));
    ck_assert(slice_is(key, "\"b\\\"}\""));
    ck_assert(slice_is(value, "[1, {\"c\":\"]\"}]"));
    ck_assert(value_members_next(&walk, &key, &value));
    ck_assert(slice_is(key, "\"\"") && slice_is(value, "\"x\\\\\""));
    ck_assert(value_members_next(&walk, &key, &value));
    ck_assert(slice_is(key, "\"a\"") && slice_is(value, "1.50e+3"));
    ck_assert(!value_members_next(&walk, &key, &value));
    ck_assert(!value_members_next(&walk, &key, &value));
}
END_TEST

START_TEST(elements_come_in_order_with_their_own_bytes)
{
    const char *line = "[ null ,true,\t\"[\" , [] ,{ } , -0 ]";
    static const char *const want[] = {"null", "true", "\"[\"",
                                       "[]",   "{ }",  "-0"};
    struct value_walk walk = value_elements_begin(value_in(line));
    struct slice value;
    size_t i;

    for (i = 0; i < sizeof want / sizeof want[0]; i++) {
        ck_assert(value_elements_next(&walk, &value));
        ck_assert(slice_is(value, want[i]));
    }
    ck_assert(!value_elements_next(&walk, &value));
}
END_TEST

START_TEST(empty_containers_hold_nothing)
{
    struct value_walk walk = value_members_begin(value_in("{ }"));
    struct slice key, value;

    ck_assert(!value_members_next(&walk, &key, &value));
    walk = value_elements_begin(value_in("[\t]"));
    ck_assert(!value_elements_next(&walk, &value));
}
END_TEST

START_TEST(a_key_is_found)
{
    check_find("{\"a\":1,\"ab\":2,\"b\":3}", "ab", "2");
    check_find("{\"a\":1,\"ab\":2,\"b\":3}", "b", "3");
    check_find("{\"a\":1}", "A", NULL);
    check_find("{\"a\":1}", "", NULL);
    check_find("{}", "a", NULL);
    check_find("{\"\":{}}", "", "{}");
}
END_TEST

START_TEST(the_last_duplicate_wins)
{
    check_find("{\"a\":1,\"a\":2}", "a", "2");
    check_find("{\"a\":1,\"b\":0,\"\\u0061\":3}", "a", "3");
    check_find("{\"\\u0061\":3,\"a\":1}", "a", "1");
}
END_TEST

START_TEST(escaped_keys_are_compared_by_meaning)
{
    check_find("{\"\\u00e9\":1}", "é", "1");
    check_find("{\"a\\nb\":1}", "a\nb", "1");
    check_find("{\"a\\/b\":1}", "a/b", "1");
    check_find("{\"\\ud83d\\ude00\":1}", "😀", "1");
    check_find("{\"\\\"\":1}", "\"", "1");
    check_find("{\"a\\nb\":1}", "a\\nb", NULL);
    check_find("{\"\\\\\":1}", "\\\\", NULL);
    check_find("{\"\\\\\":1}", "\\", "1");
}
END_TEST

START_TEST(nested_twins_do_not_count)
{
    check_find("{\"x\":{\"a\":1},\"a\":2}", "a", "2");
    check_find("{\"a\":2,\"x\":{\"a\":1}}", "a", "2");
    check_find("{\"x\":[{\"a\":1}]}", "a", NULL);
    check_find("{\"x\":\"\\\"a\\\":1\"}", "a", NULL);
    check_find("{\"x\":\"a\"}", "a", NULL);
}
END_TEST

START_TEST(elements_are_counted_from_zero)
{
    check_element("[10,20,30]", 0, "10");
    check_element("[10,20,30]", 2, "30");
}
END_TEST

START_TEST(negative_indexes_count_from_the_end)
{
    check_element("[10, [1,2] ,30]", -1, "30");
    check_element("[10, [1,2] ,30]", -2, "[1,2]");
    check_element("[10, [1,2] ,30]", -3, "10");
}
END_TEST

START_TEST(out_of_range_is_nothing)
{
    check_element("[10,20,30]", 3, NULL);
    check_element("[10,20,30]", -4, NULL);
    check_element("[]", 0, NULL);
    check_element("[]", -1, NULL);
    check_element("[1]", INT64_MAX, NULL);
    check_element("[1]", INT64_MIN, NULL);
}
END_TEST

START_TEST(deep_values_are_skipped_without_recursion)
{
    struct slice value, found;
    struct scan_fault fault;
    struct buf line;
    int i;

    buf_init(&line, 1 << 20);
    buf_add_text(&line, "{\"deep\":");
    for (i = 0; i < 65000; i++)
        buf_add_char(&line, '[');
    for (i = 0; i < 65000; i++)
        buf_add_char(&line, ']');
    buf_add_text(&line, ",\"a\":1}");
    ck_assert_int_eq(
        scan_line(buf_slice(&line), SCAN_MAX_DEPTH, &value, &fault), 0);
    ck_assert(value_find(value, slice_text("a"), &found));
    ck_assert(slice_is(found, "1"));
    buf_release(&line);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("value");
    TCase *tests = tcase_create("value");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, kind_is_told_by_the_first_byte);
    tcase_add_test(tests, kinds_have_the_names_of_jq);
    tcase_add_test(tests, members_come_in_order_with_their_own_bytes);
    tcase_add_test(tests, elements_come_in_order_with_their_own_bytes);
    tcase_add_test(tests, empty_containers_hold_nothing);
    tcase_add_test(tests, a_key_is_found);
    tcase_add_test(tests, the_last_duplicate_wins);
    tcase_add_test(tests, escaped_keys_are_compared_by_meaning);
    tcase_add_test(tests, nested_twins_do_not_count);
    tcase_add_test(tests, elements_are_counted_from_zero);
    tcase_add_test(tests, negative_indexes_count_from_the_end);
    tcase_add_test(tests, out_of_range_is_nothing);
    tcase_add_test(tests, deep_values_are_skipped_without_recursion);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
