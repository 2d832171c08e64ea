/* SPDX-License-Identifier: MIT */
/*
 * plan - what run-tasks would do, one JSON object for each task
 *
 * A worker that starts nothing and a report without results. Tasks come in the
 * order in which they would be started one after the other, if all went well.
 */
#ifndef SHOW_PLAN_H
#define SHOW_PLAN_H

#include "flow/flow.h"

struct plan {
    struct flow *flow; /* set before it runs */
    const char *cwd;   /* of tasks that say nothing else, or NULL */
};

/* For items whose work is a task (see work/process.h). */
struct flow_worker plan_worker(struct plan *plan);
struct flow_report plan_report(struct plan *plan);

#endif
