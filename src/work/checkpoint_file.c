/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* memrchr */

#include "work/checkpoint_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"

enum {
    EDGE_BYTES = 1024, /* that are summed at each end */
    STEP = 1 << 16,
    BETWEEN_MAX = 1000,
};

/* -1 with errno; a file that is too short has another sum. */
static int sum_at(int fd, off_t offset, char *hex)
{
    const size_t n = offset < EDGE_BYTES ? (size_t)offset : EDGE_BYTES;
    struct digest *digest = digest_new();
    char bytes[EDGE_BYTES];
    ssize_t first = fd_read_at(fd, bytes, n, 0);
    ssize_t last = -1;

    if (first >= 0) {
        digest_add(digest, slice_of(bytes, (size_t)first));
        last = fd_read_at(fd, bytes, n, offset - (off_t)n);
    }
    if (last >= 0) {
        digest_add(digest, slice_of(bytes, (size_t)last));
        digest_finish(digest, hex);
    }
    digest_free(digest);
    return last < 0 ? -1 : 0;
}

static bool has_read(const struct checkpoint_file *file, int fd, off_t size)
{
    char sum[DIGEST_HEX_SIZE];

    return size >= file->offset && sum_at(fd, file->offset, sum) == 0 &&
           strcmp(sum, file->sum) == 0;
}

static bool same_inode(const struct checkpoint_file *file,
                       const struct stat *st)
{
    return file->device == (uint64_t)st->st_dev &&
           file->inode == (uint64_t)st->st_ino;
}

bool checkpoint_file_is(const struct checkpoint_file *file, int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && same_inode(file, &st) &&
           has_read(file, fd, st.st_size);
}

int checkpoint_file_note(struct checkpoint_file *file, int fd, off_t offset)
{
    struct timespec now;
    struct stat st;

    if (fstat(fd, &st) < 0 || sum_at(fd, offset, file->sum) < 0)
        return -1;
    file->device = (uint64_t)st.st_dev;
    file->inode = (uint64_t)st.st_ino;
    file->offset = offset;
    clock_gettime(CLOCK_REALTIME, &now);
    file->noted_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    return 0;
}

off_t checkpoint_file_lines(int fd, off_t from, off_t size)
{
    char bytes[STEP];
    off_t at = size;

    while (at > from) {
        const off_t begin = at - from > STEP ? at - STEP : from;
        const ssize_t got = fd_read_at(fd, bytes, (size_t)(at - begin), begin);
        const char *newline =
            got > 0 ? memrchr(bytes, '\n', (size_t)got) : NULL;

        if (newline != NULL)
            return begin + (newline - bytes) + 1;
        at = begin;
    }
    return from;
}

/* Looking beside it */

/* The directory's length in a path, with its slash, and the name behind it. */
static size_t split(const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');

    *name = slash != NULL ? slash + 1 : path;
    return (size_t)(*name - path);
}

static struct dirent *next_entry(DIR *dir)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else has this stream. */
    return dir != NULL ? readdir(dir) : NULL;
}

static DIR *open_directory(const char *path, char *directory)
{
    const char *name;
    const size_t len = split(path, &name);

    snprintf(directory, CHECKPOINT_PATH_SIZE, "%.*s", (int)len, path);
    return opendir(len > 0 ? directory : ".");
}

/* Open a regular file of the directory; false if it is none. */
static bool open_found(const char *directory, const char *name,
                       struct checkpoint_found *found, struct stat *st)
{
    if (snprintf(found->path, sizeof found->path, "%s%s", directory, name) >=
        (int)sizeof found->path)
        return false;
    if (lstat(found->path, st) < 0 || !S_ISREG(st->st_mode))
        return false;
    found->fd = open(found->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (found->fd < 0)
        return false;
    found->size = st->st_size;
    found->changed_ns =
        (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
    return true;
}

/* A copy has a name that begins as the file's does, up to the first dot. */
static bool is_akin(const char *name, const char *other)
{
    const size_t stem = strcspn(name + (name[0] == '.'), ".-_");

    return strncmp(name, other, stem + (name[0] == '.')) == 0;
}

/* The file itself, or a copy of what was read of it. */
static bool is_the_file(const struct checkpoint_file *file,
                        const struct checkpoint_found *f, const struct stat *st,
                        bool copy)
{
    if (same_inode(file, st) == copy || (copy && file->offset == 0))
        return false;
    return has_read(file, f->fd, f->size);
}

static bool is_at(int fd, const struct stat *other)
{
    struct stat st;

    return fstat(fd, &st) == 0 && st.st_dev == other->st_dev &&
           st.st_ino == other->st_ino;
}

static bool find(const struct checkpoint_file *file, const char *name, int fd,
                 bool copy, struct checkpoint_found *found)
{
    char directory[CHECKPOINT_PATH_SIZE];
    const char *base;
    struct dirent *entry;
    DIR *dir = open_directory(name, directory);
    bool there = false;

    split(name, &base);
    while (!there && (entry = next_entry(dir)) != NULL) {
        struct stat st;

        if ((copy && !is_akin(base, entry->d_name)) ||
            !open_found(directory, entry->d_name, found, &st))
            continue;
        there = !is_at(fd, &st) && is_the_file(file, found, &st, copy);
        if (!there)
            fd_close(found->fd);
    }
    if (dir != NULL)
        closedir(dir);
    return there;
}

bool checkpoint_file_find(const struct checkpoint_file *file, const char *name,
                          int fd, struct checkpoint_found *found)
{
    return find(file, name, fd, false, found) ||
           find(file, name, fd, true, found);
}

/* "app.log.1", "app.log-20261123": the name, and then no letters. */
static bool is_rotated(const char *name, const char *other)
{
    const size_t len = strlen(name);

    return strncmp(name, other, len) == 0 &&
           (other[len] == '.' || other[len] == '-') && other[len + 1] != '\0' &&
           strspn(other + len, ".-_0123456789") == strlen(other + len);
}

static int by_time(const void *a, const void *b)
{
    const struct checkpoint_found *x = a, *y = b;

    return (x->changed_ns > y->changed_ns) - (x->changed_ns < y->changed_ns);
}

size_t checkpoint_file_between(const char *name,
                               const struct checkpoint_found *old, int fd,
                               struct checkpoint_found **between)
{
    char directory[CHECKPOINT_PATH_SIZE];
    struct checkpoint_found *all = NULL;
    const char *base;
    struct dirent *entry;
    DIR *dir = open_directory(name, directory);
    size_t count = 0;

    split(name, &base);
    while (count < BETWEEN_MAX && (entry = next_entry(dir)) != NULL) {
        struct checkpoint_found *f;
        struct stat st;

        if (!is_rotated(base, entry->d_name))
            continue;
        all = mem_resize(all, (count + 1) * sizeof *all);
        f = &all[count];
        if (!open_found(directory, entry->d_name, f, &st))
            continue;
        if (f->changed_ns > old->changed_ns && !is_at(fd, &st) &&
            !is_at(old->fd, &st))
            count++;
        else
            fd_close(f->fd);
    }
    if (dir != NULL)
        closedir(dir);
    if (count > 1)
        qsort(all, count, sizeof *all, by_time);
    *between = all;
    return count;
}
