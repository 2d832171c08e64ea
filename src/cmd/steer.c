/* SPDX-License-Identifier: MIT */
#include "cmd/steer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "io/control.h"
#include "io/pool.h"
#include "store/inbox.h"
#include "store/resume.h"
#include "store/store.h"
#include "work/process.h"
#include "work/submission.h"
#include "json/doc.h"
#include "json/quote.h"

enum { PATH_BYTES = 65536, ANSWER_MAX = 1 << 30, ID_BYTES = 40 };

/* A call that is answered later: when an id has ended, or never, since the
 * connection ends with the run. */
struct wait {
    struct list link;
    struct control_call *call;
    char *id; /* NULL: for the end of the run */
    size_t len;
};

struct steer {
    struct steer_options o;
    struct flow *flow;
    struct control *control;
    struct buf path;
    struct list waits;
    struct list submits; /* on their way to the state */
};

/* A task on its way to the state. */
struct submit {
    struct pool_job job;
    struct list link;
    struct steer *steer;
    struct control_call *call; /* NULL: whoever asked has gone */
    struct submission task;
    int failed;
    struct err err;
};

/* A request as it is read. */
struct request {
    struct control_call *call;
    struct slice id;
    struct slice task;
    int64_t count;
};

static struct wait *wait_of(struct list *link)
{
    return LIST_ITEM(link, struct wait, link);
}

static struct submit *submit_of(struct list *link)
{
    return LIST_ITEM(link, struct submit, link);
}

static void say(struct control_call *call, int exit_status, const char *format,
                ...) __attribute__((format(printf, 3, 4)));

static void say(struct control_call *call, int exit_status, const char *format,
                ...)
{
    char text[ERR_TEXT_SIZE];
    struct buf answer;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_init(&answer, ANSWER_MAX);
    buf_printf(&answer, "%d\n%s\n{\"done\":%s,\"message\":", exit_status, text,
               exit_status == 0 ? "true" : "false");
    quote_add(&answer, slice_text(text));
    buf_add_text(&answer, "}\n");
    control_answer(call, buf_slice(&answer));
    buf_release(&answer);
}

static void add_flight(void *arg, struct item *item)
{
    struct buf *out = arg;
    const bool runs = item->place == ITEM_WORKING && item->started_us != 0;

    buf_add_text(out, "{\"task_id\":");
    quote_add(out, buf_slice(&item->id));
    buf_printf(out,
               ",\"status\":\"%s\",\"attempts\":%u,\"started_ms\":%" PRId64
               ",\"line\":",
               runs ? "running" : "pending", item->attempts,
               item->started_wall_ms);
    quote_add(out, buf_slice(&item->in));
    buf_add_text(out, "}\n");
}

static void tell_flight(struct steer *s, const struct request *r)
{
    struct buf answer;

    buf_init(&answer, ANSWER_MAX);
    buf_add_text(&answer, "0\n\n");
    flow_visit(s->flow, add_flight, &answer);
    control_answer(r->call, buf_slice(&answer));
    buf_release(&answer);
}

/* The item of an id, among those under way. */
struct search {
    struct slice id;
    struct item *found;
};

static void compare(void *arg, struct item *item)
{
    struct search *search = arg;

    if (slice_equal(buf_slice(&item->id), search->id))
        search->found = item;
}

static struct item *find(const struct steer *s, struct slice id)
{
    struct search search = {.id = id};

    flow_visit(s->flow, compare, &search);
    return search.found;
}

static void add_wait(struct steer *s, const struct request *r, struct slice id)
{
    struct wait *wait = mem_alloc(sizeof *wait);

    wait->call = r->call;
    if (id.ptr != NULL)
        wait->id = mem_copy_text(id.ptr, id.len);
    wait->len = id.len;
    list_push(&s->waits, &wait->link);
}

static void end_wait(struct wait *wait)
{
    list_remove(&wait->link);
    mem_free(wait->id);
    mem_free(wait);
}

/* One that is not known yet may still come, as long as the list goes on. */
static void await(struct steer *s, const struct request *r)
{
    const bool more = s->o.inbox == NULL ? !flow_list_ended(s->flow)
                                         : !inbox_list_ended(s->o.inbox);

    if (find(s, r->id) != NULL || more)
        add_wait(s, r, r->id);
    else
        say(r->call, 0, "it is not under way");
}

static void await_end(struct steer *s, const struct request *r)
{
    add_wait(s, r, slice_of(NULL, 0));
}

static void cancel(struct steer *s, const struct request *r)
{
    struct item *item = find(s, r->id);
    bool runs = false;

    if (item == NULL || item->place == ITEM_KEEPING) {
        say(r->call, 1,
            item != NULL ? "it has just ended" : "no such task is under way");
        return;
    }
    item->known.dropped = true;
    if (item->place == ITEM_WAITING)
        flow_drop(s->flow, item);
    else
        runs = process_cancel(s->o.process, item);
    say(r->call, 0, "cancelled; it was %srunning", runs ? "" : "not ");
}

/* On the ledger's thread. */
static void keep_submit(struct pool_job *job, size_t thread)
{
    struct submit *submit = LIST_ITEM(job, struct submit, job);

    (void)thread;
    submit->failed =
        store_submit(submit->steer->o.store, submit->task.item, &submit->err);
}

static void free_submit(struct submit *submit)
{
    list_remove(&submit->link);
    submission_release(&submit->task);
    mem_free(submit);
}

static void end_submit(struct pool_job *job)
{
    struct submit *submit = LIST_ITEM(job, struct submit, job);
    struct steer *s = submit->steer;
    const struct item *item = submit->task.item;

    if (!submit->failed) {
        resume_adopted(s->o.resume, buf_slice(&item->id));
        inbox_add(s->o.inbox, buf_slice(&item->in));
    }
    if (submit->call != NULL && submit->failed)
        say(submit->call, 74, "cannot be kept: %s", submit->err.text);
    else if (submit->call != NULL)
        say(submit->call, 0, "%.*s", (int)item->id.len, item->id.data);
    free_submit(submit);
    inbox_release(s->o.inbox);
}

/* What it comes after has to be done: it is not in the graph. */
static int check_after(const struct steer *s, const struct task *task,
                       struct err *err)
{
    for (size_t i = 0; i < task_after_count(task); i++) {
        const struct slice id = task_after(task, i);

        if (!resume_completed(s->o.resume, id))
            return err_set(err, ERR_LIST,
                           "\"after\": \"%.*s\" has not been completed",
                           (int)id.len, id.ptr);
    }
    return 0;
}

static int read_submit(struct steer *s, struct slice line,
                       struct submission *task, struct err *err)
{
    char id[ID_BYTES];

    if (inbox_closed(s->o.inbox) || !flow_keeps(s->flow))
        return err_set(err, ERR_HELD, "the run is ending");
    snprintf(id, sizeof id, "submitted_%" PRIu64, resume_next_row(s->o.resume));
    if (submission_read(task, line, id, err) < 0 ||
        check_after(s, &task->task, err) < 0 ||
        resume_adopt(s->o.resume, task->item, err) < 0)
        return -1;
    task->item->known.submitted = true;
    return 0;
}

static void submit(struct steer *s, const struct request *r)
{
    struct submit *submit = mem_alloc(sizeof *submit);
    struct err err;

    *submit = (struct submit){.job = {.run = keep_submit, .done = end_submit},
                              .steer = s,
                              .call = r->call};
    list_init(&submit->link);
    submission_init(&submit->task);
    if (read_submit(s, r->task, &submit->task, &err) < 0) {
        say(r->call, cmd_exit_status(&err), "%s", err.text);
        free_submit(submit);
        return;
    }
    list_push(&s->submits, &submit->link);
    inbox_hold(s->o.inbox);
    ledger_run(flow_ledger(s->flow), &submit->job);
}

static void pause_run(struct steer *s, const struct request *r)
{
    process_pause(s->o.process, true);
    say(r->call, 0, "paused: nothing more is started; what runs goes on");
}

static void resume_run(struct steer *s, const struct request *r)
{
    process_pause(s->o.process, false);
    say(r->call, 0, "resumed");
}

static void set_jobs(struct steer *s, const struct request *r)
{
    if (r->count < 1 || (uint64_t)r->count > s->o.most_jobs) {
        say(r->call, 2, "jobs: from 1 to %zu in this run", s->o.most_jobs);
        return;
    }
    process_set_jobs(s->o.process, (size_t)r->count);
    say(r->call, 0, "%" PRId64 " at once from now on", r->count);
}

static void stop(struct steer *s, const struct request *r)
{
    flow_stop(s->flow);
    say(r->call, 0, "stopping: what runs is ended");
}

static const struct verb {
    const char *name;
    void (*act)(struct steer *s, const struct request *r);
    bool steers; /* it needs a worker that can be steered */
} verbs[] = {
    {"flight", tell_flight, false}, {"await", await, false},
    {"end", await_end, false},      {"stop", stop, false},
    {"cancel", cancel, true},       {"submit", submit, true},
    {"pause", pause_run, true},     {"resume", resume_run, true},
    {"jobs", set_jobs, true},
};

static const struct verb *find_verb(struct slice name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (slice_is(name, verbs[i].name))
            return &verbs[i];
    }
    return NULL;
}

static void on_asked(void *arg, struct control_call *call, struct slice line)
{
    struct steer *s = arg;
    struct err err;
    struct doc *doc = doc_parse(line, &err);
    const struct verb *verb = find_verb(doc_text(doc_get(doc, "verb")));
    struct request r = {.call = call};

    if (verb == NULL) {
        say(call, 2, "no such verb");
    } else if (verb->steers && s->o.process == NULL) {
        say(call, 2, "this command cannot do that");
    } else {
        r.id = doc_text(doc_get(doc, "id"));
        r.task = doc_text(doc_get(doc, "task"));
        doc_integer(doc_get(doc, "count"), &r.count);
        verb->act(s, &r);
    }
    doc_free(doc);
}

static void on_gone(void *arg, struct control_call *call)
{
    struct steer *s = arg;
    struct list *next;

    for (struct list *l = s->waits.next; l != &s->waits; l = next) {
        next = l->next;
        if (wait_of(l)->call == call)
            end_wait(wait_of(l));
    }
    for (struct list *l = s->submits.next; l != &s->submits; l = l->next) {
        if (submit_of(l)->call == call)
            submit_of(l)->call = NULL;
    }
}

static void change(void *self, const struct item *item, enum flow_change what)
{
    struct steer *s = self;
    struct list *next;

    if (what != FLOW_ENDED)
        return;
    for (struct list *l = s->waits.next; l != &s->waits; l = next) {
        struct wait *wait = wait_of(l);

        next = l->next;
        if (wait->id == NULL ||
            !slice_equal(slice_of(wait->id, wait->len), buf_slice(&item->id)))
            continue;
        say(wait->call, 0, "it has ended");
        end_wait(wait);
    }
}

struct steer *steer_open(const struct steer_options *options, struct err *err)
{
    struct steer *s = mem_alloc(sizeof *s);
    struct control_options control = {
        .loop = options->loop, .asked = on_asked, .gone = on_gone, .arg = s};

    s->o = *options;
    list_init(&s->waits);
    list_init(&s->submits);
    buf_init(&s->path, PATH_BYTES);
    buf_printf(&s->path, "%s.sock", options->state);
    control.path = s->path.data;
    s->control = control_open(&control, err);
    if (s->control != NULL)
        return s;
    steer_close(s);
    return NULL;
}

void steer_close(struct steer *s)
{
    if (s == NULL)
        return;
    control_close(s->control);
    while (!list_empty(&s->waits))
        end_wait(wait_of(s->waits.next));
    while (!list_empty(&s->submits))
        free_submit(submit_of(s->submits.next));
    buf_release(&s->path);
    mem_free(s);
}

void steer_attach(struct steer *s, struct flow *flow)
{
    s->flow = flow;
}

struct flow_watch steer_watch(struct steer *s)
{
    return (struct flow_watch){.self = s, .change = change};
}
