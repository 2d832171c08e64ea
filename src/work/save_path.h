/* SPDX-License-Identifier: MIT */
/*
 * save_path - the paths below a directory that files are saved to
 */
#ifndef WORK_SAVE_PATH_H
#define WORK_SAVE_PATH_H

#include <stdbool.h>

#include "base/slice.h"

struct err;

/* Take the next part off a path; false after the last. */
bool save_path_next(struct slice *path, struct slice *part);

/*
 * Whether a path of the list may be written to: relative, no part of it empty,
 * ".", "..", too long, with control characters or named as parts are. 0, or -1
 * with `err` of kind ERR_LIST.
 */
int save_path_check(struct slice path, struct err *err);

#endif
