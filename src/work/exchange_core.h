/* SPDX-License-Identifier: MIT */
/*
 * exchange_core - what the files of exchange share, and nobody else
 *
 * exchange.c: how it begins and goes on; exchange_body.c: bodies that arrive;
 * exchange_judge.c: what came, and what that means for the item;
 * exchange_end.c: how its file gets its name, and the item its record.
 */
#ifndef WORK_EXCHANGE_CORE_H
#define WORK_EXCHANGE_CORE_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "flow/item.h"
#include "io/http.h"
#include "work/ask.h"
#include "work/deposit.h"
#include "work/exchange.h"
#include "work/part.h"
#include "work/rehash.h"

struct split;

/* Why on_body refused. */
enum exchange_refusal {
    NOT_REFUSED,
    TOO_LARGE,
    OTHER_SIZE,
    HANDED_OVER, /* ranges do what is left */
    DRAINED,
    NOT_WRITTEN,
    NOT_ASKED_FOR,
};

struct exchange {
    const struct exchange_options *o;
    void *arg;
    struct item *item;
    struct ask ask;
    struct http_plan plan;
    struct http_request *request; /* NULL: it has ended */
    struct buf headers;           /* that are sent */
    int body_fd;                  /* what is sent, or -1 */
    struct buf body;              /* that is received */
    struct part part;
    struct split *split; /* NULL: never */
    bool alone;          /* not by ranges, they were wrong */
    bool deaf;           /* the request is ended for a reason of ours */
    int64_t begun_us;
    struct digest *digest; /* NULL: nothing was hashed yet */
    struct rehash rehash;
    struct deposit_file deposit;
    char sha256[DIGEST_HEX_SIZE];
    struct buf path;
    struct buf scratch;
    bool hashed;  /* the digest has all that came */
    bool follows; /* `rehash` reads what is written */
    bool small;   /* it is a file whose body is kept in memory */
    bool saved;
    struct buf etag; /* of the answer */
    struct buf last_modified;
    bool conditional;  /* it was asked by a version */
    bool not_modified; /* which is still the right one */
    enum hosts_end verdict;
    bool judged; /* `expected` and `total` are known */
    bool expected;
    enum exchange_refusal refusal;
    uint64_t limit; /* TOO_LARGE: that was passed; OTHER_SIZE: the size */
    uint64_t bytes; /* that came */
    uint64_t total; /* of the whole, as announced, or PART_UNKNOWN */
    int64_t queue_us;
    struct err err; /* NOT_WRITTEN */

    /* How the request ended, for when it is no more. */
    struct http_result figures;
    struct buf texts;
    struct buf told; /* headers, for the record */
};

static inline const struct request *exchange_request(const struct exchange *x)
{
    return x->item->work;
}

/* The end */

/* The file that begins is large: hash it on a thread, behind what is written.
 */
void exchange_follow(struct exchange *x);

/* Read the file of ranges for its hash, and conclude. */
void exchange_read_back(struct exchange *x);

/* All is there: its file gets its name and the item is completed, if its hash
 * is right. */
void exchange_conclude(struct exchange *x);

/* The small file that it concludes with is not written, if it still waits. */
void exchange_withdraw(struct exchange *x);

/* The item has its status: write its record, and call on_end. */
void exchange_end(struct exchange *x);

/* Give back what only a running one needs. */
void exchange_leave(struct exchange *x, bool keep);

/* Bodies that arrive */

/* As struct http_plan wants it. */
bool exchange_on_body(void *arg, struct slice bytes);

/* The first `len` bytes, or the end without any: status and headers are known
 * now. False: it is refused. */
bool exchange_judge_answer(struct exchange *x, size_t len);

/* Whether ranges do a part of it. */
bool exchange_is_split(const struct exchange *x);

/* Whether that is the size that the list wants, if it wants one. */
bool exchange_is_size(const struct exchange *x, uint64_t size);

/* Judgement: each but the questions may let the item fail */

/* Whether all came that was asked for; else the item has failed. */
bool exchange_judge(struct exchange *x, const struct http_result *result);

/* Whether the hash is the right one. */
bool exchange_judge_sum(struct exchange *x);

/* Whether size and hash are the right ones, now that all is there. */
bool exchange_check_sum(struct exchange *x);

/* Give the file, if there is one, its name. */
bool exchange_finish_file(struct exchange *x);

/* What x->err says of the file. */
void exchange_judge_writing(struct exchange *x);

/* An answer that has no body says nothing about what its file should be. */
bool exchange_has_content(const struct exchange *x,
                          const struct http_result *result);

/* Whether the server had no more bytes than we have. */
bool exchange_lacks_nothing(const struct exchange *x,
                            const struct http_result *result);

/* The path as a person finds it, with a NUL. */
const char *exchange_full_path(struct exchange *x);

#endif
