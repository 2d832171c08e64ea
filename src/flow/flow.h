/* SPDX-License-Identifier: MIT */
/*
 * flow - one run: source -> worker -> window -> report -> sink
 *
 * The flow owns the items, moves them once in every turn of the loop, before
 * it waits, and knows when the run ends and why. What is particular to a
 * command comes in through four small interfaces. Everything is called on the
 * loop's thread, never from within one another but where it says so.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "flow/halt.h"
#include "flow/item.h"
#include "flow/ledger.h"
#include "flow/outlets.h"
#include "flow/retry.h"

struct flow;
struct journal;
struct log;
struct loop;
struct sink;

enum flow_got {
    FLOW_FILLED, /* the item is ready to be worked on */
    FLOW_LATER,  /* nothing now; the source wakes the loop when there is */
    FLOW_END,    /* nothing ever again */
    FLOW_FAULT,  /* as FLOW_END, and `err` says why */
};

/* Where work comes from. */
struct flow_source {
    void *self;
    /* Fill the item, which was cleared before its first call; on FLOW_LATER
     * the same item is passed again. */
    enum flow_got (*fill)(void *self, struct item *item, struct err *err);
    /* The run stops. From now on `fill` gives what is left of the list, if
     * that has an end, and waits for nothing: the worker cancels it. May be
     * called again, and may be NULL: nothing more is asked for. */
    void (*stop)(void *self);
    /* The item has ended for good: no attempt follows, though that may not be
     * kept yet. Notes it and no more, since it is called from anywhere. May be
     * NULL. */
    void (*ended)(void *self, const struct item *item);
};

/* What does the work. */
struct flow_worker {
    void *self;
    /* Take the item; flow_finish gives it back, at once or later. The worker
     * queues what it cannot start yet, and calls flow_started when it does.
     * What the source gave as cancelled is not to be started, and nothing is
     * after `cancel`. */
    void (*start)(void *self, struct item *item);
    /* The run stops: finish what waits as cancelled at once, tell what runs
     * to end, and everything is finished soon; `now`: without any grace. May
     * be called again with `now`. */
    void (*cancel)(void *self, bool now);
    /* The run stops, but what runs may end by itself: finish what waits as
     * cancelled at once. May be NULL: as cancel. */
    void (*drain)(void *self);
    /* The run is stopped by job control, or goes on. May be NULL. */
    void (*suspend)(void *self, bool stopped);
    /* What flow_claim asked for is kept: start it, if nothing speaks against
     * it; or it will never be. */
    void (*claimed)(void *self, struct item *item, bool kept);
};

/* What the run has done so far, in units: tasks, requests, lines. */
struct flow_tally {
    uint64_t completed;
    uint64_t failed;
    uint64_t cancelled;
    uint64_t retried; /* attempts after the first */
    uint64_t denied;  /* those that the budget did not allow */
};

/* What is said of an item that leaves the window. */
struct flow_report {
    void *self;
    /* Write item->out, and add the units of the item to the tally. */
    void (*finish)(void *self, struct item *item, struct flow_tally *tally);
};

/* What becomes of an item, as it happens. */
enum flow_change {
    FLOW_PENDING,  /* it was read from the list */
    FLOW_RUNNING,  /* an attempt begins */
    FLOW_RETRYING, /* it failed, another attempt follows at retry_at_ms */
    FLOW_ENDED,    /* its status says how */
};

/* Who is told of that; notes it and returns. */
struct flow_watch {
    void *self;
    void (*change)(void *self, const struct item *item,
                   enum flow_change change);
};

/* The command's part of each item. May be NULL: none. */
struct flow_work {
    void *self;
    void *(*make)(void *self, struct item *item);
    void (*free)(void *work);
};

/* Why a run ended before its list did. */
enum flow_why {
    FLOW_NOT_STOPPED,
    FLOW_BY_SIGNAL,
    FLOW_BY_DEADLINE,
    FLOW_BY_ERRORS, /* --max-errors */
    FLOW_BY_HALT,   /* --halt */
    FLOW_BY_ASKING, /* flow_stop */
    FLOW_BY_SOURCE, /* the list cannot be read on */
    FLOW_BY_SINK,   /* an output cannot be written */
    FLOW_BY_WORKER, /* it cannot go on: flow_fail */
    FLOW_BY_LEDGER, /* the state cannot be written */
};

enum { FLOW_WATCHES = 8 };

struct flow_options {
    struct loop *loop;
    struct log *log;
    struct flow_source source;
    struct flow_worker worker;
    struct flow_report report;
    struct flow_work work;
    struct flow_watch watches[FLOW_WATCHES]; /* up to the first without one */
    /* Outputs besides the sinks, up to the first NULL: the run waits for them
     * to be written, starts nothing while one is full, and stops when one
     * fails. Borrowed. */
    struct journal *journals[OUTLETS_JOURNALS];
    struct ledger_keeper keeper; /* zeroed: there is no state */
    struct item_limits limits;
    size_t keep;    /* bytes a spare item's buffer may keep */
    size_t items;   /* W */
    uint64_t total; /* items in the list, if that is known before; else 0 */
    bool ordered;
    int out;             /* descriptor of the sink; not closed */
    sink_write_fn write; /* instead of `out`; NULL: it is written to */
    void *write_arg;
    int side;              /* descriptor for item->side, if it has a name */
    const char *out_name;  /* for messages */
    const char *side_name; /* NULL: there is no side */
    int64_t linger_ms;     /* see sink_linger; 0: results go out at once */
    size_t linger_items;
    bool one_terminal; /* `out` and the log are the same terminal */
    struct retry_policy retry;
    unsigned retry_percent; /* as struct retry_budget has it */
    int64_t deadline_ms;    /* for the whole run; 0: none */
    int64_t grace_ms;       /* what a unit that is to end may take for it */
    uint64_t max_errors;    /* stop once more failed; UINT64_MAX: never */
    double max_error_share; /* likewise as a share of the done; 0: never */
    struct halt halt;
    pid_t supervisor;             /* as in flow/signals.h; 0: none */
    void (*on_status)(void *arg); /* SIGUSR1; may be NULL */
    void *on_status_arg;
};

/* Have one more told; there are at most FLOW_WATCHES. */
void flow_add_watch(struct flow_options *options, struct flow_watch watch);

struct flow *flow_open(const struct flow_options *options);
void flow_close(struct flow *flow);

/*
 * Run to the end. 0 when the list was worked off and no unit failed; else -1
 * and `err`, whose kind tells: ERR_UNITS (its text is empty unless the run
 * stopped early), ERR_SIGNAL, ERR_DEADLINE, ERR_OUTPUT (sys EPIPE: the reader
 * went away, nothing to be said), or what the source said.
 */
int flow_run(struct flow *flow, struct err *err);

/* The worker: the start begins now, which may take a while. One that then does
 * not start has to have its started_us set to 0 again. */
void flow_stamp(struct item *item);

/* The worker: this item runs now. Sets its status, time stamps, attempt. */
void flow_started(struct flow *flow, struct item *item);

/* The worker: this item is to start once that is kept; `claimed` tells. */
void flow_claim(struct flow *flow, struct item *item);

/* The worker gives an item back, its status final for this attempt. */
void flow_finish(struct flow *flow, struct item *item);

/* The run is to end, as at a first signal, because somebody asked for it. */
void flow_stop(struct flow *flow);

/* Each item that was read and has not ended for all to know; those that wait
 * for their next attempt have the place ITEM_WAITING. */
void flow_visit(const struct flow *flow, void (*fn)(void *arg, struct item *),
                void *arg);

/* An item that waits for its next attempt is not to have it, but is cancelled.
 */
void flow_drop(struct flow *flow, struct item *item);

/* The run cannot go on: stop it with this error. */
void flow_fail(struct flow *flow, const struct err *err);

/* Figures for progress and summary. */
const struct flow_tally *flow_tally(const struct flow *flow);
uint64_t flow_read(const struct flow *flow);   /* items taken from the list */
size_t flow_running(const struct flow *flow);  /* items that run now */
bool flow_list_ended(const struct flow *flow); /* the list is read */
uint64_t flow_total(const struct flow *flow);  /* in the list; 0: not known */
bool flow_stopping(const struct flow *flow);

/* Whether the run was left with a write that is stuck: its thread may still use
 * what it writes by, which has to stay. */
bool flow_left(const struct flow *flow);

/* Whether there is a state, and what ends is kept. */
bool flow_keeps(const struct flow *flow);

/* The ledger, if there is a state; else NULL. */
struct ledger *flow_ledger(const struct flow *flow);

/* Whether results are being written to the log's own terminal: its status line
 * was wiped for them, and has to stay away. */
bool flow_covers_log(const struct flow *flow);

#endif
