/* SPDX-License-Identifier: MIT */
/* What stands between braces, and between quotes: objects, patterns, strings.
 */
#include "jq/parse.h"

#include "jq/parse_core.h"

#include <assert.h>

#include "base/buf.h"
#include "jq/arena.h"
#include "json/quote.h"

/* Strings */

static bool check_unicode(struct parse *p)
{
    for (int i = 0; i < 4; i++, p->lex.at++) {
        const char c = lex_byte(&p->lex);
        const char low = (char)(c | 0x20);

        if ((c < '0' || c > '9') && (low < 'a' || low > 'f')) {
            parse_expected(p, "four hex digits after '\\u'");
            return false;
        }
    }
    return true;
}

/* From the backslash. */
static bool check_escape(struct parse *p)
{
    const char c = lex_ahead(&p->lex, 1);

    p->lex.at++;
    switch (c) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': p->lex.at++; return true;
    case 'u': p->lex.at++; return check_unicode(p);
    default:
        parse_expected(p, "an escape, one of \"\\/bfnrtu( behind '\\'");
        return false;
    }
}

/* What the bytes between `from` and here mean. */
static struct slice decode(struct parse *p, const char *from)
{
    const size_t len = (size_t)(p->lex.at - from);
    struct slice text;
    struct buf quoted, plain;

    buf_init(&quoted, len + 2);
    buf_init(&plain, len + 1);
    buf_add_char(&quoted, '"');
    buf_add(&quoted, from, len);
    buf_add_char(&quoted, '"');
    quote_read(&plain, buf_slice(&quoted));
    text = arena_copy(p->arena, buf_slice(&plain));
    assert(text.ptr != NULL);
    buf_release(&quoted);
    buf_release(&plain);
    return text;
}

/* At its beginning: its end may be far behind what was meant. */
static void *unclosed(struct parse *p, const struct ast *string)
{
    p->lex.at = p->lex.begin + string->at;
    return parse_fault(p, "there is no '\"' that closes this text");
}

/* Up to the quote, or to a hole, which is not taken. */
static struct ast *piece(struct parse *p, const struct ast *string)
{
    struct ast *node = parse_node(p, AST_STRING);
    const char *from = p->lex.at;

    while (lex_byte(&p->lex) != '"') {
        if (p->lex.at >= p->lex.end)
            return unclosed(p, string);
        if (lex_byte(&p->lex) != '\\')
            p->lex.at++;
        else if (lex_ahead(&p->lex, 1) == '(')
            break;
        else if (!check_escape(p))
            return NULL;
    }
    node->text = decode(p, from);
    return node;
}

static struct ast *hole(struct parse *p)
{
    struct ast *node = parse_node(p, AST_HOLE);

    lex_take(&p->lex, 2);
    node->a = parse_pipe(p);
    if (node->a == NULL)
        return NULL;
    if (lex_byte(&p->lex) != ')') {
        parse_close(p, ")", "\\(", node->at, "");
        return NULL;
    }
    p->lex.at++; /* what follows is text: blank counts */
    return node;
}

struct ast *parse_string(struct parse *p, struct slice format)
{
    struct ast *node = parse_node(p, AST_INTERPOLATE);
    struct ast **last = &node->a;

    node->text = format;
    p->lex.at++;
    for (;;) {
        *last = piece(p, node);
        if (*last == NULL)
            return NULL;
        last = &(*last)->next;
        if (lex_byte(&p->lex) == '"')
            break;
        *last = hole(p);
        if (*last == NULL)
            return NULL;
        last = &(*last)->next;
    }
    lex_take(&p->lex, 1);
    node->a->at = node->at;
    return node->a->next == NULL ? node->a : node;
}

/* Keys */

static struct ast *name_key(struct parse *p, size_t len)
{
    struct ast *node = parse_node(p, AST_STRING);

    node->text = lex_take(&p->lex, len);
    return node;
}

static struct ast *group_key(struct parse *p)
{
    const uint32_t from = parse_here(p);
    struct ast *node;

    lex_take(&p->lex, 1);
    node = parse_pipe(p);
    if (node == NULL || !parse_close(p, ")", "(", from, ""))
        return NULL;
    node->grouped = true;
    return node;
}

static struct ast *format_key(struct parse *p)
{
    struct slice format;

    p->lex.at++;
    format = slice_of(p->lex.at, lex_name(&p->lex, false));
    lex_take(&p->lex, format.len);
    if (format.len == 0 || lex_byte(&p->lex) != '"')
        return parse_expected(p, "a format and a string");
    return parse_string(p, format);
}

/* A key that is no variable. `grouped`: it needs a value of its own. */
static struct ast *key(struct parse *p, bool *grouped)
{
    const size_t len = lex_name(&p->lex, false);
    const char c = lex_byte(&p->lex);

    *grouped = c == '(';
    if (len > 0)
        return name_key(p, len);
    if (c == '"')
        return parse_string(p, slice_of(NULL, 0));
    if (c == '@')
        return format_key(p);
    if (c == '(')
        return group_key(p);
    return parse_expected(p, "a key: a name, a string, $name or (filter)");
}

/* Objects */

/* {a}: {a: .a} */
static struct ast *same_place(struct parse *p, struct ast *key)
{
    struct ast *node = parse_node(p, AST_INDEX);

    node->a = parse_node(p, AST_IDENTITY);
    node->b = key;
    return node;
}

/* Any filter but one with a comma outside. */
static struct ast *member_value(struct parse *p)
{
    struct ast *first = parse_no_comma(p);
    struct ast **last = &first;

    while (*last != NULL && lex_take_sign(&p->lex, "|")) {
        struct ast *node = parse_node(p, AST_PIPE);

        node->a = *last;
        node->b = parse_no_comma(p);
        *last = node;
        last = &node->b;
    }
    return *last ? first : NULL;
}

static struct ast *variable_entry(struct parse *p)
{
    struct ast *node = parse_node(p, AST_ENTRY);
    struct ast *variable = parse_dollar(p);

    if (variable == NULL)
        return NULL;
    node->a = variable;
    node->b = variable;
    if (lex_take_sign(&p->lex, ":")) {
        node->b = member_value(p);
        return node->b ? node : NULL;
    }
    node->a = parse_node(p, AST_STRING);
    node->a->text = slice_text("__loc__");
    if (variable->kind == AST_VARIABLE)
        node->a->text = variable->text;
    return node;
}

static struct ast *entry(struct parse *p)
{
    struct ast *node = parse_node(p, AST_ENTRY);
    bool grouped;

    if (lex_byte(&p->lex) == '$')
        return variable_entry(p);
    node->a = key(p, &grouped);
    if (node->a == NULL)
        return NULL;
    if (lex_take_sign(&p->lex, ":"))
        node->b = member_value(p);
    else if (grouped)
        return parse_expected(p, "':'");
    else
        node->b = same_place(p, node->a);
    return node->b ? node : NULL;
}

/* Members of what ends in a brace; a comma may stand behind the last. */
static bool members(struct parse *p, struct ast *(*member)(struct parse *p),
                    struct ast *node)
{
    struct ast **first = &node->a;

    while (!lex_take_sign(&p->lex, "}")) {
        *first = member(p);
        if (*first == NULL)
            return false;
        first = &(*first)->next;
        if (lex_byte(&p->lex) != '}' && !lex_take_sign(&p->lex, ","))
            return parse_close(p, "}", "{", node->at, "',' or ");
    }
    return true;
}

struct ast *parse_object(struct parse *p)
{
    struct ast *node = parse_node(p, AST_OBJECT);

    lex_take(&p->lex, 1);
    return members(p, entry, node) ? node : NULL;
}

/* Patterns */

static struct ast *pattern(struct parse *p);

static struct ast *pattern_entry(struct parse *p)
{
    struct ast *node = parse_node(p, AST_ENTRY);
    bool bare = lex_byte(&p->lex) == '$', grouped;

    node->a = bare ? parse_dollar(p) : key(p, &grouped);
    if (node->a == NULL)
        return NULL;
    if (lex_take_sign(&p->lex, ":"))
        node->b = pattern(p);
    else
        return bare ? node : parse_expected(p, "':'");
    return node->b ? node : NULL;
}

static struct ast *pattern_array(struct parse *p)
{
    struct ast *node = parse_node(p, AST_ARRAY);
    struct ast **last = &node->a;

    lex_take(&p->lex, 1);
    do {
        *last = pattern(p);
        if (*last == NULL)
            return NULL;
        last = &(*last)->next;
    } while (lex_take_sign(&p->lex, ","));
    return parse_close(p, "]", "[", node->at, "',' or ") ? node : NULL;
}

static struct ast *pattern_object(struct parse *p)
{
    struct ast *node = parse_node(p, AST_OBJECT);

    lex_take(&p->lex, 1);
    if (lex_byte(&p->lex) == '}')
        return parse_expected(p, "a key");
    return members(p, pattern_entry, node) ? node : NULL;
}

static struct ast *pattern(struct parse *p)
{
    switch (lex_byte(&p->lex)) {
    case '$': return parse_dollar(p);
    case '[': return pattern_array(p);
    case '{': return pattern_object(p);
    default: return parse_expected(p, "a pattern: $name, [...] or {...}");
    }
}

struct ast *parse_patterns(struct parse *p)
{
    struct ast *first = pattern(p), *last = first;

    while (last != NULL && lex_take_sign(&p->lex, "?//")) {
        last->next = pattern(p);
        last = last->next;
    }
    return last ? first : NULL;
}
