/* SPDX-License-Identifier: MIT */
/*
 * Few members are looked through; more are found by a table of their hashes,
 * under a random key, since members' keys are strangers' choice. A table that
 * is copied needs no key to be hashed again.
 */
#include "jq/val.h"

#include <stdlib.h>
#include <string.h>

#include "jq/arena.h"
#include "jq/val_core.h"
#include "json/index.h"
#include "json/quote.h"

enum { FEW = 16 };

static const uint32_t nowhere = UINT32_MAX;

/* By bytes, which is the order of code points. */
static int compare_text(struct slice a, struct slice b)
{
    const size_t n = a.len < b.len ? a.len : b.len;
    const int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;

    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

/* Three quarters of the slots at most are taken. */
static uint32_t slot_count(uint32_t room)
{
    uint32_t n = 32;

    while (n / 4 * 3 < room && n <= UINT32_MAX / 2)
        n *= 2;
    return n;
}

static bool make_slots(struct arena *arena, struct val_object *store)
{
    const uint32_t n = slot_count(store->cap);

    store->slots = arena_alloc(arena, (size_t)n * sizeof *store->slots);
    if (store->slots == NULL)
        return false;
    memset(store->slots, 0, (size_t)n * sizeof *store->slots);
    store->slot_mask = n - 1;
    store->key = arena_hash_key(arena);
    return true;
}

struct val val_object(struct arena *arena, uint32_t room)
{
    struct val_object *store = arena_alloc(arena, sizeof *store);
    struct val v = {.kind = VAL_OBJECT, .u.object = store};

    if (store == NULL)
        return val_nowhere();
    store->count = 0;
    store->cap = room;
    store->owner = 0;
    store->slots = NULL;
    store->members = arena_alloc(arena, (size_t)room * sizeof *store->members);
    if (store->members == NULL || (room > FEW && !make_slots(arena, store)))
        return val_nowhere();
    return v;
}

static uint32_t hash_of(const struct val_object *store, struct slice key)
{
    return (uint32_t)hash_bytes(store->key, key);
}

static uint32_t find_slot(const struct val_object *store, struct slice key)
{
    const uint32_t hash = hash_of(store, key);

    for (uint32_t i = hash & store->slot_mask; store->slots[i].member != 0;
         i = (i + 1) & store->slot_mask) {
        const uint32_t at = store->slots[i].member - 1;

        if (store->slots[i].hash == hash &&
            slice_equal(store->members[at].key, key))
            return at;
    }
    return nowhere;
}

/* The member of the store with this key, or `nowhere`. */
static uint32_t find(const struct val_object *store, struct slice key)
{
    uint32_t at;

    if (store->slots != NULL)
        return find_slot(store, key);
    for (at = 0; at < store->count; at++) {
        if (slice_equal(store->members[at].key, key))
            return at;
    }
    return nowhere;
}

/* There is a slot that is free. */
static void take_slot(struct val_object *store, uint32_t hash, uint32_t at)
{
    uint32_t i = hash & store->slot_mask;

    while (store->slots[i].member != 0)
        i = (i + 1) & store->slot_mask;
    store->slots[i] = (struct val_slot){hash, at + 1};
}

/* Add a key that the store has not; there is room. */
static void push(struct val_object *store, struct slice key, struct val value)
{
    if (store->slots != NULL)
        take_slot(store, hash_of(store, key), store->count);
    store->members[store->count++] = (struct val_member){key, value};
}

/* The first `n` but one; how many there are then. */
static uint32_t copy_members(struct val_member *to,
                             const struct val_member *from, uint32_t n,
                             uint32_t but)
{
    const uint32_t before = but < n ? but : n;

    memcpy(to, from, before * sizeof *to);
    if (before == n)
        return n;
    memcpy(to + before, from + before + 1, (n - before - 1) * sizeof *to);
    return n - 1;
}

/* The store may have more members than the object, and one is left out. */
static void copy_slots(struct val_object *to, const struct val_object *from,
                       uint32_t n, uint32_t but)
{
    to->key = from->key;
    for (uint32_t i = 0; i <= from->slot_mask; i++) {
        const struct val_slot slot = from->slots[i];
        const uint32_t at = slot.member - 1; /* `nowhere` if it is free */

        if (at < n && at != but)
            take_slot(to, slot.hash, at > but ? at - 1 : at);
    }
}

/* A store of its own, with room for `more`, without the member `but`. */
static struct val copy(struct arena *arena, struct val object, uint32_t but,
                       uint32_t more)
{
    const struct val_object *from = object.u.object;
    struct val copied = val_object(arena, object.n + more);
    struct val_object *to = copied.u.object;

    if (val_no_room(copied))
        return copied;
    if (to->slots != NULL && from->slots == NULL) { /* few */
        for (uint32_t i = 0; i < object.n; i++) {
            if (i != but)
                push(to, from->members[i].key, from->members[i].value);
        }
    } else {
        to->count = copy_members(to->members, from->members, object.n, but);
        if (to->slots != NULL)
            copy_slots(to, from, object.n, but);
    }
    copied.n = to->count;
    copied.depth = object.depth;
    return copied;
}

struct val val_thaw(struct arena *arena, struct val object)
{
    const struct place *line = object.u.line;
    const uint32_t end = line->index->close[object.n];
    struct val thawed = val_object(arena, val_count(object) + 1);
    uint32_t i = object.n + 1;

    while (i < end && !val_no_room(thawed)) {
        const struct slice key = val_text(arena, val_of_place(line, i));
        const struct val value = val_of_place(line, i + 2);
        uint32_t at;

        if (key.ptr == NULL)
            return val_nowhere();
        at = find(thawed.u.object, key);
        if (at == nowhere)
            push(thawed.u.object, key, value);
        else
            thawed.u.object->members[at].value = value;
        i = (value.kind >= VAL_ARRAY ? line->index->close[i + 2] : i + 2) + 2;
    }
    if (!val_no_room(thawed))
        thawed.n = thawed.u.object->count;
    return thawed;
}

struct val val_put(struct arena *arena, struct val object, struct slice key,
                   struct val value)
{
    uint32_t at;

    if (object.form == VAL_LAZY)
        object = val_thaw(arena, object);
    if (val_no_room(object))
        return object;
    at = find(object.u.object, key);
    if (at < object.n) {
        object = copy(arena, object, nowhere, 1);
        if (val_no_room(object))
            return object;
        object.u.object->members[at].value = value;
        return val_around(arena, object, value);
    }
    if (at != nowhere || object.n < object.u.object->count ||
        object.n == object.u.object->cap)
        object = copy(arena, object, nowhere, object.n < 4 ? 8 : object.n);
    if (val_no_room(object))
        return object;
    push(object.u.object, key, value);
    object.n++;
    return val_around(arena, object, value);
}

bool val_put_own(struct val object, struct slice key, struct val value)
{
    const uint32_t at = find(object.u.object, key);

    if (at >= object.n)
        return false;
    object.u.object->members[at].value = value;
    return true;
}

struct val val_remove(struct arena *arena, struct val object, struct slice key)
{
    uint32_t at;

    if (object.form == VAL_LAZY)
        object = val_thaw(arena, object);
    if (val_no_room(object))
        return object;
    at = find(object.u.object, key);
    return at < object.n ? copy(arena, object, at, 0) : object;
}

bool val_find(struct val object, const struct place_key *key, struct val *value)
{
    struct place place;
    uint32_t at;

    if (object.form == VAL_LAZY) {
        place = val_place(object);
        at = place_member(&place, key);
        if (at != 0)
            *value = val_of_place(object.u.line, at);
        return at != 0;
    }
    at = find(object.u.object, key->text);
    if (at >= object.n)
        return false;
    *value = object.u.object->members[at].value;
    return true;
}

/* Order */

static int compare_digits(struct slice a, struct slice b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return compare_text(a, b);
}

/* An integer of so many digits is exact in no double. */
static bool is_long_integer(struct slice s)
{
    if (s.len < 16)
        return false;
    for (size_t i = s.ptr[0] == '-'; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    }
    return true;
}

static int compare_numbers(struct val a, struct val b)
{
    const double x = val_double(a), y = val_double(b);
    struct slice s, t;

    if (x < y || x != x) /* nan is below all numbers, itself too */
        return -1;
    if (x > y || y != y)
        return 1;
    s = val_spelling(a);
    t = val_spelling(b);
    if (!is_long_integer(s) || !is_long_integer(t))
        return 0;
    return s.ptr[0] == '-' ? compare_digits(t, s) : compare_digits(s, t);
}

static int compare_arrays(struct arena *arena, struct val a, struct val b)
{
    struct val_walk v = val_walk(arena, a), w = val_walk(arena, b);
    struct val x, y;
    int order = 0;

    while (order == 0) {
        const bool more = val_next(&v, NULL, &x);

        if (!val_next(&w, NULL, &y))
            return more;
        if (!more)
            return -1;
        order = val_compare(arena, x, y);
    }
    return order;
}

static int by_key(const void *a, const void *b)
{
    const struct val_member *x = a, *y = b;

    return compare_text(x->key, y->key);
}

/* The members by their keys. */
static struct val sorted(struct arena *arena, struct val object)
{
    struct val v = object.form == VAL_LAZY ? val_thaw(arena, object)
                                           : copy(arena, object, nowhere, 0);

    if (!val_no_room(v))
        qsort(v.u.object->members, v.n, sizeof *v.u.object->members, by_key);
    return v;
}

static int compare_objects(struct arena *arena, struct val a, struct val b)
{
    const struct val v = sorted(arena, a), w = sorted(arena, b);
    int order = 0;

    if (val_no_room(v) || val_no_room(w))
        return 0;
    for (uint32_t i = 0; i < v.n && i < w.n && order == 0; i++)
        order = compare_text(v.u.object->members[i].key,
                             w.u.object->members[i].key);
    if (order != 0)
        return order;
    if (v.n != w.n)
        return v.n < w.n ? -1 : 1;
    for (uint32_t i = 0; i < v.n && order == 0; i++)
        order = val_compare(arena, v.u.object->members[i].value,
                            w.u.object->members[i].value);
    return order;
}

int val_compare(struct arena *arena, struct val a, struct val b)
{
    if (a.kind != b.kind)
        return a.kind < b.kind ? -1 : 1;
    switch ((enum val_kind)a.kind) {
    case VAL_NULL:
    case VAL_FALSE:
    case VAL_TRUE: return 0;
    case VAL_NUMBER: return compare_numbers(a, b);
    case VAL_STRING:
        return compare_text(val_text(arena, a), val_text(arena, b));
    case VAL_ARRAY: return compare_arrays(arena, a, b);
    case VAL_OBJECT: return compare_objects(arena, a, b);
    }
    return 0;
}

bool val_equal(struct arena *arena, struct val a, struct val b)
{
    if (a.kind != b.kind)
        return false;
    if (a.kind == VAL_STRING) /* most differ in their length */
        return slice_equal(val_text(arena, a), val_text(arena, b));
    return val_compare(arena, a, b) == 0;
}
