/* SPDX-License-Identifier: MIT */
/* Places of the line, and sets of them. */
#include "jq/explain.h"

#include <assert.h>

#include "base/buf.h"
#include "jq/explain_core.h"

/* More places, or a longer one, is a whole of which they are parts. */
enum { SPOTS_MAX = 24, PATH_MAX_BYTES = 120 };

/* Room for the places of a new set, which is empty. */
static struct spot *room(struct explain *x, size_t count)
{
    struct spot *at = arena_alloc(&x->arena, (count + 1) * sizeof *at);

    assert(at != NULL); /* the arena has no maximum */
    return at;
}

static bool same(struct spot a, struct spot b)
{
    return a.within == b.within && slice_equal(a.path, b.path);
}

/* Whether `b` is `a`, or lies within it. */
static bool covers(struct spot a, struct spot b)
{
    if (a.path.len > b.path.len ||
        memcmp(a.path.ptr, b.path.ptr, a.path.len) != 0)
        return false;
    return a.path.len == b.path.len || b.path.ptr[a.path.len] == '.' ||
           b.path.ptr[a.path.len] == '[';
}

static bool has(struct spots spots, struct spot spot)
{
    for (uint32_t i = 0; i < spots.count; i++) {
        if (same(spots.at[i], spot))
            return true;
    }
    return false;
}

struct spots explain_none(bool made)
{
    return (struct spots){.made = made};
}

static const struct spot line = {{"", 0}, false};
static const struct spot within_line = {{"", 0}, true};

struct spots explain_line(void)
{
    return (struct spots){.at = &line, .count = 1};
}

struct spots explain_both(struct explain *x, struct spots a, struct spots b)
{
    struct spot *at = room(x, a.count + b.count);
    struct spots both = {at, 0, a.made || b.made};

    for (uint32_t i = 0; i < a.count; i++)
        at[both.count++] = a.at[i];
    for (uint32_t i = 0; i < b.count; i++) {
        if (!has(a, b.at[i]))
            at[both.count++] = b.at[i];
    }
    if (both.count > SPOTS_MAX)
        return (struct spots){&within_line, 1, both.made};
    return both;
}

/* Whether another one has it in it; of equal ones the first stays. */
static bool is_covered(struct spots spots, uint32_t i)
{
    for (uint32_t k = 0; k < spots.count; k++) {
        if (k != i && covers(spots.at[k], spots.at[i]) &&
            (k < i || !covers(spots.at[i], spots.at[k])))
            return true;
    }
    return false;
}

struct spots explain_cover(struct explain *x, struct spots a, struct spots b)
{
    const struct spots both = explain_both(x, a, b);
    struct spot *at = room(x, both.count);
    struct spots cover = {.at = at};

    for (uint32_t i = 0; i < both.count; i++) {
        if (!is_covered(both, i))
            at[cover.count++] = both.at[i];
    }
    return cover;
}

/* Whether a place that is not this one lies within it. */
static bool holds_one(struct spot spot, struct spots spots)
{
    for (uint32_t i = 0; i < spots.count; i++) {
        if (covers(spot, spots.at[i]) && !covers(spots.at[i], spot))
            return true;
    }
    return false;
}

struct spots explain_deepest(struct explain *x, struct spots looks,
                             struct spots touched)
{
    struct spot *at = room(x, touched.count);
    struct spots ends = {.at = at};

    for (uint32_t i = 0; i < touched.count; i++) {
        if (touched.at[i].within || (!holds_one(touched.at[i], looks) &&
                                     !holds_one(touched.at[i], touched)))
            at[ends.count++] = touched.at[i];
    }
    return explain_cover(x, looks, ends);
}

struct spots explain_except(struct explain *x, struct spots a, struct spots b)
{
    struct spot *at = room(x, a.count);
    struct spots rest = {.at = at};

    for (uint32_t i = 0; i < a.count; i++) {
        if (a.at[i].within || !has(b, a.at[i]))
            at[rest.count++] = a.at[i];
    }
    return rest;
}

static struct spot step_from(struct explain *x, struct spot of,
                             struct slice step)
{
    const size_t len = of.path.len + step.len;
    char *text;

    if (of.within || len > PATH_MAX_BYTES)
        return (struct spot){of.path, true};
    text = arena_alloc(&x->arena, len);
    assert(text != NULL);
    memcpy(text, of.path.ptr, of.path.len);
    memcpy(text + of.path.len, step.ptr, step.len);
    return (struct spot){slice_of(text, len), false};
}

struct spots explain_step(struct explain *x, struct spots of, struct slice step)
{
    struct spot *at = room(x, of.count);

    for (uint32_t i = 0; i < of.count; i++)
        at[i] = step_from(x, of.at[i], step);
    return (struct spots){at, of.count, of.made};
}

struct spots explain_within(struct explain *x, struct spots of)
{
    struct spot *at = room(x, of.count);

    for (uint32_t i = 0; i < of.count; i++)
        at[i] = (struct spot){of.at[i].path, true};
    return (struct spots){at, of.count, of.made};
}

void explain_add_spots(struct spots spots, struct buf *out)
{
    for (uint32_t i = 0; i < spots.count; i++) {
        const struct slice path = spots.at[i].path;

        if (i > 0)
            buf_add_text(out, ", ");
        if (path.len == 0)
            buf_add_text(out, "the whole line");
        else if (path.ptr[0] == '[')
            buf_add_char(out, '.');
        buf_add_slice(out, path);
    }
    if (spots.count == 0)
        buf_add_text(out, "nothing");
}
