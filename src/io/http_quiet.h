/* SPDX-License-Identifier: MIT */
/*
 * http_quiet - which requests have been without a byte for too long
 *
 * Those that wait for bytes are on a list, the one longest without any first,
 * and one timer looks at that one: a byte costs O(1) and no timer is moved.
 * Exact to the loop's turn. Loop's thread.
 */
#ifndef IO_HTTP_QUIET_H
#define IO_HTTP_QUIET_H

#include <stdint.h>

#include "base/list.h"

struct http_quiet;
struct loop;

/* In the struct of the request. */
struct http_quiet_link {
    struct list link;
    int64_t active_ms;
};

/* Called when a request was quiet for the whole limit; it has left. */
typedef void (*http_quiet_fn)(void *arg, struct http_quiet_link *link);

/* A limit of 0: none is ever too long. */
struct http_quiet *http_quiet_open(struct loop *loop, int64_t limit_ms,
                                   http_quiet_fn fn, void *arg);
void http_quiet_close(struct http_quiet *quiet);

/* The link is on no list. */
void http_quiet_init(struct http_quiet_link *link);

/* A byte, or the moment from which bytes are waited for; the loop's time. */
void http_quiet_note(struct http_quiet *quiet, struct http_quiet_link *link,
                     int64_t now_ms);

/* It waits no longer. */
void http_quiet_leave(struct http_quiet_link *link);

#endif
