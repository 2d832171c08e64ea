/* SPDX-License-Identifier: MIT */
/*
 * Whose turn it is.
 *
 * A turn is the time for which the requests of a host held places, weighed, as
 * if it was a clock of its own; those that run count with the time that they
 * have held theirs, or are likely to. So it grows by itself while a request
 * runs, and a list in the order of turns would have to be put in order all the
 * time. It is not: a host's place in it is by its turn when it was put there,
 * which is never more than its turn now. So if the first one, looked at anew,
 * is still no later than the second, none is earlier; else it is put back and
 * the next one is looked at. Only hosts with running requests move by
 * themselves, and of those there are no more than places.
 */
#include "work/hosts.h"

#include "work/hosts_core.h"

enum {
    TOOK_MAX_US = 60 * 1000000, /* longer is not worse, for shares */
    /* Half of what is known of all is of so much time of places. */
    MEMORY_US = 10 * 1000000,
    HOST_MEMORY = 8, /* requests */
    QUICKEST = 20,   /* a host may have so many times the places of others */
    LONG_US = 20000, /* many times what it takes to read a list on */
};

/* How long those that run have held their places, all in all. */
static int64_t held_us(const struct hosts_running *running, int64_t now_us)
{
    return (int64_t)running->count * now_us - running->starts_us;
}

/* So long a place is held: as the last ones were, or those that run now, if
 * these have it for longer. */
static int64_t typical_us(const struct hosts_running *running, int64_t mean_us,
                          int64_t now_us)
{
    int64_t age_us = running->count > 0
                         ? held_us(running, now_us) / (int64_t)running->count
                         : 0;

    if (age_us > TOOK_MAX_US)
        age_us = TOOK_MAX_US;
    return mean_us > age_us ? mean_us : age_us;
}

/* What so much time of places is charged to a host for which one is held for
 * `own_us`, where `usual_us` is usual. At least something, so that turns
 * change. */
static int64_t weigh(int64_t us, int64_t own_us, int64_t usual_us)
{
    if (own_us >= usual_us)
        return us + 1;
    if (own_us < usual_us / QUICKEST)
        return us / QUICKEST + 1;
    return (int64_t)((double)us * (double)own_us / (double)usual_us) + 1;
}

static int64_t usual_us(const struct hosts *hosts)
{
    return typical_us(&hosts->running, hosts->mean_us, hosts->now_us);
}

static int64_t weigh_now(const struct hosts *hosts,
                         const struct hosts_host *host, int64_t us)
{
    return weigh(us, typical_us(&host->running, host->mean_us, hosts->now_us),
                 usual_us(hosts));
}

static int64_t turn_us(const struct hosts *hosts, const struct hosts_host *host)
{
    const int64_t count = (int64_t)host->running.count;
    const int64_t likely_us =
        host->mean_us < 0 ? hosts->mean_us : host->mean_us;
    int64_t us = held_us(&host->running, hosts->now_us);

    if (count == 0)
        return host->turn_us;
    if (us < count * likely_us)
        us = count * likely_us;
    return host->turn_us + weigh_now(hosts, host, us) + count;
}

static void catch_up(const struct hosts *hosts, struct hosts_host *host,
                     int64_t least_us)
{
    int64_t behind_us = least_us - turn_us(hosts, host);

    if (behind_us > 0)
        host->turn_us += behind_us;
}

void hosts_turn_begin(const struct hosts *hosts, struct hosts_host *host)
{
    catch_up(hosts, host, hosts->turn_us);
}

static struct list *list_of(struct hosts *hosts, const struct hosts_host *host)
{
    return host->place == HOSTS_READY ? &hosts->ready : &hosts->eager;
}

/* Those of one turn as they come. Most belong at one of the two ends. */
static void put_in_order(struct list *all, struct hosts_host *host)
{
    struct list *at = all->prev;

    if (!list_empty(all) && hosts_of(all->next)->order_us > host->order_us)
        at = all;
    while (at != all && hosts_of(at)->order_us > host->order_us)
        at = at->prev;
    list_push(at->next, &host->link);
}

/* One that was full may be behind by two starts of others, but does not save up
 * more. */
void hosts_turn_push(struct hosts *hosts, struct hosts_host *host)
{
    catch_up(hosts, host, hosts->turn_us - 2 * hosts->mean_us);
    host->order_us = turn_us(hosts, host);
    put_in_order(list_of(hosts, host), host);
}

static struct hosts_host *first_of(const struct hosts *hosts, struct list *all)
{
    for (;;) {
        struct hosts_host *host = hosts_of(all->next);
        const int64_t was_us = host->order_us;

        host->order_us = turn_us(hosts, host);
        if (host->order_us <= was_us || host->link.next == all ||
            host->order_us <= hosts_of(host->link.next)->order_us)
            return host;
        list_remove(&host->link);
        put_in_order(all, host);
    }
}

struct hosts_host *hosts_turn_next(struct hosts *hosts)
{
    if (!list_empty(&hosts->ready))
        return first_of(hosts, &hosts->ready);
    if (hosts_may_crowd(hosts))
        return first_of(hosts, &hosts->eager);
    return NULL;
}

bool hosts_want_more(const struct hosts *hosts)
{
    return hosts->running.count < hosts->limits.total ||
           usual_us(hosts) > LONG_US;
}

static void start(struct hosts_running *running, int64_t now_us)
{
    running->count++;
    running->starts_us += now_us;
}

static void end(struct hosts_running *running, int64_t start_us)
{
    running->count--;
    running->starts_us = running->count > 0 ? running->starts_us - start_us : 0;
}

void hosts_turn_start(struct hosts *hosts, struct hosts_host *host)
{
    if (hosts->turn_us < host->order_us)
        hosts->turn_us = host->order_us;
    start(&host->running, hosts->now_us);
    start(&hosts->running, hosts->now_us);
}

static void note_time(struct hosts *hosts, struct hosts_host *host,
                      int64_t took_us)
{
    host->mean_us =
        host->mean_us < 0
            ? took_us
            : host->mean_us + (took_us - host->mean_us) / HOST_MEMORY;
    hosts->mean_us +=
        (took_us - hosts->mean_us) * took_us / (took_us + MEMORY_US);
}

static bool is_listed(const struct hosts_host *host)
{
    return host->place == HOSTS_READY || host->place == HOSTS_EAGER;
}

/* What ended was quicker than it was likely to be. */
static void move_forward(struct hosts *hosts, struct hosts_host *host)
{
    list_remove(&host->link);
    hosts_turn_push(hosts, host);
}

void hosts_turn_end(struct hosts *hosts, struct hosts_host *host,
                    int64_t took_us)
{
    int64_t start_us = hosts->now_us - took_us;

    end(&host->running, start_us);
    end(&hosts->running, start_us);
    if (took_us > TOOK_MAX_US)
        took_us = TOOK_MAX_US;
    note_time(hosts, host, took_us);
    host->turn_us += weigh_now(hosts, host, took_us);
    if (is_listed(host) && turn_us(hosts, host) < host->order_us)
        move_forward(hosts, host);
}
