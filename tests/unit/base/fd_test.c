/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* F_GETPIPE_SZ */

#include "base/fd.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/replace.h"
#include "support/folder.h"
#include "support/thread.h"

static bool closes_on_exec(int fd)
{
    return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

/* Close those of 0, 1, 2 whose bits are set, and tell by the exit status
 * whether the guard found them and put something in their place. */
static _Noreturn void guard_without(unsigned closed)
{
    int fd;

    for (fd = 0; fd <= 2; fd++) {
        if (closed & 1u << fd)
            close(fd);
    }
    if (fd_guard_standard() != closed)
        _exit(1);
    for (fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) != 0)
            _exit(2);
    }
    fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    _exit(fd > 2 && fd_guard_standard() == 0 ? 0 : 3);
}

START_TEST(missing_standard_descriptors_are_filled)
{
    for (unsigned closed = 0; closed < 8; closed++) {
        pid_t pid = fork();
        int status = -1;

        if (pid == 0)
            guard_without(closed);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_msg(status == 0, "%u: %x", closed, (unsigned)status);
    }
}
END_TEST

START_TEST(a_file_is_opened_to_read)
{
    struct err err;
    char text[10] = "";
    int fd;

    ck_assert_int_eq(replace_file(inside("a"), slice_text("abc"), &err), 0);
    fd = fd_open_read(inside("a"), &err);
    ck_assert_int_gt(fd, 2);
    ck_assert(closes_on_exec(fd));
    ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    ck_assert_int_eq(fd_read(fd, text, sizeof text), 3);
    ck_assert_int_eq(fd_read(fd, text, sizeof text), 0);
    ck_assert_int_eq(fd_close(fd), 0);
}
END_TEST

START_TEST(a_missing_file_is_an_input_error)
{
    struct err err;

    ck_assert_int_eq(fd_open_read(inside("none"), &err), -1);
    ck_assert_int_eq(err.kind, ERR_INPUT);
    ck_assert_int_eq(err.sys, ENOENT);
    ck_assert_ptr_nonnull(strstr(err.text, "none: No such file"));
}
END_TEST

START_TEST(a_directory_is_no_input)
{
    struct err err;

    ck_assert_int_eq(fd_open_read(folder, &err), -1);
    ck_assert_int_eq(err.kind, ERR_INPUT);
    ck_assert_int_eq(err.sys, EISDIR);
}
END_TEST

START_TEST(a_fifo_without_a_writer_does_not_hold_us)
{
    struct err err;
    int fd;

    ck_assert_int_eq(mkfifo(inside("fifo"), 0600), 0);
    fd = fd_open_read(inside("fifo"), &err);
    ck_assert_int_ge(fd, 0);
    ck_assert(!fd_readable(fd));
    fd_close(fd);
}
END_TEST

START_TEST(a_pipe_closes_on_exec)
{
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    ck_assert(closes_on_exec(ends[0]));
    ck_assert(closes_on_exec(ends[1]));
    fd_close(ends[0]);
    fd_close(ends[1]);
}
END_TEST

START_TEST(readable_means_a_read_would_not_block)
{
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    ck_assert(!fd_readable(ends[0]));
    ck_assert_int_eq(fd_write(ends[1], "x", 1), 0);
    ck_assert(fd_readable(ends[0]));
    fd_close(ends[1]);
    ck_assert(fd_readable(ends[0]));
    fd_close(ends[0]);
}
END_TEST

START_TEST(closing_none_is_no_failure)
{
    ck_assert_int_eq(fd_close(-1), 0);
    errno = 0;
    ck_assert_int_eq(fd_close(9999), -1);
    ck_assert_int_eq(errno, EBADF);
}
END_TEST

enum { MUCH = 300000 };

struct reader {
    int fd;
    char *bytes;
    size_t len;
};

/* Reads slowly, in odd pieces, so that writes come out short. */
static void *read_all(void *arg)
{
    struct reader *r = arg;
    ssize_t n;

    while ((n = fd_read(r->fd, r->bytes + r->len, 777)) > 0)
        r->len += (size_t)n;
    return NULL;
}

static void on_alarm(int signo)
{
    (void)signo;
}

/* Interrupt whatever waits, each millisecond. */
static void start_alarms(void)
{
    const struct itimerval often = {{0, 1000}, {0, 1000}};
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_alarm; /* without SA_RESTART: EINTR */
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
}

static void stop_alarms(void)
{
    const struct itimerval never = {{0, 0}, {0, 0}};

    setitimer(ITIMER_REAL, &never, NULL);
    signal(SIGALRM, SIG_DFL);
}

/* Write MUCH bytes in five pieces, two of them empty, into a pipe. */
static void check_all_arrives(bool nonblocking)
{
    char *bytes = malloc(MUCH), *got = calloc(1, MUCH + 1000);
    struct iovec pieces[] = {{NULL, 0},
                             {bytes, 1},
                             {bytes + 1, 99999},
                             {bytes, 0},
                             {bytes + 100000, MUCH - 100000}};
    struct reader reader = {.bytes = got};
    pthread_t id;
    int ends[2];

    for (size_t i = 0; i < MUCH; i++)
        bytes[i] = (char)(i % 251);
    ck_assert_int_eq(fd_pipe(ends), 0);
    reader.fd = ends[0];
    if (nonblocking)
        fd_set_nonblocking(ends[1]);
    start_thread(&id, read_all, &reader);
    start_alarms();
    ck_assert_int_eq(fd_write_pieces(ends[1], pieces, 5), 0);
    stop_alarms();
    fd_close(ends[1]);
    pthread_join(id, NULL);
    ck_assert_uint_eq(reader.len, MUCH);
    ck_assert_int_eq(memcmp(bytes, got, MUCH), 0);
    fd_close(ends[0]);
    free(bytes);
    free(got);
}

START_TEST(all_is_written_in_spite_of_interrupts)
{
    check_all_arrives(false);
}
END_TEST

START_TEST(all_is_written_to_what_does_not_block)
{
    check_all_arrives(true);
}
END_TEST

START_TEST(writing_nothing_is_done)
{
    struct iovec pieces[] = {{NULL, 0}, {NULL, 0}};

    ck_assert_int_eq(fd_write(-1, NULL, 0), 0);
    ck_assert_int_eq(fd_write_pieces(-1, pieces, 2), 0);
    ck_assert_int_eq(fd_write_pieces(-1, NULL, 0), 0);
}
END_TEST

START_TEST(a_write_tells_why_it_failed)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC), ends[2];

    ck_assert_int_eq(fd_write(full, "x", 1), -1);
    ck_assert_int_eq(errno, ENOSPC);
    fd_close(full);
    ck_assert_int_eq(fd_pipe(ends), 0);
    fd_close(ends[0]);
    ck_assert_int_eq(fd_write(ends[1], "x", 1), -1);
    ck_assert_int_eq(errno, EPIPE);
    fd_close(ends[1]);
}
END_TEST

START_TEST(a_pipe_can_be_widened)
{
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    fd_widen_pipe(ends[0], 128 * 1024);
    ck_assert_int_ge(fcntl(ends[0], F_GETPIPE_SZ), 64 * 1024);
    fd_widen_pipe(-1, 1);
    fd_close(ends[0]);
    fd_close(ends[1]);
}
END_TEST

START_TEST(a_memory_file_is_a_file)
{
    char text[10] = "";
    int fd = fd_memory_file("weir");

    ck_assert_int_ge(fd, 0);
    ck_assert(closes_on_exec(fd));
    ck_assert_int_eq(fd_write(fd, "abc", 3), 0);
    ck_assert_int_eq(pread(fd, text, sizeof text, 0), 3);
    ck_assert_str_eq(text, "abc");
    fd_close(fd);
}
END_TEST

START_TEST(the_limit_is_raised_to_the_hard_one)
{
    struct rlimit before, low, after;

    getrlimit(RLIMIT_NOFILE, &before);
    low = before;
    low.rlim_cur = before.rlim_max < 64 ? before.rlim_max : 64;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
    ck_assert_uint_eq(fd_raise_limit(), before.rlim_max);
    getrlimit(RLIMIT_NOFILE, &after);
    ck_assert_uint_eq(after.rlim_cur, before.rlim_max);
    setrlimit(RLIMIT_NOFILE, &before);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, missing_standard_descriptors_are_filled);
    tcase_add_test(tests, a_file_is_opened_to_read);
    tcase_add_test(tests, a_missing_file_is_an_input_error);
    tcase_add_test(tests, a_directory_is_no_input);
    tcase_add_test(tests, a_fifo_without_a_writer_does_not_hold_us);
    tcase_add_test(tests, a_pipe_closes_on_exec);
    tcase_add_test(tests, readable_means_a_read_would_not_block);
    tcase_add_test(tests, closing_none_is_no_failure);
    tcase_add_test(tests, all_is_written_in_spite_of_interrupts);
    tcase_add_test(tests, all_is_written_to_what_does_not_block);
    tcase_add_test(tests, writing_nothing_is_done);
    tcase_add_test(tests, a_write_tells_why_it_failed);
    tcase_add_test(tests, a_pipe_can_be_widened);
    tcase_add_test(tests, a_memory_file_is_a_file);
    tcase_add_test(tests, the_limit_is_raised_to_the_hard_one);
}

int main(void)
{
    Suite *suite = suite_create("fd");
    TCase *tests = tcase_create("fd");
    SRunner *runner = srunner_create(suite);
    int failed;

    signal(SIGPIPE, SIG_IGN);
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    add_tests(tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
