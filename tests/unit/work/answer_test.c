/* SPDX-License-Identifier: MIT */
#include "work/answer.h"

#include <check.h>

#include "base/buf.h"
#include "io/http.h"

static const struct http_result figures = {
    .url_effective = "https://me:pw@h/end",
    .content_type = "text/html",
    .http_version = "2",
    .remote_ip = "::1",
    .http_code = 200,
    .length_known = true,
    .num_connects = 1,
    .num_redirects = 2,
    .remote_port = 443,
    .size_download = 5,
    .speed_download = 50,
    .time_namelookup_us = 1,
    .time_connect_us = 20,
    .time_appconnect_us = 300,
    .time_starttransfer_us = 4000,
    .time_total_us = 12345678,
};

static void check_written(const struct answer *answer, const char *want)
{
    struct buf scratch, out;

    buf_init(&scratch, 1024);
    buf_init(&out, 4096);
    ck_assert_int_eq(answer_write(answer, &scratch, &out), 0);
    ck_assert_msg(slice_is(buf_slice(&out), want), "%.*s", (int)out.len,
                  out.data);
    buf_release(&scratch);
    buf_release(&out);
}

/* How the record of a body ends. */
static void check_body(struct slice body, const char *want)
{
    const struct answer answer = {.url = slice_text("http://h"),
                                  .figures = &figures,
                                  .has_body = true,
                                  .body = body};
    struct buf scratch, out;

    buf_init(&scratch, 1024);
    buf_init(&out, 4096);
    ck_assert_int_eq(answer_write(&answer, &scratch, &out), 0);
    ck_assert_uint_gt(out.len, strlen(want));
    ck_assert_msg(
        slice_is(slice_of(out.data + out.len - strlen(want), strlen(want)),
                 want),
        "%.*s", (int)out.len, out.data);
    buf_release(&scratch);
    buf_release(&out);
}

START_TEST(names_are_curls_in_a_fixed_order)
{
    const struct answer answer = {.url = slice_text("http://me:pw@h/start"),
                                  .figures = &figures,
                                  .queue_us = 7,
                                  .path = "d/a",
                                  .sha256 = "abc"};

    check_written(
        &answer,
        "{\"url\":\"http://***@h/start\",\"url_effective\":\"https://***@h/"
        "end\",\"http_code\":200,\"http_version\":\"2\",\"content_type\":"
        "\"text/html\",\"size_download\":5,\"speed_download\":50,\"time_"
        "namelookup\":0.000001,\"time_connect\":0.000020,\"time_appconnect\":"
        "0.000300,\"time_starttransfer\":0.004000,\"time_total\":12.345678,"
        "\"time_queue\":0.000007,\"num_connects\":1,\"num_redirects\":2,"
        "\"remote_ip\":\"::1\",\"remote_port\":443,\"path\":\"d/a\",\"sha256\":"
        "\"abc\"}");
}
END_TEST

START_TEST(what_is_not_known_is_null_or_nothing)
{
    const struct http_result nothing = {0};
    const struct answer answer = {.url = slice_text("http://h"),
                                  .figures = &nothing};

    check_written(
        &answer,
        "{\"url\":\"http://h\",\"url_effective\":\"http://h\",\"http_code\":0,"
        "\"http_version\":null,\"content_type\":null,\"size_download\":0,"
        "\"speed_download\":0,\"time_namelookup\":0.000000,\"time_connect\":"
        "0.000000,\"time_appconnect\":0.000000,\"time_starttransfer\":0.000000,"
        "\"time_total\":0.000000,\"time_queue\":0.000000,\"num_connects\":0,"
        "\"num_redirects\":0,\"remote_ip\":null,\"remote_port\":0}");
}
END_TEST

START_TEST(a_length_that_is_not_known_is_told)
{
    struct http_result result = figures;
    const struct answer answer = {.url = slice_text("http://h"),
                                  .figures = &result};
    const char *end = ",\"remote_port\":443,\"length_known\":false}";
    struct buf scratch, out;

    buf_init(&scratch, 1024);
    buf_init(&out, 4096);
    result.length_known = false;
    ck_assert_int_eq(answer_write(&answer, &scratch, &out), 0);
    buf_add_char(&out, '\0');
    ck_assert_ptr_nonnull(strstr(out.data, end));
    buf_clear(&out);
    result.fault = "truncated"; /* that says it all */
    ck_assert_int_eq(answer_write(&answer, &scratch, &out), 0);
    buf_add_char(&out, '\0');
    ck_assert_ptr_null(strstr(out.data, "length_known"));
    buf_release(&scratch);
    buf_release(&out);
}
END_TEST

START_TEST(text_is_quoted_and_other_bytes_are_base64)
{
    check_body(slice_text(""), ",\"body\":\"\"}");
    check_body(slice_text("a\n\"\xc3\xa4"), ",\"body\":\"a\\n\\\"\xc3\xa4\"}");
    check_body(slice_text("\xef\xbf\xbd"), ",\"body\":\"\xef\xbf\xbd\"}");
    check_body(slice_text("\xff"), ",\"body_base64\":\"/w==\"}");
    check_body(slice_text("\xff\xfe"), ",\"body_base64\":\"//4=\"}");
    check_body(slice_text("\xff\xfe\xfd"), ",\"body_base64\":\"//79\"}");
    check_body(slice_text("ok\xc3"), ",\"body_base64\":\"b2vD\"}");
    check_body(slice_of("a\0b", 3), ",\"body\":\"a\\u0000b\"}");
}
END_TEST

START_TEST(a_few_words_tell_it_too)
{
    struct answer answer = {.url = slice_text("http://u:p@h/x"),
                            .figures = &figures};
    struct buf out;

    buf_init(&out, 256);
    answer_describe(&answer, &out);
    ck_assert(slice_is(buf_slice(&out), "200  5 B  http://***@h/x"));
    buf_clear(&out);
    answer.figures = NULL;
    answer_describe(&answer, &out);
    ck_assert(slice_is(buf_slice(&out), "http://***@h/x"));
    buf_release(&out);
}
END_TEST

START_TEST(what_does_not_fit_is_told)
{
    const struct answer answer = {.url = slice_text("http://h"),
                                  .figures = &figures,
                                  .has_body = true,
                                  .body = slice_text("0123456789")};
    struct buf scratch, out;
    size_t whole;

    buf_init(&scratch, 1024);
    buf_init(&out, 4096);
    ck_assert_int_eq(answer_write(&answer, &scratch, &out), 0);
    whole = out.len;
    buf_release(&out);
    for (size_t max = 0; max < whole; max++) {
        buf_init(&out, max);
        ck_assert_int_lt(answer_write(&answer, &scratch, &out), 0);
        buf_release(&out);
    }
    buf_release(&scratch);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("answer");
    TCase *tests = tcase_create("answer");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, names_are_curls_in_a_fixed_order);
    tcase_add_test(tests, what_is_not_known_is_null_or_nothing);
    tcase_add_test(tests, a_length_that_is_not_known_is_told);
    tcase_add_test(tests, text_is_quoted_and_other_bytes_are_base64);
    tcase_add_test(tests, a_few_words_tell_it_too);
    tcase_add_test(tests, what_does_not_fit_is_told);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
