/* SPDX-License-Identifier: MIT */
/*
 * module - where the modules of a program are found
 *
 * A search path has directories as a program or a user names them: "~/x" is
 * below the home, "$ORIGIN/x" below the directory of the running program, "."
 * and other relative ones below that of the file that imports; "." is the
 * current directory, too. A list is an array of strings, in an arena.
 */
#ifndef JQ_MODULE_H
#define JQ_MODULE_H

#include <stddef.h>

#include "base/slice.h"
#include "jq/val.h"

struct arena;
struct buf;
struct err;
struct eval;

/* More than this in one module or data file is a mistake. */
enum { MODULE_MAX_BYTES = 64 << 20, MODULE_MAX_DATA = 1 << 30 };

/* Borrowed by the compiler and the code. */
struct module_search {
    const char *const *dirs; /* to be looked through, or none: the usual ones */
    size_t dir_count;
    struct slice home;   /* ptr NULL: nobody said */
    struct slice origin; /* of the running program; ptr NULL: not known */
    struct slice file;   /* of the program's text; ptr NULL: none */
    struct eval *store;  /* has the data that is imported, and all else */
};

/* The list where a program does not say otherwise, as it is written. */
struct val module_list(struct arena *arena, const struct module_search *s);

/* The list of what to look through for a file that has `wanted` as its own
 * "search" (null: it has none), and is in `directory`. */
struct val module_paths(struct arena *arena, const struct module_search *s,
                        struct val wanted, struct slice directory);

/* The path of PATH.SUFFIX, with a NUL behind it, in one of the directories, or
 * -1: there is none, or it is no file. */
int module_find(struct arena *arena, struct val dirs, struct slice path,
                const char *suffix, struct buf *found, struct err *err);

/* The same path wherever the process goes, if there is such a file. */
struct slice module_absolute(struct arena *arena, const char *path);

/* The directory part of a path; "." if it has none. */
struct slice module_directory(struct slice path);

#endif
