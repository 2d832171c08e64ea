/* SPDX-License-Identifier: MIT */
#include "work/content.h"

#include "flow/item.h"
#include "store/identity.h"
#include "work/process.h"
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
