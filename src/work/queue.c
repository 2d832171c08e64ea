/* SPDX-License-Identifier: MIT */
/*
 * A sorted list for each pool, and one for those in none: a pool that is full
 * is skipped as a whole, so that to take does not walk past its tasks. A list
 * and not a heap, since nearly all lists of tasks have one priority, and then
 * the place of a new entry is the end.
 */
#include "work/queue.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

struct lane {
    struct list waiting;
    size_t limit;
    size_t running;
};

struct queue {
    struct queue_options o;
    struct lane *lanes; /* lane 0: in no pool */
    size_t lane_count;
    size_t used_slots; /* more than there are, once there were more */
};

static struct queue_entry *entry_of(struct list *link)
{
    return LIST_ITEM(link, struct queue_entry, link);
}

static bool comes_before(const struct queue_entry *a,
                         const struct queue_entry *b)
{
    if (a->priority != b->priority)
        return a->priority > b->priority;
    if (a->chain != b->chain)
        return a->chain > b->chain;
    return a->seq < b->seq;
}

static size_t slots_of(const struct queue *queue,
                       const struct queue_entry *entry)
{
    return entry->slots < queue->o.slots ? entry->slots : queue->o.slots;
}

struct queue *queue_new(const struct queue_options *options)
{
    struct queue *queue = mem_alloc(sizeof *queue);

    assert(options->slots > 0);
    queue->o = *options;
    queue->lane_count = options->pool_count + 1;
    queue->lanes = mem_alloc_array(queue->lane_count, sizeof *queue->lanes);
    for (size_t i = 0; i < queue->lane_count; i++) {
        queue->lanes[i].limit = i > 0 ? options->pools[i - 1].limit : SIZE_MAX;
        list_init(&queue->lanes[i].waiting);
    }
    return queue;
}

void queue_free(struct queue *queue)
{
    if (queue == NULL)
        return;
    mem_free(queue->lanes);
    mem_free(queue);
}

size_t queue_find_pool(const struct queue *queue, const char *name)
{
    for (size_t i = queue->o.pool_count; i > 0; i--) {
        if (strcmp(queue->o.pools[i - 1].name, name) == 0)
            return i;
    }
    return QUEUE_NO_POOL;
}

void queue_set_slots(struct queue *queue, size_t slots)
{
    assert(slots > 0);
    queue->o.slots = slots;
}

void queue_add(struct queue *queue, struct queue_entry *entry)
{
    struct list *all = &queue->lanes[entry->pool].waiting, *after = all->prev;

    while (after != all && comes_before(entry, entry_of(after)))
        after = after->prev;
    list_push(after->next, &entry->link);
}

/* The one whose turn it is, whether or not there are slots for it. */
static struct queue_entry *find_first(struct queue *queue)
{
    struct queue_entry *first = NULL;

    for (size_t i = 0; i < queue->lane_count; i++) {
        struct lane *lane = &queue->lanes[i];
        struct queue_entry *head;

        if (list_empty(&lane->waiting) || lane->running >= lane->limit)
            continue;
        head = entry_of(lane->waiting.next);
        if (first == NULL || comes_before(head, first))
            first = head;
    }
    return first;
}

struct queue_entry *queue_take(struct queue *queue)
{
    struct queue_entry *entry;

    if (queue->used_slots >= queue->o.slots)
        return NULL;
    entry = find_first(queue);
    if (entry == NULL ||
        slots_of(queue, entry) > queue->o.slots - queue->used_slots)
        return NULL;
    list_remove(&entry->link);
    entry->taken = slots_of(queue, entry);
    queue->used_slots += entry->taken;
    queue->lanes[entry->pool].running++;
    return entry;
}

void queue_done(struct queue *queue, const struct queue_entry *entry)
{
    assert(queue->lanes[entry->pool].running > 0);
    queue->lanes[entry->pool].running--;
    assert(queue->used_slots >= entry->taken);
    queue->used_slots -= entry->taken;
}

struct queue_entry *queue_drop(struct queue *queue)
{
    for (size_t i = 0; i < queue->lane_count; i++) {
        struct list *link = list_pop(&queue->lanes[i].waiting);

        if (link != NULL)
            return entry_of(link);
    }
    return NULL;
}
