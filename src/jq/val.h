/* SPDX-License-Identifier: MIT */
/*
 * val - what a filter computes with
 *
 * A small tagged value, passed by value. What came with the line is lazy: an
 * entry of its index, looked at only as far as a filter does; its own bytes go
 * out again. What was computed lives in an arena and is never changed once
 * others may see it; an array or object that is added to at its end shares the
 * store of the shorter one. Text is UTF-8, decoded. One owner, one arena.
 */
#ifndef JQ_VAL_H
#define JQ_VAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "json/place.h"

struct arena;
struct val_array;
struct val_object;

/* In the order of sort, which is that of value_kind. */
enum val_kind {
    VAL_NULL,
    VAL_FALSE,
    VAL_TRUE,
    VAL_NUMBER,
    VAL_STRING,
    VAL_ARRAY,
    VAL_OBJECT,
};

enum val_form {
    VAL_BUILT, /* computed */
    VAL_LAZY,  /* an entry of an index */
    VAL_SPELT, /* a number as it is written */
};

struct val {
    uint8_t kind;
    uint8_t form;
    uint16_t depth; /* of nesting, as it was built */
    uint32_t n;     /* length of text, elements, members; or the entry */
    union {
        double number;
        const char *text; /* of a string, or of a number that is spelt */
        struct val_array *array;
        struct val_object *object;
        const struct place *line; /* lazy: index and bytes; outlives it */
    } u;
};

/* Room beyond the arena's maximum gives VAL_NULL with n == VAL_NO_ROOM; so does
 * what is built deeper than this: who looks at all of it needs stack. */
enum { VAL_DEPTH_MAX = 10000 };
#define VAL_NO_ROOM UINT32_MAX

struct val val_null(void);
struct val val_bool(bool truth);
struct val val_number(double number);
struct val val_string(struct slice text);  /* borrowed */
struct val val_spelt(struct slice number); /* borrowed */
/* The same, as a computed number where that cannot be told from it. */
struct val val_short(struct slice number);
struct val val_of_place(const struct place *line, uint32_t entry);

bool val_no_room(struct val v);

/* Whether it is all there is, without memory elsewhere. */
bool val_is_plain(struct val v);

/* Everything but null and false. */
bool val_truth(struct val v);
const char *val_kind_name(struct val v);

/* A number as a double, rounded right. */
double val_double(struct val v);
/* A number's own text; ptr NULL if it was computed. */
struct slice val_spelling(struct val v);
/* What a string means; in the arena if it has escapes. ptr NULL: no room. */
struct slice val_text(struct arena *arena, struct val v);

/* Arrays and objects. */
uint32_t val_count(struct val v);
struct val val_array(struct arena *arena, uint32_t room);
struct val val_object(struct arena *arena, uint32_t room);
/* The array with one more at its end. */
struct val val_append(struct arena *arena, struct val array, struct val item);
/* The elements from `begin` to before `end`, in the store of the array. */
struct val val_part(struct arena *arena, struct val array, uint32_t begin,
                    uint32_t end);
/* The same array with no room for more: threads may share it. */
struct val val_exact(struct arena *arena, struct val array);
/* The object with this member, at the place of the one it had, if any. */
struct val val_put(struct arena *arena, struct val object, struct slice key,
                   struct val value);
struct val val_remove(struct arena *arena, struct val object, struct slice key);
/* False: there is none. */
bool val_find(struct val object, const struct place_key *key,
              struct val *value);
bool val_element(struct val array, int64_t i, struct val *value);

/* A walk over elements, or over members as they stand, each key once. */
struct val_walk {
    struct val of;
    uint32_t i; /* the next; of a lazy one, an entry */
    uint32_t end;
};

struct val_walk val_walk(struct arena *arena, struct val v);
bool val_next(struct val_walk *w, struct val *key, struct val *value);

/* jq's order: below 0, 0, above 0. */
int val_compare(struct arena *arena, struct val a, struct val b);
bool val_equal(struct arena *arena, struct val a, struct val b);

#endif
