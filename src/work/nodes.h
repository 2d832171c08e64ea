/* SPDX-License-Identifier: MIT */
/*
 * nodes - which task comes after which, and whose turn it is
 *
 * A node for each task, found by the hash of its id, and for each pair of
 * tasks an edge from the one to the one that comes after it. A node becomes
 * ready when nothing that it comes after is left to end, or when one of these
 * failed. Of the ready the one of the highest priority is next, of these the
 * one that the longest chain waits for, of these the first in the list. Some
 * 100 bytes a task; no recursion, so chains may be as long as the list. Loop's
 * thread.
 */
#ifndef WORK_NODES_H
#define WORK_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

/* No node. */
#define NODES_NONE UINT32_MAX

enum node_state {
    NODE_NAMED,   /* another comes after it; more is not known of it */
    NODE_HELD,    /* known, and not offered yet */
    NODE_WAITING, /* for others */
    NODE_READY,
    NODE_GIVEN, /* from here on it is on its way through the run */
    NODE_COMPLETED,
    NODE_FAILED,
    NODE_CANCELLED,
};

struct node {
    uint64_t hash;   /* of its id */
    uint64_t number; /* in the list, from 0 */
    uint64_t line;
    char *text; /* the owner's, freed with the node; NULL: not held */
    uint32_t len;
    uint32_t edges; /* the first of those that come after it */
    uint32_t waits; /* how many it comes after that have not ended */
    uint32_t lost;  /* one of these that failed, or NODES_NONE */
    uint32_t chain; /* of the longest chain that waits for it */
    int64_t priority;
    enum node_state state;
    bool always; /* whether or not what it comes after failed */
    bool twice;  /* several tasks had this id */
    bool done;   /* one of before, if there is none now */
};

struct node_edge;

struct nodes {
    struct hash_key key;
    struct node *node;
    size_t count;
    size_t room;
    struct node_edge *edge;
    uint32_t edge_count;
    uint32_t edge_room;
    uint32_t free_edges;
    uint32_t *slot;  /* node + 1 by hash, 0: free */
    size_t slots;    /* a power of two, or 0 */
    uint32_t *ready; /* a heap */
    size_t ready_count;
    size_t ready_room;
};

void nodes_init(struct nodes *nodes);
void nodes_release(struct nodes *nodes);

/* The node of an id, or NODES_NONE. */
uint32_t nodes_find(const struct nodes *nodes, struct slice id);

/* The same; a new one, NODE_NAMED, if there is none. Nodes may move. */
uint32_t nodes_name(struct nodes *nodes, struct slice id);

/* `node`, which is not offered yet, comes after `before`. */
void nodes_link(struct nodes *nodes, uint32_t node, uint32_t before);

/* All that it comes after was linked: it may become ready. */
void nodes_offer(struct nodes *nodes, uint32_t node);

/* The ready node whose turn it is, or NODES_NONE. It is given, then. */
uint32_t nodes_take(struct nodes *nodes);

/* A node that was given has ended: completed, failed or cancelled. */
void nodes_end(struct nodes *nodes, uint32_t node, enum node_state how);

/* Find the chains of all that are held. False if there are cycles. */
bool nodes_sort(struct nodes *nodes);

/*
 * Tell of cycles, each by its nodes: path[0] comes after path[1], and so on,
 * and the last one after path[0], the first of them in the list. Where several
 * share nodes, of one at least.
 */
typedef void (*nodes_cycle_fn)(void *arg, const uint32_t *path, size_t count);
void nodes_cycles(const struct nodes *nodes, nodes_cycle_fn tell, void *arg);

/* Forget all but the last `keep` and those that have not ended. Nodes move,
 * and there must be no edges. */
void nodes_forget(struct nodes *nodes, size_t keep);

#endif
