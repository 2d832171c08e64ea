/* SPDX-License-Identifier: MIT */
#include "io/loop.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "support/random.h"
#include "support/thread.h"

static struct loop *loop;

static void open_loop(void)
{
    loop = loop_open();
    ck_assert_ptr_nonnull(loop);
}

static void close_loop(void)
{
    loop_close(loop);
}

static void stop(void *arg)
{
    (void)arg;
    loop_stop(loop);
}

/* Keep the processor busy for so long. */
static void work_for(int64_t us)
{
    int64_t end = clock_now_us() + us;

    while (clock_now_us() < end)
        continue;
}

enum { TIMERS = 100 };

struct alarm_clock {
    struct loop_timer *timer;
    int64_t due_us;
    int rung;
    int *left;
};

static void on_alarm(void *arg)
{
    struct alarm_clock *a = arg;

    ck_assert_int_ge(clock_now_us(), a->due_us);
    a->rung++;
    if (--*a->left == 0)
        loop_stop(loop);
}

START_TEST(timers_never_fire_early)
{
    uint32_t state = seed_of_run();
    struct alarm_clock a[TIMERS];
    int left = TIMERS;

    for (int i = 0; i < TIMERS; i++) {
        int64_t ms = draw(&state) % 40;

        /* The loop's idea of now gets older meanwhile. */
        work_for(draw(&state) % 500);
        a[i] = (struct alarm_clock){.left = &left};
        a[i].timer = loop_timer_new(loop, on_alarm, &a[i]);
        a[i].due_us = clock_now_us() + ms * 1000;
        loop_timer_start(a[i].timer, ms);
        ck_assert(loop_timer_active(a[i].timer));
    }
    loop_run(loop);
    for (int i = 0; i < TIMERS; i++) {
        ck_assert_int_eq(a[i].rung, 1);
        ck_assert(!loop_timer_active(a[i].timer));
        loop_timer_free(a[i].timer);
    }
}
END_TEST

/* Three in a row, each started by the one before after long work. */
static void on_chain(void *arg)
{
    struct alarm_clock *a = arg;

    ck_assert_int_ge(clock_now_us(), a->due_us);
    if (++a->rung == 3) {
        loop_stop(loop);
        return;
    }
    work_for(20000);
    a->due_us = clock_now_us() + 10000;
    loop_timer_start(a->timer, 10);
}

START_TEST(a_long_turn_makes_no_timer_early)
{
    struct alarm_clock a = {.rung = 0};

    a.timer = loop_timer_new(loop, on_chain, &a);
    loop_timer_start(a.timer, 0);
    loop_run(loop);
    ck_assert_int_eq(a.rung, 3);
    loop_timer_free(a.timer);
}
END_TEST

static void count(void *arg)
{
    ++*(int *)arg;
}

START_TEST(a_stopped_timer_does_not_fire)
{
    int fired = 0;
    struct loop_timer *never = loop_timer_new(loop, count, &fired);
    struct loop_timer *end = loop_timer_new(loop, stop, NULL);

    loop_timer_start(never, 1);
    loop_timer_stop(never);
    ck_assert(!loop_timer_active(never));
    loop_timer_start(end, 20);
    loop_run(loop);
    ck_assert_int_eq(fired, 0);
    loop_timer_free(never);
    loop_timer_free(end);
}
END_TEST

START_TEST(a_timer_started_again_fires_once_and_later)
{
    struct alarm_clock a = {.rung = 0};
    int left = 1;

    a.left = &left;
    a.timer = loop_timer_new(loop, on_alarm, &a);
    loop_timer_start(a.timer, 0);
    a.due_us = clock_now_us() + 20000;
    loop_timer_start(a.timer, 20);
    loop_run(loop);
    ck_assert_int_eq(a.rung, 1);
    loop_timer_free(a.timer);
}
END_TEST

START_TEST(a_time_in_the_past_is_now)
{
    struct loop_timer *end = loop_timer_new(loop, stop, NULL);

    loop_timer_start(end, -1000);
    loop_run(loop);
    loop_timer_free(end);
}
END_TEST

/* What a watch has seen, and what it should do. */
struct seen {
    struct loop_watch *watch;
    int fd, events, count;
};

static void on_event(void *arg, int fd, int events)
{
    struct seen *s = arg;

    s->fd = fd;
    s->events = events;
    s->count++;
    loop_watch_stop(s->watch);
    loop_stop(loop);
}

static struct seen *new_watch(void)
{
    static struct seen s;

    s = (struct seen){.fd = -1};
    s.watch = loop_watch_new(loop, on_event, &s);
    ck_assert(!loop_watch_active(s.watch));
    return &s;
}

START_TEST(a_watch_tells_what_is_possible)
{
    struct seen *s = new_watch();
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    loop_watch_start(s->watch, ends[1], LOOP_WRITE);
    ck_assert(loop_watch_active(s->watch));
    loop_run(loop);
    ck_assert_int_eq(s->fd, ends[1]);
    ck_assert_int_eq(s->events, LOOP_WRITE);
    ck_assert_int_eq(fd_write(ends[1], "x", 1), 0);
    loop_watch_start(s->watch, ends[0], LOOP_READ);
    loop_run(loop);
    ck_assert_int_eq(s->fd, ends[0]);
    ck_assert_int_eq(s->events, LOOP_READ);
    ck_assert_int_eq(s->count, 2);
    ck_assert(!loop_watch_active(s->watch));
    loop_watch_free(s->watch);
    fd_close(ends[0]);
    fd_close(ends[1]);
}
END_TEST

START_TEST(the_end_of_a_pipe_is_readable)
{
    struct seen *s = new_watch();
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    loop_watch_start(s->watch, ends[0], LOOP_READ);
    fd_close(ends[1]);
    loop_run(loop);
    ck_assert_int_eq(s->events, LOOP_READ);
    loop_watch_free(s->watch);
    fd_close(ends[0]);
}
END_TEST

START_TEST(a_regular_file_is_always_ready)
{
    struct seen *s = new_watch();
    int fd = fd_memory_file("loop");

    loop_watch_start(s->watch, fd, LOOP_READ);
    loop_run(loop);
    ck_assert_int_eq(s->events & LOOP_READ, LOOP_READ);
    loop_watch_free(s->watch);
    fd_close(fd);
}
END_TEST

START_TEST(a_stopped_watch_is_silent)
{
    struct loop_timer *end = loop_timer_new(loop, stop, NULL);
    struct seen *s = new_watch();
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    ck_assert_int_eq(fd_write(ends[1], "x", 1), 0);
    loop_watch_start(s->watch, ends[0], LOOP_READ);
    loop_watch_stop(s->watch);
    loop_timer_start(end, 10);
    loop_run(loop);
    ck_assert_int_eq(s->count, 0);
    loop_watch_free(s->watch);
    loop_timer_free(end);
    fd_close(ends[0]);
    fd_close(ends[1]);
}
END_TEST

/* A pipe whose ends get the numbers in `wanted`, which are free now. */
static void pipe_at(const int wanted[2])
{
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    ck_assert_int_eq(ends[0], wanted[0]);
    ck_assert_int_eq(ends[1], wanted[1]);
}

/* The kernel forgets a descriptor that is closed; libev has to tell it anew
 * although number and events are the same. */
START_TEST(a_number_used_again_is_watched_again)
{
    struct seen *s = new_watch();
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    for (int round = 1; round <= 5; round++) {
        loop_watch_start(s->watch, ends[0], LOOP_READ);
        ck_assert_int_eq(fd_write(ends[1], "x", 1), 0);
        loop_run(loop);
        ck_assert_int_eq(s->count, round);
        /* Half of the time it is watched when it is closed. */
        if (round % 2)
            loop_watch_start(s->watch, ends[0], LOOP_READ);
        fd_close(ends[0]);
        fd_close(ends[1]);
        pipe_at(ends);
    }
    loop_watch_free(s->watch);
    fd_close(ends[0]);
    fd_close(ends[1]);
}
END_TEST

struct turns {
    char order[64];
    int count;
};

static void note_a(void *arg)
{
    struct turns *t = arg;

    t->order[t->count++] = 'a';
}

static void note_b(void *arg)
{
    struct turns *t = arg;

    t->order[t->count++] = 'b';
    if (t->count == 8)
        loop_stop(loop);
    else
        loop_again(loop);
}

START_TEST(hooks_run_in_order_before_each_wait)
{
    struct turns t = {.count = 0};

    loop_before_wait(loop, note_a, &t);
    loop_before_wait(loop, note_b, &t);
    loop_run(loop);
    ck_assert_str_eq(t.order, "abababab");
}
END_TEST

START_TEST(a_hook_can_stop_a_loop_that_would_wait)
{
    struct loop_timer *late = loop_timer_new(loop, count, &(int){0});

    loop_timer_start(late, 3600 * 1000);
    loop_before_wait(loop, stop, NULL);
    loop_run(loop);
    ck_assert(loop_timer_active(late));
    loop_run(loop);
    loop_timer_free(late);
}
END_TEST

/* A hook that asks for so many turns without an event. */
struct again {
    int turns, wanted;
};

static void ask_again(void *arg)
{
    struct again *a = arg;

    if (++a->turns <= a->wanted)
        loop_again(loop);
}

/* How often the hook runs until a timer of 50 ms stops the loop. */
static int turns_with(int wanted)
{
    struct again a = {.wanted = wanted};
    struct loop_timer *end;

    close_loop();
    open_loop();
    end = loop_timer_new(loop, stop, NULL);
    loop_before_wait(loop, ask_again, &a);
    loop_timer_start(end, 50);
    loop_run(loop);
    loop_timer_free(end);
    return a.turns;
}

START_TEST(again_is_one_turn_without_an_event)
{
    int without = turns_with(0);

    /* A loop that span would have turned thousands of times. */
    ck_assert_int_le(without, 5);
    ck_assert_int_le(turns_with(1), without + 6);
    ck_assert_int_ge(turns_with(1), 2);
    ck_assert_int_ge(turns_with(100), 101);
    ck_assert_int_le(turns_with(100), 106);
}
END_TEST

START_TEST(again_before_the_loop_runs_does_not_make_it_spin)
{
    struct again a = {.wanted = 0};
    struct loop_timer *end = loop_timer_new(loop, stop, NULL);

    loop_before_wait(loop, ask_again, &a);
    loop_again(loop);
    loop_timer_start(end, 50);
    loop_run(loop);
    ck_assert_int_le(a.turns, 6);
    loop_timer_free(end);
}
END_TEST

static void on_usr1(void *arg)
{
    count(arg);
    loop_stop(loop);
}

START_TEST(a_signal_is_heard_on_the_loop)
{
    int heard = 0;
    struct loop_signal *s = loop_signal_new(loop, SIGUSR1, on_usr1, &heard);

    for (int i = 1; i <= 3; i++) {
        kill(getpid(), SIGUSR1);
        loop_run(loop);
        ck_assert_int_eq(heard, i);
    }
    loop_signal_free(s);
}
END_TEST

enum { SENDERS = 4, SENDS = 2000 };

struct wakes {
    struct loop_wake *wake;
    pthread_mutex_t lock;
    int sent; /* under the lock */
    int seen, calls;
};

static void *send_many(void *arg)
{
    struct wakes *w = arg;

    for (int i = 0; i < SENDS; i++) {
        pthread_mutex_lock(&w->lock);
        w->sent++;
        pthread_mutex_unlock(&w->lock);
        loop_wake_send(w->wake);
    }
    return NULL;
}

static void on_wake(void *arg)
{
    struct wakes *w = arg;

    w->calls++;
    pthread_mutex_lock(&w->lock);
    w->seen = w->sent;
    pthread_mutex_unlock(&w->lock);
    if (w->seen == SENDERS * SENDS)
        loop_stop(loop);
}

START_TEST(no_wake_from_a_thread_is_lost)
{
    struct wakes w = {.lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t ids[SENDERS];

    w.wake = loop_wake_new(loop, on_wake, &w);
    for (int i = 0; i < SENDERS; i++)
        start_thread(&ids[i], send_many, &w);
    loop_run(loop);
    for (int i = 0; i < SENDERS; i++)
        pthread_join(ids[i], NULL);
    ck_assert_int_ge(w.calls, 1);
    ck_assert_int_le(w.calls, SENDERS * SENDS);
    loop_wake_free(w.wake);
}
END_TEST

START_TEST(many_wakes_before_a_turn_are_one_call)
{
    struct loop_timer *end = loop_timer_new(loop, stop, NULL);
    int calls = 0;
    struct loop_wake *wake = loop_wake_new(loop, count, &calls);

    for (int i = 0; i < 10; i++)
        loop_wake_send(wake);
    loop_timer_start(end, 20);
    loop_run(loop);
    ck_assert_int_eq(calls, 1);
    loop_wake_free(wake);
    loop_timer_free(end);
}
END_TEST

START_TEST(time_does_not_go_back)
{
    int64_t before = clock_now_ms(), now = loop_now_ms(loop);

    ck_assert_int_ge(now, before);
    ck_assert_int_le(now, clock_now_ms());
}
END_TEST

START_TEST(nothing_can_be_freed)
{
    loop_close(NULL);
    loop_watch_free(NULL);
    loop_timer_free(NULL);
    loop_signal_free(NULL);
    loop_wake_free(NULL);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, timers_never_fire_early);
    tcase_add_test(tests, a_long_turn_makes_no_timer_early);
    tcase_add_test(tests, a_stopped_timer_does_not_fire);
    tcase_add_test(tests, a_timer_started_again_fires_once_and_later);
    tcase_add_test(tests, a_time_in_the_past_is_now);
    tcase_add_test(tests, a_watch_tells_what_is_possible);
    tcase_add_test(tests, the_end_of_a_pipe_is_readable);
    tcase_add_test(tests, a_regular_file_is_always_ready);
    tcase_add_test(tests, a_stopped_watch_is_silent);
    tcase_add_test(tests, a_number_used_again_is_watched_again);
    tcase_add_test(tests, hooks_run_in_order_before_each_wait);
    tcase_add_test(tests, a_hook_can_stop_a_loop_that_would_wait);
    tcase_add_test(tests, again_is_one_turn_without_an_event);
    tcase_add_test(tests, again_before_the_loop_runs_does_not_make_it_spin);
    tcase_add_test(tests, a_signal_is_heard_on_the_loop);
    tcase_add_test(tests, no_wake_from_a_thread_is_lost);
    tcase_add_test(tests, many_wakes_before_a_turn_are_one_call);
    tcase_add_test(tests, time_does_not_go_back);
    tcase_add_test(tests, nothing_can_be_freed);
}

int main(void)
{
    Suite *suite = suite_create("loop");
    TCase *tests = tcase_create("loop");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, open_loop, close_loop);
    add_tests(tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
