/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* posix_openpt */

#include "base/log.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

/* A log that writes to a file in memory. */
static void open_log(struct log *log, int level)
{
    int fd = fd_memory_file("log");

    ck_assert_int_ge(fd, 0);
    log_init(log, fd, level);
}

static void check_written(const struct log *log, const char *want)
{
    char text[100000];
    ssize_t n = pread(log->fd, text, sizeof text, 0);

    ck_assert_int_ge(n, 0);
    ck_assert_msg(slice_is(slice_of(text, (size_t)n), want), "%.*s", (int)n,
                  text);
}

static void close_log(struct log *log)
{
    int fd = log->fd;

    log_release(log);
    fd_close(fd);
}

START_TEST(a_message_is_one_line)
{
    struct log log;

    open_log(&log, LOG_NORMAL);
    log_error(&log, "fetch: %s: %d", "x", 5);
    log_note(&log, "done");
    check_written(&log, "weir: fetch: x: 5\nweir: done\n");
    close_log(&log);
}
END_TEST

START_TEST(controls_cannot_forge_a_line)
{
    struct log log;

    open_log(&log, LOG_NORMAL);
    log_error(&log, "%s", "a\nweir: b\x1b[2J\x7f");
    check_written(&log, "weir: a\\x0aweir: b\\x1b[2J\\x7f\n");
    close_log(&log);
}
END_TEST

START_TEST(the_level_decides_what_is_said)
{
    static const char *const want[] = {"weir: e\n", "weir: e\nweir: n\n",
                                       "weir: e\nweir: n\nweir: d\n"};

    for (int level = LOG_QUIET; level <= LOG_VERBOSE; level++) {
        struct log log;

        open_log(&log, level);
        log_error(&log, "e");
        log_note(&log, "n");
        log_detail(&log, "d");
        check_written(&log, want[level - LOG_QUIET]);
        close_log(&log);
    }
}
END_TEST

START_TEST(a_line_of_ours_goes_as_it_is)
{
    struct log log;

    open_log(&log, LOG_QUIET);
    log_line(&log, slice_text("\033[1mtask\033[m"));
    check_written(&log, "\033[1mtask\033[m\n");
    close_log(&log);
}
END_TEST

START_TEST(a_very_long_message_is_cut)
{
    char text[10000], want[2100] = "weir: ";
    struct log log;

    memset(text, '\n', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    open_log(&log, LOG_NORMAL);
    log_error(&log, "%s", text);
    ck_assert_int_eq(lseek(log.fd, 0, SEEK_END), 6 + 2047 * 4 + 1);
    close_log(&log);
    memset(text, 'a', sizeof text - 1);
    open_log(&log, LOG_NORMAL);
    log_error(&log, "%s", text);
    memset(want + 6, 'a', 2047);
    want[6 + 2047] = '\n';
    check_written(&log, want);
    close_log(&log);
}
END_TEST

START_TEST(the_status_is_wiped_for_a_message_and_drawn_again)
{
    struct log log;

    open_log(&log, LOG_NORMAL);
    log_status(&log, slice_text("1/9"));
    log_error(&log, "x");
    log_status(&log, slice_text("2/9"));
    log_status(&log, slice_of(NULL, 0));
    log_error(&log, "y");
    check_written(&log, "1/9\r\033[Kweir: x\n1/9\r\033[K2/9\r\033[Kweir: y\n");
    close_log(&log);
}
END_TEST

START_TEST(release_wipes_the_status)
{
    struct log log;
    int fd;

    open_log(&log, LOG_NORMAL);
    fd = fcntl(log.fd, F_DUPFD_CLOEXEC, 3);
    log_status(&log, slice_text("1/9"));
    close_log(&log);
    log_init(&log, fd, LOG_NORMAL);
    check_written(&log, "1/9\r\033[K");
    close_log(&log);
}
END_TEST

START_TEST(with_colours_an_error_begins_in_red)
{
    struct log log;

    open_log(&log, LOG_NORMAL);
    log.colored = true;
    log_error(&log, "x\033[0m");
    log_note(&log, "y");
    check_written(&log, "\033[31mweir:\033[0m x\\x1b[0m\nweir: y\n");
    close_log(&log);
}
END_TEST

START_TEST(a_terminal_is_known)
{
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct log log;

    ck_assert_int_ge(terminal, 0);
    log_init(&log, terminal, LOG_NORMAL);
    ck_assert(log.terminal);
    close_log(&log);
    open_log(&log, LOG_NORMAL);
    ck_assert(!log.terminal);
    close_log(&log);
}
END_TEST

START_TEST(a_lost_message_is_no_failure)
{
    struct log log;

    log_init(&log, open("/dev/full", O_WRONLY | O_CLOEXEC), LOG_NORMAL);
    log_error(&log, "x");
    log_status(&log, slice_text("1/9"));
    log_error(&log, "y");
    close_log(&log);
    log_init(&log, -1, LOG_NORMAL);
    log_error(&log, "x");
    log_release(&log);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log");
    TCase *tests = tcase_create("log");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_message_is_one_line);
    tcase_add_test(tests, controls_cannot_forge_a_line);
    tcase_add_test(tests, the_level_decides_what_is_said);
    tcase_add_test(tests, a_line_of_ours_goes_as_it_is);
    tcase_add_test(tests, a_very_long_message_is_cut);
    tcase_add_test(tests, the_status_is_wiped_for_a_message_and_drawn_again);
    tcase_add_test(tests, release_wipes_the_status);
    tcase_add_test(tests, with_colours_an_error_begins_in_red);
    tcase_add_test(tests, a_terminal_is_known);
    tcase_add_test(tests, a_lost_message_is_no_failure);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
