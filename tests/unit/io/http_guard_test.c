/* SPDX-License-Identifier: MIT */
#include "io/http_guard.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

START_TEST(private_addresses_are_refused)
{
    static const char *const private[] = {
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.168.0.1",
        "192.168.255.255",
        "198.18.0.1",
        "198.19.255.255",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.1.2.3",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001::1",
        "2001:db8::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "100::1",
        "",
        "x",
        "127.1",
    };

    for (size_t i = 0; i < sizeof private / sizeof private[0]; i++)
        ck_assert_msg(http_guard_refuses_text(private[i]), "%s", private[i]);
}
END_TEST

START_TEST(public_addresses_are_not)
{
    static const char *const public[] = {
        "1.1.1.1",         "9.255.255.255",
        "11.0.0.1",        "100.63.255.255",
        "100.128.0.1",     "126.255.255.255",
        "128.0.0.1",       "169.253.255.255",
        "169.255.0.1",     "172.15.255.255",
        "172.32.0.1",      "192.167.255.255",
        "192.169.0.1",     "198.17.255.255",
        "198.20.0.1",      "223.255.255.255",
        "2606:4700::1111", "2a00::1",
        "::ffff:1.1.1.1",  "64:ff9b::101:101",
        "2002:101:101::1", "2001:4860:4860::8888",
    };

    for (size_t i = 0; i < sizeof public / sizeof public[0]; i++)
        ck_assert_msg(!http_guard_refuses_text(public[i]), "%s", public[i]);
}
END_TEST

START_TEST(sockets_addresses_are_compared)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    struct sockaddr other = {.sa_family = AF_UNIX};
    char name[INET6_ADDRSTRLEN];

    inet_pton(AF_INET, "10.1.2.3", &four.sin_addr);
    ck_assert(http_guard_refuses((struct sockaddr *)&four));
    http_guard_name((struct sockaddr *)&four, name, sizeof name);
    ck_assert_str_eq(name, "10.1.2.3");
    inet_pton(AF_INET, "8.8.8.8", &four.sin_addr);
    ck_assert(!http_guard_refuses((struct sockaddr *)&four));
    six.sin6_addr = in6addr_loopback;
    ck_assert(http_guard_refuses((struct sockaddr *)&six));
    http_guard_name((struct sockaddr *)&six, name, sizeof name);
    ck_assert_str_eq(name, "::1");
    ck_assert(http_guard_refuses(&other));
    http_guard_name(&other, name, sizeof name);
    ck_assert_str_eq(name, "?");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http_guard");
    TCase *tests = tcase_create("http_guard");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, private_addresses_are_refused);
    tcase_add_test(tests, public_addresses_are_not);
    tcase_add_test(tests, sockets_addresses_are_compared);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
