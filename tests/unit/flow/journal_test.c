/* SPDX-License-Identifier: MIT */
#include "flow/journal.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "io/loop.h"

static struct loop *loop;
static struct journal *journal;
static int ends[2];
static int rooms;

static void on_room(void *arg)
{
    (void)arg;
    rooms++;
}

static void set_up(void)
{
    loop = loop_open();
    ck_assert_ptr_nonnull(loop);
    ck_assert_int_eq(fd_pipe(ends), 0);
    journal = journal_new(loop, ends[1], "pipe");
    journal_on_room(journal, on_room, NULL);
    rooms = 0;
}

static void tear_down(void)
{
    journal_close(journal);
    fd_close(ends[0]);
    fd_close(ends[1]);
    loop_close(loop);
}

/* As the flow does in every turn. */
static void send(void *arg)
{
    (void)arg;
    journal_send(journal);
    if (journal_idle(journal))
        loop_stop(loop);
}

static void run(void)
{
    loop_before_wait(loop, send, NULL);
    loop_run(loop);
}

START_TEST(lines_come_in_their_order)
{
    char got[16];

    journal_add(journal, slice_text("one\n"));
    ck_assert(!journal_idle(journal));
    journal_send(journal);
    ck_assert(journal_busy(journal));
    journal_add(journal, slice_text("two\n"));
    journal_add(journal, slice_text("three\n"));
    run();
    ck_assert_int_eq(fd_read(ends[0], got, sizeof got), 14);
    ck_assert(slice_is(slice_of(got, 14), "one\ntwo\nthree\n"));
}
END_TEST

/* Read all that is there, in steps. */
static void read_on(void *arg, int fd, int events)
{
    static char got[1 << 16];

    (void)events;
    *(size_t *)arg += (size_t)fd_read(fd, got, sizeof got);
}

START_TEST(a_slow_reader_makes_it_full_and_loses_nothing)
{
    static char line[1 << 16];
    size_t put = 0, got = 0;
    struct loop_watch *watch = loop_watch_new(loop, read_on, &got);

    while (!journal_full(journal)) {
        journal_add(journal, slice_of(line, sizeof line));
        put += sizeof line;
        if (put == sizeof line)
            journal_send(journal);
    }
    ck_assert_uint_ge(put, JOURNAL_FULL);
    ck_assert_uint_le(put, JOURNAL_FULL + 2 * sizeof line);
    loop_watch_start(watch, ends[0], LOOP_READ);
    run();
    ck_assert_int_ge(rooms, 1);
    ck_assert(!journal_full(journal));
    while (got < put)
        read_on(&got, ends[0], 0);
    ck_assert_uint_eq(got, put);
    loop_watch_free(watch);
}
END_TEST

START_TEST(who_filled_it_before_a_write_hears_of_room)
{
    static char lines[JOURNAL_FULL];
    size_t got = 0;
    struct loop_watch *watch = loop_watch_new(loop, read_on, &got);

    journal_add(journal, slice_of(lines, sizeof lines));
    ck_assert(journal_full(journal));
    loop_watch_start(watch, ends[0], LOOP_READ);
    run();
    ck_assert_int_ge(rooms, 1);
    loop_watch_free(watch);
}
END_TEST

START_TEST(after_a_failure_nothing_is_written)
{
    fd_close(ends[0]);
    ends[0] = -1;
    journal_add(journal, slice_text("one\n"));
    run();
    ck_assert_int_eq(journal_error(journal), EPIPE);
    journal_add(journal, slice_text("two\n"));
    journal_send(journal);
    ck_assert(!journal_busy(journal) && journal_idle(journal));
    ck_assert_str_eq(journal_name(journal), "pipe");
}
END_TEST

START_TEST(a_file_is_begun_anew)
{
    char path[] = "/tmp/journal-XXXXXX", got[8];
    int fd = mkstemp(path);
    struct journal *file;
    struct err err;

    ck_assert_int_eq(fd_write(fd, "old text", 8), 0);
    file = journal_open(loop, path, &err);
    ck_assert_ptr_nonnull(file);
    journal_close(journal);
    journal = file;
    journal_add(journal, slice_text("new\n"));
    run();
    ck_assert_int_eq(journal_finish(journal, &err), 0);
    ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
    ck_assert_int_eq(fd_read(fd, got, sizeof got), 4);
    ck_assert(slice_is(slice_of(got, 4), "new\n"));
    fd_close(fd);
    unlink(path);
}
END_TEST

START_TEST(a_file_that_cannot_be_is_an_error)
{
    struct err err;

    ck_assert_ptr_null(journal_open(loop, "/nonexistent/journal", &err));
    ck_assert_int_eq(err.kind, ERR_CREATE);
    ck_assert_str_eq(err.text,
                     "/nonexistent/journal: No such file or directory");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("journal");
    TCase *tests = tcase_create("journal");
    SRunner *runner = srunner_create(suite);
    int failed;

    /* As main does. */
    signal(SIGPIPE, SIG_IGN);
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, lines_come_in_their_order);
    tcase_add_test(tests, a_slow_reader_makes_it_full_and_loses_nothing);
    tcase_add_test(tests, who_filled_it_before_a_write_hears_of_room);
    tcase_add_test(tests, after_a_failure_nothing_is_written);
    tcase_add_test(tests, a_file_is_begun_anew);
    tcase_add_test(tests, a_file_that_cannot_be_is_an_error);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
