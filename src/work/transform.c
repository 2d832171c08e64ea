/* SPDX-License-Identifier: MIT */
#include "work/transform.h"

#include "base/mem.h"
#include "io/loop.h"
#include "jq/code.h"
#include "work/transform_core.h"

/* So long what runs may take to end once the run is stopped. */
enum { PATIENCE_MS = 1000 };

/* A wrapped line: each byte may become six, with the object around it. */
enum { WRAP_BYTES = 320, WRAP_FACTOR = 6 };

/* What a program may say of one block, and the memory that stays for that. */
enum { SAID_MAX = 64 << 20, SAID_KEEP = 64 << 10 };

size_t transform_out_bytes(size_t in, size_t lines)
{
    /* A line has its newline, the last one perhaps not. */
    if (lines > in)
        lines = in;
    return in * WRAP_FACTOR + (lines + 1) * WRAP_BYTES;
}

uint64_t transform_first_number(const struct item *item)
{
    return item->line > 0 ? item->line : 1;
}

size_t transform_reserve(const struct transform *t, size_t bytes, size_t lines)
{
    if (t->o.policy == TRANSFORM_WRAP)
        return transform_out_bytes(bytes, lines);
    return bytes + 1;
}

/* On a pool thread. */
static void run(struct pool_job *job, size_t thread)
{
    struct block *b = LIST_ITEM(job, struct block, job);
    struct item *item = b->item;

    b->space = &b->transform->spaces[thread];
    b->space->eval.world = (struct eval_world){.file = slice_text(item->origin),
                                               .said = &b->result.said};
    if (item->range.file != NULL)
        b->result.read_error = range_read(&item->range, &item->in);
    b->result.bytes = b->item->in.len;
    b->reserve =
        transform_reserve(b->transform, b->item->in.len, b->item->lines);
    if (b->item->overlong)
        transform_do_overlong(b);
    else if (b->transform->o.raw_input)
        transform_do_text(b);
    else if (b->item->in.len > 0)
        transform_do_json(b);
}

static void done(struct pool_job *job)
{
    struct block *b = LIST_ITEM(job, struct block, job);
    const struct transform *t = b->transform;

    range_release(&b->item->range, b->result.read_error != 0);
    item_complete(b->item);
    if (t->o.next.take != NULL)
        t->o.next.take(t->o.next.arg, b->item);
    else
        flow_finish(t->flow, b->item);
}

static void start(void *self, struct item *item)
{
    struct transform *t = self;
    struct block *b = item->work;
    struct buf out_lines = b->result.out_lines, said = b->result.said;
    struct joint joint = {.early = b->joint.early,
                          .wraps = b->joint.wraps,
                          .source_number = item->line};

    buf_clear(&out_lines);
    buf_clear(&said);
    buf_shrink(&said, SAID_KEEP);
    buf_clear(&joint.early);
    buf_clear(&joint.wraps);
    b->joint = joint;
    b->result = (struct transform_block){
        .faults = b->faults, .out_lines = out_lines, .said = said};
    b->run = b->run_end = NULL;
    flow_started(t->flow, item);
    if (t->solo == NULL)
        pool_submit(t->pool, &b->job);
    else if (!transform_solo_give(t->solo, b))
        done(&b->job);
}

static void on_impatient(void *arg)
{
    struct transform *t = arg;

    atomic_store(&t->stop, true);
}

/* A block is done in a moment, unless its filter runs for ever: what is read is
 * finished and written. */
static void cancel(void *self, bool now)
{
    struct transform *t = self;

    if (t->solo != NULL)
        transform_solo_stop(t->solo);
    if (now)
        atomic_store(&t->stop, true);
    else if (!t->identity)
        loop_timer_start(t->patience, PATIENCE_MS);
    if (t->o.next.cancel != NULL)
        t->o.next.cancel(t->o.next.arg, now);
}

static void suspend(void *self, bool stopped)
{
    const struct transform *t = self;

    if (t->o.next.suspend != NULL)
        t->o.next.suspend(t->o.next.arg, stopped);
}

static void *make_block(void *self, struct item *item)
{
    struct block *b = mem_alloc(sizeof *b);

    b->transform = self;
    b->item = item;
    b->job = (struct pool_job){.run = run, .done = done};
    buf_init(&b->result.out_lines, SIZE_MAX / 2);
    buf_init(&b->result.said, SAID_MAX);
    buf_init(&b->joint.early, SIZE_MAX / 2);
    buf_init(&b->joint.wraps, SIZE_MAX / 2);
    return b;
}

static void free_block(void *work)
{
    struct block *b = work;

    buf_release(&b->result.out_lines);
    buf_release(&b->result.said);
    buf_release(&b->joint.early);
    buf_release(&b->joint.wraps);
    mem_free(b);
}

struct transform *transform_open(const struct transform_options *options)
{
    struct transform *t = mem_alloc(sizeof *t);
    const bool solo =
        options->null_input || options->filter->needs & CODE_NEEDS_INPUT;
    /* What is written as it is made is in no other form. */
    const bool writes = options->canon == 0 && !solo;

    t->o = *options;
    t->passes = options->canon == 0 && !options->raw_output && !options->joined;
    t->identity =
        t->passes && options->filter->op == CODE_IDENTITY && !options->last;
    t->patience = loop_timer_new(options->loop, on_impatient, t);
    index_ready();
    t->pool = pool_open(options->loop, options->threads);
    t->spaces = mem_alloc_array(options->threads, sizeof *t->spaces);
    for (size_t i = 0; i < options->threads; i++) {
        index_init(&t->spaces[i].index);
        index_init(&t->spaces[i].string_index);
        eval_init(&t->spaces[i].eval, options->max_memory);
        t->spaces[i].eval.stop = &t->stop;
        if (!solo)
            eval_expect(&t->spaces[i].eval, options->filter);
        t->spaces[i].eval.make = writes ? transform_make : NULL;
        buf_init(&t->spaces[i].string,
                 transform_out_bytes(options->max_line, 1));
    }
    if (solo)
        t->solo = transform_solo_new(t);
    return t;
}

void transform_close(struct transform *t)
{
    if (t == NULL)
        return;
    loop_timer_free(t->patience);
    if (t->solo != NULL) {
        atomic_store(&t->stop, true);
        transform_solo_stop(t->solo);
    }
    pool_close(t->pool);
    transform_solo_free(t->solo);
    for (size_t i = 0; i < t->o.threads; i++) {
        index_release(&t->spaces[i].index);
        index_release(&t->spaces[i].string_index);
        eval_release(&t->spaces[i].eval);
        buf_release(&t->spaces[i].string);
    }
    mem_free(t->spaces);
    mem_free(t);
}

struct flow_worker transform_worker(struct transform *t)
{
    return (struct flow_worker){
        .self = t, .start = start, .cancel = cancel, .suspend = suspend};
}

struct flow_work transform_work(struct transform *t)
{
    return (struct flow_work){
        .self = t, .make = make_block, .free = free_block};
}

void transform_attach(struct transform *t, struct flow *flow)
{
    t->flow = flow;
    if (t->solo != NULL)
        transform_solo_start(t->solo);
}
