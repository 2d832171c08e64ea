/* SPDX-License-Identifier: MIT */
#include "jq/lex.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "base/utf8.h"

/* So many bytes of a name are shown. */
enum { FOUND_MAX = 40 };

char lex_ahead(const struct lex *lex, size_t n)
{
    return (char)(n < (size_t)(lex->end - lex->at) ? lex->at[n] : 0);
}

char lex_byte(const struct lex *lex)
{
    return lex_ahead(lex, 0);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

void lex_skip_blank(struct lex *lex)
{
    for (;;) {
        while (lex->at < lex->end && is_blank(*lex->at))
            lex->at++;
        if (lex_byte(lex) != '#')
            return;
        while (lex->at < lex->end && *lex->at != '\n')
            lex->at++;
    }
}

static size_t plain_name(const struct lex *lex, size_t from)
{
    size_t n = from;

    if (!is_letter(lex_ahead(lex, n)))
        return 0;
    while (is_letter(lex_ahead(lex, n)) || is_digit(lex_ahead(lex, n)))
        n++;
    return n;
}

size_t lex_name(const struct lex *lex, bool qualified)
{
    size_t n = plain_name(lex, 0), more;

    while (qualified && n > 0 && lex_ahead(lex, n) == ':' &&
           lex_ahead(lex, n + 1) == ':') {
        more = plain_name(lex, n + 2);
        if (more == 0)
            break;
        n = more;
    }
    return n;
}

static size_t digits(const struct lex *lex, size_t from)
{
    size_t n = from;

    while (is_digit(lex_ahead(lex, n)))
        n++;
    return n - from;
}

size_t lex_number(const struct lex *lex)
{
    size_t n = digits(lex, 0), fraction, sign, exponent;

    if (lex_ahead(lex, n) == '.') {
        fraction = digits(lex, n + 1);
        if (n + fraction == 0)
            return 0;
        n += 1 + fraction;
    }
    if (n == 0 || (lex_ahead(lex, n) | 0x20) != 'e')
        return n;
    sign = lex_ahead(lex, n + 1) == '+' || lex_ahead(lex, n + 1) == '-';
    exponent = digits(lex, n + 1 + sign);
    return exponent == 0 ? n : n + 1 + sign + exponent;
}

bool lex_is_word(const struct lex *lex, const char *word)
{
    const size_t len = strlen(word);

    return lex_name(lex, false) == len && memcmp(lex->at, word, len) == 0;
}

bool lex_take_word(struct lex *lex, const char *word)
{
    if (!lex_is_word(lex, word))
        return false;
    lex_take(lex, strlen(word));
    return true;
}

bool lex_take_sign(struct lex *lex, const char *sign)
{
    const size_t len = strlen(sign);

    if ((size_t)(lex->end - lex->at) < len || memcmp(lex->at, sign, len) != 0)
        return false;
    lex_take(lex, len);
    return true;
}

bool lex_is_keyword(struct slice name)
{
    static const char *const words[] = {
        "def",  "module", "import", "include", "if",     "then",
        "else", "elif",   "end",    "as",      "reduce", "foreach",
        "try",  "catch",  "label",  "and",     "or",     "__loc__",
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (slice_is(name, words[i]))
            return true;
    }
    return false;
}

struct slice lex_take(struct lex *lex, size_t n)
{
    const struct slice text = slice_of(lex->at, n);

    lex->at += n;
    lex_skip_blank(lex);
    return text;
}

int lex_fault(struct lex *lex, const char *text)
{
    lex->column = (size_t)(lex->at - lex->begin) + 1;
    return err_set(lex->err, ERR_USAGE, "column %zu: %s", lex->column, text);
}

/* What those write who come from another language. */
static const char *hint(const struct lex *lex)
{
    static const struct {
        char behind; /* the byte before, or 0: any */
        const char *sign;
        const char *hint;
    } hints[] = {
        {0, "&&", "; 'and' is meant"},
        {'|', "|", "; 'or' is meant"},
        {'=', "=", "; '==' is meant"},
        {'<', ">", "; '!=' is meant"},
        {'=', "~", "; 'test(\"...\")' is meant"},
        {'*', "*", "; 'pow(a; b)' is meant"},
        {0, "!", "; 'not' stands behind: (...) | not"},
        {0, "?//", "; '? //' takes a space"},
        {0, "'", "; texts are in double quotes"},
        {0, "`", "; texts are in double quotes"},
        {0, "\xe2\x80\x98", "; texts are in double quotes, \""},
        {0, "\xe2\x80\x99", "; texts are in double quotes, \""},
        {0, "\xe2\x80\x9c", "; texts are in double quotes, \""},
        {0, "\xe2\x80\x9d", "; texts are in double quotes, \""},
    };
    const size_t left = (size_t)(lex->end - lex->at);

    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        const size_t len = strlen(hints[i].sign);

        if (len <= left && memcmp(lex->at, hints[i].sign, len) == 0 &&
            (hints[i].behind == 0 ||
             (lex->at > lex->begin && lex->at[-1] == hints[i].behind)))
            return hints[i].hint;
    }
    return "";
}

/* Behind the last word, and not some lines further down. */
static int text_ends(struct lex *lex, const char *wanted)
{
    const char *end = lex->end;

    while (end > lex->begin && is_blank(end[-1]))
        end--;
    lex->column = (size_t)(end - lex->begin) + 1;
    return err_set(lex->err, ERR_USAGE,
                   "column %zu: expected %s, but the text ends", lex->column,
                   wanted);
}

int lex_expected(struct lex *lex, const char *wanted)
{
    const size_t left = (size_t)(lex->end - lex->at);
    size_t len = lex_name(lex, true);
    struct buf found;

    lex->column = (size_t)(lex->at - lex->begin) + 1;
    if (left == 0)
        return text_ends(lex, wanted);
    if (len == 0)
        len = utf8_step(lex->at, left, NULL);
    buf_init(&found, (size_t)FOUND_MAX * UTF8_MAX);
    text_escape(&found, slice_of(lex->at, len < FOUND_MAX ? len : FOUND_MAX));
    err_set(lex->err, ERR_USAGE, "column %zu: expected %s, not '%.*s'%s",
            lex->column, wanted, (int)found.len, found.data, hint(lex));
    buf_release(&found);
    return -1;
}

void lex_place(const struct lex *lex, const char *at, char *place, size_t size)
{
    const char *begin = at;
    size_t line = 1;

    while (begin > lex->begin && begin[-1] != '\n')
        begin--;
    for (const char *c = lex->begin; c < begin; c++)
        line += *c == '\n';
    if (memchr(lex->begin, '\n', (size_t)(lex->at - lex->begin)) == NULL)
        snprintf(place, size, "column %zu", (size_t)(at - begin) + 1);
    else
        snprintf(place, size, "line %zu, column %zu", line,
                 (size_t)(at - begin) + 1);
}
