/* SPDX-License-Identifier: MIT */
#include "work/names.h"

#include "base/mem.h"

enum { SIZE_FIRST = 64 };

void names_init(struct names *names)
{
    *names = (struct names){.key = hash_key_new()};
}

void names_release(struct names *names)
{
    mem_free(names->entries);
    *names = (struct names){.key = names->key};
}

/* The entry of `hash`, or the free one where it belongs. */
static struct names_entry *find(const struct names *names, uint64_t hash)
{
    size_t i = (size_t)hash & (names->size - 1);

    while (names->entries[i].hash != 0 && names->entries[i].hash != hash)
        i = (i + 1) & (names->size - 1);
    return &names->entries[i];
}

static void grow(struct names *names)
{
    struct names larger = *names;

    larger.size = names->size ? names->size * 2 : SIZE_FIRST;
    larger.entries = mem_alloc_array(larger.size, sizeof *larger.entries);
    for (size_t i = 0; i < names->size; i++) {
        if (names->entries[i].hash != 0)
            *find(&larger, names->entries[i].hash) = names->entries[i];
    }
    mem_free(names->entries);
    *names = larger;
}

bool names_claim(struct names *names, struct slice name, uint64_t unit,
                 uint64_t *other)
{
    uint64_t hash = hash_bytes(names->key, name);
    struct names_entry *entry;

    if (hash == 0)
        hash = 1; /* 0 marks a free entry */
    if (names->count >= names->size / 4 * 3)
        grow(names);
    entry = find(names, hash);
    if (entry->hash == hash) {
        *other = entry->unit;
        return entry->unit == unit;
    }
    *entry = (struct names_entry){hash, unit};
    names->count++;
    return true;
}
