/* SPDX-License-Identifier: MIT */
#include "work/save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "work/save_path.h"

enum {
    TRIES = 8, /* to take a part that others take and give back */
    DIRECTORY_FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
    /* What lies there may be a FIFO, which must not hold us up. */
    PART_FLAGS = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
    MAKE_FLAGS = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
};

struct save {
    int dir;
    bool local;
    char *path; /* of the directory, as given */
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

/* Whether a file system keeps what it took: those that are known to. Their
 * magic numbers are those of statfs(2). */
static bool is_local(int dir)
{
    static const unsigned long known[] = {
        0xEF53,     0x58465342, 0x9123683E, 0x01021994,
        0x794C7630, 0x2FC12FC1, 0xF2F52010, /* ext xfs btrfs tmpfs overlay zfs
                                             * f2fs */
    };
    struct statfs fs;

    if (fstatfs(dir, &fs) < 0)
        return false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if ((unsigned long)fs.f_type == known[i])
            return true;
    }
    return false;
}

struct save *save_open(const char *directory, bool create, struct err *err)
{
    struct save *save = mem_alloc(sizeof *save);

    save->path = mem_copy_text(directory, strlen(directory));
    save->dir = -1;
    if (!create || make_directories(save->path) == 0)
        save->dir = open(directory, DIRECTORY_FLAGS);
    save->local = save->dir >= 0 && is_local(save->dir);
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

int save_check(const struct save *save, struct err *err)
{
    if (faccessat(save->dir, ".", W_OK | X_OK, AT_EACCESS) == 0)
        return 0;
    return err_sys(err, ERR_CREATE, "%s", save->path);
}

int save_flush(const struct save *save, struct err *err)
{
    if (fd_flush_system(save->dir) == 0)
        return 0;
    return err_sys(err, ERR_OUTPUT, "%s: cannot be flushed", save->path);
}

/* Files */

static int open_directory(int dir, const char *name, bool make)
{
    if (make && mkdirat(dir, name, 0777) < 0 && errno != EEXIST)
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
static int step_down(struct save_file *file, bool make)
{
    int dir = open_directory(file->dir, file->name, make);

    close_directory(file);
    file->dir = dir;
    file->own_dir = dir >= 0;
    return dir < 0 ? -1 : 0;
}

/* Of a small file that is written as a whole printf(3) would be a tenth. */
static void name_part(struct save_file *file, size_t len)
{
    static const char end[] = ".part", note_end[] = ".info";

    file->part[0] = '.';
    memcpy(file->part + 1, file->name, len);
    memcpy(file->part + 1 + len, end, sizeof end);
    len += sizeof end;
    memcpy(file->note, file->part, len);
    memcpy(file->note + len, note_end, sizeof note_end);
}

/* Walk to the directory of the file; leaves the last part in `name`. */
static int walk(struct save_file *file, struct slice path, bool make)
{
    struct slice part = {NULL, 0};

    while (save_path_next(&path, &part)) {
        if (part.len > SAVE_NAME_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(file->name, part.ptr, part.len);
        file->name[part.len] = '\0';
        if (path.ptr != NULL && step_down(file, make) < 0)
            return -1;
    }
    name_part(file, part.len);
    return 0;
}

/* Parts. Their lock is what makes one run the owner; it ends with the process,
 * however that ends. A file system without locks is as if nobody else ran. */

enum owner { OURS, GONE, STRANGE };

/* Whose it is that was opened and locked: another run may have given it its
 * name, or removed it, just before; and a stranger may have put there what he
 * can still write to. */
static enum owner owner_of(struct save_file *file)
{
    struct stat opened, named;

    if (fstat(file->fd, &opened) < 0 ||
        fstatat(file->dir, file->part, &named, AT_SYMLINK_NOFOLLOW) < 0 ||
        opened.st_dev != named.st_dev || opened.st_ino != named.st_ino)
        return GONE;
    file->empty = opened.st_size == 0;
    if (!S_ISREG(opened.st_mode) || opened.st_nlink != 1)
        return STRANGE;
    return file->made || opened.st_uid == geteuid() ? OURS : STRANGE;
}

static int lock_part(struct save_file *file, struct err *err)
{
    if (flock(file->fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return 0;
    fd_close(file->fd);
    return err_set(err, ERR_CREATE, "another run is writing it");
}

/* 1: it is ours; 0: try again; -1 and `err`. */
static int claim_part(struct save_file *file, struct err *err)
{
    enum owner owner;

    if (lock_part(file, err) < 0)
        return -1;
    owner = owner_of(file);
    if (owner == OURS)
        return 1;
    fd_close(file->fd);
    if (owner == GONE || unlinkat(file->dir, file->part, 0) == 0)
        return 0;
    return err_sys(err, ERR_CREATE, "cannot create");
}

/* The errno of a part that could not be opened: whether to try again. */
static bool opens_later(const struct save_file *file)
{
    const int sys = errno;

    /* A link, a socket, one that we may not write to. */
    if ((sys == ELOOP || sys == ENXIO || sys == EACCES) &&
        unlinkat(file->dir, file->part, 0) == 0)
        return true;
    errno = sys; /* what removes nothing tells nothing */
    return sys == EEXIST || sys == ENOENT;
}

/* Open the part there is, or else make it, and lock it. */
static int take_part(struct save_file *file, struct err *err)
{
    for (int i = 0; i < TRIES; i++) {
        int locked;

        file->fd = openat(file->dir, file->part, MAKE_FLAGS, 0666);
        file->made = file->fd >= 0;
        if (!file->made && errno == EEXIST)
            file->fd = openat(file->dir, file->part, PART_FLAGS);
        if (file->fd < 0 && !opens_later(file))
            return err_sys(err, ERR_CREATE, "cannot create");
        locked = file->fd < 0 ? 0 : claim_part(file, err);
        if (locked != 0)
            return locked < 0 ? -1 : 0;
    }
    return err_set(err, ERR_CREATE, "another run is writing it");
}

int save_cut(struct save_file *file, uint64_t length, struct err *err)
{
    if (ftruncate(file->fd, (off_t)length) < 0 ||
        lseek(file->fd, (off_t)length, SEEK_SET) < 0)
        return err_sys(err, ERR_OUTPUT, "cannot cut it");
    return 0;
}

/* First of all: it must never tell of what follows. */
static int forget_note(struct save_file *file, struct err *err)
{
    if (unlinkat(file->dir, file->note, 0) < 0 && errno != ENOENT)
        return err_sys(err, ERR_OUTPUT, "cannot remove its note");
    file->noted = false;
    return 0;
}

int save_restart(struct save_file *file, struct err *err)
{
    if (forget_note(file, err) < 0)
        return -1;
    return save_cut(file, 0, err);
}

/* Open the part, whatever is in it. */
static int begin(const struct save *save, struct save_file *file,
                 struct slice path, struct err *err)
{
    *file =
        (struct save_file){.dir = save->dir, .fd = -1, .local = save->local};
    if (walk(file, path, true) < 0) {
        close_directory(file);
        return err_sys(err, ERR_CREATE, "cannot create");
    }
    if (take_part(file, err) < 0) {
        close_directory(file);
        return -1;
    }
    file->open = true;
    return 0;
}

static int make_empty(struct save_file *file, struct err *err)
{
    return file->empty ? 0 : save_cut(file, 0, err);
}

int save_begin(const struct save *save, struct save_file *file,
               struct slice path, struct err *err)
{
    if (begin(save, file, path, err) < 0)
        return -1;
    if (forget_note(file, err) == 0 && make_empty(file, err) == 0)
        return 0;
    save_drop(file);
    return -1;
}

/* The note, if it is one that we wrote. */
static int read_note(const struct save_file *file, struct buf *note)
{
    int fd = openat(file->dir, file->note,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    char text[SAVE_NOTE_MAX + 1];
    struct stat st;
    ssize_t n = -1;

    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
        st.st_nlink == 1 && st.st_uid == geteuid())
        n = fd_read_at(fd, text, sizeof text, 0);
    fd_close(fd);
    buf_clear(note);
    return n <= 0 || n > SAVE_NOTE_MAX ? -1 : buf_add(note, text, (size_t)n);
}

static int reopen(struct save_file *file, struct buf *note, struct err *err)
{
    file->fd = openat(file->dir, file->part, PART_FLAGS);
    if (file->fd < 0)
        return 0;
    if (lock_part(file, err) < 0)
        return -1;
    if (owner_of(file) == OURS && read_note(file, note) == 0)
        return 1;
    fd_close(file->fd);
    return 0;
}

int save_reopen(struct save *save, struct save_file *file, struct slice path,
                struct buf *note, struct err *err)
{
    int found;

    *file =
        (struct save_file){.dir = save->dir, .fd = -1, .local = save->local};
    found = walk(file, path, false) < 0 ? 0 : reopen(file, note, err);
    file->open = found == 1;
    file->noted = file->open;
    if (!file->open)
        close_directory(file);
    return found;
}

int save_note(struct save_file *file, struct slice note, struct err *err)
{
    int fd, failed;

    unlinkat(file->dir, file->note, 0);
    fd = openat(file->dir, file->note, MAKE_FLAGS, 0666);
    if (fd < 0)
        return err_sys(err, ERR_OUTPUT, "cannot note what it is");
    file->noted = true;
    failed = fd_write(fd, note.ptr, note.len);
    if (fd_close(fd) < 0 || failed < 0)
        return err_sys(err, ERR_OUTPUT, "cannot note what it is");
    return 0;
}

uint64_t save_size(const struct save_file *file)
{
    struct stat st;

    return fstat(file->fd, &st) < 0 ? 0 : (uint64_t)st.st_size;
}

int save_create(const struct save *save, const char *name)
{
    if (unlinkat(save->dir, name, 0) < 0 && errno != ENOENT)
        return -1;
    return openat(save->dir, name,
                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

int save_write(struct save_file *file, struct slice bytes, struct err *err)
{
    if (fd_write(file->fd, bytes.ptr, bytes.len) < 0)
        return err_sys(err, ERR_OUTPUT, "cannot write");
    return 0;
}

int save_write_at(struct save_file *file, struct slice bytes, uint64_t at,
                  struct err *err)
{
    if (fd_write_at(file->fd, bytes.ptr, bytes.len, (off_t)at) < 0)
        return err_sys(err, ERR_OUTPUT, "cannot write");
    return 0;
}

/* A close tells what NFS could not write, but the lock has to last until the
 * part has its name: so that of a second descriptor is asked. */
static int flush(const struct save_file *file)
{
    int fd = file->local ? -1 : fcntl(file->fd, F_DUPFD_CLOEXEC, 0);

    if (file->local)
        return 0;
    return fd < 0 ? -1 : fd_close(fd);
}

static void leave(struct save_file *file)
{
    fd_close(file->fd);
    file->fd = -1;
    file->open = false;
    close_directory(file);
}

/* Before the part itself, so that none is ever without one. */
static void remove_note(struct save_file *file)
{
    if (file->noted)
        unlinkat(file->dir, file->note, 0);
    file->noted = false;
}

int save_commit(struct save_file *file, struct err *err)
{
    remove_note(file);
    if (flush(file) < 0 ||
        renameat(file->dir, file->part, file->dir, file->name) < 0) {
        err_sys(err, ERR_OUTPUT, "cannot finish");
        save_drop(file);
        return -1;
    }
    leave(file);
    return 0;
}

void save_drop(struct save_file *file)
{
    if (!file->open)
        return;
    remove_note(file);
    unlinkat(file->dir, file->part, 0);
    leave(file);
}

void save_keep(struct save_file *file)
{
    if (file->open)
        leave(file);
}

int save_whole(const struct save *save, struct slice path, struct slice bytes,
               struct err *err)
{
    struct save_file file;

    if (begin(save, &file, path, err) < 0)
        return -1;
    /* A part that was made just now has no note, as notes go first. */
    if ((file.made || forget_note(&file, err) == 0) &&
        make_empty(&file, err) == 0 && save_write(&file, bytes, err) == 0)
        return save_commit(&file, err);
    save_drop(&file);
    return -1;
}

void save_clear(const struct save *save, struct slice path)
{
    struct save_file file;
    struct err unused;

    if (save_begin(save, &file, path, &unused) == 0)
        save_drop(&file);
}

int save_look(const struct save *save, struct slice path, uint64_t *size)
{
    struct save_file file = {.dir = save->dir, .fd = -1};
    struct stat st;

    if (walk(&file, path, false) == 0)
        file.fd = openat(file.dir, file.name,
                         O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    close_directory(&file);
    if (file.fd >= 0 && fstat(file.fd, &st) == 0 && S_ISREG(st.st_mode)) {
        *size = (uint64_t)st.st_size;
        return file.fd;
    }
    fd_close(file.fd);
    return -1;
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
