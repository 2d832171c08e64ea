/* SPDX-License-Identifier: MIT */
/*
 * partial - which bytes of a file an answer has (RFC 9110 section 14.4)
 *
 * Reads Content-Range of 206 and 416. Pure functions.
 */
#ifndef WORK_PARTIAL_H
#define WORK_PARTIAL_H

#include <stdbool.h>
#include <stdint.h>

#define PARTIAL_UNKNOWN UINT64_MAX

struct partial {
    bool none;      /* a 416 */
    uint64_t first; /* else from this byte */
    uint64_t last;  /* to this */
    uint64_t total; /* of so many, or PARTIAL_UNKNOWN */
};

/* Read "bytes 0-499/1234", "bytes 0-499/" and an asterisk, or "bytes", an
 * asterisk and "/1234". NULL is none. False: it is none, or contradicts itself.
 */
bool partial_read(const char *text, struct partial *partial);

#endif
