/* SPDX-License-Identifier: MIT */
/*
 * arena - memory that is given back all at once
 *
 * Programs and what they compute live in one: nothing in it is freed alone.
 * What was allocated since a mark goes with arena_back; the memory stays with
 * the arena for the next time, up to what it was told to keep. One owner.
 */
#ifndef JQ_ARENA_H
#define JQ_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/hash.h"
#include "base/slice.h"

struct arena_chunk;

/* The end of a text that may grow where it is. */
struct arena_tail {
    char *end; /* NULL: of none */
    char *limit;
};

enum { ARENA_TAILS = 4 };

/* The caller's storage. */
struct arena {
    struct arena_chunk *chunk; /* the current one; those before it behind */
    struct arena_chunk *spare; /* empty ones */
    char *at;                  /* the free part of the current one */
    char *end;
    size_t bytes; /* handed out, in all */
    size_t max;   /* bytes */
    bool refused; /* something, since it was empty */
    bool deep;    /* because it nests too deep */
    bool keyed;   /* there is a hash_key */
    struct hash_key hash_key;
    struct arena_tail tails[ARENA_TAILS]; /* of the last that were joined */
    unsigned tail;                        /* the next to be used again */
    bool joined;                          /* some of them are in use */
};

struct arena_mark {
    struct arena_chunk *chunk;
    char *at;
    size_t bytes;
};

/* No memory yet; at most `max` bytes are handed out. */
void arena_init(struct arena *arena, size_t max);
void arena_release(struct arena *arena);

/* Uninitialised memory for any object, or NULL if that would pass the maximum.
 */
void *arena_alloc(struct arena *arena, size_t size);

/* Count memory that is not the arena's as if it were; false if that would pass
 * the maximum. */
bool arena_charge(struct arena *arena, size_t size);

/* A copy of the bytes; ptr NULL if that would pass the maximum. */
struct slice arena_copy(struct arena *arena, struct slice bytes);

/* Both texts in one; ptr NULL if that would pass the maximum. What was joined
 * before gets room to grow, and grows in place while it is the longest that
 * begins so: to add to a text again and again costs no more than what is added.
 */
struct slice arena_join(struct arena *arena, struct slice a, struct slice b);

/* A random key for the tables in it, made when it is first asked for. */
struct hash_key arena_hash_key(struct arena *arena);

struct arena_mark arena_here(const struct arena *arena);

/* Forget what was allocated since the mark. */
void arena_back(struct arena *arena, struct arena_mark mark);

/* Forget everything, and keep no more than `keep` bytes of memory. */
void arena_clear(struct arena *arena, size_t keep);

#endif
