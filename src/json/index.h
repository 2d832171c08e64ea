/* SPDX-License-Identifier: MIT */
/*
 * index - where the structure of a block of lines is
 *
 * Stage 1 of the data path: one pass over a block, 64 bytes at a time, that
 * writes the positions of what has grammatical meaning (brackets, colons,
 * commas, opening quotes, first bytes of other scalars, newlines) and marks
 * the places where the bytes themselves look wrong: not UTF-8, a control
 * character in a string, an escape that is none, a newline in a string. It
 * decides nothing: a marked line is looked at by scan_line, which is the
 * specification.
 *
 * There are several kernels, one for each instruction set; all write the same
 * positions (what is suspect behind the first fault may differ)
 * (G. Langdale and D. Lemire, "Parsing Gigabytes of JSON per Second", 2019).
 * An index belongs to one thread at a time.
 */
#ifndef JSON_INDEX_H
#define JSON_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum {
    INDEX_CHUNK = 64,
};

struct index {
    uint32_t *at; /* positions, in order; newlines too */
    size_t count;
    uint32_t *suspects; /* chunks (position / 64) that look wrong, in order */
    size_t suspect_count;
    bool escapes;    /* there is a backslash somewhere */
    uint32_t *close; /* the grammar's: of the entry of an opening bracket that
                      * of the closing one, if the line was linked */
    size_t cap;      /* bytes of block that fit */
};

/* Bytes of memory that the index of a block of `len` bytes takes. */
size_t index_bytes(size_t len);

/* No memory yet. */
void index_init(struct index *index);
void index_release(struct index *index);

/*
 * Index a block of less than 2 GiB, behind which a newline has to stand that is
 * not part of it, unless it ends in one. A last line without newline gets an
 * entry at the block's end, as if that were its own.
 */
void index_block(struct index *index, struct slice block);

/* "avx512", "avx2", "sse", "neon" or "plain": the kernel in use. */
const char *index_kernel(void);

/* Choose the best kernel, unless one was chosen. Before threads start. */
void index_ready(void);

/* Use the kernel of this name from now on; 0, or -1 if this machine does not
 * have it. Before threads start. NULL: the best one. */
int index_choose(const char *name);

#endif
