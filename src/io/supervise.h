/* SPDX-License-Identifier: MIT */
/*
 * supervise - two processes, so that nothing outlives either of them
 *
 * The process divides: the child, called the engine, does the work in a
 * session of its own; the parent keeps the pid that the user and the shell
 * know, forwards signals, and waits. Both are subreapers. When the engine has
 * ended, however, the supervisor kills what is left below it. When the
 * supervisor dies, the engine gets SIGTERM with getppid(2) changed, and has to
 * end what it started at once; if it is still there after half a second, it is
 * ended with all of that where it stands. For this it has a handler of SIGALRM
 * and the timer ITIMER_REAL.
 *
 * To be called before there is a thread, a loop or a child of ours.
 */
#ifndef IO_SUPERVISE_H
#define IO_SUPERVISE_H

#include <stdbool.h>
#include <sys/types.h>

struct err;

struct supervise_options {
    const char *name;    /* of the engine, in ps(1): at most 15 bytes */
    bool keeps_orphans;  /* what is left when the engine ends may live on */
    bool reads_terminal; /* stdin is a terminal that the engine will read */
};

/*
 * In the engine: 1, and `supervisor` is the pid of the other. In the
 * supervisor, when all has ended: as the engine ended, 0 for an exit with 0;
 * else -1 and `err` of kind ERR_STATUS, or ERR_SIGNAL, whose text is empty
 * unless the engine did not see the signal coming. Where there is no process
 * to be had: -1 and ERR_BUG.
 */
int supervise(const struct supervise_options *options, pid_t *supervisor,
              struct err *err);

#endif
