/* SPDX-License-Identifier: MIT */
#include "flow/sink.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/mem.h"
#include "flow/item.h"
#include "io/loop.h"
#include "io/pool.h"

enum { PIECES = 64 };

/* One batch is written at a time: `job` has `batch` while it is `busy`. */
struct sink {
    struct pool *pool;
    int fd;
    sink_write_fn write; /* instead, if it is not NULL */
    void *write_arg;
    enum sink_part part;
    sink_fn done;
    void *arg;
    struct list waiting;
    size_t waiting_count;
    bool busy;
    int64_t linger_ms;
    size_t linger_items; /* so many do not wait for more */
    int64_t began_ms;    /* the last batch */
    struct loop_timer *timer;
    int error;
    uint64_t bytes;

    struct pool_job job;
    struct list batch;
    int batch_error;
    uint64_t batch_bytes;
};

static struct item *item_of(struct list *link)
{
    return LIST_ITEM(link, struct item, link);
}

static struct sink *sink_of(struct pool_job *job)
{
    return LIST_ITEM(job, struct sink, job);
}

static const struct buf *part_of(const struct sink *sink,
                                 const struct item *item)
{
    return sink->part == SINK_SIDE ? &item->side : &item->out;
}

static int file_of(const struct sink *sink, const struct item *item)
{
    return sink->part == SINK_SIDE ? item->side_file : item->out_file;
}

/* Items from `link` on, up to PIECES of them, but none behind one that has a
 * file: that goes before its own bytes. The link after the last. */
static struct list *gather(const struct sink *sink, struct list *link,
                           struct iovec pieces[PIECES], int *count)
{
    const struct list *first = link;

    *count = 0;
    for (; link != &sink->batch && *count < PIECES; link = link->next) {
        const struct buf *out = part_of(sink, item_of(link));

        if (link != first && file_of(sink, item_of(link)) >= 0)
            break;
        pieces[(*count)++] = (struct iovec){out->data, out->len};
    }
    return link;
}

static int write_file(struct sink *sink, int fd)
{
    struct stat st;

    if (fd < 0)
        return 0;
    if (fd_copy(fd, sink->fd) < 0 || fstat(fd, &st) < 0)
        return -1;
    sink->batch_bytes += (uint64_t)st.st_size;
    return 0;
}

static void write_each(struct sink *sink)
{
    struct list *link = sink->batch.next;

    for (; link != &sink->batch && sink->batch_error == 0; link = link->next) {
        sink->batch_error = sink->write(sink->write_arg, item_of(link));
        sink->batch_bytes += part_of(sink, item_of(link))->len;
    }
}

/* On the writer's thread: all of the batch. */
static void write_batch(struct pool_job *job, size_t thread)
{
    struct sink *sink = sink_of(job);
    struct list *link = sink->batch.next;

    (void)thread;
    if (sink->write != NULL) {
        write_each(sink);
        return;
    }
    while (link != &sink->batch) {
        const int file = file_of(sink, item_of(link));
        struct iovec pieces[PIECES];
        size_t bytes = 0;
        int count;

        link = gather(sink, link, pieces, &count);
        for (int i = 0; i < count; i++)
            bytes += pieces[i].iov_len;
        if (write_file(sink, file) < 0 ||
            fd_write_pieces(sink->fd, pieces, count) < 0) {
            sink->batch_error = errno;
            return;
        }
        sink->batch_bytes += bytes;
    }
}

/* Whether the waiting items have to wait for more; then a timer is set. */
static bool lingers(struct sink *sink)
{
    int64_t now, left;

    if (sink->linger_ms == 0)
        return false;
    now = clock_now_ms();
    left = sink->began_ms + sink->linger_ms - now;
    if (sink->waiting_count < sink->linger_items && left > 0) {
        if (!loop_timer_active(sink->timer))
            loop_timer_start(sink->timer, left);
        return true;
    }
    sink->began_ms = now;
    return false;
}

static void start_batch(struct sink *sink)
{
    struct list *link;

    if (sink->busy || list_empty(&sink->waiting))
        return;
    if (lingers(sink))
        return;
    while ((link = list_pop(&sink->waiting)) != NULL)
        list_push(&sink->batch, link);
    sink->waiting_count = 0;
    sink->busy = true;
    sink->batch_error = 0;
    sink->batch_bytes = 0;
    pool_submit(sink->pool, &sink->job);
}

static void give_back(struct sink *sink, struct list *items)
{
    struct list *link;

    while ((link = list_pop(items)) != NULL)
        sink->done(sink->arg, item_of(link));
}

static void end_batch(struct pool_job *job)
{
    struct sink *sink = sink_of(job);

    sink->busy = false;
    sink->bytes += sink->batch_bytes;
    if (sink->error == 0)
        sink->error = sink->batch_error;
    give_back(sink, &sink->batch);
    if (sink->error != 0) {
        sink->waiting_count = 0;
        give_back(sink, &sink->waiting);
    }
    start_batch(sink);
}

static void on_timer(void *arg)
{
    start_batch(arg);
}

struct sink *sink_open(struct loop *loop, int fd, enum sink_part part,
                       sink_fn done, void *arg)
{
    struct sink *sink = mem_alloc(sizeof *sink);

    *sink = (struct sink){.fd = fd, .part = part, .done = done, .arg = arg};
    sink->pool = pool_open(loop, 1);
    sink->timer = loop_timer_new(loop, on_timer, sink);
    sink->job = (struct pool_job){.run = write_batch, .done = end_batch};
    list_init(&sink->waiting);
    list_init(&sink->batch);
    return sink;
}

void sink_write_by(struct sink *sink, sink_write_fn fn, void *arg)
{
    sink->write = fn;
    sink->write_arg = arg;
}

void sink_close(struct sink *sink)
{
    if (sink == NULL)
        return;
    pool_close(sink->pool);
    loop_timer_free(sink->timer);
    mem_free(sink);
}

void sink_abandon(struct sink *sink)
{
    if (sink != NULL)
        pool_abandon(sink->pool);
}

void sink_linger(struct sink *sink, int64_t ms, size_t items)
{
    sink->linger_ms = ms;
    sink->linger_items = items;
}

bool sink_busy(const struct sink *sink)
{
    return sink->busy;
}

void sink_put(struct sink *sink, struct item *item)
{
    const bool empty = part_of(sink, item)->len == 0 && file_of(sink, item) < 0;

    /* One without bytes waits for those before it: it may carry some for the
     * other sink, which has to get them in the same order. */
    if (sink->error != 0 ||
        (empty && !sink->busy && list_empty(&sink->waiting))) {
        sink->done(sink->arg, item);
        return;
    }
    list_push(&sink->waiting, &item->link);
    sink->waiting_count++;
    start_batch(sink);
}

int sink_error(const struct sink *sink)
{
    return sink->error;
}

uint64_t sink_bytes(const struct sink *sink)
{
    return sink->bytes;
}
