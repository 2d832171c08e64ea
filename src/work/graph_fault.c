/* SPDX-License-Identifier: MIT */
/* What is wrong with a graph: ids that nobody has, and cycles. */
#include "work/graph.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "work/graph_core.h"
#include "json/quote.h"
#include "json/scan.h"
#include "json/value.h"

enum {
    SHOWN = 1000,   /* faults */
    PATH_SHOWN = 8, /* ids of a long cycle */
};

/* The value of one key in the line of a node. */
static bool find_value(const struct node *node, const char *key,
                       struct slice *value)
{
    const struct slice line = slice_of(node->text, node->len);
    struct slice object;
    struct scan_fault fault;

    return slice_trim(line).ptr[0] == '{' &&
           scan_line(line, SCAN_DEPTH, &object, &fault) == 0 &&
           value_find(object, slice_text(key), value);
}

static void add_id(const struct node *node, struct buf *text)
{
    struct slice id;

    if (find_value(node, "id", &id))
        quote_read(text, id);
    else
        buf_printf(text, "task_%" PRIu64, node->number + 1);
}

/* The ids under `after` in the line of a node, one by one. */
struct after_walk {
    struct value_walk walk;
    struct slice one; /* if it is not in an array */
    struct slice string;
    struct buf id;
    uint32_t node;
};

static void begin_after(struct after_walk *w, const struct node *node)
{
    struct slice after;

    *w = (struct after_walk){0};
    buf_init(&w->id, SIZE_MAX);
    if (!find_value(node, "after", &after))
        return;
    if (after.ptr[0] == '[')
        w->walk = value_elements_begin(after);
    else
        w->one = after;
}

static bool next_after(const struct graph *g, struct after_walk *w)
{
    w->string = w->one;
    w->one = slice_of(NULL, 0);
    if (w->string.ptr == NULL &&
        (w->walk.at == NULL || !value_elements_next(&w->walk, &w->string)))
        return false;
    buf_clear(&w->id);
    quote_read(&w->id, w->string);
    w->node = nodes_find(&g->nodes, buf_slice(&w->id));
    return true;
}

static void end_after(struct after_walk *w)
{
    buf_release(&w->id);
}

/* A fault at a place in the line of a node. */
static void say_fault(struct graph *g, const struct node *node, const char *at,
                      struct slice text)
{
    if (++g->faults <= SHOWN)
        log_error(g->log, "%s: %s:%" PRIu64 ":%zu: %.*s", g->what, g->origin,
                  node->line, (size_t)(at - node->text) + 1, (int)text.len,
                  text.ptr);
}

static void say_unknown(struct graph *g, const struct node *node)
{
    struct after_walk w;
    struct buf text;

    buf_init(&text, SIZE_MAX);
    begin_after(&w, node);
    while (next_after(g, &w)) {
        if (graph_node(g, w.node)->state != NODE_NAMED)
            continue;
        buf_clear(&text);
        buf_add_text(&text, "\"after\": no task has the id \"");
        buf_add_slice(&text, buf_slice(&w.id));
        buf_add_char(&text, '"');
        say_fault(g, node, w.string.ptr, buf_slice(&text));
    }
    end_after(&w);
    buf_release(&text);
}

static int compare_numbers(const void *a, const void *b)
{
    const struct node *const *x = a, *const *y = b;

    return (*x)->number < (*y)->number ? -1 : (*x)->number > (*y)->number;
}

/* Nodes are in the order in which they were named; faults are told in that of
 * the list. */
static void say_all_unknown(struct graph *g)
{
    const struct node **held =
        mem_alloc_array(g->nodes.count + 1, sizeof(const struct node *));
    size_t count = 0;

    for (uint32_t i = 0; i < g->nodes.count; i++) {
        if (graph_node(g, i)->state == NODE_HELD)
            held[count++] = graph_node(g, i);
    }
    qsort((void *)held, count, sizeof(const struct node *), compare_numbers);
    for (size_t i = 0; i < count; i++)
        say_unknown(g, held[i]);
    mem_free((void *)held);
}

/* Where the line of a node names another that it comes after. */
static const char *find_name(const struct graph *g, const struct node *node,
                             uint32_t other)
{
    struct after_walk w;
    const char *at = node->text;

    begin_after(&w, node);
    while (next_after(g, &w)) {
        if (w.node == other)
            at = w.string.ptr;
    }
    end_after(&w);
    return at;
}

static void say_cycle(void *arg, const uint32_t *path, size_t count)
{
    struct graph *g = arg;
    struct buf text;

    buf_init(&text, SIZE_MAX);
    buf_add_text(&text, "\"after\" makes a cycle: ");
    for (size_t i = 0; i < count && i < PATH_SHOWN; i++) {
        add_id(graph_node(g, path[i]), &text);
        buf_add_text(&text, " -> ");
    }
    if (count > PATH_SHOWN)
        buf_printf(&text, "%zu more -> ", count - PATH_SHOWN);
    add_id(graph_node(g, path[0]), &text);
    say_fault(g, graph_node(g, path[0]),
              find_name(g, graph_node(g, path[0]), path[count > 1]),
              buf_slice(&text));
    buf_release(&text);
}

static bool has_unknown(const struct graph *g)
{
    for (uint32_t i = 0; i < g->nodes.count; i++) {
        if (graph_node(g, i)->state == NODE_NAMED)
            return true;
    }
    return false;
}

/* Those that are not in the list, but have been completed. */
static void end_done(struct graph *g)
{
    for (uint32_t i = 0; i < g->nodes.count; i++) {
        if (graph_node(g, i)->state == NODE_NAMED && graph_node(g, i)->done)
            nodes_end(&g->nodes, i, NODE_COMPLETED);
    }
}

int graph_judge(struct graph *g, struct err *err)
{
    end_done(g);
    if (!g->ids_lost && has_unknown(g))
        say_all_unknown(g);
    if (!nodes_sort(&g->nodes))
        nodes_cycles(&g->nodes, say_cycle, g);
    if (g->faults == 0)
        return 0;
    if (g->faults > SHOWN)
        log_error(g->log, "%s: %" PRIu64 " more faults in the list", g->what,
                  g->faults - SHOWN);
    return err_set(err, ERR_LIST, "%s", "");
}
