/* SPDX-License-Identifier: MIT */
#include "cmd/jsonl_program.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cmd/jsonl_given.h"
#include "cmd/jsonl_options.h"
#include "jq/code.h"
#include "jq/explain.h"
#include "jq/regex.h"

/* Of a longer line of the filter so many bytes around the fault are shown, and
 * four for each that a terminal must not get. */
enum {
    SHOWN_MAX = 160,
    SHOWN_BEFORE = 70,
    SHOWN_BEHIND = 60,
    SHOWN_BYTES = 4 * SHOWN_MAX + 64
};

bool jsonl_program_reads(const struct code *filter,
                         const struct jsonl_options *o)
{
    return o->null_input || filter->needs & CODE_NEEDS_INPUT;
}

/* Cells that a terminal takes for a character: two for those of East Asia and
 * pictures, none for what is put onto the one before (Unicode's annex 11, in
 * few words). */
static int cells(const char *at, size_t len)
{
    const unsigned char *p = (const unsigned char *)at;
    uint32_t c = p[0];

    if (len < 2)
        return 1;
    c &= 0xFFu >> (len + 1);
    for (size_t i = 1; i < len; i++)
        c = c << 6 | (p[i] & 0x3Fu);
    if ((c >= 0x300 && c < 0x370) || (c >= 0x200B && c < 0x2010) ||
        (c >= 0x20D0 && c < 0x2100) || (c >= 0xFE00 && c < 0xFE10))
        return 0;
    return (c >= 0x1100 && c < 0x1160) || (c >= 0x2E80 && c < 0xA4D0) ||
                   (c >= 0xAC00 && c < 0xD7A4) || (c >= 0xF900 && c < 0xFB00) ||
                   (c >= 0xFE30 && c < 0xFE70) || (c >= 0xFF00 && c < 0xFF61) ||
                   (c >= 0xFFE0 && c < 0xFFE7) ||
                   (c >= 0x1F300 && c < 0x1FA00) || c >= 0x20000
               ? 2
               : 1;
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Append a character as it is shown, and as much blank. */
static size_t show_character(struct slice rest, struct buf *shown,
                             struct buf *below)
{
    const size_t len = utf8_step(rest.ptr, rest.len, NULL);
    const size_t from = shown->len;
    size_t wide;

    text_escape(shown, slice_of(rest.ptr, len > 0 ? len : 1));
    wide = shown->len - from;
    if (rest.ptr[0] == '\t') {
        buf_add_char(below, '\t');
        return 1;
    }
    if (wide == len)
        wide = (size_t)cells(rest.ptr, len);
    for (size_t i = 0; i < wide; i++)
        buf_add_char(below, ' ');
    return len > 0 ? len : 1;
}

/* The line of the filter with the byte at `column`, or of a long one what is
 * around that, and a caret under it. */
static void show_place(struct log *log, struct slice filter, size_t column)
{
    const size_t at = column - 1;
    size_t begin = at, end = at, from, to;
    struct buf shown, below;

    while (begin > 0 && filter.ptr[begin - 1] != '\n')
        begin--;
    while (end < filter.len && filter.ptr[end] != '\n')
        end++;
    from = end - begin > SHOWN_MAX && at - begin > SHOWN_BEFORE
               ? at - SHOWN_BEFORE
               : begin;
    to = end - begin > SHOWN_MAX && end - at > SHOWN_BEHIND ? at + SHOWN_BEHIND
                                                            : end;
    while (from < at && continues(filter.ptr[from]))
        from++;
    while (to > at && to < end && continues(filter.ptr[to]))
        to--;
    buf_init(&shown, SHOWN_BYTES);
    buf_init(&below, SHOWN_BYTES);
    buf_add_text(&shown, from > begin ? "..." : "");
    buf_add_text(&below, from > begin ? "   " : "");
    while (from < at)
        from += show_character(slice_of(filter.ptr + from, to - from), &shown,
                               &below);
    buf_add_char(&below, '^');
    text_escape(&shown, slice_of(filter.ptr + at, to - at));
    buf_add_text(&shown, to < end ? "..." : "");
    log_line(log, buf_slice(&shown));
    log_line(log, buf_slice(&below));
    buf_release(&shown);
    buf_release(&below);
}

/* Whether the filter was forgotten, and this is the first file. */
static bool is_file(const struct jsonl_given *g)
{
    return g->program_name == NULL && access(g->program.ptr, F_OK) == 0;
}

static int check_reading(const struct code *filter,
                         const struct jsonl_options *o, struct err *err)
{
    if (jsonl_program_reads(filter, o) && (o->exec != NULL || o->pipe != NULL))
        return err_set(err, ERR_USAGE,
                       "%s: not behind a program that reads by itself (%s); "
                       "its output can go into another weir stream-jsonl",
                       o->exec ? "--exec" : "--pipe",
                       o->null_input ? "-n" : "input, inputs");
    return 0;
}

/* Says where the program, or a module of it, is wrong. */
static void show_fault(struct log *log, const char *name,
                       const struct code_place *place, const char *why)
{
    size_t line = 1, begin = 0;

    for (size_t i = 0; i + 1 < place->column && i < place->text.len; i++) {
        if (place->text.ptr[i] == '\n') {
            line++;
            begin = i + 1;
        }
    }
    if (place->file.ptr == NULL && name == NULL && line == 1) {
        log_error(log, "stream-jsonl: filter: %s", why);
    } else {
        why = strstr(why, ": ") + 2; /* "column N" is of all the text */
        log_error(log, "stream-jsonl: %.*s:%zu:%zu: %s",
                  place->file.ptr ? (int)place->file.len : INT_MAX,
                  place->file.ptr ? place->file.ptr
                  : name          ? name
                                  : "filter",
                  line, place->column - begin, why);
    }
    if (place->column <= place->text.len + 1)
        show_place(log, place->text, place->column);
}

const struct code *jsonl_program_compile(struct arena *arena,
                                         const struct jsonl_given *g,
                                         const struct jsonl_options *o,
                                         struct log *log, struct err *err)
{
    const struct code_source source = {.text = g->program,
                                       .globals = g->globals,
                                       .global_count = g->global_count,
                                       .search = &g->search};
    struct code_place place = {.column = 1};
    const struct code *filter =
        code_compile_source(arena, &source, &place, err);

    if (filter != NULL)
        return check_reading(filter, o, err) == 0 ? filter : NULL;
    show_fault(log, g->program_name, &place, err->text);
    if (is_file(g))
        err_set(err, ERR_USAGE,
                "'%s' is a file; the filter comes first: weir stream-jsonl . "
                "%s",
                g->program.ptr, g->program.ptr);
    else
        err_set(err, ERR_USAGE,
                "what it does not know can be left to jq: --pipe 'jq -c "
                "FILTER'");
    return NULL;
}

/* --explain */

static void add_bytes(struct buf *out, uint64_t bytes)
{
    static const char units[] = "KMGT";
    int unit = -1;

    while (bytes > 0 && bytes % 1024 == 0 && units[unit + 1] != '\0') {
        bytes /= 1024;
        unit++;
    }
    buf_printf(out, "%" PRIu64, bytes);
    if (unit >= 0)
        buf_add_char(out, units[unit]);
}

static void add_input(const struct code *filter, const struct jsonl_options *o,
                      struct buf *out)
{
    const char *as = o->raw_input ? ", as a string (-R)" : "";

    if (jsonl_program_reads(filter, o))
        buf_printf(out, "input:    %s%s; one thread, in order\n",
                   o->null_input ? "null (-n), and lines by input, inputs"
                                 : "lines, and more by input, inputs",
                   as);
    else
        buf_printf(out,
                   "input:    one line at a time%s; up to %" PRIu64
                   " thread%s (-j)\n",
                   as, o->common.jobs, o->common.jobs == 1 ? "" : "s");
}

static void add_output(const struct explain_facts *f,
                       const struct jsonl_options *o, struct buf *out)
{
    const char *by = o->canonical      ? "--canonical"
                     : o->sort_keys    ? "-S"
                     : o->ascii_output ? "-a"
                                       : NULL;
    const bool own = f->gives_line || f->gives_part;

    buf_add_text(out, "output:   ");
    if (f->gives_line)
        buf_add_text(out, "the line itself");
    if (f->gives_part)
        buf_add_text(out,
                     f->gives_line ? ", or parts of it" : "parts of the line");
    if (own && by == NULL)
        buf_printf(out, ", with %s own bytes", f->gives_part ? "their" : "its");
    if (f->gives_made)
        buf_add_text(out, own ? "; or computed values" : "computed values");
    if (f->writes_made && by == NULL)
        buf_add_text(out, ", written as they are made");
    if (!own && !f->gives_made)
        buf_add_text(out, "none");
    if (by != NULL)
        buf_printf(out, "; all written anew (%s)", by);
    buf_add_char(out, '\n');
}

void jsonl_program_explain(const struct code *filter, struct slice text,
                           const struct jsonl_options *o, struct buf *out)
{
    struct buf looks, listing;
    struct explain_facts facts = {.looks = &looks};

    buf_init(&looks, SIZE_MAX / 2);
    buf_init(&listing, SIZE_MAX / 2);
    explain_listing(filter, text, o->null_input, &listing, &facts);
    add_input(filter, o, out);
    buf_add_text(out, "looks at: ");
    buf_add_slice(out, buf_slice(&looks));
    buf_add_char(out, '\n');
    add_output(&facts, o, out);
    buf_add_text(out, "bounds:   memory ");
    add_bytes(out, o->max_memory);
    buf_add_text(out, " for one line (--max-memory)");
    if (facts.uses_regex)
        buf_printf(out, "; %d steps back in a search by pattern",
                   REGEX_STEPS_MAX);
    buf_add_text(out, "\n\n");
    buf_add_slice(out, buf_slice(&listing));
    buf_release(&looks);
    buf_release(&listing);
}
