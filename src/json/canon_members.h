/* SPDX-License-Identifier: MIT */
/*
 * canon_members - the members of objects, brought into the order they have to
 * have
 *
 * While a value is written, it is noted where each member went. What has been
 * written is then copied once more with the members where they belong, if any
 * is not there: in the order of their keys, or each key once, with its last
 * value at the place of the first. Places are bytes from the start of the
 * value's output, since that may move while it grows. A part of canon.
 */
#ifndef JSON_CANON_MEMBERS_H
#define JSON_CANON_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* The owner's storage. */
struct canon_members {
    struct buf members; /* struct member, of the objects that are open */
    struct buf objects; /* struct object */
    struct buf kept;    /* struct member */
    struct buf order;   /* struct member *, and as many again to merge into */
    struct buf spans;   /* struct span */
    struct buf moved;   /* the output, copied */
    size_t innermost;   /* open object */
    bool sort;
};

/* Calls `each` with all buffers: to init, shrink or release them. What they
 * hold is bounded by the length of the value. */
void canon_members_each(struct canon_members *c, void (*each)(struct buf *));

/* A value begins. `sort`: by keys; else only keys that come twice matter. */
void canon_members_start(struct canon_members *c, bool sort);

/* An object begins at `at`. */
void canon_members_begin(struct canon_members *c, size_t at);

/* A key of the innermost object, as it is meant, begins at `at`; `key` stays
 * until the value has ended. Then its colon, which ends before `behind`. */
void canon_members_key(struct canon_members *c, struct slice key, size_t at);
void canon_members_colon(struct canon_members *c, size_t behind);

/* The innermost object ends before `behind`. */
void canon_members_end(struct canon_members *c, size_t behind);

/* The value is written, from `base` on: move what has to move. */
void canon_members_move(struct canon_members *c, struct buf *out, size_t base);

#endif
