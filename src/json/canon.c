/* SPDX-License-Identifier: MIT */
/*
 * One walk over the tokens writes the value as it goes: what does not change
 * is copied in long runs (`from` is where the run began that is not yet
 * copied), so that a line which is already as it should be costs one look at
 * each byte and one memcpy. Since the bytes are known to be valid, a string
 * before a colon is a key, and a closing brace ends the object begun last:
 * arrays need no attention at all.
 *
 * Only members can be at the wrong place. The walk notes for each where it
 * went; when an object ends, its keys are compared, and if the order has to
 * change or a key came twice, its members are kept in their final order. Most
 * values keep none and are done. For the others a second walk copies the
 * output once more, each kept member from where it is to where it belongs.
 * Moving the members whenever an object ends would be simpler, but then every
 * byte is copied once for each level above it.
 *
 * Positions are relative to the start of the value's output, since `out` may
 * move while it grows.
 */
#include "json/canon.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "json/quote.h"

enum {
    LONG_VALUE = 64 * 1024, /* bytes; a longer one gives memory back */
    KEEP = 512 * 1024,      /* bytes of each buffer that stay */
    FEW = 16,               /* keys that are compared each with each */
};

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

struct canon {
    struct buf members; /* struct member, of the objects that are open */
    struct buf objects; /* struct object */
    struct buf kept;    /* struct member */
    struct buf order;   /* struct member *, and as many again to merge into */
    struct buf spans;   /* struct span */
    struct buf keys;    /* keys that had escapes, decoded */
    struct buf text;    /* a string decoded, or the digits of a number */
    struct buf string;  /* a string between two forms */
    struct buf moved;   /* the output of the second walk */
};

struct walk {
    struct canon *c;
    struct buf *out;
    size_t base;      /* where the value's output begins */
    const char *from; /* up to here the value is written */
    const char *end;
    size_t object; /* the innermost open one */
    unsigned flags;
};

/* What a byte of a string asks for. */
enum {
    STOP = 1,     /* the closing quote, a backslash */
    DELETE = 2,   /* the walk does not care unless CANON_JQ */
    HIGH = 4,     /* nor for these unless CANON_ASCII */
    ESCAPED = 8,  /* there was a backslash */
    REWRITE = 16, /* an escape that jq writes otherwise */
};

static const unsigned char kinds[256] = {
    ['"'] = STOP, ['\\'] = STOP, [0x7F] = DELETE,
#define ROW(n)                                                          \
    [(n)] = HIGH, [(n) + 1] = HIGH, [(n) + 2] = HIGH, [(n) + 3] = HIGH, \
    [(n) + 4] = HIGH, [(n) + 5] = HIGH, [(n) + 6] = HIGH, [(n) + 7] = HIGH
    ROW(0x80),    ROW(0x88),     ROW(0x90),       ROW(0x98),
    ROW(0xA0),    ROW(0xA8),     ROW(0xB0),       ROW(0xB8),
    ROW(0xC0),    ROW(0xC8),     ROW(0xD0),       ROW(0xD8),
    ROW(0xE0),    ROW(0xE8),     ROW(0xF0),       ROW(0xF8),
#undef ROW
};

/* Room for one more record in a buffer of them. */
static void *push(struct buf *records, size_t size)
{
    void *room = buf_reserve(records, size);

    records->len += size;
    return room;
}

static size_t member_count(const struct canon *c)
{
    return c->members.len / sizeof(struct member);
}

static struct member *member_at(const struct canon *c, size_t i)
{
    struct member *first = (struct member *)(void *)c->members.data;

    /* There may be no memory yet, and NULL + 0 is undefined. */
    return first != NULL ? first + i : NULL;
}

static struct object *object_at(const struct canon *c, size_t i)
{
    struct object *first = (struct object *)(void *)c->objects.data;

    return first != NULL ? first + i : NULL;
}

static size_t object_count(const struct canon *c)
{
    return c->objects.len / sizeof(struct object);
}

/* Where in the output the byte at `at` will be. */
static size_t position(const struct walk *w, const char *at)
{
    return w->out->len - w->base + (size_t)(at - w->from);
}

static int flush(struct walk *w, const char *at)
{
    const char *from = w->from;

    w->from = at;
    return buf_add(w->out, from, (size_t)(at - from));
}

static const char *skip_blank(const struct walk *w, const char *at)
{
    while (at < w->end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

/* Strings. */

/* One character of valid UTF-8, beyond ASCII. */
static uint32_t code_of(const char *at, size_t len)
{
    uint32_t code = (unsigned char)at[0] & (0x7Fu >> len);

    for (size_t i = 1; i < len; i++)
        code = code << 6 | ((unsigned char)at[i] & 0x3F);
    return code;
}

static int add_code(struct buf *out, uint32_t code)
{
    char text[16];
    int len;

    if (code < 0x10000)
        len = snprintf(text, sizeof text, "\\u%04x", (unsigned)code);
    else
        len = snprintf(text, sizeof text, "\\u%04x\\u%04x",
                       (unsigned)(0xD800 + ((code - 0x10000) >> 10)),
                       (unsigned)(0xDC00 + (code & 0x3FF)));
    return buf_add(out, text, (size_t)len);
}

/* Any bytes of a value: what is beyond ASCII can only be in its strings. */
static int add_ascii(struct buf *out, struct slice bytes)
{
    const char *at = bytes.ptr;
    const char *const end = at + bytes.len;

    while (at < end) {
        const char *from = at;
        size_t len;

        while (at < end && (unsigned char)*at < 0x80)
            at++;
        if (buf_add(out, from, (size_t)(at - from)) != 0)
            return -1;
        if (at == end)
            break;
        len = utf8_step(at, (size_t)(end - at), NULL);
        if (add_code(out, code_of(at, len)) != 0)
            return -1;
        at += len;
    }
    return 0;
}

/* Of all escapes only these two are not what jq writes, or may not be. */
static unsigned escape_kind(const struct walk *w, char letter)
{
    if ((w->flags & CANON_JQ) && (letter == 'u' || letter == '/'))
        return ESCAPED | REWRITE;
    return ESCAPED;
}

/* From the opening quote to behind the closing one; `seen` is what is in it. */
static const char *string_end(const struct walk *w, const char *at,
                              unsigned *seen)
{
    const unsigned stops = STOP | (w->flags & CANON_JQ ? DELETE : 0u) |
                           (w->flags & CANON_ASCII ? HIGH : 0u);

    for (at++;; at++) {
        while ((kinds[(unsigned char)*at] & stops) == 0)
            at++;
        if (*at == '"')
            return at + 1;
        if (*at == '\\')
            *seen |= escape_kind(w, *++at);
        else
            *seen |= kinds[(unsigned char)*at];
    }
}

/* Decoding and quoting again is slower than to change an escape in its place,
 * but it is what all other strings go through: one idea of the right form. */
static int rewrite(struct walk *w, struct slice string, unsigned seen)
{
    struct canon *c = w->c;
    const bool ascii = w->flags & CANON_ASCII;

    if (seen & (REWRITE | DELETE)) {
        buf_clear(&c->text);
        buf_clear(&c->string);
        quote_read(&c->text, string);
        if (!ascii)
            return quote_add(w->out, buf_slice(&c->text)) < 0 ? -1 : 0;
        quote_add(&c->string, buf_slice(&c->text));
        string = buf_slice(&c->string);
    }
    return add_ascii(w->out, string);
}

static uint64_t rank_of(struct slice key)
{
    uint64_t rank = 0;

    for (size_t i = 0; i < 8; i++)
        rank = rank << 8 | (i < key.len ? (unsigned char)key.ptr[i] : 0);
    return rank;
}

/* What a key means: most often its own bytes. */
static struct slice decode(struct walk *w, struct slice string, unsigned seen)
{
    struct buf *keys = &w->c->keys;
    size_t before = keys->len;

    if (!(seen & ESCAPED))
        return slice_of(string.ptr + 1, string.len - 2);
    /* A text is shorter than its string: with room for the rest of the value
     * the buffer stays where it is, and slices of it stay good. */
    if (before == 0)
        buf_reserve(keys, (size_t)(w->end - string.ptr));
    quote_read(keys, string);
    return slice_of(keys->data + before, keys->len - before);
}

static void note_key(struct walk *w, struct slice string, unsigned seen)
{
    struct member *m = push(&w->c->members, sizeof *m);

    m->key = decode(w, string, seen);
    m->rank = rank_of(m->key);
    m->at = position(w, string.ptr);
    m->object = object_count(w->c);
}

static const char *walk_string(struct walk *w, const char *at)
{
    unsigned seen = 0;
    const char *end = string_end(w, at, &seen);
    const char *next = skip_blank(w, end);
    struct slice string = slice_of(at, (size_t)(end - at));
    const bool is_key = next < w->end && *next == ':';

    if (is_key)
        note_key(w, string, seen);
    if (seen & ~(unsigned)ESCAPED) {
        if (flush(w, at) != 0 || rewrite(w, string, seen) != 0)
            return NULL;
        w->from = end;
    }
    if (is_key)
        member_at(w->c, member_count(w->c) - 1)->key_end = position(w, end) + 1;
    return end;
}

/* Numbers. */

/* The exponents of decimal arithmetic as jq 1.7.1 sets it up. */
enum {
    EXPONENT_MAX = 999999999,   /* of the first digit */
    EXPONENT_MIN = -1147483646, /* of the last one */
    PLAIN_MIN = -6,             /* of the first digit, without E */
};

/* Beyond it an exponent need not be read: no value has so many digits. */
static const int64_t exponent_cut = (int64_t)1 << 50;

struct decimal {
    struct slice digits; /* without leading zeros; at least one */
    int64_t exponent;    /* of the last digit */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int64_t read_exponent(const char *at, const char *end)
{
    const bool negative = *at == '-';
    int64_t n = 0;

    if (!is_digit(*at))
        at++;
    for (; at < end && n < exponent_cut; at++)
        n = n * 10 + (*at - '0');
    return negative ? -n : n;
}

/* `text` has no sign; the digits are gathered in `digits`. */
static struct decimal read_decimal(struct slice text, struct buf *digits)
{
    const char *at = text.ptr;
    const char *const end = at + text.len;
    const char *point = NULL;
    struct decimal d = {.exponent = 0};
    size_t zeros = 0;

    buf_clear(digits);
    for (; at < end && (is_digit(*at) || *at == '.'); at++) {
        if (*at == '.')
            point = at;
        else
            buf_add_char(digits, *at);
    }
    if (point != NULL)
        d.exponent = -(int64_t)(at - point - 1);
    if (at < end)
        d.exponent += read_exponent(at + 1, end);
    while (zeros + 1 < digits->len && digits->data[zeros] == '0')
        zeros++;
    d.digits = slice_of(digits->data + zeros, digits->len - zeros);
    return d;
}

static int add_two(struct buf *out, struct slice digits, size_t point)
{
    if (buf_add(out, digits.ptr, point) != 0)
        return -1;
    if (point == digits.len)
        return 0;
    if (buf_add_char(out, '.') != 0)
        return -1;
    return buf_add(out, digits.ptr + point, digits.len - point);
}

static int add_plain(struct buf *out, const struct decimal *d)
{
    const int64_t point = (int64_t)d->digits.len + d->exponent;

    if (point > 0)
        return add_two(out, d->digits, (size_t)point);
    if (buf_add(out, "0.00000", 2 + (size_t)-point) != 0)
        return -1;
    return buf_add_slice(out, d->digits);
}

static int add_scientific(struct buf *out, const struct decimal *d,
                          int64_t first)
{
    char text[24];
    int len = snprintf(text, sizeof text, "E%+lld", (long long)first);

    if (add_two(out, d->digits, 1) != 0)
        return -1;
    return buf_add(out, text, (size_t)len);
}

static int add_number(struct buf *out, struct slice text, struct buf *digits)
{
    struct decimal d;
    int64_t first;

    if (*text.ptr == '-') {
        if (buf_add_char(out, '-') != 0)
            return -1;
        text = slice_of(text.ptr + 1, text.len - 1);
    }
    d = read_decimal(text, digits);
    if (d.exponent < EXPONENT_MIN) {
        d.digits = slice_text("0");
        d.exponent = EXPONENT_MIN;
    }
    first = d.exponent + (int64_t)d.digits.len - 1;
    if (first > EXPONENT_MAX && *d.digits.ptr != '0')
        return buf_add_text(out, "1.7976931348623157e+308");
    if (first > EXPONENT_MAX)
        first = d.exponent = EXPONENT_MAX;
    if (d.exponent <= 0 && first >= PLAIN_MIN)
        return add_plain(out, &d);
    return add_scientific(out, &d, first);
}

/* Without an exponent only what is very small is written otherwise. */
static bool number_changes(const char *at, size_t len)
{
    static const char small[] = "0.000000";

    return len >= sizeof small && memcmp(at, small, sizeof small - 1) == 0;
}

static const char *walk_number(struct walk *w, const char *at)
{
    const char *const from = at;
    const char *digits;
    bool changes;

    at += *at == '-';
    digits = at;
    while (at < w->end && (is_digit(*at) || *at == '.'))
        at++;
    changes = number_changes(digits, (size_t)(at - digits));
    if (at < w->end && (*at == 'e' || *at == 'E')) {
        changes = true;
        at += 2;
        while (at < w->end && is_digit(*at))
            at++;
    }
    if (!changes || !(w->flags & CANON_JQ))
        return at;
    if (flush(w, from) != 0 ||
        add_number(w->out, slice_of(from, (size_t)(at - from)), &w->c->text))
        return NULL;
    w->from = at;
    return at;
}

/* Objects. */

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

static struct member **sorted(struct canon *c, struct member *m, size_t n)
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
static void arrange(struct walk *w, struct object *o, struct member *m,
                    size_t n)
{
    struct buf *kept = &w->c->kept;
    const size_t before = kept->len;
    struct member **order;
    bool dropped;

    for (size_t i = 0; i < n; i++) {
        m[i].value_at = m[i].key_end;
        m[i].value_end = i + 1 < n ? m[i + 1].at - 1 : o->end - 1;
    }
    order = sorted(w->c, m, n);
    dropped = drop_twins(order, n);
    if (!(w->flags & CANON_SORT) && !dropped)
        return;
    o->first = before / sizeof *m;
    for (size_t i = 0; i < n; i++) {
        const struct member *each = w->flags & CANON_SORT ? order[i] : &m[i];

        if (each->key.ptr != NULL)
            *(struct member *)push(kept, sizeof *each) = *each;
    }
    o->count = kept->len / sizeof *m - o->first;
}

static const char *begin_object(struct walk *w, const char *at)
{
    const size_t first = member_count(w->c);
    struct object *o = push(&w->c->objects, sizeof *o);

    *o = (struct object){
        .at = position(w, at), .first = first, .parent = w->object};
    w->object = object_count(w->c) - 1;
    return at + 1;
}

static const char *end_object(struct walk *w, const char *at)
{
    struct canon *c = w->c;
    struct object *o = object_at(c, w->object);
    const size_t first = o->first;
    const size_t n = member_count(c) - first;
    struct member *m = member_at(c, first);
    bool right;

    o->end = position(w, at) + 1;
    o->next = object_count(c);
    if (w->flags & CANON_SORT)
        right = is_sorted(m, n);
    else
        right = n <= FEW && !has_twins(m, n);
    if (!right)
        arrange(w, o, m, n);
    c->members.len = first * sizeof *m;
    w->object = o->parent;
    return at + 1;
}

/* The two walks. */

static const char *walk_blank(struct walk *w, const char *at)
{
    if (flush(w, at) != 0)
        return NULL;
    w->from = skip_blank(w, at);
    return w->from;
}

/* One token; brackets, commas, colons and letters of literals are copied. */
static const char *walk_token(struct walk *w, const char *at)
{
    switch (*at) {
    case '"': return walk_string(w, at);
    case '{': return begin_object(w, at);
    case '}': return end_object(w, at);
    case ' ':
    case '\t':
    case '\r': return walk_blank(w, at);
    case '-': return walk_number(w, at);
    default: return is_digit(*at) ? walk_number(w, at) : at + 1;
    }
}

static int write_in_place(struct walk *w)
{
    const char *at = w->from;

    while (at != NULL && at < w->end)
        at = walk_token(w, at);
    return at != NULL ? flush(w, at) : -1;
}

static void push_span(struct canon *c, size_t at, size_t end, size_t object)
{
    struct span *s = push(&c->spans, sizeof *s);

    *s = (struct span){.at = at, .end = end, .object = object};
}

/* The next object in the rest of a span whose members have to move, or NULL.
 * No object is passed over twice: what is behind a kept one's brace, or within
 * it, is in another span. */
static const struct object *next_kept(const struct canon *c, struct span *s)
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
static void copy_next(struct canon *c, struct slice in)
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

/* What was written from `base` on, with its members where they belong. */
static void move_members(struct canon *c, struct buf *out, size_t base)
{
    struct slice in = slice_of(out->data + base, out->len - base);

    push_span(c, 0, in.len, 0);
    while (c->spans.len > 0)
        copy_next(c, in);
    out->len = base;
    buf_add_slice(out, buf_slice(&c->moved));
}

/* The public functions. */

/* Calls `each` with all buffers. */
static void for_each(struct canon *c, void (*each)(struct buf *))
{
    struct buf *const all[] = {&c->members, &c->objects, &c->kept,
                               &c->order,   &c->spans,   &c->keys,
                               &c->text,    &c->string,  &c->moved};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        each(all[i]);
}

/* What they hold is bounded by the length of the value. */
static void init(struct buf *b)
{
    buf_init(b, SIZE_MAX);
}

static void shrink(struct buf *b)
{
    buf_clear(b);
    buf_shrink(b, KEEP);
}

struct canon *canon_new(void)
{
    struct canon *c = mem_alloc(sizeof *c);

    for_each(c, init);
    return c;
}

void canon_free(struct canon *c)
{
    if (c == NULL)
        return;
    for_each(c, buf_release);
    mem_free(c);
}

static int write_compact(struct canon *c, struct slice value, unsigned flags,
                         struct buf *out)
{
    struct walk w = {.c = c,
                     .out = out,
                     .base = out->len,
                     .from = value.ptr,
                     .end = value.ptr + value.len,
                     .flags = flags};

    for_each(c, buf_clear);
    if (write_in_place(&w) != 0)
        return -1;
    if (c->kept.len > 0)
        move_members(c, out, w.base);
    return 0;
}

int canon_write(struct canon *c, struct slice value, unsigned flags,
                struct buf *out)
{
    const size_t before = out->len;
    int rc;

    if (flags & (CANON_JQ | CANON_SORT))
        rc = write_compact(c, value, flags, out);
    else if (flags & CANON_ASCII)
        rc = add_ascii(out, value);
    else
        rc = buf_add_slice(out, value);
    if (value.len > LONG_VALUE)
        for_each(c, shrink);
    if (rc != 0)
        out->len = before;
    return rc;
}

int canon_text(struct canon *c, struct slice string, unsigned flags,
               struct buf *out)
{
    if (flags & CANON_ASCII)
        return canon_write(c, string, flags, out);
    return quote_read(out, string);
}
