/* SPDX-License-Identifier: MIT */
/*
 * explain - a compiled filter in words
 *
 * What each part does, where it stands in the text, whether it gives at most
 * one output, and which places of the line it looks at. The places are found
 * by following the code with places for values: what cannot be told becomes
 * more, up to the whole line, never less.
 */
#ifndef JQ_EXPLAIN_H
#define JQ_EXPLAIN_H

#include <stdbool.h>

#include "base/slice.h"

struct buf;
struct code;

/* What of the whole is said in words of its own. */
struct explain_facts {
    struct buf *looks; /* takes the places: ".a, .b[]" */
    bool gives_line;   /* an output may be the line as it came */
    bool gives_part;   /* .. a value within it */
    bool gives_made;   /* .. a computed value */
    bool writes_made;  /* .. which is written as it is made, never held */
    bool reads_inputs; /* it takes further lines by itself */
    bool uses_regex;
};

/* Append a listing, a part a line, of the program that was compiled from
 * `text`. With `null_input` it begins with null, and not with a line. */
void explain_listing(const struct code *program, struct slice text,
                     bool null_input, struct buf *out,
                     struct explain_facts *facts);

#endif
