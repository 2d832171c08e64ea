/* SPDX-License-Identifier: MIT */
/*
 * The index in plain C: what the other kernels have to equal, and what runs
 * where none of them does.
 */
#include "json/index.h"

#include "json/index_core.h"

/* What a character is; bits of struct index_masks. */
enum {
    BACKSLASH = 1,
    QUOTE = 2,
    OPERATOR = 4,
    SPACE = 8,
    NEWLINE = 16,
    CONTROL = 32,
};

static const unsigned char kinds[256] = {
    [0] = CONTROL,
    [1] = CONTROL,
    [2] = CONTROL,
    [3] = CONTROL,
    [4] = CONTROL,
    [5] = CONTROL,
    [6] = CONTROL,
    [7] = CONTROL,
    [8] = CONTROL,
    [11] = CONTROL,
    [12] = CONTROL,
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
    ['\t'] = SPACE | CONTROL,
    ['\r'] = SPACE | CONTROL,
    ['\n'] = SPACE | NEWLINE | CONTROL,
};

static struct index_masks masks_of(const unsigned char *bytes)
{
    struct index_masks m = {0};

    for (int i = 0; i < INDEX_CHUNK; i++) {
        const uint64_t kind = kinds[bytes[i]];

        m.backslash |= (kind & 1) << i;
        m.quote |= (kind >> 1 & 1) << i;
        m.ops |= (kind >> 2 & 1) << i;
        m.space |= (kind >> 3 & 1) << i;
        m.newline |= (kind >> 4 & 1) << i;
        m.control |= (kind >> 5 & 1) << i;
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

/* RFC 3629, section 4, byte by byte. */
static bool utf8_bad(struct utf8 *u, const unsigned char *bytes)
{
    bool bad = false;

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

        index_chunk(&p, (uint32_t)i, &m, prefix_xor, utf8_bad(&utf8, at));
    }
    index_finish(index, &p, utf8.wanted > 0);
}
