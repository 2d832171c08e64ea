/* SPDX-License-Identifier: MIT */
/*
 * record - how one unit went, as a JSON object or as a line to read
 *
 * The JSON keys come in the order of weir(1): task_id status result error
 * execution_time attempts started_at meta. A text line has columns, which
 * widen with what they hold, within reason, and escapes what a terminal would
 * obey; below it are the last lines that a failed unit said.
 */
#ifndef SHOW_RECORD_H
#define SHOW_RECORD_H

#include "flow/flow.h"

struct journal;

/* How records are written; the caller's storage, set before the run. */
struct record {
    bool text;
    bool colored;
    bool terminal; /* it obeys controls: what units said is escaped too */
    bool side;     /* to item->side, behind what is there, not to item->out */
    bool raw;      /* what units said is shown by others */
    bool quiet;    /* nothing of what was completed */
    struct journal *journal; /* to this in place of either, or NULL */
    size_t id_width;
    size_t brief_width;
};

/* Append the record of an item, which may be under way, to a buffer. */
void record_write(struct record *record, struct item *item, struct buf *out);

/* The flow's report: writes the record and counts the item in the tally. */
struct flow_report record_report(struct record *record);

#endif
