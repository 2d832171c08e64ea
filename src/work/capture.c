/* SPDX-License-Identifier: MIT */
#include "work/capture.h"

#include <errno.h>

#include "base/fd.h"
#include "io/loop.h"

/* A stranger that holds the pipe could fill it for ever: so many reads. */
enum { READ_BYTES = 64 * 1024, DRAIN_READS = 64 };

/* One read. False when there is nothing more now. */
static bool read_some(struct capture *c)
{
    char bytes[READ_BYTES];
    ssize_t n = fd_read(c->fd, bytes, sizeof bytes);
    size_t room = c->kept.max - c->kept.len;

    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0) {
        capture_stop(c);
        return false;
    }
    c->bytes += (uint64_t)n;
    buf_add(&c->kept, bytes, (size_t)n < room ? (size_t)n : room);
    return true;
}

static void on_ready(void *arg, int fd, int events)
{
    struct capture *c = arg;

    (void)fd;
    (void)events;
    read_some(c);
    c->on_bytes(c->arg);
}

void capture_init(struct capture *c, struct loop *loop, size_t keep,
                  void (*on_bytes)(void *arg), void *arg)
{
    *c = (struct capture){.fd = -1, .on_bytes = on_bytes, .arg = arg};
    buf_init(&c->kept, keep);
    c->watch = loop_watch_new(loop, on_ready, c);
}

void capture_release(struct capture *c)
{
    capture_stop(c);
    loop_watch_free(c->watch);
    buf_release(&c->kept);
}

int capture_start(struct capture *c, int *child_end)
{
    int ends[2];

    if (fd_pipe(ends) < 0)
        return -1;
    c->fd = ends[0];
    *child_end = ends[1];
    c->bytes = 0;
    buf_clear(&c->kept);
    /* Our end only: the flag belongs to the open file, and each end of a pipe
     * is a file of its own. */
    fd_set_nonblocking(c->fd);
    loop_watch_start(c->watch, c->fd, LOOP_READ);
    return 0;
}

void capture_drain(struct capture *c)
{
    for (int i = 0; i < DRAIN_READS && c->fd >= 0 && read_some(c); i++)
        continue;
}

void capture_stop(struct capture *c)
{
    loop_watch_stop(c->watch);
    if (c->fd >= 0)
        fd_close(c->fd);
    c->fd = -1;
}

bool capture_ended(const struct capture *c)
{
    return c->fd < 0;
}
