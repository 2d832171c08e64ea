/* SPDX-License-Identifier: MIT */
#include "work/spool.h"

#include "base/err.h"
#include "base/fd.h"

void spool_init(struct spool *s, const char *directory)
{
    *s = (struct spool){.directory = directory, .file = -1};
    buf_init(&s->memory, SPOOL_MEMORY);
}

void spool_release(struct spool *s)
{
    spool_clear(s);
    buf_release(&s->memory);
}

void spool_clear(struct spool *s)
{
    fd_close(s->file);
    s->file = -1;
    buf_clear(&s->memory);
}

static int open_file(struct spool *s)
{
    s->file = fd_temporary(s->directory);
    if (s->file < 0)
        return -1;
    if (fd_write(s->file, s->memory.data, s->memory.len) < 0)
        return -1;
    buf_clear(&s->memory);
    return 0;
}

int spool_add(struct spool *s, struct slice bytes, struct err *err)
{
    if (s->file < 0 && buf_add_slice(&s->memory, bytes) == 0)
        return 0;
    if ((s->file < 0 && open_file(s) < 0) ||
        fd_write(s->file, bytes.ptr, bytes.len) < 0)
        return err_sys(err, ERR_OUTPUT, "a temporary file in %s", s->directory);
    return 0;
}

int spool_take(struct spool *s, struct buf *out)
{
    int file = s->file;

    s->file = -1;
    buf_add_slice(out, buf_slice(&s->memory));
    buf_clear(&s->memory);
    return file;
}
