/* SPDX-License-Identifier: MIT */
/* weir run-tasks: a list of commands through a bounded pool. */
#include "cmd/cmd.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/log.h"
#include "cmd/common.h"
#include "cmd/distinct.h"
#include "cmd/schedule.h"
#include "cmd/state.h"
#include "cmd/taskout.h"
#include "cmd/worklist.h"
#include "flow/lines.h"
#include "io/supervise.h"
#include "show/plan.h"
#include "show/record.h"
#include "work/content.h"
#include "work/environment.h"
#include "work/graph.h"
#include "work/process.h"
#include "work/task.h"

/* Descriptors a running task takes of ours, and some for the rest. */
enum {
    FDS_PER_TASK = 3,
    FDS_RESERVED = 32,
    KEEP = 1 << 18,
    LINGER_ITEMS = 12,
    LINGER_MS = 5, /* a tenth of the time of a run of short tasks was wakes */
};

struct tasks_options {
    struct common_options common;
    struct state_options state; /* right behind: see there */
    int64_t timeout;
    int64_t grace;
    bool keep_children;
    struct schedule_options schedule;
    const char *halt;
    struct taskout_options output;
    struct worklist_options list;
    bool dry_run;
};

struct tasks {
    struct common_run run;
    pid_t supervisor;
    struct process *process;
    struct worklist list;
    struct graph *graph; /* NULL: tasks are made of words */
    struct queue_pool *pools;
    struct halt halt;
    struct lines *lines;
    uint64_t total; /* tasks in the list, or 0 */
    struct record record;
    struct plan plan; /* of a dry run */
    struct taskout output;
    struct hash_set ids; /* where none may come twice */
    struct state state;
    struct content content;
};

static size_t items_of(const struct tasks_options *o)
{
    return (size_t)o->common.jobs * 4 + 16;
}

/* Not before process_open, which notes the limit that the tasks are given. */
static int check_descriptors(const struct tasks_options *o, struct err *err)
{
    size_t limit = fd_raise_limit();
    size_t task = FDS_PER_TASK + taskout_task_fds(&o->output);
    size_t items = items_of(o) * taskout_item_fds(&o->output);

    if (o->common.jobs * task + items + FDS_RESERVED > limit)
        return err_set(err, ERR_USAGE,
                       "--jobs: %llu at once need more than the %zu "
                       "descriptors that are allowed",
                       (unsigned long long)o->common.jobs, limit);
    return 0;
}

/* One line more of a list that was checked. */
static int parse_to_check(void *arg, struct item *item, size_t *column,
                          struct err *err)
{
    const struct tasks *t = arg;

    *column = 1;
    if (process_parse(NULL, item, column, err) < 0)
        return -1;
    return resume_check(t->state.resume, item, err);
}

static int check_files(const struct tasks_options *o, struct err *err)
{
    const struct distinct files[] = {{"--summary", o->common.summary},
                                     {"--events", o->common.events},
                                     {"--joblog", o->common.joblog},
                                     {"--state", o->state.file}};

    return distinct_check(files, sizeof files / sizeof files[0], err);
}

/* Words have no ids. */
static int check_changes(struct tasks *t, const struct lines_options *list,
                         struct item *scratch, struct err *err)
{
    struct lines_options again = *list;

    if (t->graph == NULL || !state_checks(&t->state))
        return 0;
    again.parse = parse_to_check;
    again.arg = t;
    return lines_check(t->run.loop, &again, scratch, t->run.context->log, err);
}

static int check_list(struct tasks *t, const struct flow_options *f,
                      struct err *err)
{
    const struct lines_options *list = &t->list.lines;
    struct item *scratch = item_new(&f->limits);
    int failed;

    scratch->work = f->work.make(f->work.self, scratch);
    if (t->graph != NULL)
        failed = graph_check(t->graph, t->run.loop, list, scratch, err);
    else
        failed =
            lines_check(t->run.loop, list, scratch, t->run.context->log, err);
    if (!failed)
        failed = check_changes(t, list, scratch, err);
    f->work.free(scratch->work);
    item_free(scratch);
    return failed;
}

static int open_process(struct tasks *t, const struct tasks_options *o,
                        struct err *err)
{
    const struct cmd_context *context = t->run.context;
    struct process_options p = {
        .loop = t->run.loop,
        .log = context->log,
        .jobs = (size_t)o->common.jobs,
        .timeout_ms = o->timeout,
        .grace_ms = o->grace,
        .keeps_children = o->keep_children,
        .environment = t->list.environment,
        .path = environment_path(t->list.environment, context->path),
        .cwd = o->list.cwd,
        .claims = state_claims(&t->state)};

    if (halt_parse(o->halt, &t->halt, err) < 0)
        return err_wrap(err, "--halt");
    if (schedule_apply(&o->schedule, &p, &t->pools, err) < 0 ||
        taskout_open(&t->output, &o->output, &t->run, &p.output, err) < 0)
        return -1;
    t->process = process_open(&p, err);
    return t->process != NULL ? check_descriptors(o, err) : -1;
}

/* Where an id is the name of a file, or of a row. */
static bool needs_ids(const struct tasks *t)
{
    return t->output.files != NULL || t->state.resume != NULL;
}

static bool was_completed(void *arg, struct slice id)
{
    return resume_completed(arg, id);
}

/* Words do not come after one another, so there is no graph. */
static struct flow_source open_list(struct tasks *t)
{
    struct lines_options *list = &t->list.lines;

    if (t->list.pattern == NULL) {
        /* Of a list that is not checked first nobody else compares the ids. */
        t->graph = graph_open(t->run.context->log, t->run.command,
                              needs_ids(t) ? &t->ids : NULL);
        if (t->state.resume != NULL)
            graph_done(t->graph, was_completed, t->state.resume);
        list->parse = graph_parse;
        list->arg = t->graph;
    }
    t->lines = lines_open(t->run.loop, list);
    return lines_source(t->lines);
}

static void print_running(void *arg)
{
    struct tasks *t = arg;

    process_print(t->process, t->run.context->log);
}

static void tell_cost(const struct tasks *t)
{
    const uint64_t read = flow_read(t->run.flow);

    if (read > 0)
        log_detail(t->run.context->log, "%.1f us of its own CPU time a task",
                   (double)clock_cpu_us() / (double)read);
}

static int open_state(struct tasks *t, const struct tasks_options *o,
                      struct err *err)
{
    struct resume_options resume = {
        .keep = KEEP, .describe = content_describe, .arg = &t->content};

    t->content = (struct content){.cwd = o->list.cwd,
                                  .env = o->list.env.items,
                                  .env_count = o->list.env.count,
                                  .words = t->list.words,
                                  .word_count = t->list.word_count};
    t->state.files = t->output.files;
    return state_open(&t->state, &t->run, &resume, err);
}

static int run_flow(struct tasks *t, const struct tasks_options *o,
                    struct err *err)
{
    struct flow_options f = {0};
    int outcome;

    if (open_process(t, o, err) < 0 || open_state(t, o, err) < 0)
        return -1;
    f.source = open_list(t);
    taskout_connect(&t->output, &o->output, &t->run, &f, &t->record);
    f.worker = process_worker(t->process);
    f.work = process_work(t->process);
    f.report = record_report(&t->record);
    f.items = items_of(o);
    f.limits.in = TASK_LINE_MAX;
    f.keep = KEEP;
    f.grace_ms = o->grace;
    f.supervisor = t->supervisor;
    f.linger_ms = LINGER_MS;
    f.linger_items = LINGER_ITEMS;
    f.halt = t->halt;
    if (o->dry_run) {
        f.worker = plan_worker(&t->plan);
        f.report = plan_report(&t->plan);
    }
    if (check_list(t, &f, err) < 0)
        return -1;
    f.total = t->total;
    if (t->graph != NULL)
        f.source = graph_source(t->graph, f.source);
    if (state_listen(&t->state, t->run.loop, t->process, f.items, err) < 0)
        return -1;
    state_connect(&t->state, &f);
    if (common_open_flow(&t->run, &f, err) < 0)
        return -1;
    t->run.print_running = print_running;
    t->run.print_arg = t;
    t->plan = (struct plan){.flow = t->run.flow, .cwd = o->list.cwd};
    process_attach(t->process, t->run.flow);
    state_attach(&t->state, t->run.flow);
    outcome = common_run_flow(&t->run, err);
    tell_cost(t);
    return state_end(&t->state, &t->run, outcome, err);
}

/* What is wrong so far is said before there are two processes. */
static int divide(struct tasks *t, const struct tasks_options *o,
                  struct err *err)
{
    if (o->dry_run)
        return 1; /* with nothing to look after */
    return supervise(
        &(struct supervise_options){.name = "run-tasks",
                                    .keeps_orphans = o->keep_children,
                                    .reads_terminal =
                                        strcmp(t->list.file, "-") == 0 &&
                                        isatty(STDIN_FILENO) == 1},
        &t->supervisor, err);
}

static int run_divided(struct tasks *t, const struct cmd_context *context,
                       const struct tasks_options *o, struct err *err)
{
    int outcome = -1;

    hash_set_init(&t->ids);
    if (common_open(&t->run, context, &o->common, err) == 0)
        outcome =
            common_summarize_units(&t->run, run_flow(t, o, err), NULL, 0, err);
    common_close_flow(&t->run);
    graph_close(t->graph);
    lines_close(t->lines);
    process_close(t->process);
    schedule_free(t->pools, o->schedule.pools.count);
    taskout_close(&t->output);
    hash_set_release(&t->ids);
    state_close(&t->state);
    common_close(&t->run);
    return outcome;
}

/* A dry run leaves nothing behind. */
static void make_dry(struct tasks_options *o)
{
    o->output = (struct taskout_options){0};
    o->common.summary = NULL;
    o->common.events = NULL;
    o->common.joblog = NULL;
}

/* 1: the run may begin; 0: another one does it. */
static int lock(struct tasks *t, const struct tasks_options *o, struct err *err)
{
    const int held = state_lock(&t->state, &o->state, o->dry_run, err);

    return held < 0 ? -1 : held == 0;
}

static int run(const struct cmd_context *context, const void *options,
               const struct args_list *operands, struct err *err)
{
    struct tasks_options o = *(const struct tasks_options *)options;
    struct tasks t = {.run = {.command = "run-tasks",
                              .unit = "tasks",
                              .units_are_items = true},

                      .state = {.lock = -1, .keeps_lines = true},
                      .list.lines = {.what = "run-tasks",
                                     .max_line = TASK_LINE_MAX,
                                     .rest = true}};
    int outcome = -1;

    t.list.lines.count = &t.total;
    if (o.dry_run)
        make_dry(&o);
    if (taskout_check(&o.output, err) == 0 && check_files(&o, err) == 0 &&
        worklist_find(&t.list, &o.list, operands, context, err) == 0)
        outcome = lock(&t, &o, err);
    if (outcome > 0)
        outcome = divide(&t, &o, err);
    if (outcome > 0)
        outcome = run_divided(&t, context, &o, err);
    worklist_release(&t.list);
    return outcome;
}

#define PLACE(member) offsetof(struct tasks_options, member)

static const struct args_option own_options[] = {
    {.letter = 'j',
     .name = "jobs",
     .value = "N",
     .help = "tasks at once: N, N%, +N of the CPUs; 0: as many as CPUs",
     .fallback = "10",
     .type = ARGS_JOBS,
     .place = PLACE(common.jobs)},
    {.name = "timeout",
     .value = "D",
     .help = "end a task that runs longer; 0: never",
     .fallback = "0",
     .type = ARGS_DURATION,
     .place = PLACE(timeout)},
    {.name = "grace",
     .value = "D",
     .help = "from TERM to KILL, for a task that is to end",
     .fallback = "5s",
     .type = ARGS_DURATION,
     .place = PLACE(grace)},
    {.name = "retries",
     .value = "N",
     .help = "attempts after the first",
     .fallback = "0",
     .type = ARGS_COUNT,
     .place = PLACE(common.retries)},
    {.name = "retry-on",
     .value = "CAUSE",
     .help = "only after exit[:N[-M]], signal[:NAME], timeout, spawn",
     .type = ARGS_LIST,
     .place = PLACE(schedule.retry_on)},
    {.name = "halt",
     .value = "WHEN",
     .help = "stop at now|soon,fail|success=N|N%; what runs may end if soon",
     .type = ARGS_TEXT,
     .place = PLACE(halt)},
    {.name = "pool",
     .value = "NAME=N",
     .help = "of the tasks in this pool, N at once; may be repeated",
     .type = ARGS_LIST,
     .place = PLACE(schedule.pools)},
    {.name = "delay",
     .value = "D",
     .help = "least time between two starts",
     .fallback = "0",
     .type = ARGS_DURATION,
     .place = PLACE(schedule.delay)},
    {.name = "load",
     .value = "N|N%",
     .help = "start nothing while the load is above N, or N% of the CPUs",
     .type = ARGS_TEXT,
     .place = PLACE(schedule.load)},
    {.name = "memfree",
     .value = "B",
     .help = "start nothing while less memory is available; 0: do not look",
     .fallback = "0",
     .type = ARGS_SIZE,
     .place = PLACE(schedule.memfree)},
    {.name = "nice",
     .value = "N",
     .help = "add N to the niceness of the tasks",
     .fallback = "0",
     .type = ARGS_COUNT,
     .place = PLACE(schedule.nice)},
    {0},
};

static const struct args_option list_options[] = {
    {.letter = 'a',
     .name = "arg-file",
     .value = "FILE",
     .help = "run the command behind -- for each line of FILE",
     .type = ARGS_TEXT,
     .place = PLACE(list.arg_file)},
    {.letter = '0',
     .name = "null",
     .help = "lines of the list end with a NUL, not with a newline",
     .type = ARGS_FLAG,
     .place = PLACE(list.by_nul)},
    {.letter = 'n',
     .name = "dry-run",
     .help = "start nothing, and say as JSON what would be",
     .type = ARGS_FLAG,
     .place = PLACE(dry_run)},
    {.letter = 'C',
     .name = "cwd",
     .value = "DIR",
     .help = "run tasks in DIR, unless they say where",
     .type = ARGS_TEXT,
     .place = PLACE(list.cwd)},
    {.name = "env",
     .value = "NAME=VALUE",
     .help = "add a variable to the environment of the tasks",
     .type = ARGS_LIST,
     .place = PLACE(list.env)},
    {0},
};

static const struct args_option output_options[] = {
    {.name = "capture",
     .value = "B",
     .help = "bytes of each stream that go into the record",
     .fallback = "64K",
     .type = ARGS_SIZE,
     .place = PLACE(output.capture)},
    {.name = "results",
     .value = "DIR",
     .help = "keep the whole of each stream in DIR/ID.out and DIR/ID.err",
     .type = ARGS_TEXT,
     .place = PLACE(output.results)},
    {.name = "raw",
     .help = "stdout and stderr have the tasks' own, one task after another",
     .type = ARGS_FLAG,
     .place = PLACE(output.raw)},
    {.name = "line-buffer",
     .help = "--raw by lines, as they come",
     .type = ARGS_FLAG,
     .place = PLACE(output.line_buffer)},
    {.name = "tag",
     .help = "--raw, each line with its task's id and a tab before it",
     .type = ARGS_FLAG,
     .place = PLACE(output.tag)},
    {.name = "joblog",
     .value = "FILE",
     .help = "write a row for each task, in the format of GNU parallel",
     .type = ARGS_TEXT,
     .place = PLACE(common.joblog)},
    {.name = "keep-children",
     .help = "let live on what a task leaves behind when it ends",
     .type = ARGS_FLAG,
     .place = PLACE(keep_children)},
    {0},
};

static const struct args_option *const options[] = {
    list_options,  own_options,           output_options,
    state_options, common_record_options, common_options,
    NULL};

const struct cmd tasks_command = {
    .name = "run-tasks",
    .synopsis = "[OPTION]... [FILE]\n"
                "       weir run-tasks [OPTION]... -a FILE -- CMD [ARG]...\n"
                "       weir run-tasks [OPTION]... -- CMD [ARG]... ::: WORD...",
    .summary = "a list of commands through a bounded pool",
    .details =
        "FILE, or stdin, has one task a line: a shell command, or a JSON "
        "object.\nWith CMD there is one for each line of -a, or each WORD: it "
        "takes the place\nof {} in the arguments, or is the last one.\n"
        "The manual is weir-run-tasks(1).\n",
    .options = options,
    .options_size = sizeof(struct tasks_options),
    .run = run,
};
