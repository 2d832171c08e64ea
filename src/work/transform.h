/* SPDX-License-Identifier: MIT */
/*
 * transform - blocks of JSON Lines through a filter, on a pool of threads
 *
 * Every line is validated in full, whatever the filter looks at; what passes
 * is written with its own bytes. A line that is invalid, or on which the
 * filter fails, is rejected: noted in the item's block, and wrapped in place
 * if asked. A pool thread touches its own item and nothing else.
 */
#ifndef WORK_TRANSFORM_H
#define WORK_TRANSFORM_H

#include <stddef.h>
#include <stdint.h>

#include "flow/flow.h"

struct loop;
struct path;
struct transform;

/* What becomes of a rejected line. */
enum transform_policy {
    TRANSFORM_REPORT,
    TRANSFORM_WRAP,
    TRANSFORM_DROP,
    TRANSFORM_FAIL, /* the block ends before its first bad line */
};

struct transform_options {
    struct loop *loop;
    const struct path *path; /* borrowed, shared by all threads */
    enum transform_policy policy;
    size_t threads;
    size_t max_line;  /* bytes */
    size_t max_depth; /* of nesting */
};

/* One rejected line. */
struct transform_fault {
    uint64_t line; /* in its file, from 1 */
    size_t column; /* from 1; 0: the filter failed on a valid line */
    char reason[120];
};

/* The command's part of an item: what became of its lines. */
struct transform_block {
    uint64_t ok;
    uint64_t rejected;
    uint64_t blank;
    const struct transform_fault *faults; /* the first TRANSFORM_FAULTS */
    size_t fault_count;
};

enum { TRANSFORM_FAULTS = 20 };

struct transform *transform_open(const struct transform_options *options);
void transform_close(struct transform *t);

/* For struct flow_options; attach before the flow runs. */
struct flow_worker transform_worker(struct transform *t);
struct flow_work transform_work(struct transform *t);
void transform_attach(struct transform *t, struct flow *flow);

/* Bytes an item's `out` must be able to hold for blocks of `in` bytes and
 * `lines` lines. */
size_t transform_out_bytes(size_t in, size_t lines);

#endif
