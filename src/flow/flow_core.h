/* SPDX-License-Identifier: MIT */
/*
 * flow_core - what the files of flow share, and nobody else
 *
 * flow.c moves the items, flow_retry.c has those that wait for their next
 * attempt, flow_end.c says how a run ended.
 */
#ifndef FLOW_FLOW_CORE_H
#define FLOW_FLOW_CORE_H

#include "flow/flow.h"
#include "flow/window.h"

struct loop_timer;
struct outlets;
struct signals;

struct flow {
    struct flow_options o;
    struct item **items;
    size_t made;                /* of them; the others are spare */
    size_t places[ITEM_PLACES]; /* how many items are where */
    struct list spare;
    struct list waiting; /* for their next attempt */
    struct item *reading;
    struct window window;
    struct ledger *ledger; /* NULL: there is no state */
    struct outlets *outlets;
    struct signals *signals;
    struct loop_timer *retry_timer;
    struct loop_timer *deadline_timer;
    struct retry_random random;
    struct retry_budget budget;

    struct flow_tally tally;
    uint64_t ended_well; /* units that came back, not yet in the tally */
    uint64_t ended_badly;
    uint64_t unstarted;
    uint64_t unkept; /* ended, but the ledger could not keep that */
    uint64_t read;
    uint64_t written;
    uint64_t written_before; /* when on_leave looked last */
    size_t running;
    bool list_ended;
    bool stopping; /* nothing more is started */
    enum flow_why why;
    int signo;
    struct loop_timer *leave_timer;
    bool at_once;   /* a second signal: leave what is not done in a moment */
    bool left;      /* not all is done, but it is left */
    struct err err; /* of the source, the worker or the ledger */
};

/* The item goes to another place. */
void flow_move(struct flow *flow, struct item *item, enum item_place place);

/* All who watch are told. */
void flow_tell(const struct flow *flow, const struct item *item,
               enum flow_change change);

/* The item has ended for good: it goes to the ledger, or to the window. */
void flow_end(struct flow *flow, struct item *item);

/* flow_retry.c: whether another attempt is to follow; wait for that; end what
 * waits, whose last attempt stands then; its timer's function. */
bool flow_may_retry(struct flow *flow, const struct item *item);
void flow_wait(struct flow *flow, struct item *item);
void flow_end_waiting(struct flow *flow);
void flow_on_retry(void *arg);

/* flow_end.c: the ledger could not keep what the item came to: it is named, or
 * counted once enough are; say how many those are. */
void flow_miss(struct flow *flow, const struct item *item);
void flow_say_missed(const struct flow *flow);

/* flow_end.c: 0, or -1 and `err`, as flow_run returns them. */
int flow_describe(const struct flow *flow, struct err *err);

#endif
