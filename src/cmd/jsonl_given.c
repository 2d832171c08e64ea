/* SPDX-License-Identifier: MIT */
#include "cmd/jsonl_given.h"

#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "cmd/jsonl_options.h"

/* Of a file that is given, and of all values. */
enum { FILE_MAX = 1 << 30 };

/* Values */

/* A string; what is no UTF-8 in it becomes U+FFFD. */
static struct val text_value(struct jsonl_given *g, struct slice text)
{
    struct val v;

    return eval_from_text(&g->store, text, &v) == 1
               ? v
               : val_string(slice_text(""));
}

static int no_json(const struct jsonl_given *g, struct err *err)
{
    return err_set(err, ERR_USAGE, "invalid JSON: %.*s", (int)g->store.error.n,
                   g->store.error.u.text);
}

/* Variables */

static void add_global(struct jsonl_given *g, const char *name, struct val v)
{
    const struct slice wanted = slice_text(name);

    for (size_t i = 0; i < g->global_count; i++) {
        if (slice_equal(g->globals[i].name, wanted))
            return;
    }
    g->globals =
        mem_resize(g->globals, (g->global_count + 1) * sizeof *g->globals);
    g->globals[g->global_count++] = (struct code_global){wanted, v};
}

static int add_file(struct jsonl_given *g, const char *name, const char *path,
                    bool raw, struct err *err)
{
    struct buf text;
    struct val v = val_null();
    int failed;

    buf_init(&text, FILE_MAX);
    failed = file_read(path, &text, err);
    if (!failed && raw)
        v = text_value(g, buf_slice(&text));
    else if (!failed && eval_from_all(&g->store, buf_slice(&text), &v) < 0) {
        no_json(g, err);
        failed = err_wrap(err, "%s", path);
    }
    buf_release(&text);
    if (failed)
        return err_wrap(err, raw ? "--rawfile" : "--slurpfile");
    add_global(g, name, v);
    return 0;
}

static int add_named(struct jsonl_given *g, const struct jsonl_options *o,
                     struct err *err)
{
    const char **item = o->arg.items;
    struct val v;

    for (size_t i = 0; i + 1 < o->arg.count; i += 2)
        add_global(g, item[i], text_value(g, slice_text(item[i + 1])));
    item = o->argjson.items;
    for (size_t i = 0; i + 1 < o->argjson.count; i += 2) {
        if (eval_from_json(&g->store, slice_text(item[i + 1]), &v) < 0) {
            no_json(g, err);
            return err_wrap(err, "--argjson %s", item[i]);
        }
        add_global(g, item[i], v);
    }
    item = o->slurpfile.items;
    for (size_t i = 0; i + 1 < o->slurpfile.count; i += 2) {
        if (add_file(g, item[i], item[i + 1], false, err) < 0)
            return -1;
    }
    item = o->rawfile.items;
    for (size_t i = 0; i + 1 < o->rawfile.count; i += 2) {
        if (add_file(g, item[i], item[i + 1], true, err) < 0)
            return -1;
    }
    return 0;
}

/* An object of the variables so far, with no room for more. */
static struct val named_object(struct jsonl_given *g)
{
    struct arena *arena = &g->store.arena;
    struct val v = val_object(arena, (uint32_t)g->global_count);

    for (size_t i = 0; i < g->global_count; i++)
        v = val_put(arena, v, g->globals[i].name, g->globals[i].value);
    return v;
}

static struct val environment_object(struct jsonl_given *g, char **environment)
{
    struct arena *arena = &g->store.arena;
    uint32_t count = 0;
    struct val v;

    while (environment != NULL && environment[count] != NULL)
        count++;
    v = val_object(arena, count);
    for (uint32_t i = 0; i < count; i++) {
        const char *equals = strchr(environment[i], '=');
        struct val name;

        if (equals == NULL)
            continue;
        name = text_value(
            g, slice_of(environment[i], (size_t)(equals - environment[i])));
        v = val_put(arena, v, val_text(arena, name),
                    text_value(g, slice_text(equals + 1)));
    }
    return v;
}

/* Operands */

/* What they are goes by --args and --jsonargs before them. */
static int sort_operands(struct jsonl_given *g, const struct args_list *list,
                         bool has_program, struct val *positional,
                         struct err *err)
{
    const char *kind = NULL;
    struct val v;

    for (size_t i = 0; i < list->count; i++) {
        const char *item = list->items[i];

        if (item == jsonl_options_texts || item == jsonl_options_values) {
            kind = item;
        } else if (!has_program) {
            g->program = slice_text(item);
            has_program = true;
        } else if (kind == NULL) {
            g->files[g->file_count++] = item;
        } else if (kind == jsonl_options_texts) {
            *positional = val_append(&g->store.arena, *positional,
                                     text_value(g, slice_text(item)));
        } else if (eval_from_json(&g->store, slice_text(item), &v) == 1) {
            *positional = val_append(&g->store.arena, *positional, v);
        } else {
            no_json(g, err);
            return err_wrap(err, "--jsonargs");
        }
    }
    return 0;
}

static void add_args(struct jsonl_given *g, struct val positional)
{
    struct arena *arena = &g->store.arena;
    struct val v = val_object(arena, 2);

    v = val_put(arena, v, slice_text("positional"),
                val_exact(arena, positional));
    v = val_put(arena, v, slice_text("named"), named_object(g));
    add_global(g, "ARGS", v);
}

/* Modules */

static struct slice home_of(char **environment)
{
    static const char name[] = "HOME=";
    const size_t n = sizeof name - 1;

    for (; environment != NULL && *environment != NULL; environment++) {
        if (strncmp(*environment, name, n) == 0 && (*environment)[n] != '\0')
            return slice_text(*environment + n);
    }
    return slice_of(NULL, 0);
}

/* The directory of the program that runs. */
static struct slice find_origin(struct jsonl_given *g)
{
    const ssize_t n =
        readlink("/proc/self/exe", g->origin, sizeof g->origin - 1);

    if (n <= 0)
        return slice_of(NULL, 0);
    return module_directory(slice_of(g->origin, (size_t)n));
}

static void set_search(struct jsonl_given *g, const struct jsonl_options *o,
                       char **environment)
{
    g->search = (struct module_search){.dirs = o->library_path.items,
                                       .dir_count = o->library_path.count,
                                       .home = home_of(environment),
                                       .origin = find_origin(g),
                                       .file = slice_text(o->from_file),
                                       .store = &g->store};
}

int jsonl_given_init(struct jsonl_given *g, const struct jsonl_options *o,
                     const struct args_list *operands, char **environment,
                     struct err *err)
{
    static const char *const standard_input = "-";
    struct val positional;

    *g = (struct jsonl_given){.program = slice_text("."),
                              .program_name = o->from_file};
    eval_init(&g->store, SIZE_MAX / 2);
    buf_init(&g->text, FILE_MAX);
    g->files = mem_alloc_array(operands->count + 1, sizeof *g->files);
    positional = val_array(&g->store.arena, 4);
    set_search(g, o, environment);
    if (o->from_file != NULL) {
        if (file_read(o->from_file, &g->text, err) < 0)
            return err_wrap(err, "--from-file");
        g->program = buf_slice(&g->text);
    }
    if (sort_operands(g, operands, o->from_file != NULL, &positional, err) < 0)
        return -1;
    if (g->file_count == 0)
        g->files[g->file_count++] = standard_input;
    if (add_named(g, o, err) < 0)
        return -1;
    add_args(g, positional);
    add_global(g, "ENV", environment_object(g, environment));
    return 0;
}

void jsonl_given_release(struct jsonl_given *g)
{
    eval_release(&g->store);
    buf_release(&g->text);
    mem_free(g->globals);
    mem_free(g->files);
}
