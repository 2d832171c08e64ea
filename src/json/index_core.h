/* SPDX-License-Identifier: MIT */
/*
 * What all kernels of the index share: from the masks of a chunk of 64 bytes
 * (bit n: byte n is such a character) to positions. The kernels differ only in
 * how they make the masks. Included by them, so that all of it is inlined.
 */
#ifndef JSON_INDEX_CORE_H
#define JSON_INDEX_CORE_H

#include <stdbool.h>
#include <string.h>

#include "json/index.h"

/* One chunk, a bit for each byte. */
struct index_masks {
    uint64_t backslash;
    uint64_t quote;
    uint64_t ops;   /* { } [ ] : , and perhaps others that are none */
    uint64_t space; /* space, tab, CR, newline */
    uint64_t newline;
    uint64_t control; /* below 0x20 */
};

/* A pass over a block: what a chunk leaves for the next, and where to. */
struct index_pass {
    const unsigned char *bytes;
    size_t len;
    uint32_t *at;
    uint32_t *suspect;
    uint64_t escaped;   /* 1: the next byte is escaped */
    uint64_t in_string; /* all ones: the next byte is within a string */
    uint64_t scalar;    /* 1: the byte before is part of a scalar */
    uint64_t backslash; /* of all chunks so far */
};

typedef void (*index_fn)(struct index *index, struct slice block);

/* The kernels; each exists only where its instructions do. */
void index_avx512(struct index *index, struct slice block);
void index_avx2(struct index *index, struct slice block);
void index_sse(struct index *index, struct slice block);
void index_neon(struct index *index, struct slice block);
void index_plain(struct index *index, struct slice block);

/* Room for the positions of a block: what index_write may overwrite too. */
void index_make_room(struct index *index, size_t len);

#define INDEX_INLINE static inline __attribute__((always_inline))

/* Whether the byte at `i` is a hexadecimal digit, if there is such a byte. */
INDEX_INLINE bool index_is_hex(const struct index_pass *p, size_t i)
{
    unsigned char c = i < p->len ? p->bytes[i] : 0;

    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Whether what follows a backslash is an escape of RFC 8259 section 7. */
INDEX_INLINE bool index_escape_ok(const struct index_pass *p, size_t i)
{
    if (i >= p->len)
        return false;
    switch (p->bytes[i]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return true;
    case 'u':
        return index_is_hex(p, i + 1) && index_is_hex(p, i + 2) &&
               index_is_hex(p, i + 3) && index_is_hex(p, i + 4);
    default: return false;
    }
}

/*
 * The bytes that a backslash escapes. Every second byte of a run of
 * backslashes is escaped, and so is the byte behind a run of odd length. The
 * sum carries through each run that starts at an odd place, so that the bit
 * behind a run tells its parity (Langdale and Lemire 2019, section 3.1.1).
 */
INDEX_INLINE uint64_t index_find_escaped(uint64_t backslash, uint64_t *carry)
{
    const uint64_t even = 0x5555555555555555u;
    uint64_t follows, odd_starts, sum;
    bool overflow;

    if (backslash == 0) {
        uint64_t escaped = *carry;

        *carry = 0;
        return escaped;
    }
    backslash &= ~*carry;
    follows = backslash << 1 | *carry;
    odd_starts = backslash & ~even & ~follows;
    overflow = __builtin_add_overflow(odd_starts, backslash, &sum);
    *carry = overflow;
    return (even ^ sum << 1) & follows;
}

/* The positions of the set bits. Eight at a time without asking, since most
 * chunks have about so many; what is written too much is overwritten by the
 * next chunk. */
INDEX_INLINE uint32_t *index_write(uint32_t *at, uint32_t base, uint64_t bits)
{
    const int count = __builtin_popcountll(bits);
    const uint64_t stop = (uint64_t)1 << 63; /* ctz of 0 is undefined */

    for (int i = 0; i < 8; i++) {
        at[i] = base + (uint32_t)__builtin_ctzll(bits | stop);
        bits &= bits - 1;
    }
    for (int i = 8; i < count; i++) {
        at[i] = base + (uint32_t)__builtin_ctzll(bits);
        bits &= bits - 1;
    }
    return at + count;
}

/* A string that reaches a newline never ends: the line is torn, and the next
 * one begins outside of strings. Rare, so bit by bit. */
INDEX_INLINE uint64_t index_tear(uint64_t newline, uint64_t *in_string)
{
    uint64_t torn = 0, hit;

    while ((hit = newline & *in_string) != 0) {
        uint64_t first = hit & (~hit + 1);

        torn |= first;
        *in_string ^= ~(first - 1);
    }
    return torn;
}

INDEX_INLINE bool index_escapes_ok(const struct index_pass *p, uint32_t base,
                                   uint64_t escaped)
{
    for (; escaped != 0; escaped &= escaped - 1) {
        if (!index_escape_ok(p, base + (uint32_t)__builtin_ctzll(escaped)))
            return false;
    }
    return true;
}

/* What kernels do in ways of their own, besides the masks. */
struct index_steps {
    uint64_t (*prefix_xor)(uint64_t); /* each bit: parity of those up to it */
    uint32_t *(*write)(uint32_t *at, uint32_t base, uint64_t bits);
};

/* One chunk; `bad_utf8` is the kernel's own finding. */
INDEX_INLINE void index_chunk(struct index_pass *p, uint32_t base,
                              const struct index_masks *m, bool bad_utf8,
                              struct index_steps steps)
{
    uint64_t escaped = index_find_escaped(m->backslash, &p->escaped);
    uint64_t quote = m->quote & ~escaped;
    uint64_t in_string = steps.prefix_xor(quote) ^ p->in_string;
    uint64_t torn = 0, scalar, nonquote, follows, structure;

    p->backslash |= m->backslash;
    if (__builtin_expect((m->newline & in_string) != 0, 0))
        torn = index_tear(m->newline, &in_string);
    p->in_string = (uint64_t)0 - (in_string >> 63);
    scalar = ~(m->ops | m->space);
    nonquote = scalar & ~quote;
    follows = nonquote << 1 | p->scalar;
    p->scalar = nonquote >> 63;
    structure = (m->ops | (scalar & ~follows)) & ~(in_string ^ quote);
    p->at = steps.write(p->at, base, structure | m->newline);
    if (__builtin_expect(bad_utf8 || torn != 0 ||
                             (m->control & in_string) != 0 ||
                             !index_escapes_ok(p, base, escaped & in_string),
                         0))
        *p->suspect++ = base / INDEX_CHUNK;
}

/* The rest of a block that fills no chunk, with spaces behind it. */
struct index_tail {
    unsigned char bytes[INDEX_CHUNK];
};

/* The chunk at `from`: in place, or copied to `tail` if it is not whole. */
INDEX_INLINE const unsigned char *index_chunk_at(struct index_tail *tail,
                                                 struct slice block,
                                                 size_t from)
{
    if (block.len - from >= INDEX_CHUNK)
        return (const unsigned char *)block.ptr + from;
    memset(tail->bytes, ' ', sizeof tail->bytes);
    memcpy(tail->bytes, block.ptr + from, block.len - from);
    return tail->bytes;
}

INDEX_INLINE struct index_pass index_begin(const struct index *index,
                                           struct slice block)
{
    return (struct index_pass){.bytes = (const unsigned char *)block.ptr,
                               .len = block.len,
                               .at = index->at,
                               .suspect = index->suspects};
}

/* Write the end down; `incomplete`: it is within a sequence of UTF-8. */
INDEX_INLINE void index_finish(struct index *index, struct index_pass *p,
                               bool incomplete)
{
    const uint32_t len = (uint32_t)p->len;

    if (len > 0 && p->bytes[len - 1] != '\n')
        *p->at++ = len;
    if (incomplete || p->in_string)
        *p->suspect++ = (len - 1) / INDEX_CHUNK;
    index->escapes = p->backslash != 0;
    index->count = (size_t)(p->at - index->at);
    index->suspect_count = (size_t)(p->suspect - index->suspects);
}

#endif
