/* SPDX-License-Identifier: MIT */
#include "show/account.h"

#include <errno.h>

#include "base/err.h"
#include "base/log.h"

enum { SHOWN = 20 };

static void say(struct account *a, const struct item *item,
                const struct transform_fault *fault)
{
    const uint64_t line = item->line > 0 ? fault->line : a->line + fault->line;

    if (a->hint == NULL && fault->hint != NULL) {
        a->hint = fault->hint;
        a->hint_origin = item->origin;
    }
    if (a->shown == SHOWN)
        return;
    a->shown++;
    if (fault->column > 0)
        log_error(a->log, "%s:%llu:%zu: invalid JSON: %s", item->origin,
                  (unsigned long long)line, fault->column, fault->reason);
    else
        log_error(a->log, "%s:%llu: %s", item->origin, (unsigned long long)line,
                  fault->reason);
}

static void fail_with(struct account *a, const struct err *err)
{
    a->failed = true;
    flow_fail(a->flow, err);
}

static void fail(struct account *a)
{
    struct err err;

    err_set(&err, ERR_UNITS,
            "stopped at the first rejected line (--on-error "
            "fail)");
    fail_with(a, &err);
}

static void halt(struct account *a, int status)
{
    struct err err;

    err_set(&err, ERR_STATUS, "%s", "");
    err.sys = status;
    fail_with(a, &err);
}

/* The file cannot be read on: what was read behind it does not count, as if a
 * single reader had stopped there. */
static void pass_over(struct account *a, const struct item *item, int error)
{
    struct err err;

    a->passing_over = true;
    errno = error;
    if (error == RANGE_CHANGED)
        err_set(&err, ERR_INPUT, "%s: changed while it was read", item->origin);
    else
        err_sys(&err, ERR_INPUT, "%s", item->origin);
    a->on_fault(a->arg, &err);
}

/* Whether the lines of a range do not follow on those of the one before: the
 * file was written to in between, and what was lost nobody knows. */
static bool is_torn(struct account *a, const struct item *item)
{
    const struct range *r = &item->range;
    const off_t before = item->line > 0 ? r->begin : a->range_end;
    const bool none = r->begin == r->to;
    bool torn = !none && before != 0 && r->begin != before;

    if (r->to == 0) /* it is no range */
        return false;
    if (none) /* then a line reaches beyond all of it */
        torn = before != 0 && before < r->to;
    else
        a->range_end = r->end;
    /* What is behind the last one begins with a line. */
    return torn || (r->last && a->range_end != 0 && a->range_end != r->to);
}

/* What the program said and what is wrong with the lines, as it came. */
static void tell(struct account *a, const struct item *item,
                 const struct transform_block *b)
{
    const bool names =
        a->policy == TRANSFORM_REPORT || a->policy == TRANSFORM_FAIL;
    const char *said = b->said.data;
    size_t at = 0;

    for (size_t i = 0; names && i < b->fault_count; i++) {
        log_text(a->log, slice_of(said + at, b->faults[i].said - at));
        at = b->faults[i].said;
        say(a, item, &b->faults[i]);
    }
    log_text(a->log, slice_of(said + at, b->said.len - at));
}

static void finish(void *self, struct item *item, struct flow_tally *tally)
{
    struct account *a = self;
    const struct transform_block *b = item->work;

    if (item->line > 0) {
        a->line = item->line - 1;
        a->passing_over = false;
    }
    if (!a->passing_over && is_torn(a, item))
        pass_over(a, item, RANGE_CHANGED);
    if (a->failed || a->passing_over) {
        buf_clear(&item->out);
        return;
    }
    a->lines_ok += b->ok;
    a->lines_rejected += b->rejected;
    a->lines_blank += b->blank;
    a->bytes_in += b->bytes;
    tally->completed += b->ok;
    tally->failed += b->rejected;
    if (b->last != TRANSFORM_NO_OUTPUT)
        a->last = b->last;
    tell(a, item, b);
    a->line += b->ok + b->rejected + b->blank;
    if (b->read_error != 0)
        pass_over(a, item, b->read_error);
    if (a->policy == TRANSFORM_FAIL && b->rejected > 0)
        fail(a);
    else if (b->halted)
        halt(a, b->halt_status);
    else if (b->failed != NULL)
        fail_with(a, b->failed);
}

struct flow_report account_report(struct account *account)
{
    return (struct flow_report){.self = account, .finish = finish};
}

void account_end(const struct account *a)
{
    if (a->shown == SHOWN && a->lines_rejected > SHOWN)
        log_error(a->log, "%llu more lines rejected",
                  (unsigned long long)(a->lines_rejected - SHOWN));
    if (a->hint != NULL)
        log_error(a->log, "stream-jsonl: %s %s", a->hint_origin, a->hint);
}
