/* SPDX-License-Identifier: MIT */
#include "show/joblog.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "flow/journal.h"

/* A command has 64K at most, and each of its bytes may become two. */
enum { LINE_MOST = 3 * 64 * 1024 };

struct joblog {
    struct journal *journal;
    struct buf line;
};

static void add_command(struct buf *line, struct slice command)
{
    for (size_t i = 0; i < command.len; i++) {
        switch (command.ptr[i]) {
        case '\t': buf_add_text(line, "\\t"); break;
        case '\n': buf_add_text(line, "\\n"); break;
        case '\r': buf_add_text(line, "\\r"); break;
        default: buf_add_char(line, command.ptr[i]);
        }
    }
}

/* Parallel has -1 for a task that it ended itself; here also for one that could
 * not be started. */
static int exit_value(const struct item *item)
{
    if (item->fault == NULL || strcmp(item->fault, "exit") == 0)
        return item->exit_code;
    return strcmp(item->fault, "signal") == 0 ? 0 : -1;
}

static void change(void *self, const struct item *item, enum flow_change what)
{
    struct joblog *log = self;

    if (what != FLOW_ENDED || item->started_wall_ms == 0)
        return;
    buf_clear(&log->line);
    buf_printf(
        &log->line,
        "%" PRIu64 "\t:\t%" PRId64 ".%03d\t%10.3f\t0\t%" PRIu64 "\t%d\t%d\t",
        item->number + 1, item->started_wall_ms / 1000,
        (int)(item->started_wall_ms % 1000), (double)item->duration_us / 1e6,
        item->bytes_out, exit_value(item), item->exit_signal);
    add_command(&log->line, buf_slice(&item->detail));
    buf_add_char(&log->line, '\n');
    journal_add(log->journal, buf_slice(&log->line));
}

struct joblog *joblog_new(struct journal *journal)
{
    struct joblog *log = mem_alloc(sizeof *log);

    log->journal = journal;
    buf_init(&log->line, LINE_MOST);
    journal_add(journal, slice_text("Seq\tHost\tStarttime\tJobRuntime\tSend\t"
                                    "Receive\tExitval\tSignal\tCommand\n"));
    return log;
}

void joblog_free(struct joblog *log)
{
    if (log == NULL)
        return;
    buf_release(&log->line);
    mem_free(log);
}

struct flow_watch joblog_watch(struct joblog *log)
{
    return (struct flow_watch){.self = log, .change = change};
}
