/* SPDX-License-Identifier: MIT */
/*
 * pattern - a program and its arguments, with places for words
 *
 *     {}    the word                      {#}  its number in the list
 *     {.}   without its extension         {%}  the slot it runs in
 *     {/}   its file name                 {//} its directory
 *     {/.}  its file name without extension
 *
 * {{ and }} are braces. A command without any place gets the word as one more
 * argument. Words become arguments and parts of arguments, whatever bytes they
 * have; never text that a shell reads: of `sh -c TEXT`, wherever it is in the
 * command, TEXT has no places. Read-only after pattern_new.
 */
#ifndef WORK_PATTERN_H
#define WORK_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct err;
struct item;
struct pattern;
struct task;

/* Read the arguments, which are borrowed. NULL with `err` of kind ERR_USAGE,
 * where there is a place that is not known, or one in the text of a shell. */
struct pattern *pattern_new(const char *const *args, size_t count,
                            struct err *err);
void pattern_free(struct pattern *pattern);

/* As struct lines_options wants it, `arg` the pattern: item->in is a word. */
int pattern_parse(void *arg, struct item *item, size_t *column,
                  struct err *err);

/* Set the arguments of a task that pattern_parse read, for the slot that it
 * runs in; 0: for no slot, {%} stays. */
void pattern_fill(struct task *task, const struct item *item, unsigned slot);

#endif
