/* SPDX-License-Identifier: MIT */
/*
 * signals - what a run does when it is told to
 *
 * The first INT, TERM or HUP asks the run to stop, a second one to end at
 * once; the same signal again within 250 ms counts as one, since timeout(1)
 * sends each to the process and to its group. A HUP that was ignored at the
 * start (nohup) stays ignored. TSTP stops the tasks, then this process; when
 * it goes on, so do they. USR1 asks for the status.
 *
 * Below a supervisor (io/supervise.h) a TERM that comes with its death asks to
 * end at once, and TSTP stops the supervisor in place of this process, which
 * waits: stopped, it would not hear of that death. Loop's thread.
 */
#ifndef FLOW_SIGNALS_H
#define FLOW_SIGNALS_H

#include <stdbool.h>
#include <sys/types.h>

struct loop;
struct signals;

struct signals_calls {
    void *arg;
    pid_t supervisor; /* 0: there is none */
    void (*stop)(void *arg, int signo, bool now);
    void (*suspend)(void *arg, bool stopped);
    void (*status)(void *arg);
};

struct signals *signals_open(struct loop *loop,
                             const struct signals_calls *calls);
void signals_close(struct signals *s);

#endif
