/* SPDX-License-Identifier: MIT */
#include "work/exec_fault.h"

#include <stdio.h>

#include "base/err.h"
#include "work/coprocess.h"
#include "work/exec.h"

enum { WHAT = 110 };

static double timeout_s(const struct exec_fault *f)
{
    return (double)f->options->timeout_ms / 1000.0;
}

static void describe(const struct exec_fault *f, char *text, size_t size)
{
    char how[64];

    switch (f->ending) {
    case EXEC_OWN:
        coprocess_describe(f->process, how, sizeof how);
        snprintf(text, size, "%s%s before it answered",
                 f->process->how.signal ? "" : "ended with ", how);
        break;
    case EXEC_LATE:
        snprintf(text, size, "no answer within %.6g s%s", timeout_s(f),
                 f->fruitful ? ""
                             : "; does it flush each line? (stdbuf -oL, sed "
                               "-u, jq --unbuffered)");
        break;
    case EXEC_LIE:
        snprintf(text, size, "answered more lines than it was asked");
        break;
    case EXEC_LONG:
        snprintf(text, size, "answer of more than %zu bytes (--max-line)",
                 f->options->max_line);
        break;
    case EXEC_FULL:
        snprintf(text, size,
                 "answers to a block of more than %zu bytes (--max-output)",
                 f->options->max_output);
        break;
    case EXEC_SHUT:
        snprintf(text, size, "closed its pipe before it answered");
        break;
    }
}

/* One line of many: the whole command would be too much. */
static void name(const struct exec_fault *f, const char *what, char *text,
                 size_t size)
{
    snprintf(text, size, "exec: '%.40s': %s", f->options->command, what);
}

void exec_fault_explain(const struct exec_fault *f, char *text, size_t size)
{
    char what[WHAT];

    describe(f, what, sizeof what);
    name(f, what, text, size);
}

void exec_fault_suspect(const struct exec_fault *f, char *text, size_t size)
{
    name(f,
         "answered more lines than it was asked: this answer may be another's",
         text, size);
}

void exec_fault_barren(const struct exec_fault *f, int count, struct err *err)
{
    char what[WHAT];

    describe(f, what, sizeof what);
    err_set(err, ERR_UNITS,
            "exec: '%.60s': %d processes in a row gave no answer; the last "
            "one: %s%s",
            f->options->command, count, what,
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
