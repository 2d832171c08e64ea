/* SPDX-License-Identifier: MIT */
/* checkpoint_file - a file as a checkpoint knows it, and where it went */
#ifndef WORK_CHECKPOINT_FILE_H
#define WORK_CHECKPOINT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/digest.h"

enum { CHECKPOINT_PATH_SIZE = 4096 };

/* So much of a file was read. */
struct checkpoint_file {
    uint64_t device;
    uint64_t inode;
    off_t offset;
    uint64_t noted_ns; /* when; as files tell when they were written to */
    char sum[DIGEST_HEX_SIZE]; /* over the first and the last bytes read; "":
                                * nothing is known */
};

/* A file that was found, open. */
struct checkpoint_found {
    char path[CHECKPOINT_PATH_SIZE];
    int fd; /* the caller's */
    off_t size;
    int64_t changed_ns; /* when it was written to last */
};

/* Whether the descriptor's file is this one, and has what was read. */
bool checkpoint_file_is(const struct checkpoint_file *file, int fd);

/* Note that so much of it was read. 0, or -1 with errno. */
int checkpoint_file_note(struct checkpoint_file *file, int fd, off_t offset);

/* Behind the last newline from `from` up to `size`; `from` if there is none. */
off_t checkpoint_file_lines(int fd, off_t from, off_t size);

/* Look for the file beside `name`, which has that of `fd` now: by its inode,
 * or as a copy with the same bytes and a name that begins alike. */
bool checkpoint_file_find(const struct checkpoint_file *file, const char *name,
                          int fd, struct checkpoint_found *found);

/* Files that are called as `name` with a number or a date behind it and were
 * written to after `old`, in that order; the caller frees the array, and closes
 * them. Not that of `fd`. */
size_t checkpoint_file_between(const char *name,
                               const struct checkpoint_found *old, int fd,
                               struct checkpoint_found **between);

#endif
