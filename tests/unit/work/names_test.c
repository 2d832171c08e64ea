/* SPDX-License-Identifier: MIT */
#include "work/names.h"

#include <check.h>
#include <stdio.h>

static bool claim(struct names *names, const char *name, uint64_t unit,
                  uint64_t *other)
{
    return names_claim(names, slice_text(name), unit, other);
}

START_TEST(a_name_has_one_owner)
{
    struct names names;
    uint64_t other = 0;

    names_init(&names);
    ck_assert(claim(&names, "a", 1, &other));
    ck_assert(claim(&names, "b", 2, &other));
    ck_assert(!claim(&names, "a", 3, &other));
    ck_assert_uint_eq(other, 1);
    ck_assert(claim(&names, "a", 1, &other));
    names_release(&names);
}
END_TEST

START_TEST(all_is_forgotten_on_release)
{
    struct names names;
    uint64_t other = 0;

    names_init(&names);
    ck_assert(claim(&names, "a", 1, &other));
    names_release(&names);
    ck_assert(claim(&names, "a", 2, &other));
    names_release(&names);
}
END_TEST

START_TEST(many_names_are_told_apart)
{
    struct names names;
    uint64_t other = 0;
    char name[16];

    names_init(&names);
    for (int pass = 0; pass < 2; pass++) {
        for (uint64_t i = 1; i <= 100000; i++) {
            snprintf(name, sizeof name, "f%lu", (unsigned long)i);
            ck_assert(claim(&names, name, i + (pass == 1), &other) ==
                      (pass == 0));
            ck_assert(pass == 0 || other == i);
        }
    }
    names_release(&names);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("names");
    TCase *tests = tcase_create("names");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_name_has_one_owner);
    tcase_add_test(tests, all_is_forgotten_on_release);
    tcase_add_test(tests, many_names_are_told_apart);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
