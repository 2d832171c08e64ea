/* SPDX-License-Identifier: MIT */
#include "jq/ast.h"

#include "base/buf.h"
#include "json/quote.h"

static const char *const kinds[] = {
    [AST_IDENTITY] = ".",
    [AST_RECURSE] = "..",
    [AST_INDEX] = "index",
    [AST_SLICE] = "slice",
    [AST_ITERATE] = "each",
    [AST_WORD] = "",
    [AST_NUMBER] = "",
    [AST_STRING] = "",
    [AST_INTERPOLATE] = "text",
    [AST_HOLE] = "put",
    [AST_FORMAT] = "format",
    [AST_PIPE] = "pipe",
    [AST_COMMA] = "comma",
    [AST_BINARY] = "",
    [AST_NEGATE] = "negate",
    [AST_TRY] = "try",
    [AST_IF] = "if",
    [AST_REDUCE] = "reduce",
    [AST_FOREACH] = "foreach",
    [AST_DEF] = "def",
    [AST_PARAMETER] = "",
    [AST_CALL] = "call",
    [AST_VARIABLE] = "$",
    [AST_AS] = "as",
    [AST_LABEL] = "label",
    [AST_BREAK] = "break",
    [AST_ARRAY] = "array",
    [AST_OBJECT] = "object",
    [AST_ENTRY] = ":",
    [AST_LOCATION] = "$__loc__",
    [AST_PROGRAM] = "program",
    [AST_IMPORT] = "import",
};

static const char *const ops[] = {
    [AST_NO_OP] = "",
    [AST_ALTERNATIVE] = "//",
    [AST_ASSIGN] = "=",
    [AST_UPDATE] = "|=",
    [AST_UPDATE_ADD] = "+=",
    [AST_UPDATE_SUBTRACT] = "-=",
    [AST_UPDATE_MULTIPLY] = "*=",
    [AST_UPDATE_DIVIDE] = "/=",
    [AST_UPDATE_MODULO] = "%=",
    [AST_UPDATE_ALTERNATIVE] = "//=",
    [AST_OR] = "or",
    [AST_AND] = "and",
    [AST_EQUAL] = "==",
    [AST_UNEQUAL] = "!=",
    [AST_LESS] = "<",
    [AST_LESS_EQUAL] = "<=",
    [AST_GREATER] = ">",
    [AST_GREATER_EQUAL] = ">=",
    [AST_ADD] = "+",
    [AST_SUBTRACT] = "-",
    [AST_MULTIPLY] = "*",
    [AST_DIVIDE] = "/",
    [AST_MODULO] = "%",
    [AST_BY_VALUE] = "$",
    [AST_OPTIONAL] = "?",
};

const char *ast_sign(enum ast_op op)
{
    return ops[op];
}

/* What is one word: true if it was. */
static bool print_word(const struct ast *node, struct buf *out)
{
    switch ((int)node->kind) {
    case AST_IDENTITY:
    case AST_RECURSE:
    case AST_LOCATION: buf_add_text(out, kinds[node->kind]); return true;
    case AST_WORD:
    case AST_NUMBER: buf_add_slice(out, node->text); return true;
    case AST_STRING: quote_add(out, node->text); return true;
    case AST_VARIABLE:
        buf_add_char(out, '$');
        buf_add_slice(out, node->text);
        return true;
    case AST_PARAMETER:
        buf_add_text(out, ops[node->op]);
        buf_add_slice(out, node->text);
        return true;
    default: return false;
    }
}

static void print_child(const struct ast *child, struct buf *out)
{
    for (; child != NULL; child = child->next) {
        buf_add_char(out, ' ');
        ast_print(child, out);
    }
}

void ast_print(const struct ast *node, struct buf *out)
{
    if (print_word(node, out))
        return;
    buf_add_char(out, '(');
    buf_add_text(out,
                 node->kind == AST_BINARY ? ops[node->op] : kinds[node->kind]);
    if (node->op == AST_OPTIONAL)
        buf_add_char(out, '?');
    if (node->text.len > 0) {
        buf_add_char(out, ' ');
        buf_add_slice(out, node->text);
    }
    print_child(node->a, out);
    if (node->kind == AST_SLICE && node->b == NULL)
        buf_add_text(out, " start");
    print_child(node->b, out);
    print_child(node->c, out);
    print_child(node->d, out);
    print_child(node->e, out);
    buf_add_char(out, ')');
}
