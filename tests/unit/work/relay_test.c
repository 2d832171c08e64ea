/* SPDX-License-Identifier: MIT */
#include "work/relay.h"

#include <check.h>
#include <unistd.h>

#include "base/fd.h"
#include "flow/journal.h"
#include "io/loop.h"

static struct loop *loop;
static struct journal *journal;
static struct relay relay;
static int fd;

static void set_up(void)
{
    loop = loop_open();
    ck_assert_ptr_nonnull(loop);
    fd = fd_memory_file("lines");
    journal = journal_new(loop, fd, "lines");
    relay_init(&relay, journal);
}

static void tear_down(void)
{
    relay_release(&relay);
    journal_close(journal);
    fd_close(fd);
    loop_close(loop);
}

static void send(void *arg)
{
    (void)arg;
    journal_send(journal);
    if (journal_idle(journal))
        loop_stop(loop);
}

/* What has gone out so far. */
static void check(struct slice want)
{
    static char got[2 * RELAY_LINE];
    ssize_t n;

    loop_before_wait(loop, send, NULL);
    loop_run(loop);
    n = pread(fd, got, sizeof got, 0);
    ck_assert_int_ge(n, 0);
    ck_assert(slice_equal(slice_of(got, (size_t)n), want));
}

START_TEST(a_line_goes_out_when_it_is_whole)
{
    relay_add(&relay, slice_text("on"));
    check(slice_text(""));
    relay_add(&relay, slice_text("e\ntwo\nthr"));
    check(slice_text("one\ntwo\n"));
    relay_add(&relay, slice_text("ee"));
    relay_add(&relay, slice_text("\n"));
    check(slice_text("one\ntwo\nthree\n"));
}
END_TEST

START_TEST(a_last_line_gets_its_newline)
{
    relay_add(&relay, slice_text("one"));
    relay_end(&relay);
    relay_end(&relay);
    check(slice_text("one\n"));
}
END_TEST

START_TEST(an_endless_line_is_broken)
{
    static char line[RELAY_LINE + 5];
    static char want[RELAY_LINE + 7];

    memset(line, 'x', sizeof line);
    memset(want, 'x', sizeof want);
    want[RELAY_LINE] = '\n';
    want[RELAY_LINE + 6] = '\n';
    relay_add(&relay, slice_of(line, 7));
    relay_add(&relay, slice_of(line, sizeof line - 7));
    relay_end(&relay);
    check(slice_of(want, sizeof want));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("relay");
    TCase *tests = tcase_create("relay");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_line_goes_out_when_it_is_whole);
    tcase_add_test(tests, a_last_line_gets_its_newline);
    tcase_add_test(tests, an_endless_line_is_broken);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
