/* SPDX-License-Identifier: MIT */
/*
 * transfer - the worker of fetch: requests wait by host, and run in exchanges
 *
 * So many run at once, and so many of one host, redirects included: a request
 * that is led to another host gives up its place and waits for one there; whose
 * turn it is, hosts.h says. What one answer says by Retry-After holds back all
 * of its host; what waits for a host that is lost fails as its last request
 * did. What waits is an item with its request and nothing more; buffers and
 * files belong to the exchanges, of which there are as many as may run, and
 * some whose small file is yet to be written. A disk that takes no more ends
 * the run: the item fails, and flow_fail says why, once. Loop's thread.
 */
#ifndef WORK_TRANSFER_H
#define WORK_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/flow.h"
#include "work/exchange.h"
#include "work/hosts.h"

struct loop;
struct names;
struct transfer;

enum { TRANSFER_LINE_MAX = 16 * 1024 * 1024 }; /* bytes of a line */

struct transfer_options {
    struct loop *loop;
    struct exchange_options exchange; /* on_... are our own */
    struct hosts_limits limits;
    int64_t hold_max_ms;     /* of a Retry-After */
    hosts_notice_fn on_host; /* what becomes of hosts; may be NULL */
    void *on_host_arg;
};

struct transfer *transfer_open(const struct transfer_options *options);

/* Close before the http pool that it uses. NULL is fine. */
void transfer_close(struct transfer *t);

/* How hosts were parked so far. */
const struct hosts_tally *transfer_hosts(const struct transfer *t);

/* As exchange_measure, of one that runs; nothing of nobody knows how much if
 * none does. */
void transfer_measure(const struct transfer *t, uint64_t *there, uint64_t *came,
                      uint64_t *total);

/* Items whose file was there. */
uint64_t transfer_skipped(const struct transfer *t);

/* Items of which the server had nothing new. */
uint64_t transfer_not_modified(const struct transfer *t);

/* As hosts_want_more; false once it stops. `arg` is the struct transfer. */
bool transfer_wants_more(void *arg);

/* As hosts_each. */
void transfer_each_host(const struct transfer *t,
                        void (*fn)(void *arg, const struct hosts_view *view),
                        void *arg);

/* For struct flow_options; attach before the flow runs. */
struct flow_worker transfer_worker(struct transfer *t);
struct flow_work transfer_work(struct transfer *t);
void transfer_attach(struct transfer *t, struct flow *flow);

/* How lines become items. */
struct transfer_list {
    const struct exchange_options *options;
    struct names *names; /* given to files so far */
    /* Two units of one file name: a fault of the list, or else of the second
     * unit when it is its turn. */
    bool refuse_shared_names;
};

/* As struct lines_options wants it; `arg` is a struct transfer_list. */
int transfer_parse(void *arg, struct item *item, size_t *column,
                   struct err *err);

/* Bytes that an item's `result` must be able to hold. */
size_t transfer_result_bytes(size_t max_inline);

#endif
