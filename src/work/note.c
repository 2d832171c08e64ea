/* SPDX-License-Identifier: MIT */
#include "work/note.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"

/* Numbers have as many digits as the largest. */
static void add_number(struct buf *out, const char *name, uint64_t n)
{
    buf_printf(out, "%s %020" PRIu64 "\n", name, n);
}

void note_write(const struct note *note, struct buf *out)
{
    buf_clear(out);
    buf_printf(out, "weir part 1\nurl %s\n%s %s\n", note->url,
               note->validator.is_date ? "date" : "etag", note->validator.text);
    add_number(out, "total", note->total);
    add_number(out, "have", note->have);
    buf_add_text(out, "end\n");
}

/* Take a line "NAME VALUE\n" off the text; false if it is another. */
static bool take(struct slice *text, const char *name, struct slice *value)
{
    size_t len = strlen(name);
    const char *end = text->len > 0 ? memchr(text->ptr, '\n', text->len) : NULL;
    size_t line = end ? (size_t)(end - text->ptr) : 0;

    if (end == NULL || line <= len || memcmp(text->ptr, name, len) != 0 ||
        text->ptr[len] != ' ')
        return false;
    *value = slice_of(text->ptr + len + 1, line - len - 1);
    *text = slice_of(end + 1, text->len - line - 1);
    return true;
}

static bool take_number(struct slice *text, const char *name, uint64_t *n)
{
    struct slice value;
    struct err unused;

    return take(text, name, &value) && value.len == 20 &&
           num_count(value, n, &unused) == 0;
}

static bool take_validator(struct slice *text, struct validator *v)
{
    struct slice value;

    v->is_date = text->len > 0 && text->ptr[0] == 'd';
    if (!take(text, v->is_date ? "date" : "etag", &value) ||
        value.len >= sizeof v->text)
        return false;
    memcpy(v->text, value.ptr, value.len);
    v->text[value.len] = '\0';
    if (strlen(v->text) != value.len)
        return false;
    return v->is_date ? validator_date_s(v->text) >= 0
                      : validator_is_tag(v->text);
}

bool note_read(struct slice text, struct note *note)
{
    struct slice value;

    if (!take(&text, "weir", &value) || !slice_is(value, "part 1") ||
        !take(&text, "url", &value) || !digest_valid(value))
        return false;
    memcpy(note->url, value.ptr, value.len);
    note->url[value.len] = '\0';
    return take_validator(&text, &note->validator) &&
           take_number(&text, "total", &note->total) &&
           take_number(&text, "have", &note->have) && slice_is(text, "end\n");
}
