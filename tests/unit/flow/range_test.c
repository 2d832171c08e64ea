/* SPDX-License-Identifier: MIT */
/*
 * Random files, taken apart by random sizes and read in random order: behind
 * one another the ranges and the rest are the file, and each holds whole lines.
 */
#include "flow/range.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "support/random.h"

enum { FILE_MAX = 8192, RANGES_MAX = FILE_MAX, ROUNDS = 2000 };

static char bytes[FILE_MAX + 1];
static size_t len;
static struct range ranges[RANGES_MAX];
static struct buf parts[RANGES_MAX];
static size_t range_count;
static int fd;

static void set_up(void)
{
    fd = fd_memory_file("lines");
    ck_assert_int_ge(fd, 0);
    range_count = 0;
}

static void tear_down(void)
{
    for (size_t i = 0; i < range_count; i++)
        buf_release(&parts[i]);
    close(fd);
}

/* The file, from its start; `at` is where the descriptor stands then. */
static void make_file(const char *text, size_t n, size_t at)
{
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
    ck_assert_int_eq(fd_write(fd, text, n), 0);
    ck_assert_int_eq(lseek(fd, (off_t)at, SEEK_SET), (off_t)at);
}

static void take_apart(struct range_file *file, size_t size)
{
    while (range_next(file, size, &ranges[range_count]))
        range_count++;
    range_close(file);
}

static void read_one(size_t i, size_t max)
{
    buf_init(&parts[i], max);
    ck_assert_int_eq(range_read(&ranges[i], &parts[i]), 0);
    range_release(&ranges[i], false);
}

/* All ranges, and what is left to the descriptor, behind one another. */
static struct buf joined(void)
{
    struct buf all;
    char rest[FILE_MAX];
    ssize_t n;

    buf_init(&all, (size_t)8 * FILE_MAX);
    for (size_t i = 0; i < range_count; i++)
        ck_assert_int_eq(buf_add_slice(&all, buf_slice(&parts[i])), 0);
    while ((n = fd_read(fd, rest, sizeof rest)) > 0)
        ck_assert_int_eq(buf_add(&all, rest, (size_t)n), 0);
    ck_assert_int_eq(n, 0);
    return all;
}

/* A newline in one of `sparse` bytes. */
static void draw_text(uint32_t *random)
{
    uint32_t sparse = 1 + draw(random) % 300;

    len = draw(random) % FILE_MAX;
    for (size_t i = 0; i < len; i++)
        bytes[i] =
            draw(random) % sparse == 0 ? '\n' : (char)('a' + draw(random) % 26);
}

START_TEST(ranges_and_the_rest_are_the_file)
{
    uint32_t random = seed_of_run();

    for (int round = 0; round < ROUNDS; round++) {
        struct range_file *file;
        struct buf all;
        size_t start;

        set_up();
        draw_text(&random);
        start = len > 0 && draw(&random) % 2 ? draw(&random) % len : 0;
        make_file(bytes, len, start);
        file = range_open(fd, 0, -1);
        if (file != NULL)
            take_apart(file, 1 + draw(&random) % (len + 1));
        /* Each odd one first: the order must not matter. */
        for (size_t i = 1; i < range_count; i += 2)
            read_one(i, (size_t)2 * FILE_MAX);
        for (size_t i = 0; i < range_count; i += 2)
            read_one(i, (size_t)2 * FILE_MAX);
        for (size_t i = 0; i < range_count; i++)
            ck_assert(parts[i].len == 0 ||
                      parts[i].data[parts[i].len - 1] == '\n');
        all = joined();
        ck_assert_uint_eq(all.len, len - start);
        ck_assert(all.len == 0 ||
                  memcmp(all.data, bytes + start, all.len) == 0);
        buf_release(&all);
        tear_down();
    }
}
END_TEST

START_TEST(a_small_file_is_not_taken_apart)
{
    make_file("1\n2\n3\n", 6, 0);
    ck_assert_ptr_null(range_open(fd, 7, -1));
    make_file("1\n2\n3\n", 6, 2);
    ck_assert_ptr_null(range_open(fd, 5, -1));
    ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 2);
}
END_TEST

START_TEST(a_pipe_is_not_taken_apart)
{
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    ck_assert_int_eq(fd_write(ends[1], "1\n", 2), 0);
    ck_assert_ptr_null(range_open(ends[0], 0, -1));
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(a_file_without_newline_is_not_taken_apart)
{
    make_file("12345", 5, 0);
    ck_assert_ptr_null(range_open(fd, 0, -1));
    ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 0);
}
END_TEST

START_TEST(what_is_added_later_belongs_to_the_rest)
{
    struct range_file *file;
    struct buf all;

    make_file("one\ntwo\nthr", 11, 0);
    file = range_open(fd, 0, -1);
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(pwrite(fd, "ee\nfour", 7, 11), 7);
    take_apart(file, 4);
    for (size_t i = 0; i < range_count; i++)
        read_one(i, 100);
    ck_assert(slice_is(buf_slice(&parts[range_count - 1]), "two\n"));
    all = joined();
    ck_assert(slice_is(buf_slice(&all), "one\ntwo\nthree\nfour"));
    buf_release(&all);
}
END_TEST

START_TEST(a_file_cut_short_was_changed)
{
    make_file("one\ntwo\nthree\nfour\n", 19, 0);
    take_apart(range_open(fd, 0, -1), 7);
    ck_assert_int_eq(ftruncate(fd, 10), 0);
    read_one(0, 100);
    ck_assert_uint_eq(range_count, 3);
    ck_assert(slice_is(buf_slice(&parts[0]), "one\ntwo\n"));
    for (size_t i = 1; i < range_count; i++) {
        buf_init(&parts[i], 100);
        ck_assert_int_eq(range_read(&ranges[i], &parts[i]), RANGE_CHANGED);
        ck_assert_uint_eq(parts[i].len, 0);
        range_release(&ranges[i], true);
    }
}
END_TEST

START_TEST(a_range_tells_where_its_lines_are)
{
    make_file("one\ntwo\nseventeen\nx\n", 20, 0);
    take_apart(range_open(fd, 0, -1), 6);
    ck_assert_uint_eq(range_count, 4);
    for (size_t i = 0; i < range_count; i++)
        read_one(i, 100);
    ck_assert_int_eq(ranges[0].begin, 0);
    ck_assert_int_eq(ranges[0].end, 8);
    ck_assert_int_eq(ranges[1].begin, 8);
    ck_assert_int_eq(ranges[1].end, 18);
    ck_assert_int_eq(ranges[2].begin, 18);
    ck_assert_int_eq(ranges[2].end, 18);
    ck_assert_int_eq(ranges[3].begin, 18);
    ck_assert_int_eq(ranges[3].end, 20);
    ck_assert(!ranges[2].last);
    ck_assert(ranges[3].last);
}
END_TEST

START_TEST(of_a_line_too_long_for_the_buffer_its_start_is_read)
{
    make_file("1\n23456789\nabc\n", 15, 0);
    take_apart(range_open(fd, 0, -1), 4);
    for (size_t i = 0; i < range_count; i++)
        read_one(i, 7);
    ck_assert_uint_eq(range_count, 4);
    ck_assert(slice_is(buf_slice(&parts[0]), "1\n2345"));
    ck_assert_uint_eq(parts[1].len, 0);
    ck_assert(slice_is(buf_slice(&parts[2]), "abc\n"));
    ck_assert_uint_eq(parts[3].len, 0);
}
END_TEST

START_TEST(a_range_that_cannot_be_read_is_the_last)
{
    struct range_file *file;
    struct range range;
    struct buf part;
    int probe, other;

    make_file("one\ntwo\nthree\n", 14, 0);
    probe = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    other = open("/dev/null", O_WRONLY | O_CLOEXEC);
    close(probe);
    file = range_open(fd, 0,
                      -1); /* its own descriptor has the number of `probe` */
    ck_assert(range_next(file, 5, &range));
    ck_assert_int_eq(dup2(other, probe), probe);
    buf_init(&part, 100);
    ck_assert_int_eq(range_read(&range, &part), EBADF);
    ck_assert_uint_eq(part.len, 0);
    range_release(&range, true);
    ck_assert(!range_next(file, 5, &range));
    range_close(file);
    errno = 0;
    ck_assert_int_eq(fcntl(probe, F_GETFD),
                     -1); /* all that was opened is closed */
    buf_release(&part);
    close(other);
}
END_TEST

START_TEST(nothing_may_be_released)
{
    struct range range = {0};

    range_release(&range, false);
    range_close(NULL);
    ck_assert_ptr_null(range.file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("range");
    TCase *tests = tcase_create("range"), *random = tcase_create("random");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, random);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(random, 60);
    tcase_add_test(random, ranges_and_the_rest_are_the_file);
    tcase_add_test(tests, a_small_file_is_not_taken_apart);
    tcase_add_test(tests, a_pipe_is_not_taken_apart);
    tcase_add_test(tests, a_file_without_newline_is_not_taken_apart);
    tcase_add_test(tests, what_is_added_later_belongs_to_the_rest);
    tcase_add_test(tests, a_file_cut_short_was_changed);
    tcase_add_test(tests, a_range_tells_where_its_lines_are);
    tcase_add_test(tests, of_a_line_too_long_for_the_buffer_its_start_is_read);
    tcase_add_test(tests, a_range_that_cannot_be_read_is_the_last);
    tcase_add_test(tests, nothing_may_be_released);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
