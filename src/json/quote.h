/* SPDX-License-Identifier: MIT */
/*
 * quote - text to JSON strings, and JSON strings to text
 *
 * A "string" is the bytes of a JSON string with its quotes, as scan_line
 * accepted it; a "text" is what it means. Pure but for the buffer; any thread.
 */
#ifndef JSON_QUOTE_H
#define JSON_QUOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct buf;

/*
 * Append `text` as a JSON string. Escaped are the quote, the backslash and the
 * control characters (DEL too), in their short forms where there is one, else
 * as \u001f with lower-case digits. Bytes that are not UTF-8 become U+FFFD, as
 * utf8_step counts them. Returns how many U+FFFD were put in, or -1 if that
 * would pass the buffer's maximum; the buffer is then as before.
 */
int64_t quote_add(struct buf *out, struct slice text);

/*
 * Append what `string` means, as UTF-8: surrogate pairs are joined, each lone
 * surrogate becomes U+FFFD. 0, or -1 if that would pass the buffer's maximum;
 * the buffer is then as before.
 */
int quote_read(struct buf *out, struct slice string);

/* Does `string` mean its own bytes, because it has no escape? */
bool quote_plain(struct slice string);

/* Does `string` mean exactly `text`? Needs no memory. */
bool quote_equal(struct slice string, struct slice text);

#endif
