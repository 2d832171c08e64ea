/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* vfork, close_range, prctl */

/*
 * The child is made by vfork: its cost does not grow with our memory, and the
 * parent stands still until exec, so that the child can leave the exact step
 * and errno of a failure in the parent's memory. In between the child makes
 * raw system calls only: no malloc, no stdio, nothing that takes a lock.
 *
 * Under a sanitizer vfork is a fork: the memory is not shared then, so the
 * failure comes through a close-on-exec pipe instead, whose end tells that
 * exec worked.
 */
#include "io/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "io/spawn_core.h"

#if defined(__has_feature)
#define HAS_FEATURE(x) __has_feature(x) /* clang's way to tell */
#else
#define HAS_FEATURE(x) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer)
#define SPAWN_BY_FORK 1
#else
#define SPAWN_BY_FORK 0
#endif

enum { BUSY_TRIES = 6 }; /* of a program that somebody writes, over 63 ms */

enum step { STEP_NONE, STEP_FORK, STEP_SETUP, STEP_CWD, STEP_EXEC };

struct failure {
    enum step step;
    int sys;
};

/* All that the child needs, made before it exists. */
struct birth {
    const struct spawn_setup *setup;
    const struct spawn_plan *plan;
    pid_t parent;
    int report; /* pipe to write a failure to, or -1 */
    volatile struct failure *failure;
};

/* A directory may be entered, which access(2) takes for being executable. */
static bool is_program(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return false;
    if (S_ISREG(st.st_mode))
        return access(path, X_OK) == 0;
    errno = EACCES;
    return false;
}

int spawn_find(const char *name, const char *path_list, char *found,
               size_t size)
{
    const char *p = path_list ? path_list : "/usr/local/bin:/usr/bin:/bin";
    int sys = ENOENT;

    if (strchr(name, '/') != NULL || name[0] == '\0') {
        if (snprintf(found, size, "%s", name) < (int)size)
            return 0; /* execve itself says what is wrong with it */
        errno = ENAMETOOLONG;
        return -1;
    }
    for (;;) {
        size_t len = strcspn(p, ":");
        int n = len > 0 ? snprintf(found, size, "%.*s/%s", (int)len, p, name)
                        : snprintf(found, size, "./%s", name);

        errno = 0;
        if (n > 0 && (size_t)n < size && is_program(found))
            return 0;
        if (errno == EACCES)
            sys = EACCES;
        if (p[len] == '\0')
            break;
        p += len + 1;
    }
    errno = sys;
    return -1;
}

/* libc refuses to look at its own signals (nptl(7)), but whoever started us may
 * have ignored them, and that would pass to the child. */
enum { INTERNAL_FIRST = 32, INTERNAL_LAST = 33, KERNEL_ACTION_WORDS = 8 };

static bool internal_ignored(void)
{
    for (int signo = INTERNAL_FIRST; signo <= INTERNAL_LAST; signo++) {
        uint64_t action[KERNEL_ACTION_WORDS] = {0}; /* the handler is first */

        if (syscall(SYS_rt_sigaction, signo, NULL, action, sizeof action[0]) ==
                0 &&
            action[0] == (uint64_t)(uintptr_t)SIG_IGN)
            return true;
    }
    return false;
}

/* In the child: raw calls, and SIG_DFL is all zeros. */
static void reset_internal(void)
{
    const uint64_t action[KERNEL_ACTION_WORDS] = {0};

    for (int signo = INTERNAL_FIRST; signo <= INTERNAL_LAST; signo++)
        syscall(SYS_rt_sigaction, signo, action, NULL, sizeof action[0]);
}

void spawn_learn(struct spawn_setup *setup)
{
    struct sigaction action;

    sigemptyset(&setup->to_reset);
    for (int signo = 1; signo < NSIG; signo++) {
        if (sigaction(signo, NULL, &action) < 0 || action.sa_handler == SIG_DFL)
            continue;
        if (signo == SIGHUP && action.sa_handler == SIG_IGN)
            continue;
        sigaddset(&setup->to_reset, signo);
    }
    setup->reset_internal = internal_ignored();
    setup->known = true;
}

static _Noreturn void give_up(const struct birth *b, enum step step)
{
    struct failure failure = {step, errno};

    if (b->report >= 0) {
        if (write(b->report, &failure, sizeof failure) < 0)
            _exit(127);
        _exit(127);
    }
    b->failure->sys = failure.sys;
    b->failure->step = failure.step;
    _exit(127);
}

/* Only the numbers, never 0 to 2 as a source: dup2(fd, fd) would leave the
 * close-on-exec flag set. fd_guard_standard made sure that none is below 3. */
static void place_descriptors(const struct birth *b)
{
    for (int i = 0; i < 3; i++) {
        if (dup2(b->plan->fds[i], i) < 0)
            give_up(b, STEP_SETUP);
    }
    /* What a careless ancestor left open must not reach the task. */
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0 && errno == ENOSYS) {
        for (int fd = 3; fd < 1024; fd++)
            fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
}

static void reset_signals(const struct birth *b)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (int signo = 1; signo < NSIG; signo++) {
        if (sigismember(&b->setup->to_reset, signo) == 1)
            sigaction(signo, &action, NULL);
    }
    if (b->setup->reset_internal)
        reset_internal();
    sigemptyset(&action.sa_mask);
    pthread_sigmask(SIG_SETMASK, &action.sa_mask, NULL);
}

/* To be nicer is always allowed. With autogroups the niceness counts only
 * within the session (sched(7)), so that of the session is set as well: it
 * need not exist, and an ordinary user may set few a second. */
static void be_nice(int more)
{
    const char digits[] = {(char)('0' + more / 10), (char)('0' + more % 10)};
    int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);

    if (fd >= 0 && write(fd, digits, sizeof digits) >= 0)
        close(fd);
    setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + more);
}

static _Noreturn __attribute__((noinline)) void become(const struct birth *b)
{
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != b->parent)
        _exit(127); /* the parent died before the prctl: nobody is left */
    place_descriptors(b);
    if (b->plan->cwd != NULL && chdir(b->plan->cwd) < 0)
        give_up(b, STEP_CWD);
    setrlimit(RLIMIT_NOFILE, &b->setup->files);
    if (b->plan->nice != 0)
        be_nice(b->plan->nice);
    reset_signals(b);
    execve(b->plan->path, b->plan->argv, b->plan->envp);
    give_up(b, STEP_EXEC);
}

#if SPAWN_BY_FORK
static pid_t make_child(struct birth *b)
{
    struct failure failure;
    int ends[2];
    pid_t pid;

    if (fd_pipe(ends) < 0)
        return -1;
    b->report = ends[1];
    pid = fork();
    if (pid == 0)
        become(b);
    fd_close(ends[1]);
    if (pid > 0 && fd_read(ends[0], &failure, sizeof failure) == sizeof failure)
        *b->failure = failure;
    fd_close(ends[0]);
    return pid;
}
#else
static pid_t make_child(struct birth *b)
{
    /* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.vfork): see the top */
    pid_t pid = vfork();

    if (pid == 0)
        become(b); /* NOLINT(clang-analyzer-unix.Vfork): it never returns */
    return pid;
}
#endif

static int explain(const struct failure *failure, const struct spawn_plan *plan,
                   struct err *err)
{
    errno = failure->sys;
    switch (failure->step) {
    case STEP_CWD: return err_sys(err, ERR_UNITS, "directory %s", plan->cwd);
    case STEP_EXEC: return err_sys(err, ERR_UNITS, "%s", plan->path);
    case STEP_FORK: return err_sys(err, ERR_UNITS, "cannot make a process");
    case STEP_NONE:
    case STEP_SETUP: return err_sys(err, ERR_UNITS, "cannot set up a process");
    }
    return -1;
}

/* One attempt: the pid, or 0 and the failure. */
static pid_t attempt(struct birth *birth)
{
    sigset_t all, before;
    pid_t pid;

    birth->failure->step = STEP_NONE;
    /* No handler of ours may run in the child, on our memory. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid = make_child(birth);
    if (pid < 0) {
        birth->failure->sys = errno;
        birth->failure->step = STEP_FORK;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (birth->failure->step == STEP_NONE)
        return pid;
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return 0;
}

pid_t spawn_birth(const struct spawn_setup *setup,
                  const struct spawn_plan *plan, struct err *err)
{
    volatile struct failure failure = {STEP_NONE, 0};
    struct birth birth = {.setup = setup,
                          .plan = plan,
                          .parent = getpid(),
                          .report = -1,
                          .failure = &failure};
    struct failure seen;
    pid_t pid = attempt(&birth);

    /* Somebody else's fork may hold the file open for writing until its exec.
     * That passes so soon that standing still costs less than a queue. */
    for (int i = 0; i < BUSY_TRIES && failure.sys == ETXTBSY; i++) {
        const struct timespec pause = {.tv_nsec = 1000000L << i};

        failure.sys = 0;
        nanosleep(&pause, NULL);
        pid = attempt(&birth);
    }
    if (pid > 0)
        return pid;
    seen = (struct failure){failure.step, failure.sys};
    return explain(&seen, plan, err);
}
