/* SPDX-License-Identifier: MIT */
#include "cmd/taskout.h"

#include <errno.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/common.h"
#include "flow/journal.h"
#include "work/outcome.h"
#include "work/save.h"
#include "work/task.h"

enum { CAPTURE_MAX = 1 << 30 };

size_t taskout_task_fds(const struct taskout_options *o)
{
    return o->results != NULL ? 2 : 0;
}

size_t taskout_item_fds(const struct taskout_options *o)
{
    return o->raw || o->tag ? 2 : 0;
}

int taskout_check(const struct taskout_options *o, struct err *err)
{
    if (o->capture > CAPTURE_MAX)
        return err_set(err, ERR_USAGE, "--capture: at most 1G");
    return 0;
}

/* What is about lines is about raw output. */
static enum output_raw raw_of(const struct taskout_options *o)
{
    if (o->line_buffer)
        return OUTPUT_LINES;
    return o->raw || o->tag ? OUTPUT_WHOLE : OUTPUT_NOT_RAW;
}

/* Records take the place of messages then: stderr has to be there. */
static int prepare_stderr(struct common_run *run, struct err *err)
{
    if (run->context->closed & 1u << STDERR_FILENO) {
        errno = EBADF;
        return err_sys(err, ERR_OUTPUT, "stderr");
    }
    run->text = run->options->format != COMMON_JSON;
    run->colored = run->context->log->colored;
    run->terminal = run->context->log->terminal;
    return 0;
}

int taskout_open(struct taskout *t, const struct taskout_options *o,
                 struct common_run *run, struct output_options *output,
                 struct err *err)
{
    t->raw = raw_of(o);
    if (t->raw != OUTPUT_NOT_RAW && prepare_stderr(run, err) < 0)
        return -1;
    if (t->raw == OUTPUT_LINES) {
        t->journals[0] = journal_new(run->loop, STDOUT_FILENO, "stdout");
        t->journals[1] = journal_new(run->loop, STDERR_FILENO, "stderr");
        run->undrawn = true;
    }
    if (o->results != NULL) {
        t->files = save_open(o->results, true, err);
        if (t->files == NULL)
            return -1;
    }
    *output =
        (struct output_options){.loop = run->loop,
                                .capture = (size_t)o->capture,
                                .files = t->files,
                                .raw = t->raw,
                                .tag = o->tag,
                                .directory = run->context->tmpdir,
                                .journals = {t->journals[0], t->journals[1]}};
    return 0;
}

void taskout_close(struct taskout *t)
{
    journal_close(t->journals[0]);
    journal_close(t->journals[1]);
    save_close(t->files);
}

void taskout_connect(const struct taskout *t, const struct taskout_options *o,
                     const struct common_run *run, struct flow_options *flow,
                     struct record *record)
{
    const size_t record_most =
        outcome_bytes((size_t)o->capture) + (size_t)8 * TASK_LINE_MAX;

    *record = (struct record){
        .text = run->text, .colored = run->colored, .terminal = run->terminal};
    flow->limits.result = outcome_bytes((size_t)o->capture);
    flow->limits.out = record_most;
    if (t->raw == OUTPUT_NOT_RAW)
        return;
    record->raw = true;
    record->quiet = run->options->quiet;
    record->journal = t->journals[1];
    flow->journals[0] = t->journals[0];
    flow->journals[1] = t->journals[1];
    if (t->raw == OUTPUT_LINES)
        return;
    record->side = true;
    flow->limits.side = SPOOL_MEMORY + record_most;
    flow->side = STDERR_FILENO;
    flow->side_name = "stderr";
}
