/* SPDX-License-Identifier: MIT */
#include "io/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/loop.h"

/*
 * Two lists under one lock. A worker appends to `finished` and wakes the loop
 * only if the list was empty, since the loop takes the whole list at once.
 */
struct thread {
    struct pool *pool;
    size_t number;
    pthread_t id;
};

struct pool {
    struct loop_wake *wake;
    size_t max_threads;
    size_t threads; /* the loop's thread only */
    struct thread *all;

    pthread_mutex_t lock; /* all below */
    pthread_cond_t work;
    struct list waiting;
    struct list finished;
    size_t idle;
    size_t queued; /* on `waiting` */
    bool closing;
};

static struct pool_job *job_of(struct list *link)
{
    return LIST_ITEM(link, struct pool_job, link);
}

/* The next job, or NULL when the pool closes. The lock is held. */
static struct pool_job *take_job(struct pool *pool)
{
    while (list_empty(&pool->waiting) && !pool->closing) {
        pool->idle++;
        pthread_cond_wait(&pool->work, &pool->lock);
        pool->idle--;
    }
    if (pool->closing)
        return NULL;
    pool->queued--;
    return job_of(list_pop(&pool->waiting));
}

/* The lock is held. */
static void push_finished(struct pool *pool, struct pool_job *job)
{
    const bool first = list_empty(&pool->finished);

    list_push(&pool->finished, &job->link);
    if (first && !pool->closing)
        loop_wake_send(pool->wake);
}

static void *run_thread(void *arg)
{
    const struct thread *thread = arg;
    struct pool *pool = thread->pool;
    struct pool_job *job;

    pthread_mutex_lock(&pool->lock);
    while ((job = take_job(pool)) != NULL) {
        pthread_mutex_unlock(&pool->lock);
        job->run(job, thread->number);
        pthread_mutex_lock(&pool->lock);
        push_finished(pool, job);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static void hand_back(void *arg)
{
    struct pool *pool = arg;
    struct list batch, *link;

    list_init(&batch);
    pthread_mutex_lock(&pool->lock);
    while ((link = list_pop(&pool->finished)) != NULL)
        list_push(&batch, link);
    pthread_mutex_unlock(&pool->lock);
    while ((link = list_pop(&batch)) != NULL)
        job_of(link)->done(job_of(link));
}

/* As base/mem.c, and for the same reason. */
static _Noreturn void give_up(void)
{
    static const char text[] = "weir: cannot make a thread\n";

    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(70);
    _exit(70);
}

/* One more thread. That there is none to be had matters only to the first:
 * with fewer threads the run is slower, with none it would never end. So the
 * first is made before there is work, which may be what uses all up. */
static void add_thread(struct pool *pool)
{
    struct thread *thread = &pool->all[pool->threads];
    sigset_t all, before;
    int failed;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    *thread = (struct thread){.pool = pool, .number = pool->threads};
    failed = pthread_create(&thread->id, NULL, run_thread, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed)
        pool->threads++;
    if (pool->threads == 0)
        give_up();
}

struct pool *pool_open(struct loop *loop, size_t threads)
{
    struct pool *pool = mem_alloc(sizeof *pool);

    pool->max_threads = threads;
    pool->all = mem_alloc_array(threads, sizeof *pool->all);
    pool->wake = loop_wake_new(loop, hand_back, pool);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    list_init(&pool->waiting);
    list_init(&pool->finished);
    add_thread(pool);
    return pool;
}

void pool_close(struct pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->threads; i++)
        pthread_join(pool->all[i].id, NULL);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    loop_wake_free(pool->wake);
    mem_free(pool->all);
    mem_free(pool);
}

void pool_abandon(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->threads; i++)
        pthread_detach(pool->all[i].id);
    loop_wake_free(pool->wake);
}

void pool_submit(struct pool *pool, struct pool_job *job)
{
    bool lacking;

    list_init(&job->link);
    pthread_mutex_lock(&pool->lock);
    list_push(&pool->waiting, &job->link);
    /* A thread that was woken counts as idle until it runs: compare. */
    lacking = ++pool->queued > pool->idle;
    pthread_mutex_unlock(&pool->lock);
    /* Not under the lock, which the thread would wake up to wait for. */
    pthread_cond_signal(&pool->work);
    if (lacking && pool->threads < pool->max_threads)
        add_thread(pool);
}

/* Its lock is the pool's: what is handed over is a block at a time. */
struct pool_inbox {
    struct pool *pool;
    pthread_cond_t more;
    struct list things;
    bool closed;
};

struct pool_inbox *pool_inbox_new(struct pool *pool)
{
    struct pool_inbox *inbox = mem_alloc(sizeof *inbox);

    inbox->pool = pool;
    list_init(&inbox->things);
    pthread_cond_init(&inbox->more, NULL);
    return inbox;
}

void pool_inbox_free(struct pool_inbox *inbox)
{
    if (inbox == NULL)
        return;
    pthread_cond_destroy(&inbox->more);
    mem_free(inbox);
}

bool pool_inbox_put(struct pool_inbox *inbox, struct pool_job *thing)
{
    bool open;

    list_init(&thing->link);
    pthread_mutex_lock(&inbox->pool->lock);
    open = !inbox->closed;
    if (open)
        list_push(&inbox->things, &thing->link);
    pthread_mutex_unlock(&inbox->pool->lock);
    pthread_cond_signal(&inbox->more);
    return open;
}

void pool_inbox_close(struct pool_inbox *inbox)
{
    pthread_mutex_lock(&inbox->pool->lock);
    inbox->closed = true;
    pthread_mutex_unlock(&inbox->pool->lock);
    pthread_cond_broadcast(&inbox->more);
}

struct pool_job *pool_inbox_take(struct pool_inbox *inbox)
{
    struct list *link;

    pthread_mutex_lock(&inbox->pool->lock);
    while (list_empty(&inbox->things) && !inbox->closed)
        pthread_cond_wait(&inbox->more, &inbox->pool->lock);
    link = list_pop(&inbox->things);
    pthread_mutex_unlock(&inbox->pool->lock);
    return link != NULL ? job_of(link) : NULL;
}

void pool_return(struct pool *pool, struct pool_job *thing)
{
    pthread_mutex_lock(&pool->lock);
    list_init(&thing->link);
    push_finished(pool, thing);
    pthread_mutex_unlock(&pool->lock);
}
