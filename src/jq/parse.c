/* SPDX-License-Identifier: MIT */
/*
 * By recursive descent, one function for each rule; binary operators by
 * precedence climbing. `as`, `def` and `label` take everything to their right,
 * wherever an operand may stand: 1 + 2 as $x | $x * 10 is 21.
 */
#include "jq/parse.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/utf8.h"
#include "jq/arena.h"
#include "jq/parse_core.h"

/* A filter that nests deeper would need more stack than a thread has. */
enum { DEPTH_MAX = 1000 };

/* More in a row than the compiler takes: said here, before there is a tree of
 * all of a text that is none. */
enum { LINKS_MAX = 4000 };

/* How an operator binds: the least level of what may stand on its right. */
static const struct operator
{
    char sign[4];
    enum ast_op op;
    int level;
    int right;
    bool chains;
}
operators[] = {
    /* Longer ones first, where one begins another. */
    {"//=", AST_UPDATE_ALTERNATIVE, 3, 4, false},
    {"//", AST_ALTERNATIVE, 2, 2, true},
    {"|=", AST_UPDATE, 3, 4, false},
    {"+=", AST_UPDATE_ADD, 3, 4, false},
    {"-=", AST_UPDATE_SUBTRACT, 3, 4, false},
    {"*=", AST_UPDATE_MULTIPLY, 3, 4, false},
    {"/=", AST_UPDATE_DIVIDE, 3, 4, false},
    {"%=", AST_UPDATE_MODULO, 3, 4, false},
    {"==", AST_EQUAL, 6, 7, false},
    {"=", AST_ASSIGN, 3, 4, false},
    {"or", AST_OR, 4, 5, true},
    {"and", AST_AND, 5, 6, true},
    {"!=", AST_UNEQUAL, 6, 7, false},
    {"<=", AST_LESS_EQUAL, 6, 7, false},
    {"<", AST_LESS, 6, 7, false},
    {">=", AST_GREATER_EQUAL, 6, 7, false},
    {">", AST_GREATER, 6, 7, false},
    {"+", AST_ADD, 7, 8, true},
    {"-", AST_SUBTRACT, 7, 8, true},
    {"*", AST_MULTIPLY, 8, 9, true},
    {"/", AST_DIVIDE, 8, 9, true},
    {"%", AST_MODULO, 8, 9, true},
};

enum { LOWEST = 2, ABOVE_SUM = 8 };

uint32_t parse_here(const struct parse *p)
{
    return (uint32_t)(p->lex.at - p->lex.begin);
}

struct ast *parse_node(struct parse *p, enum ast_kind kind)
{
    struct ast *node = arena_alloc(p->arena, sizeof *node);

    assert(node != NULL); /* a program is as large as its text */
    *node = (struct ast){.kind = kind, .at = parse_here(p)};
    return node;
}

struct ast *parse_node_of(struct parse *p, enum ast_kind kind, struct ast *a,
                          struct ast *b)
{
    struct ast *node = parse_node(p, kind);

    if (a != NULL)
        node->at = a->at;
    node->a = a;
    node->b = b;
    return node;
}

void *parse_fault(struct parse *p, const char *text)
{
    lex_fault(&p->lex, text);
    return NULL;
}

void *parse_expected(struct parse *p, const char *wanted)
{
    lex_expected(&p->lex, wanted);
    return NULL;
}

/* The fault that this word or sign is not here; false. */
static bool missing(struct parse *p, const char *wanted)
{
    char quoted[16];

    snprintf(quoted, sizeof quoted, "'%s'", wanted);
    parse_expected(p, quoted);
    return false;
}

bool parse_sign(struct parse *p, const char *sign)
{
    return lex_take_sign(&p->lex, sign) || missing(p, sign);
}

bool parse_keyword(struct parse *p, const char *word)
{
    return lex_take_word(&p->lex, word) || missing(p, word);
}

bool parse_close(struct parse *p, const char *close, const char *open,
                 uint32_t from, const char *or_else)
{
    const bool word = close[0] >= 'a' && close[0] <= 'z';
    char place[64], wanted[128];

    if (word ? lex_take_word(&p->lex, close) : lex_take_sign(&p->lex, close))
        return true;
    lex_place(&p->lex, p->lex.begin + from, place, sizeof place);
    snprintf(wanted, sizeof wanted, "%s'%s' for the '%s' at %s", or_else, close,
             open, place);
    parse_expected(p, wanted);
    return false;
}

bool parse_variable_name(struct parse *p, struct slice *name)
{
    if (!lex_take_sign(&p->lex, "$")) {
        parse_expected(p, "a $name");
        return false;
    }
    *name = slice_of(p->lex.at, lex_name(&p->lex, true));
    if (name->len == 0) {
        parse_expected(p, "a name after '$'");
        return false;
    }
    lex_take(&p->lex, name->len);
    return true;
}

bool parse_enter(struct parse *p)
{
    if (++p->depth <= DEPTH_MAX)
        return true;
    parse_fault(p, "the filter nests too deep");
    return false;
}

bool parse_link(struct parse *p, uint32_t *links)
{
    char text[48];

    if ((*links)++ < LINKS_MAX)
        return true;
    snprintf(text, sizeof text, "too many operators in a row at '%c'",
             lex_byte(&p->lex));
    parse_fault(p, text);
    return false;
}

/* Expressions */

/* Everything to the right, with the source's values under names. */
static struct ast *binding(struct parse *p, struct ast *source)
{
    struct ast *node = parse_node_of(p, AST_AS, source, NULL);

    node->b = parse_patterns(p);
    if (node->b == NULL || !parse_sign(p, "|"))
        return NULL;
    node->c = parse_pipe(p);
    return node->c ? node : NULL;
}

static struct ast *binary(struct parse *p, int least);

static struct ast *operand(struct parse *p)
{
    struct ast *node;

    if (lex_byte(&p->lex) == '-') {
        node = parse_node(p, AST_NEGATE);
        lex_take(&p->lex, 1);
        node->a = parse_enter(p) ? binary(p, ABOVE_SUM) : NULL;
        p->depth--;
        return node->a ? node : NULL;
    }
    if (lex_is_word(&p->lex, "def"))
        return parse_definition(p);
    if (lex_is_word(&p->lex, "label"))
        return parse_label(p);
    node = parse_postfix(p);
    if (node != NULL && lex_take_word(&p->lex, "as"))
        return binding(p, node);
    return node;
}

static const struct operator* operator_here(const struct parse *p)
{
    const size_t left = (size_t)(p->lex.end - p->lex.at);

    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        const struct operator* o = & operators[i];
        const size_t len = strlen(o->sign);

        if (len > left || memcmp(p->lex.at, o->sign, len) != 0)
            continue;
        if (o->sign[0] < 'a' || o->sign[0] > 'z' ||
            lex_is_word(&p->lex, o->sign))
            return o;
    }
    return NULL;
}

static struct ast *no_chain(struct parse *p, const struct operator* first,
                            const struct operator* next)
{
    char text[64];

    snprintf(text, sizeof text, "'%s' behind '%s' needs parentheses",
             next->sign, first->sign);
    return parse_fault(p, text);
}

static struct ast *binary(struct parse *p, int least)
{
    struct ast *left = operand(p);
    const struct operator* o;
    uint32_t links = 0;

    while (left != NULL && (o = operator_here(p)) != NULL &&
           o->level >= least) {
        struct ast *node = parse_node_of(p, AST_BINARY, left, NULL);
        const struct operator* next;

        if (!parse_link(p, &links))
            return NULL;
        node->at = parse_here(p);
        node->op = o->op;
        lex_take(&p->lex, strlen(o->sign));
        node->b = parse_enter(p) ? binary(p, o->right) : NULL;
        p->depth--;
        if (node->b == NULL)
            return NULL;
        next = operator_here(p);
        if (!o->chains && next != NULL && next->level == o->level)
            return no_chain(p, o, next);
        left = node;
    }
    return left;
}

struct ast *parse_no_comma(struct parse *p)
{
    return binary(p, LOWEST);
}

static struct ast *comma(struct parse *p)
{
    struct ast *left = binary(p, LOWEST);
    uint32_t links = 0;

    while (left != NULL && lex_byte(&p->lex) == ',') {
        struct ast *right;

        if (!parse_link(p, &links))
            return NULL;
        lex_take(&p->lex, 1);
        right = binary(p, LOWEST);

        left = right ? parse_node_of(p, AST_COMMA, left, right) : NULL;
    }
    return left;
}

/* To the right: a | (b | c). */
struct ast *parse_pipe(struct parse *p)
{
    struct ast *first = parse_enter(p) ? comma(p) : NULL;
    struct ast **last = &first;
    uint32_t links = 0;

    while (*last != NULL && lex_byte(&p->lex) == '|') {
        struct ast *right;

        if (!parse_link(p, &links))
            return NULL;
        lex_take(&p->lex, 1);
        right = comma(p);
        if (right == NULL)
            return NULL;
        *last = parse_node_of(p, AST_PIPE, *last, right);
        last = &(*last)->b;
    }
    p->depth--;
    return *last ? first : NULL;
}

static bool is_utf8(struct parse *p, struct slice text)
{
    for (size_t i = 0, n; i < text.len; i += n) {
        n = utf8_step(text.ptr + i, text.len - i, NULL);
        p->lex.at = text.ptr + i;
        if (n == 0)
            return false;
    }
    p->lex.at = text.ptr;
    return true;
}

static struct ast *program(struct parse *p)
{
    struct ast *node = NULL;

    if (!parse_is_head(p))
        return parse_pipe(p);
    node = parse_head(p);
    if (node != NULL)
        node->c = parse_pipe(p);
    return node != NULL && node->c != NULL ? node : NULL;
}

/* In a loop: a module may have any number of them. */
static struct ast *library(struct parse *p)
{
    struct ast *node = parse_head(p);
    struct ast **last = &node;

    while (*last != NULL && lex_is_word(&p->lex, "def")) {
        last = &(*last)->c;
        *last = parse_function(p);
    }
    return *last != NULL ? node : NULL;
}

/* The whole of a text. */
static struct ast *parse_all(struct parse *p, struct slice text,
                             struct ast *(*rule)(struct parse *p),
                             const char *wanted)
{
    struct ast *node;

    if (text.len > PARSE_TEXT_MAX) {
        err_set(p->lex.err, ERR_USAGE,
                "column 1: the filter has more than %d bytes", PARSE_TEXT_MAX);
        return NULL;
    }
    if (!is_utf8(p, text))
        return parse_fault(p, "invalid UTF-8");
    lex_skip_blank(&p->lex);
    node = rule(p);
    if (node != NULL && p->lex.at < p->lex.end)
        return parse_expected(p, wanted);
    return node;
}

static struct parse begin(struct arena *arena, struct slice text,
                          struct err *err)
{
    return (struct parse){.arena = arena,
                          .lex = {.begin = text.ptr,
                                  .at = text.ptr,
                                  .end = text.ptr + text.len,
                                  .column = 1,
                                  .err = err}};
}

struct ast *parse_program(struct arena *arena, struct slice text,
                          size_t *column, struct err *err)
{
    struct parse p = begin(arena, text, err);
    struct ast *node =
        parse_all(&p, text, program, "an operator or the end of the filter");

    *column = p.lex.column;
    return node;
}

struct ast *parse_library(struct arena *arena, struct slice text,
                          size_t *column, struct err *err)
{
    struct parse p = begin(arena, text, err);
    struct ast *node =
        parse_all(&p, text, library, "'def' or the end of the module");

    *column = p.lex.column;
    return node;
}
