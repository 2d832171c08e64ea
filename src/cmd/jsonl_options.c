/* SPDX-License-Identifier: MIT */
#include "cmd/jsonl_options.h"

#include <stddef.h>

#include "base/err.h"
#include "cmd/jsonl_outputs.h"
#include "cmd/jsonl_since.h"
#include "work/transform.h"
#include "json/scan.h"

/* More threads than any machine has; a million would not even start. */
enum { THREADS_MAX = 4096 };

const char jsonl_options_texts[] = "args";
const char jsonl_options_values[] = "jsonargs";

static int check_limits(const struct jsonl_options *o, struct err *err)
{
    if (o->common.jobs > THREADS_MAX)
        return err_set(err, ERR_USAGE, "--jobs: at most %d", THREADS_MAX);
    if (o->buffer_size == 0)
        return err_set(err, ERR_USAGE, "--buffer-size: at least 1");
    if (o->block_size < 1 || o->block_size > 1u << 30)
        return err_set(err, ERR_USAGE, "--block-size: from 1 to 1G");
    if (o->max_line < 1 || o->max_line > 1u << 30)
        return err_set(err, ERR_USAGE, "--max-line: from 1 to 1G");
    if (o->max_depth < 1 || o->max_depth > SCAN_MAX_DEPTH)
        return err_set(err, ERR_USAGE, "--max-depth: from 1 to %d",
                       SCAN_MAX_DEPTH);
    return 0;
}

static int check_processor(const struct jsonl_options *o, struct err *err)
{
    if (o->exec != NULL && o->pipe != NULL)
        return err_set(err, ERR_USAGE, "--exec and --pipe: one of them");
    if ((o->exec != NULL && o->exec[0] == '\0') ||
        (o->pipe != NULL && o->pipe[0] == '\0'))
        return err_set(err, ERR_USAGE, "%s: no command",
                       o->exec ? "--exec" : "--pipe");
    if (o->exec != NULL && o->join_output)
        return err_set(err, ERR_USAGE,
                       "--exec needs lines: not with --join-output");
    if (o->max_output < 1 || o->max_output > (uint64_t)1 << 40)
        return err_set(err, ERR_USAGE, "--max-output: from 1 to 1024G");
    return 0;
}

static int check_program(const struct jsonl_options *o, struct err *err)
{
    if (o->slurp)
        return err_set(err, ERR_USAGE,
                       "--slurp: all of the input at once has no bound; try "
                       "-n with 'reduce inputs as $x (...)', or, if it fits "
                       "into --max-memory, with '[inputs] | ...'");
    return 0;
}

int jsonl_options_check(const struct jsonl_options *o, struct err *err)
{
    if (check_limits(o, err) < 0 || check_processor(o, err) < 0 ||
        jsonl_outputs_check(o, err) < 0 || jsonl_since_check(o, err) < 0)
        return -1;
    return check_program(o, err);
}

static const char *const policies[] = {"report", "wrap", "drop", "fail", NULL};

#define PLACE(member) offsetof(struct jsonl_options, member)

static const struct args_option own_options[] = {
    {.letter = 'j',
     .name = "jobs",
     .value = "N",
     .help = "threads: N, N%, +N of the CPUs; 0: as many as CPUs",
     .fallback = "0",
     .type = ARGS_JOBS,
     .place = PLACE(common.jobs)},
    {.name = "ordered",
     .help = "output in input order",
     .fallback = "on",
     .type = ARGS_FLAG,
     .place = PLACE(common.ordered)},
    {.name = "unordered",
     .help = "blocks of output as they finish",
     .type = ARGS_UNSET,
     .place = PLACE(common.ordered)},
    {.name = "on-error",
     .value = "POLICY",
     .help = "rejected lines: report, wrap, drop, fail",
     .fallback = "report",
     .type = ARGS_CHOICE,
     .place = PLACE(on_error),
     .choices = policies},
    {.name = "buffer-size",
     .value = "N",
     .help = "at most so many lines go to a worker at a time",
     .fallback = "1000",
     .type = ARGS_COUNT,
     .place = PLACE(buffer_size)},
    {.name = "block-size",
     .value = "B",
     .help = "about so many bytes go to a worker at a time",
     .fallback = "256K",
     .type = ARGS_SIZE,
     .place = PLACE(block_size)},
    {.name = "max-line",
     .value = "B",
     .help = "a longer line is rejected",
     .fallback = "16M",
     .type = ARGS_SIZE,
     .place = PLACE(max_line)},
    {.name = "max-depth",
     .value = "N",
     .help = "a line that nests deeper is rejected",
     .fallback = "1024",
     .type = ARGS_COUNT,
     .place = PLACE(max_depth)},
    {.name = "rejects",
     .value = "FILE",
     .help = "the rejected lines as they came, to be mended",
     .type = ARGS_TEXT,
     .place = PLACE(rejects)},
    {.name = "output",
     .value = "FILE",
     .help = "write to FILE, which appears when all went well",
     .type = ARGS_TEXT,
     .place = PLACE(output)},
    {.name = "into",
     .value = "DB",
     .help = "objects as rows of a SQLite database: all, or none",
     .type = ARGS_TEXT,
     .place = PLACE(into)},
    {.name = "table",
     .value = "NAME",
     .help = "the table for --into; it is made if there is none",
     .type = ARGS_TEXT,
     .place = PLACE(table)},
    {.name = "columns",
     .value = "LIST",
     .help = "these columns and no others: NAME[:TYPE],...",
     .type = ARGS_TEXT,
     .place = PLACE(columns)},
    {.name = "upsert",
     .value = "LIST",
     .help = "a row with these columns' values is updated",
     .type = ARGS_TEXT,
     .place = PLACE(upsert)},
    {.name = "checkpoint",
     .value = "FILE",
     .help = "what is new in the files since the last run",
     .type = ARGS_TEXT,
     .place = PLACE(checkpoint)},
    {.letter = 'r',
     .name = "raw-output",
     .help = "a string goes out as its text, without quotes",
     .type = ARGS_FLAG,
     .place = PLACE(raw_output)},
    {.name = "join-output",
     .help = "as -r, and no newline behind a value",
     .type = ARGS_FLAG,
     .place = PLACE(join_output)},
    {.letter = 'a',
     .name = "ascii-output",
     .help = "characters beyond ASCII as \\u escapes",
     .type = ARGS_FLAG,
     .place = PLACE(ascii_output)},
    {.letter = 'S',
     .name = "sort-keys",
     .help = "the keys of objects in order",
     .type = ARGS_FLAG,
     .place = PLACE(sort_keys)},
    {.name = "canonical",
     .help = "values written again, as jq -c writes them",
     .type = ARGS_FLAG,
     .place = PLACE(canonical)},
    {.letter = 'R',
     .name = "raw-input",
     .help = "each line is a string, whatever it holds",
     .type = ARGS_FLAG,
     .place = PLACE(raw_input)},
    {.name = "exec",
     .value = "CMD",
     .help = "each output as a line to a process, for a line",
     .type = ARGS_TEXT,
     .place = PLACE(exec)},
    {.name = "pipe",
     .value = "CMD",
     .help = "each block of output through a process of its own",
     .type = ARGS_TEXT,
     .place = PLACE(pipe)},
    {.name = "exec-timeout",
     .value = "D",
     .help = "the longest wait for such a process; 0: none",
     .fallback = "10s",
     .type = ARGS_DURATION,
     .place = PLACE(exec_timeout)},
    {.name = "max-output",
     .value = "B",
     .help = "the most of a process's output for one block",
     .fallback = "64M",
     .type = ARGS_SIZE,
     .place = PLACE(max_output)},
    {.name = "max-memory",
     .value = "B",
     .help = "the most that the filter may need for one line",
     .fallback = "256M",
     .type = ARGS_SIZE,
     .place = PLACE(max_memory)},
    {.name = "decompress",
     .help = "unpack gzip, zstd, xz, bzip2 and lz4 files",
     .fallback = "on",
     .type = ARGS_FLAG,
     .place = PLACE(decompress)},
    {.letter = 'n',
     .name = "null-input",
     .help = "run the program once, on null; it reads by input, inputs",
     .type = ARGS_FLAG,
     .place = PLACE(null_input)},
    {.letter = 's',
     .name = "slurp",
     .help = "refused: it would need memory for all of the input",
     .type = ARGS_FLAG,
     .place = PLACE(slurp)},
    {.letter = 'e',
     .name = "exit-status",
     .help = "exit 1 if the last output is false or null, 4 if none",
     .type = ARGS_FLAG,
     .place = PLACE(exit_status)},
    {.name = "explain",
     .help = "say how the filter is run, and what it looks at; no input",
     .type = ARGS_FLAG,
     .place = PLACE(explain)},
    {.letter = 'f',
     .name = "from-file",
     .value = "FILE",
     .help = "the program is in FILE; all operands are files then",
     .type = ARGS_TEXT,
     .place = PLACE(from_file)},
    {.letter = 'L',
     .name = "library-path",
     .value = "DIR",
     .help = "look for modules in DIR; again: there too",
     .type = ARGS_LIST,
     .place = PLACE(library_path)},
    {.name = "arg",
     .value = "NAME TEXT",
     .help = "$NAME is the string TEXT",
     .type = ARGS_PAIR,
     .place = PLACE(arg)},
    {.name = "argjson",
     .value = "NAME JSON",
     .help = "$NAME is the value JSON",
     .type = ARGS_PAIR,
     .place = PLACE(argjson)},
    {.name = "slurpfile",
     .value = "NAME FILE",
     .help = "$NAME is an array of the JSON values in FILE",
     .type = ARGS_PAIR,
     .place = PLACE(slurpfile)},
    {.name = "rawfile",
     .value = "NAME FILE",
     .help = "$NAME is the text of FILE",
     .type = ARGS_PAIR,
     .place = PLACE(rawfile)},
    {.name = jsonl_options_texts,
     .help = "operands from here on are strings: $ARGS.positional",
     .type = ARGS_MARK},
    {.name = jsonl_options_values,
     .help = "operands from here on are JSON: $ARGS.positional",
     .type = ARGS_MARK},
    {.letter = 'c',
     .name = "compact-output",
     .help = "accepted as jq's; output is one line a value anyway",
     .type = ARGS_IGNORED},
    {.letter = 'M',
     .name = "monochrome-output",
     .help = "accepted as jq's; output has no colours anyway",
     .type = ARGS_IGNORED},
    {.name = "unbuffered",
     .help = "accepted as jq's; nothing waits for lines to come anyway",
     .type = ARGS_IGNORED},
    {0},
};

const struct args_option *const jsonl_options_tables[] = {own_options,
                                                          common_options, NULL};
