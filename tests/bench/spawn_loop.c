/* SPDX-License-Identifier: MIT */
/*
 * spawn_loop - the least that running many programs can cost
 *
 *     spawn_loop bare|capture TASKS JOBS PROGRAM
 *
 * bare: posix_spawn and wait4, nothing captured. capture: vfork, two pipes
 * each, one epoll, wait4; what they print is read and dropped. Prints the CPU
 * time of its own, children excluded, in microseconds a task.
 */
#define _GNU_SOURCE /* vfork, pipe2, wait4 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EVENTS = 64 };

extern char **environ;

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static double own_us(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void run_bare(long tasks, long jobs, char *program)
{
    char *argv[] = {program, NULL};
    long started = 0, running = 0, done = 0;
    struct rusage usage;
    int status;

    while (done < tasks) {
        for (; started < tasks && running < jobs; started++, running++) {
            pid_t pid;

            if (posix_spawn(&pid, program, NULL, NULL, argv, environ) != 0)
                die(program);
        }
        if (wait4(-1, &status, 0, &usage) < 0)
            die("wait4");
        running--;
        done++;
    }
}

static void watch_pipe(int poll, int ends[2])
{
    struct epoll_event event = {.events = EPOLLIN};

    if (pipe2(ends, O_CLOEXEC) < 0)
        die("pipe2");
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    event.data.fd = ends[0];
    if (epoll_ctl(poll, EPOLL_CTL_ADD, ends[0], &event) < 0)
        die("epoll_ctl");
}

static void start(int poll, char *program)
{
    char *argv[] = {program, NULL};
    int out[2], err[2];
    pid_t pid;

    watch_pipe(poll, out);
    watch_pipe(poll, err);
    pid = vfork();
    if (pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        execve(program, argv, environ);
        _exit(127);
    }
    if (pid < 0)
        die("vfork");
    close(out[1]);
    close(err[1]);
}

static void read_pipe(int fd)
{
    char bytes[4096];
    ssize_t n;

    while ((n = read(fd, bytes, sizeof bytes)) > 0)
        continue;
    if (n == 0)
        close(fd);
}

static long reap(int signals)
{
    struct signalfd_siginfo info;
    struct rusage usage;
    long count = 0;
    int status;

    if (read(signals, &info, sizeof info) < 0)
        die("signalfd");
    while (wait4(-1, &status, WNOHANG, &usage) > 0)
        count++;
    return count;
}

static int watch_children(int poll)
{
    struct epoll_event event = {.events = EPOLLIN};
    sigset_t mask;

    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    event.data.fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (event.data.fd < 0 ||
        epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event) < 0)
        die("signalfd");
    return event.data.fd;
}

static void run_capture(long tasks, long jobs, char *program)
{
    int poll = epoll_create1(EPOLL_CLOEXEC);
    int signals = watch_children(poll);
    struct epoll_event events[EVENTS];
    long started = 0, running = 0, done = 0;

    while (done < tasks) {
        int n;

        for (; started < tasks && running < jobs; started++, running++)
            start(poll, program);
        n = epoll_wait(poll, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            long ended = 0;

            if (events[i].data.fd == signals)
                ended = reap(signals);
            else
                read_pipe(events[i].data.fd);
            running -= ended;
            done += ended;
        }
    }
}

int main(int argc, char **argv)
{
    long tasks = argc == 5 ? strtol(argv[2], NULL, 10) : 0;
    long jobs = argc == 5 ? strtol(argv[3], NULL, 10) : 0;

    if (tasks < 1 || jobs < 1) {
        fputs("usage: spawn_loop bare|capture TASKS JOBS PROGRAM\n", stderr);
        return 2;
    }
    if (strcmp(argv[1], "bare") == 0)
        run_bare(tasks, jobs, argv[4]);
    else
        run_capture(tasks, jobs, argv[4]);
    fprintf(stderr, "own %.1f us a task\n", own_us() / (double)tasks);
    return 0;
}
