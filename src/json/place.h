/* SPDX-License-Identifier: MIT */
/*
 * place - a value by its entry in an index
 *
 * The lazy values of the data path: a place is where a value begins among the
 * positions of a block, and going from one to another reads positions instead
 * of bytes. A container that is passed over costs one step, however much is in
 * it, since the grammar noted where it closes. The line must be one that
 * grammar_next or grammar_link linked; nothing is checked again. No memory; any
 * thread.
 */
#ifndef JSON_PLACE_H
#define JSON_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct index;

struct place {
    const struct index *index;
    const char *bytes; /* of the block */
    uint32_t entry;    /* of the value's first byte */
};

/* A key to be looked for: decoded text, and what is known of it. */
struct place_key {
    struct slice text; /* borrowed */
    bool plain;        /* in JSON it may stand as it is */
};

struct place_key place_key(struct slice text);

/* The first byte, which tells the kind. */
char place_first(const struct place *place);

/* The value's own bytes, without white space around it. */
struct slice place_bytes(const struct place *place);

/*
 * The entry of the value of the object's member whose key means `key`; of
 * duplicates the last. 0: there is none, since no value of a member is first.
 */
uint32_t place_member(const struct place *object, const struct place_key *key);

/* The same as a place. False, and `value` untouched, if there is none. */
bool place_find(const struct place *object, const struct place_key *key,
                struct place *value);

/*
 * Element `n` of the array from 0, or from the end if negative (-1 is the
 * last). False, and `value` untouched, if there is none.
 */
bool place_element(const struct place *array, int64_t n, struct place *value);

#endif
