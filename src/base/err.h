/* SPDX-License-Identifier: MIT */
/*
 * err - what went wrong: a kind to branch on, a system error, a line to read
 *
 * Plain memory: nothing to free, may be copied and cross threads. Functions
 * that can fail take a `struct err *` last, fill it only on failure and return
 * -1. Context is added on the way up, so that the text reads what: where: why.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* What a failure means for the run. main.c maps each to its exit status. */
enum err_kind {
    ERR_NONE,
    ERR_UNITS,    /* the run finished; some units failed */
    ERR_USAGE,    /* the command line is wrong */
    ERR_LIST,     /* the list of work is unusable */
    ERR_INPUT,    /* an input cannot be opened or read */
    ERR_BUG,      /* a bug, or a resource that the run cannot do without */
    ERR_CREATE,   /* an output cannot be created */
    ERR_OUTPUT,   /* something was lost on the way out */
    ERR_DEADLINE, /* the deadline of the run passed */
    ERR_SIGNAL,   /* ended by a signal: `sys` is its number */
    ERR_STATE,    /* the state is corrupt, foreign or newer */
    ERR_HELD,     /* another run holds the state */
    ERR_STATUS,   /* the process that did the work ended with status `sys` */
};

enum { ERR_TEXT_SIZE = 512 };

struct err {
    enum err_kind kind;
    int sys; /* errno, or 0 */
    char text[ERR_TEXT_SIZE];
};

/* Fill `err` with a formatted text, cut at its size. Returns -1. */
int err_set(struct err *err, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As err_set, and append ": " and the message of errno. Returns -1. */
int err_sys(struct err *err, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "CONTEXT: " before the text of `err`. Returns -1. */
int err_wrap(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The message of a system error, in `text`, which is returned. */
const char *err_describe(int sys, char *text, unsigned size);

#endif
