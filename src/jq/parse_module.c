/* SPDX-License-Identifier: MIT */
/* What stands before a program or a module: what it is, and what it uses. */
#include "jq/parse.h"

#include "jq/parse_core.h"

/* NAME or $NAME behind `as`. */
static struct ast *name(struct parse *p)
{
    struct ast *node = parse_node(p, AST_CALL);
    size_t len;

    if (lex_byte(&p->lex) == '$') {
        node->kind = AST_VARIABLE;
        return parse_variable_name(p, &node->text) ? node : NULL;
    }
    len = lex_name(&p->lex, true);
    if (len == 0 || lex_is_keyword(slice_of(p->lex.at, len)))
        return parse_expected(p, "the name of the module");
    node->text = lex_take(&p->lex, len);
    return node;
}

static bool path(struct parse *p, struct slice *text)
{
    const char *begin = p->lex.at;
    const struct ast *string;

    if (lex_byte(&p->lex) != '"') {
        parse_expected(p, "the path of a module, as a string");
        return false;
    }
    string = parse_string(p, slice_of(NULL, 0));
    if (string == NULL)
        return false;
    if (string->kind != AST_STRING) {
        p->lex.at = begin;
        parse_fault(p, "the path of a module has to be constant");
        return false;
    }
    *text = string->text;
    return true;
}

static struct ast *import(struct parse *p)
{
    struct ast *node = parse_node(p, AST_IMPORT);
    const bool named = lex_take_word(&p->lex, "import");

    if (!named)
        lex_take_word(&p->lex, "include");
    if (!path(p, &node->text) || (named && !parse_keyword(p, "as")))
        return NULL;
    if (named) {
        node->a = name(p);
        if (node->a == NULL)
            return NULL;
    }
    if (lex_byte(&p->lex) == '{') {
        node->b = parse_object(p);
        if (node->b == NULL)
            return NULL;
    }
    if (lex_take_sign(&p->lex, ";"))
        return node;
    return parse_expected(p, node->b ? "';'" : "';' or an object");
}

static bool is_import(const struct parse *p)
{
    return lex_is_word(&p->lex, "import") || lex_is_word(&p->lex, "include");
}

bool parse_is_head(const struct parse *p)
{
    return is_import(p) || lex_is_word(&p->lex, "module");
}

struct ast *parse_head(struct parse *p)
{
    struct ast *node = parse_node(p, AST_PROGRAM);
    struct ast **last = &node->b;

    if (lex_take_word(&p->lex, "module")) {
        if (lex_byte(&p->lex) != '{')
            return parse_expected(p, "an object");
        node->a = parse_object(p);
        if (node->a == NULL || !parse_sign(p, ";"))
            return NULL;
    }
    while (is_import(p)) {
        *last = import(p);
        if (*last == NULL)
            return NULL;
        last = &(*last)->next;
    }
    return node;
}
