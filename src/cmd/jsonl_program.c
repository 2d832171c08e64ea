/* SPDX-License-Identifier: MIT */
#include "cmd/jsonl_program.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "cmd/jsonl_given.h"
#include "cmd/jsonl_options.h"
#include "jq/code.h"
#include "jq/explain.h"
#include "jq/regex.h"

/* A longer filter is not repeated when it does not compile. */
enum { SHOWN_FILTER = 1024 };

bool jsonl_program_reads(const struct code *filter,
                         const struct jsonl_options *o)
{
    return o->null_input || filter->needs & CODE_NEEDS_INPUT;
}

/* The line of the filter with the byte at `column`, and a caret under that: as
 * wide as what stands before it, if no character there is wider than one
 * cell. */
static void show_place(struct log *log, struct slice filter, size_t column)
{
    char below[SHOWN_FILTER + 1];
    size_t begin = column - 1, end = column - 1, len = 0;

    while (begin > 0 && filter.ptr[begin - 1] != '\n')
        begin--;
    while (end < filter.len && filter.ptr[end] != '\n')
        end++;
    if (end - begin >= SHOWN_FILTER)
        return;
    for (size_t i = begin; i + 1 < column; i++) {
        if (((unsigned char)filter.ptr[i] & 0xC0) != 0x80)
            below[len++] = filter.ptr[i] == '\t' ? '\t' : ' ';
    }
    below[len++] = '^';
    log_line(log, slice_of(filter.ptr + begin, end - begin));
    log_line(log, slice_of(below, len));
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
                       "%s: not behind a program that reads by itself (%s)",
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
