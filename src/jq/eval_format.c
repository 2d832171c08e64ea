/* SPDX-License-Identifier: MIT */
/* The formats: @text, @json, @csv, @tsv, @html, @uri, @urid, @sh, @base64,
 * @base64d, @base32, @base32d.
 */
#include "jq/eval.h"

#include <string.h>

#include "base/base32.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "jq/eval_core.h"
#include "jq/val_core.h"
#include "json/canon.h"

/* By what a byte is replaced; NULL: it stays. */
typedef const char *const replacements[256];

static replacements in_csv = {['\0'] = "\\0", ['"'] = "\"\""};

static replacements in_tsv = {
    ['\0'] = "\\0", ['\t'] = "\\t",  ['\n'] = "\\n",
    ['\r'] = "\\r", ['\\'] = "\\\\",
};

static replacements in_html = {
    ['\0'] = "\\0",  ['<'] = "&lt;",    ['>'] = "&gt;",
    ['&'] = "&amp;", ['\''] = "&apos;", ['"'] = "&quot;",
};

static replacements in_shell = {['\0'] = "\\0", ['\''] = "'\\''"};

static void add_replaced(struct buf *out, struct slice text,
                         const char *const *with)
{
    const char *at = text.ptr, *const end = at + text.len;

    while (at < end) {
        const char *const from = at;

        while (at < end && with[(unsigned char)*at] == NULL)
            at++;
        buf_add(out, from, (size_t)(at - from));
        if (at < end)
            buf_add_text(out, with[(unsigned char)*at++]);
    }
}

/* What a string means, in a row. As it stands in a line without escapes, none
 * of its bytes is one that has to be replaced. */
static void add_cell(struct eval *e, struct val v, bool csv, struct buf *out)
{
    const struct slice text = val_text(&e->arena, v);

    if (v.form == VAL_LAZY && text.len + 2 == val_bytes(v).len)
        buf_add_slice(out, text);
    else
        add_replaced(out, text, csv ? in_csv : in_tsv);
}

static int add_field(struct eval *e, struct val v, bool csv, struct buf *out)
{
    if (v.kind >= VAL_ARRAY)
        return eval_error_of(e, v, "is not valid in a csv row");
    if (v.kind != VAL_STRING) {
        if (v.kind != VAL_NULL)
            eval_add_text(e, v, out);
        return 1;
    }
    if (csv)
        buf_add_char(out, '"');
    add_cell(e, v, csv, out);
    if (csv)
        buf_add_char(out, '"');
    return 1;
}

static int row(struct eval *e, struct val in, bool csv, struct buf *out)
{
    struct val_walk walk;
    struct val v;
    bool any = false;

    if (in.kind != VAL_ARRAY)
        return eval_error_of(e, in,
                             csv ? "cannot be csv-formatted, only array"
                                 : "cannot be tsv-formatted, only array");
    walk = val_walk(&e->arena, in);
    while (val_next(&walk, NULL, &v)) {
        if (any)
            buf_add_char(out, csv ? ',' : '\t');
        any = true;
        if (add_field(e, v, csv, out) < 0)
            return -1;
    }
    return 1;
}

static int shell(struct eval *e, struct val in, struct buf *out)
{
    struct val_walk walk;
    struct val v;
    bool any = false;

    if (in.kind == VAL_OBJECT)
        return eval_error_of(e, in, "can not be escaped for shell");
    if (in.kind == VAL_ARRAY) {
        walk = val_walk(&e->arena, in);
        while (val_next(&walk, NULL, &v)) {
            if (v.kind >= VAL_ARRAY)
                return eval_error_of(e, v, "can not be escaped for shell");
            if (any)
                buf_add_char(out, ' ');
            any = true;
            if (shell(e, v, out) < 0)
                return -1;
        }
        return 1;
    }
    if (in.kind != VAL_STRING) {
        eval_add_text(e, in, out);
        return 1;
    }
    buf_add_char(out, '\'');
    add_replaced(out, val_text(&e->arena, in), in_shell);
    buf_add_char(out, '\'');
    return 1;
}

static void add_uri(struct buf *out, struct slice text)
{
    static const char keeps[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
                                "uvwxyz0123456789-_.~";

    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];

        if (c != '\0' && strchr(keeps, c) != NULL)
            buf_add_char(out, c);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}

void eval_add_valid(struct buf *out, struct slice bytes)
{
    for (size_t i = 0; i < bytes.len;) {
        size_t bad = 1;
        size_t n = utf8_step(bytes.ptr + i, bytes.len - i, &bad);

        if (n > 0)
            buf_add(out, bytes.ptr + i, n);
        else
            buf_add_text(out, UTF8_REPLACEMENT);
        i += n > 0 ? n : bad;
    }
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int from_uri(struct eval *e, struct val in, struct slice text,
                    struct buf *out)
{
    struct buf bytes = eval_new_text(e);
    bool wrong = false;

    for (size_t i = 0; i < text.len && !wrong; i++) {
        int high, low;

        if (text.ptr[i] != '%') {
            buf_add_char(&bytes, text.ptr[i]);
            continue;
        }
        high = text.len - i > 2 ? hex_of(text.ptr[i + 1]) : -1;
        low = text.len - i > 2 ? hex_of(text.ptr[i + 2]) : -1;
        wrong = high < 0 || low < 0;
        buf_add_char(&bytes, (char)(high * 16 + low));
        i += 2;
    }
    out->refused |= bytes.refused;
    if (!wrong)
        eval_add_valid(out, buf_slice(&bytes));
    buf_release(&bytes);
    return wrong ? eval_error_of(e, in, "is not a valid uri encoding") : 1;
}

/* A way to write bytes as digits of so many bits. */
struct radix {
    const char *digits;
    unsigned bits;
    const char *fault;
};

static const struct radix base64 = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 6,
    "is not valid base64 data"};
static const struct radix base32 = {"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5,
                                    "is not valid base32 data"};

static int digit_of(const struct radix *radix, char c)
{
    const char *at = c != '\0' ? strchr(radix->digits, c) : NULL;

    return at != NULL ? (int)(at - radix->digits) : -1;
}

/* Up to the first `=`. The bits that are left over at the end are less than a
 * digit, or a digit was given that belongs to no byte: NULL, or what is wrong
 * (RFC 4648 sections 4 and 6). */
static const char *add_bytes(const struct radix *radix, struct slice text,
                             struct buf *bytes)
{
    unsigned word = 0, bits = 0;

    for (size_t i = 0; i < text.len && text.ptr[i] != '='; i++) {
        const int digit = digit_of(radix, text.ptr[i]);

        if (digit < 0)
            return radix->fault;
        word = word << radix->bits | (unsigned)digit;
        bits += radix->bits;
        if (bits < 8)
            continue;
        bits -= 8;
        buf_add_char(bytes, (char)(word >> bits));
    }
    if (bits < radix->bits)
        return NULL;
    return radix == &base64 ? "trailing base64 byte found" : radix->fault;
}

static int from_digits(struct eval *e, const struct radix *radix,
                       struct slice text, struct buf *out)
{
    struct buf bytes = eval_new_text(e);
    const char *fault = add_bytes(radix, text, &bytes);

    out->refused |= bytes.refused;
    if (fault == NULL)
        eval_add_valid(out, buf_slice(&bytes));
    buf_release(&bytes);
    return fault == NULL ? 1 : eval_error_of(e, val_string(text), fault);
}

int eval_add_format(struct eval *e, struct slice format, struct val in,
                    struct buf *out)
{
    struct buf plain;
    struct slice text;
    int got = 1;

    if (slice_is(format, "json"))
        return eval_add_json(e, in, CANON_JQ, out) < 0 ? -1 : 1;
    if (slice_is(format, "csv") || slice_is(format, "tsv"))
        return row(e, in, slice_is(format, "csv"), out);
    if (slice_is(format, "sh"))
        return shell(e, in, out);
    plain = eval_new_text(e);
    eval_add_text(e, in, &plain);
    out->refused |= plain.refused;
    text = buf_slice(&plain);
    if (slice_is(format, "text"))
        buf_add_slice(out, text);
    else if (slice_is(format, "html"))
        add_replaced(out, text, in_html);
    else if (slice_is(format, "uri"))
        add_uri(out, text);
    else if (slice_is(format, "urid"))
        got = from_uri(e, in, text, out);
    else if (slice_is(format, "base64"))
        base64_add(out, text);
    else if (slice_is(format, "base64d"))
        got = from_digits(e, &base64, text, out);
    else if (slice_is(format, "base32"))
        base32_add(out, text);
    else if (slice_is(format, "base32d"))
        got = from_digits(e, &base32, text, out);
    else
        got = eval_error(e, "%.*s is not a valid format", (int)format.len,
                         format.ptr);
    buf_release(&plain);
    return got;
}

int eval_format(struct eval *e, struct slice format, struct val in,
                struct val *out)
{
    struct buf text;
    int got;

    text = eval_new_text(e);
    got = eval_add_format(e, format, in, &text);
    if (got == 1)
        got = eval_give_text(e, &text, out);
    buf_release(&text);
    return got;
}
