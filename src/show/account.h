/* SPDX-License-Identifier: MIT */
/*
 * account - what became of every line of stream-jsonl
 *
 * Always true: lines_read = lines_ok + lines_rejected + lines_blank. Rejected
 * lines are named on stderr, in input order if the run is ordered, the first
 * ones in full, then counted. Loop's thread.
 */
#ifndef SHOW_ACCOUNT_H
#define SHOW_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "flow/flow.h"
#include "work/transform.h"

struct err;
struct log;

/* The caller's storage; log, policy, flow and on_fault set before the run. */
struct account {
    struct log *log;
    enum transform_policy policy;
    struct flow *flow;
    /* An input that cannot be read on, as in flow/blocks.h. */
    void (*on_fault)(void *arg, const struct err *err);
    void *arg;
    uint64_t lines_ok;
    uint64_t lines_rejected;
    uint64_t lines_blank;
    uint64_t bytes_in;
    uint64_t shown;
    const char *hint; /* what the first input that has one looks like */
    const char *hint_origin;
    uint64_t line;            /* of its file, that the last item ended with */
    off_t range_end;          /* where its last range ended; 0: not known */
    bool passing_over;        /* the rest of a file that cannot be read on */
    enum transform_last last; /* what the last output was */
    bool failed; /* by TRANSFORM_FAIL or by the program: what comes after it
                  * is not given out */
};

/* The flow's report. */
struct flow_report account_report(struct account *account);

/* After the run: say how many rejected lines were not named, and what the
 * input looks like if it is no JSON Lines. */
void account_end(const struct account *account);

#endif
