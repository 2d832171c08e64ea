/* SPDX-License-Identifier: MIT */
/*
 * gauge - how far one download is: a bar, bytes, speed, time left
 *
 *     [=========>              ]  41%  420.0M of 1.0G  35.2M/s  17s left
 *
 * The speed is that of the last seconds, so that the time left follows what
 * happens now. Pure: time is an argument. One owner.
 */
#ifndef SHOW_GAUGE_H
#define SHOW_GAUGE_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/* What is known of a download. */
struct gauge_bytes {
    uint64_t there; /* that were there before */
    uint64_t came;
    uint64_t total; /* of the whole, or GAUGE_UNKNOWN */
};

#define GAUGE_UNKNOWN UINT64_MAX

/* The caller's storage; zeroed but for started_ms. */
struct gauge {
    int64_t started_ms;
    int64_t noted_ms;
    struct gauge_bytes bytes;
    double rate; /* bytes a second */
};

/* How far it is now. */
void gauge_note(struct gauge *g, int64_t now_ms,
                const struct gauge_bytes *bytes);

/* Append the line; a bar fills `columns`, if there is room for one. */
void gauge_write(const struct gauge *g, size_t columns, struct buf *line);

/* Append "12s", "3m05s", "2h07m". */
void gauge_add_duration(struct buf *line, double seconds);

#endif
