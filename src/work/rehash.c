/* SPDX-License-Identifier: MIT */
#include "work/rehash.h"

#include <errno.h>

#include "base/digest.h"
#include "base/fd.h"

enum {
    READ_BYTES = 64 * 1024,
    SLICE_READS = 512,              /* 32 MB, some hundredths of a second */
    FOLLOW_BYTES = 4 * 1024 * 1024, /* that are worth waking a thread for */
};

static size_t next_read(const struct rehash *r)
{
    const uint64_t left = r->until - r->at;

    return left < READ_BYTES ? (size_t)left : READ_BYTES;
}

static void run(struct pool_job *job, size_t thread)
{
    struct rehash *r = (struct rehash *)job;
    char bytes[READ_BYTES];

    (void)thread;
    for (int i = 0; i < SLICE_READS && !r->ended && r->at < r->until; i++) {
        ssize_t n = fd_read_at(r->fd, bytes, next_read(r), (off_t)r->at);

        if (n < 0)
            r->sys = errno;
        r->ended = n <= 0;
        if (n > 0)
            digest_add(r->digest, slice_of(bytes, (size_t)n));
        r->at += n > 0 ? (uint64_t)n : 0;
    }
}

static void submit(struct rehash *r, uint64_t until)
{
    r->until = until;
    r->busy = true;
    pool_submit(r->pool, &r->job);
}

static void on_slice(struct pool_job *job)
{
    struct rehash *r = (struct rehash *)job;

    r->busy = false;
    if (r->stopped || (r->last && r->ended))
        r->done(r->arg);
    else if (r->last)
        submit(r, UINT64_MAX);
}

void rehash_begin(struct rehash *r)
{
    r->job = (struct pool_job){.run = run, .done = on_slice};
    list_init(&r->job.link);
    r->at = 0;
    r->busy = false;
    r->last = false;
    r->ended = false;
    r->stopped = false;
    r->sys = 0;
    digest_clear(r->digest);
}

void rehash_follow(struct rehash *r, uint64_t there)
{
    if (!r->busy && !r->ended && there - r->at >= FOLLOW_BYTES)
        submit(r, there);
}

void rehash_finish(struct rehash *r)
{
    r->last = true;
    if (!r->busy)
        submit(r, UINT64_MAX);
}

void rehash_start(struct rehash *r)
{
    rehash_begin(r);
    rehash_finish(r);
}

void rehash_stop(struct rehash *r)
{
    r->stopped = true;
}
