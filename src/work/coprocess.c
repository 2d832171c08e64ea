/* SPDX-License-Identifier: MIT */
#include "work/coprocess.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "io/loop.h"

enum {
    READ_BYTES = 64 * 1024,  /* a pipe holds no more, unless it is widened */
    LACK_RETRY_MS = 100,     /* between starts that failed for want of means */
    LACK_GIVE_UP_MS = 60000, /* and how long they are tried */
    SHELL_CANNOT_RUN = 126,  /* POSIX.1-2017, 2.8.2 */
    SHELL_NOT_FOUND = 127,
};

static void end_in(struct coprocess *c)
{
    loop_watch_stop(c->in_watch);
    fd_close(c->in_fd);
    c->in_fd = -1;
    c->in_ended = true;
}

static void end_out(struct coprocess *c)
{
    loop_watch_stop(c->out_watch);
    fd_close(c->out_fd);
    c->out_fd = -1;
    c->out_ended = true;
}

/* As much as the pipe takes. Nothing is said of an error: who does not read is
 * told from who has ended by what comes next. */
static void write_some(struct coprocess *c)
{
    ssize_t n = 0;

    /* write(2) itself: fd_write would wait, and where nothing waits there is
     * no EINTR. */
    if (c->written < c->in.len)
        n = write(c->in_fd, c->in.ptr + c->written, c->in.len - c->written);
    if (n < 0 && errno != EAGAIN) {
        end_in(c);
        return;
    }
    if (n > 0)
        c->written += (size_t)n;
    if (c->written < c->in.len)
        loop_watch_start(c->in_watch, c->in_fd, LOOP_WRITE);
    else if (c->once)
        end_in(c);
    else
        loop_watch_stop(c->in_watch);
}

/* One read. False when there is nothing more now, or no room. */
static bool read_some(struct coprocess *c)
{
    size_t room = c->out.max - c->out.len;
    ssize_t n;

    if (c->out_fd < 0 || room == 0)
        return false;
    if (room > READ_BYTES)
        room = READ_BYTES;
    n = fd_read(c->out_fd, buf_reserve(&c->out, room), room);
    if (n > 0)
        c->out.len += (size_t)n;
    else if (n == 0 || errno != EAGAIN)
        end_out(c);
    return n > 0;
}

static void on_writable(void *arg, int fd, int events)
{
    struct coprocess *c = arg;

    (void)fd;
    (void)events;
    write_some(c);
    c->calls.on_progress(c->calls.arg);
}

static void on_readable(void *arg, int fd, int events)
{
    struct coprocess *c = arg;

    (void)fd;
    (void)events;
    read_some(c);
    c->calls.on_progress(c->calls.arg);
}

static void close_ends(struct coprocess *c)
{
    if (c->in_fd >= 0)
        end_in(c);
    if (c->out_fd >= 0)
        end_out(c);
}

static void on_exit(struct spawn_child *child, const struct spawn_exit *how)
{
    struct coprocess *c = LIST_ITEM(child, struct coprocess, child);

    log_detail(c->plan->log, "%s: pid %ld ended", c->plan->name,
               (long)child->pid);
    c->running = false;
    c->how = *how;
    /* Its group is gone. Who left the group and holds the pipe is not waited
     * for. */
    while (read_some(c))
        continue;
    close_ends(c);
    c->calls.on_end(c->calls.arg);
}

static int spawn_shell(struct coprocess *c, const int fds[2], struct err *err)
{
    struct coprocess_plan *plan = c->plan;
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"},
                    slice_unconst(plan->command), NULL};
    struct spawn_plan p = {.path = "/bin/sh",
                           .argv = argv,
                           .fds = {fds[0], fds[1], STDERR_FILENO}};
    char id[64];
    int len = snprintf(id, sizeof id, "%s_%llu", plan->name,
                       (unsigned long long)plan->started + 1);

    p.envp = environment_compose(
        &c->environment, plan->environment, NULL,
        &(struct environment_facts){.id = slice_of(id, (size_t)len),
                                    .attempt = c->starts + 1,
                                    .slot = c->slot});
    c->child.marker = environment_marker(&c->environment);
    c->child.on_exit = on_exit;
    if (spawn_start(plan->spawn, &p, &c->child, err) < 0)
        return -1;
    log_detail(plan->log, "%s: started, pid %ld, slot %u", plan->name,
               (long)c->child.pid, c->slot);
    plan->started++;
    c->starts++;
    return 0;
}

/* Our ends become the process's; the others are for the child alone. */
static int launch(struct coprocess *c, struct err *err)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1}, failed;

    if (fd_pipe(in) < 0 || fd_pipe(out) < 0)
        failed = err_sys(err, ERR_UNITS, "cannot make a pipe");
    else
        failed = spawn_shell(c, (const int[2]){in[0], out[1]}, err);
    fd_close(in[0]);
    fd_close(out[1]);
    if (failed) {
        fd_close(in[1]);
        fd_close(out[0]);
        return -1;
    }
    c->in_fd = in[1];
    c->out_fd = out[0];
    fd_set_nonblocking(c->in_fd);
    fd_set_nonblocking(c->out_fd);
    return 0;
}

static void note_start(struct coprocess *c)
{
    c->starting = false;
    c->running = true;
    c->in_ended = c->out_ended = false;
    c->lack_since_ms = 0;
    buf_clear(&c->out);
    loop_watch_start(c->out_watch, c->out_fd, LOOP_READ);
    write_some(c);
}

static void note_lack(struct coprocess *c)
{
    int64_t now = clock_now_ms();

    if (c->lack_since_ms == 0)
        c->lack_since_ms = now;
    /* Never at once: who asked for the start is in the middle of something. */
    if (spawn_error_passes(c->failure.sys) &&
        now - c->lack_since_ms < LACK_GIVE_UP_MS)
        loop_timer_start(c->retry_timer, LACK_RETRY_MS);
    else
        loop_timer_start(c->retry_timer, 0);
}

void coprocess_start(struct coprocess *c)
{
    assert(!c->running);
    c->starting = true;
    if (launch(c, &c->failure) == 0)
        note_start(c);
    else
        note_lack(c);
}

static void on_retry(void *arg)
{
    struct coprocess *c = arg;

    if (spawn_error_passes(c->failure.sys) &&
        clock_now_ms() - c->lack_since_ms < LACK_GIVE_UP_MS) {
        coprocess_start(c);
        return;
    }
    c->starting = false;
    c->calls.on_fail(c->calls.arg, &c->failure);
}

void coprocess_init(struct coprocess *c, struct coprocess_plan *plan,
                    const struct coprocess_calls *calls, unsigned slot,
                    size_t max_out)
{
    *c = (struct coprocess){
        .plan = plan, .calls = *calls, .slot = slot, .in_fd = -1, .out_fd = -1};
    list_init(&c->child.link);
    environment_init(&c->environment);
    buf_init(&c->out, max_out);
    c->in_watch = loop_watch_new(plan->loop, on_writable, c);
    c->out_watch = loop_watch_new(plan->loop, on_readable, c);
    c->retry_timer = loop_timer_new(plan->loop, on_retry, c);
}

void coprocess_release(struct coprocess *c)
{
    close_ends(c);
    loop_watch_free(c->in_watch);
    loop_watch_free(c->out_watch);
    loop_timer_free(c->retry_timer);
    buf_release(&c->out);
    environment_release(&c->environment);
}

void coprocess_feed(struct coprocess *c, struct slice bytes, bool once)
{
    c->in = bytes;
    c->written = 0;
    c->once = once;
    if (c->in_fd >= 0)
        write_some(c);
}

void coprocess_close_in(struct coprocess *c)
{
    if (c->in_fd >= 0)
        end_in(c);
}

void coprocess_read(struct coprocess *c)
{
    while (read_some(c))
        continue;
}

void coprocess_kill(struct coprocess *c)
{
    c->starting = false;
    loop_timer_stop(c->retry_timer);
    /* First of all, lest it dies of the pipe that nobody reads. */
    if (c->running)
        spawn_signal(&c->child, SIGKILL);
    close_ends(c);
}

void coprocess_suspend(const struct coprocess *c, bool stopped)
{
    if (c->running)
        spawn_signal(&c->child, stopped ? SIGSTOP : SIGCONT);
}

void coprocess_describe(const struct coprocess *c, char *text, size_t size)
{
    if (c->how.signal != 0)
        snprintf(text, size, "killed by signal %d (%s)", c->how.signal,
                 spawn_signal_name(c->how.signal));
    else
        snprintf(text, size, "exit status %d", c->how.code);
}

bool coprocess_not_found(const struct coprocess *c)
{
    return c->how.signal == 0 &&
           (c->how.code == SHELL_NOT_FOUND || c->how.code == SHELL_CANNOT_RUN);
}
