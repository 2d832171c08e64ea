/* SPDX-License-Identifier: MIT */
#include "work/hosts.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

/* Chains stay short: at most some thousand hosts are known at once, those of
 * the items in flight and the idle ones. */
enum { BUCKETS = 4096 };

enum {
    TOOK_MAX_US = 60 * 1000000, /* longer is not worse, for shares */
    /* Half of what is known of all is of so much time of places. */
    MEMORY_US = 10 * 1000000,
    HOST_MEMORY = 8, /* requests */
    QUICKEST = 10,   /* a host may have so many times the places of others */
};

enum place {
    NOWHERE, /* work, but no room for more; or none, and some that runs */
    READY,
    IDLE, /* nothing queued, nothing runs */
    HELD, /* until its time */
    LOST, /* likewise, and what is queued is to be given back */
};

/* Why a host was parked. */
struct cause {
    const char *fault;
    char message[256];
};

struct hosts_host {
    struct list bucket;
    struct list link; /* ready, idle, held or lost */
    struct list queue;
    enum place place;
    int64_t turn_us; /* what its starts have cost, or what is usual now */
    int64_t mean_us; /* of its requests; -1: none has ended */
    size_t running;
    size_t cap;       /* 1 while it is new */
    size_t most;      /* what the cap may be, 1 to the limit */
    size_t well;      /* ends since `most` last grew */
    size_t under_way; /* that began before `most` was halved */
    int64_t until_us; /* 0: it is not held */
    int64_t next_us;  /* by its rate */
    bool scolded;     /* held by hosts_hold or parked */
    struct breaker breaker;
    struct cause *cause; /* NULL: it was never parked */
    uint64_t hash;
    size_t key_len;
    char key[];
};

struct hosts {
    struct list buckets[BUCKETS];
    struct list ready;
    struct list idle;
    struct list held; /* the first whose time comes is the first */
    struct list lost; /* with a queue */
    struct hash_key key;
    struct hosts_limits limits;
    size_t idle_count;
    size_t running;
    int64_t next_us; /* by the rate of all */
    int64_t turn_us; /* the latest that was started */
    int64_t mean_us; /* of what a place is busy with at any moment */
    struct hosts_tally tally;
    hosts_notice_fn on_change; /* may be NULL */
    void *arg;
};

struct hosts *hosts_new(const struct hosts_limits *limits)
{
    struct hosts *hosts = mem_alloc(sizeof *hosts);

    assert(limits->total > 0 && limits->per_host > 0);
    hosts->limits = *limits;
    hosts->key = hash_key_new();
    list_init(&hosts->ready);
    list_init(&hosts->idle);
    list_init(&hosts->held);
    list_init(&hosts->lost);
    for (size_t i = 0; i < BUCKETS; i++)
        list_init(&hosts->buckets[i]);
    return hosts;
}

static struct hosts_host *host_of(struct list *link)
{
    return LIST_ITEM(link, struct hosts_host, link);
}

static void leave_place(struct hosts *hosts, struct hosts_host *host)
{
    if (host->place == IDLE)
        hosts->idle_count--;
    list_remove(&host->link);
    host->place = NOWHERE;
}

static void forget(struct hosts *hosts, struct hosts_host *host)
{
    leave_place(hosts, host);
    list_remove(&host->bucket);
    mem_free(host->cause);
    mem_free(host);
}

void hosts_free(struct hosts *hosts)
{
    if (hosts == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        struct list *bucket = &hosts->buckets[i];

        while (!list_empty(bucket))
            forget(hosts, LIST_ITEM(bucket->next, struct hosts_host, bucket));
    }
    mem_free(hosts);
}

static enum place place_of(const struct hosts_host *host)
{
    if (host->until_us > 0)
        return host->breaker.state == BREAKER_LOST && !list_empty(&host->queue)
                   ? LOST
                   : HELD;
    if (!list_empty(&host->queue))
        return host->running < host->cap ? READY : NOWHERE;
    return host->running == 0 ? IDLE : NOWHERE;
}

/* Times mostly come in their order, so this looks from the end. */
static void push_held(struct hosts *hosts, struct hosts_host *host)
{
    struct list *at = hosts->held.prev;

    while (at != &hosts->held && host_of(at)->until_us > host->until_us)
        at = at->prev;
    list_push(at->next, &host->link);
}

/* In the order of the turns; those of one turn as they come. One that was full
 * may be behind by two starts of others, but does not save up more. */
static void push_ready(struct hosts *hosts, struct hosts_host *host)
{
    struct list *at = hosts->ready.prev;
    int64_t least_us = hosts->turn_us - 2 * hosts->mean_us;

    if (host->turn_us < least_us)
        host->turn_us = least_us;
    if (!list_empty(&hosts->ready) &&
        host_of(hosts->ready.next)->turn_us > host->turn_us)
        at = &hosts->ready;
    while (at != &hosts->ready && host_of(at)->turn_us > host->turn_us)
        at = at->prev;
    list_push(at->next, &host->link);
}

/* Bring a host where it belongs. One that is ready and stays so keeps its
 * place in the ring: else a busy source could put off its turn for ever. */
static void settle(struct hosts *hosts, struct hosts_host *host)
{
    enum place place = place_of(host);

    if (place == host->place)
        return;
    leave_place(hosts, host);
    host->place = place;
    if (place == READY)
        push_ready(hosts, host);
    if (place == HELD)
        push_held(hosts, host);
    if (place == LOST)
        list_push(&hosts->lost, &host->link);
    if (place != IDLE)
        return;
    list_push(&hosts->idle, &host->link);
    if (++hosts->idle_count > HOSTS_IDLE_MAX)
        forget(hosts, host_of(hosts->idle.next));
}

static struct hosts_host *add_host(struct hosts *hosts, struct slice key,
                                   uint64_t hash)
{
    struct hosts_host *host = mem_alloc(sizeof *host + key.len);

    list_init(&host->bucket);
    list_init(&host->link);
    list_init(&host->queue);
    host->cap = 1;
    host->most = hosts->limits.per_host;
    host->mean_us = -1;
    host->hash = hash;
    host->key_len = key.len;
    memcpy(host->key, key.ptr, key.len);
    list_push(&hosts->buckets[hash % BUCKETS], &host->bucket);
    return host;
}

bool hosts_is(const struct hosts_host *host, struct slice key)
{
    return slice_equal(slice_of(host->key, host->key_len), key);
}

static struct hosts_host *find_host(struct hosts *hosts, struct slice key)
{
    uint64_t hash = hash_bytes(hosts->key, key);
    struct list *bucket = &hosts->buckets[hash % BUCKETS];

    for (struct list *l = bucket->next; l != bucket; l = l->next) {
        struct hosts_host *host = LIST_ITEM(l, struct hosts_host, bucket);

        if (host->hash == hash && hosts_is(host, key))
            return host;
    }
    return add_host(hosts, key, hash);
}

/* It had nothing to start, and saves up no turns by that. */
static void begin_turns(const struct hosts *hosts, struct hosts_host *host)
{
    if (host->turn_us < hosts->turn_us)
        host->turn_us = hosts->turn_us;
}

void hosts_join(struct hosts *hosts, struct hosts_host *host, struct list *link)
{
    if (list_empty(&host->queue))
        begin_turns(hosts, host);
    list_push(&host->queue, link);
    settle(hosts, host);
}

void hosts_put(struct hosts *hosts, struct slice key, struct list *link)
{
    hosts_join(hosts, find_host(hosts, key), link);
}

static struct hosts_notice describe(const struct hosts *hosts,
                                    const struct hosts_host *host)
{
    return (struct hosts_notice){
        .key = slice_of(host->key, host->key_len),
        .state = host->breaker.state,
        .failures = host->breaker.failures,
        .pause_us = breaker_pause_us(&host->breaker, &hosts->limits.breaker),
        .fault = host->cause ? host->cause->fault : NULL,
        .message = host->cause ? host->cause->message : NULL,
    };
}

static void tell(const struct hosts *hosts, const struct hosts_host *host)
{
    const struct hosts_notice notice = describe(hosts, host);

    if (hosts->on_change != NULL)
        hosts->on_change(hosts->arg, &notice);
}

static void hold(struct hosts *hosts, struct hosts_host *host, int64_t until_us)
{
    leave_place(hosts, host);
    host->until_us = until_us;
    settle(hosts, host);
}

static void let_go(struct hosts *hosts, int64_t now_us)
{
    while (!list_empty(&hosts->held)) {
        struct hosts_host *host = host_of(hosts->held.next);

        if (host->until_us > now_us)
            return;
        if (host->scolded)
            host->cap = 1;
        host->scolded = false;
        host->until_us = 0;
        begin_turns(hosts, host);
        settle(hosts, host);
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

/* Of a start, as hosts.h says; at least something, so that turns change. */
static int64_t cost_us(const struct hosts *hosts, const struct hosts_host *host)
{
    int64_t usual_us = hosts->mean_us;
    int64_t mean_us = host->mean_us < 0 ? usual_us : host->mean_us;

    if (mean_us >= usual_us)
        return mean_us + 1;
    if (mean_us < usual_us / QUICKEST)
        return mean_us / QUICKEST + 1;
    return mean_us * mean_us / usual_us + 1;
}

struct list *hosts_next(struct hosts *hosts, int64_t now_us,
                        struct hosts_host **host)
{
    const struct hosts_limits *limits = &hosts->limits;
    struct hosts_host *next;
    struct list *link;

    let_go(hosts, now_us);
    if (hosts->running == limits->total || list_empty(&hosts->ready) ||
        hosts->next_us > now_us)
        return NULL;
    next = host_of(hosts->ready.next);
    link = list_pop(&next->queue);
    next->running++;
    hosts->running++;
    leave_place(hosts, next);
    if (hosts->turn_us < next->turn_us)
        hosts->turn_us = next->turn_us;
    next->turn_us += cost_us(hosts, next);
    if (limits->gap_us > 0)
        pace(&hosts->next_us, limits->gap_us, now_us);
    if (limits->host_gap_us > 0 &&
        pace(&next->next_us, limits->host_gap_us, now_us) > now_us)
        next->until_us = next->next_us;
    settle(hosts, next);
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
    bool paced = !list_empty(&hosts->ready) && hosts->next_us > 0;

    if (hosts->running == hosts->limits.total)
        return -1;
    if (paced)
        return hosts->next_us;
    return list_empty(&hosts->held) ? -1 : host_of(hosts->held.next)->until_us;
}

void hosts_hold(struct hosts *hosts, struct hosts_host *host, int64_t until_us)
{
    host->scolded = true;
    if (until_us > host->until_us)
        hold(hosts, host, until_us);
}

void hosts_widen(struct hosts *hosts, struct hosts_host *host)
{
    host->cap = host->most;
    settle(hosts, host);
    /* What answers is there; failures of those that were answered before their
     * end still count in a row. */
    if (host->breaker.state != BREAKER_CLOSED) {
        breaker_note(&host->breaker, &hosts->limits.breaker, true);
        tell(hosts, host);
    }
}

static void note_time(struct hosts *hosts, struct hosts_host *host,
                      int64_t took_us)
{
    if (took_us > TOOK_MAX_US)
        took_us = TOOK_MAX_US;
    host->mean_us =
        host->mean_us < 0
            ? took_us
            : host->mean_us + (took_us - host->mean_us) / HOST_MEMORY;
    hosts->mean_us +=
        (took_us - hosts->mean_us) * took_us / (took_us + MEMORY_US);
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
    host->under_way = host->running;
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

    assert(host->running > 0 && hosts->running > 0);
    if (result->end == HOSTS_TOO_MUCH || result->end == HOSTS_SLOW)
        shrink(host);
    if (result->end == HOSTS_WELL)
        grow(host, hosts->limits.per_host);
    if (host->under_way > 0)
        host->under_way--;
    host->running--;
    hosts->running--;
    note_time(hosts, host, result->took_us);
    /* What failed ahead of the crowd is no reason to send it. */
    if (!failed || host->cap > host->most)
        host->cap = host->most;
    if (breaker_note(&host->breaker, &hosts->limits.breaker, !failed))
        change(hosts, host, result);
    settle(hosts, host);
}

struct list *hosts_refused(struct hosts *hosts, struct hosts_notice *why)
{
    struct hosts_host *host;
    struct list *link;

    if (list_empty(&hosts->lost))
        return NULL;
    host = host_of(hosts->lost.next);
    link = list_pop(&host->queue);
    settle(hosts, host);
    *why = describe(hosts, host);
    hosts->tally.refused++;
    return link;
}

void hosts_on_change(struct hosts *hosts, hosts_notice_fn fn, void *arg)
{
    hosts->on_change = fn;
    hosts->arg = arg;
}

const struct hosts_tally *hosts_tally(const struct hosts *hosts)
{
    return &hosts->tally;
}

static size_t count(const struct list *queue)
{
    size_t n = 0;

    for (const struct list *l = queue->next; l != queue; l = l->next)
        n++;
    return n;
}

void hosts_each(const struct hosts *hosts,
                void (*fn)(void *arg, const struct hosts_view *view), void *arg)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        const struct list *bucket = &hosts->buckets[i];

        for (struct list *l = bucket->next; l != bucket; l = l->next) {
            struct hosts_host *host = LIST_ITEM(l, struct hosts_host, bucket);
            const struct hosts_view view = {.notice = describe(hosts, host),
                                            .running = host->running,
                                            .waiting = count(&host->queue)};

            if (view.running + view.waiting > 0)
                fn(arg, &view);
        }
    }
}

void hosts_take(struct hosts *hosts, struct hosts_host *host, struct list *link)
{
    list_remove(link);
    settle(hosts, host);
}

/* Hosts that are full are on no list but their bucket's: those are walked.
 * Linear, but only when a run is stopped. */
struct list *hosts_drop(struct hosts *hosts)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        struct list *bucket = &hosts->buckets[i];

        for (struct list *l = bucket->next; l != bucket; l = l->next) {
            struct hosts_host *host = LIST_ITEM(l, struct hosts_host, bucket);
            struct list *link = list_pop(&host->queue);

            if (link == NULL)
                continue;
            settle(hosts, host);
            return link;
        }
    }
    return NULL;
}
