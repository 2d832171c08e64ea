/* SPDX-License-Identifier: MIT */
#include "flow/input.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "io/loop.h"
#include "support/folder.h"
#include "support/random.h"
#include "support/thread.h"

static struct loop *loop;
static int turns;

/* The second turn comes after an event. */
static void count_turn(void *arg)
{
    (void)arg;
    if (turns++ > 0)
        loop_stop(loop);
}

static void wait_for_turn(void)
{
    turns = 0;
    loop_run(loop);
}

static void begin(void)
{
    make_folder();
    loop = loop_open();
    ck_assert_ptr_nonnull(loop);
    loop_before_wait(loop, count_turn, NULL);
}

static void end(void)
{
    loop_close(loop);
    remove_folder();
}

/* The path of a new file, which the caller frees. */
static char *write_file(const char *name, struct slice bytes)
{
    int fd = open(inside(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fd_write(fd, bytes.ptr, bytes.len), 0);
    fd_close(fd);
    return strdup(inside(name));
}

/* Read one input to its end, `n` bytes at a time; what came in `out`. */
static enum input_got read_one(struct input *input, struct buf *out, size_t n,
                               struct err *err)
{
    enum input_got got;

    for (;;) {
        char *room = buf_reserve(out, n);
        size_t bytes = 0;

        ck_assert_ptr_nonnull(room);
        got = input_read(input, room, n, &bytes, err);
        if (got == INPUT_LATER)
            wait_for_turn();
        else if (got == INPUT_BYTES)
            out->len += bytes;
        else
            return got;
        ck_assert_uint_le(bytes, n);
    }
}

/* What is read of a file with these bytes. */
static void check_read(struct slice bytes, size_t n, const char *want)
{
    char *path = write_file("a", bytes);
    const char *const names[] = {path};
    struct input *input = input_open(loop, names, 1);
    struct buf out;
    struct err err;

    buf_init(&out, 1000);
    ck_assert_int_eq(read_one(input, &out, n, &err), INPUT_FILE_END);
    ck_assert_msg(slice_is(buf_slice(&out), want), "%.*s", (int)out.len,
                  out.data);
    ck_assert_int_eq(read_one(input, &out, n, &err), INPUT_END);
    ck_assert_int_eq(read_one(input, &out, n, &err), INPUT_END);
    buf_release(&out);
    input_close(input);
    free(path);
}

START_TEST(a_file_is_read_to_its_end)
{
    check_read(slice_text("hello\n"), 100, "hello\n");
    check_read(slice_text("hello\n"), 3, "hello\n");
    check_read(slice_text(""), 3, "");
}
END_TEST

START_TEST(a_byte_order_mark_at_the_start_is_skipped)
{
    for (size_t n = INPUT_LEAST; n < 9; n++) {
        check_read(slice_text("\xEF\xBB\xBF"), n, "");
        check_read(slice_text("\xEF\xBB\xBFx"), n, "x");
        check_read(slice_text("\xEF\xBB\xBF\xEF\xBB\xBFx"), n, "\xEF\xBB\xBFx");
        check_read(slice_text("x\xEF\xBB\xBF"), n, "x\xEF\xBB\xBF");
    }
}
END_TEST

START_TEST(half_a_mark_is_none)
{
    for (size_t n = INPUT_LEAST; n < 9; n++) {
        check_read(slice_text("\xEF"), n, "\xEF");
        check_read(slice_text("\xEF\xBB"), n, "\xEF\xBB");
        check_read(slice_text("\xEF\xBB\xBEx"), n, "\xEF\xBB\xBEx");
        check_read(slice_text("\xEF\xEF\xBB\xBFx"), n, "\xEF\xEF\xBB\xBFx");
    }
}
END_TEST

START_TEST(each_input_has_its_end_and_its_name)
{
    char *a = write_file("a", slice_text("A"));
    char *b = write_file("b", slice_text("\xEF\xBB\xBF"
                                         "B"));
    const char *const names[] = {a, b};
    struct input *input = input_open(loop, names, 2);
    struct buf out;
    struct err err;

    buf_init(&out, 100);
    ck_assert_int_eq(read_one(input, &out, 10, &err), INPUT_FILE_END);
    ck_assert_str_eq(input_name(input), a);
    ck_assert_int_eq(read_one(input, &out, 10, &err), INPUT_FILE_END);
    ck_assert_str_eq(input_name(input), b);
    ck_assert_int_eq(read_one(input, &out, 10, &err), INPUT_END);
    ck_assert(slice_is(buf_slice(&out), "AB"));
    buf_release(&out);
    input_close(input);
    free(a);
    free(b);
}
END_TEST

START_TEST(a_missing_input_is_a_fault_and_the_next_is_read)
{
    char *b = write_file("b", slice_text("B"));
    const char *const names[] = {"/no/such/file", b};
    struct input *input = input_open(loop, names, 2);
    struct buf out;
    struct err err;

    buf_init(&out, 100);
    ck_assert_int_eq(read_one(input, &out, 10, &err), INPUT_FAULT);
    ck_assert_int_eq(err.kind, ERR_INPUT);
    ck_assert_str_eq(err.text, "/no/such/file: No such file or directory");
    ck_assert_str_eq(input_name(input), "/no/such/file");
    ck_assert_int_eq(read_one(input, &out, 10, &err), INPUT_FILE_END);
    ck_assert(slice_is(buf_slice(&out), "B"));
    ck_assert_int_eq(read_one(input, &out, 10, &err), INPUT_END);
    buf_release(&out);
    input_close(input);
    free(b);
}
END_TEST

START_TEST(no_inputs_are_at_their_end)
{
    struct input *input = input_open(loop, NULL, 0);
    struct buf out;
    struct err err;

    buf_init(&out, 100);
    ck_assert_int_eq(read_one(input, &out, 10, &err), INPUT_END);
    ck_assert_str_eq(input_name(input), "<stdin>");
    ck_assert(!input_pauses(input));
    buf_release(&out);
    input_close(input);
    input_close(NULL);
}
END_TEST

/* Put `fd` in the place of stdin; what was there, to be put back. */
static int replace_stdin(int fd)
{
    int before = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

    ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    return before;
}

static void put_stdin_back(int before)
{
    dup2(before, STDIN_FILENO);
    close(before);
}

START_TEST(a_dash_is_stdin_which_stays_open)
{
    static const char *const names[] = {"-"};
    struct input *input = input_open(loop, names, 1);
    int fd = fd_memory_file("stdin"), before;
    struct buf out;
    struct err err;

    ck_assert_int_eq(pwrite(fd, "abc", 3, 0), 3);
    before = replace_stdin(fd);
    buf_init(&out, 100);
    ck_assert_int_eq(read_one(input, &out, 10, &err), INPUT_FILE_END);
    ck_assert(slice_is(buf_slice(&out), "abc"));
    ck_assert_str_eq(input_name(input), "<stdin>");
    ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
    put_stdin_back(before);
    buf_release(&out);
    input_close(input);
    fd_close(fd);
}
END_TEST

/* A peer that closes with something unread resets the connection. */
START_TEST(an_input_that_fails_on_the_way_is_a_fault)
{
    char *b = write_file("b", slice_text("B"));
    const char *const names[] = {"-", b};
    struct input *input = input_open(loop, names, 2);
    int ends[2], before;
    struct buf out;
    struct err err;

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ck_assert_int_eq(fd_write(ends[0], "unread", 6), 0);
    ck_assert_int_eq(fd_write(ends[1], "abc", 3), 0);
    close(ends[1]);
    before = replace_stdin(ends[0]);
    buf_init(&out, 100);
    ck_assert_int_eq(read_one(input, &out, 10, &err), INPUT_FAULT);
    put_stdin_back(before);
    ck_assert_int_eq(err.kind, ERR_INPUT);
    ck_assert_int_eq(err.sys, ECONNRESET);
    ck_assert_str_eq(err.text, "<stdin>: Connection reset by peer");
    ck_assert_int_eq(read_one(input, &out, 10, &err), INPUT_FILE_END);
    ck_assert(slice_is(buf_slice(&out), "abcB"));
    buf_release(&out);
    input_close(input);
    close(ends[0]);
    free(b);
}
END_TEST

START_TEST(an_empty_pipe_pauses_until_something_comes)
{
    int ends[2], before;
    static const char *const names[] = {"-"};
    struct input *input = input_open(loop, names, 1);
    char bytes[10];
    size_t got = 0;
    struct err err;

    ck_assert_int_eq(fd_pipe(ends), 0);
    before = replace_stdin(ends[0]);
    ck_assert_int_eq(input_read(input, bytes, 10, &got, &err), INPUT_LATER);
    ck_assert(input_pauses(input));
    ck_assert_int_eq(fd_write(ends[1], "ab", 2), 0);
    wait_for_turn();
    ck_assert(!input_pauses(input));
    ck_assert_int_eq(input_read(input, bytes, 10, &got, &err), INPUT_BYTES);
    ck_assert_uint_eq(got, 2);
    ck_assert(input_pauses(input));
    fd_close(ends[1]);
    ck_assert(!input_pauses(input));
    ck_assert_int_eq(input_read(input, bytes, 10, &got, &err), INPUT_FILE_END);
    put_stdin_back(before);
    input_close(input);
    fd_close(ends[0]);
}
END_TEST

START_TEST(the_flags_of_stdin_stay_and_may_be_nonblocking)
{
    int ends[2], before;
    static const char *const names[] = {"-"};
    struct input *input = input_open(loop, names, 1);
    char bytes[10];
    size_t got = 0;
    struct err err;

    ck_assert_int_eq(fd_pipe(ends), 0);
    fd_set_nonblocking(ends[0]);
    before = replace_stdin(ends[0]);
    ck_assert_int_eq(input_read(input, bytes, 10, &got, &err), INPUT_LATER);
    ck_assert_int_eq(fd_write(ends[1], "ab", 2), 0);
    wait_for_turn();
    ck_assert_int_eq(input_read(input, bytes, 10, &got, &err), INPUT_BYTES);
    ck_assert_int_eq(fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    put_stdin_back(before);
    input_close(input);
    fd_close(ends[0]);
    fd_close(ends[1]);
}
END_TEST

START_TEST(a_fifo_waits_for_its_writer_on_the_loop)
{
    char path[PATH_MAX];
    const char *const names[] = {path};
    struct input *input = input_open(loop, names, 1);
    char bytes[10];
    size_t got = 0;
    struct err err;
    int fd;

    snprintf(path, sizeof path, "%s", inside("fifo"));
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(input_read(input, bytes, 10, &got, &err), INPUT_LATER);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(input_read(input, bytes, 10, &got, &err), INPUT_LATER);
    ck_assert_int_eq(fd_write(fd, "ab", 2), 0);
    wait_for_turn();
    ck_assert_int_eq(input_read(input, bytes, 10, &got, &err), INPUT_BYTES);
    ck_assert_uint_eq(got, 2);
    fd_close(fd);
    ck_assert_int_eq(input_read(input, bytes, 10, &got, &err), INPUT_FILE_END);
    input_close(input);
}
END_TEST

/* A thread that writes bytes in random pieces. */
struct writer {
    int fd;
    struct slice bytes;
    uint32_t random;
};

static void *write_pieces(void *arg)
{
    struct writer *w = arg;

    while (w->bytes.len > 0) {
        size_t n = 1 + draw(&w->random) % 9;

        n = n < w->bytes.len ? n : w->bytes.len;
        if (fd_write(w->fd, w->bytes.ptr, n) < 0)
            abort();
        w->bytes.ptr += n;
        w->bytes.len -= n;
        if (draw(&w->random) % 4 == 0)
            sched_yield();
    }
    fd_close(w->fd);
    return NULL;
}

static void check_pieces(uint32_t *state)
{
    static const char mark[] = "\xEF\xBB\xBF";
    char content[200], name[40];
    const char *const names[] = {name};
    size_t n = draw(state) % sizeof content, marked = draw(state) % 4;
    struct writer w = {.random = *state};
    struct slice want = {content, n};
    struct input *input;
    struct buf out;
    struct err err;
    pthread_t id;
    int ends[2];

    for (size_t i = 0; i < n; i++)
        content[i] = i < marked ? mark[i] : (char)draw(state);
    if (n >= 3 && memcmp(content, mark, 3) == 0)
        want = slice_of(content + 3, n - 3);
    ck_assert_int_eq(fd_pipe(ends), 0);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    w.fd = ends[1];
    w.bytes = slice_of(content, n);
    start_thread(&id, write_pieces, &w);
    input = input_open(loop, names, 1);
    buf_init(&out, 1000);
    ck_assert_int_eq(
        read_one(input, &out, INPUT_LEAST + draw(state) % 20, &err),
        INPUT_FILE_END);
    ck_assert(slice_equal(buf_slice(&out), want));
    pthread_join(id, NULL);
    buf_release(&out);
    input_close(input);
    fd_close(ends[0]);
}

START_TEST(a_pipe_is_read_as_it_was_written)
{
    uint32_t state = seed_of_run();

    for (int round = 0; round < 300; round++)
        check_pieces(&state);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("input");
    TCase *tests = tcase_create("input");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_file_is_read_to_its_end);
    tcase_add_test(tests, a_byte_order_mark_at_the_start_is_skipped);
    tcase_add_test(tests, half_a_mark_is_none);
    tcase_add_test(tests, each_input_has_its_end_and_its_name);
    tcase_add_test(tests, a_missing_input_is_a_fault_and_the_next_is_read);
    tcase_add_test(tests, no_inputs_are_at_their_end);
    tcase_add_test(tests, a_dash_is_stdin_which_stays_open);
    tcase_add_test(tests, an_input_that_fails_on_the_way_is_a_fault);
    tcase_add_test(tests, an_empty_pipe_pauses_until_something_comes);
    tcase_add_test(tests, the_flags_of_stdin_stay_and_may_be_nonblocking);
    tcase_add_test(tests, a_fifo_waits_for_its_writer_on_the_loop);
    tcase_add_test(tests, a_pipe_is_read_as_it_was_written);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
