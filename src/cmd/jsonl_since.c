/* SPDX-License-Identifier: MIT */
#include "cmd/jsonl_since.h"

#include <errno.h>
#include <fcntl.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/replace.h"
#include "cmd/jsonl_options.h"
#include "store/lock.h"
#include "work/checkpoint.h"
#include "work/checkpoint_row.h"
#include "work/rows.h"

enum { TEXT_BYTES = 64 << 20, READ_BYTES = 65536 };

int jsonl_since_check(const struct jsonl_options *o, struct err *err)
{
    if (o->checkpoint == NULL)
        return 0;
    if (o->checkpoint[0] == '\0')
        return err_set(err, ERR_USAGE, "--checkpoint: an empty name");
    return 0;
}

/* One that is not there yet is empty. */
static int read_file(const char *path, struct buf *text, struct err *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = 1;

    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0)
        return err_sys(err, ERR_INPUT, "%s", path);
    while (got > 0) {
        char *room = buf_reserve(text, READ_BYTES);

        errno = EFBIG;
        got = room != NULL ? fd_read(fd, room, READ_BYTES) : -1;
        if (got > 0)
            text->len += (size_t)got;
    }
    if (got < 0)
        err_sys(err, ERR_INPUT, "%s", path);
    fd_close(fd);
    return got < 0 ? -1 : 0;
}

static int read_text(struct jsonl_since *s, struct buf *text, struct err *err)
{
    if (s->rows != NULL)
        return checkpoint_row_read(rows_database(s->rows), s->path, text, err);
    s->lock = lock_take(s->path, false, err);
    return s->lock < 0 ? -1 : read_file(s->path, text, err);
}

int jsonl_since_open(struct jsonl_since *s, const struct jsonl_options *o,
                     struct rows *rows, struct err *err)
{
    if (o->checkpoint == NULL)
        return 0;
    *s = (struct jsonl_since){.path = o->checkpoint, .rows = rows, .lock = -1};
    buf_init(&s->before, TEXT_BYTES);
    if (read_text(s, &s->before, err) < 0)
        return -1;
    s->checkpoint = checkpoint_open(buf_slice(&s->before), err);
    if (s->checkpoint == NULL)
        return err_wrap(err, "%s", s->path);
    return checkpoint_redo(s->checkpoint, err);
}

int jsonl_since_keep(struct jsonl_since *s, const struct replace *output,
                     struct err *err)
{
    const bool renames = output != NULL && output->open && !output->direct;
    struct checkpoint_rename rename;
    struct buf text;
    int failed;

    if (s->checkpoint == NULL)
        return 0;
    if (renames)
        rename = (struct checkpoint_rename){output->beside, output->target};
    buf_init(&text, TEXT_BYTES);
    checkpoint_write(s->checkpoint, renames ? &rename : NULL, &text);
    failed = s->rows != NULL
                 ? checkpoint_row_write(rows_database(s->rows), s->path,
                                        buf_slice(&text), err)
                 : replace_file(s->path, buf_slice(&text), err);
    buf_release(&text);
    return failed;
}

void jsonl_since_take_back(struct jsonl_since *s)
{
    struct err err; /* worse has been said */

    if (s->checkpoint != NULL && s->rows == NULL)
        replace_file(s->path, buf_slice(&s->before), &err);
}

void jsonl_since_close(struct jsonl_since *s)
{
    checkpoint_close(s->checkpoint);
    buf_release(&s->before);
    if (s->path != NULL)
        fd_close(s->lock);
    *s = (struct jsonl_since){0};
}
