/* SPDX-License-Identifier: MIT */
#include "work/hosts.h"

#include <assert.h>

#include "base/hash.h"
#include "base/mem.h"

/* Chains stay short: at most some thousand hosts are known at once, those of
 * the items in flight and the idle ones. */
enum { BUCKETS = 4096 };

enum place {
    NOWHERE, /* work, but no room for more; or none, and some that runs */
    READY,
    IDLE, /* nothing queued, nothing runs */
};

struct hosts_host {
    struct list bucket;
    struct list link; /* ready or idle */
    struct list queue;
    enum place place;
    size_t running;
    size_t cap;
    uint64_t hash;
    size_t key_len;
    char key[];
};

struct hosts {
    struct list buckets[BUCKETS];
    struct list ready;
    struct list idle;
    struct hash_key key;
    size_t idle_count;
    size_t running;
    size_t total;
    size_t per_host;
};

struct hosts *hosts_new(size_t total, size_t per_host)
{
    struct hosts *hosts = mem_alloc(sizeof *hosts);

    assert(total > 0 && per_host > 0);
    hosts->total = total;
    hosts->per_host = per_host;
    hosts->key = hash_key_new();
    list_init(&hosts->ready);
    list_init(&hosts->idle);
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
    if (!list_empty(&host->queue))
        return host->running < host->cap ? READY : NOWHERE;
    return host->running == 0 ? IDLE : NOWHERE;
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
        list_push(&hosts->ready, &host->link);
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
    host->hash = hash;
    host->key_len = key.len;
    memcpy(host->key, key.ptr, key.len);
    list_push(&hosts->buckets[hash % BUCKETS], &host->bucket);
    return host;
}

static struct hosts_host *find_host(struct hosts *hosts, struct slice key)
{
    uint64_t hash = hash_bytes(hosts->key, key);
    struct list *bucket = &hosts->buckets[hash % BUCKETS];

    for (struct list *l = bucket->next; l != bucket; l = l->next) {
        struct hosts_host *host = LIST_ITEM(l, struct hosts_host, bucket);

        if (host->hash == hash &&
            slice_equal(slice_of(host->key, host->key_len), key))
            return host;
    }
    return add_host(hosts, key, hash);
}

void hosts_put(struct hosts *hosts, struct slice key, struct list *link)
{
    struct hosts_host *host = find_host(hosts, key);

    list_push(&host->queue, link);
    settle(hosts, host);
}

struct list *hosts_next(struct hosts *hosts, struct hosts_host **host)
{
    struct hosts_host *next;
    struct list *link;

    if (hosts->running == hosts->total || list_empty(&hosts->ready))
        return NULL;
    next = host_of(hosts->ready.next);
    link = list_pop(&next->queue);
    next->running++;
    hosts->running++;
    leave_place(hosts, next);
    settle(hosts, next);
    *host = next;
    return link;
}

void hosts_widen(struct hosts *hosts, struct hosts_host *host)
{
    host->cap = hosts->per_host;
    settle(hosts, host);
}

void hosts_done(struct hosts *hosts, struct hosts_host *host)
{
    assert(host->running > 0 && hosts->running > 0);
    host->running--;
    hosts->running--;
    host->cap = hosts->per_host;
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
