/* SPDX-License-Identifier: MIT */
#include "jq/val.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "jq/arena.h"
#include "jq/val_core.h"
#include "json/index.h"
#include "json/quote.h"
#include "json/value.h"

/* So many digits are exact in a double, without strtod(3). */
enum { EXACT_DIGITS = 15 };

/* A longer spelling goes through memory of its own. */
enum { SPELT_MAX = 128 };

struct val val_null(void)
{
    return (struct val){.kind = VAL_NULL};
}

struct val val_bool(bool truth)
{
    return (struct val){.kind = truth ? VAL_TRUE : VAL_FALSE};
}

struct val val_number(double number)
{
    return (struct val){.kind = VAL_NUMBER, .u.number = number};
}

struct val val_string(struct slice text)
{
    return (struct val){
        .kind = VAL_STRING, .n = (uint32_t)text.len, .u.text = text.ptr};
}

struct val val_spelt(struct slice number)
{
    return (struct val){.kind = VAL_NUMBER,
                        .form = VAL_SPELT,
                        .n = (uint32_t)number.len,
                        .u.text = number.ptr};
}

struct val val_nowhere(void)
{
    return (struct val){.kind = VAL_NULL, .n = VAL_NO_ROOM};
}

struct val val_around(struct arena *arena, struct val container,
                      struct val part)
{
    if (part.depth < container.depth)
        return container;
    if (part.depth >= VAL_DEPTH_MAX) {
        arena->refused = arena->deep = true;
        return val_nowhere();
    }
    container.depth = (uint16_t)(part.depth + 1);
    return container;
}

bool val_no_room(struct val v)
{
    return v.kind == VAL_NULL && v.n == VAL_NO_ROOM;
}

struct val val_of_place(const struct place *line, uint32_t entry)
{
    static const uint8_t kinds[256] = {
        ['f'] = VAL_FALSE,  ['t'] = VAL_TRUE,   ['"'] = VAL_STRING,
        ['['] = VAL_ARRAY,  ['{'] = VAL_OBJECT, ['-'] = VAL_NUMBER,
        ['0'] = VAL_NUMBER, ['1'] = VAL_NUMBER, ['2'] = VAL_NUMBER,
        ['3'] = VAL_NUMBER, ['4'] = VAL_NUMBER, ['5'] = VAL_NUMBER,
        ['6'] = VAL_NUMBER, ['7'] = VAL_NUMBER, ['8'] = VAL_NUMBER,
        ['9'] = VAL_NUMBER,
    };
    const unsigned char first =
        (unsigned char)line->bytes[line->index->at[entry]];
    struct val v = {.kind = kinds[first], .form = VAL_LAZY};

    if (v.kind < VAL_NUMBER)
        return (struct val){.kind = kinds[first]};
    v.n = entry;
    v.u.line = line;
    return v;
}

struct place val_place(struct val v)
{
    struct place place = *v.u.line;

    place.entry = v.n;
    return place;
}

struct slice val_bytes(struct val v)
{
    const struct place place = val_place(v);

    return place_bytes(&place);
}

bool val_is_plain(struct val v)
{
    return v.kind < VAL_NUMBER || (v.kind == VAL_NUMBER && v.form == VAL_BUILT);
}

bool val_truth(struct val v)
{
    return v.kind != VAL_NULL && v.kind != VAL_FALSE;
}

const char *val_kind_name(struct val v)
{
    return value_kind_name((enum value_kind)v.kind); /* the same kinds */
}

/* Numbers */

struct slice val_spelling(struct val v)
{
    if (v.form == VAL_SPELT)
        return slice_of(v.u.text, v.n);
    if (v.form == VAL_LAZY)
        return val_bytes(v);
    return slice_of(NULL, 0);
}

/* An integer of few digits; false if it is not one. */
static bool short_integer(struct slice s, double *number)
{
    const bool negative = s.len > 0 && s.ptr[0] == '-';
    int64_t n = 0;

    if (s.len == negative || s.len > EXACT_DIGITS)
        return false;
    for (size_t i = negative; i < s.len; i++) {
        const unsigned digit = (unsigned char)s.ptr[i] - (unsigned)'0';

        if (digit > 9)
            return false;
        n = n * 10 + digit;
    }
    *number = negative ? -(double)n : (double)n;
    return true;
}

struct val val_short(struct slice number)
{
    double short_number;

    /* -0 is no literal: the minus is an operator. */
    if (short_integer(number, &short_number) && number.ptr[0] != '-')
        return val_number(short_number);
    return val_spelt(number);
}

static double long_number(struct slice s)
{
    char small[SPELT_MAX + 1], *text = small;
    double number;

    if (s.len > SPELT_MAX)
        text = malloc(s.len + 1);
    if (text == NULL)
        return 0;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    number = strtod(text, NULL);
    if (text != small)
        free(text);
    return number;
}

double val_double(struct val v)
{
    double number = v.u.number;
    struct slice s;

    if (v.form == VAL_BUILT)
        return number;
    s = val_spelling(v);
    assert(s.ptr != NULL);
    return short_integer(s, &number) ? number : long_number(s);
}

/* Strings */

struct slice val_text(struct arena *arena, struct val v)
{
    struct slice string, text;
    struct buf plain;

    if (v.form == VAL_BUILT)
        return slice_of(v.u.text, v.n);
    string = val_bytes(v);
    if (!v.u.line->index->escapes || quote_plain(string))
        return slice_of(string.ptr + 1, string.len - 2);
    buf_init(&plain, string.len * 3);
    quote_read(&plain, string);
    text = arena_copy(arena, buf_slice(&plain));
    buf_release(&plain);
    return text;
}

/* Arrays */

struct val val_array(struct arena *arena, uint32_t room)
{
    struct val_array *store = arena_alloc(arena, sizeof *store);
    struct val v = {.kind = VAL_ARRAY, .u.array = store};

    if (store == NULL)
        return val_nowhere();
    *store = (struct val_array){.cap = room};
    store->items = arena_alloc(arena, (size_t)room * sizeof *store->items);
    return store->items != NULL ? v : val_nowhere();
}

/* An array of its own, with room for more. */
static struct val copy_array(struct arena *arena, struct val array)
{
    const uint32_t n = val_count(array);
    struct val copy = val_array(arena, n < 4 ? 8 : 2 * n);
    struct val_walk walk = val_walk(arena, array);
    struct val item;

    if (val_no_room(copy))
        return copy;
    while (val_next(&walk, NULL, &item))
        copy.u.array->items[copy.n++] = item;
    copy.u.array->count = copy.n;
    copy.depth = array.depth;
    return copy;
}

struct val val_append(struct arena *arena, struct val array, struct val item)
{
    struct val_array *store;

    if (array.form == VAL_LAZY || array.n < array.u.array->count ||
        array.n == array.u.array->cap)
        array = copy_array(arena, array);
    if (val_no_room(array))
        return array;
    store = array.u.array;
    store->items[array.n++] = item;
    store->count = array.n;
    return val_around(arena, array, item);
}

struct val val_part(struct arena *arena, struct val array, uint32_t begin,
                    uint32_t end)
{
    const uint32_t n = end - begin;
    struct val part = val_array(arena, array.form == VAL_BUILT ? 0 : n), item;
    struct val_walk walk = val_walk(arena, array);

    if (val_no_room(part))
        return part;
    part.n = part.u.array->count = part.u.array->cap = n;
    part.depth = array.depth;
    if (array.form == VAL_BUILT) {
        part.u.array->items = array.u.array->items + begin;
        return part;
    }
    for (uint32_t i = 0; i < end && val_next(&walk, NULL, &item); i++) {
        if (i >= begin)
            part.u.array->items[i - begin] = item;
    }
    return part;
}

struct val val_exact(struct arena *arena, struct val array)
{
    struct val copy = val_array(arena, val_count(array)), item;
    struct val_walk walk = val_walk(arena, array);

    while (!val_no_room(copy) && val_next(&walk, NULL, &item))
        copy = val_append(arena, copy, item);
    return copy;
}

void val_set_own(struct val array, uint32_t i, struct val item)
{
    array.u.array->items[i] = item;
}

void val_own(struct val v, uint64_t owner)
{
    if (v.form == VAL_BUILT && v.kind == VAL_ARRAY)
        v.u.array->owner = owner;
    if (v.form == VAL_BUILT && v.kind == VAL_OBJECT)
        v.u.object->owner = owner;
}

uint64_t val_owner(struct val v)
{
    if (v.form != VAL_BUILT || v.kind < VAL_ARRAY)
        return 0;
    return v.kind == VAL_ARRAY ? v.u.array->owner : v.u.object->owner;
}

bool val_element(struct val array, int64_t i, struct val *value)
{
    struct place place, found;

    if (array.form == VAL_BUILT) {
        if (i < 0)
            i += array.n;
        if (i < 0 || i >= array.n)
            return false;
        *value = array.u.array->items[i];
        return true;
    }
    place = val_place(array);
    if (!place_element(&place, i, &found))
        return false;
    *value = val_of_place(array.u.line, found.entry);
    return true;
}

/* Both */

/* Behind the value that begins at `entry`, the comma passed over. */
static uint32_t behind(const struct place *line, uint32_t entry)
{
    const char c = line->bytes[line->index->at[entry]];

    return (c == '{' || c == '[' ? line->index->close[entry] : entry) + 2;
}

uint32_t val_count(struct val v)
{
    const struct place *line = v.u.line;
    uint32_t n = 0;

    if (v.form == VAL_BUILT)
        return v.n;
    for (uint32_t i = v.n + 1; i < line->index->close[v.n];
         i = behind(line, i + (v.kind == VAL_OBJECT ? 2 : 0)))
        n++;
    return n;
}

struct val_walk val_walk(struct arena *arena, struct val v)
{
    if (v.form == VAL_LAZY && v.kind == VAL_OBJECT)
        v = val_thaw(arena, v);
    if (v.form == VAL_BUILT)
        return (struct val_walk){v, 0, v.kind == VAL_NULL ? 0 : v.n};
    return (struct val_walk){v, v.n + 1, v.u.line->index->close[v.n]};
}

bool val_next(struct val_walk *w, struct val *key, struct val *value)
{
    const struct val_member *m;

    if (w->i >= w->end)
        return false;
    if (w->of.form == VAL_LAZY) {
        *value = val_of_place(w->of.u.line, w->i);
        w->i = behind(w->of.u.line, w->i);
        return true;
    }
    if (w->of.kind == VAL_ARRAY) {
        *value = w->of.u.array->items[w->i++];
        return true;
    }
    m = &w->of.u.object->members[w->i++];
    *value = m->value;
    if (key != NULL)
        *key = val_string(m->key);
    return true;
}
