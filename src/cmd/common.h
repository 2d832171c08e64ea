/* SPDX-License-Identifier: MIT */
/*
 * common - options that every command has, and what they set up
 *
 * A command's own struct of options begins with struct common_options, so that
 * the shared tables fill it too.
 */
#ifndef CMD_COMMON_H
#define CMD_COMMON_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/args.h"
#include "flow/flow.h"

struct cmd_context;
struct err;
struct events;
struct gauge_bytes;
struct joblog;
struct journal;
struct loop;
struct progress;
struct summary;

struct common_options {
    uint64_t jobs; /* a row of the command's own: its default differs */
    bool ordered;
    bool quiet;
    bool verbose;
    int progress; /* enum common_when */
    int color;    /* enum common_when */
    const char *summary;
    const char *deadline;
    const char *max_errors;
    /* fetch and run-tasks */
    int format; /* enum common_format */
    uint64_t retries;
    int64_t retry_delay;
    int64_t retry_max_delay;
    const char *events;
    const char *joblog; /* a row of run-tasks' own */
};

enum common_when { COMMON_AUTO, COMMON_ALWAYS, COMMON_NEVER };
enum common_format { COMMON_FORMAT_AUTO, COMMON_JSON, COMMON_TEXT };

/* Rows of every command: --deadline --max-errors --summary --progress --color
 * -q -v. */
extern const struct args_option common_options[];

/* Rows of the commands that give a record for each unit: --format
 * --retry-delay --retry-max-delay --events (--retries is a row of their own).
 */
extern const struct args_option common_record_options[];

/* Everything a run has besides its flow. */
struct common_run {
    const struct cmd_context *context;
    const struct common_options *options;
    const char *command; /* its name */
    const char *unit;    /* what is counted: "tasks", "requests", "lines" */
    struct loop *loop;
    struct flow *flow;
    struct progress *progress;
    struct journal *events_file;
    struct events *events;
    struct journal *joblog_file;
    struct joblog *joblog;
    void (*print_running)(void *arg); /* after the figures, at SIGUSR1 */
    void *print_arg;
    /* As in struct progress_options. */
    void (*measure)(void *arg, struct gauge_bytes *bytes);
    void *measure_arg;
    bool units_are_items; /* so that the list's length is the total */
    bool text;            /* records as text */
    bool colored;         /* records with colours */
    bool terminal;        /* stdout is one */
    bool undrawn;         /* no progress: lines come at any time */
    int64_t started_ms;
    int64_t started_wall_ms;
    bool has_state;   /* so that units may have been completed before: */
    uint64_t skipped; /* so many */
};

/*
 * Check the shared options, set the log's level and colour, open the loop. 0,
 * or -1 with `err`; common_close is right in both cases.
 */
int common_open(struct common_run *run, const struct cmd_context *context,
                const struct common_options *options, struct err *err);

/*
 * Fill what the shared options say into `o` (loop, log, out, order, retry,
 * deadline, max_errors, on_status) and open the flow, run->flow, the files of
 * --events and --joblog, and the progress line. The command set source, worker,
 * report, work, limits, items.
 */
int common_open_flow(struct common_run *run, struct flow_options *o,
                     struct err *err);

/* Run the flow to its end, with the progress line. As flow_run. */
int common_run_flow(struct common_run *run, struct err *err);

/* Say and write how it went: a line on stderr if it failed or was watched, the
 * file of --summary. `counts` are the command's own figures. `err` is the
 * run's outcome, and gets worse if the summary cannot be written: the result
 * is the run's -1 or 0. */
struct common_count {
    const char *name;
    uint64_t value;
    bool rare; /* of no interest in a line if it is 0 */
};
int common_summarize(struct common_run *run, int outcome,
                     const struct common_count *counts, size_t count,
                     struct err *err);

/* As common_summarize, with the figures of the flow's tally before `counts`, at
 * most COMMON_COUNTS_MAX. */
enum { COMMON_COUNTS_MAX = 8 };
int common_summarize_units(struct common_run *run, int outcome,
                           const struct common_count *counts, size_t count,
                           struct err *err);

/* Close progress and flow, before the command closes what they use. */
void common_close_flow(struct common_run *run);

/* Close the rest. */
void common_close(struct common_run *run);

#endif
