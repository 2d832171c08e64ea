/* SPDX-License-Identifier: MIT */
#include "work/exec_fault.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "work/coprocess.h"
#include "work/exec.h"

static double timeout_s(const struct exec_fault *f)
{
    return (double)f->options->timeout_ms / 1000.0;
}

void exec_fault_explain(const struct exec_fault *f, char *text, size_t size)
{
    char how[64];

    switch (f->ending) {
    case EXEC_OWN:
        coprocess_describe(f->process, how, sizeof how);
        snprintf(text, size, "exec: %s%s before it answered",
                 f->process->how.signal ? "" : "ended with ", how);
        break;
    case EXEC_LATE:
        snprintf(text, size, "exec: no answer within %.6g s%s", timeout_s(f),
                 f->fruitful ? ""
                             : "; does it flush each line? (stdbuf -oL, sed "
                               "-u, jq --unbuffered)");
        break;
    case EXEC_LIE:
        snprintf(text, size, "exec: answered more lines than it was asked");
        break;
    case EXEC_LONG:
        snprintf(text, size, "exec: answer of more than %zu bytes (--max-line)",
                 f->options->max_line);
        break;
    case EXEC_FULL:
        snprintf(text, size,
                 "exec: answers to a block of more than %zu bytes "
                 "(--max-output)",
                 f->options->max_output);
        break;
    case EXEC_SHUT:
        snprintf(text, size, "exec: closed its pipe before it answered");
        break;
    }
}

void exec_fault_barren(const struct exec_fault *f, int count,
                       const char *reason, struct err *err)
{
    err_set(err, ERR_UNITS,
            "exec: '%.60s': %d processes in a row gave no answer; the last "
            "one: %s%s",
            f->options->command, count, reason + strlen("exec: "),
            f->ending == EXEC_LATE
                ? "; others are grep --line-buffered, python3 -u"
                : "");
}

void exec_fault_not_found(const struct exec_fault *f, struct err *err)
{
    err_set(err, ERR_USAGE,
            "exec: '%.60s': sh cannot find or run it (exit status %d)",
            f->options->command, f->process->how.code);
}

void exec_fault_too_late(const struct exec_fault *f, const struct exec_block *b,
                         struct err *err)
{
    err_set(err, ERR_UNITS,
            "exec: '%.60s' answered more lines than it was asked, noticed "
            "after %s:%llu: its answers up to there may be wrong",
            f->options->command, b->origin, (unsigned long long)b->number);
}

void exec_fault_bad_end(const struct exec_fault *f, struct err *err)
{
    char how[64];

    coprocess_describe(f->process, how, sizeof how);
    err_set(err, ERR_UNITS, "exec: '%.60s' at the end of its input: %s",
            f->options->command, how);
}

void exec_fault_no_end(const struct exec_fault *f, struct err *err)
{
    err_set(err, ERR_UNITS,
            "exec: '%.60s' did not end within %.6g s of the end of its input",
            f->options->command, timeout_s(f));
}
