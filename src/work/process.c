/* SPDX-License-Identifier: MIT */
/* The pool: which run starts when, and what all of them share. */
#include "work/process.h"

#include <fcntl.h>
#include <signal.h>
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
#include "work/outcome.h"
#include "work/process_core.h"

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
        return process_launch(p, r);
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
        process_launch(p, r);
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
            process_terminate(r);
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
        process_terminate(r);
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

void process_print(const struct process *p, struct log *log)
{
    const int64_t now_us = clock_now_us();

    if (!list_empty(&p->running))
        log_line(log, slice_text("     pid   seconds attempt  id  command"));
    for (struct list *l = p->running.next; l != &p->running; l = l->next) {
        if (!run_of(l)->ended)
            process_print_run(run_of(l), now_us, log);
    }
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
    return (struct flow_work){
        .self = p, .make = process_make_run, .free = process_free_run};
}

void process_attach(struct process *p, struct flow *flow)
{
    p->flow = flow;
    loop_before_wait(p->o.loop, launch_more, p);
}
