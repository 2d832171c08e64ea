/* SPDX-License-Identifier: MIT */
/*
 * hosts - whose turn it is, when many requests wait for many hosts
 *
 * A queue for each host, and the hosts that are ready in a ring: those with
 * work that are below their cap. The one whose turn it is starts one request
 * and goes to the end of the ring, so a host with work is served once a round
 * and none is held up by another. To start, to end and to queue are O(1).
 *
 * A host that is not known yet starts one request alone (it learns the name's
 * addresses, the connection's kind, the TLS session), and may have its cap
 * once that one is answered or has ended.
 *
 * What is queued is linked, not copied. A host without work is forgotten when
 * more than HOSTS_IDLE_MAX are. Loop's thread; nothing here knows of time or
 * of sockets.
 */
#ifndef WORK_HOSTS_H
#define WORK_HOSTS_H

#include <stddef.h>

#include "base/list.h"
#include "base/slice.h"

struct hosts;
struct hosts_host;

enum { HOSTS_IDLE_MAX = 1024 };

/* At most `total` run at once, and `per_host` of one host. */
struct hosts *hosts_new(size_t total, size_t per_host);
void hosts_free(struct hosts *hosts);

/* Put a link at the end of the queue of the host named `key`. */
void hosts_put(struct hosts *hosts, struct slice key, struct list *link);

/*
 * The next to be started, which counts as running at `*host` until hosts_done;
 * NULL when none may start now.
 */
struct list *hosts_next(struct hosts *hosts, struct hosts_host **host);

/* The host has answered: it may have its cap from now on. */
void hosts_widen(struct hosts *hosts, struct hosts_host *host);

/* One that ran at the host has ended; `host` may be gone now. */
void hosts_done(struct hosts *hosts, struct hosts_host *host);

/* Take any that is queued off its queue; NULL when none is. */
struct list *hosts_drop(struct hosts *hosts);

#endif
