/* SPDX-License-Identifier: MIT */
/*
 * A run with a source, a worker and a report of the test's own, over a real
 * loop and into a real sink. The worker keeps what it was given and finishes
 * it when it likes: at once, in any order, failed or not. What must hold is
 * the same for every seed: each item that was read is reported exactly once,
 * the output is what was reported, the tally and the outcome tell the truth.
 */
#include "flow/flow.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "io/loop.h"
#include "support/random.h"
#include "support/thread.h"

enum { ITEMS_MAX = 400, OUT_MAX = 400, SEEDS = 150 };

/* Who breaks the run off. */
enum breaker {
    BY_NOBODY,
    BY_WORKER,
    BY_SIGNAL,
    BY_DEADLINE,
    BY_SINK,
    BY_SOURCE,
    BY_ERRORS,
};

/* What a run is like; chances in percent. */
struct plan {
    uint64_t items; /* in the list */
    size_t spare;   /* W */
    size_t slots;   /* that run at once */
    bool ordered;
    bool by_timer; /* finish from a timer, else from a hook */
    unsigned sync, later, failing, cancelling, empty;
    unsigned retries;
    enum breaker breaker;
    uint64_t break_at; /* this item breaks it off */
    int64_t deadline_ms;
    uint64_t max_errors;
    double max_share;
    int out; /* the sink's, or -1: a pipe that is read */
    bool with_side;
    bool rest; /* the source gives what is left to a run that stops */
};

struct world {
    struct plan plan;
    struct loop *loop;
    struct log log;
    struct flow *flow;
    struct loop_timer *pump_timer;
    struct loop_timer *later_timer;
    uint32_t random;

    struct list waiting, running; /* the worker's items */
    size_t running_count;
    uint64_t starts, starts_after_cancel;
    int cancels;
    bool broken_off;
    bool stopped;
    uint64_t ends; /* the source heard of */
    unsigned char reported[ITEMS_MAX];
    uint64_t report_count;
    uint64_t last_seq;
    struct buf expected; /* what was given to the sink */
    struct buf side_expected;
    int side; /* a file in memory, or -1 */

    int pipe[2];
    pthread_t reader;
    size_t read_at_most; /* then the reader goes away */
    struct buf got;
};

static bool chance(struct world *w, unsigned percent)
{
    return draw(&w->random) % 100 < percent;
}

static struct item *item_of(struct list *link)
{
    return LIST_ITEM(link, struct item, link);
}

static void break_off(struct world *w)
{
    struct err err;

    if (w->broken_off)
        return;
    w->broken_off = true;
    if (w->plan.breaker == BY_SIGNAL)
        kill(getpid(), SIGTERM);
    if (w->plan.breaker == BY_WORKER) {
        err_set(&err, ERR_CREATE, "the worker cannot go on");
        flow_fail(w->flow, &err);
    }
}

static void nothing(void *arg)
{
    (void)arg;
}

static enum flow_got fill(void *self, struct item *item, struct err *err)
{
    struct world *w = self;
    uint64_t n = flow_read(w->flow);

    if (w->plan.breaker == BY_SOURCE && n == w->plan.break_at) {
        err_set(err, ERR_LIST, "line %d is wrong", (int)n);
        return FLOW_FAULT;
    }
    if (n == w->plan.items)
        return FLOW_END;
    if (!w->stopped && chance(w, w->plan.later)) {
        loop_timer_start(w->later_timer, draw(&w->random) % 2);
        buf_add_char(&item->detail, 'x'); /* kept until the next call */
        return FLOW_LATER;
    }
    buf_printf(&item->in, "%d", (int)n);
    buf_printf(&item->id, "i%d", (int)n);
    return FLOW_FILLED;
}

static void on_stop(void *self)
{
    struct world *w = self;

    w->stopped = true;
}

static void on_ended(void *self, const struct item *item)
{
    struct world *w = self;

    ck_assert(item->status >= ITEM_COMPLETED);
    w->ends++;
}

static void finish(struct world *w, struct item *item)
{
    if (chance(w, w->plan.cancelling)) {
        item_fail(item, ITEM_CANCELLED, "cancelled", "it was cancelled");
    } else if (chance(w, w->plan.failing)) {
        item_fail(item, ITEM_FAILED, "exit", "it failed");
        item->retryable = chance(w, 70);
    } else {
        item_complete(item);
    }
    flow_finish(w->flow, item);
}

static void run_some(struct world *w)
{
    while (w->running_count < w->plan.slots && !list_empty(&w->waiting)) {
        struct item *item = item_of(list_pop(&w->waiting));

        flow_started(w->flow, item);
        list_push(&w->running, &item->link);
        w->running_count++;
    }
}

static void start(void *self, struct item *item)
{
    struct world *w = self;

    w->starts++;
    w->starts_after_cancel += w->cancels > 0;
    if (w->cancels > 0) {
        item_fail(item, ITEM_CANCELLED, "cancelled", "never started");
        flow_finish(w->flow, item);
        return;
    }
    if (item->seq == w->plan.break_at)
        break_off(w);
    if (chance(w, w->plan.sync)) {
        if (chance(w, 90))
            flow_started(w->flow, item);
        else
            item->attempts++;
        finish(w, item);
        return;
    }
    list_push(&w->waiting, &item->link);
    run_some(w);
    loop_again(w->loop); /* for the hook, if it ran before the flow's */
}

static struct item *take_running(struct world *w)
{
    uint32_t which = draw(&w->random) % (uint32_t)w->running_count;
    struct list *link = w->running.next;

    while (which-- > 0)
        link = link->next;
    list_remove(link);
    w->running_count--;
    return item_of(link);
}

/* Finish some of what runs, any of it. */
static void pump(struct world *w)
{
    uint32_t n = draw(&w->random) % 4;

    while (n-- > 0 && w->running_count > 0)
        finish(w, take_running(w));
    run_some(w);
}

static void on_pump_timer(void *arg)
{
    struct world *w = arg;

    pump(w);
    loop_timer_start(w->pump_timer, draw(&w->random) % 2);
}

static void on_pump_hook(void *arg)
{
    struct world *w = arg;

    if (w->plan.by_timer || w->running_count == 0)
        return;
    pump(w);
    if (w->running_count > 0)
        loop_again(w->loop);
}

static void cancel(void *self, bool now)
{
    struct world *w = self;
    struct list *link;

    w->cancels++;
    while ((link = list_pop(&w->waiting)) != NULL) {
        item_fail(item_of(link), ITEM_CANCELLED, "cancelled", "before");
        flow_finish(w->flow, item_of(link));
    }
    while (w->running_count > 0 && (now || chance(w, 50))) {
        struct item *item = take_running(w);

        item_fail(item, ITEM_CANCELLED, "cancelled", "while it ran");
        flow_finish(w->flow, item);
    }
}

static void report(void *self, struct item *item, struct flow_tally *tally)
{
    struct world *w = self;

    ck_assert_uint_lt(item->seq, flow_read(w->flow));
    if (w->reported[item->seq]++ != 0)
        ck_abort_msg("item %d is reported again", (int)item->seq);
    if (w->plan.ordered && item->seq != w->report_count)
        ck_abort_msg("item %d is out of order", (int)item->seq);
    w->report_count++;
    tally->completed += item->status == ITEM_COMPLETED;
    tally->failed += item->status == ITEM_FAILED;
    tally->cancelled += item->status == ITEM_CANCELLED;
    if (w->side >= 0 && chance(w, 50)) {
        buf_printf(&item->side, "side of %d\n", (int)item->seq);
        buf_add_slice(&w->side_expected, buf_slice(&item->side));
    }
    if (chance(w, w->plan.empty))
        return;
    buf_printf(&item->out, "%d %s %u ", (int)item->seq,
               item_status_name(item->status), item->attempts);
    for (uint32_t n = draw(&w->random) % (OUT_MAX - 60); n > 0; n--)
        buf_add_char(&item->out, (char)('a' + n % 26));
    buf_add_char(&item->out, '\n');
    ck_assert_int_eq(buf_add_slice(&w->expected, buf_slice(&item->out)), 0);
}

static void *read_output(void *arg)
{
    struct world *w = arg;
    char *room;
    ssize_t n = 1;

    while (n > 0 && w->got.len < w->read_at_most) {
        room = buf_reserve(&w->got, 1000);
        n = fd_read(w->pipe[0], room, 1000);
        if (n > 0)
            w->got.len += (size_t)n;
    }
    fd_close(w->pipe[0]);
    return NULL;
}

static void start_reader(struct world *w)
{
    sigset_t all, before;

    ck_assert_int_eq(fd_pipe(w->pipe), 0);
    w->read_at_most =
        w->plan.breaker == BY_SINK ? 1 + draw(&w->random) % 5000 : SIZE_MAX;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    start_thread(&w->reader, read_output, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    w->plan.out = w->pipe[1];
}

static struct flow_options options_of(struct world *w)
{
    return (struct flow_options){
        .loop = w->loop,
        .log = &w->log,
        .source = {w, fill, w->plan.rest ? on_stop : NULL, on_ended},
        .worker = {w, start, cancel, NULL},
        .report = {w, report},
        .limits = {.in = 100, .result = 100, .out = OUT_MAX, .side = 100},
        .keep = 50,
        .items = w->plan.spare,
        .ordered = w->plan.ordered,
        .out = w->plan.out,
        .side = w->side,
        .out_name = "stdout",
        .side_name = w->side < 0 ? NULL : "rejects",
        .retry = {.retries = w->plan.retries,
                  .base_ms = draw(&w->random) % 3,
                  .cap_ms = draw(&w->random) % 4},
        .deadline_ms = w->plan.deadline_ms,
        .max_errors = w->plan.max_errors,
        .max_error_share = w->plan.max_share,
    };
}

static void open_world(struct world *w, const struct plan *plan, uint32_t seed)
{
    struct flow_options o;

    *w = (struct world){.plan = *plan, .random = seed};
    w->loop = loop_open();
    log_init(&w->log, -1, LOG_QUIET);
    list_init(&w->waiting);
    list_init(&w->running);
    buf_init(&w->expected, ITEMS_MAX * OUT_MAX);
    buf_init(&w->got, ITEMS_MAX * OUT_MAX + 1000);
    buf_init(&w->side_expected, ITEMS_MAX * 100);
    w->side = plan->with_side ? fd_memory_file("side") : -1;
    w->pump_timer = loop_timer_new(w->loop, on_pump_timer, w);
    w->later_timer = loop_timer_new(w->loop, nothing, w);
    if (plan->out < 0)
        start_reader(w);
    if (seed % 2)
        loop_before_wait(w->loop, on_pump_hook, w);
    o = options_of(w);
    w->flow = flow_open(&o);
    if (seed % 2 == 0)
        loop_before_wait(w->loop, on_pump_hook, w);
    if (plan->by_timer)
        loop_timer_start(w->pump_timer, 0);
}

static void end_reader(struct world *w)
{
    if (w->plan.out != w->pipe[1] || w->pipe[1] == 0)
        return;
    fd_close(w->pipe[1]);
    pthread_join(w->reader, NULL);
}

static void close_world(struct world *w)
{
    loop_timer_free(w->pump_timer);
    loop_timer_free(w->later_timer);
    loop_close(w->loop);
    log_release(&w->log);
    buf_release(&w->expected);
    buf_release(&w->got);
    buf_release(&w->side_expected);
    fd_close(w->side);
}

static enum err_kind kind_of(const struct world *w)
{
    static const enum err_kind kinds[] = {
        [BY_NOBODY] = ERR_UNITS,  [BY_WORKER] = ERR_CREATE,
        [BY_SIGNAL] = ERR_SIGNAL, [BY_DEADLINE] = ERR_DEADLINE,
        [BY_SINK] = ERR_OUTPUT,   [BY_SOURCE] = ERR_LIST,
        [BY_ERRORS] = ERR_UNITS,
    };

    return kinds[w->plan.breaker];
}

/* The outcome has to be the breaker's, or, if it came too late to matter, that
 * of a list that was worked off. */
static void check_outcome(const struct world *w, int outcome,
                          const struct err *err)
{
    const struct flow_tally *t = flow_tally(w->flow);
    bool ended = flow_read(w->flow) == w->plan.items;
    bool good = t->failed + t->cancelled == 0;

    if (outcome == 0) {
        ck_assert(ended && good);
        return;
    }
    ck_assert_int_eq(outcome, -1);
    if (err->kind != kind_of(w)) {
        ck_assert_msg(ended && !good && err->kind == ERR_UNITS, "%d: %s",
                      (int)err->kind, err->text);
        ck_assert_str_eq(err->text, "");
    }
}

static void check_run(const struct world *w)
{
    const struct flow_tally *t = flow_tally(w->flow);
    uint64_t read = flow_read(w->flow);

    ck_assert_uint_le(read, w->plan.items);
    ck_assert_uint_eq(w->report_count, read);
    ck_assert_uint_eq(w->ends, read);
    if (w->stopped && w->plan.breaker != BY_SINK)
        ck_assert_uint_eq(read, w->plan.items);
    for (uint64_t i = 0; i < read; i++) {
        if (w->reported[i] != 1)
            ck_abort_msg("item %d is lost", (int)i);
    }
    ck_assert_uint_eq(t->completed + t->failed + t->cancelled, read);
    ck_assert_uint_eq(w->starts, read + t->retried);
    ck_assert_uint_eq(flow_running(w->flow), 0);
    ck_assert(flow_list_ended(w->flow));
    if (!w->plan.rest)
        ck_assert_uint_eq(w->starts_after_cancel, 0);
    ck_assert(list_empty(&w->waiting) && list_empty(&w->running));
}

/* Ordered or not, bytes go out as they were reported; a reader that went away
 * has the first of them. */
static void check_output(const struct world *w)
{
    size_t len = w->got.len;

    if (w->plan.breaker != BY_SINK)
        ck_assert_uint_eq(len, w->expected.len);
    ck_assert_uint_le(len, w->expected.len);
    ck_assert(len == 0 || memcmp(w->got.data, w->expected.data, len) == 0);
}

static void check_side(const struct world *w)
{
    static char bytes[ITEMS_MAX * 100];
    ssize_t n = w->side < 0 ? 0 : pread(w->side, bytes, sizeof bytes, 0);

    ck_assert_int_ge(n, 0);
    ck_assert(
        slice_equal(slice_of(bytes, (size_t)n), buf_slice(&w->side_expected)));
}

static void check_plan(const struct plan *plan, uint32_t seed)
{
    struct world w;
    struct err err = {.kind = ERR_NONE};
    int outcome;

    open_world(&w, plan, seed);
    outcome = flow_run(w.flow, &err);
    check_outcome(&w, outcome, &err);
    check_run(&w);
    flow_close(w.flow);
    end_reader(&w);
    if (plan->out < 0)
        check_output(&w);
    check_side(&w);
    close_world(&w);
}

static struct plan draw_plan(uint32_t *state, enum breaker breaker)
{
    static const unsigned chances[] = {0, 0, 5, 50, 100};
    struct plan p = {.items = draw(state) % ITEMS_MAX,
                     .spare = 1 + draw(state) % 50,
                     .slots = 1 + draw(state) % 20,
                     .ordered = draw(state) % 2,
                     .by_timer = draw(state) % 4 == 0,
                     .sync = chances[draw(state) % 5],
                     .later = chances[draw(state) % 4],
                     .failing = chances[draw(state) % 5],
                     .cancelling = draw(state) % 4 ? 0 : 10,
                     .empty = chances[draw(state) % 5],
                     .retries = draw(state) % 3,
                     .with_side = draw(state) % 2,
                     .rest = draw(state) % 2,
                     .breaker = breaker,
                     .max_errors = UINT64_MAX,
                     .out = -1};

    if (p.by_timer || p.later > 5)
        p.items %= 60; /* these take milliseconds */
    p.break_at = p.items > 0 ? draw(state) % p.items : 0;
    return p;
}

static void check_seeds(enum breaker breaker)
{
    uint32_t state = seed_of_run();

    for (int i = 0; i < SEEDS; i++) {
        struct plan p = draw_plan(&state, breaker);

        if (breaker == BY_DEADLINE)
            p.deadline_ms = 1 + draw(&state) % 5;
        if (breaker == BY_ERRORS && draw(&state) % 2)
            p.max_share = (1 + draw(&state) % 99) / 100.0;
        else if (breaker == BY_ERRORS)
            p.max_errors = draw(&state) % 20;
        check_plan(&p, draw(&state));
    }
}

START_TEST(every_item_is_reported_once)
{
    check_seeds(BY_NOBODY);
}
END_TEST

START_TEST(so_it_is_when_the_worker_gives_up)
{
    check_seeds(BY_WORKER);
}
END_TEST

START_TEST(so_it_is_when_a_signal_comes)
{
    check_seeds(BY_SIGNAL);
}
END_TEST

START_TEST(so_it_is_when_the_deadline_passes)
{
    check_seeds(BY_DEADLINE);
}
END_TEST

START_TEST(so_it_is_when_the_reader_goes_away)
{
    check_seeds(BY_SINK);
}
END_TEST

START_TEST(so_it_is_when_the_list_has_a_fault)
{
    check_seeds(BY_SOURCE);
}
END_TEST

START_TEST(so_it_is_when_too_many_fail)
{
    check_seeds(BY_ERRORS);
}
END_TEST

START_TEST(so_it_is_when_the_disk_is_full)
{
    uint32_t state = seed_of_run();
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    for (int i = 0; i < SEEDS; i++) {
        struct plan p = draw_plan(&state, BY_SINK);

        p.out = full;
        check_plan(&p, draw(&state));
    }
    fd_close(full);
}
END_TEST

static const struct plan simple = {
    .items = 10, .spare = 4, .slots = 4, .max_errors = UINT64_MAX, .out = -1};

static int run_world(struct world *w, struct err *err)
{
    int outcome;

    *err = (struct err){.kind = ERR_NONE};
    outcome = flow_run(w->flow, err);
    check_run(w);
    return outcome;
}

static void end_world(struct world *w)
{
    flow_close(w->flow);
    end_reader(w);
    close_world(w);
}

START_TEST(an_empty_list_is_a_good_run)
{
    struct plan p = simple;
    struct world w;
    struct err err;

    p.items = 0;
    open_world(&w, &p, 1);
    ck_assert_int_eq(run_world(&w, &err), 0);
    end_world(&w);
}
END_TEST

START_TEST(a_fault_in_the_list_lets_finish_what_was_read)
{
    struct plan p = simple;
    struct world w;
    struct err err;

    p.breaker = BY_SOURCE;
    p.break_at = 7;
    open_world(&w, &p, 1);
    ck_assert_int_eq(run_world(&w, &err), -1);
    ck_assert_int_eq(err.kind, ERR_LIST);
    ck_assert_str_eq(err.text, "line 7 is wrong");
    ck_assert_uint_eq(flow_tally(w.flow)->completed, 7);
    ck_assert_int_eq(w.cancels, 0);
    ck_assert(!flow_stopping(w.flow));
    end_world(&w);
}
END_TEST

START_TEST(one_failure_makes_the_run_one_with_failures)
{
    struct plan p = simple;
    struct world w;
    struct err err;

    p.failing = 100;
    open_world(&w, &p, 1);
    ck_assert_int_eq(run_world(&w, &err), -1);
    ck_assert_int_eq(err.kind, ERR_UNITS);
    ck_assert_str_eq(err.text, "");
    ck_assert_uint_eq(flow_tally(w.flow)->failed, 10);
    end_world(&w);
}
END_TEST

START_TEST(more_than_max_errors_stop_the_run)
{
    struct plan p = simple;
    struct world w;
    struct err err;

    p.items = 100;
    p.spare = 1;
    p.failing = 100;
    p.breaker = BY_ERRORS;
    p.max_errors = 5;
    p.break_at = 1000;
    open_world(&w, &p, 1);
    ck_assert_int_eq(run_world(&w, &err), -1);
    ck_assert_int_eq(err.kind, ERR_UNITS);
    ck_assert_str_eq(err.text, "stopped: 6 failed (--max-errors)");
    ck_assert_uint_eq(flow_read(w.flow), 6);
    end_world(&w);
}
END_TEST

START_TEST(as_many_as_max_errors_do_not)
{
    struct plan p = simple;
    struct world w;
    struct err err;

    p.failing = 100;
    p.max_errors = 10;
    open_world(&w, &p, 1);
    ck_assert_int_eq(run_world(&w, &err), -1);
    ck_assert_str_eq(err.text, "");
    ck_assert_uint_eq(flow_read(w.flow), 10);
    end_world(&w);
}
END_TEST

START_TEST(a_share_of_errors_counts_from_twenty_on)
{
    struct plan p = simple;
    struct world w;
    struct err err;

    p.items = 100;
    p.spare = 1;
    p.failing = 100;
    p.breaker = BY_ERRORS;
    p.max_share = 0.5;
    p.break_at = 1000;
    open_world(&w, &p, 1);
    ck_assert_int_eq(run_world(&w, &err), -1);
    ck_assert_uint_eq(flow_read(w.flow), 20);
    end_world(&w);
}
END_TEST

START_TEST(a_signal_is_the_outcome)
{
    struct plan p = simple;
    struct world w;
    struct err err;

    p.items = 100;
    p.breaker = BY_SIGNAL;
    p.break_at = 3;
    open_world(&w, &p, 1);
    ck_assert_int_eq(run_world(&w, &err), -1);
    ck_assert_int_eq(err.kind, ERR_SIGNAL);
    ck_assert_int_eq(err.sys, SIGTERM);
    ck_assert_str_eq(err.text, "");
    ck_assert_int_eq(w.cancels, 1);
    ck_assert(flow_stopping(w.flow));
    end_world(&w);
}
END_TEST

START_TEST(the_deadline_tells_what_came_of_it)
{
    struct plan p = simple;
    struct world w;
    struct err err;

    p.slots = 1;
    p.later = 100; /* never anything to be had */
    p.deadline_ms = 5;
    open_world(&w, &p, 1);
    ck_assert_int_eq(run_world(&w, &err), -1);
    ck_assert_int_eq(err.kind, ERR_DEADLINE);
    ck_assert_str_eq(err.text, "deadline passed: 0 completed, 0 failed, 0 "
                               "cancelled; nothing was started");
    end_world(&w);
}
END_TEST

START_TEST(a_full_disk_is_told)
{
    struct plan p = simple;
    struct world w;
    struct err err;

    p.items = 100;
    p.out = open("/dev/full", O_WRONLY | O_CLOEXEC);
    open_world(&w, &p, 1);
    ck_assert_int_eq(run_world(&w, &err), -1);
    ck_assert_int_eq(err.kind, ERR_OUTPUT);
    ck_assert_int_eq(err.sys, ENOSPC);
    ck_assert_str_eq(err.text, "stdout: No space left on device");
    end_world(&w);
    fd_close(p.out);
}
END_TEST

START_TEST(a_full_disk_at_the_very_end_is_told_too)
{
    struct plan p = simple;
    struct world w;
    struct err err;

    p.items = 1;
    p.out = open("/dev/full", O_WRONLY | O_CLOEXEC);
    open_world(&w, &p, 1);
    ck_assert_int_eq(run_world(&w, &err), -1);
    ck_assert_int_eq(err.kind, ERR_OUTPUT);
    end_world(&w);
    fd_close(p.out);
}
END_TEST

START_TEST(a_side_that_is_full_is_told_by_its_name)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct plan p = simple;
    struct world w;
    struct err err;

    p.items = 100;
    p.with_side = true;
    open_world(&w, &p, 1);
    ck_assert_int_eq(dup2(full, w.side), w.side);
    ck_assert_int_eq(run_world(&w, &err), -1);
    ck_assert_int_eq(err.kind, ERR_OUTPUT);
    ck_assert_str_eq(err.text, "rejects: No space left on device");
    end_world(&w);
    fd_close(full);
}
END_TEST

/* What an item's worker does on each start, given by the test. */
typedef void (*act_fn)(struct world *w, struct item *item);

static act_fn act;

static void start_act(void *self, struct item *item)
{
    struct world *w = self;

    w->starts++;
    w->starts_after_cancel += w->cancels > 0;
    act(w, item);
}

static void cancel_nothing(void *self, bool now)
{
    struct world *w = self;

    (void)now;
    w->cancels++;
}

/* As open_world, with `act` for the worker; tune the options further. */
static struct flow_options begin_act(struct world *w, const struct plan *plan,
                                     act_fn fn)
{
    struct flow_options o;

    open_world(w, plan, 3);
    flow_close(w->flow);
    loop_timer_free(w->pump_timer);
    loop_timer_free(w->later_timer);
    loop_close(w->loop);
    w->loop = loop_open();
    w->pump_timer = loop_timer_new(w->loop, on_pump_timer, w);
    w->later_timer = loop_timer_new(w->loop, nothing, w);
    act = fn;
    o = options_of(w);
    o.worker.start = start_act;
    o.worker.cancel = cancel_nothing;
    return o;
}

static void fail_retryable(struct world *w, struct item *item, int64_t floor)
{
    item_fail(item, ITEM_FAILED, "exit", "it failed");
    item->retryable = true;
    item->retry_floor_ms = floor;
    flow_finish(w->flow, item);
}

/* Item 0 fails at first; the second time the worker gives up, within start,
 * while item 1 still waits for its second time. */
static void act_give_up(struct world *w, struct item *item)
{
    struct err err;

    flow_started(w->flow, item);
    if (item->seq == 0 && item->attempts == 2) {
        err_set(&err, ERR_CREATE, "no more");
        flow_fail(w->flow, &err);
    }
    fail_retryable(w, item, item->seq == 0 ? 1 : 60000);
}

START_TEST(a_worker_may_give_up_at_a_retry)
{
    struct plan p = simple;
    struct flow_options o;
    struct world w;
    struct err err;

    p.items = 2;
    o = begin_act(&w, &p, act_give_up);
    o.retry = (struct retry_policy){.retries = 5, .cap_ms = 100000};
    w.flow = flow_open(&o);
    ck_assert_int_eq(flow_run(w.flow, &err), -1);
    ck_assert_int_eq(err.kind, ERR_CREATE);
    ck_assert_uint_eq(w.report_count, 2);
    ck_assert_uint_eq(flow_tally(w.flow)->failed, 2);
    end_world(&w);
}
END_TEST

static int64_t last_start_ms;

/* Item 0 waits long; item 1 fails at once, three times. */
static void act_fail_at_once(struct world *w, struct item *item)
{
    flow_started(w->flow, item);
    if (item->seq == 0 && item->attempts == 2)
        item_complete(item);
    if (item->seq == 1)
        last_start_ms = clock_now_ms();
    if (item->status == ITEM_COMPLETED)
        flow_finish(w->flow, item);
    else
        fail_retryable(w, item, item->seq == 0 ? 1500 : 1);
}

START_TEST(a_short_wait_is_not_held_up_by_a_long_one)
{
    struct plan p = simple;
    int64_t begun = clock_now_ms();
    struct flow_options o;
    struct world w;
    struct err err;

    p.items = 2;
    o = begin_act(&w, &p, act_fail_at_once);
    o.retry = (struct retry_policy){.retries = 3, .cap_ms = 100000};
    w.flow = flow_open(&o);
    ck_assert_int_eq(flow_run(w.flow, &err), -1);
    ck_assert_uint_eq(w.starts, 6);
    ck_assert_int_lt(last_start_ms - begun, 1000);
    end_world(&w);
}
END_TEST

static struct item *held;

static void on_held(void *arg)
{
    struct world *w = arg;

    fail_retryable(w, held, 0);
}

/* Each attempt fails after a while, whether it is cancelled or not. */
static void act_fail_later(struct world *w, struct item *item)
{
    struct loop_timer **timer = item->work;

    flow_started(w->flow, item);
    held = item;
    if (*timer == NULL)
        *timer = loop_timer_new(w->loop, on_held, w);
    loop_timer_start(*timer, 3);
}

static struct loop_timer *held_timer;

static void *make_work(void *self, struct item *item)
{
    (void)self;
    (void)item;
    return &held_timer;
}

START_TEST(after_a_fault_in_the_list_the_deadline_still_ends_the_run)
{
    struct plan p = simple;
    struct flow_options o;
    struct world w;
    struct err err;

    p.spare = 2;
    p.breaker = BY_SOURCE;
    p.break_at = 1;
    held_timer = NULL;
    o = begin_act(&w, &p, act_fail_later);
    o.work.make = make_work;
    o.retry = (struct retry_policy){.retries = 1000000};
    o.deadline_ms = 20;
    w.flow = flow_open(&o);
    ck_assert_int_eq(flow_run(w.flow, &err), -1);
    ck_assert_int_eq(err.kind, ERR_LIST);
    ck_assert_uint_eq(w.starts_after_cancel, 0);
    ck_assert(flow_stopping(w.flow));
    ck_assert_uint_eq(w.report_count, 1);
    loop_timer_free(held_timer);
    end_world(&w);
}
END_TEST

/* Item 0 has to wait; the others are done, and all of them fail. */
static void act_fail_all(struct world *w, struct item *item)
{
    flow_started(w->flow, item);
    item_fail(item, ITEM_FAILED, "exit", "it failed");
    flow_finish(w->flow, item);
}

START_TEST(after_a_fault_in_the_list_too_many_errors_still_stop)
{
    struct plan p = simple;
    struct flow_options o;
    struct world w;
    struct err err;

    p.breaker = BY_SOURCE;
    p.break_at = 3;
    o = begin_act(&w, &p, act_fail_all);
    o.max_errors = 1;
    w.flow = flow_open(&o);
    ck_assert_int_eq(flow_run(w.flow, &err), -1);
    ck_assert_int_eq(err.kind, ERR_LIST);
    ck_assert_int_eq(w.cancels, 1);
    end_world(&w);
}
END_TEST

/* An endless list of which nothing ever has to wait or leaves a byte. */
static enum flow_got fill_endless(void *self, struct item *item,
                                  struct err *err)
{
    struct world *w = self;

    (void)err;
    (void)item;
    if (flow_read(w->flow) == 1000)
        kill(getpid(), SIGTERM);
    return flow_read(w->flow) < 50000000 ? FLOW_FILLED : FLOW_END;
}

static void act_complete(struct world *w, struct item *item)
{
    flow_started(w->flow, item);
    item_complete(item);
    flow_finish(w->flow, item);
}

static void report_nothing(void *self, struct item *item,
                           struct flow_tally *tally)
{
    (void)self;
    (void)item;
    tally->completed++;
}

START_TEST(a_run_that_never_waits_hears_signals)
{
    struct flow_options o;
    struct world w;
    struct err err;

    o = begin_act(&w, &simple, act_complete);
    o.source.fill = fill_endless;
    o.report.finish = report_nothing;
    w.flow = flow_open(&o);
    ck_assert_int_eq(flow_run(w.flow, &err), -1);
    ck_assert_int_eq(err.kind, ERR_SIGNAL);
    ck_assert_uint_lt(flow_read(w.flow), 100000);
    end_world(&w);
}
END_TEST

/* Item 0 runs until it is released; the others fill the output. */
static void act_hold_first(struct world *w, struct item *item)
{
    flow_started(w->flow, item);
    if (item->seq == 0) {
        held = item;
        return;
    }
    item_complete(item);
    flow_finish(w->flow, item);
}

static void cancel_and_interrupt(void *self, bool now)
{
    struct world *w = self;

    (void)now;
    if (w->cancels++ == 0) {
        kill(getpid(), SIGINT);
        return;
    }
    item_fail(held, ITEM_CANCELLED, "cancelled", "at last");
    flow_finish(w->flow, held);
}

/* The first stop is for the sink that fails; then a signal comes. */
static void check_signal_after(int out, struct err *err)
{
    struct plan p = simple;
    struct flow_options o;
    struct world w;

    p.out = out;
    o = begin_act(&w, &p, act_hold_first);
    o.worker.cancel = cancel_and_interrupt;
    w.flow = flow_open(&o);
    ck_assert_int_eq(flow_run(w.flow, err), -1);
    ck_assert_int_eq(w.cancels, 2);
    end_world(&w);
}

START_TEST(a_signal_explains_why_the_reader_went_first)
{
    struct err err;
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    fd_close(ends[0]);
    check_signal_after(ends[1], &err);
    ck_assert_int_eq(err.kind, ERR_SIGNAL);
    ck_assert_int_eq(err.sys, SIGINT);
    fd_close(ends[1]);
}
END_TEST

START_TEST(a_signal_does_not_hide_lost_output)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct err err;

    check_signal_after(full, &err);
    ck_assert_int_eq(err.kind, ERR_OUTPUT);
    ck_assert_int_eq(err.sys, ENOSPC);
    fd_close(full);
}
END_TEST

static int fill_pipe(int fd)
{
    static const char bytes[4096];
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3), total = 0;
    ssize_t n;

    fd_set_nonblocking(copy);
    while ((n = write(copy, bytes, sizeof bytes)) > 0)
        total += (int)n;
    fcntl(copy, F_SETFL, O_WRONLY);
    fd_close(copy);
    return total;
}

/* The first signal: as soon as the sink is stuck. */
static void terminate_when_stuck(void *arg)
{
    struct world *w = arg;

    if (w->report_count < w->plan.items || w->broken_off)
        return;
    w->broken_off = true;
    kill(getpid(), SIGTERM);
}

/* The second: when the first was heard. */
static void interrupt_once(void *self, bool now)
{
    struct world *w = self;

    ck_assert_int_eq(now, w->cancels > 0);
    if (w->cancels++ == 0)
        kill(getpid(), SIGINT);
}

/* What a run that ended at once leaves until the process ends. */
static struct world stuck;

static int count_threads(void)
{
    FILE *status = fopen("/proc/self/status", "re");
    char line[256];
    int count = 0;

    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "Threads:", 8) == 0)
            count = (int)strtol(line + 8, NULL, 10);
    }
    if (status != NULL)
        fclose(status);
    return count;
}

static void run_stuck(int out)
{
    struct plan p = simple;
    struct flow_options o;
    struct err err;
    int64_t begun;

    p.items = 3;
    p.out = out;
    o = begin_act(&stuck, &p, act_complete);
    o.worker.cancel = interrupt_once;
    stuck.flow = flow_open(&o);
    loop_before_wait(stuck.loop, terminate_when_stuck, &stuck);
    begun = clock_now_ms();
    ck_assert_int_eq(flow_run(stuck.flow, &err), -1);
    ck_assert_int_eq(err.kind, ERR_SIGNAL);
    ck_assert_int_eq(err.sys, SIGTERM);
    flow_close(stuck.flow);
    close_world(&stuck);
    ck_assert_int_lt(clock_now_ms() - begun, 3000);
}

START_TEST(a_second_signal_ends_at_once_though_the_sink_is_stuck)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    int before = count_threads(), ends[2], filled;
    char bytes[4096];

    ck_assert_int_eq(fd_pipe(ends), 0);
    filled = fill_pipe(ends[1]);
    run_stuck(ends[1]);
    /* The writer goes on when it can, with all that it needs, though loop and
     * flow are closed. */
    while (filled > 0)
        filled -= (int)fd_read(ends[0], bytes, sizeof bytes);
    ck_assert_int_gt(fd_read(ends[0], bytes, sizeof bytes), 0);
    for (int i = 0; i < 10000 && count_threads() > before; i++)
        nanosleep(&moment, NULL);
    ck_assert_int_eq(count_threads(), before);
    fd_close(ends[0]);
    fd_close(ends[1]);
}
END_TEST

static int suspends, resumes, statuses;

static void on_suspended(void *self, bool stopped)
{
    (void)self;
    suspends += stopped;
    resumes += !stopped;
}

static void on_status_asked(void *arg)
{
    (void)arg;
    statuses++;
}

static void act_ask(struct world *w, struct item *item)
{
    if (item->seq == 0)
        kill(getpid(), SIGUSR1);
    flow_started(w->flow, item);
    item_complete(item);
    flow_finish(w->flow, item);
}

START_TEST(usr1_asks_for_the_status)
{
    struct plan p = simple;
    struct flow_options o;
    struct world w;
    struct err err;

    p.items = 200;
    p.later = 20;
    statuses = 0;
    o = begin_act(&w, &p, act_ask);
    o.worker.suspend = on_suspended;
    o.on_status = on_status_asked;
    w.flow = flow_open(&o);
    ck_assert_int_eq(flow_run(w.flow, &err), 0);
    ck_assert_int_eq(statuses, 1);
    ck_assert_int_eq(suspends + resumes, 0);
    end_world(&w);
}
END_TEST

static int works_made, works_freed;

static void *count_make(void *self, struct item *item)
{
    ck_assert_ptr_nonnull(item);
    works_made++;
    return self;
}

static void count_free(void *work)
{
    ck_assert_ptr_nonnull(work);
    works_freed++;
}

START_TEST(every_item_gets_its_work_made_and_freed)
{
    struct flow_options o;
    struct world w;
    struct err err;

    works_made = works_freed = 0;
    o = begin_act(&w, &simple, act_complete);
    o.work = (struct flow_work){&w, count_make, count_free};
    w.flow = flow_open(&o);
    ck_assert_int_eq(flow_run(w.flow, &err), 0);
    end_world(&w);
    ck_assert_int_eq(works_made, 4);
    ck_assert_int_eq(works_freed, 4);
}
END_TEST

START_TEST(a_flow_can_be_closed_without_a_run)
{
    struct world w;

    open_world(&w, &simple, 1);
    end_world(&w);
    flow_close(NULL);
}
END_TEST

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, every_item_is_reported_once);
    tcase_add_test(tests, so_it_is_when_the_worker_gives_up);
    tcase_add_test(tests, so_it_is_when_a_signal_comes);
    tcase_add_test(tests, so_it_is_when_the_deadline_passes);
    tcase_add_test(tests, so_it_is_when_the_reader_goes_away);
    tcase_add_test(tests, so_it_is_when_the_list_has_a_fault);
    tcase_add_test(tests, so_it_is_when_too_many_fail);
    tcase_add_test(tests, so_it_is_when_the_disk_is_full);
    tcase_add_test(tests, an_empty_list_is_a_good_run);
    tcase_add_test(tests, a_fault_in_the_list_lets_finish_what_was_read);
    tcase_add_test(tests, one_failure_makes_the_run_one_with_failures);
    tcase_add_test(tests, more_than_max_errors_stop_the_run);
    tcase_add_test(tests, as_many_as_max_errors_do_not);
    tcase_add_test(tests, a_share_of_errors_counts_from_twenty_on);
    tcase_add_test(tests, a_signal_is_the_outcome);
    tcase_add_test(tests, the_deadline_tells_what_came_of_it);
    tcase_add_test(tests, a_full_disk_is_told);
    tcase_add_test(tests, a_full_disk_at_the_very_end_is_told_too);
    tcase_add_test(tests, a_side_that_is_full_is_told_by_its_name);
    tcase_add_test(tests, a_worker_may_give_up_at_a_retry);
    tcase_add_test(tests, a_short_wait_is_not_held_up_by_a_long_one);
    tcase_add_test(tests,
                   after_a_fault_in_the_list_the_deadline_still_ends_the_run);
    tcase_add_test(tests, after_a_fault_in_the_list_too_many_errors_still_stop);
    tcase_add_test(tests, a_run_that_never_waits_hears_signals);
    tcase_add_test(tests, a_signal_explains_why_the_reader_went_first);
    tcase_add_test(tests, a_signal_does_not_hide_lost_output);
    tcase_add_test(tests,
                   a_second_signal_ends_at_once_though_the_sink_is_stuck);
    tcase_add_test(tests, usr1_asks_for_the_status);
    tcase_add_test(tests, every_item_gets_its_work_made_and_freed);
    tcase_add_test(tests, a_flow_can_be_closed_without_a_run);
}

int main(void)
{
    Suite *suite = suite_create("flow");
    TCase *tests = tcase_create("flow");
    SRunner *runner = srunner_create(suite);
    int failed;

    signal(SIGPIPE, SIG_IGN);
    suite_add_tcase(suite, tests);
    add_tests(tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
