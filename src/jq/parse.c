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

#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"
#include "jq/arena.h"
#include "jq/ast.h"
#include "jq/lex.h"
#include "jq/parse_core.h"
#include "json/quote.h"

/* A filter that nests deeper would need more stack than a thread has. */
enum { DEPTH_MAX = 1000 };

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

struct ast *parse_node(struct parse *p, enum ast_kind kind)
{
    struct ast *node = arena_alloc(p->arena, sizeof *node);

    assert(node != NULL); /* a program is as large as its text */
    *node =
        (struct ast){.kind = kind, .at = (uint32_t)(p->lex.at - p->lex.begin)};
    return node;
}

static struct ast *node_of(struct parse *p, enum ast_kind kind, struct ast *a,
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

static bool take_keyword(struct parse *p, const char *word)
{
    return lex_take_word(&p->lex, word) || missing(p, word);
}

bool parse_variable_name(struct parse *p, struct slice *name)
{
    if (!parse_sign(p, "$"))
        return false;
    *name = slice_of(p->lex.at, lex_name(&p->lex, true));
    if (name->len == 0) {
        parse_expected(p, "a name after '$'");
        return false;
    }
    lex_take(&p->lex, name->len);
    return true;
}

/* def and calls */

static struct ast *parameter(struct parse *p)
{
    struct ast *node = parse_node(p, AST_PARAMETER);
    size_t len;

    if (lex_byte(&p->lex) == '$') {
        node->op = AST_BY_VALUE;
        return parse_variable_name(p, &node->text) ? node : NULL;
    }
    len = lex_name(&p->lex, false);
    if (len == 0 || lex_is_keyword(slice_of(p->lex.at, len)))
        return parse_expected(p, "the name of a parameter");
    node->text = lex_take(&p->lex, len);
    return node;
}

/* Members with ; between them and ) at the end; the ( is taken. */
static bool list(struct parse *p, struct ast *(*member)(struct parse *p),
                 struct ast **first)
{
    do {
        *first = member(p);
        if (*first == NULL)
            return false;
        first = &(*first)->next;
    } while (lex_take_sign(&p->lex, ";"));
    if (lex_take_sign(&p->lex, ")"))
        return true;
    parse_expected(p, "';' or ')'");
    return false;
}

static struct ast *definition(struct parse *p)
{
    struct ast *node = parse_node(p, AST_DEF);
    size_t len;

    lex_take_word(&p->lex, "def");
    len = lex_name(&p->lex, false);
    if (len == 0 || lex_is_keyword(slice_of(p->lex.at, len)))
        return parse_expected(p, "the name of a function");
    node->text = lex_take(&p->lex, len);
    if (lex_take_sign(&p->lex, "(") && !list(p, parameter, &node->a))
        return NULL;
    if (!parse_sign(p, ":"))
        return NULL;
    node->b = parse_pipe(p);
    if (node->b == NULL || !parse_sign(p, ";"))
        return NULL;
    node->c = parse_pipe(p);
    return node->c ? node : NULL;
}

static struct ast *call(struct parse *p, size_t len)
{
    struct ast *node = parse_node(p, AST_CALL);

    node->text = lex_take(&p->lex, len);
    if (lex_take_sign(&p->lex, "(") && !list(p, parse_pipe, &node->a))
        return NULL;
    return node;
}

/* Control */

static struct ast *conditional(struct parse *p)
{
    struct ast *node = parse_node(p, AST_IF);

    lex_skip_blank(&p->lex);
    node->a = parse_pipe(p);
    if (node->a == NULL || !take_keyword(p, "then"))
        return NULL;
    node->b = parse_pipe(p);
    if (node->b == NULL)
        return NULL;
    if (lex_take_word(&p->lex, "elif")) {
        node->c = conditional(p); /* which takes the `end` */
        return node->c ? node : NULL;
    }
    if (lex_take_word(&p->lex, "else")) {
        node->c = parse_pipe(p);
        if (node->c == NULL)
            return NULL;
    }
    if (lex_take_word(&p->lex, "end"))
        return node;
    return parse_expected(p, node->c ? "'end'" : "'elif', 'else' or 'end'");
}

static struct ast *attempt(struct parse *p)
{
    struct ast *node = parse_node(p, AST_TRY);

    lex_take_word(&p->lex, "try");
    node->a = parse_postfix(p);
    if (node->a == NULL)
        return NULL;
    if (!lex_take_word(&p->lex, "catch"))
        return node;
    node->b = parse_postfix(p);
    return node->b ? node : NULL;
}

/* SOURCE as PATTERN (INIT; UPDATE) of reduce and foreach. */
static struct ast *fold(struct parse *p, enum ast_kind kind)
{
    struct ast *node = parse_node(p, kind);

    lex_take(&p->lex, lex_name(&p->lex, false));
    node->a = parse_postfix(p);
    if (node->a == NULL || !take_keyword(p, "as"))
        return NULL;
    node->b = parse_patterns(p);
    if (node->b == NULL || !parse_sign(p, "("))
        return NULL;
    node->c = parse_pipe(p);
    if (node->c == NULL || !parse_sign(p, ";"))
        return NULL;
    node->d = parse_pipe(p);
    if (node->d == NULL)
        return NULL;
    if (kind == AST_FOREACH && lex_take_sign(&p->lex, ";")) {
        node->e = parse_pipe(p);
        if (node->e == NULL)
            return NULL;
    }
    return parse_sign(p, ")") ? node : NULL;
}

static struct ast *label(struct parse *p)
{
    struct ast *node = parse_node(p, AST_LABEL);

    lex_take_word(&p->lex, "label");
    if (!parse_variable_name(p, &node->text) || !parse_sign(p, "|"))
        return NULL;
    node->a = parse_pipe(p);
    return node->a ? node : NULL;
}

static struct ast *leave(struct parse *p)
{
    struct ast *node = parse_node(p, AST_BREAK);

    lex_take_word(&p->lex, "break");
    return parse_variable_name(p, &node->text) ? node : NULL;
}

/* A word that begins a term. */
static struct ast *word(struct parse *p, size_t len)
{
    const struct slice name = slice_of(p->lex.at, len);
    struct ast *node;

    if (slice_is(name, "if")) {
        lex_take(&p->lex, len);
        return conditional(p);
    }
    if (slice_is(name, "try"))
        return attempt(p);
    if (slice_is(name, "reduce"))
        return fold(p, AST_REDUCE);
    if (slice_is(name, "foreach"))
        return fold(p, AST_FOREACH);
    if (slice_is(name, "break"))
        return leave(p);
    if (slice_is(name, "import") || slice_is(name, "include") ||
        slice_is(name, "module"))
        return parse_fault(p, "weir has no modules");
    if (lex_is_keyword(name))
        return parse_expected(p, "a filter");
    if (!slice_is(name, "null") && !slice_is(name, "true") &&
        !slice_is(name, "false"))
        return call(p, len);
    node = parse_node(p, AST_WORD);
    node->text = lex_take(&p->lex, len);
    return node;
}

/* Terms */

static struct ast *group(struct parse *p)
{
    struct ast *node;

    lex_take_sign(&p->lex, "(");
    node = parse_pipe(p);
    if (node == NULL || !parse_sign(p, ")"))
        return NULL;
    node->grouped = true;
    return node;
}

static struct ast *array(struct parse *p)
{
    struct ast *node = parse_node(p, AST_ARRAY);

    lex_take_sign(&p->lex, "[");
    if (lex_take_sign(&p->lex, "]"))
        return node;
    node->a = parse_pipe(p);
    return node->a != NULL && parse_sign(p, "]") ? node : NULL;
}

static struct ast *format(struct parse *p)
{
    struct ast *node = parse_node(p, AST_FORMAT);
    size_t len;

    p->lex.at++;
    len = lex_name(&p->lex, false);
    if (len == 0)
        return parse_expected(p, "a name after '@'");
    node->text = lex_take(&p->lex, len);
    return lex_byte(&p->lex) == '"' ? parse_string(p, node->text) : node;
}

struct ast *parse_dollar(struct parse *p)
{
    struct ast *node = parse_node(p, AST_VARIABLE);

    if (!parse_variable_name(p, &node->text))
        return NULL;
    if (slice_is(node->text, "__loc__"))
        node->kind = AST_LOCATION;
    return node;
}

static struct ast *number(struct parse *p, size_t len)
{
    struct ast *node = parse_node(p, AST_NUMBER);

    node->text = lex_take(&p->lex, len);
    return node;
}

static struct ast *text_node(struct parse *p, struct slice text)
{
    struct ast *node = parse_node(p, AST_STRING);

    node->text = text;
    return node;
}

/* .name, ."text" or .[...], from the dot, of `target`. */
static struct ast *dot(struct parse *p, struct ast *target)
{
    struct ast *key;
    size_t len;

    p->lex.at++;
    len = lex_name(&p->lex, false);
    if (len > 0) {
        key = text_node(p, slice_of(p->lex.at, len));
        lex_take(&p->lex, len);
        return node_of(p, AST_INDEX, target, key);
    }
    lex_skip_blank(&p->lex);
    if (lex_byte(&p->lex) == '[')
        return parse_bracket(p, target);
    if (lex_byte(&p->lex) == '"')
        key = parse_string(p, slice_of(NULL, 0));
    else if (lex_byte(&p->lex) == '@')
        key = format(p);
    else
        return parse_expected(p, "a name, a string or '[' after '.'");
    if (key != NULL && key->kind == AST_FORMAT)
        return parse_expected(p, "a string after the format");
    return key ? node_of(p, AST_INDEX, target, key) : NULL;
}

/* [], [i], [i:j], [i:], [:j], from the bracket, of `target`. */
struct ast *parse_bracket(struct parse *p, struct ast *target)
{
    struct ast *node = node_of(p, AST_ITERATE, target, NULL);

    lex_take_sign(&p->lex, "[");
    if (lex_take_sign(&p->lex, "]"))
        return node;
    node->kind = AST_INDEX;
    if (lex_byte(&p->lex) != ':') {
        node->b = parse_pipe(p);
        if (node->b == NULL)
            return NULL;
    }
    if (lex_take_sign(&p->lex, ":")) {
        node->kind = AST_SLICE;
        if (node->b == NULL || lex_byte(&p->lex) != ']') {
            node->c = parse_pipe(p);
            if (node->c == NULL)
                return NULL;
        }
    }
    return parse_sign(p, "]") ? node : NULL;
}

/* `.`, `..` or a path that begins with a dot. */
static struct ast *from_dot(struct parse *p)
{
    struct ast *node = parse_node(p, AST_IDENTITY);
    const char next = lex_ahead(&p->lex, 1);
    const char *start = p->lex.at;

    if (next == '.') {
        node->kind = AST_RECURSE;
        lex_take(&p->lex, 2);
        return node;
    }
    lex_take(&p->lex, 1);
    if (lex_byte(&p->lex) == '[')
        return parse_bracket(p, node);
    p->lex.at = start;
    p->lex.at++;
    if (lex_name(&p->lex, false) > 0 || (unsigned char)next >= 0x80) {
        p->lex.at = start;
        return dot(p, node);
    }
    lex_skip_blank(&p->lex);
    if (lex_byte(&p->lex) == '"' || lex_byte(&p->lex) == '@') {
        p->lex.at = start;
        return dot(p, node);
    }
    return node;
}

static struct ast *term(struct parse *p)
{
    size_t len = lex_number(&p->lex);

    if (len > 0)
        return number(p, len);
    len = lex_name(&p->lex, true);
    if (len > 0)
        return word(p, len);
    switch (lex_byte(&p->lex)) {
    case '.': return from_dot(p);
    case '(': return group(p);
    case '[': return array(p);
    case '{': return parse_object(p);
    case '"': return parse_string(p, slice_of(NULL, 0));
    case '@': return format(p);
    case '$': return parse_dollar(p);
    default: return parse_expected(p, "a filter");
    }
}

/* One ? behind a step is that step's; one more, or behind anything else, is a
 * try around all before it. */
static struct ast *optional(struct parse *p, struct ast *node)
{
    const bool step = node->kind == AST_INDEX || node->kind == AST_SLICE ||
                      node->kind == AST_ITERATE;

    if (!step || node->grouped || node->op == AST_OPTIONAL)
        return node_of(p, AST_TRY, node, NULL);
    node->op = AST_OPTIONAL;
    return node;
}

/* What may stand behind a term; NULL with nothing said: nothing does. */
static struct ast *suffix(struct parse *p, struct ast *node, bool *any)
{
    const char c = lex_byte(&p->lex);

    *any = true;
    if (c == '[')
        return parse_bracket(p, node);
    if (c == '.' && lex_number(&p->lex) == 0 && lex_ahead(&p->lex, 1) != '.')
        return dot(p, node);
    /* ?// is one token, of patterns. */
    if (c == '?' &&
        (lex_ahead(&p->lex, 1) != '/' || lex_ahead(&p->lex, 2) != '/')) {
        lex_take(&p->lex, 1);
        return optional(p, node);
    }
    *any = false;
    return node;
}

static bool enter(struct parse *p)
{
    if (++p->depth <= DEPTH_MAX)
        return true;
    parse_fault(p, "the filter nests too deep");
    return false;
}

struct ast *parse_postfix(struct parse *p)
{
    struct ast *node = enter(p) ? term(p) : NULL;
    bool any = true;

    while (node != NULL && any)
        node = suffix(p, node, &any);
    p->depth--;
    return node;
}

/* Expressions */

/* Everything to the right, with the source's values under names. */
static struct ast *binding(struct parse *p, struct ast *source)
{
    struct ast *node = node_of(p, AST_AS, source, NULL);

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
        node->a = enter(p) ? binary(p, ABOVE_SUM) : NULL;
        p->depth--;
        return node->a ? node : NULL;
    }
    if (lex_is_word(&p->lex, "def"))
        return definition(p);
    if (lex_is_word(&p->lex, "label"))
        return label(p);
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

static struct ast *binary(struct parse *p, int least)
{
    struct ast *left = operand(p);
    const struct operator* o;

    while (left != NULL && (o = operator_here(p)) != NULL &&
           o->level >= least) {
        struct ast *node = node_of(p, AST_BINARY, left, NULL);
        const struct operator* next;

        node->at = (uint32_t)(p->lex.at - p->lex.begin);
        node->op = o->op;
        lex_take(&p->lex, strlen(o->sign));
        node->b = enter(p) ? binary(p, o->right) : NULL;
        p->depth--;
        if (node->b == NULL)
            return NULL;
        next = operator_here(p);
        if (!o->chains && next != NULL && next->level == o->level)
            return parse_fault(p, "operators of this kind need parentheses");
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

    while (left != NULL && lex_take_sign(&p->lex, ",")) {
        struct ast *right = binary(p, LOWEST);

        left = right ? node_of(p, AST_COMMA, left, right) : NULL;
    }
    return left;
}

/* To the right: a | (b | c). */
struct ast *parse_pipe(struct parse *p)
{
    struct ast *first = enter(p) ? comma(p) : NULL;
    struct ast **last = &first;

    while (*last != NULL && lex_take_sign(&p->lex, "|")) {
        struct ast *right = comma(p);

        if (right == NULL)
            return NULL;
        *last = node_of(p, AST_PIPE, *last, right);
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

struct ast *parse_program(struct arena *arena, struct slice text,
                          size_t *column, struct err *err)
{
    struct parse p = {.arena = arena,
                      .lex = {.begin = text.ptr,
                              .at = text.ptr,
                              .end = text.ptr + text.len,
                              .column = 1,
                              .err = err}};
    struct ast *node = NULL;

    if (text.len > PARSE_TEXT_MAX) {
        err_set(err, ERR_USAGE, "column 1: the filter has more than %d bytes",
                PARSE_TEXT_MAX);
    } else if (!is_utf8(&p, text)) {
        parse_fault(&p, "invalid UTF-8");
    } else {
        lex_skip_blank(&p.lex);
        node = parse_pipe(&p);
        if (node != NULL && p.lex.at < p.lex.end)
            node = parse_expected(&p, "an operator or the end of the filter");
    }
    *column = p.lex.column;
    return node;
}
