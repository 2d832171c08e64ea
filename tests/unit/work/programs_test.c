/* SPDX-License-Identifier: MIT */
#include "work/programs.h"

#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64];
static char path_list[160]; /* its a and b */
static char text[PATH_MAX];

static void make_program(const char *name)
{
    FILE *file = fopen(name, "w");

    ck_assert_ptr_nonnull(file);
    fclose(file);
    ck_assert_int_eq(chmod(name, 0755), 0);
}

static void set_up(void)
{
    snprintf(directory, sizeof directory, "/tmp/weir-programs.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    ck_assert_int_eq(chdir(directory), 0);
    ck_assert_int_eq(mkdir("a", 0755), 0);
    ck_assert_int_eq(mkdir("b", 0755), 0);
    snprintf(path_list, sizeof path_list, "%s/a:%s/b", directory, directory);
}

static void tear_down(void)
{
    unlink("a/prog");
    unlink("b/prog");
    rmdir("a");
    rmdir("b");
    rmdir(directory);
}

static const char *find(struct programs *p, const char *list, const char *cwd,
                        bool is_common)
{
    const struct programs_query query = {
        .name = "prog", .path_list = list, .cwd = cwd, .is_common = is_common};

    return programs_find(p, &query, text, sizeof text);
}

START_TEST(what_was_found_is_remembered_until_forgotten)
{
    struct programs *p = programs_new();
    char want[128];

    snprintf(want, sizeof want, "%s/a/prog", directory);
    make_program("a/prog");
    make_program("b/prog");
    ck_assert_str_eq(find(p, path_list, NULL, true), want);
    unlink("a/prog");
    ck_assert_str_eq(find(p, path_list, NULL, true), want);
    ck_assert(programs_forget(p, "prog"));
    ck_assert(!programs_forget(p, "prog"));
    snprintf(want, sizeof want, "%s/b/prog", directory);
    ck_assert_str_eq(find(p, path_list, NULL, true), want);
    programs_free(p);
    programs_free(NULL);
}
END_TEST

START_TEST(what_a_task_finds_by_its_own_path_is_not)
{
    struct programs *p = programs_new();

    make_program("b/prog");
    ck_assert_ptr_nonnull(find(p, path_list, NULL, false));
    ck_assert(!programs_forget(p, "prog"));
    unlink("b/prog");
    ck_assert_ptr_null(find(p, path_list, NULL, false));
    ck_assert_int_eq(errno, ENOENT);
    programs_free(p);
}
END_TEST

START_TEST(relative_entries_begin_where_the_task_does)
{
    struct programs *p = programs_new();
    char absolute[80];

    make_program("b/prog");
    snprintf(absolute, sizeof absolute, "%s/b", directory);
    ck_assert_str_eq(find(p, "b", NULL, false), "b/prog");
    ck_assert_str_eq(find(p, ".", "b", true), "./prog");
    ck_assert_str_eq(find(p, "/none:", "b", true), "prog");
    ck_assert_str_eq(find(p, "../a:../b", "a", true), "../b/prog");
    ck_assert_ptr_null(find(p, "b", "a", true));
    ck_assert_ptr_nonnull(find(p, ".", absolute, true));
    ck_assert(!programs_forget(p, "prog"));
    programs_free(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("programs");
    TCase *tests = tcase_create("programs");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_was_found_is_remembered_until_forgotten);
    tcase_add_test(tests, what_a_task_finds_by_its_own_path_is_not);
    tcase_add_test(tests, relative_entries_begin_where_the_task_does);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
