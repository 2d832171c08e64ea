/* SPDX-License-Identifier: MIT */
#include "cmd/worklist.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "work/environment.h"
#include "work/pattern.h"

static const char separator[] = ":::";

/* The place of the first ::: from an operand on, or their count. */
static size_t find_separator(const struct args_list *operands, size_t from)
{
    while (from < operands->count &&
           strcmp(operands->items[from], separator) != 0)
        from++;
    return from;
}

static int set_command(struct worklist *list, const struct args_list *operands,
                       size_t end, struct err *err)
{
    const size_t first = operands->dashes;

    if (first > 0)
        return err_set(err, ERR_USAGE,
                       "a list of words and a list of tasks: '%s' needs -a",
                       operands->items[0]);
    if (end == first)
        return err_set(err, ERR_USAGE,
                       "no command for the words: it follows --");
    list->pattern = pattern_new(operands->items + first, end - first, err);
    if (list->pattern == NULL)
        return -1;
    list->words = operands->items + first;
    list->word_count = end - first;
    list->lines.parse = pattern_parse;
    list->lines.arg = list->pattern;
    list->lines.plain = true;
    return 0;
}

/* -- CMD ARG... ::: WORD... */
static int find_words(struct worklist *list, const struct worklist_options *o,
                      const struct args_list *operands, size_t at,
                      struct err *err)
{
    if (o->arg_file != NULL || o->by_nul)
        return err_set(err, ERR_USAGE, "%s and ::: exclude each other",
                       o->by_nul ? "-0" : "-a");
    if (find_separator(operands, at + 1) < operands->count)
        return err_set(err, ERR_USAGE, "more than one :::");
    list->file = separator; /* none, and no terminal */
    list->lines.file_count = 0;
    list->lines.words = operands->items + at + 1;
    list->lines.word_count = operands->count - at - 1;
    return set_command(list, operands, at, err);
}

static int find_tasks(struct worklist *list, const struct args_list *operands,
                      struct err *err)
{
    if (operands->count > 1)
        return err_set(err, ERR_USAGE,
                       "one list at a time, not '%s' too; words for a command "
                       "follow ::: or are in the file of -a",
                       operands->items[1]);
    if (operands->count == 1)
        list->file = operands->items[0];
    else if (isatty(STDIN_FILENO) == 1)
        return err_set(err, ERR_USAGE,
                       "no list: name a FILE, or '-' to type one");
    return 0;
}

static int find_source(struct worklist *list, const struct worklist_options *o,
                       const struct args_list *operands, struct err *err)
{
    const size_t at = find_separator(operands, operands->dashes);

    if (find_separator(operands, 0) < operands->dashes)
        return err_set(err, ERR_USAGE, "::: follows a command, and -- it");
    if (at < operands->count)
        return find_words(list, o, operands, at, err);
    list->lines.by_nul = o->by_nul;
    if (o->arg_file == NULL)
        return find_tasks(list, operands, err);
    list->file = o->arg_file;
    return set_command(list, operands, operands->count, err);
}

/* What holds for every task is better said once. */
static int check_place(const struct worklist_options *o, struct err *err)
{
    struct stat st;

    for (size_t i = 0; i < o->env.count; i++) {
        const char *entry = o->env.items[i];

        if (entry[0] == '=' || strchr(entry, '=') == NULL)
            return err_set(err, ERR_USAGE, "--env: '%s' is not NAME=VALUE",
                           entry);
    }
    if (o->cwd == NULL)
        return 0;
    if (stat(o->cwd, &st) < 0)
        return err_sys(err, ERR_USAGE, "--cwd: %s", o->cwd);
    if (!S_ISDIR(st.st_mode))
        return err_set(err, ERR_USAGE, "--cwd: %s: not a directory", o->cwd);
    return 0;
}

int worklist_find(struct worklist *list, const struct worklist_options *o,
                  const struct args_list *operands,
                  const struct cmd_context *context, struct err *err)
{
    list->file = "-";
    list->lines.files = &list->file;
    list->lines.file_count = 1;
    list->environment =
        environment_extend(context->environment, o->env.items, o->env.count);
    if (check_place(o, err) < 0 || find_source(list, o, operands, err) < 0)
        return -1;
    if (list->lines.file_count > 0 && strcmp(list->file, "-") == 0 &&
        (context->closed & 1u << STDIN_FILENO)) {
        errno = EBADF;
        return err_sys(err, ERR_INPUT, "stdin");
    }
    return 0;
}

void worklist_release(struct worklist *list)
{
    pattern_free(list->pattern);
    mem_free(list->environment);
}
