/* SPDX-License-Identifier: MIT */
/*
 * Each function takes the place where its part of the grammar begins and
 * returns the place behind it, or NULL after noting the fault. Arrays and
 * objects do not recurse: a bit for each open bracket says which of the two it
 * is, so 100,000 brackets cost a bounded 8 KiB and no stack overflow.
 *
 * A container is walked by two alternating steps. `begin_value` reads a scalar,
 * an empty container, or an opening bracket with what must follow it up to the
 * first value; `after_value` reads a comma up to the next value, or a closing
 * bracket. `whole` says whether the place returned is behind a value or before
 * one.
 *
 * The column must be that of the first faulty byte, and is: nothing reads
 * ahead of what it has accepted. Which words the fault deserves is decided
 * only once there is one, so that the hints cost the good lines nothing.
 */
#include "json/scan.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/utf8.h"

typedef const unsigned char *place;

enum { WORD_BITS = 64 };

struct scan {
    place begin;
    place end;
    size_t depth;
    size_t max_depth;
    bool in_object; /* the innermost open bracket is a brace */
    struct scan_fault *fault;
    uint64_t objects[SCAN_MAX_DEPTH / WORD_BITS]; /* a bit each: a brace? */
};

static place fail(struct scan *s, place at, const char *reason)
{
    s->fault->column = (size_t)(at - s->begin) + 1;
    s->fault->reason = reason;
    return NULL;
}

static bool starts(const struct scan *s, place at, const char *text)
{
    size_t len = strlen(text);

    return (size_t)(s->end - at) >= len && memcmp(at, text, len) == 0;
}

/* The line ends within a container. The CR of a CRLF is no part of it. */
static place fail_end(struct scan *s)
{
    place at = s->end;

    if (at[-1] == '\r')
        at--;
    return fail(s, at,
                s->in_object ? "unexpected end of line in an object"
                             : "unexpected end of line in an array");
}

/* A byte outside strings that cannot be there; `wanted` is what could be. */
static place fail_at(struct scan *s, place at, const char *wanted)
{
    if (at == s->end && s->depth == 0)
        return fail(s, at, wanted);
    if (at == s->end)
        return fail_end(s);
    if (*at == '\0')
        return fail(s, at, "NUL byte");
    if (starts(s, at, "\xEF\xBB\xBF"))
        return fail(s, at, "byte order mark");
    if (utf8_step((const char *)at, (size_t)(s->end - at), NULL) == 0)
        return fail(s, at, "invalid UTF-8");
    if (*at == '/')
        return fail(s, at, "comments are not JSON");
    return fail(s, at, wanted);
}

static bool not_finite(const struct scan *s, place at)
{
    return starts(s, at, "NaN") || starts(s, at, "nan") ||
           starts(s, at, "Inf") || starts(s, at, "inf");
}

static bool is_blank(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

/* The last byte before `at` that is not blank was an opening bracket. */
static bool behind_bracket(const struct scan *s, place at)
{
    while (at > s->begin && is_blank(at[-1]))
        at--;
    return at > s->begin && at[-1] == '[';
}

static place fail_value(struct scan *s, place at)
{
    if (at < s->end && *at == '\'')
        return fail(s, at, "strings need double quotes");
    if (at < s->end && (*at == '+' || *at == '.'))
        return fail(s, at, "a number begins with a digit or '-'");
    if (not_finite(s, at))
        return fail(s, at, "NaN and Infinity are not JSON");
    if (behind_bracket(s, at))
        return fail_at(s, at, "expected a value or ']'");
    if (at < s->end && *at == ']' && s->depth > 0 && !s->in_object)
        return fail(s, at, "trailing comma before ']'");
    return fail_at(s, at, "expected a value");
}

static place fail_key(struct scan *s, place at, bool first)
{
    if (at < s->end && *at == '\'')
        return fail(s, at, "strings need double quotes");
    if (at < s->end && *at == '}')
        return fail(s, at, "trailing comma before '}'");
    return fail_at(s, at, first ? "expected a key or '}'" : "expected a key");
}

static place skip_blank(const struct scan *s, place at)
{
    while (at < s->end && is_blank(*at))
        at++;
    return at;
}

static place word(struct scan *s, place at, const char *text,
                  const char *reason)
{
    for (; *text != '\0'; text++, at++)
        if (at == s->end || *at != (unsigned char)*text)
            return fail(s, at, reason);
    return at;
}

static place digits(struct scan *s, place at, const char *reason)
{
    if (at == s->end || !is_digit(*at))
        return fail(s, at, reason);
    while (at < s->end && is_digit(*at))
        at++;
    return at;
}

/* RFC 8259 section 6, first part: minus and integer. */
static place integer(struct scan *s, place at)
{
    if (*at == '-')
        at++;
    if (at < s->end && *at == '0') {
        at++;
        if (at < s->end && is_digit(*at))
            return fail(s, at, "a number may not begin with 0");
        return at;
    }
    if (not_finite(s, at))
        return fail(s, at, "NaN and Infinity are not JSON");
    return digits(s, at, "expected a digit after '-'");
}

static place number(struct scan *s, place at)
{
    at = integer(s, at);
    if (at != NULL && at < s->end && *at == '.')
        at = digits(s, at + 1, "expected a digit after '.'");
    if (at == NULL || at == s->end || (*at != 'e' && *at != 'E'))
        return at;
    at++;
    if (at < s->end && (*at == '+' || *at == '-'))
        at++;
    return digits(s, at, "expected a digit in the exponent");
}

static bool is_hex(unsigned char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Behind a backslash: RFC 8259 section 7. */
static place escape(struct scan *s, place at)
{
    static const char end_of_line[] = "unexpected end of line in a string";
    int left = 4;

    if (at == s->end)
        return fail(s, at, end_of_line);
    if (*at != '\0' && strchr("\"\\/bfnrt", *at) != NULL)
        return at + 1;
    if (*at != 'u')
        return fail(s, at, "invalid escape");
    for (at++; left > 0; left--, at++) {
        if (at == s->end)
            return fail(s, at, end_of_line);
        if (!is_hex(*at))
            return fail(s, at, "expected four hex digits after '\\u'");
    }
    return at;
}

static place fail_control(struct scan *s, place at)
{
    if (*at == '\0')
        return fail(s, at, "NUL byte");
    /* The CR of a CRLF is not what is wrong: the quote before it is missing. */
    if (*at == '\r' && at + 1 == s->end)
        return fail(s, at, "unexpected end of line in a string");
    return fail(s, at, "control character in a string");
}

/* A byte in a string that is not plain, but not its end either. */
static place special(struct scan *s, place at)
{
    size_t step;

    if (*at == '\\')
        return escape(s, at + 1);
    if (*at < 0x20)
        return fail_control(s, at);
    step = utf8_step((const char *)at, (size_t)(s->end - at), NULL);
    if (step == 0)
        return fail(s, at, "invalid UTF-8");
    return at + step;
}

/* ASCII that a string may hold as it is. */
static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Behind the opening quote. */
static place string(struct scan *s, place at)
{
    while (at != NULL) {
        while (at < s->end && is_plain(*at))
            at++;
        if (at == s->end)
            return fail(s, at, "unexpected end of line in a string");
        if (*at == '"')
            return at + 1;
        at = special(s, at);
    }
    return NULL;
}

/* A key with its colon, up to the value. */
static place key(struct scan *s, place at, bool first)
{
    if (at == s->end || *at != '"')
        return fail_key(s, at, first);
    at = string(s, at + 1);
    if (at == NULL)
        return NULL;
    at = skip_blank(s, at);
    if (at == s->end || *at != ':')
        return fail_at(s, at, "expected ':'");
    return skip_blank(s, at + 1);
}

static void push(struct scan *s, bool object)
{
    uint64_t *bits = &s->objects[s->depth / WORD_BITS];
    uint64_t bit = (uint64_t)1 << (s->depth % WORD_BITS);

    /* The words hold rubbish until they are used: no clearing for each line. */
    if (bit == 1)
        *bits = 0;
    *bits = object ? *bits | bit : *bits & ~bit;
    s->in_object = object;
    s->depth++;
}

static void pop(struct scan *s)
{
    size_t top;

    s->depth--;
    if (s->depth == 0)
        return;
    top = s->depth - 1;
    s->in_object = s->objects[top / WORD_BITS] >> (top % WORD_BITS) & 1;
}

static place open_bracket(struct scan *s, place at, bool *whole)
{
    bool object = *at == '{';

    if (s->depth == s->max_depth)
        return fail(s, at, "nested deeper than the limit");
    push(s, object);
    at = skip_blank(s, at + 1);
    if (at < s->end && *at == (object ? '}' : ']')) {
        pop(s);
        return at + 1;
    }
    *whole = false;
    return object ? key(s, at, true) : at;
}

static place begin_value(struct scan *s, place at, bool *whole)
{
    *whole = true;
    if (at == s->end)
        return fail_value(s, at);
    switch (*at) {
    case '"': return string(s, at + 1);
    case '{':
    case '[': return open_bracket(s, at, whole);
    case 't': return word(s, at, "true", "expected 'true'");
    case 'f': return word(s, at, "false", "expected 'false'");
    case 'n':
        if (not_finite(s, at))
            return fail_value(s, at);
        return word(s, at, "null", "expected 'null'");
    default: break;
    }
    if (*at == '-' || is_digit(*at))
        return number(s, at);
    return fail_value(s, at);
}

/* Behind a value in a container. */
static place after_value(struct scan *s, place at, bool *whole)
{
    at = skip_blank(s, at);
    if (at < s->end && *at == ',') {
        *whole = false;
        at = skip_blank(s, at + 1);
        return s->in_object ? key(s, at, false) : at;
    }
    if (at < s->end && *at == (s->in_object ? '}' : ']')) {
        pop(s);
        return at + 1;
    }
    return fail_at(
        s, at, s->in_object ? "expected ',' or '}'" : "expected ',' or ']'");
}

static place one_value(struct scan *s, place at)
{
    bool whole;

    do {
        at = begin_value(s, at, &whole);
        while (at != NULL && whole && s->depth > 0)
            at = after_value(s, at, &whole);
    } while (at != NULL && !whole);
    return at;
}

static place fail_rest(struct scan *s, place at)
{
    if (is_digit(*at) || (*at != '\0' && strchr("\"{[-tfn", *at) != NULL))
        return fail(s, at, SCAN_SEVERAL);
    return fail_at(s, at, "unexpected text after the value");
}

int scan_line(struct slice line, size_t max_depth, struct slice *value,
              struct scan_fault *fault)
{
    struct scan s;
    place first, last, rest;

    if (line.len == 0)
        return 1;
    s.begin = (place)line.ptr;
    s.end = s.begin + line.len;
    s.depth = 0;
    s.max_depth = max_depth < SCAN_MAX_DEPTH ? max_depth : SCAN_MAX_DEPTH;
    s.in_object = false;
    s.fault = fault;
    first = skip_blank(&s, s.begin);
    if (first == s.end)
        return 1;
    last = one_value(&s, first);
    if (last == NULL)
        return -1;
    rest = skip_blank(&s, last);
    if (rest < s.end) {
        fail_rest(&s, rest);
        return -1;
    }
    *value = slice_of((const char *)first, (size_t)(last - first));
    return 0;
}
