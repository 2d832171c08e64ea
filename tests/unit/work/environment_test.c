/* SPDX-License-Identifier: MIT */
#include "work/environment.h"

#include <check.h>
#include <string.h>

#include "base/mem.h"

static struct environment environment;

static void set_up(void)
{
    environment_init(&environment);
}

static void tear_down(void)
{
    environment_release(&environment);
}

static char *text(const char *s)
{
    return slice_unconst(s);
}

static char **compose(char **ours, char **added)
{
    char **base = environment_base(ours, NULL);
    char **composed = environment_compose(
        &environment, base, added,
        &(struct environment_facts){
            .id = slice_text("some id"), .attempt = 2, .slot = 7});

    mem_free(base);
    return composed;
}

static size_t count(char **entries, const char *start)
{
    size_t n = 0;

    for (; *entries != NULL; entries++)
        n += strncmp(*entries, start, strlen(start)) == 0;
    return n;
}

START_TEST(ours_is_passed_on)
{
    char *ours[] = {text("A=1"), text("B="), NULL};
    char **got = compose(ours, NULL);

    ck_assert_uint_eq(count(got, ""), 5);
    ck_assert_uint_eq(count(got, "A=1"), 1);
    ck_assert_uint_eq(count(got, "B="), 1);
}
END_TEST

START_TEST(pwd_can_be_set_for_all)
{
    char *ours[] = {text("PWD=/a"), text("PWDS=/b"), NULL};
    char **base = environment_base(ours, "PWD=/c");

    ck_assert_uint_eq(count(base, "PWD=/c"), 1);
    ck_assert_uint_eq(count(base, "PWDS=/b"), 1);
    ck_assert_uint_eq(count(base, ""), 2);
    mem_free(base);
}
END_TEST

START_TEST(a_task_knows_its_id_attempt_and_slot)
{
    char **got = compose(NULL, NULL);

    ck_assert_str_eq(got[0], "WEIR_TASK_ID=some id");
    ck_assert_str_eq(got[1], "WEIR_ATTEMPT=2");
    ck_assert_str_eq(got[2], "WEIR_SLOT=7");
    ck_assert_ptr_null(got[3]);
    ck_assert_str_eq(environment_marker(&environment), "WEIR_TASK_ID=some id");
}
END_TEST

START_TEST(additions_take_the_place_of_equal_names)
{
    char *ours[] = {text("AB=0"), text("A=1"), text("C=3"), NULL};
    char *added[] = {text("A=2"), text("D=4"), NULL};
    char **got = compose(ours, added);

    ck_assert_uint_eq(count(got, "AB=0"), 1);
    ck_assert_uint_eq(count(got, "A="), 1);
    ck_assert_uint_eq(count(got, "A=2"), 1);
    ck_assert_uint_eq(count(got, "C=3"), 1);
    ck_assert_uint_eq(count(got, "D=4"), 1);
}
END_TEST

START_TEST(nobody_forges_what_weir_says)
{
    char *ours[] = {text("WEIR_TASK_ID=x"), text("WEIR_SLOTS=1"), NULL};
    char *added[] = {text("WEIR_ATTEMPT=9"), text("WEIR_SLOT="), NULL};
    char **got = compose(ours, added);

    ck_assert_uint_eq(count(got, "WEIR_TASK_ID="), 1);
    ck_assert_uint_eq(count(got, "WEIR_ATTEMPT="), 1);
    ck_assert_uint_eq(count(got, "WEIR_ATTEMPT=2"), 1);
    ck_assert_uint_eq(count(got, "WEIR_SLOT="), 1);
    ck_assert_uint_eq(count(got, "WEIR_SLOTS="), 1);
}
END_TEST

START_TEST(it_is_used_again_and_again)
{
    static char id[4096];
    char *ours[] = {text("A=1"), NULL};
    char **base = environment_base(ours, NULL);

    memset(id, 'x', sizeof id);
    for (size_t len = 1; len <= sizeof id; len *= 2) {
        char **got = environment_compose(
            &environment, base, NULL,
            &(struct environment_facts){
                .id = slice_of(id, len), .attempt = 4000000000, .slot = 1});

        ck_assert_uint_eq(strlen(got[0]), strlen("WEIR_TASK_ID=") + len);
        ck_assert_str_eq(got[1], "WEIR_ATTEMPT=4000000000");
        ck_assert_str_eq(got[2], "WEIR_SLOT=1");
        ck_assert_str_eq(got[3], "A=1");
        ck_assert_ptr_null(got[4]);
    }
    mem_free(base);
}
END_TEST

START_TEST(a_tasks_own_path_decides)
{
    char *added[] = {text("PATHS=/x"), text("PATH=/a:/b"), NULL};
    char *other[] = {text("A=1"), NULL};

    ck_assert_str_eq(environment_path(added, "/bin"), "/a:/b");
    ck_assert_str_eq(environment_path(other, "/bin"), "/bin");
    ck_assert_str_eq(environment_path(NULL, "/bin"), "/bin");
    ck_assert_ptr_null(environment_path(NULL, NULL));
}
END_TEST

START_TEST(the_last_of_equal_names_stands_when_extended)
{
    char *ours[] = {text("A=1"), text("AB=2"), text("C=3"), NULL};
    const char *const added[] = {"A=4", "D=5", "A=6"};
    char **got = environment_extend(ours, added, 3);

    ck_assert_uint_eq(count(got, ""), 4);
    ck_assert_uint_eq(count(got, "A=6"), 1);
    ck_assert_uint_eq(count(got, "AB=2"), 1);
    ck_assert_uint_eq(count(got, "C=3"), 1);
    ck_assert_uint_eq(count(got, "D=5"), 1);
    mem_free(got);
    got = environment_extend(NULL, added, 1);
    ck_assert_uint_eq(count(got, ""), 1);
    mem_free(got);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("environment");
    TCase *tests = tcase_create("environment");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_last_of_equal_names_stands_when_extended);
    tcase_add_test(tests, ours_is_passed_on);
    tcase_add_test(tests, pwd_can_be_set_for_all);
    tcase_add_test(tests, a_task_knows_its_id_attempt_and_slot);
    tcase_add_test(tests, additions_take_the_place_of_equal_names);
    tcase_add_test(tests, nobody_forges_what_weir_says);
    tcase_add_test(tests, it_is_used_again_and_again);
    tcase_add_test(tests, a_tasks_own_path_decides);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
