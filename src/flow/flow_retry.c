/* SPDX-License-Identifier: MIT */
/* Items that failed and wait for their next attempt. */
#include "flow/flow.h"

#include "base/clock.h"
#include "base/log.h"
#include "flow/flow_core.h"
#include "flow/ledger.h"
#include "io/loop.h"

static struct item *item_of(struct list *link)
{
    return LIST_ITEM(link, struct item, link);
}

void flow_end_waiting(struct flow *flow)
{
    struct list *link;

    loop_timer_stop(flow->retry_timer);
    while ((link = list_pop(&flow->waiting)) != NULL)
        flow_end(flow, item_of(link));
}

/* Take the items whose time has come; the time of the next of the others, or
 * INT64_MAX. Linear: there are at most W. */
static int64_t take_due(struct flow *flow, int64_t now, struct list *due)
{
    int64_t next = INT64_MAX;
    struct list *link = flow->waiting.next;

    list_init(due);
    while (link != &flow->waiting) {
        struct item *item = item_of(link);

        link = link->next;
        if (item->retry_at_ms <= now) {
            list_remove(&item->link);
            list_push(due, &item->link);
        } else if (item->retry_at_ms < next) {
            next = item->retry_at_ms;
        }
    }
    return next;
}

static void start_again(struct flow *flow, struct item *item)
{
    item_clear_attempt(item);
    flow->tally.retried++;
    flow_move(flow, item, ITEM_WORKING);
    flow->o.worker.start(flow->o.worker.self, item);
}

/* The worker may finish what it is given at once, so that it waits again and
 * sets the timer, or stop the run: the timer is set before, and what is due is
 * on a list of its own. */
void flow_on_retry(void *arg)
{
    struct flow *flow = arg;
    int64_t now = clock_now_ms(), next;
    struct list due, *link;

    next = take_due(flow, now, &due);
    if (next != INT64_MAX)
        loop_timer_start(flow->retry_timer, next - now);
    while ((link = list_pop(&due)) != NULL) {
        if (flow->stopping)
            flow_end(flow, item_of(link));
        else
            start_again(flow, item_of(link));
    }
}

void flow_wait(struct flow *flow, struct item *item)
{
    int64_t delay =
        retry_delay(&flow->o.retry, item_attempts(item), item->retry_floor_ms,
                    retry_draw(&flow->random));

    log_detail(flow->o.log, "%.*s: attempt %u failed: %s; again in %.3f s",
               (int)item->id.len, item->id.data, item->attempts, item->message,
               (double)delay / 1000.0);
    item->retry_at_ms = clock_now_ms() + delay;
    flow_move(flow, item, ITEM_WAITING);
    list_push(&flow->waiting, &item->link);
    flow_tell(flow, item, FLOW_RETRYING);
    if (flow->ledger != NULL)
        ledger_try(flow->ledger, item);
    /* Let flow_on_retry find the earliest of all in the next turn. */
    loop_timer_start(flow->retry_timer, 0);
}

/* Who is told when to come again comes by that, and not in a storm. */
static bool can_afford(struct flow *flow, const struct item *item)
{
    if (item->retry_floor_ms > 0 || retry_budget_spend(&flow->budget))
        return true;
    if (flow->tally.denied++ == 0)
        log_note(flow->o.log,
                 "too many failures: for now only %u%% of what is begun is "
                 "tried again (--retry-budget)",
                 flow->budget.percent);
    return false;
}

bool flow_may_retry(struct flow *flow, const struct item *item)
{
    int64_t retries =
        item->retries >= 0 ? item->retries : (int64_t)flow->o.retry.retries;

    return item->status == ITEM_FAILED && item->retryable &&
           item_attempts(item) <= retries && !flow_stopping(flow) &&
           can_afford(flow, item);
}

void flow_drop(struct flow *flow, struct item *item)
{
    list_remove(&item->link);
    item_fail(item, ITEM_CANCELLED, "cancelled",
              "cancelled before its next attempt");
    flow_end(flow, item);
    loop_again(flow->o.loop);
}
