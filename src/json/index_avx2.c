/* SPDX-License-Identifier: MIT */
/*
 * The index with AVX2: two halves of 32 bytes make a chunk. Characters are
 * classified by two table look-ups (vpshufb) on their low nibble, UTF-8 is
 * checked by three, as in J. Keiser and D. Lemire, "Validating UTF-8 In Less
 * Than One Instruction Per Byte", 2021.
 */
#include "json/index.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "json/index_core.h"
#include "json/index_utf8.h"

#define TARGET __attribute__((target("avx2,bmi,pclmul,popcnt")))
#define HELPER static inline __attribute__((always_inline)) TARGET

struct halves {
    __m256i lo, hi;
};

struct utf8 {
    __m256i last;       /* the 32 bytes before */
    __m256i incomplete; /* not zero: they end within a sequence */
};

HELPER struct halves load(const unsigned char *at)
{
    const __m256i *from = (const __m256i *)(const void *)at;

    return (struct halves){_mm256_loadu_si256(from),
                           _mm256_loadu_si256(from + 1)};
}

HELPER uint64_t bits_of(__m256i lo, __m256i hi)
{
    return (uint64_t)(uint32_t)_mm256_movemask_epi8(lo) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(hi) << 32;
}

HELPER uint64_t equal(struct halves h, char c)
{
    const __m256i v = _mm256_set1_epi8(c);

    return bits_of(_mm256_cmpeq_epi8(h.lo, v), _mm256_cmpeq_epi8(h.hi, v));
}

HELPER __m256i repeat(__m128i table)
{
    return _mm256_broadcastsi128_si256(table);
}

/* Below 0x20: the unsigned minimum with 0x1f is the byte itself. */
HELPER uint64_t controls(struct halves h)
{
    const __m256i top = _mm256_set1_epi8(0x1f);

    return bits_of(_mm256_cmpeq_epi8(_mm256_min_epu8(h.lo, top), h.lo),
                   _mm256_cmpeq_epi8(_mm256_min_epu8(h.hi, top), h.hi));
}

/* A table gives for each low nibble the one character of the class that ends
 * in it; the byte is in the class if it is that one. */
HELPER uint64_t in_table(struct halves h, struct halves key, __m256i table)
{
    return bits_of(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, h.lo), key.lo),
                   _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, h.hi), key.hi));
}

HELPER uint64_t spaces(struct halves h)
{
    const __m256i table = repeat(_mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0,
                                               '\t', '\n', 0, 0, '\r', 0, 0));

    return in_table(h, h, table);
}

/* With bit 0x20 set, [ and { are one, ] and } too: six become four. */
HELPER uint64_t operators(struct halves h)
{
    const __m256i table = repeat(
        _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0));
    const __m256i bit = _mm256_set1_epi8(0x20);
    const struct halves folded = {_mm256_or_si256(h.lo, bit),
                                  _mm256_or_si256(h.hi, bit)};

    return in_table(h, folded, table);
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
#define BEFORE(now, last, n)                                            \
    _mm256_alignr_epi8(now, _mm256_permute2x128_si256(last, now, 0x21), \
                       16 - (n))

HELPER __m256i high_nibbles(__m256i v)
{
    return _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(0x0f));
}

HELPER __m256i table_of(const unsigned char *bytes)
{
    return repeat(_mm_loadu_si128((const __m128i *)(const void *)bytes));
}

/* The faults that pairs of neighbours show; see index_utf8.h. */
HELPER __m256i pair_faults(__m256i now, __m256i before)
{
    const __m256i low = _mm256_set1_epi8(0x0f);
    const __m256i first = _mm256_and_si256(
        _mm256_shuffle_epi8(table_of(index_first_high), high_nibbles(before)),
        _mm256_shuffle_epi8(table_of(index_first_low),
                            _mm256_and_si256(before, low)));

    return _mm256_and_si256(
        first,
        _mm256_shuffle_epi8(table_of(index_second_high), high_nibbles(now)));
}

/* Faults of 32 bytes: INDEX_UTF8_TWO is one exactly where no lead byte two or
 * three places before asks for a third or fourth byte. */
HELPER __m256i utf8_faults(__m256i now, __m256i last)
{
    const __m256i pairs = pair_faults(now, BEFORE(now, last, 1));
    const __m256i third = _mm256_subs_epu8(
        BEFORE(now, last, 2), _mm256_set1_epi8((char)(0xe0 - 0x80)));
    const __m256i fourth = _mm256_subs_epu8(
        BEFORE(now, last, 3), _mm256_set1_epi8((char)(0xf0 - 0x80)));
    const __m256i wanted = _mm256_and_si256(_mm256_or_si256(third, fourth),
                                            _mm256_set1_epi8((char)0x80));

    return _mm256_xor_si256(wanted, pairs);
}

/* Not zero where the last three bytes begin a sequence that they do not end. */
HELPER __m256i incomplete_end(__m256i v)
{
    const __m256i most = _mm256_setr_epi8(
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, (char)(0xf0 - 1),
        (char)(0xe0 - 1), (char)(0xc0 - 1));

    return _mm256_subs_epu8(v, most);
}

HELPER bool utf8_bad(struct utf8 *u, struct halves h)
{
    __m256i faults;

    if (_mm256_movemask_epi8(_mm256_or_si256(h.lo, h.hi)) == 0) {
        faults = u->incomplete;
        u->incomplete = _mm256_setzero_si256();
    } else {
        faults = _mm256_or_si256(utf8_faults(h.lo, u->last),
                                 utf8_faults(h.hi, h.lo));
        u->incomplete = incomplete_end(h.hi);
    }
    u->last = h.hi;
    return !_mm256_testz_si256(faults, faults);
}

HELPER struct index_masks masks_of(struct halves h)
{
    struct index_masks m = {.backslash = equal(h, '\\'),
                            .quote = equal(h, '"'),
                            .ops = operators(h),
                            .space = spaces(h),
                            .newline = equal(h, '\n'),
                            .control = controls(h)};

    m.ops &= ~m.control; /* the folding takes 0x0c and 0x1a for , and : */
    return m;
}

TARGET void index_avx2(struct index *index, struct slice block)
{
    struct index_pass p = index_begin(index, block);
    struct utf8 utf8 = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    struct index_tail tail;

    for (size_t i = 0; i < block.len; i += INDEX_CHUNK) {
        const struct halves h = load(index_chunk_at(&tail, block, i));
        const struct index_masks m = masks_of(h);

        index_chunk(&p, (uint32_t)i, &m, utf8_bad(&utf8, h),
                    (struct index_steps){prefix_xor, index_write});
    }
    index_finish(index, &p,
                 !_mm256_testz_si256(utf8.incomplete, utf8.incomplete));
}

#else

/* An empty file is no C: ISO C 6.9. */
typedef int index_avx2_absent;

#endif
