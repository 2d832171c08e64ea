/* SPDX-License-Identifier: MIT */
/*
 * The decompressor is a stranger to be kept busy in both directions: what it
 * prints is read as the run has room for it, what it needs is written as it
 * takes it, each when the loop says so. A write that blocked would be a
 * dead-lock: the program waits for us to read, we for it to read. So our end of
 * its stdin does not block; that flag is ours alone, since the two ends of a
 * pipe are files of their own.
 *
 * Its stderr is read to its end too and only the first bytes are kept, or a
 * talkative program would wait for ever for somebody to listen.
 */
#include "flow/unpack.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "io/loop.h"
#include "io/spawn.h"

enum {
    FEED_BYTES = 64 * 1024,
    WORDS_MAX = 256, /* of its stderr are kept */
    HEAR_BYTES = 4096,
    HEAR_READS = 32, /* after its end: more than a pipe holds */
};

struct unpack_format {
    const char *program;
    const char *options;
    const char *magic;
    size_t len;
    bool silent; /* exits 0 with a warning when it passed something over */
};

/* RFC 1952 section 2.3.1, RFC 8878 section 3.1.1, the .xz file format section
 * 2.1.1.1, the LZ4 frame format; bzip2 is specified by its source alone. */
static const struct unpack_format formats[] = {
    {.program = "gzip", .options = "-dc", .magic = "\x1F\x8B", .len = 2},
    {.program = "zstd",
     .options = "-dcq",
     .magic = "\x28\xB5\x2F\xFD",
     .len = 4},
    {.program = "xz",
     .options = "-dc",
     .magic = "\xFD"
              "7zXZ\0",
     .len = 6},
    {.program = "bzip2",
     .options = "-dc",
     .magic = "BZh",
     .len = 3,
     .silent = true},
    {.program = "lz4", .options = "-dc", .magic = "\x04\x22\x4D\x18", .len = 4},
};

struct unpack {
    struct unpack_tools tools;
    const struct unpack_format *format;
    struct spawn_child child;
    bool running;
    struct spawn_exit how;
    int out; /* what it prints, or -1 */

    /* Feeding: from `from`, through `bytes`, to `to`. */
    int from;
    int to;            /* its stdin, or -1: not fed, or no more */
    struct slice rest; /* of `bytes`, to be written */
    int feed_error;    /* errno of the source, or 0 */
    struct loop_watch *feed_watch;

    int words_fd; /* its stderr, or -1 */
    struct buf words;
    struct loop_watch *words_watch;
    char bytes[FEED_BYTES];
};

enum unpack_guess unpack_guess(struct slice head,
                               const struct unpack_format **format)
{
    enum unpack_guess guess = UNPACK_NOT;

    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        const struct unpack_format *f = &formats[i];
        size_t len = head.len < f->len ? head.len : f->len;

        if (memcmp(head.ptr, f->magic, len) != 0)
            continue;
        *format = f;
        if (len == f->len)
            return UNPACK_IS;
        guess = UNPACK_MAYBE;
    }
    return guess;
}

static void close_end(int *fd, struct loop_watch *watch)
{
    if (watch != NULL)
        loop_watch_stop(watch);
    fd_close(*fd);
    *fd = -1;
}

/* One read of the source. */
static void take(struct unpack *u)
{
    ssize_t n = fd_read(u->from, u->bytes, sizeof u->bytes);

    if (n < 0 && errno == EAGAIN)
        return;
    if (n < 0)
        u->feed_error = errno;
    if (n <= 0)
        close_end(&u->to, u->feed_watch);
    else
        u->rest = slice_of(u->bytes, (size_t)n);
}

/* One write to the child. Not fd_write, which waits until all is written. */
static void give(struct unpack *u)
{
    ssize_t n = write(u->to, u->rest.ptr, u->rest.len);

    if (n >= 0) {
        u->rest.ptr += n;
        u->rest.len -= (size_t)n;
    } else if (errno != EAGAIN && errno != EINTR) {
        /* It reads no more; how it ends tells whether that is well. */
        close_end(&u->to, u->feed_watch);
    }
}

static void watch_feed(struct unpack *u)
{
    if (u->rest.len > 0)
        loop_watch_start(u->feed_watch, u->to, LOOP_WRITE);
    else
        loop_watch_start(u->feed_watch, u->from, LOOP_READ);
}

static void on_feed(void *arg, int fd, int events)
{
    struct unpack *u = arg;

    (void)fd;
    (void)events;
    if (u->rest.len == 0)
        take(u);
    if (u->to >= 0 && u->rest.len > 0)
        give(u);
    if (u->to >= 0)
        watch_feed(u);
}

/* One read of its stderr. False when there is nothing more now. */
static bool hear(struct unpack *u)
{
    char bytes[HEAR_BYTES];
    size_t room = u->words.max - u->words.len;
    ssize_t n = fd_read(u->words_fd, bytes, sizeof bytes);

    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0) {
        close_end(&u->words_fd, u->words_watch);
        return false;
    }
    buf_add(&u->words, bytes, (size_t)n < room ? (size_t)n : room);
    return true;
}

static void on_words(void *arg, int fd, int events)
{
    (void)fd;
    (void)events;
    hear(arg);
}

/* The turn of the loop that follows does the rest. */
static void on_exit(struct spawn_child *child, const struct spawn_exit *how)
{
    struct unpack *u = LIST_ITEM(child, struct unpack, child);

    u->running = false;
    u->how = *how;
    close_end(&u->to, u->feed_watch);
    for (int i = 0; i < HEAR_READS && u->words_fd >= 0 && hear(u); i++)
        continue;
}

struct unpack *unpack_open(struct loop *loop, const struct unpack_tools *tools)
{
    struct unpack *u = mem_alloc(sizeof *u);

    u->tools = *tools;
    u->child.on_exit = on_exit;
    list_init(&u->child.link);
    u->out = u->to = u->words_fd = -1;
    buf_init(&u->words, WORDS_MAX);
    u->feed_watch = loop_watch_new(loop, on_feed, u);
    u->words_watch = loop_watch_new(loop, on_words, u);
    return u;
}

void unpack_stop(struct unpack *u)
{
    close_end(&u->to, u->feed_watch);
    close_end(&u->words_fd, u->words_watch);
    close_end(&u->out, NULL);
}

void unpack_close(struct unpack *u)
{
    if (u == NULL)
        return;
    unpack_stop(u);
    loop_watch_free(u->feed_watch);
    loop_watch_free(u->words_watch);
    buf_release(&u->words);
    mem_free(u);
}

/* A pipe to or from the child; our end, `ends[ours]`, does not block. */
static int make_pipe(int ends[2], int ours)
{
    if (fd_pipe(ends) < 0)
        return -1;
    fd_set_nonblocking(ends[ours]);
    return 0;
}

/* The pipes that are needed: ours go into `u`, the child's into `fds`. */
static int make_pipes(struct unpack *u, bool fed, int fds[3])
{
    int ends[2];

    if (make_pipe(ends, 0) < 0)
        return -1;
    u->out = ends[0];
    fds[1] = ends[1];
    if (make_pipe(ends, 0) < 0)
        return -1;
    u->words_fd = ends[0];
    fds[2] = ends[1];
    if (!fed)
        return 0;
    if (make_pipe(ends, 1) < 0)
        return -1;
    u->to = ends[1];
    fds[0] = ends[0];
    return 0;
}

static int launch(struct unpack *u, const int fds[3], struct err *err)
{
    const char *program = u->format->program;
    char found[PATH_MAX];
    char *argv[] = {slice_unconst(program), slice_unconst(u->format->options),
                    NULL};
    struct spawn_plan plan = {.path = found,
                              .argv = argv,
                              .envp = u->tools.environment,
                              .fds = {fds[0], fds[1], fds[2]}};
    struct spawn *spawn = u->tools.spawn(u->tools.arg, err);

    if (spawn == NULL)
        return -1;
    if (spawn_find(program, u->tools.path, found, sizeof found) < 0) {
        if (errno == ENOENT)
            return err_set(err, ERR_INPUT, "%s is not installed", program);
        return err_sys(err, ERR_INPUT, "%s", program);
    }
    if (spawn_start(spawn, &plan, &u->child, err) < 0)
        return -1;
    u->running = true;
    return 0;
}

int unpack_start(struct unpack *u, const struct unpack_format *format, int fd,
                 struct slice head, struct err *err)
{
    const bool fed = head.len > 0;
    int fds[3] = {fed ? -1 : fd, -1, -1}, failed;

    assert(!u->running && head.len <= sizeof u->bytes);
    u->format = format;
    u->feed_error = 0;
    buf_clear(&u->words);
    if (make_pipes(u, fed, fds) < 0)
        failed = err_sys(err, ERR_INPUT, "cannot make a pipe");
    else
        failed = launch(u, fds, err);
    if (fed)
        fd_close(fds[0]);
    fd_close(fds[1]);
    fd_close(fds[2]);
    if (failed) {
        err->kind = ERR_INPUT;
        unpack_stop(u);
        return -1;
    }
    loop_watch_start(u->words_watch, u->words_fd, LOOP_READ);
    if (fed) {
        u->from = fd;
        memcpy(u->bytes, head.ptr, head.len);
        u->rest = slice_of(u->bytes, head.len);
        watch_feed(u);
    }
    return 0;
}

int unpack_fd(const struct unpack *u)
{
    return u->out;
}

bool unpack_runs(const struct unpack *u)
{
    return u->running;
}

/* The first line of what it said on stderr that has something on it. */
static struct slice first_words(const struct unpack *u)
{
    struct slice words = buf_slice(&u->words);
    const char *end = NULL;

    while (words.len > 0 && (unsigned char)words.ptr[0] <= ' ') {
        words.ptr++;
        words.len--;
    }
    if (words.len > 0)
        end = memchr(words.ptr, '\n', words.len);
    if (end != NULL)
        words.len = (size_t)(end - words.ptr);
    words = slice_trim(words);
    if (words.len > 0 && words.ptr[words.len - 1] == ';')
        words.len--; /* bzip2 goes on in the next line */
    return words;
}

static int describe(const struct unpack *u, struct err *err)
{
    const char *program = u->format->program;
    const size_t len = strlen(program);
    struct slice words = first_words(u);

    if (u->feed_error != 0) {
        errno = u->feed_error;
        return err_sys(err, ERR_INPUT, "cannot be read");
    }
    if (u->how.signal != 0)
        return err_set(err, ERR_INPUT, "%s: killed by signal %d (%s)", program,
                       u->how.signal, spawn_signal_name(u->how.signal));
    if (words.len == 0)
        return err_set(err, ERR_INPUT, "%s: exit status %d", program,
                       u->how.code);
    if (words.len > len && memcmp(words.ptr, program, len) == 0)
        return err_set(err, ERR_INPUT, "%.*s", (int)words.len, words.ptr);
    return err_set(err, ERR_INPUT, "%s: %.*s", program, (int)words.len,
                   words.ptr);
}

enum unpack_state unpack_state(const struct unpack *u, struct err *err)
{
    if (u->running)
        return UNPACK_RUNS;
    if (u->feed_error == 0 && u->how.code == 0 &&
        (!u->format->silent || u->words.len == 0))
        return UNPACK_GOOD;
    describe(u, err);
    return UNPACK_FAULTY;
}
