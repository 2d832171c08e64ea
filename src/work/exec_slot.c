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
#include "work/exec_slot.h"

#include <signal.h>

#include "base/clock.h"
#include "base/err.h"
#include "io/loop.h"
#include "work/exec_fault.h"

enum {
    BARREN_MAX = 3,   /* ends in a row without an answer, in one slot */
    QUIET_MIN_MS = 1, /* how long a process is watched behind a block */
    QUIET_MAX_MS = 100,
    LINGER_MS = 100,      /* from the end of a pipe to that of the process, */
    LINGER_MIN_MS = 3,    /* less where it is known that they stay */
    KEEP = 1 << 20,       /* bytes of a buffer that an idle slot keeps */
    READ_SLACK = 1 << 17, /* what may be read beyond all limits */
    REASON = 160,         /* as in struct transform_fault */
};

static struct exec_fault fault_of(const struct exec_slot *s)
{
    return (struct exec_fault){.options = &s->team->o,
                               .process = &s->process,
                               .ending = s->ending,
                               .fruitful = s->fruitful};
}

static void kill_process(struct exec_slot *s, enum exec_ending why)
{
    s->ending = why;
    loop_timer_stop(s->timer);
    coprocess_kill(&s->process);
}

static void take_answers(struct exec_slot *s)
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

static void settle(struct exec_slot *s)
{
    const struct exec_fault f = fault_of(s);
    char reason[REASON];

    exec_fault_suspect(&f, reason, sizeof reason);
    if (exec_block_settle(&s->block, &s->process.out, s->ending, reason))
        s->fruitful = s->team->fruitful = true;
}

/* Every line is answered or rejected. */
static void finish(struct exec_slot *s)
{
    loop_timer_stop(s->timer);
    settle(s);
    buf_shrink(&s->process.out, KEEP);
    /* One that closed a pipe is of no use any more. */
    if (s->process.in_ended || s->process.out_ended)
        kill_process(s, EXEC_SHUT);
    s->team->finish(s->team->arg, exec_block_end(&s->block));
}

/* When a pipe has ended, no more can be answered; mostly the process has ended
 * too, and its status is on its way. */
static void check_shut(struct exec_slot *s)
{
    const struct coprocess *c = &s->process;

    if (s->shut || !c->running)
        return;
    s->shut = c->out_ended ||
              (c->in_ended && !exec_block_asked(&s->block, c->written));
    if (s->shut)
        loop_timer_start(s->timer, s->team->linger_ms);
}

static void watch(struct exec_slot *s)
{
    int64_t ms = s->slowest_ms;

    if (ms < QUIET_MIN_MS)
        ms = QUIET_MIN_MS;
    if (ms > QUIET_MAX_MS)
        ms = QUIET_MAX_MS;
    s->quiet = true;
    loop_timer_start(s->timer, ms);
}

/* A line beyond all answers, where the block is gone. */
static void fail_late(struct exec_slot *s)
{
    const struct exec_fault f = fault_of(s);
    struct err err;

    kill_process(s, EXEC_LIE);
    exec_fault_too_late(&f, &s->block, &err);
    s->team->fail(s->team->arg, &err);
}

static void on_progress(void *arg)
{
    struct exec_slot *s = arg;

    if (s->block.item == NULL) {
        if (s->process.out.len > 0)
            fail_late(s);
        else if (s->process.out_ended && !s->team->closing)
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

static void check_time(struct exec_slot *s)
{
    const int64_t now = clock_now_ms();

    /* One that could not be started yet is not slow. */
    if (!s->process.running)
        s->since_ms = now;
    if (now - s->since_ms >= s->team->o.timeout_ms)
        kill_process(s, EXEC_LATE);
    else
        loop_timer_start(s->timer, s->team->o.timeout_ms - (now - s->since_ms));
}

/* The run is over, and the process stays. */
static void fail_to_end(struct exec_slot *s)
{
    const struct exec_fault f = fault_of(s);
    struct err err;

    kill_process(s, EXEC_LATE);
    exec_fault_no_end(&f, &err);
    s->team->fail(s->team->arg, &err);
}

static void on_timer(void *arg)
{
    struct exec_slot *s = arg;
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

static void feed(struct exec_slot *s)
{
    struct coprocess *c = &s->process;

    s->ending = EXEC_OWN;
    s->shut = s->quiet = false;
    s->since_ms = clock_now_ms();
    if (s->team->o.timeout_ms > 0)
        loop_timer_start(s->timer, s->team->o.timeout_ms);
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
static void note_shut(struct exec_slot *s)
{
    struct exec_team *team = s->team;

    if (s->ending != EXEC_SHUT)
        return;
    if (s->process.how.signal != SIGKILL)
        s->ending = EXEC_OWN;
    else if (team->linger_ms > LINGER_MIN_MS)
        team->linger_ms /= 2;
}

/* Too many in a row that answered nothing: that is not the lines' fault. */
static void fail_barren(const struct exec_slot *s)
{
    const struct exec_fault f = fault_of(s);
    struct err err;

    exec_fault_barren(&f, BARREN_MAX, &err);
    s->team->fail(s->team->arg, &err);
}

static void fail_not_found(const struct exec_slot *s)
{
    const struct exec_fault f = fault_of(s);
    struct err err;

    exec_fault_not_found(&f, &err);
    s->team->fail(s->team->arg, &err);
}

/* What is left of the block goes to another process. */
static void go_on(struct exec_slot *s)
{
    s->barren = s->fruitful ? 0 : s->barren + 1;
    if (s->barren == BARREN_MAX)
        fail_barren(s);
    else if (!exec_block_done(&s->block))
        feed(s);
    else
        finish(s);
}

/* The process has ended within a block. */
static void replace(struct exec_slot *s)
{
    struct exec_fault f;
    char reason[REASON];
    bool lost;

    note_shut(s);
    lost = exec_block_due_lost(&s->block, s->process.written, s->ending);
    settle(s);
    f = fault_of(s);
    exec_fault_explain(&f, reason, sizeof reason);
    if (s->ending == EXEC_OWN && !s->team->fruitful &&
        coprocess_not_found(&s->process)) {
        fail_not_found(s);
        return;
    }
    if (lost)
        exec_block_reject_due(&s->block, reason);
    if (s->ending == EXEC_FULL || s->block.given_up)
        exec_block_reject_rest(&s->block, reason);
    go_on(s);
}

/* A process without a block has ended: in its time, or once more is wanted
 * another takes its place. */
static void note_end(struct exec_slot *s)
{
    const struct exec_team *team = s->team;
    const struct coprocess *c = &s->process;
    const struct exec_fault f = fault_of(s);
    struct err err;

    if (s->ending == EXEC_OWN && c->out.len > 0)
        fail_late(s);
    if (!team->closing || s->ending != EXEC_OWN ||
        (c->how.signal == 0 && c->how.code == 0))
        return;
    exec_fault_bad_end(&f, &err);
    s->team->fail(s->team->arg, &err);
}

static void on_end(void *arg)
{
    struct exec_slot *s = arg;

    loop_timer_stop(s->timer);
    if (s->team->stopping)
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
    struct exec_slot *s = arg;
    struct err failed = *err;

    err_wrap(&failed, "exec");
    s->team->fail(s->team->arg, &failed);
}

/* The public functions. */

void exec_slot_begin(struct exec_slot *s, struct item *item)
{
    exec_block_begin(&s->block, item);
    s->slowest_ms = 0;
    feed(s);
}

bool exec_slot_idle(const struct exec_slot *s)
{
    /* Nor killed, and not gone yet. */
    return s->block.item == NULL &&
           !(s->process.running && s->process.out_fd < 0);
}

bool exec_slot_ready(struct exec_slot *s)
{
    coprocess_read(&s->process);
    if (s->process.running)
        on_progress(s);
    return exec_slot_idle(s);
}

void exec_slot_stop(struct exec_slot *s)
{
    coprocess_kill(&s->process);
    if (s->block.item == NULL)
        return;
    settle(s);
    exec_block_cancel(&s->block);
    finish(s);
}

void exec_slot_suspend(struct exec_slot *s, bool stopped)
{
    coprocess_suspend(&s->process, stopped);
    s->since_ms = clock_now_ms();
}

void exec_slot_close(struct exec_slot *s)
{
    if (!s->process.running)
        return;
    coprocess_close_in(&s->process);
    if (s->team->o.timeout_ms > 0)
        loop_timer_start(s->timer, s->team->o.timeout_ms);
}

void exec_slot_init(struct exec_slot *s, struct exec_team *team,
                    unsigned number)
{
    const struct exec_options *o = &team->o;

    *s = (struct exec_slot){.team = team};
    s->timer = loop_timer_new(o->loop, on_timer, s);
    exec_block_init(&s->block, o->max_line, o->max_output);
    coprocess_init(&s->process, &team->plan,
                   &(struct coprocess_calls){.arg = s,
                                             .on_progress = on_progress,
                                             .on_end = on_end,
                                             .on_fail = on_fail},
                   number, o->max_output + o->max_line + READ_SLACK);
}

void exec_slot_release(struct exec_slot *s)
{
    coprocess_release(&s->process);
    loop_timer_free(s->timer);
    exec_block_release(&s->block);
}

void exec_slot_team(struct exec_team *team, const struct exec_options *o)
{
    *team = (struct exec_team){.o = *o, .linger_ms = LINGER_MS};
    team->plan = (struct coprocess_plan){.loop = o->loop,
                                         .log = o->log,
                                         .spawn = o->spawn,
                                         .name = "exec",
                                         .command = o->command,
                                         .environment = o->environment};
}
