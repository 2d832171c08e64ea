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
void buf_clear(struct buf *b);

/* Give memory beyond `keep` bytes back, if `len` allows it. */
void buf_shrink(struct buf *b, size_t keep);

/*
 * Room for `n` more bytes at data + len, which is returned; the caller writes
 * there and adds to `len`. NULL if that would pass the maximum.
 */
char *buf_reserve(struct buf *b, size_t n);

/* Append bytes. 0, or -1 if that would pass the maximum; buf_printf needs one
 * byte more, for the NUL that printf(3) writes. */
int buf_add(struct buf *b, const void *bytes, size_t n);
int buf_add_slice(struct buf *b, struct slice s);
int buf_add_text(struct buf *b, const char *text);
int buf_add_char(struct buf *b, char c);
int buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Append a number, and microseconds (>= 0) as seconds, "0.001234". A record has
 * many, and printf(3) took a fifth of the time of a request. */
int buf_add_number(struct buf *b, uint64_t number);
int buf_add_seconds(struct buf *b, int64_t us);

/* Drop the first `n` bytes (n <= len); the rest moves to the front. */
void buf_drop(struct buf *b, size_t n);

/* The bytes as a slice, good until the next change. */
struct slice buf_slice(const struct buf *b);

#endif
