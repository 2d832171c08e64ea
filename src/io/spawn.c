/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* wait4, sigabbrev_np, prctl */

/*
 * Reaping: waitid(WNOWAIT) shows who ended without freeing its number, then
 * the group is killed while the number is surely still its own, then wait4
 * gives status and rusage. Doing it in the other order could kill a stranger.
 *
 * Sweeping: a child that ended is on the list `ended` until nobody is found
 * any more who carries its session or its marker. Each kill may send us the
 * orphans of the killed, so the sweep is repeated: at once while that helps,
 * then at each end and each millisecond, for two seconds; whoever is still
 * there sleeps where no signal reaches it.
 */
#include "io/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "io/loop.h"
#include "io/orphan.h"
#include "io/spawn_core.h"

enum {
    BUCKETS = 256,
    SWEEP_ROUNDS = 50, /* at once: a chain that forks on is outrun by then */
    SWEEP_PAUSE_MS = 1,
    SWEEP_GIVE_UP_MS = 2000,
    EXEC_MS = 10, /* an end waits for somebody's environment to be there */
    EXEC_GIVE_UP_MS = 100, /* and so long it is looked for */
    PEAK_EVERY = 256,      /* starts between two looks at our own peak */
};

struct spawn {
    struct loop *loop;
    struct loop_signal *watch;
    struct loop_timer *timer;     /* for the next sweep */
    struct list buckets[BUCKETS]; /* running children by pid */
    size_t running;
    uint64_t starts;
    int64_t end_ms; /* when the last child ended */
    bool unclear;   /* one found last may be anybody's: within exec(2) nobody
                     * has an environment */
    struct spawn_child *owner; /* of the orphan found last, or NULL */
    struct list ended;         /* children whose on_exit has not been called */
    struct orphans *orphans;
    bool keeps_orphans;
    int dead;                 /* of those found last, waiting to be reaped */
    int fresh;                /* of those found last, not found before */
    struct spawn_setup setup; /* of the children */
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

static int64_t us_of(struct timeval t)
{
    return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

static struct spawn_exit describe_exit(int status, const struct rusage *usage)
{
    return (struct spawn_exit){
        .code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
        .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
        .core = WIFSIGNALED(status) && WCOREDUMP(status),
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

/* Whether it was not known yet, or may not have been. */
static bool note_leaked(struct spawn_child *child, pid_t pid)
{
    struct spawn_exit *how = &child->how;

    for (size_t i = 0; i < how->leaked_count; i++) {
        if (how->leaked[i] == pid)
            return false;
    }
    if (how->leaked_count < SPAWN_LEAKED_MAX)
        how->leaked[how->leaked_count++] = pid;
    return true;
}

/* The child that ended and whose session this is, or whose marker. */
static struct spawn_child *find_ended(struct spawn *spawn, pid_t session,
                                      const struct orphan_env *env)
{
    for (struct list *l = spawn->ended.next; l != &spawn->ended; l = l->next) {
        struct spawn_child *child = LIST_ITEM(l, struct spawn_child, link);

        if (child->pid == session || (env != NULL && child->marker != NULL &&
                                      orphan_env_has(env, child->marker)))
            return child;
    }
    return NULL;
}

/* One of an ended child's own group, whom the kill of the group has met. */
static void reap_other(struct spawn *spawn, pid_t pid)
{
    struct spawn_child *owner = find_ended(spawn, getsid(pid), NULL);
    int status;

    if (waitpid(pid, &status, WNOHANG) != pid)
        return;
    orphan_forget(spawn->orphans, pid);
    if (owner != NULL && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        note_leaked(owner, pid);
}

static void reap(struct spawn *spawn, pid_t pid)
{
    struct spawn_child *child = find_child(spawn, pid);
    struct rusage usage;
    int status;

    if (child == NULL) {
        reap_other(spawn, pid);
        return;
    }
    if (!child->keeps)
        kill(-pid, SIGKILL);
    if (wait4(pid, &status, WNOHANG, &usage) != pid)
        return;
    list_remove(&child->link);
    spawn->running--;
    child->reaped = true;
    child->how = describe_exit(status, &usage);
    child->how.ended_us = clock_now_us();
    spawn->end_ms = child->how.ended_us / 1000;
    list_push(&spawn->ended, &child->link);
}

static bool is_dead(pid_t pid)
{
    siginfo_t info;

    info.si_pid = 0;
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
           info.si_pid == pid;
}

/* Whether an adopted process may be of a child that still runs. */
static bool of_running(struct spawn *spawn, pid_t session,
                       const struct orphan_env *env)
{
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

/* Who cleared its environment in a session of its own: where one child alone
 * has ended and none runs, it is of that one. */
static struct spawn_child *guess_owner(struct spawn *spawn,
                                       const struct orphan_env *env)
{
    struct list *first = spawn->ended.next;
    struct spawn_child *child = LIST_ITEM(first, struct spawn_child, link);

    if (spawn->running > 0 || first == &spawn->ended ||
        first->next != &spawn->ended)
        return NULL;
    if (env != NULL && child->marker != NULL &&
        orphan_env_names(env, child->marker))
        return NULL;
    return child;
}

/* What the orphans' room asks about an adopted process. */
static bool is_needed(void *arg, pid_t pid, pid_t session,
                      const struct orphan_env *env)
{
    struct spawn *spawn = arg;
    struct spawn_child *owner;

    if (is_dead(pid)) {
        spawn->dead++;
        return true;
    }
    owner = find_ended(spawn, session, env);
    if (owner == NULL && of_running(spawn, session, env)) {
        if (env == NULL && find_child(spawn, session) == NULL)
            spawn->unclear = true;
        return true;
    }
    if (owner == NULL)
        owner = guess_owner(spawn, env);
    if (owner != NULL)
        owner->holds = true;
    spawn->owner = owner;
    return false;
}

static void on_doomed(void *arg, pid_t pid)
{
    struct spawn *spawn = arg;

    if (spawn->owner == NULL || note_leaked(spawn->owner, pid))
        spawn->fresh++;
}

static bool is_child(void *arg, pid_t pid)
{
    return find_child(arg, pid) != NULL;
}

/* Kill what the ended children left. Whether to do so again at once: who was
 * killed before and is still dying will be heard of. */
static bool sweep(struct spawn *spawn)
{
    const struct orphan_judge judge = {.arg = spawn,
                                       .spares_session = true,
                                       .is_child = is_child,
                                       .is_needed = is_needed,
                                       .on_doomed = on_doomed};

    for (struct list *l = spawn->ended.next; l != &spawn->ended; l = l->next)
        LIST_ITEM(l, struct spawn_child, link)->holds = false;
    spawn->dead = spawn->fresh = 0;
    spawn->unclear = false;
    if (!spawn->keeps_orphans)
        orphan_kill(spawn->orphans, &judge);
    return spawn->dead + spawn->fresh > 0;
}

/* Whoever of them sleeps on must not hold those that end later. */
static void give_up_leaked(struct spawn *spawn, const struct spawn_exit *how)
{
    for (size_t i = 0; i < how->leaked_count; i++)
        orphan_ignore(spawn->orphans, how->leaked[i]);
}

static bool has_to_wait(const struct spawn *spawn,
                        const struct spawn_child *child, int64_t now)
{
    int64_t since = now - child->how.ended_us / 1000;

    if (child->holds)
        return since < SWEEP_GIVE_UP_MS;
    return spawn->unclear && since < EXEC_MS;
}

/* Tell the end of those of whom nothing is left; false if one has to wait. */
static bool tell_ends(struct spawn *spawn)
{
    const int64_t now = clock_now_ms();
    struct list ready, *link = spawn->ended.next;

    list_init(&ready);
    while (link != &spawn->ended) {
        struct spawn_child *child = LIST_ITEM(link, struct spawn_child, link);

        link = link->next;
        if (has_to_wait(spawn, child, now))
            continue;
        if (child->holds)
            give_up_leaked(spawn, &child->how);
        list_remove(&child->link);
        list_push(&ready, &child->link);
    }
    while ((link = list_pop(&ready)) != NULL) {
        struct spawn_child *child = LIST_ITEM(link, struct spawn_child, link);

        child->on_exit(child, &child->how);
    }
    return list_empty(&spawn->ended);
}

static void on_child(void *arg)
{
    struct spawn *spawn = arg;
    bool any = false;

    for (int round = 0; round < SWEEP_ROUNDS; round++) {
        pid_t pid = next_ended();

        any = any || pid > 0;
        for (; pid > 0; pid = next_ended())
            reap(spawn, pid);
        /* Each end may have sent us orphans, the end of an orphan too. */
        if ((!any && list_empty(&spawn->ended) && !spawn->unclear) ||
            !sweep(spawn))
            break;
    }
    if (!tell_ends(spawn) ||
        (spawn->unclear && clock_now_ms() - spawn->end_ms < EXEC_GIVE_UP_MS))
        loop_timer_start(spawn->timer, SWEEP_PAUSE_MS);
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
    list_init(&spawn->ended);
    for (size_t i = 0; i < BUCKETS; i++)
        list_init(&spawn->buckets[i]);
    if (getrlimit(RLIMIT_NOFILE, &spawn->setup.files) < 0)
        spawn->setup.files = (struct rlimit){1024, 1024};
    fd_raise_limit();
    spawn->orphans = orphan_open();
    spawn->timer = loop_timer_new(loop, on_child, spawn);
    spawn->watch = loop_signal_new(loop, SIGCHLD, on_child, spawn);
    return spawn;
}

void spawn_keep_orphans(struct spawn *spawn)
{
    spawn->keeps_orphans = true;
}

static void kill_groups(struct spawn *spawn)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        struct list *b = &spawn->buckets[i];

        for (struct list *l = b->next; l != b; l = l->next)
            kill(-LIST_ITEM(l, struct spawn_child, link)->pid, SIGKILL);
    }
}

/* A child that was reaped is no child any more: its number is free. */
static void reap_all(struct spawn *spawn)
{
    struct spawn_child *child;
    pid_t pid;

    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
        orphan_forget(spawn->orphans, pid);
        child = find_child(spawn, pid);
        if (child != NULL) {
            list_remove(&child->link);
            spawn->running--;
        }
    }
}

/* At the end nothing is needed any more. What dies sends us its own children,
 * hence the loop; it is bounded for the sake of a process that sleeps where no
 * signal reaches it. */
static void end_all(struct spawn *spawn)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    const struct orphan_judge all = {.spares_session = true};
    const int64_t give_up = clock_now_ms() + SWEEP_GIVE_UP_MS;
    int round = 0, left;

    do {
        kill_groups(spawn);
        reap_all(spawn);
        left = spawn->keeps_orphans ? 0 : orphan_kill(spawn->orphans, &all);
        if (left == 0 && spawn->running == 0)
            return;
        if (++round % SWEEP_ROUNDS == 0)
            nanosleep(&pause, NULL);
    } while (clock_now_ms() < give_up);
}

void spawn_close(struct spawn *spawn)
{
    if (spawn == NULL)
        return;
    loop_signal_free(spawn->watch);
    loop_timer_free(spawn->timer);
    end_all(spawn);
    orphan_close(spawn->orphans);
    mem_free(spawn);
}

/* The number of KB on a line of /proc/PID/status; 0 when it is not there. */
static long memory_line(const char *text, const char *name)
{
    const char *line = strstr(text, name);

    return line ? strtol(line + strlen(name), NULL, 10) : 0;
}

/* Our peak becomes the least max_rss of a child, since exec(2) counts what it
 * shares with us until then. What a long list took for a while is forgotten
 * here: writing 5 resets VmHWM (proc(5)), in constant time. */
static void forget_peak(struct spawn *spawn)
{
    char text[4096];
    ssize_t n;
    int fd;

    if (spawn->starts++ % PEAK_EVERY != 0)
        return;
    fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? 0 : fd_read(fd, text, sizeof text - 1);
    fd_close(fd);
    text[n > 0 ? n : 0] = '\0';
    if (memory_line(text, "VmHWM:") <= memory_line(text, "VmRSS:") * 5 / 4)
        return;
    fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (fd >= 0)
        fd_write(fd, "5", 1);
    fd_close(fd);
}

int spawn_start(struct spawn *spawn, const struct spawn_plan *plan,
                struct spawn_child *child, struct err *err)
{
    if (!spawn->setup.known)
        spawn_learn(&spawn->setup);
    forget_peak(spawn);
    child->pid = spawn_birth(&spawn->setup, plan, err);
    if (child->pid < 0)
        return -1;
    child->reaped = false;
    list_push(bucket_of(spawn, child->pid), &child->link);
    spawn->running++;
    return 0;
}

void spawn_signal(const struct spawn_child *child, int signo)
{
    if (!child->reaped)
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
