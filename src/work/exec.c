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
 * A process that answers one line twice shifts all that follows. No single
 * answer shows it, but in the end there is one too many. So behind the last
 * answer of a block the process is watched for a moment, as long as its slowest
 * answer took: if more comes, all its answers to the block are suspect and
 * their lines are rejected. What comes still later, up to the end of the
 * process, cannot be made good any more: the run ends with status 1.
 */
#include "work/exec.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/loop.h"
#include "work/coprocess.h"

enum {
    BARREN_MAX = 3,   /* ends in a row without an answer, in one slot */
    QUIET_MIN_MS = 1, /* how long a process is watched behind a block */
    QUIET_MAX_MS = 100,
    LINGER_MS = 100,      /* from the end of a pipe to that of the process */
    KEEP = 1 << 20,       /* bytes of a buffer that an idle slot keeps */
    READ_SLACK = 1 << 17, /* what may be read beyond all limits */
    REASON = 120,         /* as in struct transform_fault */
};

/* Why a process is at its end. */
enum ending {
    ENDING_OWN,  /* by itself */
    ENDING_LATE, /* no answer in time */
    ENDING_LIE,  /* an answer that nobody asked for */
    ENDING_LONG, /* an answer beyond --max-line */
    ENDING_FULL, /* answers beyond --max-output */
    ENDING_SHUT, /* a pipe closed, though it stays */
};

/* A process and the block it works on. */
struct slot {
    struct exec *exec;
    struct coprocess process;
    bool fruitful;   /* the process gave answers that were taken */
    unsigned barren; /* ends in a row of such that did not */
    enum ending ending;
    struct loop_timer *timer; /* for an answer; when shut or quiet, for that */
    bool shut;                /* a pipe has ended: the process should, too */
    bool quiet;               /* all is answered: will there be more? */
    int64_t since_ms;         /* an answer is due since */
    int64_t slowest_ms;       /* answer to this block */

    struct item *item; /* NULL: idle */
    struct buf lines;  /* of the item */
    const uint64_t *numbers;
    size_t count;
    size_t due;      /* the line whose answer comes next */
    size_t due_at;   /* where it begins in `lines`, */
    size_t due_end;  /* and ends, with its newline */
    size_t first;    /* the first one that this process was given */
    size_t first_at; /* and where that begins */
    size_t answered; /* bytes of process.out that are whole answers */
    size_t searched; /* bytes behind them without a newline */
    size_t settled;  /* bytes of answers of earlier processes */
    bool given_up;   /* the rest of the block is rejected unseen */

    const char *origin; /* of the last line that was answered */
    uint64_t number;
};

struct exec {
    struct exec_options o;
    struct coprocess_plan plan;
    struct flow *flow;
    struct slot *slots;
    struct list waiting; /* items, in order */
    bool fruitful;       /* any process was */
    bool stopping;
    struct flow_source source; /* where the blocks come from */
    size_t blocks;             /* of those, not finished yet */
    bool ended;                /* there are no more */
    enum flow_got got;         /* what is said of that, */
    struct err failure;        /* with FLOW_FAULT, when */
    bool closing;              /* the processes have ended, too */
};

static struct transform_rejection rejection(uint64_t number, const char *reason)
{
    return (struct transform_rejection){
        .number = number, .error = "Exec error", .reason = reason};
}

static void reject(struct slot *s, size_t line, const char *reason)
{
    const struct transform_rejection r = rejection(s->numbers[line], reason);

    if (!transform_reject(s->item, &r))
        s->given_up = true;
}

/* Counted, but not named: who stops a run knows that it is not complete. */
static void reject_silently(struct item *item, uint64_t number)
{
    struct transform_rejection r = rejection(number, "exec: cancelled");

    r.silent = true;
    transform_reject(item, &r);
}

/* Where the line at `at` ends, behind its newline. */
static size_t line_end(const struct buf *b, size_t at)
{
    const char *newline = memchr(b->data + at, '\n', b->len - at);

    assert(newline != NULL); /* only called where there is one */
    return (size_t)(newline - b->data) + 1;
}

/* How far `lines` is written. */
static size_t sent_at(const struct slot *s)
{
    return s->first_at + s->process.written;
}

static void kill_process(struct slot *s, enum ending why)
{
    s->ending = why;
    loop_timer_stop(s->timer);
    coprocess_kill(&s->process);
}

static void set_due(struct slot *s, size_t line, size_t at)
{
    s->due = line;
    s->due_at = s->due_end = at;
    if (line < s->count)
        s->due_end = line_end(&s->lines, at);
}

/* An answer, whole or not, of so many bytes: what is wrong with it? */
static enum ending judge(const struct slot *s, size_t len, bool whole)
{
    const struct exec_options *o = &s->exec->o;

    /* An answer may begin when its line has, and end when that has. */
    if (s->due == s->count || s->due_at >= sent_at(s) ||
        (whole && s->due_end > sent_at(s)))
        return ENDING_LIE;
    if (len - whole > o->max_line)
        return ENDING_LONG;
    if (s->settled + s->answered + len > o->max_output)
        return ENDING_FULL;
    return ENDING_OWN;
}

/* Count one answer off. False when there is none, or the process was killed. */
static bool take_answer(struct slot *s)
{
    const struct buf *out = &s->process.out;
    const size_t from = s->answered + s->searched;
    const char *newline = NULL;
    size_t len;

    if (s->answered == out->len)
        return false;
    if (from < out->len)
        newline = memchr(out->data + from, '\n', out->len - from);
    len = newline ? (size_t)(newline - out->data) + 1 - s->answered
                  : out->len - s->answered;
    s->ending = judge(s, len, newline != NULL);
    if (s->ending != ENDING_OWN) {
        kill_process(s, s->ending);
        return false;
    }
    s->searched = newline ? 0 : len;
    if (newline == NULL)
        return false;
    s->answered += len;
    s->number = s->numbers[s->due];
    set_due(s, s->due + 1, s->due_end);
    return true;
}

static void take_answers(struct slot *s)
{
    const size_t due = s->due;
    int64_t now;

    while (take_answer(s))
        continue;
    if (s->due == due)
        return;
    now = clock_now_ms();
    if (now - s->since_ms > s->slowest_ms)
        s->slowest_ms = now - s->since_ms;
    s->since_ms = now;
}

/* The process has done with these lines: its answers hold, or none of them. */
static void settle(struct slot *s)
{
    const bool lied = s->ending == ENDING_LIE;
    size_t at = 0;

    for (size_t i = s->first; i < s->due; i++) {
        size_t end = line_end(&s->process.out, at);

        if (lied)
            reject(s, i,
                   "exec: answered more lines than it was asked: this answer "
                   "may be another's");
        else
            transform_put(s->item, s->numbers[i],
                          slice_of(s->process.out.data + at, end - at));
        at = end;
    }
    if (s->due > s->first && !lied)
        s->fruitful = s->exec->fruitful = true;
    if (!lied)
        s->settled += s->answered;
    s->first = s->due;
    s->first_at = s->due_at;
    s->answered = s->searched = 0;
    buf_clear(&s->process.out);
}

static void give_back(struct exec *x, struct item *item)
{
    x->blocks--;
    transform_finish(item);
}

/* Every line is answered or rejected. */
static void finish(struct slot *s)
{
    struct item *item = s->item;

    loop_timer_stop(s->timer);
    settle(s);
    buf_clear(&s->lines);
    buf_shrink(&s->lines, KEEP);
    buf_shrink(&s->process.out, KEEP);
    s->item = NULL;
    /* One that closed a pipe is of no use any more. */
    if (s->process.in_ended || s->process.out_ended)
        kill_process(s, ENDING_SHUT);
    give_back(s->exec, item);
}

/* When a pipe has ended, no more can be answered; mostly the process has ended
 * too, and its status is on its way. */
static void check_shut(struct slot *s)
{
    const struct coprocess *c = &s->process;

    if (s->shut || !c->running)
        return;
    s->shut = c->out_ended || (c->in_ended && s->due_end > sent_at(s));
    if (s->shut)
        loop_timer_start(s->timer, LINGER_MS);
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
    struct err err;

    kill_process(s, ENDING_LIE);
    err_set(&err, ERR_UNITS,
            "exec: '%.60s' answered more lines than it was asked, noticed "
            "after %s:%llu: its answers up to there may be wrong",
            s->exec->o.command, s->origin, (unsigned long long)s->number);
    fail(s->exec, &err);
}

static void on_progress(void *arg)
{
    struct slot *s = arg;

    if (s->item == NULL) {
        if (s->process.out.len > 0)
            fail_late(s);
        else if (s->process.out_ended && !s->exec->closing)
            kill_process(s, ENDING_SHUT);
        return;
    }
    take_answers(s);
    if (s->ending != ENDING_OWN)
        return;
    if (s->due < s->count)
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
        kill_process(s, ENDING_LATE);
    else
        loop_timer_start(s->timer, s->exec->o.timeout_ms - (now - s->since_ms));
}

/* The run is over, and the process stays. */
static void fail_to_end(struct slot *s)
{
    struct err err;

    kill_process(s, ENDING_LATE);
    err_set(&err, ERR_UNITS,
            "exec: '%.60s' did not end within %.6g s of the end of its input",
            s->exec->o.command, (double)s->exec->o.timeout_ms / 1000.0);
    fail(s->exec, &err);
}

static void on_timer(void *arg)
{
    struct slot *s = arg;
    const bool quiet = s->quiet, shut = s->shut;

    /* What has come meanwhile counts: we may be the one who was late. */
    coprocess_read(&s->process);
    on_progress(s);
    if (s->ending != ENDING_OWN)
        return;
    if (s->item == NULL)
        fail_to_end(s);
    else if (quiet)
        finish(s);
    else if (shut)
        kill_process(s, ENDING_SHUT);
    else if (!s->quiet && !s->shut)
        check_time(s);
}

/* Why the due line is rejected. */
static void explain(const struct slot *s, char *text, size_t size)
{
    const struct exec_options *o = &s->exec->o;
    char how[64];

    coprocess_describe(&s->process, how, sizeof how);
    switch (s->ending) {
    case ENDING_OWN:
        snprintf(text, size, "exec: %s%s before it answered",
                 s->process.how.signal ? "" : "ended with ", how);
        break;
    case ENDING_LATE:
        snprintf(text, size, "exec: no answer within %.6g s%s",
                 (double)o->timeout_ms / 1000.0,
                 s->fruitful ? ""
                             : "; does it flush each line? (stdbuf -oL, sed "
                               "-u, jq --unbuffered)");
        break;
    case ENDING_LIE:
        snprintf(text, size, "exec: answered more lines than it was asked");
        break;
    case ENDING_LONG:
        snprintf(text, size, "exec: answer of more than %zu bytes (--max-line)",
                 o->max_line);
        break;
    case ENDING_FULL:
        snprintf(text, size,
                 "exec: answers to a block of more than %zu bytes "
                 "(--max-output)",
                 o->max_output);
        break;
    case ENDING_SHUT:
        snprintf(text, size, "exec: closed its pipe before it answered");
        break;
    }
}

/* No process answers anything: that is not the lines' fault. */
static void fail_barren(const struct slot *s, const char *reason)
{
    const bool late = s->ending == ENDING_LATE;
    struct err err;

    err_set(&err, ERR_UNITS,
            "exec: '%.60s': %d processes in a row gave no answer; the last "
            "one: %s%s",
            s->exec->o.command, BARREN_MAX, reason + strlen("exec: "),
            late ? "; others are grep --line-buffered, python3 -u" : "");
    flow_fail(s->exec->flow, &err);
}

static void fail_not_found(const struct slot *s)
{
    struct err err;

    err_set(&err, ERR_USAGE,
            "exec: '%.60s': sh cannot find or run it (exit status %d)",
            s->exec->o.command, s->process.how.code);
    flow_fail(s->exec->flow, &err);
}

/* Whether the line that was due is lost: the process has seen something of it.
 * With one that lied its answers are, if it gave any to this block. */
static bool is_due_lost(const struct slot *s)
{
    if (s->due == s->count)
        return false;
    return s->ending == ENDING_LIE ? s->due == s->first
                                   : s->due_at < sent_at(s);
}

static void reject_rest(struct slot *s, const char *reason)
{
    for (; s->due < s->count; s->due++)
        reject(s, s->due, reason);
    s->first = s->due;
}

static void feed(struct slot *s)
{
    struct coprocess *c = &s->process;

    s->first = s->due;
    s->first_at = s->due_at;
    s->ending = ENDING_OWN;
    s->shut = s->quiet = false;
    s->since_ms = clock_now_ms();
    if (s->exec->o.timeout_ms > 0)
        loop_timer_start(s->timer, s->exec->o.timeout_ms);
    coprocess_feed(
        c, slice_of(s->lines.data + s->due_at, s->lines.len - s->due_at),
        false);
    if (!c->running) {
        s->fruitful = false;
        coprocess_start(c);
    }
    check_shut(s);
}

/* The process has ended within a block. */
static void replace(struct slot *s)
{
    const struct exec *x = s->exec;
    const bool lost = is_due_lost(s);
    char reason[REASON];

    settle(s);
    explain(s, reason, sizeof reason);
    if (s->ending == ENDING_OWN && !x->fruitful &&
        coprocess_not_found(&s->process)) {
        fail_not_found(s);
        return;
    }
    if (lost) {
        reject(s, s->due, reason);
        set_due(s, s->due + 1, s->due_end);
        s->first = s->due;
    }
    if (s->ending == ENDING_FULL || s->given_up)
        reject_rest(s, reason);
    s->barren = s->fruitful ? 0 : s->barren + 1;
    if (s->barren == BARREN_MAX)
        fail_barren(s, reason);
    else if (s->due < s->count)
        feed(s);
    else
        finish(s);
}

/* A process without a block has ended: in its time, or once more is wanted
 * another takes its place. */
static void note_end(struct slot *s)
{
    const struct exec *x = s->exec;
    const struct coprocess *c = &s->process;
    struct err err;
    char how[64];

    if (s->ending == ENDING_OWN && c->out.len > 0)
        fail_late(s);
    if (!x->closing || s->ending != ENDING_OWN ||
        (c->how.signal == 0 && c->how.code == 0))
        return;
    coprocess_describe(c, how, sizeof how);
    err_set(&err, ERR_UNITS, "exec: '%.60s' at the end of its input: %s",
            x->o.command, how);
    fail(s->exec, &err);
}

static void on_end(void *arg)
{
    struct slot *s = arg;

    loop_timer_stop(s->timer);
    if (s->exec->stopping)
        return;
    if (s->item == NULL) {
        note_end(s);
        s->ending = ENDING_OWN;
        return;
    }
    if (s->ending == ENDING_OWN)
        take_answers(s);
    if (s->ending == ENDING_OWN && s->due == s->count)
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

        if (s->item != NULL || (c->running && c->out_fd < 0))
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
    const struct transform_block *b = item->work;

    s->item = item;
    s->origin = item->origin;
    transform_take_lines(item, &s->lines);
    s->numbers = (const uint64_t *)(const void *)b->out_lines.data;
    s->count = b->out_lines.len / sizeof *s->numbers;
    s->settled = 0;
    s->slowest_ms = 0;
    s->given_up = false;
    set_due(s, 0, 0);
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

static void give_up(struct exec *x, struct item *item)
{
    const struct transform_block *b = item->work;
    const uint64_t *numbers = (const uint64_t *)(const void *)b->out_lines.data;
    struct buf lines = {.max = SIZE_MAX / 2};

    transform_take_lines(item, &lines);
    buf_release(&lines);
    for (size_t i = 0; i < b->out_lines.len / sizeof *numbers; i++)
        reject_silently(item, numbers[i]);
    give_back(x, item);
}

static void take(void *arg, struct item *item)
{
    struct exec *x = arg;
    const struct transform_block *b = item->work;

    if (b->out_lines.len == 0)
        give_back(x, item);
    else if (x->stopping)
        give_up(x, item);
    else
        list_push(&x->waiting, &item->link);
}

/* What is answered by now stands; nothing more is waited for. */
static void stop_slot(struct slot *s)
{
    coprocess_kill(&s->process);
    if (s->item == NULL)
        return;
    settle(s);
    for (; s->due < s->count; s->due++)
        reject_silently(s->item, s->numbers[s->due]);
    s->first = s->due;
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
        give_up(x, LIST_ITEM(link, struct item, link));
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
    list_init(&x->waiting);
    x->slots = mem_alloc_array(options->jobs, sizeof *x->slots);
    for (size_t i = 0; i < options->jobs; i++) {
        struct slot *s = &x->slots[i];

        s->exec = x;
        s->timer = loop_timer_new(options->loop, on_timer, s);
        buf_init(&s->lines, SIZE_MAX / 2);
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
        buf_release(&x->slots[i].lines);
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
