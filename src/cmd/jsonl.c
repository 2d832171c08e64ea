/* SPDX-License-Identifier: MIT */
/* weir stream-jsonl: JSON Lines through a filter, on all cores. */
#include "cmd/cmd.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "cmd/common.h"
#include "cmd/jsonl_given.h"
#include "cmd/jsonl_options.h"
#include "cmd/jsonl_outputs.h"
#include "cmd/jsonl_program.h"
#include "flow/blocks.h"
#include "flow/unpack.h"
#include "io/loop.h"
#include "io/spawn.h"
#include "jq/arena.h"
#include "jq/code.h"
#include "show/account.h"
#include "show/progress.h"
#include "work/checkpoint.h"
#include "work/exec.h"
#include "work/pipe.h"
#include "work/transform.h"
#include "json/canon.h"
#include "json/index.h"

/* Ordered output waits for the slowest block within so many for each thread;
 * and where all CPUs are busy the loop that deals them out may itself have to
 * wait for some milliseconds: two threads are 1.06 times as fast with the
 * others. */
enum { ITEMS_PER_THREAD = 4, ITEMS_MORE = 12 };

/* What a process of --exec takes of ours, and what everything else may. */
enum { FDS_PER_PROCESS = 2, FDS_RESERVED = 16 };

struct jsonl {
    struct common_run run;
    struct jsonl_given given; /* besides the input */
    struct arena program;     /* the compiled filter */
    const struct code *filter;
    struct spawn *spawn; /* NULL until a child is needed */
    struct blocks *blocks;
    struct transform *transform;
    struct exec *exec; /* --exec, or NULL */
    struct pipe *pipe; /* --pipe, or NULL */
    struct account account;
    struct jsonl_outputs outputs;
    bool input_failed;
    bool lines_lost; /* since the last run: see --checkpoint */
};

/* An input that cannot be read is passed over, and remembered. */
static void on_fault(void *arg, const struct err *err)
{
    struct jsonl *s = arg;

    s->input_failed = true;
    log_error(s->account.log, "stream-jsonl: %s", err->text);
}

/* Said once, and the run goes on with what there is. */
static void note_loss(struct jsonl *s, const char *name, long long from)
{
    s->lines_lost = true;
    log_error(s->account.log,
              "stream-jsonl: %s: what came behind byte %lld of the file that "
              "had this name is not to be found",
              name, from);
}

/*
 * Whether the threads may read ranges of a file by themselves. They do not know
 * the numbers of their lines before the blocks are in order again, nor can they
 * keep a line of any length, nor count lines off.
 */
static bool may_range(const struct jsonl *s, const struct jsonl_options *o)
{
    return o->common.ordered && !jsonl_program_reads(s->filter, o) &&
           !(s->filter->needs & CODE_NEEDS_LINE) &&
           o->on_error != TRANSFORM_WRAP && o->rejects == NULL &&
           o->exec == NULL && o->pipe == NULL &&
           o->buffer_size >= JSONL_BUFFER_LINES;
}

/* The one object for all children. Whoever opens it has to end what is left
 * below this process: a run that needs none leaves that alone. */
static struct spawn *need_spawn(void *arg, struct err *err)
{
    struct jsonl *s = arg;

    if (s->spawn == NULL)
        s->spawn = spawn_open(s->run.loop, err);
    return s->spawn;
}

/* A test may want another one than the best. */
static int choose_scanner(const struct cmd_context *context, struct err *err)
{
    if (index_choose(context->scanner) < 0)
        return err_set(err, ERR_USAGE,
                       "WEIR_SCANNER: '%s' is no scanner of this machine",
                       context->scanner);
    log_detail(context->log, "stream-jsonl: scanner %s", index_kernel());
    return 0;
}

static int check_stdin(const struct cmd_context *context,
                       const struct blocks_options *b, struct err *err)
{
    if (!(context->closed & 1u << STDIN_FILENO))
        return 0;
    for (size_t i = 0; i < b->file_count; i++) {
        if (strcmp(b->files[i], "-") == 0) {
            errno = EBADF;
            return err_sys(err, ERR_INPUT, "stdin");
        }
    }
    return 0;
}

/* What the options make of a value on its way out. */
static unsigned canon_of(const struct jsonl_options *o)
{
    return (o->canonical ? CANON_JQ : 0) | (o->sort_keys ? CANON_SORT : 0) |
           (o->ascii_output ? CANON_ASCII : 0);
}

/* As many processes as there are to be, or as our descriptors allow. */
static size_t process_count(const struct jsonl_options *o)
{
    const size_t limit = fd_raise_limit();
    const size_t most =
        limit > FDS_RESERVED ? (limit - FDS_RESERVED) / FDS_PER_PROCESS : 1;
    const size_t jobs = (size_t)o->common.jobs;

    if (jobs <= most)
        return jobs;
    return most > 0 ? most : 1;
}

/* The stage behind the filter, if there is to be one. */
static int open_next(struct jsonl *s, const struct jsonl_options *o,
                     struct transform_next *next, struct err *err)
{
    const struct cmd_context *context = s->run.context;
    size_t jobs;

    if (o->exec == NULL && o->pipe == NULL)
        return 0;
    if (need_spawn(s, err) == NULL)
        return -1;
    jobs = process_count(o);
    if (o->exec != NULL) {
        s->exec = exec_open(
            &(struct exec_options){.loop = s->run.loop,
                                   .log = context->log,
                                   .spawn = s->spawn,
                                   .command = o->exec,
                                   .environment = context->environment,
                                   .jobs = jobs,
                                   .timeout_ms = o->exec_timeout,
                                   .max_line = (size_t)o->max_line,
                                   .max_output = (size_t)o->max_output});
        *next = exec_next(s->exec);
    } else {
        s->pipe = pipe_open(
            &(struct pipe_options){.loop = s->run.loop,
                                   .log = context->log,
                                   .spawn = s->spawn,
                                   .command = o->pipe,
                                   .environment = context->environment,
                                   .jobs = jobs,
                                   .timeout_ms = o->exec_timeout,
                                   .max_output = (size_t)o->max_output,
                                   .joined = o->join_output});
        *next = pipe_next(s->pipe);
    }
    return 0;
}

static void attach(struct jsonl *s)
{
    transform_attach(s->transform, s->run.flow);
    s->account.flow = s->run.flow;
    if (s->exec != NULL)
        exec_attach(s->exec, s->run.flow);
    if (s->pipe != NULL)
        pipe_attach(s->pipe, s->run.flow);
}

/* What is new in the files since the last run. One that cannot be read keeps
 * all from being kept, so that nothing of it is lost. */
static int follow_files(struct jsonl *s, struct blocks_options *b,
                        struct err *err)
{
    struct checkpoint *c = s->outputs.since.checkpoint;

    if (c == NULL)
        return 0;
    for (size_t i = 0; i < b->file_count; i++) {
        long long lost;

        if (strcmp(b->files[i], "-") == 0)
            return err_set(err, ERR_USAGE,
                           "--checkpoint needs files, not stdin");
        if (checkpoint_follow(c, b->files[i], &lost, err) < 0)
            on_fault(s, err);
        else if (lost >= 0)
            note_loss(s, b->files[i], lost);
    }
    b->parts = checkpoint_parts(c, &b->part_count);
    if (b->parts == NULL)
        b->file_count = 0; /* none could be opened */
    b->unpack = NULL;
    return 0;
}

static int run_flow(struct jsonl *s, const struct jsonl_options *o,
                    struct blocks_options *b, struct err *err)
{
    const size_t threads =
        jsonl_program_reads(s->filter, o) ? 1 : (size_t)o->common.jobs;
    struct flow_options f = {0};
    struct transform_options t = {.loop = s->run.loop,
                                  .filter = s->filter,
                                  .policy = (enum transform_policy)o->on_error,
                                  .threads = threads,
                                  .max_line = (size_t)o->max_line,
                                  .max_depth = (size_t)o->max_depth,
                                  .max_memory = (size_t)o->max_memory,
                                  .rejects = o->rejects != NULL,
                                  .raw_input = o->raw_input,
                                  .null_input = o->null_input,
                                  .raw_output = o->raw_output || o->join_output,
                                  .joined = o->join_output,
                                  .last = o->exit_status,
                                  .canon = canon_of(o)};

    if (open_next(s, o, &t.next, err) < 0 ||
        jsonl_outputs_open(&s->outputs, o, s->account.log, err) < 0 ||
        follow_files(s, b, err) < 0)
        return -1;
    jsonl_outputs_demand(&s->outputs, &t);
    jsonl_outputs_attach(&s->outputs, &f);
    s->blocks = blocks_open(s->run.loop, b);
    s->transform = transform_open(&t);
    f.source = transform_source(s->transform, blocks_source(s->blocks));
    if (s->exec != NULL)
        f.source = exec_source(s->exec, f.source);
    f.worker = transform_worker(s->transform);
    f.work = transform_work(s->transform);
    f.report = account_report(&s->account);
    f.items = threads * ITEMS_PER_THREAD + ITEMS_MORE;
    f.limits.in = blocks_item_bytes(b);
    f.limits.out = transform_out_bytes(f.limits.in, b->max_lines);
    f.limits.side = f.limits.out;
    f.limits.out += (size_t)o->max_output;
    f.keep = 2 * b->block_bytes;
    if (common_open_flow(&s->run, &f, err) < 0)
        return -1;
    log_detail(s->account.log, "stream-jsonl: up to %zu threads", threads);
    attach(s);
    return common_run_flow(&s->run, err);
}

/* --exit-status: no error, and so the output stays. */
static int fail_by_output(enum transform_last last, struct err *err)
{
    err_set(err, ERR_STATUS, "%s", "");
    err->sys = last == TRANSFORM_FALSE ? 1 : 4;
    return -1;
}

/* The next run of --checkpoint would not see what this one left. */
static bool left_lines(const struct jsonl *s)
{
    return s->outputs.since.checkpoint != NULL && s->transform != NULL &&
           (s->account.failed || transform_left_lines(s->transform));
}

static int finish(struct jsonl *s, const struct jsonl_options *o, int outcome,
                  struct err *err)
{
    const struct account *a = &s->account;
    const struct common_count counts[] = {
        {"lines_read", a->lines_ok + a->lines_rejected + a->lines_blank, false},
        {"lines_ok", a->lines_ok, false},
        {"lines_rejected", a->lines_rejected, false},
        {"lines_blank", a->lines_blank, false},
        {"bytes_read", a->bytes_in, false},
    };

    account_end(a);
    if (outcome < 0 && err->kind == ERR_STATUS && err->sys == 0)
        outcome = a->lines_rejected ? err_set(err, ERR_UNITS, "%s", "") : 0;
    if (outcome == 0 && left_lines(s))
        outcome = err_set(err, ERR_UNITS,
                          "--checkpoint: not kept: the program left lines "
                          "unread");
    if (s->input_failed && (outcome == 0 || err->kind == ERR_UNITS))
        outcome = err_set(err, ERR_INPUT, "%s", "");
    if (s->run.flow != NULL && flow_left(s->run.flow))
        jsonl_outputs_leave(&s->outputs);
    outcome = jsonl_outputs_end(&s->outputs, outcome, err);
    if (outcome == 0 && s->lines_lost)
        outcome = err_set(err, ERR_INPUT, "%s", "");
    if (outcome == 0 && o->exit_status && a->last != TRANSFORM_TRUE)
        outcome = fail_by_output(a->last, err);
    return common_summarize(&s->run, outcome, counts,
                            sizeof counts / sizeof counts[0], err);
}

static int run_files(struct jsonl *s, const struct jsonl_options *o,
                     const struct unpack_tools *tools, struct err *err)
{
    struct blocks_options b = {.files = s->given.files,
                               .file_count = s->given.file_count,
                               .block_bytes = (size_t)o->block_size,
                               .max_lines = (size_t)o->buffer_size,
                               .max_line = (size_t)o->max_line,
                               .keep_overlong = o->rejects != NULL,
                               .ranges = may_range(s, o),
                               .unpack = o->decompress ? tools : NULL,
                               .on_fault = on_fault,
                               .arg = s};

    if (check_stdin(s->run.context, &b, err) < 0)
        return -1;
    return finish(s, o, run_flow(s, o, &b, err), err);
}

/* Nothing is read, and nothing made. */
static int explain(const struct jsonl *s, const struct cmd_context *context,
                   const struct jsonl_options *o, struct err *err)
{
    struct buf text;
    int failed;

    if (context->closed & 1u << STDOUT_FILENO) {
        errno = EBADF;
        return err_sys(err, ERR_OUTPUT, "stdout");
    }
    buf_init(&text, SIZE_MAX / 2);
    jsonl_program_explain(s->filter, s->given.program, o, &text);
    failed = fd_write(STDOUT_FILENO, text.data, text.len);
    buf_release(&text);
    return failed ? err_sys(err, ERR_OUTPUT, "stdout") : 0;
}

static int compile(struct jsonl *s, const struct cmd_context *context,
                   const struct jsonl_options *o, struct err *err)
{
    s->filter =
        jsonl_program_compile(&s->program, &s->given, o, context->log, err);
    return s->filter ? 0 : -1;
}

static int run(const struct cmd_context *context, const void *options,
               const struct args_list *operands, struct err *err)
{
    const struct jsonl_options *o = options;
    struct jsonl s = {.run = {.command = "stream-jsonl", .unit = "lines"},
                      .account = {.log = context->log,
                                  .policy = (enum transform_policy)o->on_error,
                                  .on_fault = on_fault}};
    const struct unpack_tools tools = {.spawn = need_spawn,
                                       .arg = &s,
                                       .environment = context->environment,
                                       .path = context->path};
    int outcome = -1;

    s.account.arg = &s;
    arena_init(&s.program, SIZE_MAX);
    if (jsonl_options_check(o, err) == 0 && choose_scanner(context, err) == 0 &&
        jsonl_given_init(&s.given, o, operands, context->environment, err) ==
            0 &&
        compile(&s, context, o, err) == 0) {
        if (o->explain)
            outcome = explain(&s, context, o, err);
        else if (common_open(&s.run, context, &o->common, err) == 0)
            outcome = run_files(&s, o, &tools, err);
    }
    /* First of all: what runs is ended before what watches it is freed. */
    spawn_close(s.spawn);
    transform_close(s.transform);
    common_close_flow(&s.run);
    exec_close(s.exec);
    pipe_close(s.pipe);
    blocks_close(s.blocks);
    jsonl_outputs_close(&s.outputs);
    common_close(&s.run);
    arena_release(&s.program);
    jsonl_given_release(&s.given);
    return outcome;
}

const struct cmd jsonl_command = {
    .name = "stream-jsonl",
    .synopsis = "[OPTION]... [FILTER [FILE]...]",
    .summary = "JSON Lines through a jq filter, on all cores",
    .details = "FILTER is a jq program (default '.').\n"
               "The manual is weir-stream-jsonl(1).\n",
    .options = jsonl_options_tables,
    .options_size = sizeof(struct jsonl_options),
    .run = run,
};
