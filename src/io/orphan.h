/* SPDX-License-Identifier: MIT */
/*
 * orphan - processes that came to us because their parent died
 *
 * A subreaper adopts the orphans among its descendants (prctl(2),
 * PR_SET_CHILD_SUBREAPER). They are read from /proc; where the kernel keeps no
 * list of children, from a walk over all processes. An orphan is killed with
 * its descendants, all of them stopped before, so that none can fork on; what
 * escapes that comes to us when its parent dies, so the caller repeats it until
 * nothing is found. Without a /proc of our own pid namespace nobody can be
 * named, so nothing is found. Main thread only.
 */
#ifndef IO_ORPHAN_H
#define IO_ORPHAN_H

#include <stdbool.h>
#include <sys/types.h>

struct orphans;

/* The environment of a process, as execve gave it. */
struct orphan_env;

/* Who of our children is an orphan to be killed. With NULLs: all. */
struct orphan_judge {
    void *arg;
    bool spares_session; /* who is in our own session is no orphan of ours */
    /* A child that is no orphan: never touched here. */
    bool (*is_child)(void *arg, pid_t pid);
    /* An orphan that still belongs to something that runs. `env` is NULL
     * when it cannot be read or is empty. */
    bool (*is_needed)(void *arg, pid_t pid, pid_t session,
                      const struct orphan_env *env);
    /* Told of the one just found not to be needed, then of each descendant;
     * perhaps more than once. */
    void (*on_doomed)(void *arg, pid_t pid);
};

/* Children that are there already are strangers: they are never touched. A
 * shell that becomes this program by exec leaves it its children, such as the
 * writer of a list that is <(...). */
struct orphans *orphan_open(void);
void orphan_close(struct orphans *o);

/* SIGKILL every orphan that is not needed, with all below it; how many. */
int orphan_kill(struct orphans *o, const struct orphan_judge *judge);

/* From now on this child is a stranger too. */
void orphan_ignore(struct orphans *o, pid_t pid);

/* This child was reaped: if it was a stranger, its number is free now. */
void orphan_forget(struct orphans *o, pid_t pid);

/* Whether it has an entry of the same name as "NAME=value". */
bool orphan_env_names(const struct orphan_env *env, const char *entry);

/* Whether the environment has the entry "NAME=value". */
bool orphan_env_has(const struct orphan_env *env, const char *entry);

#endif
