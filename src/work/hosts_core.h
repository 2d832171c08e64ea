/* SPDX-License-Identifier: MIT */
/*
 * hosts_core - what the files of hosts share, and nobody else
 *
 * hosts.c has the queues and what becomes of a host, hosts_turn.c whose turn it
 * is, hosts_table.c who is known.
 */
#ifndef WORK_HOSTS_CORE_H
#define WORK_HOSTS_CORE_H

#include "base/hash.h"
#include "work/hosts.h"

/* Chains stay short: at most some thousand hosts are known at once, those of
 * the items in flight and the idle ones. */
enum { HOSTS_BUCKETS = 4096 };

enum hosts_place {
    HOSTS_NOWHERE, /* work, but no room for more; or none, and some that runs */
    HOSTS_READY,
    HOSTS_EAGER, /* likewise, for places that are not scarce */
    HOSTS_IDLE,  /* nothing queued, nothing runs */
    HOSTS_HELD,  /* until its time */
    HOSTS_LOST,  /* likewise, and what is queued is to be given back */
};

/* Why a host was parked. */
struct hosts_cause {
    const char *fault;
    char message[256];
};

/* Those that run: their starts added up tell how long they have run so far. */
struct hosts_running {
    size_t count;
    int64_t starts_us;
};

struct hosts_host {
    struct list bucket;
    struct list link; /* ready, eager, idle, held or lost */
    struct list queue;
    enum hosts_place place;
    int64_t turn_us;  /* what those that ended have cost, or what is usual */
    int64_t order_us; /* its turn when it was put in order */
    int64_t mean_us;  /* of its requests; -1: none has ended */
    struct hosts_running running;
    bool answers;     /* it is not new: more than one may be tried */
    size_t cap;       /* as many as went well one after the other, from 1 */
    size_t most;      /* what the cap may be, 1 to the limit */
    size_t well;      /* ends since `most` last grew */
    size_t under_way; /* that began before `most` was halved */
    int64_t until_us; /* 0: it is not held */
    int64_t next_us;  /* by its rate */
    bool scolded;     /* held by hosts_hold or parked */
    struct breaker breaker;
    struct hosts_cause *cause; /* NULL: it was never parked */
    uint64_t hash;
    size_t key_len;
    char key[];
};

struct hosts {
    struct list buckets[HOSTS_BUCKETS];
    struct list ready;
    struct list eager;
    struct list idle;
    struct list held; /* the first whose time comes is the first */
    struct list lost; /* with a queue */
    struct hash_key key;
    struct hosts_limits limits;
    size_t idle_count;
    struct hosts_running running;
    int64_t now_us;  /* the latest that we were told */
    int64_t next_us; /* by the rate of all */
    int64_t turn_us; /* the latest that was started */
    int64_t mean_us; /* of what a place is busy with at any moment */
    struct hosts_tally tally;
    hosts_notice_fn on_change; /* may be NULL */
    void *arg;
};

static inline struct hosts_host *hosts_of(struct list *link)
{
    return LIST_ITEM(link, struct hosts_host, link);
}

/* Whether the first of the eager may have one: places are not scarce, or all
 * that are taken are its own. (No other is eager then.) */
static inline bool hosts_may_crowd(const struct hosts *hosts)
{
    const size_t running = hosts->running.count;

    return !list_empty(&hosts->eager) &&
           (running < hosts->limits.total / 4 ||
            hosts_of(hosts->eager.next)->running.count == running);
}

/* hosts.c: off the list that it is on; bring it where it belongs. */
void hosts_leave(struct hosts *hosts, struct hosts_host *host);
void hosts_settle(struct hosts *hosts, struct hosts_host *host);

/* hosts_table.c: the host of that name, which is added if it is new; forget one
 * for which nothing waits or runs. */
struct hosts_host *hosts_find(struct hosts *hosts, struct slice key);
void hosts_forget(struct hosts *hosts, struct hosts_host *host);
struct hosts_notice hosts_describe(const struct hosts *hosts,
                                   const struct hosts_host *host);

/*
 * hosts_turn.c: put one that may start in the order of its list; it had nothing
 * to start, and saves up no turns by that; whose turn it is, or NULL; it starts
 * one; one that ran so long has ended.
 */
void hosts_turn_push(struct hosts *hosts, struct hosts_host *host);
void hosts_turn_begin(const struct hosts *hosts, struct hosts_host *host);
struct hosts_host *hosts_turn_next(struct hosts *hosts);
void hosts_turn_start(struct hosts *hosts, struct hosts_host *host);
void hosts_turn_end(struct hosts *hosts, struct hosts_host *host,
                    int64_t took_us);

#endif
