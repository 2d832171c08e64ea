/* SPDX-License-Identifier: MIT */
#include "json/canon_number.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

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

int canon_number_add(struct buf *out, struct slice text, struct buf *digits)
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
