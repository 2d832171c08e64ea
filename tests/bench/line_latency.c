/* SPDX-License-Identifier: MIT */
/*
 * line_latency - how soon a line that is written into a pipe is out
 *
 *     line_latency LINES PROGRAM [ARG]...
 *
 * Starts the program between two pipes, writes one line at a time, waits until
 * it is back, pauses, and prints the median and the longest time.
 */
#define _GNU_SOURCE /* pipe2 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINES_MAX = 10000, PAUSE_MS = 10 };

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

/* Start the program; what is written to `to` is its stdin, `from` its stdout.
 */
static pid_t start(char **argv, int *to, int *from)
{
    int in[2], out[2];
    pid_t pid;

    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        fail("pipe");
    pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execvp(argv[0], argv);
        fail(argv[0]);
    }
    close(in[0]);
    close(out[1]);
    *to = in[1];
    *from = out[0];
    return pid;
}

/* Seconds until the line is back. */
static double round_trip(int to, int from, int number)
{
    char line[64], back[64];
    int n = snprintf(line, sizeof line, "{\"line\":%d}\n", number), got = 0;
    double begin = now();

    if (write(to, line, (size_t)n) != n)
        fail("write");
    while (got < n) {
        ssize_t bytes = read(from, back + got, (size_t)(n - got));

        if (bytes <= 0)
            fail("read");
        got += (int)bytes;
    }
    if (memcmp(line, back, (size_t)n) != 0) {
        fprintf(stderr, "line_latency: another line came back\n");
        exit(1);
    }
    return now() - begin;
}

int main(int argc, char **argv)
{
    static double times[LINES_MAX];
    const struct timespec pause = {0, PAUSE_MS * 1000000L};
    int lines = argc > 2 ? atoi(argv[1]) : 0, to, from, status;
    pid_t pid;

    if (lines < 1 || lines > LINES_MAX) {
        fprintf(stderr, "usage: line_latency LINES PROGRAM [ARG]...\n");
        return 2;
    }
    pid = start(argv + 2, &to, &from);
    round_trip(to, from, -1); /* not the program's start */
    for (int i = 0; i < lines; i++) {
        nanosleep(&pause, NULL);
        times[i] = round_trip(to, from, i);
    }
    close(to);
    waitpid(pid, &status, 0);
    qsort(times, (size_t)lines, sizeof times[0], compare);
    printf("  a line through a pipe: median %.3f ms, longest %.3f ms of %d\n",
           times[lines / 2] * 1e3, times[lines - 1] * 1e3, lines);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
