/* SPDX-License-Identifier: MIT */
/*
 * value - look into the bytes of a JSON value without decoding them
 *
 * Every slice given here must be a value that scan_line accepted, or a part
 * of one that these functions returned: they trust it and check nothing again.
 * What they return points into the same bytes. No memory, no recursion; any
 * thread. Finding costs one pass over the container.
 */
#ifndef JSON_VALUE_H
#define JSON_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum value_kind {
    VALUE_NULL,
    VALUE_FALSE,
    VALUE_TRUE,
    VALUE_NUMBER,
    VALUE_STRING,
    VALUE_ARRAY,
    VALUE_OBJECT,
};

/* A walk over the members of an object, or the elements of an array. */
struct value_walk {
    const char *at; /* before the next one, or at the closing bracket */
};

enum value_kind value_kind(struct slice value);

/* By the first byte of a value. */
enum value_kind value_kind_of(char first);

/* "null", "boolean", "number", "string", "array", "object". */
const char *value_kind_name(enum value_kind kind);

/* Begin at the first member of an object. */
struct value_walk value_members_begin(struct slice object);

/*
 * The next member, or false when there is none. `key` is a string with its
 * quotes (quote.h reads it). Duplicates come as often as they are there.
 */
bool value_members_next(struct value_walk *walk, struct slice *key,
                        struct slice *value);

/* Begin at the first element of an array. */
struct value_walk value_elements_begin(struct slice array);

/* The next element, or false when there is none. */
bool value_elements_next(struct value_walk *walk, struct slice *value);

/*
 * The value of the member whose key means `key` (decoded text); of duplicates
 * the last. False, and `value` untouched, if there is none.
 */
bool value_find(struct slice object, struct slice key, struct slice *value);

/*
 * Element `n` from 0, or from the end if negative (-1 is the last). False, and
 * `value` untouched, if there is none.
 */
bool value_element(struct slice array, int64_t n, struct slice *value);

#endif
