/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"

enum { READ_BYTES = 64 << 10 };

static int too_large(const char *path, const struct buf *text, struct err *err)
{
    return err_set(err, ERR_INPUT, "%s: more than %zuM", path, text->max >> 20);
}

int file_read(const char *path, struct buf *text, struct err *err)
{
    struct stat st;
    ssize_t n = 1;
    int fd = fd_open_read(path, err);

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && st.st_size > 0 &&
        (uint64_t)st.st_size > text->max - text->len)
        n = too_large(path, text, err); /* without reading it first */
    while (n > 0) {
        char *room = buf_reserve(text, READ_BYTES);

        if (room == NULL) {
            n = too_large(path, text, err);
            break;
        }
        n = fd_read(fd, room, READ_BYTES);
        if (n > 0)
            text->len += (size_t)n;
        if (n < 0)
            err_sys(err, ERR_INPUT, "%s", path);
    }
    fd_close(fd);
    return n < 0 ? -1 : 0;
}
