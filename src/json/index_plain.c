/* SPDX-License-Identifier: MIT */
/*
 * The index in plain C: what the other kernels have to equal, and what runs
 * where none of them does.
 */
#include "json/index.h"

#include "json/index_core.h"

/*
 * What a character is: a bit in a byte of its own for each mask, so that eight
 * characters, each shifted by its place, make eight bits of all six masks with
 * one look-up each.
 */
#define BACKSLASH ((uint64_t)1)
#define QUOTE     ((uint64_t)1 << 8)
#define OPERATOR  ((uint64_t)1 << 16)
#define SPACE     ((uint64_t)1 << 24)
#define NEWLINE   ((uint64_t)1 << 32)
#define CONTROL   ((uint64_t)1 << 40)

static const uint64_t kinds[256] = {
    [0] = CONTROL,
    [1] = CONTROL,
    [2] = CONTROL,
    [3] = CONTROL,
    [4] = CONTROL,
    [5] = CONTROL,
    [6] = CONTROL,
    [7] = CONTROL,
    [8] = CONTROL,
    [9] = SPACE | CONTROL,
    [10] = SPACE | NEWLINE | CONTROL,
    [11] = CONTROL,
    [12] = CONTROL,
    [13] = SPACE | CONTROL,
    [14] = CONTROL,
    [15] = CONTROL,
    [16] = CONTROL,
    [17] = CONTROL,
    [18] = CONTROL,
    [19] = CONTROL,
    [20] = CONTROL,
    [21] = CONTROL,
    [22] = CONTROL,
    [23] = CONTROL,
    [24] = CONTROL,
    [25] = CONTROL,
    [26] = CONTROL,
    [27] = CONTROL,
    [28] = CONTROL,
    [29] = CONTROL,
    [30] = CONTROL,
    [31] = CONTROL,
    ['\\'] = BACKSLASH,
    ['"'] = QUOTE,
    ['{'] = OPERATOR,
    ['}'] = OPERATOR,
    ['['] = OPERATOR,
    [']'] = OPERATOR,
    [':'] = OPERATOR,
    [','] = OPERATOR,
    [' '] = SPACE,
};

static struct index_masks masks_of(const unsigned char *bytes)
{
    struct index_masks m = {0};

    for (int i = 0; i < INDEX_CHUNK; i += 8) {
        uint64_t eight = 0;

        for (int k = 0; k < 8; k++)
            eight |= kinds[bytes[i + k]] << k;
        m.backslash |= (eight & 0xff) << i;
        m.quote |= (eight >> 8 & 0xff) << i;
        m.ops |= (eight >> 16 & 0xff) << i;
        m.space |= (eight >> 24 & 0xff) << i;
        m.newline |= (eight >> 32 & 0xff) << i;
        m.control |= (eight >> 40 & 0xff) << i;
    }
    return m;
}

static uint64_t prefix_xor(uint64_t bits)
{
    for (int shift = 1; shift < INDEX_CHUNK; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

/* How far a sequence of UTF-8 is: what the next byte has to be. */
struct utf8 {
    int wanted;              /* continuation bytes that are to come */
    unsigned char low, high; /* bounds of the next one */
};

static void begin_sequence(struct utf8 *u, unsigned char c)
{
    u->wanted = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    u->low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    u->high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (c < 0xc2 || c > 0xf4)
        u->low = 0xff; /* no byte may follow: the next one shows the fault */
}

static bool is_ascii(const unsigned char *bytes)
{
    uint64_t all = 0, word;

    for (int i = 0; i < INDEX_CHUNK; i += 8) {
        memcpy(&word, bytes + i, sizeof word);
        all |= word;
    }
    return (all & 0x8080808080808080u) == 0;
}

/* RFC 3629, section 4, byte by byte. */
static bool utf8_bad(struct utf8 *u, const unsigned char *bytes)
{
    bool bad = false;

    if (u->wanted == 0 && is_ascii(bytes))
        return false;

    for (int i = 0; i < INDEX_CHUNK; i++) {
        const unsigned char c = bytes[i];

        if (u->wanted > 0 && c >= u->low && c <= u->high) {
            u->wanted--;
            u->low = 0x80;
            u->high = 0xbf;
            continue;
        }
        if (u->wanted > 0 || (c >= 0x80 && c < 0xc0))
            bad = true;
        u->wanted = 0;
        if (c >= 0xc0)
            begin_sequence(u, c);
    }
    return bad;
}

void index_plain(struct index *index, struct slice block)
{
    struct index_pass p = index_begin(index, block);
    struct utf8 utf8 = {0};
    struct index_tail tail;

    for (size_t i = 0; i < block.len; i += INDEX_CHUNK) {
        const unsigned char *at = index_chunk_at(&tail, block, i);
        const struct index_masks m = masks_of(at);

        index_chunk(&p, (uint32_t)i, &m, utf8_bad(&utf8, at),
                    (struct index_steps){prefix_xor, index_write});
    }
    index_finish(index, &p, utf8.wanted > 0);
}
