/* SPDX-License-Identifier: MIT */
#include "work/rows_value.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "store/sqlite.h"
#include "json/quote.h"
#include "json/value.h"

/* A longer number is its digits: nobody computed it. */
enum { NUMBER_MAX = 60, DIGITS_SURE = 15, EXPONENT_SURE = 290 };

/* The digits of a decimal number from the first to the last that is not 0, and
 * the power of ten of a point before them. */
struct decimal {
    char digits[NUMBER_MAX + 1];
    int count;
    long exponent;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Far beyond what a double has, how far does not matter. */
static long read_exponent(const char *text)
{
    const long most = 1000000, n = strtol(text, NULL, 10);

    return n > most ? most : n < -most ? -most : n;
}

/* `at` is the text of a number, shorter than NUMBER_MAX, with a NUL. */
static struct decimal read_decimal(const char *at)
{
    struct decimal d = {.count = 0};
    bool behind_point = false;

    for (at += *at == '-'; is_digit(*at) || *at == '.'; at++) {
        if (*at == '.') {
            behind_point = true;
            continue;
        }
        if (d.count > 0 || *at != '0') {
            d.digits[d.count++] = *at;
            d.exponent += !behind_point;
        } else {
            d.exponent -= behind_point;
        }
    }
    while (d.count > 0 && d.digits[d.count - 1] == '0')
        d.count--;
    if (*at != '\0')
        d.exponent += read_exponent(at + 1);
    return d;
}

static bool is_same(const struct decimal *a, const struct decimal *b)
{
    return a->count == b->count &&
           (a->count == 0 || a->exponent == b->exponent) &&
           memcmp(a->digits, b->digits, (size_t)a->count) == 0;
}

static bool is_exact(const char *text, double real)
{
    const struct decimal given = read_decimal(text);
    struct decimal kept;
    char printed[40];

    if (given.count <= DIGITS_SURE && given.exponent < EXPONENT_SURE &&
        given.exponent > -EXPONENT_SURE)
        return true;
    snprintf(printed, sizeof printed, "%.17g", real);
    kept = read_decimal(printed);
    return is_same(&given, &kept);
}

enum rows_number rows_value_number(struct slice number, int64_t *integer,
                                   double *real)
{
    char text[NUMBER_MAX];
    char *end;

    if (number.len >= sizeof text)
        return ROWS_DIGITS;
    memcpy(text, number.ptr, number.len);
    text[number.len] = '\0';
    if (text[strcspn(text, ".eE")] == '\0') {
        errno = 0;
        *integer = strtoll(text, &end, 10);
        return errno == 0 ? ROWS_INTEGER : ROWS_DIGITS;
    }
    *real = strtod(text, &end);
    return isfinite(*real) && is_exact(text, *real) ? ROWS_REAL : ROWS_DIGITS;
}

static void set_number(struct sqlite_statement *st, int n, struct slice text)
{
    int64_t integer = 0;
    double real = 0;

    switch (rows_value_number(text, &integer, &real)) {
    case ROWS_INTEGER: sqlite_set_number(st, n, integer); break;
    case ROWS_REAL: sqlite_set_real(st, n, real); break;
    case ROWS_DIGITS: sqlite_set_text(st, n, text); break;
    }
}

static void set_string(struct sqlite_statement *st, int n, struct slice string,
                       struct buf *room)
{
    const size_t at = room->len;

    if (quote_plain(string)) {
        sqlite_set_text(st, n, slice_of(string.ptr + 1, string.len - 2));
        return;
    }
    quote_read(room, string);
    sqlite_set_text(st, n, slice_of(room->data + at, room->len - at));
}

void rows_value_set(struct sqlite_statement *st, int n, struct slice value,
                    struct buf *room)
{
    switch (value_kind(value)) {
    case VALUE_NULL: sqlite_set_null(st, n); break;
    case VALUE_FALSE: sqlite_set_number(st, n, 0); break;
    case VALUE_TRUE: sqlite_set_number(st, n, 1); break;
    case VALUE_NUMBER: set_number(st, n, value); break;
    case VALUE_STRING: set_string(st, n, value, room); break;
    case VALUE_ARRAY:
    case VALUE_OBJECT: sqlite_set_text(st, n, value); break;
    }
}
