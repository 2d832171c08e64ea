/* SPDX-License-Identifier: MIT */
/* Who is known, and what is to be said of them. */
#include "work/hosts.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "work/hosts_core.h"

struct hosts *hosts_new(const struct hosts_limits *limits)
{
    struct hosts *hosts = mem_alloc(sizeof *hosts);

    assert(limits->total > 0 && limits->per_host > 0);
    hosts->limits = *limits;
    hosts->key = hash_key_new();
    list_init(&hosts->ready);
    list_init(&hosts->eager);
    list_init(&hosts->idle);
    list_init(&hosts->held);
    list_init(&hosts->lost);
    for (size_t i = 0; i < HOSTS_BUCKETS; i++)
        list_init(&hosts->buckets[i]);
    return hosts;
}

void hosts_forget(struct hosts *hosts, struct hosts_host *host)
{
    hosts_leave(hosts, host);
    list_remove(&host->bucket);
    mem_free(host->cause);
    mem_free(host);
}

void hosts_free(struct hosts *hosts)
{
    if (hosts == NULL)
        return;
    for (size_t i = 0; i < HOSTS_BUCKETS; i++) {
        struct list *bucket = &hosts->buckets[i];

        while (!list_empty(bucket))
            hosts_forget(hosts,
                         LIST_ITEM(bucket->next, struct hosts_host, bucket));
    }
    mem_free(hosts);
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
    list_push(&hosts->buckets[hash % HOSTS_BUCKETS], &host->bucket);
    return host;
}

bool hosts_is(const struct hosts_host *host, struct slice key)
{
    return slice_equal(slice_of(host->key, host->key_len), key);
}

struct hosts_host *hosts_find(struct hosts *hosts, struct slice key)
{
    uint64_t hash = hash_bytes(hosts->key, key);
    struct list *bucket = &hosts->buckets[hash % HOSTS_BUCKETS];

    for (struct list *l = bucket->next; l != bucket; l = l->next) {
        struct hosts_host *host = LIST_ITEM(l, struct hosts_host, bucket);

        if (host->hash == hash && hosts_is(host, key))
            return host;
    }
    return add_host(hosts, key, hash);
}

struct hosts_notice hosts_describe(const struct hosts *hosts,
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
    for (size_t i = 0; i < HOSTS_BUCKETS; i++) {
        const struct list *bucket = &hosts->buckets[i];

        for (struct list *l = bucket->next; l != bucket; l = l->next) {
            struct hosts_host *host = LIST_ITEM(l, struct hosts_host, bucket);
            const struct hosts_view view = {.notice =
                                                hosts_describe(hosts, host),
                                            .running = host->running.count,
                                            .waiting = count(&host->queue)};

            if (view.running + view.waiting > 0)
                fn(arg, &view);
        }
    }
}

/* Hosts that are full are on no list but their bucket's: those are walked.
 * Linear, but only when a run is stopped. */
struct list *hosts_drop(struct hosts *hosts)
{
    for (size_t i = 0; i < HOSTS_BUCKETS; i++) {
        struct list *bucket = &hosts->buckets[i];

        for (struct list *l = bucket->next; l != bucket; l = l->next) {
            struct hosts_host *host = LIST_ITEM(l, struct hosts_host, bucket);
            struct list *link = list_pop(&host->queue);

            if (link == NULL)
                continue;
            hosts_settle(hosts, host);
            return link;
        }
    }
    return NULL;
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
