/* SPDX-License-Identifier: MIT */
/*
 * The index with AVX-512 (BW and VBMI2): a chunk is one register, a comparison
 * gives its 64 bits at once, and positions are written by compressing the
 * numbers 0 to 63. What is asked for is as in index_avx2.c.
 */
#include "json/index.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "json/index_core.h"
#include "json/index_utf8.h"

#define TARGET \
    __attribute__((target("avx512f,avx512bw,avx512vbmi2,bmi,pclmul,popcnt")))
#define HELPER static inline __attribute__((always_inline)) TARGET

struct utf8 {
    __m512i last;       /* the 64 bytes before */
    __m512i incomplete; /* not zero: they end within a sequence */
};

HELPER uint64_t equal(__m512i v, char c)
{
    return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(c));
}

HELPER __m512i repeat(__m128i table)
{
    return _mm512_broadcast_i32x4(table);
}

HELPER __m512i table_of(const unsigned char *bytes)
{
    return repeat(_mm_loadu_si128((const __m128i *)(const void *)bytes));
}

HELPER uint64_t spaces(__m512i v)
{
    const __m512i table = repeat(_mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0,
                                               '\t', '\n', 0, 0, '\r', 0, 0));

    return _mm512_cmpeq_epi8_mask(_mm512_shuffle_epi8(table, v), v);
}

/* With bit 0x20 set, [ and { are one, ] and } too: six become four. */
HELPER uint64_t operators(__m512i v)
{
    const __m512i table = repeat(
        _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0));
    const __m512i folded = _mm512_or_si512(v, _mm512_set1_epi8(0x20));

    return _mm512_cmpeq_epi8_mask(_mm512_shuffle_epi8(table, v), folded);
}

TARGET static uint64_t prefix_xor(uint64_t bits)
{
    /* A carry-less product with all ones is the parity of all lower bits. */
    const __m128i ones = _mm_set1_epi8((char)0xff);
    const __m128i product =
        _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)bits), ones, 0);

    return (uint64_t)_mm_cvtsi128_si64(product);
}

static const unsigned char numbers[INDEX_CHUNK] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
    32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
    48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};

/* The first 16 of `places`, each with `base` added. */
HELPER void store_16(uint32_t *at, __m128i places, __m512i base)
{
    _mm512_storeu_si512((void *)at,
                        _mm512_add_epi32(_mm512_cvtepu8_epi32(places), base));
}

/* Sixteen positions without asking: more are in few chunks. What is written too
 * much is overwritten by the next chunk. */
TARGET static uint32_t *write_places(uint32_t *at, uint32_t base, uint64_t bits)
{
    const int count = __builtin_popcountll(bits);
    const __m512i from = _mm512_set1_epi32((int)base);
    const __m512i places = _mm512_maskz_compress_epi8(
        bits, _mm512_loadu_si512((const void *)numbers));

    store_16(at, _mm512_castsi512_si128(places), from);
    if (__builtin_expect(count > 16, 0)) {
        store_16(at + 16, _mm512_extracti32x4_epi32(places, 1), from);
        if (count > 32) {
            store_16(at + 32, _mm512_extracti32x4_epi32(places, 2), from);
            store_16(at + 48, _mm512_extracti32x4_epi32(places, 3), from);
        }
    }
    return at + count;
}

/* The bytes `n` places before each of `now`. */
#define BEFORE(now, last, n) \
    _mm512_alignr_epi8(now, lanes_before(now, last), 16 - (n))

/* Each 16 bytes that stand before those of `now`. */
HELPER __m512i lanes_before(__m512i now, __m512i last)
{
    const __m512i which = _mm512_setr_epi64(6, 7, 8, 9, 10, 11, 12, 13);

    return _mm512_permutex2var_epi64(last, which, now);
}

HELPER __m512i high_nibbles(__m512i v)
{
    return _mm512_and_si512(_mm512_srli_epi16(v, 4), _mm512_set1_epi8(0x0f));
}

/* The faults that pairs of neighbours show; see index_utf8.h. */
HELPER __m512i pair_faults(__m512i now, __m512i before)
{
    const __m512i low = _mm512_set1_epi8(0x0f);
    const __m512i first = _mm512_and_si512(
        _mm512_shuffle_epi8(table_of(index_first_high), high_nibbles(before)),
        _mm512_shuffle_epi8(table_of(index_first_low),
                            _mm512_and_si512(before, low)));

    return _mm512_and_si512(
        first,
        _mm512_shuffle_epi8(table_of(index_second_high), high_nibbles(now)));
}

/* INDEX_UTF8_TWO is one exactly where no lead byte two or three places before
 * asks for a third or fourth byte. */
HELPER __m512i utf8_faults(__m512i now, __m512i last)
{
    const __m512i pairs = pair_faults(now, BEFORE(now, last, 1));
    const __m512i third = _mm512_subs_epu8(
        BEFORE(now, last, 2), _mm512_set1_epi8((char)(0xe0 - 0x80)));
    const __m512i fourth = _mm512_subs_epu8(
        BEFORE(now, last, 3), _mm512_set1_epi8((char)(0xf0 - 0x80)));
    const __m512i wanted = _mm512_and_si512(_mm512_or_si512(third, fourth),
                                            _mm512_set1_epi8((char)0x80));

    return _mm512_xor_si512(wanted, pairs);
}

/* Not zero where the last three bytes begin a sequence that they do not end:
 * then the last is C0 and above, the one before E0, the one before that F0. */
HELPER __m512i incomplete_end(__m512i v)
{
    const __m512i most = _mm512_mask_set1_epi32(_mm512_set1_epi8((char)0xff),
                                                1u << 15, (int)0xbfdfefffu);

    return _mm512_subs_epu8(v, most);
}

HELPER bool utf8_bad(struct utf8 *u, __m512i v)
{
    __m512i faults;

    if (_mm512_movepi8_mask(v) == 0) {
        faults = u->incomplete;
        u->incomplete = _mm512_setzero_si512();
    } else {
        faults = utf8_faults(v, u->last);
        u->incomplete = incomplete_end(v);
    }
    u->last = v;
    return _mm512_test_epi64_mask(faults, faults) != 0;
}

HELPER struct index_masks masks_of(__m512i v)
{
    struct index_masks m = {
        .backslash = equal(v, '\\'),
        .quote = equal(v, '"'),
        .ops = operators(v),
        .space = spaces(v),
        .newline = equal(v, '\n'),
        .control = _mm512_cmplt_epu8_mask(v, _mm512_set1_epi8(0x20))};

    m.ops &= ~m.control; /* the folding takes 0x0c and 0x1a for , and : */
    return m;
}

TARGET void index_avx512(struct index *index, struct slice block)
{
    struct index_pass p = index_begin(index, block);
    struct utf8 utf8 = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    struct index_tail tail;

    for (size_t i = 0; i < block.len; i += INDEX_CHUNK) {
        const __m512i v = _mm512_loadu_si512(index_chunk_at(&tail, block, i));
        const struct index_masks m = masks_of(v);

        index_chunk(&p, (uint32_t)i, &m, utf8_bad(&utf8, v),
                    (struct index_steps){prefix_xor, write_places});
    }
    index_finish(index, &p,
                 _mm512_test_epi64_mask(utf8.incomplete, utf8.incomplete) != 0);
}

#else

/* An empty file is no C: ISO C 6.9. */
typedef int index_avx512_absent;

#endif
