/* SPDX-License-Identifier: MIT */
/*
 * graph - tasks that come after others, as a source
 *
 * It stands between the list and the flow and holds the lines of tasks, not
 * items, until they are ready: so the item law stays as it is. A task whose
 * `after` names one that failed or was cancelled is given as cancelled, unless
 * it is to run always.
 *
 * A list that can be read twice is read in full before anything starts, if an
 * `after` is in it. From a pipe tasks are given as they come, and wait for
 * those above them; the first that names an id that is not there yet holds
 * back itself and all below it until the list ends. Unknown ids and cycles are
 * found then, and none of those held is started.
 *
 * Without `after` a list passes through, and the ids of some thousand tasks are
 * remembered: one may be named yet. Loop's thread.
 */
#ifndef WORK_GRAPH_H
#define WORK_GRAPH_H

#include <stdbool.h>

#include "base/slice.h"
#include "flow/flow.h"

struct graph;
struct hash_set;
struct lines_options;
struct log;
struct loop;

/* `what`: the command, for messages. With `ids` no two lines that are read as a
 * stream may have the same. All are borrowed. */
struct graph *graph_open(struct log *log, const char *what,
                         struct hash_set *ids);

/* Whoever is not in the list has been completed, if `done` says so. Before
 * graph_check. */
void graph_done(struct graph *graph, bool (*done)(void *arg, struct slice id),
                void *arg);
void graph_close(struct graph *graph);

/*
 * As lines_check, with the faults of the graph: ids that nobody has, cycles.
 * If there is an `after` in what can be read twice, the graph then holds it.
 */
int graph_check(struct graph *graph, struct loop *loop,
                const struct lines_options *list, struct item *scratch,
                struct err *err);

/* As struct lines_options wants it, `arg` the graph. */
int graph_parse(void *arg, struct item *item, size_t *column, struct err *err);

/* What is held, then the rest of `list`, whose lines go through graph_parse. */
struct flow_source graph_source(struct graph *graph, struct flow_source list);

#endif
