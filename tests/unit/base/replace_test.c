/* SPDX-License-Identifier: MIT */
#include "base/replace.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "support/folder.h"

static void check_content(const char *path, const char *want)
{
    char text[200] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_ge(read(fd, text, sizeof text - 1), 0);
    ck_assert_str_eq(text, want);
    close(fd);
}

START_TEST(a_file_is_replaced_whole)
{
    struct err err;

    ck_assert_int_eq(replace_file(inside("a"), slice_text("old old"), &err), 0);
    check_content(inside("a"), "old old");
    ck_assert_int_eq(replace_file(inside("a"), slice_text("new"), &err), 0);
    check_content(inside("a"), "new");
    ck_assert_int_eq(replace_file(inside("a"), slice_of(NULL, 0), &err), 0);
    check_content(inside("a"), "");
    ck_assert_int_eq(count_files(), 1);
}
END_TEST

START_TEST(the_old_file_stays_when_the_new_fails)
{
    struct rlimit before, small;
    char much[1000];
    struct err err;
    int failed;

    memset(much, 'x', sizeof much);
    ck_assert_int_eq(replace_file(inside("a"), slice_text("old"), &err), 0);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 100;
    signal(SIGXFSZ, SIG_IGN);
    /* No assertion until the limit is off: it would write to a file. */
    setrlimit(RLIMIT_FSIZE, &small);
    failed = replace_file(inside("a"), slice_of(much, sizeof much), &err);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    ck_assert_int_eq(failed, -1);
    ck_assert_int_eq(err.kind, ERR_OUTPUT);
    ck_assert_int_eq(err.sys, EFBIG);
    check_content(inside("a"), "old");
    ck_assert_int_eq(count_files(), 1);
}
END_TEST

START_TEST(a_file_that_cannot_be_made_is_told)
{
    struct err err;
    char name[5000];

    ck_assert_int_eq(replace_file(inside("no/a"), slice_text("x"), &err), -1);
    ck_assert_int_eq(err.kind, ERR_CREATE);
    ck_assert_int_eq(err.sys, ENOENT);
    ck_assert_int_eq(replace_file(folder, slice_text("x"), &err), -1);
    ck_assert_int_eq(err.kind, ERR_CREATE);
    ck_assert_int_eq(err.sys, EISDIR);
    snprintf(name, sizeof name, "%s/%0*d", folder, NAME_MAX, 0);
    ck_assert_int_eq(replace_file(name, slice_text("x"), &err), -1);
    ck_assert_int_eq(err.kind, ERR_CREATE);
    ck_assert_int_eq(err.sys, ENAMETOOLONG);
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    ck_assert_int_eq(replace_file(name, slice_text("x"), &err), -1);
    ck_assert_int_eq(err.kind, ERR_CREATE);
    ck_assert_int_eq(count_files(), 0);
}
END_TEST

START_TEST(what_was_private_stays_private)
{
    struct stat st;
    struct err err;

    ck_assert_int_eq(replace_file(inside("a"), slice_text("old"), &err), 0);
    ck_assert_int_eq(chmod(inside("a"), 0640), 0);
    ck_assert_int_eq(replace_file(inside("a"), slice_text("new"), &err), 0);
    check_content(inside("a"), "new");
    ck_assert_int_eq(stat(inside("a"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0640);
}
END_TEST

START_TEST(a_device_is_written_to_not_replaced)
{
    struct stat st;
    struct err err;

    ck_assert_int_eq(replace_file("/dev/null", slice_text("x"), &err), 0);
    ck_assert_int_eq(stat("/dev/null", &st), 0);
    ck_assert(S_ISCHR(st.st_mode));
    ck_assert_int_eq(replace_file("/dev/full", slice_text("x"), &err), -1);
    ck_assert_int_eq(err.kind, ERR_OUTPUT);
    ck_assert_int_eq(err.sys, ENOSPC);
}
END_TEST

START_TEST(a_fifo_is_written_to_not_replaced)
{
    char text[10] = "";
    struct err err;
    int fd;

    ck_assert_int_eq(mkfifo(inside("fifo"), 0600), 0);
    fd = open(inside("fifo"), O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(replace_file(inside("fifo"), slice_text("abc"), &err), 0);
    ck_assert_int_eq(fd_read(fd, text, sizeof text), 3);
    ck_assert_str_eq(text, "abc");
    fd_close(fd);
}
END_TEST

START_TEST(the_file_behind_a_link_is_replaced)
{
    char target[PATH_MAX];
    struct stat st;
    struct err err;

    snprintf(target, sizeof target, "%s", inside("target"));
    ck_assert_int_eq(replace_file(target, slice_text("old"), &err), 0);
    ck_assert_int_eq(symlink("target", inside("link")), 0);
    ck_assert_int_eq(replace_file(inside("link"), slice_text("new"), &err), 0);
    ck_assert_int_eq(lstat(inside("link"), &st), 0);
    ck_assert(S_ISLNK(st.st_mode));
    check_content(target, "new");
    ck_assert_int_eq(count_files(), 2);
}
END_TEST

START_TEST(what_is_dropped_leaves_nothing)
{
    struct replace r = {0};
    struct err err;

    replace_drop(&r);
    ck_assert_int_eq(replace_file(inside("a"), slice_text("old"), &err), 0);
    ck_assert_int_eq(replace_open(&r, inside("a"), &err), 0);
    ck_assert_int_eq(fd_write(r.fd, "new", 3), 0);
    check_content(inside("a"), "old");
    replace_drop(&r);
    ck_assert_int_eq(count_files(), 1);
    check_content(inside("a"), "old");
    replace_drop(&r);
}
END_TEST

START_TEST(what_is_synced_has_a_name_that_another_can_change)
{
    struct replace r = {0};
    struct err err;

    ck_assert_int_eq(replace_open(&r, inside("a"), &err), 0);
    ck_assert_int_eq(fd_write(r.fd, "new", 3), 0);
    ck_assert_int_eq(count_files(), r.unnamed ? 0 : 1);
    ck_assert_int_eq(replace_sync(&r, &err), 0);
    ck_assert_int_eq(count_files(), 1);
    check_content(r.beside, "new");
    ck_assert_int_eq(replace_rename(r.beside, r.target), 0);
    check_content(inside("a"), "new");
    /* And what is synced can be dropped. */
    ck_assert_int_eq(replace_open(&r, inside("b"), &err), 0);
    ck_assert_int_eq(replace_sync(&r, &err), 0);
    replace_drop(&r);
    ck_assert_int_eq(count_files(), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("replace");
    TCase *tests = tcase_create("replace");
    SRunner *runner = srunner_create(suite);
    int failed;

    signal(SIGPIPE, SIG_IGN);
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, a_file_is_replaced_whole);
    tcase_add_test(tests, the_old_file_stays_when_the_new_fails);
    tcase_add_test(tests, a_file_that_cannot_be_made_is_told);
    tcase_add_test(tests, what_was_private_stays_private);
    tcase_add_test(tests, a_device_is_written_to_not_replaced);
    tcase_add_test(tests, a_fifo_is_written_to_not_replaced);
    tcase_add_test(tests, the_file_behind_a_link_is_replaced);
    tcase_add_test(tests, what_is_dropped_leaves_nothing);
    tcase_add_test(tests, what_is_synced_has_a_name_that_another_can_change);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
