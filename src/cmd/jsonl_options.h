/* SPDX-License-Identifier: MIT */
/*
 * jsonl_options - the options of weir stream-jsonl, and what of them cannot be
 */
#ifndef CMD_JSONL_OPTIONS_H
#define CMD_JSONL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/args.h"
#include "cmd/common.h"

struct err;

/* From so many lines at a time on, it is the bytes that bound a block of a
 * large file. The fallback of --buffer-size. */
enum { JSONL_BUFFER_LINES = 1000 };

struct jsonl_options {
    struct common_options common;
    int on_error; /* enum transform_policy */
    uint64_t buffer_size;
    uint64_t block_size;
    uint64_t max_line;
    uint64_t max_depth;
    bool raw_output;
    bool join_output;
    bool ascii_output;
    bool sort_keys;
    bool canonical;
    bool raw_input;
    bool null_input;
    bool slurp;
    bool exit_status;
    bool explain;
    bool decompress;
    const char *from_file;
    struct args_list library_path;
    struct args_list arg; /* names and texts */
    struct args_list argjson;
    struct args_list slurpfile; /* names and files */
    struct args_list rawfile;
    const char *rejects;
    const char *output;
    const char *into;
    const char *table;
    const char *columns;
    const char *upsert;
    const char *checkpoint;
    const char *exec;
    const char *pipe;
    int64_t exec_timeout;
    uint64_t max_output;
    uint64_t max_memory;
};

/* Whether the values make sense, alone and together. 0 or -1. */
int jsonl_options_check(const struct jsonl_options *o, struct err *err);

/* These stand among the operands where --args and --jsonargs stood. */
extern const char jsonl_options_texts[];
extern const char jsonl_options_values[];

extern const struct args_option *const jsonl_options_tables[];

#endif
