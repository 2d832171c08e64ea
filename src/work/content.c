/* SPDX-License-Identifier: MIT */
#include "work/content.h"

#include "flow/item.h"
#include "store/identity.h"
#include "work/process.h"
#include "work/request.h"
#include "work/task.h"

static void add_text(struct identity *i, char what, const char *text)
{
    if (text != NULL)
        identity_add(i, what, slice_text(text));
}

static void add_texts(struct identity *i, char what, char *const *texts)
{
    for (size_t n = 0; texts != NULL && texts[n] != NULL; n++)
        identity_add(i, what, slice_text(texts[n]));
}

/* A line of words is not what is run, but all that is its own in it: its number
 * and its slot may be in the arguments. */
static void add_command(struct identity *i, const struct content *c,
                        const struct item *item)
{
    const struct task *task = process_task(item);

    if (task->pattern == NULL) {
        add_text(i, 'c', task->shell);
        add_texts(i, 'a', task->argv);
        return;
    }
    for (size_t n = 0; n < c->word_count; n++)
        add_text(i, 'p', c->words[n]);
    identity_add(i, 'w', buf_slice(&item->in));
}

void content_describe(void *arg, const struct item *item, struct identity *i)
{
    const struct content *c = arg;
    const struct task *task = process_task(item);

    add_command(i, c, item);
    add_text(i, 'd', task->cwd != NULL ? task->cwd : c->cwd);
    for (size_t n = 0; n < c->env_count; n++)
        add_text(i, 'g', c->env[n]);
    add_texts(i, 'e', task->env);
    if (task->stdin_text.ptr != NULL)
        identity_add(i, 'i', task->stdin_text);
    add_text(i, 'f', task->stdin_file);
}

/* Of the request, else of all. */
static void add_either(struct identity *i, char what, const struct buf *own,
                       const struct buf *all)
{
    identity_add(i, what, buf_slice(own->len > 0 ? own : all));
}

void content_describe_request(void *arg, const struct item *item,
                              struct identity *i)
{
    const struct content_requests *c = arg;
    const struct request *r = item->work, *all = c->defaults;
    const struct request *body = r->body_kind != REQUEST_NO_BODY ? r : all;

    add_text(i, 'm', r->method[0] != '\0' ? r->method : all->method);
    identity_add(i, 'u', buf_slice(&r->url));
    identity_add(i, 'h', buf_slice(&all->headers));
    identity_add(i, 'h', buf_slice(&r->headers));
    identity_add(i, (char)('0' + (int)body->body_kind), buf_slice(&body->body));
    add_either(i, 'o', &r->output, &all->output);
    add_text(i, 'd', c->directory);
    add_text(i, 'f', c->file);
}
