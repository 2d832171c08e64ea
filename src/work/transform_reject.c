/* SPDX-License-Identifier: MIT */
/* Lines that are rejected: noted, wrapped in their place, kept as they came. */
#include "work/transform.h"

#include <assert.h>
#include <stdio.h>

#include "work/guess.h"
#include "work/transform_core.h"
#include "json/quote.h"

void transform_wrap(struct buf *out, const struct transform_rejection *r)
{
    int failed = buf_printf(out, "{\"error\":\"%s\",\"line\":", r->error);

    failed |= quote_add(out, r->line) < 0;
    failed |=
        buf_printf(out, ",\"line_number\":%llu", (unsigned long long)r->number);
    if (r->column > 0)
        failed |= buf_printf(out, ",\"column\":%zu", r->column);
    transform_write(out, slice_text(",\"reason\":"));
    failed |= quote_add(out, slice_text(r->reason)) < 0;
    transform_write(out, slice_text("}\n"));
    assert(!failed);
}

void transform_note_fault(struct block *b, const struct transform_rejection *r,
                          const char *hint)
{
    struct transform_fault fault = {.line = r->number,
                                    .column = r->column,
                                    .hint = hint,
                                    .said = b->result.said.len};
    size_t i = b->result.fault_count;

    snprintf(fault.reason, sizeof fault.reason, "%s", r->reason);
    if (i == TRANSFORM_FAULTS && b->faults[i - 1].line < r->number)
        return;
    if (i < TRANSFORM_FAULTS)
        b->result.fault_count++;
    else
        i--;
    for (; i > 0 && b->faults[i - 1].line > r->number; i--)
        b->faults[i] = b->faults[i - 1];
    b->faults[i] = fault;
}

void transform_reject_line(struct block *b, const struct transform_rejection *r)
{
    const struct transform_options *o = &b->transform->o;
    struct early early = {.number = r->number};
    int failed = 0;

    transform_flush_run(b);
    transform_note_fault(b, r, b->item->line > 0 ? guess_hint(r) : NULL);
    b->result.rejected++;
    if (o->policy == TRANSFORM_WRAP)
        transform_wrap(o->next.take ? &b->joint.wraps : &b->item->out, r);
    if (o->next.take != NULL) {
        early.wraps_end = b->joint.wraps.len;
        failed = buf_add(&b->joint.early, &early, sizeof early);
    }
    assert(!failed);
}

struct early *transform_early(const struct block *b)
{
    return (struct early *)(void *)b->joint.early.data;
}

size_t transform_early_count(const struct block *b)
{
    return b->joint.early.len / sizeof(struct early);
}

void transform_keep_line(struct block *b, struct slice line)
{
    transform_write(&b->item->side, line);
    transform_write(&b->item->side, slice_of("\n", 1));
}

void transform_keep_rejected(struct block *b, struct slice line)
{
    if (!b->transform->o.rejects)
        return;
    if (b->transform->o.next.take != NULL)
        transform_early(b)[transform_early_count(b) - 1].line = line;
    else
        transform_keep_line(b, line);
}

void transform_reject_overlong(struct block *b, struct slice line,
                               uint64_t number)
{
    const size_t max = b->transform->o.max_line;
    char reason[80];

    snprintf(reason, sizeof reason, "line of more than %zu bytes (--max-line)",
             max);
    /* Its start tells which line it was; all of it would be too much. A block
     * may hold all of it or not, as it was read, so no more than is sure. */
    if (line.len > ITEM_OVERLONG_BYTES)
        line.len = ITEM_OVERLONG_BYTES;
    if (line.len > max)
        line.len = max;
    transform_reject_line(b,
                          &(struct transform_rejection){.line = line,
                                                        .number = number,
                                                        .column = max + 1,
                                                        .error = "Invalid JSON",
                                                        .reason = reason});
}

void transform_reject_by_filter(struct block *b, struct slice line,
                                uint64_t number, const char *reason)
{
    transform_reject_line(b,
                          &(struct transform_rejection){.line = line,
                                                        .number = number,
                                                        .error = "Filter error",
                                                        .reason = reason});
    transform_keep_rejected(b, line);
}
