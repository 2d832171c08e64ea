/* SPDX-License-Identifier: MIT */
/*
 * record - how one unit went, as a JSON object or as a line to read
 *
 * The JSON keys come in the order of weir(1): task_id status result error
 * execution_time attempts started_at meta. A text line has aligned columns,
 * and escapes what a terminal would obey.
 */
#ifndef SHOW_RECORD_H
#define SHOW_RECORD_H

#include "flow/flow.h"

/* How records are written; the caller's storage, set before the run. */
struct record {
    bool text;
    bool colored;
};

/* The flow's report: writes item->out and counts the item in the tally. */
struct flow_report record_report(struct record *record);

#endif
