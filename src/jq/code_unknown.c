/* SPDX-License-Identifier: MIT */
/* What is said of a name that is none: the nearest one, how many arguments the
 * function of this name takes, or what it is called here. */
#include "jq/code.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "jq/builtin.h"
#include "jq/code_core.h"

enum { NAME_MAX_BYTES = 60, ARITY_MAX = 8 };

/* A name, with a NUL, cut. */
struct name {
    char text[NAME_MAX_BYTES + 4];
};

static struct name name_of(struct slice text)
{
    struct name name;

    snprintf(name.text, sizeof name.text, "%.*s",
             text.len < NAME_MAX_BYTES ? (int)text.len : NAME_MAX_BYTES,
             text.ptr);
    return name;
}

static void *fault(struct compile *c, const struct ast *tree, const char *what,
                   const char *more)
{
    c->column = tree->at + 1;
    err_set(c->err, ERR_USAGE, "column %zu: %s%s", c->column, what, more);
    return NULL;
}

/* The nearest so far. */
struct near {
    const char *wrong;
    struct name best;
    size_t least;
};

/* In a short name one letter may be wrong: they are many. */
static struct near near(const char *wrong)
{
    return (struct near){.wrong = wrong,
                         .least = strlen(wrong) < 6 ? 2 : text_too_far(wrong)};
}

static void try_name(struct near *n, struct slice text)
{
    const struct name name = name_of(text);
    const char *best = NULL;

    text_nearer(n->wrong, name.text, &best, &n->least);
    if (best != NULL)
        n->best = name;
}

/* Variables and labels */

void *code_no_name(struct compile *c, const struct ast *tree,
                   const struct scope *scope, enum binding_kind kind)
{
    const bool label = kind == BOUND_LABEL;
    const struct name name = name_of(tree->text);
    struct near n = near(name.text);
    char what[96], more[160] = "";

    for (; scope != NULL; scope = scope->up) {
        if (scope->kind == kind)
            try_name(&n, scope->name);
    }
    for (size_t i = 0; !label && i < c->global_count; i++)
        try_name(&n, c->globals[i].name);
    snprintf(what, sizeof what, "there is no %s $%s",
             label ? "label" : "variable", name.text);
    if (n.best.text[0] != '\0')
        snprintf(more, sizeof more, "; did you mean $%s?", n.best.text);
    else if (label)
        snprintf(more, sizeof more, "; 'label $%s | ...' makes it", name.text);
    else
        snprintf(more, sizeof more, "; --arg %s TEXT would give it", name.text);
    return fault(c, tree, what, more);
}

/* Functions */

/* What they are called elsewhere. */
static const struct {
    const char *name;
    const char *here;
} elsewhere[] = {
    {"append", "+"},
    {"average", "add / length"},
    {"avg", "add / length"},
    {"concat", "+ or join"},
    {"count", "length"},
    {"downcase", "ascii_downcase"},
    {"exists", "has"},
    {"False", "false"},
    {"FALSE", "false"},
    {"filter", "select or map"},
    {"int", "tonumber or floor"},
    {"len", "length"},
    {"lower", "ascii_downcase"},
    {"lowercase", "ascii_downcase"},
    {"matches", "test"},
    {"nil", "null"},
    {"None", "null"},
    {"NULL", "null"},
    {"number", "tonumber"},
    {"parse", "fromjson"},
    {"print", "debug"},
    {"regex", "test"},
    {"replace", "sub or gsub"},
    {"size", "length"},
    {"str", "tostring"},
    {"string", "tostring"},
    {"stringify", "tojson"},
    {"substr", ".[from:to]"},
    {"substring", ".[from:to]"},
    {"sum", "add"},
    {"toLowerCase", "ascii_downcase"},
    {"tolower", "ascii_downcase"},
    {"toUpperCase", "ascii_upcase"},
    {"toupper", "ascii_upcase"},
    {"True", "true"},
    {"TRUE", "true"},
    {"typeof", "type"},
    {"undefined", "null"},
    {"uniq", "unique"},
    {"upcase", "ascii_upcase"},
    {"upper", "ascii_upcase"},
    {"uppercase", "ascii_upcase"},
};

/* How many arguments functions of one name take: a bit for each. */
static unsigned arities(const struct scope *scope, struct slice name)
{
    const struct builtin *b;
    unsigned bits = 0;

    for (; scope != NULL; scope = scope->up) {
        if (slice_equal(scope->name, name) && scope->arity < ARITY_MAX &&
            (scope->kind == BOUND_FUNCTION || scope->kind == BOUND_CLOSURE))
            bits |= 1u << scope->arity;
    }
    for (size_t i = 0; (b = builtin_at(i)) != NULL; i++) {
        if (slice_is(name, b->name))
            bits |= 1u << b->arity;
    }
    return bits;
}

/* "1, 2 or 3 arguments" */
static void add_arities(unsigned bits, struct buf *out)
{
    const bool one = bits == 1u << 1;

    for (unsigned i = 0; bits >> i != 0; i++) {
        if (!(bits >> i & 1))
            continue;
        if (i == 0)
            buf_add_text(out, "no");
        else
            buf_add_number(out, i);
        if (bits >> i == 1)
            break;
        buf_add_text(out, (bits >> (i + 1) & ((bits >> (i + 1)) - 1)) == 0
                              ? " or "
                              : ", ");
    }
    buf_add_text(out, one ? " argument" : " arguments");
}

static void *wrong_arity(struct compile *c, const struct ast *tree,
                         const char *name, size_t given, unsigned bits)
{
    struct buf what;

    buf_init(&what, 256);
    buf_printf(&what, "%s takes ", name);
    add_arities(bits, &what);
    buf_printf(&what, ", not %zu", given);
    buf_add_char(&what, '\0');
    fault(c, tree, what.data,
          given == 1 && tree->a->kind == AST_COMMA ? "; ';' stands between them"
                                                   : "");
    buf_release(&what);
    return NULL;
}

/* .a-b, where ."a-b" is meant. */
static bool is_dashed(const struct compile *c, const struct ast *tree)
{
    const struct slice text = c->unit ? c->unit->text : slice_text("");
    const char *dash = text.ptr + tree->at - 1;
    const char before = (char)(tree->at < 2 ? 0 : dash[-1]);

    return tree->at >= 2 && tree->at < text.len && *dash == '-' &&
           (before == '_' || (before >= '0' && before <= '9') ||
            ((before | 0x20) >= 'a' && (before | 0x20) <= 'z'));
}

/* Where one looks for a name that is none of ours. */
static void advise(struct near *n, const struct scope *scope, char *more,
                   size_t size)
{
    const struct builtin *b;

    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
        if (strcmp(n->wrong, elsewhere[i].name) == 0) {
            snprintf(more, size, "; here it is %s", elsewhere[i].here);
            return;
        }
    }
    for (; scope != NULL; scope = scope->up) {
        if (scope->kind == BOUND_FUNCTION || scope->kind == BOUND_CLOSURE)
            try_name(n, scope->name);
    }
    for (size_t i = 0; (b = builtin_at(i)) != NULL; i++) {
        if (b->name[0] != '_') /* those are for definitions */
            try_name(n, slice_text(b->name));
    }
    if (n->best.text[0] != '\0')
        snprintf(more, size, "; did you mean %s?", n->best.text);
}

static size_t count(const struct ast *list)
{
    size_t n = 0;

    for (; list != NULL; list = list->next)
        n++;
    return n;
}

void *code_no_function(struct compile *c, const struct ast *tree,
                       const struct scope *scope)
{
    const struct name name = name_of(tree->text);
    const unsigned bits = arities(scope, tree->text);
    struct near n = near(name.text);
    char what[128], more[128] = "";

    if (bits != 0)
        return wrong_arity(c, tree, name.text, count(tree->a), bits);
    snprintf(what, sizeof what, "there is no function %s/%zu", name.text,
             count(tree->a));
    if (is_dashed(c, tree))
        snprintf(more, sizeof more,
                 "; a name with '-' in it is quoted: .\"..-%s\"", name.text);
    else
        advise(&n, scope, more, sizeof more);
    return fault(c, tree, what, more);
}
