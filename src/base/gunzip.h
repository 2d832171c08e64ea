/* SPDX-License-Identifier: MIT */
/*
 * gunzip - what gzip has packed (RFC 1952), unpacked piece by piece
 *
 * Checked in full, sums and lengths too; several members in a row are one text,
 * as with gzip(1). Unlike libcurl's own decoding this knows whether the end was
 * reached, so a text that was cut is never taken for whole. About 40 KB each;
 * output goes where the caller says. The only module that knows zlib. One
 * owner.
 */
#ifndef BASE_GUNZIP_H
#define BASE_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct gunzip;

struct gunzip *gunzip_new(void);
void gunzip_free(struct gunzip *g);

/* For the next text. */
void gunzip_clear(struct gunzip *g);

/* The next packed bytes, borrowed until gunzip_take has returned 0. */
void gunzip_give(struct gunzip *g, struct slice packed);

/* Unpack up to `size` bytes into `room`; how many: 0 when it needs more, -1 if
 * this is not gzip's. */
ptrdiff_t gunzip_take(struct gunzip *g, char *room, size_t size);

/* Whether all that was given is whole; nothing at all is not. */
bool gunzip_whole(const struct gunzip *g);

#endif
