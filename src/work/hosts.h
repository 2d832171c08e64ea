/* SPDX-License-Identifier: MIT */
/*
 * hosts - whose turn it is, when many requests wait for many hosts
 *
 * A queue for each host, and the hosts that are ready, which have work and are
 * below their cap, in the order of their turns. A request costs its host the
 * time for which it holds a place, and one that runs what it has held it so
 * far, or will if it is as the last ones were; the turn is of whom it has cost
 * least: start-time fair queuing (Goyal, Vin, Cheng 1996). Equal hosts so have
 * their turns in a round, and slow ones get no more of the places than their
 * part, whose requests are hours or moments. A host that is quicker than a
 * place is busy on average pays less, down to a twentieth of its time: so it
 * may have twenty times as many places as a slow one, and does not crawl
 * because the others do. To end and to queue are O(1), to start nearly always
 * is: one is put in order from where it most likely belongs.
 *
 * A host that is not known yet starts one request alone (it learns the name's
 * addresses, the connection's kind, the TLS session). Once that one is answered
 * or has ended, it may have its cap of the first quarter of all places, or of
 * all while no other has any. Of the others it gets one more for each request
 * that has ended, so that the quick have them before the slow: what begins to
 * answer may yet take for ever.
 *
 * The cap is halved when a request was too much for the host, though not again
 * for those that were under way, and grows by one for as many that went well as
 * it is large (additive increase, multiplicative decrease), up to the limit.
 *
 * A host may ask to be left alone for a while: it is held, starts nothing until
 * then, and then one request alone, as if it were new. With a rate, in all or
 * for a host, starts are spread evenly: one every gap, with a burst of no more
 * than HOSTS_LATE_US allows after a wait.
 *
 * A host whose requests fail, several in a row, is parked as breaker.h says: it
 * is held, and probed by one request after a pause. One that failed before it
 * ever answered is asked by one at a time. Of a host that is lost nothing is
 * kept waiting: hosts_refused gives it back.
 *
 * What is queued is linked, not copied. A host without work is forgotten when
 * more than HOSTS_IDLE_MAX are, one that is held after its time. Loop's thread;
 * nothing here reads a clock or knows of sockets: times are microseconds of any
 * clock that only goes forward.
 */
#ifndef WORK_HOSTS_H
#define WORK_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/slice.h"
#include "work/breaker.h"

struct hosts;
struct hosts_host;

enum {
    HOSTS_IDLE_MAX = 1024,
    /* A late turn of the loop is made up for: else a rate of 1000 a second
     * could not be reached by timers of a millisecond. */
    HOSTS_LATE_US = 10000,
};

struct hosts_limits {
    size_t total; /* at once */
    size_t per_host;
    int64_t gap_us;      /* between two starts; 0: none */
    int64_t host_gap_us; /* of one host */
    struct breaker_policy breaker;
};

/* What became of a host, for people; good until the call returns. */
struct hosts_notice {
    struct slice key;
    enum breaker_state state;
    uint64_t failures; /* in a row */
    int64_t pause_us;  /* until it is probed */
    const char *fault; /* the last failure; NULL if none is known */
    const char *message;
};

typedef void (*hosts_notice_fn)(void *arg, const struct hosts_notice *notice);

struct hosts_tally {
    uint64_t parked;  /* times that a host was, after it was well */
    uint64_t probes;  /* that were started */
    uint64_t lost;    /* times that one was */
    uint64_t refused; /* given back by hosts_refused */
};

struct hosts *hosts_new(const struct hosts_limits *limits);
void hosts_free(struct hosts *hosts);

/* What is to be said of a host at any moment. */
struct hosts_view {
    struct hosts_notice notice;
    size_t running;
    size_t waiting;
};

/* Tell of each that has something to do, in no order; linear in all of that. */
void hosts_each(const struct hosts *hosts,
                void (*fn)(void *arg, const struct hosts_view *view),
                void *arg);

/* Called within hosts_next, hosts_widen and hosts_done. */
void hosts_on_change(struct hosts *hosts, hosts_notice_fn fn, void *arg);

const struct hosts_tally *hosts_tally(const struct hosts *hosts);

/* Put a link at the end of the queue of the host named `key`. */
void hosts_put(struct hosts *hosts, struct slice key, struct list *link);

/* The same for one that is known, as something of it runs; and take a link off
 * its queue again. */
void hosts_join(struct hosts *hosts, struct hosts_host *host,
                struct list *link);
void hosts_take(struct hosts *hosts, struct hosts_host *host,
                struct list *link);

/*
 * The next to be started, which counts as running at `*host` until hosts_done;
 * NULL when none may start now.
 */
struct list *hosts_next(struct hosts *hosts, int64_t now_us,
                        struct hosts_host **host);

/*
 * Take one off the queue of a host that is lost, and say why it is; NULL when
 * there is none. The texts are good until the next call.
 */
struct list *hosts_refused(struct hosts *hosts, struct hosts_notice *why);

/* When hosts_next may have one that it has not now, without any other call; -1:
 * never. */
int64_t hosts_wake_us(const struct hosts *hosts);

/* Whether a place is free that nothing which waits may have, or those that are
 * taken are not soon free: there may be better use for them. */
bool hosts_want_more(const struct hosts *hosts);

/* Whether this is its name. */
bool hosts_is(const struct hosts_host *host, struct slice key);

/* Start none of the host's before that time. */
void hosts_hold(struct hosts *hosts, struct hosts_host *host, int64_t until_us);

/* The host has answered: it may have more than one from now on. */
void hosts_widen(struct hosts *hosts, struct hosts_host *host);

enum hosts_end {
    HOSTS_WELL,
    HOSTS_OTHERWISE, /* which says nothing about the host's strength */
    HOSTS_SLOW,      /* it has too much to do, but is there */
    HOSTS_FAILED,    /* by the host's fault */
    HOSTS_TOO_MUCH,  /* likewise, and it has too much to do */
};

struct hosts_result {
    enum hosts_end end;
    const char *fault; /* of a failure: a constant, */
    const char *message;
    int64_t now_us;
    int64_t took_us; /* how long it held its place */
};

/* One that ran at the host has ended; `host` may be gone now. */
void hosts_done(struct hosts *hosts, struct hosts_host *host,
                const struct hosts_result *result);

/* Take any that is queued off its queue; NULL when none is. */
struct list *hosts_drop(struct hosts *hosts);

#endif
