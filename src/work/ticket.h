/* SPDX-License-Identifier: MIT */
/*
 * ticket - who waits for a place in the pool: a request, or a range of one
 *
 * A ticket waits in a queue of hosts.h, and is granted a place there, or is
 * refused one; transfer.h does both. Its owner gives the place back.
 */
#ifndef WORK_TICKET_H
#define WORK_TICKET_H

#include <stdint.h>

#include "base/list.h"

struct hosts_host;
struct hosts_notice;

/* The owner's storage; zeroed link but for list_init. */
struct ticket {
    struct list link;
    void *owner;
    struct hosts_host *host; /* while it has a place */
    int64_t granted_us;
    /* It has a place. `arg` is the one who gives it. */
    void (*grant)(void *arg, struct ticket *ticket);
    /* It will have none: its host is lost, or, with NULL, the run stops. */
    void (*refuse)(void *arg, struct ticket *ticket,
                   const struct hosts_notice *why);
};

#endif
