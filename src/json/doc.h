/* SPDX-License-Identifier: MIT */
/*
 * doc - small JSON documents as a tree: task files, manifests, summaries
 *
 * For control values, not for the data path. A root (from doc_parse or
 * doc_object_new) is the caller's, to be freed with doc_free; whatever is
 * reached from it is borrowed and lives as long. Texts are UTF-8. One thread
 * at a time for each document. The only module that knows jansson.
 */
#ifndef JSON_DOC_H
#define JSON_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "json/value.h"

struct buf;
struct doc;
struct err;

/* A walk over the members of an object: zeroed at first. */
struct doc_member {
    struct slice key;
    const struct doc *value;
    void *place; /* the walk's own */
};

/*
 * Parse one JSON value. Beyond what scan_line refuses, so are duplicate keys,
 * numbers that do not fit an int64_t or a double, a NUL in a key, lone
 * surrogates, and more than 2048 levels. NULL on failure: kind ERR_LIST,
 * "column N: why", N in bytes.
 */
struct doc *doc_parse(struct slice text, struct err *err);

/* Free a root and all below it; NULL is fine. */
void doc_free(struct doc *doc);

enum value_kind doc_kind(const struct doc *doc);

/* The next member of an object, in its order, or false when none is left. */
bool doc_next(const struct doc *object, struct doc_member *member);

/* The member named `key`, or NULL; NULL too if this is not an object. */
const struct doc *doc_get(const struct doc *object, const char *key);

/* How many elements an array, or members an object has; 0 for the rest. */
size_t doc_count(const struct doc *doc);

/* Element `n` of an array from 0, or NULL; NULL too if this is no array. */
const struct doc *doc_at(const struct doc *array, size_t n);

/* The text of a string; anything else gives a slice whose pointer is NULL. */
struct slice doc_text(const struct doc *doc);

/* False, and `out` untouched, if this is not a whole number (1.0 is one). */
bool doc_integer(const struct doc *doc, int64_t *out);

/* False, and `out` untouched, if this is not a number. */
bool doc_number(const struct doc *doc, double *out);

/* False, and `out` untouched, if this is neither true nor false. */
bool doc_bool(const struct doc *doc, bool *out);

/* An empty object; its members are written in the order they are set. */
struct doc *doc_object_new(void);

/*
 * Set a member, in place of one of that name if there is one. `key` is UTF-8.
 * A text that is not gets U+FFFD where it is not; a number that is not finite
 * becomes null. doc_set_doc takes `child`, a root until then.
 */
void doc_set_text(struct doc *object, const char *key, struct slice text);
void doc_set_integer(struct doc *object, const char *key, int64_t number);
void doc_set_number(struct doc *object, const char *key, double number);
void doc_set_bool(struct doc *object, const char *key, bool truth);
void doc_set_null(struct doc *object, const char *key);
void doc_set_doc(struct doc *object, const char *key, struct doc *child);

/*
 * Append it as one line without its LF: no spaces, members in order, numbers
 * that are not whole with at most 15 digits. 0, or -1 if that would pass the
 * buffer's maximum, which then may hold a part of it.
 */
int doc_write(const struct doc *doc, struct buf *out);

#endif
