/* SPDX-License-Identifier: MIT */
/*
 * pair - two shell commands, in turn, as a ratio
 *
 *     pair RUNS 'COMMAND A' 'COMMAND B' ['BEFORE EACH']
 *
 * Runs A B A B ... after one run of each that does not count, and prints the
 * medians of wall time, CPU time and peak memory of both, and B/A of each: how
 * many times as much B takes. Turn by turn, because the speed of a shared
 * machine drifts. What is to be done before each run does not count either.
 */
#define _GNU_SOURCE /* wait4 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUNS_MAX = 101 };

struct figures {
    double wall[RUNS_MAX];
    double cpu[RUNS_MAX];
    double rss[RUNS_MAX]; /* MiB */
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void run(const char *command, struct figures *f, int i)
{
    double start = now();
    struct rusage usage;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);

        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
        perror("pair");
        exit(1);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "pair: status %d: %s\n", status, command);
        exit(1);
    }
    f->wall[i] = now() - start;
    f->cpu[i] = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    f->rss[i] = (double)usage.ru_maxrss / 1024;
}

static void prepare(const char *command)
{
    if (command != NULL && system(command) != 0) {
        fprintf(stderr, "pair: failed: %s\n", command);
        exit(1);
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, compare);
    return values[n / 2];
}

static void print(const char *name, double *a, double *b, int n)
{
    double x = median(a, n), y = median(b, n);

    printf("  %-5s %9.3f %9.3f   x%.2f\n", name, x, y, x > 0 ? y / x : 0);
}

int main(int argc, char **argv)
{
    static struct figures a, b;
    int runs = argc == 4 || argc == 5 ? atoi(argv[1]) : 0;

    if (runs < 1 || runs >= RUNS_MAX) {
        fputs("usage: pair RUNS COMMAND_A COMMAND_B [BEFORE_EACH]\n", stderr);
        return 2;
    }
    for (int i = -1; i < runs; i++) {
        prepare(argv[4]);
        run(argv[2], &a, i < 0 ? 0 : i);
        prepare(argv[4]);
        run(argv[3], &b, i < 0 ? 0 : i);
    }
    printf("  A: %s\n  B: %s\n  %-5s %9s %9s   B/A\n", argv[2], argv[3], "",
           "A", "B");
    print("wall", a.wall, b.wall, runs);
    print("cpu", a.cpu, b.cpu, runs);
    print("MiB", a.rss, b.rss, runs);
    return 0;
}
