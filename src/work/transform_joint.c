/* SPDX-License-Identifier: MIT */
/* A block between this stage and the next one. */
#include "work/transform.h"

#include <string.h>

#include "work/transform_core.h"

void transform_take_lines(struct item *item, struct buf *lines)
{
    const struct buf out = item->out;

    item->out.data = lines->data;
    item->out.cap = lines->cap;
    item->out.len = 0;
    lines->data = out.data;
    lines->cap = out.cap;
    lines->len = out.len;
}

/* The lines before this one that were rejected early, in their places. */
static void catch_up(struct block *b, uint64_t number)
{
    struct joint *j = &b->joint;
    const struct early *early = transform_early(b);

    if (j->failed)
        return;
    for (; j->early_at < transform_early_count(b); j->early_at++) {
        const struct early *e = &early[j->early_at];

        if (e->number >= number)
            break;
        transform_write(&b->item->out, slice_of(j->wraps.data + j->wraps_at,
                                                e->wraps_end - j->wraps_at));
        j->wraps_at = e->wraps_end;
        if (e->line.ptr != NULL)
            transform_keep_line(b, e->line);
    }
}

/* The next stage is at this line; whether that one is not rejected yet. */
static bool enter_line(struct block *b, uint64_t number)
{
    struct joint *j = &b->joint;

    if (number == j->number)
        return !j->lost;
    catch_up(b, number);
    j->number = number;
    j->out_at = b->item->out.len;
    /* It may have failed after its first outputs. */
    j->lost = j->early_at < transform_early_count(b) &&
              transform_early(b)[j->early_at].number == number;
    if (j->failed && !j->lost) {
        j->lost = true;
        b->result.ok--;
    }
    return !j->lost;
}

/* A line as it came. Asked for in order, so all of a block cost one walk. */
static struct slice source_line(struct block *b, uint64_t number)
{
    const struct slice in = buf_slice(&b->item->in);
    struct joint *j = &b->joint;
    const char *newline;

    for (;;) {
        size_t left = in.len - j->source_at;

        newline = left ? memchr(in.ptr + j->source_at, '\n', left) : NULL;
        if (newline == NULL || j->source_number >= number)
            break;
        j->source_at = (size_t)(newline - in.ptr) + 1;
        j->source_number++;
    }
    return slice_of(in.ptr + j->source_at,
                    newline ? (size_t)(newline - in.ptr) - j->source_at
                            : in.len - j->source_at);
}

void transform_put(struct item *item, uint64_t number, struct slice answer)
{
    struct block *b = item->work;

    if (enter_line(b, number))
        transform_write(&item->out, answer);
}

bool transform_reject(struct item *item, const struct transform_rejection *r)
{
    struct block *b = item->work;
    const struct transform_options *o = &b->transform->o;
    struct transform_rejection full = *r;

    if (!enter_line(b, r->number))
        return !b->joint.failed;
    item->out.len = b->joint.out_at;
    b->joint.lost = true;
    b->joint.failed = o->policy == TRANSFORM_FAIL;
    b->result.ok--;
    b->result.rejected++;
    full.line = source_line(b, r->number);
    if (!r->silent)
        transform_note_fault(b, &full, NULL);
    if (o->policy == TRANSFORM_WRAP)
        transform_wrap(&item->out, &full);
    if (o->rejects)
        transform_keep_line(b, full.line);
    return !b->joint.failed;
}

void transform_finish(struct item *item)
{
    struct block *b = item->work;

    catch_up(b, UINT64_MAX);
    /* What failed in the first stage came later than what failed here. */
    if (b->joint.failed) {
        b->result.rejected = 1;
        if (b->result.fault_count > 1)
            b->result.fault_count = 1;
    }
    flow_finish(b->transform->flow, item);
}
