/* SPDX-License-Identifier: MIT */
/*
 * folder - a directory for a test, below TMPDIR, removed after it
 */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include <check.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[PATH_MAX - 300];

static inline void make_folder(void)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet */
    const char *parent = getenv("TMPDIR");

    snprintf(folder, sizeof folder, "%s/test.XXXXXX", parent ? parent : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

/* With all that is in it. */
static inline void remove_folder(void)
{
    char command[PATH_MAX];

    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    /* NOLINTNEXTLINE(cert-env33-c): the name is ours */
    ck_assert_int_eq(system(command), 0);
}

/* The path of what has this name in the folder, until the next call. */
static inline const char *inside(const char *name)
{
    static char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* The number of files there whose names do not begin with a dot. */
static inline int count_files(void)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int count = 0;

    ck_assert_ptr_nonnull(dir);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own */
    while ((entry = readdir(dir)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

#endif
