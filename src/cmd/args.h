/* SPDX-License-Identifier: MIT */
/*
 * args - a command line read by a table
 *
 * One table of options drives the parsing, the defaults (which are written as
 * a user would write them, and parsed), --help, and the check of the manual
 * pages. Conventions: POSIX.1-2017 section 12.2 and GNU long options; short
 * ones bundle; `--opt=value` and `--opt value`; `--no-opt` takes a flag back;
 * `--` ends options; options and operands may be mixed.
 */
#ifndef CMD_ARGS_H
#define CMD_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct err;

enum args_type {
    ARGS_FLAG,     /* bool: set; --no-NAME clears it */
    ARGS_UNSET,    /* bool: cleared */
    ARGS_COUNT,    /* uint64_t */
    ARGS_JOBS,     /* uint64_t; see num_jobs */
    ARGS_DURATION, /* int64_t, ms */
    ARGS_SIZE,     /* uint64_t, bytes */
    ARGS_TEXT,     /* const char * */
    ARGS_LIST,     /* struct args_list; may be given again and again */
    ARGS_PAIR,     /* struct args_list, of two values each time */
    ARGS_MARK,     /* its name, that very pointer, among the operands */
    ARGS_CHOICE,   /* int: index in `choices` */
    ARGS_IGNORED,  /* accepted for habit's sake, no effect, no value */
};

struct args_list {
    const char **items;
    size_t count;
    size_t dashes; /* of operands: so many are before a -- */
};

struct args_option {
    const char *name;     /* long name, or NULL */
    const char *alias;    /* another long name, or NULL */
    const char *value;    /* what help calls the value; NULL: it has none */
    const char *help;     /* one line */
    const char *fallback; /* the default, as a user would write it, or NULL */
    size_t place;         /* offset in the command's struct */
    const char *const *choices; /* NULL-terminated */
    enum args_type type;
    char letter; /* short name, or 0 */
};

enum args_outcome {
    ARGS_RUN,
    ARGS_HELP,
    ARGS_VERSION,
    ARGS_WRONG, /* `err` of kind ERR_USAGE */
};

/*
 * Read `argv` (without the program's name) by the tables, a NULL-terminated
 * array of arrays that each end with an empty row, into `out`, whose defaults
 * are set first, and `operands`. Texts point into argv.
 */
enum args_outcome args_parse(const struct args_option *const *tables, int argc,
                             char **argv, void *out, struct args_list *operands,
                             struct err *err);

/* Free the lists that args_parse made. */
void args_release(const struct args_option *const *tables, void *out,
                  struct args_list *operands);

/* Append the options of the tables as --help shows them. */
void args_help(const struct args_option *const *tables, struct buf *text);

#endif
