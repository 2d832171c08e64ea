/* SPDX-License-Identifier: MIT */
#include "work/feed.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "work/task.h"

enum { NULL_FD = 1000 };

static struct task task;
static struct err err;
static char path[64];

static void set_up(void)
{
    task_init(&task);
    snprintf(path, sizeof path, "/tmp/feed_test.XXXXXX");
}

static void tear_down(void)
{
    task_release(&task);
}

static void check_text(int fd, const char *want)
{
    char got[64];
    ssize_t n = fd_read(fd, got, sizeof got);

    ck_assert_int_ge(n, 0);
    ck_assert(slice_is(slice_of(got, (size_t)n), want));
    fd_close(fd);
}

START_TEST(nothing_asked_for_is_the_null_device)
{
    ck_assert_int_eq(feed_open(&task, NULL_FD, &err), NULL_FD);
}
END_TEST

START_TEST(a_text_is_read_from_its_start)
{
    task.stdin_text = slice_text("some text");
    check_text(feed_open(&task, NULL_FD, &err), "some text");
    task.stdin_text = slice_text("");
    check_text(feed_open(&task, NULL_FD, &err), "");
}
END_TEST

START_TEST(a_file_is_opened)
{
    int fd = mkstemp(path);

    ck_assert_int_eq(fd_write(fd, "of a file", 9), 0);
    fd_close(fd);
    task.stdin_file = path;
    fd = feed_open(&task, NULL_FD, &err);
    ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    check_text(fd, "of a file");
    unlink(path);
}
END_TEST

START_TEST(a_fifo_without_writer_is_empty)
{
    char fifo[128];

    ck_assert_ptr_nonnull(mkdtemp(path));
    snprintf(fifo, sizeof fifo, "%s/fifo", path);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    task.stdin_file = fifo;
    check_text(feed_open(&task, NULL_FD, &err), "");
    unlink(fifo);
    rmdir(path);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
    task.stdin_file = "/nonexistent/in";
    ck_assert_int_eq(feed_open(&task, NULL_FD, &err), -1);
    ck_assert_int_eq(err.kind, ERR_UNITS);
    ck_assert_str_eq(err.text,
                     "stdin /nonexistent/in: No such file or directory");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("feed");
    TCase *tests = tcase_create("feed");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, nothing_asked_for_is_the_null_device);
    tcase_add_test(tests, a_text_is_read_from_its_start);
    tcase_add_test(tests, a_file_is_opened);
    tcase_add_test(tests, a_fifo_without_writer_is_empty);
    tcase_add_test(tests, a_file_that_is_not_there_is_named);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
