/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* realpath, O_TMPFILE */

#include "base/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/hash.h"

/* /dev/stderr and the like are links to whatever is open: never replaced. */
static bool is_replaceable(const char *path)
{
    struct stat st;

    if (strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0)
        return false;
    return stat(path, &st) < 0 || S_ISREG(st.st_mode);
}

static int open_direct(struct replace *r, const char *path, struct err *err)
{
    const bool to_stdout = strcmp(path, "-") == 0;

    r->name = to_stdout ? "stdout" : path;
    r->fd =
        to_stdout ? STDOUT_FILENO : open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (r->fd < 0)
        return err_sys(err, ERR_CREATE, "%s", path);
    r->direct = true;
    r->open = true;
    return 0;
}

static void directory_of(const char *path, char directory[REPLACE_PATH_SIZE])
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        snprintf(directory, REPLACE_PATH_SIZE, ".");
    else
        snprintf(directory, REPLACE_PATH_SIZE, "%.*s",
                 slash == path ? 1 : (int)(slash - path), path);
}

/* open(2) and its O_TMPFILE. NFS and FUSE have none; and it can be given a name
 * without privileges only by way of /proc. */
static int open_beside(struct replace *r)
{
    const char *slash = strrchr(r->beside, '/');
    char directory[REPLACE_PATH_SIZE];

    /* Else that would be told when all is done. */
    if (strlen(slash != NULL ? slash + 1 : r->beside) > NAME_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    directory_of(r->beside, directory);
    if (access("/proc/self/fd", X_OK) == 0)
        r->fd = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    r->unnamed = r->fd >= 0;
    if (!r->unnamed)
        r->fd =
            open(r->beside,
                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    return r->fd < 0 ? -1 : 0;
}

/* The new file is as private as the one whose place it takes, and belongs to
 * whom that belongs, if we may give it away. */
static void keep_mode(const struct replace *r)
{
    struct stat st;

    if (stat(r->target, &st) < 0)
        return;
    if ((st.st_uid == geteuid() && st.st_gid == getegid()) ||
        fchown(r->fd, st.st_uid, st.st_gid) == 0 || errno == EPERM)
        fchmod(r->fd, st.st_mode & 0777);
}

static int give_name(struct replace *r)
{
    char path[64];

    if (!r->unnamed)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", r->fd);
    if (linkat(AT_FDCWD, path, AT_FDCWD, r->beside, AT_SYMLINK_FOLLOW) < 0)
        return -1;
    r->unnamed = false;
    return 0;
}

int replace_open(struct replace *r, const char *path, struct err *err)
{
    char target[PATH_MAX];

    *r = (struct replace){.fd = -1};
    if (strcmp(path, "-") == 0 || !is_replaceable(path))
        return open_direct(r, path, err);
    r->name = path;
    if (realpath(path, target) != NULL)
        path = target;
    snprintf(r->target, sizeof r->target, "%s", path);
    /* A random name: what a killed run left must not stop this one. */
    if (snprintf(r->beside, sizeof r->beside, "%s.%08x.part", path,
                 (unsigned)hash_key_new().k0) >= (int)sizeof r->beside)
        return err_set(err, ERR_CREATE, "%s: name too long", path);
    if (open_beside(r) < 0)
        return err_sys(err, ERR_CREATE, "%s", path);
    keep_mode(r);
    r->open = true;
    return 0;
}

/* The rename is durable once the directory is. */
static int sync_directory(const char *path)
{
    char directory[REPLACE_PATH_SIZE];
    int fd, failed;

    directory_of(path, directory);
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == EACCES ? 0 : -1; /* it may be for writing only */
    failed = fsync(fd) < 0 && errno != EINVAL && errno != EROFS;
    fd_close(fd);
    return failed ? -1 : 0;
}

int replace_rename(const char *from, const char *to)
{
    return rename(from, to) < 0 || sync_directory(to) < 0 ? -1 : 0;
}

/* What has no sync (a pipe, a device) has nothing to lose by it. */
static int sync_file(int fd)
{
    return fsync(fd) < 0 && errno != EINVAL && errno != EROFS ? -1 : 0;
}

/* Closed in any case; -1 with errno when something of it was lost. */
static int finish(struct replace *r)
{
    int failed, sys;

    if (r->synced)
        return 0;
    failed = sync_file(r->fd) < 0 || (!r->direct && give_name(r) < 0) ? -1 : 0;
    sys = errno;
    if (r->fd != STDOUT_FILENO && fd_close(r->fd) < 0 && failed == 0) {
        failed = -1;
        sys = errno;
    }
    r->fd = -1;
    r->synced = true;
    errno = sys;
    return failed;
}

int replace_sync(struct replace *r, struct err *err)
{
    if (finish(r) == 0 && (r->direct || sync_directory(r->beside) == 0))
        return 0;
    err_sys(err, ERR_OUTPUT, "%s", r->name);
    replace_drop(r);
    return -1;
}

int replace_commit(struct replace *r, struct err *err)
{
    if (finish(r) == 0 &&
        (r->direct || replace_rename(r->beside, r->target) == 0)) {
        r->open = false;
        return 0;
    }
    err_sys(err, ERR_OUTPUT, "%s", r->name);
    replace_drop(r);
    return -1;
}

void replace_drop(struct replace *r)
{
    if (!r->open)
        return;
    if (r->fd != STDOUT_FILENO)
        fd_close(r->fd);
    if (!r->direct && !r->unnamed)
        unlink(r->beside);
    r->open = false;
}

int replace_file(const char *path, struct slice bytes, struct err *err)
{
    struct replace r = {0};

    if (replace_open(&r, path, err) < 0)
        return -1;
    if (fd_write(r.fd, bytes.ptr, bytes.len) < 0) {
        err_sys(err, ERR_OUTPUT, "%s", r.name);
        replace_drop(&r);
        return -1;
    }
    return replace_commit(&r, err);
}
