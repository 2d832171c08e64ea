/* SPDX-License-Identifier: MIT */
#include "show/gauge.h"

#include "base/buf.h"

enum {
    BAR_LEAST = 10, /* columns; a shorter one says nothing */
    BAR_MOST = 60,
    REST_MOST = 64, /* columns of what is not the bar */
};

/* How many seconds the speed looks back. */
static const double memory_s = 3;

void gauge_note(struct gauge *g, int64_t now_ms,
                const struct gauge_bytes *bytes)
{
    int64_t since_ms = g->noted_ms > 0 ? g->noted_ms : g->started_ms;
    double seconds = (double)(now_ms - since_ms) / 1000;
    double all = (double)(now_ms - g->started_ms) / 1000;
    /* Another attempt begins to count anew. */
    uint64_t before = bytes->came >= g->bytes.came ? g->bytes.came : 0;
    double came = (double)(bytes->came - before);

    g->bytes = *bytes;
    if (seconds <= 0)
        return;
    g->noted_ms = now_ms;
    if (all <= memory_s)
        g->rate = (double)bytes->came / all;
    else
        g->rate += (came / seconds - g->rate) * seconds / (seconds + memory_s);
}

void gauge_add_duration(struct buf *line, double seconds)
{
    unsigned long s = seconds < 1e9 ? (unsigned long)(seconds + 0.5) : 0;

    if (s < 60)
        buf_printf(line, "%lus", s);
    else if (s < 3600)
        buf_printf(line, "%lum%02lus", s / 60, s % 60);
    else
        buf_printf(line, "%luh%02lum", s / 3600, s % 3600 / 60);
}

/* 999, 1.0K, 12.5M: powers of 1024, as options take them. */
static void add_bytes(struct buf *line, double bytes)
{
    static const char units[] = "KMGTPE";
    size_t unit = 0;

    if (bytes < 1024) {
        buf_printf(line, "%.0f", bytes);
        return;
    }
    for (bytes /= 1024; bytes >= 1024 && unit + 2 < sizeof units; unit++)
        bytes /= 1024;
    buf_printf(line, "%.1f%c", bytes, units[unit]);
}

static void add_bar(struct buf *line, double share, size_t columns)
{
    size_t width = columns - REST_MOST;
    size_t done;

    if (columns < REST_MOST + BAR_LEAST)
        return;
    width = width > BAR_MOST ? BAR_MOST : width;
    done = (size_t)((double)(width - 2) * share);
    buf_add_char(line, '[');
    for (size_t i = 0; i < width - 2; i++)
        buf_add_char(line, "= >"[i < done ? 0 : i == done ? 2 : 1]);
    buf_add_text(line, "]  ");
}

static uint64_t done_of(const struct gauge *g)
{
    return g->bytes.there + g->bytes.came;
}

static void add_share(const struct gauge *g, size_t columns, struct buf *line)
{
    double share = 1;

    if (done_of(g) < g->bytes.total)
        share = (double)done_of(g) / (double)g->bytes.total;
    add_bar(line, share, columns);
    buf_printf(line, "%3u%%  ", (unsigned)(share * 100));
}

static void add_time_left(const struct gauge *g, struct buf *line)
{
    uint64_t done = done_of(g);

    if (done >= g->bytes.total || g->rate < 1)
        return;
    buf_add_text(line, "  ");
    gauge_add_duration(line, (double)(g->bytes.total - done) / g->rate);
    buf_add_text(line, " left");
}

void gauge_write(const struct gauge *g, size_t columns, struct buf *line)
{
    bool known = g->bytes.total != GAUGE_UNKNOWN;

    if (known)
        add_share(g, columns, line);
    add_bytes(line, (double)done_of(g));
    if (known) {
        buf_add_text(line, " of ");
        add_bytes(line, (double)g->bytes.total);
    }
    buf_add_text(line, "  ");
    add_bytes(line, g->rate);
    buf_add_text(line, "/s");
    if (known)
        add_time_left(g, line);
}
