/* SPDX-License-Identifier: MIT */
/*
 * watch - look at each file of a directory as it appears under its name
 *
 * Usage: watch DIRECTORY SIZE
 *
 * A file is whole if it has SIZE bytes of the test server's pattern: byte i is
 * one of 'a' to 'z', always the one after that of byte i - 1, whatever the
 * first one is. So a file that was put together of two versions is not. Names
 * with a dot before them do not count, names that begin with "bad" must never
 * appear, and no file may be made or written to under its own name.
 *
 * Prints "ready" when it watches, then a line for each that appears: "whole
 * NAME" or "broken NAME: WHY". When standard input ends it looks at what is
 * still to be seen and exits 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum {
    MASK = IN_CREATE | IN_MODIFY | IN_MOVED_TO,
    EVENTS_BYTES = 64 * 1024,
    READ_BYTES = 64 * 1024,
};

static int directory;
static unsigned long long size;

static int failed(const char *what)
{
    fprintf(stderr, "watch: %s: %s\n", what, strerror(errno));
    return 1;
}

static bool goes_on(const char *bytes, size_t n, int *last)
{
    for (size_t i = 0; i < n; i++) {
        int c = bytes[i];

        if (c < 'a' || c > 'z' || (*last != 0 && c != 'a' + (*last - 96) % 26))
            return false;
        *last = c;
    }
    return true;
}

/* NULL: it is whole. */
static const char *judge_content(const char *name)
{
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW), last = 0;
    unsigned long long total = 0;
    char bytes[READ_BYTES];
    bool fine = true;
    ssize_t n;

    if (fd < 0)
        return strerror(errno);
    while (fine && (n = read(fd, bytes, sizeof bytes)) > 0) {
        fine = goes_on(bytes, (size_t)n, &last);
        total += (unsigned long long)n;
    }
    close(fd);
    if (!fine)
        return "other bytes";
    return total == size ? NULL : "another size";
}

static void look(const struct inotify_event *event)
{
    const char *name = event->name, *why;

    if (event->mask & IN_Q_OVERFLOW) {
        puts("broken -: too many events");
        return;
    }
    if (event->len == 0 || name[0] == '.')
        return;
    if (!(event->mask & IN_MOVED_TO))
        why = "it was written under its name";
    else if (strncmp(name, "bad", 3) == 0)
        why = "it can never be whole";
    else
        why = judge_content(name);
    if (why != NULL)
        printf("broken %s: %s\n", name, why);
    else
        printf("whole %s\n", name);
}

/* All that is there now. */
static int look_at_all(int notify)
{
    alignas(struct inotify_event) char events[EVENTS_BYTES];
    ssize_t n;

    while ((n = read(notify, events, sizeof events)) > 0) {
        for (char *at = events; at < events + n;) {
            const struct inotify_event *event = (const void *)at;

            look(event);
            at += sizeof *event + event->len;
        }
    }
    fflush(stdout);
    return n < 0 && errno != EAGAIN ? -1 : 0;
}

int main(int argc, char **argv)
{
    int notify = inotify_init1(IN_NONBLOCK);
    struct pollfd polls[] = {{STDIN_FILENO, POLLIN, 0}, {notify, POLLIN, 0}};
    char discarded[512];
    bool ended = false;

    if (argc != 3) {
        fputs("usage: watch DIRECTORY SIZE\n", stderr);
        return 2;
    }
    size = strtoull(argv[2], NULL, 10);
    directory = open(argv[1], O_RDONLY | O_DIRECTORY);
    if (notify < 0 || directory < 0 ||
        inotify_add_watch(notify, argv[1], MASK) < 0)
        return failed(argv[1]);
    puts("ready");
    fflush(stdout);
    while (!ended) {
        if (poll(polls, 2, -1) < 0 && errno != EINTR)
            return failed("poll");
        ended = polls[0].revents != 0 &&
                read(STDIN_FILENO, discarded, sizeof discarded) <= 0;
        if (look_at_all(notify) < 0)
            return failed("inotify");
    }
    return 0;
}
