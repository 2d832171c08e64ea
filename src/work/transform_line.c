/* SPDX-License-Identifier: MIT */
/* The lines of a block: what passes, what the filter makes, what is wrong. */
#include "work/transform.h"

#include <assert.h>
#include <string.h>

#include "jq/code.h"
#include "work/transform_core.h"
#include "json/canon.h"
#include "json/place.h"
#include "json/quote.h"
#include "json/scan.h"
#include "json/value.h"

void transform_write(struct buf *out, struct slice s)
{
    int failed = buf_add_slice(out, s);

    assert(!failed); /* transform_out_bytes is a bound */
}

void transform_flush_run(struct block *b)
{
    transform_write(&b->item->out,
                    slice_of(b->run, (size_t)(b->run_end - b->run)));
    b->run = b->run_end = NULL;
}

void transform_take_bytes(struct buf *from, struct buf *to)
{
    const struct buf taken = *from;

    from->data = to->data;
    from->cap = to->cap;
    from->len = 0;
    to->data = taken.data;
    to->cap = taken.cap;
    to->len = taken.len;
}

/* Nothing of the block was changed: it goes out as it came in, uncopied. */
static void pass_all(struct item *item, size_t len)
{
    transform_take_bytes(&item->in, &item->out);
    item->out.len = len;
}

static void end_run(struct block *b)
{
    struct item *item = b->item;
    const size_t len = (size_t)(b->run_end - b->run);

    if (b->run == NULL)
        return;
    /* A next stage may have to know the lines as they came. */
    if (b->run == item->in.data && item->out.len == 0 && len >= item->in.len &&
        b->transform->o.next.take == NULL)
        pass_all(item, len);
    else
        transform_flush_run(b);
}

static void note_output(struct block *b, uint64_t number)
{
    int failed;

    if (b->transform->o.next.take == NULL)
        return;
    failed = buf_add(&b->result.out_lines, &number, sizeof number);
    assert(!failed);
}

/* The value is the whole line: it joins the run of those before it. */
static void pass(struct block *b, struct slice line)
{
    if (b->run_end != line.ptr) {
        transform_flush_run(b);
        b->run = line.ptr;
    }
    b->run_end = line.ptr + line.len + 1; /* a newline stands behind it */
}

/* Without the white space around it. */
static void pass_value(struct block *b, const struct grammar_line *line)
{
    if (line->value.len == line->bytes.len) {
        pass(b, line->bytes);
        return;
    }
    transform_flush_run(b);
    transform_write(&b->item->out, line->value);
    transform_write(&b->item->out, slice_of("\n", 1));
}

/* Text with a newline inside is not what the next stage can take. */
static bool breaks_lines(const struct transform_options *o, struct slice text)
{
    return o->next.lines && text.len > 0 &&
           memchr(text.ptr, '\n', text.len) != NULL;
}

/* A string as what it means. With CANON_ASCII it keeps its quotes, as in jq. */
static int add_raw(struct block *b, struct val v, struct buf *out)
{
    const unsigned flags = b->transform->o.canon;

    if (flags & CANON_ASCII)
        return eval_add_json(&b->space->eval, v, flags, out);
    return eval_add_text(&b->space->eval, v, out);
}

static const char *fault_of(const struct transform_options *o,
                            struct slice json)
{
    return o->check != NULL ? o->check(o->check_arg, json) : NULL;
}

/* What was written to `out` last, with its newline: whether it may stay. */
static int judge(const struct transform_options *o, const struct buf *out,
                 size_t from, struct err *err)
{
    const size_t len = out->len - from - !o->joined;
    const char *fault;

    if (breaks_lines(o, slice_of(out->data + from, len)))
        return err_set(err, ERR_UNITS, "a newline inside the output");
    fault = fault_of(o, slice_of(out->data + from, len));
    return fault != NULL ? err_set(err, ERR_UNITS, "%s", fault) : 0;
}

/* Between these two an output is appended to what `out` has, and either all of
 * it is or nothing. The lines to come need room, too, if only to be wrapped. */
static size_t begin_output(struct block *b)
{
    struct buf *out = &b->item->out;

    out->max -= b->reserve;
    return out->len;
}

static int end_output(struct block *b, size_t before, int failed,
                      struct err *err)
{
    const struct transform_options *o = &b->transform->o;
    struct buf *out = &b->item->out;

    if (failed || (!o->joined && buf_add_char(out, '\n') < 0))
        failed = err_set(err, ERR_UNITS, "the output is too large");
    else if (o->check != NULL || o->next.lines)
        failed = judge(o, out, before, err);
    out->max += b->reserve;
    if (failed)
        out->len = before;
    else
        b->current.bytes += out->len - before;
    return failed;
}

int transform_emit(struct block *b, struct val v, struct err *err)
{
    const struct transform_options *o = &b->transform->o;
    struct buf *out = &b->item->out;
    const size_t before = begin_output(b);
    int failed;

    if (o->raw_output && v.kind == VAL_STRING)
        failed = add_raw(b, v, out);
    else
        failed = eval_add_json(&b->space->eval, v, o->canon, out);
    return end_output(b, before, failed, err);
}

/* The whole line, and it goes out as it is. Only once: a run is no longer than
 * the block, and what is more than that has to be counted. */
static bool is_whole_line(const struct block *b, struct val v)
{
    const struct grammar_line *line = b->current.line;

    return b->transform->passes && b->current.outputs == 0 &&
           v.form == VAL_LAZY && v.u.line->index == b->grammar.index &&
           v.n == b->current.root && line->value.len == line->bytes.len;
}

static void count_output(struct block *b, bool truth)
{
    b->current.outputs++;
    b->result.last = truth ? TRANSFORM_TRUE : TRANSFORM_FALSE;
    note_output(b, b->current.number);
}

/* An output of the filter. */
static int take_output(void *arg, struct at at)
{
    struct block *b = arg;

    if (is_whole_line(b, at.v)) {
        const char *fault = fault_of(&b->transform->o, b->current.line->value);

        if (fault != NULL)
            return err_set(&b->current.err, ERR_UNITS, "%s", fault);
        pass(b, b->current.line->bytes);
        b->current.bytes += b->current.line->bytes.len + 1;
    } else {
        transform_flush_run(b);
        if (transform_emit(b, at.v, &b->current.err) < 0)
            return -1;
    }
    count_output(b, val_truth(at.v));
    return 0;
}

/* An output that the filter makes: an object, an array or a text. */
int transform_make(void *arg, const struct code *code, struct env *env,
                   struct val in)
{
    struct block *b = arg;
    struct eval *e = &b->space->eval;
    size_t before;
    int got;

    transform_flush_run(b);
    before = begin_output(b);
    got =
        eval_write(e, code, env, in, b->transform->o.raw_output, &b->item->out);
    if (got == 0 || (got < 0 && e->unwind != EVAL_NOT)) {
        b->item->out.max += b->reserve;
        return got;
    }
    if (end_output(b, before, got < 0, &b->current.err) < 0)
        return -1;
    count_output(b, true);
    return 0;
}

/* The line failed after some outputs: they are at the end of the run, and of
 * `out` before it. */
static void take_back(struct block *b)
{
    struct current *c = &b->current;
    const size_t in_run = (size_t)(b->run_end - b->run);
    const size_t from_run = c->bytes < in_run ? c->bytes : in_run;

    if (from_run > 0)
        b->run_end -= from_run;
    if (b->run_end == b->run)
        b->run = b->run_end = NULL;
    b->item->out.len -= c->bytes - from_run;
    b->result.last = c->last_before;
    if (b->transform->o.next.take != NULL)
        b->result.out_lines.len -= c->outputs * sizeof(uint64_t);
}

/* A piece of a line that is longer than a block can be. */
void transform_do_overlong(struct block *b)
{
    const struct slice in = buf_slice(&b->item->in);

    if (b->item->lines > 0)
        transform_reject_overlong(b, in, transform_first_number(b->item));
    if (b->transform->o.rejects)
        transform_write(&b->item->side, in);
}

static struct place place_of(const struct block *b,
                             const struct grammar_line *line)
{
    return (struct place){.index = b->grammar.index,
                          .bytes = b->grammar.block.ptr,
                          .entry = (uint32_t)line->first};
}

void transform_describe(struct block *b, struct err *err)
{
    struct eval *e = &b->space->eval;
    struct buf text;

    if (e->unwind != EVAL_ERROR) {
        if (b->current.err.kind == ERR_NONE)
            err_set(err, ERR_UNITS, "break");
        else
            *err = b->current.err;
        return;
    }
    buf_init(&text, SIZE_MAX / 2);
    if (e->error.kind != VAL_STRING)
        buf_add_text(&text, "(not a string): ");
    eval_add_text(e, e->error, &text);
    err_set(err, ERR_UNITS, "%.*s", (int)(text.len < 200 ? text.len : 200),
            text.data);
    buf_release(&text);
}

/* The program ended the run: with this line, whose outputs count. */
static bool has_halted(struct block *b)
{
    const struct eval *e = &b->space->eval;

    b->result.halted = e->unwind == EVAL_HALT;
    b->result.halt_status = e->world.status;
    return b->result.halted;
}

/* The error's text, which nothing looks at before there is one, would be most
 * of what had to be written. */
static void begin(struct current *c, const struct grammar_line *line,
                  uint64_t number, enum transform_last last)
{
    c->line = line;
    c->number = number;
    c->root = (uint32_t)line->first;
    c->bytes = c->outputs = 0;
    c->last_before = last;
    c->err.kind = ERR_NONE;
}

static void filter(struct block *b, const struct grammar_line *line,
                   uint64_t number)
{
    const struct place place = place_of(b, line);
    const struct transform_options *o = &b->transform->o;
    struct err err;

    if (b->transform->identity) {
        const char *fault = fault_of(o, line->value);

        if (fault != NULL) {
            transform_reject_by_filter(b, line->bytes, number, fault);
            return;
        }
        b->result.ok++;
        note_output(b, number);
        pass_value(b, line);
        return;
    }
    begin(&b->current, line, number, b->result.last);
    b->space->eval.world.line = number;
    if (eval_run(&b->space->eval, o->filter, val_of_place(&place, place.entry),
                 take_output, b) == 0 ||
        has_halted(b)) {
        b->result.ok++;
        return;
    }
    transform_describe(b, &err);
    take_back(b);
    transform_reject_by_filter(b, line->bytes, number, err.text);
}

/* What the index or the grammar found odd: the scanner has the last word. */
static void do_unsure(struct block *b, struct grammar_line *line,
                      uint64_t number)
{
    struct scan_fault fault;

    switch (scan_line(line->bytes, b->transform->o.max_depth, &line->value,
                      &fault)) {
    case 0:
        grammar_link(&b->grammar, line);
        filter(b, line, number);
        break;
    case 1: b->result.blank++; break;
    default:
        transform_reject_line(
            b, &(struct transform_rejection){.line = line->bytes,
                                             .number = number,
                                             .column = fault.column,
                                             .error = "Invalid JSON",
                                             .reason = fault.reason});
        transform_keep_rejected(b, line->bytes);
        break;
    }
}

static void do_line(struct block *b, struct grammar_line *line, uint64_t number)
{
    const struct slice bytes = line->bytes;
    const bool cr = bytes.len > 0 && bytes.ptr[bytes.len - 1] == '\r';

    if (bytes.len - cr > b->transform->o.max_line) {
        transform_reject_overlong(b, bytes, number);
        transform_keep_rejected(b, bytes);
        return;
    }
    switch (line->verdict) {
    case GRAMMAR_VALID: filter(b, line, number); break;
    case GRAMMAR_BLANK: b->result.blank++; break;
    case GRAMMAR_UNSURE: do_unsure(b, line, number); break;
    }
}

static bool goes_on(const struct block *b)
{
    return !b->result.halted && (b->transform->o.policy != TRANSFORM_FAIL ||
                                 b->result.rejected == 0);
}

void transform_do_json(struct block *b)
{
    struct item *item = b->item;
    struct index *index = &b->space->index;
    const struct transform_options *o = &b->transform->o;
    struct grammar_line line;
    uint64_t number = transform_first_number(item);
    char *behind = buf_reserve(&item->in, 1);

    assert(behind != NULL); /* blocks_item_bytes has room for it */
    *behind = '\n';
    index_block(index, buf_slice(&item->in));
    b->grammar = grammar_begin(index, buf_slice(&item->in), o->max_depth,
                               !b->transform->identity);
    while (goes_on(b) && grammar_next(&b->grammar, &line))
        do_line(b, &line, number++);
    end_run(b);
}

/* A line of text: it becomes a JSON string, and cannot be invalid. */
static void do_text_line(struct block *b, struct slice text, uint64_t number)
{
    struct buf *string = &b->space->string;
    struct grammar_line line = {.bytes = text};

    if (text.len > b->transform->o.max_line) {
        transform_reject_overlong(b, text, number);
        transform_keep_rejected(b, text);
        return;
    }
    buf_clear(string);
    if (quote_add(string, text) < 0 || buf_add_char(string, '\n') < 0) {
        transform_reject_by_filter(b, text, number, "the line is too large");
        return;
    }
    line.value = slice_of(string->data, string->len - 1);
    index_block(&b->space->string_index, line.value);
    b->grammar = grammar_begin(&b->space->string_index, line.value, 1, false);
    filter(b, &line, number);
}

void transform_do_text(struct block *b)
{
    const char *at = b->item->in.data, *end = at + b->item->in.len;
    uint64_t number = transform_first_number(b->item);

    while (at < end && goes_on(b)) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline ? newline : end) - at);

        do_text_line(b, slice_of(at, len), number++);
        at += len + 1;
    }
}
