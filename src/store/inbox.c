/* SPDX-License-Identifier: MIT */
#include "store/inbox.h"

#include <assert.h>

#include "base/err.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/loop.h"

/* In a queue they come after all of the list that have their priority. */
#define FIRST_NUMBER (UINT64_C(1) << 40)

struct letter {
    struct list link;
    char *text;
    size_t len;
};

struct inbox {
    struct inbox_options o;
    struct flow_source list;
    struct list letters;
    uint64_t added;
    uint64_t under_way; /* given, and not ended */
    bool list_ended;
    bool closed;
};

struct inbox *inbox_new(const struct inbox_options *options)
{
    struct inbox *inbox = mem_alloc(sizeof *inbox);

    inbox->o = *options;
    list_init(&inbox->letters);
    return inbox;
}

static void free_letter(struct letter *letter)
{
    mem_free(letter->text);
    mem_free(letter);
}

void inbox_free(struct inbox *inbox)
{
    struct list *link;

    if (inbox == NULL)
        return;
    while ((link = list_pop(&inbox->letters)) != NULL)
        free_letter(LIST_ITEM(link, struct letter, link));
    mem_free(inbox);
}

void inbox_add(struct inbox *inbox, struct slice line)
{
    struct letter *letter = mem_alloc(sizeof *letter);

    letter->text = mem_copy_text(line.ptr, line.len);
    letter->len = line.len;
    list_push(&inbox->letters, &letter->link);
    loop_again(inbox->o.loop);
}

/* One that cannot be read, since this run has no such pool for example, is left
 * in the state. */
static bool take(struct inbox *inbox, struct item *item)
{
    struct list *link = list_pop(&inbox->letters);
    struct letter *letter = LIST_ITEM(link, struct letter, link);
    struct err err = {.kind = ERR_NONE};
    size_t column = 0;
    int failed;

    buf_clear(&item->in);
    buf_add(&item->in, letter->text, letter->len);
    free_letter(letter);
    item->origin = "<ctl>";
    item->line = 1;
    item->lines = 1;
    item->number = FIRST_NUMBER + inbox->added++;
    failed = inbox->o.parse(inbox->o.arg, item, &column, &err);
    item->known.submitted = true;
    if (failed)
        log_error(inbox->o.log, "a task that was submitted is left: %s",
                  err.text);
    return !failed;
}

static enum flow_got end(struct inbox *inbox, enum flow_got got)
{
    inbox->list_ended = true;
    if (got == FLOW_END && inbox->under_way > 0 && !inbox->closed)
        return FLOW_LATER;
    inbox->closed = true;
    return got;
}

static enum flow_got fill(void *self, struct item *item, struct err *err)
{
    struct inbox *inbox = self;
    enum flow_got got = FLOW_END;

    while (!inbox->closed && !list_empty(&inbox->letters)) {
        if (!take(inbox, item))
            continue;
        inbox->under_way++;
        return FLOW_FILLED;
    }
    if (!inbox->list_ended)
        got = inbox->list.fill(inbox->list.self, item, err);
    if (got == FLOW_FILLED)
        inbox->under_way++;
    return got == FLOW_END || got == FLOW_FAULT ? end(inbox, got) : got;
}

static void stop(void *self)
{
    struct inbox *inbox = self;

    inbox->closed = true;
    if (inbox->list.stop != NULL)
        inbox->list.stop(inbox->list.self);
    else
        inbox->list_ended = true;
}

static void ended(void *self, const struct item *item)
{
    struct inbox *inbox = self;

    assert(inbox->under_way > 0);
    inbox->under_way--;
    if (inbox->list.ended != NULL)
        inbox->list.ended(inbox->list.self, item);
}

struct flow_source inbox_source(struct inbox *inbox, struct flow_source list)
{
    inbox->list = list;
    return (struct flow_source){
        .self = inbox, .fill = fill, .stop = stop, .ended = ended};
}

void inbox_hold(struct inbox *inbox)
{
    inbox->under_way++;
}

void inbox_release(struct inbox *inbox)
{
    assert(inbox->under_way > 0);
    inbox->under_way--;
    loop_again(inbox->o.loop);
}

bool inbox_list_ended(const struct inbox *inbox)
{
    return inbox->list_ended;
}

bool inbox_closed(const struct inbox *inbox)
{
    return inbox->closed;
}
