/* SPDX-License-Identifier: MIT */
#include "work/verdict.h"

#include <check.h>
#include <stdlib.h>

#include "base/err.h"
#include "flow/item.h"
#include "io/http.h"
#include "work/ask.h"
#include "work/request.h"

static struct request *own, *all;
static struct item *item;
static struct ask ask;

static void set_up(void)
{
    const struct item_limits limits = {.in = 100, .result = 100, .out = 100};

    own = request_new();
    all = request_new();
    item = item_new(&limits);
    item->attempts = 1;
    ask = (struct ask){.own = own, .all = all};
}

static void tear_down(void)
{
    request_free(own);
    request_free(all);
    item_free(item);
}

static void use_method(const char *method)
{
    struct err err;

    ck_assert_int_eq(request_set_method(own, slice_text(method), &err), 0);
}

/* Whether an answer of this status may be tried again. */
static bool again_after(int status, int64_t retry_after_ms)
{
    const struct http_result result = {.http_code = status,
                                       .retry_after_ms = retry_after_ms};

    verdict_status(item, &ask, &result);
    ck_assert_int_eq(item->status, ITEM_FAILED);
    ck_assert_str_eq(item->fault, "http_status");
    ck_assert_int_eq(item->retry_floor_ms, retry_after_ms);
    return item->retryable;
}

START_TEST(statuses_that_pass_are_tried_again)
{
    static const int pass[] = {408, 429, 500, 502, 503, 504};
    size_t found = 0;

    for (int status = 100; status < 1000; status++) {
        bool expected = found < 6 && pass[found] == status;

        ck_assert_msg(again_after(status, 0) == expected, "%d", status);
        ck_assert(verdict_is_passing(status) == expected);
        found += expected;
    }
    ck_assert_uint_eq(found, 6);
}
END_TEST

/* RFC 9110 section 9.2.2; and what the server has not done may come again. */
START_TEST(what_may_not_be_sent_twice_is_not_unless_asked_for)
{
    use_method("POST");
    ck_assert(!again_after(500, 0));
    ck_assert(!again_after(503, 0));
    ck_assert(again_after(503, 1));
    ck_assert(again_after(429, 1000));
    ck_assert(!again_after(502, 1000));
    ck_assert(!again_after(404, 1000));
    use_method("PUT");
    ck_assert(again_after(500, 0));
}
END_TEST

START_TEST(the_message_tells_the_status)
{
    again_after(404, 0);
    ck_assert_str_eq(item->message, "HTTP status 404");
    again_after(204, 0);
    ck_assert_str_eq(item->message, "HTTP status 204 is not an expected one");
}
END_TEST

static bool again_after_fault(enum http_retry retry, bool sent)
{
    const struct http_result result = {
        .fault = "truncated", .message = "m%s", .retry = retry, .sent = sent};

    verdict_fault(item, &ask, &result);
    ck_assert_int_eq(item->status, ITEM_FAILED);
    ck_assert_str_eq(item->fault, "truncated");
    ck_assert_str_eq(item->message, "m%s");
    return item->retryable;
}

START_TEST(faults_are_tried_again_as_they_say)
{
    ck_assert(again_after_fault(HTTP_AGAIN, true));
    ck_assert(!again_after_fault(HTTP_NEVER, false));
    ck_assert(again_after_fault(HTTP_ONCE, true));
    item->attempts = 2;
    ck_assert(!again_after_fault(HTTP_ONCE, true));
    item->tried = 1; /* that was in an earlier run */
    ck_assert(again_after_fault(HTTP_ONCE, true));
    use_method("POST");
    ck_assert(!again_after_fault(HTTP_AGAIN, true));
    ck_assert(again_after_fault(HTTP_AGAIN, false));
}
END_TEST

START_TEST(what_was_cancelled_is_no_failure)
{
    const struct http_result result = {.fault = "cancelled",
                                       .message = "cancelled"};

    verdict_fault(item, &ask, &result);
    ck_assert_int_eq(item->status, ITEM_CANCELLED);
    ck_assert(!item->retryable);
}
END_TEST

START_TEST(hosts_fail_by_their_own_fault_alone)
{
    static const struct {
        struct http_result result;
        bool well;
        enum hosts_end end;
    } rows[] = {
        {{.http_code = 200}, true, HOSTS_WELL},
        {{.http_code = 404}, false, HOSTS_OTHERWISE},
        {{.http_code = 404}, true, HOSTS_WELL}, /* as it was expected */
        {{.http_code = 429}, false, HOSTS_TOO_MUCH},
        {{.http_code = 503}, true, HOSTS_TOO_MUCH},
        {{.http_code = 500}, false, HOSTS_FAILED},
        {{.http_code = 501}, false, HOSTS_OTHERWISE},
        {{.http_code = 502}, false, HOSTS_FAILED},
        {{.http_code = 504}, true, HOSTS_FAILED},
        {{.fault = "connect", .retry = HTTP_AGAIN}, false, HOSTS_FAILED},
        {{.fault = "dns", .retry = HTTP_AGAIN}, false, HOSTS_FAILED},
        {{.fault = "tls", .retry = HTTP_NEVER}, false, HOSTS_OTHERWISE},
        {{.fault = "connect", .retry = HTTP_AGAIN, .refused = true},
         false,
         HOSTS_OTHERWISE},
        {{.http_code = 200, .fault = "truncated", .retry = HTTP_AGAIN},
         false,
         HOSTS_OTHERWISE},
        {{.fault = "timeout", .retry = HTTP_AGAIN}, false, HOSTS_TOO_MUCH},
        {{.http_code = 200, .fault = "timeout"}, false, HOSTS_TOO_MUCH},
        {{.http_code = 200, .fault = "timeout", .size_download = 1},
         false,
         HOSTS_SLOW},
        {{.http_code = 200,
          .fault = "timeout",
          .size_download = 1,
          .silent = true},
         false,
         HOSTS_TOO_MUCH},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ck_assert_msg(verdict_host(rows[i].well, &rows[i].result) ==
                          rows[i].end,
                      "row %zu", i);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verdict");
    TCase *tests = tcase_create("verdict");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, statuses_that_pass_are_tried_again);
    tcase_add_test(tests, what_may_not_be_sent_twice_is_not_unless_asked_for);
    tcase_add_test(tests, the_message_tells_the_status);
    tcase_add_test(tests, faults_are_tried_again_as_they_say);
    tcase_add_test(tests, what_was_cancelled_is_no_failure);
    tcase_add_test(tests, hosts_fail_by_their_own_fault_alone);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
