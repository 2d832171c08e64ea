/* SPDX-License-Identifier: MIT */
#include "work/deposit.h"

#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "io/loop.h"
#include "io/pool.h"
#include "work/save.h"

enum {
    ENOUGH = 16,   /* are worth waking the thread for at once */
    LINGER_MS = 1, /* else so long after the first */
    BATCH = 64,    /* the end of a run may have to wait for one */
    FULL = 256,    /* bodies of at most 16 KB, as they come in one piece */
};

struct deposit {
    struct pool_job job;
    struct pool *pool;
    const struct save *save;
    struct loop_timer *timer;
    struct list waiting;
    size_t waiting_count;
    struct list batch; /* the job's while it is busy */
    size_t batch_count;
    size_t tried; /* of it, by the job */
    bool due;     /* the first waits for long enough */
    bool busy;
};

static struct deposit_file *file_of(struct list *link)
{
    return LIST_ITEM(link, struct deposit_file, link);
}

/* On the pool's thread. */

static void make(const struct save *save, struct deposit_file *file)
{
    digest_add(file->digest, file->bytes);
    digest_finish(file->digest, file->sha256);
    file->differs =
        file->wanted[0] != '\0' && strcmp(file->wanted, file->sha256) != 0;
    if (file->differs)
        save_clear(save, file->path);
    else
        save_whole(save, file->path, file->bytes, &file->err);
}

/* Where the disk takes no more, the others are not tried: that is the end of
 * the run, and one failure tells of it as well as many. */
static void run(struct pool_job *job, size_t thread)
{
    struct deposit *d = (struct deposit *)job;
    bool full = false;

    (void)thread;
    d->tried = 0;
    for (struct list *l = d->batch.next; l != &d->batch && !full; l = l->next) {
        make(d->save, file_of(l));
        full = file_of(l)->err.kind != ERR_NONE &&
               save_disk_failed(file_of(l)->err.sys);
        d->tried++;
    }
}

/* On the loop's thread. */

static void on_written(struct pool_job *job)
{
    struct deposit *d = (struct deposit *)job;
    struct list tried, *link;

    list_init(&tried);
    while (d->tried > 0) {
        list_push(&tried, list_pop(&d->batch));
        d->tried--;
    }
    while ((link = list_pop(&d->batch)) != NULL) {
        list_push(&d->waiting, link);
        d->waiting_count++;
    }
    d->busy = false;
    d->batch_count = 0;
    while ((link = list_pop(&tried)) != NULL)
        file_of(link)->done(file_of(link)->arg);
}

static void start(struct deposit *d)
{
    struct list *link;

    while (d->batch_count < BATCH && (link = list_pop(&d->waiting)) != NULL) {
        list_push(&d->batch, link);
        d->batch_count++;
        d->waiting_count--;
    }
    loop_timer_stop(d->timer);
    d->due = false;
    d->busy = true;
    pool_submit(d->pool, &d->job);
}

static void on_timer(void *arg)
{
    struct deposit *d = arg;

    d->due = true;
}

static void before_wait(void *arg)
{
    struct deposit *d = arg;

    if (d->busy || d->waiting_count == 0)
        return;
    if (d->due || d->waiting_count >= ENOUGH)
        start(d);
    else if (!loop_timer_active(d->timer))
        loop_timer_start(d->timer, LINGER_MS);
}

struct deposit *deposit_open(struct loop *loop, struct pool *pool,
                             const struct save *save)
{
    struct deposit *d = mem_alloc(sizeof *d);

    d->job = (struct pool_job){.run = run, .done = on_written};
    list_init(&d->job.link);
    d->pool = pool;
    d->save = save;
    d->timer = loop_timer_new(loop, on_timer, d);
    list_init(&d->waiting);
    list_init(&d->batch);
    loop_before_wait(loop, before_wait, d);
    return d;
}

void deposit_close(struct deposit *d)
{
    if (d == NULL)
        return;
    loop_timer_free(d->timer);
    mem_free(d);
}

void deposit_put(struct deposit *d, struct deposit_file *file)
{
    file->err.kind = ERR_NONE;
    file->differs = false;
    d->waiting_count++;
    list_push(&d->waiting, &file->link);
}

bool deposit_withdraw(struct deposit *d, struct deposit_file *file)
{
    for (struct list *l = d->waiting.next; l != &d->waiting; l = l->next) {
        if (l != &file->link)
            continue;
        list_remove(l);
        d->waiting_count--;
        return true;
    }
    return false;
}

bool deposit_full(const struct deposit *d)
{
    return d->waiting_count + d->batch_count >= FULL;
}
