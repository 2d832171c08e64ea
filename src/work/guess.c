/* SPDX-License-Identifier: MIT */
#include "work/guess.h"

#include <stdbool.h>
#include <string.h>

#include "work/transform.h"
#include "json/scan.h"

static bool begins_container(struct slice line)
{
    return line.len > 0 && (line.ptr[0] == '{' || line.ptr[0] == '[');
}

/* Does the line end where more was to come? */
static bool is_cut_short(const struct transform_rejection *r)
{
    return r->column == slice_trim(r->line).len + 1;
}

static bool has_separator(struct slice line)
{
    return line.len > 0 && (memchr(line.ptr, ',', line.len) != NULL ||
                            memchr(line.ptr, ';', line.len) != NULL ||
                            memchr(line.ptr, '\t', line.len) != NULL);
}

const char *guess_hint(const struct transform_rejection *r)
{
    const bool container = begins_container(r->line);

    if (r->number != 1)
        return NULL;
    if (r->column == 0) /* it is JSON, and the filter failed on it */
        return container && r->line.ptr[0] == '['
                   ? "begins with an array: the filter '.[]' puts its elements "
                     "on "
                     "lines of their own"
                   : NULL;
    if (container && is_cut_short(r))
        return "looks like JSON over several lines: 'jq -c .' makes it one "
               "value a line";
    if (container && strcmp(r->reason, SCAN_SEVERAL) == 0)
        return "has several values on a line: 'jq -c .' makes it one value a "
               "line";
    if (!container && has_separator(r->line))
        return "looks like CSV: it has to be one JSON value a line";
    return NULL;
}
