/* SPDX-License-Identifier: MIT */
/*
 * A program that reads its input by itself: `input`, `inputs`, or run on null.
 *
 * It is one evaluation for all of the input, or for several lines of it, so it
 * has a thread to itself, which waits where it wants more. What it gives goes
 * into the item that it has in hand; when it is at the end of that one's lines,
 * or has filled its output, it hands the item back and asks for another, with
 * lines or without. The loop then gives it the next that the flow has: there is
 * never more than one request, so the items come back in their order, and
 * nothing is read that is not asked for.
 */
#include "work/transform.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "work/transform_core.h"
#include "json/scan.h"

/* With so much output an item is handed back. */
enum { OUT_ENOUGH = 256 << 10 };

enum want { WANT_NOTHING, WANT_ROOM, WANT_LINES };

struct solo {
    struct transform *t;
    struct pool_inbox *inbox;
    struct pool_job program; /* runs as long as the program does */
    struct pool_job request; /* for an item */
    enum want asked;         /* with it */

    /* The loop's thread. */
    struct flow_source inner; /* of the lines */
    enum want want;
    bool over;          /* the program is */
    bool at_end;        /* of the lines; the program's thread reads it, too */
    enum flow_got last; /* and how they ended */
    struct err err;

    /* The program's thread. */
    struct block *b;  /* in hand, or NULL */
    struct buf lines; /* taken from an item */
    size_t at;
    const char *origin; /* of the lines */
    uint64_t number;    /* of the line before `at` */
    bool ended;         /* there is no line any more */
    bool stopped;       /* nothing more is to be done */
    struct eval store;  /* of the line that the program is run on */
    struct buf main;    /* that line */
    struct err failed;  /* why an output could not be taken */
};

/* Items */

static void hand_back(struct solo *s)
{
    struct block *b = s->b;

    s->b = NULL;
    s->t->spaces[0].eval.world.said = NULL;
    if (b != NULL)
        pool_return(s->t->pool, &b->job);
}

/* The item in hand for another one; false if there is none any more. */
static bool change(struct solo *s, enum want want)
{
    struct pool_job *job;

    hand_back(s);
    s->asked = want;
    pool_return(s->t->pool, &s->request);
    job = pool_inbox_take(s->inbox);
    if (job == NULL) {
        s->stopped = true;
        return false;
    }
    s->b = LIST_ITEM(job, struct block, job);
    s->b->current = (struct current){0};
    s->b->space = &s->t->spaces[0];
    s->b->space->eval.world.said = &s->b->result.said;
    return true;
}

static bool get_room(struct solo *s)
{
    if (!change(s, WANT_ROOM))
        return false;
    s->b->item->origin = s->origin;
    s->b->item->line = s->number;
    s->b->reserve =
        transform_reserve(s->t, s->lines.len - s->at, s->lines.len - s->at);
    return true;
}

static bool get_lines(struct solo *s)
{
    struct item *item;

    s->lines.len = s->at = 0;
    if (!change(s, WANT_LINES))
        return false;
    item = s->b->item;
    if (s->at_end) {
        s->ended = true;
        item->origin = s->origin;
        item->line = s->number;
        return true;
    }
    s->b->reserve = transform_reserve(s->t, item->in.len, item->lines);
    s->origin = item->origin;
    s->number = item->line - 1;
    if (item->overlong) {
        s->b->result.bytes = item->in.len;
        transform_do_overlong(s->b);
    } else {
        transform_take_bytes(&item->in, &s->lines);
    }
    return true;
}

/* Lines */

static void reject_line(struct solo *s, struct slice line,
                        const struct scan_fault *fault)
{
    transform_reject_line(
        s->b, &(struct transform_rejection){.line = line,
                                            .number = s->number,
                                            .column = fault->column,
                                            .error = "Invalid JSON",
                                            .reason = fault->reason});
    transform_keep_rejected(s->b, line);
}

/* 1, 0: the line has no value, or -1: it unwinds. */
static int line_value(struct solo *s, struct eval *e, struct slice line,
                      struct val *out)
{
    const struct transform_options *o = &s->t->o;
    const bool cr =
        !o->raw_input && line.len > 0 && line.ptr[line.len - 1] == '\r';
    struct scan_fault fault;
    int got;

    if (line.len - cr > o->max_line) {
        transform_reject_overlong(s->b, line, s->number);
        transform_keep_rejected(s->b, line);
        return 0;
    }
    if (o->raw_input)
        return eval_from_text(e, line, out);
    got = eval_from_line(e, line, o->max_depth, out, &fault);
    if (got == 0)
        s->b->result.blank++;
    if (got >= 0 || fault.reason == NULL)
        return got;
    reject_line(s, line, &fault);
    return 0;
}

/* The bytes of the next line. */
static struct slice cut_line(struct solo *s, struct block *b)
{
    const char *begin = s->lines.data + s->at;
    const size_t left = s->lines.len - s->at;
    const char *newline = memchr(begin, '\n', left);
    const size_t len = newline ? (size_t)(newline - begin) : left;

    s->at += len + (newline != NULL);
    b->result.bytes += len + (newline != NULL);
    s->number++;
    b->space->eval.world.file = slice_text(s->origin);
    b->space->eval.world.line = s->number;
    return slice_of(begin, len);
}

/* --on-error fail */
static bool has_failed(const struct solo *s, const struct block *b)
{
    return s->t->o.policy == TRANSFORM_FAIL && b->result.rejected > 0;
}

/* The next line that has a value, into the memory of `e`: 1 and the line, 0:
 * there is none, -1: it unwinds. */
static int next_line(struct solo *s, struct eval *e, struct val *out,
                     struct slice *line)
{
    int got = 0;

    while (got == 0) {
        if (s->b == NULL || has_failed(s, s->b))
            s->stopped = true;
        if (s->stopped)
            return eval_stop(e);
        if (s->at < s->lines.len) {
            *line = cut_line(s, s->b);
            got = line_value(s, e, *line, out);
        } else if (s->ended) {
            return 0;
        } else if (!get_lines(s)) {
            return eval_stop(e);
        }
    }
    return got;
}

/* input, inputs: that there is a value is all that is asked of its line. */
static int next_input(void *arg, struct eval *e, struct val *out)
{
    struct solo *s = arg;
    struct slice line = {NULL, 0};
    int got = next_line(s, e, out, &line);

    if (got == 1)
        s->b->result.ok++;
    return got;
}

/* The program */

static int take_output(void *arg, struct at at)
{
    struct solo *s = arg;

    if (s->b == NULL || (s->b->item->out.len > OUT_ENOUGH && !get_room(s)))
        return eval_stop(&s->t->spaces[0].eval);
    if (transform_emit(s->b, at.v, &s->b->current.err) < 0)
        return -1;
    s->b->result.last = val_truth(at.v) ? TRANSFORM_TRUE : TRANSFORM_FALSE;
    return 0;
}

/* True if it came to its end; else `err`, unless it is stopped. */
static bool run_on(struct solo *s, struct val v, struct err *err)
{
    struct eval *e = &s->t->spaces[0].eval;

    s->b->current.err.kind = ERR_NONE;
    if (eval_run(e, s->t->o.filter, v, take_output, s) == 0)
        return true;
    if (e->unwind == EVAL_HALT) {
        s->b->result.halted = true;
        s->b->result.halt_status = e->world.status;
        s->stopped = true;
        return true;
    }
    if (s->stopped || s->b == NULL)
        return false;
    transform_describe(s->b, err);
    return false;
}

static void run_once(struct solo *s)
{
    struct err *err = &s->failed;

    if (run_on(s, val_null(), err) || s->stopped)
        return;
    if (s->origin != NULL)
        err_wrap(err, "%s:%llu", s->origin, (unsigned long long)s->number);
    s->b->result.failed = err;
}

/* A line on which it fails is rejected; what came of it before stays, since it
 * may be written. */
static void run_on_each(struct solo *s)
{
    struct slice line = {NULL, 0};
    struct val v = val_null();

    for (;;) {
        uint64_t number;
        struct err err;

        eval_clear(&s->store);
        if (next_line(s, &s->store, &v, &line) != 1)
            return;
        number = s->number;
        buf_clear(&s->main); /* the lines behind it may take its place */
        if (s->t->o.rejects || s->t->o.policy == TRANSFORM_WRAP)
            buf_add_slice(&s->main, line);
        if (run_on(s, v, &err)) {
            s->b->result.ok++;
            if (s->stopped)
                return;
        } else if (s->stopped) {
            return;
        } else {
            transform_reject_by_filter(s->b, buf_slice(&s->main), number,
                                       err.text);
        }
    }
}

static void run(struct pool_job *job, size_t thread)
{
    struct solo *s = LIST_ITEM(job, struct solo, program);

    (void)thread;
    s->t->spaces[0].eval.world =
        (struct eval_world){.next = next_input, .arg = s};
    if (!get_room(s))
        return;
    if (s->t->o.null_input)
        run_once(s);
    else
        run_on_each(s);
    hand_back(s);
}

/* The loop's thread */

static void on_over(struct pool_job *job)
{
    LIST_ITEM(job, struct solo, program)->over = true;
}

static void on_request(struct pool_job *job)
{
    struct solo *s = LIST_ITEM(job, struct solo, request);

    s->want = s->asked;
}

static enum flow_got fill(void *self, struct item *item, struct err *err)
{
    struct solo *s = self;
    enum flow_got got;

    if (s->over && s->last != FLOW_FAULT)
        return FLOW_END;
    if (s->over) {
        *err = s->err;
        return FLOW_FAULT;
    }
    if (s->want == WANT_NOTHING)
        return FLOW_LATER;
    if (s->want == WANT_LINES && !s->at_end) {
        got = s->inner.fill(s->inner.self, item, &s->err);
        if (got == FLOW_LATER)
            return got;
        s->at_end = got != FLOW_FILLED;
        s->last = got;
    }
    s->want = WANT_NOTHING;
    return FLOW_FILLED;
}

static void stop(void *self)
{
    struct solo *s = self;

    if (s->inner.stop != NULL)
        s->inner.stop(s->inner.self);
}

struct flow_source transform_source(struct transform *t,
                                    struct flow_source lines)
{
    if (t->solo == NULL)
        return lines;
    t->solo->inner = lines;
    return (struct flow_source){.self = t->solo, .fill = fill, .stop = stop};
}

bool transform_left_lines(const struct transform *t)
{
    return t->solo != NULL && !t->solo->at_end;
}

bool transform_solo_give(struct solo *s, struct block *b)
{
    return pool_inbox_put(s->inbox, &b->job);
}

void transform_solo_stop(struct solo *s)
{
    pool_inbox_close(s->inbox);
}

struct solo *transform_solo_new(struct transform *t)
{
    struct solo *s = mem_alloc(sizeof *s);

    s->t = t;
    s->inbox = pool_inbox_new(t->pool);
    s->program = (struct pool_job){.run = run, .done = on_over};
    s->request = (struct pool_job){.done = on_request};
    eval_init(&s->store, t->o.max_memory);
    buf_init(&s->lines, SIZE_MAX / 2);
    buf_init(&s->main, SIZE_MAX / 2);
    return s;
}

void transform_solo_start(struct solo *s)
{
    pool_submit(s->t->pool, &s->program);
}

void transform_solo_free(struct solo *s)
{
    if (s == NULL)
        return;
    pool_inbox_free(s->inbox);
    eval_release(&s->store);
    buf_release(&s->lines);
    buf_release(&s->main);
    mem_free(s);
}
