/* SPDX-License-Identifier: MIT */
/* Strings: cut, joined, compared, read and written. */
#include "jq/builtin.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "jq/builtin_core.h"
#include "json/canon.h"

static struct slice text_of(struct eval *e, struct val v)
{
    return val_text(&e->arena, v);
}

static int give(struct eval *e, struct buf *text, struct val *out)
{
    int got = eval_give_text(e, text, out);

    buf_release(text);
    return got;
}

static int to_string(struct eval *e, struct val in, const struct val *args,
                     struct val *out)
{
    struct buf text;

    (void)args;
    *out = in;
    if (in.kind == VAL_STRING)
        return 1;
    text = eval_new_text(e);
    eval_add_json(e, in, CANON_JQ, &text);
    return give(e, &text, out);
}

static int to_json(struct eval *e, struct val in, const struct val *args,
                   struct val *out)
{
    struct buf text;

    (void)args;
    text = eval_new_text(e);
    eval_add_json(e, in, CANON_JQ, &text);
    return give(e, &text, out);
}

static int from_json(struct eval *e, struct val in, const struct val *args,
                     struct val *out)
{
    (void)args;
    if (in.kind != VAL_STRING)
        return eval_error_of(e, in, "only strings can be parsed");
    return eval_from_json(e, text_of(e, in), out);
}

/* What jq's reader takes as a number: more than JSON does. */
static bool is_number(struct slice s)
{
    size_t i = s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+');
    size_t digits = 0;

    for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
        digits++;
    if (i < s.len && s.ptr[i] == '.') {
        for (i++; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
            digits++;
    }
    if (digits == 0)
        return false;
    if (i < s.len && (s.ptr[i] | 0x20) == 'e') {
        i++;
        i += i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+');
        for (digits = 0; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
            digits++;
    }
    return digits > 0 && i == s.len;
}

static bool is_word(struct slice s, const char *word)
{
    return s.len == strlen(word) && strncasecmp(s.ptr, word, s.len) == 0;
}

/* nan, infinity and inf in any case, nan with digits behind it. */
static bool is_no_finite(struct slice s, double *number)
{
    const bool negative = s.len > 0 && s.ptr[0] == '-';
    size_t n = s.len;

    if (n > 0 && (negative || s.ptr[0] == '+'))
        s = slice_of(s.ptr + 1, --n);
    if (is_word(s, "inf") || is_word(s, "infinity")) {
        *number = negative ? -INFINITY : INFINITY;
        return true;
    }
    while (n > 3 && s.ptr[n - 1] >= '0' && s.ptr[n - 1] <= '9')
        n--;
    *number = NAN;
    return is_word(slice_of(s.ptr, n), "nan");
}

/* As JSON spells it, or as a double where it cannot. */
static struct val number_of(struct slice s)
{
    struct val v = val_spelt(s);
    const char first = s.ptr[s.ptr[0] == '-'];
    const char second =
        (char)(s.len > 1u + (s.ptr[0] == '-') ? s.ptr[1 + (s.ptr[0] == '-')]
                                              : 0);

    if (first == '+' || first == '.' || s.ptr[0] == '+' ||
        (first == '0' && second >= '0' && second <= '9') ||
        memchr(s.ptr, '.', s.len) == s.ptr + s.len - 1)
        return val_number(val_double(v));
    return v;
}

static int to_number(struct eval *e, struct val in, const struct val *args,
                     struct val *out)
{
    struct slice s;
    double number;

    (void)args;
    *out = in;
    if (in.kind == VAL_NUMBER)
        return 1;
    if (in.kind != VAL_STRING)
        return eval_error_of(e, in, "cannot be parsed as a number");
    s = slice_trim(text_of(e, in));
    if (is_no_finite(s, &number))
        *out = val_number(number);
    else if (is_number(s))
        *out = number_of(s);
    else
        return eval_error_of(e, in, "cannot be parsed as a number");
    return 1;
}

static int change_case(struct eval *e, struct val in, char from,
                       struct val *out)
{
    struct slice s;
    char *copy;

    if (in.kind != VAL_STRING)
        return eval_error(e, "explode input must be a string");
    s = arena_copy(&e->arena, text_of(e, in));
    if (s.ptr == NULL)
        return eval_no_room(e);
    copy = slice_unconst(s.ptr);
    for (size_t i = 0; i < s.len; i++) {
        if (copy[i] >= from && copy[i] <= from + 25)
            copy[i] = (char)(copy[i] ^ 0x20);
    }
    *out = val_string(s);
    return 1;
}

static int down_case(struct eval *e, struct val in, const struct val *args,
                     struct val *out)
{
    (void)args;
    return change_case(e, in, 'A', out);
}

static int up_case(struct eval *e, struct val in, const struct val *args,
                   struct val *out)
{
    (void)args;
    return change_case(e, in, 'a', out);
}

/* Code points */

static uint32_t decode(const char *at, size_t n)
{
    static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code = (unsigned char)at[0] & masks[n];

    for (size_t i = 1; i < n; i++)
        code = code << 6 | ((unsigned char)at[i] & 0x3F);
    return code;
}

static int explode(struct eval *e, struct val in, const struct val *args,
                   struct val *out)
{
    struct slice s;

    (void)args;
    if (in.kind != VAL_STRING)
        return eval_error(e, "explode input must be a string");
    s = text_of(e, in);
    *out = val_array(&e->arena, (uint32_t)s.len + 1);
    for (size_t i = 0, n; i < s.len && !val_no_room(*out); i += n) {
        n = utf8_step(s.ptr + i, s.len - i, NULL);
        *out = val_append(&e->arena, *out, val_number(decode(s.ptr + i, n)));
    }
    return eval_give(e, *out, out);
}

static int implode(struct eval *e, struct val in, const struct val *args,
                   struct val *out)
{
    struct val_walk walk;
    struct buf text;
    struct val code;

    (void)args;
    if (in.kind != VAL_ARRAY)
        return eval_error(e, "implode input must be an array");
    text = eval_new_text(e);
    walk = val_walk(&e->arena, in);
    while (val_next(&walk, NULL, &code)) {
        char bytes[UTF8_MAX];
        double d = code.kind == VAL_NUMBER ? val_double(code) : -1;

        if (code.kind != VAL_NUMBER) {
            buf_release(&text);
            return eval_error_of(e, code,
                                 "can't be imploded, unicode codepoint needs "
                                 "to be numeric");
        }
        /* Truncated, and so -0.5 is 0. */
        if (!(d > -1 && d < 0x110000) || (d >= 0xD800 && d < 0xE000))
            d = 0xFFFD;
        buf_add(&text, bytes, utf8_write((uint32_t)d, bytes));
    }
    return give(e, &text, out);
}

/* Parts */

static bool begins(struct slice text, struct slice part)
{
    return text.len >= part.len &&
           slice_equal(slice_of(text.ptr, part.len), part);
}

static bool ends(struct slice text, struct slice part)
{
    return text.len >= part.len &&
           slice_equal(slice_of(text.ptr + text.len - part.len, part.len),
                       part);
}

static int starts_with(struct eval *e, struct val in, const struct val *args,
                       struct val *out)
{
    if (in.kind != VAL_STRING || args[0].kind != VAL_STRING)
        return eval_error(e, "startswith() requires string inputs");
    *out = val_bool(begins(text_of(e, in), text_of(e, args[0])));
    return 1;
}

static int ends_with(struct eval *e, struct val in, const struct val *args,
                     struct val *out)
{
    if (in.kind != VAL_STRING || args[0].kind != VAL_STRING)
        return eval_error(e, "endswith() requires string inputs");
    *out = val_bool(ends(text_of(e, in), text_of(e, args[0])));
    return 1;
}

static int trim_start(struct eval *e, struct val in, const struct val *args,
                      struct val *out)
{
    struct slice s, part;

    *out = in;
    if (in.kind != VAL_STRING || args[0].kind != VAL_STRING)
        return 1;
    s = text_of(e, in);
    part = text_of(e, args[0]);
    if (begins(s, part))
        *out = val_string(slice_of(s.ptr + part.len, s.len - part.len));
    return 1;
}

static int trim_end(struct eval *e, struct val in, const struct val *args,
                    struct val *out)
{
    struct slice s, part;

    *out = in;
    if (in.kind != VAL_STRING || args[0].kind != VAL_STRING)
        return 1;
    s = text_of(e, in);
    part = text_of(e, args[0]);
    if (ends(s, part))
        *out = val_string(slice_of(s.ptr, s.len - part.len));
    return 1;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int trim_sides(struct eval *e, struct val in, bool left, bool right,
                      struct val *out)
{
    struct slice s;

    if (in.kind != VAL_STRING)
        return eval_error_of(e, in, "cannot be trimmed");
    s = text_of(e, in);
    while (left && s.len > 0 && is_blank(s.ptr[0]))
        s = slice_of(s.ptr + 1, s.len - 1);
    while (right && s.len > 0 && is_blank(s.ptr[s.len - 1]))
        s.len--;
    *out = val_string(s);
    return 1;
}

static int trim(struct eval *e, struct val in, const struct val *args,
                struct val *out)
{
    (void)args;
    return trim_sides(e, in, true, true, out);
}

static int left_trim(struct eval *e, struct val in, const struct val *args,
                     struct val *out)
{
    (void)args;
    return trim_sides(e, in, true, false, out);
}

static int right_trim(struct eval *e, struct val in, const struct val *args,
                      struct val *out)
{
    (void)args;
    return trim_sides(e, in, false, true, out);
}

static int split(struct eval *e, struct val in, const struct val *args,
                 struct val *out)
{
    if (in.kind != VAL_STRING || args[0].kind != VAL_STRING)
        return eval_error(e, "split input and separator must be strings");
    return eval_split(e, text_of(e, in), text_of(e, args[0]), out);
}

/* One more item behind what is joined so far; jq adds them one by one. */
static int join_item(struct eval *e, struct val separator, struct val item,
                     bool first, struct buf *text)
{
    const struct val sum = val_string(buf_slice(text));

    if (!first && separator.kind != VAL_STRING && separator.kind != VAL_NULL)
        return eval_error_of_two(e, sum, separator, "cannot be added");
    if (!first && separator.kind == VAL_STRING)
        eval_add_text(e, separator, text);
    if (item.kind >= VAL_ARRAY)
        return eval_error_of_two(e, val_string(buf_slice(text)), item,
                                 "cannot be added");
    if (item.kind != VAL_NULL)
        eval_add_text(e, item, text);
    return 1;
}

static int join(struct eval *e, struct val in, const struct val *args,
                struct val *out)
{
    struct val_walk walk;
    struct buf text;
    struct val item;
    bool first = true;
    int got = 1;

    if (in.kind < VAL_ARRAY)
        return eval_cannot_iterate(e, in);
    text = eval_new_text(e);
    walk = val_walk(&e->arena, in);
    while (got == 1 && val_next(&walk, NULL, &item)) {
        got = join_item(e, args[0], item, first, &text);
        first = false;
    }
    if (got == 1)
        return give(e, &text, out);
    buf_release(&text);
    return got;
}

/* Where the part begins, in bytes as in jq 1.7, overlapping ones too. */
static int indices(struct eval *e, struct val in, const struct val *args,
                   struct val *out)
{
    struct slice s, part;

    if (in.kind != VAL_STRING || args[0].kind != VAL_STRING) {
        const struct val one = args[0];
        struct val needle = val_array(&e->arena, 1);

        if (in.kind != VAL_ARRAY || one.kind == VAL_ARRAY)
            return eval_index(e, in, one, out);
        if (val_no_room(needle))
            return eval_no_room(e);
        return eval_index(e, in, val_append(&e->arena, needle, one), out);
    }
    s = text_of(e, in);
    part = text_of(e, args[0]);
    *out = val_array(&e->arena, 4);
    for (size_t i = 0; part.len > 0 && i + part.len <= s.len; i++) {
        if (memcmp(s.ptr + i, part.ptr, part.len) == 0 && !val_no_room(*out))
            *out = val_append(&e->arena, *out, val_number((double)i));
    }
    return eval_give(e, *out, out);
}

static int first_index(struct eval *e, struct val in, const struct val *args,
                       struct val *out)
{
    if (indices(e, in, args, out) < 0)
        return -1;
    return eval_index(e, *out, val_number(0), out);
}

static int last_index(struct eval *e, struct val in, const struct val *args,
                      struct val *out)
{
    if (indices(e, in, args, out) < 0)
        return -1;
    if (eval_slice(e, *out, val_number(-1), val_null(), out) < 0)
        return -1;
    return eval_index(e, *out, val_number(0), out);
}

const struct builtin builtin_text[] = {
    {.name = "tostring", .values = to_string},
    {.name = "tojson", .values = to_json},
    {.name = "fromjson", .values = from_json},
    {.name = "tonumber", .values = to_number},
    {.name = "ascii_downcase", .values = down_case},
    {.name = "ascii_upcase", .values = up_case},
    {.name = "explode", .values = explode},
    {.name = "implode", .values = implode},
    {.name = "startswith", .arity = 1, .values = starts_with},
    {.name = "endswith", .arity = 1, .values = ends_with},
    {.name = "ltrimstr", .arity = 1, .values = trim_start},
    {.name = "rtrimstr", .arity = 1, .values = trim_end},
    {.name = "trim", .values = trim},
    {.name = "ltrim", .values = left_trim},
    {.name = "rtrim", .values = right_trim},
    {.name = "split", .arity = 1, .values = split},
    {.name = "join", .arity = 1, .values = join},
    {.name = "indices", .arity = 1, .values = indices},
    {.name = "index", .arity = 1, .values = first_index},
    {.name = "rindex", .arity = 1, .values = last_index},
    {0},
};
