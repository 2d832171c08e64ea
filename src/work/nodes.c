/* SPDX-License-Identifier: MIT */
#include "work/nodes.h"

#include <assert.h>

#include "base/mem.h"

enum { FIRST = 64 };

struct node_edge {
    uint32_t to;
    uint32_t next; /* of the same node, or of the free ones */
};

void nodes_init(struct nodes *nodes)
{
    *nodes = (struct nodes){.key = hash_key_new(), .free_edges = NODES_NONE};
}

void nodes_release(struct nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++)
        mem_free(nodes->node[i].text);
    mem_free(nodes->node);
    mem_free(nodes->edge);
    mem_free(nodes->slot);
    mem_free(nodes->ready);
    *nodes = (struct nodes){.key = nodes->key, .free_edges = NODES_NONE};
}

/* The slot of `hash`, or the free one where it belongs. */
static uint32_t *slot_of(const struct nodes *nodes, uint64_t hash)
{
    size_t i = (size_t)hash & (nodes->slots - 1);

    while (nodes->slot[i] != 0 && nodes->node[nodes->slot[i] - 1].hash != hash)
        i = (i + 1) & (nodes->slots - 1);
    return &nodes->slot[i];
}

static void fill_slots(struct nodes *nodes)
{
    mem_free(nodes->slot);
    nodes->slot = mem_alloc_array(nodes->slots, sizeof *nodes->slot);
    for (size_t i = 0; i < nodes->count; i++)
        *slot_of(nodes, nodes->node[i].hash) = (uint32_t)i + 1;
}

static void *grow(void *array, size_t *room, size_t size)
{
    *room = *room ? *room * 2 : FIRST;
    return mem_resize(array, *room * size);
}

uint32_t nodes_find(const struct nodes *nodes, struct slice id)
{
    if (nodes->slots == 0)
        return NODES_NONE;
    /* NODES_NONE is 0 - 1. */
    return *slot_of(nodes, hash_bytes(nodes->key, id)) - 1;
}

uint32_t nodes_name(struct nodes *nodes, struct slice id)
{
    const uint64_t hash = hash_bytes(nodes->key, id);
    uint32_t *slot;

    if (nodes->count >= nodes->slots / 2) {
        nodes->slots = nodes->slots ? nodes->slots * 2 : FIRST;
        fill_slots(nodes);
    }
    slot = slot_of(nodes, hash);
    if (*slot != 0)
        return *slot - 1;
    if (nodes->count == nodes->room)
        nodes->node = grow(nodes->node, &nodes->room, sizeof *nodes->node);
    /* So many tasks would take half a terabyte. */
    assert(nodes->count < NODES_NONE - 1);
    nodes->node[nodes->count] =
        (struct node){.hash = hash, .edges = NODES_NONE, .lost = NODES_NONE};
    *slot = (uint32_t)++nodes->count;
    return *slot - 1;
}

static uint32_t new_edge(struct nodes *nodes)
{
    uint32_t edge = nodes->free_edges;
    size_t room = nodes->edge_room;

    if (edge != NODES_NONE) {
        nodes->free_edges = nodes->edge[edge].next;
        return edge;
    }
    if (nodes->edge_count == nodes->edge_room) {
        nodes->edge = grow(nodes->edge, &room, sizeof *nodes->edge);
        assert(room < NODES_NONE);
        nodes->edge_room = (uint32_t)room;
    }
    return nodes->edge_count++;
}

static void lose(struct node *node, uint32_t lost)
{
    if (!node->always && node->lost == NODES_NONE)
        node->lost = lost;
}

void nodes_link(struct nodes *nodes, uint32_t node, uint32_t before)
{
    const enum node_state state = nodes->node[before].state;
    uint32_t edge;

    if (state >= NODE_COMPLETED) {
        if (state != NODE_COMPLETED)
            lose(&nodes->node[node], before);
        return;
    }
    edge = new_edge(nodes);
    nodes->edge[edge] =
        (struct node_edge){.to = node, .next = nodes->node[before].edges};
    nodes->node[before].edges = edge;
    nodes->node[node].waits++;
}

/* Whether `a` has its turn before `b`. What cannot run anyway is said first:
 * it takes nobody's place. */
static bool is_before(const struct nodes *nodes, uint32_t a, uint32_t b)
{
    const struct node *x = &nodes->node[a], *y = &nodes->node[b];

    if ((x->lost == NODES_NONE) != (y->lost == NODES_NONE))
        return x->lost != NODES_NONE;
    if (x->priority != y->priority)
        return x->priority > y->priority;
    if (x->chain != y->chain)
        return x->chain > y->chain;
    return x->number < y->number;
}

static void swap(uint32_t *a, uint32_t *b)
{
    const uint32_t kept = *a;

    *a = *b;
    *b = kept;
}

static void make_ready(struct nodes *nodes, uint32_t node)
{
    size_t i = nodes->ready_count, up;

    nodes->node[node].state = NODE_READY;
    if (nodes->ready_count == nodes->ready_room)
        nodes->ready =
            grow(nodes->ready, &nodes->ready_room, sizeof *nodes->ready);
    nodes->ready[nodes->ready_count++] = node;
    for (; i > 0; i = up) {
        up = (i - 1) / 2;
        if (!is_before(nodes, nodes->ready[i], nodes->ready[up]))
            return;
        swap(&nodes->ready[i], &nodes->ready[up]);
    }
}

static void sink_first(struct nodes *nodes)
{
    size_t i = 0, next;

    for (; (next = 2 * i + 1) < nodes->ready_count; i = next) {
        if (next + 1 < nodes->ready_count &&
            is_before(nodes, nodes->ready[next + 1], nodes->ready[next]))
            next++;
        if (!is_before(nodes, nodes->ready[next], nodes->ready[i]))
            return;
        swap(&nodes->ready[i], &nodes->ready[next]);
    }
}

static void settle(struct nodes *nodes, uint32_t node)
{
    const struct node *n = &nodes->node[node];

    if (n->waits == 0 || n->lost != NODES_NONE)
        make_ready(nodes, node);
}

void nodes_offer(struct nodes *nodes, uint32_t node)
{
    nodes->node[node].state = NODE_WAITING;
    settle(nodes, node);
}

uint32_t nodes_take(struct nodes *nodes)
{
    uint32_t node;

    if (nodes->ready_count == 0)
        return NODES_NONE;
    node = nodes->ready[0];
    nodes->ready[0] = nodes->ready[--nodes->ready_count];
    sink_first(nodes);
    nodes->node[node].state = NODE_GIVEN;
    return node;
}

void nodes_end(struct nodes *nodes, uint32_t node, enum node_state how)
{
    uint32_t edge = nodes->node[node].edges;

    assert(how >= NODE_COMPLETED);
    nodes->node[node].state = how;
    nodes->node[node].edges = NODES_NONE;
    while (edge != NODES_NONE) {
        const struct node_edge e = nodes->edge[edge];
        struct node *to = &nodes->node[e.to];

        to->waits--;
        if (how != NODE_COMPLETED)
            lose(to, node);
        if (to->state == NODE_WAITING)
            settle(nodes, e.to);
        nodes->edge[edge].next = nodes->free_edges;
        nodes->free_edges = edge;
        edge = e.next;
    }
}

/* The nodes in an order in which each is behind all that it comes after; what
 * is in a cycle, or behind one, is left out, and `left` has how many each of
 * these still waits for. Returns how many there are. Kahn 1962. */
static size_t sort(const struct nodes *nodes, uint32_t *order, uint32_t *left)
{
    size_t sorted = 0;

    for (size_t i = 0; i < nodes->count; i++) {
        for (uint32_t e = nodes->node[i].edges; e != NODES_NONE;
             e = nodes->edge[e].next)
            left[nodes->edge[e].to]++;
    }
    for (size_t i = 0; i < nodes->count; i++) {
        if (left[i] == 0)
            order[sorted++] = (uint32_t)i;
    }
    for (size_t i = 0; i < sorted; i++) {
        for (uint32_t e = nodes->node[order[i]].edges; e != NODES_NONE;
             e = nodes->edge[e].next) {
            if (--left[nodes->edge[e].to] == 0)
                order[sorted++] = nodes->edge[e].to;
        }
    }
    return sorted;
}

static void find_chain(struct nodes *nodes, struct node *node)
{
    node->chain = 0;
    for (uint32_t e = node->edges; e != NODES_NONE; e = nodes->edge[e].next) {
        const uint32_t chain = nodes->node[nodes->edge[e].to].chain + 1;

        if (chain > node->chain)
            node->chain = chain;
    }
}

bool nodes_sort(struct nodes *nodes)
{
    uint32_t *order = mem_alloc_array(nodes->count + 1, sizeof *order);
    uint32_t *left = mem_alloc_array(nodes->count + 1, sizeof *left);
    const size_t sorted = sort(nodes, order, left);

    for (size_t i = sorted; i > 0; i--)
        find_chain(nodes, &nodes->node[order[i - 1]]);
    mem_free(left);
    mem_free(order);
    return sorted == nodes->count;
}

/* For each node that was not sorted one that it comes after and that was not
 * sorted either: there always is one, so whoever follows these goes round. */
static uint32_t *find_befores(const struct nodes *nodes, const uint32_t *left)
{
    uint32_t *before = mem_alloc_array(nodes->count, sizeof *before);

    for (size_t i = 0; i < nodes->count; i++)
        before[i] = NODES_NONE;
    for (size_t i = 0; i < nodes->count; i++) {
        for (uint32_t e = left[i] ? nodes->node[i].edges : NODES_NONE;
             e != NODES_NONE; e = nodes->edge[e].next) {
            const uint32_t to = nodes->edge[e].to;

            if (left[to] != 0 && before[to] == NODES_NONE)
                before[to] = (uint32_t)i;
        }
    }
    return before;
}

/* The cycle that `at` is in, from its first node in the list on. */
static size_t write_path(const struct nodes *nodes, const uint32_t *before,
                         uint32_t at, uint32_t *path)
{
    uint32_t first = at, node = at;
    size_t count = 0;

    do {
        if (nodes->node[node].number < nodes->node[first].number)
            first = node;
        node = before[node];
    } while (node != at);
    node = first;
    do {
        path[count++] = node;
        node = before[node];
    } while (node != first);
    return count;
}

void nodes_cycles(const struct nodes *nodes, nodes_cycle_fn tell, void *arg)
{
    uint32_t *path = mem_alloc_array(nodes->count + 1, sizeof *path);
    uint32_t *left = mem_alloc_array(nodes->count + 1, sizeof *left);
    uint32_t *seen_by = mem_alloc_array(nodes->count + 1, sizeof *seen_by);
    uint32_t *before;

    sort(nodes, path, left);
    before = find_befores(nodes, left);
    for (uint32_t i = 0; i < nodes->count; i++) {
        uint32_t node = i;

        if (left[i] == 0)
            continue;
        for (; seen_by[node] == 0; node = before[node])
            seen_by[node] = i + 1;
        if (seen_by[node] == i + 1)
            tell(arg, path, write_path(nodes, before, node, path));
    }
    mem_free(before);
    mem_free(seen_by);
    mem_free(left);
    mem_free(path);
}

void nodes_forget(struct nodes *nodes, size_t keep)
{
    const size_t from = nodes->count > keep ? nodes->count - keep : 0;
    size_t kept = 0;

    for (size_t i = 0; i < nodes->count; i++) {
        struct node *node = &nodes->node[i];

        assert(node->edges == NODES_NONE && node->text == NULL);
        if (i >= from || node->state < NODE_COMPLETED)
            nodes->node[kept++] = *node;
    }
    nodes->count = kept;
    fill_slots(nodes);
}
