/* SPDX-License-Identifier: MIT */
/*
 * replace - a file that is there whole, or as it was before
 *
 * What is written goes beside its place, and has its name only once it is
 * committed: synced, renamed, and its directory synced. Before that it has no
 * name at all where the file system can do that, so that SIGKILL leaves nothing
 * behind; else a random one, that ends in .part. It gets the permissions of the
 * file that it replaces. If the place is a
 * symbolic link, the file it leads to is replaced, not the link. What cannot
 * be replaced (a device, a pipe, stdout as "-") is written to directly. One
 * owner.
 */
#ifndef BASE_REPLACE_H
#define BASE_REPLACE_H

#include <stdbool.h>

#include "base/slice.h"

struct err;

enum { REPLACE_PATH_SIZE = 4096 };

/* The caller's storage; zeroed, it is none. */
struct replace {
    int fd;           /* to write to, while `open` */
    bool open;        /* neither committed nor dropped yet */
    bool synced;      /* and closed: only its name is missing */
    bool unnamed;     /* there is nothing at `beside` yet */
    bool direct;      /* written to directly: there is nothing to rename */
    const char *name; /* as given, for messages; borrowed */
    char target[REPLACE_PATH_SIZE];
    char beside[REPLACE_PATH_SIZE];
};

/* Begin. 0, or -1 and `err` of kind ERR_CREATE. */
int replace_open(struct replace *r, const char *path, struct err *err);

/* Bring it to the disk, so that replace_commit only has to rename `beside` to
 * `target`. 0, or -1 and `err` of kind ERR_OUTPUT; then it was dropped. */
int replace_sync(struct replace *r, struct err *err);

/* All is well: give it its name. 0, or -1 and `err` of kind ERR_OUTPUT; then it
 * was dropped. */
int replace_commit(struct replace *r, struct err *err);

/* Remove what was written, if it is not committed. Zeroed is fine. */
void replace_drop(struct replace *r);

/* Give a file that somebody else wrote and synced, beside its place, its name,
 * and sync the directory. 0, or -1 with errno. */
int replace_rename(const char *from, const char *to);

/* All of that for bytes that are at hand. 0, or -1 and `err` of kind ERR_CREATE
 * or ERR_OUTPUT. */
int replace_file(const char *path, struct slice bytes, struct err *err);

#endif
