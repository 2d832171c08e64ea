/* SPDX-License-Identifier: MIT */
#include "work/programs.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/spawn.h"

enum { PLACES = 64 };

/* A name has one place: of two that share it the last is remembered. */
struct place {
    char name[NAME_MAX + 1];
    char *path;
};

struct programs {
    struct place places[PLACES];
};

static struct place *place_of(struct programs *programs, const char *name)
{
    uint32_t sum = 2166136261u; /* FNV-1a */

    for (; *name != '\0'; name++)
        sum = (sum ^ (unsigned char)*name) * 16777619u;
    return &programs->places[sum % PLACES];
}

struct programs *programs_new(void)
{
    return mem_alloc(sizeof(struct programs));
}

void programs_free(struct programs *programs)
{
    for (size_t i = 0; programs != NULL && i < PLACES; i++)
        mem_free(programs->places[i].path);
    mem_free(programs);
}

static void remember(struct programs *programs, const char *name,
                     const char *path)
{
    struct place *place = place_of(programs, name);
    size_t size = strlen(path) + 1;

    if (strlen(name) >= sizeof place->name)
        return;
    snprintf(place->name, sizeof place->name, "%s", name);
    mem_free(place->path);
    place->path = mem_alloc(size);
    memcpy(place->path, path, size);
}

/* The list with `cwd` before each relative entry. */
static void resolve_list(const char *list, const char *cwd, struct buf *out)
{
    for (;; list++) {
        size_t len = strcspn(list, ":");

        if (*list != '/')
            buf_printf(out, "%s/", cwd);
        buf_add(out, list, len);
        list += len;
        if (*list == '\0')
            break;
        buf_add_char(out, ':');
    }
    buf_add_char(out, '\0');
}

/* The process is in `cwd` when it looks for the program: what was found there
 * loses the name of the directory again. */
static const char *find_from(const struct programs_query *query, char *text,
                             size_t size)
{
    size_t len = strlen(query->cwd);
    struct buf list;
    int found;

    buf_init(&list, SIZE_MAX / 4);
    resolve_list(query->path_list, query->cwd, &list);
    found = spawn_find(query->name, list.data, text, size);
    buf_release(&list);
    if (found < 0)
        return NULL;
    if (query->cwd[0] != '/' && strncmp(text, query->cwd, len) == 0 &&
        text[len] == '/')
        return text + len + strspn(text + len, "/");
    return text;
}

static bool has_relative(const char *list)
{
    for (; *list == '/'; list++) {
        list += strcspn(list, ":");
        if (*list == '\0')
            return false;
    }
    return true;
}

const char *programs_find(struct programs *programs,
                          const struct programs_query *query, char *text,
                          size_t size)
{
    const struct place *place = place_of(programs, query->name);

    if (query->path_list != NULL && query->cwd != NULL &&
        strchr(query->name, '/') == NULL && has_relative(query->path_list))
        return find_from(query, text, size);
    if (query->is_common && place->path != NULL &&
        strcmp(place->name, query->name) == 0)
        return place->path;
    if (spawn_find(query->name, query->path_list, text, size) < 0)
        return NULL;
    if (query->is_common)
        remember(programs, query->name, text);
    return text;
}

bool programs_forget(struct programs *programs, const char *name)
{
    struct place *place = place_of(programs, name);

    if (place->path == NULL || strcmp(place->name, name) != 0)
        return false;
    mem_free(place->path);
    place->path = NULL;
    return true;
}
