/* SPDX-License-Identifier: MIT */
/* Whole texts as values: of options, of lines that are no JSON, of files. */
#include "jq/eval.h"

#include <string.h>

#include "base/utf8.h"
#include "jq/eval_core.h"
#include "json/quote.h"

static bool is_utf8(struct slice text)
{
    for (size_t i = 0, n; i < text.len; i += n) {
        n = utf8_step(text.ptr + i, text.len - i, NULL);
        if (n == 0)
            return false;
    }
    return true;
}

int eval_from_text(struct eval *e, struct slice text, struct val *out)
{
    struct slice copy;

    if (is_utf8(text)) {
        copy = arena_copy(&e->arena, text);
    } else {
        struct buf quoted, plain;

        buf_init(&quoted, SIZE_MAX / 2);
        buf_init(&plain, UINT32_MAX / 2);
        copy = slice_of(NULL, 0);
        if (quote_add(&quoted, text) >= 0 &&
            quote_read(&plain, buf_slice(&quoted)) == 0)
            copy = arena_copy(&e->arena, buf_slice(&plain));
        buf_release(&quoted);
        buf_release(&plain);
    }
    *out = val_string(copy);
    return copy.ptr != NULL ? 1 : eval_no_room(e);
}

/* Where the value that begins the text ends. Brackets and quotes are counted;
 * whoever reads the value finds what else is wrong. */
static size_t value_end(struct slice text)
{
    static const char ends[] = " \t\r\n,:[]{}\"";
    size_t depth = 0, i = 0;
    bool quoted = false;

    for (; i < text.len; i++) {
        const char c = text.ptr[i];

        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{'))
            depth++;
        else if (!quoted && (c == ']' || c == '}') && depth > 0)
            depth--;
        else if (!quoted && depth == 0) { /* a word or a number */
            while (i + 1 < text.len && strchr(ends, text.ptr[i + 1]) == NULL)
                i++;
        }
        if (!quoted && depth == 0)
            break;
    }
    return i < text.len ? i + 1 : text.len;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct slice skip_blank(struct slice text)
{
    while (text.len > 0 && is_blank(text.ptr[0]))
        text = slice_of(text.ptr + 1, text.len - 1);
    return text;
}

/* The text from its first value on: that, and what is behind it. */
static struct slice cut(struct slice *rest)
{
    const struct slice value = slice_of(rest->ptr, value_end(*rest));

    *rest = skip_blank(slice_of(rest->ptr + value.len, rest->len - value.len));
    return value;
}

int eval_from_all(struct eval *e, struct slice text, struct val *array)
{
    struct slice rest = skip_blank(text);
    uint32_t count = 0;
    struct val v;

    for (; rest.len > 0; count++)
        cut(&rest);
    *array = val_array(&e->arena, count);
    for (rest = skip_blank(text); rest.len > 0 && !val_no_room(*array);) {
        if (eval_from_json(e, cut(&rest), &v) < 0)
            return -1;
        *array = val_append(&e->arena, *array, v);
    }
    return eval_give(e, *array, array);
}
