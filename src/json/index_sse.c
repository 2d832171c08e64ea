/* SPDX-License-Identifier: MIT */
/*
 * The index with SSE4.2 and PCLMULQDQ: as index_avx2.c, where the ideas are
 * told, with four quarters of 16 bytes.
 */
#include "json/index.h"

#if defined(__x86_64__)

#include <nmmintrin.h>
#include <wmmintrin.h>

#include "json/index_core.h"
#include "json/index_utf8.h"

#define TARGET __attribute__((target("sse4.2,pclmul,popcnt")))
#define HELPER static inline __attribute__((always_inline)) TARGET

struct quarters {
    __m128i v[4];
};

struct utf8 {
    __m128i last;       /* the 16 bytes before */
    __m128i incomplete; /* not zero: they end within a sequence */
};

HELPER struct quarters load(const unsigned char *at)
{
    const __m128i *from = (const __m128i *)(const void *)at;

    return (struct quarters){{_mm_loadu_si128(from), _mm_loadu_si128(from + 1),
                              _mm_loadu_si128(from + 2),
                              _mm_loadu_si128(from + 3)}};
}

HELPER uint64_t bits_of(struct quarters q)
{
    return (uint64_t)(uint32_t)_mm_movemask_epi8(q.v[0]) |
           (uint64_t)(uint32_t)_mm_movemask_epi8(q.v[1]) << 16 |
           (uint64_t)(uint32_t)_mm_movemask_epi8(q.v[2]) << 32 |
           (uint64_t)(uint32_t)_mm_movemask_epi8(q.v[3]) << 48;
}

HELPER uint64_t equal(struct quarters q, char c)
{
    const __m128i v = _mm_set1_epi8(c);

    for (int i = 0; i < 4; i++)
        q.v[i] = _mm_cmpeq_epi8(q.v[i], v);
    return bits_of(q);
}

HELPER uint64_t controls(struct quarters q)
{
    const __m128i top = _mm_set1_epi8(0x1f);

    for (int i = 0; i < 4; i++)
        q.v[i] = _mm_cmpeq_epi8(_mm_min_epu8(q.v[i], top), q.v[i]);
    return bits_of(q);
}

HELPER uint64_t spaces(struct quarters q)
{
    const __m128i table = _mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n',
                                        0, 0, '\r', 0, 0);

    for (int i = 0; i < 4; i++)
        q.v[i] = _mm_cmpeq_epi8(_mm_shuffle_epi8(table, q.v[i]), q.v[i]);
    return bits_of(q);
}

HELPER uint64_t operators(struct quarters q)
{
    const __m128i table =
        _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0);
    const __m128i bit = _mm_set1_epi8(0x20);

    for (int i = 0; i < 4; i++)
        q.v[i] = _mm_cmpeq_epi8(_mm_shuffle_epi8(table, q.v[i]),
                                _mm_or_si128(q.v[i], bit));
    return bits_of(q);
}

TARGET static uint64_t prefix_xor(uint64_t bits)
{
    /* A carry-less product with all ones is the parity of all lower bits. */
    const __m128i ones = _mm_set1_epi8((char)0xff);
    const __m128i product =
        _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), ones, 0);

    return (uint64_t)_mm_cvtsi128_si64(product);
}

/* The bytes `n` places before each of `now`. */
#define BEFORE(now, last, n) _mm_alignr_epi8(now, last, 16 - (n))

HELPER __m128i high_nibbles(__m128i v)
{
    return _mm_and_si128(_mm_srli_epi16(v, 4), _mm_set1_epi8(0x0f));
}

HELPER __m128i table_of(const unsigned char *bytes)
{
    return _mm_loadu_si128((const __m128i *)(const void *)bytes);
}

/* The faults that pairs of neighbours show; see index_utf8.h. */
HELPER __m128i pair_faults(__m128i now, __m128i before)
{
    const __m128i low = _mm_set1_epi8(0x0f);
    const __m128i first = _mm_and_si128(
        _mm_shuffle_epi8(table_of(index_first_high), high_nibbles(before)),
        _mm_shuffle_epi8(table_of(index_first_low),
                         _mm_and_si128(before, low)));

    return _mm_and_si128(first, _mm_shuffle_epi8(table_of(index_second_high),
                                                 high_nibbles(now)));
}

/* Faults of 32 bytes: INDEX_UTF8_TWO is one exactly where no lead byte two or
 * three places before asks for a third or fourth byte. */
HELPER __m128i utf8_faults(__m128i now, __m128i last)
{
    const __m128i pairs = pair_faults(now, BEFORE(now, last, 1));
    const __m128i third =
        _mm_subs_epu8(BEFORE(now, last, 2), _mm_set1_epi8((char)(0xe0 - 0x80)));
    const __m128i fourth =
        _mm_subs_epu8(BEFORE(now, last, 3), _mm_set1_epi8((char)(0xf0 - 0x80)));
    const __m128i wanted =
        _mm_and_si128(_mm_or_si128(third, fourth), _mm_set1_epi8((char)0x80));

    return _mm_xor_si128(wanted, pairs);
}

/* Not zero where the last three bytes begin a sequence that they do not end. */
HELPER __m128i incomplete_end(__m128i v)
{
    const __m128i most =
        _mm_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                      (char)(0xf0 - 1), (char)(0xe0 - 1), (char)(0xc0 - 1));

    return _mm_subs_epu8(v, most);
}

HELPER bool utf8_bad(struct utf8 *u, const struct quarters *q)
{
    const __m128i any = _mm_or_si128(_mm_or_si128(q->v[0], q->v[1]),
                                     _mm_or_si128(q->v[2], q->v[3]));
    __m128i faults = u->incomplete, last = u->last;

    u->incomplete = _mm_setzero_si128();
    u->last = q->v[3];
    if (_mm_movemask_epi8(any) == 0)
        return !_mm_testz_si128(faults, faults);
    faults = _mm_setzero_si128();
    for (int i = 0; i < 4; i++) {
        faults = _mm_or_si128(faults, utf8_faults(q->v[i], last));
        last = q->v[i];
    }
    u->incomplete = incomplete_end(last);
    return !_mm_testz_si128(faults, faults);
}

HELPER struct index_masks masks_of(struct quarters q)
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

TARGET void index_sse(struct index *index, struct slice block)
{
    struct index_pass p = index_begin(index, block);
    struct utf8 utf8 = {_mm_setzero_si128(), _mm_setzero_si128()};
    struct index_tail tail;

    for (size_t i = 0; i < block.len; i += INDEX_CHUNK) {
        const struct quarters q = load(index_chunk_at(&tail, block, i));
        const struct index_masks m = masks_of(q);

        index_chunk(&p, (uint32_t)i, &m, utf8_bad(&utf8, &q),
                    (struct index_steps){prefix_xor, index_write});
    }
    index_finish(index, &p, !_mm_testz_si128(utf8.incomplete, utf8.incomplete));
}

#else

/* An empty file is no C: ISO C 6.9. */
typedef int index_sse_absent;

#endif
