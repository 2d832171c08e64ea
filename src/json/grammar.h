/* SPDX-License-Identifier: MIT */
/*
 * grammar - stage 2 of the data path: is each line one JSON value?
 *
 * Walks the positions of an index, line by line, and checks the whole grammar
 * of RFC 8259 without looking at what stands between them, but for numbers and
 * literals. Where the index marked bytes as suspect, and where a line nests
 * deeper than 64, it says so and leaves the verdict to scan_line, which also
 * finds place and reason of a fault. One thread; no memory of its own.
 */
#ifndef JSON_GRAMMAR_H
#define JSON_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct index;

enum grammar_verdict {
    GRAMMAR_VALID,  /* one value: `value` is its own bytes */
    GRAMMAR_BLANK,  /* only white space */
    GRAMMAR_UNSURE, /* scan_line decides */
};

/* A walk over the lines of a block. */
struct grammar {
    const struct index *index; /* its `close` is written */
    bool links;                /* where containers close is noted there */
    struct slice block;
    size_t entry;   /* the next of the index */
    size_t suspect; /* the next of the suspects */
    size_t start;   /* where the next line begins */
    unsigned max_depth;
};

/* One line. */
struct grammar_line {
    struct slice bytes; /* without the newline */
    struct slice value; /* with GRAMMAR_VALID */
    size_t first;       /* its entries of the index: from first to last, the */
    size_t last;        /* newline's being entry `last` */
    enum grammar_verdict verdict;
};

/* Begin at the first line of the block that the index was made of. Deeper than
 * `max_depth` or 64 it is unsure. With `links` the values of the valid lines
 * can be walked by json/place.h. */
struct grammar grammar_begin(const struct index *index, struct slice block,
                             size_t max_depth, bool links);

/* The next line, or false when there is none. */
bool grammar_next(struct grammar *g, struct grammar_line *line);

/* Link a line that was unsure and that scan_line accepted. */
void grammar_link(const struct grammar *g, const struct grammar_line *line);

#endif
