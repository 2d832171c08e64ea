/* SPDX-License-Identifier: MIT */
/*
 * split - one large file by several ranges at once
 *
 * It begins as any other: one request for the whole. When its first bytes show
 * that the server allows ranges, has a strong validator and says how long the
 * whole is, the file is cut into chunks. The first request reads on through
 * chunk after chunk until it comes to one that another has begun; then it is
 * stopped. Others are ranges, each in a place of the pool that it waited for
 * like any request, so the limits hold; one that has its chunk takes the next.
 * So where no place is free, the first request reads it all, and nothing is
 * asked for twice.
 *
 * Chunks are handed out in their order: what is there from the start of the
 * file is all but the last few, which is what a note tells of.
 *
 * Ranges are asked for where redirects have led the first request, in the queue
 * of that server. Each has to be exactly what was asked for, with the same
 * validator (part.h); if one is not, all of it is worth nothing: the caller
 * asks again, by one request. A range that breaks off is done again by those
 * that are left. Loop's thread.
 */
#ifndef WORK_SPLIT_H
#define WORK_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct ask;
struct err;
struct exchange_options;
struct hosts_result;
struct http_plan;
struct item;
struct part;
struct split;
struct ticket;

enum {
    SPLIT_CHUNK_LEAST = 1 << 20, /* bytes; less is not worth a request */
    SPLIT_CHUNK_MOST = 64 << 20,
    SPLIT_MOST = 32, /* ranges at once */
};

enum split_end {
    SPLIT_WHOLE,       /* all is there */
    SPLIT_WRONG,       /* ask again, by one request */
    SPLIT_FAILED,      /* the item has failed */
    SPLIT_NOT_WRITTEN, /* `err` says why */
};

struct split_options {
    const struct exchange_options *exchange; /* borrowed, as all else here */
    struct part *part;
    struct err *err;
    void *arg;
    /* It has ended; never from within split_begin or split_add. */
    void (*ended)(void *arg, enum split_end end);
};

struct split *split_new(const struct split_options *options);
void split_free(struct split *split);

/* What the first request is; borrowed until it is all over. */
struct split_first {
    const struct ask *ask;
    const struct http_plan *plan;
    const struct http_request *request;
    int64_t deadline_us; /* of all together; 0: none */
    bool ranges;         /* its server allows them */
};

/*
 * Begin, if it can be: part->at is where the first request writes, part->note
 * tells of length and validator. `place` goes to the calls of exchange_options.
 * Within on_body.
 */
bool split_begin(struct split *split, struct item *item,
                 const struct split_first *first, void *place);

/* Whether it has begun and not ended. */
bool split_active(const struct split *split);

enum split_added {
    SPLIT_ADDED,
    SPLIT_ENOUGH,  /* others have begun what follows */
    SPLIT_NO_ROOM, /* `err` says why */
};

/* Bytes of the first request. Within on_body. */
enum split_added split_add(struct split *split, struct slice bytes);

/* The first request has ended: `well` if all came or SPLIT_ENOUGH ended it;
 * else the item has its fault, which means nothing if others do what it did
 * not. */
void split_first_ended(struct split *split, bool well);

/* End all of it, without `ended`. */
void split_stop(struct split *split);

/* Bytes that came by ranges, and by how many, since split_begin; 0 if it was
 * not. split_clear forgets them. */
uint64_t split_came(const struct split *split);
uint64_t split_ranges(const struct split *split);
void split_clear(struct split *split);

#endif
