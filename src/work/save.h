/* SPDX-License-Identifier: MIT */
/*
 * save - files that have their name only when they are whole
 *
 * A file is written beside its place, as .NAME.part, and renamed when the
 * caller says that it is whole; else it is removed. All of it happens below one
 * directory that was opened at the start: no name leads out of it, and no
 * symbolic link is followed below it. An older file of the name is replaced in
 * one step. Errors of files do not name them: the caller knows the whole path.
 *
 * What a killed run left under the part's name is used again by the next that
 * writes the same file, so nothing piles up. A lock on the part keeps two runs
 * from writing one file; a part that is a link, has a second name or is another
 * user's is removed first.
 *
 * Where a URL gives the name, it is what follows the last slash of the path,
 * percent-decoded once. Made safe on every file system: control characters,
 * any of / \ : * ? " < > | and what is not UTF-8 become `_`, as do a first dot
 * or dash and a last dot or space; a device of Windows (CON, nul.txt) gets a
 * `_` before it; an empty one is index.html; of more than SAVE_NAME_MAX bytes
 * the first ones are kept, with `-` and a hash of the whole. Never what a
 * server says.
 */
#ifndef WORK_SAVE_H
#define WORK_SAVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct buf;
struct err;
struct save;

enum {
    SAVE_NAME_MAX = 200, /* bytes of a name, and of each part of a path */
    SAVE_PART_SIZE = SAVE_NAME_MAX + 16,
    SAVE_HASH_LEN = 2 + 32,
    SAVE_NOTE_MAX = 1024, /* bytes of a note */
};

/* A file being written; the caller's storage, zeroed or after save_end. */
struct save_file {
    int dir; /* where it is to be */
    bool own_dir;
    int fd;
    bool open;
    bool noted; /* there is a note */
    bool made;  /* it was not there */
    bool empty; /* it was when it was opened */
    bool local; /* its file system tells of faults when it is written to */
    char name[SAVE_NAME_MAX + 1];
    char part[SAVE_PART_SIZE];
    char note[SAVE_PART_SIZE]; /* beside the part */
};

/*
 * Open the directory, and with `create` make it, as mkdir -p. NULL and `err`
 * of kind ERR_CREATE.
 */
struct save *save_open(const char *directory, bool create, struct err *err);
void save_close(struct save *save);

/* Whether files can be made in it now; -1 and `err` of kind ERR_CREATE. */
int save_check(const struct save *save, struct err *err);

/* Write the name of a URL's path into `name`, which is cleared first. */
void save_name(struct slice url_path, struct buf *name);

/*
 * Write `text` as a name into `name`, which is cleared first, so that no two
 * texts have the same: slashes, control characters, `%`, what is not UTF-8 and
 * a leading dot or dash become %XX; of more than `most` bytes (at least
 * SAVE_HASH_LEN) the first ones are kept, with `%-` and a hash of the whole.
 */
void save_encode(struct slice text, size_t most, struct buf *name);

/*
 * Begin a file at a path below the directory (from save_name, or checked), with
 * nothing in it; directories on its way are made. Else -1 with `err` of kind
 * ERR_CREATE or ERR_OUTPUT and its errno, which is 0 if another run has it.
 */
int save_begin(const struct save *save, struct save_file *file,
               struct slice path, struct err *err);

/*
 * Open what an earlier run left of a file, if that has a note, which is put
 * into `note`, and stand at its start. 1; 0: there is none, nothing is open; -1
 * and `err` of kind ERR_CREATE: another run has it.
 */
int save_reopen(struct save *save, struct save_file *file, struct slice path,
                struct buf *note, struct err *err);

/* Write the note of an open file, in place of any. -1 as save_write. */
int save_note(struct save_file *file, struct slice note, struct err *err);

/* Forget what is in an open file and its note, and begin it again. -1 as
 * save_write. */
int save_restart(struct save_file *file, struct err *err);

/* Make an open file `length` bytes long, and go on there. -1 as save_write. */
int save_cut(struct save_file *file, uint64_t length, struct err *err);

/* Bytes that are in an open file. */
uint64_t save_size(const struct save_file *file);

/*
 * Make a file that has its name at once, for those who want to see it grow; an
 * older one is removed, whoever has it open. `name` from save_encode. Its
 * descriptor, or -1 with errno.
 */
int save_create(const struct save *save, const char *name);

/* Append. -1 with `err` of kind ERR_OUTPUT and its errno. */
int save_write(struct save_file *file, struct slice bytes, struct err *err);

/* Write at a place, wherever save_write goes on. -1 as save_write. */
int save_write_at(struct save_file *file, struct slice bytes, uint64_t at,
                  struct err *err);

/* It is whole: give it its name. -1 as save_write; then it is removed. */
int save_commit(struct save_file *file, struct err *err);

/* Remove it, if it is still open. */
void save_drop(struct save_file *file);

/* Leave it and its note to a later save_reopen, if it is still open. */
void save_keep(struct save_file *file);

/*
 * Make a file of these bytes in one go: begun, written and committed, or -1 and
 * `err` as those have it. Any thread, at one path at a time.
 */
int save_whole(const struct save *save, struct slice path, struct slice bytes,
               struct err *err);

/* Remove what a killed run left of a file that will not be. Any thread. */
void save_clear(const struct save *save, struct slice path);

/* Open a file that has its name, to read; its descriptor and `*size`, or -1: it
 * is not there, or something else is. */
int save_look(const struct save *save, struct slice path, uint64_t *size);

/* Whatever has its name below the directory, on its file system, outlasts a
 * loss of power from now on. -1 with `err` of kind ERR_OUTPUT. Any thread. */
int save_flush(const struct save *save, struct err *err);

/* Append the path of a file as a person finds it. */
int save_add_path(const struct save *save, struct slice path, struct buf *out);

/* Whether an errno says that no other file could be written either. */
bool save_disk_failed(int sys);

#endif
