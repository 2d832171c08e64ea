/* SPDX-License-Identifier: MIT */
/*
 * The whole program is turn(), which the loop runs before each wait, so it
 * never runs inside somebody's callback:
 *
 *     while there is a spare item and the source has more: start it
 *     with a state: let the ledger keep what has ended
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
#include "flow/flow_core.h"
#include "flow/ledger.h"
#include "flow/outlets.h"
#include "flow/signals.h"
#include "io/loop.h"

/* A share of errors says nothing before so many units are done. */
enum { SHARE_LEAST = 20 };

/* So long what was killed at a second signal may take to be accounted for; a
 * person who waits would not notice more. */
enum { LEAVE_MS = 200 };

/* So long after the deadline and the grace results may wait for whoever reads
 * them: with what is done at the end it is less than a second. */
enum { LATE_MS = 700 };

/* So many results do not wait for more; or half of all items, which would soon
 * be spent. */
enum { LEDGER_MOST = 512 };

static struct item *item_of(struct list *link)
{
    return LIST_ITEM(link, struct item, link);
}

void flow_move(struct flow *flow, struct item *item, enum item_place place)
{
    assert(flow->places[item->place] > 0);
    flow->places[item->place]--;
    item->place = place;
    flow->places[place]++;
}

static void make_spare(struct flow *flow, struct item *item)
{
    item_clear(item, flow->o.keep);
    flow_move(flow, item, ITEM_SPARE);
    list_push(&flow->spare, &item->link);
}

void flow_tell(const struct flow *flow, const struct item *item,
               enum flow_change change)
{
    const struct flow_watch *watch = flow->o.watches;

    for (int i = 0; i < FLOW_WATCHES && watch[i].change != NULL; i++)
        watch[i].change(watch[i].self, item, change);
}

/* From here on others hear of it. */
static void park(struct flow *flow, struct item *item)
{
    flow_tell(flow, item, FLOW_ENDED);
    flow_move(flow, item, ITEM_PARKED);
    window_park(&flow->window, item);
}

void flow_end(struct flow *flow, struct item *item)
{
    flow->ended_well += item->status == ITEM_COMPLETED;
    flow->ended_badly += item->status == ITEM_FAILED;
    flow->unstarted +=
        item->status == ITEM_CANCELLED && item_attempts(item) == 0;
    if (flow->o.source.ended != NULL)
        flow->o.source.ended(flow->o.source.self, item);
    if (flow->ledger == NULL || !ledger_wants(item)) {
        park(flow, item);
        return;
    }
    flow_move(flow, item, ITEM_KEEPING);
    ledger_end(flow->ledger, item);
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
    flow_end_waiting(flow);
    flow->o.worker.cancel(flow->o.worker.self, now);
}

/* Start nothing more; what runs ends by itself, where it can. */
static void drain(struct flow *flow, enum flow_why why)
{
    if (flow->o.worker.drain == NULL) {
        stop(flow, why, false);
        return;
    }
    if (flow->why == FLOW_NOT_STOPPED)
        flow->why = why;
    flow->stopping = true;
    if (flow->o.source.stop == NULL)
        end_list(flow);
    else
        flow->o.source.stop(flow->o.source.self);
    flow_end_waiting(flow);
    flow->o.worker.drain(flow->o.worker.self);
}

/* Those that have ended count, not those that have left the window: in order,
 * a failure may wait there for long. */
static void heed_halt(struct flow *flow)
{
    if (flow->stopping ||
        !halt_is_due(&flow->o.halt, flow->ended_well, flow->ended_badly))
        return;
    if (flow->o.halt.when == HALT_SOON)
        drain(flow, FLOW_BY_HALT);
    else
        stop(flow, FLOW_BY_HALT, false);
}

static struct item *make_item(struct flow *flow)
{
    struct item *item = item_new(&flow->o.limits);

    if (flow->o.work.make != NULL)
        item->work = flow->o.work.make(flow->o.work.self, item);
    flow->items[flow->made++] = item;
    return item;
}

/* An item is made when it is needed first, which counts as spare until then:
 * of 4096 a short list needs but a few, and those of before are in the cache.
 */
static struct item *take_spare(struct flow *flow)
{
    struct list *link = list_pop(&flow->spare);
    struct item *item = NULL;

    if (link != NULL)
        item = item_of(link);
    else if (flow->made < flow->o.items)
        item = make_item(flow);
    if (item != NULL)
        flow_move(flow, item, ITEM_READING);
    return item;
}

static void start(struct flow *flow, struct item *item)
{
    item->seq = flow->read++;
    flow_move(flow, item, ITEM_WORKING);
    flow_tell(flow, item, FLOW_PENDING);
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
    flow_move(flow, item, ITEM_WRITING);
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
    if (flow->ledger != NULL)
        ledger_turn(flow->ledger, flow->running == 0);
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

void flow_stamp(struct item *item)
{
    item->started_us = clock_now_us();
    item->started_wall_ms = clock_wall_ms();
}

void flow_started(struct flow *flow, struct item *item)
{
    assert(item->place == ITEM_WORKING);
    item->status = ITEM_RUNNING;
    if (item_attempts(item) == 0)
        retry_budget_earn(&flow->budget);
    item->attempts++;
    if (item->started_us == 0)
        flow_stamp(item);
    flow->running++;
    flow_tell(flow, item, FLOW_RUNNING);
    if (flow->ledger != NULL)
        ledger_start(flow->ledger, item);
}

void flow_claim(struct flow *flow, struct item *item)
{
    ledger_claim(flow->ledger, item);
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
    if (flow_may_retry(flow, item))
        flow_wait(flow, item);
    else
        flow_end(flow, item);
    loop_again(flow->o.loop);
}

void flow_fail(struct flow *flow, const struct err *err)
{
    if (flow->why == FLOW_NOT_STOPPED)
        flow->err = *err;
    stop(flow, FLOW_BY_WORKER, false);
}

void flow_stop(struct flow *flow)
{
    stop(flow, FLOW_BY_ASKING, false);
}

void flow_visit(const struct flow *flow, void (*fn)(void *arg, struct item *),
                void *arg)
{
    for (size_t i = 0; i < flow->made; i++) {
        struct item *item = flow->items[i];

        if (item->place == ITEM_WORKING || item->place == ITEM_WAITING ||
            item->place == ITEM_KEEPING)
            fn(arg, item);
    }
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
    if (flow->why != FLOW_BY_LEDGER &&
        (flow->why != FLOW_BY_SINK || outlets_error(flow->outlets) == EPIPE))
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

/* What is not kept is not reported: that it was done is not certain. */
static void on_kept(void *arg, struct item *item, bool kept)
{
    struct flow *flow = arg;

    if (kept) {
        park(flow, item);
        return;
    }
    flow_miss(flow, item);
    make_spare(flow, item);
}

static void on_claimed(void *arg, struct item *item, bool kept)
{
    struct flow *flow = arg;

    flow->o.worker.claimed(flow->o.worker.self, item, kept);
}

static void on_ledger_failed(void *arg, const struct err *err)
{
    struct flow *flow = arg;

    /* What is lost counts more than why the run was ending. */
    flow->err = *err;
    flow->why = FLOW_BY_LEDGER;
    drain(flow, FLOW_BY_LEDGER);
}

static void open_ledger(struct flow *flow)
{
    const struct ledger_options ledger = {
        .loop = flow->o.loop,
        .log = flow->o.log,
        .keeper = flow->o.keeper,
        .most =
            flow->o.items / 2 < LEDGER_MOST ? flow->o.items / 2 : LEDGER_MOST,
        .ended = on_kept,
        .claimed = on_claimed,
        .failed = on_ledger_failed,
        .arg = flow};

    if (flow->o.keeper.keep != NULL)
        flow->ledger = ledger_open(&ledger);
}

static void open_outlets(struct flow *flow)
{
    const struct flow_options *o = &flow->o;
    struct outlets_options outlets = {.loop = o->loop,
                                      .out = o->out,
                                      .side = o->side,
                                      .write = o->write,
                                      .write_arg = o->write_arg,
                                      .out_name = o->out_name,
                                      .side_name = o->side_name,
                                      .linger_ms = o->linger_ms,
                                      .linger_items = o->linger_items};

    for (size_t i = 0; i < OUTLETS_JOURNALS; i++)
        outlets.journals[i] = o->journals[i];
    flow->outlets = outlets_open(&outlets, on_written, flow);
}

void flow_add_watch(struct flow_options *options, struct flow_watch watch)
{
    size_t i = 0;

    while (options->watches[i].change != NULL)
        i++;
    assert(i < FLOW_WATCHES);
    options->watches[i] = watch;
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
    flow->items = mem_alloc_array(options->items, sizeof(struct item *));
    flow->places[ITEM_SPARE] = options->items;
    window_init(&flow->window, options->items, options->ordered);
    open_outlets(flow);
    open_ledger(flow);
    flow->signals = signals_open(options->loop, &calls);
    flow->retry_timer = loop_timer_new(options->loop, flow_on_retry, flow);
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
    ledger_close(flow->ledger);
    /* Left while a write is stuck: its thread ends with the process, and what
     * it uses stays. */
    if (!outlets_close(flow->outlets, flow->left))
        return;
    window_release(&flow->window);
    for (size_t i = 0; i < flow->made; i++) {
        if (flow->o.work.free != NULL)
            flow->o.work.free(flow->items[i]->work);
        item_free(flow->items[i]);
    }
    mem_free(flow->items);
    mem_free(flow);
}

int flow_run(struct flow *flow, struct err *err)
{
    if (flow->o.deadline_ms > 0)
        loop_timer_start(flow->deadline_timer, flow->o.deadline_ms);
    loop_run(flow->o.loop);
    flow_say_missed(flow);
    return flow_describe(flow, err);
}
