/* SPDX-License-Identifier: MIT */
#include "show/summary.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/replace.h"
#include "json/doc.h"

enum { FIGURES_MAX = 16, TEXT_MAX = 65536 };

struct figure {
    const char *name;
    uint64_t value;
    bool rare;
};

struct summary {
    const char *command;
    int64_t started_wall_ms;
    int64_t elapsed_ms;
    struct figure figures[FIGURES_MAX];
    size_t count;
};

struct summary *summary_new(const char *command, int64_t started_wall_ms,
                            int64_t elapsed_ms)
{
    struct summary *s = mem_alloc(sizeof *s);

    s->command = command;
    s->started_wall_ms = started_wall_ms;
    s->elapsed_ms = elapsed_ms;
    return s;
}

void summary_free(struct summary *s)
{
    mem_free(s);
}

void summary_add(struct summary *s, const char *name, uint64_t value)
{
    assert(s->count < FIGURES_MAX);
    s->figures[s->count++] = (struct figure){name, value, false};
}

void summary_add_rare(struct summary *s, const char *name, uint64_t value)
{
    summary_add(s, name, value);
    s->figures[s->count - 1].rare = true;
}

void summary_say(const struct summary *s, struct log *log)
{
    struct buf line;

    buf_init(&line, 2048);
    for (size_t i = 0; i < s->count; i++) {
        if (s->figures[i].rare && s->figures[i].value == 0)
            continue;
        buf_printf(&line, "%s%s %llu", i ? ", " : "", s->figures[i].name,
                   (unsigned long long)s->figures[i].value);
    }
    log_note(log, "%s: %.*s in %.3f s", s->command, (int)line.len, line.data,
             (double)s->elapsed_ms / 1000.0);
    buf_release(&line);
}

static void compose(const struct summary *s, const char *error, int exit_status,
                    struct buf *text)
{
    struct doc *doc = doc_object_new();
    char stamp[CLOCK_STAMP_SIZE];

    clock_stamp(s->started_wall_ms, stamp);
    doc_set_text(doc, "version", slice_text(WEIR_VERSION));
    doc_set_text(doc, "command", slice_text(s->command));
    doc_set_integer(doc, "exit_status", exit_status);
    if (error[0] != '\0')
        doc_set_text(doc, "error", slice_text(error));
    else
        doc_set_null(doc, "error");
    doc_set_text(doc, "started_at", slice_text(stamp));
    doc_set_number(doc, "elapsed", (double)s->elapsed_ms / 1000.0);
    for (size_t i = 0; i < s->count; i++)
        doc_set_integer(doc, s->figures[i].name, (int64_t)s->figures[i].value);
    doc_write(doc, text);
    buf_add_char(text, '\n');
    doc_free(doc);
}

int summary_write(const struct summary *s, const char *path, const char *error,
                  int exit_status, struct err *err)
{
    struct buf text;
    int failed;

    buf_init(&text, TEXT_MAX);
    compose(s, error, exit_status, &text);
    failed = replace_file(path, buf_slice(&text), err);
    buf_release(&text);
    return failed;
}
