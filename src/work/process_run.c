/* SPDX-License-Identifier: MIT */
/*
 * The life of a task here, each step a function:
 *
 *     waiting -> launch -> [timed out or cancelled: TERM, grace, KILL]
 *             -> ended (its status is known) -> drained -> flow_finish
 *
 * A start that fails for want of processes, memory or descriptors is not the
 * task's failure: it goes back to the front of the queue until another task
 * ends or, if none runs, a moment has passed.
 */
#include "work/process.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "io/loop.h"
#include "io/spawn.h"
#include "work/command.h"
#include "work/feed.h"
#include "work/outcome.h"
#include "work/pattern.h"
#include "work/process_core.h"
#include "work/words.h"

enum {
    DRAIN_IDLE_MS = 100, /* silence after the end that ends the reading */
    DRAIN_MAX_MS = 1000, /* and the longest wait for it */
    LACK_RETRY_MS = 100, /* between starts that failed for want of means */
    LACK_GIVE_UP_MS = 60000,
    COMMAND_SHOWN = 200, /* bytes of a command in a table of what runs */
};

static void judge(const struct run *r)
{
    const struct causes *again = &r->process->o.again;
    struct item *item = r->item;
    const struct err *lost = output_failed(&r->output);

    if (lost != NULL) {
        item_fail(item, ITEM_FAILED, "io", "%s", lost->text);
    } else if (r->timed_out) {
        item_fail(item, ITEM_FAILED, "timeout", "timed out after %.6g s",
                  (double)r->timeout_ms / 1000.0);
        item->retryable = again->timeout;
    } else if (r->cancelled) {
        item_fail(item, ITEM_CANCELLED, "cancelled", "cancelled while it ran");
    } else if (r->how.signal != 0) {
        item_fail(item, ITEM_FAILED, "signal", "killed by signal %d (%s)",
                  r->how.signal, spawn_signal_name(r->how.signal));
        item->retryable = again->signals[r->how.signal];
    } else if (!task_code_ok(&r->task, r->how.code)) {
        item_fail(item, ITEM_FAILED, "exit", "exit status %d", r->how.code);
        item->retryable = again->exits[r->how.code];
    } else {
        item_complete(item);
    }
}

static void leave(struct run *r)
{
    struct process *p = r->process;

    loop_timer_stop(r->timer);
    output_stop(&r->output);
    list_remove(&r->link);
    p->running_count--;
    p->free_slots[p->free_count++] = r->slot;
    queue_done(p->queue, &r->place);
}

/* A task whose output is lost is the run's failure: others have no place for
 * theirs either. */
static void stop_if_lost(struct run *r)
{
    const struct err *lost = output_failed(&r->output);

    if (lost != NULL && !r->lost) {
        r->lost = true;
        flow_fail(r->process->flow, lost);
    }
}

/* The end of a task that was started. */
static void finish(struct run *r)
{
    output_end(&r->output, r->item);
    leave(r);
    judge(r);
    outcome_write(&(struct outcome){&r->how, &r->output.streams[0].capture,
                                    &r->output.streams[1].capture},
                  r->item);
    outcome_describe(&r->task, &r->item->detail);
    stop_if_lost(r);
    flow_finish(r->process->flow, r->item);
}

static void check_drained(struct run *r)
{
    int64_t now = clock_now_ms(), left;

    /* Who is not read because of us has no less time for it. */
    if (output_paused(&r->output))
        r->drain_until_ms = now + DRAIN_MAX_MS;
    left = r->drain_until_ms - now;
    if (output_ended(&r->output) || left <= 0)
        finish(r);
    else
        loop_timer_start(r->timer, left < DRAIN_IDLE_MS ? left : DRAIN_IDLE_MS);
}

static void on_bytes(void *arg)
{
    struct run *r = arg;

    stop_if_lost(r);
    if (r->ended)
        check_drained(r);
}

/* The shell that was left out would have said that a signal ended the program,
 * and would have ended by itself. */
static void speak_for_shell(struct run *r)
{
    char text[64];

    if (r->how.signal == 0)
        return;
    output_add_error(&r->output,
                     slice_text(words_obituary(r->how.signal, r->how.core, text,
                                               sizeof text)));
    r->how.code = 128 + r->how.signal;
    r->how.signal = 0;
}

static void on_exit(struct spawn_child *child, const struct spawn_exit *how)
{
    struct run *r = LIST_ITEM(child, struct run, child);

    r->ended = true;
    r->how = *how;
    log_detail(r->process->o.log, "%.*s: pid %ld ended", (int)r->item->id.len,
               r->item->id.data, (long)child->pid);
    r->item->duration_us = how->ended_us - r->item->started_us;
    r->drain_until_ms = clock_now_ms() + DRAIN_MAX_MS;
    output_drain(&r->output);
    if (r->without_shell && !r->timed_out && !r->cancelled)
        speak_for_shell(r);
    check_drained(r);
}

/* Ask to end; a stopped process acts on TERM only once it goes on. */
void process_terminate(struct run *r)
{
    r->child.keeps = false;
    spawn_signal(&r->child, SIGTERM);
    spawn_signal(&r->child, SIGCONT);
    loop_timer_start(r->timer, r->process->o.grace_ms);
}

static void on_timer(void *arg)
{
    struct run *r = arg;

    if (!r->ended && r->child.reaped)
        return; /* what it left behind is being ended */
    /* It may be that we were not awake to read, or were not allowed to until
     * a moment ago: silence is when there is nothing. */
    if (r->ended && (output_paused(&r->output) || output_drain(&r->output))) {
        check_drained(r);
    } else if (r->ended) {
        finish(r); /* silence: whoever holds the pipes does not hold the run */
    } else if (r->timed_out || r->cancelled) {
        r->killed = true;
        spawn_signal(&r->child, SIGKILL);
    } else {
        r->timed_out = true;
        process_terminate(r);
    }
}

/* Start the program of a plan whose descriptors are open. */
static int launch_plan(struct run *r, struct spawn_plan *plan, struct err *err)
{
    struct process *p = r->process;
    struct command_start start = {.spawn = p->spawn,
                                  .task = &r->task,
                                  .environment = &r->environment,
                                  .facts = {.id = buf_slice(&r->item->id),
                                            .attempt = r->item->attempts + 1,
                                            .slot = r->slot},
                                  .plan = plan,
                                  .child = &r->child};
    int failed;

    if (r->task.pattern != NULL)
        pattern_fill(&r->task, r->item, r->slot);
    if (r->task.cwd == NULL)
        r->task.cwd = p->o.cwd;
    plan->nice = p->o.nice;
    r->child.on_exit = on_exit;
    r->child.keeps = p->o.keeps_children;
    failed = command_start(p->command, &start, err);
    r->without_shell = start.without_shell;
    return failed;
}

/* Open what the child needs, start it, close what was for it alone. */
static int launch_process(struct run *r, struct err *err)
{
    int in = feed_open(&r->task, r->process->null_fd, err);
    int ends[2] = {-1, -1}, failed;
    struct spawn_plan plan = {0};

    if (in < 0)
        return -1;
    failed = output_start(&r->output, r->item, ends, err);
    if (failed == 0) {
        plan.fds[0] = in;
        plan.fds[1] = ends[0];
        plan.fds[2] = ends[1];
        failed = launch_plan(r, &plan, err);
    }
    fd_close(ends[0]);
    fd_close(ends[1]);
    if (in != r->process->null_fd)
        fd_close(in);
    return failed;
}

static void put_back(struct run *r)
{
    struct process *p = r->process;

    r->item->started_us = r->item->started_wall_ms = 0;
    queue_add(p->queue, &r->place);
    /* While others run there is hope. */
    if (p->lack_since_ms == 0 || p->running_count > 0)
        p->lack_since_ms = clock_now_ms();
    loop_timer_start(p->lack_timer, LACK_RETRY_MS);
}

static void fail_start(struct run *r, const struct err *err)
{
    leave(r);
    flow_started(r->process->flow, r->item);
    item_fail(r->item, ITEM_FAILED, err->kind == ERR_OUTPUT ? "io" : "spawn",
              "%s", err->text);
    r->item->retryable = err->kind != ERR_OUTPUT && r->process->o.again.spawn;
    outcome_describe(&r->task, &r->item->detail);
    if (err->kind == ERR_OUTPUT)
        flow_fail(r->process->flow, err);
    flow_finish(r->process->flow, r->item);
}

static void note_start(struct run *r)
{
    struct process *p = r->process;

    p->lack_since_ms = 0;
    flow_started(p->flow, r->item);
    r->timeout_ms =
        r->task.timeout_ms >= 0 ? r->task.timeout_ms : p->o.timeout_ms;
    if (r->timeout_ms > 0)
        loop_timer_start(r->timer, r->timeout_ms);
}

static bool may_pass(const struct process *p, const struct err *err)
{
    return spawn_error_passes(err->sys) &&
           (p->lack_since_ms == 0 ||
            clock_now_ms() - p->lack_since_ms < LACK_GIVE_UP_MS);
}

/* False when there is a lack of means and nothing more should be started. The
 * flow hears of a start only when it is one, or failed for good. */
bool process_launch(struct process *p, struct run *r)
{
    const struct item *item = r->item;
    struct err err = {.kind = ERR_NONE};

    r->slot = p->free_slots[--p->free_count];
    r->ended = r->timed_out = r->cancelled = r->killed = r->lost = false;
    list_push(&p->running, &r->link);
    p->running_count++;
    flow_stamp(r->item); /* not after: what is short has ended by then */
    if (launch_process(r, &err) == 0) {
        log_detail(p->o.log, "%.*s: started, pid %ld, slot %u",
                   (int)item->id.len, item->id.data, (long)r->child.pid,
                   r->slot);
        note_start(r);
        return true;
    }
    if (may_pass(p, &err)) {
        leave(r);
        put_back(r);
        return false;
    }
    fail_start(r, &err);
    return true;
}

void process_print_run(const struct run *r, int64_t now_us, struct log *log)
{
    const struct item *item = r->item;
    const double seconds = (double)(now_us - item->started_us) / 1e6;
    struct buf command, line;

    buf_init(&command, COMMAND_SHOWN);
    outcome_describe(&r->task, &command);
    buf_init(&line, (size_t)64 * 1024);
    buf_printf(&line, "%8ld %9.3f %7u  ", (long)r->child.pid, seconds,
               item->attempts);
    text_escape(&line, buf_slice(&item->id));
    buf_add_text(&line, "  ");
    text_escape(&line, buf_slice(&command));
    log_line(log, buf_slice(&line));
    buf_release(&line);
    buf_release(&command);
}

void *process_make_run(void *self, struct item *item)
{
    struct process *p = self;
    struct run *r = mem_alloc(sizeof *r);

    r->process = p;
    r->item = item;
    list_init(&r->link);
    list_init(&r->child.link);
    list_init(&r->place.link);
    task_init(&r->task);
    environment_init(&r->environment);
    output_init(&r->output, p->share, on_bytes, r);
    r->timer = loop_timer_new(p->o.loop, on_timer, r);
    return r;
}

void process_free_run(void *work)
{
    struct run *r = work;

    loop_timer_free(r->timer);
    output_release(&r->output);
    environment_release(&r->environment);
    task_release(&r->task);
    mem_free(r);
}
