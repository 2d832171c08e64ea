/* SPDX-License-Identifier: MIT */
/*
 * rehash - the SHA-256 of a file that did not come in one piece
 *
 * It is read back on threads of a pool, a slice at a time, so that the loop is
 * not held up, and so that nobody waits long when it is stopped. Loop's
 * thread, but for the slices.
 */
#ifndef WORK_REHASH_H
#define WORK_REHASH_H

#include <stdbool.h>
#include <stdint.h>

#include "io/pool.h"

struct digest;

/* The caller's storage, until `done` is called. */
struct rehash {
    struct pool_job job; /* first */
    struct pool *pool;
    struct digest *digest; /* borrowed; cleared at the start */
    int fd;                /* borrowed */
    uint64_t at;
    bool ended;
    bool stopped; /* by rehash_stop: it has not seen all */
    int sys;      /* errno of a read that failed, or 0 */
    void *arg;
    void (*done)(void *arg); /* the digest has all, or one of the above */
};

/* Begin; `done` is called later. The caller has set pool, digest, fd, arg and
 * done. */
void rehash_start(struct rehash *r);

/* End soon: `done` is called then. */
void rehash_stop(struct rehash *r);

#endif
