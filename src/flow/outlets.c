/* SPDX-License-Identifier: MIT */
#include "flow/outlets.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "flow/journal.h"

struct outlets {
    struct outlets_options o;
    struct sink *sink;
    struct sink *side; /* or NULL */
    sink_fn done;
    void *arg;
};

/* The journal of this number, or NULL: there are no more. */
static struct journal *journal_at(const struct outlets *o, size_t i)
{
    return i < OUTLETS_JOURNALS ? o->o.journals[i] : NULL;
}

static void on_written(void *arg, struct item *item)
{
    struct outlets *o = arg;

    if (o->side != NULL)
        sink_put(o->side, item);
    else
        o->done(o->arg, item);
}

struct outlets *outlets_open(const struct outlets_options *options,
                             sink_fn done, void *arg)
{
    struct outlets *o = mem_alloc(sizeof *o);

    *o = (struct outlets){.o = *options, .done = done, .arg = arg};
    o->sink = sink_open(options->loop, options->out, SINK_OUT, on_written, o);
    if (options->write != NULL)
        sink_write_by(o->sink, options->write, options->write_arg);
    sink_linger(o->sink, options->linger_ms, options->linger_items);
    if (options->side_name != NULL)
        o->side = sink_open(options->loop, options->side, SINK_SIDE, done, arg);
    return o;
}

bool outlets_close(struct outlets *o, bool left)
{
    struct journal *journal;

    for (size_t i = 0; left && (journal = journal_at(o, i)) != NULL; i++) {
        if (journal_busy(journal))
            journal_abandon(journal);
    }
    if (left &&
        (sink_busy(o->sink) || (o->side != NULL && sink_busy(o->side)))) {
        sink_abandon(o->sink);
        sink_abandon(o->side);
        return false;
    }
    sink_close(o->sink);
    sink_close(o->side);
    mem_free(o);
    return true;
}

void outlets_put(struct outlets *o, struct item *item)
{
    sink_put(o->sink, item);
}

bool outlets_send(const struct outlets *o)
{
    struct journal *journal;
    bool idle = true;

    for (size_t i = 0; (journal = journal_at(o, i)) != NULL; i++) {
        journal_send(journal);
        idle = idle && journal_idle(journal);
    }
    return idle;
}

bool outlets_full(const struct outlets *o)
{
    const struct journal *journal;

    for (size_t i = 0; (journal = journal_at(o, i)) != NULL; i++) {
        if (journal_full(journal))
            return true;
    }
    return false;
}

/* And the name of what failed. */
static int find_error(const struct outlets *o, const char **name)
{
    const struct journal *journal;
    int error = sink_error(o->sink);

    *name = o->o.out_name;
    if (error == 0 && o->side != NULL) {
        error = sink_error(o->side);
        *name = o->o.side_name;
    }
    for (size_t i = 0; error == 0 && (journal = journal_at(o, i)) != NULL;
         i++) {
        error = journal_error(journal);
        *name = journal_name(journal);
    }
    return error;
}

int outlets_error(const struct outlets *o)
{
    const char *name;

    return find_error(o, &name);
}

int outlets_describe(const struct outlets *o, struct err *err)
{
    const char *name;

    errno = find_error(o, &name);
    err_sys(err, ERR_OUTPUT, "%s", name);
    /* What else was asked for was to be kept. */
    if (strcmp(name, o->o.out_name) != 0 && name != o->o.side_name)
        err->sys = 0;
    return -1;
}

const char *outlets_stuck(const struct outlets *o)
{
    const struct journal *journal;

    if (sink_busy(o->sink))
        return o->o.out_name;
    if (o->side != NULL && sink_busy(o->side))
        return o->o.side_name;
    for (size_t i = 0; (journal = journal_at(o, i)) != NULL; i++) {
        if (journal_busy(journal))
            return journal_name(journal);
    }
    return NULL;
}
