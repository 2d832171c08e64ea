/* SPDX-License-Identifier: MIT */
#include "work/save_path.h"

#include <string.h>

#include "base/err.h"
#include "work/save.h"

bool save_path_next(struct slice *path, struct slice *part)
{
    const char *slash;

    if (path->ptr == NULL)
        return false;
    slash = path->len > 0 ? memchr(path->ptr, '/', path->len) : NULL;
    *part = *path;
    if (slash == NULL) {
        *path = slice_of(NULL, 0);
        return true;
    }
    part->len = (size_t)(slash - path->ptr);
    *path = slice_of(slash + 1, path->len - part->len - 1);
    return true;
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool ends_in(struct slice text, const char *end)
{
    size_t len = strlen(end);

    return text.len > len && memcmp(text.ptr + text.len - len, end, len) == 0;
}

/* As a part or its note is named: it would be taken for one. */
static bool is_reserved(struct slice name)
{
    return name.ptr[0] == '.' &&
           (ends_in(name, ".part") || ends_in(name, ".part.info"));
}

static const char *judge_part(struct slice part)
{
    if (part.len == 0)
        return "has an empty part";
    if (slice_is(part, ".") || slice_is(part, ".."))
        return "may not have . or .. in it";
    if (part.len > SAVE_NAME_MAX)
        return "has a part of more than 200 bytes";
    for (size_t i = 0; i < part.len; i++) {
        if (is_control(part.ptr[i]))
            return "has control characters";
    }
    if (is_reserved(part))
        return "has the name of an unfinished file (.NAME.part)";
    return NULL;
}

int save_path_check(struct slice path, struct err *err)
{
    const char *fault = NULL;
    struct slice part;

    if (path.len > 0 && path.ptr[0] == '/')
        return err_set(err, ERR_LIST, "output path must be relative");
    while (fault == NULL && save_path_next(&path, &part))
        fault = judge_part(part);
    return fault == NULL ? 0 : err_set(err, ERR_LIST, "output path %s", fault);
}
