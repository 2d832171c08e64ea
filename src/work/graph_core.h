/* SPDX-License-Identifier: MIT */
/* What the files of the graph share. */
#ifndef WORK_GRAPH_CORE_H
#define WORK_GRAPH_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/flow.h"
#include "work/nodes.h"

struct graph {
    struct log *log;
    const char *what;
    struct hash_set *ids; /* or NULL */
    const char *origin;   /* the list's name */
    struct flow_source list;
    struct nodes nodes;
    uint64_t left;  /* tasks that are held or wait */
    uint32_t given; /* nodes before this were given, once out of turn */
    bool after;     /* there was one */
    bool holding;   /* until the end of the list */
    bool reading;   /* the list goes on */
    bool passes;    /* the line just read needs not be held */
    bool ids_lost;  /* of lines with faults: others may be missing for that */
    bool faulty;    /* `fault` says why */
    bool stopped;
    struct err fault;
    uint64_t faults;
    bool (*done)(void *arg, struct slice id);
    void *done_arg;
};

static inline struct node *graph_node(const struct graph *g, uint32_t node)
{
    return &g->nodes.node[node];
}

/* The list is read: see whether what is held can be worked off at all. 0, or
 * -1 with ERR_LIST when each fault is said. */
int graph_judge(struct graph *g, struct err *err);

#endif
