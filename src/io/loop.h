/* SPDX-License-Identifier: MIT */
/*
 * loop - one thread waits for descriptors, times and signals
 *
 * A wrapper of libev, whose own loop it makes (never the default one, which
 * reaps every child and throws its rusage away). Watches and timers are made
 * once and used again: starting one allocates nothing. Callbacks run on the
 * loop's thread, must not block, and note what happened; the hook that runs
 * before each wait acts on it. All calls from the loop's thread, but for
 * loop_wake_send.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_watch;
struct loop_timer;
struct loop_signal;
struct loop_wake;

enum loop_events {
    LOOP_READ = 1,
    LOOP_WRITE = 2,
};

typedef void (*loop_fn)(void *arg);
typedef void (*loop_watch_fn)(void *arg, int fd, int events);

/* NULL when the system gives none; errno tells. The caller closes. */
struct loop *loop_open(void);
void loop_close(struct loop *loop);

/*
 * Add a function that runs before every wait, after all callbacks of a turn;
 * several run in the order in which they were added. At most 8.
 */
void loop_before_wait(struct loop *loop, loop_fn fn, void *arg);

/* Run until loop_stop. */
void loop_run(struct loop *loop);

/* Leave loop_run at the end of this turn. */
void loop_stop(struct loop *loop);

/* Run the hooks again before the loop waits: a turn without an event. */
void loop_again(struct loop *loop);

/* Milliseconds, monotonic; read anew by each call. */
int64_t loop_now_ms(const struct loop *loop);

/* A watch of one descriptor at a time; stopped at first. */
struct loop_watch *loop_watch_new(struct loop *loop, loop_watch_fn fn,
                                  void *arg);
void loop_watch_free(struct loop_watch *watch);

/* Watch `fd` for `events` from now on, whatever was watched before. */
void loop_watch_start(struct loop_watch *watch, int fd, int events);
void loop_watch_stop(struct loop_watch *watch);
bool loop_watch_active(const struct loop_watch *watch);

/* A timer that fires once; stopped at first. */
struct loop_timer *loop_timer_new(struct loop *loop, loop_fn fn, void *arg);
void loop_timer_free(struct loop_timer *timer);

/* Fire after `ms` (rounded up by the clock, never down), instead of before. */
void loop_timer_start(struct loop_timer *timer, int64_t ms);
void loop_timer_stop(struct loop_timer *timer);
bool loop_timer_active(const struct loop_timer *timer);

/* Call `fn` on the loop's thread after signal `signo` arrived. */
struct loop_signal *loop_signal_new(struct loop *loop, int signo, loop_fn fn,
                                    void *arg);
void loop_signal_free(struct loop_signal *signal);

/* Call `fn` on the loop's thread after loop_wake_send, once for many. */
struct loop_wake *loop_wake_new(struct loop *loop, loop_fn fn, void *arg);
void loop_wake_free(struct loop_wake *wake);

/* Any thread. */
void loop_wake_send(struct loop_wake *wake);

#endif
