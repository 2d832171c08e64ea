/* SPDX-License-Identifier: MIT */
/* How a run ended, and what it has done so far. */
#include "flow/flow.h"

#include "base/log.h"
#include "flow/flow_core.h"
#include "flow/outlets.h"

/* Missed units that are named; a full disk leaves thousands. */
enum { NAMED = 20 };

void flow_miss(struct flow *flow, const struct item *item)
{
    if (item_attempts(item) == 0 || ++flow->unkept > NAMED)
        return;
    log_error(flow->o.log, "%.*s: %s, but that could not be recorded",
              (int)item->id.len, item->id.data, item_status_name(item->status));
}

void flow_say_missed(const struct flow *flow)
{
    if (flow->unkept > NAMED)
        log_error(flow->o.log,
                  "%llu more ended, but that could not be recorded",
                  (unsigned long long)(flow->unkept - NAMED));
}

/* Units that did not come to a good end in time. */
static int describe_deadline(const struct flow *flow, struct err *err)
{
    err_set(err, ERR_DEADLINE,
            "deadline passed: %llu completed, %llu failed, %llu cancelled%s",
            (unsigned long long)flow->tally.completed,
            (unsigned long long)flow->tally.failed,
            (unsigned long long)flow->tally.cancelled,
            flow->read > 0 ? "" : "; nothing was started");
    if (outlets_stuck(flow->outlets) != NULL)
        err_wrap(err, "%s does not take all results",
                 outlets_stuck(flow->outlets));
    return -1;
}

static int describe_halt(const struct flow *flow, struct err *err)
{
    const unsigned long long failed = flow->tally.failed;

    if (flow->unstarted == 0)
        return err_set(err, ERR_UNITS, "stopped: %llu failed (--halt)", failed);
    return err_set(err, ERR_UNITS,
                   "stopped: %llu failed (--halt); %llu not started", failed,
                   (unsigned long long)flow->unstarted);
}

int flow_describe(const struct flow *flow, struct err *err)
{
    /* What is lost counts more than what failed. */
    const bool by_failures =
        flow->why == FLOW_BY_ERRORS || flow->why == FLOW_BY_HALT;

    if (by_failures && outlets_error(flow->outlets) != 0)
        return outlets_describe(flow->outlets, err);
    switch (flow->why) {
    case FLOW_BY_SIGNAL:
        err_set(err, ERR_SIGNAL, "%s", "");
        err->sys = flow->signo;
        return -1;
    case FLOW_BY_DEADLINE: return describe_deadline(flow, err);
    case FLOW_BY_SOURCE:
    case FLOW_BY_WORKER:
    case FLOW_BY_LEDGER: *err = flow->err; return -1;
    case FLOW_BY_SINK: return outlets_describe(flow->outlets, err);
    case FLOW_BY_ASKING:
        return err_set(err, ERR_UNITS, "%s", "stopped by weir ctl");
    case FLOW_BY_ERRORS:
        return err_set(err, ERR_UNITS, "stopped: %llu failed (--max-errors)",
                       (unsigned long long)flow->tally.failed);
    case FLOW_BY_HALT:
        if (!flow->o.halt.on_success)
            return describe_halt(flow, err);
        break; /* the goal is met: what was left is no failure */
    case FLOW_NOT_STOPPED: break;
    }
    if (outlets_error(flow->outlets) != 0)
        return outlets_describe(flow->outlets, err);
    if (flow->why != FLOW_BY_HALT &&
        flow->tally.failed + flow->tally.cancelled > 0)
        return err_set(err, ERR_UNITS, "%s", "");
    return 0;
}

const struct flow_tally *flow_tally(const struct flow *flow)
{
    return &flow->tally;
}

uint64_t flow_read(const struct flow *flow)
{
    return flow->read;
}

size_t flow_running(const struct flow *flow)
{
    return flow->running;
}

uint64_t flow_total(const struct flow *flow)
{
    return flow->list_ended ? flow->read : flow->o.total;
}

bool flow_list_ended(const struct flow *flow)
{
    return flow->list_ended;
}

bool flow_stopping(const struct flow *flow)
{
    return flow->stopping;
}

bool flow_left(const struct flow *flow)
{
    return flow->left;
}

bool flow_keeps(const struct flow *flow)
{
    return flow->ledger != NULL && flow->why != FLOW_BY_LEDGER;
}

struct ledger *flow_ledger(const struct flow *flow)
{
    return flow->ledger;
}
