/* SPDX-License-Identifier: MIT */
/*
 * The index with NEON: as index_avx2.c, where the ideas are told, with four
 * quarters of 16 bytes. There is no movemask: each byte of a comparison is cut
 * down to the bit of its place, and neighbours are added until eight bytes are
 * one.
 */
#include "json/index.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#include "json/index_core.h"
#include "json/index_utf8.h"

struct quarters {
    uint8x16_t v[4];
};

struct utf8 {
    uint8x16_t last;       /* the 16 bytes before */
    uint8x16_t incomplete; /* not zero: they end within a sequence */
};

INDEX_INLINE struct quarters load(const unsigned char *at)
{
    return (struct quarters){{vld1q_u8(at), vld1q_u8(at + 16),
                              vld1q_u8(at + 32), vld1q_u8(at + 48)}};
}

INDEX_INLINE uint64_t bits_of(struct quarters q)
{
    static const unsigned char places[16] = {1, 2, 4, 8, 16, 32, 64, 128,
                                             1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t place = vld1q_u8(places);
    uint8x16_t sum;

    for (int i = 0; i < 4; i++)
        q.v[i] = vandq_u8(q.v[i], place);
    sum = vpaddq_u8(vpaddq_u8(q.v[0], q.v[1]), vpaddq_u8(q.v[2], q.v[3]));
    sum = vpaddq_u8(sum, sum);
    return vgetq_lane_u64(vreinterpretq_u64_u8(sum), 0);
}

INDEX_INLINE uint64_t equal(struct quarters q, unsigned char c)
{
    const uint8x16_t v = vdupq_n_u8(c);

    for (int i = 0; i < 4; i++)
        q.v[i] = vceqq_u8(q.v[i], v);
    return bits_of(q);
}

INDEX_INLINE uint64_t controls(struct quarters q)
{
    const uint8x16_t top = vdupq_n_u8(0x1f);

    for (int i = 0; i < 4; i++)
        q.v[i] = vcleq_u8(q.v[i], top);
    return bits_of(q);
}

/* The entry of a table for the low nibble of each byte. */
INDEX_INLINE uint8x16_t by_low(const unsigned char *table, uint8x16_t v)
{
    return vqtbl1q_u8(vld1q_u8(table), vandq_u8(v, vdupq_n_u8(0x0f)));
}

INDEX_INLINE uint8x16_t by_high(const unsigned char *table, uint8x16_t v)
{
    return vqtbl1q_u8(vld1q_u8(table), vshrq_n_u8(v, 4));
}

INDEX_INLINE uint64_t spaces(struct quarters q)
{
    static const unsigned char table[16] = {
        [0] = ' ', [9] = '\t', [10] = '\n', [13] = '\r'};

    for (int i = 0; i < 4; i++)
        q.v[i] = vceqq_u8(by_low(table, q.v[i]), q.v[i]);
    return bits_of(q);
}

INDEX_INLINE uint64_t operators(struct quarters q)
{
    static const unsigned char table[16] = {
        [10] = ':', [11] = '{', [12] = ',', [13] = '}'};
    const uint8x16_t bit = vdupq_n_u8(0x20);

    for (int i = 0; i < 4; i++)
        q.v[i] = vceqq_u8(by_low(table, q.v[i]), vorrq_u8(q.v[i], bit));
    return bits_of(q);
}

/* The carry-less product is an extension that not all have: six shifts. */
INDEX_INLINE uint64_t prefix_xor(uint64_t bits)
{
    for (int shift = 1; shift < INDEX_CHUNK; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

/* The bytes `n` places before each of `now`. */
#define BEFORE(now, last, n) vextq_u8(last, now, 16 - (n))

/* The faults that pairs of neighbours show; see index_utf8.h. */
INDEX_INLINE uint8x16_t pair_faults(uint8x16_t now, uint8x16_t before)
{
    return vandq_u8(vandq_u8(by_high(index_first_high, before),
                             by_low(index_first_low, before)),
                    by_high(index_second_high, now));
}

/* A third or fourth byte is right where a lead byte asks for it. */
INDEX_INLINE uint8x16_t utf8_faults(uint8x16_t now, uint8x16_t last)
{
    const uint8x16_t third = vcgeq_u8(BEFORE(now, last, 2), vdupq_n_u8(0xe0));
    const uint8x16_t fourth = vcgeq_u8(BEFORE(now, last, 3), vdupq_n_u8(0xf0));
    const uint8x16_t wanted =
        vandq_u8(vorrq_u8(third, fourth), vdupq_n_u8(INDEX_UTF8_TWO));

    return veorq_u8(wanted, pair_faults(now, BEFORE(now, last, 1)));
}

/* Not zero where the last three bytes begin a sequence that they do not end. */
INDEX_INLINE uint8x16_t incomplete_end(uint8x16_t v)
{
    static const unsigned char most[16] = {
        255, 255, 255, 255, 255, 255,      255,      255,
        255, 255, 255, 255, 255, 0xf0 - 1, 0xe0 - 1, 0xc0 - 1};

    return vqsubq_u8(v, vld1q_u8(most));
}

INDEX_INLINE bool utf8_bad(struct utf8 *u, const struct quarters *q)
{
    const uint8x16_t any =
        vorrq_u8(vorrq_u8(q->v[0], q->v[1]), vorrq_u8(q->v[2], q->v[3]));
    uint8x16_t faults = u->incomplete, last = u->last;

    u->incomplete = vdupq_n_u8(0);
    u->last = q->v[3];
    if (vmaxvq_u8(any) < 0x80)
        return vmaxvq_u8(faults) != 0;
    faults = vdupq_n_u8(0);
    for (int i = 0; i < 4; i++) {
        faults = vorrq_u8(faults, utf8_faults(q->v[i], last));
        last = q->v[i];
    }
    u->incomplete = incomplete_end(last);
    return vmaxvq_u8(faults) != 0;
}

INDEX_INLINE struct index_masks masks_of(struct quarters q)
{
    struct index_masks m = {.backslash = equal(q, '\\'),
                            .quote = equal(q, '"'),
                            .ops = operators(q),
                            .space = spaces(q),
                            .newline = equal(q, '\n'),
                            .control = controls(q)};

    m.ops &= ~m.control;
    return m;
}

void index_neon(struct index *index, struct slice block)
{
    struct index_pass p = index_begin(index, block);
    struct utf8 utf8 = {vdupq_n_u8(0), vdupq_n_u8(0)};
    struct index_tail tail;

    for (size_t i = 0; i < block.len; i += INDEX_CHUNK) {
        const struct quarters q = load(index_chunk_at(&tail, block, i));
        const struct index_masks m = masks_of(q);

        index_chunk(&p, (uint32_t)i, &m, utf8_bad(&utf8, &q),
                    (struct index_steps){prefix_xor, index_write});
    }
    index_finish(index, &p, vmaxvq_u8(utf8.incomplete) != 0);
}

#else

/* An empty file is no C: ISO C 6.9. */
typedef int index_neon_absent;

#endif
