/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include <stdbool.h>

/* The sequence length that a first byte of two or more announces; 0: none. */
static size_t announced(unsigned char first)
{
    if (first < 0xC2 || first > 0xF4)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static bool continues(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/*
 * The second byte rules out overlong forms (E0, F0), surrogates (ED) and what
 * lies above U+10FFFF (F4); every later byte is free.
 */
static bool second_fits(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xE0: return second >= 0xA0;
    case 0xED: return second <= 0x9F;
    case 0xF0: return second >= 0x90;
    case 0xF4: return second <= 0x8F;
    default: return true;
    }
}

size_t utf8_step(const char *at, size_t len, size_t *bad)
{
    const unsigned char *byte = (const unsigned char *)at;
    size_t want, have;

    if (byte[0] < 0x80)
        return 1;
    want = announced(byte[0]);
    have = 1;
    while (have < want && have < len && continues(byte[have]))
        have++;
    if (have == want && second_fits(byte[0], byte[1]))
        return want;
    if (bad != NULL)
        *bad = have;
    return 0;
}

size_t utf8_write(uint32_t code, char out[UTF8_MAX])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}
