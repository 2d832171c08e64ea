/* SPDX-License-Identifier: MIT */
#include "work/exec.h"

#include "base/err.h"
#include "base/mem.h"
#include "io/loop.h"
#include "work/exec_slot.h"

struct exec {
    struct exec_team team;
    struct flow *flow;
    struct exec_slot *slots;
    struct list waiting;       /* items, in order */
    struct flow_source source; /* where the blocks come from */
    size_t blocks;             /* of those, not finished yet */
    bool ended;                /* there are no more */
    enum flow_got got;         /* what is said of that, */
    struct err failure;        /* with FLOW_FAULT, when */
};

static void give_back(void *arg, struct item *item)
{
    struct exec *x = arg;

    x->blocks--;
    transform_finish(item);
}

/* At the end it is the source that has to say so: the flow waits for it. */
static void fail(void *arg, const struct err *err)
{
    struct exec *x = arg;

    if (!x->team.closing) {
        flow_fail(x->flow, err);
    } else if (x->got == FLOW_END) {
        x->got = FLOW_FAULT;
        x->failure = *err;
    }
}

/* A slot that can take a block: if possible one whose process is there. */
static struct exec_slot *find_idle(struct exec *x)
{
    struct exec_slot *best = NULL;

    for (size_t i = 0; i < x->team.o.jobs; i++) {
        struct exec_slot *s = &x->slots[i];

        if (!exec_slot_idle(s))
            continue;
        if (s->process.running)
            return s;
        if (best == NULL)
            best = s;
    }
    return best;
}

/* Before each wait. */
static void begin_more(void *arg)
{
    struct exec *x = arg;
    struct exec_slot *s;

    while (!x->team.stopping && !list_empty(&x->waiting) &&
           (s = find_idle(x)) != NULL) {
        if (exec_slot_ready(s))
            exec_slot_begin(
                s, LIST_ITEM(list_pop(&x->waiting), struct item, link));
    }
}

static void refuse(struct exec *x, struct item *item)
{
    exec_block_refuse(item);
    give_back(x, item);
}

static void take(void *arg, struct item *item)
{
    struct exec *x = arg;
    const struct transform_block *b = item->work;

    if (b->out_lines.len == 0)
        give_back(x, item);
    else if (x->team.stopping)
        refuse(x, item);
    else
        list_push(&x->waiting, &item->link);
}

static void cancel(void *arg, bool now)
{
    struct exec *x = arg;
    struct list *link;

    (void)now;
    x->team.stopping = true;
    for (size_t i = 0; i < x->team.o.jobs; i++)
        exec_slot_stop(&x->slots[i]);
    while ((link = list_pop(&x->waiting)) != NULL)
        refuse(x, LIST_ITEM(link, struct item, link));
}

static void suspend(void *arg, bool stopped)
{
    struct exec *x = arg;

    for (size_t i = 0; i < x->team.o.jobs; i++)
        exec_slot_suspend(&x->slots[i], stopped);
}

/* All is answered: the processes are told, once. Whether none is left. */
static bool close_all(struct exec *x)
{
    bool running = false;

    for (size_t i = 0; i < x->team.o.jobs; i++) {
        running = running || x->slots[i].process.running;
        if (!x->team.closing)
            exec_slot_close(&x->slots[i]);
    }
    x->team.closing = true;
    return !running;
}

/* The blocks, and behind them an end that waits for the processes. */
static enum flow_got fill(void *self, struct item *item, struct err *err)
{
    struct exec *x = self;

    if (!x->ended) {
        enum flow_got got = x->source.fill(x->source.self, item, err);

        x->blocks += got == FLOW_FILLED;
        if (got == FLOW_FILLED || got == FLOW_LATER)
            return got;
        x->ended = true;
        x->got = got;
        x->failure = *err;
    }
    if (x->blocks > 0 || !close_all(x))
        return FLOW_LATER;
    *err = x->failure;
    return x->got;
}

struct exec *exec_open(const struct exec_options *options)
{
    struct exec *x = mem_alloc(sizeof *x);

    exec_slot_team(&x->team, options);
    x->team.arg = x;
    x->team.finish = give_back;
    x->team.fail = fail;
    list_init(&x->waiting);
    x->slots = mem_alloc_array(options->jobs, sizeof *x->slots);
    for (size_t i = 0; i < options->jobs; i++)
        exec_slot_init(&x->slots[i], &x->team, (unsigned)i + 1);
    return x;
}

void exec_close(struct exec *x)
{
    if (x == NULL)
        return;
    for (size_t i = 0; i < x->team.o.jobs; i++)
        exec_slot_release(&x->slots[i]);
    mem_free(x->slots);
    mem_free(x);
}

struct transform_next exec_next(struct exec *x)
{
    return (struct transform_next){.arg = x,
                                   .take = take,
                                   .cancel = cancel,
                                   .suspend = suspend,
                                   .lines = true};
}

struct flow_source exec_source(struct exec *x, struct flow_source blocks)
{
    x->source = blocks;
    return (struct flow_source){.self = x, .fill = fill};
}

void exec_attach(struct exec *x, struct flow *flow)
{
    x->flow = flow;
    loop_before_wait(x->team.o.loop, begin_more, x);
}
