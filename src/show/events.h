/* SPDX-License-Identifier: MIT */
/*
 * events - every change of state of every unit, one JSON object a line
 *
 * The keys come in this order: time task_id status attempt cause; a unit that
 * is to be tried again has "retrying" as its status, and the seconds until then
 * under `delay`. Changes of hosts have time host status failures cause; `delay`
 * is the time until the next probe. Loop's thread.
 */
#ifndef SHOW_EVENTS_H
#define SHOW_EVENTS_H

#include "flow/flow.h"

struct events;
struct hosts_notice;
struct journal;

/* What is told goes to the journal. */
struct events *events_new(struct journal *journal);
void events_free(struct events *events);

/* What became of a host. */
void events_host(struct events *events, const struct hosts_notice *notice);

/* For the flow. */
struct flow_watch events_watch(struct events *events);

#endif
