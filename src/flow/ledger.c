/* SPDX-License-Identifier: MIT */
/*
 * Two batches: one gathers while the other is written, and then they change
 * places. A task that is shorter than the wait costs one row, not two, since
 * its start is forgotten when it ends before that was written.
 *
 * To wake the thread costs as much as a short task, and a transaction as much
 * as many rows; so a batch waits for company, 10 ms at most. It does not wait
 * where nothing runs, or where a claim holds somebody up.
 */
#include "flow/ledger.h"

#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/loop.h"
#include "io/pool.h"

enum { LINGER_MS = 10, ROOM = 64 };

struct ledger {
    struct ledger_options o;
    struct pool *pool;
    struct loop_timer *timer;
    struct ledger_batch waiting;
    bool urgent;      /* some of these are claims */
    int64_t since_ms; /* when the first of these came; 0: there is none */

    struct pool_job job;
    bool busy; /* all below is the job's, then */
    struct ledger_batch batch;
    int64_t took_us;
    bool lost;
    struct err err;

    bool failed; /* nothing is kept any more */
};

static struct ledger *ledger_of(struct pool_job *job)
{
    return LIST_ITEM(job, struct ledger, job);
}

/* Room for one more element of `size` bytes. */
static void *make_room(void *array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return array;
    *room = *room ? *room * 2 : ROOM;
    return mem_resize(array, *room * size);
}

static void note_time(struct ledger *l)
{
    if (l->since_ms == 0)
        l->since_ms = clock_now_ms();
}

/* Where the start of an item waits, or NULL. Linear: so many were started
 * within 10 ms. The latest are the last. */
static struct ledger_start *find_start(const struct ledger *l,
                                       const struct item *item)
{
    const struct ledger_batch *b = &l->waiting;

    for (size_t i = b->start_count; i > 0; i--) {
        if (b->starts[i - 1].item == item)
            return &b->starts[i - 1];
    }
    return NULL;
}

static void add_start(struct ledger *l, struct item *item,
                      const struct ledger_start *start)
{
    struct ledger_batch *b = &l->waiting;
    struct ledger_start *old = find_start(l, item);

    if (old == NULL) {
        b->starts = make_room(b->starts, b->start_count, &b->start_room,
                              sizeof *b->starts);
        old = &b->starts[b->start_count++];
    }
    *old = *start;
    note_time(l);
}

void ledger_start(struct ledger *l, struct item *item)
{
    if (l->failed || item->known.claimed)
        return;
    add_start(l, item,
              &(struct ledger_start){.item = item,
                                     .attempt = item->attempts,
                                     .wall_ms = item->started_wall_ms});
}

void ledger_claim(struct ledger *l, struct item *item)
{
    if (l->failed) {
        l->o.claimed(l->o.arg, item, false);
        return;
    }
    item->known.claimed = true;
    l->urgent = true;
    add_start(l, item,
              &(struct ledger_start){.item = item,
                                     .claimed = true,
                                     .attempt = item->attempts + 1,
                                     .wall_ms = clock_wall_ms()});
}

void ledger_try(struct ledger *l, const struct item *item)
{
    struct ledger_batch *b = &l->waiting;
    struct ledger_try *one;

    if (l->failed)
        return;
    b->tries =
        make_room(b->tries, b->try_count, &b->try_room, sizeof *b->tries);
    one = &b->tries[b->try_count++];
    *one = (struct ledger_try){.row = item->known.row,
                               .attempt = item->attempts,
                               .wall_ms = item->started_wall_ms,
                               .duration_us = item->duration_us,
                               .fault = item->fault};
    memcpy(one->message, item->message, sizeof one->message);
    note_time(l);
}

bool ledger_wants(const struct item *item)
{
    return item->status != ITEM_CANCELLED || item_attempts(item) > 0 ||
           item->known.claimed || item->known.dropped ||
           strcmp(item->fault, "cancelled") != 0;
}

void ledger_end(struct ledger *l, struct item *item)
{
    struct ledger_batch *b = &l->waiting;
    struct ledger_start *start = find_start(l, item);

    if (l->failed) {
        l->o.ended(l->o.arg, item, false);
        return;
    }
    if (start != NULL)
        *start = b->starts[--b->start_count];
    b->ends = make_room(b->ends, b->end_count, &b->end_room, sizeof *b->ends);
    b->ends[b->end_count++] = (struct ledger_end){.item = item};
    note_time(l);
}

/* On the ledger's thread. */
static void write_batch(struct pool_job *job, size_t thread)
{
    struct ledger *l = ledger_of(job);
    const int64_t begun_us = clock_now_us();

    (void)thread;
    l->lost = l->o.keeper.keep(l->o.keeper.self, &l->batch, &l->err) < 0;
    l->took_us = clock_now_us() - begun_us;
}

/* What the next batch will find. */
static void note_kept(struct ledger_batch *b)
{
    for (size_t i = 0; i < b->start_count; i++)
        b->starts[i].item->known.marked = true;
    for (size_t i = 0; i < b->end_count; i++) {
        struct item_known *known = &b->ends[i].item->known;

        b->ends[i].first = !known->stored;
        known->stored = true;
    }
}

static void begin(struct ledger *l)
{
    const struct ledger_batch done = l->batch;

    loop_timer_stop(l->timer);
    l->batch = l->waiting;
    l->waiting = done;
    l->waiting.start_count = l->waiting.end_count = l->waiting.try_count = 0;
    l->urgent = false;
    l->since_ms = 0;
    l->busy = true;
    note_kept(&l->batch);
    log_detail(l->o.log, "state: begin: %zu started, %zu ended",
               l->batch.start_count, l->batch.end_count);
    pool_submit(l->pool, &l->job);
}

/* What was in a batch goes where it belongs; the batch may be the one that
 * gathers, which grows no more: whoever ends now is sent back at once. */
static void give_back(struct ledger *l, const struct ledger_batch *b, bool kept)
{
    for (size_t i = 0; i < b->start_count; i++) {
        if (b->starts[i].claimed)
            l->o.claimed(l->o.arg, b->starts[i].item, kept);
    }
    for (size_t i = 0; i < b->end_count; i++)
        l->o.ended(l->o.arg, b->ends[i].item, kept);
}

static void fail(struct ledger *l)
{
    struct ledger_batch waiting = l->waiting;

    log_detail(l->o.log, "state: rolled back, if it was: %s", l->err.text);
    l->waiting = (struct ledger_batch){.starts = NULL};
    l->since_ms = 0;
    loop_timer_stop(l->timer);
    l->o.failed(l->o.arg, &l->err);
    give_back(l, &l->batch, false);
    give_back(l, &waiting, false);
    mem_free(waiting.starts);
    mem_free(waiting.ends);
    mem_free(waiting.tries);
}

static void end_batch(struct pool_job *job)
{
    struct ledger *l = ledger_of(job);

    l->busy = false;
    l->failed = l->lost;
    if (l->failed) {
        fail(l);
        return;
    }
    log_detail(l->o.log, "state: commit: %.3f ms", (double)l->took_us / 1000);
    give_back(l, &l->batch, true);
}

void ledger_turn(struct ledger *l, bool idle)
{
    int64_t left;

    if (l->busy || l->since_ms == 0)
        return;
    left = l->since_ms + LINGER_MS - clock_now_ms();
    if (idle || l->urgent || l->waiting.end_count >= l->o.most || left <= 0)
        begin(l);
    else if (!loop_timer_active(l->timer))
        loop_timer_start(l->timer, left);
}

/* The turn that follows does it. */
static void on_timer(void *arg)
{
    (void)arg;
}

void ledger_run(struct ledger *l, struct pool_job *job)
{
    pool_submit(l->pool, job);
}

struct ledger *ledger_open(const struct ledger_options *options)
{
    struct ledger *l = mem_alloc(sizeof *l);

    l->o = *options;
    l->pool = pool_open(options->loop, 1);
    l->timer = loop_timer_new(options->loop, on_timer, l);
    l->job = (struct pool_job){.run = write_batch, .done = end_batch};
    return l;
}

static void release(struct ledger_batch *b)
{
    mem_free(b->starts);
    mem_free(b->ends);
    mem_free(b->tries);
}

void ledger_close(struct ledger *l)
{
    if (l == NULL)
        return;
    pool_close(l->pool);
    loop_timer_free(l->timer);
    release(&l->waiting);
    release(&l->batch);
    mem_free(l);
}
