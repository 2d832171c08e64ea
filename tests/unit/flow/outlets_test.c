/* SPDX-License-Identifier: MIT */
#include "flow/outlets.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "flow/item.h"
#include "flow/journal.h"
#include "io/loop.h"

static struct loop *loop;
static struct outlets *outlets;
static struct journal *journal;
static struct item *item;
static int files[3]; /* out, side, journal */
static int written;

static void on_written(void *arg, struct item *back)
{
    (void)arg;
    ck_assert_ptr_eq(back, item);
    written++;
}

static void open_outlets(bool with_side)
{
    struct outlets_options o = {.loop = loop,
                                .out = files[0],
                                .side = files[1],
                                .out_name = "out",
                                .side_name = with_side ? "side" : NULL};

    journal = journal_new(loop, files[2], "journal");
    o.journals[0] = journal;
    outlets = outlets_open(&o, on_written, NULL);
}

static void set_up(void)
{
    const struct item_limits limits = {.out = 100, .side = 100};

    loop = loop_open();
    ck_assert_ptr_nonnull(loop);
    item = item_new(&limits);
    for (int i = 0; i < 3; i++)
        files[i] = fd_memory_file("outlets");
    written = 0;
}

static void tear_down(void)
{
    item_free(item);
    journal_close(journal);
    for (int i = 0; i < 3; i++)
        fd_close(files[i]);
    loop_close(loop);
}

static void turn(void *arg)
{
    (void)arg;
    if (outlets_send(outlets) && written > 0)
        loop_stop(loop);
}

static void put_and_run(void)
{
    outlets_put(outlets, item);
    loop_before_wait(loop, turn, NULL);
    loop_run(loop);
}

static void check_content(int fd, const char *want)
{
    char got[64];
    ssize_t n = pread(fd, got, sizeof got, 0);

    ck_assert_int_ge(n, 0);
    ck_assert(slice_is(slice_of(got, (size_t)n), want));
}

/* A file with `text` in it, for an item. */
static int file_with(const char *text)
{
    int fd = fd_memory_file("spooled");

    ck_assert_int_eq(fd_write(fd, text, strlen(text)), 0);
    return fd;
}

START_TEST(an_item_goes_to_both_with_its_files_first)
{
    open_outlets(true);
    item->out_file = file_with("one ");
    buf_add_text(&item->out, "two");
    item->side_file = file_with("three");
    journal_add(journal, slice_text("four"));
    put_and_run();
    ck_assert_int_eq(written, 1);
    check_content(files[0], "one two");
    check_content(files[1], "three");
    check_content(files[2], "four");
    ck_assert_int_eq(outlets_error(outlets), 0);
    ck_assert_ptr_null(outlets_stuck(outlets));
    ck_assert(outlets_close(outlets, false));
}
END_TEST

/* Put /dev/full in the place of one of the outlets; what is told then. */
static void check_full(int which, const char *want, int sys)
{
    struct err err;

    fd_close(files[which]);
    files[which] = open("/dev/full", O_WRONLY | O_CLOEXEC);
    open_outlets(true);
    buf_add_text(&item->out, "one");
    buf_add_text(&item->side, "two");
    journal_add(journal, slice_text("three"));
    put_and_run();
    ck_assert_int_eq(outlets_error(outlets), ENOSPC);
    ck_assert_int_eq(outlets_describe(outlets, &err), -1);
    ck_assert_int_eq(err.kind, ERR_OUTPUT);
    ck_assert_int_eq(err.sys, sys);
    ck_assert_str_eq(err.text, want);
    ck_assert(outlets_close(outlets, true));
}

START_TEST(a_full_sink_is_named)
{
    check_full(0, "out: No space left on device", ENOSPC);
}
END_TEST

START_TEST(a_full_side_is_named)
{
    check_full(1, "side: No space left on device", ENOSPC);
}
END_TEST

START_TEST(a_full_journal_is_named)
{
    check_full(2, "journal: No space left on device", 0);
}
END_TEST

START_TEST(a_journal_that_waits_holds_back)
{
    static char lines[JOURNAL_FULL];

    open_outlets(false);
    ck_assert(!outlets_full(outlets));
    journal_add(journal, slice_of(lines, sizeof lines));
    ck_assert(outlets_full(outlets));
    ck_assert(!outlets_send(outlets));
    ck_assert_str_eq(outlets_stuck(outlets), "journal");
    put_and_run();
    ck_assert(!outlets_full(outlets));
    ck_assert(outlets_close(outlets, false));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("outlets");
    TCase *tests = tcase_create("outlets");
    SRunner *runner = srunner_create(suite);
    int failed;

    signal(SIGPIPE, SIG_IGN);
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_item_goes_to_both_with_its_files_first);
    tcase_add_test(tests, a_full_sink_is_named);
    tcase_add_test(tests, a_full_side_is_named);
    tcase_add_test(tests, a_full_journal_is_named);
    tcase_add_test(tests, a_journal_that_waits_holds_back);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
