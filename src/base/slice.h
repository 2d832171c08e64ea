/* SPDX-License-Identifier: MIT */
/*
 * slice - a run of bytes that somebody else owns
 *
 * A borrowed pointer and its length: no final NUL, any byte allowed. It is
 * good as long as the bytes it points into.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
    const char *ptr;
    size_t len;
};

static inline struct slice slice_of(const char *ptr, size_t len)
{
    return (struct slice){ptr, len};
}

/* The bytes of a NUL-terminated text; none for NULL. */
static inline struct slice slice_text(const char *text)
{
    return (struct slice){text, text ? strlen(text) : 0};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool slice_is(struct slice a, const char *text)
{
    return slice_equal(a, slice_text(text));
}

/* The same pointer without its const, for interfaces (execve, writev) that
 * lack it and do not write. */
static inline char *slice_unconst(const char *ptr)
{
    union {
        const char *in;
        char *out;
    } both = {ptr};

    return both.out;
}

/* `a` without the spaces, tabs and CRs at its ends. */
struct slice slice_trim(struct slice a);

#endif
