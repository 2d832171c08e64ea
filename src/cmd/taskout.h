/* SPDX-License-Identifier: MIT */
/*
 * taskout - what run-tasks does with what its tasks print
 *
 * What its options open: the directory of --results, the journals of
 * --line-buffer.
 */
#ifndef CMD_TASKOUT_H
#define CMD_TASKOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow.h"
#include "show/record.h"
#include "work/output.h"

struct common_run;
struct err;

struct taskout_options {
    uint64_t capture;
    const char *results;
    bool raw;
    bool line_buffer;
    bool tag;
};

struct taskout {
    enum output_raw raw;
    struct save *files;
    struct journal *journals[2];
};

/* 0, or -1 with `err` of kind ERR_USAGE. */
int taskout_check(const struct taskout_options *o, struct err *err);

/* Descriptors that one task needs for it at most, and each item besides. */
size_t taskout_task_fds(const struct taskout_options *o);
size_t taskout_item_fds(const struct taskout_options *o);

/*
 * Open what the options ask for and fill `output` for the worker; tell the run
 * how records are written. 0, or -1 with `err`; taskout_close is right in both
 * cases.
 */
int taskout_open(struct taskout *t, const struct taskout_options *o,
                 struct common_run *run, struct output_options *output,
                 struct err *err);
void taskout_close(struct taskout *t);

/* Fill what the flow and the record need: limits of buffers, the side sink,
 * journals, where the records go. */
void taskout_connect(const struct taskout *t, const struct taskout_options *o,
                     const struct common_run *run, struct flow_options *flow,
                     struct record *record);

#endif
