/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* getrandom */

#include "base/hash.h"

#include <sys/random.h>

#include "base/clock.h"
#include "base/mem.h"

struct hash_key hash_key_new(void)
{
    struct hash_key key;

    /* Early at boot there may be no entropy: the clock must do then. */
    if (getrandom(&key, sizeof key, GRND_NONBLOCK) != (ssize_t)sizeof key)
        key = (struct hash_key){(uint64_t)clock_now_us(),
                                (uint64_t)clock_wall_ms()};
    return key;
}

static uint64_t rotate(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static uint64_t read_word(const char *p, size_t n)
{
    uint64_t word = 0;

    for (size_t i = 0; i < n; i++)
        word |= (uint64_t)(unsigned char)p[i] << (8 * i);
    return word;
}

static void absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

uint64_t hash_bytes(struct hash_key key, struct slice bytes)
{
    uint64_t v[4] = {key.k0 ^ 0x736f6d6570736575u, key.k1 ^ 0x646f72616e646f6du,
                     key.k0 ^ 0x6c7967656e657261u,
                     key.k1 ^ 0x7465646279746573u};
    size_t i;

    for (i = 0; i + 8 <= bytes.len; i += 8)
        absorb(v, read_word(bytes.ptr + i, 8));
    absorb(v,
           (uint64_t)bytes.len << 56 | read_word(bytes.ptr + i, bytes.len - i));
    v[2] ^= 0xff;
    for (i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void hash_set_init(struct hash_set *set)
{
    *set = (struct hash_set){.key = hash_key_new()};
}

void hash_set_release(struct hash_set *set)
{
    mem_free(set->slots);
    *set = (struct hash_set){.key = set->key};
}

/* The slot of `hash`, or the empty one where it belongs. */
static uint64_t *find_slot(const struct hash_set *set, uint64_t hash)
{
    size_t i = (size_t)hash & (set->size - 1);

    while (set->slots[i] != 0 && set->slots[i] != hash)
        i = (i + 1) & (set->size - 1);
    return &set->slots[i];
}

static void grow(struct hash_set *set)
{
    struct hash_set larger = *set;

    larger.size = set->size ? set->size * 2 : 64;
    larger.slots = mem_alloc_array(larger.size, sizeof *larger.slots);
    for (size_t i = 0; i < set->size; i++) {
        if (set->slots[i] != 0)
            *find_slot(&larger, set->slots[i]) = set->slots[i];
    }
    mem_free(set->slots);
    *set = larger;
}

bool hash_set_add(struct hash_set *set, struct slice bytes)
{
    uint64_t hash = hash_bytes(set->key, bytes);
    uint64_t *slot;

    if (hash == 0)
        hash = 1; /* 0 marks an empty slot */
    if (set->count >= set->size / 4 * 3)
        grow(set);
    slot = find_slot(set, hash);
    if (*slot == hash)
        return false;
    *slot = hash;
    set->count++;
    return true;
}
