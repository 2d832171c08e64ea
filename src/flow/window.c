/* SPDX-License-Identifier: MIT */
#include "flow/window.h"

#include <assert.h>

#include "base/mem.h"
#include "flow/item.h"

void window_init(struct window *w, size_t capacity, bool ordered)
{
    *w = (struct window){.capacity = capacity, .ordered = ordered};
    w->ring = mem_alloc_array(capacity, sizeof(struct item *));
}

void window_release(struct window *w)
{
    mem_free(w->ring);
    *w = (struct window){0};
}

void window_park(struct window *w, struct item *item)
{
    item->turn = w->ordered ? item->seq : w->parked_ever;
    w->parked_ever++;
    assert(item->turn - w->turn < w->capacity);
    assert(w->ring[item->turn % w->capacity] == NULL);
    w->ring[item->turn % w->capacity] = item;
}

struct item *window_admit(struct window *w)
{
    struct item **place = &w->ring[w->turn % w->capacity];
    struct item *item = *place;

    if (item == NULL)
        return NULL;
    *place = NULL;
    w->turn++;
    return item;
}
