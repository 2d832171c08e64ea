/* SPDX-License-Identifier: MIT */
/*
 * path - a jq filter that names one place in a value
 *
 * `.` and paths as jq 1.7.1 reads them: .a.b, .a[0], .[-1], ."a b", .["a"],
 * each step with `?` or without, white space and comments where jq allows
 * them (and CR, as jq 1.8 does). Everything else of the language is a compile
 * error that says so. A compiled path is never changed: any number of threads
 * may use it at once, and using it takes no memory.
 */
#ifndef JQ_PATH_H
#define JQ_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "json/place.h"

struct err;
struct path;

/*
 * Compile a filter; the caller frees it with path_free. NULL if it does not
 * compile: kind ERR_USAGE, "column N: why", and N in bytes from 1, the first
 * byte that does not fit, in `column` too.
 */
struct path *path_compile(const char *text, size_t *column, struct err *err);

/* Whether the filter passes every value as it is. */
bool path_is_identity(const struct path *path);

/* NULL is fine. */
void path_free(struct path *path);

/*
 * The place in `value` (of a line that is linked, json/place.h) that the path
 * names. 1:
 * `out` is that value's own bytes, or a constant "null" if nothing is there.
 * 0: a `?` swallowed an error, there is no output. -1: the value's kind does
 * not fit; kind ERR_UNITS and jq 1.7.1's own words.
 */
int path_get(const struct path *path, struct place value, struct slice *out,
             struct err *err);

#endif
