/* SPDX-License-Identifier: MIT */
/*
 * distinct - options that name files to be written each name one of their own
 *
 * Else the file that is written last would take the place of the others, and
 * nobody would be told. Devices and pipes may be written to by several.
 */
#ifndef CMD_DISTINCT_H
#define CMD_DISTINCT_H

#include <stddef.h>

struct err;

struct distinct {
    const char *option; /* as a user writes it */
    const char *path;   /* NULL: it is not given */
};

/* 0, or -1 and `err` of kind ERR_USAGE. Quadratic: there are a handful. */
int distinct_check(const struct distinct *files, size_t count, struct err *err);

#endif
