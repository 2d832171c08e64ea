/* SPDX-License-Identifier: MIT */
#include "json/place.h"

#include <string.h>

#include "json/index.h"
#include "json/quote.h"

struct place_key place_key(struct slice text)
{
    struct place_key key = {.text = text, .plain = true};

    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.ptr[i];

        key.plain &= c != '"' && c != '\\' && c >= ' ';
    }
    return key;
}

static const char *byte_at(const struct place *place, uint32_t entry)
{
    return place->bytes + place->index->at[entry];
}

char place_first(const struct place *place)
{
    return *byte_at(place, place->entry);
}

/* The last entry of the value that begins at `entry`. */
static uint32_t last_entry(const struct place *place, uint32_t entry)
{
    const char c = *byte_at(place, entry);

    return c == '{' || c == '[' ? place->index->close[entry] : entry;
}

struct slice place_bytes(const struct place *place)
{
    const uint32_t last = last_entry(place, place->entry);
    const char *from = byte_at(place, place->entry);
    const char *to;

    if (last != place->entry)
        return slice_of(from, (size_t)(byte_at(place, last) + 1 - from));
    /* A scalar reaches to the next entry, but for the white space there. */
    to = byte_at(place, last + 1);
    while (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r')
        to--;
    return slice_of(from, (size_t)(to - from));
}

/* A key with escapes may mean the same as one without. */
static bool means(struct slice string, struct slice text)
{
    return memchr(string.ptr, '\\', string.len) != NULL &&
           quote_equal(slice_trim(string), text);
}

/* Is the string at `from`, behind which `colon` stands, the key, though it is
 * longer? Then there is white space before the colon, or an escape. */
static bool is_longer_key(const struct index *index, const char *from,
                          const char *colon, const struct place_key *key)
{
    const struct slice text = key->text;

    if (from[1] != '\\' && from[1] != (text.len > 0 ? text.ptr[0] : '"'))
        return false;
    if (key->plain && from[text.len + 1] == '"' &&
        (text.len == 0 || memcmp(from + 1, text.ptr, text.len) == 0))
        return true;
    return index->escapes &&
           means(slice_of(from, (size_t)(colon - from)), text);
}

/* Keys are short: the first bytes and the last, which may be the same ones,
 * without a call. */
static bool same(const char *bytes, struct slice text)
{
    uint64_t a, b, c, d;

    if (text.len > 2 * sizeof a)
        return memcmp(bytes, text.ptr, text.len) == 0;
    if (text.len >= sizeof a) {
        memcpy(&a, bytes, sizeof a);
        memcpy(&b, text.ptr, sizeof b);
        memcpy(&c, bytes + text.len - sizeof c, sizeof c);
        memcpy(&d, text.ptr + text.len - sizeof d, sizeof d);
        return a == b && c == d;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (bytes[i] != text.ptr[i])
            return false;
    }
    return true;
}

/* Is the string at `from` the key, with a colon right behind? */
static bool is_key(const char *from, const struct place_key *key)
{
    return from[key->text.len + 1] == '"' && key->plain &&
           same(from + 1, key->text);
}

/*
 * A member is a key, a colon, a value and what separates it. From a key to its
 * colon it is as far as the key is long, which tells most of them apart.
 */
uint32_t place_member(const struct place *object, const struct place_key *key)
{
    const uint32_t *at = object->index->at, *close = object->index->close;
    const size_t width = key->text.len + 2;
    const uint32_t end = close[object->entry];
    uint32_t found = 0;

    for (uint32_t i = object->entry + 1; i < end; i++) {
        const char *from = object->bytes + at[i];
        const char *colon = object->bytes + at[i + 1];
        const size_t wide = (size_t)(colon - from);

        i += 2;
        if (wide == width ? is_key(from, key)
                          : wide > width &&
                                (object->index->escapes || colon[-1] != '"') &&
                                is_longer_key(object->index, from, colon, key))
            found = i;
        /* Either bracket: they differ in this bit, and from all others. */
        if ((object->bytes[at[i]] | 0x20) == '{')
            i = close[i];
        i++;
    }
    return found;
}

bool place_find(const struct place *object, const struct place_key *key,
                struct place *value)
{
    const uint32_t found = place_member(object, key);

    if (found == 0)
        return false;
    *value = *object;
    value->entry = found;
    return true;
}

static int64_t count(const struct place *array, uint32_t end)
{
    int64_t n = 0;

    for (uint32_t i = array->entry + 1; i < end; i = last_entry(array, i) + 2)
        n++;
    return n;
}

bool place_element(const struct place *array, int64_t n, struct place *value)
{
    const uint32_t end = last_entry(array, array->entry);
    uint32_t i = array->entry + 1;

    if (n < 0)
        n += count(array, end);
    if (n < 0)
        return false;
    for (; i < end && n > 0; n--)
        i = last_entry(array, i) + 2;
    if (i >= end)
        return false;
    *value = *array;
    value->entry = i;
    return true;
}
