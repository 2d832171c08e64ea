/* SPDX-License-Identifier: MIT */
#include "cmd/jsonl_outputs.h"

#include "base/err.h"
#include "base/log.h"
#include "cmd/distinct.h"
#include "cmd/jsonl_options.h"
#include "flow/flow.h"
#include "work/rows.h"
#include "work/transform.h"

static struct rows_options rows_options(const struct jsonl_options *o)
{
    return (struct rows_options){.path = o->into,
                                 .table = o->table,
                                 .columns = o->columns,
                                 .upsert = o->upsert,
                                 .unchecked =
                                     o->exec != NULL || o->pipe != NULL};
}

static int check_files(const struct jsonl_options *o, struct err *err)
{
    const struct distinct files[] = {
        {"--output", o->output},
        {"--rejects", o->rejects},
        {"--summary", o->common.summary},
        {"--into", o->into},
        /* With --into that is a name within the database. */
        {"--checkpoint", o->into != NULL ? NULL : o->checkpoint},
    };

    return distinct_check(files, sizeof files / sizeof files[0], err);
}

int jsonl_outputs_check(const struct jsonl_options *o, struct err *err)
{
    const struct rows_options rows = rows_options(o);

    if (check_files(o, err) < 0)
        return -1;
    if (o->into == NULL) {
        if (o->table != NULL || o->columns != NULL || o->upsert != NULL)
            return err_set(err, ERR_USAGE, "%s is of no use without --into",
                           o->table     ? "--table"
                           : o->columns ? "--columns"
                                        : "--upsert");
        return 0;
    }
    if (o->output != NULL)
        return err_set(err, ERR_USAGE, "--into and --output: one of them");
    if (o->raw_output || o->join_output)
        return err_set(err, ERR_USAGE,
                       "--into needs JSON: not with -r or --join-output");
    if (o->upsert != NULL && o->on_error == TRANSFORM_WRAP)
        return err_set(err, ERR_USAGE,
                       "--upsert: a wrapped line has no such column; try "
                       "--rejects");
    return rows_options_check(&rows, err);
}

int jsonl_outputs_open(struct jsonl_outputs *out, const struct jsonl_options *o,
                       struct log *log, struct err *err)
{
    const struct rows_options rows = rows_options(o);

    out->o = o;
    out->log = log;
    if (o->output != NULL && replace_open(&out->file, o->output, err) < 0)
        return -1;
    if (o->rejects != NULL && replace_open(&out->rejects, o->rejects, err) < 0)
        return -1;
    if (o->into != NULL)
        out->rows = rows_open(&rows, err);
    if (o->into != NULL && out->rows == NULL)
        return -1;
    return jsonl_since_open(&out->since, o, out->rows, err);
}

void jsonl_outputs_attach(struct jsonl_outputs *out, struct flow_options *flow)
{
    if (out->file.open) {
        flow->out = out->file.fd;
        flow->out_name = out->file.name;
    }
    if (out->rejects.open) {
        flow->side = out->rejects.fd;
        flow->side_name = out->rejects.name;
    }
    if (out->rows != NULL) {
        flow->write = rows_write;
        flow->write_arg = out->rows;
        flow->out_name = out->o->into;
    }
}

/* What a next stage answers is looked at when it is written. */
void jsonl_outputs_demand(struct jsonl_outputs *out,
                          struct transform_options *transform)
{
    if (out->rows == NULL || transform->next.take != NULL)
        return;
    transform->check = rows_check;
    transform->check_arg = out->rows;
}

/* Whether they may be kept: the run came to its end, and no line is missing
 * that the user has not made arrangements for. */
static bool may_commit(const struct jsonl_outputs *out, int outcome,
                       const struct err *err)
{
    const int policy = out->o->on_error;
    /* What is on stdout is there, and a line that was named is known. */
    const bool to_stdout = !out->file.open && out->rows == NULL;

    if (outcome == 0)
        return true;
    return err->kind == ERR_UNITS && err->text[0] == '\0' &&
           (policy == TRANSFORM_WRAP || policy == TRANSFORM_DROP ||
            out->rejects.open || to_stdout);
}

/* What was read is noted once the output is on the disk, and before it has its
 * name: the next run gives it that if this one is killed in between. */
static int commit(struct jsonl_outputs *out, struct err *err)
{
    if (out->file.open && out->since.checkpoint != NULL &&
        replace_sync(&out->file, err) < 0)
        return -1;
    if (jsonl_since_keep(&out->since, &out->file, err) < 0)
        return -1;
    if (out->file.open && replace_commit(&out->file, err) < 0) {
        jsonl_since_take_back(&out->since);
        return -1;
    }
    if (out->rows == NULL)
        return 0;
    if (rows_commit(out->rows, err) < 0)
        return -1;
    log_detail(out->log, "stream-jsonl: %s: %llu rows committed", out->o->into,
               (unsigned long long)rows_count(out->rows));
    return 0;
}

static void take_back(struct jsonl_outputs *out)
{
    if (out->file.open && !out->file.direct)
        log_error(out->log, "stream-jsonl: %s: not written", out->file.name);
    if (out->rows != NULL)
        log_error(out->log, "stream-jsonl: %s: rolled back", out->o->into);
    replace_drop(&out->file);
}

/* Keep all, if that may be, or take it back. 0, or -1 and `err`, if that is
 * worse than what came before. */
static int settle(struct jsonl_outputs *out, int outcome,
                  const struct err *before, struct err *err)
{
    if (out->rows != NULL && rows_failed(out->rows, err))
        return -1;
    if (may_commit(out, outcome, before))
        return commit(out, err);
    take_back(out);
    return 0;
}

int jsonl_outputs_end(struct jsonl_outputs *out, int outcome, struct err *err)
{
    struct err failed;
    int settled;

    if (out->o == NULL)
        return outcome;
    settled = settle(out, outcome, err, &failed);
    rows_close(out->rows);
    out->rows = NULL;
    /* The rejected lines are of use however the run ended. */
    if (out->rejects.open && replace_commit(&out->rejects, &failed) < 0)
        settled = -1;
    if (settled < 0)
        *err = failed;
    return settled < 0 ? -1 : outcome;
}

void jsonl_outputs_leave(struct jsonl_outputs *out)
{
    out->rows = NULL;
}

void jsonl_outputs_close(struct jsonl_outputs *out)
{
    rows_close(out->rows);
    out->rows = NULL;
    replace_drop(&out->file);
    replace_drop(&out->rejects);
    jsonl_since_close(&out->since);
}
