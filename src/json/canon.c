/* SPDX-License-Identifier: MIT */
/*
 * One walk over the tokens writes the value as it goes: what does not change
 * is copied in long runs (`from` is where the run began that is not yet
 * copied), so that a line which is already as it should be costs one look at
 * each byte and one memcpy. Since the bytes are known to be valid, a string
 * before a colon is a key, and a closing brace ends the object begun last:
 * arrays need no attention at all.
 *
 * Only members can be at the wrong place: canon_members is told of each, and
 * moves them in the end.
 */
#include "json/canon.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "json/canon_members.h"
#include "json/canon_number.h"
#include "json/quote.h"

enum {
    LONG_VALUE = 64 * 1024, /* bytes; a longer one gives memory back */
    KEEP = 512 * 1024,      /* bytes of each buffer that stay */
};

struct canon {
    struct canon_members members;
    struct buf keys;   /* keys that had escapes, decoded */
    struct buf text;   /* a string decoded, or the digits of a number */
    struct buf string; /* a string between two forms */
};

struct walk {
    struct canon *c;
    struct buf *out;
    size_t base;      /* where the value's output begins */
    const char *from; /* up to here the value is written */
    const char *end;
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

static const char *walk_string(struct walk *w, const char *at)
{
    unsigned seen = 0;
    const char *end = string_end(w, at, &seen);
    const char *next = skip_blank(w, end);
    struct slice string = slice_of(at, (size_t)(end - at));
    const bool is_key = next < w->end && *next == ':';

    if (is_key)
        canon_members_key(&w->c->members, decode(w, string, seen),
                          position(w, at));
    if (seen & ~(unsigned)ESCAPED) {
        if (flush(w, at) != 0 || rewrite(w, string, seen) != 0)
            return NULL;
        w->from = end;
    }
    if (is_key)
        canon_members_colon(&w->c->members, position(w, end) + 1);
    return end;
}

/* Numbers. */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
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
        canon_number_add(w->out, slice_of(from, (size_t)(at - from)),
                         &w->c->text))
        return NULL;
    w->from = at;
    return at;
}

/* The walk. */

static const char *begin_object(struct walk *w, const char *at)
{
    canon_members_begin(&w->c->members, position(w, at));
    return at + 1;
}

static const char *end_object(struct walk *w, const char *at)
{
    canon_members_end(&w->c->members, position(w, at) + 1);
    return at + 1;
}

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

/* The public functions. */

/* Calls `each` with all buffers. */
static void for_each(struct canon *c, void (*each)(struct buf *))
{
    canon_members_each(&c->members, each);
    each(&c->keys);
    each(&c->text);
    each(&c->string);
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

    buf_clear(&c->keys);
    canon_members_start(&c->members, flags & CANON_SORT);
    if (write_in_place(&w) != 0)
        return -1;
    canon_members_move(&c->members, out, w.base);
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
