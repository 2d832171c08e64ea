/* SPDX-License-Identifier: MIT */
/* What begins with a word: definitions, calls and control. */
#include "jq/parse.h"

#include "jq/parse_core.h"

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

/* Members between ( and ), with ; between them, or nothing. */
static bool list(struct parse *p, struct ast *(*member)(struct parse *p),
                 struct ast **first)
{
    const uint32_t from = parse_here(p);

    if (!lex_take_sign(&p->lex, "("))
        return true;
    if (lex_byte(&p->lex) == ')') {
        parse_fault(p, "nothing stands between '(' and ')': leave both out");
        return false;
    }
    do {
        *first = member(p);
        if (*first == NULL)
            return false;
        first = &(*first)->next;
    } while (lex_take_sign(&p->lex, ";"));
    return parse_close(p, ")", "(", from, "';' or ");
}

struct ast *parse_function(struct parse *p)
{
    struct ast *node = parse_node(p, AST_DEF);
    size_t len;

    lex_take_word(&p->lex, "def");
    len = lex_name(&p->lex, true);
    if (len == 0 || lex_is_keyword(slice_of(p->lex.at, len)))
        return parse_expected(p, "the name of a function");
    node->text = lex_take(&p->lex, len);
    if (!list(p, parameter, &node->a))
        return NULL;
    if (!parse_sign(p, ":"))
        return NULL;
    node->b = parse_pipe(p);
    return node->b != NULL && parse_sign(p, ";") ? node : NULL;
}

struct ast *parse_definition(struct parse *p)
{
    struct ast *node = parse_function(p);

    if (node != NULL)
        node->c = parse_pipe(p);
    return node != NULL && node->c != NULL ? node : NULL;
}

static struct ast *call(struct parse *p, size_t len)
{
    struct ast *node = parse_node(p, AST_CALL);

    node->text = lex_take(&p->lex, len);
    if (!list(p, parse_pipe, &node->a))
        return NULL;
    return node;
}

/* Control */

static struct ast *conditional(struct parse *p)
{
    struct ast *node = parse_node(p, AST_IF);
    const char *word = lex_is_word(&p->lex, "if") ? "if" : "elif";

    lex_take(&p->lex, lex_name(&p->lex, false)); /* if, elif */
    node->a = parse_pipe(p);
    if (node->a == NULL || !parse_close(p, "then", word, node->at, ""))
        return NULL;
    node->b = parse_pipe(p);
    if (node->b == NULL)
        return NULL;
    if (lex_is_word(&p->lex, "elif")) {
        node->c = conditional(p); /* which takes the `end` */
        return node->c ? node : NULL;
    }
    if (lex_take_word(&p->lex, "else")) {
        node->c = parse_pipe(p);
        if (node->c == NULL)
            return NULL;
    }
    if (!parse_close(p, "end", word, node->at,
                     node->c ? "" : "'elif', 'else' or "))
        return NULL;
    return node;
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
    uint32_t from;

    lex_take(&p->lex, lex_name(&p->lex, false));
    node->a = parse_postfix(p);
    if (node->a == NULL || !parse_keyword(p, "as"))
        return NULL;
    node->b = parse_patterns(p);
    if (node->b == NULL)
        return NULL;
    from = parse_here(p);
    if (!lex_take_sign(&p->lex, "("))
        return parse_expected(p, "'(' and what is between: START; UPDATE");
    node->c = parse_pipe(p);
    if (node->c == NULL)
        return NULL;
    if (!lex_take_sign(&p->lex, ";"))
        return parse_expected(p, "';' and the update");
    node->d = parse_pipe(p);
    if (node->d == NULL)
        return NULL;
    if (kind == AST_FOREACH && lex_take_sign(&p->lex, ";")) {
        node->e = parse_pipe(p);
        if (node->e == NULL)
            return NULL;
    }
    return parse_close(p, ")", "(", from, "") ? node : NULL;
}

struct ast *parse_label(struct parse *p)
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
struct ast *parse_word(struct parse *p, size_t len)
{
    const struct slice name = slice_of(p->lex.at, len);
    struct ast *node;

    if (slice_is(name, "if"))
        return conditional(p);
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
        return parse_fault(p, "it has to stand before everything else");
    if (lex_is_keyword(name))
        return parse_expected(p, "a filter");
    if (!slice_is(name, "null") && !slice_is(name, "true") &&
        !slice_is(name, "false"))
        return call(p, len);
    node = parse_node(p, AST_WORD);
    node->text = lex_take(&p->lex, len);
    return node;
}
