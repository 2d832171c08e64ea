/* SPDX-License-Identifier: MIT */
/*
 * All lines of a block are written to a process as fast as it reads, and its
 * answers are counted off against them. They stay aside until the block ends
 * or the process does: only then is it known whether it answered exactly what
 * it was asked.
 *
 *     idle -> begin -> [ended, was killed: settle, go on with another]
 *          -> all is answered -> quiet -> finish
 *
 * Behind the last answer of a block the process is watched for a moment, as
 * long as its slowest answer took: if more comes, all its answers to the block
 * are suspect and their lines are rejected. What comes still later, up to the
 * end of the process, cannot be made good any more: the run ends with status 1.
 */
#include "work/exec.h"

#include <signal.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/loop.h"
#include "work/coprocess.h"
#include "work/exec_block.h"
#include "work/exec_fault.h"

enum {
    BARREN_MAX = 3,   /* ends in a row without an answer, in one slot */
    QUIET_MIN_MS = 1, /* how long a process is watched behind a block */
    QUIET_MAX_MS = 100,
    LINGER_MS = 100,      /* from the end of a pipe to that of the process, */
    LINGER_MIN_MS = 3,    /* less where it is known that they stay */
    KEEP = 1 << 20,       /* bytes of a buffer that an idle slot keeps */
    READ_SLACK = 1 << 17, /* what may be read beyond all limits */
    REASON = 120,         /* as in struct transform_fault */
};

/* A process and the block it works on. */
struct slot {
    struct exec *exec;
    struct coprocess process;
    struct exec_block block; /* without an item: idle */
    bool fruitful;           /* the process gave answers that were taken */
    unsigned barren;         /* ends in a row of such that did not */
    enum exec_ending ending;
    struct loop_timer *timer; /* for an answer; when shut or quiet, for that */
    bool shut;                /* a pipe has ended: the process should, too */
    bool quiet;               /* all is answered: will there be more? */
    int64_t since_ms;         /* an answer is due since */
    int64_t slowest_ms;       /* answer to this block */
};

struct exec {
    struct exec_options o;
    struct coprocess_plan plan;
    struct flow *flow;
    struct slot *slots;
    struct list waiting; /* items, in order */
    bool fruitful;       /* any process was */
    int64_t linger_ms;
    bool stopping;
    struct flow_source source; /* where the blocks come from */
    size_t blocks;             /* of those, not finished yet */
    bool ended;                /* there are no more */
    enum flow_got got;         /* what is said of that, */
    struct err failure;        /* with FLOW_FAULT, when */
    bool closing;              /* the processes have ended, too */
};

static struct exec_fault fault_of(const struct slot *s)
{
    return (struct exec_fault){.options = &s->exec->o,
                               .process = &s->process,
                               .ending = s->ending,
                               .fruitful = s->fruitful};
}

static void kill_process(struct slot *s, enum exec_ending why)
{
    s->ending = why;
    loop_timer_stop(s->timer);
    coprocess_kill(&s->process);
}

static void take_answers(struct slot *s)
{
    const size_t due = s->block.due;
    const enum exec_ending ending =
        exec_block_take(&s->block, &s->process.out, s->process.written);
    int64_t now;

    if (ending != EXEC_OWN)
        kill_process(s, ending);
    if (s->block.due == due)
        return;
    now = clock_now_ms();
    if (now - s->since_ms > s->slowest_ms)
        s->slowest_ms = now - s->since_ms;
    s->since_ms = now;
}

static void settle(struct slot *s)
{
    if (exec_block_settle(&s->block, &s->process.out, s->ending))
        s->fruitful = s->exec->fruitful = true;
}

static void give_back(struct exec *x, struct item *item)
{
    x->blocks--;
    transform_finish(item);
}

/* Every line is answered or rejected. */
static void finish(struct slot *s)
{
    loop_timer_stop(s->timer);
    settle(s);
    buf_shrink(&s->process.out, KEEP);
    /* One that closed a pipe is of no use any more. */
    if (s->process.in_ended || s->process.out_ended)
        kill_process(s, EXEC_SHUT);
    give_back(s->exec, exec_block_end(&s->block));
}

/* When a pipe has ended, no more can be answered; mostly the process has ended
 * too, and its status is on its way. */
static void check_shut(struct slot *s)
{
    const struct coprocess *c = &s->process;

    if (s->shut || !c->running)
        return;
    s->shut = c->out_ended ||
              (c->in_ended && !exec_block_asked(&s->block, c->written));
    if (s->shut)
        loop_timer_start(s->timer, s->exec->linger_ms);
}

static void watch(struct slot *s)
{
    int64_t ms = s->slowest_ms;

    if (ms < QUIET_MIN_MS)
        ms = QUIET_MIN_MS;
    if (ms > QUIET_MAX_MS)
        ms = QUIET_MAX_MS;
    s->quiet = true;
    loop_timer_start(s->timer, ms);
}

/* Something is wrong that no line can be blamed for. */
static void fail(struct exec *x, const struct err *err)
{
    if (!x->closing) {
        flow_fail(x->flow, err);
    } else if (x->got == FLOW_END) {
        x->got = FLOW_FAULT;
        x->failure = *err;
    }
}

/* A line beyond all answers, where the block is gone. */
static void fail_late(struct slot *s)
{
    const struct exec_fault f = fault_of(s);
    struct err err;

    kill_process(s, EXEC_LIE);
    exec_fault_too_late(&f, &s->block, &err);
    fail(s->exec, &err);
}

static void on_progress(void *arg)
{
    struct slot *s = arg;

    if (s->block.item == NULL) {
        if (s->process.out.len > 0)
            fail_late(s);
        else if (s->process.out_ended && !s->exec->closing)
            kill_process(s, EXEC_SHUT);
        return;
    }
    take_answers(s);
    if (s->ending != EXEC_OWN)
        return;
    if (!exec_block_done(&s->block))
        check_shut(s);
    else if (!s->quiet)
        watch(s);
}

static void check_time(struct slot *s)
{
    const int64_t now = clock_now_ms();

    /* One that could not be started yet is not slow. */
    if (!s->process.running)
        s->since_ms = now;
    if (now - s->since_ms >= s->exec->o.timeout_ms)
        kill_process(s, EXEC_LATE);
    else
        loop_timer_start(s->timer, s->exec->o.timeout_ms - (now - s->since_ms));
}

/* The run is over, and the process stays. */
static void fail_to_end(struct slot *s)
{
    const struct exec_fault f = fault_of(s);
    struct err err;

    kill_process(s, EXEC_LATE);
    exec_fault_no_end(&f, &err);
    fail(s->exec, &err);
}

static void on_timer(void *arg)
{
    struct slot *s = arg;
    const bool quiet = s->quiet, shut = s->shut;

    /* What has come meanwhile counts: we may be the one who was late. */
    coprocess_read(&s->process);
    on_progress(s);
    if (s->ending != EXEC_OWN)
        return;
    if (s->block.item == NULL)
        fail_to_end(s);
    else if (quiet)
        finish(s);
    else if (shut)
        kill_process(s, EXEC_SHUT);
    else if (!s->quiet && !s->shut)
        check_time(s);
}

static void feed(struct slot *s)
{
    struct coprocess *c = &s->process;

    s->ending = EXEC_OWN;
    s->shut = s->quiet = false;
    s->since_ms = clock_now_ms();
    if (s->exec->o.timeout_ms > 0)
        loop_timer_start(s->timer, s->exec->o.timeout_ms);
    coprocess_feed(c, exec_block_rest(&s->block), false);
    if (!c->running) {
        s->fruitful = false;
        coprocess_start(c);
    }
    check_shut(s);
}

/* One that was killed since it had shut a pipe may have been about to end by
 * itself: then its own status tells more. If it stayed indeed, others of this
 * command will stay too, and are not worth waiting for. */
static void note_shut(struct slot *s)
{
    struct exec *x = s->exec;

    if (s->ending != EXEC_SHUT)
        return;
    if (s->process.how.signal != SIGKILL)
        s->ending = EXEC_OWN;
    else if (x->linger_ms > LINGER_MIN_MS)
        x->linger_ms /= 2;
}

/* Too many in a row that answered nothing: that is not the lines' fault. */
static void fail_barren(const struct slot *s, const char *reason)
{
    const struct exec_fault f = fault_of(s);
    struct err err;

    exec_fault_barren(&f, BARREN_MAX, reason, &err);
    flow_fail(s->exec->flow, &err);
}

static void fail_not_found(const struct slot *s)
{
    const struct exec_fault f = fault_of(s);
    struct err err;

    exec_fault_not_found(&f, &err);
    flow_fail(s->exec->flow, &err);
}

/* What is left of the block goes to another process. */
static void go_on(struct slot *s, const char *reason)
{
    s->barren = s->fruitful ? 0 : s->barren + 1;
    if (s->barren == BARREN_MAX)
        fail_barren(s, reason);
    else if (!exec_block_done(&s->block))
        feed(s);
    else
        finish(s);
}

/* The process has ended within a block. */
static void replace(struct slot *s)
{
    struct exec_fault f;
    char reason[REASON];
    bool lost;

    note_shut(s);
    lost = exec_block_due_lost(&s->block, s->process.written, s->ending);
    settle(s);
    f = fault_of(s);
    exec_fault_explain(&f, reason, sizeof reason);
    if (s->ending == EXEC_OWN && !s->exec->fruitful &&
        coprocess_not_found(&s->process)) {
        fail_not_found(s);
        return;
    }
    if (lost)
        exec_block_reject_due(&s->block, reason);
    if (s->ending == EXEC_FULL || s->block.given_up)
        exec_block_reject_rest(&s->block, reason);
    go_on(s, reason);
}

/* A process without a block has ended: in its time, or once more is wanted
 * another takes its place. */
static void note_end(struct slot *s)
{
    const struct exec *x = s->exec;
    const struct coprocess *c = &s->process;
    const struct exec_fault f = fault_of(s);
    struct err err;

    if (s->ending == EXEC_OWN && c->out.len > 0)
        fail_late(s);
    if (!x->closing || s->ending != EXEC_OWN ||
        (c->how.signal == 0 && c->how.code == 0))
        return;
    exec_fault_bad_end(&f, &err);
    fail(s->exec, &err);
}

static void on_end(void *arg)
{
    struct slot *s = arg;

    loop_timer_stop(s->timer);
    if (s->exec->stopping)
        return;
    if (s->block.item == NULL) {
        note_end(s);
        s->ending = EXEC_OWN;
        return;
    }
    if (s->ending == EXEC_OWN)
        take_answers(s);
    if (s->ending == EXEC_OWN && exec_block_done(&s->block))
        finish(s);
    else
        replace(s);
}

static void on_fail(void *arg, const struct err *err)
{
    struct slot *s = arg;
    struct err failed = *err;

    err_wrap(&failed, "exec");
    fail(s->exec, &failed);
}

/* A slot that can take a block: if possible one whose process is there. */
static struct slot *find_idle(struct exec *x)
{
    struct slot *best = NULL;

    for (size_t i = 0; i < x->o.jobs; i++) {
        struct slot *s = &x->slots[i];
        const struct coprocess *c = &s->process;

        if (s->block.item != NULL || (c->running && c->out_fd < 0))
            continue; /* busy, or killed and not gone yet */
        if (c->running)
            return s;
        if (best == NULL)
            best = s;
    }
    return best;
}

static void begin(struct slot *s, struct item *item)
{
    exec_block_begin(&s->block, item);
    s->slowest_ms = 0;
    feed(s);
}

/* Before each wait. */
static void begin_more(void *arg)
{
    struct exec *x = arg;

    while (!x->stopping && !list_empty(&x->waiting)) {
        struct slot *s = find_idle(x);

        if (s == NULL)
            return;
        /* What it says before it is asked belongs to the block before. */
        coprocess_read(&s->process);
        if (s->process.running && s->process.out.len > 0) {
            fail_late(s);
            return;
        }
        begin(s, LIST_ITEM(list_pop(&x->waiting), struct item, link));
    }
}

static void refuse(struct exec *x, struct item *item)
{
    exec_block_refuse(item);
    give_back(x, item);
}

static void take(void *arg, struct item *item)
{
    struct exec *x = arg;
    const struct transform_block *b = item->work;

    if (b->out_lines.len == 0)
        give_back(x, item);
    else if (x->stopping)
        refuse(x, item);
    else
        list_push(&x->waiting, &item->link);
}

/* What is answered by now stands; nothing more is waited for. */
static void stop_slot(struct slot *s)
{
    coprocess_kill(&s->process);
    if (s->block.item == NULL)
        return;
    settle(s);
    exec_block_cancel(&s->block);
    finish(s);
}

static void cancel(void *arg, bool now)
{
    struct exec *x = arg;
    struct list *link;

    (void)now;
    x->stopping = true;
    for (size_t i = 0; i < x->o.jobs; i++)
        stop_slot(&x->slots[i]);
    while ((link = list_pop(&x->waiting)) != NULL)
        refuse(x, LIST_ITEM(link, struct item, link));
}

static void suspend(void *arg, bool stopped)
{
    struct exec *x = arg;

    for (size_t i = 0; i < x->o.jobs; i++) {
        coprocess_suspend(&x->slots[i].process, stopped);
        x->slots[i].since_ms = clock_now_ms();
    }
}

/* All is answered: the processes are told by the end of their input. */
static bool close_all(struct exec *x)
{
    bool running = false;

    for (size_t i = 0; i < x->o.jobs; i++) {
        struct slot *s = &x->slots[i];

        running = running || s->process.running;
        if (x->closing || !s->process.running)
            continue;
        coprocess_close_in(&s->process);
        if (x->o.timeout_ms > 0)
            loop_timer_start(s->timer, x->o.timeout_ms);
    }
    x->closing = true;
    return !running;
}

/* The blocks, and behind them an end that waits for the processes. */
static enum flow_got fill(void *self, struct item *item, struct err *err)
{
    struct exec *x = self;

    if (!x->ended) {
        enum flow_got got = x->source.fill(x->source.self, item, err);

        x->blocks += got == FLOW_FILLED;
        if (got == FLOW_FILLED || got == FLOW_LATER)
            return got;
        x->ended = true;
        x->got = got;
        x->failure = *err;
    }
    if (x->blocks > 0 || !close_all(x))
        return FLOW_LATER;
    *err = x->failure;
    return x->got;
}

struct exec *exec_open(const struct exec_options *options)
{
    struct exec *x = mem_alloc(sizeof *x);

    x->o = *options;
    x->plan = (struct coprocess_plan){.loop = options->loop,
                                      .log = options->log,
                                      .spawn = options->spawn,
                                      .name = "exec",
                                      .command = options->command,
                                      .environment = options->environment};
    x->linger_ms = LINGER_MS;
    list_init(&x->waiting);
    x->slots = mem_alloc_array(options->jobs, sizeof *x->slots);
    for (size_t i = 0; i < options->jobs; i++) {
        struct slot *s = &x->slots[i];

        s->exec = x;
        s->timer = loop_timer_new(options->loop, on_timer, s);
        exec_block_init(&s->block, options->max_line, options->max_output);
        coprocess_init(&s->process, &x->plan,
                       &(struct coprocess_calls){.arg = s,
                                                 .on_progress = on_progress,
                                                 .on_end = on_end,
                                                 .on_fail = on_fail},
                       (unsigned)i + 1,
                       options->max_output + options->max_line + READ_SLACK);
    }
    return x;
}

void exec_close(struct exec *x)
{
    if (x == NULL)
        return;
    for (size_t i = 0; i < x->o.jobs; i++) {
        coprocess_release(&x->slots[i].process);
        loop_timer_free(x->slots[i].timer);
        exec_block_release(&x->slots[i].block);
    }
    mem_free(x->slots);
    mem_free(x);
}

struct transform_next exec_next(struct exec *x)
{
    return (struct transform_next){.arg = x,
                                   .take = take,
                                   .cancel = cancel,
                                   .suspend = suspend,
                                   .lines = true};
}

struct flow_source exec_source(struct exec *x, struct flow_source blocks)
{
    x->source = blocks;
    return (struct flow_source){.self = x, .fill = fill};
}

void exec_attach(struct exec *x, struct flow *flow)
{
    x->flow = flow;
    loop_before_wait(x->o.loop, begin_more, x);
}
