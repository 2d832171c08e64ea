/* SPDX-License-Identifier: MIT */
/*
 * thread - a thread beside the one that is tested
 *
 * It takes no signal, as those of the pool: under tsan one that it took at its
 * end would be lost to the loop.
 */
#ifndef TESTS_THREAD_H
#define TESTS_THREAD_H

#include <check.h>
#include <pthread.h>
#include <signal.h>

static inline void start_thread(pthread_t *id, void *(*run)(void *), void *arg)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    ck_assert_int_eq(pthread_create(id, NULL, run, arg), 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

#endif
