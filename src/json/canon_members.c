/* SPDX-License-Identifier: MIT */
/*
 * When an object ends its keys are compared, and if the order has to change or
 * a key came twice, its members are kept in their final order. Most values keep
 * none and are done. For the others the output is copied once more, each kept
 * member from where it is to where it belongs. Moving the members whenever an
 * object ends would be simpler, but then every byte is copied once for each
 * level above it.
 */
#include "json/canon_members.h"

#include <stdint.h>

enum { FEW = 16 }; /* keys that are compared each with each */

/* Where a member of an object went. */
struct member {
    struct slice key; /* decoded; NULL: dropped, another has its key */
    uint64_t rank;    /* the first eight bytes of the key, as a number */
    size_t at;        /* its key */
    size_t key_end;   /* behind the colon */
    size_t value_at;  /* the same, unless the value is a later twin's */
    size_t value_end; /* known when the object ends */
    size_t object;    /* the first object that began behind the colon */
};

/* An object, in the order in which they begin. */
struct object {
    size_t at;    /* its opening brace */
    size_t end;   /* behind its closing brace */
    size_t first; /* its first member: while open, in `members`; then `kept` */
    size_t count; /* of members kept; 0: it stays as it is */
    size_t next;  /* the first object that began behind its end */
    size_t parent;
};

/* A piece of the output that is to be copied. */
struct span {
    size_t at, end;
    size_t object;       /* the first that begins in it and is not yet copied */
    size_t member, last; /* kept members that come before `at` */
};

/* Room for one more record in a buffer of them. */
static void *push(struct buf *records, size_t size)
{
    void *room = buf_reserve(records, size);

    records->len += size;
    return room;
}

static size_t member_count(const struct canon_members *c)
{
    return c->members.len / sizeof(struct member);
}

static struct member *member_at(const struct canon_members *c, size_t i)
{
    struct member *first = (struct member *)(void *)c->members.data;

    /* There may be no memory yet, and NULL + 0 is undefined. */
    return first != NULL ? first + i : NULL;
}

static struct object *object_at(const struct canon_members *c, size_t i)
{
    struct object *first = (struct object *)(void *)c->objects.data;

    return first != NULL ? first + i : NULL;
}

static size_t object_count(const struct canon_members *c)
{
    return c->objects.len / sizeof(struct object);
}

static uint64_t rank_of(struct slice key)
{
    uint64_t rank = 0;

    for (size_t i = 0; i < 8; i++)
        rank = rank << 8 | (i < key.len ? (unsigned char)key.ptr[i] : 0);
    return rank;
}

static int compare(const struct member *a, const struct member *b)
{
    const struct slice x = a->key, y = b->key;
    const size_t len = x.len < y.len ? x.len : y.len;
    int rc;

    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    rc = len > 0 ? memcmp(x.ptr, y.ptr, len) : 0;
    if (rc != 0 || x.len == y.len)
        return rc;
    return x.len < y.len ? -1 : 1;
}

static void sort_few(struct member **order, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct member *one = order[i];
        size_t j = i;

        for (; j > 0 && compare(order[j - 1], one) > 0; j--)
            order[j] = order[j - 1];
        order[j] = one;
    }
}

/* The sorted runs [0, mid) and [mid, n) of `from` into one of `to`. */
static void merge(struct member **from, size_t mid, size_t n,
                  struct member **to)
{
    size_t a = 0, b = mid;

    while (a < mid && b < n)
        *to++ = compare(from[a], from[b]) <= 0 ? from[a++] : from[b++];
    while (a < mid)
        *to++ = from[a++];
    while (b < n)
        *to++ = from[b++];
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Stable, without recursion, in memory that is there; qsort(3) promises none of
 * that. `spare` has room for as many; what is returned is one of the two. */
static struct member **sort(struct member **order, struct member **spare,
                            size_t n)
{
    for (size_t i = 0; i < n; i += FEW)
        sort_few(order + i, least(FEW, n - i));
    for (size_t width = FEW; width < n; width *= 2) {
        struct member **from = order;

        for (size_t i = 0; i < n; i += 2 * width)
            merge(from + i, least(width, n - i), least(2 * width, n - i),
                  spare + i);
        order = spare;
        spare = from;
    }
    return order;
}

static struct member **sorted(struct canon_members *c, struct member *m,
                              size_t n)
{
    struct member **order;

    buf_clear(&c->order);
    order = (void *)buf_reserve(&c->order, 2 * n * sizeof(struct member *));
    for (size_t i = 0; i < n; i++)
        order[i] = &m[i];
    return sort(order, order + n, n);
}

/* Of members with one key the first gets the last one's value, the others are
 * dropped. False if there were none. */
static bool drop_twins(struct member **order, size_t n)
{
    struct member *first = order[0];
    bool dropped = false;

    for (size_t i = 1; i < n; i++) {
        struct member *m = order[i];

        if (compare(first, m) != 0) {
            first = m;
            continue;
        }
        first->value_at = m->value_at;
        first->value_end = m->value_end;
        first->object = m->object;
        m->key.ptr = NULL;
        dropped = true;
    }
    return dropped;
}

static bool is_sorted(const struct member *m, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (compare(&m[i - 1], &m[i]) >= 0)
            return false;
    }
    return true;
}

/* Each with each, so for few alone. */
static bool has_twins(const struct member *m, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (m[i].rank == m[j].rank && compare(&m[i], &m[j]) == 0)
                return true;
        }
    }
    return false;
}

/* Note the members of an object in the order that they have to have, unless
 * they have it. */
static void arrange(struct canon_members *c, struct object *o, struct member *m,
                    size_t n)
{
    struct buf *kept = &c->kept;
    const size_t before = kept->len;
    struct member **order;
    bool dropped;

    for (size_t i = 0; i < n; i++) {
        m[i].value_at = m[i].key_end;
        m[i].value_end = i + 1 < n ? m[i + 1].at - 1 : o->end - 1;
    }
    order = sorted(c, m, n);
    dropped = drop_twins(order, n);
    if (!c->sort && !dropped)
        return;
    o->first = before / sizeof *m;
    for (size_t i = 0; i < n; i++) {
        const struct member *each = c->sort ? order[i] : &m[i];

        if (each->key.ptr != NULL)
            *(struct member *)push(kept, sizeof *each) = *each;
    }
    o->count = kept->len / sizeof *m - o->first;
}

void canon_members_begin(struct canon_members *c, size_t at)
{
    const size_t first = member_count(c);
    struct object *o = push(&c->objects, sizeof *o);

    *o = (struct object){.at = at, .first = first, .parent = c->innermost};
    c->innermost = object_count(c) - 1;
}

void canon_members_key(struct canon_members *c, struct slice key, size_t at)
{
    struct member *m = push(&c->members, sizeof *m);

    m->key = key;
    m->rank = rank_of(key);
    m->at = at;
    m->object = object_count(c);
}

void canon_members_colon(struct canon_members *c, size_t behind)
{
    member_at(c, member_count(c) - 1)->key_end = behind;
}

void canon_members_end(struct canon_members *c, size_t behind)
{
    struct object *o = object_at(c, c->innermost);
    const size_t first = o->first;
    const size_t n = member_count(c) - first;
    struct member *m = member_at(c, first);
    bool right;

    o->end = behind;
    o->next = object_count(c);
    if (c->sort)
        right = is_sorted(m, n);
    else
        right = n <= FEW && !has_twins(m, n);
    if (!right)
        arrange(c, o, m, n);
    c->members.len = first * sizeof *m;
    c->innermost = o->parent;
}

static void push_span(struct canon_members *c, size_t at, size_t end,
                      size_t object)
{
    struct span *s = push(&c->spans, sizeof *s);

    *s = (struct span){.at = at, .end = end, .object = object};
}

/* The next object in the rest of a span whose members have to move, or NULL.
 * No object is passed over twice: what is behind a kept one's brace, or within
 * it, is in another span. */
static const struct object *next_kept(const struct canon_members *c,
                                      struct span *s)
{
    for (; s->object < object_count(c); s->object++) {
        const struct object *o = object_at(c, s->object);

        if (o->at >= s->end)
            return NULL;
        if (o->count > 0)
            return o;
    }
    return NULL;
}

/* Copy the next part of the innermost span: a kept member, or what comes before
 * the next object that has some. `in` is the output of the first walk. */
static void copy_next(struct canon_members *c, struct slice in)
{
    struct span *s = (struct span *)(void *)(c->spans.data + c->spans.len) - 1;
    struct buf *out = &c->moved;
    const struct object *o;

    if (s->member < s->last) {
        const struct member *m =
            (struct member *)(void *)c->kept.data + s->member++;

        /* Behind the opening brace there is no comma; a value ends in none. */
        if (out->data[out->len - 1] != '{')
            buf_add_char(out, ',');
        buf_add(out, in.ptr + m->at, m->key_end - m->at);
        push_span(c, m->value_at, m->value_end, m->object);
        return;
    }
    o = next_kept(c, s);
    if (o == NULL) {
        buf_add(out, in.ptr + s->at, s->end - s->at);
        c->spans.len -= sizeof *s;
        return;
    }
    buf_add(out, in.ptr + s->at, o->at + 1 - s->at);
    s->at = o->end - 1;
    s->object = o->next;
    s->member = o->first;
    s->last = o->first + o->count;
}

void canon_members_move(struct canon_members *c, struct buf *out, size_t base)
{
    const struct slice in = slice_of(out->data + base, out->len - base);

    if (c->kept.len == 0)
        return;
    push_span(c, 0, in.len, 0);
    while (c->spans.len > 0)
        copy_next(c, in);
    out->len = base;
    buf_add_slice(out, buf_slice(&c->moved));
}

void canon_members_each(struct canon_members *c, void (*each)(struct buf *))
{
    each(&c->members);
    each(&c->objects);
    each(&c->kept);
    each(&c->order);
    each(&c->spans);
    each(&c->moved);
}

void canon_members_start(struct canon_members *c, bool sort)
{
    canon_members_each(c, buf_clear);
    c->innermost = 0;
    c->sort = sort;
}
