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

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
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
#include "work/environment.h"
#include "work/feed.h"
#include "work/outcome.h"
#include "work/output.h"
#include "work/pattern.h"
#include "work/queue.h"
#include "work/task.h"
#include "work/words.h"

enum {
    DRAIN_IDLE_MS = 100, /* silence after the end that ends the reading */
    DRAIN_MAX_MS = 1000, /* and the longest wait for it */
    LACK_RETRY_MS = 100, /* between starts that failed for want of means */
    LACK_GIVE_UP_MS = 60000,
    COMMAND_SHOWN = 200, /* bytes of a command in a table of what runs */
};

struct process {
    struct process_options o;
    struct flow *flow;
    struct spawn *spawn;
    struct output_share *share;
    int null_fd;
    struct queue *queue; /* runs that wait, by their place */
    struct gate gate;
    struct loop_timer *gate_timer; /* runs while the gate is closed */
    struct list running;           /* runs, by their link */
    size_t running_count;
    unsigned *free_slots; /* a stack */
    size_t free_count;
    size_t slot_count; /* all slots that ever were */
    bool paused;
    struct loop_timer *lack_timer;
    int64_t lack_since_ms; /* 0: there is no lack */
    struct command *command;
    bool stopping;
};

/* The command's part of an item: the task and, while it runs, its process. */
struct run {
    struct process *process;
    struct item *item;
    struct task task;
    struct list link; /* on `running` */
    struct queue_entry place;
    struct spawn_child child;
    struct output output;
    struct loop_timer *timer; /* timeout, then grace, then drain */
    struct environment environment;
    unsigned slot;
    bool ended;         /* the program has; `how` tells */
    bool without_shell; /* it is a line that needed none */
    struct spawn_exit how;
    int64_t drain_until_ms;
    int64_t timeout_ms;
    bool timed_out;
    bool cancelled;
    bool lost;   /* some output could not be written; the run was told */
    bool killed; /* KILL was sent */
};

static struct run *run_of(struct list *link)
{
    return LIST_ITEM(link, struct run, link);
}

static struct run *run_at(struct queue_entry *place)
{
    return LIST_ITEM(place, struct run, place);
}

struct task *process_task(const struct item *item)
{
    return &((struct run *)item->work)->task;
}

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
static void terminate(struct run *r)
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
        terminate(r);
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
static bool launch(struct process *p, struct run *r)
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

/* Whether the gate lets the run pass; if not, it waits again. */
static bool pass_gate(struct process *p, struct run *r)
{
    int64_t now = clock_now_ms(), wait = gate_wait(&p->gate, now);

    if (wait == 0) {
        gate_passed(&p->gate, now);
        return true;
    }
    queue_done(p->queue, &r->place);
    queue_add(p->queue, &r->place);
    loop_timer_start(p->gate_timer, wait);
    return false;
}

/* Its place in the queue is taken; where its start has to be kept first it is
 * begun by on_claimed. As launch. */
static bool begin(struct process *p, struct run *r)
{
    if (!p->o.claims)
        return launch(p, r);
    r->cancelled = false;
    flow_claim(p->flow, r->item);
    return true;
}

/* After the flow's turn, which may have found that enough has failed. */
static void launch_more(void *arg)
{
    struct process *p = arg;

    while (!p->stopping && !p->paused && !loop_timer_active(p->lack_timer) &&
           !loop_timer_active(p->gate_timer)) {
        struct queue_entry *entry = queue_take(p->queue);

        if (entry == NULL || !pass_gate(p, run_at(entry)) ||
            !begin(p, run_at(entry)))
            break;
    }
}

/* The lack, or the gate's time, is over. */
static void on_over(void *arg)
{
    struct process *p = arg;

    loop_again(p->o.loop);
}

/* The end of a task that is not started; why, the source may have said. */
static void finish_unstarted(struct process *p, struct item *item)
{
    if (item->status < ITEM_COMPLETED)
        item_fail(item, ITEM_CANCELLED, "cancelled",
                  "cancelled before it started");
    outcome_describe(process_task(item), &item->detail);
    flow_finish(p->flow, item);
}

/* What was cancelled meanwhile, or could not be kept, is not started. */
static void on_claimed(void *self, struct item *item, bool kept)
{
    struct process *p = self;
    struct run *r = item->work;

    if (kept && !p->stopping && !r->cancelled) {
        launch(p, r);
        return;
    }
    queue_done(p->queue, &r->place);
    finish_unstarted(p, item);
}

static void enqueue(struct process *p, struct run *r)
{
    const struct task *task = &r->task;

    r->place = (struct queue_entry){
        .seq = r->item->number,
        .chain = r->item->chain,
        .priority = task->priority,
        .slots = task->slots,
        .pool = task->pool != NULL ? queue_find_pool(p->queue, task->pool)
                                   : QUEUE_NO_POOL};
    queue_add(p->queue, &r->place);
}

static void start(void *self, struct item *item)
{
    struct process *p = self;

    if (p->stopping || item->status >= ITEM_COMPLETED)
        finish_unstarted(p, item);
    else
        enqueue(p, item->work);
}

static void cancel_waiting(struct process *p)
{
    struct queue_entry *entry;

    while ((entry = queue_drop(p->queue)) != NULL)
        finish_unstarted(p, run_at(entry)->item);
}

static void drain(void *self)
{
    struct process *p = self;

    p->stopping = true;
    loop_timer_stop(p->lack_timer);
    loop_timer_stop(p->gate_timer);
    cancel_waiting(p);
}

static void cancel(void *self, bool now)
{
    struct process *p = self;

    drain(p);
    for (struct list *l = p->running.next; l != &p->running; l = l->next) {
        struct run *r = run_of(l);

        if (r->ended || r->child.reaped)
            continue;
        if (now) {
            r->cancelled = true;
            r->child.keeps = false;
            spawn_signal(&r->child, SIGKILL);
        } else if (!r->timed_out && !r->cancelled) {
            r->cancelled = true;
            terminate(r);
        }
    }
}

void process_pause(struct process *p, bool paused)
{
    p->paused = paused;
    loop_again(p->o.loop);
}

/* The new ones are given last. */
static void add_slots(struct process *p, size_t count)
{
    const size_t more = count - p->slot_count;

    p->free_slots = mem_resize(p->free_slots, count * sizeof *p->free_slots);
    memmove(p->free_slots + more, p->free_slots,
            p->free_count * sizeof *p->free_slots);
    for (size_t i = 0; i < more; i++)
        p->free_slots[i] = (unsigned)(count - i);
    p->free_count += more;
    p->slot_count = count;
}

void process_set_jobs(struct process *p, size_t jobs)
{
    if (jobs > p->slot_count)
        add_slots(p, jobs);
    queue_set_slots(p->queue, jobs);
    loop_again(p->o.loop);
}

bool process_cancel(struct process *p, struct item *item)
{
    struct run *r = item->work;
    const bool runs = !list_empty(&r->link);

    if (runs && !r->ended && !r->child.reaped && !r->timed_out &&
        !r->cancelled) {
        r->cancelled = true;
        terminate(r);
    } else if (!runs && !list_empty(&r->place.link)) {
        list_remove(&r->place.link);
        finish_unstarted(p, item);
    } else if (!runs) {
        r->cancelled = true; /* its start is being kept */
    }
    return runs;
}

static void suspend(void *self, bool stopped)
{
    struct process *p = self;

    for (struct list *l = p->running.next; l != &p->running; l = l->next) {
        if (!run_of(l)->ended)
            spawn_signal(&run_of(l)->child, stopped ? SIGSTOP : SIGCONT);
    }
}

static void print_run(const struct run *r, int64_t now_us, struct log *log)
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

void process_print(const struct process *p, struct log *log)
{
    const int64_t now_us = clock_now_us();

    if (!list_empty(&p->running))
        log_line(log, slice_text("     pid   seconds attempt  id  command"));
    for (struct list *l = p->running.next; l != &p->running; l = l->next) {
        if (!run_of(l)->ended)
            print_run(run_of(l), now_us, log);
    }
}

static void *make_run(void *self, struct item *item)
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

static void free_run(void *work)
{
    struct run *r = work;

    loop_timer_free(r->timer);
    output_release(&r->output);
    environment_release(&r->environment);
    task_release(&r->task);
    mem_free(r);
}

static int check_pool(const struct run *r, size_t *column, struct err *err)
{
    const struct process_options *o = &r->process->o;
    const char *name = r->task.pool, *best = NULL;
    size_t least;

    if (name == NULL ||
        queue_find_pool(r->process->queue, name) != QUEUE_NO_POOL)
        return 0;
    least = text_too_far(name);
    for (size_t i = 0; i < o->pool_count; i++)
        text_nearer(name, o->pools[i].name, &best, &least);
    *column = r->task.pool_column;
    if (best != NULL)
        return err_set(err, ERR_LIST,
                       "\"pool\": no --pool of name \"%s\"; did you mean "
                       "\"%s\"?",
                       name, best);
    return err_set(err, ERR_LIST, "\"pool\": no --pool of name \"%s\"", name);
}

int process_parse(void *arg, struct item *item, size_t *column, struct err *err)
{
    struct run *r = item->work;

    if (task_parse(&r->task, item, NULL, column, err) < 0 ||
        check_pool(r, column, err) < 0)
        return -1;
    return task_note_id(item, arg, column, err);
}

struct process *process_open(const struct process_options *options,
                             struct err *err)
{
    struct process *p = mem_alloc(sizeof *p);

    p->o = *options;
    p->share = output_share_new(&options->output);
    p->gate = options->gate;
    p->command = command_open(options->environment, options->path);
    p->queue = queue_new(&(struct queue_options){options->jobs, options->pools,
                                                 options->pool_count});
    list_init(&p->running);
    add_slots(p, options->jobs);
    p->lack_timer = loop_timer_new(options->loop, on_over, p);
    p->gate_timer = loop_timer_new(options->loop, on_over, p);
    p->null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (p->null_fd < 0)
        err_sys(err, ERR_BUG, "/dev/null");
    else
        p->spawn = spawn_open(options->loop, err);
    if (p->spawn != NULL && options->keeps_children)
        spawn_keep_orphans(p->spawn);
    if (p->spawn != NULL)
        return p;
    process_close(p);
    return NULL;
}

void process_close(struct process *p)
{
    if (p == NULL)
        return;
    spawn_close(p->spawn);
    loop_timer_free(p->lack_timer);
    loop_timer_free(p->gate_timer);
    queue_free(p->queue);
    command_close(p->command);
    if (p->null_fd >= 0)
        fd_close(p->null_fd);
    output_share_free(p->share);
    mem_free(p->free_slots);
    mem_free(p);
}

struct flow_worker process_worker(struct process *p)
{
    return (struct flow_worker){.self = p,
                                .start = start,
                                .cancel = cancel,
                                .drain = drain,
                                .suspend = suspend,
                                .claimed = on_claimed};
}

struct flow_work process_work(struct process *p)
{
    return (struct flow_work){.self = p, .make = make_run, .free = free_run};
}

void process_attach(struct process *p, struct flow *flow)
{
    p->flow = flow;
    loop_before_wait(p->o.loop, launch_more, p);
}
