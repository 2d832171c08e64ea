/* SPDX-License-Identifier: MIT */
/*
 * exchange - one request while it runs: what is sent, what becomes of the body
 *
 * A body goes into the record, into a file, or nowhere. That of an answer with
 * an unexpected status is read up to EXCHANGE_DRAIN bytes, so that its
 * connection can be used again, and never becomes a file. A file that an
 * earlier attempt began is gone on with where part.h allows; where the answer
 * is not the rest of it, the whole is asked for at once, within the attempt. A
 * file that comes in one piece is handed to deposit.h as a whole. An exchange
 * is used again for one item after the other, and keeps its buffers. Loop's
 * thread.
 */
#ifndef WORK_EXCHANGE_H
#define WORK_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "work/hosts.h"

struct buf;
struct deposit;
struct err;
struct exchange;
struct http;
struct item;
struct pool;
struct request;
struct save;
struct ticket;

enum { EXCHANGE_DRAIN = 64 * 1024 };

enum exchange_body { EXCHANGE_INLINE, EXCHANGE_FILE, EXCHANGE_NOWHERE };

/* The same for all of a run. */
struct exchange_options {
    struct http *http;
    const struct request *defaults; /* what the command line says of all */
    enum exchange_body body;
    size_t max_inline;     /* bytes of a body in the record */
    uint64_t max_bytes;    /* of any body; 0: no limit */
    struct save *save;     /* for files */
    const char *file_name; /* of the only one, or NULL: as save.h says */
    int64_t timeout_ms;    /* in all; 0: none */
    bool include_headers;
    bool describe;      /* in words too, as item->detail */
    bool skip_existing; /* transfer's: ask for no file that is there */
    bool resume;        /* go on with what is left of a file, and leave it */
    size_t split;       /* ranges at once of a large file; 0, 1: one */
    struct pool *pool;  /* for what has to be read back */
    struct deposit *deposit; /* for small files, or NULL */
    bool versions; /* put what the server says of its version into the item */
    /* Put the version that was kept into the item; NULL: never ask by it. */
    void (*recall)(void *arg, struct item *item);
    void *recall_arg;

    /* Called outside of http's callbacks, with the exchange's own `arg`. */
    void (*on_answer)(void *arg); /* one that says go on */
    /* A redirect leads there: exchange_go_on, now or later. */
    void (*on_hop)(void *arg, struct item *item, const char *url);
    /* The server has done what it is asked for, and what is left is to write a
     * small file: the place is free. Not always called before on_end. */
    void (*on_received)(void *arg, struct item *item);
    /* The item has its status and result; the exchange is free. With
     * `lost`, the disk took no more: nothing further can be saved. */
    void (*on_end)(void *arg, struct item *item, const struct err *lost);
    /* A range waits for a place, waits no longer, or gives its place back. */
    void (*want_place)(void *arg, struct ticket *ticket);
    void (*unwant_place)(void *arg, struct ticket *ticket);
    void (*leave_place)(void *arg, struct ticket *ticket,
                        const struct hosts_result *result);
};

/* `options` are borrowed. */
struct exchange *exchange_new(const struct exchange_options *options,
                              void *arg);
void exchange_free(struct exchange *x);

/*
 * Start the request in item->work, which waited for `queue_us`. 0, then on_end
 * is called later; or -1, then the item has failed, and on_end is not called.
 */
int exchange_start(struct exchange *x, struct item *item, int64_t queue_us);

/* Go on where on_hop said, after waiting for so long. */
void exchange_go_on(struct exchange *x, int64_t waited_us);

/* End it: on_end is called before this returns, or soon, if nothing but its
 * file has to be written or read back. */
void exchange_cancel(struct exchange *x);

/* Whether the last one was completed since there is nothing new. */
bool exchange_not_modified(const struct exchange *x);

/*
 * What the end of the last one says of its host: too much for it are 429, 503
 * and a time that passed, slow is one that passed while bytes came; failed are
 * 500, 502, 504, and no answer at all. After a redirect that is the host which
 * was asked last.
 */
enum hosts_end exchange_verdict(const struct exchange *x);

/* How many bytes of the body were there before, how many came, and of how many;
 * UINT64_MAX: nobody knows. */
void exchange_measure(const struct exchange *x, uint64_t *there, uint64_t *came,
                      uint64_t *total);

/* The path below the output directory that a request is saved to; perhaps in
 * `scratch`. */
struct slice exchange_path(const struct exchange_options *options,
                           const struct request *request, struct buf *scratch);

#endif
