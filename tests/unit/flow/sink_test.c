/* SPDX-License-Identifier: MIT */
#include "flow/sink.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "flow/item.h"
#include "io/loop.h"
#include "support/random.h"
#include "support/thread.h"

enum { ITEMS = 300, OUT_MAX = 3000 };

static struct loop *loop;
static struct item *items[ITEMS];
static size_t done_count;
static size_t stop_at; /* so many done */
static struct item *done_items[ITEMS];

static void open_all(void)
{
    const struct item_limits limits = {
        .in = 10, .result = 10, .out = OUT_MAX, .side = OUT_MAX};

    loop = loop_open();
    ck_assert_ptr_nonnull(loop);
    for (int i = 0; i < ITEMS; i++)
        items[i] = item_new(&limits);
    done_count = 0;
    stop_at = ITEMS;
}

static void close_all(void)
{
    for (int i = 0; i < ITEMS; i++)
        item_free(items[i]);
    loop_close(loop);
}

static void on_done(void *arg, struct item *item)
{
    (void)arg;
    done_items[done_count++] = item;
    if (done_count == stop_at)
        loop_stop(loop);
}

static struct sink *open_sink(int fd)
{
    return sink_open(loop, fd, SINK_OUT, on_done, NULL);
}

/* Random bytes for each item; some have none. All of them in `all`. */
static void fill_items(struct buf *all, uint32_t *state)
{
    buf_init(all, (size_t)ITEMS * OUT_MAX);
    for (int i = 0; i < ITEMS; i++) {
        uint32_t n = draw(state) % 4 ? draw(state) % OUT_MAX : 0;

        while (n-- > 0)
            buf_add_char(&items[i]->out, (char)draw(state));
        ck_assert_int_eq(buf_add_slice(all, buf_slice(&items[i]->out)), 0);
    }
}

struct reader {
    int fd;
    struct buf got;
};

static void *read_all(void *arg)
{
    struct reader *r = arg;
    ssize_t n;

    while ((n = fd_read(r->fd, buf_reserve(&r->got, 1000), 1000)) > 0)
        r->got.len += (size_t)n;
    return NULL;
}

/* Put all items into a sink on a pipe, flags or not, and compare. */
static void check_pipe(uint32_t *state, int flags)
{
    struct reader r;
    struct buf all;
    struct sink *sink;
    pthread_t id;
    int ends[2];

    fill_items(&all, state);
    ck_assert_int_eq(fd_pipe(ends), 0);
    if (flags & O_NONBLOCK)
        fd_set_nonblocking(ends[1]);
    r.fd = ends[0];
    buf_init(&r.got, all.max + 1000);
    start_thread(&id, read_all, &r);
    sink = open_sink(ends[1]);
    for (int i = 0; i < ITEMS; i++)
        sink_put(sink, items[i]);
    loop_run(loop);
    ck_assert_int_eq(sink_error(sink), 0);
    ck_assert_uint_eq(sink_bytes(sink), all.len);
    ck_assert(!sink_busy(sink));
    ck_assert_int_eq(fcntl(ends[1], F_GETFL) & O_NONBLOCK, flags);
    sink_close(sink);
    fd_close(ends[1]);
    pthread_join(id, NULL);
    ck_assert(slice_equal(buf_slice(&r.got), buf_slice(&all)));
    buf_release(&r.got);
    buf_release(&all);
    fd_close(ends[0]);
}

START_TEST(items_are_written_in_the_order_given)
{
    uint32_t state = seed_of_run();

    check_pipe(&state, 0);
    ck_assert_uint_eq(done_count, ITEMS);
}
END_TEST

START_TEST(what_does_not_block_stays_so_and_gets_all)
{
    uint32_t state = seed_of_run();

    check_pipe(&state, O_NONBLOCK);
    ck_assert_uint_eq(done_count, ITEMS);
}
END_TEST

START_TEST(written_items_come_back_in_order)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    struct sink *sink = open_sink(null);

    for (int i = 0; i < ITEMS; i++) {
        buf_add_char(&items[i]->out, 'x');
        sink_put(sink, items[i]);
    }
    loop_run(loop);
    for (int i = 0; i < ITEMS; i++)
        ck_assert_ptr_eq(done_items[i], items[i]);
    sink_close(sink);
    fd_close(null);
}
END_TEST

START_TEST(an_item_without_bytes_comes_back_at_once)
{
    struct sink *sink = open_sink(-1);

    sink_put(sink, items[0]);
    ck_assert_uint_eq(done_count, 1);
    ck_assert_ptr_eq(done_items[0], items[0]);
    ck_assert(!sink_busy(sink));
    ck_assert_int_eq(sink_error(sink), 0);
    sink_close(sink);
}
END_TEST

START_TEST(an_item_without_bytes_does_not_overtake)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    struct sink *sink = open_sink(null);

    for (int i = 0; i < ITEMS; i++) {
        if (i % 3 == 0)
            buf_add_char(&items[i]->out, 'x');
        sink_put(sink, items[i]);
    }
    loop_run(loop);
    for (int i = 0; i < ITEMS; i++)
        ck_assert_ptr_eq(done_items[i], items[i]);
    ck_assert_uint_eq(sink_bytes(sink), ITEMS / 3);
    sink_close(sink);
    fd_close(null);
}
END_TEST

START_TEST(who_lingers_gathers_and_keeps_the_order)
{
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    struct sink *sink = open_sink(fd);

    stop_at = 4;
    sink_linger(sink, 20, 12);
    for (int i = 0; i < 4; i++) {
        if (i != 2)
            buf_add_text(&items[i]->out, "x");
    }
    sink_put(sink, items[0]);
    ck_assert(sink_busy(sink)); /* the first has nothing to wait for */
    for (int i = 1; i < 4; i++)
        sink_put(sink, items[i]);
    ck_assert_uint_eq(done_count, 0);
    loop_run(loop);
    for (int i = 0; i < 4; i++)
        ck_assert_ptr_eq(done_items[i], items[i]);
    sink_close(sink);
    fd_close(fd);
}
END_TEST

START_TEST(a_side_sink_writes_the_side)
{
    char text[10] = "";
    int fd = fd_memory_file("side");
    struct sink *sink = sink_open(loop, fd, SINK_SIDE, on_done, NULL);

    stop_at = 2;
    buf_add_text(&items[0]->out, "out");
    buf_add_text(&items[0]->side, "side");
    buf_add_text(&items[1]->out, "out");
    sink_put(sink, items[0]);
    sink_put(sink, items[1]);
    loop_run(loop);
    ck_assert_int_eq(pread(fd, text, sizeof text, 0), 4);
    ck_assert_str_eq(text, "side");
    sink_close(sink);
    fd_close(fd);
}
END_TEST

static void check_failure(int fd, int error)
{
    struct sink *sink = open_sink(fd);

    for (int i = 0; i < ITEMS; i++)
        buf_add_char(&items[i]->out, 'x');
    /* One that fails, one that is waiting by then, one afterwards. */
    sink_put(sink, items[0]);
    sink_put(sink, items[1]);
    stop_at = 2;
    loop_run(loop);
    ck_assert_int_eq(sink_error(sink), error);
    sink_put(sink, items[2]);
    ck_assert_uint_eq(done_count, 3);
    ck_assert(!sink_busy(sink));
    ck_assert_uint_eq(sink_bytes(sink), 0);
    sink_close(sink);
}

START_TEST(after_a_full_disk_items_come_back_unwritten)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    check_failure(full, ENOSPC);
    fd_close(full);
}
END_TEST

START_TEST(after_the_reader_has_gone_items_come_back_unwritten)
{
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    fd_close(ends[0]);
    check_failure(ends[1], EPIPE);
    fd_close(ends[1]);
}
END_TEST

/* Read what one item holds, but not before the sink is about to close. */
static void *drain(void *arg)
{
    const struct timespec moment = {.tv_nsec = 20000000};
    const int *fd = arg;
    char bytes[1000];

    nanosleep(&moment, NULL);
    for (ssize_t left = 1000 * 1000; left > 0;)
        left -= fd_read(*fd, bytes, sizeof bytes);
    return NULL;
}

START_TEST(close_waits_for_the_write_under_way)
{
    static const struct item_limits limits = {.in = 1, .out = 1000 * 1000};
    struct item *large = item_new(&limits);
    struct sink *sink;
    pthread_t id;
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    memset(buf_reserve(&large->out, 1000 * 1000), 'x', 1000 * 1000);
    large->out.len = 1000 * 1000;
    sink = open_sink(ends[1]);
    sink_put(sink, large);
    ck_assert(sink_busy(sink));
    /* That the writer has begun: what has not is not written at the close. */
    while (!fd_readable(ends[0]))
        continue;
    start_thread(&id, drain, &ends[0]);
    sink_close(sink);
    pthread_join(id, NULL);
    ck_assert(!fd_readable(ends[0]));
    ck_assert_uint_eq(done_count, 0);
    sink_close(NULL);
    item_free(large);
    fd_close(ends[0]);
    fd_close(ends[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sink");
    TCase *tests = tcase_create("sink");
    SRunner *runner = srunner_create(suite);
    int failed;

    signal(SIGPIPE, SIG_IGN);
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, open_all, close_all);
    tcase_add_test(tests, items_are_written_in_the_order_given);
    tcase_add_test(tests, what_does_not_block_stays_so_and_gets_all);
    tcase_add_test(tests, written_items_come_back_in_order);
    tcase_add_test(tests, an_item_without_bytes_comes_back_at_once);
    tcase_add_test(tests, an_item_without_bytes_does_not_overtake);
    tcase_add_test(tests, who_lingers_gathers_and_keeps_the_order);
    tcase_add_test(tests, a_side_sink_writes_the_side);
    tcase_add_test(tests, after_a_full_disk_items_come_back_unwritten);
    tcase_add_test(tests, after_the_reader_has_gone_items_come_back_unwritten);
    tcase_add_test(tests, close_waits_for_the_write_under_way);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
