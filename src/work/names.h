/* SPDX-License-Identifier: MIT */
/*
 * names - which unit of a run writes to which name
 *
 * A set of keyed 64-bit hashes with the number of the unit that came first: 16
 * bytes a place, at most three in four of them used, and never the names
 * themselves. Of a million names two are taken for one with a chance of 3e-8.
 * One owner.
 */
#ifndef WORK_NAMES_H
#define WORK_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/slice.h"

struct names_entry {
    uint64_t hash; /* 0: free */
    uint64_t unit;
};

struct names {
    struct hash_key key;
    struct names_entry *entries;
    size_t count;
    size_t size; /* a power of two, or 0 */
};

void names_init(struct names *names);

/* Forget all; it can be used again. */
void names_release(struct names *names);

/*
 * Give `name` to `unit`. False if another unit has it: that is `*other`. The
 * same unit may ask again.
 */
bool names_claim(struct names *names, struct slice name, uint64_t unit,
                 uint64_t *other);

#endif
