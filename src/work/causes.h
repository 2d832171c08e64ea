/* SPDX-License-Identifier: MIT */
/*
 * causes - which ends of a task are worth another attempt
 *
 * A list such as `exit:75,exit:100-120,signal:SEGV,timeout`. Without one: any
 * exit code that is no success, any signal, the timeout; not a program that
 * could not be started.
 */
#ifndef WORK_CAUSES_H
#define WORK_CAUSES_H

#include <stdbool.h>

struct err;

enum { CAUSES_EXITS = 256, CAUSES_SIGNALS = 65 };

struct causes {
    bool exits[CAUSES_EXITS];
    bool signals[CAUSES_SIGNALS];
    bool timeout;
    bool spawn;
};

/* What holds without a list. */
void causes_default(struct causes *causes);

/* Add a list with commas; zeroed there are none. 0, or -1 with `err` of kind
 * ERR_USAGE. */
int causes_add(struct causes *causes, const char *text, struct err *err);

#endif
