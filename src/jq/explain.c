/* SPDX-License-Identifier: MIT */
/*
 * One row for each part: its place in the text, whether it gives at most one
 * output, what it does, what it looks at. A path is one part, however many
 * steps it has, and what stands between pipes is on one level.
 */
#include "jq/explain.h"

#include "base/buf.h"
#include "jq/builtin.h"
#include "jq/code.h"
#include "jq/explain_core.h"

/* Where the last column begins; deeper parts are not moved further in. */
enum { PLACE_WIDTH = 8, PART_WIDTH = 44, INDENTED_MAX = 30 };

struct listing {
    struct explain *x;
    struct slice text; /* of the program */
    struct buf *out;
    struct buf part;
    size_t at; /* a place in the text, and its line and that's begin */
    size_t line;
    size_t begin;
};

static void show(struct listing *l, const struct code *code, int depth,
                 const char *role);

/* Rows */

static void find_place(struct listing *l, size_t at)
{
    for (; l->at < at; l->at++) {
        if (l->text.ptr[l->at] == '\n') {
            l->line++;
            l->begin = l->at + 1;
        }
    }
    if (l->begin <= at) {
        l->at = at;
        return;
    }
    while (l->at > at)
        l->line -= l->text.ptr[--l->at] == '\n';
    l->begin = at;
    while (l->begin > 0 && l->text.ptr[l->begin - 1] != '\n')
        l->begin--;
}

static void begin_row(struct listing *l, int depth, const char *role)
{
    buf_clear(&l->part);
    for (int i = 0; i < depth && i < INDENTED_MAX; i++)
        buf_add_text(&l->part, "  ");
    if (role != NULL)
        buf_printf(&l->part, "%s: ", role);
}

/* Each character takes one cell, as most do. */
static void pad(struct buf *out, size_t from, size_t width)
{
    size_t cells = 0;

    for (size_t i = from; i < out->len; i++)
        cells += ((unsigned char)out->data[i] & 0xC0) != 0x80;
    do {
        buf_add_char(out, ' ');
    } while (++cells < width);
}

/* What it does is in `part`; the other columns are those of `code`, whose
 * place is that of `where`. */
static void end_row(struct listing *l, const struct code *where,
                    const struct code *code)
{
    const struct spots *looks = explain_noted(l->x, code);
    const size_t from = l->out->len;

    find_place(l, where->at < l->text.len ? where->at : l->text.len);
    buf_printf(l->out, "%zu:%zu", l->line, l->at - l->begin + 1);
    pad(l->out, from, PLACE_WIDTH);
    buf_add_text(l->out, code->single ? "1    " : "n    ");
    buf_add_slice(l->out, buf_slice(&l->part));
    pad(l->out, from, PLACE_WIDTH + sizeof "1    " - 1 + PART_WIDTH);
    if (l->x->tired)
        explain_add_spots(explain_line(), l->out);
    else if (looks == NULL)
        buf_add_text(l->out, "never run");
    else
        explain_add_spots(*looks, l->out);
    buf_add_char(l->out, '\n');
}

static void row(struct listing *l, const struct code *code, int depth,
                const char *role, const char *what)
{
    begin_row(l, depth, role);
    buf_add_text(&l->part, what);
    end_row(l, code, code);
}

static void child(struct listing *l, const struct code *code, int depth,
                  const char *role)
{
    if (code != NULL)
        show(l, code, depth + 1, role);
}

/* A list, of each the part a. */
static void children(struct listing *l, const struct code *list, int depth)
{
    for (; list != NULL; list = list->next)
        child(l, list->a, depth, NULL);
}

static void show_both(struct listing *l, const struct code *code, int depth,
                      const char *role, const char *what)
{
    row(l, code, depth, role, what);
    child(l, code->a, depth, NULL);
    child(l, code->b, depth, NULL);
}

static void show_name(struct listing *l, const struct code *code, int depth,
                      const char *role, const char *what)
{
    begin_row(l, depth, role);
    buf_printf(&l->part, "%s ", what);
    explain_add_name(l->x, code, NULL, &l->part);
    end_row(l, code, code);
}

/* Of what came with the program a name is shown, and not what it is. */
static void show_constant(struct listing *l, const struct code *code, int depth,
                          const char *role)
{
    begin_row(l, depth, role);
    buf_add_text(&l->part, code->given ? "given " : "constant ");
    explain_add_value(l->x, code, &l->part);
    end_row(l, code, code);
}

/* Paths */

/* The steps, and where they begin. */
static const struct code *add_steps(struct listing *l, const struct code *code)
{
    const struct code *base;

    if (code->op != CODE_FIELD && code->op != CODE_INDEX &&
        code->op != CODE_SLICE && code->op != CODE_ITERATE)
        return code;
    base = add_steps(l, code->a);
    explain_add_step(l->x, code, "..", &l->part);
    if (code->optional)
        buf_add_char(&l->part, '?');
    return base;
}

static bool is_computed(const struct code *key)
{
    return key != NULL && key->op != CODE_CONSTANT;
}

/* What is computed for its steps, the first first. */
static void show_keys(struct listing *l, const struct code *code,
                      const struct code *base, int depth)
{
    if (code == base)
        return;
    show_keys(l, code->a, base, depth);
    if (is_computed(code->b))
        child(l, code->b, depth, "key");
    if (is_computed(code->c))
        child(l, code->c, depth, "key");
}

static void show_path(struct listing *l, const struct code *code, int depth,
                      const char *role)
{
    const struct code *base;
    size_t steps;

    begin_row(l, depth, role);
    buf_add_text(&l->part, "path ");
    steps = l->part.len;
    base = add_steps(l, code);
    if (l->part.data[steps] == '[') { /* .[0] */
        buf_add_char(&l->part, ' ');
        for (size_t i = l->part.len - 1; i > steps; i--)
            l->part.data[i] = l->part.data[i - 1];
        l->part.data[steps] = '.';
    }
    if (base->op != CODE_IDENTITY)
        buf_add_text(&l->part, " of");
    end_row(l, code, code);
    if (base->op != CODE_IDENTITY)
        child(l, base, depth, NULL);
    show_keys(l, code, base, depth);
}

static void show_fold(struct listing *l, const struct code *code, int depth,
                      const char *role)
{
    begin_row(l, depth, role);
    buf_add_text(&l->part, code->op == CODE_REDUCE ? "reduce" : "foreach");
    buf_add_text(&l->part, " as ");
    explain_add_patterns(l->x, code, &l->part);
    if (code->own)
        buf_add_text(&l->part, ", in place");
    end_row(l, code, code);
    child(l, code->a, depth, "over");
    child(l, code->c, depth, "start");
    child(l, code->d, depth, "each");
    child(l, code->e, depth, "give");
}

/* What stands before a pipe: a | b, def f: a; b, a as $x | b, label $x | b. */

static bool is_chain(const struct code *code)
{
    return code->op == CODE_PIPE || code->op == CODE_AS ||
           code->op == CODE_DEF || code->op == CODE_LABEL;
}

static void show_definition(struct listing *l, const struct code *code,
                            int depth)
{
    begin_row(l, depth, NULL);
    buf_add_text(&l->part, "def ");
    explain_add_name(l->x, code, "def", &l->part);
    buf_printf(&l->part, "/%u", code->count);
    end_row(l, code, code->a);
    child(l, code->a, depth, NULL);
}

/* One link, and what is behind it. */
static const struct code *show_link(struct listing *l, const struct code *code,
                                    int depth)
{
    switch ((int)code->op) {
    case CODE_DEF: show_definition(l, code, depth); return code->c;
    case CODE_AS:
        begin_row(l, depth, NULL);
        buf_add_text(&l->part, "bind ");
        explain_add_patterns(l->x, code, &l->part);
        end_row(l, code, code->a);
        child(l, code->a, depth, NULL);
        return code->c;
    case CODE_LABEL:
        begin_row(l, depth, NULL);
        buf_add_text(&l->part, "label ");
        explain_add_name(l->x, code, "label", &l->part);
        end_row(l, code, code->a);
        return code->a;
    default: show(l, code->a, depth, NULL); return code->b;
    }
}

static void show_chain(struct listing *l, const struct code *code, int depth,
                       const char *role)
{
    row(l, code, depth, role, "pipe");
    while (is_chain(code))
        code = show_link(l, code, depth + 1);
    show(l, code, depth + 1, NULL);
}

/* Commas, on one level: they lean to the left. */
static void show_comma(struct listing *l, const struct code *code, int depth)
{
    if (code->a->op == CODE_COMMA)
        show_comma(l, code->a, depth);
    else
        child(l, code->a, depth, NULL);
    child(l, code->b, depth, NULL);
}

/* Calls */

static bool is_regex_name(struct slice name)
{
    static const char *const names[] = {"match",  "capture", "scan",
                                        "splits", "sub",     "gsub"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_is(name, names[i]))
            return true;
    }
    return false;
}

static void add_regex(struct listing *l, const struct code *code)
{
    buf_add_text(&l->part, !is_computed(code->a->a)
                               ? ", pattern compiled once"
                               : ", pattern compiled if new");
}

static void show_call(struct listing *l, const struct code *code, int depth,
                      const char *role)
{
    const struct builtin *defined = code->builtin;
    const bool matches =
        defined != NULL && is_regex_name(slice_text(defined->name));

    begin_row(l, depth, role);
    buf_add_text(&l->part, defined ? "builtin " : "call ");
    explain_add_name(l->x, code, NULL, &l->part);
    buf_printf(&l->part, "/%u", code->count);
    if (matches)
        add_regex(l, code);
    else if (defined)
        buf_add_text(&l->part, ", by definition");
    else if (code->up == CODE_LIBRARY)
        buf_add_text(&l->part, ", of a module");
    end_row(l, code, code);
    children(l, code->a, depth);
}

static void show_builtin(struct listing *l, const struct code *code, int depth,
                         const char *role)
{
    begin_row(l, depth, role);
    buf_printf(&l->part, "builtin %s/%d", code->builtin->name,
               code->builtin->arity);
    if (explain_is_regex(code->builtin))
        add_regex(l, code);
    end_row(l, code, code);
    children(l, code->a, depth);
}

/* Others */

static void show_sign(struct listing *l, const struct code *code, int depth,
                      const char *role)
{
    const bool compares = code->op == CODE_BINARY && code->sign >= AST_EQUAL &&
                          code->sign <= AST_GREATER_EQUAL;

    begin_row(l, depth, role);
    if (code->op == CODE_COMPUTE)
        buf_printf(&l->part, "update %s=", ast_sign(code->sign));
    else
        buf_printf(&l->part, "%s %s", compares ? "compare" : "compute",
                   ast_sign(code->sign));
    end_row(l, code, code);
    child(l, code->a, depth, NULL);
    child(l, code->b, depth, NULL);
}

static void show_object(struct listing *l, const struct code *code, int depth,
                        const char *role)
{
    struct buf name;

    buf_init(&name, SIZE_MAX / 2);
    begin_row(l, depth, role);
    buf_printf(&l->part, "object of %u key%s", code->count,
               code->count == 1 ? "" : "s");
    end_row(l, code, code);
    for (const struct code *m = code->a; m != NULL; m = m->next) {
        if (is_computed(m->a)) {
            child(l, m->a, depth, "key");
            child(l, m->b, depth, "value");
            continue;
        }
        buf_clear(&name);
        explain_add_member(val_text(&l->x->arena, m->a->value), &name);
        buf_add_char(&name, '\0');
        child(l, m->b, depth, name.data);
    }
    buf_release(&name);
}

static void show_text(struct listing *l, const struct code *code, int depth,
                      const char *role)
{
    begin_row(l, depth, role);
    buf_printf(&l->part, "text with %u hole%s", code->count,
               code->count == 1 ? "" : "s");
    if (code->key.text.len > 0) {
        buf_add_text(&l->part, ", each by @");
        buf_add_slice(&l->part, code->key.text);
    }
    end_row(l, code, code);
    children(l, code->a, depth);
}

static void show_format(struct listing *l, const struct code *code, int depth,
                        const char *role)
{
    begin_row(l, depth, role);
    buf_add_text(&l->part, "format @");
    buf_add_slice(&l->part, code->key.text);
    end_row(l, code, code);
}

static void show_condition(struct listing *l, const struct code *code,
                           int depth, const char *role)
{
    row(l, code, depth, role, "condition");
    child(l, code->a, depth, "if");
    child(l, code->b, depth, "then");
    child(l, code->c, depth, "else");
}

static void show_try(struct listing *l, const struct code *code, int depth,
                     const char *role)
{
    row(l, code, depth, role, "try");
    child(l, code->a, depth, NULL);
    child(l, code->b, depth, "catch");
}

static void show_break(struct listing *l, const struct code *code, int depth,
                       const char *role)
{
    begin_row(l, depth, role);
    buf_add_text(&l->part, "break ");
    explain_add_name(l->x, code, "break", &l->part);
    end_row(l, code, code);
}

static void show_assign(struct listing *l, const struct code *code, int depth,
                        const char *role)
{
    const bool sets = code->op == CODE_ASSIGN;

    show_both(l, code, depth, role, sets ? "assign =" : "update |=");
}

/* One line for each op, so that the compiler names one that is forgotten. */
static void show(struct listing *l, const struct code *code, int depth,
                 const char *role)
{
    switch (code->op) {
    case CODE_IDENTITY: row(l, code, depth, role, "."); break;
    case CODE_CONSTANT: show_constant(l, code, depth, role); break;
    case CODE_FIELD:
    case CODE_INDEX:
    case CODE_SLICE:
    case CODE_ITERATE: show_path(l, code, depth, role); break;
    case CODE_RECURSE: row(l, code, depth, role, "..: all within"); break;
    case CODE_JOIN: show_text(l, code, depth, role); break;
    case CODE_FORMAT: show_format(l, code, depth, role); break;
    case CODE_PIPE:
    case CODE_AS:
    case CODE_DEF:
    case CODE_LABEL: show_chain(l, code, depth, role); break;
    case CODE_COMMA:
        row(l, code, depth, role, "comma");
        show_comma(l, code, depth);
        break;
    case CODE_BINARY:
    case CODE_COMPUTE: show_sign(l, code, depth, role); break;
    case CODE_AND: show_both(l, code, depth, role, "and"); break;
    case CODE_OR: show_both(l, code, depth, role, "or"); break;
    case CODE_ELSE: show_both(l, code, depth, role, "alternative //"); break;
    case CODE_ASSIGN:
    case CODE_UPDATE: show_assign(l, code, depth, role); break;
    case CODE_NEGATE: show_both(l, code, depth, role, "negate"); break;
    case CODE_TRY: show_try(l, code, depth, role); break;
    case CODE_IF: show_condition(l, code, depth, role); break;
    case CODE_REDUCE:
    case CODE_FOREACH: show_fold(l, code, depth, role); break;
    case CODE_BREAK: show_break(l, code, depth, role); break;
    case CODE_ARRAY: show_both(l, code, depth, role, "array"); break;
    case CODE_OBJECT: show_object(l, code, depth, role); break;
    case CODE_CALL: show_call(l, code, depth, role); break;
    case CODE_CLOSURE: show_name(l, code, depth, role, "parameter"); break;
    case CODE_VARIABLE: show_name(l, code, depth, role, "variable"); break;
    case CODE_BUILTIN: show_builtin(l, code, depth, role); break;
    case CODE_MEMBER: break; /* a part of others */
    }
}

static const char header[] =
    "PLACE   OUT  PART                                        LOOKS AT\n";

void explain_listing(const struct code *program, struct slice text,
                     bool null_input, struct buf *out,
                     struct explain_facts *facts)
{
    struct explain x;
    struct listing l = {.x = &x, .text = text, .out = out, .line = 1};
    struct spots gives;

    explain_init(&x, text);
    buf_init(&l.part, SIZE_MAX / 2);
    explain_add_spots(explain_follow(&x, program, null_input, &gives),
                      facts->looks);
    facts->gives_made = gives.made;
    facts->writes_made = program->ends_made;
    facts->gives_line = false;
    facts->gives_part = false;
    for (uint32_t i = 0; i < gives.count; i++) {
        const bool is_line = gives.at[i].path.len == 0;

        facts->gives_line |= is_line;
        facts->gives_part |= !is_line || gives.at[i].within;
    }
    facts->reads_inputs = program->needs & CODE_NEEDS_INPUT;
    facts->uses_regex = x.regex;
    buf_add_text(out, header);
    show(&l, program, 0, NULL);
    buf_release(&l.part);
    explain_release(&x);
}
