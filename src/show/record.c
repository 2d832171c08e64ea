/* SPDX-License-Identifier: MIT */
#include "show/record.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "flow/journal.h"
#include "json/quote.h"

enum {
    TAIL_LINES = 10,
    USUAL_BYTES = 256, /* of a record, but for its result and its meta */
};

/* Columns, in characters. */
enum { ID_LEAST = 8, ID_WIDEST = 32, BRIEF_LEAST = 7, BRIEF_WIDEST = 26 };

/* Those that add to the record return other than 0 for want of room. */
static int add_error(struct buf *out, const struct item *item)
{
    int failed;

    if (item->fault == NULL)
        return buf_add_text(out, "null");
    failed = buf_printf(out, "{\"kind\":\"%s\",\"message\":", item->fault);
    failed |= quote_add(out, slice_text(item->message)) < 0;
    return failed | buf_add_char(out, '}');
}

static int add_or_null(struct buf *out, const struct buf *json)
{
    if (json->len > 0)
        return buf_add_slice(out, buf_slice(json));
    return buf_add_text(out, "null");
}

static int add_start(struct buf *out, const struct item *item)
{
    char stamp[CLOCK_STAMP_SIZE];

    if (item->started_wall_ms == 0)
        return buf_add_text(out, "null");
    clock_stamp(item->started_wall_ms, stamp);
    if (buf_add_char(out, '"') < 0 || buf_add_text(out, stamp) < 0)
        return -1;
    return buf_add_char(out, '"');
}

static int write_json(const struct item *item, struct buf *out)
{
    int failed;

    buf_reserve(out, item->result.len + item->meta.len + USUAL_BYTES);
    failed = buf_add_text(out, "{\"task_id\":");

    failed |= quote_add(out, buf_slice(&item->id)) < 0;
    failed |= buf_add_text(out, ",\"status\":\"");
    failed |= buf_add_text(out, item_status_name(item->status));
    failed |= buf_add_text(out, "\",\"result\":");
    failed |= add_or_null(out, &item->result);
    failed |= buf_add_text(out, ",\"error\":");
    failed |= add_error(out, item);
    failed |= buf_add_text(out, ",\"execution_time\":");
    failed |= buf_add_seconds(out, item->duration_us);
    failed |= buf_add_text(out, ",\"attempts\":");
    failed |= buf_add_number(out, item->attempts);
    failed |= buf_add_text(out, ",\"started_at\":");
    failed |= add_start(out, item);
    failed |= buf_add_text(out, ",\"meta\":");
    failed |= add_or_null(out, &item->meta);
    failed |= buf_add_text(out, "}\n");
    return failed ? -1 : 0;
}

/* What does not fit is not cut: half a JSON text is worse than none. */
static void write_or_fail(struct item *item, struct buf *out)
{
    const size_t before = out->len;

    if (write_json(item, out) == 0)
        return;
    out->len = before;
    buf_clear(&item->result);
    buf_clear(&item->meta);
    item_fail(item, ITEM_FAILED, "output_limit",
              "the record is larger than %zu bytes", out->max);
    write_json(item, out);
}

static const char *color_of(enum item_status status)
{
    switch (status) {
    case ITEM_COMPLETED: return "\033[32m";
    case ITEM_FAILED: return "\033[31m";
    case ITEM_CANCELLED: return "\033[33m";
    case ITEM_PENDING:
    case ITEM_RUNNING: break;
    }
    return "";
}

/* How wide text is when every character has one column. */
static size_t width_of(struct slice s)
{
    size_t width = 0;

    for (size_t i = 0; i < s.len; i++)
        width += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
    return width;
}

/* A cell of a column that is as wide as the widest so far, but no wider than
 * `most`: what is wider stands out, and alone. */
static void add_cell(struct buf *out, struct slice text, size_t *width,
                     size_t most)
{
    size_t before = out->len, used;

    text_escape(out, text);
    used = width_of(slice_of(out->data + before, out->len - before));
    if (used > *width)
        *width = used < most ? used : most;
    for (; used < *width; used++)
        buf_add_char(out, ' ');
}

/* The beginning of the last TAIL_LINES lines. */
static size_t tail_start(struct slice text)
{
    size_t at = text.len, lines = 1;

    while (at > 0 && (text.ptr[at - 1] != '\n' || lines++ < TAIL_LINES))
        at--;
    return at;
}

static void add_tail(const struct record *record, struct slice text,
                     struct buf *out)
{
    if (text.len > 0 && text.ptr[text.len - 1] == '\n')
        text.len--;
    for (size_t at = tail_start(text); at < text.len;) {
        const char *line = text.ptr + at;
        const char *end = memchr(line, '\n', text.len - at);
        size_t len = end ? (size_t)(end - line) : text.len - at;

        buf_add_text(out, "    ");
        if (record->terminal)
            text_escape(out, slice_of(line, len));
        else
            buf_add(out, line, len);
        buf_add_char(out, '\n');
        at += len + 1;
    }
}

static void write_text(struct record *record, const struct item *item,
                       struct buf *out)
{
    const char *color = record->colored ? color_of(item->status) : "";
    const char *brief = item->fault != NULL ? item->message : item->brief;

    buf_printf(out, "%s%-9s%s  ", color, item_status_name(item->status),
               color[0] ? "\033[0m" : "");
    add_cell(out, buf_slice(&item->id), &record->id_width, ID_WIDEST);
    buf_printf(out, " %8.3fs  ", (double)item->duration_us / 1e6);
    if (brief[0] != '\0') {
        add_cell(out, slice_text(brief), &record->brief_width, BRIEF_WIDEST);
        buf_add_text(out, "  ");
    }
    text_escape(out, buf_slice(&item->detail));
    buf_add_char(out, '\n');
    /* Elsewhere the reader of the record has seen it. */
    if (item->status == ITEM_FAILED && !record->raw)
        add_tail(record, buf_slice(&item->tail), out);
}

void record_write(struct record *record, struct item *item, struct buf *out)
{
    if (record->text)
        write_text(record, item, out);
    else
        write_or_fail(item, out);
}

static void count(const struct item *item, struct flow_tally *tally)
{
    switch (item->status) {
    case ITEM_COMPLETED: tally->completed++; break;
    case ITEM_FAILED: tally->failed++; break;
    case ITEM_CANCELLED: tally->cancelled++; break;
    case ITEM_PENDING:
    case ITEM_RUNNING: assert(false); break;
    }
}

static void finish(void *self, struct item *item, struct flow_tally *tally)
{
    struct record *record = self;
    struct buf *out = record->side ? &item->side : &item->out;

    if (!record->quiet || item->status != ITEM_COMPLETED)
        record_write(record, item, out);
    if (record->journal != NULL) {
        journal_add(record->journal, buf_slice(out));
        buf_clear(out);
    }
    count(item, tally);
}

struct flow_report record_report(struct record *record)
{
    record->id_width = ID_LEAST;
    record->brief_width = BRIEF_LEAST;
    return (struct flow_report){.self = record, .finish = finish};
}
