/* SPDX-License-Identifier: MIT */
#include "cmd/args.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"

struct parser {
    const struct args_option *const *tables;
    int argc;
    char **argv;
    int next; /* the argument to look at */
    void *out;
    struct args_list *operands;
    struct err *err;
};

static bool is_end(const struct args_option *o)
{
    return o->name == NULL && o->letter == 0;
}

/* Step through all rows of all tables; `o` NULL: the first. */
static const struct args_option *next_option(
    const struct args_option *const **table, const struct args_option *o)
{
    o = o ? o + 1 : **table;
    while (is_end(o)) {
        ++*table;
        if (**table == NULL)
            return NULL;
        o = **table;
    }
    return o;
}

static void list_add(struct args_list *list, const char *text)
{
    list->items = mem_resize(list->items, (list->count + 1) * sizeof(char *));
    list->items[list->count++] = text;
}

static int choose(const struct args_option *o, const char *text, int *chosen,
                  struct err *err)
{
    char all[256] = "";

    for (int i = 0; o->choices[i] != NULL; i++) {
        if (strcmp(o->choices[i], text) == 0) {
            *chosen = i;
            return 0;
        }
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s",
                 i ? ", " : "", o->choices[i]);
    }
    return err_set(err, ERR_USAGE, "'%s' is none of %s", text, all);
}

static int store(const struct args_option *o, const char *text, void *out,
                 struct err *err)
{
    void *place = (char *)out + o->place;
    struct slice s = slice_text(text);

    switch (o->type) {
    case ARGS_FLAG: *(bool *)place = true; return 0;
    case ARGS_UNSET: *(bool *)place = false; return 0;
    case ARGS_COUNT: return num_count(s, place, err);
    case ARGS_JOBS: return num_jobs(s, num_cpus(), place, err);
    case ARGS_DURATION: return num_duration(s, place, err);
    case ARGS_SIZE: return num_size(s, place, err);
    case ARGS_TEXT: *(const char **)place = text; return 0;
    case ARGS_LIST:
    case ARGS_PAIR: list_add(place, text); return 0;
    case ARGS_MARK: return 0; /* see take_value */
    case ARGS_CHOICE: return choose(o, text, place, err);
    case ARGS_IGNORED: return 0;
    }
    return 0;
}

static int set_defaults(struct parser *p)
{
    const struct args_option *const *table = p->tables;
    const struct args_option *o = NULL;

    while ((o = next_option(&table, o)) != NULL) {
        if (o->fallback != NULL && store(o, o->fallback, p->out, p->err) < 0)
            return -1;
    }
    return 0;
}

static bool is_named(const char *name, const char *text, size_t len)
{
    return name != NULL && strlen(name) == len && strncmp(name, text, len) == 0;
}

static const struct args_option *find_long(const struct parser *p,
                                           const char *text, size_t len)
{
    const struct args_option *const *table = p->tables;
    const struct args_option *o = NULL;

    while ((o = next_option(&table, o)) != NULL) {
        if (is_named(o->name, text, len) || is_named(o->alias, text, len))
            return o;
    }
    return NULL;
}

static const struct args_option *find_letter(const struct parser *p,
                                             char letter)
{
    const struct args_option *const *table = p->tables;
    const struct args_option *o = NULL;

    while ((o = next_option(&table, o)) != NULL) {
        if (o->letter == letter)
            return o;
    }
    return NULL;
}

static enum args_outcome unknown(const struct parser *p, const char *text,
                                 size_t len)
{
    const struct args_option *const *table = p->tables;
    const struct args_option *o = NULL;
    const char *best = NULL;
    char wrong[64];
    size_t least;

    snprintf(wrong, sizeof wrong, "%.*s", (int)(len < 63 ? len : 63), text);
    least = text_too_far(wrong);
    text_nearer(wrong, "help", &best, &least);
    text_nearer(wrong, "version", &best, &least);
    while ((o = next_option(&table, o)) != NULL) {
        if (o->name != NULL)
            text_nearer(wrong, o->name, &best, &least);
        if (o->alias != NULL)
            text_nearer(wrong, o->alias, &best, &least);
    }
    if (best != NULL)
        err_set(p->err, ERR_USAGE, "unknown option --%s; did you mean --%s?",
                wrong, best);
    else
        err_set(p->err, ERR_USAGE, "unknown option --%s", wrong);
    return ARGS_WRONG;
}

/* The error of a value, with the option that it was given to. */
static enum args_outcome wrong_value(const struct parser *p,
                                     const struct args_option *o, bool is_long)
{
    if (is_long)
        err_wrap(p->err, "--%s", o->name);
    else
        err_wrap(p->err, "-%c", o->letter);
    return ARGS_WRONG;
}

static enum args_outcome lacks_value(const struct parser *p,
                                     const struct args_option *o, bool is_long)
{
    err_set(p->err, ERR_USAGE, "needs %s: %s",
            o->type == ARGS_PAIR ? "two values" : "a value", o->value);
    return wrong_value(p, o, is_long);
}

static enum args_outcome take_value(struct parser *p,
                                    const struct args_option *o,
                                    const char *given, bool is_long)
{
    if (o->value != NULL && given == NULL) {
        if (p->next == p->argc)
            return lacks_value(p, o, is_long);
        given = p->argv[p->next++];
    }
    if (o->type == ARGS_PAIR) {
        if (p->next == p->argc)
            return lacks_value(p, o, is_long);
        store(o, given, p->out, p->err);
        given = p->argv[p->next++];
    }
    if (o->type == ARGS_MARK)
        list_add(p->operands, o->name);
    if (store(o, given, p->out, p->err) < 0)
        return wrong_value(p, o, is_long);
    return ARGS_RUN;
}

static enum args_outcome takes_no_value(const struct parser *p,
                                        const char *name)
{
    err_set(p->err, ERR_USAGE, "--%s takes no value", name);
    return ARGS_WRONG;
}

static enum args_outcome parse_long(struct parser *p, const char *text)
{
    const char *equals = strchr(text, '=');
    size_t len = equals ? (size_t)(equals - text) : strlen(text);
    const struct args_option *o = find_long(p, text, len);

    if (is_named("help", text, len))
        return equals ? takes_no_value(p, "help") : ARGS_HELP;
    if (is_named("version", text, len))
        return equals ? takes_no_value(p, "version") : ARGS_VERSION;
    if (o == NULL && equals == NULL && strncmp(text, "no-", 3) == 0) {
        o = find_long(p, text + 3, len - 3);
        if (o != NULL && o->type == ARGS_FLAG) {
            *(bool *)(void *)((char *)p->out + o->place) = false;
            return ARGS_RUN;
        }
        o = NULL;
    }
    if (o == NULL)
        return unknown(p, text, len);
    if (equals != NULL && o->value == NULL)
        return takes_no_value(p, o->name);
    return take_value(p, o, equals ? equals + 1 : NULL, true);
}

static enum args_outcome parse_letters(struct parser *p, const char *letters)
{
    for (const char *l = letters; *l != '\0'; l++) {
        const struct args_option *o = find_letter(p, *l);
        enum args_outcome outcome;

        if (o == NULL) {
            err_set(p->err, ERR_USAGE, "unknown option -%c", *l);
            return ARGS_WRONG;
        }
        if (o->value != NULL)
            return take_value(p, o, l[1] != '\0' ? l + 1 : NULL, false);
        outcome = take_value(p, o, NULL, false);
        if (outcome != ARGS_RUN)
            return outcome;
    }
    return ARGS_RUN;
}

static enum args_outcome parse_one(struct parser *p, const char *text)
{
    if (text[0] != '-' || text[1] == '\0') {
        list_add(p->operands, text);
        return ARGS_RUN;
    }
    if (text[1] == '-')
        return parse_long(p, text + 2);
    return parse_letters(p, text + 1);
}

enum args_outcome args_parse(const struct args_option *const *tables, int argc,
                             char **argv, void *out, struct args_list *operands,
                             struct err *err)
{
    struct parser p = {.tables = tables,
                       .argc = argc,
                       .argv = argv,
                       .out = out,
                       .operands = operands,
                       .err = err};
    enum args_outcome outcome = ARGS_RUN;

    if (set_defaults(&p) < 0)
        return ARGS_WRONG;
    while (outcome == ARGS_RUN && p.next < argc) {
        const char *text = argv[p.next++];

        if (strcmp(text, "--") == 0) {
            while (p.next < argc)
                list_add(operands, argv[p.next++]);
            break;
        }
        outcome = parse_one(&p, text);
        operands->dashes = operands->count;
    }
    return outcome;
}

void args_release(const struct args_option *const *tables, void *out,
                  struct args_list *operands)
{
    const struct args_option *const *table = tables;
    const struct args_option *o = NULL;

    while ((o = next_option(&table, o)) != NULL) {
        if (o->type == ARGS_LIST || o->type == ARGS_PAIR) {
            struct args_list *list = (void *)((char *)out + o->place);

            mem_free(list->items);
            list->items = NULL;
        }
    }
    mem_free(operands->items);
    operands->items = NULL;
}

static void help_line(const char *names, const char *text, const char *fallback,
                      struct buf *out)
{
    /* Names that are too long for their column get a line of their own. */
    if (strlen(names) > 26)
        buf_printf(out, "  %s\n  %-26s", names, "");
    else
        buf_printf(out, "  %-26s", names);
    buf_printf(out, " %s", text);
    if (fallback != NULL)
        buf_printf(out, " (default %s)", fallback);
    buf_add_char(out, '\n');
}

void args_help(const struct args_option *const *tables, struct buf *text)
{
    const struct args_option *const *table = tables;
    const struct args_option *o = NULL;
    char names[128];

    while ((o = next_option(&table, o)) != NULL) {
        int n = 0;

        if (o->letter != 0)
            n = snprintf(names, sizeof names, "-%c%s", o->letter,
                         o->name ? ", " : "");
        if (o->name != NULL)
            n += snprintf(names + n, sizeof names - (size_t)n, "--%s", o->name);
        if (o->alias != NULL)
            n += snprintf(names + n, sizeof names - (size_t)n, ", --%s",
                          o->alias);
        if (o->value != NULL)
            snprintf(names + n, sizeof names - (size_t)n, " %s", o->value);
        help_line(names, o->help, o->fallback, text);
    }
    help_line("--help", "show this and exit", NULL, text);
    help_line("--version", "show the version and exit", NULL, text);
}
