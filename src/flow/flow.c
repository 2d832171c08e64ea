/* SPDX-License-Identifier: MIT */
/*
 * The whole program is turn(), which the loop runs before each wait, so it
 * never runs inside somebody's callback:
 *
 *     while there is a spare item and the source has more: start it
 *     while the window lets one go: report it, give it to the sink
 *     nothing left anywhere: stop the loop
 *
 * Callbacks of workers, sink, timers and signals only move an item to its next
 * place or note why the run is to stop; the turn that follows acts on it.
 */
#include "flow/flow.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "flow/outlets.h"
#include "flow/signals.h"
#include "flow/window.h"
#include "io/loop.h"

/* A share of errors says nothing before so many units are done. */
enum { SHARE_LEAST = 20 };

/* So long what was killed at a second signal may take to be accounted for; a
 * person who waits would not notice more. */
enum { LEAVE_MS = 200 };

/* So long after the deadline and the grace results may wait for whoever reads
 * them: with what is done at the end it is less than a second. */
enum { LATE_MS = 700 };

struct flow {
    struct flow_options o;
    struct item **items;
    size_t places[ITEM_PLACES]; /* how many items are where */
    struct list spare;
    struct list waiting; /* for their next attempt */
    struct item *reading;
    struct window window;
    struct outlets *outlets;
    struct signals *signals;
    struct loop_timer *retry_timer;
    struct loop_timer *deadline_timer;
    struct retry_random random;
    struct retry_budget budget;

    struct flow_tally tally;
    uint64_t ended_well; /* units that came back, not yet in the tally */
    uint64_t ended_badly;
    uint64_t unstarted;
    uint64_t read;
    uint64_t written;
    uint64_t written_before; /* when on_leave looked last */
    size_t running;
    bool list_ended;
    bool stopping; /* nothing more is started */
    enum flow_why why;
    int signo;
    struct loop_timer *leave_timer;
    bool at_once; /* a second signal: leave what is not done in a moment */
    bool left;    /* not all is done, but it is left */
    struct err err;
};

static struct item *item_of(struct list *link)
{
    return LIST_ITEM(link, struct item, link);
}

static void move(struct flow *flow, struct item *item, enum item_place place)
{
    assert(flow->places[item->place] > 0);
    flow->places[item->place]--;
    item->place = place;
    flow->places[place]++;
}

static void make_spare(struct flow *flow, struct item *item)
{
    item_clear(item, flow->o.keep);
    move(flow, item, ITEM_SPARE);
    list_push(&flow->spare, &item->link);
}

static void tell(const struct flow *flow, const struct item *item,
                 enum flow_change change)
{
    const struct flow_watch *watch = flow->o.watches;

    for (int i = 0; i < FLOW_WATCHES && watch[i].change != NULL; i++)
        watch[i].change(watch[i].self, item, change);
}

static void park(struct flow *flow, struct item *item)
{
    tell(flow, item, FLOW_ENDED);
    flow->ended_well += item->status == ITEM_COMPLETED;
    flow->ended_badly += item->status == ITEM_FAILED;
    flow->unstarted += item->status == ITEM_CANCELLED && item->attempts == 0;
    move(flow, item, ITEM_PARKED);
    window_park(&flow->window, item);
    if (flow->o.source.ended != NULL)
        flow->o.source.ended(flow->o.source.self, item);
}

/* What waits for another attempt has failed in its last one: that stands. */
static void end_waiting(struct flow *flow)
{
    struct list *link;

    loop_timer_stop(flow->retry_timer);
    while ((link = list_pop(&flow->waiting)) != NULL)
        park(flow, item_of(link));
}

static void end_list(struct flow *flow)
{
    flow->list_ended = true;
    if (flow->reading != NULL)
        make_spare(flow, flow->reading);
    flow->reading = NULL;
}

/* What is left of the list gets records too, where there is somebody to read
 * them. */
static void stop(struct flow *flow, enum flow_why why, bool now)
{
    if (flow->why == FLOW_NOT_STOPPED)
        flow->why = why;
    flow->stopping = true;
    if (now || why == FLOW_BY_SINK || flow->o.source.stop == NULL)
        end_list(flow);
    else
        flow->o.source.stop(flow->o.source.self);
    end_waiting(flow);
    flow->o.worker.cancel(flow->o.worker.self, now);
}

/* Start nothing more; what runs ends by itself. */
static void drain(struct flow *flow)
{
    flow->why = FLOW_BY_HALT;
    flow->stopping = true;
    if (flow->o.source.stop == NULL)
        end_list(flow);
    else
        flow->o.source.stop(flow->o.source.self);
    end_waiting(flow);
    flow->o.worker.drain(flow->o.worker.self);
}

/* Those that have ended count, not those that have left the window: in order,
 * a failure may wait there for long. */
static void heed_halt(struct flow *flow)
{
    if (flow->stopping ||
        !halt_is_due(&flow->o.halt, flow->ended_well, flow->ended_badly))
        return;
    if (flow->o.halt.when == HALT_SOON && flow->o.worker.drain != NULL)
        drain(flow);
    else
        stop(flow, FLOW_BY_HALT, false);
}

static struct item *take_spare(struct flow *flow)
{
    struct list *link = list_pop(&flow->spare);

    if (link == NULL)
        return NULL;
    move(flow, item_of(link), ITEM_READING);
    return item_of(link);
}

static void start(struct flow *flow, struct item *item)
{
    item->seq = flow->read++;
    move(flow, item, ITEM_WORKING);
    tell(flow, item, FLOW_PENDING);
    flow->o.worker.start(flow->o.worker.self, item);
}

/* Fill one item and start it; false when there is nothing to be had now. */
static bool admit_one(struct flow *flow)
{
    struct item *item = flow->reading ? flow->reading : take_spare(flow);
    enum flow_got got;

    flow->reading = NULL;
    if (item == NULL)
        return false;
    got = flow->o.source.fill(flow->o.source.self, item, &flow->err);
    if (got == FLOW_FILLED) {
        start(flow, item);
        return true;
    }
    if (got == FLOW_LATER) {
        flow->reading = item;
        return false;
    }
    flow->reading = item;
    end_list(flow);
    /* What was read before the fault is good work: it is done. */
    if (got == FLOW_FAULT && flow->why == FLOW_NOT_STOPPED)
        flow->why = FLOW_BY_SOURCE;
    return false;
}

static bool too_many_errors(const struct flow *flow)
{
    uint64_t failed = flow->tally.failed;
    uint64_t done = failed + flow->tally.completed;

    if (failed > flow->o.max_errors)
        return true;
    return flow->o.max_error_share > 0 && done >= SHARE_LEAST &&
           (double)failed > (double)done * flow->o.max_error_share;
}

bool flow_covers_log(const struct flow *flow)
{
    return flow->o.one_terminal && flow->places[ITEM_WRITING] > 0;
}

static bool release_one(struct flow *flow)
{
    struct item *item = window_admit(&flow->window);

    if (item == NULL)
        return false;
    flow->o.report.finish(flow->o.report.self, item, &flow->tally);
    move(flow, item, ITEM_WRITING);
    if (flow_covers_log(flow))
        log_status(flow->o.log, slice_of(NULL, 0));
    outlets_put(flow->outlets, item);
    if (!flow->stopping && too_many_errors(flow))
        stop(flow, FLOW_BY_ERRORS, false);
    return true;
}

static void check_item_law(const struct flow *flow)
{
    size_t sum = 0;

    for (int i = 0; i < ITEM_PLACES; i++)
        sum += flow->places[i];
    assert(sum == flow->o.items);
    assert(flow->running <= flow->places[ITEM_WORKING]);
    assert((flow->reading != NULL) == (flow->places[ITEM_READING] == 1));
}

static bool is_done(const struct flow *flow)
{
    return flow->list_ended && flow->places[ITEM_SPARE] == flow->o.items;
}

/* Where something is lost, nothing more is to be done. */
static void heed_outputs(struct flow *flow)
{
    if (outlets_error(flow->outlets) == 0)
        return;
    if (flow->stopping)
        end_list(flow);
    else
        stop(flow, FLOW_BY_SINK, false);
}

static void turn(void *arg)
{
    struct flow *flow = arg;
    bool moved = false;

    heed_outputs(flow);
    heed_halt(flow);
    while (!flow->list_ended && !outlets_full(flow->outlets) && admit_one(flow))
        moved = true;
    while (release_one(flow))
        moved = true;
    check_item_law(flow);
    /* Who left makes room for more: by another turn, not in a loop here, since
     * a run in which nothing ever waits would hear no signal. */
    if (moved)
        loop_again(flow->o.loop);
    if ((outlets_send(flow->outlets) && is_done(flow)) || flow->left)
        loop_stop(flow->o.loop);
}

/* All of the item is written, or never will be. */
static void on_written(void *arg, struct item *item)
{
    struct flow *flow = arg;

    make_spare(flow, item);
    flow->written++;
}

/* Take the items whose time has come; the time of the next of the others, or
 * INT64_MAX. Linear: there are at most W. */
static int64_t take_due(struct flow *flow, int64_t now, struct list *due)
{
    int64_t next = INT64_MAX;
    struct list *link = flow->waiting.next;

    list_init(due);
    while (link != &flow->waiting) {
        struct item *item = item_of(link);

        link = link->next;
        if (item->retry_at_ms <= now) {
            list_remove(&item->link);
            list_push(due, &item->link);
        } else if (item->retry_at_ms < next) {
            next = item->retry_at_ms;
        }
    }
    return next;
}

static void start_again(struct flow *flow, struct item *item)
{
    item_clear_attempt(item);
    flow->tally.retried++;
    move(flow, item, ITEM_WORKING);
    flow->o.worker.start(flow->o.worker.self, item);
}

/* The worker may finish what it is given at once, so that it waits again and
 * sets the timer, or stop the run: the timer is set before, and what is due is
 * on a list of its own. */
static void on_retry(void *arg)
{
    struct flow *flow = arg;
    int64_t now = clock_now_ms(), next;
    struct list due, *link;

    next = take_due(flow, now, &due);
    if (next != INT64_MAX)
        loop_timer_start(flow->retry_timer, next - now);
    while ((link = list_pop(&due)) != NULL) {
        if (flow->stopping)
            park(flow, item_of(link));
        else
            start_again(flow, item_of(link));
    }
}

static void wait_for_retry(struct flow *flow, struct item *item)
{
    int64_t delay =
        retry_delay(&flow->o.retry, item->attempts, item->retry_floor_ms,
                    retry_draw(&flow->random));

    log_detail(flow->o.log, "%.*s: attempt %u failed: %s; again in %.3f s",
               (int)item->id.len, item->id.data, item->attempts, item->message,
               (double)delay / 1000.0);
    item->retry_at_ms = clock_now_ms() + delay;
    move(flow, item, ITEM_WAITING);
    list_push(&flow->waiting, &item->link);
    tell(flow, item, FLOW_RETRYING);
    /* Let on_retry find the earliest of all in the next turn. */
    loop_timer_start(flow->retry_timer, 0);
}

/* Who is told when to come again comes by that, and not in a storm. */
static bool can_afford(struct flow *flow, const struct item *item)
{
    if (item->retry_floor_ms > 0 || retry_budget_spend(&flow->budget))
        return true;
    if (flow->tally.denied++ == 0)
        log_note(flow->o.log,
                 "too many failures: for now only %u%% of what is begun is "
                 "tried again (--retry-budget)",
                 flow->budget.percent);
    return false;
}

static bool may_retry(struct flow *flow, const struct item *item)
{
    int64_t retries =
        item->retries >= 0 ? item->retries : (int64_t)flow->o.retry.retries;

    return item->status == ITEM_FAILED && item->retryable &&
           item->attempts <= retries && !flow_stopping(flow) &&
           can_afford(flow, item);
}

void flow_stamp(struct item *item)
{
    item->started_us = clock_now_us();
    item->started_wall_ms = clock_wall_ms();
}

void flow_started(struct flow *flow, struct item *item)
{
    assert(item->place == ITEM_WORKING);
    item->status = ITEM_RUNNING;
    if (item->attempts++ == 0)
        retry_budget_earn(&flow->budget);
    if (item->started_us == 0)
        flow_stamp(item);
    flow->running++;
    tell(flow, item, FLOW_RUNNING);
}

void flow_finish(struct flow *flow, struct item *item)
{
    assert(item->place == ITEM_WORKING);
    assert(item->status >= ITEM_COMPLETED);
    if (item->started_us != 0) {
        flow->running--;
        if (item->duration_us == 0)
            item->duration_us = clock_now_us() - item->started_us;
    }
    if (may_retry(flow, item))
        wait_for_retry(flow, item);
    else
        park(flow, item);
    loop_again(flow->o.loop);
}

void flow_fail(struct flow *flow, const struct err *err)
{
    if (flow->why == FLOW_NOT_STOPPED)
        flow->err = *err;
    stop(flow, FLOW_BY_WORKER, false);
}

static void on_deadline(void *arg)
{
    struct flow *flow = arg;

    if (flow->why == FLOW_BY_HALT) /* which is not over yet */
        flow->why = FLOW_BY_DEADLINE;
    stop(flow, FLOW_BY_DEADLINE, false);
    loop_timer_start(flow->leave_timer, flow->o.grace_ms + LATE_MS);
}

/* A unit ends by itself, by force if need be; a reader may never read. One that
 * reads slowly what is left of a long list gets all of it. */
static void on_leave(void *arg)
{
    struct flow *flow = arg;
    const bool still = flow->written == flow->written_before;

    flow->written_before = flow->written;
    flow->left =
        flow->at_once || (still && outlets_stuck(flow->outlets) != NULL);
    if (!flow->left)
        loop_timer_start(flow->leave_timer, LEAVE_MS);
}

static void on_signal(void *arg, int signo, bool now)
{
    struct flow *flow = arg;

    if (flow->signo == 0)
        flow->signo = signo;
    /* The reader of stdout may have gone first: the signal is the truth. Not
     * so where output was lost. */
    if (flow->why != FLOW_BY_SINK || outlets_error(flow->outlets) == EPIPE)
        flow->why = FLOW_BY_SIGNAL;
    if (!now && flow->running > 0 && flow->o.log->terminal)
        log_note(flow->o.log,
                 "stopping: waiting for %zu to end; again to end at once",
                 flow->running);
    stop(flow, FLOW_BY_SIGNAL, now);
    flow->at_once = now;
    if (now)
        loop_timer_start(flow->leave_timer, LEAVE_MS);
}

static void on_suspend(void *arg, bool stopped)
{
    struct flow *flow = arg;

    if (flow->o.worker.suspend != NULL)
        flow->o.worker.suspend(flow->o.worker.self, stopped);
}

static void on_status(void *arg)
{
    struct flow *flow = arg;

    if (flow->o.on_status != NULL)
        flow->o.on_status(flow->o.on_status_arg);
}

static void make_items(struct flow *flow)
{
    const struct flow_work *work = &flow->o.work;

    flow->items = mem_alloc_array(flow->o.items, sizeof(struct item *));
    for (size_t i = 0; i < flow->o.items; i++) {
        struct item *item = item_new(&flow->o.limits);

        if (work->make != NULL)
            item->work = work->make(work->self, item);
        flow->items[i] = item;
        flow->places[ITEM_SPARE]++;
        list_push(&flow->spare, &item->link);
    }
}

static void open_outlets(struct flow *flow)
{
    const struct flow_options *o = &flow->o;
    struct outlets_options outlets = {.loop = o->loop,
                                      .out = o->out,
                                      .side = o->side,
                                      .out_name = o->out_name,
                                      .side_name = o->side_name,
                                      .linger_ms = o->linger_ms,
                                      .linger_items = o->linger_items};

    for (size_t i = 0; i < OUTLETS_JOURNALS; i++)
        outlets.journals[i] = o->journals[i];
    flow->outlets = outlets_open(&outlets, on_written, flow);
}

struct flow *flow_open(const struct flow_options *options)
{
    struct flow *flow = mem_alloc(sizeof *flow);
    const struct signals_calls calls = {.arg = flow,
                                        .supervisor = options->supervisor,
                                        .stop = on_signal,
                                        .suspend = on_suspend,
                                        .status = on_status};

    assert(options->items > 0);
    flow->o = *options;
    list_init(&flow->spare);
    list_init(&flow->waiting);
    retry_seed(&flow->random);
    flow->budget.percent = options->retry_percent;
    make_items(flow);
    window_init(&flow->window, options->items, options->ordered);
    open_outlets(flow);
    flow->signals = signals_open(options->loop, &calls);
    flow->retry_timer = loop_timer_new(options->loop, on_retry, flow);
    flow->deadline_timer = loop_timer_new(options->loop, on_deadline, flow);
    flow->leave_timer = loop_timer_new(options->loop, on_leave, flow);
    loop_before_wait(options->loop, turn, flow);
    return flow;
}

void flow_close(struct flow *flow)
{
    if (flow == NULL)
        return;
    loop_timer_free(flow->leave_timer);
    loop_timer_free(flow->deadline_timer);
    loop_timer_free(flow->retry_timer);
    signals_close(flow->signals);
    /* Left while a write is stuck: its thread ends with the process, and what
     * it uses stays. */
    if (!outlets_close(flow->outlets, flow->left))
        return;
    window_release(&flow->window);
    for (size_t i = 0; i < flow->o.items; i++) {
        if (flow->o.work.free != NULL)
            flow->o.work.free(flow->items[i]->work);
        item_free(flow->items[i]);
    }
    mem_free(flow->items);
    mem_free(flow);
}

/* Units that did not come to a good end in time. */
static int describe_deadline(const struct flow *flow, struct err *err)
{
    err_set(err, ERR_DEADLINE,
            "deadline passed: %llu completed, %llu failed, %llu cancelled%s",
            (unsigned long long)flow->tally.completed,
            (unsigned long long)flow->tally.failed,
            (unsigned long long)flow->tally.cancelled,
            flow->read > 0 ? "" : "; nothing was started");
    if (outlets_stuck(flow->outlets) != NULL)
        err_wrap(err, "%s does not take all results",
                 outlets_stuck(flow->outlets));
    return -1;
}

static int describe_halt(const struct flow *flow, struct err *err)
{
    const unsigned long long failed = flow->tally.failed;

    if (flow->unstarted == 0)
        return err_set(err, ERR_UNITS, "stopped: %llu failed (--halt)", failed);
    return err_set(err, ERR_UNITS,
                   "stopped: %llu failed (--halt); %llu not started", failed,
                   (unsigned long long)flow->unstarted);
}

static int describe_end(const struct flow *flow, struct err *err)
{
    /* What is lost counts more than what failed. */
    const bool by_failures =
        flow->why == FLOW_BY_ERRORS || flow->why == FLOW_BY_HALT;

    if (by_failures && outlets_error(flow->outlets) != 0)
        return outlets_describe(flow->outlets, err);
    switch (flow->why) {
    case FLOW_BY_SIGNAL:
        err_set(err, ERR_SIGNAL, "%s", "");
        err->sys = flow->signo;
        return -1;
    case FLOW_BY_DEADLINE: return describe_deadline(flow, err);
    case FLOW_BY_SOURCE:
    case FLOW_BY_WORKER: *err = flow->err; return -1;
    case FLOW_BY_SINK: return outlets_describe(flow->outlets, err);
    case FLOW_BY_ERRORS:
        return err_set(err, ERR_UNITS, "stopped: %llu failed (--max-errors)",
                       (unsigned long long)flow->tally.failed);
    case FLOW_BY_HALT:
        if (!flow->o.halt.on_success)
            return describe_halt(flow, err);
        break; /* the goal is met: what was left is no failure */
    case FLOW_NOT_STOPPED: break;
    }
    if (outlets_error(flow->outlets) != 0)
        return outlets_describe(flow->outlets, err);
    if (flow->why != FLOW_BY_HALT &&
        flow->tally.failed + flow->tally.cancelled > 0)
        return err_set(err, ERR_UNITS, "%s", "");
    return 0;
}

int flow_run(struct flow *flow, struct err *err)
{
    if (flow->o.deadline_ms > 0)
        loop_timer_start(flow->deadline_timer, flow->o.deadline_ms);
    loop_run(flow->o.loop);
    return describe_end(flow, err);
}

const struct flow_tally *flow_tally(const struct flow *flow)
{
    return &flow->tally;
}

uint64_t flow_read(const struct flow *flow)
{
    return flow->read;
}

size_t flow_running(const struct flow *flow)
{
    return flow->running;
}

uint64_t flow_total(const struct flow *flow)
{
    return flow->list_ended ? flow->read : flow->o.total;
}

bool flow_list_ended(const struct flow *flow)
{
    return flow->list_ended;
}

bool flow_stopping(const struct flow *flow)
{
    return flow->stopping;
}
