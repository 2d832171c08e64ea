/* SPDX-License-Identifier: MIT */
#include "store/identity.h"

#include <assert.h>
#include <string.h>

#include "base/digest.h"
#include "base/hash.h"
#include "base/mem.h"

enum { FIRST = 64 };

struct identity {
    struct digest *digest;
    struct hash_key id_key; /* so that no id is taken for a content */
    struct hash_key key;
    struct identity_unit *units;
    size_t count;
    size_t room;
    uint32_t *slots; /* unit + 1 by hash, 0: free */
    size_t slot_count;
    uint32_t last_row;
};

struct identity *identity_new(void)
{
    struct identity *i = mem_alloc(sizeof *i);

    i->digest = digest_new();
    i->id_key = hash_key_new();
    i->key = hash_key_new();
    return i;
}

void identity_free(struct identity *i)
{
    if (i == NULL)
        return;
    digest_free(i->digest);
    mem_free(i->units);
    mem_free(i->slots);
    mem_free(i);
}

void identity_begin(struct identity *i)
{
    digest_clear(i->digest);
}

void identity_add(struct identity *i, char what, struct slice part)
{
    unsigned char head[9] = {(unsigned char)what};

    for (unsigned n = 0; n < 8; n++)
        head[n + 1] = (unsigned char)((uint64_t)part.len >> (8 * n));
    digest_add(i->digest, slice_of((const char *)head, sizeof head));
    digest_add(i->digest, part);
}

void identity_end(struct identity *i, unsigned char content[ITEM_HASH_SIZE])
{
    unsigned char sum[DIGEST_SIZE];

    digest_finish_bytes(i->digest, sum);
    memcpy(content, sum, ITEM_HASH_SIZE);
}

uint64_t identity_next_row(const struct identity *i)
{
    return (uint64_t)i->last_row + 1;
}

uint64_t identity_content(const unsigned char *content)
{
    uint64_t bits;

    memcpy(&bits, content, sizeof bits);
    return bits;
}

static uint32_t *slot_of(const struct identity *i, uint64_t hash)
{
    size_t at = (size_t)hash & (i->slot_count - 1);

    while (i->slots[at] != 0 && i->units[i->slots[at] - 1].hash != hash)
        at = (at + 1) & (i->slot_count - 1);
    return &i->slots[at];
}

static void fill_slots(struct identity *i)
{
    mem_free(i->slots);
    i->slots = mem_alloc_array(i->slot_count, sizeof *i->slots);
    for (size_t n = 0; n < i->count; n++)
        *slot_of(i, i->units[n].hash) = (uint32_t)n + 1;
}

/* The unit of a hash; a new one, without a row, if there is none. */
static struct identity_unit *unit_of(struct identity *i, uint64_t hash)
{
    uint32_t *slot;

    if (i->count >= i->slot_count / 2) {
        i->slot_count = i->slot_count ? i->slot_count * 2 : FIRST;
        fill_slots(i);
    }
    slot = slot_of(i, hash);
    if (*slot != 0)
        return &i->units[*slot - 1];
    if (i->count == i->room) {
        i->room = i->room ? i->room * 2 : FIRST;
        i->units = mem_resize(i->units, i->room * sizeof *i->units);
    }
    /* So many would take a hundred gigabytes. */
    assert(i->count < UINT32_MAX - 1);
    i->units[i->count] = (struct identity_unit){.hash = hash};
    *slot = (uint32_t)++i->count;
    return &i->units[*slot - 1];
}

static uint64_t hash_id(const struct identity *i, struct slice id)
{
    return hash_bytes(i->id_key, id);
}

static uint64_t hash_content(const struct identity *i,
                             const unsigned char *content, uint32_t occurrence)
{
    unsigned char bytes[ITEM_HASH_SIZE + 4];

    memcpy(bytes, content, ITEM_HASH_SIZE);
    for (unsigned n = 0; n < 4; n++)
        bytes[ITEM_HASH_SIZE + n] = (unsigned char)(occurrence >> (8 * n));
    return hash_bytes(i->key, slice_of((const char *)bytes, sizeof bytes));
}

static struct identity_unit *note(struct identity *i, uint64_t hash,
                                  uint64_t row)
{
    struct identity_unit *unit = unit_of(i, hash);

    unit->row = (uint32_t)row;
    if (unit->row > i->last_row)
        i->last_row = unit->row;
    return unit;
}

struct identity_unit *identity_note_id(struct identity *i, struct slice id,
                                       uint64_t row)
{
    return note(i, hash_id(i, id), row);
}

struct identity_unit *identity_note_content(struct identity *i,
                                            const unsigned char *content,
                                            uint32_t occurrence, uint64_t row)
{
    return note(i, hash_content(i, content, occurrence), row);
}

struct identity_unit *identity_meet(struct identity *i, struct item *item)
{
    struct item_known *known = &item->known;
    struct identity_unit *unit;

    known->occurrence = 0;
    if (known->given) {
        unit = unit_of(i, hash_id(i, buf_slice(&item->id)));
    } else {
        unit = unit_of(i, hash_content(i, known->content, 0));
        known->occurrence = unit->seen++;
    }
    if (known->occurrence > 0)
        unit = unit_of(i, hash_content(i, known->content, known->occurrence));
    if (unit->row == 0) {
        unit->row = ++i->last_row;
        unit->content = identity_content(known->content);
    }
    known->row = unit->row;
    known->stored = unit->stored;
    known->marked = unit->marked;
    unit->met = true;
    return unit;
}

struct identity_unit *identity_find(const struct identity *i, struct slice id)
{
    uint32_t slot;

    if (i->slot_count == 0)
        return NULL;
    slot = *slot_of(i, hash_id(i, id));
    return slot != 0 ? &i->units[slot - 1] : NULL;
}

const struct identity_unit *identity_units(const struct identity *i,
                                           size_t *count)
{
    *count = i->count;
    return i->units;
}
