/* SPDX-License-Identifier: MIT */
#include "io/pool.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "io/loop.h"
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

/* What the jobs of one test have in common; the loop's thread only, but for
 * what is under the lock. */
struct crowd {
    struct pool *pool;
    pthread_t loop_thread;
    size_t threads;
    int jobs, done;
    uint32_t random;

    pthread_mutex_t lock;
    int started;
    int at_once, most_at_once;
    bool on_loop_thread;
    bool signals_open;
    int on_thread[8]; /* jobs that run there, which can be but one */
    bool shared, unknown;
};

struct number {
    struct pool_job job;
    struct crowd *crowd;
    int start; /* it was started as which? */
    int runs;
    uint32_t input, output;
    int gate; /* read a byte from here first, if not 0 */
};

static struct number *number_of(struct pool_job *job)
{
    return LIST_ITEM(job, struct number, job);
}

static bool all_signals_blocked(void)
{
    static const int some[] = {SIGINT,  SIGTERM, SIGHUP,
                               SIGCHLD, SIGUSR1, SIGTSTP};
    sigset_t mask;

    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
        if (sigismember(&mask, some[i]) != 1)
            return false;
    }
    return true;
}

static void begin(struct number *n, size_t thread)
{
    struct crowd *c = n->crowd;

    pthread_mutex_lock(&c->lock);
    if (thread >= c->threads)
        c->unknown = true;
    else if (++c->on_thread[thread] > 1)
        c->shared = true;
    n->start = c->started++;
    if (++c->at_once > c->most_at_once)
        c->most_at_once = c->at_once;
    if (pthread_equal(pthread_self(), c->loop_thread))
        c->on_loop_thread = true;
    if (!all_signals_blocked())
        c->signals_open = true;
    pthread_mutex_unlock(&c->lock);
}

static void run(struct pool_job *job, size_t thread)
{
    struct number *n = number_of(job);
    char byte;

    (void)thread;
    begin(n, thread);
    if (n->gate > 0 && fd_read(n->gate, &byte, 1) < 0)
        n->input = 0;
    n->output = n->input;
    for (uint32_t i = n->input % 3000; i > 0; i--)
        n->output = n->output * 31 + i;
    n->runs++;
    pthread_mutex_lock(&n->crowd->lock);
    n->crowd->on_thread[thread]--;
    n->crowd->at_once--;
    pthread_mutex_unlock(&n->crowd->lock);
}

static uint32_t answer(uint32_t input)
{
    uint32_t output = input;

    for (uint32_t i = input % 3000; i > 0; i--)
        output = output * 31 + i;
    return output;
}

static void done(struct pool_job *job)
{
    struct number *n = number_of(job);
    struct crowd *c = n->crowd;

    ck_assert(pthread_equal(pthread_self(), c->loop_thread));
    if (n->output != answer(n->input))
        ck_abort_msg("a wrong answer");
    if (++c->done == c->jobs)
        loop_stop(loop);
}

static struct crowd new_crowd(size_t threads, int jobs)
{
    struct crowd c = {
        .jobs = jobs, .threads = threads, .loop_thread = pthread_self()};

    pthread_mutex_init(&c.lock, NULL);
    c.pool = pool_open(loop, threads);
    return c;
}

static void submit(struct crowd *c, struct number *n, uint32_t input)
{
    *n = (struct number){.job = {.run = run, .done = done},
                         .crowd = c,
                         .gate = n->gate,
                         .input = input};
    pool_submit(c->pool, &n->job);
}

static void check_many(size_t threads, int jobs, uint32_t *state)
{
    struct number *n = calloc((size_t)jobs, sizeof *n);
    struct crowd c = new_crowd(threads, jobs);

    for (int i = 0; i < jobs; i++)
        submit(&c, &n[i], draw(state));
    loop_run(loop);
    ck_assert_int_eq(c.done, jobs);
    ck_assert_int_eq(c.started, jobs);
    ck_assert_int_le(c.most_at_once, (int)threads);
    ck_assert(!c.on_loop_thread);
    ck_assert(!c.signals_open);
    ck_assert(!c.shared && !c.unknown);
    for (int i = 0; i < jobs; i++)
        ck_assert_int_eq(n[i].runs, 1);
    pool_close(c.pool);
    free(n);
}

START_TEST(every_job_is_run_once_and_handed_back)
{
    uint32_t state = seed_of_run();

    for (int round = 0; round < 30; round++)
        check_many(1 + draw(&state) % 8, 1 + (int)(draw(&state) % 500), &state);
}
END_TEST

START_TEST(one_thread_starts_jobs_in_order)
{
    enum { JOBS = 500 };
    static struct number n[JOBS];
    struct crowd c = new_crowd(1, JOBS);

    memset(n, 0, sizeof n);
    for (int i = 0; i < JOBS; i++)
        submit(&c, &n[i], (uint32_t)i);
    loop_run(loop);
    for (int i = 0; i < JOBS; i++)
        ck_assert_int_eq(n[i].start, i);
    ck_assert_int_eq(c.most_at_once, 1);
    pool_close(c.pool);
}
END_TEST

START_TEST(as_many_jobs_run_as_there_are_threads)
{
    struct crowd c = new_crowd(3, 3);
    struct number n[3];
    int gate[2];
    bool all = false;

    ck_assert_int_eq(fd_pipe(gate), 0);
    for (int i = 0; i < 3; i++) {
        n[i].gate = gate[0];
        submit(&c, &n[i], (uint32_t)i);
    }
    /* Each has to begin before any may end; else this waits for ever. */
    while (!all) {
        pthread_mutex_lock(&c.lock);
        all = c.at_once == 3;
        pthread_mutex_unlock(&c.lock);
    }
    ck_assert_int_eq(fd_write(gate[1], "abc", 3), 0);
    loop_run(loop);
    ck_assert_int_eq(c.done, 3);
    pool_close(c.pool);
    fd_close(gate[0]);
    fd_close(gate[1]);
}
END_TEST

/* Each `done` submits the job again, until enough were done. */
static void done_again(struct pool_job *job)
{
    struct number *n = number_of(job);
    struct crowd *c = n->crowd;

    c->done++;
    if (c->jobs-- > 0)
        pool_submit(c->pool, job);
    else if (c->done == 1000 + 4)
        loop_stop(loop);
}

START_TEST(a_job_can_be_submitted_when_it_is_done)
{
    struct crowd c = new_crowd(2, 1000);
    struct number n[4];

    for (int i = 0; i < 4; i++) {
        n[i] = (struct number){.job = {.run = run, .done = done_again},
                               .crowd = &c};
        pool_submit(c.pool, &n[i].job);
    }
    loop_run(loop);
    ck_assert_int_eq(c.done, 1004);
    ck_assert_int_eq(n[0].runs + n[1].runs + n[2].runs + n[3].runs, 1004);
    pool_close(c.pool);
}
END_TEST

static void *open_gate(void *arg)
{
    const int *gate = arg;
    const struct timespec pause = {.tv_nsec = 20000000};

    /* Late on purpose: close has to wait for the job. */
    nanosleep(&pause, NULL);
    if (write(*gate, "x", 1) != 1)
        abort();
    return NULL;
}

START_TEST(close_waits_for_what_runs_and_drops_what_waits)
{
    struct crowd c = new_crowd(1, 3);
    struct number n[3] = {{.gate = 0}};
    pthread_t helper;
    int gate[2];
    bool running = false;

    ck_assert_int_eq(fd_pipe(gate), 0);
    n[0].gate = gate[0];
    for (int i = 0; i < 3; i++)
        submit(&c, &n[i], (uint32_t)i);
    while (!running) {
        pthread_mutex_lock(&c.lock);
        running = c.at_once == 1;
        pthread_mutex_unlock(&c.lock);
    }
    start_thread(&helper, open_gate, &gate[1]);
    pool_close(c.pool);
    pthread_join(helper, NULL);
    ck_assert_int_eq(n[0].runs, 1);
    ck_assert_int_eq(n[1].runs + n[2].runs, 0);
    ck_assert_int_eq(c.done, 0);
    fd_close(gate[0]);
    fd_close(gate[1]);
}
END_TEST

START_TEST(close_at_any_moment_is_safe)
{
    enum { JOBS = 50 };
    static struct number n[JOBS];
    uint32_t state = seed_of_run();

    for (int round = 0; round < 200; round++) {
        struct crowd c = new_crowd(1 + draw(&state) % 4, INT32_MAX);
        int jobs = (int)(draw(&state) % JOBS), runs = 0;

        memset(n, 0, sizeof n);
        for (int i = 0; i < jobs; i++)
            submit(&c, &n[i], draw(&state));
        for (uint32_t i = draw(&state) % 20000; i > 0; i--)
            runs += (int)(i & 1);
        pool_close(c.pool);
        ck_assert_int_eq(c.done, 0);
        for (int i = 0; i < jobs; i++)
            ck_assert_int_le(n[i].runs, 1);
    }
}
END_TEST

/* What a pool that was left uses until the process ends. */
static struct crowd left;
static struct number left_jobs[2];

static bool left_has(const int *count, int want)
{
    bool has;

    pthread_mutex_lock(&left.lock);
    has = *count == want;
    pthread_mutex_unlock(&left.lock);
    return has;
}

START_TEST(a_pool_that_was_left_needs_no_loop)
{
    int gate[2];

    ck_assert_int_eq(fd_pipe(gate), 0);
    left = new_crowd(1, 2);
    left_jobs[0].gate = gate[0];
    submit(&left, &left_jobs[0], 1);
    submit(&left, &left_jobs[1], 2);
    while (!left_has(&left.at_once, 1))
        continue;
    pool_abandon(left.pool);
    close_loop();
    ck_assert_int_eq(fd_write(gate[1], "x", 1), 0);
    while (!left_has(&left.at_once, 0))
        continue;
    open_loop();
    ck_assert(left_has(&left.started, 1));
    ck_assert_int_eq(left.done, 0);
    fd_close(gate[0]);
    fd_close(gate[1]);
}
END_TEST

START_TEST(a_pool_without_jobs_can_be_closed)
{
    pool_close(pool_open(loop, 4));
    pool_close(NULL);
}
END_TEST

/* A job that asks for one thing after another, and adds them up. */
struct eater {
    struct pool *pool;
    struct pool_inbox *inbox;
    struct pool_job job;
    struct pool_job request;
    struct pool_job things[3];
    int given, returned, eaten;
    bool over;
};

static void eat(struct pool_job *job, size_t thread)
{
    struct eater *e = LIST_ITEM(job, struct eater, job);
    struct pool_job *thing;

    (void)thread;
    for (;;) {
        pool_return(e->pool, &e->request);
        thing = pool_inbox_take(e->inbox);
        if (thing == NULL)
            return;
        e->eaten = 10 * e->eaten + (int)(thing - e->things) + 1;
        pool_return(e->pool, thing);
    }
}

static struct eater *eater; /* of the test that runs */

static void take_back(struct pool_job *thing)
{
    ck_assert(thing == &eater->things[eater->returned]);
    eater->returned++;
}

static void feed(struct pool_job *request)
{
    (void)request;
    if (eater->given < 3)
        ck_assert(pool_inbox_put(eater->inbox, &eater->things[eater->given++]));
    else
        pool_inbox_close(eater->inbox);
}

static void end_meal(struct pool_job *job)
{
    (void)job;
    eater->over = true;
    loop_stop(loop);
}

START_TEST(an_inbox_gives_in_order_until_it_is_closed)
{
    struct eater e = {.job = {.run = eat, .done = end_meal},
                      .request = {.done = feed}};

    eater = &e;
    for (int i = 0; i < 3; i++)
        e.things[i].done = take_back;
    e.pool = pool_open(loop, 1);
    e.inbox = pool_inbox_new(e.pool);
    pool_submit(e.pool, &e.job);
    loop_run(loop);
    ck_assert(e.over);
    ck_assert_int_eq(e.eaten, 123);
    ck_assert_int_eq(e.returned, 3);
    ck_assert(!pool_inbox_put(e.inbox, &e.things[0]));
    pool_close(e.pool);
    pool_inbox_free(e.inbox);
    pool_inbox_free(NULL);
}
END_TEST

START_TEST(a_closed_inbox_lets_go_whoever_waits)
{
    struct eater e = {.job = {.run = eat, .done = end_meal},
                      .request = {.done = end_meal}};

    /* When the request is here, it waits or is about to. */
    eater = &e;
    e.pool = pool_open(loop, 1);
    e.inbox = pool_inbox_new(e.pool);
    pool_submit(e.pool, &e.job);
    loop_run(loop);
    pool_inbox_close(e.inbox);
    pool_close(e.pool);
    ck_assert_int_eq(e.eaten, 0);
    pool_inbox_free(e.inbox);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pool");
    TCase *tests = tcase_create("pool");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, open_loop, close_loop);
    tcase_add_test(tests, every_job_is_run_once_and_handed_back);
    tcase_add_test(tests, one_thread_starts_jobs_in_order);
    tcase_add_test(tests, as_many_jobs_run_as_there_are_threads);
    tcase_add_test(tests, a_job_can_be_submitted_when_it_is_done);
    tcase_add_test(tests, close_waits_for_what_runs_and_drops_what_waits);
    tcase_add_test(tests, close_at_any_moment_is_safe);
    tcase_add_test(tests, a_pool_that_was_left_needs_no_loop);
    tcase_add_test(tests, a_pool_without_jobs_can_be_closed);
    tcase_add_test(tests, an_inbox_gives_in_order_until_it_is_closed);
    tcase_add_test(tests, a_closed_inbox_lets_go_whoever_waits);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
