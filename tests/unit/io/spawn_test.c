/* SPDX-License-Identifier: MIT */
/*
 * The program is its own child: called with a word it does what the word says
 * (see `helpers`), so that a child's view of itself needs no shell.
 */
#define _GNU_SOURCE /* memmem, MAP_ANONYMOUS */

#include "io/spawn.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "io/loop.h"
#include "support/folder.h"

static char self_path[PATH_MAX];
static char marker[64];
static struct loop *loop;
static struct spawn *spawn;

/* One child of a test. */
struct kid {
    struct spawn_child child;
    struct spawn_exit how;
    bool ended;
};

static int kids_left;

static void on_exit_of(struct spawn_child *child, const struct spawn_exit *how)
{
    struct kid *kid = LIST_ITEM(child, struct kid, child);

    ck_assert(!kid->ended);
    kid->ended = true;
    kid->how = *how;
    if (--kids_left == 0)
        loop_stop(loop);
}

static void open_all(void)
{
    static int number;
    struct err err;

    snprintf(marker, sizeof marker, "SPAWN_TEST=%ld.%d", (long)getpid(),
             number++);
    kids_left = 0;
    make_folder();
    loop = loop_open();
    ck_assert_ptr_nonnull(loop);
    spawn = spawn_open(loop, &err);
    ck_assert_msg(spawn != NULL, "%s", err.text);
}

static void close_all(void)
{
    spawn_close(spawn);
    loop_close(loop);
    remove_folder();
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    int fd = open(inside(name), O_WRONLY | O_CREAT | O_CLOEXEC, mode);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fd_write(fd, text, strlen(text)), 0);
    fd_close(fd);
}

/* Start a program; its output goes to `out` (-1: nowhere). */
static int start(struct kid *kid, const char *const *argv, const char *cwd,
                 int out, struct err *err)
{
    char *const envp[] = {marker, NULL};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC), failed;
    const struct spawn_plan plan = {
        .path = argv[0],
        /* execve(2) does not write through the pointers. */
        .argv = (char *const *)(uintptr_t)argv,
        .envp = envp,
        .cwd = cwd,
        .fds = {null, out < 0 ? null : out, out < 0 ? null : out}};

    *kid = (struct kid){.child = {.on_exit = on_exit_of, .marker = marker}};
    failed = spawn_start(spawn, &plan, &kid->child, err);
    kids_left += failed ? 0 : 1;
    fd_close(null);
    return failed;
}

static void must_start(struct kid *kid, const char *const *argv, int out)
{
    struct err err;

    ck_assert_msg(start(kid, argv, NULL, out, &err) == 0, "%s", err.text);
}

static void shell(struct kid *kid, const char *text, int out)
{
    const char *const argv[] = {"/bin/sh", "-c", text, NULL};

    must_start(kid, argv, out);
}

static void helper(struct kid *kid, const char *word, const char *arg, int out)
{
    const char *const argv[] = {self_path, word, arg, NULL};

    must_start(kid, argv, out);
}

/* Run until all have ended. */
static void run(void)
{
    loop_run(loop);
    ck_assert_int_eq(kids_left, 0);
}

/* What a file in memory holds, as text. */
static const char *content(int fd)
{
    static char text[20000];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);

    ck_assert_int_ge(n, 0);
    text[n] = '\0';
    return text;
}

/* Whether /proc/PID/environ has the entry. */
static bool has_entry(const char *pid, const char *entry)
{
    char path[300];
    struct buf text;
    ssize_t n;
    char *room;
    bool found = false;
    int fd;

    snprintf(path, sizeof path, "/proc/%s/environ", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    buf_init(&text, 1 << 20);
    while ((room = buf_reserve(&text, 4096)) &&
           (n = fd_read(fd, room, 4096)) > 0)
        text.len += (size_t)n;
    found = text.len > 0 &&
            memmem(text.data, text.len, entry, strlen(entry)) != NULL;
    buf_release(&text);
    fd_close(fd);
    return found;
}

/* How many processes carry the marker of this test. */
static int count_marked(void)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    int count = 0;

    ck_assert_ptr_nonnull(proc);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own */
    while ((entry = readdir(proc)) != NULL)
        count += has_entry(entry->d_name, marker);
    closedir(proc);
    return count;
}

/* Kill the one process that carries it. */
static void kill_marked(void)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;

    ck_assert_ptr_nonnull(proc);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own */
    while ((entry = readdir(proc)) != NULL) {
        if (has_entry(entry->d_name, marker))
            kill((pid_t)strtol(entry->d_name, NULL, 10), SIGKILL);
    }
    closedir(proc);
}

/* The end of every writer of a pipe is the end of all who held it. */
static void wait_for_end(int fd)
{
    char bytes[100];

    while (fd_read(fd, bytes, sizeof bytes) > 0)
        continue;
}

START_TEST(code_and_signal_are_told)
{
    struct kid ok, seven, killed;

    shell(&ok, "exit 0", -1);
    shell(&seven, "exit 7", -1);
    shell(&killed, "kill -USR2 $$", -1);
    run();
    ck_assert_int_eq(ok.how.code, 0);
    ck_assert_int_eq(ok.how.signal, 0);
    ck_assert_int_eq(seven.how.code, 7);
    ck_assert_int_eq(seven.how.signal, 0);
    ck_assert_int_eq(killed.how.code, -1);
    ck_assert_int_eq(killed.how.signal, SIGUSR2);
}
END_TEST

START_TEST(what_it_used_is_told)
{
    struct kid kid;

    shell(&kid, "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done", -1);
    run();
    ck_assert_int_gt(kid.how.user_us + kid.how.system_us, 1000);
    ck_assert_uint_gt(kid.how.max_rss, 100 * 1024);
}
END_TEST

START_TEST(many_children_end_each_for_itself)
{
    enum { KIDS = 100 };
    static struct kid kids[KIDS];
    char text[20];

    for (int i = 0; i < KIDS; i++) {
        snprintf(text, sizeof text, "exit %d", i);
        shell(&kids[i], text, -1);
    }
    run();
    for (int i = 0; i < KIDS; i++)
        ck_assert_int_eq(kids[i].how.code, i);
}
END_TEST

/* One plan that cannot be carried out, and what is said of it. */
static void check_refused(const char *path, const char *cwd, int sys,
                          const char *text)
{
    const char *const argv[] = {path, NULL};
    struct kid kid;
    struct err err = {.kind = ERR_NONE};

    ck_assert_int_eq(start(&kid, argv, cwd, -1, &err), -1);
    ck_assert_int_eq(err.kind, ERR_UNITS);
    ck_assert_int_eq(err.sys, sys);
    ck_assert_msg(strstr(err.text, text) != NULL, "%s", err.text);
    ck_assert(!kid.ended);
    /* Nothing of it is left, not even a zombie. */
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}

START_TEST(a_failed_exec_tells_step_and_reason)
{
    char path[PATH_MAX];

    write_file("plain", "echo no\n", 0644);
    write_file("garbage", "\x01\x02\x03", 0755);
    write_file("script", "#!/no/such/interpreter\n", 0755);
    check_refused("/no/such/program", NULL, ENOENT,
                  "/no/such/program: No such file");
    snprintf(path, sizeof path, "%s", inside("plain"));
    check_refused(path, NULL, EACCES, "plain: Permission denied");
    check_refused(folder, NULL, EACCES, ": Permission denied");
    snprintf(path, sizeof path, "%s", inside("garbage"));
    check_refused(path, NULL, ENOEXEC, "garbage: Exec format error");
    snprintf(path, sizeof path, "%s", inside("script"));
    check_refused(path, NULL, ENOENT, "script: No such file");
    snprintf(path, sizeof path, "%s", inside("plain/x"));
    check_refused(path, NULL, ENOTDIR, "plain/x: Not a directory");
}
END_TEST

START_TEST(a_missing_directory_is_told)
{
    char path[PATH_MAX];

    write_file("plain", "", 0644);
    check_refused("/bin/sh", "/no/such/dir", ENOENT,
                  "directory /no/such/dir: No such file");
    snprintf(path, sizeof path, "%s", inside("plain"));
    check_refused("/bin/sh", path, ENOTDIR, "plain: Not a directory");
}
END_TEST

START_TEST(a_file_open_for_writing_is_busy)
{
    char path[PATH_MAX];
    int fd;

    snprintf(path, sizeof path, "%s", inside("busy"));
    write_file("busy", "#!/bin/sh\n", 0755);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    check_refused(path, NULL, ETXTBSY, "busy: Text file busy");
    fd_close(fd);
}
END_TEST

/* Somebody else's fork holds it open for a moment. */
START_TEST(a_file_that_is_busy_for_a_moment_is_started)
{
    const struct timespec moment = {.tv_nsec = 10000000};
    char path[PATH_MAX];
    const char *const argv[] = {path, NULL};
    struct kid kid;
    pid_t writer;
    int fd;

    snprintf(path, sizeof path, "%s", inside("busy"));
    write_file("busy", "#!/bin/sh\nexit 5\n", 0755);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    writer = fork();
    if (writer == 0) {
        nanosleep(&moment, NULL);
        _exit(0);
    }
    fd_close(fd);
    must_start(&kid, argv, -1);
    run();
    ck_assert_int_eq(kid.how.code, 5);
}
END_TEST

START_TEST(too_long_an_argument_is_told)
{
    static char much[200 * 1024];
    const char *const argv[] = {"/bin/true", much, NULL};
    struct kid kid;
    struct err err;

    memset(much, 'a', sizeof much - 1);
    ck_assert_int_eq(start(&kid, argv, NULL, -1, &err), -1);
    ck_assert_int_eq(err.sys, E2BIG);
    ck_assert(!spawn_error_passes(err.sys));
}
END_TEST

START_TEST(bad_descriptors_are_a_failed_setup)
{
    const char *const argv[] = {"/bin/true", NULL};
    struct kid kid;
    struct err err;

    ck_assert_int_eq(start(&kid, argv, NULL, 9999, &err), -1);
    ck_assert_int_eq(err.sys, EBADF);
    ck_assert_ptr_nonnull(strstr(err.text, "cannot set up a process"));
}
END_TEST

START_TEST(only_a_lack_may_pass)
{
    ck_assert(spawn_error_passes(EAGAIN));
    ck_assert(spawn_error_passes(ENOMEM));
    ck_assert(spawn_error_passes(EMFILE));
    ck_assert(spawn_error_passes(ENFILE));
    ck_assert(!spawn_error_passes(ENOENT));
    ck_assert(!spawn_error_passes(EACCES));
}
END_TEST

START_TEST(a_child_leads_a_session_without_a_terminal)
{
    int out = fd_memory_file("out");
    char want[100];
    struct kid kid;

    helper(&kid, "session", NULL, out);
    snprintf(want, sizeof want, "%d %d %d no terminal\n", (int)kid.child.pid,
             (int)kid.child.pid, (int)kid.child.pid);
    run();
    ck_assert_str_eq(content(out), want);
    fd_close(out);
}
END_TEST

START_TEST(a_child_has_three_descriptors)
{
    int out = fd_memory_file("out");
    /* One that a careless ancestor would have left open. */
    int leak = open("/dev/null", O_RDONLY); /* NOLINT: not close-on-exec */
    struct kid kid;

    ck_assert_int_gt(leak, 2);
    helper(&kid, "descriptors", NULL, out);
    run();
    ck_assert_str_eq(content(out), "0 1 2\n");
    fd_close(leak);
    fd_close(out);
}
END_TEST

START_TEST(a_child_runs_in_its_directory)
{
    const char *const argv[] = {"/bin/pwd", "-P", NULL};
    int out = fd_memory_file("out");
    char want[PATH_MAX + 1];
    struct kid kid;
    struct err err;

    ck_assert_ptr_nonnull(realpath(folder, want));
    strcat(want, "\n"); /* NOLINT: there is room */
    ck_assert_int_eq(start(&kid, argv, folder, out, &err), 0);
    run();
    ck_assert_str_eq(content(out), want);
    fd_close(out);
}
END_TEST

START_TEST(a_child_has_the_limit_of_descriptors_that_we_had)
{
    struct rlimit before, low;
    int out = fd_memory_file("out");
    struct kid kid;
    struct err err;

    getrlimit(RLIMIT_NOFILE, &before);
    low = before;
    low.rlim_cur = 200;
    spawn_close(spawn);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
    spawn = spawn_open(loop, &err);
    ck_assert_ptr_nonnull(spawn);
    shell(&kid, "ulimit -S -n", out);
    run();
    ck_assert_str_eq(content(out), "200\n");
    setrlimit(RLIMIT_NOFILE, &before);
    fd_close(out);
}
END_TEST

/* Spoil the signals, start a helper that shows its own, mend them. */
static void show_signals(int out)
{
    struct kid kid;
    sigset_t mask, before;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGTTOU, SIG_IGN);
    signal(SIGRTMIN + 1, SIG_IGN);
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &mask, &before);
    helper(&kid, "signals", NULL, out);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    run();
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTTOU, SIG_DFL);
    signal(SIGRTMIN + 1, SIG_DFL);
}

START_TEST(a_child_has_default_signals_and_an_empty_mask)
{
    int out = fd_memory_file("out");

    signal(SIGHUP, SIG_DFL);
    show_signals(out);
    ck_assert_str_eq(content(out), "SigBlk:\t0000000000000000\n"
                                   "SigIgn:\t0000000000000000\n");
    fd_close(out);
}
END_TEST

START_TEST(a_hup_ignored_at_the_start_stays_ignored)
{
    int out = fd_memory_file("out");

    signal(SIGHUP, SIG_IGN);
    show_signals(out);
    signal(SIGHUP, SIG_DFL);
    ck_assert_str_eq(content(out), "SigBlk:\t0000000000000000\n"
                                   "SigIgn:\t0000000000000001\n");
    fd_close(out);
}
END_TEST

START_TEST(a_signal_goes_to_the_whole_group)
{
    struct kid kid;
    int ends[2];
    char byte;

    ck_assert_int_eq(fd_pipe(ends), 0);
    shell(&kid, "sleep 1000 & sleep 1000 & echo x; wait", ends[1]);
    ck_assert_int_eq(fd_read(ends[0], &byte, 1), 1);
    spawn_signal(&kid.child, SIGTERM);
    run();
    ck_assert_int_eq(kid.how.signal, SIGTERM);
    fd_close(ends[1]);
    wait_for_end(ends[0]);
    fd_close(ends[0]);
}
END_TEST

START_TEST(what_a_leader_leaves_in_its_group_is_killed)
{
    struct kid kid;
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    shell(&kid, "trap '' TERM HUP; sleep 1000 & sleep 1000 & exit 3", ends[1]);
    fd_close(ends[1]);
    run();
    ck_assert_int_eq(kid.how.code, 3);
    wait_for_end(ends[0]);
    fd_close(ends[0]);
}
END_TEST

/* Turn the loop until nobody holds the pipe any more. */
static void on_end(void *arg, int fd, int events)
{
    char bytes[100];

    (void)arg;
    (void)events;
    if (fd_read(fd, bytes, sizeof bytes) == 0)
        loop_stop(loop);
}

static void run_to_end(int fd)
{
    struct loop_watch *watch = loop_watch_new(loop, on_end, NULL);

    loop_watch_start(watch, fd, LOOP_READ);
    loop_run(loop);
    loop_watch_free(watch);
}

START_TEST(a_daemon_that_a_child_leaves_is_killed)
{
    struct kid kid;
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    helper(&kid, "daemon", "1", ends[1]);
    fd_close(ends[1]);
    run();
    ck_assert_int_eq(kid.how.code, 0);
    ck_assert_uint_eq(kid.how.leaked_count, 1);
    ck_assert_int_eq(count_marked(), 0);
    wait_for_end(ends[0]);
    fd_close(ends[0]);
}
END_TEST

START_TEST(a_chain_of_daemons_is_killed)
{
    struct kid kid;
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    helper(&kid, "daemon", "20", ends[1]);
    fd_close(ends[1]);
    run();
    ck_assert_int_eq(count_marked(), 0);
    wait_for_end(ends[0]);
    fd_close(ends[0]);
}
END_TEST

/* Each forks the next into a new session and ends, for as long as it may. */
START_TEST(a_chain_that_forks_on_is_outrun)
{
    struct kid kid;
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    helper(&kid, "race", "1", ends[1]);
    fd_close(ends[1]);
    run();
    ck_assert_int_eq(count_marked(), 0);
    ck_assert_uint_gt(kid.how.leaked_count, 0);
    wait_for_end(ends[0]);
    fd_close(ends[0]);
}
END_TEST

/* It is still growing when it is met. */
START_TEST(a_tree_that_forks_on_is_outrun)
{
    struct kid kid;
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    helper(&kid, "race", "0", ends[1]);
    fd_close(ends[1]);
    run();
    ck_assert_int_eq(count_marked(), 0);
    wait_for_end(ends[0]);
    fd_close(ends[0]);
}
END_TEST

START_TEST(nothing_left_is_no_leak)
{
    struct kid kid;

    shell(&kid, "(exit 0) & sleep 0 | cat; wait", -1);
    run();
    ck_assert_uint_eq(kid.how.leaked_count, 0);
}
END_TEST

START_TEST(what_is_kept_lives_on)
{
    struct kid kid;
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    spawn_keep_orphans(spawn);
    helper(&kid, "daemon", "1", ends[1]);
    kid.child.keeps = true;
    fd_close(ends[1]);
    run();
    ck_assert_uint_eq(kid.how.leaked_count, 0);
    ck_assert_int_eq(count_marked(), 1);
    spawn_close(spawn);
    spawn = NULL;
    ck_assert_int_eq(count_marked(), 1);
    kill_marked();
    wait_for_end(ends[0]);
    fd_close(ends[0]);
}
END_TEST

START_TEST(what_is_kept_in_the_group_lives_on)
{
    struct kid kid;
    int ends[2];

    ck_assert_int_eq(fd_pipe(ends), 0);
    spawn_keep_orphans(spawn);
    shell(&kid, "sleep 1000 & exit 3", ends[1]);
    kid.child.keeps = true;
    fd_close(ends[1]);
    run();
    ck_assert_int_eq(kid.how.code, 3);
    ck_assert_int_eq(count_marked(), 1);
    kill_marked();
    wait_for_end(ends[0]);
    fd_close(ends[0]);
}
END_TEST

/* A list of work takes much memory for a while: that is not a child's. */
START_TEST(a_peak_of_ours_that_has_passed_is_not_a_child_s)
{
    enum { MUCH = 100 << 20 };
    const char *const argv[] = {"/bin/true", NULL};
    /* Not malloc: a sanitizer keeps what is freed. */
    char *much = mmap(NULL, MUCH, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct kid kid;

    ck_assert_ptr_ne(much, MAP_FAILED);
    memset(much, 1, MUCH);
    munmap(much, MUCH);
    must_start(&kid, argv, -1);
    run();
    ck_assert_uint_lt(kid.how.max_rss, MUCH / 2);
}
END_TEST

/* Two children leave a daemon each; one child goes on. Only the daemon of the
 * one that ended may be killed, and is told by the marker. */
START_TEST(a_daemon_of_a_running_child_is_left_alone)
{
    struct kid stays, ends_soon;
    int stay[2], end[2];
    char own_marker[80];
    char byte;

    ck_assert_int_eq(fd_pipe(stay), 0);
    ck_assert_int_eq(fd_pipe(end), 0);
    helper(&stays, "daemon-and-wait", NULL, stay[1]);
    ck_assert_int_eq(fd_read(stay[0], &byte, 1), 1);
    fd_close(stay[1]);
    snprintf(own_marker, sizeof own_marker, "%s", marker);
    strcat(marker, "b"); /* NOLINT: there is room */
    helper(&ends_soon, "daemon", "1", end[1]);
    stays.child.marker = own_marker;
    fd_close(end[1]);
    kids_left--; /* stop at the end of the second */
    run();
    run_to_end(end[0]);
    ck_assert_int_eq(count_marked(), 0);
    ck_assert(!stays.ended);
    ck_assert(!fd_readable(stay[0]));
    kids_left = 1;
    spawn_signal(&stays.child, SIGKILL);
    run();
    run_to_end(stay[0]);
    fd_close(stay[0]);
    fd_close(end[0]);
}
END_TEST

START_TEST(close_leaves_nothing)
{
    struct kid kids[3];
    int ends[2];
    char byte;

    ck_assert_int_eq(fd_pipe(ends), 0);
    helper(&kids[0], "daemon-and-wait", NULL, ends[1]);
    shell(&kids[1], "trap '' TERM HUP INT; echo x; sleep 1000 & wait", ends[1]);
    helper(&kids[2], "daemon", "10", ends[1]);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(fd_read(ends[0], &byte, 1), 1);
    fd_close(ends[1]);
    ck_assert_int_gt(count_marked(), 2);
    spawn_close(spawn);
    spawn = NULL;
    wait_for_end(ends[0]);
    ck_assert_int_eq(count_marked(), 0);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
    fd_close(ends[0]);
}
END_TEST

START_TEST(a_stopped_child_is_killed_at_the_close)
{
    struct kid kid;
    int ends[2];
    char byte;

    ck_assert_int_eq(fd_pipe(ends), 0);
    shell(&kid, "echo x; kill -STOP $$; sleep 1000", ends[1]);
    fd_close(ends[1]);
    ck_assert_int_eq(fd_read(ends[0], &byte, 1), 1);
    spawn_close(spawn);
    spawn = NULL;
    wait_for_end(ends[0]);
    fd_close(ends[0]);
}
END_TEST

/* The helper starts a child of its own through spawn and dies by KILL. */
START_TEST(children_die_with_us)
{
    struct kid kid;
    int ends[2];
    char byte;

    ck_assert_int_eq(fd_pipe(ends), 0);
    helper(&kid, "parent", NULL, ends[1]);
    fd_close(ends[1]);
    ck_assert_int_eq(fd_read(ends[0], &byte, 1), 1);
    kill(kid.child.pid, SIGKILL);
    /* The loop does not run, so it is not our sweep that kills. */
    wait_for_end(ends[0]);
    fd_close(ends[0]);
    run();
    ck_assert_int_eq(kid.how.signal, SIGKILL);
}
END_TEST

static void check_found(const char *name, const char *path, const char *want)
{
    char found[PATH_MAX];

    ck_assert_int_eq(spawn_find(name, path, found, sizeof found), 0);
    ck_assert_str_eq(found, want);
}

static void check_not_found(const char *name, const char *path, int sys)
{
    char found[PATH_MAX];

    errno = 0;
    ck_assert_int_eq(spawn_find(name, path, found, sizeof found), -1);
    ck_assert_int_eq(errno, sys);
}

START_TEST(programs_are_found_in_the_path)
{
    char path[3 * PATH_MAX], want[PATH_MAX];

    mkdir(inside("a"), 0755);
    mkdir(inside("b"), 0755);
    write_file("a/both", "", 0755);
    write_file("b/both", "", 0755);
    write_file("b/only", "", 0755);
    snprintf(path, sizeof path, "/none:%s/a:%s/b", folder, folder);
    snprintf(want, sizeof want, "%s/a/both", folder);
    check_found("both", path, want);
    snprintf(want, sizeof want, "%s/b/only", folder);
    check_found("only", path, want);
    check_not_found("neither", path, ENOENT);
    check_found("sh", NULL, "/usr/bin/sh");
}
END_TEST

START_TEST(what_is_no_program_is_passed_over)
{
    char path[3 * PATH_MAX], want[PATH_MAX];

    mkdir(inside("a"), 0755);
    mkdir(inside("a/tool"), 0755);
    mkdir(inside("b"), 0755);
    write_file("b/tool", "", 0644);
    mkdir(inside("c"), 0755);
    snprintf(path, sizeof path, "%s/a:%s/b:%s/c", folder, folder, folder);
    check_not_found("tool", path, EACCES);
    write_file("c/tool", "", 0755);
    snprintf(want, sizeof want, "%s/c/tool", folder);
    check_found("tool", path, want);
}
END_TEST

START_TEST(a_name_with_a_slash_is_not_searched)
{
    check_found("./x", "/bin", "./x");
    check_found("/no/such", "/bin", "/no/such");
    check_found("", "/bin", "");
}
END_TEST

START_TEST(an_empty_entry_is_the_current_directory)
{
    char before[PATH_MAX];

    ck_assert_ptr_nonnull(getcwd(before, sizeof before));
    write_file("here", "", 0755);
    ck_assert_int_eq(chdir(folder), 0);
    check_found("here", "/none:", "./here");
    check_found("here", ":/none", "./here");
    check_found("here", "", "./here");
    check_found("here", "/none::/none", "./here");
    ck_assert_int_eq(chdir(before), 0);
    check_not_found("here", "/none", ENOENT);
}
END_TEST

START_TEST(a_path_that_does_not_fit_is_not_found)
{
    char found[10];

    errno = EACCES;
    ck_assert_int_eq(spawn_find("true", "/usr/local/bin", found, sizeof found),
                     -1);
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_int_eq(spawn_find("/usr/bin/true", NULL, found, sizeof found),
                     -1);
    ck_assert_int_eq(errno, ENAMETOOLONG);
}
END_TEST

START_TEST(signals_have_names)
{
    ck_assert_str_eq(spawn_signal_name(SIGTERM), "TERM");
    ck_assert_str_eq(spawn_signal_name(SIGKILL), "KILL");
    ck_assert_str_eq(spawn_signal_name(0), "?");
    ck_assert_str_eq(spawn_signal_name(SIGRTMIN), "?");
    ck_assert_str_eq(spawn_signal_name(-5), "?");
}
END_TEST

START_TEST(nothing_can_be_closed)
{
    spawn_close(NULL);
}
END_TEST

static int show_session(void)
{
    printf("%d %d %d %s\n", (int)getpid(), (int)getpgid(0), (int)getsid(0),
           open("/dev/tty", O_RDWR | O_CLOEXEC) < 0 ? "no terminal"
                                                    : "a terminal");
    return 0;
}

static int show_descriptors(void)
{
    const char *before = "";

    for (int fd = 0; fd < 2000; fd++) {
        if (fcntl(fd, F_GETFD) < 0)
            continue;
        printf("%s%d", before, fd);
        before = " ";
    }
    printf("\n");
    return 0;
}

static int show_own_signals(void)
{
    FILE *status = fopen("/proc/self/status", "re");
    char line[1000];

    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "SigBlk:", 7) == 0 ||
            strncmp(line, "SigIgn:", 7) == 0)
            printf("%s", line);
    }
    if (status != NULL)
        fclose(status);
    return 0;
}

static _Noreturn void sleep_on(void)
{
    for (;;)
        pause();
}

/* As daemon(3) does it, `depth` generations below each other. */
static void make_daemon(int depth)
{
    pid_t pid = fork();

    if (pid != 0) {
        waitpid(pid, NULL, 0);
        return;
    }
    setsid();
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    if (fork() != 0)
        _exit(0);
    if (depth > 1)
        make_daemon(depth - 1);
    sleep_on();
}

/* For 5 s each forks the next into a new session, and ends. */
static _Noreturn void fork_chain(void)
{
    time_t end = time(NULL) + 5;

    while (time(NULL) < end) {
        if (fork() > 0)
            _exit(0);
        setsid();
    }
    _exit(0);
}

/* Each has six children in sessions of their own, three deep: 258. */
static _Noreturn void fork_tree(int depth)
{
    for (int forks = 0; forks < 6 && depth > 0; forks++) {
        if (fork() == 0) {
            setsid();
            depth--;
            forks = -1;
        }
    }
    sleep_on();
}

static int be_racer(bool chain)
{
    const struct timespec moment = {.tv_nsec = 10000000};
    pid_t pid = fork();

    if (pid == 0 && chain)
        fork_chain();
    if (pid == 0)
        fork_tree(3);
    nanosleep(&moment, NULL);
    return 0;
}

/* No assertions: they are for the program that runs the tests. */
static int be_parent(void)
{
    const char *const argv[] = {
        "/bin/sh", "-c", "trap '' TERM HUP; echo x; exec sleep 1000", NULL};
    struct kid kid;
    struct err err;

    loop = loop_open();
    spawn = spawn_open(loop, &err);
    if (spawn == NULL || start(&kid, argv, NULL, STDOUT_FILENO, &err) < 0)
        return 1;
    sleep_on();
}

/* What this program does as its own child. */
static int be_helper(const char *word, const char *arg)
{
    if (strcmp(word, "session") == 0)
        return show_session();
    if (strcmp(word, "descriptors") == 0)
        return show_descriptors();
    if (strcmp(word, "signals") == 0)
        return show_own_signals();
    if (strcmp(word, "race") == 0)
        return be_racer(arg[0] == '1');
    if (strcmp(word, "parent") == 0)
        return be_parent();
    if (strcmp(word, "daemon") == 0) {
        make_daemon((int)strtol(arg, NULL, 10));
        return 0;
    }
    make_daemon(1);
    if (write(STDOUT_FILENO, "x", 1) != 1)
        return 1;
    sleep_on();
}

static void add_tests(TCase *tests)
{
    tcase_add_test(tests, code_and_signal_are_told);
    tcase_add_test(tests, what_it_used_is_told);
    tcase_add_test(tests, many_children_end_each_for_itself);
    tcase_add_test(tests, a_failed_exec_tells_step_and_reason);
    tcase_add_test(tests, a_missing_directory_is_told);
    tcase_add_test(tests, a_file_open_for_writing_is_busy);
    tcase_add_test(tests, a_file_that_is_busy_for_a_moment_is_started);
    tcase_add_test(tests, too_long_an_argument_is_told);
    tcase_add_test(tests, bad_descriptors_are_a_failed_setup);
    tcase_add_test(tests, only_a_lack_may_pass);
    tcase_add_test(tests, a_child_leads_a_session_without_a_terminal);
    tcase_add_test(tests, a_child_has_three_descriptors);
    tcase_add_test(tests, a_child_runs_in_its_directory);
    tcase_add_test(tests, a_child_has_the_limit_of_descriptors_that_we_had);
    tcase_add_test(tests, a_child_has_default_signals_and_an_empty_mask);
    tcase_add_test(tests, a_hup_ignored_at_the_start_stays_ignored);
    tcase_add_test(tests, a_signal_goes_to_the_whole_group);
    tcase_add_test(tests, what_a_leader_leaves_in_its_group_is_killed);
    tcase_add_test(tests, a_daemon_that_a_child_leaves_is_killed);
    tcase_add_test(tests, a_chain_of_daemons_is_killed);
    tcase_add_test(tests, a_chain_that_forks_on_is_outrun);
    tcase_add_test(tests, a_tree_that_forks_on_is_outrun);
    tcase_add_test(tests, nothing_left_is_no_leak);
    tcase_add_test(tests, what_is_kept_lives_on);
    tcase_add_test(tests, what_is_kept_in_the_group_lives_on);
    tcase_add_test(tests, a_peak_of_ours_that_has_passed_is_not_a_child_s);
    tcase_add_test(tests, a_daemon_of_a_running_child_is_left_alone);
    tcase_add_test(tests, close_leaves_nothing);
    tcase_add_test(tests, a_stopped_child_is_killed_at_the_close);
    tcase_add_test(tests, children_die_with_us);
    tcase_add_test(tests, programs_are_found_in_the_path);
    tcase_add_test(tests, what_is_no_program_is_passed_over);
    tcase_add_test(tests, a_name_with_a_slash_is_not_searched);
    tcase_add_test(tests, an_empty_entry_is_the_current_directory);
    tcase_add_test(tests, a_path_that_does_not_fit_is_not_found);
    tcase_add_test(tests, signals_have_names);
    tcase_add_test(tests, nothing_can_be_closed);
}

int main(int argc, char **argv)
{
    Suite *suite;
    TCase *tests;
    SRunner *runner;
    int failed;

    if (argc > 1)
        return be_helper(argv[1], argv[2]);
    if (readlink("/proc/self/exe", self_path, sizeof self_path - 1) < 0)
        return 1;
    suite = suite_create("spawn");
    tests = tcase_create("spawn");
    runner = srunner_create(suite);
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, open_all, close_all);
    add_tests(tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
