/* SPDX-License-Identifier: MIT */
#include "work/transform.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "io/pool.h"
#include "jq/path.h"
#include "json/quote.h"
#include "json/scan.h"

struct transform {
    struct transform_options o;
    struct pool *pool;
    struct flow *flow;
};

/* A transform_block and what the thread needs; they live with the item. */
struct block {
    struct transform_block result;
    struct pool_job job;
    struct transform *transform;
    struct item *item;
    struct transform_fault faults[TRANSFORM_FAULTS];
};

/* A wrapped line: each byte may become six, with the object around it. */
enum { WRAP_BYTES = 320, WRAP_FACTOR = 6 };

size_t transform_out_bytes(size_t in, size_t lines)
{
    /* Each line has a byte of its own, however many may be asked for. */
    if (lines > in)
        lines = in;
    return in * WRAP_FACTOR + (lines + 1) * WRAP_BYTES;
}

static void put(struct buf *out, struct slice s)
{
    int failed = buf_add_slice(out, s);

    assert(!failed); /* transform_out_bytes is a bound */
}

static void wrap(struct buf *out, struct slice line,
                 const struct transform_fault *fault)
{
    int failed;

    put(out, slice_text(fault->column ? "{\"error\":\"Invalid JSON\",\"line\":"
                                      : "{\"error\":\"Filter error\","
                                        "\"line\":"));
    if (quote_add(out, line) < 0)
        assert(false);
    failed = buf_printf(out, ",\"line_number\":%llu",
                        (unsigned long long)fault->line);
    if (fault->column > 0)
        failed |= buf_printf(out, ",\"column\":%zu", fault->column);
    put(out, slice_text(",\"reason\":"));
    failed |= quote_add(out, slice_text(fault->reason)) < 0;
    put(out, slice_text("}\n"));
    assert(!failed);
}

static void reject(struct block *b, struct slice line, uint64_t number,
                   size_t column, const char *reason)
{
    struct transform_fault fault = {.line = number, .column = column};

    snprintf(fault.reason, sizeof fault.reason, "%s", reason);
    if (b->result.fault_count < TRANSFORM_FAULTS)
        b->faults[b->result.fault_count++] = fault;
    b->result.rejected++;
    if (b->transform->o.policy == TRANSFORM_WRAP)
        wrap(&b->item->out, line, &fault);
}

static void reject_overlong(struct block *b, struct slice line, uint64_t number)
{
    const size_t max = b->transform->o.max_line;
    char reason[80];

    snprintf(reason, sizeof reason, "line of more than %zu bytes (--max-line)",
             max);
    /* Its start tells which line it was; all of it would be too much. A block
     * may hold all of it or not, as it was read, so no more than is sure. */
    if (line.len > ITEM_OVERLONG_BYTES)
        line.len = ITEM_OVERLONG_BYTES;
    if (line.len > max)
        line.len = max;
    reject(b, line, number, max + 1, reason);
}

static void filter(struct block *b, struct slice line, struct slice value,
                   uint64_t number)
{
    struct slice result;
    struct err err;
    int got = path_get(b->transform->o.path, value, &result, &err);

    if (got < 0) {
        reject(b, line, number, 0, err.text);
        return;
    }
    b->result.ok++;
    if (got == 0)
        return;
    put(&b->item->out, result);
    put(&b->item->out, slice_of("\n", 1));
}

static void do_line(struct block *b, struct slice line, uint64_t number)
{
    struct slice value;
    struct scan_fault fault;
    bool cr = line.len > 0 && line.ptr[line.len - 1] == '\r';

    if (line.len - cr > b->transform->o.max_line) {
        reject_overlong(b, line, number);
        return;
    }
    switch (scan_line(line, b->transform->o.max_depth, &value, &fault)) {
    case 0: filter(b, line, value, number); break;
    case 1: b->result.blank++; break;
    default: reject(b, line, number, fault.column, fault.reason); break;
    }
}

static bool goes_on(const struct block *b)
{
    return b->transform->o.policy != TRANSFORM_FAIL || b->result.rejected == 0;
}

/* On a pool thread. */
static void run(struct pool_job *job)
{
    struct block *b = LIST_ITEM(job, struct block, job);
    const char *at = b->item->in.data, *end = at + b->item->in.len;
    uint64_t number = b->item->line;

    if (b->item->overlong)
        reject_overlong(b, slice_of(at, b->item->in.len), number);
    for (; !b->item->overlong && at < end && goes_on(b); number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline ? newline : end) - at);

        do_line(b, slice_of(at, len), number);
        at += len + 1;
    }
}

static void done(struct pool_job *job)
{
    struct block *b = LIST_ITEM(job, struct block, job);

    item_complete(b->item);
    flow_finish(b->transform->flow, b->item);
}

static void start(void *self, struct item *item)
{
    struct transform *t = self;
    struct block *b = item->work;

    b->result = (struct transform_block){.faults = b->faults};
    flow_started(t->flow, item);
    pool_submit(t->pool, &b->job);
}

static void cancel(void *self, bool now)
{
    /* A block is done in a moment: what is read is finished and written. */
    (void)self;
    (void)now;
}

static void *make_block(void *self, struct item *item)
{
    struct block *b = mem_alloc(sizeof *b);

    b->transform = self;
    b->item = item;
    b->job = (struct pool_job){.run = run, .done = done};
    return b;
}

struct transform *transform_open(const struct transform_options *options)
{
    struct transform *t = mem_alloc(sizeof *t);

    t->o = *options;
    t->pool = pool_open(options->loop, options->threads);
    return t;
}

void transform_close(struct transform *t)
{
    if (t == NULL)
        return;
    pool_close(t->pool);
    mem_free(t);
}

struct flow_worker transform_worker(struct transform *t)
{
    return (struct flow_worker){.self = t, .start = start, .cancel = cancel};
}

struct flow_work transform_work(struct transform *t)
{
    return (struct flow_work){.self = t, .make = make_block, .free = mem_free};
}

void transform_attach(struct transform *t, struct flow *flow)
{
    t->flow = flow;
}
