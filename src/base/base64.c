/* SPDX-License-Identifier: MIT */
#include "base/base64.h"

#include "base/buf.h"

int base64_add(struct buf *out, struct slice bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = (const unsigned char *)bytes.ptr;

    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        unsigned word = (unsigned)p[i] << 16;
        char four[4];

        word |= left > 1 ? (unsigned)p[i + 1] << 8 : 0;
        word |= left > 2 ? (unsigned)p[i + 2] : 0;
        four[0] = digits[word >> 18];
        four[1] = digits[word >> 12 & 63];
        four[2] = '=';
        four[3] = '=';
        if (left > 1)
            four[2] = digits[word >> 6 & 63];
        if (left > 2)
            four[3] = digits[word & 63];
        if (buf_add(out, four, sizeof four) < 0)
            return -1;
    }
    return 0;
}

size_t base64_len(size_t bytes)
{
    return (bytes + 2) / 3 * 4;
}
