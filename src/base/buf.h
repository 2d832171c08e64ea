/* SPDX-License-Identifier: MIT */
/*
 * buf - bytes that grow up to a maximum
 *
 * The maximum is given at init and never passed: an append that would is
 * refused whole, returns -1 and leaves the bytes as they were. `data` may be
 * NULL while `len` is 0. One owner at a time.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/slice.h"

struct buf {
    char *data;
    size_t len;
    size_t cap;
    size_t max;   /* bytes */
    bool refused; /* something, since it was empty */
};

/* An empty buffer that may grow to `max` bytes. No memory yet. */
void buf_init(struct buf *b, size_t max);

/* Free the memory; the buffer is as after buf_init. Zeroed is fine. */
void buf_release(struct buf *b);

/* Empty it and keep the memory. */
static inline void buf_clear(struct buf *b)
{
    b->len = 0;
    b->refused = false;
}

/* Give memory beyond `keep` bytes back, if `len` allows it. */
void buf_shrink(struct buf *b, size_t keep);

/* As buf_reserve, where there is no room yet. */
char *buf_grow(struct buf *b, size_t n);

/*
 * Room for `n` more bytes at data + len, which is returned; the caller writes
 * there and adds to `len`. NULL if that would pass the maximum.
 */
static inline char *buf_reserve(struct buf *b, size_t n)
{
    /* Nearly always there is room. */
    return n <= b->cap - b->len && b->data ? b->data + b->len : buf_grow(b, n);
}

/* Append bytes. 0, or -1 if that would pass the maximum; buf_printf needs one
 * byte more, for the NUL that printf(3) writes. What is put together of many
 * pieces spends its time here: of constants the compiler knows the length. */
static inline int buf_add(struct buf *b, const void *bytes, size_t n)
{
    char *room;

    if (n == 0)
        return 0;
    room = buf_reserve(b, n);
    if (room == NULL)
        return -1;
    memcpy(room, bytes, n);
    b->len += n;
    return 0;
}

static inline int buf_add_slice(struct buf *b, struct slice s)
{
    return buf_add(b, s.ptr, s.len);
}

static inline int buf_add_text(struct buf *b, const char *text)
{
    return buf_add(b, text, strlen(text));
}

static inline int buf_add_char(struct buf *b, char c)
{
    char *room = buf_reserve(b, 1);

    if (room == NULL)
        return -1;
    *room = c;
    b->len++;
    return 0;
}

int buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Append a number, and microseconds (>= 0) as seconds, "0.001234". A record has
 * many, and printf(3) took a fifth of the time of a request. */
int buf_add_number(struct buf *b, uint64_t number);
int buf_add_seconds(struct buf *b, int64_t us);

/* Drop the first `n` bytes (n <= len); the rest moves to the front. */
void buf_drop(struct buf *b, size_t n);

/* The bytes as a slice, good until the next change. */
static inline struct slice buf_slice(const struct buf *b)
{
    return slice_of(b->data, b->len);
}

#endif
