/* SPDX-License-Identifier: MIT */
#include "work/ahead.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/mem.h"
#include "io/loop.h"
#include "work/manifest.h"
#include "work/request.h"

enum {
    BUCKETS = 1024,
    /* Lines that are read at once, before the loop may look at what else
     * there is to do: a fraction of a millisecond. */
    READ_AT_ONCE = 256,
    PART = 64,
    WAITING_FIRST = 8,
    WAITING_PER_RUNNING = 2,
};

/* A request that is put by: its line, and what that does not tell. */
struct entry {
    struct entry *next;
    const char *origin;
    uint64_t line;
    uint64_t number;
    uint64_t name_owner;
    struct item_known known;
    unsigned tried;
    unsigned attempts;
    size_t len;
    char text[];
};

/* A host of which something is put by, or in the flow. */
struct ahead_host {
    struct list bucket;
    struct list link; /* ready, if it may be given something put by */
    struct entry *first, *last;
    size_t flowing; /* in the flow */
    size_t waiting; /* of these, for a place or for their next attempt */
    uint64_t hash;
    size_t key_len;
    char key[];
};

struct ahead {
    struct ahead_options o;
    struct list buckets[BUCKETS];
    struct list ready;
    struct hash_key key;
    struct buf scratch;
    size_t hosts;
    size_t flowing; /* of all hosts */
    size_t waiting;
    size_t entries;
    size_t bytes;
    enum flow_got ended; /* FLOW_END or FLOW_FAULT, once the list has */
    struct err err;      /* of the fault */
    bool stopped;
};

struct ahead *ahead_open(const struct ahead_options *options)
{
    struct ahead *a = mem_alloc(sizeof *a);

    a->o = *options;
    a->key = hash_key_new();
    a->ended = FLOW_LATER;
    list_init(&a->ready);
    buf_init(&a->scratch, SIZE_MAX);
    for (size_t i = 0; i < BUCKETS; i++)
        list_init(&a->buckets[i]);
    return a;
}

static struct request *request_of(const struct item *item)
{
    return item->work;
}

static void forget(struct ahead *a, struct ahead_host *host)
{
    list_remove(&host->bucket);
    list_remove(&host->link);
    mem_free(host);
    a->hosts--;
}

/* Take the first that was put by off. */
static struct entry *pop(struct ahead *a, struct ahead_host *host)
{
    struct entry *entry = host->first;

    host->first = entry->next;
    a->entries--;
    a->bytes -= sizeof *entry + entry->len;
    return entry;
}

void ahead_close(struct ahead *a)
{
    if (a == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        struct list *bucket = &a->buckets[i];

        while (!list_empty(bucket)) {
            struct ahead_host *host =
                LIST_ITEM(bucket->next, struct ahead_host, bucket);

            while (host->first != NULL)
                mem_free(pop(a, host));
            forget(a, host);
        }
    }
    buf_release(&a->scratch);
    mem_free(a);
}

static struct ahead_host *add_host(struct ahead *a, struct slice key,
                                   uint64_t hash)
{
    struct ahead_host *host = mem_alloc(sizeof *host + key.len);

    list_init(&host->link);
    host->hash = hash;
    host->key_len = key.len;
    memcpy(host->key, key.ptr, key.len);
    list_push(&a->buckets[hash % BUCKETS], &host->bucket);
    a->hosts++;
    return host;
}

static struct ahead_host *find_host(struct ahead *a, const struct item *item)
{
    struct slice key;
    struct list *bucket;
    uint64_t hash;

    buf_clear(&a->scratch);
    url_add_origin(&a->scratch, &request_of(item)->parts);
    key = buf_slice(&a->scratch);
    hash = hash_bytes(a->key, key);
    bucket = &a->buckets[hash % BUCKETS];
    for (struct list *l = bucket->next; l != bucket; l = l->next) {
        struct ahead_host *host = LIST_ITEM(l, struct ahead_host, bucket);

        if (host->hash == hash &&
            slice_equal(slice_of(host->key, host->key_len), key))
            return host;
    }
    return add_host(a, key, hash);
}

/* So many may wait where so many of the flow run: what can soon be started. */
static size_t use_for(size_t hosts, size_t flowing, size_t waiting)
{
    return hosts * WAITING_FIRST + (flowing - waiting) * WAITING_PER_RUNNING;
}

/* Where items are few, those that are left are for hosts that are new, and for
 * those that run many: a small part is for one host (a dynamic threshold as of
 * Choudhury and Hahne 1998). */
static bool may_flow(const struct ahead *a, const struct ahead_host *host)
{
    const size_t left = a->flowing < a->o.items ? a->o.items - a->flowing : 0;
    const size_t use = use_for(1, host->flowing, host->waiting);
    const size_t part = use_for(0, host->flowing, host->waiting) + left / PART;

    return a->stopped || (host->waiting < use && host->waiting <= part);
}

/* Bring a host where it belongs. */
static void settle(struct ahead *a, struct ahead_host *host)
{
    const bool ready = host->first != NULL && may_flow(a, host);

    if (ready == !list_empty(&host->link))
        return;
    if (ready)
        list_push(&a->ready, &host->link);
    else
        list_remove(&host->link);
}

static void count_waiting(struct ahead *a, const struct item *item, bool waits)
{
    struct request *request = request_of(item);

    if (request->waits == waits)
        return;
    request->waits = waits;
    request->ahead->waiting += waits ? 1 : (size_t)-1;
    a->waiting += waits ? 1 : (size_t)-1;
}

/* The item goes into the flow. */
static enum flow_got give(struct ahead *a, struct ahead_host *host,
                          struct item *item)
{
    request_of(item)->ahead = host;
    request_of(item)->waits = false;
    host->flowing++;
    a->flowing++;
    count_waiting(a, item, true);
    settle(a, host);
    return FLOW_FILLED;
}

static void put_by(struct ahead *a, struct ahead_host *host, struct item *item)
{
    struct entry *entry = mem_alloc(sizeof *entry + item->in.len);

    *entry = (struct entry){.origin = item->origin,
                            .line = item->line,
                            .number = item->number,
                            .name_owner = request_of(item)->name_owner,
                            .known = item->known,
                            .tried = item->tried,
                            .attempts = item->attempts,
                            .len = item->in.len};
    memcpy(entry->text, item->in.data, item->in.len);
    if (host->first == NULL)
        host->first = entry;
    else
        host->last->next = entry;
    host->last = entry;
    a->entries++;
    a->bytes += sizeof *entry + entry->len;
    settle(a, host);
    item_clear(item, item->in.cap);
}

/* It was parsed before, and so can be again. */
static void restore(struct item *item, const struct entry *entry)
{
    struct err unused;
    size_t column = 0;
    int failed;

    item->origin = entry->origin;
    item->line = entry->line;
    item->lines = 1;
    item->number = entry->number;
    buf_clear(&item->in);
    buf_add(&item->in, entry->text, entry->len);
    failed = manifest_parse(request_of(item), item, &column, &unused);
    assert(failed == 0);
    request_of(item)->name_owner = entry->name_owner;
    item->known = entry->known;
    item->tried = entry->tried;
    item->attempts = entry->attempts;
}

/* The hosts take turns. */
static enum flow_got give_first(struct ahead *a, struct item *item)
{
    struct list *link = list_pop(&a->ready);
    struct ahead_host *host = LIST_ITEM(link, struct ahead_host, link);
    struct entry *entry = pop(a, host);

    restore(item, entry);
    mem_free(entry);
    return give(a, host, item);
}

/* Without need nothing is put by: each known host may have what it can use, and
 * the next line may well be for one of them. */
static bool has_room(const struct ahead *a)
{
    return a->entries == 0 &&
           (a->hosts == 0 ||
            a->waiting < use_for(a->hosts, a->flowing, a->waiting));
}

static bool may_read(const struct ahead *a)
{
    if (a->stopped)
        return true;
    if (a->entries >= a->o.most || a->bytes >= a->o.most_bytes)
        return false;
    return has_room(a) || a->o.wanted(a->o.arg);
}

static enum flow_got read_one(struct ahead *a, struct item *item)
{
    const struct flow_source *list = &a->o.list;
    enum flow_got got = list->fill(list->self, item, &a->err);
    struct ahead_host *host;

    if (got == FLOW_END || got == FLOW_FAULT)
        a->ended = got;
    if (got != FLOW_FILLED)
        return got;
    host = find_host(a, item);
    /* One that has its end already waits for nobody. */
    if (item->status != ITEM_PENDING ||
        (host->first == NULL && may_flow(a, host)))
        return give(a, host, item);
    put_by(a, host, item);
    return FLOW_LATER;
}

/* What was read before a fault is good work, and goes first. */
static enum flow_got end(struct ahead *a, struct err *err)
{
    if (a->entries > 0)
        return FLOW_LATER;
    if (a->ended == FLOW_FAULT)
        *err = a->err;
    return a->ended;
}

static enum flow_got fill(void *self, struct item *item, struct err *err)
{
    struct ahead *a = self;

    for (int i = 0; i < READ_AT_ONCE; i++) {
        const size_t entries = a->entries;

        if (!list_empty(&a->ready))
            return give_first(a, item);
        if (a->ended != FLOW_LATER)
            return end(a, err);
        if (!may_read(a))
            return FLOW_LATER;
        if (read_one(a, item) == FLOW_FILLED)
            return FLOW_FILLED;
        if (a->ended == FLOW_LATER && a->entries == entries)
            return FLOW_LATER;
    }
    loop_again(a->o.loop);
    return FLOW_LATER;
}

/* All that was put by is to be given. */
static void stop(void *self)
{
    struct ahead *a = self;
    const struct flow_source *list = &a->o.list;

    a->stopped = true;
    if (list->stop != NULL)
        list->stop(list->self);
    for (size_t i = 0; i < BUCKETS; i++) {
        struct list *bucket = &a->buckets[i];

        for (struct list *l = bucket->next; l != bucket; l = l->next)
            settle(a, LIST_ITEM(l, struct ahead_host, bucket));
    }
}

static void ended(void *self, const struct item *item)
{
    const struct flow_source *list = &((struct ahead *)self)->o.list;

    if (list->ended != NULL)
        list->ended(list->self, item);
}

struct flow_source ahead_source(struct ahead *a)
{
    return (struct flow_source){.self = a,
                                .fill = fill,
                                .stop = a->o.list.stop != NULL ? stop : NULL,
                                .ended = ended};
}

static void leave(struct ahead *a, const struct item *item)
{
    struct ahead_host *host = request_of(item)->ahead;

    count_waiting(a, item, false);
    request_of(item)->ahead = NULL;
    a->flowing--;
    if (--host->flowing == 0 && host->first == NULL)
        forget(a, host);
    else
        settle(a, host);
}

static void change(void *self, const struct item *item, enum flow_change what)
{
    struct ahead *a = self;

    switch (what) {
    case FLOW_PENDING: return;
    case FLOW_ENDED: leave(a, item); return;
    case FLOW_RUNNING:
    case FLOW_RETRYING: break;
    }
    count_waiting(a, item, what == FLOW_RETRYING);
    settle(a, request_of(item)->ahead);
}

struct flow_watch ahead_watch(struct ahead *a)
{
    return (struct flow_watch){.self = a, .change = change};
}
