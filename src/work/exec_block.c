/* SPDX-License-Identifier: MIT */
#include "work/exec_block.h"

#include <assert.h>
#include <string.h>

#include "flow/item.h"
#include "work/transform.h"

enum { KEEP = 1 << 20 }; /* bytes of a buffer that an idle one keeps */

static struct transform_rejection rejection(uint64_t number, const char *reason)
{
    return (struct transform_rejection){
        .number = number, .error = "Exec error", .reason = reason};
}

static void reject(struct exec_block *b, size_t line, const char *reason)
{
    const struct transform_rejection r = rejection(b->numbers[line], reason);

    if (!transform_reject(b->item, &r))
        b->given_up = true;
}

static void reject_silently(struct item *item, uint64_t number)
{
    struct transform_rejection r = rejection(number, "exec: cancelled");

    r.silent = true;
    transform_reject(item, &r);
}

/* Where the line at `at` ends, behind its newline. */
static size_t line_end(const struct buf *lines, size_t at)
{
    const char *newline = memchr(lines->data + at, '\n', lines->len - at);

    assert(newline != NULL); /* only called where there is one */
    return (size_t)(newline - lines->data) + 1;
}

/* How far `lines` is written. */
static size_t sent_at(const struct exec_block *b, size_t written)
{
    return b->first_at + written;
}

static void set_due(struct exec_block *b, size_t line, size_t at)
{
    b->due = line;
    b->due_at = b->due_end = at;
    if (line < b->count)
        b->due_end = line_end(&b->lines, at);
}

/* The process in charge has no part in the lines before this one. */
static void set_first(struct exec_block *b)
{
    b->first = b->due;
    b->first_at = b->due_at;
}

/* An answer, whole or not, of so many bytes: what is wrong with it? */
static enum exec_ending judge(const struct exec_block *b, size_t len,
                              bool whole, size_t written)
{
    const size_t sent = sent_at(b, written);

    /* An answer may begin when its line has, and end when that has. */
    if (b->due == b->count || b->due_at >= sent || (whole && b->due_end > sent))
        return EXEC_LIE;
    if (len - whole > b->max_line)
        return EXEC_LONG;
    if (b->settled + b->answered + len > b->max_output)
        return EXEC_FULL;
    return EXEC_OWN;
}

/* Count one answer off. False when there is none, or it is wrong. */
static bool take_one(struct exec_block *b, const struct buf *out,
                     size_t written, enum exec_ending *ending)
{
    const size_t from = b->answered + b->searched;
    const char *newline = NULL;
    size_t len;

    if (b->answered == out->len)
        return false;
    if (from < out->len)
        newline = memchr(out->data + from, '\n', out->len - from);
    len = newline ? (size_t)(newline - out->data) + 1 - b->answered
                  : out->len - b->answered;
    *ending = judge(b, len, newline != NULL, written);
    if (*ending != EXEC_OWN)
        return false;
    b->searched = newline ? 0 : len;
    if (newline == NULL)
        return false;
    b->answered += len;
    b->number = b->numbers[b->due];
    set_due(b, b->due + 1, b->due_end);
    return true;
}

enum exec_ending exec_block_take(struct exec_block *b, const struct buf *out,
                                 size_t written)
{
    enum exec_ending ending = EXEC_OWN;

    while (take_one(b, out, written, &ending))
        continue;
    return ending;
}

bool exec_block_settle(struct exec_block *b, struct buf *out,
                       enum exec_ending ending, const char *suspect)
{
    const bool lied = ending == EXEC_LIE, any = b->due > b->first;
    size_t at = 0;

    for (size_t i = b->first; i < b->due; i++) {
        size_t end = line_end(out, at);

        if (lied)
            reject(b, i, suspect);
        else
            transform_put(b->item, b->numbers[i],
                          slice_of(out->data + at, end - at));
        at = end;
    }
    if (!lied)
        b->settled += b->answered;
    set_first(b);
    b->answered = b->searched = 0;
    buf_clear(out);
    return any && !lied;
}

bool exec_block_done(const struct exec_block *b)
{
    return b->due == b->count;
}

bool exec_block_asked(const struct exec_block *b, size_t written)
{
    return b->due_end <= sent_at(b, written);
}

bool exec_block_due_lost(const struct exec_block *b, size_t written,
                         enum exec_ending ending)
{
    if (exec_block_done(b))
        return false;
    return ending == EXEC_LIE ? b->due == b->first
                              : b->due_at < sent_at(b, written);
}

void exec_block_reject_due(struct exec_block *b, const char *reason)
{
    reject(b, b->due, reason);
    set_due(b, b->due + 1, b->due_end);
    b->first = b->due;
}

void exec_block_reject_rest(struct exec_block *b, const char *reason)
{
    for (; b->due < b->count; b->due++)
        reject(b, b->due, reason);
    b->first = b->due;
}

void exec_block_cancel(struct exec_block *b)
{
    for (; b->due < b->count; b->due++)
        reject_silently(b->item, b->numbers[b->due]);
    b->first = b->due;
}

void exec_block_refuse(struct item *item)
{
    const struct transform_block *t = item->work;
    const uint64_t *numbers = (const uint64_t *)(const void *)t->out_lines.data;
    struct buf lines = {.max = SIZE_MAX / 2};

    transform_take_lines(item, &lines);
    buf_release(&lines);
    for (size_t i = 0; i < t->out_lines.len / sizeof *numbers; i++)
        reject_silently(item, numbers[i]);
}

struct slice exec_block_rest(struct exec_block *b)
{
    set_first(b);
    return slice_of(b->lines.data + b->due_at, b->lines.len - b->due_at);
}

void exec_block_begin(struct exec_block *b, struct item *item)
{
    const struct transform_block *t = item->work;

    b->item = item;
    b->origin = item->origin;
    transform_take_lines(item, &b->lines);
    b->numbers = (const uint64_t *)(const void *)t->out_lines.data;
    b->count = t->out_lines.len / sizeof *b->numbers;
    b->settled = 0;
    b->given_up = false;
    set_due(b, 0, 0);
}

struct item *exec_block_end(struct exec_block *b)
{
    struct item *item = b->item;

    assert(exec_block_done(b));
    buf_clear(&b->lines);
    buf_shrink(&b->lines, KEEP);
    b->item = NULL;
    return item;
}

void exec_block_init(struct exec_block *b, size_t max_line, size_t max_output)
{
    *b = (struct exec_block){.max_line = max_line, .max_output = max_output};
    buf_init(&b->lines, SIZE_MAX / 2);
}

void exec_block_release(struct exec_block *b)
{
    buf_release(&b->lines);
}
