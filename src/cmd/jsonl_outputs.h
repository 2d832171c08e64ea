/* SPDX-License-Identifier: MIT */
/*
 * jsonl_outputs - where the results of weir stream-jsonl go, and the rejected
 * lines
 *
 * stdout, or a file or a database that changes when all went well. One owner.
 */
#ifndef CMD_JSONL_OUTPUTS_H
#define CMD_JSONL_OUTPUTS_H

#include "base/replace.h"
#include "cmd/jsonl_since.h"

struct err;
struct flow_options;
struct jsonl_options;
struct log;
struct rows;
struct transform_options;

/* Zeroed, there are none. */
struct jsonl_outputs {
    const struct jsonl_options *o;
    struct log *log;
    struct replace file;      /* --output */
    struct replace rejects;   /* --rejects */
    struct rows *rows;        /* --into, or NULL */
    struct jsonl_since since; /* --checkpoint */
};

/* Whether the options make sense together. 0 or -1. */
int jsonl_outputs_check(const struct jsonl_options *o, struct err *err);

/* Open them. 0, or -1 and `err`. */
int jsonl_outputs_open(struct jsonl_outputs *outputs,
                       const struct jsonl_options *o, struct log *log,
                       struct err *err);

/* Tell the run of them. Rejected lines are written as they come: they are there
 * after a crash too. */
void jsonl_outputs_attach(struct jsonl_outputs *outputs,
                          struct flow_options *flow);
void jsonl_outputs_demand(struct jsonl_outputs *outputs,
                          struct transform_options *transform);

/* The run ended with `outcome` and `err`: keep what was written, or take it
 * back. Once. The new outcome. */
int jsonl_outputs_end(struct jsonl_outputs *outputs, int outcome,
                      struct err *err);

/* A write is stuck: leave the rows to its thread, and to SQLite, which takes
 * them back when the database is opened again. */
void jsonl_outputs_leave(struct jsonl_outputs *outputs);

/* Take back what has not ended. */
void jsonl_outputs_close(struct jsonl_outputs *outputs);

#endif
