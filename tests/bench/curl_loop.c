/* SPDX-License-Identifier: MIT */
/*
 * curl_loop - the least that many requests by libcurl on libev can cost
 *
 *     curl_loop none|files REQUESTS JOBS URL_PREFIX [DIRECTORY]
 *
 * Asks for URL_PREFIX1, URL_PREFIX2, ... with JOBS handles that are used again
 * on one multi handle and one libev loop. none: what comes is dropped. files:
 * it is written to a part file in DIRECTORY, which is renamed when whole. No
 * list, no records, no hashing, no limits. Prints requests a second and the
 * CPU time of a request in microseconds.
 */
#include <curl/curl.h>
#include <ev.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { JOBS_MAX = 1000, NAME_SIZE = 1024 };

struct place {
    CURL *easy;
    long number;
    int fd; /* of the part file; -1: none is open */
};

static struct {
    struct ev_loop *loop;
    CURLM *multi;
    ev_timer timer;
    struct place places[JOBS_MAX];
    const char *prefix;
    const char *directory; /* NULL: nothing is written */
    long requests, started, done;
} all;

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static void name_file(char *name, const struct place *place, const char *end)
{
    snprintf(name, NAME_SIZE, "%s/%ld%s", all.directory, place->number, end);
}

static size_t on_write(char *bytes, size_t size, size_t n, void *arg)
{
    struct place *place = arg;
    char name[NAME_SIZE];

    (void)size;
    if (all.directory == NULL)
        return n;
    if (place->fd < 0) {
        name_file(name, place, ".part");
        place->fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    if (place->fd < 0 || write(place->fd, bytes, n) != (ssize_t)n)
        die("write");
    return n;
}

static void finish(struct place *place)
{
    char part[NAME_SIZE], name[NAME_SIZE];

    if (place->fd < 0)
        return;
    name_file(part, place, ".part");
    name_file(name, place, "");
    if (close(place->fd) < 0 || rename(part, name) < 0)
        die(part);
    place->fd = -1;
}

static void start(struct place *place)
{
    char url[NAME_SIZE];

    place->number = ++all.started;
    snprintf(url, sizeof url, "%s%ld", all.prefix, place->number);
    curl_easy_setopt(place->easy, CURLOPT_URL, url);
    curl_multi_add_handle(all.multi, place->easy);
}

static void sweep(void)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(all.multi, &left)) != NULL) {
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result;
        char *private = NULL;
        struct place *place;

        if (code != CURLE_OK) {
            fprintf(stderr, "curl_loop: %s\n", curl_easy_strerror(code));
            exit(1);
        }
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
        place = (struct place *)(void *)private;
        curl_multi_remove_handle(all.multi, easy);
        finish(place);
        all.done++;
        if (all.started < all.requests)
            start(place);
    }
    if (all.done == all.requests)
        ev_break(all.loop, EVBREAK_ALL);
}

static void drive(curl_socket_t fd, int events)
{
    int running;

    curl_multi_socket_action(all.multi, fd, events, &running);
    sweep();
}

static void on_ready(struct ev_loop *loop, ev_io *watch, int events)
{
    (void)loop;
    drive(watch->fd, (events & EV_READ ? CURL_CSELECT_IN : 0) |
                         (events & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)timer;
    (void)events;
    drive(CURL_SOCKET_TIMEOUT, 0);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
                     void *assigned)
{
    ev_io *watch = assigned;

    (void)easy;
    (void)arg;
    if (watch != NULL)
        ev_io_stop(all.loop, watch);
    if (what == CURL_POLL_REMOVE) {
        free(watch);
        return 0;
    }
    if (watch == NULL) {
        watch = malloc(sizeof *watch);
        if (watch == NULL)
            die("malloc");
        ev_init(watch, on_ready);
        curl_multi_assign(all.multi, fd, watch);
    }
    ev_io_set(watch, fd,
              (what & CURL_POLL_IN ? EV_READ : 0) |
                  (what & CURL_POLL_OUT ? EV_WRITE : 0));
    ev_io_start(all.loop, watch);
    return 0;
}

static int on_timer_change(CURLM *multi, long ms, void *arg)
{
    (void)multi;
    (void)arg;
    ev_timer_stop(all.loop, &all.timer);
    if (ms < 0)
        return 0;
    ev_timer_set(&all.timer, (double)ms / 1000, 0);
    ev_timer_start(all.loop, &all.timer);
    return 0;
}

static void open_all(long jobs)
{
    all.loop = ev_default_loop(0);
    ev_init(&all.timer, on_timer);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    all.multi = curl_multi_init();
    curl_multi_setopt(all.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(all.multi, CURLMOPT_TIMERFUNCTION, on_timer_change);
    for (long i = 0; i < jobs; i++) {
        struct place *place = &all.places[i];

        place->fd = -1;
        place->easy = curl_easy_init();
        curl_easy_setopt(place->easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(place->easy, CURLOPT_PRIVATE, place);
        curl_easy_setopt(place->easy, CURLOPT_WRITEFUNCTION, on_write);
        curl_easy_setopt(place->easy, CURLOPT_WRITEDATA, place);
        if (i < all.requests)
            start(place);
    }
}

static double seconds(struct timespec t)
{
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    bool to_files = argc == 6 && strcmp(argv[1], "files") == 0;
    long jobs = argc >= 5 ? strtol(argv[3], NULL, 10) : 0;
    struct timespec begun, ended, cpu;

    all.requests = argc >= 5 ? strtol(argv[2], NULL, 10) : 0;
    if (jobs < 1 || jobs > JOBS_MAX || all.requests < 1 ||
        (!to_files && (argc != 5 || strcmp(argv[1], "none") != 0))) {
        fputs("usage: curl_loop none|files REQUESTS JOBS URL_PREFIX "
              "[DIRECTORY]\n",
              stderr);
        return 2;
    }
    all.prefix = argv[4];
    all.directory = to_files ? argv[5] : NULL;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    open_all(jobs);
    ev_run(all.loop, 0);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    printf("%.0f requests/s, %.1f us a request\n",
           (double)all.requests / (seconds(ended) - seconds(begun)),
           seconds(cpu) * 1e6 / (double)all.requests);
    return 0;
}
