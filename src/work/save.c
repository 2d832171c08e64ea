/* SPDX-License-Identifier: MIT */
#include "work/save.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/mem.h"

enum {
    TRIES = 8, /* random names, should one exist */
    DIRECTORY_FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
};

struct save {
    int dir;
    char *path; /* of the directory, as given */
    struct hash_key key;
    uint64_t count;
};

/* As mkdir -p: a part that exists is well, whatever it is; the open tells. */
static int make_directories(char *path)
{
    for (char *at = path + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(path, 0777) < 0 && errno != EEXIST && errno != EISDIR)
            return -1;
        *at = '/';
    }
    return mkdir(path, 0777) < 0 && errno != EEXIST ? -1 : 0;
}

struct save *save_open(const char *directory, bool create, struct err *err)
{
    struct save *save = mem_alloc(sizeof *save);

    save->path = mem_copy_text(directory, strlen(directory));
    save->key = hash_key_new();
    save->dir = -1;
    if (!create || make_directories(save->path) == 0)
        save->dir = open(directory, DIRECTORY_FLAGS);
    if (save->dir >= 0)
        return save;
    err_sys(err, ERR_CREATE, "%s", directory);
    save_close(save);
    return NULL;
}

void save_close(struct save *save)
{
    if (save == NULL)
        return;
    fd_close(save->dir);
    mem_free(save->path);
    mem_free(save);
}

/* Paths */

/* The next part of a path; false after the last. */
static bool next_part(struct slice *path, struct slice *part)
{
    const char *slash;

    if (path->ptr == NULL)
        return false;
    slash = path->len > 0 ? memchr(path->ptr, '/', path->len) : NULL;
    *part = *path;
    if (slash == NULL) {
        *path = slice_of(NULL, 0);
        return true;
    }
    part->len = (size_t)(slash - path->ptr);
    *path = slice_of(slash + 1, path->len - part->len - 1);
    return true;
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static const char *judge_part(struct slice part)
{
    if (part.len == 0)
        return "has an empty part";
    if (slice_is(part, ".") || slice_is(part, ".."))
        return "may not have . or .. in it";
    if (part.len > SAVE_NAME_MAX)
        return "has a part of more than 200 bytes";
    for (size_t i = 0; i < part.len; i++) {
        if (is_control(part.ptr[i]))
            return "has control characters";
    }
    return NULL;
}

int save_check_path(struct slice path, struct err *err)
{
    const char *fault = NULL;
    struct slice part;

    if (path.len > 0 && path.ptr[0] == '/')
        return err_set(err, ERR_LIST, "output path must be relative");
    while (fault == NULL && next_part(&path, &part))
        fault = judge_part(part);
    return fault == NULL ? 0 : err_set(err, ERR_LIST, "output path %s", fault);
}

/* Files */

static int open_directory(int dir, const char *name)
{
    if (mkdirat(dir, name, 0777) < 0 && errno != EEXIST)
        return -1;
    return openat(dir, name, DIRECTORY_FLAGS | O_NOFOLLOW);
}

static void close_directory(struct save_file *file)
{
    int sys = errno;

    if (file->own_dir)
        fd_close(file->dir);
    file->own_dir = false;
    errno = sys;
}

/* One step down, to the directory `name` in the present one. */
static int step_down(struct save_file *file)
{
    int dir = open_directory(file->dir, file->name);

    close_directory(file);
    file->dir = dir;
    file->own_dir = dir >= 0;
    return dir < 0 ? -1 : 0;
}

/* Walk to the directory of the file; leaves the last part in `name`. */
static int walk(struct save_file *file, struct slice path)
{
    struct slice part;

    while (next_part(&path, &part)) {
        if (part.len > SAVE_NAME_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(file->name, part.ptr, part.len);
        file->name[part.len] = '\0';
        if (path.ptr != NULL && step_down(file) < 0)
            return -1;
    }
    return 0;
}

static int create_part(struct save *save, struct save_file *file)
{
    for (int i = 0; i < TRIES; i++) {
        uint64_t count = ++save->count;
        uint64_t random =
            hash_bytes(save->key, slice_of((const char *)&count, sizeof count));

        snprintf(file->part, sizeof file->part, ".%s.%08" PRIx32 ".part",
                 file->name, (uint32_t)random);
        file->fd =
            openat(file->dir, file->part,
                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (file->fd >= 0 || errno != EEXIST)
            break;
    }
    return file->fd < 0 ? -1 : 0;
}

int save_create(const struct save *save, const char *name)
{
    if (unlinkat(save->dir, name, 0) < 0 && errno != ENOENT)
        return -1;
    return openat(save->dir, name,
                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

int save_begin(struct save *save, struct save_file *file, struct slice path,
               struct err *err)
{
    *file = (struct save_file){.dir = save->dir, .fd = -1};
    if (walk(file, path) < 0 || create_part(save, file) < 0) {
        close_directory(file);
        return err_sys(err, ERR_CREATE, "cannot create");
    }
    file->open = true;
    return 0;
}

int save_write(struct save_file *file, struct slice bytes, struct err *err)
{
    if (fd_write(file->fd, bytes.ptr, bytes.len) < 0)
        return err_sys(err, ERR_OUTPUT, "cannot write");
    return 0;
}

int save_commit(struct save_file *file, struct err *err)
{
    int fd = file->fd;

    file->fd = -1;
    if (fd_close(fd) < 0 ||
        renameat(file->dir, file->part, file->dir, file->name) < 0) {
        err_sys(err, ERR_OUTPUT, "cannot finish");
        save_drop(file);
        return -1;
    }
    file->open = false;
    close_directory(file);
    return 0;
}

void save_drop(struct save_file *file)
{
    if (!file->open)
        return;
    fd_close(file->fd);
    unlinkat(file->dir, file->part, 0);
    file->open = false;
    close_directory(file);
}

int save_add_path(const struct save *save, struct slice path, struct buf *out)
{
    size_t len = strlen(save->path);

    if (strcmp(save->path, ".") != 0) {
        if (buf_add_text(out, save->path) < 0)
            return -1;
        if (len > 0 && save->path[len - 1] != '/' && buf_add_char(out, '/') < 0)
            return -1;
    }
    return buf_add_slice(out, path);
}

bool save_disk_failed(int sys)
{
    return sys == ENOSPC || sys == EDQUOT || sys == EFBIG || sys == EIO;
}
