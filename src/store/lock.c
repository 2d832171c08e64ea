/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* flock, statfs */

#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"

enum { PATH_BYTES = 65536, HOLDER_BYTES = 200 };

/* From linux/magic.h and the sources of those that are not in it. */
const char *lock_refused(long type)
{
    static const struct {
        unsigned long type;
        const char *name;
    } refused[] = {
        {0x6969, "NFS"},      {0x517b, "SMB"},      {0xff534d42, "CIFS"},
        {0xfe534d42, "SMB"},  {0x01021997, "9P"},   {0x65735546, "FUSE"},
        {0x00c36400, "Ceph"}, {0x5346414f, "AFS"},  {0x6b414653, "AFS"},
        {0x73757245, "Coda"}, {0x564c, "NCP"},      {0x0bd00bd0, "Lustre"},
        {0x01161970, "GFS2"}, {0x7461636f, "OCFS2"}};

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (((unsigned long)type & 0xffffffff) == refused[i].type)
            return refused[i].name;
    }
    return NULL;
}

static int check_place(int fd, struct err *err)
{
    struct statfs fs;
    const char *name;

    if (fstatfs(fd, &fs) < 0)
        return err_sys(err, ERR_STATE, "cannot tell its file system");
    name = lock_refused((long)fs.f_type);
    if (name == NULL)
        return 0;
    return err_set(err, ERR_STATE,
                   "on a network file system (%s), where a state could be "
                   "damaged: its locks and shared memory do not reach other "
                   "machines",
                   name);
}

/* What the holder wrote, up to the end of the line, or nothing. */
static void read_holder(int fd, char text[HOLDER_BYTES])
{
    ssize_t n = fd_read_at(fd, text, HOLDER_BYTES - 1, 0);

    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
}

static int refuse(int fd, struct err *err)
{
    char holder[HOLDER_BYTES];

    if (errno != EWOULDBLOCK)
        return err_sys(err, ERR_STATE, "cannot be locked");
    read_holder(fd, holder);
    return err_set(err, ERR_HELD, "another run holds it%s%s",
                   holder[0] != '\0' ? ": " : "", holder);
}

/* For a message only, so that a disk that is full does no harm. */
static void write_holder(int fd)
{
    char stamp[CLOCK_STAMP_SIZE], text[HOLDER_BYTES];
    int len;

    clock_stamp(clock_wall_ms(), stamp);
    len = snprintf(text, sizeof text, "pid %ld, since %s\n", (long)getpid(),
                   stamp);
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)len, 0) != len)
        (void)!ftruncate(fd, 0);
}

static int open_file(const char *path, int flags)
{
    struct buf name;
    int fd;

    buf_init(&name, PATH_BYTES);
    buf_printf(&name, "%s.lock", path);
    fd = open(name.data, flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    buf_release(&name);
    return fd;
}

static int hold(int fd, bool waits)
{
    int failed;

    do {
        failed = flock(fd, waits ? LOCK_EX : LOCK_EX | LOCK_NB);
    } while (failed && errno == EINTR);
    return failed;
}

int lock_take(const char *path, bool waits, struct err *err)
{
    const int fd = open_file(path, O_CREAT);
    int failed;

    if (fd < 0)
        return err_sys(err, ERR_CREATE, "%s.lock", path);
    failed = check_place(fd, err);
    if (!failed && hold(fd, waits) < 0)
        failed = refuse(fd, err);
    if (failed) {
        fd_close(fd);
        return err_wrap(err, "%s", path);
    }
    write_holder(fd);
    return fd;
}

bool lock_held(const char *path)
{
    const int fd = open_file(path, 0);
    bool held;

    if (fd < 0)
        return false;
    held = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    fd_close(fd);
    return held;
}
