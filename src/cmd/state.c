/* SPDX-License-Identifier: MIT */
#include "cmd/state.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/common.h"
#include "cmd/steer.h"
#include "store/inbox.h"
#include "store/lock.h"
#include "store/store.h"
#include "work/process.h"
#include "work/save.h"

int state_lock(struct state *s, const struct state_options *o, bool dry,
               struct err *err)
{
    s->o = o;
    s->dry = dry;
    if (o->file == NULL || dry)
        return 0;
    if (strcmp(o->file, "-") == 0 || o->file[0] == '\0')
        return err_set(err, ERR_USAGE, "--state: a state is a file, not '%s'",
                       o->file);
    s->lock = lock_take(o->file, o->if_running == STATE_WAIT, err);
    if (s->lock >= 0)
        return 0;
    return err->kind == ERR_HELD && o->if_running == STATE_SKIP ? 1 : -1;
}

/* A dry run does not make one. */
static int open_store(struct state *s, struct err *err)
{
    const struct store_options options = {
        .path = s->o->file, .power = s->o->durability == STATE_POWER};

    if (s->dry && access(s->o->file, F_OK) < 0)
        return 0;
    s->store = s->dry ? store_open_to_read(s->o->file, err)
                      : store_open(&options, err);
    return s->store != NULL ? 0 : -1;
}

static int begin(struct state *s, const struct common_run *run, struct err *err)
{
    if (s->dry)
        return 0;
    log_detail(run->context->log, "%s: opened, durability %s", s->o->file,
               s->o->durability == STATE_POWER ? "power" : "process");
    return store_begin_run(s->store, run->command, s->keeps_lines, err);
}

/* The other connection is the ledger's. */
static int open_looker(struct state *s, struct err *err)
{
    if (!s->revisits)
        return 0;
    s->looker = store_open_to_read(s->o->file, err);
    return s->looker != NULL ? 0 : -1;
}

int state_open(struct state *s, const struct common_run *run,
               struct resume_options *resume, struct err *err)
{
    s->log = run->context->log;
    if (s->o->file == NULL)
        return 0;
    resume->loop = run->loop;
    resume->rerun = (enum resume_rerun)s->o->rerun;
    resume->interrupted = (enum resume_interrupted)s->o->on_interrupted;
    resume->changed = (enum resume_changed)s->o->on_change;
    resume->dry = s->dry;
    resume->revisit = s->revisits;
    if (open_store(s, err) < 0)
        return -1;
    s->resume = resume_open(resume, s->store, err);
    if (s->resume == NULL)
        return err_wrap(err, "%s", s->o->file);
    return begin(s, run, err) < 0 ? -1 : open_looker(s, err);
}

/* Without a version the whole is asked for, which is never wrong. */
void state_recall(void *arg, struct item *item)
{
    struct state *s = arg;
    struct err err;

    if (store_recall(s->looker, item, &err) == 0 || s->blind)
        return;
    s->blind = true;
    log_note(s->log, "%s: what it knows of versions cannot be read: %s",
             s->o->file, err.text);
}

bool state_claims(const struct state *s)
{
    return s->o->file != NULL && s->o->on_interrupted != RESUME_AGAIN;
}

bool state_checks(const struct state *s)
{
    return s->resume != NULL && s->o->on_change == RESUME_CHANGED_FAULT;
}

static int put_in(void *arg, const struct store_task *task)
{
    struct state *s = arg;

    if (task->line.ptr != NULL)
        inbox_add(s->inbox, task->line);
    return 0;
}

static int open_inbox(struct state *s, struct loop *loop, struct err *err)
{
    const struct inbox_options inbox = {
        .loop = loop, .log = s->log, .parse = process_parse};

    s->inbox = inbox_new(&inbox);
    if (store_walk_submitted(s->store, put_in, s, err) < 0)
        return err_wrap(err, "%s", s->o->file);
    return 0;
}

int state_listen(struct state *s, struct loop *loop, struct process *process,
                 size_t most_jobs, struct err *err)
{
    struct steer_options steer = {.loop = loop,
                                  .log = s->log,
                                  .state = s->o->file,
                                  .store = s->store,
                                  .resume = s->resume,
                                  .process = process,
                                  .most_jobs = most_jobs};

    if (s->resume == NULL || s->dry)
        return 0;
    if (process != NULL && open_inbox(s, loop, err) < 0)
        return -1;
    steer.inbox = s->inbox;
    s->steer = steer_open(&steer, err);
    return s->steer != NULL ? 0 : -1;
}

void state_attach(const struct state *s, struct flow *flow)
{
    if (s->steer != NULL)
        steer_attach(s->steer, flow);
}

/* On the ledger's thread. One flush for all that ended in a moment: of a
 * hundred files each would cost as much. */
static int flush_and_keep(void *self, const struct ledger_batch *batch,
                          struct err *err)
{
    const struct state *s = self;

    if (batch->end_count > 0 && save_flush(s->files, err) < 0)
        return -1;
    return s->keeper.keep(s->keeper.self, batch, err);
}

/* A result outlasts a loss of power only with the files that it names. */
static struct ledger_keeper keeper_of(struct state *s)
{
    s->keeper = store_keeper(s->store);
    if (s->files == NULL || s->o->durability != STATE_POWER)
        return s->keeper;
    return (struct ledger_keeper){.self = s, .keep = flush_and_keep};
}

void state_connect(struct state *s, struct flow_options *f)
{
    if (s->resume == NULL)
        return;
    if (s->inbox != NULL)
        f->source = inbox_source(s->inbox, f->source);
    if (s->steer != NULL)
        flow_add_watch(f, steer_watch(s->steer));
    f->source = resume_source(s->resume, f->source);
    f->total = 0; /* what is passed over does not count */
    if (!s->dry)
        f->keeper = keeper_of(s);
}

static int end_run(const struct state *s, const struct store_outcome *o,
                   struct err *err)
{
    if (store_end_run(s->store, o, err) == 0)
        return 0;
    if (err->kind != ERR_STATE)
        err->kind = ERR_OUTPUT;
    return err_wrap(err, "%s: the end of the run cannot be recorded",
                    s->o->file);
}

int state_end(struct state *s, struct common_run *run, int outcome,
              struct err *err)
{
    const struct flow_tally *t;
    struct store_outcome o;
    struct err failed;

    if (s->resume == NULL || s->dry || run->flow == NULL)
        return outcome;
    run->has_state = true;
    run->skipped = resume_skipped(s->resume);
    t = flow_tally(run->flow);
    o = (struct store_outcome){.exit_status =
                                   outcome < 0 ? cmd_exit_status(err) : 0,
                               .completed = t->completed,
                               .failed = t->failed,
                               .cancelled = t->cancelled,
                               .skipped = run->skipped};
    log_detail(run->context->log,
               "%s: %" PRIu64 " completed before, %" PRIu64 " no longer listed",
               s->o->file, o.skipped, resume_unlisted(s->resume));
    if (!flow_keeps(run->flow) || end_run(s, &o, &failed) == 0 ||
        (outcome < 0 && err->kind != ERR_UNITS))
        return outcome;
    *err = failed;
    return -1;
}

void state_close(struct state *s)
{
    steer_close(s->steer);
    inbox_free(s->inbox);
    resume_close(s->resume);
    if (s->store != NULL && !s->dry)
        log_detail(s->log, "%s: closed", s->o->file);
    store_close(s->looker); /* first: the last one tidies up */
    store_close(s->store);
    if (s->lock >= 0)
        fd_close(s->lock);
}

static const char *const durability_choices[] = {"power", "process", NULL};
static const char *const if_running_choices[] = {"fail", "skip", "wait", NULL};
static const char *const rerun_choices[] = {"missing", "failed", "all", NULL};
static const char *const on_interrupted_choices[] = {"rerun", "skip", "fail",
                                                     NULL};
static const char *const on_change_choices[] = {"run", "skip", "fail", NULL};

#define PLACE(member) \
    (sizeof(struct common_options) + offsetof(struct state_options, member))

const struct args_option state_options[] = {
    {.name = "state",
     .value = "FILE",
     .help = "keep results in FILE, and run only what is not completed there",
     .type = ARGS_TEXT,
     .place = PLACE(file)},
    {.name = "durability",
     .value = "WHAT",
     .help = "what results outlast: a power cut, or the end of the process",
     .fallback = "power",
     .type = ARGS_CHOICE,
     .place = PLACE(durability),
     .choices = durability_choices},
    {.name = "if-running",
     .value = "WHAT",
     .help = "if another run has the state: fail (75), skip this one, wait",
     .fallback = "fail",
     .type = ARGS_CHOICE,
     .place = PLACE(if_running),
     .choices = if_running_choices},
    {.name = "rerun",
     .value = "WHICH",
     .help = "run missing: what is not completed; failed: no new; or all",
     .fallback = "missing",
     .type = ARGS_CHOICE,
     .place = PLACE(rerun),
     .choices = rerun_choices},
    {.name = "on-interrupted",
     .value = "WHAT",
     .help = "what was running when its run died: rerun, skip, or fail",
     .fallback = "rerun",
     .type = ARGS_CHOICE,
     .place = PLACE(on_interrupted),
     .choices = on_interrupted_choices},
    {.name = "on-change",
     .value = "WHAT",
     .help = "an id that was completed, but changed: run, skip, or fail (65)",
     .fallback = "run",
     .type = ARGS_CHOICE,
     .place = PLACE(on_change),
     .choices = on_change_choices},
    {0},
};
