/* SPDX-License-Identifier: MIT */
/*
 * note - what the note beside an unfinished file says
 *
 * Of which URL it is (as a SHA-256, since a URL may hold a secret), by which
 * validator the rest can be asked for, how long the whole is, and how much of
 * the file counts. A note that is not exactly of this form is none. Pure
 * functions.
 */
#ifndef WORK_NOTE_H
#define WORK_NOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/slice.h"
#include "work/validator.h"

struct buf;

#define NOTE_UNKNOWN UINT64_MAX

struct note {
    char url[DIGEST_HEX_SIZE]; /* the hash */
    struct validator validator;
    uint64_t total; /* bytes of the whole file, or NOTE_UNKNOWN */
    uint64_t have;  /* so many count; NOTE_UNKNOWN: all that are there */
};

/* Write its text into `out`, which is cleared. */
void note_write(const struct note *note, struct buf *out);

/* False: it is none, and `note` has no meaning. */
bool note_read(struct slice text, struct note *note);

#endif
