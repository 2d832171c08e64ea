/* SPDX-License-Identifier: MIT */
#include "json/quote.h"

#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"

static bool is_plain(char c)
{
    unsigned char byte = (unsigned char)c;

    return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

/* Eight bytes at once, as in "Bit Twiddling Hacks" of S. E. Anderson: whether a
 * byte is less than `n` (at most 128) or zero shows in its highest bit. */
#define EACH(byte)        (UINT64_MAX / 255 * (byte))
#define HAS_LESS(x, n)    (((x)-EACH(n)) & ~(x)&EACH(0x80))
#define HAS_BYTE(x, byte) HAS_LESS((x) ^ EACH(byte), 1)

static bool are_plain(const char *eight)
{
    uint64_t x;

    memcpy(&x, eight, sizeof x);
    return ((x & EACH(0x80)) | HAS_LESS(x, 0x20) | HAS_BYTE(x, '"') |
            HAS_BYTE(x, '\\') | HAS_BYTE(x, 0x7F)) == 0;
}

/* How many bytes at its start are plain. */
static size_t plain_bytes(struct slice text)
{
    size_t at = 0;

    while (text.len - at >= 8 && are_plain(text.ptr + at))
        at += 8;
    while (at < text.len && is_plain(text.ptr[at]))
        at++;
    return at;
}

/* The letter behind the backslash, or NUL where there is no short form. */
static char short_form(char c)
{
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return '\0';
    }
}

static int add_escape(struct buf *out, char c)
{
    static const char hex[] = "0123456789abcdef";
    char letter = short_form(c);
    char text[6] = {'\\', 'u', '0', '0', '0', '0'};

    if (letter != '\0') {
        text[1] = letter;
        return buf_add(out, text, 2);
    }
    text[4] = hex[(unsigned char)c >> 4];
    text[5] = hex[c & 0xF];
    return buf_add(out, text, 6);
}

/* One character that is not plain; `used` is how many bytes it was. */
static int add_special(struct buf *out, struct slice rest, size_t *used,
                       int64_t *replaced)
{
    if ((unsigned char)rest.ptr[0] < 0x80) {
        *used = 1;
        return add_escape(out, rest.ptr[0]);
    }
    *used = utf8_step(rest.ptr, rest.len, NULL);
    if (*used > 0)
        return buf_add(out, rest.ptr, *used);
    utf8_step(rest.ptr, rest.len, used);
    (*replaced)++;
    return buf_add_text(out, UTF8_REPLACEMENT);
}

static int add_inside(struct buf *out, struct slice text, int64_t *replaced)
{
    size_t at = 0;
    size_t from, used;

    while (at < text.len) {
        from = at;
        at += plain_bytes(slice_of(text.ptr + at, text.len - at));
        if (buf_add(out, text.ptr + from, at - from) != 0)
            return -1;
        if (at == text.len)
            break;
        if (add_special(out, slice_of(text.ptr + at, text.len - at), &used,
                        replaced) != 0)
            return -1;
        at += used;
    }
    return 0;
}

int64_t quote_add(struct buf *out, struct slice text)
{
    size_t before = out->len;
    int64_t replaced = 0;

    if (buf_add_char(out, '"') == 0 && add_inside(out, text, &replaced) == 0 &&
        buf_add_char(out, '"') == 0)
        return replaced;
    out->len = before;
    return -1;
}

static uint32_t hex_digit(char c)
{
    if (c <= '9')
        return (uint32_t)(c - '0');
    return (uint32_t)((c | 0x20) - 'a' + 10);
}

/* The four hex digits behind \u. */
static uint32_t hex_unit(const char *at)
{
    return hex_digit(at[0]) << 12 | hex_digit(at[1]) << 8 |
           hex_digit(at[2]) << 4 | hex_digit(at[3]);
}

/* RFC 8259 section 7; `rest` begins with \u. A lone surrogate is U+FFFD. */
static uint32_t read_code(struct slice rest, size_t *used)
{
    uint32_t high = hex_unit(rest.ptr + 2);
    uint32_t low;

    *used = 6;
    if (high < 0xD800 || high > 0xDFFF)
        return high;
    if (high > 0xDBFF || rest.len < 12 || rest.ptr[6] != '\\' ||
        rest.ptr[7] != 'u')
        return 0xFFFD;
    low = hex_unit(rest.ptr + 8);
    if (low < 0xDC00 || low > 0xDFFF)
        return 0xFFFD;
    *used = 12;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

static char long_form(char letter)
{
    switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return letter;
    }
}

/* What the escape at the start of `rest` means, into `out`; its length. */
static size_t read_escape(struct slice rest, char out[UTF8_MAX], size_t *used)
{
    if (rest.ptr[1] == 'u')
        return utf8_write(read_code(rest, used), out);
    *used = 2;
    out[0] = long_form(rest.ptr[1]);
    return 1;
}

static struct slice inside(struct slice string)
{
    return slice_of(string.ptr + 1, string.len - 2);
}

/* How many bytes come before the next backslash. */
static size_t run(struct slice rest)
{
    const char *slash = memchr(rest.ptr, '\\', rest.len);

    return slash == NULL ? rest.len : (size_t)(slash - rest.ptr);
}

static struct slice skip(struct slice s, size_t n)
{
    return slice_of(s.ptr + n, s.len - n);
}

static int read_inside(struct buf *out, struct slice rest)
{
    char bytes[UTF8_MAX];
    size_t n, used;

    for (;;) {
        n = run(rest);
        if (buf_add(out, rest.ptr, n) != 0)
            return -1;
        rest = skip(rest, n);
        if (rest.len == 0)
            return 0;
        n = read_escape(rest, bytes, &used);
        if (buf_add(out, bytes, n) != 0)
            return -1;
        rest = skip(rest, used);
    }
}

int quote_read(struct buf *out, struct slice string)
{
    size_t before = out->len;

    if (read_inside(out, inside(string)) == 0)
        return 0;
    out->len = before;
    return -1;
}

bool quote_plain(struct slice string)
{
    return memchr(string.ptr, '\\', string.len) == NULL;
}

static bool take(struct slice *text, const char *bytes, size_t n)
{
    if (n == 0)
        return true; /* the text may be NULL, and NULL + 0 is undefined */
    if (text->len < n ||
        !slice_equal(slice_of(text->ptr, n), slice_of(bytes, n)))
        return false;
    *text = skip(*text, n);
    return true;
}

bool quote_equal(struct slice string, struct slice text)
{
    struct slice rest = inside(string);
    char bytes[UTF8_MAX];
    size_t n, used;

    for (;;) {
        n = run(rest);
        if (!take(&text, rest.ptr, n))
            return false;
        rest = skip(rest, n);
        if (rest.len == 0)
            return text.len == 0;
        n = read_escape(rest, bytes, &used);
        if (!take(&text, bytes, n))
            return false;
        rest = skip(rest, used);
    }
}
