/* SPDX-License-Identifier: MIT */
/*
 * What a process wrote is used as a whole, once its status says that it is
 * whole. Text whose last line has no newline gets one, or it would run into
 * what comes behind it: the `1` of one block and the `2` of the next would be
 * read as 12. Bytes that are no text, as of `--pipe gzip`, are left as they
 * are: one more would damage them.
 */
#include "work/pipe.h"

#include <assert.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "io/loop.h"
#include "work/coprocess.h"

enum {
    KEEP = 1 << 20, /* bytes of a buffer that an idle slot keeps */
    REASON = 160,   /* as in struct transform_fault */
};

/* Why a process is at its end. */
enum ending {
    ENDING_OWN,  /* by itself */
    ENDING_LATE, /* nothing moved */
    ENDING_FULL, /* too much output */
};

/* A process and its block. */
struct slot {
    struct pipe *pipe;
    struct coprocess process;
    enum ending ending;
    bool silent; /* it closed its output, and stays */
    struct loop_timer *timer;
    int64_t since_ms;  /* nothing was read or written since */
    struct item *item; /* NULL: idle */
    struct buf lines;  /* of the item */
};

struct pipe {
    struct pipe_options o;
    struct coprocess_plan plan;
    struct flow *flow;
    struct slot *slots;
    struct list waiting; /* items, in order */
    bool fruitful;       /* any process ended well */
    bool stopping;
};

/* All lines of the block; silently if nobody has to be told. */
static void reject_all(struct item *item, const char *reason, bool silent)
{
    const struct transform_block *b = item->work;
    const uint64_t *numbers = (const uint64_t *)(const void *)b->out_lines.data;

    for (size_t i = 0; i < b->out_lines.len / sizeof *numbers; i++)
        transform_reject(item,
                         &(struct transform_rejection){.number = numbers[i],
                                                       .error = "Pipe error",
                                                       .reason = reason,
                                                       .silent = silent});
}

static void drop_lines(struct slot *s)
{
    buf_clear(&s->lines);
    buf_shrink(&s->lines, KEEP);
}

static void finish(struct slot *s)
{
    struct item *item = s->item;

    loop_timer_stop(s->timer);
    drop_lines(s);
    buf_clear(&s->process.out);
    buf_shrink(&s->process.out, KEEP);
    s->item = NULL;
    transform_finish(item);
}

static void kill_process(struct slot *s, enum ending why)
{
    s->ending = why;
    s->silent = s->process.out_ended;
    loop_timer_stop(s->timer);
    coprocess_kill(&s->process);
}

static void on_progress(void *arg)
{
    struct slot *s = arg;

    s->since_ms = clock_now_ms();
    /* One huge line should not be there three times: here, as it came in, and
     * as it comes out. */
    if (s->process.in_ended)
        drop_lines(s);
    if (s->process.out.len > s->pipe->o.max_output)
        kill_process(s, ENDING_FULL);
}

static void on_timer(void *arg)
{
    struct slot *s = arg;
    const int64_t timeout_ms = s->pipe->o.timeout_ms;
    const size_t read = s->process.out.len;

    /* What has come meanwhile counts: we may be the one who was late. */
    coprocess_read(&s->process);
    if (s->process.out.len > read)
        on_progress(s);
    if (s->ending != ENDING_OWN)
        return;
    /* One that could not be started yet is not slow. */
    if (!s->process.running)
        s->since_ms = clock_now_ms();
    if (clock_now_ms() - s->since_ms >= timeout_ms)
        kill_process(s, ENDING_LATE);
    else
        loop_timer_start(s->timer, timeout_ms - (clock_now_ms() - s->since_ms));
}

static void explain(const struct slot *s, char *text, size_t size)
{
    const struct pipe_options *o = &s->pipe->o;
    const double timeout_s = (double)o->timeout_ms / 1000.0;
    char how[100];

    switch (s->ending) {
    case ENDING_OWN: coprocess_describe(&s->process, how, sizeof how); break;
    case ENDING_LATE:
        snprintf(how, sizeof how,
                 s->silent ? "did not end within %.6g s of its last output"
                           : "nothing read or written within %.6g s",
                 timeout_s);
        break;
    case ENDING_FULL:
        snprintf(how, sizeof how,
                 "more than %zu bytes of output for a block (--max-output)",
                 o->max_output);
        break;
    }
    snprintf(text, size, "pipe: '%.40s': %s", o->command, how);
}

/* UTF-8 with no control characters but white space. */
static bool is_text(struct slice bytes)
{
    size_t i = 0;

    while (i < bytes.len) {
        const unsigned char c = (unsigned char)bytes.ptr[i];
        const size_t step = utf8_step(bytes.ptr + i, bytes.len - i, NULL);

        if (step == 0 || c == 0x7F || (c < ' ' && (c < '\t' || c > '\r')))
            return false;
        i += step;
    }
    return true;
}

/* The output takes the place of the block. */
static void put_output(struct slot *s)
{
    const struct slice out = buf_slice(&s->process.out);

    transform_put(s->item, 0, out);
    if (out.len > 0 && out.ptr[out.len - 1] != '\n' && !s->pipe->o.joined &&
        is_text(out))
        transform_put(s->item, 0, slice_of("\n", 1));
}

static void fail_not_found(const struct slot *s)
{
    struct err err;

    err_set(&err, ERR_USAGE,
            "pipe: '%.60s': sh cannot find or run it (exit status %d)",
            s->pipe->o.command, s->process.how.code);
    flow_fail(s->pipe->flow, &err);
}

static void on_end(void *arg)
{
    struct slot *s = arg;
    struct pipe *p = s->pipe;
    const struct spawn_exit *how = &s->process.how;
    char reason[REASON];

    if (s->item == NULL)
        return; /* it was given up */
    if (s->process.out.len > p->o.max_output)
        s->ending = ENDING_FULL;
    if (s->ending == ENDING_OWN && how->signal == 0 && how->code == 0) {
        p->fruitful = true;
        put_output(s);
        finish(s);
        return;
    }
    if (s->ending == ENDING_OWN && !p->fruitful &&
        coprocess_not_found(&s->process)) {
        fail_not_found(s);
        return;
    }
    explain(s, reason, sizeof reason);
    reject_all(s->item, reason, false);
    finish(s);
}

static void on_fail(void *arg, const struct err *err)
{
    const struct slot *s = arg;
    struct err failed = *err;

    err_wrap(&failed, "pipe");
    flow_fail(s->pipe->flow, &failed);
}

static struct slot *find_idle(struct pipe *p)
{
    for (size_t i = 0; i < p->o.jobs; i++) {
        if (p->slots[i].item == NULL && !p->slots[i].process.running)
            return &p->slots[i];
    }
    return NULL;
}

static void begin(struct slot *s, struct item *item)
{
    s->item = item;
    s->ending = ENDING_OWN;
    s->since_ms = clock_now_ms();
    transform_take_lines(item, &s->lines);
    coprocess_feed(&s->process, buf_slice(&s->lines), true);
    coprocess_start(&s->process);
    if (s->pipe->o.timeout_ms > 0)
        loop_timer_start(s->timer, s->pipe->o.timeout_ms);
}

/* Before each wait. */
static void begin_more(void *arg)
{
    struct pipe *p = arg;
    struct slot *s;

    while (!p->stopping && !list_empty(&p->waiting) &&
           (s = find_idle(p)) != NULL)
        begin(s, LIST_ITEM(list_pop(&p->waiting), struct item, link));
}

/* Counted, but not named: who stops a run knows that it is not complete. */
static void give_up(struct item *item)
{
    struct buf lines = {.max = SIZE_MAX / 2};

    transform_take_lines(item, &lines);
    buf_release(&lines);
    reject_all(item, "pipe: cancelled", true);
    transform_finish(item);
}

static void take(void *arg, struct item *item)
{
    struct pipe *p = arg;
    const struct transform_block *b = item->work;

    if (b->out_lines.len == 0)
        transform_finish(item);
    else if (p->stopping)
        give_up(item);
    else
        list_push(&p->waiting, &item->link);
}

static void cancel(void *arg, bool now)
{
    struct pipe *p = arg;
    struct list *link;

    (void)now;
    p->stopping = true;
    for (size_t i = 0; i < p->o.jobs; i++) {
        struct slot *s = &p->slots[i];

        coprocess_kill(&s->process);
        if (s->item == NULL)
            continue;
        reject_all(s->item, "pipe: cancelled", true);
        finish(s);
    }
    while ((link = list_pop(&p->waiting)) != NULL)
        give_up(LIST_ITEM(link, struct item, link));
}

static void suspend(void *arg, bool stopped)
{
    struct pipe *p = arg;

    for (size_t i = 0; i < p->o.jobs; i++) {
        coprocess_suspend(&p->slots[i].process, stopped);
        p->slots[i].since_ms = clock_now_ms();
    }
}

struct pipe *pipe_open(const struct pipe_options *options)
{
    struct pipe *p = mem_alloc(sizeof *p);

    p->o = *options;
    p->plan = (struct coprocess_plan){.loop = options->loop,
                                      .log = options->log,
                                      .spawn = options->spawn,
                                      .name = "pipe",
                                      .command = options->command,
                                      .environment = options->environment};
    list_init(&p->waiting);
    p->slots = mem_alloc_array(options->jobs, sizeof *p->slots);
    for (size_t i = 0; i < options->jobs; i++) {
        struct slot *s = &p->slots[i];

        s->pipe = p;
        s->timer = loop_timer_new(options->loop, on_timer, s);
        buf_init(&s->lines, SIZE_MAX / 2);
        coprocess_init(&s->process, &p->plan,
                       &(struct coprocess_calls){.arg = s,
                                                 .on_progress = on_progress,
                                                 .on_end = on_end,
                                                 .on_fail = on_fail},
                       (unsigned)i + 1, options->max_output + 1);
    }
    return p;
}

void pipe_close(struct pipe *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->o.jobs; i++) {
        coprocess_release(&p->slots[i].process);
        loop_timer_free(p->slots[i].timer);
        buf_release(&p->slots[i].lines);
    }
    mem_free(p->slots);
    mem_free(p);
}

struct transform_next pipe_next(struct pipe *p)
{
    return (struct transform_next){
        .arg = p, .take = take, .cancel = cancel, .suspend = suspend};
}

void pipe_attach(struct pipe *p, struct flow *flow)
{
    p->flow = flow;
    loop_before_wait(p->o.loop, begin_more, p);
}
