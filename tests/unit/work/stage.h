/* SPDX-License-Identifier: MIT */
/*
 * stage - a run through a next stage of transform, for the tests of those
 *
 * stage_open makes loop, log and spawn; the test opens what it tests with
 * them; stage_run sends the text through it, in blocks of so many lines;
 * stage_close ends what runs, the test closes what it opened, stage_release
 * does the rest. Blocks are named "in"; the counts are of all lines.
 */
#ifndef TESTS_STAGE_H
#define TESTS_STAGE_H

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "flow/flow.h"
#include "io/loop.h"
#include "io/spawn.h"
#include "jq/arena.h"
#include "jq/code.h"
#include "work/transform.h"

enum { STAGE_IN = 1 << 18, STAGE_OUT = 1 << 22, STAGE_FAULTS = 64 };

struct stage {
    /* Set by the test before stage_open. */
    const char *text;
    size_t per_block; /* lines */
    enum transform_policy policy;
    int64_t deadline_ms;

    /* For what is tested. */
    struct loop *loop;
    struct log log;
    struct spawn *spawn;

    /* What came of it. */
    int result;
    struct err err;
    struct buf out;
    struct buf side;
    uint64_t ok, rejected, blank;
    struct transform_fault faults[STAGE_FAULTS];
    size_t fault_count;

    size_t at; /* bytes of the text that are read */
    uint64_t line;
    struct arena program;
    struct transform *transform;
    struct flow *flow;
};

static enum flow_got stage_fill(void *self, struct item *item, struct err *err)
{
    struct stage *s = self;
    const char *newline;

    (void)err;
    if (s->text[s->at] == '\0')
        return FLOW_END;
    item->origin = "in";
    item->line = s->line + 1;
    for (item->lines = 0; item->lines < s->per_block; item->lines++) {
        newline = strchr(s->text + s->at, '\n');
        if (newline == NULL)
            break;
        buf_add(&item->in, s->text + s->at,
                (size_t)(newline - s->text) + 1 - s->at);
        s->at = (size_t)(newline - s->text) + 1;
    }
    s->line += item->lines;
    return FLOW_FILLED;
}

static void stage_finish(void *self, struct item *item,
                         struct flow_tally *tally)
{
    struct stage *s = self;
    const struct transform_block *b = item->work;

    buf_add_slice(&s->out, buf_slice(&item->out));
    buf_add_slice(&s->side, buf_slice(&item->side));
    buf_clear(&item->out);
    buf_clear(&item->side);
    s->ok += b->ok;
    s->rejected += b->rejected;
    s->blank += b->blank;
    tally->completed += b->ok;
    tally->failed += b->rejected;
    for (size_t i = 0; i < b->fault_count; i++) {
        ck_assert_uint_lt(s->fault_count, STAGE_FAULTS);
        s->faults[s->fault_count++] = b->faults[i];
    }
}

static void stage_open(struct stage *s)
{
    struct err err;

    signal(SIGPIPE, SIG_IGN); /* as main does */
    s->loop = loop_open();
    log_init(&s->log, STDERR_FILENO, LOG_QUIET);
    s->spawn = spawn_open(s->loop, &err);
    ck_assert_ptr_nonnull(s->spawn);
    buf_init(&s->out, STAGE_OUT);
    buf_init(&s->side, STAGE_OUT);
}

static struct flow_source stage_source(struct stage *s)
{
    return (struct flow_source){.self = s, .fill = stage_fill};
}

/* `attach` is called with `arg` and the flow, before that runs. */
static void stage_run(struct stage *s, struct transform_next next,
                      struct flow_source source,
                      void (*attach)(void *arg, struct flow *flow), void *arg)
{
    const struct code *filter;
    size_t column;

    arena_init(&s->program, SIZE_MAX);
    filter =
        code_compile(&s->program, slice_text("."), NULL, 0, &column, &s->err);
    s->transform =
        transform_open(&(struct transform_options){.loop = s->loop,
                                                   .filter = filter,
                                                   .max_memory = 1 << 20,
                                                   .policy = s->policy,
                                                   .threads = 1,
                                                   .max_line = STAGE_IN,
                                                   .max_depth = 1024,
                                                   .rejects = true,
                                                   .next = next});
    s->flow = flow_open(&(struct flow_options){
        .loop = s->loop,
        .log = &s->log,
        .source = source,
        .worker = transform_worker(s->transform),
        .work = transform_work(s->transform),
        .report = {.self = s, .finish = stage_finish},
        .limits = {.in = STAGE_IN,
                   .out = transform_out_bytes(STAGE_IN, SIZE_MAX) + STAGE_OUT,
                   .side = STAGE_OUT},
        .items = 8,
        .ordered = true,
        .deadline_ms = s->deadline_ms,
        .out = STDOUT_FILENO,
        .max_errors = UINT64_MAX});
    transform_attach(s->transform, s->flow);
    attach(arg, s->flow);
    s->err = (struct err){0};
    s->result = flow_run(s->flow, &s->err);
}

static void stage_close(struct stage *s)
{
    spawn_close(s->spawn);
    transform_close(s->transform);
    flow_close(s->flow);
}

/* What the run gave is good until here. */
static void stage_release(struct stage *s)
{
    arena_release(&s->program);
    loop_close(s->loop);
    log_release(&s->log);
    buf_release(&s->out);
    buf_release(&s->side);
}

static void stage_check_out(const struct stage *s, const char *want)
{
    ck_assert_msg(slice_is(buf_slice(&s->out), want), "%.*s", (int)s->out.len,
                  s->out.data ? s->out.data : "");
}

static void stage_check_counts(const struct stage *s, uint64_t ok,
                               uint64_t rejected, uint64_t blank)
{
    ck_assert_uint_eq(s->ok, ok);
    ck_assert_uint_eq(s->rejected, rejected);
    ck_assert_uint_eq(s->blank, blank);
}

static void stage_check_fault(const struct stage *s, size_t i, uint64_t line,
                              const char *reason)
{
    ck_assert_uint_gt(s->fault_count, i);
    ck_assert_str_eq(s->faults[i].reason, reason);
    ck_assert_uint_eq(s->faults[i].line, line);
}

/* The run ended as it should, though lines may have been rejected. */
static void stage_check_whole(const struct stage *s)
{
    ck_assert_int_eq(s->result, s->rejected > 0 ? -1 : 0);
    if (s->rejected > 0) {
        ck_assert_int_eq(s->err.kind, ERR_UNITS);
        ck_assert_str_eq(s->err.text, "");
    }
}

#endif
