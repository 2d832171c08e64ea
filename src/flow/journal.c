/* SPDX-License-Identifier: MIT */
#include "flow/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "io/loop.h"
#include "io/pool.h"

/* Far beyond JOURNAL_FULL, for those who cannot wait; beyond that the reader is
 * too slow, and what it missed is not hidden. */
enum { MOST = 1 << 30, KEEP = 2 * JOURNAL_FULL };

struct journal {
    struct loop *loop;
    struct pool *pool;
    char *name;
    int fd;
    bool own; /* the descriptor */
    bool abandoned;
    void (*on_room)(void *arg);
    void *on_room_arg;
    struct buf gathering;
    int error;

    /* The thread's while `busy`. */
    bool busy;
    struct pool_job job;
    struct buf writing;
    int write_error;
};

static struct journal *journal_of(struct pool_job *job)
{
    return LIST_ITEM(job, struct journal, job);
}

/* On the writer's thread. */
static void write_lines(struct pool_job *job, size_t thread)
{
    struct journal *j = journal_of(job);

    (void)thread;
    if (fd_write(j->fd, j->writing.data, j->writing.len) < 0)
        j->write_error = errno;
}

void journal_send(struct journal *j)
{
    struct buf lines = j->gathering;

    if (j->busy)
        return;
    if (j->error != 0) {
        buf_clear(&j->gathering);
        return;
    }
    if (lines.len == 0)
        return;
    j->gathering = j->writing;
    j->writing = lines;
    j->write_error = 0;
    j->busy = true;
    pool_submit(j->pool, &j->job);
}

static void on_written(struct pool_job *job)
{
    struct journal *j = journal_of(job);
    j->busy = false;
    buf_clear(&j->writing);
    buf_shrink(&j->writing, KEEP);
    if (j->error == 0)
        j->error = j->write_error;
    journal_send(j);
    /* Also where it was not full now: it may have been before this write. */
    if (j->on_room != NULL)
        j->on_room(j->on_room_arg);
    loop_again(j->loop);
}

struct journal *journal_new(struct loop *loop, int fd, const char *name)
{
    struct journal *j = mem_alloc(sizeof *j);

    *j = (struct journal){.loop = loop, .fd = fd};
    j->name = mem_copy_text(name, strlen(name));
    j->pool = pool_open(loop, 1);
    j->job = (struct pool_job){.run = write_lines, .done = on_written};
    buf_init(&j->gathering, MOST);
    buf_init(&j->writing, MOST);
    return j;
}

struct journal *journal_open(struct loop *loop, const char *path,
                             struct err *err)
{
    struct journal *j;
    /* /dev/stderr may be a file that the shell writes to as well. */
    const int anew = strncmp(path, "/dev/", 5) == 0 ? 0 : O_TRUNC;
    int fd =
        open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | anew,
             0666);

    if (fd < 0) {
        err_sys(err, ERR_CREATE, "%s", path);
        return NULL;
    }
    j = journal_new(loop, fd, path);
    j->own = true;
    return j;
}

void journal_close(struct journal *j)
{
    if (j == NULL || j->abandoned)
        return;
    pool_close(j->pool);
    if (j->own)
        fd_close(j->fd);
    buf_release(&j->gathering);
    buf_release(&j->writing);
    mem_free(j->name);
    mem_free(j);
}

void journal_abandon(struct journal *j)
{
    j->abandoned = true;
    pool_abandon(j->pool);
}

int journal_finish(struct journal *j, struct err *err)
{
    if (!j->own || j->abandoned)
        return 0;
    j->own = false;
    return fd_close(j->fd) < 0 ? err_sys(err, ERR_OUTPUT, "%s", j->name) : 0;
}

void journal_on_room(struct journal *j, void (*fn)(void *arg), void *arg)
{
    j->on_room = fn;
    j->on_room_arg = arg;
}

void journal_add(struct journal *j, struct slice lines)
{
    if (j->error == 0 && buf_add_slice(&j->gathering, lines) < 0)
        j->error = ENOBUFS;
}

bool journal_full(const struct journal *j)
{
    return j->gathering.len >= JOURNAL_FULL && j->error == 0;
}

bool journal_busy(const struct journal *j)
{
    return j->busy;
}

bool journal_idle(const struct journal *j)
{
    return !j->busy && (j->gathering.len == 0 || j->error != 0);
}

int journal_error(const struct journal *j)
{
    return j->error;
}

const char *journal_name(const struct journal *j)
{
    return j->name;
}
