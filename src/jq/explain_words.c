/* SPDX-License-Identifier: MIT */
/* Names, steps, values and patterns, as they are written. */
#include "jq/explain.h"

#include "base/buf.h"
#include "jq/code.h"
#include "jq/explain_core.h"
#include "jq/lex.h"
#include "json/quote.h"

/* A longer value is cut. */
enum { SHOWN = 32 };

static bool is_name(struct slice key)
{
    for (size_t i = 0; i < key.len; i++) {
        const char c = key.ptr[i], low = (char)(c | 0x20);
        const bool digit = c >= '0' && c <= '9';

        if (c != '_' && (low < 'a' || low > 'z') && (!digit || i == 0))
            return false;
    }
    return key.len > 0;
}

void explain_add_key(struct slice key, struct buf *out)
{
    const bool name = is_name(key);

    buf_add_char(out, name ? '.' : '[');
    explain_add_member(key, out);
    if (!name)
        buf_add_char(out, ']');
}

void explain_add_member(struct slice key, struct buf *out)
{
    if (is_name(key))
        buf_add_slice(out, key);
    else
        quote_add(out, key);
}

void explain_add_name(const struct explain *x, const struct code *code,
                      const char *word, struct buf *out)
{
    struct lex lex = {.begin = x->text.ptr,
                      .at = x->text.ptr,
                      .end = x->text.ptr + x->text.len};
    size_t sign;

    if (code->at >= x->text.len)
        return;
    lex.at += code->at;
    if (word != NULL)
        lex_take_word(&lex, word);
    sign = lex_byte(&lex) == '$';
    buf_add(out, lex.at, sign);
    lex.at += sign;
    buf_add(out, lex.at, lex_name(&lex, true));
}

void explain_add_value(struct explain *x, const struct code *code,
                       struct buf *out)
{
    const size_t from = out->len;

    if (code->given) {
        buf_add_char(out, '$');
        buf_add_slice(out, code->key.text);
        return;
    }
    eval_add_json(&x->values, code->value, 0, out);
    if (out->len - from <= SHOWN)
        return;
    out->len = from + SHOWN;
    while (out->len > from &&
           ((unsigned char)out->data[out->len] & 0xC0) == 0x80)
        out->len--;
    buf_add_text(out, "...");
}

/* One end of what is in brackets. */
static void add_end(struct explain *x, const struct code *code,
                    const char *computed, struct buf *out)
{
    if (code == NULL)
        return;
    if (code->op == CODE_CONSTANT)
        explain_add_value(x, code, out);
    else
        buf_add_text(out, computed);
}

/* ["a"], which is .a. */
static bool is_member(const struct code *code)
{
    return code->op == CODE_INDEX && code->b->op == CODE_CONSTANT &&
           !code->b->given && code->b->value.kind == VAL_STRING;
}

void explain_add_step(struct explain *x, const struct code *code,
                      const char *computed, struct buf *out)
{
    if (code->op == CODE_FIELD || is_member(code)) {
        explain_add_key(code->op == CODE_FIELD
                            ? code->key.text
                            : val_text(&x->arena, code->b->value),
                        out);
        return;
    }
    buf_add_char(out, '[');
    add_end(x, code->b, computed, out);
    if (code->op == CODE_SLICE)
        buf_add_char(out, ':');
    add_end(x, code->c, computed, out);
    buf_add_char(out, ']');
}

static void add_pattern(struct explain *x, const struct code_bind *b,
                        struct buf *out);

static void add_entry(struct explain *x, const struct code_bind *e,
                      struct buf *out)
{
    if (e->named) {
        buf_add_char(out, '$');
        buf_add_slice(out, e->name);
    } else if (e->key->op == CODE_CONSTANT) {
        explain_add_value(x, e->key, out);
    } else {
        buf_add_text(out, "(..)");
    }
    if (e->inner == NULL)
        return;
    buf_add_text(out, ": ");
    add_pattern(x, e->inner, out);
}

static void add_pattern(struct explain *x, const struct code_bind *b,
                        struct buf *out)
{
    const char *ends = b->kind == BIND_ARRAY ? "[]" : "{}";

    if (b->kind == BIND_NAME) {
        buf_add_char(out, '$');
        buf_add_slice(out, b->name);
        return;
    }
    buf_add_char(out, ends[0]);
    for (const struct code_bind *e = b->inner; e != NULL; e = e->next) {
        if (e != b->inner)
            buf_add_text(out, ", ");
        if (b->kind == BIND_ARRAY)
            add_pattern(x, e, out);
        else
            add_entry(x, e, out);
    }
    buf_add_char(out, ends[1]);
}

void explain_add_patterns(struct explain *x, const struct code *code,
                          struct buf *out)
{
    for (const struct code_bind *b = code->bind; b != NULL; b = b->next) {
        if (b != code->bind)
            buf_add_text(out, " ?// ");
        add_pattern(x, b, out);
    }
}
