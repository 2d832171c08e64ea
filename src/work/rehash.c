/* SPDX-License-Identifier: MIT */
#include "work/rehash.h"

#include <errno.h>

#include "base/digest.h"
#include "base/fd.h"

enum {
    READ_BYTES = 64 * 1024,
    SLICE_READS = 512, /* 32 MB, some hundredths of a second */
};

static void run(struct pool_job *job, size_t thread)
{
    struct rehash *r = (struct rehash *)job;
    char bytes[READ_BYTES];

    (void)thread;
    for (int i = 0; i < SLICE_READS && !r->ended; i++) {
        ssize_t n = fd_read_at(r->fd, bytes, sizeof bytes, (off_t)r->at);

        if (n < 0)
            r->sys = errno;
        r->ended = n <= 0;
        if (n > 0)
            digest_add(r->digest, slice_of(bytes, (size_t)n));
        r->at += n > 0 ? (uint64_t)n : 0;
    }
}

static void on_slice(struct pool_job *job)
{
    struct rehash *r = (struct rehash *)job;

    if (r->ended || r->stopped)
        r->done(r->arg);
    else
        pool_submit(r->pool, job);
}

void rehash_start(struct rehash *r)
{
    r->job = (struct pool_job){.run = run, .done = on_slice};
    list_init(&r->job.link);
    r->at = 0;
    r->ended = false;
    r->stopped = false;
    r->sys = 0;
    digest_clear(r->digest);
    pool_submit(r->pool, &r->job);
}

void rehash_stop(struct rehash *r)
{
    r->stopped = true;
}
