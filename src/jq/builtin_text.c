/* SPDX-License-Identifier: MIT */
/* Strings: cut, joined, compared, read and written. */
#include "jq/builtin.h"

#include <math.h>
#include <string.h>

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

    (void)args;
    *out = in;
    if (in.kind == VAL_NUMBER)
        return 1;
    if (in.kind != VAL_STRING)
        return eval_error_of(e, in, "cannot be parsed as a number");
    s = slice_trim(text_of(e, in));
    if (slice_is(s, "nan") || slice_is(s, "NaN"))
        *out = val_number(NAN);
    else if (is_number(s))
        *out = number_of(s);
    else
        return eval_error_of(e, in, "cannot be parsed as a number");
    return 1;
}

static int change_case(struct eval *e, struct val in, char from,
                       const char *name, struct val *out)
{
    struct slice s;
    char *copy;

    if (in.kind != VAL_STRING)
        return eval_error(e, "%s input must be a string", name);
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
    return change_case(e, in, 'A', "ascii_downcase", out);
}

static int up_case(struct eval *e, struct val in, const struct val *args,
                   struct val *out)
{
    (void)args;
    return change_case(e, in, 'a', "ascii_upcase", out);
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
        return eval_error_of(e, in, "cannot be exploded");
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
        return eval_error_of(e, in,
                             "cannot be imploded, must be an array of "
                             "codepoints");
    text = eval_new_text(e);
    walk = val_walk(&e->arena, in);
    while (val_next(&walk, NULL, &code)) {
        char bytes[UTF8_MAX];
        double d = code.kind == VAL_NUMBER ? val_double(code) : -1;

        if (code.kind != VAL_NUMBER) {
            buf_release(&text);
            return eval_error(e, "Unicode codepoint must be numeric");
        }
        if (!(d >= 0 && d < 0x110000) || (d >= 0xD800 && d < 0xE000))
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

static int join(struct eval *e, struct val in, const struct val *args,
                struct val *out)
{
    const char *wrong = NULL;
    struct val_walk walk;
    struct buf text;
    struct val item;
    bool any = false;

    if (in.kind < VAL_ARRAY)
        return eval_cannot_iterate(e, in);
    text = eval_new_text(e);
    walk = val_walk(&e->arena, in);
    while (wrong == NULL && val_next(&walk, NULL, &item)) {
        if (args[0].kind != VAL_STRING || item.kind >= VAL_ARRAY)
            wrong = "cannot be added";
        else if (any)
            eval_add_text(e, args[0], &text);
        if (wrong == NULL && item.kind != VAL_NULL)
            eval_add_text(e, item, &text);
        any = true;
    }
    if (wrong == NULL)
        return give(e, &text, out);
    buf_release(&text);
    return eval_error_of_two(e, val_string(slice_text("")), item, wrong);
}

/* Where the part begins, in bytes as in jq 1.7, overlapping ones too. */
static int indices(struct eval *e, struct val in, const struct val *args,
                   struct val *out)
{
    struct slice s, part;

    if (in.kind == VAL_NULL) {
        *out = in;
        return 1;
    }
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

static int index_at(struct eval *e, struct val in, const struct val *args,
                    int64_t which, struct val *out)
{
    struct val all = val_null();

    if (indices(e, in, args, &all) < 0)
        return -1;
    *out = val_null();
    if (all.kind == VAL_ARRAY)
        val_element(all, which, out);
    return 1;
}

static int first_index(struct eval *e, struct val in, const struct val *args,
                       struct val *out)
{
    return index_at(e, in, args, 0, out);
}

static int last_index(struct eval *e, struct val in, const struct val *args,
                      struct val *out)
{
    return index_at(e, in, args, -1, out);
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
