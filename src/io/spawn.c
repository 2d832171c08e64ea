/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* vfork, wait4, close_range, prctl */

/*
 * The child is made by vfork: its cost does not grow with our memory, and the
 * parent stands still until exec, so that the child can leave the exact step
 * and errno of a failure in the parent's memory. In between the child makes
 * raw system calls only: no malloc, no stdio, nothing that takes a lock.
 *
 * Under a sanitizer vfork is a fork: the memory is not shared then, so the
 * failure comes through a close-on-exec pipe instead, whose end tells that
 * exec worked.
 *
 * Reaping: waitid(WNOWAIT) shows who ended without freeing its number, then
 * the group is killed while the number is surely still its own, then wait4
 * gives status and rusage. Doing it in the other order could kill a stranger.
 */
#include "io/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "io/loop.h"
#include "io/orphan.h"

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

enum { BUCKETS = 256 };

enum step { STEP_NONE, STEP_SETUP, STEP_CWD, STEP_EXEC };

struct failure {
    enum step step;
    int sys;
};

struct spawn {
    struct loop *loop;
    struct loop_signal *watch;
    struct list buckets[BUCKETS]; /* running children by pid */
    size_t running;
    pid_t *strangers; /* children that were there before */
    size_t stranger_count;
    struct rlimit files; /* as they were at our start */
    bool signals_known;
    sigset_t to_reset;   /* signals that a child must set to default */
    bool reset_internal; /* and those that libc keeps to itself */
};

/* All that the child needs, made before it exists. */
struct birth {
    const struct spawn *spawn;
    const struct spawn_plan *plan;
    pid_t parent;
    int report; /* pipe to write a failure to, or -1 */
    volatile struct failure *failure;
};

static struct list *bucket_of(struct spawn *spawn, pid_t pid)
{
    return &spawn->buckets[(unsigned)pid % BUCKETS];
}

static struct spawn_child *find_child(struct spawn *spawn, pid_t pid)
{
    struct list *bucket = bucket_of(spawn, pid);

    for (struct list *l = bucket->next; l != bucket; l = l->next) {
        struct spawn_child *child = LIST_ITEM(l, struct spawn_child, link);

        if (child->pid == pid)
            return child;
    }
    return NULL;
}

/* Not ours to kill: a shell that becomes this program by exec leaves it its
 * children, such as the writer of a list that is <(...). */
static bool is_stranger(void *arg, pid_t pid)
{
    const struct spawn *spawn = arg;

    for (size_t i = 0; i < spawn->stranger_count; i++) {
        if (spawn->strangers[i] == pid)
            return true;
    }
    return false;
}

static bool note_stranger(void *arg, pid_t pid)
{
    struct spawn *spawn = arg;

    spawn->strangers = mem_resize(spawn->strangers,
                                  (spawn->stranger_count + 1) * sizeof(pid_t));
    spawn->strangers[spawn->stranger_count++] = pid;
    return true;
}

/* Its number is free for another. */
static void forget_stranger(struct spawn *spawn, pid_t pid)
{
    for (size_t i = 0; i < spawn->stranger_count; i++) {
        if (spawn->strangers[i] == pid)
            spawn->strangers[i] = 0;
    }
}

static int64_t us_of(struct timeval t)
{
    return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

static struct spawn_exit describe_exit(int status, const struct rusage *usage)
{
    return (struct spawn_exit){
        .code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
        .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
        .user_us = us_of(usage->ru_utime),
        .system_us = us_of(usage->ru_stime),
        .max_rss = (uint64_t)usage->ru_maxrss * 1024,
    };
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

static void reap(struct spawn *spawn, pid_t pid)
{
    struct spawn_child *child = find_child(spawn, pid);
    struct spawn_exit how;
    struct rusage usage;
    int status;

    if (child != NULL)
        kill(-pid, SIGKILL);
    if (wait4(pid, &status, WNOHANG, &usage) != pid)
        return;
    if (child == NULL) {
        forget_stranger(spawn, pid);
        return;
    }
    list_remove(&child->link);
    spawn->running--;
    how = describe_exit(status, &usage);
    child->on_exit(child, &how);
}

/* What the orphans' room asks about an adopted process. */
static bool belongs_to_running(void *arg, pid_t session,
                               const struct orphan_env *env)
{
    struct spawn *spawn = arg;
    bool marked = false;

    if (spawn->running == 0)
        return false;
    if (find_child(spawn, session) != NULL || env == NULL)
        return true;
    /* One whose environment was replaced could be anybody's: it stays until
     * the end of the run. */
    for (size_t i = 0; i < BUCKETS; i++) {
        struct list *b = &spawn->buckets[i];

        for (struct list *l = b->next; l != b; l = l->next) {
            const char *m = LIST_ITEM(l, struct spawn_child, link)->marker;

            if (m != NULL && orphan_env_has(env, m))
                return true;
            marked = marked || (m != NULL && orphan_env_names(env, m));
        }
    }
    return !marked;
}

static bool is_child(void *arg, pid_t pid)
{
    return find_child(arg, pid) != NULL || is_stranger(arg, pid);
}

static void sweep(struct spawn *spawn)
{
    const struct orphan_judge judge = {.arg = spawn,
                                       .spares_session = true,
                                       .is_child = is_child,
                                       .is_needed = belongs_to_running};

    orphan_kill(&judge);
}

static void on_child(void *arg)
{
    struct spawn *spawn = arg;
    bool any = false;
    pid_t pid;

    while ((pid = next_ended()) > 0) {
        reap(spawn, pid);
        any = true;
    }
    /* Each end may have sent us orphans, the end of an orphan too. */
    if (any)
        sweep(spawn);
}

struct spawn *spawn_open(struct loop *loop, struct err *err)
{
    struct spawn *spawn;

    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) {
        err_sys(err, ERR_BUG, "cannot become a subreaper");
        return NULL;
    }
    spawn = mem_alloc(sizeof *spawn);
    spawn->loop = loop;
    for (size_t i = 0; i < BUCKETS; i++)
        list_init(&spawn->buckets[i]);
    if (getrlimit(RLIMIT_NOFILE, &spawn->files) < 0)
        spawn->files = (struct rlimit){1024, 1024};
    fd_raise_limit();
    orphan_kill(
        &(struct orphan_judge){.arg = spawn, .is_child = note_stranger});
    spawn->watch = loop_signal_new(loop, SIGCHLD, on_child, spawn);
    return spawn;
}

static void kill_groups(struct spawn *spawn)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        struct list *b = &spawn->buckets[i];

        for (struct list *l = b->next; l != b; l = l->next)
            kill(-LIST_ITEM(l, struct spawn_child, link)->pid, SIGKILL);
    }
}

static void reap_all(struct spawn *spawn)
{
    pid_t pid;

    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
        forget_stranger(spawn, pid);
}

void spawn_close(struct spawn *spawn)
{
    const struct timespec pause = {.tv_nsec = 2000000};
    const struct orphan_judge all = {
        .arg = spawn, .spares_session = true, .is_child = is_stranger};

    if (spawn == NULL)
        return;
    loop_signal_free(spawn->watch);
    /* At the end nothing is needed any more. What dies sends us its own
     * children, hence the loop; 2 s bound it, for a process that sleeps
     * uninterruptibly cannot be killed by anybody. */
    for (int i = 0; i < 1000; i++) {
        kill_groups(spawn);
        if (orphan_kill(&all) == 0)
            break;
        reap_all(spawn);
        nanosleep(&pause, NULL);
    }
    mem_free(spawn->strangers);
    mem_free(spawn);
}

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

/* Learn, once all handlers are in place, which signals are not default. A HUP
 * that was ignored at our start (nohup) stays ignored in the child. */
static void learn_signals(struct spawn *spawn)
{
    struct sigaction action;

    sigemptyset(&spawn->to_reset);
    for (int signo = 1; signo < NSIG; signo++) {
        if (sigaction(signo, NULL, &action) < 0 || action.sa_handler == SIG_DFL)
            continue;
        if (signo == SIGHUP && action.sa_handler == SIG_IGN)
            continue;
        sigaddset(&spawn->to_reset, signo);
    }
    spawn->reset_internal = internal_ignored();
    spawn->signals_known = true;
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
        if (sigismember(&b->spawn->to_reset, signo) == 1)
            sigaction(signo, &action, NULL);
    }
    if (b->spawn->reset_internal)
        reset_internal();
    sigemptyset(&action.sa_mask);
    pthread_sigmask(SIG_SETMASK, &action.sa_mask, NULL);
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
    setrlimit(RLIMIT_NOFILE, &b->spawn->files);
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
    case STEP_NONE:
    case STEP_SETUP: return err_sys(err, ERR_UNITS, "cannot set up a process");
    }
    return -1;
}

int spawn_start(struct spawn *spawn, const struct spawn_plan *plan,
                struct spawn_child *child, struct err *err)
{
    volatile struct failure failure = {STEP_NONE, 0};
    struct birth birth = {.spawn = spawn,
                          .plan = plan,
                          .parent = getpid(),
                          .report = -1,
                          .failure = &failure};
    sigset_t all, before;
    pid_t pid;
    int sys;

    if (!spawn->signals_known)
        learn_signals(spawn);
    /* No handler of ours may run in the child, on our memory. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid = make_child(&birth);
    sys = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid < 0) {
        errno = sys;
        return err_sys(err, ERR_UNITS, "cannot make a process");
    }
    if (failure.step != STEP_NONE) {
        const struct failure seen = {failure.step, failure.sys};

        waitpid(pid, NULL, 0);
        return explain(&seen, plan, err);
    }
    child->pid = pid;
    list_push(bucket_of(spawn, pid), &child->link);
    spawn->running++;
    return 0;
}

void spawn_signal(const struct spawn_child *child, int signo)
{
    kill(-child->pid, signo);
}

const char *spawn_signal_name(int signo)
{
    const char *name = sigabbrev_np(signo);

    return name != NULL ? name : "?";
}

bool spawn_error_passes(int sys)
{
    return sys == EAGAIN || sys == ENOMEM || sys == EMFILE || sys == ENFILE;
}
