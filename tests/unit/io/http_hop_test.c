/* SPDX-License-Identifier: MIT */
#include "io/http_hop.h"

#include <check.h>
#include <stdlib.h>

#include "base/err.h"
#include "io/http.h"

static struct http_plan plan;
static struct http_hop hop;
static struct err err;

static void set_up(void)
{
    plan = (struct http_plan){.url = "http://me:word@a.test/dir/x?q#f",
                              .method = "GET"};
    http_hop_begin(&hop, &plan);
}

static void tear_down(void)
{
    http_hop_release(&hop);
}

static void leads(const char *location, const char *url)
{
    ck_assert_msg(http_hop_follow(&hop, 302, location, &err) == 0, "%s: %s",
                  location, err.text);
    ck_assert_str_eq(hop.url, url);
}

START_TEST(a_location_is_relative_to_the_url)
{
    leads("y", "http://me:word@a.test/dir/y");
    leads("../z?1", "http://me:word@a.test/z?1");
    leads("/a b", "http://me:word@a.test/a%20b");
    leads("//b.test/c", "http://b.test/c");
    leads("https://b.test", "https://b.test/");
    ck_assert(hop.secure);
}
END_TEST

START_TEST(user_and_password_stay_with_their_server)
{
    leads("http://A.test:80/y", "http://me:word@A.test:80/y");
    ck_assert(!hop.foreign);
    leads("http://you@a.test/y", "http://you@a.test/y");
}
END_TEST

/* Another scheme, host or port; and for good, even if it leads back. */
START_TEST(credentials_are_left_at_home)
{
    static const char *const away[] = {"https://a.test/", "http://b.test/",
                                       "http://a.test:81/",
                                       "http://a.test.b.test/"};

    for (size_t i = 0; i < sizeof away / sizeof away[0]; i++) {
        http_hop_release(&hop);
        http_hop_begin(&hop, &plan);
        ck_assert(http_hop_sends(&hop, "Authorization: x"));
        leads(away[i], away[i]);
        ck_assert(hop.foreign);
        ck_assert(!http_hop_sends(&hop, "authorization: x"));
        ck_assert(!http_hop_sends(&hop, "Cookie: x"));
        ck_assert(!http_hop_sends(&hop, "Proxy-Authorization;"));
        ck_assert(!http_hop_sends(&hop, "Host: a.test"));
        ck_assert(http_hop_sends(&hop, "Accept: x"));
        ck_assert(http_hop_sends(&hop, "Authorizations: x"));
        leads("http://a.test/", "http://a.test/");
        ck_assert(!http_hop_sends(&hop, "Authorization: x"));
    }
}
END_TEST

START_TEST(one_that_begins_abroad_has_none)
{
    http_hop_release(&hop);
    plan.foreign = true;
    http_hop_begin(&hop, &plan);
    ck_assert(!http_hop_sends(&hop, "Authorization: x"));
    ck_assert(!http_hop_sends(&hop, "Cookie: x"));
    ck_assert(http_hop_sends(&hop, "Range: bytes=0-1"));
}
END_TEST

START_TEST(only_http_and_https_are_followed)
{
    static const char *const elsewhere[] = {
        "file:///etc/passwd", "gopher://a.test/", "ftp://a.test/x",
        "javascript://x",     "dict://a.test/",   "FILE:///x"};

    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
        ck_assert_int_eq(http_hop_follow(&hop, 302, elsewhere[i], &err), -1);
        ck_assert_ptr_eq(hop.url, plan.url);
    }
    ck_assert_int_eq(http_hop_follow(&hop, 302, "http://", &err), -1);
    ck_assert_int_eq(http_hop_follow(&hop, 302, "http://a b/", &err), -1);
}
END_TEST

START_TEST(methods_become_get_as_rfc_9110_says)
{
    static const struct {
        int status;
        const char *method;
        const char *next;
    } rows[] = {{301, "POST", "GET"},     {301, "PUT", "PUT"},
                {302, "POST", "GET"},     {302, "PATCH", "PATCH"},
                {302, "HEAD", "HEAD"},    {303, "POST", "GET"},
                {303, "PUT", "GET"},      {303, "DELETE", "GET"},
                {303, "HEAD", "HEAD"},    {307, "POST", "POST"},
                {308, "DELETE", "DELETE"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool kept = strcmp(rows[i].method, rows[i].next) == 0;

        plan.method = rows[i].method;
        plan.has_body = true;
        plan.once = true;
        http_hop_begin(&hop, &plan);
        ck_assert_int_eq(http_hop_follow(&hop, rows[i].status, "/", &err), 0);
        ck_assert_str_eq(hop.method, rows[i].next);
        ck_assert_int_eq(hop.has_body, kept);
        ck_assert_int_eq(http_hop_once(&hop), kept);
        ck_assert_int_eq(http_hop_sends(&hop, "Content-Type: x"), kept);
        ck_assert(http_hop_sends(&hop, "Accept: x"));
        http_hop_release(&hop);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http_hop");
    TCase *tests = tcase_create("http_hop");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_location_is_relative_to_the_url);
    tcase_add_test(tests, user_and_password_stay_with_their_server);
    tcase_add_test(tests, credentials_are_left_at_home);
    tcase_add_test(tests, one_that_begins_abroad_has_none);
    tcase_add_test(tests, only_http_and_https_are_followed);
    tcase_add_test(tests, methods_become_get_as_rfc_9110_says);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
