/* SPDX-License-Identifier: MIT */
/*
 * identity - by what a unit of work is known again in the next run
 *
 * By its id, if the list gave one, else by its content: a hash of all that
 * makes it run what it runs. Of units with equal content the first in the list
 * is the first, and so on; where they are in the list does not matter.
 *
 * The index knows all units of a state, and those that came since: 32 bytes
 * each, and 8 to 16 to find it. It compares 64 bits of a keyed hash and, where
 * that matters, 64 of the content's: that one of a million is taken for
 * another, and left out, has a chance of 1e-27; that one is run again for
 * that, 3e-8. One owner.
 */
#ifndef STORE_IDENTITY_H
#define STORE_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "flow/item.h"

struct identity;

/* A unit as the index knows it. */
struct identity_unit {
    uint64_t hash; /* of what it is known by */
    uint64_t content;
    uint32_t row;
    uint32_t seen; /* so many of this run have the content; at the first */
    uint32_t attempts;
    enum item_status status : 8; /* ITEM_RUNNING: when its run died */
    bool stored : 1;             /* the state has it */
    bool marked : 1;             /* as running */
    bool interrupted : 1;        /* it was started, and has no end of its own */
    bool met : 1;                /* by this run */
};

struct identity *identity_new(void);
void identity_free(struct identity *i);

/*
 * The content's hash, of its parts, each with a letter that says what it is.
 * Parts cannot run into one another.
 */
void identity_begin(struct identity *i);
void identity_add(struct identity *i, char what, struct slice part);
void identity_end(struct identity *i, unsigned char content[ITEM_HASH_SIZE]);

/* Add a unit that the state has, at this row, known by its id or by its
 * content. */
struct identity_unit *identity_note_id(struct identity *i, struct slice id,
                                       uint64_t row);
struct identity_unit *identity_note_content(struct identity *i,
                                            const unsigned char *content,
                                            uint32_t occurrence, uint64_t row);

/*
 * The unit of an item whose id, and whether that was given, and content are
 * known; a new one, with the next row, if there is none. Fills item->known.
 * Good until the next call.
 */
struct identity_unit *identity_meet(struct identity *i, struct item *item);

/* The unit of that id, if one is known by it, or NULL. */
struct identity_unit *identity_find(const struct identity *i, struct slice id);

/* The row of the next unit that is new. */
uint64_t identity_next_row(const struct identity *i);

/* The first 64 bits of a content's hash, as units have it. */
uint64_t identity_content(const unsigned char *content);

/* All units, to look through. */
const struct identity_unit *identity_units(const struct identity *i,
                                           size_t *count);

#endif
