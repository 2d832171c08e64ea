/* SPDX-License-Identifier: MIT */
#include "work/deposit.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/loop.h"
#include "io/pool.h"
#include "work/save.h"

enum { FILES = 300, LIMIT = 1 << 20 };

static char root[64];
static struct loop *loop;
static struct pool *pool;
static struct save *save;
static struct deposit *deposit;
static struct deposit_file files[FILES];
static char paths[FILES][16];
static int done, expected;

static void set_up(void)
{
    struct err err;

    snprintf(root, sizeof root, "/tmp/deposit_test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    ck_assert_int_eq(chdir(root), 0);
    loop = loop_open();
    pool = pool_open(loop, 2);
    save = save_open("out", true, &err);
    deposit = deposit_open(loop, pool, save);
    done = 0;
}

static void tear_down(void)
{
    char command[128];

    pool_close(pool);
    deposit_close(deposit);
    save_close(save);
    loop_close(loop);
    for (int i = 0; i < FILES; i++)
        digest_free(files[i].digest);
    memset(files, 0, sizeof files);
    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    ck_assert_int_eq(system(command), 0);
}

static void on_done(void *arg)
{
    struct deposit_file *file = arg;

    ck_assert_str_eq(file->sha256 + 64, "");
    if (++done == expected)
        loop_stop(loop);
}

static void put(int i, const char *path, const char *bytes, const char *wanted)
{
    struct deposit_file *file = &files[i];

    *file = (struct deposit_file){.path = slice_text(path),
                                  .bytes = slice_text(bytes),
                                  .digest = digest_new(),
                                  .wanted = wanted,
                                  .arg = file,
                                  .done = on_done};
    list_init(&file->link);
    deposit_put(deposit, file);
}

static void run(int count)
{
    expected = count;
    loop_run(loop);
    ck_assert_int_eq(done, count);
}

static int count_files(void)
{
    DIR *d = opendir("out");
    struct dirent *entry;
    int count = 0;

    ck_assert_ptr_nonnull(d);
    while ((entry = readdir(d)) != NULL)
        count +=
            strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(d);
    return count;
}

static void check_content(const char *path, const char *want)
{
    char text[64] = "";
    FILE *f = fopen(path, "r");

    ck_assert_msg(f != NULL, "%s is not there", path);
    ck_assert_uint_eq(fread(text, 1, sizeof text - 1, f), strlen(want));
    ck_assert_str_eq(text, want);
    fclose(f);
}

START_TEST(each_is_there_whole_when_it_is_done)
{
    char name[32];

    for (int i = 0; i < FILES; i++) {
        snprintf(paths[i], sizeof paths[i], "f%d", i);
        put(i, paths[i], paths[i], "");
    }
    run(FILES);
    ck_assert_int_eq(count_files(), FILES);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "out/f%d", i);
        check_content(name, paths[i]);
        ck_assert_int_eq(files[i].err.kind, ERR_NONE);
        ck_assert(!files[i].differs);
    }
}
END_TEST

static const char *const sum_of_abc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

START_TEST(the_hash_is_told_and_has_to_be_the_wanted)
{
    put(0, "a", "abc", sum_of_abc);
    put(1, "b", "abd", sum_of_abc);
    put(2, "empty", "", "");
    run(3);
    ck_assert_str_eq(files[0].sha256, sum_of_abc);
    ck_assert(!files[0].differs);
    ck_assert(files[1].differs);
    check_content("out/a", "abc");
    check_content("out/empty", "");
    ck_assert_int_eq(count_files(), 2);
}
END_TEST

START_TEST(what_a_killed_run_left_goes_with_a_wrong_one)
{
    FILE *f = fopen("out/.a.part", "w");

    ck_assert_ptr_nonnull(f);
    fclose(f);
    put(0, "a", "abd", sum_of_abc);
    run(1);
    ck_assert_int_eq(count_files(), 0);
}
END_TEST

START_TEST(what_is_in_the_way_is_told)
{
    ck_assert_int_eq(mkdir("out/a", 0777), 0);
    put(0, "a", "abc", "");
    put(1, "a/b", "abc", "");
    run(2);
    ck_assert_int_eq(files[0].err.kind, ERR_OUTPUT);
    ck_assert_int_eq(files[1].err.kind, ERR_NONE);
    check_content("out/a/b", "abc");
    ck_assert_int_eq(count_files(), 1);
}
END_TEST

START_TEST(what_is_withdrawn_is_not_written)
{
    put(0, "a", "abc", "");
    put(1, "b", "abc", "");
    ck_assert(deposit_withdraw(deposit, &files[0]));
    ck_assert(!deposit_withdraw(deposit, &files[0]));
    run(1);
    ck_assert(!deposit_withdraw(deposit, &files[1]));
    check_content("out/b", "abc");
    ck_assert_int_eq(count_files(), 1);
}
END_TEST

static void on_full(void *arg)
{
    ck_assert(deposit_withdraw(deposit, &files[2]));
    on_done(arg);
}

START_TEST(behind_a_full_disk_nothing_is_tried)
{
    /* Check writes files of its own, which have to have room. */
    static char large[LIMIT + 2];
    const struct rlimit limit = {LIMIT, LIMIT};

    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    memset(large, 'x', sizeof large - 1);
    put(0, "a", "abc", "");
    put(1, "b", large, "");
    put(2, "c", "abc", "");
    files[1].done = on_full;
    run(2);
    ck_assert_int_eq(files[1].err.sys, EFBIG);
    check_content("out/a", "abc");
    ck_assert_int_eq(count_files(), 1);
}
END_TEST

START_TEST(it_is_full_until_enough_is_written)
{
    int full = 0;

    for (int i = 0; i < FILES; i++) {
        full += deposit_full(deposit);
        snprintf(paths[i], sizeof paths[i], "f%d", i);
        put(i, paths[i], "", "");
    }
    ck_assert_int_gt(full, 0);
    run(FILES);
    ck_assert(!deposit_full(deposit));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("deposit");
    TCase *tests = tcase_create("deposit");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, each_is_there_whole_when_it_is_done);
    tcase_add_test(tests, the_hash_is_told_and_has_to_be_the_wanted);
    tcase_add_test(tests, what_a_killed_run_left_goes_with_a_wrong_one);
    tcase_add_test(tests, what_is_in_the_way_is_told);
    tcase_add_test(tests, what_is_withdrawn_is_not_written);
    tcase_add_test(tests, behind_a_full_disk_nothing_is_tried);
    tcase_add_test(tests, it_is_full_until_enough_is_written);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
