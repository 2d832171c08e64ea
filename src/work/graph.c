/* SPDX-License-Identifier: MIT */
/*
 * A line comes in through take_task(): either it passes, and the item that it
 * was read into goes on, or its bytes are kept at its node and the item is used
 * for the next line. It goes out through give(), read again into the item that
 * is to be worked on. Ids are compared by 64 bits of a keyed hash, as names
 * are elsewhere.
 */
#include "work/graph.h"

#include <assert.h>

#include "base/hash.h"
#include "base/mem.h"
#include "flow/lines.h"
#include "work/graph_core.h"
#include "work/process.h"
#include "work/task.h"

enum {
    /* Of a list without `after` so many tasks may be named later at least, and
     * four times as many are remembered at most. */
    REMEMBERED = 1 << 14,
    KEEP = 1 << 18, /* bytes of an item's buffer between two lines */
};

struct graph *graph_open(struct log *log, const char *what,
                         struct hash_set *ids)
{
    struct graph *g = mem_alloc(sizeof *g);

    g->log = log;
    g->what = what;
    g->ids = ids;
    nodes_init(&g->nodes);
    return g;
}

void graph_done(struct graph *g, bool (*done)(void *arg, struct slice id),
                void *arg)
{
    g->done = done;
    g->done_arg = arg;
}

void graph_close(struct graph *g)
{
    if (g == NULL)
        return;
    nodes_release(&g->nodes);
    mem_free(g);
}

static void offer_held(struct graph *g)
{
    g->holding = false;
    for (uint32_t i = 0; i < g->nodes.count; i++) {
        if (graph_node(g, i)->state == NODE_HELD)
            nodes_offer(&g->nodes, i);
    }
}

static void hold(struct graph *g, uint32_t node, const struct item *item)
{
    struct node *n = graph_node(g, node);
    const struct task *task = process_task(item);

    n->text = mem_copy_text(item->in.data, item->in.len);
    n->len = (uint32_t)item->in.len;
    n->line = item->line;
    n->number = item->number;
    n->always = task->always;
    n->priority = task->priority;
    n->state = NODE_HELD;
    g->origin = item->origin;
    g->left++;
}

/* One that is not there yet holds all up, and so does the task itself. */
static void link_after(struct graph *g, uint32_t node, const struct task *task)
{
    for (size_t i = 0; i < task_after_count(task); i++) {
        const struct slice id = task_after(task, i);
        const uint32_t before = nodes_name(&g->nodes, id);

        graph_node(g, before)->done =
            g->done != NULL && g->done(g->done_arg, id);
        if (graph_node(g, before)->state == NODE_NAMED || before == node)
            g->holding = true;
        nodes_link(&g->nodes, node, before);
    }
}

/* An id that was given more than once, while nobody cared. */
static int check_after(const struct graph *g, const struct task *task,
                       struct err *err)
{
    for (size_t i = 0; i < task_after_count(task); i++) {
        const struct slice id = task_after(task, i);
        const uint32_t before = nodes_find(&g->nodes, id);

        if (before != NODES_NONE && graph_node(g, before)->twice)
            return err_set(err, ERR_LIST,
                           "\"after\": more than one task has the id \"%.*s\"",
                           (int)id.len, id.ptr);
    }
    return 0;
}

static void pass(struct graph *g, uint32_t node, const struct item *item)
{
    graph_node(g, node)->state = NODE_GIVEN;
    graph_node(g, node)->number = item->number;
    g->passes = true;
    if (!g->after && g->nodes.count >= (size_t)4 * REMEMBERED)
        nodes_forget(&g->nodes, REMEMBERED);
}

static int take_task(struct graph *g, const struct item *item, struct err *err)
{
    const struct task *task = process_task(item);
    uint32_t node;

    g->after |= task_after_count(task) > 0;
    if (check_after(g, task, err) < 0)
        return -1;
    node = nodes_name(&g->nodes, buf_slice(&item->id));
    if (graph_node(g, node)->state != NODE_NAMED) {
        if (g->after)
            return err_set(err, ERR_LIST, "id \"%.*s\" was given before",
                           (int)item->id.len, item->id.data);
        graph_node(g, node)->twice = true;
    }
    if (!g->holding && task_after_count(task) == 0) {
        pass(g, node, item);
        return 0;
    }
    hold(g, node, item);
    link_after(g, node, task);
    if (!g->holding)
        nodes_offer(&g->nodes, node);
    return 0;
}

int graph_parse(void *arg, struct item *item, size_t *column, struct err *err)
{
    struct graph *g = arg;

    g->passes = g->stopped;
    if (process_parse(g->ids, item, column, err) < 0)
        return -1;
    if (g->stopped)
        return 0;
    return take_task(g, item, err);
}

/* While a list is checked: see whether there is an `after`. */
struct first_look {
    struct hash_set ids;
    bool after;
};

static int look(void *arg, struct item *item, size_t *column, struct err *err)
{
    struct first_look *look = arg;
    const int failed = process_parse(&look->ids, item, column, err);

    look->after |= task_after_count(process_task(item)) > 0;
    return failed;
}

/* All faults of lines were told by then; a line that has one may still have an
 * id, which is not unknown, therefore. */
static int load(void *arg, struct item *item, size_t *column, struct err *err)
{
    struct graph *g = arg;
    const bool bad = process_parse(NULL, item, column, err) < 0;
    uint32_t node;

    if (bad && item->id.len == 0) {
        g->ids_lost = true;
        return 0;
    }
    node = nodes_name(&g->nodes, buf_slice(&item->id));
    if (graph_node(g, node)->state != NODE_NAMED)
        return 0;
    if (bad) {
        nodes_end(&g->nodes, node, NODE_COMPLETED);
        return 0;
    }
    hold(g, node, item);
    link_after(g, node, process_task(item));
    return 0;
}

int graph_check(struct graph *g, struct loop *loop,
                const struct lines_options *list, struct item *scratch,
                struct err *err)
{
    struct lines_options o = *list;
    struct first_look first = {.after = false};
    struct err graph_err;
    int failed;

    hash_set_init(&first.ids);
    o.parse = look;
    o.arg = &first;
    failed = lines_check(loop, &o, scratch, g->log, err);
    hash_set_release(&first.ids);
    if (!first.after || (failed && err->kind != ERR_LIST))
        return failed;
    g->after = true;
    o.parse = load;
    o.arg = g;
    if (lines_check(loop, &o, scratch, NULL, &graph_err) < 0)
        g->ids_lost = true;
    if (graph_judge(g, &graph_err) < 0) {
        *err = graph_err;
        return -1;
    }
    if (!failed)
        offer_held(g);
    return failed;
}

static const struct node *lost_of(const struct graph *g, uint32_t node)
{
    return graph_node(g, graph_node(g, node)->lost);
}

/* Say which of the tasks that it comes after is to blame. */
static void cancel_for(const struct graph *g, uint32_t node, struct item *item)
{
    const struct task *task = process_task(item);
    struct slice id = slice_of("", 0);
    const bool failed = lost_of(g, node)->state == NODE_FAILED;

    for (size_t i = 0; i < task_after_count(task); i++) {
        if (nodes_find(&g->nodes, task_after(task, i)) ==
            graph_node(g, node)->lost)
            id = task_after(task, i);
    }
    item_fail(item, ITEM_CANCELLED, "dependency", "dependency %.*s %s",
              (int)(id.len < 160 ? id.len : 160), id.ptr,
              failed ? "failed" : "was cancelled");
}

static enum flow_got give(struct graph *g, uint32_t node, struct item *item,
                          struct err *err)
{
    struct node *n = graph_node(g, node);
    const bool held = n->state == NODE_HELD;
    size_t column;

    buf_clear(&item->in);
    buf_add(&item->in, n->text, n->len);
    mem_free(n->text);
    n->text = NULL;
    n->state = NODE_GIVEN;
    g->left--;
    item->origin = g->origin;
    item->line = n->line;
    item->lines = 1;
    item->number = n->number;
    item->chain = n->chain;
    /* These bytes were read before. */
    if (process_parse(NULL, item, &column, err) < 0)
        return FLOW_FAULT;
    if (g->stopped)
        return FLOW_FILLED; /* the worker cancels it */
    if (held)
        item_fail(item, ITEM_CANCELLED, "cancelled",
                  "cancelled: the list has a fault");
    else if (n->lost != NODES_NONE)
        cancel_for(g, node, item);
    return FLOW_FILLED;
}

/* The next that is given though it will not run: all that are left of a run
 * that stops, or those that were held when a fault was found. */
static uint32_t take_any(struct graph *g)
{
    for (; g->given < g->nodes.count; g->given++) {
        const enum node_state state = graph_node(g, g->given)->state;

        if (state == NODE_HELD ||
            (g->stopped && (state == NODE_WAITING || state == NODE_READY)))
            return g->given++;
    }
    return NODES_NONE;
}

static uint32_t take_next(struct graph *g)
{
    uint32_t node = NODES_NONE;

    if (g->stopped || (g->faulty && g->holding))
        node = take_any(g);
    if (node == NODES_NONE && !g->stopped)
        node = nodes_take(&g->nodes);
    return node;
}

static void end_list(struct graph *g, const struct err *fault)
{
    g->reading = false;
    if (g->stopped)
        return;
    if (fault != NULL)
        g->fault = *fault;
    g->faulty = fault != NULL || (g->holding && graph_judge(g, &g->fault) < 0);
    if (!g->faulty)
        offer_held(g);
}

static enum flow_got end(const struct graph *g, struct err *err)
{
    if (g->left > 0)
        return FLOW_LATER; /* for those that they come after */
    if (!g->faulty)
        return FLOW_END;
    *err = g->fault;
    return FLOW_FAULT;
}

static enum flow_got fill(void *self, struct item *item, struct err *err)
{
    struct graph *g = self;

    for (;;) {
        const uint32_t node = take_next(g);
        enum flow_got got;

        if (node != NODES_NONE)
            return give(g, node, item, err);
        if (!g->reading)
            return end(g, err);
        got = g->list.fill(g->list.self, item, err);
        if (got == FLOW_LATER || (got == FLOW_FILLED && g->passes))
            return got;
        if (got == FLOW_FILLED)
            item_clear(item, KEEP);
        else
            end_list(g, got == FLOW_FAULT ? err : NULL);
    }
}

static void stop(void *self)
{
    struct graph *g = self;

    g->given = 0;
    g->stopped = true;
    if (g->list.stop != NULL)
        g->list.stop(g->list.self);
    else
        g->reading = false;
}

static void ended(void *self, const struct item *item)
{
    static const enum node_state states[] = {
        [ITEM_COMPLETED] = NODE_COMPLETED,
        [ITEM_FAILED] = NODE_FAILED,
        [ITEM_CANCELLED] = NODE_CANCELLED,
    };
    struct graph *g = self;
    const uint32_t node = nodes_find(&g->nodes, buf_slice(&item->id));

    /* Of a run that stops not all have a node. */
    if (node != NODES_NONE && graph_node(g, node)->state == NODE_GIVEN)
        nodes_end(&g->nodes, node, states[item->status]);
}

struct flow_source graph_source(struct graph *g, struct flow_source list)
{
    g->list = list;
    g->reading = g->left == 0;
    return (struct flow_source){
        .self = g, .fill = fill, .stop = stop, .ended = ended};
}
