/* SPDX-License-Identifier: MIT */
/*
 * spawn - start programs, and learn how each one ended
 *
 * A child gets a session and process group of its own, default signals and an
 * empty mask, three descriptors, and SIGKILL when this process dies. When it
 * ends, its group is killed before it is reaped, and what it left behind in
 * other groups comes back to us (we are a subreaper) and is killed too; only
 * when all of that is gone its end is told. All calls from the thread that
 * called spawn_open, which has to be the main one: a child's parent-death
 * signal fires when the *thread* that made it ends (prctl(2)).
 */
#ifndef IO_SPAWN_H
#define IO_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/list.h"

struct err;
struct loop;
struct spawn;

struct spawn_plan {
    const char *path;  /* the program, found already: no search */
    char *const *argv; /* NULL-terminated, as for execve(2) */
    char *const *envp;
    const char *cwd; /* NULL: ours */
    int nice;        /* added to ours */
    int fds[3];      /* what becomes 0, 1, 2; borrowed */
};

/* So many of those that a child left behind are named. */
enum { SPAWN_LEAKED_MAX = 64 };

/* How a child ended. */
struct spawn_exit {
    int code;   /* exit code, or -1 */
    int signal; /* signal that ended it, or 0 */
    bool core;  /* which left a core */
    int64_t user_us;
    int64_t system_us;
    int64_t ended_us; /* when, as clock_now_us; on_exit may come later */
    uint64_t max_rss; /* bytes; no less than what this process had */
    /* Who was alive when it ended and had to be killed. */
    pid_t leaked[SPAWN_LEAKED_MAX];
    size_t leaked_count;
};

/* A running child; the caller's storage, until on_exit was called. */
struct spawn_child {
    struct list link;
    pid_t pid;
    /* An environment entry "NAME=value" by which descendants of this child
     * are told from those of others; borrowed, may be NULL. */
    const char *marker;
    void (*on_exit)(struct spawn_child *child, const struct spawn_exit *how);
    bool keeps; /* what is alive in its group when it ends is left alone */
    /* spawn's own */
    bool reaped; /* it has ended, although on_exit may not have been called */
    bool holds;  /* what it left behind is still dying */
    struct spawn_exit how;
};

/* Become a subreaper and watch SIGCHLD. NULL and `err` of kind ERR_BUG. */
struct spawn *spawn_open(struct loop *loop, struct err *err);

/* From now on who leaves a child's group is left alone, whatever happens. */
void spawn_keep_orphans(struct spawn *spawn);

/* Kill and reap whatever still lives below us. NULL is fine. */
void spawn_close(struct spawn *spawn);

/*
 * Find a program as execvp(3) would: in `path_list` (the value of PATH) when
 * `name` has no slash, relative entries taken from the current directory.
 * Writes the path into `found` of `size` bytes. 0, or -1 with errno.
 */
int spawn_find(const char *name, const char *path_list, char *found,
               size_t size);

/*
 * Start the plan; `child->on_exit` and `->marker` are set by the caller. 0, or
 * -1 with `err`: which step failed and its errno; then on_exit is not called.
 */
int spawn_start(struct spawn *spawn, const struct spawn_plan *plan,
                struct spawn_child *child, struct err *err);

/* Send a signal to the whole group of a child, unless it has ended. */
void spawn_signal(const struct spawn_child *child, int signo);

/* "TERM" for SIGTERM; "?" for a number without a name. */
const char *spawn_signal_name(int signo);

/* Whether an error of spawn_start is a lack of resources that may pass. */
bool spawn_error_passes(int sys);

#endif
