/* SPDX-License-Identifier: MIT */
/* What the files of val share: the stores of arrays and objects. */
#ifndef JQ_VAL_CORE_H
#define JQ_VAL_CORE_H

#include "base/hash.h"
#include "jq/val.h"

struct val_array {
    uint32_t count; /* in use, by whichever array is longest */
    uint32_t cap;
    uint64_t owner; /* see val_own */
    struct val *items;
};

struct val_member {
    struct slice key;
    struct val value;
};

struct val_slot {
    uint32_t hash;
    uint32_t member; /* and 1; 0: the slot is free */
};

/* Each key once. What one object has may be the beginning of another's. */
struct val_object {
    uint32_t count;
    uint32_t cap;
    uint64_t owner; /* see val_own */
    struct val_member *members;
    struct val_slot *slots; /* of all `count`, by hash; or NULL: too few */
    uint32_t slot_mask;
    struct hash_key key;
};

/* Change an element of an array that nobody else has seen. */
void val_set_own(struct val array, uint32_t i, struct val item);
/* Likewise a member that the object has; false: it has none. */
bool val_put_own(struct val object, struct slice key, struct val value);

/* Whoever makes a store may sign it, to know it again as one that nobody else
 * has: a number that nobody else signs with, from 1. */
void val_own(struct val v, uint64_t owner);
uint64_t val_owner(struct val v); /* 0: nobody */

struct val val_nowhere(void);
/* The container now that it has this part; or nowhere: that nests too deep. */
struct val val_around(struct arena *arena, struct val container,
                      struct val part);
struct place val_place(struct val v);
/* A lazy value's own bytes. */
struct slice val_bytes(struct val v);
/* A lazy object as a built one, its values as they are. */
struct val val_thaw(struct arena *arena, struct val object);

#endif
