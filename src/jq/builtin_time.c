/* SPDX-License-Identifier: MIT */
/*
 * Dates: seconds since 1970 as a number, and "broken down" as an array of year,
 * month from 0, day, hours, minutes, seconds, weekday and day of the year. The
 * C library knows the formats and the time zones; no function with memory of
 * its own is called.
 */
/* For strptime(3) and timegm(3). */
#define _GNU_SOURCE
#include "jq/builtin.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "jq/builtin_core.h"

enum { FIELDS = 8, FIELD_MAX = 1000000000, TEXT_MAX = 1 << 16 };

/* The C library leaves these where a text does not say; no day has them. */
enum { NO_WEEKDAY = 8, NO_YEARDAY = 367 };

static int needs(struct eval *e, const char *name, const char *what)
{
    return eval_error(e, "%s requires %s", name, what);
}

static int broken_down(struct eval *e, const struct tm *tm, double seconds,
                       struct val *out)
{
    const double fields[FIELDS] = {
        tm->tm_year + 1900.0, tm->tm_mon, tm->tm_mday, tm->tm_hour,
        tm->tm_min,           seconds,    tm->tm_wday, tm->tm_yday};

    *out = val_array(&e->arena, FIELDS + 1);
    for (int i = 0; i < FIELDS && !val_no_room(*out); i++)
        *out = val_append(&e->arena, *out, val_number(fields[i]));
    return eval_give(e, *out, out);
}

/* No further than the C library can count on from there. */
static int to_int(double d)
{
    return d > FIELD_MAX ? FIELD_MAX : d < -FIELD_MAX ? -FIELD_MAX : (int)d;
}

/* False: it is no array of so many numbers. */
static bool take_fields(struct val v, struct tm *tm)
{
    int *const fields[FIELDS] = {&tm->tm_year, &tm->tm_mon, &tm->tm_mday,
                                 &tm->tm_hour, &tm->tm_min, &tm->tm_sec,
                                 &tm->tm_wday, &tm->tm_yday};
    struct val field;

    *tm = (struct tm){0};
    if (v.kind != VAL_ARRAY)
        return false;
    for (int i = 0; i < FIELDS; i++) {
        if (!val_element(v, i, &field) || field.kind != VAL_NUMBER ||
            isnan(val_double(field)))
            return false;
        *fields[i] = to_int(val_double(field) - (i == 0 ? 1900 : 0));
    }
    return true;
}

/* From seconds, by gmtime_r or localtime_r. */
typedef struct tm *(*time_fn)(const time_t *seconds, struct tm *tm);

static int convert(struct eval *e, double seconds, time_fn fn, struct tm *tm)
{
    /* Years beyond an int would overflow. */
    const bool possible = fabs(seconds) < 6e16;
    const time_t whole = possible ? (time_t)floor(seconds) : 0;

    if (!possible || fn(&whole, tm) == NULL)
        return eval_error(e, "error converting number of seconds since epoch "
                             "to datetime");
    return 0;
}

static int break_down(struct eval *e, struct val in, time_fn fn,
                      const char *name, struct val *out)
{
    double seconds;
    struct tm tm = {0};

    if (in.kind != VAL_NUMBER)
        return needs(e, name, "numeric inputs");
    seconds = val_double(in);
    if (convert(e, seconds, fn, &tm) < 0)
        return -1;
    return broken_down(e, &tm, tm.tm_sec + (seconds - floor(seconds)), out);
}

static int utc(struct eval *e, struct val in, const struct val *args,
               struct val *out)
{
    (void)args;
    return break_down(e, in, gmtime_r, "gmtime()", out);
}

static int local(struct eval *e, struct val in, const struct val *args,
                 struct val *out)
{
    (void)args;
    return break_down(e, in, localtime_r, "localtime()", out);
}

/* As UTC; fractions are dropped. */
static int to_seconds(struct eval *e, struct val in, const struct val *args,
                      struct val *out)
{
    struct tm tm;

    (void)args;
    if (in.kind != VAL_ARRAY)
        return needs(e, "mktime", "array inputs");
    if (!take_fields(in, &tm))
        return needs(e, "mktime", "parsed datetime inputs");
    *out = val_number((double)timegm(&tm));
    return 1;
}

/* Reading */

static bool has_nul(struct slice s)
{
    return s.len > 0 && memchr(s.ptr, '\0', s.len) != NULL;
}

static int mismatch(struct eval *e, struct slice text, struct slice format)
{
    return eval_error(e, "date \"%.*s\" does not match format \"%.*s\"",
                      text.len < 400 ? (int)text.len : 400, text.ptr,
                      format.len < 400 ? (int)format.len : 400, format.ptr);
}

/* What follows white space behind the date is one more element, as in jq. */
static int give_date(struct eval *e, struct tm *tm, const char *rest,
                     struct val *out)
{
    struct tm day = {
        .tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday};

    if (tm->tm_mday >= 1 && tm->tm_mday <= 31) {
        timegm(&day);
        if (tm->tm_wday == NO_WEEKDAY)
            tm->tm_wday = day.tm_wday;
        if (tm->tm_yday == NO_YEARDAY)
            tm->tm_yday = day.tm_yday;
    }
    if (broken_down(e, tm, tm->tm_sec, out) < 0)
        return -1;
    if (*rest != '\0')
        *out = val_append(&e->arena, *out, val_string(slice_text(rest)));
    return eval_give(e, *out, out);
}

static int parse(struct eval *e, struct val in, const struct val *args,
                 struct val *out)
{
    struct tm tm = {.tm_wday = NO_WEEKDAY, .tm_yday = NO_YEARDAY};
    struct slice text, format;
    const char *rest;

    if (in.kind != VAL_STRING || args[0].kind != VAL_STRING)
        return needs(e, "strptime/1", "string inputs and arguments");
    text = arena_copy(&e->arena, val_text(&e->arena, in)); /* with its NUL */
    format = arena_copy(&e->arena, val_text(&e->arena, args[0]));
    if (text.ptr == NULL || format.ptr == NULL)
        return eval_no_room(e);
    if (has_nul(text) || has_nul(format))
        return mismatch(e, text, format);
    rest = strptime(text.ptr, format.ptr, &tm);
    if (rest == NULL || (*rest != '\0' && !isspace((unsigned char)*rest)))
        return mismatch(e, text, format);
    return give_date(e, &tm, rest, out);
}

/* Writing */

/* strftime(3) takes %s as local time; here it is written before. One
 * character more tells an empty text from one that does not fit. */
static int prepare(struct eval *e, struct slice format, const struct tm *tm,
                   struct buf *ready)
{
    struct tm copy = *tm;

    for (size_t i = 0; i < format.len; i++) {
        if (format.ptr[i] != '%' || i + 1 == format.len) {
            buf_add_char(ready, format.ptr[i]);
        } else if (format.ptr[++i] == 's') {
            buf_printf(ready, "%lld", (long long)timegm(&copy) - tm->tm_gmtoff);
        } else {
            buf_add_char(ready, '%');
            buf_add_char(ready, format.ptr[i]);
        }
    }
    buf_add_char(ready, '.');
    return buf_add_char(ready, '\0') < 0 ? eval_no_room(e) : 0;
}

static int write_date(struct eval *e, const char *name, const char *format,
                      const struct tm *tm, struct val *out)
{
    /* Through a pointer: the compiler warns of formats that it cannot see. */
    size_t (*const write)(char *, size_t, const char *, const struct tm *) =
        strftime;

    for (size_t room = 256; room <= TEXT_MAX; room *= 4) {
        char *text = arena_alloc(&e->arena, room);
        size_t n;

        if (text == NULL)
            return eval_no_room(e);
        n = write(text, room, format, tm);
        if (n == 0)
            continue;
        *out = val_string(slice_of(text, n - 1));
        return 1;
    }
    return eval_error(e, "%s: unknown system failure", name);
}

static int format_with(struct eval *e, const char *name, struct val format,
                       const struct tm *tm, struct val *out)
{
    struct buf ready;
    struct slice text;
    int got;

    if (format.kind != VAL_STRING)
        return needs(e, name, "a string format");
    text = val_text(&e->arena, format);
    if (has_nul(text))
        return needs(e, name, "a format without NUL");
    ready = eval_new_text(e);
    got = prepare(e, text, tm, &ready);
    if (got == 0)
        got = write_date(e, name, ready.data, tm, out);
    buf_release(&ready);
    return got;
}

static int format_utc(struct eval *e, struct val in, const struct val *args,
                      struct val *out)
{
    static const char name[] = "strftime/1";
    struct tm tm = {0};

    if (in.kind == VAL_NUMBER) {
        if (convert(e, val_double(in), gmtime_r, &tm) < 0)
            return -1;
    } else if (!take_fields(in, &tm)) {
        return needs(e, name, "parsed datetime inputs");
    }
    tm.tm_zone = "UTC";
    return format_with(e, name, args[0], &tm, out);
}

/* Of what is broken down already, the zone is what it is at that time. */
static int format_local(struct eval *e, struct val in, const struct val *args,
                        struct val *out)
{
    static const char name[] = "strflocaltime/1";
    struct tm tm = {0}, same;

    if (in.kind == VAL_NUMBER) {
        if (convert(e, val_double(in), localtime_r, &tm) < 0)
            return -1;
    } else if (!take_fields(in, &tm)) {
        return needs(e, name, "parsed datetime inputs");
    } else {
        same = tm;
        same.tm_isdst = -1;
        mktime(&same);
        tm.tm_isdst = same.tm_isdst;
        tm.tm_gmtoff = same.tm_gmtoff;
        tm.tm_zone = same.tm_zone;
    }
    return format_with(e, name, args[0], &tm, out);
}

const struct builtin builtin_time[] = {
    {.name = "gmtime", .values = utc},
    {.name = "localtime", .values = local},
    {.name = "mktime", .values = to_seconds},
    {.name = "strptime", .arity = 1, .values = parse},
    {.name = "strftime", .arity = 1, .values = format_utc},
    {.name = "strflocaltime", .arity = 1, .values = format_local},
    {0},
};
