/* SPDX-License-Identifier: MIT */
/*
 * shape - where the members of an object are, as they were in the last one
 *
 * The objects of many lines have the same keys in the same order. A shape keeps
 * how these are spelt, and which of them are looked for; if a new object has
 * the same ones, which one pass tells, all that is looked for is found. It
 * learns from what it does not fit, the less often the more often it does not.
 * Zeroed, it knows nothing. One owner; no memory of its own.
 */
#ifndef JSON_SHAPE_H
#define JSON_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "json/place.h"

enum { SHAPE_KEYS_MAX = 16, SHAPE_MEMBERS_MAX = 32 };

/* The keys that are looked for; zeroed: none yet. */
struct shape_keys {
    uint32_t count;
    struct place_key key[SHAPE_KEYS_MAX];
};

/* A key as it is spelt, with its quotes: how far it is to the colon, and the
 * bytes at both ends, which together are all of them. */
struct shape_key {
    uint32_t width;
    uint64_t head;
    uint64_t tail;
};

struct shape {
    uint32_t count;  /* of members; 0: it fits no object */
    uint32_t pause;  /* so many objects it is not tried on */
    uint32_t pauses; /* and how many at the next that it does not fit */
    uint8_t member[SHAPE_KEYS_MAX]; /* that has the key; 0: none, else from 1 */
    struct shape_key key[SHAPE_MEMBERS_MAX];
    uint32_t value[SHAPE_MEMBERS_MAX + 1]; /* entries in the last object; of
                                            * member 0 it is 0 */
};

/* The key's number from 1, the same for the same text; 0: there are too many.
 * The text is borrowed. */
uint32_t shape_keys_add(struct shape_keys *keys, struct slice text);

/* Look at an object: whether shape_find may be asked about it. The keys are
 * always the same. */
bool shape_see(struct shape *shape, const struct shape_keys *keys,
               const struct place *object);

/* As place_member, for the key of this number. */
uint32_t shape_find(const struct shape *shape, uint32_t number);

#endif
