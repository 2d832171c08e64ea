/* SPDX-License-Identifier: MIT */
#include "json/shape.h"

#include <string.h>

#include "json/index.h"

/* So many objects at most it is not tried on. */
enum { PAUSE_MAX = 255 };

/* Keys of more bytes, with their quotes, are looked for one by one. */
enum { WIDTH_MAX = 16 };

uint32_t shape_keys_add(struct shape_keys *keys, struct slice text)
{
    for (uint32_t i = 0; i < keys->count; i++) {
        if (slice_equal(keys->key[i].text, text))
            return i + 1;
    }
    if (keys->count == SHAPE_KEYS_MAX)
        return 0;
    keys->key[keys->count++] = place_key(text);
    return keys->count;
}

static uint64_t load(const char *bytes, size_t n)
{
    uint64_t word = 0;

    memcpy(&word, bytes, n);
    return word;
}

/* A key of 2 to WIDTH_MAX bytes: its ends may overlap. */
static inline struct shape_key spelling(const char *from, uint32_t width)
{
    struct shape_key key = {.width = width};

    if (width >= 8) {
        key.head = load(from, 8);
        key.tail = load(from + width - 8, 8);
    } else if (width >= 4) {
        key.head = load(from, 4);
        key.tail = load(from + width - 4, 4);
    } else {
        key.head = load(from, 2);
        key.tail = load(from + width - 2, 2);
    }
    return key;
}

/* Whether the object has the keys of the shape; where their values are. */
static bool fits(struct shape *shape, const struct place *object)
{
    const uint32_t *at = object->index->at, *close = object->index->close;
    const char *bytes = object->bytes;
    const uint32_t end = close[object->entry];
    uint32_t i = object->entry + 1;

    for (uint32_t n = 0; n < shape->count; n++) {
        const struct shape_key *key = &shape->key[n];
        struct shape_key other;

        if (i >= end || at[i + 1] - at[i] != key->width)
            return false;
        other = spelling(bytes + at[i], key->width);
        if (other.head != key->head || other.tail != key->tail)
            return false;
        i += 2;
        shape->value[n + 1] = i;
        /* Either bracket: they differ in this bit, and from all others. */
        if ((bytes[at[i]] | 0x20) == '{')
            i = close[i];
        i += 2;
    }
    return i >= end;
}

/* The members as they are spelt; false: too many, or too long. */
static bool spell(struct shape *shape, const struct place *object)
{
    const uint32_t *at = object->index->at, *close = object->index->close;
    const uint32_t end = close[object->entry];

    shape->count = 0;
    for (uint32_t i = object->entry + 1; i < end; i += 2) {
        const uint32_t width = at[i + 1] - at[i];

        if (width > WIDTH_MAX || shape->count == SHAPE_MEMBERS_MAX) {
            shape->count = 0;
            return false;
        }
        shape->key[shape->count++] = spelling(object->bytes + at[i], width);
        i += 2;
        shape->value[shape->count] = i;
        if ((object->bytes[at[i]] | 0x20) == '{')
            i = close[i];
    }
    return shape->count > 0;
}

static bool learn(struct shape *shape, const struct shape_keys *keys,
                  const struct place *object)
{
    if (!spell(shape, object))
        return false;
    for (uint32_t k = 0; k < keys->count; k++) {
        const uint32_t at = place_member(object, &keys->key[k]);
        uint32_t n = at != 0 ? shape->count : 0;

        while (n > 0 && shape->value[n] != at)
            n--;
        shape->member[k] = (uint8_t)n;
    }
    return true;
}

bool shape_see(struct shape *shape, const struct shape_keys *keys,
               const struct place *object)
{
    if (shape->pause > 0) {
        shape->pause--;
        return false;
    }
    if (shape->count > 0 && fits(shape, object)) {
        shape->pauses -= shape->pauses > 0;
        return true;
    }
    shape->pause = shape->pauses;
    shape->pauses = 2 * shape->pauses + 1;
    if (shape->pauses > PAUSE_MAX)
        shape->pauses = PAUSE_MAX;
    return learn(shape, keys, object);
}

uint32_t shape_find(const struct shape *shape, uint32_t number)
{
    return shape->value[shape->member[number - 1]];
}
