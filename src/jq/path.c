/* SPDX-License-Identifier: MIT */
/*
 * A path is a list of steps. What jq's grammar makes of `?` decides their two
 * flags: one `?` behind a step swallows the error of that step alone, so .a.b?
 * still fails on a number; a second one (and the only one behind a bare `.`)
 * is a try around all of it, and then no further step may follow.
 *
 * The compiler reads from left to right and stops at the first byte that does
 * not fit. There it tells what it wanted from what jq would take and weir does
 * not, since the way out differs: mend the filter, or use jq.
 */
#include "jq/path.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "json/quote.h"
#include "json/value.h"

struct step {
    bool by_key;
    bool optional;
    size_t key_at; /* in the path's keys */
    size_t key_len;
    struct place_key key; /* once all are read */
    int64_t index;
};

struct path {
    bool optional; /* as a whole */
    size_t count;
    struct step *steps;
    struct buf keys; /* decoded, one behind the other */
};

struct parser {
    const char *text;
    const char *at;
    struct path *path;
    size_t column; /* of the fault */
    struct err *err;
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_blank(struct parser *p)
{
    for (;;) {
        p->at += strspn(p->at, " \t\n\r");
        if (*p->at != '#')
            return;
        p->at += strcspn(p->at, "\n");
    }
}

/* The length of the name at `at`, or 0. */
static size_t name_len(const char *at)
{
    size_t n = 0;

    if (!is_letter(at[0]))
        return 0;
    while (is_letter(at[n]) || is_digit(at[n]))
        n++;
    return n;
}

/* The length of jq's number at `at`, or 0; a sign is not part of it. */
static size_t number_len(const char *at)
{
    size_t n = strspn(at, "0123456789");
    size_t fraction, sign, exponent;

    if (at[n] == '.') {
        fraction = strspn(at + n + 1, "0123456789");
        if (n + fraction == 0)
            return 0;
        n += 1 + fraction;
    }
    if (n == 0 || (at[n] != 'e' && at[n] != 'E'))
        return n;
    sign = at[n + 1] == '+' || at[n + 1] == '-';
    exponent = strspn(at + n + 1 + sign, "0123456789");
    return exponent == 0 ? n : n + 1 + sign + exponent;
}

/* The length of the first of `texts` (the last is NULL) that is here, or 0. */
static size_t match_len(const char *at, const char *const *texts)
{
    for (; *texts != NULL; texts++)
        if (strncmp(at, *texts, strlen(*texts)) == 0)
            return strlen(*texts);
    return 0;
}

/* The length of what jq, but not weir, would take behind a term; or 0. */
static size_t operator_len(const char *at)
{
    static const char *const operators[] = {
        "?//=", "?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=",
        "==",   "!=",  "<=",  ">=", "//", "..", "|",  ",",  "+",
        "-",    "*",   "/",   "%",  "=",  "<",  ">",  NULL,
    };
    static const char *const words[] = {"and", "or", "as", NULL};
    size_t name = name_len(at);

    if (name > 0)
        return match_len(at, words) == name ? name : 0;
    return match_len(at, operators);
}

/* The length of what jq, but not weir, would take as a term; or 0. */
static size_t term_len(const char *at)
{
    static const char *const begins[] = {
        "..", ".", "(", "{", "[", "\"", "-", NULL,
    };
    size_t sigil = *at == '$' || *at == '@';

    if (name_len(at + sigil) > 0)
        return sigil + name_len(at + sigil);
    if (number_len(at) > 0)
        return number_len(at);
    return match_len(at, begins);
}

static int fault(struct parser *p)
{
    p->column = (size_t)(p->at - p->text) + 1;
    return err_wrap(p->err, "column %zu", p->column);
}

static int fault_text(struct parser *p, const char *text)
{
    err_set(p->err, ERR_USAGE, "%s", text);
    return fault(p);
}

static int fault_unknown(struct parser *p, size_t len)
{
    err_set(p->err, ERR_USAGE, "weir does not know '%.*s' yet",
            len < 40 ? (int)len : 40, p->at);
    return fault(p);
}

/* Neither what was wanted nor anything that jq would take. */
static int fault_expected(struct parser *p, const char *wanted)
{
    size_t len = 0;

    if (*p->at != '\0')
        len = utf8_step(p->at, strlen(p->at), NULL);
    if (len > 1 || (len == 1 && *p->at >= ' ' && *p->at < 0x7F))
        err_set(p->err, ERR_USAGE, "expected %s, not '%.*s'", wanted, (int)len,
                p->at);
    else
        err_set(p->err, ERR_USAGE, "expected %s", wanted);
    return fault(p);
}

/* A term was wanted, of the kinds that weir knows. */
static int fault_term(struct parser *p, const char *wanted)
{
    size_t len = term_len(p->at);

    return len > 0 ? fault_unknown(p, len) : fault_expected(p, wanted);
}

/* The term is complete and something else follows. */
static int fault_operator(struct parser *p, const char *wanted)
{
    size_t len = operator_len(p->at);

    return len > 0 ? fault_unknown(p, len) : fault_expected(p, wanted);
}

static struct step *add_step(struct parser *p)
{
    struct step *step = &p->path->steps[p->path->count++];

    step->key_at = p->path->keys.len;
    return step;
}

/* One `?` is the step's; one more, or one without a step, is everybody's. */
static int suffix(struct parser *p, struct step *step)
{
    skip_blank(p);
    while (*p->at == '?') {
        if (strncmp(p->at, "?//", 3) == 0)
            return fault_unknown(p, 3);
        if (step == NULL || step->optional)
            p->path->optional = true;
        else
            step->optional = true;
        p->at++;
        skip_blank(p);
    }
    return 0;
}

static int name_step(struct parser *p)
{
    struct step *step = add_step(p);

    step->by_key = true;
    step->key_len = name_len(p->at);
    buf_add(&p->path->keys, p->at, step->key_len);
    p->at += step->key_len;
    return suffix(p, step);
}

static int check_escape(struct parser *p)
{
    static const char hex[] = "0123456789abcdefABCDEF";

    p->at++;
    if (*p->at == '(') {
        p->at--;
        return fault_unknown(p, 2);
    }
    if (*p->at == '\0')
        return fault_text(p, "expected a closing '\"'");
    if (*p->at != 'u') {
        if (strchr("\"\\/bfnrt", *p->at) == NULL)
            return fault_text(p, "invalid escape");
        p->at++;
        return 0;
    }
    p->at++;
    if (strspn(p->at, hex) < 4) {
        p->at += strspn(p->at, hex);
        return fault_text(p, "expected four hex digits after '\\u'");
    }
    p->at += 4;
    return 0;
}

/* From the opening quote; `string` is it with both. */
static int read_string(struct parser *p, struct slice *string)
{
    const char *begin = p->at++;
    size_t len;

    while (*p->at != '"') {
        if (*p->at == '\0')
            return fault_text(p, "expected a closing '\"'");
        if (*p->at == '\\') {
            if (check_escape(p) != 0)
                return -1;
            continue;
        }
        len = utf8_step(p->at, strlen(p->at), NULL);
        if (len == 0)
            return fault_text(p, "invalid UTF-8");
        p->at += len;
    }
    p->at++;
    *string = slice_of(begin, (size_t)(p->at - begin));
    return 0;
}

static int read_key(struct parser *p, struct step *step)
{
    struct slice string = {NULL, 0};

    step->by_key = true;
    if (read_string(p, &string) != 0)
        return -1;
    quote_read(&p->path->keys, string);
    step->key_len = p->path->keys.len - step->key_at;
    return 0;
}

static int string_step(struct parser *p)
{
    struct step *step = add_step(p);

    if (read_key(p, step) != 0)
        return -1;
    return suffix(p, step);
}

/* jq cuts fractions off and clamps to an int: no array is longer anyway. */
static int read_index(struct parser *p, struct step *step)
{
    bool negative = *p->at == '-';
    size_t len;
    char *end;
    double n;

    if (negative) {
        p->at++;
        skip_blank(p);
    }
    len = number_len(p->at);
    if (len == 0)
        return fault_term(p, "a number");
    n = strtod(p->at, &end);
    if (end != p->at + len) {
        p->at += len;
        return fault_expected(p, "']'");
    }
    n = n < INT_MAX ? n : INT_MAX;
    step->index = negative ? -(int64_t)n : (int64_t)n;
    p->at = end;
    return 0;
}

static int read_subscript(struct parser *p, struct step *step)
{
    if (*p->at == '"')
        return read_key(p, step);
    if (*p->at == '-' || number_len(p->at) > 0)
        return read_index(p, step);
    if (*p->at == ']')
        return fault_text(p, "weir does not know '[]' yet");
    if (*p->at == ':')
        return fault_text(p, "weir does not know slices yet");
    return fault_term(p, "a number or a string");
}

static int bracket_step(struct parser *p)
{
    struct step *step = add_step(p);

    p->at++;
    skip_blank(p);
    if (read_subscript(p, step) != 0)
        return -1;
    skip_blank(p);
    if (*p->at == ':')
        return fault_text(p, "weir does not know slices yet");
    if (*p->at != ']')
        return fault_operator(p, "']'");
    p->at++;
    return suffix(p, step);
}

/* A dot behind a step, or the first one with something behind it. */
static int dot_step(struct parser *p)
{
    if (p->at[1] == '.')
        return fault_unknown(p, 2);
    p->at++;
    if (name_len(p->at) > 0)
        return name_step(p);
    skip_blank(p);
    if (*p->at == '"')
        return string_step(p);
    if (*p->at == '[')
        return bracket_step(p);
    if (*p->at == '@')
        return fault_term(p, "a name");
    return fault_expected(p, "a name, a string or '[' after '.'");
}

/* Is the first dot all there is before a suffix, an operator or the end? */
static bool bare(struct parser *p)
{
    const char *dot = p->at;
    char next = dot[1];

    /* A byte beyond ASCII was meant as a name; dot_step says what is one. */
    if (next == '.' || name_len(dot + 1) > 0 || (unsigned char)next >= 0x80)
        return false;
    p->at++;
    skip_blank(p);
    next = *p->at;
    if (next != '\0' && strchr("\"[@", next) != NULL) {
        p->at = dot;
        return false;
    }
    return true;
}

static int first_step(struct parser *p)
{
    size_t digits;

    skip_blank(p);
    if (*p->at == '\0')
        return fault_text(p, "expected a path, such as '.' or '.a[0]'");
    digits = number_len(p->at);
    if (*p->at != '.' || digits > 0) /* .5 is a number */
        return fault_term(p, "a path, such as '.' or '.a[0]'");
    return bare(p) ? suffix(p, NULL) : dot_step(p);
}

static int next_step(struct parser *p)
{
    if (p->path->optional)
        return fault_operator(p, "the end of the filter");
    if (*p->at == '.')
        return dot_step(p);
    if (*p->at == '[')
        return bracket_step(p);
    return fault_operator(p, "the end of the filter");
}

static int read_path(struct parser *p)
{
    if (first_step(p) != 0)
        return -1;
    while (*p->at != '\0')
        if (next_step(p) != 0)
            return -1;
    return 0;
}

static struct slice key_of(const struct path *path, const struct step *step)
{
    /* If all keys are empty there is no memory to point into. */
    if (step->key_len == 0)
        return slice_text("");
    return slice_of(path->keys.data + step->key_at, step->key_len);
}

/* The buffer of the keys grows no more. */
static void set_keys(struct path *path)
{
    for (size_t i = 0; i < path->count; i++)
        path->steps[i].key = place_key(key_of(path, &path->steps[i]));
}

struct path *path_compile(const char *text, size_t *column, struct err *err)
{
    struct path *path = mem_alloc(sizeof *path);
    size_t len = strlen(text);
    struct parser p = {
        .text = text,
        .at = text,
        .path = path,
        .err = err,
    };

    /* Each step and each byte of a key takes a byte of text at least. */
    path->steps = mem_alloc_array(len, sizeof path->steps[0]);
    buf_init(&path->keys, len);
    if (read_path(&p) == 0) {
        set_keys(path);
        return path;
    }
    *column = p.column;
    path_free(path);
    return NULL;
}

void path_free(struct path *path)
{
    if (path == NULL)
        return;
    buf_release(&path->keys);
    mem_free(path->steps);
    mem_free(path);
}

/* jq names a key only if it has less than 30 bytes. */
static int misfit(const struct path *path, const struct step *step,
                  enum value_kind kind, struct err *err)
{
    const char *name = value_kind_name(kind);
    struct slice key = key_of(path, step);

    if (step->optional || path->optional)
        return 0;
    if (!step->by_key)
        return err_set(err, ERR_UNITS, "Cannot index %s with number", name);
    if (key.len >= 30)
        return err_set(err, ERR_UNITS, "Cannot index %s with string", name);
    return err_set(err, ERR_UNITS, "Cannot index %s with string \"%.*s\"", name,
                   (int)key.len, key.ptr);
}

bool path_is_identity(const struct path *path)
{
    return path->count == 0;
}

/* What is not there is null, and so is all below it. */
static int get_of_null(struct slice *out)
{
    *out = slice_text("null");
    return 1;
}

int path_get(const struct path *path, struct place value, struct slice *out,
             struct err *err)
{
    for (size_t i = 0; i < path->count; i++) {
        const struct step *step = &path->steps[i];
        const enum value_kind kind = value_kind_of(place_first(&value));
        bool found = false;

        if (kind == (step->by_key ? VALUE_OBJECT : VALUE_ARRAY))
            found = step->by_key ? place_find(&value, &step->key, &value)
                                 : place_element(&value, step->index, &value);
        else if (kind != VALUE_NULL)
            return misfit(path, step, kind, err);
        if (!found)
            return get_of_null(out);
    }
    *out = place_bytes(&value);
    return 1;
}
