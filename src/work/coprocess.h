/* SPDX-License-Identifier: MIT */
/*
 * coprocess - a shell command with our ends of its stdin and stdout
 *
 * Writing and reading go on side by side, as far as the command lets them, so
 * neither can hold up the other. What is to be written is borrowed; what was
 * read gathers in `out` until the owner takes it. The storage is used for one
 * process after another. A start that fails for want of processes, memory or
 * descriptors is tried again, for a minute. Its stderr is ours. Loop's thread.
 */
#ifndef WORK_COPROCESS_H
#define WORK_COPROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/spawn.h"
#include "work/environment.h"

struct log;
struct loop;
struct loop_timer;
struct loop_watch;

/* What all processes of a command have in common; the owner's storage. */
struct coprocess_plan {
    struct loop *loop;
    struct log *log;
    struct spawn *spawn;
    const char *name;    /* of the option, for messages and WEIR_TASK_ID */
    const char *command; /* for sh -c */
    char **environment;
    uint64_t started; /* processes so far */
};

struct coprocess_calls {
    void *arg;
    /* Something was written or read, or one of the two has ended. Not after
     * coprocess_kill, nor after the end. */
    void (*on_progress)(void *arg);
    /* It has ended, `how` tells; unless it was killed here, all that it wrote
     * is in `out`, as far as that has room. */
    void (*on_end)(void *arg);
    /* It could not be started. */
    void (*on_fail)(void *arg, const struct err *err);
};

struct coprocess {
    struct coprocess_plan *plan;
    struct coprocess_calls calls;
    struct spawn_child child;
    struct environment environment;
    unsigned slot;
    unsigned starts;

    bool running;
    struct spawn_exit how; /* once it has ended */
    struct slice in;       /* what is written, and how much of it has been */
    size_t written;
    bool once;     /* its stdin ends behind `in` */
    bool in_ended; /* it takes no more */
    struct buf out;
    bool out_ended;
    int in_fd; /* our ends, or -1 */
    int out_fd;
    struct loop_watch *in_watch;
    struct loop_watch *out_watch;

    bool starting; /* wanted, and not there yet */
    struct loop_timer *retry_timer;
    int64_t lack_since_ms; /* 0: there is no lack */
    struct err failure;
};

/* `slot` is from 1; `max_out` bytes are kept of what it writes. */
void coprocess_init(struct coprocess *c, struct coprocess_plan *plan,
                    const struct coprocess_calls *calls, unsigned slot,
                    size_t max_out);

/* After spawn_close. */
void coprocess_release(struct coprocess *c);

/* Start the command, soon if not at once; it must not be running. */
void coprocess_start(struct coprocess *c);

/* Write this next; what was given before has been written. It may be given
 * before the start. With `once` stdin is closed behind it. */
void coprocess_feed(struct coprocess *c, struct slice bytes, bool once);

/* Close its stdin: it is to end. */
void coprocess_close_in(struct coprocess *c);

/* Read what is there now. */
void coprocess_read(struct coprocess *c);

/* KILL the group. on_end follows if it is running. */
void coprocess_kill(struct coprocess *c);

/* Job control: stop the group, or let it go on. */
void coprocess_suspend(const struct coprocess *c, bool stopped);

/* "exit status 3" or "killed by signal 9 (KILL)", into `text`. */
void coprocess_describe(const struct coprocess *c, char *text, size_t size);

/* Whether sh says that there is no such command, or it cannot be run. */
bool coprocess_not_found(const struct coprocess *c);

#endif
