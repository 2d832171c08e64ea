/* SPDX-License-Identifier: MIT */
/*
 * rehash - the SHA-256 of a file that is large, or did not come in one piece
 *
 * It is read back on threads of a pool, a slice at a time, so that the loop is
 * not held up, and so that nobody waits long when it is stopped: at the end, or
 * behind what is being written to it. Loop's thread, but for the slices.
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
    uint64_t until; /* bytes that may be read in this slice */
    bool busy;      /* a thread has it */
    bool last;      /* it goes on to the end of the file */
    bool ended;
    bool stopped; /* by rehash_stop: it has not seen all */
    int sys;      /* errno of a read that failed, or 0 */
    void *arg;
    void (*done)(void *arg); /* the digest has all, or one of the above */
};

/* Begin with a file that is not all there. The caller has set pool, digest, fd,
 * arg and done. */
void rehash_begin(struct rehash *r);

/* So many bytes of it are there by now. */
void rehash_follow(struct rehash *r, uint64_t there);

/* It is all there: `done` is called later. */
void rehash_finish(struct rehash *r);

/* Both at once. */
void rehash_start(struct rehash *r);

/* End soon: `done` is called then, if it was to be called or if a thread has
 * it (`busy`). */
void rehash_stop(struct rehash *r);

#endif
