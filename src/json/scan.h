/* SPDX-License-Identifier: MIT */
/*
 * scan - is this line exactly one JSON value
 *
 * The grammar of RFC 8259, UTF-8 by RFC 3629 everywhere, nothing more: no
 * comments, no NaN, no trailing commas. Any number of digits and any exponent
 * pass, and so do lone surrogate escapes (\ud83d), which the grammar allows.
 * Duplicate keys pass. This plain version is the specification: a faster one
 * must accept the same lines, and may come here to have a fault explained.
 * No memory, no recursion, about 8 KiB of stack; any thread.
 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include <stddef.h>

#include "base/slice.h"

enum {
    SCAN_DEPTH = 1024,     /* how deep a line may nest unless told otherwise */
    SCAN_MAX_DEPTH = 65536 /* the most that can be asked for */
};

/* The reason when a value is followed by another one. */
#define SCAN_SEVERAL "more than one value"

struct scan_fault {
    size_t column;      /* of the first faulty byte, in bytes, from 1 */
    const char *reason; /* constant text */
};

/*
 * Check one line (without its LF). 0: `value` is the value's own bytes, the
 * space, tab and CR around it left out. 1: there is only such space. -1:
 * `fault` names the first fault, its column one past the end when the line
 * stops too early; invalid UTF-8 is named at the first byte of its sequence.
 * `max_depth` counts open brackets; it is cut at SCAN_MAX_DEPTH.
 */
int scan_line(struct slice line, size_t max_depth, struct slice *value,
              struct scan_fault *fault);

#endif
