/* SPDX-License-Identifier: MIT */
/*
 * An input begins with a look at its first bytes, as many as are needed to
 * tell what they are, and one is enough for nearly all: a pipe in which a
 * single byte of JSON waits is not held up. What was looked at and is content
 * is given out first, or read again from a file. A compressed input begins anew
 * with what its decompressor prints, so a byte order mark is found there too.
 */
#include "flow/input.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/slice.h"
#include "flow/unpack.h"
#include "io/loop.h"

enum { PIPE_BYTES = 1024 * 1024 };

struct input {
    const char *const *names;
    const struct input_part *parts; /* instead of names, or NULL */
    size_t count;
    size_t next; /* the next to open */
    int fd;      /* the current one, or -1 */
    off_t limit; /* where it ends for us, or -1 */
    bool waits;  /* a pipe or the like: may have nothing yet */
    bool ended;  /* the last read found its end */
    bool looking;
    char head[UNPACK_HEAD]; /* while looking, and until it is given out */
    size_t head_len;
    struct unpack *unpack; /* NULL: nothing is unpacked */
    bool packed;           /* the current one runs through it */
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

    *input =
        (struct input){.names = names, .count = count, .fd = -1, .limit = -1};
    input->watch = loop_watch_new(loop, on_ready, input);
    return input;
}

struct input *input_open_parts(struct loop *loop,
                               const struct input_part *parts, size_t count)
{
    struct input *input = input_open(loop, NULL, count);

    input->parts = parts;
    return input;
}

void input_unpack(struct input *input, struct loop *loop,
                  const struct unpack_tools *tools)
{
    input->unpack = unpack_open(loop, tools);
}

static void close_current(struct input *input)
{
    loop_watch_stop(input->watch);
    if (input->packed)
        unpack_stop(input->unpack);
    input->packed = false;
    if (input->fd != STDIN_FILENO && input->parts == NULL)
        fd_close(input->fd);
    input->fd = -1;
}

void input_close(struct input *input)
{
    if (input == NULL)
        return;
    close_current(input);
    unpack_close(input->unpack);
    loop_watch_free(input->watch);
    mem_free(input);
}

/* Where its bytes are read. */
static int reading_fd(const struct input *input)
{
    return input->packed ? unpack_fd(input->unpack) : input->fd;
}

/* Begin to read what is new at reading_fd. */
static void begin(struct input *input, bool waits)
{
    input->waits = waits;
    input->ended = false;
    input->looking = true;
    input->head_len = 0;
    if (waits)
        fd_widen_pipe(reading_fd(input), PIPE_BYTES);
}

static int open_part(struct input *input, struct err *err)
{
    const struct input_part *part = &input->parts[input->next++];

    if (lseek(part->fd, part->from, SEEK_SET) < 0)
        return err_sys(err, ERR_INPUT, "%s", part->name);
    input->fd = part->fd;
    input->limit = part->to;
    begin(input, false);
    return 0;
}

/* Results behind what is read would be read as well, until the disk is full:
 * `weir ... FILE >>FILE`. cat(1) refuses that, too. */
static bool is_output(int fd, const struct stat *st)
{
    struct stat out;

    return S_ISREG(st->st_mode) && fstat(STDOUT_FILENO, &out) == 0 &&
           out.st_dev == st->st_dev && out.st_ino == st->st_ino &&
           lseek(fd, 0, SEEK_CUR) < st->st_size;
}

static int open_next(struct input *input, struct err *err)
{
    const char *name;
    struct stat st = {0};

    if (input->parts != NULL)
        return open_part(input, err);
    name = input->names[input->next++];
    input->fd = strcmp(name, "-") == 0 ? STDIN_FILENO : fd_open_read(name, err);
    if (input->fd < 0)
        return -1;
    begin(input, fstat(input->fd, &st) < 0 || !S_ISREG(st.st_mode));
    if (!is_output(input->fd, &st))
        return 0;
    err_set(err, ERR_INPUT, "%s: it is the output, too", input_name(input));
    close_current(input);
    return -1;
}

/* A file is read again from where its head began: neither a decompressor nor
 * the size of a block can tell that it was looked at. */
static void set_back(struct input *input)
{
    if (input->waits || lseek(input->fd, -(off_t)input->head_len, SEEK_CUR) < 0)
        return;
    input->head_len = 0;
    input->ended = false;
}

static int start_unpacking(struct input *input,
                           const struct unpack_format *format, struct err *err)
{
    struct slice head;

    set_back(input);
    head = slice_of(input->head, input->head_len);
    if (unpack_start(input->unpack, format, input->fd, head, err) < 0)
        return err_wrap(err, "%s", input_name(input));
    input->packed = true;
    begin(input, true);
    return 0;
}

/* Skip a byte order mark. True if more is needed to tell whether it is one. */
static bool skip_mark(struct input *input)
{
    static const char mark[] = {'\xEF', '\xBB', '\xBF'};
    size_t len = input->head_len;

    if (len >= sizeof mark) {
        if (memcmp(input->head, mark, sizeof mark) != 0)
            return false;
        input->head_len -= sizeof mark;
        memmove(input->head, input->head + sizeof mark, input->head_len);
        return false;
    }
    return len > 0 && memcmp(input->head, mark, len) == 0;
}

/* See whether the head tells what it is; at the end of the input it does. */
static int judge_head(struct input *input, struct err *err)
{
    struct slice head = slice_of(input->head, input->head_len);
    enum unpack_guess guess = UNPACK_NOT;
    const struct unpack_format *format;

    if (input->unpack != NULL && !input->packed)
        guess = unpack_guess(head, &format);
    if (guess == UNPACK_IS)
        return start_unpacking(input, format, err);
    if (input->ended || (guess == UNPACK_NOT && !skip_mark(input))) {
        input->looking = false;
        set_back(input);
    }
    return 0;
}

static enum input_got wait_for_bytes(struct input *input)
{
    loop_watch_start(input->watch, reading_fd(input), LOOP_READ);
    return INPUT_LATER;
}

static enum input_got fail(struct input *input)
{
    close_current(input);
    return INPUT_FAULT;
}

/* Of so many bytes, those that are ours. */
static size_t within_limit(const struct input *input, size_t n)
{
    off_t left;

    if (input->limit < 0)
        return n;
    left = input->limit - lseek(input->fd, 0, SEEK_CUR);
    if (left < 0)
        left = 0;
    return (off_t)n > left ? (size_t)left : n;
}

/* One read; none of its bytes at the end. */
static enum input_got read_once(struct input *input, char *room, size_t n,
                                size_t *got, struct err *err)
{
    ssize_t bytes;

    *got = 0;
    if (input->ended)
        return INPUT_BYTES;
    if (input_pauses(input))
        return wait_for_bytes(input);
    n = within_limit(input, n);
    bytes = n > 0 ? fd_read(reading_fd(input), room, n) : 0;
    if (bytes == 0 && n > 0 && input->limit >= 0) {
        err_set(err, ERR_INPUT, "%s: changed while it was read",
                input_name(input));
        return fail(input);
    }
    if (bytes < 0 && errno == EAGAIN)
        return wait_for_bytes(input);
    if (bytes < 0) {
        err_sys(err, ERR_INPUT, "%s", input_name(input));
        return fail(input);
    }
    input->ended = bytes == 0;
    *got = (size_t)bytes;
    return INPUT_BYTES;
}

static enum input_got look(struct input *input, struct err *err)
{
    while (input->looking) {
        size_t bytes;
        enum input_got got =
            read_once(input, input->head + input->head_len,
                      sizeof input->head - input->head_len, &bytes, err);

        if (got != INPUT_BYTES)
            return got;
        input->head_len += bytes;
        if (judge_head(input, err) < 0)
            return fail(input);
    }
    return INPUT_BYTES;
}

static size_t give_head(struct input *input, char *room, size_t n)
{
    if (n > input->head_len)
        n = input->head_len;
    memcpy(room, input->head, n);
    input->head_len -= n;
    memmove(input->head, input->head + n, input->head_len);
    return n;
}

/* A compressed input has ended when its decompressor has, and well. */
static enum input_got end_current(struct input *input, struct err *err)
{
    if (input->packed) {
        switch (unpack_state(input->unpack, err)) {
        case UNPACK_RUNS: return INPUT_LATER;
        case UNPACK_GOOD: break;
        case UNPACK_FAULTY:
            err_wrap(err, "%s", input_name(input));
            return fail(input);
        }
    }
    close_current(input);
    return INPUT_FILE_END;
}

enum input_got input_begin(struct input *input, struct err *err)
{
    if (input->fd < 0) {
        if (input->next == input->count)
            return INPUT_END;
        if (open_next(input, err) < 0)
            return INPUT_FAULT;
    }
    return look(input, err);
}

int input_plain_fd(const struct input *input)
{
    if (input->waits || input->packed || input->looking || input->head_len > 0)
        return -1;
    return input->fd;
}

off_t input_limit(const struct input *input)
{
    return input->limit;
}

enum input_got input_read(struct input *input, char *room, size_t n,
                          size_t *got, struct err *err)
{
    enum input_got how;

    assert(n > 0);
    how = input_begin(input, err);
    if (how != INPUT_BYTES)
        return how;
    if (input->head_len > 0) {
        *got = give_head(input, room, n);
        return INPUT_BYTES;
    }
    how = read_once(input, room, n, got, err);
    if (how == INPUT_BYTES && input->ended)
        return end_current(input, err);
    return how;
}

const char *input_name(const struct input *input)
{
    const char *name;

    if (input->next == 0)
        return "<stdin>";
    if (input->parts != NULL)
        return input->parts[input->next - 1].name;
    name = input->names[input->next - 1];
    return strcmp(name, "-") == 0 ? "<stdin>" : name;
}

bool input_pauses(const struct input *input)
{
    if (input->fd < 0 || (!input->looking && input->head_len > 0))
        return false;
    if (input->ended)
        return input->packed && unpack_runs(input->unpack);
    return input->waits && !fd_readable(reading_fd(input));
}
