/* SPDX-License-Identifier: MIT */
#include "show/progress.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "io/loop.h"
#include "show/gauge.h"

enum { REDRAW_MS = 100, FALLBACK_COLUMNS = 80 };

struct progress {
    struct progress_options o;
    struct loop_timer *timer;
    int64_t started_ms;
    struct gauge gauge; /* of a single download */
    struct buf line;
};

static uint64_t done_of(const struct flow_tally *t)
{
    return t->completed + t->failed + t->cancelled;
}

static void add_rate(struct buf *line, double rate)
{
    if (rate >= 1e6)
        buf_printf(line, ", %.1fM/s", rate / 1e6);
    else if (rate >= 1e4)
        buf_printf(line, ", %.0fk/s", rate / 1e3);
    else
        buf_printf(line, ", %.*f/s", rate < 10 ? 1 : 0, rate);
}

/* The total is known when the list was checked or is read; the time left too,
 * then. */
static void compose_units(struct progress *p)
{
    const struct flow_tally *t = flow_tally(p->o.flow);
    uint64_t done = done_of(t);
    uint64_t total = p->o.total_known ? flow_total(p->o.flow) : 0;
    double seconds = (double)(clock_now_ms() - p->started_ms) / 1000.0;
    double rate = seconds > 0 ? (double)done / seconds : 0;

    buf_clear(&p->line);
    buf_printf(&p->line, "%llu", (unsigned long long)done);
    if (total > 0)
        buf_printf(&p->line, "/%llu", (unsigned long long)total);
    buf_printf(&p->line, " %s, %llu failed, %zu running", p->o.unit,
               (unsigned long long)t->failed, flow_running(p->o.flow));
    add_rate(&p->line, rate);
    if (total > done && rate > 0) {
        buf_add_text(&p->line, ", ");
        gauge_add_duration(&p->line, (double)(total - done) / rate);
        buf_add_text(&p->line, " left");
    } else {
        buf_add_text(&p->line, ", ");
        gauge_add_duration(&p->line, seconds);
    }
}

/* One download tells more of itself than that it is not done. */
static void compose(struct progress *p, size_t columns)
{
    struct gauge_bytes bytes;

    if (p->o.measure == NULL || !p->o.total_known ||
        flow_total(p->o.flow) != 1 || flow_running(p->o.flow) == 0) {
        compose_units(p);
        return;
    }
    p->o.measure(p->o.measure_arg, &bytes);
    gauge_note(&p->gauge, clock_now_ms(), &bytes);
    buf_clear(&p->line);
    gauge_write(&p->gauge, columns, &p->line);
}

static size_t columns_of(int fd)
{
    struct winsize size;

    if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return FALLBACK_COLUMNS;
    return size.ws_col;
}

static void draw(void *arg)
{
    struct progress *p = arg;
    size_t columns = columns_of(p->o.log->fd);

    loop_timer_start(p->timer, REDRAW_MS);
    if (flow_covers_log(p->o.flow))
        return;
    compose(p, columns);
    /* A line that wraps could not be wiped again. */
    if (p->line.len >= columns)
        p->line.len = columns - 1;
    log_status(p->o.log, buf_slice(&p->line));
}

struct progress *progress_open(const struct progress_options *options)
{
    struct progress *p = mem_alloc(sizeof *p);

    p->o = *options;
    p->started_ms = clock_now_ms();
    p->gauge.started_ms = p->started_ms;
    buf_init(&p->line, 1024);
    p->timer = loop_timer_new(options->loop, draw, p);
    if (options->drawn)
        loop_timer_start(p->timer, REDRAW_MS);
    return p;
}

void progress_print(struct progress *p)
{
    compose(p, 0);
    log_error(p->o.log, "%.*s", (int)p->line.len, p->line.data);
}

void progress_end(struct progress *p)
{
    loop_timer_stop(p->timer);
    if (p->o.drawn)
        log_status(p->o.log, slice_of(NULL, 0));
}

bool progress_was_drawn(const struct progress *p)
{
    return p != NULL && p->o.drawn;
}

void progress_close(struct progress *p)
{
    if (p == NULL)
        return;
    loop_timer_free(p->timer);
    buf_release(&p->line);
    mem_free(p);
}
