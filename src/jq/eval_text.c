/* SPDX-License-Identifier: MIT */
/* Values as text: JSON, numbers, text with holes, messages. */
#include "jq/eval.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "jq/eval_core.h"
#include "jq/val_core.h"
#include "json/canon.h"
#include "json/index.h"
#include "json/quote.h"

enum { MESSAGE_MAX = 1024 };

/* A shorter text is copied in no time. */
enum { LONG_TEXT = 256 };

/* Numbers */

/* The fewest digits that give the same number again, without zeros at their
 * end; where the point is, 1 for 1.5. */
static int shortest(double d, char *digits, int *point)
{
    char text[40];
    int n = 0;

    for (int precision = 14; precision <= 16; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, d);
        if (strtod(text, NULL) == d)
            break;
    }
    for (const char *t = text; *t != 'e' && *t != '\0'; t++) {
        if (*t != '.')
            digits[n++] = *t;
    }
    *point = (int)strtol(strchr(text, 'e') + 1, NULL, 10) + 1;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    return n;
}

static int add_zeros(struct buf *out, int n)
{
    int failed = 0;

    while (n-- > 0)
        failed |= buf_add_char(out, '0');
    return failed;
}

static int add_digits(struct buf *out, const char *digits, int n, int point)
{
    int failed = 0;

    if (point <= -4 || point > n + 15) {
        failed |= buf_add(out, digits, 1);
        if (n > 1) {
            failed |= buf_add_char(out, '.');
            failed |= buf_add(out, digits + 1, (size_t)n - 1);
        }
        return failed | buf_printf(out, "e%+03d", point - 1);
    }
    if (point <= 0) {
        failed |= buf_add_text(out, "0.");
        failed |= add_zeros(out, -point);
        return failed | buf_add(out, digits, (size_t)n);
    }
    failed |= buf_add(out, digits, (size_t)(n < point ? n : point));
    failed |= add_zeros(out, point - n);
    if (n > point) {
        failed |= buf_add_char(out, '.');
        failed |= buf_add(out, digits + point, (size_t)(n - point));
    }
    return failed;
}

int eval_add_number(struct buf *out, double number)
{
    double d = number;
    char digits[40];
    int n, point;

    if (isnan(d))
        return buf_add_text(out, "null");
    if (isinf(d))
        d = d > 0 ? 1.7976931348623157e308 : -1.7976931348623157e308;
    if (signbit(d) && buf_add_char(out, '-') < 0)
        return -1;
    if (fabs(d) < 1e15 && d == floor(d))
        return buf_add_number(out, (uint64_t)fabs(d));
    n = shortest(fabs(d), digits, &point);
    return add_digits(out, digits, n, point) ? -1 : 0;
}

/* JSON */

static int add_string(struct eval *e, struct slice text, unsigned flags,
                      struct buf *out)
{
    struct buf plain;
    int failed;

    if (!(flags & CANON_ASCII))
        return quote_add(out, text) < 0 ? -1 : 0;
    buf_init(&plain, SIZE_MAX / 2);
    failed = quote_add(&plain, text) < 0;
    failed |= canon_write(e->canon, buf_slice(&plain), flags, out);
    buf_release(&plain);
    return failed ? -1 : 0;
}

static int add_members(struct eval *e, struct val v, unsigned flags,
                       struct buf *out)
{
    const bool object = v.kind == VAL_OBJECT;
    struct val_walk walk = val_walk(&e->arena, v);
    struct val key = val_null(), value;
    const char *before = object ? "{" : "[";
    int failed = 0;

    while (!failed && val_next(&walk, &key, &value)) {
        failed |= buf_add_char(out, *before);
        before = ",";
        if (object) {
            failed |= add_string(e, val_text(&e->arena, key),
                                 flags & ~(unsigned)CANON_SORT, out);
            failed |= buf_add_char(out, ':');
        }
        failed |= eval_add_json(e, value, flags, out);
    }
    if (*before != ',')
        failed |= buf_add_char(out, *before);
    return failed | buf_add_char(out, object ? '}' : ']');
}

static int add_spelt(struct eval *e, struct val v, struct buf *out)
{
    const struct slice text = slice_of(v.u.text, v.n);

    return canon_write(e->canon, text, CANON_JQ, out);
}

/* Computed objects are sorted by writing them first. */
static int add_sorted(struct eval *e, struct val v, unsigned flags,
                      struct buf *out)
{
    struct buf plain;
    int failed;

    buf_init(&plain, SIZE_MAX / 2);
    failed = add_members(e, v, 0, &plain);
    failed |= canon_write(e->canon, buf_slice(&plain), flags, out);
    buf_release(&plain);
    return failed ? -1 : 0;
}

/* Its own bytes are those of every form. */
static bool is_integer(struct slice number)
{
    for (size_t i = number.ptr[0] == '-'; i < number.len; i++) {
        if (number.ptr[i] < '0' || number.ptr[i] > '9')
            return false;
    }
    return true;
}

static int add_lazy(struct eval *e, struct val v, unsigned flags,
                    struct buf *out)
{
    const struct slice bytes = val_bytes(v);

    if (flags == 0 || (v.kind == VAL_NUMBER && is_integer(bytes)))
        return buf_add_slice(out, bytes);
    return canon_write(e->canon, bytes, flags, out);
}

int eval_add_json(struct eval *e, struct val v, unsigned flags, struct buf *out)
{
    static const char *const words[] = {"null", "false", "true"};

    if (v.kind < VAL_NUMBER)
        return buf_add_text(out, words[v.kind]);
    if (v.form == VAL_LAZY)
        return add_lazy(e, v, flags, out);
    if (v.form == VAL_SPELT)
        return add_spelt(e, v, out);
    if (v.kind == VAL_NUMBER)
        return eval_add_number(out, v.u.number);
    if (v.kind == VAL_STRING)
        return add_string(e, slice_of(v.u.text, v.n), flags, out);
    if (flags & CANON_SORT)
        return add_sorted(e, v, flags, out);
    return add_members(e, v, flags, out) ? -1 : 0;
}

int eval_add_text(struct eval *e, struct val v, struct buf *out)
{
    struct slice string;

    if (v.kind == VAL_STRING && v.form == VAL_LAZY) {
        string = val_bytes(v);
        if (v.u.line->index->escapes)
            return quote_read(out, string);
        return buf_add(out, string.ptr + 1, string.len - 2);
    }
    if (v.kind == VAL_STRING)
        return buf_add_slice(out, slice_of(v.u.text, v.n));
    return eval_add_json(e, v, CANON_JQ, out);
}

/* Texts with holes */

/* It may grow as far as it could be a value. */
struct buf eval_new_text(const struct eval *e)
{
    return (struct buf){.max = e->arena.max};
}

int eval_give_text(struct eval *e, const struct buf *text, struct val *out)
{
    struct slice copy;

    if (text->refused || text->len > UINT32_MAX / 2)
        return eval_no_room(e);
    copy = arena_copy(&e->arena, buf_slice(text));
    if (copy.ptr == NULL)
        return eval_no_room(e);
    *out = val_string(copy);
    return 1;
}

const struct code *eval_behind_head(const struct code *join, struct val first)
{
    const struct code *part = join->a;

    if (part->op == CODE_CONSTANT && part->value.n == 0)
        part = part->next;
    if (part == NULL || part->op != CODE_MEMBER || join->key.text.len > 0 ||
        first.kind != VAL_STRING || first.form != VAL_BUILT ||
        first.n < LONG_TEXT)
        return NULL;
    return part->next;
}

int eval_give_text_behind(struct eval *e, struct slice head,
                          const struct buf *text, struct val *out)
{
    struct slice sum;

    if (head.len == 0)
        return eval_give_text(e, text, out);
    if (text->refused || head.len + text->len > UINT32_MAX / 2)
        return eval_no_room(e);
    sum = arena_join(&e->arena, head, buf_slice(text));
    *out = val_string(sum);
    return sum.ptr != NULL ? 1 : eval_no_room(e);
}

int eval_add_part(struct eval *e, const struct code *join,
                  const struct code *part, struct val v, struct buf *text)
{
    if (part->op == CODE_MEMBER && join->key.text.len > 0 &&
        eval_format(e, join->key.text, v, &v) < 0)
        return -1;
    return eval_add_text(e, v, text) < 0 ? eval_no_room(e) : 1;
}

/* Messages */

const char *eval_show(struct eval *e, struct val v, char *shown, size_t size)
{
    struct buf text;
    size_t n;

    buf_init(&text, SIZE_MAX / 2);
    eval_add_json(e, v, CANON_JQ, &text);
    n = text.len < size ? text.len : size - 1;
    memcpy(shown, text.data, n);
    if (text.len >= size)
        memcpy(shown + n - 3, "...", 3);
    shown[n] = '\0';
    buf_release(&text);
    return shown;
}

const char *eval_short(struct eval *e, struct val v)
{
    return eval_show(e, v, e->shown, sizeof e->shown);
}

int eval_raise(struct eval *e, struct val error)
{
    e->unwind = EVAL_ERROR;
    e->error = error;
    return -1;
}

int eval_error(struct eval *e, const char *format, ...)
{
    char message[MESSAGE_MAX];
    struct slice copy;
    struct buf valid;
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    /* A value in it was cut at a byte, as jq does it. */
    buf_init(&valid, MESSAGE_MAX * sizeof UTF8_REPLACEMENT);
    eval_add_valid(&valid, slice_text(message));
    copy = arena_copy(&e->arena, buf_slice(&valid));
    buf_release(&valid);
    if (copy.ptr == NULL)
        return eval_no_room(e);
    return eval_raise(e, val_string(copy));
}

int eval_error_of(struct eval *e, struct val v, const char *what)
{
    return eval_error(e, "%s (%s) %s", val_kind_name(v), eval_short(e, v),
                      what);
}

int eval_error_of_two(struct eval *e, struct val a, struct val b,
                      const char *what)
{
    char first[sizeof e->shown];

    memcpy(first, eval_short(e, a), sizeof first);
    return eval_error(e, "%s (%s) and %s (%s) %s", val_kind_name(a), first,
                      val_kind_name(b), eval_short(e, b), what);
}

int eval_end(struct eval *e, const char *message)
{
    e->fatal = true;
    return eval_raise(e, val_string(slice_text(message)));
}

int eval_stop(struct eval *e)
{
    return eval_end(e, "stopped");
}

int eval_no_room(struct eval *e)
{
    return eval_end(e, e->arena.deep ? "the value nests too deep"
                                     : "more memory than --max-memory allows");
}

int eval_too_deep(struct eval *e)
{
    return eval_end(e, "the filter recurses too deep");
}

int eval_give(struct eval *e, struct val v, struct val *out)
{
    if (val_no_room(v))
        return eval_no_room(e);
    *out = v;
    return 1;
}

int eval_cannot_iterate(struct eval *e, struct val v)
{
    if (v.kind == VAL_NULL)
        return eval_error(e, "Cannot iterate over null (null)");
    return eval_error(e, "Cannot iterate over %s (%s)", val_kind_name(v),
                      eval_short(e, v));
}

int eval_bad_key(struct eval *e, struct val key)
{
    return eval_error(e, "Cannot use %s (%s) as object key", val_kind_name(key),
                      eval_short(e, key));
}

/* jq names a key only if it has less than 30 bytes. */
int eval_cannot_index(struct eval *e, struct val v, struct val key)
{
    struct slice text;

    if (key.kind != VAL_STRING)
        return eval_error(e, "Cannot index %s with %s", val_kind_name(v),
                          val_kind_name(key));
    text = val_text(&e->arena, key);
    if (text.len >= 30)
        return eval_error(e, "Cannot index %s with string", val_kind_name(v));
    return eval_error(e, "Cannot index %s with string \"%.*s\"",
                      val_kind_name(v), (int)text.len, text.ptr);
}
