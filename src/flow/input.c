/* SPDX-License-Identifier: MIT */
#include "flow/input.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "io/loop.h"

enum { PIPE_BYTES = 1024 * 1024 };

struct input {
    const char *const *names;
    size_t count;
    size_t next; /* the next to open */
    int fd;      /* the current one, or -1 */
    bool waits;  /* a pipe or the like: may have nothing yet */
    bool at_start;
    size_t held; /* bytes read that may be the start of a byte order mark */
    struct loop_watch *watch;
};

static void on_ready(void *arg, int fd, int events)
{
    struct input *input = arg;

    (void)fd;
    (void)events;
    /* The turn of the loop is all that is wanted. */
    loop_watch_stop(input->watch);
}

struct input *input_open(struct loop *loop, const char *const *names,
                         size_t count)
{
    struct input *input = mem_alloc(sizeof *input);

    *input = (struct input){.names = names, .count = count, .fd = -1};
    input->watch = loop_watch_new(loop, on_ready, input);
    return input;
}

static void close_current(struct input *input)
{
    loop_watch_stop(input->watch);
    if (input->fd != STDIN_FILENO)
        fd_close(input->fd);
    input->fd = -1;
}

void input_close(struct input *input)
{
    if (input == NULL)
        return;
    close_current(input);
    loop_watch_free(input->watch);
    mem_free(input);
}

static int open_next(struct input *input, struct err *err)
{
    const char *name = input->names[input->next++];
    struct stat st;

    input->fd = strcmp(name, "-") == 0 ? STDIN_FILENO : fd_open_read(name, err);
    if (input->fd < 0)
        return -1;
    input->waits = fstat(input->fd, &st) < 0 || !S_ISREG(st.st_mode);
    input->at_start = true;
    input->held = 0;
    if (input->waits)
        fd_widen_pipe(input->fd, PIPE_BYTES);
    return 0;
}

/* The first bytes of an input, without a byte order mark. What may be the
 * start of one is held back until it is whole, or turns out to be none. */
static size_t skip_mark(struct input *input, char *room, size_t bytes)
{
    static const char mark[INPUT_LEAST] = {'\xEF', '\xBB', '\xBF'};
    size_t len = input->held + bytes;

    memcpy(room, mark, input->held);
    input->held = 0;
    if (bytes > 0 && len < sizeof mark && memcmp(room, mark, len) == 0) {
        input->held = len;
        return 0;
    }
    input->at_start = false;
    if (len < sizeof mark || memcmp(room, mark, sizeof mark) != 0)
        return len;
    memmove(room, room + sizeof mark, len - sizeof mark);
    return len - sizeof mark;
}

static enum input_got wait_for_bytes(struct input *input)
{
    loop_watch_start(input->watch, input->fd, LOOP_READ);
    return INPUT_LATER;
}

enum input_got input_read(struct input *input, char *room, size_t n,
                          size_t *got, struct err *err)
{
    ssize_t bytes;

    if (input->fd < 0) {
        if (input->next == input->count)
            return INPUT_END;
        if (open_next(input, err) < 0)
            return INPUT_FAULT;
    }
    if (input_pauses(input))
        return wait_for_bytes(input);
    assert(n > 0 && (!input->at_start || n >= INPUT_LEAST));
    bytes = fd_read(input->fd, room + input->held, n - input->held);
    if (bytes < 0 && errno == EAGAIN)
        return wait_for_bytes(input);
    if (bytes < 0) {
        err_sys(err, ERR_INPUT, "%s", input_name(input));
        close_current(input);
        return INPUT_FAULT;
    }
    if (bytes == 0 && input->held == 0) {
        close_current(input);
        return INPUT_FILE_END;
    }
    *got = (size_t)bytes;
    if (input->at_start)
        *got = skip_mark(input, room, *got);
    return INPUT_BYTES;
}

const char *input_name(const struct input *input)
{
    const char *name;

    if (input->next == 0)
        return "<stdin>";
    name = input->names[input->next - 1];
    return strcmp(name, "-") == 0 ? "<stdin>" : name;
}

bool input_pauses(const struct input *input)
{
    return input->fd >= 0 && input->waits && !fd_readable(input->fd);
}
