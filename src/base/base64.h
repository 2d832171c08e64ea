/* SPDX-License-Identifier: MIT */
/*
 * base64 - bytes as text (RFC 4648 section 4)
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/slice.h"

struct buf;

/* Append `bytes`, padded, without newlines. 0, or -1 when the buffer is full;
 * then part of it may be there. */
int base64_add(struct buf *out, struct slice bytes);

/* The length of the text for so many bytes. */
size_t base64_len(size_t bytes);

#endif
