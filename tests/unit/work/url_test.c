/* SPDX-License-Identifier: MIT */
#include "work/url.h"

#include <check.h>

#include "base/buf.h"
#include "base/err.h"

static void check_fault(const char *text, size_t column, const char *why)
{
    struct err err = {.kind = ERR_NONE};
    struct url url;
    size_t at = 0;

    ck_assert_msg(url_parse(slice_text(text), &url, &at, &err) < 0, "%s", text);
    ck_assert_int_eq(err.kind, ERR_LIST);
    ck_assert_str_eq(err.text, why);
    ck_assert_msg(at == column, "%s: column %zu", text, at);
}

static struct url parse(const char *text)
{
    struct err err;
    struct url url;
    size_t column;

    ck_assert_msg(url_parse(slice_text(text), &url, &column, &err) == 0,
                  "%s: %s", text, err.text);
    return url;
}

static void check_origin(const char *text, const char *want)
{
    struct url url = parse(text);
    struct buf out;

    buf_init(&out, 256);
    ck_assert_int_eq(url_add_origin(&out, &url), 0);
    ck_assert_msg(slice_is(buf_slice(&out), want), "%s: %.*s", text,
                  (int)out.len, out.data);
    buf_release(&out);
}

static void check_redacted(const char *text, const char *want)
{
    struct buf out;

    buf_init(&out, 256);
    ck_assert_int_eq(url_add_redacted(&out, slice_text(text)), 0);
    ck_assert_msg(slice_is(buf_slice(&out), want), "%s: %.*s", text,
                  (int)out.len, out.data);
    buf_release(&out);
}

START_TEST(parts_are_found)
{
    struct url url = parse("https://me:pw@Example.org:8443/a/b?c=/d#e");

    ck_assert(url.secure);
    ck_assert(slice_is(url.userinfo, "me:pw"));
    ck_assert(slice_is(url.host, "Example.org"));
    ck_assert_uint_eq(url.port, 8443);
    ck_assert(slice_is(url.path, "/a/b"));
}
END_TEST

START_TEST(what_is_left_out_has_its_default)
{
    struct url url = parse("HTTP://h");

    ck_assert(!url.secure);
    ck_assert_ptr_null(url.userinfo.ptr);
    ck_assert_uint_eq(url.port, 80);
    ck_assert_uint_eq(url.path.len, 0);
    ck_assert_uint_eq(parse("https://h?q").port, 443);
    ck_assert_uint_eq(parse("https://h:?q").port, 443);
    ck_assert(slice_is(parse("http://h#/x").path, ""));
}
END_TEST

START_TEST(ipv6_addresses_keep_their_brackets)
{
    struct url url = parse("http://[::1]:81/x");

    ck_assert(slice_is(url.host, "[::1]"));
    ck_assert_uint_eq(url.port, 81);
    ck_assert(slice_is(parse("http://[fe80::1]").host, "[fe80::1]"));
}
END_TEST

START_TEST(faults_say_what_and_where)
{
    check_fault("", 0, "the URL is empty");
    check_fault("example.org/x", 1,
                "no scheme in the URL; did you mean https://example.org/x?");
    check_fault("//example.org", 1,
                "no scheme in the URL; did you mean https:////example.org?");
    check_fault("localhost:80/://", 1,
                "no scheme in the URL; did you mean https://localhost:80/://?");
    check_fault("ftp://h/", 1, "scheme 'ftp' is neither http nor https");
    check_fault("file:///etc/passwd", 1,
                "scheme 'file' is neither http nor https");
    check_fault("http://h/a b", 11, "space in the URL");
    check_fault("http://h/\r\nX: y", 10, "control character in the URL");
    check_fault("http://h/\x7f", 10, "control character in the URL");
    check_fault("http:///x", 8, "no host in the URL");
    check_fault("http://u@:80/", 10, "no host in the URL");
    check_fault("http://h:0/", 9, "the URL's port is not 1 to 65535");
    check_fault("http://h:65536/", 9, "the URL's port is not 1 to 65535");
    check_fault("http://h:8o/", 9, "the URL's port is not 1 to 65535");
    check_fault("http://[::1/", 8, "the URL's IPv6 address is not closed");
    check_fault("http://[]/", 8, "the URL's IPv6 address is not closed");
}
END_TEST

START_TEST(there_is_a_longest_url)
{
    static char text[URL_MAX + 2] = "http://h/";
    struct err err;
    struct url url;
    size_t column;

    memset(text + 9, 'x', URL_MAX - 9);
    ck_assert_int_eq(url_parse(slice_text(text), &url, &column, &err), 0);
    text[URL_MAX] = 'x';
    ck_assert_int_lt(url_parse(slice_text(text), &url, &column, &err), 0);
    ck_assert_str_eq(err.text, "the URL has more than 65536 bytes");
}
END_TEST

/* What one program takes for the host another takes for userinfo. */
START_TEST(hosts_that_programs_disagree_on_are_refused)
{
    check_fault("http://a@b@c/", 11, "a second '@' before the URL's path");
    check_fault("http://good\\@evil/", 12,
                "character '\\' before the URL's path");
}
END_TEST

START_TEST(all_spellings_share_one_origin)
{
    check_origin("http://h/x", "http://h:80");
    check_origin("HTTP://H:80", "http://h:80");
    check_origin("http://u:p@h?q", "http://h:80");
    check_origin("https://h", "https://h:443");
    check_origin("https://[::1]:8443/", "https://[::1]:8443");
}
END_TEST

START_TEST(userinfo_is_not_shown)
{
    check_redacted("http://u:p@h/x@y", "http://***@h/x@y");
    check_redacted("http://u@h", "http://***@h");
    check_redacted("http://h/x@y?a@b", "http://h/x@y?a@b");
    check_redacted("http://a@b@c", "http://***@c");
    check_redacted("u:p@h", "***@h");
    check_redacted("", "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("url");
    TCase *tests = tcase_create("url");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, parts_are_found);
    tcase_add_test(tests, what_is_left_out_has_its_default);
    tcase_add_test(tests, ipv6_addresses_keep_their_brackets);
    tcase_add_test(tests, faults_say_what_and_where);
    tcase_add_test(tests, there_is_a_longest_url);
    tcase_add_test(tests, hosts_that_programs_disagree_on_are_refused);
    tcase_add_test(tests, all_spellings_share_one_origin);
    tcase_add_test(tests, userinfo_is_not_shown);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
