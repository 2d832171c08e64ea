/* SPDX-License-Identifier: MIT */
/*
 * What the vector kernels of the index know about UTF-8: three tables that are
 * looked up by nibbles of two neighbouring bytes. A fault that two neighbours
 * show has a bit; it is set in each table at the nibbles that take part in it,
 * so the AND of the three look-ups has the bits of the faults that are there.
 * (J. Keiser and D. Lemire, "Validating UTF-8 In Less Than One Instruction Per
 * Byte", 2021, section 6.1.)
 */
#ifndef JSON_INDEX_UTF8_H
#define JSON_INDEX_UTF8_H

enum {
    INDEX_UTF8_SHORT = 1 << 0,      /* a lead byte, then no continuation */
    INDEX_UTF8_LONG = 1 << 1,       /* ASCII, then a continuation */
    INDEX_UTF8_OVERLONG_3 = 1 << 2, /* E0, then 80 to 9F */
    INDEX_UTF8_LARGE = 1 << 3, /* F4, then 90 to BF; F5 to FF, then 90 to BF */
    INDEX_UTF8_SURROGATE = 1 << 4,  /* ED, then A0 to BF */
    INDEX_UTF8_OVERLONG_2 = 1 << 5, /* C0 or C1, then a continuation */
    INDEX_UTF8_OVERLONG_4 = 1 << 6, /* F0, then 80 to 8F; F5 to FF likewise */
    INDEX_UTF8_TWO = 1 << 7, /* two continuations: right behind E0 to F4 */
    /* What does not depend on the low nibble of the first byte. */
    INDEX_UTF8_ANY_LOW = INDEX_UTF8_SHORT | INDEX_UTF8_LONG | INDEX_UTF8_TWO,
    INDEX_UTF8_F5_TO_FF =
        INDEX_UTF8_ANY_LOW | INDEX_UTF8_LARGE | INDEX_UTF8_OVERLONG_4,
    INDEX_UTF8_ANY_SECOND =
        INDEX_UTF8_LONG | INDEX_UTF8_OVERLONG_2 | INDEX_UTF8_TWO,
};

/* By the high nibble of the first byte. */
static const unsigned char index_first_high[16] = {
    INDEX_UTF8_LONG,
    INDEX_UTF8_LONG,
    INDEX_UTF8_LONG,
    INDEX_UTF8_LONG,
    INDEX_UTF8_LONG,
    INDEX_UTF8_LONG,
    INDEX_UTF8_LONG,
    INDEX_UTF8_LONG,
    INDEX_UTF8_TWO,
    INDEX_UTF8_TWO,
    INDEX_UTF8_TWO,
    INDEX_UTF8_TWO,
    INDEX_UTF8_SHORT | INDEX_UTF8_OVERLONG_2,
    INDEX_UTF8_SHORT,
    INDEX_UTF8_SHORT | INDEX_UTF8_OVERLONG_3 | INDEX_UTF8_SURROGATE,
    INDEX_UTF8_SHORT | INDEX_UTF8_LARGE | INDEX_UTF8_OVERLONG_4,
};

/* By the low nibble of the first byte. */
static const unsigned char index_first_low[16] = {
    INDEX_UTF8_ANY_LOW | INDEX_UTF8_OVERLONG_2 | INDEX_UTF8_OVERLONG_3 |
        INDEX_UTF8_OVERLONG_4,
    INDEX_UTF8_ANY_LOW | INDEX_UTF8_OVERLONG_2,
    INDEX_UTF8_ANY_LOW,
    INDEX_UTF8_ANY_LOW,
    INDEX_UTF8_ANY_LOW | INDEX_UTF8_LARGE,
    INDEX_UTF8_F5_TO_FF,
    INDEX_UTF8_F5_TO_FF,
    INDEX_UTF8_F5_TO_FF,
    INDEX_UTF8_F5_TO_FF,
    INDEX_UTF8_F5_TO_FF,
    INDEX_UTF8_F5_TO_FF,
    INDEX_UTF8_F5_TO_FF,
    INDEX_UTF8_F5_TO_FF,
    INDEX_UTF8_F5_TO_FF | INDEX_UTF8_SURROGATE,
    INDEX_UTF8_F5_TO_FF,
    INDEX_UTF8_F5_TO_FF,
};

/* By the high nibble of the second byte. */
static const unsigned char index_second_high[16] = {
    INDEX_UTF8_SHORT,
    INDEX_UTF8_SHORT,
    INDEX_UTF8_SHORT,
    INDEX_UTF8_SHORT,
    INDEX_UTF8_SHORT,
    INDEX_UTF8_SHORT,
    INDEX_UTF8_SHORT,
    INDEX_UTF8_SHORT,
    INDEX_UTF8_ANY_SECOND | INDEX_UTF8_OVERLONG_3 | INDEX_UTF8_OVERLONG_4,
    INDEX_UTF8_ANY_SECOND | INDEX_UTF8_OVERLONG_3 | INDEX_UTF8_LARGE,
    INDEX_UTF8_ANY_SECOND | INDEX_UTF8_SURROGATE | INDEX_UTF8_LARGE,
    INDEX_UTF8_ANY_SECOND | INDEX_UTF8_SURROGATE | INDEX_UTF8_LARGE,
    INDEX_UTF8_SHORT,
    INDEX_UTF8_SHORT,
    INDEX_UTF8_SHORT,
    INDEX_UTF8_SHORT,
};

#endif
