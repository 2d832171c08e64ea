/* SPDX-License-Identifier: MIT */
/*
 * window - finished items wait here for their turn to leave
 *
 * A ring with a place for every item of the run. An item's turn is its number
 * in the list when ordered, else the count of the finished before it; that is
 * all the difference. Ordered, an item's number is never `capacity` or more
 * ahead of the turn, since the item whose turn it is holds one of the places.
 */
#ifndef FLOW_WINDOW_H
#define FLOW_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct item;

struct window {
    struct item **ring;
    size_t capacity;
    bool ordered;
    uint64_t parked_ever; /* the next turn to give, when unordered */
    uint64_t turn;        /* whose turn it is */
};

void window_init(struct window *w, size_t capacity, bool ordered);
void window_release(struct window *w);

/* Takes the item until window_admit returns it. */
void window_park(struct window *w, struct item *item);

/* The item whose turn it is, which the caller now owns; NULL when it is not
 * there yet. */
struct item *window_admit(struct window *w);

#endif
