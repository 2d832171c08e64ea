/* SPDX-License-Identifier: MIT */
#include "cmd/common.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "cmd/cmd.h"
#include "flow/journal.h"
#include "io/loop.h"
#include "show/events.h"
#include "show/joblog.h"
#include "show/progress.h"
#include "show/summary.h"

static int parse_max_errors(const char *text, struct flow_options *o,
                            struct err *err)
{
    size_t len = text ? strlen(text) : 0;
    bool percent = len > 1 && text[len - 1] == '%';
    uint64_t n;

    o->max_errors = UINT64_MAX;
    if (text == NULL)
        return 0;
    if (num_count(slice_of(text, len - percent), &n, err) < 0 ||
        (percent && n > 100))
        return err_set(err, ERR_USAGE,
                       "--max-errors: '%s' is neither a count nor N%%", text);
    if (percent && n > 0) /* a share of 0 would mean never */
        o->max_error_share = (double)n / 100.0;
    else
        o->max_errors = n;
    return 0;
}

/* HH:MM, each one or two digits. */
static bool parse_time_of_day(const char *text, uint64_t *hour,
                              uint64_t *minute)
{
    const char *colon = strchr(text, ':');
    struct err ignored;

    if (colon == NULL || colon - text > 2 || strlen(colon + 1) != 2)
        return false;
    return num_count(slice_of(text, (size_t)(colon - text)), hour, &ignored) ==
               0 &&
           num_count(slice_text(colon + 1), minute, &ignored) == 0 &&
           *hour < 24 && *minute < 60;
}

static int parse_deadline(const char *text, int64_t *ms, struct err *err)
{
    uint64_t hour, minute;

    *ms = 0;
    if (text == NULL)
        return 0;
    if (parse_time_of_day(text, &hour, &minute)) {
        *ms = clock_until((int)hour, (int)minute);
        return 0;
    }
    if (num_duration(slice_text(text), ms, err) < 0)
        return err_set(err, ERR_USAGE,
                       "--deadline: '%s' is neither a duration (90s, 2h) nor "
                       "a time of day (HH:MM)",
                       text);
    return 0;
}

/* Is it wanted, if `able` says whether it makes sense by itself? */
static bool wanted(int when, bool able)
{
    return when == COMMON_ALWAYS || (when == COMMON_AUTO && able);
}

int common_open(struct common_run *run, const struct cmd_context *context,
                const struct common_options *options, struct err *err)
{
    struct flow_options checked;
    int64_t deadline_ms;
    bool out_terminal = isatty(STDOUT_FILENO) == 1;

    run->context = context;
    run->options = options;
    run->started_ms = clock_now_ms();
    run->started_wall_ms = clock_wall_ms();
    if (options->quiet)
        context->log->level = LOG_QUIET;
    if (options->verbose)
        context->log->level = LOG_VERBOSE;
    context->log->colored =
        wanted(options->color,
               context->log->terminal && !context->no_color && !context->dumb);
    run->text = options->format == COMMON_TEXT ||
                (options->format == COMMON_FORMAT_AUTO && out_terminal);
    run->terminal = out_terminal;
    run->colored = wanted(options->color,
                          out_terminal && !context->no_color && !context->dumb);
    if (parse_max_errors(options->max_errors, &checked, err) < 0 ||
        parse_deadline(options->deadline, &deadline_ms, err) < 0)
        return -1;
    if (context->closed & 1u << STDOUT_FILENO) {
        errno = EBADF;
        return err_sys(err, ERR_OUTPUT, "stdout");
    }
    run->loop = loop_open();
    if (run->loop == NULL)
        return err_sys(err, ERR_BUG, "cannot make an event loop");
    return 0;
}

/* A file that is written as the run goes; "-" would mix with the results. */
static int open_journal(const struct common_run *run, const char *option,
                        const char *path, struct journal **journal,
                        struct err *err)
{
    if (strcmp(path, "-") == 0)
        return err_set(err, ERR_USAGE, "%s -: stdout has the results", option);
    *journal = journal_open(run->loop, path, err);
    return *journal == NULL ? -1 : 0;
}

/* Who is told of every change of every unit. */
static int open_watches(struct common_run *run, struct flow_options *o,
                        struct err *err)
{
    const struct common_options *options = run->options;
    struct journal **journal = o->journals;

    while (*journal != NULL)
        journal++;
    if (options->events != NULL) {
        if (open_journal(run, "--events", options->events, &run->events_file,
                         err) < 0)
            return -1;
        run->events = events_new(run->events_file);
        flow_add_watch(o, events_watch(run->events));
        *journal++ = run->events_file;
    }
    if (options->joblog != NULL) {
        if (open_journal(run, "--joblog", options->joblog, &run->joblog_file,
                         err) < 0)
            return -1;
        run->joblog = joblog_new(run->joblog_file);
        flow_add_watch(o, joblog_watch(run->joblog));
        *journal++ = run->joblog_file;
    }
    return 0;
}

static void close_watches(struct common_run *run)
{
    events_free(run->events);
    joblog_free(run->joblog);
    journal_close(run->events_file);
    journal_close(run->joblog_file);
}

static void on_status(void *arg)
{
    struct common_run *run = arg;

    progress_print(run->progress);
    if (run->print_running != NULL)
        run->print_running(run->print_arg);
}

int common_open_flow(struct common_run *run, struct flow_options *o,
                     struct err *err)
{
    const struct common_options *options = run->options;
    struct progress_options p = {
        .loop = run->loop, .log = run->context->log, .unit = run->unit};

    o->loop = run->loop;
    o->log = run->context->log;
    if (o->out_name == NULL) {
        o->out = STDOUT_FILENO;
        o->out_name = "stdout";
    }
    o->one_terminal =
        o->log->terminal && (isatty(o->out) == 1 || o->side == STDERR_FILENO);
    o->ordered = options->ordered;
    o->retry = (struct retry_policy){
        .retries =
            options->retries > 1000000 ? 1000000 : (unsigned)options->retries,
        .base_ms = options->retry_delay,
        .cap_ms = options->retry_max_delay};
    if (parse_max_errors(options->max_errors, o, err) < 0 ||
        parse_deadline(options->deadline, &o->deadline_ms, err) < 0 ||
        open_watches(run, o, err) < 0)
        return -1;
    o->on_status = on_status;
    o->on_status_arg = run;
    run->flow = flow_open(o);
    p.flow = run->flow;
    p.drawn = !run->undrawn && wanted(options->progress,
                                      o->log->terminal && !run->context->dumb &&
                                          !options->quiet);
    p.total_known = run->units_are_items;
    p.measure = run->measure;
    p.measure_arg = run->measure_arg;
    run->progress = progress_open(&p);
    return 0;
}

static int finish_journal(struct journal *journal, struct err *err)
{
    return journal != NULL ? journal_finish(journal, err) : 0;
}

int common_run_flow(struct common_run *run, struct err *err)
{
    int outcome = flow_run(run->flow, err);

    progress_end(run->progress);
    /* What is lost at the close counts as what is lost before. */
    if ((outcome == 0 || err->kind == ERR_UNITS) &&
        (finish_journal(run->events_file, err) < 0 ||
         finish_journal(run->joblog_file, err) < 0))
        outcome = -1;
    return outcome;
}

int common_summarize(struct common_run *run, int outcome,
                     const struct common_count *counts, size_t count,
                     struct err *err)
{
    struct log *log = run->context->log;
    struct summary *s;
    struct err failed;

    if (run->flow == NULL)
        return outcome; /* nothing was run */
    s = summary_new(run->command, run->started_wall_ms,
                    clock_now_ms() - run->started_ms);
    for (size_t i = 0; i < count; i++)
        (counts[i].rare ? summary_add_rare : summary_add)(s, counts[i].name,
                                                          counts[i].value);
    if (log->level >= LOG_NORMAL &&
        ((outcome < 0 && err->sys != EPIPE && err->kind != ERR_STATUS) ||
         progress_was_drawn(run->progress)))
        summary_say(s, log);
    if (run->options->summary != NULL &&
        summary_write(s, run->options->summary, outcome < 0 ? err->text : "",
                      outcome < 0 ? cmd_exit_status(err) : 0, &failed) < 0) {
        if (outcome < 0 && err->text[0] != '\0')
            log_error(log, "%s: %s", run->command, err->text);
        *err = failed;
        outcome = -1;
    }
    summary_free(s);
    return outcome;
}

int common_summarize_units(struct common_run *run, int outcome,
                           const struct common_count *counts, size_t count,
                           struct err *err)
{
    const struct flow_tally none = {0};
    const struct flow_tally *t = run->flow ? flow_tally(run->flow) : &none;
    struct common_count all[6 + COMMON_COUNTS_MAX] = {
        {.name = run->unit, .value = t->completed + t->failed + t->cancelled},
        {.name = "completed", .value = t->completed},
        {.name = "failed", .value = t->failed},
        {.name = "cancelled", .value = t->cancelled},
        {.name = "retried", .value = t->retried},
        {.name = "skipped", .value = run->skipped},
    };
    const size_t before = run->has_state ? 6 : 5;

    assert(count <= COMMON_COUNTS_MAX);
    for (size_t i = 0; i < count; i++)
        all[before + i] = counts[i];
    return common_summarize(run, outcome, all, before + count, err);
}

void common_close_flow(struct common_run *run)
{
    progress_close(run->progress);
    flow_close(run->flow);
    close_watches(run);
    run->progress = NULL;
    run->flow = NULL;
}

void common_close(struct common_run *run)
{
    loop_close(run->loop);
}

static const char *const when_choices[] = {"auto", "always", "never", NULL};
static const char *const format_choices[] = {"auto", "json", "text", NULL};

#define PLACE(member) offsetof(struct common_options, member)

const struct args_option common_options[] = {
    {.name = "deadline",
     .value = "D|HH:MM",
     .help = "stop the run then; what is left is cancelled",
     .type = ARGS_TEXT,
     .place = PLACE(deadline)},
    {.name = "max-errors",
     .value = "N|P%",
     .help = "stop the run once more than that failed",
     .type = ARGS_TEXT,
     .place = PLACE(max_errors)},
    {.name = "summary",
     .value = "FILE",
     .help = "write a JSON summary of the run",
     .type = ARGS_TEXT,
     .place = PLACE(summary)},
    {.name = "progress",
     .value = "WHEN",
     .help = "progress on stderr: auto, always, never",
     .fallback = "auto",
     .type = ARGS_CHOICE,
     .place = PLACE(progress),
     .choices = when_choices},
    {.name = "color",
     .value = "WHEN",
     .help = "colours: auto, always, never",
     .fallback = "auto",
     .type = ARGS_CHOICE,
     .place = PLACE(color),
     .choices = when_choices},
    {.letter = 'q',
     .name = "quiet",
     .help = "no summary, no progress, only errors",
     .type = ARGS_FLAG,
     .place = PLACE(quiet)},
    {.letter = 'v',
     .name = "verbose",
     .help = "say what is opened, used again and closed",
     .type = ARGS_FLAG,
     .place = PLACE(verbose)},
    {0},
};

const struct args_option common_record_options[] = {
    {.name = "ordered",
     .help = "results in the order of the list",
     .type = ARGS_FLAG,
     .place = PLACE(ordered)},
    {.name = "unordered",
     .help = "results as they finish (the default)",
     .type = ARGS_UNSET,
     .place = PLACE(ordered)},
    {.name = "format",
     .value = "FORMAT",
     .help = "json, text, or auto: text on a terminal",
     .fallback = "auto",
     .type = ARGS_CHOICE,
     .place = PLACE(format),
     .choices = format_choices},
    {.name = "retry-delay",
     .value = "D",
     .help = "base of the backoff between attempts",
     .fallback = "1s",
     .type = ARGS_DURATION,
     .place = PLACE(retry_delay)},
    {.name = "retry-max-delay",
     .value = "D",
     .help = "the longest wait between attempts",
     .fallback = "60s",
     .type = ARGS_DURATION,
     .place = PLACE(retry_max_delay)},
    {.name = "events",
     .value = "FILE",
     .help = "write every change of state, as it happens, as JSON Lines",
     .type = ARGS_TEXT,
     .place = PLACE(events)},
    {0},
};
