/* SPDX-License-Identifier: MIT */
/*
 * words - lines that need no shell
 *
 * To start a shell for `gzip -9 a.log` costs more than many a task. Where the
 * shell would only cut the line into words and run the program, it is left
 * out; what the program finds and how its end is told is the same. In doubt
 * the shell does it: any character that might mean something to it, a name
 * that it might have as its own, an environment that it would not pass on as it
 * is. Only dash, as /bin/sh, is known so well; with another every line goes to
 * it. One owner.
 */
#ifndef WORK_WORDS_H
#define WORK_WORDS_H

#include <stdbool.h>

#include "base/buf.h"

struct words {
    struct buf texts;
    struct buf argv;
};

void words_init(struct words *words);
void words_release(struct words *words);

/* Cut a line; NULL if it needs a shell. Good until the next call. */
char **words_split(struct words *words, const char *line);

/* Whether /bin/sh is one that we know. */
bool words_know_shell(void);

/* Whether the shell would pass this on as it is, PWD aside. */
bool words_passes(char **environment);

/* What the shell would set PWD to in our directory, given what it is: the same
 * if it names the directory. In `text` of `size` bytes; NULL when unknown. */
const char *words_pwd(const char *pwd, char *text, size_t size);

/* What the shell says of a program that a signal ended; "" for nothing. In
 * `text` of `size` bytes. */
const char *words_obituary(int signo, bool core, char *text, size_t size);

#endif
