/* SPDX-License-Identifier: MIT */
/*
 * hash - keyed 64-bit hashes of bytes, and sets of them
 *
 * SipHash-1-3 (Aumasson and Bernstein 2012) under a random key for each set:
 * what comes from outside cannot choose its collisions. A set holds hashes,
 * not the bytes: of a million entries two are taken for one with a chance of
 * 3e-8. 8 to 16 bytes an entry. One owner.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct hash_key {
    uint64_t k0, k1;
};

struct hash_set {
    struct hash_key key;
    uint64_t *slots;
    size_t count;
    size_t size; /* a power of two, or 0 */
};

/* A random key. */
struct hash_key hash_key_new(void);

uint64_t hash_bytes(struct hash_key key, struct slice bytes);

void hash_set_init(struct hash_set *set);
void hash_set_release(struct hash_set *set);

/* Add the bytes; false if they were there. */
bool hash_set_add(struct hash_set *set, struct slice bytes);

#endif
