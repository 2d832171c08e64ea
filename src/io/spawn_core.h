/* SPDX-License-Identifier: MIT */
/*
 * What the files of spawn share: how a child is made. On the thread of the
 * loop.
 */
#ifndef IO_SPAWN_CORE_H
#define IO_SPAWN_CORE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "io/spawn.h"

struct err;

/* What each child gets back of what we changed for ourselves, or were given by
 * whoever started us. */
struct spawn_setup {
    struct rlimit files; /* as they were at our start */
    bool known;          /* the rest */
    sigset_t to_reset;   /* signals that a child must set to default */
    bool reset_internal; /* and those that libc keeps to itself */
};

/* Learn, once all handlers are in place, which signals are not default. A HUP
 * that was ignored at our start (nohup) stays ignored in the child. */
void spawn_learn(struct spawn_setup *setup);

/*
 * Make a child in a session of its own, and wait until it runs the program: its
 * pid, which is still to be reaped; or -1 with `err` of kind ERR_UNITS that
 * names the step and has its errno. A text file that is busy is tried again for
 * 63 ms.
 */
pid_t spawn_birth(const struct spawn_setup *setup,
                  const struct spawn_plan *plan, struct err *err);

#endif
