/* SPDX-License-Identifier: MIT */
#include "work/transfer.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "io/http.h"
#include "io/loop.h"
#include "io/pool.h"
#include "work/answer.h"
#include "work/condition.h"
#include "work/deposit.h"
#include "work/existing.h"
#include "work/request.h"
#include "work/transfer_core.h"

/* Threads that read files back: more would only share one disk. */
enum { READERS = 2 };

/* A request that is under way: in a place of the pool, or waiting for one of
 * the server that a redirect leads to. */
struct slot {
    struct list link;
    struct transfer *transfer;
    struct hosts_host *host; /* NULL: it waits */
    int64_t begun_us;        /* since when it has its place */
    struct exchange *exchange;
    const struct hosts_notice *refused; /* its host is lost; or NULL */
};

static struct request *request_of(const struct item *item)
{
    return item->work;
}

static struct ticket *ticket_of(struct list *link)
{
    return LIST_ITEM(link, struct ticket, link);
}

static struct slot *slot_of(struct list *link)
{
    return LIST_ITEM(link, struct slot, link);
}

static struct slot *take_slot(struct transfer *t)
{
    struct list *link = list_pop(&t->spare);
    struct slot *slot;

    if (link != NULL)
        return slot_of(link);
    slot = mem_alloc(sizeof *slot);
    list_init(&slot->link);
    slot->transfer = t;
    slot->exchange = exchange_new(&t->o, slot);
    return slot;
}

static void take_place(struct slot *slot, const struct ticket *ticket)
{
    slot->host = ticket->host;
    slot->begun_us = ticket->granted_us;
}

static void leave_place(struct slot *slot, const struct item *item,
                        enum hosts_end end)
{
    const int64_t now_us = clock_now_us();
    const struct hosts_result result = {.end = end,
                                        .fault = item->fault,
                                        .message = item->message,
                                        .now_us = now_us,
                                        .took_us = now_us - slot->begun_us};

    if (slot->host != NULL)
        hosts_done(slot->transfer->hosts, slot->host, &result);
    slot->host = NULL;
}

static void leave(struct slot *slot, struct item *item, enum hosts_end end)
{
    leave_place(slot, item, end);
    list_remove(&request_of(item)->ticket.link); /* it may wait */
    request_of(item)->slot = NULL;
    slot->refused = NULL;
    list_remove(&slot->link);
    list_push(&slot->transfer->spare, &slot->link);
}

void transfer_finish_unstarted(struct transfer *t, struct item *item)
{
    const struct answer answer = {.url = buf_slice(&request_of(item)->url)};

    answer_describe(&answer, &item->detail);
    flow_finish(t->flow, item);
}

static void grant(void *arg, struct ticket *ticket)
{
    struct transfer *t = arg;
    struct item *item = ticket->owner;
    struct slot *slot = request_of(item)->slot;
    int64_t waited_us = ticket->granted_us - request_of(item)->queued_us;

    if (slot != NULL) {
        take_place(slot, ticket);
        item->started_us += waited_us;
        exchange_go_on(slot->exchange, waited_us);
        return;
    }
    slot = take_slot(t);
    request_of(item)->slot = slot;
    take_place(slot, ticket);
    list_push(&t->running, &slot->link);
    flow_started(t->flow, item);
    if (exchange_start(slot->exchange, item, waited_us) == 0)
        return;
    leave(slot, item, HOSTS_OTHERWISE);
    transfer_finish_unstarted(t, item);
}

/* Come back when somebody's time has come. */
static void set_timer(struct transfer *t, int64_t now_us)
{
    int64_t wake_us = hosts_wake_us(t->hosts);

    if (wake_us >= 0 && !t->stopping)
        loop_timer_start(t->timer, (wake_us - now_us + 999) / 1000);
    else if (loop_timer_active(t->timer))
        loop_timer_stop(t->timer);
}

static void fail_lost(struct item *item, const struct hosts_notice *why)
{
    item_fail(item, ITEM_FAILED, why->fault,
              "not asked%s, as its host failed %" PRIu64 " times in a row: %s",
              item->attempts > 0 ? " again" : "", why->failures, why->message);
}

static void drop(struct transfer *t, struct item *item)
{
    item_fail(item, ITEM_CANCELLED, "cancelled",
              "cancelled before it was started");
    transfer_finish_unstarted(t, item);
}

/* One that is under way is cancelled, as all of them are when the run stops. */
static void refuse(void *arg, struct ticket *ticket,
                   const struct hosts_notice *why)
{
    struct item *item = ticket->owner;
    struct slot *slot = request_of(item)->slot;

    if (slot != NULL) {
        slot->refused = why;
        if (why != NULL)
            exchange_cancel(slot->exchange);
    } else if (why != NULL) {
        fail_lost(item, why);
        transfer_finish_unstarted(arg, item);
    } else {
        drop(arg, item);
    }
}

/* Nobody waits for a host that is lost. */
static void refuse_lost(struct transfer *t)
{
    struct hosts_notice why;
    struct list *link;

    while ((link = hosts_refused(t->hosts, &why)) != NULL)
        ticket_of(link)->refuse(t, ticket_of(link), &why);
}

static void admit(struct transfer *t, struct ticket *ticket,
                  struct hosts_host *host, int64_t now_us)
{
    ticket->host = host;
    ticket->granted_us = now_us;
    ticket->grant(t, ticket);
}

static void pump(struct transfer *t)
{
    struct hosts_host *host;
    struct list *link;
    int64_t now_us = clock_now_us();

    while (!t->stopping && (link = hosts_next(t->hosts, now_us, &host)) != NULL)
        admit(t, ticket_of(link), host, now_us);
    refuse_lost(t);
    set_timer(t, now_us);
}

static void on_timer(void *arg)
{
    pump(arg);
}

/* It is the host that wants to be left alone, not the one request. */
static void obey(struct transfer *t, const struct item *item,
                 struct hosts_host *host)
{
    int64_t ms = item->retry_floor_ms;

    if (ms > t->hold_max_ms)
        ms = t->hold_max_ms;
    if (ms > 0)
        hosts_hold(t->hosts, host, clock_now_us() + ms * 1000);
}

static void on_answer(void *arg)
{
    struct slot *slot = arg;

    hosts_widen(slot->transfer->hosts, slot->host);
    pump(slot->transfer);
}

static void wait_for_place(struct transfer *t, struct item *item,
                           const struct url *url)
{
    struct request *request = request_of(item);

    request->queued_us = clock_now_us();
    request->ticket.owner = item;
    request->ticket.grant = grant;
    request->ticket.refuse = refuse;
    buf_clear(&t->scratch);
    url_add_origin(&t->scratch, url);
    hosts_put(t->hosts, buf_slice(&t->scratch), &request->ticket.link);
}

/* Another server has its own queue; the place here is free for others. */
static void on_hop(void *arg, struct item *item, const char *text)
{
    struct slot *slot = arg;
    struct transfer *t = slot->transfer;
    struct url url;
    struct err unused;
    size_t column;

    buf_clear(&t->scratch);
    if (url_parse(slice_text(text), &url, &column, &unused) < 0 ||
        url_add_origin(&t->scratch, &url) < 0 ||
        hosts_is(slot->host, buf_slice(&t->scratch))) {
        exchange_go_on(slot->exchange, 0);
        return;
    }
    leave_place(slot, item, HOSTS_WELL);
    wait_for_place(t, item, &url);
    pump(t);
}

/* Ranges of a request want places of their own, at the server where it is.
 * Called from within libcurl, or in the midst of something: the timer does what
 * follows. */

static void want_place(void *arg, struct ticket *ticket)
{
    struct slot *slot = arg;

    hosts_join(slot->transfer->hosts, slot->host, &ticket->link);
    loop_timer_start(slot->transfer->timer, 0);
}

static void unwant_place(void *arg, struct ticket *ticket)
{
    struct slot *slot = arg;

    hosts_take(slot->transfer->hosts, slot->host, &ticket->link);
}

static void give_back(void *arg, struct ticket *ticket,
                      const struct hosts_result *result)
{
    struct slot *slot = arg;
    struct hosts_result left = *result;

    left.now_us = clock_now_us();
    left.took_us = left.now_us - ticket->granted_us;
    hosts_done(slot->transfer->hosts, ticket->host, &left);
    loop_timer_start(slot->transfer->timer, 0);
}

static void on_received(void *arg, struct item *item)
{
    struct slot *slot = arg;

    leave_place(slot, item, exchange_verdict(slot->exchange));
    pump(slot->transfer);
}

static void on_end(void *arg, struct item *item, const struct err *lost)
{
    struct slot *slot = arg;
    struct transfer *t = slot->transfer;

    if (slot->refused != NULL)
        fail_lost(item, slot->refused);
    if (slot->host != NULL)
        obey(t, item, slot->host);
    if (exchange_not_modified(slot->exchange)) {
        snprintf(item->brief, sizeof item->brief, "not modified");
        t->not_modified++;
    }
    leave(slot, item, exchange_verdict(slot->exchange));
    flow_finish(t->flow, item);
    if (lost != NULL && !t->stopping)
        flow_fail(t->flow, lost);
    pump(t);
}

void transfer_enqueue(void *arg, struct item *item)
{
    struct transfer *t = arg;
    wait_for_place(t, item, &request_of(item)->parts);
    pump(t);
}

static void on_stopped(void *arg, struct item *item)
{
    drop(arg, item);
}

static void start(void *self, struct item *item)
{
    struct transfer *t = self;
    const struct request *request = request_of(item);

    if (item->status >= ITEM_COMPLETED) {
        transfer_finish_unstarted(t, item);
        return;
    }
    if (t->stopping) {
        drop(t, item);
        return;
    }
    if (request->name_owner != 0) {
        item_fail(item, ITEM_FAILED, "io",
                  "its file is that of entry %" PRIu64 " of the list",
                  request->name_owner);
        transfer_finish_unstarted(t, item);
        return;
    }
    condition_recall(&t->o, item);
    if (transfer_may_be_there(t, item) || condition_needs_file(&t->o, item))
        existing_ask(t->existing, item);
    else
        transfer_enqueue(t, item);
}

static void cancel(void *self, bool now)
{
    struct transfer *t = self;
    struct list *link, *next;

    (void)now; /* nothing here has a grace */
    t->stopping = true;
    existing_stop(t->existing);
    while ((link = hosts_drop(t->hosts)) != NULL)
        ticket_of(link)->refuse(t, ticket_of(link), NULL);
    for (link = t->running.next; link != &t->running; link = next) {
        next = link->next;
        exchange_cancel(slot_of(link)->exchange);
    }
}

struct transfer *transfer_open(const struct transfer_options *options)
{
    struct transfer *t = mem_alloc(sizeof *t);

    t->o = options->exchange;
    t->o.on_answer = on_answer;
    t->o.on_hop = on_hop;
    t->o.on_received = on_received;
    t->o.on_end = on_end;
    t->o.want_place = want_place;
    t->o.unwant_place = unwant_place;
    t->o.leave_place = give_back;
    t->pool = pool_open(options->loop, READERS);
    t->o.pool = t->pool;
    if (t->o.save != NULL)
        t->deposit = deposit_open(options->loop, t->pool, t->o.save);
    t->o.deposit = t->deposit;
    t->hold_max_ms = options->hold_max_ms;
    t->timer = loop_timer_new(options->loop, on_timer, t);
    t->hosts = hosts_new(&options->limits);
    hosts_on_change(t->hosts, options->on_host, options->on_host_arg);
    list_init(&t->running);
    list_init(&t->spare);
    buf_init(&t->scratch, SIZE_MAX);
    buf_init(&t->path, SIZE_MAX);
    t->existing =
        existing_open(&(struct existing_options){.exchange = &t->o,
                                                 .arg = t,
                                                 .there = transfer_on_there,
                                                 .missing = transfer_on_missing,
                                                 .stopped = on_stopped});
    return t;
}

static void free_slots(struct list *slots)
{
    struct list *link;

    while ((link = list_pop(slots)) != NULL) {
        exchange_free(slot_of(link)->exchange);
        mem_free(slot_of(link));
    }
}

void transfer_close(struct transfer *t)
{
    if (t == NULL)
        return;
    pool_close(t->pool);
    deposit_close(t->deposit);
    existing_close(t->existing);
    free_slots(&t->running);
    free_slots(&t->spare);
    hosts_free(t->hosts);
    loop_timer_free(t->timer);
    buf_release(&t->scratch);
    buf_release(&t->path);
    mem_free(t);
}

void transfer_measure(const struct transfer *t, uint64_t *there, uint64_t *came,
                      uint64_t *total)
{
    *there = 0;
    *came = 0;
    *total = UINT64_MAX;
    if (!list_empty(&t->running))
        exchange_measure(slot_of(t->running.next)->exchange, there, came,
                         total);
}

uint64_t transfer_skipped(const struct transfer *t)
{
    return t->skipped;
}

uint64_t transfer_not_modified(const struct transfer *t)
{
    return t->not_modified;
}

const struct hosts_tally *transfer_hosts(const struct transfer *t)
{
    return hosts_tally(t->hosts);
}

bool transfer_wants_more(void *arg)
{
    const struct transfer *t = arg;

    return !t->stopping && hosts_want_more(t->hosts);
}

void transfer_each_host(const struct transfer *t,
                        void (*fn)(void *arg, const struct hosts_view *view),
                        void *arg)
{
    hosts_each(t->hosts, fn, arg);
}

struct flow_worker transfer_worker(struct transfer *t)
{
    return (struct flow_worker){.self = t, .start = start, .cancel = cancel};
}

static void *make_work(void *self, struct item *item)
{
    (void)self;
    (void)item;
    return request_new();
}

static void free_work(void *work)
{
    request_free(work);
}

struct flow_work transfer_work(struct transfer *t)
{
    return (struct flow_work){.self = t, .make = make_work, .free = free_work};
}

void transfer_attach(struct transfer *t, struct flow *flow)
{
    t->flow = flow;
}

size_t transfer_result_bytes(size_t max_inline)
{
    /* JSON makes at most six bytes of one; headers are at most 300 KB. */
    return 6 * (max_inline + TRANSFER_LINE_MAX + EXCHANGE_DRAIN) + (4u << 20);
}
