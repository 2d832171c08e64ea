/* SPDX-License-Identifier: MIT */
#include "work/manifest.h"

#include <check.h>

#include "base/err.h"
#include "flow/item.h"
#include "work/request.h"

static const struct item_limits limits = {
    .in = 1 << 20, .result = 1 << 20, .out = 1 << 20};
static struct request *request;
static struct item *item;
static struct err err;
static size_t column;

static void set_up(void)
{
    request = request_new();
    item = item_new(&limits);
}

static void tear_down(void)
{
    item_free(item);
    request_free(request);
}

static int parse(const char *line)
{
    buf_clear(&item->in);
    buf_add_text(&item->in, line);
    column = 0;
    err.text[0] = '\0';
    return manifest_parse(request, item, &column, &err);
}

static void check_parsed(const char *line)
{
    ck_assert_msg(parse(line) == 0, "%s: %s", line, err.text);
    ck_assert_uint_eq(column, 0);
}

static void check_fault(const char *line, size_t at, const char *why)
{
    ck_assert_msg(parse(line) < 0, "%s", line);
    ck_assert_int_eq(err.kind, ERR_LIST);
    ck_assert_str_eq(err.text, why);
    ck_assert_msg(column == at, "%s: column %zu", line, column);
}

START_TEST(a_line_is_a_url)
{
    item->number = 6;
    check_parsed(" http://h/x ");
    ck_assert_str_eq(request->url.data, "http://h/x");
    ck_assert(slice_is(buf_slice(&item->id), "task_7"));
    ck_assert_uint_eq(item->meta.len, 0);
    ck_assert_int_eq(item->retries, -1);
    ck_assert_int_eq(request->timeout_ms, -1);
}
END_TEST

START_TEST(all_keys_are_read)
{
    check_parsed("{\"url\":\"http:\\/\\/h\\/\\u0061\",\"id\":\"n\\u00e4me\","
                 "\"method\":\"PUT\",\"headers\":{\"X-A\":\"b\",\"X-E\":\"\","
                 "\"Accept\":null},\"body\":\"a\\nb\",\"output\":\"d/e\","
                 "\"sha256\":\"ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEF"
                 "ABCDEFABCDEFABCD\",\"timeout\":1.5,\"retries\":4,"
                 "\"expect_status\":[404,\"2xx\"],\"meta\":{\"a\": 1.00}}");
    ck_assert_str_eq(request->url.data, "http://h/a");
    ck_assert(slice_is(request->parts.path, "/a"));
    ck_assert(slice_is(buf_slice(&item->id), "n\xc3\xa4me"));
    ck_assert_str_eq(request->method, "PUT");
    ck_assert_uint_eq(request->header_count, 3);
    ck_assert_mem_eq(request->headers.data, "X-A: b\0X-E;\0Accept:", 19);
    ck_assert_int_eq(request->body_kind, REQUEST_TEXT);
    ck_assert_str_eq(request->body.data, "a\nb");
    ck_assert_str_eq(request->output.data, "d/e");
    ck_assert_str_eq(request->sha256, "abcdefabcdefabcdefabcdefabcdefab"
                                      "cdefabcdefabcdefabcdefabcdefabcd");
    ck_assert_int_eq(request->timeout_ms, 1500);
    ck_assert_int_eq(item->retries, 4);
    ck_assert(request_expects(request, 404) && request_expects(request, 204));
    ck_assert(slice_is(buf_slice(&item->meta), "{\"a\": 1.00}"));
}
END_TEST

START_TEST(json_keeps_its_own_bytes)
{
    check_parsed("{\"url\":\"http://h\",\"json\":{\"n\": 1.0e2}}");
    ck_assert_int_eq(request->body_kind, REQUEST_JSON);
    ck_assert_str_eq(request->body.data, "{\"n\": 1.0e2}");
}
END_TEST

START_TEST(ids_may_be_numbers_and_times_texts)
{
    check_parsed("{\"url\":\"http://h\",\"id\":17,\"timeout\":\"250ms\"}");
    ck_assert(slice_is(buf_slice(&item->id), "17"));
    ck_assert_int_eq(request->timeout_ms, 250);
}
END_TEST

START_TEST(nothing_of_the_line_before_stays)
{
    check_parsed("{\"url\":\"http://h\",\"id\":\"a\",\"method\":\"PUT\","
                 "\"headers\":{\"a\":\"b\"},\"body\":\"c\",\"output\":\"d\","
                 "\"timeout\":1,\"retries\":1,\"expect_status\":404,"
                 "\"meta\":1}");
    check_parsed("http://h");
    ck_assert(slice_is(buf_slice(&item->id), "task_1"));
    ck_assert_str_eq(request->method, "");
    ck_assert_uint_eq(request->header_count, 0);
    ck_assert_int_eq(request->body_kind, REQUEST_NO_BODY);
    ck_assert_uint_eq(request->output.len, 0);
    ck_assert_int_eq(request->timeout_ms, -1);
    ck_assert_int_eq(item->retries, -1);
    ck_assert(request_expects(request, 200));
    ck_assert_uint_eq(item->meta.len, 0);
}
END_TEST

START_TEST(faults_of_a_url_have_their_column)
{
    check_fault(" example.org", 2,
                "no scheme in the URL; did you mean https://example.org?");
    check_fault(" http://h/a b", 12, "space in the URL");
    check_fault("{\"id\":\"a\",\"url\":\"ftp://h\"}", 17,
                "scheme 'ftp' is neither http nor https");
    check_fault("{\"url\":\"http://h/\\r\\n\"}", 8,
                "control character in the URL");
}
END_TEST

START_TEST(faults_of_an_object_have_their_column)
{
    check_fault("{}", 1, "no \"url\"");
    check_fault("{\"url\":\"http://h\",\"mehtod\":\"GET\"}", 19,
                "unknown key \"mehtod\"; did you mean \"method\"?");
    check_fault("{\"url\":\"http://h\",\"frobnicate\":1}", 19,
                "unknown key \"frobnicate\"");
    check_fault("{\"url\":1}", 2, "\"url\" must be a string, not number");
    check_fault("{\"url\":\"http://h\",\"url\":\"http://h\"}", 19,
                "\"url\" is there twice");
    check_fault("{\"url\":\"http://h\",\"headers\":{\"a\":1}}", 19,
                "a header's value must be a string");
    check_fault("{\"url\":\"http://h\",\"headers\":{\"a\":\"b\\r\\nc\"}}", 19,
                "control character in a header");
    check_fault("{\"url\":\"http://h\",\"headers\":{\"a:b\":\"c\"}}", 19,
                "a header's name is not a word");
    check_fault("{\"url\":\"http://h\",\"method\":\"G\\u0000\"}", 19,
                "the method is not a word");
    check_fault("{\"url\":\"http://h\",\"body\":\"a\",\"json\":1}", 30,
                "more than one of \"body\", \"body_file\", \"json\"");
    check_fault("{\"url\":\"http://h\",\"body_file\":\"\"}", 19,
                "\"body_file\" is not a file's name");
    check_fault("{\"url\":\"http://h\",\"sha256\":\"abc\"}", 19,
                "\"sha256\" is not 64 hexadecimal digits");
    check_fault("{\"url\":\"http://h\",\"retries\":-1}", 19,
                "\"retries\" is not 0 to 1000000");
    check_fault("{\"url\":\"http://h\",\"expect_status\":[]}", 19,
                "\"expect_status\" is an empty list");
    check_fault("{\"url\":\"http://h\",\"expect_status\":[200,20]}", 19,
                "'20' is not a status (404, 2xx, 200-299)");
    check_fault("{\"url\":\"http://h\",\"id\":\"\"}", 19,
                "\"id\" is empty or too long");
    check_fault("{\"url\":\"http://h\",\"output\":\"\"}", 19,
                "\"output\" is empty");
    check_fault("{\"url\":\"http://h\",\"timeout\":\"soon\"}", 19,
                "\"timeout\": 'soon' is not a duration (250ms, 10s, 5m, 2h, "
                "1d)");
}
END_TEST

START_TEST(what_is_no_json_says_why)
{
    ck_assert_int_lt(parse("{\"url\":\"http://h\",}"), 0);
    ck_assert_msg(strncmp(err.text, "invalid JSON: ", 14) == 0, "%s", err.text);
    ck_assert_uint_eq(column, 19);
    ck_assert_int_lt(parse("{\"url\":\"http://h\"} x"), 0);
    ck_assert_uint_eq(column, 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("manifest");
    TCase *tests = tcase_create("manifest");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_line_is_a_url);
    tcase_add_test(tests, all_keys_are_read);
    tcase_add_test(tests, json_keeps_its_own_bytes);
    tcase_add_test(tests, ids_may_be_numbers_and_times_texts);
    tcase_add_test(tests, nothing_of_the_line_before_stays);
    tcase_add_test(tests, faults_of_a_url_have_their_column);
    tcase_add_test(tests, faults_of_an_object_have_their_column);
    tcase_add_test(tests, what_is_no_json_says_why);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
