/* SPDX-License-Identifier: MIT */
#include "work/submission.h"

#include "base/err.h"
#include "flow/item.h"
#include "json/quote.h"

void submission_init(struct submission *s)
{
    const struct item_limits limits = {.in = 2 * (size_t)TASK_LINE_MAX};

    s->item = item_new(&limits);
    task_init(&s->task);
}

void submission_release(struct submission *s)
{
    item_free(s->item);
    task_release(&s->task);
}

static int parse(struct submission *s, struct err *err)
{
    size_t column = 0;

    if (task_parse(&s->task, s->item, NULL, &column, err) == 0)
        return 0;
    return column > 0 ? err_wrap(err, "column %zu", column) : -1;
}

/* The line with the id in it. */
static int add_id(struct submission *s, struct slice line, const char *id,
                  struct err *err)
{
    struct buf *in = &s->item->in;
    const bool object = line.ptr[0] == '{';

    buf_clear(in);
    buf_add_text(in, "{\"id\":");
    quote_add(in, slice_text(id));
    buf_add_text(in, object ? "," : ",\"cmd\":");
    if (object)
        buf_add(in, line.ptr + 1, line.len - 1);
    else if (quote_add(in, line) > 0)
        return err_set(err, ERR_LIST, "a command that is not UTF-8");
    if (!object)
        buf_add_char(in, '}');
    return parse(s, err);
}

int submission_read(struct submission *s, struct slice line, const char *id,
                    struct err *err)
{
    line = slice_trim(line);
    if (line.len == 0 || line.len > TASK_LINE_MAX)
        return err_set(err, ERR_LIST, "%s",
                       line.len == 0 ? "no task" : "longer than 16M");
    buf_clear(&s->item->in);
    buf_add_slice(&s->item->in, line);
    if (parse(s, err) < 0)
        return -1;
    if (s->item->known.given)
        return 0;
    return add_id(s, line, id, err);
}
