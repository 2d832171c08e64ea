/* SPDX-License-Identifier: MIT */
/*
 * blocks - files cut into blocks of whole lines, as a source
 *
 * A block ends at a newline, or at the end of its file, and never spans two
 * files. It is handed out when it is full (by bytes or by lines) or, from a
 * pipe, as soon as the writer pauses. A line beyond the limit is not kept: its
 * item is marked `overlong`, holds its start (ITEM_OVERLONG_BYTES, or the limit
 * if that is less), and the rest of the line is passed over in constant memory;
 * or, if asked, comes as further `overlong` items of no lines. With `ranges`
 * only the first item of a large plain file knows the number of its line: the
 * order of the items tells the others. Loop's thread.
 */
#ifndef FLOW_BLOCKS_H
#define FLOW_BLOCKS_H

#include <stddef.h>

#include "flow/flow.h"

struct blocks;
struct err;
struct input_part;
struct unpack_tools;

struct blocks_options {
    const char *const *files; /* borrowed; "-" is stdin */
    size_t file_count;
    const struct input_part *parts; /* borrowed; instead of files, or NULL */
    size_t part_count;
    size_t block_bytes; /* about as much at a time */
    size_t max_lines;   /* at most as many at a time */
    size_t max_line;    /* bytes of a line, without its newline */
    bool keep_overlong; /* give out all of an overlong line, in pieces */
    bool ranges; /* items of a large plain file have a range and no bytes */
    const struct unpack_tools *unpack; /* of compressed files; NULL: as is */
    /* An input that cannot be opened or read: said here, then passed over;
     * what was read of it up to its last newline counts. */
    void (*on_fault)(void *arg, const struct err *err);
    void *arg;
};

struct blocks *blocks_open(struct loop *loop, const struct blocks_options *o);

/* After spawn_close, if files may be unpacked. */
void blocks_close(struct blocks *blocks);

struct flow_source blocks_source(struct blocks *blocks);

/* Bytes an item's `in` must be able to hold: one more than a block ever has, so
 * that a newline may be put behind it. */
size_t blocks_item_bytes(const struct blocks_options *o);

#endif
