/* SPDX-License-Identifier: MIT */
#include "work/transform.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "io/loop.h"
#include "io/pool.h"
#include "jq/code.h"
#include "jq/eval.h"
#include "work/guess.h"
#include "json/canon.h"
#include "json/grammar.h"
#include "json/index.h"
#include "json/place.h"
#include "json/quote.h"
#include "json/scan.h"
#include "json/value.h"

/* What a thread works in. */
struct space {
    struct index index;
    struct index string_index;
    struct buf string; /* a line of text as a JSON string */
    struct eval eval;
};

struct transform {
    struct transform_options o;
    struct pool *pool;
    struct flow *flow;
    struct space *spaces; /* one for each thread */
    bool passes;          /* a value that is not changed goes out as it is */
    bool identity;        /* and the filter changes none */
    struct loop_timer *patience; /* with filters, once the run stops */
    atomic_bool stop;            /* what runs is to end, however far it is */
};

/* A line that was rejected before the next stage, as that one goes on. */
struct early {
    uint64_t number;
    struct slice line; /* for item->side, if any */
    size_t wraps_end;  /* in `wraps` */
};

/* What is between the two stages of a block, and how far the second is. */
struct joint {
    struct buf early;
    struct buf wraps; /* of those */
    size_t early_at;  /* so many are in their places */
    size_t wraps_at;
    uint64_t number;        /* of the line the next stage is at; 0: none yet */
    size_t out_at;          /* where its answers begin */
    bool lost;              /* it is rejected */
    bool failed;            /* by TRANSFORM_FAIL: so is what follows */
    uint64_t source_number; /* of the line that begins in `in` at: */
    size_t source_at;
};

/* The line that the filter is at, and what came of it so far: if it fails in
 * the end, nothing did. */
struct current {
    const struct grammar_line *line;
    uint64_t number;
    uint32_t root; /* its entry of the index */
    size_t bytes;  /* of output, in `out` or behind it in the run */
    size_t outputs;
    struct err err; /* why an output could not be taken */
};

/* A transform_block and what the thread needs; they live with the item. */
struct block {
    struct transform_block result;
    struct pool_job job;
    struct transform *transform;
    struct item *item;
    struct space *space;    /* of the thread that has it */
    struct grammar grammar; /* what its lines are walked by */
    size_t reserve;         /* of `out`, for the lines to come */
    struct transform_fault faults[TRANSFORM_FAULTS];
    /* Bytes of `in` that go out as they are, and are not there yet: whole
     * lines, one behind the other. */
    const char *run;
    const char *run_end;
    struct current current; /* the line that the filter is at */
    struct joint joint;     /* with a next stage */
};

/* So long what runs may take to end once the run is stopped. */
enum { PATIENCE_MS = 1000 };

/* A wrapped line: each byte may become six, with the object around it. */
enum { WRAP_BYTES = 320, WRAP_FACTOR = 6 };

size_t transform_out_bytes(size_t in, size_t lines)
{
    /* Each line has a byte of its own, however many may be asked for. */
    if (lines > in)
        lines = in;
    /* A line has its newline, the last one perhaps not. */
    if (lines > in)
        lines = in;
    return in * WRAP_FACTOR + (lines + 1) * WRAP_BYTES;
}

/* Of lines that are not numbered yet, the first is 1. */
static uint64_t first_number(const struct item *item)
{
    return item->line > 0 ? item->line : 1;
}

static void put(struct buf *out, struct slice s)
{
    int failed = buf_add_slice(out, s);

    assert(!failed); /* transform_out_bytes is a bound */
}

static void flush_run(struct block *b)
{
    put(&b->item->out, slice_of(b->run, (size_t)(b->run_end - b->run)));
    b->run = b->run_end = NULL;
}

/* Nothing of the block was changed: it goes out as it came in, uncopied. */
static void swap_buffers(struct item *item, size_t len)
{
    const struct buf in = item->in, out = item->out;

    item->out.data = in.data;
    item->out.cap = in.cap;
    item->out.len = len;
    item->in.data = out.data;
    item->in.cap = out.cap;
    item->in.len = 0;
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
        swap_buffers(item, len);
    else
        flush_run(b);
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
        flush_run(b);
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
    flush_run(b);
    put(&b->item->out, line->value);
    put(&b->item->out, slice_of("\n", 1));
}

/* Text with a newline inside is not what the next stage can take. */
static bool breaks_lines(const struct transform_options *o,
                         const struct buf *out, size_t from)
{
    return o->next.lines && out->len > from &&
           memchr(out->data + from, '\n', out->len - from) != NULL;
}

/* A string as what it means. With CANON_ASCII it keeps its quotes, as in jq. */
static int add_raw(struct block *b, struct val v, struct buf *out)
{
    const unsigned flags = b->transform->o.canon;

    if (flags & CANON_ASCII)
        return eval_add_json(&b->space->eval, v, flags, out);
    return eval_add_text(&b->space->eval, v, out);
}

/* 0, or -1: what is written again may grow, and there may be no room. */
static int emit(struct block *b, struct val v, struct err *err)
{
    const struct transform_options *o = &b->transform->o;
    struct buf *out = &b->item->out;
    const size_t before = out->len;
    int failed;

    /* The lines to come need room, too, if only to be wrapped. */
    out->max -= b->reserve;
    if (o->raw_output && v.kind == VAL_STRING)
        failed = add_raw(b, v, out);
    else
        failed = eval_add_json(&b->space->eval, v, o->canon, out);
    if (!failed && breaks_lines(o, out, before))
        failed = err_set(err, ERR_UNITS, "a newline inside the output");
    else if (failed || (!o->joined && buf_add_char(out, '\n') < 0))
        failed = err_set(err, ERR_UNITS, "the output is too large");
    out->max += b->reserve;
    if (failed)
        out->len = before;
    else
        b->current.bytes += out->len - before;
    return failed;
}

/* The whole line, and it goes out as it is. Only once: a run is no longer than
 * the block, and what is more than that has to be counted. */
static bool is_whole_line(const struct block *b, struct val v)
{
    const struct grammar_line *line = b->current.line;

    return b->transform->passes && b->current.outputs == 0 &&
           v.form == VAL_LAZY && v.n == b->current.root &&
           line->value.len == line->bytes.len;
}

/* An output of the filter. */
static int take_output(void *arg, struct at at)
{
    struct block *b = arg;

    if (is_whole_line(b, at.v)) {
        pass(b, b->current.line->bytes);
        b->current.bytes += b->current.line->bytes.len + 1;
    } else {
        flush_run(b);
        if (emit(b, at.v, &b->current.err) < 0)
            return -1;
    }
    b->current.outputs++;
    note_output(b, b->current.number);
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
    if (b->transform->o.next.take != NULL)
        b->result.out_lines.len -= c->outputs * sizeof(uint64_t);
}

static void wrap(struct buf *out, const struct transform_rejection *r)
{
    int failed = buf_printf(out, "{\"error\":\"%s\",\"line\":", r->error);

    failed |= quote_add(out, r->line) < 0;
    failed |=
        buf_printf(out, ",\"line_number\":%llu", (unsigned long long)r->number);
    if (r->column > 0)
        failed |= buf_printf(out, ",\"column\":%zu", r->column);
    put(out, slice_text(",\"reason\":"));
    failed |= quote_add(out, slice_text(r->reason)) < 0;
    put(out, slice_text("}\n"));
    assert(!failed);
}

/* Keep the first faults of a block, in the order of its lines. */
static void note_fault(struct block *b, const struct transform_rejection *r,
                       const char *hint)
{
    struct transform_fault fault = {
        .line = r->number, .column = r->column, .hint = hint};
    size_t i = b->result.fault_count;

    snprintf(fault.reason, sizeof fault.reason, "%s", r->reason);
    if (i == TRANSFORM_FAULTS && b->faults[i - 1].line < r->number)
        return;
    if (i < TRANSFORM_FAULTS)
        b->result.fault_count++;
    else
        i--;
    for (; i > 0 && b->faults[i - 1].line > r->number; i--)
        b->faults[i] = b->faults[i - 1];
    b->faults[i] = fault;
}

static void reject(struct block *b, const struct transform_rejection *r)
{
    const struct transform_options *o = &b->transform->o;
    struct early early = {.number = r->number};
    int failed = 0;

    flush_run(b);
    note_fault(b, r, b->item->line > 0 ? guess_hint(r) : NULL);
    b->result.rejected++;
    if (o->policy == TRANSFORM_WRAP)
        wrap(o->next.take ? &b->joint.wraps : &b->item->out, r);
    if (o->next.take != NULL) {
        early.wraps_end = b->joint.wraps.len;
        failed = buf_add(&b->joint.early, &early, sizeof early);
    }
    assert(!failed);
}

static struct early *early_of(const struct block *b)
{
    return (struct early *)(void *)b->joint.early.data;
}

static size_t early_count(const struct block *b)
{
    return b->joint.early.len / sizeof(struct early);
}

static void keep_line(struct block *b, struct slice line)
{
    put(&b->item->side, line);
    put(&b->item->side, slice_of("\n", 1));
}

/* The line as it came, to be mended and run again. */
static void keep_rejected(struct block *b, struct slice line)
{
    if (!b->transform->o.rejects)
        return;
    if (b->transform->o.next.take != NULL)
        early_of(b)[early_count(b) - 1].line = line;
    else
        keep_line(b, line);
}

static void reject_overlong(struct block *b, struct slice line, uint64_t number)
{
    const size_t max = b->transform->o.max_line;
    char reason[80];

    snprintf(reason, sizeof reason, "line of more than %zu bytes (--max-line)",
             max);
    /* Its start tells which line it was; all of it would be too much. A block
     * may hold all of it or not, as it was read, so no more than is sure. */
    if (line.len > ITEM_OVERLONG_BYTES)
        line.len = ITEM_OVERLONG_BYTES;
    if (line.len > max)
        line.len = max;
    reject(b, &(struct transform_rejection){.line = line,
                                            .number = number,
                                            .column = max + 1,
                                            .error = "Invalid JSON",
                                            .reason = reason});
}

/* A piece of a line that is longer than a block can be. */
static void do_overlong(struct block *b)
{
    const struct slice in = buf_slice(&b->item->in);

    if (b->item->lines > 0)
        reject_overlong(b, in, first_number(b->item));
    if (b->transform->o.rejects)
        put(&b->item->side, in);
}

static void reject_by_filter(struct block *b, struct slice line,
                             uint64_t number, const char *reason)
{
    reject(b, &(struct transform_rejection){.line = line,
                                            .number = number,
                                            .error = "Filter error",
                                            .reason = reason});
    keep_rejected(b, line);
}

static struct place place_of(const struct block *b,
                             const struct grammar_line *line)
{
    return (struct place){.index = b->grammar.index,
                          .bytes = b->grammar.block.ptr,
                          .entry = (uint32_t)line->first};
}

/* The words of an error that nothing caught. */
static void describe(struct block *b, struct err *err)
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

static void filter(struct block *b, const struct grammar_line *line,
                   uint64_t number)
{
    const struct place place = place_of(b, line);
    const struct transform_options *o = &b->transform->o;
    struct err err;

    if (b->transform->identity) {
        b->result.ok++;
        note_output(b, number);
        pass_value(b, line);
        return;
    }
    b->current = (struct current){
        .line = line, .number = number, .root = (uint32_t)line->first};
    if (eval_run(&b->space->eval, o->filter, val_of_place(&place, place.entry),
                 take_output, b) == 0) {
        b->result.ok++;
        return;
    }
    describe(b, &err);
    take_back(b);
    reject_by_filter(b, line->bytes, number, err.text);
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
        reject(b, &(struct transform_rejection){.line = line->bytes,
                                                .number = number,
                                                .column = fault.column,
                                                .error = "Invalid JSON",
                                                .reason = fault.reason});
        keep_rejected(b, line->bytes);
        break;
    }
}

static void do_line(struct block *b, struct grammar_line *line, uint64_t number)
{
    const struct slice bytes = line->bytes;
    const bool cr = bytes.len > 0 && bytes.ptr[bytes.len - 1] == '\r';

    if (bytes.len - cr > b->transform->o.max_line) {
        reject_overlong(b, bytes, number);
        keep_rejected(b, bytes);
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
    return b->transform->o.policy != TRANSFORM_FAIL || b->result.rejected == 0;
}

static void do_json(struct block *b)
{
    struct item *item = b->item;
    struct index *index = &b->space->index;
    const struct transform_options *o = &b->transform->o;
    struct grammar_line line;
    uint64_t number = first_number(item);
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
        reject_overlong(b, text, number);
        keep_rejected(b, text);
        return;
    }
    buf_clear(string);
    if (quote_add(string, text) < 0 || buf_add_char(string, '\n') < 0) {
        reject_by_filter(b, text, number, "the line is too large");
        return;
    }
    line.value = slice_of(string->data, string->len - 1);
    index_block(&b->space->string_index, line.value);
    b->grammar = grammar_begin(&b->space->string_index, line.value, 1, false);
    filter(b, &line, number);
}

static void do_text(struct block *b)
{
    const char *at = b->item->in.data, *end = at + b->item->in.len;
    uint64_t number = first_number(b->item);

    while (at < end && goes_on(b)) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline ? newline : end) - at);

        do_text_line(b, slice_of(at, len), number++);
        at += len + 1;
    }
}

/* What the lines of the block may need at most if each is passed or wrapped. */
static size_t reserve_of(const struct block *b)
{
    const struct item *item = b->item;

    if (b->transform->o.policy == TRANSFORM_WRAP)
        return transform_out_bytes(item->in.len, item->lines);
    return item->in.len + 1;
}

/* On a pool thread. */
static void run(struct pool_job *job, size_t thread)
{
    struct block *b = LIST_ITEM(job, struct block, job);
    struct item *item = b->item;

    b->space = &b->transform->spaces[thread];
    if (item->range.file != NULL)
        b->result.read_error = range_read(&item->range, &item->in);
    b->result.bytes = b->item->in.len;
    b->reserve = reserve_of(b);
    if (b->item->overlong)
        do_overlong(b);
    else if (b->transform->o.raw_input)
        do_text(b);
    else if (b->item->in.len > 0)
        do_json(b);
}

static void done(struct pool_job *job)
{
    struct block *b = LIST_ITEM(job, struct block, job);
    const struct transform *t = b->transform;

    range_release(&b->item->range, b->result.read_error != 0);
    item_complete(b->item);
    if (t->o.next.take != NULL)
        t->o.next.take(t->o.next.arg, b->item);
    else
        flow_finish(t->flow, b->item);
}

void transform_take_lines(struct item *item, struct buf *lines)
{
    const struct buf out = item->out;

    item->out.data = lines->data;
    item->out.cap = lines->cap;
    item->out.len = 0;
    lines->data = out.data;
    lines->cap = out.cap;
    lines->len = out.len;
}

/* The lines before this one that were rejected early, in their places. */
static void catch_up(struct block *b, uint64_t number)
{
    struct joint *j = &b->joint;
    const struct early *early = early_of(b);

    if (j->failed)
        return;
    for (; j->early_at < early_count(b); j->early_at++) {
        const struct early *e = &early[j->early_at];

        if (e->number >= number)
            break;
        put(&b->item->out,
            slice_of(j->wraps.data + j->wraps_at, e->wraps_end - j->wraps_at));
        j->wraps_at = e->wraps_end;
        if (e->line.ptr != NULL)
            keep_line(b, e->line);
    }
}

/* The next stage is at this line; whether that one is not rejected yet. */
static bool enter_line(struct block *b, uint64_t number)
{
    struct joint *j = &b->joint;

    if (number == j->number)
        return !j->lost;
    catch_up(b, number);
    j->number = number;
    j->out_at = b->item->out.len;
    /* It may have failed after its first outputs. */
    j->lost = j->early_at < early_count(b) &&
              early_of(b)[j->early_at].number == number;
    if (j->failed && !j->lost) {
        j->lost = true;
        b->result.ok--;
    }
    return !j->lost;
}

/* A line as it came. Asked for in order, so all of a block cost one walk. */
static struct slice source_line(struct block *b, uint64_t number)
{
    const struct slice in = buf_slice(&b->item->in);
    struct joint *j = &b->joint;
    const char *newline;

    for (;;) {
        size_t left = in.len - j->source_at;

        newline = left ? memchr(in.ptr + j->source_at, '\n', left) : NULL;
        if (newline == NULL || j->source_number >= number)
            break;
        j->source_at = (size_t)(newline - in.ptr) + 1;
        j->source_number++;
    }
    return slice_of(in.ptr + j->source_at,
                    newline ? (size_t)(newline - in.ptr) - j->source_at
                            : in.len - j->source_at);
}

void transform_put(struct item *item, uint64_t number, struct slice answer)
{
    struct block *b = item->work;

    if (enter_line(b, number))
        put(&item->out, answer);
}

bool transform_reject(struct item *item, const struct transform_rejection *r)
{
    struct block *b = item->work;
    const struct transform_options *o = &b->transform->o;
    struct transform_rejection full = *r;

    if (!enter_line(b, r->number))
        return !b->joint.failed;
    item->out.len = b->joint.out_at;
    b->joint.lost = true;
    b->joint.failed = o->policy == TRANSFORM_FAIL;
    b->result.ok--;
    b->result.rejected++;
    full.line = source_line(b, r->number);
    if (!r->silent)
        note_fault(b, &full, NULL);
    if (o->policy == TRANSFORM_WRAP)
        wrap(&item->out, &full);
    if (o->rejects)
        keep_line(b, full.line);
    return !b->joint.failed;
}

void transform_finish(struct item *item)
{
    struct block *b = item->work;

    catch_up(b, UINT64_MAX);
    /* What failed in the first stage came later than what failed here. */
    if (b->joint.failed) {
        b->result.rejected = 1;
        if (b->result.fault_count > 1)
            b->result.fault_count = 1;
    }
    flow_finish(b->transform->flow, item);
}

static void start(void *self, struct item *item)
{
    struct transform *t = self;
    struct block *b = item->work;
    struct buf out_lines = b->result.out_lines;
    struct joint joint = {.early = b->joint.early,
                          .wraps = b->joint.wraps,
                          .source_number = item->line};

    buf_clear(&out_lines);
    buf_clear(&joint.early);
    buf_clear(&joint.wraps);
    b->joint = joint;
    b->result =
        (struct transform_block){.faults = b->faults, .out_lines = out_lines};
    b->run = b->run_end = NULL;
    flow_started(t->flow, item);
    pool_submit(t->pool, &b->job);
}

static void on_impatient(void *arg)
{
    struct transform *t = arg;

    atomic_store(&t->stop, true);
}

/* A block is done in a moment, unless its filter runs for ever: what is read is
 * finished and written. */
static void cancel(void *self, bool now)
{
    struct transform *t = self;

    if (now)
        atomic_store(&t->stop, true);
    else if (!t->identity)
        loop_timer_start(t->patience, PATIENCE_MS);
    if (t->o.next.cancel != NULL)
        t->o.next.cancel(t->o.next.arg, now);
}

static void suspend(void *self, bool stopped)
{
    const struct transform *t = self;

    if (t->o.next.suspend != NULL)
        t->o.next.suspend(t->o.next.arg, stopped);
}

static void *make_block(void *self, struct item *item)
{
    struct block *b = mem_alloc(sizeof *b);

    b->transform = self;
    b->item = item;
    b->job = (struct pool_job){.run = run, .done = done};
    buf_init(&b->result.out_lines, SIZE_MAX / 2);
    buf_init(&b->joint.early, SIZE_MAX / 2);
    buf_init(&b->joint.wraps, SIZE_MAX / 2);
    return b;
}

static void free_block(void *work)
{
    struct block *b = work;

    buf_release(&b->result.out_lines);
    buf_release(&b->joint.early);
    buf_release(&b->joint.wraps);
    mem_free(b);
}

struct transform *transform_open(const struct transform_options *options)
{
    struct transform *t = mem_alloc(sizeof *t);

    t->o = *options;
    t->passes = options->canon == 0 && !options->raw_output && !options->joined;
    t->identity = t->passes && options->filter->op == CODE_IDENTITY;
    t->patience = loop_timer_new(options->loop, on_impatient, t);
    index_ready();
    t->pool = pool_open(options->loop, options->threads);
    t->spaces = mem_alloc_array(options->threads, sizeof *t->spaces);
    for (size_t i = 0; i < options->threads; i++) {
        index_init(&t->spaces[i].index);
        index_init(&t->spaces[i].string_index);
        eval_init(&t->spaces[i].eval, options->max_memory);
        t->spaces[i].eval.stop = &t->stop;
        buf_init(&t->spaces[i].string,
                 transform_out_bytes(options->max_line, 1));
    }
    return t;
}

void transform_close(struct transform *t)
{
    if (t == NULL)
        return;
    loop_timer_free(t->patience);
    pool_close(t->pool);
    for (size_t i = 0; i < t->o.threads; i++) {
        index_release(&t->spaces[i].index);
        index_release(&t->spaces[i].string_index);
        eval_release(&t->spaces[i].eval);
        buf_release(&t->spaces[i].string);
    }
    mem_free(t->spaces);
    mem_free(t);
}

struct flow_worker transform_worker(struct transform *t)
{
    return (struct flow_worker){
        .self = t, .start = start, .cancel = cancel, .suspend = suspend};
}

struct flow_work transform_work(struct transform *t)
{
    return (struct flow_work){
        .self = t, .make = make_block, .free = free_block};
}

void transform_attach(struct transform *t, struct flow *flow)
{
    t->flow = flow;
}
