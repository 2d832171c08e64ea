/* SPDX-License-Identifier: MIT */
/*
 * base32 - bytes as text of capital letters and digits (RFC 4648 section 6)
 */
#ifndef BASE_BASE32_H
#define BASE_BASE32_H

#include "base/slice.h"

struct buf;

/* Append `bytes`, padded, without newlines. 0, or -1 when the buffer is full;
 * then part of it may be there. */
int base32_add(struct buf *out, struct slice bytes);

#endif
