/* SPDX-License-Identifier: MIT */
#include "jq/arena.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"

enum { CHUNK = 64 * 1024, ALIGN = 16 };

struct arena_chunk {
    struct arena_chunk *before;
    size_t size; /* of `bytes` */
    size_t pad;  /* so that those are aligned */
    char bytes[];
};

void arena_init(struct arena *arena, size_t max)
{
    *arena = (struct arena){.max = max};
}

static void free_chunks(struct arena_chunk *chunk)
{
    while (chunk != NULL) {
        struct arena_chunk *before = chunk->before;

        mem_free(chunk);
        chunk = before;
    }
}

void arena_release(struct arena *arena)
{
    free_chunks(arena->chunk);
    free_chunks(arena->spare);
    arena_init(arena, arena->max);
}

static void enter(struct arena *arena, struct arena_chunk *chunk)
{
    chunk->before = arena->chunk;
    arena->chunk = chunk;
    arena->at = chunk->bytes;
    arena->end = chunk->bytes + chunk->size;
}

/* Large ones get a chunk of their own size. */
static void add_chunk(struct arena *arena, size_t size)
{
    struct arena_chunk *chunk = arena->spare;

    if (chunk != NULL && chunk->size >= size) {
        arena->spare = chunk->before;
    } else {
        size = size > CHUNK ? size : CHUNK;
        chunk = mem_alloc(sizeof *chunk + size);
        chunk->size = size;
    }
    enter(arena, chunk);
}

bool arena_charge(struct arena *arena, size_t size)
{
    if (size > arena->max - arena->bytes) {
        arena->refused = true;
        return false;
    }
    arena->bytes += size;
    return true;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    char *at;

    if (size > SIZE_MAX - ALIGN || !arena_charge(arena, size))
        return NULL;
    size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (size > (size_t)(arena->end - arena->at))
        add_chunk(arena, size);
    at = arena->at;
    arena->at += size;
    return at;
}

struct slice arena_copy(struct arena *arena, struct slice bytes)
{
    char *copy = arena_alloc(arena, bytes.len + 1);

    if (copy == NULL)
        return slice_of(NULL, 0);
    if (bytes.len > 0)
        memcpy(copy, bytes.ptr, bytes.len);
    copy[bytes.len] = '\0';
    return slice_of(copy, bytes.len);
}

/* The one at which the text ends, or NULL. */
static struct arena_tail *find_tail(struct arena *arena, struct slice text)
{
    for (int i = 0; i < ARENA_TAILS; i++) {
        if (arena->tails[i].end != NULL &&
            arena->tails[i].end == text.ptr + text.len)
            return &arena->tails[i];
    }
    return NULL;
}

/* Memory that is used again must not be taken for the end of a text. */
static void forget_tails(struct arena *arena)
{
    if (arena->joined)
        memset(arena->tails, 0, sizeof arena->tails);
    arena->joined = false;
}

struct slice arena_join(struct arena *arena, struct slice a, struct slice b)
{
    struct arena_tail *tail = find_tail(arena, a);
    const size_t len = a.len + b.len;
    size_t room = tail != NULL ? 2 * len : len;
    char *text;

    if (tail != NULL && (size_t)(tail->limit - tail->end) >= b.len) {
        if (b.len > 0)
            memcpy(tail->end, b.ptr, b.len);
        tail->end += b.len;
        return slice_of(a.ptr, len);
    }
    if (room > arena->max - arena->bytes)
        room = len;
    text = arena_alloc(arena, room);
    if (text == NULL)
        return slice_of(NULL, 0);
    if (a.len > 0)
        memcpy(text, a.ptr, a.len);
    if (b.len > 0)
        memcpy(text + a.len, b.ptr, b.len);
    if (tail == NULL)
        tail = &arena->tails[arena->tail++ % ARENA_TAILS];
    *tail = (struct arena_tail){text + len, text + room};
    arena->joined = true;
    return slice_of(text, len);
}

struct hash_key arena_hash_key(struct arena *arena)
{
    if (!arena->keyed)
        arena->hash_key = hash_key_new();
    arena->keyed = true;
    return arena->hash_key;
}

struct arena_mark arena_here(const struct arena *arena)
{
    return (struct arena_mark){arena->chunk, arena->at, arena->bytes};
}

void arena_back(struct arena *arena, struct arena_mark mark)
{
    forget_tails(arena);
    while (arena->chunk != mark.chunk) {
        struct arena_chunk *chunk = arena->chunk;

        arena->chunk = chunk->before;
        chunk->before = arena->spare;
        arena->spare = chunk;
    }
    arena->at = mark.at;
    arena->end = NULL;
    if (mark.chunk != NULL)
        arena->end = mark.chunk->bytes + mark.chunk->size;
    arena->bytes = mark.bytes;
}

void arena_clear(struct arena *arena, size_t keep)
{
    struct arena_chunk **link = &arena->spare;
    struct arena_chunk *only = arena->chunk;

    /* Nearly always one line needs no more than one chunk. */
    if (*link == NULL && only != NULL && only->before == NULL &&
        only->size <= keep) {
        forget_tails(arena);
        arena->at = only->bytes;
        arena->bytes = 0;
        arena->refused = arena->deep = false;
        return;
    }
    arena_back(arena, (struct arena_mark){NULL, NULL, 0});
    arena->refused = arena->deep = false;
    while (*link != NULL && (*link)->size <= keep) {
        keep -= (*link)->size;
        link = &(*link)->before;
    }
    free_chunks(*link);
    *link = NULL;
}
