/* SPDX-License-Identifier: MIT */
/*
 * lines - a list as a source: one line is one item
 *
 * Words given on the command line come first, each as a line of its own, then
 * the lines of the files. Blank lines and lines that begin with # are skipped;
 * CRLF is taken as LF; a last line without newline counts. Where lines end with
 * a NUL newlines and # are bytes as any other. Of a list of words only empty
 * lines are skipped, and of such a one nothing. A list is read as a stream, in
 * constant memory, however long; an endless pipe is a live queue. Each line is
 * given to the command's `parse`, which fills the item or says what is wrong: a
 * fault ends the list. Loop's thread.
 */
#ifndef FLOW_LINES_H
#define FLOW_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/flow.h"

struct lines;

struct lines_options {
    const char *const *words; /* borrowed */
    size_t word_count;
    const char *const *files; /* borrowed; "-" is stdin */
    size_t file_count;
    size_t max_line;  /* bytes */
    const char *what; /* the command, for the messages of lines_check */
    bool plain;       /* a line is a word: nothing is a comment */
    bool by_nul;      /* lines end with a NUL */
    uint64_t *count;  /* set by lines_check, if it can read all; may be NULL */
    bool rest; /* a run that stops is given what is left of regular files */
    /*
     * Make an item of item->in (without its newline; origin, line and lines
     * are set; number is that of the items before it). 0, or -1 with `err` of
     * kind ERR_LIST, its text without the place; `*column` (from 1) if known,
     * else left 0.
     */
    int (*parse)(void *arg, struct item *item, size_t *column, struct err *err);
    void *arg;
};

struct lines *lines_open(struct loop *loop, const struct lines_options *o);
void lines_close(struct lines *lines);

/* As a source of the flow. */
struct flow_source lines_source(struct lines *lines);

/*
 * Read what can be read twice (the words, and regular files, stdin too if it
 * is one) to its end before anything is started, and name every fault on the
 * log, if there is one: the first 1000, then how many more. `scratch` is an
 * item with the command's part. 0, or -1 with `err` of kind ERR_LIST (empty
 * text: all was said) or ERR_INPUT.
 */
int lines_check(struct loop *loop, const struct lines_options *o,
                struct item *scratch, struct log *log, struct err *err);

#endif
