/* SPDX-License-Identifier: MIT */
/*
 * canon_number - a number as jq 1.7.1 writes one that it did not calculate
 *
 * The scientific form of decimal arithmetic (to-scientific-string of the
 * General Decimal Arithmetic Specification), every digit kept. A part of canon.
 */
#ifndef JSON_CANON_NUMBER_H
#define JSON_CANON_NUMBER_H

#include "base/slice.h"

struct buf;

/* Append the number, which is valid JSON. `digits` is memory to work in. 0, or
 * -1 when `out` is full. */
int canon_number_add(struct buf *out, struct slice text, struct buf *digits);

#endif
