/* SPDX-License-Identifier: MIT */
/*
 * utf8 - one step through text that should be UTF-8 (RFC 3629)
 *
 * Valid is what RFC 3629 section 4 allows: no surrogates, no overlong forms,
 * nothing above U+10FFFF. Pure functions, any thread.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* U+FFFD, which stands for what could not be read. */
#define UTF8_REPLACEMENT "\xEF\xBF\xBD"

enum { UTF8_MAX = 4 }; /* bytes of the longest sequence */

/*
 * The length of the valid sequence that begins at `at`, 1 to 4, looking at no
 * more than `len` bytes (at least 1). 0 if there is none; then `bad`, unless
 * NULL, is the length of what one U+FFFD stands for: the first byte with those
 * of the continuation bytes it announces that are there. So a surrogate (ED A0
 * 80) or F4 90 80 80 is one fault, as in jq; a byte that can begin nothing is
 * one each.
 */
size_t utf8_step(const char *at, size_t len, size_t *bad);

/* Write `code` (<= 0x10FFFF, no surrogate) to `out`; returns its length. */
size_t utf8_write(uint32_t code, char out[UTF8_MAX]);

#endif
