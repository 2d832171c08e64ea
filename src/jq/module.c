/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* realpath */

#include "jq/module.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "jq/arena.h"

/* Where modules are looked for if nobody says otherwise, as in jq. */
static const char *const usual[] = {"~/.jq", "$ORIGIN/../lib/jq",
                                    "$ORIGIN/../lib"};

enum { USUAL = sizeof usual / sizeof usual[0] };

struct slice module_directory(struct slice path)
{
    size_t len = path.len;

    while (len > 0 && path.ptr[len - 1] != '/')
        len--;
    if (len == 0)
        return slice_text(".");
    return slice_of(path.ptr, len > 1 ? len - 1 : 1);
}

struct slice module_absolute(struct arena *arena, const char *path)
{
    char real[PATH_MAX];
    const char *known = realpath(path, real);

    return arena_copy(arena, slice_text(known ? known : path));
}

struct val module_list(struct arena *arena, const struct module_search *s)
{
    const size_t n = s->dir_count > 0 ? s->dir_count : USUAL;
    struct val list = val_array(arena, (uint32_t)n);

    for (size_t i = 0; i < s->dir_count; i++)
        list = val_append(arena, list,
                          val_string(module_absolute(arena, s->dirs[i])));
    for (size_t i = 0; s->dir_count == 0 && i < USUAL; i++)
        list = val_append(arena, list, val_string(slice_text(usual[i])));
    return list;
}

static bool begins(struct slice text, const char *with)
{
    const size_t n = strlen(with);

    return text.len >= n && memcmp(text.ptr, with, n) == 0;
}

/* DIR/REST */
static struct val below(struct arena *arena, struct slice dir,
                        struct slice rest)
{
    struct buf path;
    struct slice copy;

    buf_init(&path, SIZE_MAX / 2);
    buf_add_slice(&path, dir);
    buf_add_char(&path, '/');
    buf_add_slice(&path, rest);
    copy = arena_copy(arena, buf_slice(&path));
    buf_release(&path);
    return val_string(copy);
}

static struct val expand(struct arena *arena, const struct module_search *s,
                         struct slice dir, struct slice directory)
{
    static const char origin[] = "$ORIGIN";
    const size_t n = sizeof origin - 1;

    if (begins(dir, "~/") && s->home.ptr != NULL)
        return below(arena, s->home, slice_of(dir.ptr + 2, dir.len - 2));
    if (begins(dir, "$ORIGIN/") && s->origin.ptr != NULL)
        return below(arena, s->origin,
                     slice_of(dir.ptr + n + 1, dir.len - n - 1));
    if (slice_is(dir, "."))
        return val_string(arena_copy(arena, directory));
    if (dir.ptr[0] == '/' || dir.ptr[0] == '~' || begins(dir, origin))
        return val_string(arena_copy(arena, dir));
    return below(arena, directory, dir);
}

/* The elements of `list`, expanded, behind those of `dirs`. False: it ends the
 * search, by null or "". */
static bool add(struct arena *arena, const struct module_search *s,
                struct val list, struct slice directory, struct val *dirs)
{
    struct val_walk walk = val_walk(arena, list);
    struct val each;

    while (val_next(&walk, NULL, &each)) {
        struct slice dir;

        if (each.kind != VAL_STRING && each.kind != VAL_NULL)
            continue;
        dir =
            each.kind == VAL_STRING ? val_text(arena, each) : slice_of(NULL, 0);
        if (dir.len == 0)
            return false;
        *dirs = val_append(arena, *dirs, expand(arena, s, dir, directory));
        if (slice_is(dir, ".") && !slice_is(directory, "."))
            *dirs = val_append(arena, *dirs, val_string(dir));
    }
    return true;
}

struct val module_paths(struct arena *arena, const struct module_search *s,
                        struct val wanted, struct slice directory)
{
    struct val dirs = val_array(arena, USUAL + 2);
    struct val own = val_array(arena, 1);

    if (wanted.kind == VAL_NULL)
        wanted = val_string(slice_text("."));
    if (wanted.kind == VAL_ARRAY)
        own = wanted;
    else
        own = val_append(arena, own, wanted);
    if (add(arena, s, own, directory, &dirs))
        add(arena, s, module_list(arena, s), directory, &dirs);
    return val_exact(arena, dirs);
}

/* DIR/PATH.SUFFIX, DIR/PATH/jq/main.SUFFIX, DIR/PATH/LAST.SUFFIX: PATH may be a
 * repository. */
static void candidate(struct buf *out, struct slice dir, struct slice path,
                      int which, const char *suffix)
{
    size_t last = path.len;

    buf_clear(out);
    buf_add_slice(out, dir);
    buf_add_char(out, '/');
    buf_add_slice(out, path);
    if (which == 1)
        buf_add_text(out, "/jq/main");
    while (last > 0 && path.ptr[last - 1] != '/')
        last--;
    if (which == 2) {
        buf_add_char(out, '/');
        buf_add(out, path.ptr + last, path.len - last);
    }
    buf_add_text(out, suffix);
    buf_add_char(out, '\0');
}

static int not_found(struct arena *arena, struct val dirs, struct slice path,
                     const char *suffix, struct err *err)
{
    struct val_walk walk = val_walk(arena, dirs);
    struct buf list;
    struct val dir;

    buf_init(&list, 1 << 20);
    while (val_next(&walk, NULL, &dir)) {
        buf_add_text(&list, list.len > 0 ? ", " : "");
        buf_add_slice(&list, val_text(arena, dir));
    }
    if (list.len == 0)
        buf_add_text(&list, "no directory at all");
    err_set(err, ERR_USAGE, "module not found: %.*s (no such %s in %.*s)",
            path.len < 100 ? (int)path.len : 100, path.ptr, suffix,
            list.len < 300 ? (int)list.len : 300, list.data);
    buf_release(&list);
    return -1;
}

int module_find(struct arena *arena, struct val dirs, struct slice path,
                const char *suffix, struct buf *found, struct err *err)
{
    struct val_walk walk = val_walk(arena, dirs);
    struct stat st;
    struct val dir;

    if (path.len > 0 && memchr(path.ptr, '\0', path.len) != NULL)
        return err_set(err, ERR_USAGE, "the path of a module has a NUL");
    while (val_next(&walk, NULL, &dir)) {
        for (int which = 0; which < 3; which++) {
            candidate(found, val_text(arena, dir), path, which, suffix);
            if (stat(found->data, &st) != 0)
                continue;
            if (S_ISREG(st.st_mode))
                return 0;
            return err_set(err, ERR_USAGE, "%s is no regular file",
                           found->data);
        }
    }
    return not_found(arena, dirs, path, suffix, err);
}
