/* SPDX-License-Identifier: MIT */
#include "base/base32.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"

/* Digits that so many bytes of a group of five take. */
static const size_t digits_of[] = {0, 2, 4, 5, 7, 8};

int base32_add(struct buf *out, struct slice bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const unsigned char *p = (const unsigned char *)bytes.ptr;

    for (size_t i = 0; i < bytes.len; i += 5) {
        const size_t count = bytes.len - i < 5 ? bytes.len - i : 5;
        uint64_t word = 0;
        char eight[8];

        for (size_t k = 0; k < 5; k++)
            word = word << 8 | (k < count ? p[i + k] : 0);
        memset(eight, '=', sizeof eight);
        for (size_t k = 0; k < digits_of[count]; k++)
            eight[k] = digits[word >> (35 - 5 * k) & 31];
        if (buf_add(out, eight, sizeof eight) < 0)
            return -1;
    }
    return 0;
}
