/* SPDX-License-Identifier: MIT */
#include "io/http_head.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/http.h"

static struct http_head head;

static void set_up(void)
{
    http_head_init(&head, false);
}

static void tear_down(void)
{
    http_head_release(&head);
}

/* Lines, each with its end, as libcurl gives them; the last fault. */
static enum http_head_fault add(const char *text)
{
    enum http_head_fault fault = HTTP_HEAD_FINE;

    while (*text != '\0' && fault == HTTP_HEAD_FINE) {
        size_t len = strcspn(text, "\n") + 1;

        fault = http_head_add(&head, slice_of(text, len));
        text += len;
    }
    return fault;
}

START_TEST(a_redirect_leads_somewhere)
{
    add("HTTP/1.1 302 Found\r\nlocation: \t/x y \r\n\r\n");
    ck_assert_int_eq(head.status, 302);
    ck_assert(http_head_redirects(&head));
    ck_assert_str_eq(head.location.data, "/x y");
    http_head_clear(&head);
    add("HTTP/1.1 302 Found\r\nLocation:\r\n\r\n");
    ck_assert(!http_head_redirects(&head));
    http_head_clear(&head);
    add("HTTP/1.1 304 Not Modified\r\nLocation: /x\r\n\r\n");
    ck_assert(!http_head_redirects(&head));
    ck_assert(http_head_is_bare(&head));
}
END_TEST

START_TEST(the_first_location_counts)
{
    add("HTTP/2 301\r\nLocation: /a\r\nLocation: /b\r\n\r\n");
    ck_assert_str_eq(head.location.data, "/a");
}
END_TEST

START_TEST(a_1xx_answer_is_forgotten)
{
    add("HTTP/1.1 103 Early Hints\r\nLocation: /a\r\nContent-Length: 1\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    ck_assert_int_eq(head.status, 200);
    ck_assert_uint_eq(head.location.len, 0);
    ck_assert(head.has_length);
}
END_TEST

START_TEST(trailers_are_no_headers)
{
    add("HTTP/1.1 302 Found\r\nTransfer-Encoding: Chunked\r\n\r\n");
    ck_assert(head.chunked);
    ck_assert_int_eq(add("HTTP/1.1 101 x\r\nLocation: /a\r\n\r\n"),
                     HTTP_HEAD_FINE);
    ck_assert_int_eq(head.status, 302);
    ck_assert(!http_head_redirects(&head));
}
END_TEST

START_TEST(lengths_that_differ_are_a_fault)
{
    ck_assert_int_eq(add("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                         "content-length:  5\r\n"),
                     HTTP_HEAD_FINE);
    ck_assert(head.has_length);
    ck_assert_int_eq(add("Content-Length: 7\r\n"), HTTP_HEAD_LENGTHS);
    http_head_clear(&head);
    ck_assert_int_eq(add("HTTP/1.1 200 OK\r\nContent-Length: 12, 13\r\n"),
                     HTTP_HEAD_LENGTHS);
}
END_TEST

START_TEST(one_length_may_be_there_again)
{
    ck_assert_int_eq(add("HTTP/1.1 200 OK\r\nContent-Length: 5 , 05\r\n"),
                     HTTP_HEAD_FINE);
    ck_assert_int_eq(add("Content-Length: 0000000000000000000000005\r\n"),
                     HTTP_HEAD_FINE);
    ck_assert(http_head_is_framed(&head));
    ck_assert(slice_is(buf_slice(&head.length), "5"));
    http_head_clear(&head);
    ck_assert_int_eq(add("HTTP/1.1 200 OK\r\nContent-Length: 00\r\n"),
                     HTTP_HEAD_FINE);
    ck_assert(slice_is(buf_slice(&head.length), "0"));
    http_head_clear(&head);
    ck_assert(!http_head_is_framed(&head));
}
END_TEST

START_TEST(what_is_no_length_is_a_fault)
{
    static const char *const none[] = {
        "",    "5x",  "0x5",   "5.0", "+5",
        "-5",  "5 6", "5;6",   ",5",  "5,,5",
        "5e1", "٥",   "5, 5x", "x",   "9999999999999999999",
    };

    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        char text[100];

        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %s\r\n",
                 none[i]);
        http_head_clear(&head);
        ck_assert_msg(add(text) == HTTP_HEAD_LENGTH, "'%s' passes", none[i]);
    }
}
END_TEST

START_TEST(transfer_codings_are_chunked_or_a_fault)
{
    ck_assert_int_eq(add("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                         "Transfer-Encoding: identity\r\n"),
                     HTTP_HEAD_FINE);
    ck_assert(!http_head_is_framed(&head));
    ck_assert_int_eq(add("transfer-encoding: ,CHUNKED \r\n"), HTTP_HEAD_FINE);
    ck_assert(http_head_is_framed(&head));
    ck_assert_int_eq(add("Transfer-Encoding: gzip, chunked\r\n"),
                     HTTP_HEAD_TRANSFER);
    ck_assert_int_eq(add("Transfer-Encoding: xchunked\r\n"),
                     HTTP_HEAD_TRANSFER);
}
END_TEST

START_TEST(a_switch_is_a_fault_unless_asked_for)
{
    ck_assert_int_eq(add("HTTP/1.1 101 Switching\r\n"), HTTP_HEAD_SWITCHED);
    head.may_switch = true;
    ck_assert_int_eq(add("HTTP/1.1 101 Switching\r\n"), HTTP_HEAD_FINE);
}
END_TEST

START_TEST(bytes_are_bounded_over_all_of_an_answer)
{
    static const char line[] = "X: y\r\n";
    const struct slice s = slice_text(line);
    size_t fits = HTTP_HEADERS_MAX / s.len;

    for (size_t i = 0; i < fits; i++)
        ck_assert_int_eq(http_head_add(&head, s), HTTP_HEAD_FINE);
    ck_assert_int_eq(http_head_add(&head, s), HTTP_HEAD_TOO_LARGE);
    http_head_clear(&head);
    for (size_t i = 0; i < HTTP_HEADERS_MAX / 18; i++)
        ck_assert_int_eq(add("HTTP/1.1 100 x\r\n\r\n"), HTTP_HEAD_FINE);
    ck_assert_int_eq(add("HTTP/1.1 200 OK\r\n\r\n"), HTTP_HEAD_TOO_LARGE);
}
END_TEST

static int64_t retry_after(const char *value)
{
    char text[100];

    snprintf(text, sizeof text, "HTTP/1.1 503 x\r\nRetry-After: %s\r\n\r\n",
             value);
    http_head_clear(&head);
    add(text);
    return head.retry_after_s;
}

START_TEST(retry_after_is_a_number_or_not)
{
    ck_assert_int_eq(retry_after("0"), 0);
    ck_assert_int_eq(retry_after("7"), 7);
    ck_assert_int_eq(retry_after("99999999999999999999999999"),
                     HTTP_RETRY_AFTER_MAX_S);
    ck_assert_int_eq(retry_after(""), -1);
    ck_assert_int_eq(retry_after("-5"), -1);
    ck_assert_int_eq(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), -1);
}
END_TEST

START_TEST(codings_are_told_apart)
{
    add("HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\n");
    ck_assert_int_eq(head.coding, HTTP_HEAD_AS_IT_IS);
    add("content-encoding: GZIP\r\n");
    ck_assert_int_eq(head.coding, HTTP_HEAD_GZIP);
    add("Content-Encoding: gzip\r\n");
    ck_assert_int_eq(head.coding, HTTP_HEAD_OTHER);
    http_head_clear(&head);
    add("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n");
    ck_assert_int_eq(head.coding, HTTP_HEAD_OTHER);
}
END_TEST

/* libcurl refuses most of these itself; here they must do no harm. */
START_TEST(what_is_no_header_is_only_counted)
{
    static const char *const odd[] = {
        "",     "\n",       "\r\n",       ":\r\n", "HTTP/", "HTTP/1.1",
        "HTTP", "Location", "Location\n", "L",     " \t\n", "HTTP/1.1 x 200\n",
    };

    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        http_head_clear(&head);
        ck_assert_int_eq(http_head_add(&head, slice_text(odd[i])),
                         HTTP_HEAD_FINE);
        ck_assert_uint_eq(head.bytes, strlen(odd[i]));
        ck_assert(!http_head_redirects(&head));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http_head");
    TCase *tests = tcase_create("http_head");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_redirect_leads_somewhere);
    tcase_add_test(tests, the_first_location_counts);
    tcase_add_test(tests, a_1xx_answer_is_forgotten);
    tcase_add_test(tests, trailers_are_no_headers);
    tcase_add_test(tests, lengths_that_differ_are_a_fault);
    tcase_add_test(tests, one_length_may_be_there_again);
    tcase_add_test(tests, what_is_no_length_is_a_fault);
    tcase_add_test(tests, transfer_codings_are_chunked_or_a_fault);
    tcase_add_test(tests, a_switch_is_a_fault_unless_asked_for);
    tcase_add_test(tests, bytes_are_bounded_over_all_of_an_answer);
    tcase_add_test(tests, retry_after_is_a_number_or_not);
    tcase_add_test(tests, codings_are_told_apart);
    tcase_add_test(tests, what_is_no_header_is_only_counted);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
