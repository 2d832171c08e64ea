/* SPDX-License-Identifier: MIT */
/*
 * digest - SHA-256 of a stream of bytes (FIPS 180-4), by libcrypto
 *
 * One digest is used again for one stream after another. One owner.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>

#include "base/slice.h"

struct digest;

enum { DIGEST_SIZE = 32, DIGEST_HEX_SIZE = 65 };

struct digest *digest_new(void);
void digest_free(struct digest *d);

/* Begin a new stream. */
void digest_clear(struct digest *d);

void digest_add(struct digest *d, struct slice bytes);

/* Write the 32 bytes of the sum; then only digest_clear. */
void digest_finish_bytes(struct digest *d, unsigned char *sum);

/* Write 64 lower-case hexadecimal digits and a NUL; then only digest_clear. */
void digest_finish(struct digest *d, char *hex);

/* Whether `text` has the form of a SHA-256 in hexadecimal digits. */
bool digest_valid(struct slice text);

#endif
