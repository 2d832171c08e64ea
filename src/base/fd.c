/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* pipe2, F_SETPIPE_SZ, O_TMPFILE, mkostemp */

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/slice.h"

unsigned fd_guard_standard(void)
{
    unsigned closed = 0;

    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        /* The lowest free number is this one, since those below are open. */
        if (open("/dev/null", O_RDWR) == fd)
            closed |= 1u << fd;
    }
    return closed;
}

int fd_open_read(const char *path, struct err *err)
{
    struct stat st;
    /* A FIFO that nobody writes to yet must not hold us within open(2), where
     * no signal would be acted on. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0)
        return err_sys(err, ERR_INPUT, "%s", path);
    fcntl(fd, F_SETFL, O_RDONLY);
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        close(fd);
        errno = EISDIR;
        return err_sys(err, ERR_INPUT, "%s", path);
    }
    return fd;
}

ssize_t fd_read(int fd, void *bytes, size_t n)
{
    ssize_t got;

    do
        got = read(fd, bytes, n);
    while (got < 0 && errno == EINTR);
    return got;
}

ssize_t fd_read_at(int fd, void *bytes, size_t n, off_t at)
{
    ssize_t got;

    do
        got = pread(fd, bytes, n, at);
    while (got < 0 && errno == EINTR);
    return got;
}

static int wait_for(int fd, short events, int timeout_ms)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n;

    do
        n = poll(&p, 1, timeout_ms);
    while (n < 0 && errno == EINTR);
    return n;
}

bool fd_readable(int fd)
{
    return wait_for(fd, POLLIN, 0) != 0;
}

static void advance(struct iovec **pieces, int *count, size_t n)
{
    while (*count > 0 && n >= (*pieces)->iov_len) {
        n -= (*pieces)->iov_len;
        ++*pieces;
        --*count;
    }
    if (*count > 0) {
        (*pieces)->iov_base = (char *)(*pieces)->iov_base + n;
        (*pieces)->iov_len -= n;
    }
}

int fd_write_pieces(int fd, struct iovec *pieces, int count)
{
    advance(&pieces, &count, 0);
    while (count > 0) {
        ssize_t n = writev(fd, pieces, count);

        if (n >= 0)
            advance(&pieces, &count, (size_t)n);
        else if (errno == EAGAIN)
            wait_for(fd, POLLOUT, -1);
        else if (errno != EINTR)
            return -1;
    }
    return 0;
}

int fd_write(int fd, const void *bytes, size_t n)
{
    /* writev does not write through the pointer. */
    struct iovec piece = {.iov_base = slice_unconst(bytes), .iov_len = n};

    return fd_write_pieces(fd, &piece, 1);
}

int fd_write_at(int fd, const void *bytes, size_t n, off_t at)
{
    const char *next = bytes;

    while (n > 0) {
        ssize_t done = pwrite(fd, next, n, at);

        if (done < 0 && errno != EINTR)
            return -1;
        if (done <= 0)
            continue;
        next += done;
        n -= (size_t)done;
        at += done;
    }
    return 0;
}

int fd_flush_system(int fd)
{
    return syncfs(fd);
}

int fd_close(int fd)
{
    if (fd < 0)
        return 0;
    /* After EINTR the descriptor is gone on Linux: never again. */
    return close(fd) < 0 && errno != EINTR ? -1 : 0;
}

int fd_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC);
}

void fd_set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags >= 0)
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

void fd_widen_pipe(int fd, int bytes)
{
#ifdef F_SETPIPE_SZ
    fcntl(fd, F_SETPIPE_SZ, bytes);
#else
    (void)fd;
    (void)bytes;
#endif
}

int fd_memory_file(const char *name)
{
    return memfd_create(name, MFD_CLOEXEC);
}

/* For file systems that have no O_TMPFILE (open(2)): NFS, FUSE. */
static int make_and_unlink(const char *directory)
{
    char path[PATH_MAX];
    int fd;

    if (snprintf(path, sizeof path, "%s/weir-XXXXXX", directory) >=
        (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

int fd_temporary(const char *directory)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
        return make_and_unlink(directory);
    return fd;
}

int fd_copy(int from, int to)
{
    char bytes[64 * 1024];
    off_t at = 0;
    ssize_t n;

    while ((n = pread(from, bytes, sizeof bytes, at)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || fd_write(to, bytes, (size_t)n) < 0)
            return -1;
        at += n;
    }
    return 0;
}

size_t fd_raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 256;
    if (limit.rlim_cur < limit.rlim_max) {
        rlim_t soft = limit.rlim_cur;

        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
            limit.rlim_cur = soft;
    }
    return (size_t)limit.rlim_cur;
}
