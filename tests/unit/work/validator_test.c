/* SPDX-License-Identifier: MIT */
#include "work/validator.h"

#include <check.h>
#include <stddef.h>
#include <string.h>

static const char *set(const char *etag, const char *modified, const char *date)
{
    static struct validator v;

    validator_set(&v, etag, modified, date);
    return v.text;
}

START_TEST(a_strong_tag_is_a_validator)
{
    char longest[VALIDATOR_SIZE + 1];

    ck_assert_str_eq(set("\"a\"", NULL, NULL), "\"a\"");
    ck_assert_str_eq(set("\"\"", NULL, NULL), "\"\"");
    ck_assert_str_eq(set("\"\xff\"", NULL, NULL), "\"\xff\"");
    ck_assert_str_eq(set("W/\"a\"", NULL, NULL), "");
    ck_assert_str_eq(set("a", NULL, NULL), "");
    ck_assert_str_eq(set("\"", NULL, NULL), "");
    ck_assert_str_eq(set("\"a b\"", NULL, NULL), "");
    ck_assert_str_eq(set("\"a\"b\"", NULL, NULL), "");
    ck_assert_str_eq(set("", NULL, NULL), "");
    memset(longest, '"', sizeof longest);
    memset(longest + 1, 'x', sizeof longest - 3);
    longest[VALIDATOR_SIZE] = '\0';
    ck_assert_str_eq(set(longest, NULL, NULL), "");
    ck_assert_str_eq(set(NULL, NULL, NULL), "");
}
END_TEST

START_TEST(an_old_date_is_a_validator)
{
    const char *at = "Sun, 06 Nov 1994 08:49:37 GMT";
    const char *later = "Sun, 06 Nov 1994 08:50:37 GMT";
    const char *sooner = "Sun, 06 Nov 1994 08:50:36 GMT";

    ck_assert_str_eq(set(NULL, at, later), at);
    ck_assert_str_eq(set(NULL, at, sooner), "");
    ck_assert_str_eq(set(NULL, later, at), "");
    ck_assert_str_eq(set(NULL, at, NULL), "");
    ck_assert_str_eq(set(NULL, at, "soon"), "");
    /* RFC 9110 section 13.1.5: not where there is a tag, though a weak one */
    ck_assert_str_eq(set("W/\"a\"", at, later), "");
    ck_assert_str_eq(set("\"a\"", at, later), "\"a\"");
}
END_TEST

START_TEST(dates_are_read)
{
    ck_assert_int_eq(validator_date_s("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
    ck_assert_int_eq(validator_date_s("Sun, 06 Nov 1994 08:49:37 GMT"),
                     784111777);
    ck_assert_int_eq(validator_date_s("Thu, 29 Feb 2024 23:59:59 GMT"),
                     1709251199);
    ck_assert_int_eq(validator_date_s("Fri, 01 Mar 2024 00:00:00 GMT"),
                     1709251200);
    ck_assert_int_eq(validator_date_s("Fri, 31 Dec 9999 23:59:59 GMT"),
                     253402300799);
    ck_assert_int_eq(validator_date_s("Wed, 31 Dec 1969 23:59:59 GMT"), -1);
    ck_assert_int_eq(validator_date_s("Sun, 06 Nov 1994 08:49:37 CET"), -1);
    ck_assert_int_eq(validator_date_s("Sun, 06 Foo 1994 08:49:37 GMT"), -1);
    ck_assert_int_eq(validator_date_s("Sun, 6 Nov 1994 08:49:37 GMT"), -1);
    ck_assert_int_eq(validator_date_s("Sunday, 06-Nov-94 08:49:37 GMT"), -1);
    ck_assert_int_eq(validator_date_s(""), -1);
}
END_TEST

START_TEST(a_part_has_to_be_of_the_same)
{
    struct validator tag, date;
    const char *at = "Sun, 06 Nov 1994 08:49:37 GMT";

    validator_set(&tag, "\"a\"", NULL, NULL);
    ck_assert(validator_holds(&tag, "\"a\"", NULL));
    ck_assert(validator_holds(&tag, "\"a\"", at));
    ck_assert(!validator_holds(&tag, "\"b\"", NULL));
    ck_assert(!validator_holds(&tag, "W/\"a\"", NULL));
    ck_assert(!validator_holds(&tag, NULL, at));
    validator_set(&date, NULL, at, "Sun, 06 Nov 1995 08:49:37 GMT");
    ck_assert(date.is_date);
    ck_assert(validator_holds(&date, NULL, at));
    ck_assert(validator_holds(&date, NULL, NULL));
    ck_assert(!validator_holds(&date, NULL, "Sun, 06 Nov 1994 08:49:38 GMT"));
    ck_assert(!validator_holds(&date, "\"a\"", at));
    validator_set(&tag, NULL, NULL, NULL);
    ck_assert(!validator_holds(&tag, NULL, NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("validator");
    TCase *tests = tcase_create("validator");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_strong_tag_is_a_validator);
    tcase_add_test(tests, an_old_date_is_a_validator);
    tcase_add_test(tests, dates_are_read);
    tcase_add_test(tests, a_part_has_to_be_of_the_same);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
