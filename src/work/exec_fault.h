/* SPDX-License-Identifier: MIT */
/*
 * exec_fault - what is said of the processes of --exec that do wrong
 *
 * Words only: who decides is exec. Nothing is kept.
 */
#ifndef WORK_EXEC_FAULT_H
#define WORK_EXEC_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "work/exec_block.h"

struct coprocess;
struct err;
struct exec_options;

/* A process, and how it ended. */
struct exec_fault {
    const struct exec_options *options;
    const struct coprocess *process;
    enum exec_ending ending;
    bool fruitful; /* it had given answers that were taken */
};

/* Why the due line is rejected. */
void exec_fault_explain(const struct exec_fault *f, char *text, size_t size);

/* Why lines are rejected though they were answered. */
void exec_fault_suspect(const struct exec_fault *f, char *text, size_t size);

/*
 * What ends the run, since no line can be blamed for it: `count` processes in
 * a row answered nothing, of which this is the last; there is no such command;
 * a line came beyond all answers, when that block was gone; or the process
 * ended badly, or not at all, behind the end of its input. All of kind
 * ERR_UNITS but the second, which is ERR_USAGE.
 */
void exec_fault_barren(const struct exec_fault *f, int count, struct err *err);
void exec_fault_not_found(const struct exec_fault *f, struct err *err);
void exec_fault_too_late(const struct exec_fault *f, const struct exec_block *b,
                         struct err *err);
void exec_fault_bad_end(const struct exec_fault *f, struct err *err);
void exec_fault_no_end(const struct exec_fault *f, struct err *err);

#endif
