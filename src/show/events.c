/* SPDX-License-Identifier: MIT */
#include "show/events.h"

#include "base/clock.h"
#include "base/mem.h"
#include "flow/journal.h"
#include "work/hosts.h"
#include "json/quote.h"

/* An id may have 64K, a message less; each byte may become \u00xx. */
enum { LINE_MOST = 8 * 64 * 1024 };

struct events {
    struct journal *journal;
    struct buf line;
};

static const char *status_of(const struct item *item, enum flow_change change)
{
    switch (change) {
    case FLOW_PENDING: return item_status_name(ITEM_PENDING);
    case FLOW_RUNNING: return item_status_name(ITEM_RUNNING);
    case FLOW_RETRYING: return "retrying";
    case FLOW_ENDED: break;
    }
    return item_status_name(item->status);
}

static void add_cause(struct buf *line, const char *fault, const char *message)
{
    buf_add_text(line, ",\"cause\":");
    if (fault == NULL) {
        buf_add_text(line, "null");
        return;
    }
    buf_printf(line, "{\"kind\":\"%s\",\"message\":", fault);
    quote_add(line, slice_text(message));
    buf_add_char(line, '}');
}

static void add_delay(struct buf *line, int64_t delay_ms)
{
    buf_printf(line, ",\"delay\":%.3f", (double)delay_ms / 1000.0);
}

static void begin(struct buf *line)
{
    char stamp[CLOCK_STAMP_SIZE];

    buf_clear(line);
    clock_stamp(clock_wall_ms(), stamp);
    buf_printf(line, "{\"time\":\"%s\"", stamp);
}

/* A moment that has just passed is no wait. */
static int64_t delay_of(const struct item *item)
{
    const int64_t left_ms = item->retry_at_ms - clock_now_ms();

    return left_ms > 0 ? left_ms : 0;
}

static void change(void *self, const struct item *item, enum flow_change what)
{
    struct events *e = self;
    struct buf *line = &e->line;

    begin(line);
    buf_add_text(line, ",\"task_id\":");
    quote_add(line, buf_slice(&item->id));
    buf_printf(line, ",\"status\":\"%s\",\"attempt\":%u", status_of(item, what),
               item->attempts);
    add_cause(line, item->fault, item->message);
    if (what == FLOW_RETRYING)
        add_delay(line, delay_of(item));
    buf_add_text(line, "}\n");
    journal_add(e->journal, buf_slice(line));
}

void events_host(struct events *e, const struct hosts_notice *notice)
{
    struct buf *line = &e->line;
    bool waits =
        notice->state == BREAKER_PARKED || notice->state == BREAKER_LOST;

    begin(line);
    buf_add_text(line, ",\"host\":");
    quote_add(line, notice->key);
    buf_printf(line, ",\"status\":\"%s\",\"failures\":%llu",
               breaker_name(notice->state),
               (unsigned long long)notice->failures);
    add_cause(line, waits ? notice->fault : NULL, notice->message);
    if (waits)
        add_delay(line, notice->pause_us / 1000);
    buf_add_text(line, "}\n");
    journal_add(e->journal, buf_slice(line));
}

struct events *events_new(struct journal *journal)
{
    struct events *e = mem_alloc(sizeof *e);

    e->journal = journal;
    buf_init(&e->line, LINE_MOST);
    return e;
}

void events_free(struct events *e)
{
    if (e == NULL)
        return;
    buf_release(&e->line);
    mem_free(e);
}

struct flow_watch events_watch(struct events *e)
{
    return (struct flow_watch){.self = e, .change = change};
}
