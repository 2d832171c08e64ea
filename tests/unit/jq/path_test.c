/* SPDX-License-Identifier: MIT */
#include "jq/path.h"

#include <check.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "json/grammar.h"
#include "json/index.h"
#include "json/scan.h"

/* What a filter makes of a line: its output, or "" for none, or the error. */
static void check_get(const char *filter, const char *line, const char *want)
{
    struct err err = {.kind = ERR_NONE};
    struct slice out = slice_text("");
    struct grammar_line walked;
    struct grammar grammar;
    struct index index;
    struct path *path;
    struct buf block;
    size_t column;
    int rc;

    path = path_compile(filter, &column, &err);
    ck_assert_msg(path != NULL, "%s: %s", filter, err.text);
    buf_init(&block, 1 << 16);
    ck_assert_int_eq(buf_printf(&block, "%s\n", line), 0);
    index_init(&index);
    index_ready();
    index_block(&index, buf_slice(&block));
    grammar = grammar_begin(&index, buf_slice(&block), SCAN_DEPTH, true);
    ck_assert(grammar_next(&grammar, &walked));
    ck_assert_int_eq(walked.verdict, GRAMMAR_VALID);
    rc = path_get(path, (struct place){&index, block.data, 0}, &out, &err);
    if (rc < 0) {
        ck_assert_int_eq(err.kind, ERR_UNITS);
        out = slice_text(err.text);
    }
    ck_assert_msg(slice_is(out, want), "%s on %s: %.*s", filter, line,
                  (int)out.len, out.ptr);
    ck_assert_int_eq(rc == 0, want[0] == '\0');
    index_release(&index);
    buf_release(&block);
    path_free(path);
}

static void check_fault(const char *filter, size_t column, const char *why)
{
    struct err err = {.kind = ERR_NONE};
    char want[ERR_TEXT_SIZE];
    size_t place = 0;

    ck_assert_msg(path_compile(filter, &place, &err) == NULL, "%s", filter);
    ck_assert_int_eq(err.kind, ERR_USAGE);
    snprintf(want, sizeof want, "column %zu: %s", column, why);
    ck_assert_str_eq(err.text, want);
    ck_assert_uint_eq(place, column);
}

START_TEST(identity_gives_the_value_with_its_bytes)
{
    check_get(".", " {\"a\" : 1.0} ", "{\"a\" : 1.0}");
    check_get(" . ", "1", "1");
    check_get(".?", "1", "1");
}
END_TEST

START_TEST(names_and_numbers_lead_inwards)
{
    const char *line = "{\"a\":{\"b\":[1,[2,3]]},\"_x9\":0}";

    check_get(".a.b[0]", line, "1");
    check_get(".a.b[1][0]", line, "2");
    check_get(".a.b.[1].[-1]", line, "3");
    check_get("._x9", line, "0");
    check_get(".a[\"b\"][0]", line, "1");
    check_get(".[\"a\"].b", line, "[1,[2,3]]");
}
END_TEST

START_TEST(keywords_are_names_behind_a_dot)
{
    check_get(".and.if", "{\"and\":{\"if\":1}}", "1");
}
END_TEST

START_TEST(strings_may_be_keys)
{
    check_get(".\"a b\"", "{\"a b\":1}", "1");
    check_get(". \"a\".\"b\"", "{\"a\":{\"b\":1}}", "1");
    check_get(".a.\"b\"", "{\"a\":{\"b\":1}}", "1");
    check_get(".\"\"", "{\"\":1}", "1");
    check_get(".[\"\"]", "{\"a\":1}", "null");
    check_get(".\"é😀\"", "{\"é😀\":1}", "1");
}
END_TEST

START_TEST(keys_are_compared_by_meaning)
{
    check_get(".\"\\u0061\\n\"", "{\"a\\u000a\":1}", "1");
    check_get(".a", "{\"\\u0061\":1}", "1");
    check_get(".[\"\\ud83d\\ude00\"]", "{\"😀\":1}", "1");
    check_get(".[\"\\ud83d\"]", "{\"\uFFFD\":1}", "1");
    check_get(".\"\\u0000\"", "{\"\\u0000\":1}", "1");
    check_get(".\"a\nb\"", "{\"a\\nb\":1}", "1");
}
END_TEST

START_TEST(the_last_duplicate_is_taken)
{
    check_get(".a", "{\"a\":1,\"b\":{\"a\":3},\"a\":2}", "2");
}
END_TEST

START_TEST(missing_and_null_give_null)
{
    check_get(".a", "{\"b\":1}", "null");
    check_get(".a.b[0].c", "{}", "null");
    check_get(".a[1]", "null", "null");
    check_get(".[2]", "[1,2]", "null");
    check_get(".[-3]", "[1,2]", "null");
}
END_TEST

START_TEST(indexes_may_be_any_number)
{
    check_get(".[-1]", "[1,2]", "2");
    check_get(".[ - 1 ]", "[1,2]", "2");
    check_get(".[1.7]", "[1,2]", "2");
    check_get(".[-1.5]", "[1,2]", "2");
    check_get(".[.5]", "[1,2]", "1");
    check_get(".[1e0]", "[1,2]", "2");
    check_get(".[01]", "[1,2]", "2");
    check_get(".[1e400]", "[1,2]", "null");
    check_get(".[-1e400]", "[1,2]", "null");
}
END_TEST

START_TEST(white_space_and_comments_are_skipped)
{
    check_get("\t.a .b # the end", "{\"a\":{\"b\":1}}", "1");
    check_get(".a # one\n.b\n", "{\"a\":{\"b\":1}}", "1");
    check_get(". [ 0 ] ?", "[1]", "1");
    check_get(".a . \"b\"", "{\"a\":{\"b\":1}}", "1");
    check_get(".a . [0]", "{\"a\":[1]}", "1");
}
END_TEST

START_TEST(misfits_are_told_in_the_words_of_jq)
{
    check_get(".a", "5", "Cannot index number with string \"a\"");
    check_get(".[\"a\"]", "[1]", "Cannot index array with string \"a\"");
    check_get(".a.b", "{\"a\":\"s\"}", "Cannot index string with string \"b\"");
    check_get(".a", "true", "Cannot index boolean with string \"a\"");
    check_get(".[0]", "{}", "Cannot index object with number");
    check_get(".[0]", "false", "Cannot index boolean with number");
    check_get(".[0]", "\"s\"", "Cannot index string with number");
    check_get(".\"\"", "5", "Cannot index number with string \"\"");
}
END_TEST

START_TEST(long_keys_are_not_named)
{
    check_get(".abcdefghijklmnopqrstuvwxyzABC", "5",
              "Cannot index number with string "
              "\"abcdefghijklmnopqrstuvwxyzABC\"");
    check_get(".abcdefghijklmnopqrstuvwxyzABCD", "5",
              "Cannot index number with string");
}
END_TEST

START_TEST(a_question_mark_swallows_its_own_step)
{
    check_get(".a?", "5", "");
    check_get(".a?", "{\"a\":1}", "1");
    check_get(".[0]?", "{}", "");
    check_get(".\"a\"?", "5", "");
    check_get(".[\"a\"]?", "5", "");
    check_get(".a?.b", "5", "");
    check_get(".a?.b", "{\"a\":1}", "Cannot index number with string \"b\"");
    check_get(".a.b?", "5", "Cannot index number with string \"a\"");
}
END_TEST

START_TEST(a_second_question_mark_swallows_all)
{
    check_get(".a.b??", "5", "");
    check_get(".a.b? ?", "{\"a\":1}", "");
    check_fault(".a??.b", 5, "expected the end of the filter, not '.'");
    check_fault(".?.a", 3, "expected the end of the filter, not '.'");
}
END_TEST

START_TEST(what_weir_does_not_know_is_named)
{
    check_fault(".a | .b", 4, "weir does not know '|' yet");
    check_fault(".a,.b", 3, "weir does not know ',' yet");
    check_fault(".a // 1", 4, "weir does not know '//' yet");
    check_fault(".a?//1", 3, "weir does not know '?//' yet");
    check_fault(".a == 1", 4, "weir does not know '==' yet");
    check_fault(".a and .b", 4, "weir does not know 'and' yet");
    check_fault(".a as $x", 4, "weir does not know 'as' yet");
    check_fault("select(.a)", 1, "weir does not know 'select' yet");
    check_fault("{a: 1}", 1, "weir does not know '{' yet");
    check_fault("[.a]", 1, "weir does not know '[' yet");
    check_fault("(.a)", 1, "weir does not know '(' yet");
    check_fault("$x", 1, "weir does not know '$x' yet");
    check_fault("@csv", 1, "weir does not know '@csv' yet");
    check_fault("\"x\"", 1, "weir does not know '\"' yet");
    check_fault("1.5e3", 1, "weir does not know '1.5e3' yet");
    check_fault(".5", 1, "weir does not know '.5' yet");
    check_fault("-.a", 1, "weir does not know '-' yet");
    check_fault("..", 1, "weir does not know '..' yet");
    check_fault(".[]", 3, "weir does not know '[]' yet");
    check_fault(".a[1:2]", 5, "weir does not know slices yet");
    check_fault(".[:2]", 3, "weir does not know slices yet");
    check_fault(".[.a]", 3, "weir does not know '.' yet");
    check_fault(".[$i]", 3, "weir does not know '$i' yet");
    check_fault(".[1,2]", 4, "weir does not know ',' yet");
    check_fault(".\"a\\(1)\"", 4, "weir does not know '\\(' yet");
    check_fault(".@base64", 2, "weir does not know '@base64' yet");
}
END_TEST

START_TEST(faults_say_what_was_expected)
{
    static const char *const a_name = "expected a name, a string or '[' "
                                      "after '.'";

    check_fault("", 1, "expected a path, such as '.' or '.a[0]'");
    check_fault("# only", 7, "expected a path, such as '.' or '.a[0]'");
    check_fault("é", 1, "expected a path, such as '.' or '.a[0]', not 'é'");
    check_fault(".a.", 4, a_name);
    check_fault(".a. b", 5,
                "expected a name, a string or '[' after '.', not 'b'");
    check_fault(".é", 2, "expected a name, a string or '[' after '.', not 'é'");
    check_fault(". a", 3, "expected the end of the filter, not 'a'");
    check_fault(".a)", 3, "expected the end of the filter, not ')'");
    check_fault(".\"a\"\"b\"", 5, "expected the end of the filter, not '\"'");
    check_fault(".[", 3, "expected a number or a string");
    check_fault(".[?]", 3, "expected a number or a string, not '?'");
    check_fault(".[-]", 4, "expected a number, not ']'");
    check_fault(".[0", 4, "expected ']'");
    check_fault(".[0x1]", 4, "expected ']', not 'x'");
    check_fault(".[1 2]", 5, "expected ']', not '2'");
    check_fault(".[\"a]", 6, "expected a closing '\"'");
    check_fault(".\"a\\", 5, "expected a closing '\"'");
    check_fault(".\"\\q\"", 4, "invalid escape");
    check_fault(".\"\\u12g4\"", 7, "expected four hex digits after '\\u'");
    check_fault(".\"\xFF\"", 3, "invalid UTF-8");
    check_fault(".a\x01", 3, "expected the end of the filter");
}
END_TEST

START_TEST(nothing_can_be_freed)
{
    path_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("path");
    TCase *tests = tcase_create("path");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, identity_gives_the_value_with_its_bytes);
    tcase_add_test(tests, names_and_numbers_lead_inwards);
    tcase_add_test(tests, keywords_are_names_behind_a_dot);
    tcase_add_test(tests, strings_may_be_keys);
    tcase_add_test(tests, keys_are_compared_by_meaning);
    tcase_add_test(tests, the_last_duplicate_is_taken);
    tcase_add_test(tests, missing_and_null_give_null);
    tcase_add_test(tests, indexes_may_be_any_number);
    tcase_add_test(tests, white_space_and_comments_are_skipped);
    tcase_add_test(tests, misfits_are_told_in_the_words_of_jq);
    tcase_add_test(tests, long_keys_are_not_named);
    tcase_add_test(tests, a_question_mark_swallows_its_own_step);
    tcase_add_test(tests, a_second_question_mark_swallows_all);
    tcase_add_test(tests, what_weir_does_not_know_is_named);
    tcase_add_test(tests, faults_say_what_was_expected);
    tcase_add_test(tests, nothing_can_be_freed);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
