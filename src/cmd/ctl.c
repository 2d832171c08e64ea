/* SPDX-License-Identifier: MIT */
/*
 * weir ctl: look at a state and steer the run that has it.
 *
 * What has ended is read from the file, also while a run has it; what is under
 * way the run is asked for. To change something the run is asked too; where
 * there is none, its lock is taken and the file written.
 */
#include "cmd/cmd.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "base/text.h"
#include "cmd/ctl_core.h"

enum { PATH_BYTES = 65536 };

static int pause_run(struct ctl *c, struct err *err)
{
    return ctl_ask_run(c, "pause", NULL, err);
}

static int resume_run(struct ctl *c, struct err *err)
{
    return ctl_ask_run(c, "resume", NULL, err);
}

static int set_jobs(struct ctl *c, struct err *err)
{
    uint64_t count;

    if (num_count(slice_text(c->arg), &count, err) < 0 || count > INT64_MAX)
        return err_set(err, ERR_USAGE, "jobs: '%s' is not a count", c->arg);
    return ctl_ask_run(c, "jobs", "count", err);
}

static int stop(struct ctl *c, struct err *err)
{
    return ctl_ask_run(c, "stop", NULL, err);
}

static const struct verb {
    const char *name;
    int (*act)(struct ctl *c, struct err *err);
    const char *arg; /* what has to follow, or NULL */
    bool wait;       /* a duration may follow */
} verbs[] = {
    {"list", ctl_list, NULL, false},
    {"status", ctl_status, "an id", false},
    {"result", ctl_result, "an id", false},
    {"cancel", ctl_cancel, "an id", false},
    {"wait", ctl_wait_end, NULL, true},
    {"submit", ctl_submit, "a task", false},
    {"pause", pause_run, NULL, false},
    {"resume", resume_run, NULL, false},
    {"jobs", set_jobs, "a count", false},
    {"stop", stop, NULL, false},
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
        .in = CTL_TEXT_MAX, .result = CTL_TEXT_MAX, .out = CTL_TEXT_MAX};
    const bool terminal = isatty(STDOUT_FILENO) == 1;

    c->record = (struct record){.text = c->o->format == 2 ||
                                        (c->o->format == 0 && terminal),
                                .terminal = terminal,
                                .raw = true};
    record_report(&c->record);
    c->item = item_new(&limits);
    buf_init(&c->out, CTL_TEXT_MAX);
    buf_init(&c->flight, CTL_TEXT_MAX);
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
