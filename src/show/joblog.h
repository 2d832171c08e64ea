/* SPDX-License-Identifier: MIT */
/*
 * joblog - a row for each task that ended, in the format of GNU parallel
 *
 * Columns with tabs between them, below a line that names them: Seq Host
 * Starttime JobRuntime Send Receive Exitval Signal Command. Tabs and newlines
 * in a command are escaped, so that a row is a line. A task that was never
 * started has none; of several attempts there is the last. Loop's thread.
 */
#ifndef SHOW_JOBLOG_H
#define SHOW_JOBLOG_H

#include "flow/flow.h"

struct joblog;
struct journal;

/* Writes the names of the columns. What is told goes to the journal. */
struct joblog *joblog_new(struct journal *journal);
void joblog_free(struct joblog *joblog);

/* For the flow. */
struct flow_watch joblog_watch(struct joblog *joblog);

#endif
