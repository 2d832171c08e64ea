/* SPDX-License-Identifier: MIT */
#include "work/hosts.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "work/hosts_core.h"

void hosts_leave(struct hosts *hosts, struct hosts_host *host)
{
    if (host->place == HOSTS_IDLE)
        hosts->idle_count--;
    list_remove(&host->link);
    host->place = HOSTS_NOWHERE;
}

static enum hosts_place place_of(const struct hosts_host *host)
{
    const size_t running = host->running.count;

    if (host->until_us > 0)
        return host->breaker.state == BREAKER_LOST && !list_empty(&host->queue)
                   ? HOSTS_LOST
                   : HOSTS_HELD;
    if (list_empty(&host->queue))
        return running == 0 ? HOSTS_IDLE : HOSTS_NOWHERE;
    if (running < host->cap)
        return HOSTS_READY;
    return host->answers && running < host->most ? HOSTS_EAGER : HOSTS_NOWHERE;
}

/* Times mostly come in their order, so this looks from the end. */
static void push_held(struct hosts *hosts, struct hosts_host *host)
{
    struct list *at = hosts->held.prev;

    while (at != &hosts->held && hosts_of(at)->until_us > host->until_us)
        at = at->prev;
    list_push(at->next, &host->link);
}

static void push(struct hosts *hosts, struct hosts_host *host)
{
    switch (host->place) {
    case HOSTS_NOWHERE: break;
    case HOSTS_READY:
    case HOSTS_EAGER: hosts_turn_push(hosts, host); break;
    case HOSTS_IDLE: list_push(&hosts->idle, &host->link); break;
    case HOSTS_HELD: push_held(hosts, host); break;
    case HOSTS_LOST: list_push(&hosts->lost, &host->link); break;
    }
}

/* One that is ready and stays so keeps its place in the order: else a busy
 * source could put off its turn for ever. */
void hosts_settle(struct hosts *hosts, struct hosts_host *host)
{
    enum hosts_place place = place_of(host);

    if (place == host->place)
        return;
    hosts_leave(hosts, host);
    host->place = place;
    push(hosts, host);
    if (place == HOSTS_IDLE && ++hosts->idle_count > HOSTS_IDLE_MAX)
        hosts_forget(hosts, hosts_of(hosts->idle.next));
}

void hosts_join(struct hosts *hosts, struct hosts_host *host, struct list *link)
{
    if (list_empty(&host->queue))
        hosts_turn_begin(hosts, host);
    list_push(&host->queue, link);
    hosts_settle(hosts, host);
}

void hosts_put(struct hosts *hosts, struct slice key, struct list *link)
{
    hosts_join(hosts, hosts_find(hosts, key), link);
}

static void tell(const struct hosts *hosts, const struct hosts_host *host)
{
    const struct hosts_notice notice = hosts_describe(hosts, host);

    if (hosts->on_change != NULL)
        hosts->on_change(hosts->arg, &notice);
}

static void hold(struct hosts *hosts, struct hosts_host *host, int64_t until_us)
{
    hosts_leave(hosts, host);
    host->until_us = until_us;
    hosts_settle(hosts, host);
}

/* By one alone. */
static void begin_anew(struct hosts_host *host)
{
    host->answers = false;
    host->cap = 1;
    host->scolded = false;
}

static void let_go(struct hosts *hosts, int64_t now_us)
{
    while (!list_empty(&hosts->held)) {
        struct hosts_host *host = hosts_of(hosts->held.next);

        if (host->until_us > now_us)
            return;
        if (host->scolded)
            begin_anew(host);
        host->until_us = 0;
        hosts_turn_begin(hosts, host);
        hosts_settle(hosts, host);
    }
}

/* Note a start; when the next one may be. */
static int64_t pace(int64_t *next_us, int64_t gap_us, int64_t now_us)
{
    if (*next_us < now_us - HOSTS_LATE_US)
        *next_us = now_us - HOSTS_LATE_US;
    *next_us += gap_us;
    return *next_us;
}

static void note_now(struct hosts *hosts, int64_t now_us)
{
    if (hosts->now_us < now_us)
        hosts->now_us = now_us;
}

static void note_pace(struct hosts *hosts, struct hosts_host *host,
                      int64_t now_us)
{
    const struct hosts_limits *limits = &hosts->limits;

    if (limits->gap_us > 0)
        pace(&hosts->next_us, limits->gap_us, now_us);
    if (limits->host_gap_us > 0 &&
        pace(&host->next_us, limits->host_gap_us, now_us) > now_us)
        host->until_us = host->next_us;
}

struct list *hosts_next(struct hosts *hosts, int64_t now_us,
                        struct hosts_host **host)
{
    struct hosts_host *next;
    struct list *link;

    note_now(hosts, now_us);
    let_go(hosts, now_us);
    if (hosts->running.count == hosts->limits.total || hosts->next_us > now_us)
        return NULL;
    next = hosts_turn_next(hosts);
    if (next == NULL)
        return NULL;
    link = list_pop(&next->queue);
    hosts_leave(hosts, next);
    hosts_turn_start(hosts, next);
    note_pace(hosts, next, now_us);
    hosts_settle(hosts, next);
    /* It is alone: none is started before those under way have ended. */
    if (next->breaker.state != BREAKER_CLOSED) {
        breaker_probe(&next->breaker);
        hosts->tally.probes++;
        tell(hosts, next);
    }
    *host = next;
    return link;
}

int64_t hosts_wake_us(const struct hosts *hosts)
{
    const bool any = !list_empty(&hosts->ready) || hosts_may_crowd(hosts);

    if (hosts->running.count == hosts->limits.total)
        return -1;
    if (any && hosts->next_us > 0)
        return hosts->next_us;
    return list_empty(&hosts->held) ? -1 : hosts_of(hosts->held.next)->until_us;
}

void hosts_hold(struct hosts *hosts, struct hosts_host *host, int64_t until_us)
{
    host->scolded = true;
    if (until_us > host->until_us)
        hold(hosts, host, until_us);
}

void hosts_widen(struct hosts *hosts, struct hosts_host *host)
{
    host->answers = true;
    hosts_settle(hosts, host);
    /* What answers is there; failures of those that were answered before their
     * end still count in a row. */
    if (host->breaker.state != BREAKER_CLOSED) {
        breaker_note(&host->breaker, &hosts->limits.breaker, true);
        tell(hosts, host);
    }
}

static void keep_cause(struct hosts_host *host,
                       const struct hosts_result *result)
{
    size_t len = strnlen(result->message, sizeof host->cause->message - 1);

    if (host->cause == NULL)
        host->cause = mem_alloc(sizeof *host->cause);
    host->cause->fault = result->fault;
    memcpy(host->cause->message, result->message, len);
    host->cause->message[len] = '\0';
}

/* The breaker has another state, or begins its pause anew. */
static void change(struct hosts *hosts, struct hosts_host *host,
                   const struct hosts_result *result)
{
    enum breaker_state state = host->breaker.state;
    int64_t until_us = result->now_us +
                       breaker_pause_us(&host->breaker, &hosts->limits.breaker);

    if (state == BREAKER_PARKED || state == BREAKER_LOST) {
        hosts->tally.parked += host->breaker.probes == 0;
        hosts->tally.lost += state == BREAKER_LOST;
        keep_cause(host, result);
        host->scolded = true;
        if (until_us > host->until_us)
            hold(hosts, host, until_us);
    }
    tell(hosts, host);
}

/* All that were under way tell of the same trouble: it is halved once. */
static void shrink(struct hosts_host *host)
{
    if (host->under_way > 0)
        return;
    host->most = host->most > 1 ? host->most / 2 : 1;
    host->well = 0;
    host->under_way = host->running.count;
}

static void grow(struct hosts_host *host, size_t limit)
{
    if (host->most == limit || ++host->well < host->most)
        return;
    host->most++;
    host->well = 0;
}

void hosts_done(struct hosts *hosts, struct hosts_host *host,
                const struct hosts_result *result)
{
    bool failed = result->end == HOSTS_FAILED || result->end == HOSTS_TOO_MUCH;

    assert(host->running.count > 0 && hosts->running.count > 0);
    if (result->end == HOSTS_TOO_MUCH || result->end == HOSTS_SLOW)
        shrink(host);
    if (result->end == HOSTS_WELL)
        grow(host, hosts->limits.per_host);
    if (host->under_way > 0)
        host->under_way--;
    note_now(hosts, result->now_us);
    hosts_turn_end(hosts, host, result->took_us);
    /* What failed ahead of the crowd is no reason to send it. */
    host->answers |= !failed;
    host->cap += !failed;
    if (host->cap > host->most)
        host->cap = host->most;
    if (breaker_note(&host->breaker, &hosts->limits.breaker, !failed))
        change(hosts, host, result);
    hosts_settle(hosts, host);
}

struct list *hosts_refused(struct hosts *hosts, struct hosts_notice *why)
{
    struct hosts_host *host;
    struct list *link;

    if (list_empty(&hosts->lost))
        return NULL;
    host = hosts_of(hosts->lost.next);
    link = list_pop(&host->queue);
    hosts_settle(hosts, host);
    *why = hosts_describe(hosts, host);
    hosts->tally.refused++;
    return link;
}

void hosts_take(struct hosts *hosts, struct hosts_host *host, struct list *link)
{
    list_remove(link);
    hosts_settle(hosts, host);
}
