/* SPDX-License-Identifier: MIT */
#include "work/capture.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/utf8.h"
#include "io/loop.h"

/* A stranger that holds the pipe could fill it for ever: so many reads. */
enum { READ_BYTES = 64 * 1024, DRAIN_READS = 64 };

/* More than is wanted, so that most pieces move nothing. */
enum { TAIL_ROOM = 2 * CAPTURE_TAIL };

static struct slice last_of(struct slice s, size_t most)
{
    return s.len <= most ? s : slice_of(s.ptr + s.len - most, most);
}

static void keep_tail(struct capture *c, struct slice piece)
{
    piece = last_of(piece, CAPTURE_TAIL);
    if (c->tail.len + piece.len > TAIL_ROOM)
        buf_drop(&c->tail, c->tail.len + piece.len - CAPTURE_TAIL);
    buf_add_slice(&c->tail, piece);
}

static void keep(struct capture *c, struct slice piece)
{
    size_t room = c->kept.max - c->kept.len;

    if (room > piece.len)
        room = piece.len;
    buf_add(&c->kept, piece.ptr, room);
    if (room < piece.len)
        keep_tail(c, slice_of(piece.ptr + room, piece.len - room));
}

void capture_add(struct capture *c, struct slice piece)
{
    c->bytes += piece.len;
    keep(c, piece);
    if (c->calls.take != NULL)
        c->calls.take(c->calls.arg, piece);
}

/* One read. False when there is nothing more now. */
static bool read_some(struct capture *c)
{
    char bytes[READ_BYTES];
    ssize_t n = fd_read(c->fd, bytes, sizeof bytes);

    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0) {
        capture_stop(c);
        return false;
    }
    capture_add(c, slice_of(bytes, (size_t)n));
    return true;
}

static void on_ready(void *arg, int fd, int events)
{
    struct capture *c = arg;

    (void)fd;
    (void)events;
    read_some(c);
    c->calls.on_bytes(c->calls.arg);
}

void capture_init(struct capture *c, struct loop *loop, size_t keep_bytes,
                  const struct capture_calls *calls)
{
    *c = (struct capture){.fd = -1, .calls = *calls};
    buf_init(&c->kept, keep_bytes);
    buf_init(&c->tail, TAIL_ROOM);
    c->watch = loop_watch_new(loop, on_ready, c);
}

void capture_release(struct capture *c)
{
    capture_stop(c);
    loop_watch_free(c->watch);
    buf_release(&c->kept);
    buf_release(&c->tail);
}

/* A read end is never writable. But to libev the hang-up of the writer is
 * both, and who did not ask for both pays a system call for it. */
static void watch(struct capture *c)
{
    loop_watch_start(c->watch, c->fd, LOOP_READ | LOOP_WRITE);
}

int capture_start(struct capture *c, int *child_end)
{
    int ends[2];

    if (fd_pipe(ends) < 0)
        return -1;
    c->fd = ends[0];
    *child_end = ends[1];
    c->bytes = 0;
    c->paused = false;
    buf_clear(&c->kept);
    buf_clear(&c->tail);
    /* Our end only: the flag belongs to the open file, and each end of a pipe
     * is a file of its own. */
    fcntl(c->fd, F_SETFL, O_NONBLOCK); /* a new pipe has no flags to keep */
    watch(c);
    return 0;
}

void capture_drain(struct capture *c)
{
    for (int i = 0; i < DRAIN_READS && c->fd >= 0 && !c->paused && read_some(c);
         i++)
        continue;
}

void capture_pause(struct capture *c)
{
    c->paused = true;
    loop_watch_stop(c->watch);
}

void capture_resume(struct capture *c)
{
    if (c->paused && c->fd >= 0)
        watch(c);
    c->paused = false;
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

bool capture_truncated(const struct capture *c)
{
    return c->bytes > c->kept.len;
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Whether the bytes are the beginning of a character, and no more. */
static bool is_begun(struct slice s)
{
    size_t bad;

    return s.len > 0 && (unsigned char)s.ptr[0] >= 0xc2 &&
           (unsigned char)s.ptr[0] < 0xf5 &&
           utf8_step(s.ptr, s.len, &bad) == 0 && bad == s.len;
}

struct slice capture_head(const struct capture *c)
{
    struct slice head = buf_slice(&c->kept);
    size_t cut = 0;

    if (!capture_truncated(c))
        return head;
    while (cut < UTF8_MAX - 2 && cut + 1 < head.len &&
           is_continuation(head.ptr[head.len - 1 - cut]))
        cut++;
    if (head.len > cut &&
        is_begun(slice_of(head.ptr + head.len - 1 - cut, cut + 1)))
        head.len -= cut + 1;
    return head;
}

struct slice capture_tail(const struct capture *c, size_t most)
{
    struct slice tail = last_of(buf_slice(&c->tail), most);

    for (int i = 1; i < UTF8_MAX && tail.len > 0 && is_continuation(*tail.ptr);
         i++)
        tail = slice_of(tail.ptr + 1, tail.len - 1);
    return tail;
}

void capture_add_end(const struct capture *c, size_t most, struct buf *out)
{
    struct slice tail = last_of(buf_slice(&c->tail), most);

    buf_add_slice(out, last_of(buf_slice(&c->kept), most - tail.len));
    buf_add_slice(out, tail);
}
