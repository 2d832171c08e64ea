/* SPDX-License-Identifier: MIT */
/*
 * Why the engine has a session of its own: a kill of the process group (kill
 * -9 %1 in a shell) must not meet both, and what the terminal sends, ^C and
 * ^Z, comes to the supervisor alone, so that it is counted once. The engine
 * may still read and write the terminal: job control holds nobody who does not
 * have it as controlling terminal.
 *
 * The supervisor waits with its signals blocked and takes them one by one. It
 * is stopped by the engine, once that has stopped its tasks (flow/signals.c):
 * so the shell has the terminal back when all is quiet, and the engine, never
 * really stopped, still hears of the supervisor's death.
 *
 * Two signals of the same sort within a moment are one request where they were
 * sent by kill(2), since timeout(1) sends to the process and to its group; the
 * engine counts so. Two keys are two requests, so the second is passed on only
 * when the engine will take it for one.
 */
#define _GNU_SOURCE /* prctl */

#include "io/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "io/orphan.h"
#include "io/spawn.h"

enum {
    KEY_PAUSE_MS = 400, /* more than the engine's moment, with some to spare */
    SAME_MS = 250,      /* the engine's moment: flow/signals.c */
    LATE_MS = 5000,     /* from the second request to KILL */
    SWEEP_ROUNDS = 50,  /* without a pause */
    SWEEP_GIVE_UP_MS = 5000,
    MOMENT_US = 500000, /* for the loop to end what the supervisor left */
    LAST_ROUNDS = 4000, /* of half a millisecond */
    TASK_PAUSES = 10,   /* of 5 ms, for tasks to die with the engine */
};

static const int forwarded[] = {SIGTERM, SIGINT,  SIGHUP, SIGQUIT,
                                SIGUSR1, SIGTSTP, SIGCONT};

struct supervisor {
    const struct supervise_options *options;
    struct orphans *orphans;
    pid_t engine;
    bool engine_died;   /* by a signal */
    sigset_t waits;     /* what is taken */
    sigset_t told;      /* what the engine was sent */
    int64_t key_ms;     /* when it was sent the last SIGINT */
    int64_t key_due_ms; /* when it is to be sent the next; 0: none */
    int stop_signo;     /* the first that asked it to stop, or 0 */
    int64_t stop_ms;    /* when that was */
    int64_t late_ms;    /* when it is to be killed; 0: not asked twice yet */
    bool late;          /* it was */
};

static bool is_ignored(int signo)
{
    struct sigaction action;

    return sigaction(signo, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* nohup and its kind ask for HUP, QUIT and TSTP to be ignored; INT is not
 * asked, as in flow/signals.c. */
static void choose_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
    for (size_t i = 0; i < sizeof forwarded / sizeof forwarded[0]; i++) {
        if (forwarded[i] == SIGINT || !is_ignored(forwarded[i]))
            sigaddset(set, forwarded[i]);
    }
}

/* Who reads a terminal from the background is stopped until it is brought to
 * the front (termios(3)); the engine, in another session, would not be. */
static void await_foreground(void)
{
    pid_t front = tcgetpgrp(STDIN_FILENO);

    if (front > 0 && front != getpgrp())
        kill(0, SIGTTIN);
}

/* Asked twice to stop, it ends at once, unless it is stuck. */
static void note_stop(struct supervisor *s, int signo)
{
    int64_t now = clock_now_ms();

    if (signo != SIGTERM && signo != SIGINT && signo != SIGHUP)
        return;
    if (s->stop_signo == 0) {
        s->stop_signo = signo;
        s->stop_ms = now;
    } else if (s->late_ms == 0 && now - s->stop_ms >= SAME_MS) {
        s->late_ms = now + LATE_MS;
    }
}

static void tell(struct supervisor *s, int signo)
{
    kill(s->engine, signo);
    sigaddset(&s->told, signo);
    note_stop(s, signo);
}

static void tell_key(struct supervisor *s)
{
    int64_t now = clock_now_ms();

    if (s->key_ms > 0 && now - s->key_ms < KEY_PAUSE_MS) {
        s->key_due_ms = s->key_ms + KEY_PAUSE_MS;
        return;
    }
    s->key_ms = now;
    s->key_due_ms = 0;
    tell(s, SIGINT);
}

static void take(struct supervisor *s, const siginfo_t *info)
{
    if (info->si_signo == SIGCHLD)
        return;
    /* The engine's own CONT, after the pause, is not sent back to it. */
    if (info->si_code <= 0 && info->si_pid == s->engine)
        return;
    if (info->si_signo == SIGINT && info->si_code > 0)
        tell_key(s);
    else
        tell(s, info->si_signo);
}

/* Do what is due; when the next thing is, 0 for never. */
static int64_t act_in_time(struct supervisor *s)
{
    int64_t now = clock_now_ms();

    if (s->key_due_ms > 0 && now >= s->key_due_ms)
        tell_key(s);
    if (s->late_ms > 0 && now >= s->late_ms) {
        s->late = true;
        kill(s->engine, SIGKILL);
        s->late_ms = INT64_MAX;
    }
    return s->key_due_ms > 0 ? s->key_due_ms : s->late_ms;
}

/* Takes one signal, unless something else is due before. */
static void wait_for_signal(struct supervisor *s)
{
    int64_t due_ms = act_in_time(s), ms;
    struct timespec rest;
    siginfo_t info;
    int signo;

    if (due_ms == 0 || due_ms == INT64_MAX) {
        signo = sigwaitinfo(&s->waits, &info);
    } else {
        ms = due_ms - clock_now_ms();
        ms = ms > 0 ? ms : 0;
        rest = (struct timespec){ms / 1000, ms % 1000 * 1000000};
        signo = sigtimedwait(&s->waits, &info, &rest);
    }
    if (signo > 0)
        take(s, &info);
}

/* The pid of a child that has ended and is not reaped; 0 when there is none. */
static pid_t next_ended(void)
{
    siginfo_t info;

    info.si_pid = 0;
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
        return 0;
    return info.si_pid;
}

/* Reap who has ended; true if the engine has, whose status it is then. */
static bool reap(struct supervisor *s, int *status)
{
    bool ended = false;
    int how;
    pid_t pid;

    while ((pid = next_ended()) > 0) {
        /* A task that died with the engine: the rest of its group goes too,
         * while the number is surely its own. */
        if (s->engine_died && getsid(pid) == pid)
            kill(-pid, SIGKILL);
        if (waitpid(pid, &how, WNOHANG) != pid)
            continue;
        orphan_forget(s->orphans, pid);
        if (pid != s->engine)
            continue;
        *status = how;
        s->engine_died = WIFSIGNALED(how);
        ended = true;
    }
    return ended;
}

/* Where orphans may live on, only the groups of the tasks that died with the
 * engine are ended. The signal was sent before we heard of its death. */
static void reap_tasks(struct supervisor *s)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    int ignored;

    for (int i = 0; s->engine_died && i < TASK_PAUSES; i++) {
        reap(s, &ignored);
        nanosleep(&pause, NULL);
    }
}

/* How many could not be ended. */
static int sweep(struct supervisor *s)
{
    const struct orphan_judge all = {.spares_session = true};
    const struct timespec pause = {.tv_nsec = 1000000};
    const int64_t give_up = clock_now_ms() + SWEEP_GIVE_UP_MS;
    int left, round = 0, ignored;

    if (s->options->keeps_orphans) {
        reap_tasks(s);
        return 0;
    }
    while ((left = orphan_kill(s->orphans, &all)) > 0 &&
           clock_now_ms() < give_up) {
        if (++round % SWEEP_ROUNDS == 0)
            nanosleep(&pause, NULL);
        reap(s, &ignored);
    }
    return left;
}

static int describe_late(const struct supervisor *s, struct err *err)
{
    err_set(err, ERR_SIGNAL,
            "asked twice to end, it did not: killed, with all that it had "
            "started");
    err->sys = s->stop_signo;
    return -1;
}

static int describe(const struct supervisor *s, int status, int left,
                    struct err *err)
{
    int signo = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

    if (signo == 0 && WEXITSTATUS(status) == 0)
        return 0;
    if (signo == SIGKILL && s->late)
        return describe_late(s, err);
    err_set(err, signo ? ERR_SIGNAL : ERR_STATUS, "%s", "");
    err->sys = signo ? signo : WEXITSTATUS(status);
    if (signo == 0 || sigismember(&s->told, signo) == 1)
        return -1;
    err_set(err, ERR_SIGNAL, "killed by signal %d (%s); %s", signo,
            spawn_signal_name(signo),
            s->options->keeps_orphans ? "its tasks were ended"
            : left == 0               ? "all that it had started was ended"
                        : "not all that it had started could be ended");
    err->sys = signo;
    return -1;
}

static int watch(struct supervisor *s, struct err *err)
{
    int status;

    while (!reap(s, &status))
        wait_for_signal(s);
    return describe(s, status, sweep(s), err);
}

/* One number of a list, or 0 at its end. */
static pid_t next_pid(const char **p)
{
    pid_t pid = 0;

    for (; **p >= '0' && **p <= '9'; ++*p)
        pid = pid * 10 + (**p - '0');
    *p += **p == ' ';
    return pid;
}

/* As in io/orphan.c: the numbers of another pid namespace are not ours. */
static bool is_blind(void)
{
    char self[32];
    ssize_t n = readlink("/proc/self", self, sizeof self - 1);
    const char *p = self;

    self[n > 0 ? n : 0] = '\0';
    return next_pid(&p) != getpid();
}

/* Kill the first children there are, each with its group. */
static void kill_children(void)
{
    char text[4096];
    int fd = is_blind()
                 ? -1
                 : open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    const char *p = text;
    pid_t pid;

    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    while ((pid = next_pid(&p)) > 0) {
        kill(-pid, SIGKILL);
        kill(pid, SIGKILL);
    }
}

/* The supervisor has died: ask the loop to end the run, and if it has not done
 * so in a moment (it may stand in a write to a stderr that nobody reads), end
 * everything here. System calls only: whatever was interrupted is broken. */
static void on_orphaned(int signo, siginfo_t *info, void *context)
{
    const struct itimerval moment = {.it_value = {.tv_usec = MOMENT_US}};
    const struct timespec pause = {.tv_nsec = 500000};
    int sys = errno;

    (void)signo;
    (void)context;
    if (info->si_code != SI_KERNEL) { /* which it is when the timer sends it */
        setitimer(ITIMER_REAL, &moment, NULL);
        kill(getpid(), SIGTERM);
        errno = sys;
        return;
    }
    for (int i = 0; i < LAST_ROUNDS; i++) {
        kill_children();
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
        if (waitpid(-1, NULL, WNOHANG) < 0)
            break;
        nanosleep(&pause, NULL);
    }
    _exit(128 + SIGKILL);
}

static void watch_supervisor(void)
{
    struct sigaction action = {.sa_sigaction = on_orphaned,
                               .sa_flags = SA_SIGINFO | SA_RESTART};
    sigset_t mask;

    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    sigemptyset(&mask);
    sigaddset(&mask, SIGALRM);
    pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
    prctl(PR_SET_PDEATHSIG, SIGALRM, 0, 0, 0);
}

static int be_engine(const struct supervise_options *options, pid_t supervisor,
                     const sigset_t *mask)
{
    setsid();
    pthread_sigmask(SIG_SETMASK, mask, NULL);
    watch_supervisor();
    if (getppid() != supervisor)
        _exit(127); /* it died before the prctl: nobody is left to work for */
    /* Not called as the supervisor, so that killall(1) does not meet both. */
    prctl(PR_SET_NAME, options->name, 0, 0, 0);
    return 1;
}

int supervise(const struct supervise_options *options, pid_t *supervisor,
              struct err *err)
{
    struct supervisor s = {.options = options};
    sigset_t before;
    int outcome;

    *supervisor = getpid();
    if (options->reads_terminal)
        await_foreground();
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return err_sys(err, ERR_BUG, "cannot become a subreaper");
    choose_signals(&s.waits);
    sigemptyset(&s.told);
    pthread_sigmask(SIG_BLOCK, &s.waits, &before);
    s.orphans = orphan_open();
    s.engine = fork();
    if (s.engine == 0) {
        orphan_close(s.orphans);
        return be_engine(options, *supervisor, &before);
    }
    outcome = s.engine > 0 ? watch(&s, err)
                           : err_sys(err, ERR_BUG, "cannot make a process");
    orphan_close(s.orphans);
    return outcome;
}
