/* SPDX-License-Identifier: MIT */
#include "jq/lex.h"

#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

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

int lex_expected(struct lex *lex, const char *wanted)
{
    const size_t left = (size_t)(lex->end - lex->at);
    size_t len = lex_name(lex, true);

    if (len == 0 && left > 0)
        len = utf8_step(lex->at, left, NULL);
    lex->column = (size_t)(lex->at - lex->begin) + 1;
    if (len == 0)
        return err_set(lex->err, ERR_USAGE, "column %zu: expected %s",
                       lex->column, wanted);
    return err_set(lex->err, ERR_USAGE, "column %zu: expected %s, not '%.*s'",
                   lex->column, wanted, len < 40 ? (int)len : 40, lex->at);
}
