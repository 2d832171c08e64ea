/* SPDX-License-Identifier: MIT */
#include "work/environment.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

static const char *const names_of_ours[] = {"WEIR_TASK_ID", "WEIR_ATTEMPT",
                                            "WEIR_SLOT"};

void environment_init(struct environment *e)
{
    buf_init(&e->entries, SIZE_MAX / 4);
    buf_init(&e->texts, SIZE_MAX / 4);
}

void environment_release(struct environment *e)
{
    buf_release(&e->entries);
    buf_release(&e->texts);
}

static bool has_name(const char *entry, const char *name, size_t len)
{
    return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

/* Whether another entry takes the place of this one. Linear in the additions:
 * there are few. */
static bool is_replaced(const char *entry, char **added)
{
    size_t len = strcspn(entry, "=");

    for (size_t i = 0; i < 3; i++) {
        if (has_name(entry, names_of_ours[i], strlen(names_of_ours[i])))
            return true;
    }
    for (; added != NULL && *added != NULL; added++) {
        if (has_name(*added, entry, len))
            return true;
    }
    return false;
}

static void add_entry(struct environment *e, const char *entry)
{
    buf_add(&e->entries, &entry, sizeof entry);
}

char **environment_base(char **ours, const char *pwd)
{
    size_t count = 0, kept = 0;
    char **base;

    while (ours != NULL && ours[count] != NULL)
        count++;
    base = mem_alloc_array(count + 2, sizeof *base);
    for (size_t i = 0; i < count; i++) {
        if (!is_replaced(ours[i], NULL) &&
            (pwd == NULL || !has_name(ours[i], "PWD", 3)))
            base[kept++] = ours[i];
    }
    if (pwd != NULL)
        base[kept] = slice_unconst(pwd);
    return base;
}

/* Most tasks add nothing: then nothing has to be compared. */
static void add_base(struct environment *e, char **base, char **added)
{
    size_t count = 0;

    if (added != NULL) {
        for (; *base != NULL; base++) {
            if (!is_replaced(*base, added))
                add_entry(e, *base);
        }
        return;
    }
    while (base[count] != NULL)
        count++;
    buf_add(&e->entries, base, count * sizeof *base);
}

char **environment_compose(struct environment *e, char **base, char **added,
                           const struct environment_facts *facts)
{
    char *text;

    buf_clear(&e->entries);
    buf_clear(&e->texts);
    /* One reserve: the entries point into it. */
    buf_reserve(&e->texts, facts->id.len + 128);
    text = e->texts.data;
    buf_printf(&e->texts, "WEIR_TASK_ID=%.*s%c", (int)facts->id.len,
               facts->id.ptr, '\0');
    add_entry(e, text);
    text = e->texts.data + e->texts.len;
    buf_printf(&e->texts, "WEIR_ATTEMPT=%u%c", facts->attempt, '\0');
    add_entry(e, text);
    text = e->texts.data + e->texts.len;
    buf_printf(&e->texts, "WEIR_SLOT=%u%c", facts->slot, '\0');
    add_entry(e, text);
    add_base(e, base, added);
    for (; added != NULL && *added != NULL; added++) {
        if (!is_replaced(*added, NULL))
            add_entry(e, *added);
    }
    add_entry(e, NULL);
    return (char **)(void *)e->entries.data;
}

/* Whether one of the entries from `from` on has the name of this one. */
static bool is_named(const char *entry, const char *const *added, size_t from,
                     size_t count)
{
    const size_t len = strcspn(entry, "=");

    for (size_t i = from; i < count; i++) {
        if (has_name(added[i], entry, len))
            return true;
    }
    return false;
}

char **environment_extend(char **ours, const char *const *added, size_t count)
{
    size_t n = 0;
    char **all;

    while (ours != NULL && ours[n] != NULL)
        n++;
    all = mem_alloc_array(n + count + 1, sizeof *all);
    n = 0;
    for (; ours != NULL && *ours != NULL; ours++) {
        if (!is_named(*ours, added, 0, count))
            all[n++] = *ours;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_named(added[i], added, i + 1, count))
            all[n++] = slice_unconst(added[i]);
    }
    return all;
}

const char *environment_marker(const struct environment *e)
{
    return e->texts.data;
}

const char *environment_find(char **entries, const char *name)
{
    size_t len = strlen(name);

    for (; entries != NULL && *entries != NULL; entries++) {
        if (has_name(*entries, name, len))
            return *entries + len + 1;
    }
    return NULL;
}

const char *environment_path(char **added, const char *path)
{
    const char *own = environment_find(added, "PATH");

    return own != NULL ? own : path;
}
