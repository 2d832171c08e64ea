/* SPDX-License-Identifier: MIT */
#include "store/lock.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "support/folder.h"

static char path[PATH_MAX];
static struct err err;

static void begin(void)
{
    make_folder();
    snprintf(path, sizeof path, "%s", inside("s"));
}

START_TEST(one_at_a_time_has_it)
{
    int first = lock_take(path, false, &err);

    ck_assert_int_ge(first, 0);
    ck_assert(lock_held(path));
    ck_assert_int_eq(lock_take(path, false, &err), -1);
    ck_assert_int_eq(err.kind, ERR_HELD);
    ck_assert_ptr_nonnull(strstr(err.text, "another run holds it: pid "));
    close(first);
    ck_assert(!lock_held(path));
    first = lock_take(path, false, &err);
    ck_assert_int_ge(first, 0);
    close(first);
}
END_TEST

START_TEST(nobody_else_may_read_it)
{
    const int fd = lock_take(path, false, &err);
    struct stat st;

    ck_assert_int_eq(fstat(fd, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
    close(fd);
}
END_TEST

START_TEST(without_a_file_nobody_has_it)
{
    ck_assert(!lock_held(path));
    ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(network_file_systems_are_refused)
{
    ck_assert_str_eq(lock_refused(0x6969), "NFS");
    ck_assert_str_eq(lock_refused((long)0xff534d42), "CIFS");
    ck_assert_str_eq(lock_refused((long)(int)0xff534d42), "CIFS");
    ck_assert_str_eq(lock_refused(0x01021997), "9P");
    ck_assert_ptr_null(lock_refused(0xef53));     /* ext4 */
    ck_assert_ptr_null(lock_refused(0x01021994)); /* tmpfs */
    ck_assert_ptr_null(lock_refused(0x58465342)); /* XFS */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lock");
    TCase *tcase = tcase_create("all");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, begin, remove_folder);
    tcase_add_test(tcase, one_at_a_time_has_it);
    tcase_add_test(tcase, nobody_else_may_read_it);
    tcase_add_test(tcase, without_a_file_nobody_has_it);
    tcase_add_test(tcase, network_file_systems_are_refused);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
