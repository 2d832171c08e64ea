/* SPDX-License-Identifier: MIT */
#include "work/feed.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "work/task.h"

static int open_file(const char *path, struct err *err)
{
    /* A FIFO that nobody writes to is empty: it must not hold us. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0)
        return err_sys(err, ERR_UNITS, "stdin %s", path);
    fcntl(fd, F_SETFL, O_RDONLY);
    return fd;
}

/* A file in memory, not a pipe: nobody has to feed it, and a task that does not
 * read it blocks nothing. */
static int open_text(struct slice text, struct err *err)
{
    int fd = fd_memory_file("weir-stdin");

    if (fd >= 0 && fd_write(fd, text.ptr, text.len) == 0 &&
        lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    err_sys(err, ERR_UNITS, "stdin");
    fd_close(fd);
    return -1;
}

int feed_open(const struct task *task, int null_fd, struct err *err)
{
    if (task->stdin_file != NULL)
        return open_file(task->stdin_file, err);
    if (task->stdin_text.ptr != NULL)
        return open_text(task->stdin_text, err);
    return null_fd;
}
