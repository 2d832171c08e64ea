/* SPDX-License-Identifier: MIT */
/*
 * lock - one run at a time on a state
 *
 * A file beside the state, held by flock(2): the kernel frees it when the last
 * process that holds it has died, so there is no lock that nobody holds. To be
 * taken before the process divides (io/supervise.h): supervisor and engine
 * share it then, and it is free only after all that they started has ended.
 * Tasks do not inherit it. The file stays, and what is in it is for the message
 * alone.
 */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include <stdbool.h>

struct err;

/*
 * Take the lock of the state at `path`: its descriptor, to be kept open until
 * the run ends. -1 and `err`: ERR_HELD if another run has it, unless `waits`,
 * which is for as long as it takes; ERR_STATE where the file system is none for
 * a state; ERR_CREATE where the file cannot be made.
 */
int lock_take(const char *path, bool waits, struct err *err);

/* Whether a run holds the state now. */
bool lock_held(const char *path);

/* Which file system is meant by the type of statfs(2), if it is one over which
 * locks and shared memory do not work as a state needs them; else NULL. */
const char *lock_refused(long type);

#endif
