/* SPDX-License-Identifier: MIT */
#include "io/loop.h"

#include <assert.h>
#include <ev.h>
#include <math.h>
#include <signal.h>

#include "base/clock.h"
#include "base/mem.h"

enum { HOOKS_MAX = 8 };

struct hook {
    loop_fn fn;
    void *arg;
};

struct loop {
    struct ev_loop *ev;
    ev_prepare prepare;
    ev_idle idle;
    struct hook hooks[HOOKS_MAX];
    int hook_count;
};

struct loop_watch {
    ev_io io;
    struct ev_loop *ev;
    loop_watch_fn fn;
    void *arg;
};

struct loop_timer {
    ev_timer timer;
    struct ev_loop *ev;
    loop_fn fn;
    void *arg;
};

struct loop_signal {
    ev_signal signal;
    struct ev_loop *ev;
    loop_fn fn;
    void *arg;
};

struct loop_wake {
    ev_async async;
    struct ev_loop *ev;
    loop_fn fn;
    void *arg;
};

static void on_prepare(struct ev_loop *ev, ev_prepare *prepare, int events)
{
    struct loop *loop = prepare->data;

    (void)events;
    /* An idle watcher keeps the loop from waiting: one turn, then no more. */
    ev_idle_stop(ev, &loop->idle);
    for (int i = 0; i < loop->hook_count; i++)
        loop->hooks[i].fn(loop->hooks[i].arg);
}

static void on_idle(struct ev_loop *ev, ev_idle *idle, int events)
{
    (void)events;
    ev_idle_stop(ev, idle);
}

struct loop *loop_open(void)
{
    struct ev_loop *ev = ev_loop_new(EVFLAG_AUTO);
    struct loop *loop;

    if (ev == NULL)
        return NULL;
    loop = mem_alloc(sizeof *loop);
    loop->ev = ev;
    ev_idle_init(&loop->idle, on_idle);
    ev_prepare_init(&loop->prepare, on_prepare);
    loop->prepare.data = loop;
    ev_prepare_start(ev, &loop->prepare);
    return loop;
}

void loop_close(struct loop *loop)
{
    if (loop == NULL)
        return;
    ev_prepare_stop(loop->ev, &loop->prepare);
    ev_idle_stop(loop->ev, &loop->idle);
    ev_loop_destroy(loop->ev);
    mem_free(loop);
}

void loop_before_wait(struct loop *loop, loop_fn fn, void *arg)
{
    assert(loop->hook_count < HOOKS_MAX);
    loop->hooks[loop->hook_count++] = (struct hook){fn, arg};
}

void loop_run(struct loop *loop)
{
    ev_run(loop->ev, 0);
}

void loop_stop(struct loop *loop)
{
    /* Called by a hook, the break takes effect after the wait that follows:
     * the idle watcher makes that wait none. */
    loop_again(loop);
    ev_break(loop->ev, EVBREAK_ONE);
}

void loop_again(struct loop *loop)
{
    ev_idle_start(loop->ev, &loop->idle);
}

int64_t loop_now_ms(const struct loop *loop)
{
    /* libev's own time is the wall clock's; ours must be monotonic. */
    (void)loop;
    return clock_now_ms();
}

static void on_io(struct ev_loop *ev, ev_io *io, int events)
{
    struct loop_watch *watch = io->data;

    (void)ev;
    watch->fn(watch->arg, io->fd,
              (events & EV_READ ? LOOP_READ : 0) |
                  (events & EV_WRITE ? LOOP_WRITE : 0));
}

struct loop_watch *loop_watch_new(struct loop *loop, loop_watch_fn fn,
                                  void *arg)
{
    struct loop_watch *watch = mem_alloc(sizeof *watch);

    *watch = (struct loop_watch){.ev = loop->ev, .fn = fn, .arg = arg};
    ev_io_init(&watch->io, on_io, -1, 0);
    watch->io.data = watch;
    return watch;
}

void loop_watch_free(struct loop_watch *watch)
{
    if (watch == NULL)
        return;
    loop_watch_stop(watch);
    mem_free(watch);
}

void loop_watch_start(struct loop_watch *watch, int fd, int events)
{
    ev_io_stop(watch->ev, &watch->io);
    /* ev_io_set, not ev_io_modify: the number may be a new descriptor now,
     * and only a full set makes libev tell the kernel anew (ev(3)). */
    ev_io_set(&watch->io, fd,
              (events & LOOP_READ ? EV_READ : 0) |
                  (events & LOOP_WRITE ? EV_WRITE : 0));
    ev_io_start(watch->ev, &watch->io);
}

void loop_watch_stop(struct loop_watch *watch)
{
    ev_io_stop(watch->ev, &watch->io);
}

bool loop_watch_active(const struct loop_watch *watch)
{
    return ev_is_active(&watch->io) != 0;
}

static void on_timer(struct ev_loop *ev, ev_timer *timer, int events)
{
    struct loop_timer *t = timer->data;

    (void)ev;
    (void)events;
    t->fn(t->arg);
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_fn fn, void *arg)
{
    struct loop_timer *timer = mem_alloc(sizeof *timer);

    *timer = (struct loop_timer){.ev = loop->ev, .fn = fn, .arg = arg};
    ev_timer_init(&timer->timer, on_timer, 0.0, 0.0);
    timer->timer.data = timer;
    return timer;
}

void loop_timer_free(struct loop_timer *timer)
{
    if (timer == NULL)
        return;
    loop_timer_stop(timer);
    mem_free(timer);
}

void loop_timer_start(struct loop_timer *timer, int64_t ms)
{
    ev_timer_stop(timer->ev, &timer->timer);
    /* Timers count from a time that stands still within a turn: a long turn
     * would make this one fire early. To add ev_time - ev_now instead would be
     * wrong by as much as the wall clock is set meanwhile. */
    if (ms > 0)
        ev_now_update(timer->ev);
    ev_timer_set(&timer->timer, (double)(ms < 0 ? 0 : ms) / 1000.0, 0.0);
    ev_timer_start(timer->ev, &timer->timer);
}

void loop_timer_stop(struct loop_timer *timer)
{
    ev_timer_stop(timer->ev, &timer->timer);
}

bool loop_timer_active(const struct loop_timer *timer)
{
    return ev_is_active(&timer->timer) != 0;
}

static void on_signal(struct ev_loop *ev, ev_signal *signal, int events)
{
    struct loop_signal *s = signal->data;

    (void)ev;
    (void)events;
    s->fn(s->arg);
}

struct loop_signal *loop_signal_new(struct loop *loop, int signo, loop_fn fn,
                                    void *arg)
{
    struct loop_signal *signal = mem_alloc(sizeof *signal);
    sigset_t mask;

    *signal = (struct loop_signal){.ev = loop->ev, .fn = fn, .arg = arg};
    ev_signal_init(&signal->signal, on_signal, signo);
    signal->signal.data = signal;
    ev_signal_start(signal->ev, &signal->signal);
    /* Who started us may have blocked it, and libev leaves that as it is. */
    sigemptyset(&mask);
    sigaddset(&mask, signo);
    pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
    return signal;
}

void loop_signal_free(struct loop_signal *signal)
{
    if (signal == NULL)
        return;
    ev_signal_stop(signal->ev, &signal->signal);
    mem_free(signal);
}

static void on_async(struct ev_loop *ev, ev_async *async, int events)
{
    struct loop_wake *wake = async->data;

    (void)ev;
    (void)events;
    wake->fn(wake->arg);
}

struct loop_wake *loop_wake_new(struct loop *loop, loop_fn fn, void *arg)
{
    struct loop_wake *wake = mem_alloc(sizeof *wake);

    *wake = (struct loop_wake){.ev = loop->ev, .fn = fn, .arg = arg};
    ev_async_init(&wake->async, on_async);
    wake->async.data = wake;
    ev_async_start(wake->ev, &wake->async);
    return wake;
}

void loop_wake_free(struct loop_wake *wake)
{
    if (wake == NULL)
        return;
    ev_async_stop(wake->ev, &wake->async);
    mem_free(wake);
}

void loop_wake_send(struct loop_wake *wake)
{
    ev_async_send(wake->ev, &wake->async);
}
