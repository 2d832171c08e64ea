/* SPDX-License-Identifier: MIT */
#include "cmd/distinct.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"

/* What is not there yet is known by its name alone. */
static bool is_same(const char *a, const char *b)
{
    const bool named_alike = strcmp(a, b) == 0;
    struct stat of_a, of_b;

    if (strcmp(a, "-") == 0 || strcmp(b, "-") == 0)
        return false;
    if (stat(a, &of_a) < 0 || stat(b, &of_b) < 0)
        return named_alike;
    return S_ISREG(of_a.st_mode) && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}

int distinct_check(const struct distinct *files, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; files[i].path != NULL && k < i; k++) {
            if (files[k].path != NULL && is_same(files[k].path, files[i].path))
                return err_set(err, ERR_USAGE, "%s and %s: one file for both",
                               files[k].option, files[i].option);
        }
    }
    return 0;
}
