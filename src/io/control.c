/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* accept4, O_PATH */

#include "io/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/mem.h"
#include "io/loop.h"

enum {
    CALLS_MAX = 256, /* at once; the rest waits in the backlog */
    READ_BYTES = 65536,
    ANSWER_MAX = 1 << 30,
    PATH_BYTES = 65536,
};

struct control {
    struct control_options o;
    int fd;
    struct loop_watch *watch;
    struct list calls;
    size_t call_count;
};

struct control_call {
    struct control *control;
    struct list link;
    int fd;
    struct loop_watch *watch;
    struct buf in;
    struct buf out;
    size_t sent;
    bool asked; /* the line is read, and told */
    bool answered;
};

/* A socket's name has 108 bytes at most, a path may have more: then it goes by
 * way of an open directory. `directory` is that, or -1; the caller closes. */
static int find_address(const char *path, struct sockaddr_un *address,
                        int *directory)
{
    const char *slash = strrchr(path, '/');
    struct buf name;
    int len;

    *directory = -1;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) < sizeof address->sun_path) {
        memcpy(address->sun_path, path, strlen(path));
        return 0;
    }
    buf_init(&name, PATH_BYTES);
    if (slash != NULL)
        buf_add(&name, path, (size_t)(slash - path) + 1);
    buf_add(&name, "", 1);
    *directory =
        open(slash != NULL ? name.data : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    buf_release(&name);
    len = snprintf(address->sun_path, sizeof address->sun_path,
                   "/proc/self/fd/%d/%s", *directory,
                   slash != NULL ? slash + 1 : path);
    if (*directory >= 0 && len < (int)sizeof address->sun_path)
        return 0;
    errno = *directory < 0 ? errno : ENAMETOOLONG;
    return -1;
}

static void end_call(struct control_call *call)
{
    loop_watch_free(call->watch);
    fd_close(call->fd);
    buf_release(&call->in);
    buf_release(&call->out);
    list_remove(&call->link);
    call->control->call_count--;
    loop_watch_start(call->control->watch, call->control->fd, LOOP_READ);
    mem_free(call);
}

static void send_more(struct control_call *call)
{
    while (call->sent < call->out.len) {
        const ssize_t n =
            send(call->fd, call->out.data + call->sent,
                 call->out.len - call->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) {
            loop_watch_start(call->watch, call->fd, LOOP_WRITE);
            return;
        }
        if (n < 0)
            break; /* it has gone */
        call->sent += (size_t)n;
    }
    end_call(call);
}

void control_answer(struct control_call *call, struct slice text)
{
    call->answered = true;
    buf_add_slice(&call->out, text);
    send_more(call);
}

static void tell(struct control_call *call)
{
    const char *end = memchr(call->in.data, '\n', call->in.len);
    struct control *c = call->control;

    if (end == NULL)
        return;
    call->asked = true;
    c->o.asked(c->o.arg, call,
               slice_of(call->in.data, (size_t)(end - call->in.data)));
}

/* The end of what is read before an answer: nobody waits for one. */
static void lose(struct control_call *call)
{
    struct control *c = call->control;

    if (call->asked)
        c->o.gone(c->o.arg, call);
    end_call(call);
}

static void on_call(void *arg, int fd, int events)
{
    struct control_call *call = arg;
    char *room = NULL;
    ssize_t n;

    (void)events;
    if (call->answered) {
        send_more(call);
        return;
    }
    room = buf_reserve(&call->in, READ_BYTES);
    n = room != NULL ? recv(fd, room, READ_BYTES, MSG_DONTWAIT) : 0;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        lose(call);
        return;
    }
    if (call->asked)
        return; /* only one is answered */
    call->in.len += (size_t)n;
    tell(call);
}

static void on_knock(void *arg, int fd, int events)
{
    struct control *c = arg;
    struct control_call *call;
    int accepted;

    (void)events;
    if (c->call_count >= CALLS_MAX) {
        loop_watch_stop(c->watch); /* until one has ended */
        return;
    }
    accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (accepted < 0)
        return;
    call = mem_alloc(sizeof *call);
    *call = (struct control_call){.control = c, .fd = accepted};
    buf_init(&call->in, CONTROL_LINE_MAX + READ_BYTES);
    buf_init(&call->out, ANSWER_MAX);
    call->watch = loop_watch_new(c->o.loop, on_call, call);
    list_push(&c->calls, &call->link);
    c->call_count++;
    loop_watch_start(call->watch, accepted, LOOP_READ);
}

/* One that a run left behind when it was killed is replaced; nobody can have
 * it, since the caller has the lock. Its mode is set before anybody can
 * connect. */
static int listen_at(struct control *c, const char *path)
{
    struct sockaddr_un address;
    int directory, failed;

    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->fd < 0 || find_address(path, &address, &directory) < 0)
        return -1;
    unlink(path);
    failed =
        bind(c->fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
        chmod(path, 0600) < 0 || listen(c->fd, CALLS_MAX) < 0;
    if (directory >= 0)
        fd_close(directory);
    return failed ? -1 : 0;
}

struct control *control_open(const struct control_options *options,
                             struct err *err)
{
    struct control *c = mem_alloc(sizeof *c);

    c->o = *options;
    list_init(&c->calls);
    if (listen_at(c, options->path) < 0) {
        err_sys(err, ERR_CREATE, "%s", options->path);
        fd_close(c->fd);
        mem_free(c);
        return NULL;
    }
    c->watch = loop_watch_new(options->loop, on_knock, c);
    loop_watch_start(c->watch, c->fd, LOOP_READ);
    return c;
}

void control_close(struct control *c)
{
    if (c == NULL)
        return;
    unlink(c->o.path);
    while (!list_empty(&c->calls))
        end_call(LIST_ITEM(c->calls.next, struct control_call, link));
    loop_watch_free(c->watch);
    fd_close(c->fd);
    mem_free(c);
}

/* A connection; -1 with errno. */
static int reach(const char *path)
{
    struct sockaddr_un address;
    int directory = -1, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed =
        fd < 0 || find_address(path, &address, &directory) < 0 ||
        connect(fd, (const struct sockaddr *)&address, sizeof address) < 0;
    const int sys = errno;

    if (directory >= 0)
        fd_close(directory);
    if (!failed)
        return fd;
    if (fd >= 0)
        fd_close(fd);
    errno = sys;
    return -1;
}

/* Read to the end, but not beyond the time. */
static enum control_outcome hear(int fd, int64_t until_ms, struct buf *answer)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        const int64_t left = until_ms - clock_now_ms();
        char *room;
        ssize_t n;
        int ready;

        if (left <= 0)
            return CONTROL_LATE;
        ready = poll(&p, 1, left < 60000 ? (int)left : 60000);
        if (ready <= 0)
            continue;
        room = buf_reserve(answer, READ_BYTES);
        n = room != NULL ? fd_read(fd, room, READ_BYTES) : -1;
        if (n <= 0)
            return answer->len > 0 ? CONTROL_ANSWERED : CONTROL_ENDED;
        answer->len += (size_t)n;
    }
}

enum control_outcome control_ask(const char *path, struct slice line,
                                 int64_t timeout_ms, struct buf *answer,
                                 struct err *err)
{
    const int64_t until_ms =
        timeout_ms < 0 ? INT64_MAX : clock_now_ms() + timeout_ms;
    enum control_outcome outcome;
    const int fd = reach(path);

    if (fd < 0 && (errno == ENOENT || errno == ECONNREFUSED))
        return CONTROL_NOBODY;
    if (fd < 0) {
        err_sys(err, ERR_INPUT, "%s", path);
        return CONTROL_FAILED;
    }
    outcome = fd_write(fd, line.ptr, line.len) < 0 || fd_write(fd, "\n", 1) < 0
                  ? CONTROL_ENDED
                  : hear(fd, until_ms, answer);
    fd_close(fd);
    return outcome;
}
