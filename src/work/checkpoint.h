/* SPDX-License-Identifier: MIT */
/*
 * checkpoint - how far growing files were read, so that the next run goes on
 * there
 *
 * A file is known by its device and inode, how many bytes of it were read, and
 * a sum over the first and the last of these. If a name has another file now,
 * or the same one was emptied, what was left of the old one is looked for
 * beside it: under another name (rotated), or in a copy (copytruncate), and
 * read before the new one, with those that came between. The old one is left
 * only when the new one has a line: till then its writer may still write to it.
 *
 * Lines that have no newline yet are left for the next run, except at the end
 * of a file that was left.
 *
 * It is a text, one line of JSON, which the caller keeps, best together with
 * what was made of the lines. One owner.
 */
#ifndef WORK_CHECKPOINT_H
#define WORK_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct buf;
struct checkpoint;
struct err;
struct input_part;

/* An output that has its name once the text is kept: "from" is renamed "to". */
struct checkpoint_rename {
    const char *from;
    const char *to;
};

/* Read a text; empty, nothing was read yet. NULL and `err` of kind ERR_STATE.
 */
struct checkpoint *checkpoint_open(struct slice text, struct err *err);

/* The parts may not be used any longer. NULL is fine. */
void checkpoint_close(struct checkpoint *c);

/* Do the rename of a run that was killed before it could. 0, or -1 and `err` of
 * kind ERR_OUTPUT. */
int checkpoint_redo(const struct checkpoint *c, struct err *err);

/*
 * What is new in a file: its parts are added. 0, or -1 and `err` of kind
 * ERR_INPUT. If what was left of the old file is gone, `lost` says from where
 * on, else it is -1.
 */
int checkpoint_follow(struct checkpoint *c, const char *name, long long *lost,
                      struct err *err);

/* The parts of all, in their order; good until checkpoint_close. */
const struct input_part *checkpoint_parts(const struct checkpoint *c,
                                          size_t *count);

/* The text after this run; `rename` may be NULL. */
void checkpoint_write(const struct checkpoint *c,
                      const struct checkpoint_rename *rename, struct buf *out);

#endif
