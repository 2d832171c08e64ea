/* SPDX-License-Identifier: MIT */
#include "store/resume.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "io/loop.h"
#include "store/identity.h"
#include "store/store.h"

/* So many are passed over before the loop may look at signals: a millisecond.
 */
enum { SKIPS_AT_ONCE = 1000 };

struct resume {
    struct resume_options o;
    struct flow_source list;
    struct identity *identity;
    uint64_t skipped;
};

enum verdict {
    RUN,
    SKIP,
    FAIL, /* it was interrupted */
};

/* What was started and did not end by itself may be half done. */
static bool is_interrupted(const struct store_task *task)
{
    if (task->status == ITEM_RUNNING)
        return true;
    if (task->status == ITEM_CANCELLED)
        return task->attempts > 0;
    return task->status == ITEM_FAILED && slice_is(task->kind, "interrupted");
}

static int note(void *arg, const struct store_task *task)
{
    struct resume *r = arg;
    const unsigned char *content = (const void *)task->content.ptr;
    struct identity_unit *unit =
        task->given ? identity_note_id(r->identity, task->key, task->row)
                    : identity_note_content(r->identity, content,
                                            task->occurrence, task->row);

    unit->content = identity_content(content);
    unit->stored |= !task->marked;
    unit->marked |= task->marked;
    unit->status = task->status;
    unit->attempts = task->attempts;
    unit->interrupted = is_interrupted(task);
    return 0;
}

struct resume *resume_open(const struct resume_options *options,
                           struct store *store, struct err *err)
{
    struct resume *r = mem_alloc(sizeof *r);

    r->o = *options;
    r->identity = identity_new();
    if (store == NULL || store_walk_briefly(store, note, r, err) == 0)
        return r;
    resume_close(r);
    return NULL;
}

void resume_close(struct resume *r)
{
    if (r == NULL)
        return;
    identity_free(r->identity);
    mem_free(r);
}

static void identify(struct resume *r, struct item *item)
{
    identity_begin(r->identity);
    r->o.describe(r->o.arg, item, r->identity);
    identity_end(r->identity, item->known.content);
}

static bool has_changed(const struct identity_unit *unit,
                        const struct item *item)
{
    return unit->attempts > 0 &&
           unit->content != identity_content(item->known.content);
}

static enum verdict judge_changed(const struct resume *r, const char **why)
{
    const bool runs = r->o.changed == RESUME_CHANGED_RUN;

    *why = runs ? "changed" : "completed, changed since";
    return runs ? RUN : SKIP;
}

static enum verdict judge_interrupted(const struct resume *r, const char **why)
{
    *why = "interrupted";
    switch (r->o.interrupted) {
    case RESUME_LEAVE: return SKIP;
    case RESUME_REPORT: return FAIL;
    case RESUME_AGAIN: break;
    }
    return RUN;
}

static enum verdict judge(const struct resume *r,
                          const struct identity_unit *unit,
                          const struct item *item, const char **why)
{
    const bool tried = unit->status != ITEM_PENDING;

    *why = tried ? item_status_name(unit->status) : "new";
    if (r->o.rerun == RESUME_ALL)
        return RUN;
    if (item->known.submitted && unit->status != ITEM_COMPLETED)
        return RUN;
    if (unit->status == ITEM_COMPLETED && has_changed(unit, item))
        return judge_changed(r, why);
    if (unit->status == ITEM_COMPLETED)
        return r->o.revisit ? RUN : SKIP;
    if (unit->interrupted)
        return judge_interrupted(r, why);
    return tried || r->o.rerun == RESUME_MISSING ? RUN : SKIP;
}

/* The unit of an item that was read, in its turn. */
static enum verdict meet(struct resume *r, struct item *item)
{
    struct identity_unit *unit;
    enum verdict verdict;
    const char *why;

    identify(r, item);
    unit = identity_meet(r->identity, item);
    verdict = judge(r, unit, item, &why);
    item->attempts = item->tried = unit->attempts;
    snprintf(item->brief, sizeof item->brief, "%s", why);
    return verdict;
}

/* Those that come after it may go on, as they might if it was not known. */
static void pass_over(struct resume *r, struct item *item)
{
    item->status = ITEM_COMPLETED;
    if (r->list.ended != NULL)
        r->list.ended(r->list.self, item);
    item_clear(item, r->o.keep);
    r->skipped++;
}

static enum flow_got give(struct resume *r, struct item *item,
                          enum verdict verdict)
{
    if (r->o.dry) {
        item->known.skipped = verdict != RUN;
        return FLOW_FILLED;
    }
    item->brief[0] = '\0';
    if (verdict == FAIL)
        item_fail(item, ITEM_FAILED, "interrupted",
                  "interrupted in an earlier run (--on-interrupted fail)");
    return FLOW_FILLED;
}

static enum flow_got fill(void *self, struct item *item, struct err *err)
{
    struct resume *r = self;

    for (int skips = 0; skips < SKIPS_AT_ONCE; skips++) {
        const enum flow_got got = r->list.fill(r->list.self, item, err);
        enum verdict verdict;

        if (got != FLOW_FILLED)
            return got;
        verdict = meet(r, item);
        if (verdict != SKIP || r->o.dry)
            return give(r, item, verdict);
        pass_over(r, item);
    }
    loop_again(r->o.loop);
    return FLOW_LATER;
}

static void stop(void *self)
{
    struct resume *r = self;

    if (r->list.stop != NULL)
        r->list.stop(r->list.self);
}

/* Only of those that are known by their ids anybody asks. */
static void note_end(const struct resume *r, const struct item *item)
{
    struct identity_unit *unit =
        item->known.given ? identity_find(r->identity, buf_slice(&item->id))
                          : NULL;

    if (unit != NULL)
        unit->status = item->status;
}

static void ended(void *self, const struct item *item)
{
    struct resume *r = self;

    note_end(r, item);
    if (r->list.ended != NULL)
        r->list.ended(r->list.self, item);
}

struct flow_source resume_source(struct resume *r, struct flow_source list)
{
    r->list = list;
    return (struct flow_source){.self = r,
                                .fill = fill,
                                .stop = list.stop != NULL ? stop : NULL,
                                .ended = ended};
}

int resume_check(struct resume *r, struct item *item, struct err *err)
{
    const struct identity_unit *unit;

    if (r->o.changed != RESUME_CHANGED_FAULT || !item->known.given ||
        r->o.rerun == RESUME_ALL)
        return 0;
    identify(r, item);
    unit = identity_find(r->identity, buf_slice(&item->id));
    if (unit == NULL || unit->status != ITEM_COMPLETED ||
        !has_changed(unit, item))
        return 0;
    return err_set(err, ERR_LIST,
                   "id \"%.*s\" was completed, and has changed since "
                   "(--on-change fail)",
                   (int)item->id.len, item->id.data);
}

int resume_adopt(struct resume *r, struct item *item, struct err *err)
{
    if (identity_find(r->identity, buf_slice(&item->id)) != NULL)
        return err_set(err, ERR_LIST, "there is a task \"%.*s\" already",
                       (int)item->id.len, item->id.data);
    identity_meet(r->identity, item);
    return 0;
}

void resume_adopted(struct resume *r, struct slice id)
{
    struct identity_unit *unit = identity_find(r->identity, id);

    assert(unit != NULL);
    unit->stored = true;
}

bool resume_skips(const struct item *item)
{
    return item->known.skipped;
}

bool resume_completed(const struct resume *r, struct slice id)
{
    const struct identity_unit *unit = identity_find(r->identity, id);

    return unit != NULL && unit->status == ITEM_COMPLETED;
}

uint64_t resume_next_row(const struct resume *r)
{
    return identity_next_row(r->identity);
}

uint64_t resume_skipped(const struct resume *r)
{
    return r->skipped;
}

uint64_t resume_unlisted(const struct resume *r)
{
    size_t count;
    const struct identity_unit *units = identity_units(r->identity, &count);
    uint64_t unlisted = 0;

    for (size_t i = 0; i < count; i++)
        unlisted += (units[i].stored || units[i].marked) && !units[i].met;
    return unlisted;
}
