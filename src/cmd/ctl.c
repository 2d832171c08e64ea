/* SPDX-License-Identifier: MIT */
/*
 * weir ctl: look at a state and steer the run that has it.
 *
 * What has ended is read from the file, also while a run has it; what is under
 * way the run is asked for. To change something the run is asked too; where
 * there is none, its lock is taken and the file written.
 */
#include "cmd/cmd.h"

#include <inttypes.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/num.h"
#include "base/text.h"
#include "io/control.h"
#include "show/record.h"
#include "store/lock.h"
#include "store/store.h"
#include "work/submission.h"
#include "json/doc.h"
#include "json/quote.h"

enum {
    PATH_BYTES = 65536,
    TEXT_MAX = 1 << 30,
    KIND_BYTES = 64,
    ANSWER_MS = 30000, /* for an answer that is given at once */
    TRY_MS = 50,       /* between two looks at a run that begins or ends */
    TRIES = 200,
    LOOK_MS = 500, /* between two looks at the file */
};

struct ctl_options {
    int format; /* 0: auto, 1: json, 2: text */
    const char *status;
    const char *wait; /* a duration, or NULL */
};

struct ctl {
    const struct cmd_context *context;
    const struct ctl_options *o;
    const char *state;
    const char *arg; /* what follows the verb, or NULL */
    int64_t wait_ms; /* -1: none was given */
    struct buf socket;
    struct store *store;
    struct record record;
    struct item *item; /* what is written */
    struct buf out;
    struct buf flight;     /* what is under way: one object a line */
    struct hash_set shown; /* of these, so that they are not shown twice */
    bool alive;            /* a run has it */
    bool found;
    enum item_status found_status;
    char kind[KIND_BYTES];
};

static void write_out(struct ctl *c)
{
    record_write(&c->record, c->item, &c->out);
}

static int print(struct ctl *c, struct err *err)
{
    int failed = fd_write(STDOUT_FILENO, c->out.data, c->out.len);

    buf_clear(&c->out);
    return failed ? err_sys(err, ERR_OUTPUT, "stdout") : 0;
}

static void copy_text(char *to, size_t size, struct slice from)
{
    const size_t len = from.len < size ? from.len : size - 1;

    memcpy(to, from.len > 0 ? from.ptr : "", len);
    to[len] = '\0';
}

static void set_id(struct item *item, const struct store_task *task)
{
    if (task->given)
        buf_add_slice(&item->id, task->key);
    else
        buf_printf(&item->id, "task_%" PRIu64, task->number);
}

/* A task of the file as an item. */
static void set_item(struct ctl *c, const struct store_task *task)
{
    struct item *item = c->item;

    item_clear(item, TEXT_MAX);
    set_id(item, task);
    item->status = task->status;
    item->attempts = task->attempts;
    item->started_wall_ms = task->started_ms;
    item->duration_us = task->duration_us;
    buf_add_slice(&item->result, task->result);
    buf_add_slice(&item->meta, task->meta);
    buf_add_slice(&item->detail, task->line);
    copy_text(c->kind, sizeof c->kind, task->kind);
    copy_text(item->message, sizeof item->message, task->message);
    item->fault = c->kind[0] != '\0' ? c->kind : NULL;
    if (task->status == ITEM_RUNNING && !c->alive)
        item_fail(item, ITEM_FAILED, "interrupted",
                  "its run ended while it ran");
}

static enum item_status status_named(struct slice name)
{
    return slice_is(name, "running") ? ITEM_RUNNING : ITEM_PENDING;
}

/* One that is under way, as the run told of it. */
static void set_flight(struct ctl *c, const struct doc *doc)
{
    struct item *item = c->item;
    int64_t attempts = 0;

    item_clear(item, TEXT_MAX);
    buf_add_slice(&item->id, doc_text(doc_get(doc, "task_id")));
    item->status = status_named(doc_text(doc_get(doc, "status")));
    doc_integer(doc_get(doc, "attempts"), &attempts);
    item->attempts = (unsigned)attempts;
    doc_integer(doc_get(doc, "started_ms"), &item->started_wall_ms);
    buf_add_slice(&item->detail, doc_text(doc_get(doc, "line")));
}

/* Ask the run. Its answer, cut into its parts, or an outcome that says why not.
 */
static enum control_outcome ask(struct ctl *c, const char *verb,
                                const char *key, int64_t timeout_ms,
                                struct buf *answer, struct err *err)
{
    struct buf line;
    enum control_outcome outcome;

    buf_init(&line, CONTROL_LINE_MAX);
    buf_printf(&line, "{\"verb\":\"%s\"", verb);
    if (key != NULL) {
        buf_printf(&line, ",\"%s\":", key);
        if (strcmp(key, "count") == 0)
            buf_add_text(&line, c->arg);
        else
            quote_add(&line, slice_text(c->arg));
    }
    buf_add_char(&line, '}');
    buf_clear(answer);
    outcome =
        control_ask(c->socket.data, buf_slice(&line), timeout_ms, answer, err);
    buf_release(&line);
    return outcome;
}

static struct slice cut_line(struct slice *rest)
{
    const char *end = memchr(rest->ptr, '\n', rest->len);
    const size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
    const struct slice line = slice_of(rest->ptr, len);

    rest->ptr += len + (end != NULL);
    rest->len -= len + (end != NULL);
    return line;
}

static int no_run(const struct ctl *c, struct err *err)
{
    return err_set(err, ERR_UNITS, "%s: no run has it", c->state);
}

/* Print what the run said; its status is ours. */
static int pass_on(struct ctl *c, const struct buf *answer, struct err *err)
{
    struct slice rest = buf_slice(answer);
    const struct slice status = cut_line(&rest), text = cut_line(&rest);
    uint64_t code = 70;

    num_count(status, &code, err);
    if (code != 0) {
        err_set(err, ERR_STATUS, "%.*s", (int)text.len, text.ptr);
        err->sys = (int)code;
        return -1;
    }
    if (c->record.text) {
        text_escape(&c->out, text);
        buf_add_char(&c->out, '\n');
    } else {
        buf_add_slice(&c->out, rest);
    }
    return print(c, err);
}

/* A verb that is only for a run that is alive. */
static int ask_run(struct ctl *c, const char *verb, const char *key,
                   struct err *err)
{
    struct buf answer;
    int failed = -1;

    buf_init(&answer, TEXT_MAX);
    switch (ask(c, verb, key, ANSWER_MS, &answer, err)) {
    case CONTROL_ANSWERED: failed = pass_on(c, &answer, err); break;
    case CONTROL_ENDED:
    case CONTROL_NOBODY: no_run(c, err); break;
    case CONTROL_LATE:
        err_set(err, ERR_DEADLINE, "%s: the run does not answer", c->state);
        break;
    case CONTROL_FAILED: break;
    }
    buf_release(&answer);
    return failed;
}

/* What is under way, if a run has it. */
static int look(struct ctl *c, struct err *err)
{
    struct slice rest;

    store_close(c->store);
    c->store = NULL;
    c->alive = lock_held(c->state);
    buf_clear(&c->flight);
    if (c->alive &&
        ask(c, "flight", NULL, ANSWER_MS, &c->flight, err) == CONTROL_FAILED)
        return -1;
    rest = buf_slice(&c->flight);
    if (rest.len > 0) {
        cut_line(&rest);
        cut_line(&rest);
        buf_drop(&c->flight, c->flight.len - rest.len);
    }
    c->store = store_open_to_read(c->state, err);
    return c->store != NULL ? 0 : -1;
}

static bool is_wanted(const struct ctl *c)
{
    return c->o->status == NULL ||
           strcmp(c->o->status, item_status_name(c->item->status)) == 0;
}

static int list_kept(void *arg, const struct store_task *task)
{
    struct ctl *c = arg;
    struct err err;

    set_item(c, task);
    buf_clear(&c->item->result);
    if (hash_set_add(&c->shown, buf_slice(&c->item->id)) && is_wanted(c))
        write_out(c);
    return c->out.len < (size_t)1 << 20 ? 0 : print(c, &err);
}

static int list(struct ctl *c, struct err *err)
{
    struct slice rest;

    if (look(c, err) < 0)
        return -1;
    for (rest = buf_slice(&c->flight); rest.len > 0;) {
        struct doc *doc = doc_parse(cut_line(&rest), err);

        if (doc == NULL)
            return -1;
        set_flight(c, doc);
        doc_free(doc);
        hash_set_add(&c->shown, buf_slice(&c->item->id));
        if (is_wanted(c))
            write_out(c);
    }
    if (store_walk(c->store, list_kept, c, err) < 0)
        return err_wrap(err, "%s", c->state);
    return print(c, err);
}

static int note_found(void *arg, const struct store_task *task)
{
    struct ctl *c = arg;

    set_item(c, task);
    c->found = true;
    c->found_status = c->item->status;
    return 0;
}

static bool is_under_way(struct ctl *c)
{
    struct slice rest = buf_slice(&c->flight);
    struct err err;

    while (rest.len > 0) {
        struct doc *doc = doc_parse(cut_line(&rest), &err);
        const bool same = slice_is(doc_text(doc_get(doc, "task_id")), c->arg);

        if (same)
            set_flight(c, doc);
        doc_free(doc);
        if (same)
            return true;
    }
    return false;
}

/* Find the task of the id, as it is now, into c->item. */
static int find(struct ctl *c, struct err *err)
{
    c->found = false;
    if (look(c, err) < 0)
        return -1;
    if (store_find(c->store, slice_text(c->arg), note_found, c, err) < 0)
        return err_wrap(err, "%s", c->state);
    if (is_under_way(c)) {
        c->found = true;
        c->found_status = c->item->status;
    }
    return 0;
}

static int no_task(const struct ctl *c, struct err *err)
{
    return err_set(err, ERR_UNITS, "%s: no task \"%s\"", c->state, c->arg);
}

static int status(struct ctl *c, struct err *err)
{
    if (find(c, err) < 0)
        return -1;
    if (!c->found)
        return no_task(c, err);
    buf_clear(&c->item->result);
    write_out(c);
    return print(c, err);
}

/* Wait for the end of the task, or a moment where there is nobody to ask. One
 * that ended since we looked may not be known to the run any more: nobody would
 * tell of it, so we look again now and then. */
static int await(struct ctl *c, int64_t left_ms, struct err *err)
{
    struct buf answer;
    enum control_outcome outcome;

    buf_init(&answer, TEXT_MAX);
    outcome = ask(c, "await", "id", left_ms < LOOK_MS ? left_ms : LOOK_MS,
                  &answer, err);
    buf_release(&answer);
    if (outcome == CONTROL_NOBODY)
        poll(NULL, 0, left_ms < TRY_MS ? (int)left_ms : TRY_MS);
    return outcome == CONTROL_FAILED ? -1 : 0;
}

static int result(struct ctl *c, struct err *err)
{
    const int64_t until = clock_now_ms() + (c->wait_ms > 0 ? c->wait_ms : 0);

    for (;;) {
        const bool waits = clock_now_ms() < until;

        if (find(c, err) < 0)
            return -1;
        if (c->found && c->found_status >= ITEM_COMPLETED) {
            write_out(c);
            return print(c, err);
        }
        if (!c->found && !(waits && c->alive))
            return no_task(c, err);
        if (!waits)
            return err_set(err, ERR_DEADLINE, "%s: \"%s\" has not ended",
                           c->state, c->arg);
        if (await(c, until - clock_now_ms(), err) < 0)
            return -1;
    }
}

static int wait_end(struct ctl *c, struct err *err)
{
    const int64_t until =
        c->wait_ms < 0 ? INT64_MAX : clock_now_ms() + c->wait_ms;
    struct buf answer;

    buf_init(&answer, TEXT_MAX);
    while (lock_held(c->state) && clock_now_ms() < until) {
        if (ask(c, "end", NULL, until - clock_now_ms(), &answer, err) ==
            CONTROL_NOBODY)
            poll(NULL, 0, TRY_MS); /* it begins, or ends */
    }
    buf_release(&answer);
    if (lock_held(c->state))
        return err_set(err, ERR_DEADLINE, "%s: the run has not ended",
                       c->state);
    return 0;
}

/* With no run, and the lock: the file itself. */
static int open_alone(struct ctl *c, struct err *err)
{
    const struct store_options options = {.path = c->state, .power = true};

    c->store = store_open(&options, err);
    return c->store != NULL ? 0 : -1;
}

static int note_row(void *arg, const struct store_task *task)
{
    uint64_t *row = arg;

    if (task->status == ITEM_PENDING || task->status == ITEM_RUNNING)
        *row = task->row;
    return 0;
}

static int cancel_alone(struct ctl *c, struct err *err)
{
    uint64_t row = 0;
    int found;

    if (open_alone(c, err) < 0)
        return -1;
    found = store_find(c->store, slice_text(c->arg), note_row, &row, err);
    if (found < 0)
        return err_wrap(err, "%s", c->state);
    if (found == 0)
        return no_task(c, err);
    if (row == 0)
        return err_set(err, ERR_UNITS, "%s: \"%s\" has ended", c->state,
                       c->arg);
    if (store_cancel(c->store, row, err) < 0)
        return err_wrap(err, "%s", c->state);
    buf_add_text(&c->out, c->record.text
                              ? "cancelled; it was not running\n"
                              : "{\"done\":true,\"message\":\"cancelled; it "
                                "was not running\"}\n");
    return print(c, err);
}

static int ignore_task(void *arg, const struct store_task *task)
{
    (void)arg;
    (void)task;
    return 0;
}

static int is_completed(void *arg, const struct store_task *task)
{
    *(bool *)arg = task->status == ITEM_COMPLETED;
    return 0;
}

static int check_after(struct ctl *c, const struct task *task, struct err *err)
{
    for (size_t i = 0; i < task_after_count(task); i++) {
        const struct slice id = task_after(task, i);
        bool completed = false;

        if (store_find(c->store, id, is_completed, &completed, err) < 0)
            return -1;
        if (!completed)
            return err_set(err, ERR_LIST,
                           "\"after\": \"%.*s\" has not been completed",
                           (int)id.len, id.ptr);
    }
    return 0;
}

static int keep_task(struct ctl *c, struct submission *task, struct err *err)
{
    const struct store_outcome none = {.exit_status = 0};
    struct item *item = task->item;
    int there;

    if (check_after(c, &task->task, err) < 0)
        return -1;
    there = store_find(c->store, buf_slice(&item->id), ignore_task, NULL, err);
    if (there != 0)
        return there < 0
                   ? -1
                   : err_set(err, ERR_LIST, "there is a task \"%.*s\" already",
                             (int)item->id.len, item->id.data);
    item->known.submitted = true;
    if (store_begin_run(c->store, "ctl", true, err) < 0 ||
        store_submit(c->store, item, err) < 0)
        return -1;
    return store_end_run(c->store, &none, err);
}

static void print_accepted(struct ctl *c, struct slice id)
{
    if (c->record.text) {
        text_escape(&c->out, id);
        buf_add_char(&c->out, '\n');
        return;
    }
    buf_add_text(&c->out, "{\"done\":true,\"message\":");
    quote_add(&c->out, id);
    buf_add_text(&c->out, "}\n");
}

static int submit_alone(struct ctl *c, struct err *err)
{
    struct submission task;
    char id[KIND_BYTES];
    int failed = -1;

    if (open_alone(c, err) < 0)
        return -1;
    submission_init(&task);
    if (store_next_row(c->store, &task.item->known.row, err) == 0) {
        const uint64_t row = task.item->known.row;

        snprintf(id, sizeof id, "submitted_%" PRIu64, row);
        failed = submission_read(&task, slice_text(c->arg), id, err);
        task.item->known.row = row;
    }
    if (!failed)
        failed = keep_task(c, &task, err);
    if (!failed)
        print_accepted(c, buf_slice(&task.item->id));
    submission_release(&task);
    return failed ? err_wrap(err, "%s", c->state) : print(c, err);
}

/* It answers, but takes nothing more. */
static bool is_ending(const struct buf *answer)
{
    struct slice rest = buf_slice(answer);

    return slice_is(cut_line(&rest), "75");
}

/* By the run if there is one, else alone. One that begins or ends has the lock
 * and does not listen: a moment later it is one or the other. */
static int change(struct ctl *c, const char *verb, const char *key,
                  int (*alone)(struct ctl *c, struct err *err), struct err *err)
{
    struct buf answer;
    int failed = -1, lock = -1;

    buf_init(&answer, TEXT_MAX);
    for (int i = 0; i < TRIES && lock < 0; i++) {
        if (ask(c, verb, key, ANSWER_MS, &answer, err) == CONTROL_ANSWERED &&
            !is_ending(&answer)) {
            failed = pass_on(c, &answer, err);
            break;
        }
        lock = lock_take(c->state, false, err);
        if (lock < 0 && err->kind != ERR_HELD)
            break;
        if (lock < 0)
            poll(NULL, 0, TRY_MS);
    }
    buf_release(&answer);
    if (lock < 0)
        return failed;
    failed = alone(c, err);
    store_close(c->store);
    c->store = NULL;
    fd_close(lock);
    return failed;
}

static int cancel(struct ctl *c, struct err *err)
{
    if (access(c->state, F_OK) < 0)
        return err_sys(err, ERR_INPUT, "%s", c->state);
    return change(c, "cancel", "id", cancel_alone, err);
}

static int submit(struct ctl *c, struct err *err)
{
    return change(c, "submit", "task", submit_alone, err);
}

static int pause_run(struct ctl *c, struct err *err)
{
    return ask_run(c, "pause", NULL, err);
}

static int resume_run(struct ctl *c, struct err *err)
{
    return ask_run(c, "resume", NULL, err);
}

static int set_jobs(struct ctl *c, struct err *err)
{
    uint64_t count;

    if (num_count(slice_text(c->arg), &count, err) < 0 || count > INT64_MAX)
        return err_set(err, ERR_USAGE, "jobs: '%s' is not a count", c->arg);
    return ask_run(c, "jobs", "count", err);
}

static int stop(struct ctl *c, struct err *err)
{
    return ask_run(c, "stop", NULL, err);
}

static const struct verb {
    const char *name;
    int (*act)(struct ctl *c, struct err *err);
    const char *arg; /* what has to follow, or NULL */
    bool wait;       /* a duration may follow */
} verbs[] = {
    {"list", list, NULL, false},          {"status", status, "an id", false},
    {"result", result, "an id", false},   {"cancel", cancel, "an id", false},
    {"wait", wait_end, NULL, true},       {"submit", submit, "a task", false},
    {"pause", pause_run, NULL, false},    {"resume", resume_run, NULL, false},
    {"jobs", set_jobs, "a count", false}, {"stop", stop, NULL, false},
};

static int unknown_verb(const char *name, struct err *err)
{
    const char *best = NULL;
    size_t least = text_too_far(name);

    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        text_nearer(name, verbs[i].name, &best, &least);
    if (best != NULL)
        return err_set(err, ERR_USAGE, "no verb '%s'; did you mean '%s'?", name,
                       best);
    return err_set(err, ERR_USAGE, "no verb '%s'", name);
}

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(name, verbs[i].name) == 0)
            return &verbs[i];
    }
    return NULL;
}

static int check_arguments(struct ctl *c, const struct verb *verb,
                           const struct args_list *operands, struct err *err)
{
    const size_t most = verb->arg != NULL || verb->wait ? 3 : 2;

    if (operands->count > most)
        return err_set(err, ERR_USAGE, "%s: '%s' is too much", verb->name,
                       operands->items[most]);
    if (operands->count < 3 && verb->arg != NULL)
        return err_set(err, ERR_USAGE, "%s: needs %s", verb->name, verb->arg);
    c->arg = operands->count > 2 ? operands->items[2] : NULL;
    c->wait_ms = -1;
    if (c->o->wait != NULL &&
        num_duration(slice_text(c->o->wait), &c->wait_ms, err) < 0)
        return err_wrap(err, "--wait");
    if (verb->wait && c->arg != NULL)
        return num_duration(slice_text(c->arg), &c->wait_ms, err);
    return 0;
}

static int check_status(const char *name, struct err *err)
{
    for (int s = ITEM_PENDING; name != NULL && s <= ITEM_CANCELLED; s++) {
        if (strcmp(name, item_status_name((enum item_status)s)) == 0)
            return 0;
    }
    if (name == NULL)
        return 0;
    return err_set(err, ERR_USAGE,
                   "--status: '%s' is none of pending, running, completed, "
                   "failed, cancelled",
                   name);
}

static void open_ctl(struct ctl *c)
{
    const struct item_limits limits = {
        .in = TEXT_MAX, .result = TEXT_MAX, .out = TEXT_MAX};
    const bool terminal = isatty(STDOUT_FILENO) == 1;

    c->record = (struct record){.text = c->o->format == 2 ||
                                        (c->o->format == 0 && terminal),
                                .terminal = terminal,
                                .raw = true};
    record_report(&c->record);
    c->item = item_new(&limits);
    buf_init(&c->out, TEXT_MAX);
    buf_init(&c->flight, TEXT_MAX);
    hash_set_init(&c->shown);
    buf_init(&c->socket, PATH_BYTES);
    buf_printf(&c->socket, "%s.sock", c->state);
}

static void close_ctl(struct ctl *c)
{
    store_close(c->store);
    item_free(c->item);
    buf_release(&c->out);
    buf_release(&c->flight);
    buf_release(&c->socket);
    hash_set_release(&c->shown);
}

static int run(const struct cmd_context *context, const void *options,
               const struct args_list *operands, struct err *err)
{
    struct ctl c = {.context = context, .o = options};
    const struct verb *verb;
    int outcome;

    if (operands->count < 2)
        return err_set(err, ERR_USAGE, "needs a state and a verb");
    c.state = operands->items[0];
    verb = find_verb(operands->items[1]);
    if (verb == NULL)
        return unknown_verb(operands->items[1], err);
    if (check_arguments(&c, verb, operands, err) < 0 ||
        check_status(c.o->status, err) < 0)
        return -1;
    open_ctl(&c);
    outcome = verb->act(&c, err);
    close_ctl(&c);
    return outcome;
}

#define PLACE(member) offsetof(struct ctl_options, member)

static const char *const format_choices[] = {"auto", "json", "text", NULL};

static const struct args_option own_options[] = {
    {.name = "status",
     .value = "S",
     .help = "list only pending, running, completed, failed or cancelled",
     .type = ARGS_TEXT,
     .place = PLACE(status)},
    {.name = "wait",
     .value = "D",
     .help = "wait so long for a result that is not there yet",
     .type = ARGS_TEXT,
     .place = PLACE(wait)},
    {.name = "format",
     .value = "FORMAT",
     .help = "json, text, or auto: text on a terminal",
     .fallback = "auto",
     .type = ARGS_CHOICE,
     .place = PLACE(format),
     .choices = format_choices},
    {0},
};

static const struct args_option *const options[] = {own_options, NULL};

const struct cmd ctl_command = {
    .name = "ctl",
    .synopsis = "[OPTION]... STATE VERB [ARG]",
    .summary = "look at a state, and steer the run that has it",
    .details = "Verbs: list, status ID, result ID, cancel ID, wait [D], submit "
               "TASK, pause,\nresume, jobs N, stop. The manual is "
               "weir-ctl(1).\n",
    .options = options,
    .options_size = sizeof(struct ctl_options),
    .run = run,
};
