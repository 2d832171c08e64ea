/* SPDX-License-Identifier: MIT */
/*
 * unpack - compressed inputs through the system's own decompressors
 *
 * gzip, zstd, xz, bzip2 and lz4 are told by the first bytes, never by a name.
 * The program of that name runs as a child, one input at a time. A file is its
 * stdin itself; anything else is fed to it on the loop, as it takes it, so that
 * neither waits for the other and little is held. What it prints is read from
 * unpack_fd like any pipe, and is whole only if the program exited with 0: all
 * else is a fault, told in the program's own words. Loop's thread.
 */
#ifndef FLOW_UNPACK_H
#define FLOW_UNPACK_H

#include <stdbool.h>

#include "base/slice.h"

struct err;
struct loop;
struct spawn;
struct unpack;
struct unpack_format;

/* What it takes to run a program. */
struct unpack_tools {
    /* Asked for when the first compressed input is met: a run without one
     * stays as it was born, without children to look after. NULL and `err`. */
    struct spawn *(*spawn)(void *arg, struct err *err);
    void *arg;
    char **environment;
    const char *path; /* PATH, or NULL */
};

enum { UNPACK_HEAD = 6 }; /* bytes that tell every format */

enum unpack_guess {
    UNPACK_NOT,   /* no compressed input begins so */
    UNPACK_MAYBE, /* more bytes are needed to tell */
    UNPACK_IS,    /* `*format` tells which */
};

enum unpack_state {
    UNPACK_RUNS,   /* the loop turns when it has ended */
    UNPACK_GOOD,   /* all that it printed is all there is */
    UNPACK_FAULTY, /* it is not, and `err` of kind ERR_INPUT says why */
};

enum unpack_guess unpack_guess(struct slice head,
                               const struct unpack_format **format);

/* `tools` are copied. */
struct unpack *unpack_open(struct loop *loop, const struct unpack_tools *tools);

/* After spawn_close, which ends a child that still runs. NULL is fine. */
void unpack_close(struct unpack *u);

/*
 * Start on an input. With an empty `head`, `fd` is a file and stands where the
 * child is to begin; else `head` has been read of `fd` and the rest follows.
 * `fd` is borrowed until unpack_stop. 0, or -1 and `err` of kind ERR_INPUT.
 */
int unpack_start(struct unpack *u, const struct unpack_format *format, int fd,
                 struct slice head, struct err *err);

/* Where the unpacked bytes are read. */
int unpack_fd(const struct unpack *u);

/* Whether the child has not ended yet. */
bool unpack_runs(const struct unpack *u);

/* How it went, to be asked once unpack_fd has ended. */
enum unpack_state unpack_state(const struct unpack *u, struct err *err);

/* Close what belongs to this input; the child has ended, or spawn_close is
 * about to end it. */
void unpack_stop(struct unpack *u);

#endif
