/* SPDX-License-Identifier: MIT */
#include "cmd/secrets.h"

#include <string.h>

#include "base/mem.h"
#include "base/slice.h"
#include "cmd/args.h"

/* The options promise not to write to a word; the one who owns it is us. */
static void overwrite(const char *from, const char *end)
{
    memset(slice_unconst(from), 'x', (size_t)(end - from));
}

void secrets_hide(const char *word)
{
    overwrite(word, word + strlen(word));
}

void secrets_hide_after(const char *word, char mark)
{
    const char *at = strchr(word, mark);

    if (at != NULL)
        secrets_hide(at + 1);
}

/* A proxy may come without a scheme. */
static void hide_user(const char *word)
{
    const char *slashes = strstr(word, "//");
    const char *from = slashes ? slashes + 2 : word;
    const char *end = from + strcspn(from, "/?#");

    while (end > from && end[-1] != '@')
        end--;
    if (end > from)
        overwrite(from, end - 1);
}

char *secrets_take_url(const char *word)
{
    char *copy = mem_copy_text(word, strlen(word));

    hide_user(word);
    return copy;
}

void secrets_take_urls(const struct args_list *words, struct args_list *copies)
{
    *copies = *words;
    copies->items = mem_alloc_array(words->count, sizeof *copies->items);
    for (size_t i = 0; i < words->count; i++)
        copies->items[i] = secrets_take_url(words->items[i]);
}

void secrets_release(struct args_list *copies)
{
    for (size_t i = 0; i < copies->count; i++)
        mem_free(slice_unconst(copies->items[i]));
    mem_free(copies->items);
    *copies = (struct args_list){0};
}
