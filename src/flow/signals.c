/* SPDX-License-Identifier: MIT */
#include "flow/signals.h"

#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/loop.h"

enum { SAME_MS = 250 };

struct signals {
    struct signals_calls calls;
    struct loop_signal *watch[5];
    int last;        /* the last one that asked to stop, or 0 */
    int64_t last_ms; /* and when */
};

static void ask_to_stop(struct signals *s, int signo)
{
    int64_t now = clock_now_ms();
    bool again = s->last != 0;

    if (s->last == signo && now - s->last_ms < SAME_MS)
        return;
    s->last = signo;
    s->last_ms = now;
    s->calls.stop(s->calls.arg, signo, again);
}

static void on_int(void *arg)
{
    ask_to_stop(arg, SIGINT);
}

static bool supervised(const struct signals *s)
{
    return s->calls.supervisor != 0 && getppid() == s->calls.supervisor;
}

static void on_term(void *arg)
{
    struct signals *s = arg;

    if (s->calls.supervisor != 0 && !supervised(s))
        s->calls.stop(s->calls.arg, SIGTERM, true);
    else
        ask_to_stop(s, SIGTERM);
}

static void on_hup(void *arg)
{
    ask_to_stop(arg, SIGHUP);
}

/* The supervisor passes on the CONT that wakes it; whatever else asks us to
 * end, its death too, ends the pause as well. CONT is blocked outside of this,
 * so that one which comes too early is not lost. */
static void pause_below(const struct signals *s)
{
    sigset_t mask;

    sigfillset(&mask);
    sigdelset(&mask, SIGCONT);
    sigdelset(&mask, SIGALRM); /* comes first when the supervisor dies */
    sigdelset(&mask, SIGTERM);
    sigdelset(&mask, SIGINT);
    sigdelset(&mask, SIGHUP);
    sigdelset(&mask, SIGQUIT);
    kill(s->calls.supervisor, SIGSTOP);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): all threads but this block all */
    sigsuspend(&mask);
    if (supervised(s))
        kill(s->calls.supervisor, SIGCONT);
}

static void on_tstp(void *arg)
{
    struct signals *s = arg;

    s->calls.suspend(s->calls.arg, true);
    /* The handler keeps TSTP from stopping us, so do it; CONT ends it. */
    if (supervised(s))
        pause_below(s);
    else
        kill(getpid(), SIGSTOP);
    s->calls.suspend(s->calls.arg, false);
}

static void on_usr1(void *arg)
{
    struct signals *s = arg;

    s->calls.status(s->calls.arg);
}

static bool is_ignored(int signo)
{
    struct sigaction action;

    return sigaction(signo, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void on_cont(int signo)
{
    (void)signo; /* that there is a handler ends sigsuspend(2) */
}

static void take_cont(void)
{
    struct sigaction action = {.sa_handler = on_cont, .sa_flags = SA_RESTART};
    sigset_t mask;

    sigemptyset(&action.sa_mask);
    sigaction(SIGCONT, &action, NULL);
    sigemptyset(&mask);
    sigaddset(&mask, SIGCONT);
    pthread_sigmask(SIG_BLOCK, &mask, NULL);
}

struct signals *signals_open(struct loop *loop,
                             const struct signals_calls *calls)
{
    struct signals *s = mem_alloc(sizeof *s);

    s->calls = *calls;
    if (calls->supervisor != 0)
        take_cont();
    /* A shell without job control starts background jobs with INT ignored;
     * asking for it all the same is right: whoever sends it means us. */
    s->watch[0] = loop_signal_new(loop, SIGINT, on_int, s);
    s->watch[1] = loop_signal_new(loop, SIGTERM, on_term, s);
    if (!is_ignored(SIGHUP))
        s->watch[2] = loop_signal_new(loop, SIGHUP, on_hup, s);
    if (!is_ignored(SIGTSTP))
        s->watch[3] = loop_signal_new(loop, SIGTSTP, on_tstp, s);
    s->watch[4] = loop_signal_new(loop, SIGUSR1, on_usr1, s);
    return s;
}

void signals_close(struct signals *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < sizeof s->watch / sizeof s->watch[0]; i++)
        loop_signal_free(s->watch[i]);
    mem_free(s);
}
