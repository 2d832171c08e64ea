/* SPDX-License-Identifier: MIT */
#include "work/capture.h"

#include <check.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "io/loop.h"

enum { KEEP = 8 };

static struct loop *loop;
static struct capture capture;
static int child_end;

/* One turn is over when something was read. */
static void on_bytes(void *arg)
{
    (void)arg;
    loop_stop(loop);
}

static void set_up(void)
{
    const struct capture_calls calls = {.on_bytes = on_bytes};

    loop = loop_open();
    ck_assert_ptr_nonnull(loop);
    capture_init(&capture, loop, KEEP, &calls);
    ck_assert_int_eq(capture_start(&capture, &child_end), 0);
}

static void tear_down(void)
{
    fd_close(child_end);
    capture_release(&capture);
    loop_close(loop);
}

static void put(const char *bytes, size_t n)
{
    ck_assert_int_eq(fd_write(child_end, bytes, n), 0);
}

static void end(void)
{
    fd_close(child_end);
    child_end = -1;
}

START_TEST(bytes_come_as_they_are_written)
{
    put("ab", 2);
    loop_run(loop);
    ck_assert(slice_is(buf_slice(&capture.kept), "ab"));
    put("cd", 2);
    loop_run(loop);
    ck_assert(slice_is(buf_slice(&capture.kept), "abcd"));
    ck_assert(!capture_ended(&capture));
}
END_TEST

START_TEST(the_first_bytes_are_kept_and_all_counted)
{
    put("0123456789", 10);
    loop_run(loop);
    put("xyz", 3);
    loop_run(loop);
    ck_assert(slice_is(buf_slice(&capture.kept), "01234567"));
    ck_assert_uint_eq(capture.bytes, 13);
}
END_TEST

START_TEST(of_the_rest_the_end_is_kept)
{
    struct buf end;

    buf_init(&end, 64);
    for (int i = 0; i < 5000; i++)
        put(i < 4999 ? "0123456789" : "01234567\xC3\xA9", 10);
    capture_drain(&capture);
    ck_assert(capture_truncated(&capture));
    ck_assert(slice_is(capture_head(&capture), "01234567"));
    ck_assert(slice_is(capture_tail(&capture, 4), "67\xC3\xA9"));
    ck_assert(slice_is(capture_tail(&capture, 1), ""));
    ck_assert_uint_eq(capture_tail(&capture, 4096).len, 4096);
    capture_add_end(&capture, 12, &end);
    ck_assert(slice_is(buf_slice(&end), "8901234567\xC3\xA9"));
    buf_release(&end);
}
END_TEST

START_TEST(the_end_joins_what_follows_the_first_bytes)
{
    struct buf end;

    buf_init(&end, 64);
    put("0123456789", 10);
    capture_drain(&capture);
    capture_add_end(&capture, 4, &end);
    ck_assert(slice_is(buf_slice(&end), "6789"));
    ck_assert(slice_is(capture_tail(&capture, 4), "89"));
    buf_release(&end);
}
END_TEST

START_TEST(nothing_is_read_while_paused)
{
    capture_pause(&capture);
    put("abc", 3);
    capture_drain(&capture);
    ck_assert_uint_eq(capture.bytes, 0);
    capture_resume(&capture);
    loop_run(loop);
    ck_assert_uint_eq(capture.bytes, 3);
}
END_TEST

START_TEST(the_end_is_noticed_once_all_writers_are_gone)
{
    int other = fcntl(child_end, F_DUPFD_CLOEXEC, 0);

    put("a", 1);
    end();
    capture_drain(&capture);
    ck_assert(!capture_ended(&capture));
    fd_close(other);
    loop_run(loop);
    ck_assert(capture_ended(&capture));
    ck_assert_uint_eq(capture.bytes, 1);
}
END_TEST

START_TEST(drain_reads_what_is_there_and_does_not_wait)
{
    put("abc", 3);
    capture_drain(&capture);
    ck_assert_uint_eq(capture.bytes, 3);
    ck_assert(!capture_ended(&capture));
    capture_drain(&capture);
    ck_assert_uint_eq(capture.bytes, 3);
}
END_TEST

START_TEST(nothing_is_read_after_stop)
{
    capture_stop(&capture);
    ck_assert(capture_ended(&capture));
    capture_drain(&capture);
    capture_stop(&capture);
    ck_assert_uint_eq(capture.bytes, 0);
}
END_TEST

START_TEST(the_next_child_begins_anew)
{
    put("abc", 3);
    end();
    capture_drain(&capture);
    ck_assert_int_eq(capture_start(&capture, &child_end), 0);
    ck_assert_uint_eq(capture.bytes, 0);
    ck_assert_uint_eq(capture.kept.len, 0);
    put("d", 1);
    loop_run(loop);
    ck_assert(slice_is(buf_slice(&capture.kept), "d"));
}
END_TEST

START_TEST(the_childs_end_blocks_as_usual)
{
    ck_assert_int_eq(fcntl(child_end, F_GETFL) & O_NONBLOCK, 0);
    ck_assert_int_ne(fcntl(child_end, F_GETFD) & FD_CLOEXEC, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("capture");
    TCase *tests = tcase_create("capture");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, bytes_come_as_they_are_written);
    tcase_add_test(tests, the_first_bytes_are_kept_and_all_counted);
    tcase_add_test(tests, of_the_rest_the_end_is_kept);
    tcase_add_test(tests, the_end_joins_what_follows_the_first_bytes);
    tcase_add_test(tests, nothing_is_read_while_paused);
    tcase_add_test(tests, the_end_is_noticed_once_all_writers_are_gone);
    tcase_add_test(tests, drain_reads_what_is_there_and_does_not_wait);
    tcase_add_test(tests, nothing_is_read_after_stop);
    tcase_add_test(tests, the_next_child_begins_anew);
    tcase_add_test(tests, the_childs_end_blocks_as_usual);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
