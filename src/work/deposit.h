/* SPDX-License-Identifier: MIT */
/*
 * deposit - small files, hashed and given their names by a thread
 *
 * To make, write and rename a file of some bytes takes as long as the request
 * that brought them, and meanwhile the loop asks for nothing. So bodies that
 * are whole in memory are handed in here, and go to a thread many at once, as
 * to wake one costs as much as a file: the first of them waits a little. One
 * thread at a time: two would only wait for each other's directory. Each file
 * is written as save.h says. Loop's thread.
 */
#ifndef WORK_DEPOSIT_H
#define WORK_DEPOSIT_H

#include <stdbool.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/list.h"
#include "base/slice.h"

struct deposit;
struct loop;
struct pool;
struct save;

/* The caller's storage, and what it points to, until it is done. */
struct deposit_file {
    struct list link;
    struct slice path; /* as save_begin wants it */
    struct slice bytes;
    struct digest *digest; /* cleared */
    const char *wanted;    /* sha256 in hexadecimal; "": any */
    void *arg;
    void (*done)(void *arg); /* called later, with what follows */
    char sha256[DIGEST_HEX_SIZE];
    bool differs;   /* from what was wanted: it was not written */
    struct err err; /* not ERR_NONE: it is not there; as save_begin */
};

/* `pool` runs the thread, and has to be closed before this is. */
struct deposit *deposit_open(struct loop *loop, struct pool *pool,
                             const struct save *save);
void deposit_close(struct deposit *deposit);

void deposit_put(struct deposit *deposit, struct deposit_file *file);

/* Whether it was still waiting, and is not done any more. */
bool deposit_withdraw(struct deposit *deposit, struct deposit_file *file);

/* So much waits that whoever brings more has to wait for what he brought. */
bool deposit_full(const struct deposit *deposit);

#endif
