/* SPDX-License-Identifier: MIT */
#include "flow/lines.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "flow/input.h"
#include "io/loop.h"

/* A list of another kind altogether has a fault in every line. */
enum { READ_BYTES = 64 * 1024, SHOWN = 1000 };

struct lines {
    struct lines_options o;
    struct input *input;
    size_t next_word;
    struct buf pending; /* read and not yet given out, from `start` on */
    size_t start;
    size_t searched; /* no newline before this */
    bool file_ended; /* what is pending ends without a newline */
    bool stuck;      /* a line does not fit: nothing can be read on */
    bool stopped;    /* nothing more is to be given */
    uint64_t line;   /* the number of the last line given out */
    uint64_t items;
};

struct lines *lines_open(struct loop *loop, const struct lines_options *o)
{
    struct lines *lines = mem_alloc(sizeof *lines);

    lines->o = *o;
    lines->input = input_open(loop, o->files, o->file_count);
    buf_init(&lines->pending, o->max_line + READ_BYTES + 2);
    return lines;
}

void lines_close(struct lines *lines)
{
    if (lines == NULL)
        return;
    input_close(lines->input);
    buf_release(&lines->pending);
    mem_free(lines);
}

/* Take the next whole line out of what is pending. */
static bool take_line(struct lines *l, struct slice *line)
{
    const char *from = l->pending.data + l->searched;
    const bool by_nul = l->o.by_nul;
    const char *newline = NULL;

    if (l->pending.len > l->searched)
        newline =
            memchr(from, by_nul ? '\0' : '\n', l->pending.len - l->searched);
    if (newline == NULL) {
        l->searched = l->pending.len;
        if (!l->file_ended || l->pending.len == l->start)
            return false;
        newline = l->pending.data + l->pending.len;
    }
    *line = slice_of(l->pending.data + l->start,
                     (size_t)(newline - l->pending.data) - l->start);
    l->start += line->len + 1;
    if (l->start > l->pending.len)
        l->start = l->pending.len;
    l->searched = l->start;
    if (!by_nul && line->len > 0 && line->ptr[line->len - 1] == '\r')
        line->len--;
    return true;
}

static bool is_skipped(const struct lines *l, struct slice line)
{
    struct slice text = slice_trim(line);

    if (l->o.plain)
        return line.len == 0 && !l->o.by_nul;
    return text.len == 0 || (text.ptr[0] == '#' && !l->o.by_nul);
}

/* Put "FILE:LINE:COLUMN: " or "argument N: " before a fault. */
static void add_place(const struct item *item, size_t column, struct err *err)
{
    if (item->origin == NULL)
        err_wrap(err, "argument %llu", (unsigned long long)item->line);
    else if (column > 0)
        err_wrap(err, "%s:%llu:%zu", item->origin,
                 (unsigned long long)item->line, column);
    else
        err_wrap(err, "%s:%llu", item->origin, (unsigned long long)item->line);
}

static enum flow_got give(struct lines *l, struct item *item, struct slice line,
                          struct err *err)
{
    size_t column = 0;
    int bad;

    item->lines = 1;
    item->number = l->items;
    buf_clear(&item->in);
    if (line.len > l->o.max_line ||
        buf_add_slice(&item->in, slice_of(line.ptr, line.len)) < 0)
        bad = err_set(err, ERR_LIST, "line of more than %zu bytes",
                      l->o.max_line);
    else
        bad = l->o.parse(l->o.arg, item, &column, err);
    if (bad < 0) {
        add_place(item, column, err);
        return FLOW_FAULT;
    }
    l->items++;
    return FLOW_FILLED;
}

static enum flow_got give_word(struct lines *l, struct item *item,
                               struct err *err)
{
    struct slice word = slice_text(l->o.words[l->next_word++]);

    item->origin = NULL;
    item->line = l->next_word;
    return give(l, item, word, err);
}

static enum flow_got give_line(struct lines *l, struct item *item,
                               struct slice line, struct err *err)
{
    item->origin = input_name(l->input);
    item->line = l->line;
    return give(l, item, line, err);
}

/* What is given out already makes room; then read on. */
static enum input_got read_more(struct lines *l, struct err *err)
{
    enum input_got got;
    size_t bytes;
    char *room;

    if (l->file_ended) {
        l->file_ended = false;
        l->line = 0;
    }
    buf_drop(&l->pending, l->start);
    l->searched -= l->start;
    l->start = 0;
    room = buf_reserve(&l->pending, READ_BYTES);
    if (room == NULL) {
        l->stuck = true;
        err_set(err, ERR_LIST, "%s:%llu: line of more than %zu bytes",
                input_name(l->input), (unsigned long long)l->line + 1,
                l->o.max_line);
        return INPUT_FAULT;
    }
    got = input_read(l->input, room, READ_BYTES, &bytes, err);
    if (got == INPUT_BYTES)
        l->pending.len += bytes;
    if (got == INPUT_FILE_END)
        l->file_ended = true;
    return got;
}

static enum flow_got fill(void *self, struct item *item, struct err *err)
{
    struct lines *l = self;
    struct slice line;

    if (l->stopped)
        return FLOW_END;
    if (l->next_word < l->o.word_count)
        return give_word(l, item, err);
    for (;;) {
        while (take_line(l, &line)) {
            l->line++;
            if (!is_skipped(l, line))
                return give_line(l, item, line, err);
        }
        switch (read_more(l, err)) {
        case INPUT_BYTES:
        case INPUT_FILE_END: break;
        case INPUT_LATER: return FLOW_LATER;
        case INPUT_END: return FLOW_END;
        case INPUT_FAULT: return FLOW_FAULT;
        }
    }
}

static bool is_regular(const char *name)
{
    struct stat st;

    if (strcmp(name, "-") == 0)
        return fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode);
    return stat(name, &st) == 0 && S_ISREG(st.st_mode);
}

/* How many of the files can be read twice, from the first on. */
static size_t count_readable(const struct lines_options *o)
{
    size_t n = 0;

    while (n < o->file_count && is_regular(o->files[n]))
        n++;
    return n;
}

/* A pipe may have no end. */
static void stop(void *self)
{
    struct lines *l = self;

    l->stopped = !l->o.rest || count_readable(&l->o) < l->o.file_count;
}

struct flow_source lines_source(struct lines *lines)
{
    return (struct flow_source){.self = lines, .fill = fill, .stop = stop};
}

/* Say a fault, or count it once enough were said. */
static void say_fault(const struct lines *l, struct log *log, size_t *faults,
                      const struct err *err)
{
    if (++*faults <= SHOWN && log != NULL)
        log_error(log, "%s: %s", l->o.what, err->text);
}

int lines_check(struct loop *loop, const struct lines_options *o,
                struct item *scratch, struct log *log, struct err *err)
{
    struct lines_options readable = *o;
    struct lines *l;
    size_t faults = 0;
    const off_t stdin_at = lseek(STDIN_FILENO, 0, SEEK_CUR);
    enum flow_got got;

    readable.file_count = count_readable(o);
    l = lines_open(loop, &readable);
    do {
        item_clear(scratch, o->max_line);
        got = fill(l, scratch, err);
        if (got == FLOW_FAULT && err->kind == ERR_INPUT)
            break;
        if (got == FLOW_FAULT)
            say_fault(l, log, &faults, err);
    } while (got == FLOW_FILLED || (got == FLOW_FAULT && !l->stuck));
    if (o->count != NULL && readable.file_count == o->file_count)
        *o->count = l->items;
    lines_close(l);
    if (stdin_at >= 0)
        lseek(STDIN_FILENO, stdin_at, SEEK_SET);
    if (got == FLOW_FAULT && err->kind == ERR_INPUT)
        return -1;
    if (faults > SHOWN && log != NULL)
        log_error(log, "%s: %zu more faults in the list", o->what,
                  faults - SHOWN);
    return faults > 0 ? err_set(err, ERR_LIST, "%s", "") : 0;
}
