/* SPDX-License-Identifier: MIT */
/*
 * A line belongs to the range in which it begins. So a reader looks for the
 * first newline from one byte before its range on, and reads beyond its end up
 * to the newline of its last line: about a line is read twice, and nothing has
 * to be moved, so that the block can go out by the buffer it came in. The cut
 * was behind a newline, so a reader that meets the end of the file before knows
 * that the file was changed.
 */
/* For memrchr(3). */
#define _GNU_SOURCE
#include "flow/range.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/mem.h"

enum {
    LINE_GUESS = 1024,   /* read beyond a range, and first at its start */
    TAIL_MAX = 1 << 20,  /* a last line may be so long */
    TAIL_STEP = 1 << 16, /* looked through at a time for its beginning */
};

struct range_file {
    int fd;       /* our own */
    size_t users; /* ranges given out, and whoever opened it */
    off_t start;
    off_t next;
    off_t end;
    bool failed;
};

/* Behind the last newline before `size`, or -1 if there is none near it. */
static off_t find_cut(int fd, off_t start, off_t size)
{
    char bytes[TAIL_STEP];
    off_t at = size;

    while (at > start && size - at < TAIL_MAX) {
        off_t from = at - start > TAIL_STEP ? at - TAIL_STEP : start;
        ssize_t got = fd_read_at(fd, bytes, (size_t)(at - from), from);
        const char *newline;

        if (got <= 0)
            return -1;
        newline = memrchr(bytes, '\n', (size_t)got);
        if (newline != NULL)
            return from + (newline - bytes) + 1;
        at = from;
    }
    return -1;
}

struct range_file *range_open(int fd, size_t least, off_t limit)
{
    const off_t start = lseek(fd, 0, SEEK_CUR);
    struct range_file *file;
    struct stat st;
    off_t end;
    int own;

    if (start < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return NULL;
    if (limit >= 0 && limit < st.st_size)
        st.st_size = limit;
    if (st.st_size - start < (off_t)least)
        return NULL;
    end = find_cut(fd, start, st.st_size);
    own = end < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (own < 0)
        return NULL;
    if (lseek(fd, end, SEEK_SET) < 0) {
        fd_close(own);
        return NULL;
    }
    file = mem_alloc(sizeof *file);
    *file = (struct range_file){
        .fd = own, .users = 1, .start = start, .next = start, .end = end};
    return file;
}

static void let_go(struct range_file *file)
{
    assert(file->users > 0);
    if (--file->users > 0)
        return;
    fd_close(file->fd);
    mem_free(file);
}

bool range_next(struct range_file *file, size_t bytes, struct range *range)
{
    off_t left = file->end - file->next;

    if (left <= 0 || file->failed)
        return false;
    if (left > (off_t)bytes)
        left = (off_t)bytes;
    *range = (struct range){
        .file = file, .from = file->next, .to = file->next + left};
    file->next += left;
    range->last = file->next == file->end;
    file->users++;
    return true;
}

void range_close(struct range_file *file)
{
    if (file != NULL)
        let_go(file);
}

/* One read of up to `n` bytes at `at`, to the end of the buffer or as far as
 * that may grow; as read(2). */
static ssize_t read_more(const struct range *r, struct buf *in, size_t n,
                         off_t at)
{
    const size_t most = in->max - 1 - in->len;
    ssize_t got;

    if (n > most)
        n = most;
    got = fd_read_at(r->file->fd, buf_reserve(in, n), n, at);
    if (got > 0)
        in->len += (size_t)got;
    return got;
}

/* Where the first line begins that begins in the range: there, or its end. 0,
 * or as range_read. */
static int find_begin(struct range *r, struct buf *in)
{
    off_t at = r->from - 1;
    size_t step = LINE_GUESS;

    r->begin = r->from;
    if (r->from == r->file->start)
        return 0;
    while (at < r->to) {
        const char *newline;
        ssize_t got;

        buf_clear(in);
        got = read_more(r, in, step, at);
        if (got <= 0)
            return got < 0 ? errno : RANGE_CHANGED;
        newline = memchr(in->data, '\n', in->len);
        r->begin = at + (newline ? newline - in->data + 1 : got);
        if (newline != NULL)
            break;
        at += got;
        step = TAIL_STEP;
    }
    if (r->begin > r->to)
        r->begin = r->to;
    return 0;
}

/* Up to behind the newline of the last line, which is not before `from`. Looks
 * at each byte once. True when it is found, or the buffer is full. */
static bool cut(struct buf *in, size_t *from)
{
    const char *newline = NULL;

    if (in->len > *from)
        newline = memchr(in->data + *from, '\n', in->len - *from);
    if (newline == NULL) {
        *from = in->len > *from ? in->len : *from;
        return in->len == in->max - 1;
    }
    in->len = (size_t)(newline - in->data) + 1;
    return true;
}

static void drop_torn_line(struct buf *in)
{
    const char *newline = memrchr(in->data, '\n', in->len);

    in->len = newline ? (size_t)(newline - in->data) + 1 : 0;
}

/* From r->begin on, which is in the range. */
static int read_lines(struct range *r, struct buf *in)
{
    const size_t bytes = (size_t)(r->to - r->begin);
    size_t last = bytes - 1, step = bytes + LINE_GUESS;

    while (!cut(in, &last)) {
        ssize_t got = read_more(r, in, step, r->begin + (off_t)in->len);

        if (got <= 0) {
            const int error = got < 0 ? errno : RANGE_CHANGED;

            drop_torn_line(in);
            return error;
        }
        /* A long line, the longer the more at once; or a short read. */
        step = in->len > bytes ? in->len - bytes : bytes - in->len;
        step += LINE_GUESS;
    }
    r->end = r->begin + (off_t)in->len;
    if (in->data[in->len - 1] != '\n')
        r->end = 0;
    return 0;
}

int range_read(struct range *r, struct buf *in)
{
    const int error = find_begin(r, in);

    buf_clear(in);
    r->end = r->begin;
    if (error != 0 || r->begin == r->to)
        return error;
    return read_lines(r, in);
}

void range_release(struct range *range, bool failed)
{
    struct range_file *file = range->file;

    range->file = NULL;
    if (file == NULL)
        return;
    file->failed |= failed;
    let_go(file);
}
