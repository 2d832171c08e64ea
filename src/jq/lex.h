/* SPDX-License-Identifier: MIT */
/*
 * lex - the words of a filter's text
 *
 * A place in the text, and what may stand there: the parser asks for what it
 * could take. Blank is white space (CR too) and comments, which a backslash
 * does not continue. One owner.
 */
#ifndef JQ_LEX_H
#define JQ_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct err;

struct lex {
    const char *begin;
    const char *at;
    const char *end;
    size_t column; /* of the fault, in bytes from 1 */
    struct err *err;
};

/* The next byte, or '\0' at the end; `n` bytes further on. */
char lex_byte(const struct lex *lex);
char lex_ahead(const struct lex *lex, size_t n);

void lex_skip_blank(struct lex *lex);

/* The length of the name that stands here, or 0; with `qualified` it may have
 * parts with :: between them. */
size_t lex_name(const struct lex *lex, bool qualified);

/* The length of the number that stands here, or 0; a sign is not part of it. */
size_t lex_number(const struct lex *lex);

/* Whether this word, all of it, stands here. */
bool lex_is_word(const struct lex *lex, const char *word);

/* Take this word, or this sign, and the blank behind it, if it is here. */
bool lex_take_word(struct lex *lex, const char *word);
bool lex_take_sign(struct lex *lex, const char *sign);

/* Whether a name is one that no function may have. */
bool lex_is_keyword(struct slice name);

/* Take `n` bytes as a text, and the blank behind them. */
struct slice lex_take(struct lex *lex, size_t n);

/* Write where `at` is: "column N", or "line L, column N" where there are lines
 * up to here. */
void lex_place(const struct lex *lex, const char *at, char *place, size_t size);

/* Fail here: "column N: TEXT", "column N: expected WANTED, not 'x'" and perhaps
 * what is meant. -1. */
int lex_fault(struct lex *lex, const char *text);
int lex_expected(struct lex *lex, const char *wanted);

#endif
