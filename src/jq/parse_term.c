/* SPDX-License-Identifier: MIT */
/* Terms, and the steps behind them. */
#include "jq/parse.h"

#include "jq/parse_core.h"

static struct ast *group(struct parse *p)
{
    const uint32_t from = parse_here(p);
    struct ast *node;

    lex_take_sign(&p->lex, "(");
    node = parse_pipe(p);
    if (node == NULL || !parse_close(p, ")", "(", from, ""))
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
    return node->a != NULL && parse_close(p, "]", "[", node->at, "") ? node
                                                                     : NULL;
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

static const char *after_dot(const struct parse *p)
{
    const char c = lex_byte(&p->lex);

    if ((unsigned char)c >= 0x80)
        return "an ASCII name, a string or '[' after '.'";
    if (c >= '0' && c <= '9')
        return "a name, a string or '[' after '.', as in .[0]";
    return "a name, a string or '[' after '.'";
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
        return parse_node_of(p, AST_INDEX, target, key);
    }
    lex_skip_blank(&p->lex);
    if (lex_byte(&p->lex) == '[')
        return parse_bracket(p, target);
    if (lex_byte(&p->lex) == '"')
        key = parse_string(p, slice_of(NULL, 0));
    else if (lex_byte(&p->lex) == '@')
        key = format(p);
    else
        return parse_expected(p, after_dot(p));
    if (key != NULL && key->kind == AST_FORMAT)
        return parse_expected(p, "a string after the format");
    return key ? parse_node_of(p, AST_INDEX, target, key) : NULL;
}

/* [], [i], [i:j], [i:], [:j], from the bracket, of `target`. */
struct ast *parse_bracket(struct parse *p, struct ast *target)
{
    const uint32_t from = parse_here(p);
    struct ast *node = parse_node_of(p, AST_ITERATE, target, NULL);

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
    return parse_close(p, "]", "[", from, "") ? node : NULL;
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
        return parse_word(p, len);
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
        return parse_node_of(p, AST_TRY, node, NULL);
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
    if (c == '.')
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

struct ast *parse_postfix(struct parse *p)
{
    struct ast *node = parse_enter(p) ? term(p) : NULL;
    uint32_t links = 0;
    bool any = true;

    while (node != NULL && any)
        node = parse_link(p, &links) ? suffix(p, node, &any) : NULL;
    p->depth--;
    return node;
}
