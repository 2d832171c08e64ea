/* SPDX-License-Identifier: MIT */
#include "show/summary.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"

static char directory[] = "/tmp/summary_test.XXXXXX";
static char path[64];
static struct summary *summary;
static struct err err;

static void set_up(void)
{
    snprintf(directory, sizeof directory, "/tmp/summary_test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/s.json", directory);
    summary = summary_new("run-tasks", 1800000000123, 1500);
    summary_add(summary, "tasks", 3);
    summary_add(summary, "failed", 1);
}

static void tear_down(void)
{
    summary_free(summary);
    unlink(path);
    ck_assert_int_eq(rmdir(directory), 0); /* nothing was left beside */
}

static void check_file(const char *want)
{
    char text[1024];
    FILE *file = fopen(path, "re");
    size_t n;

    ck_assert_ptr_nonnull(file);
    n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    ck_assert_str_eq(text, want);
}

START_TEST(the_file_has_the_figures_in_order)
{
    ck_assert_int_eq(summary_write(summary, path, "", 0, &err), 0);
    check_file("{\"version\":\"" WEIR_VERSION
               "\",\"command\":\"run-tasks\",\"exit_status\":0,\"error\":null,"
               "\"started_at\":\"2027-01-15T08:00:00.123Z\",\"elapsed\":1.5,"
               "\"tasks\":3,\"failed\":1}\n");
}
END_TEST

START_TEST(the_file_has_the_error)
{
    ck_assert_int_eq(summary_write(summary, path, "stdout: \"x\"\n", 74, &err),
                     0);
    check_file("{\"version\":\"" WEIR_VERSION
               "\",\"command\":\"run-tasks\",\"exit_status\":74,\"error\":"
               "\"stdout: \\\"x\\\"\\n\",\"started_at\":"
               "\"2027-01-15T08:00:00.123Z\",\"elapsed\":1.5,\"tasks\":3,"
               "\"failed\":1}\n");
}
END_TEST

START_TEST(an_older_file_is_replaced)
{
    ck_assert_int_eq(summary_write(summary, path, "", 1, &err), 0);
    ck_assert_int_eq(summary_write(summary, path, "", 0, &err), 0);
    check_file("{\"version\":\"" WEIR_VERSION
               "\",\"command\":\"run-tasks\",\"exit_status\":0,\"error\":null,"
               "\"started_at\":\"2027-01-15T08:00:00.123Z\",\"elapsed\":1.5,"
               "\"tasks\":3,\"failed\":1}\n");
}
END_TEST

START_TEST(a_file_that_cannot_be_made_is_an_error)
{
    char missing[128];

    snprintf(missing, sizeof missing, "%s/none/s.json", directory);
    ck_assert_int_eq(summary_write(summary, missing, "", 0, &err), -1);
    ck_assert_int_eq(err.kind, ERR_CREATE);
    ck_assert_int_eq(err.sys, ENOENT);
}
END_TEST

START_TEST(a_line_says_the_same)
{
    struct log log;
    char text[256];
    ssize_t n;

    log_init(&log, fd_memory_file("said"), LOG_NORMAL);
    summary_say(summary, &log);
    n = pread(log.fd, text, sizeof text - 1, 0);
    ck_assert_int_gt(n, 0);
    text[n] = '\0';
    ck_assert_str_eq(text, "weir: run-tasks: tasks 3, failed 1 in 1.500 s\n");
    fd_close(log.fd);
    log_release(&log);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("summary");
    TCase *tests = tcase_create("summary");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_file_has_the_figures_in_order);
    tcase_add_test(tests, the_file_has_the_error);
    tcase_add_test(tests, an_older_file_is_replaced);
    tcase_add_test(tests, a_file_that_cannot_be_made_is_an_error);
    tcase_add_test(tests, a_line_says_the_same);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
