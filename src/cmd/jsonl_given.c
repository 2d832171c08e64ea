/* SPDX-License-Identifier: MIT */
#include "cmd/jsonl_given.h"

#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "cmd/jsonl_options.h"
#include "json/quote.h"

/* Of a file that is given, and of all values. */
enum { FILE_MAX = 1 << 30 };

enum { READ_BYTES = 64 << 10 };

static int read_file(const char *path, struct buf *text, struct err *err)
{
    ssize_t n = 1;
    int fd = fd_open_read(path, err);

    if (fd < 0)
        return -1;
    while (n > 0) {
        char *room = buf_reserve(text, READ_BYTES);

        if (room == NULL) {
            fd_close(fd);
            return err_set(err, ERR_INPUT, "%s: more than 1G", path);
        }
        n = fd_read(fd, room, READ_BYTES);
        if (n > 0)
            text->len += (size_t)n;
    }
    if (n < 0)
        err_sys(err, ERR_INPUT, "%s", path);
    fd_close(fd);
    return n < 0 ? -1 : 0;
}

/* Values */

/* A string; what is no UTF-8 in it becomes U+FFFD. */
static struct val text_value(struct jsonl_given *g, struct slice text)
{
    struct buf quoted, plain;
    struct slice copy = {NULL, 0};

    buf_init(&quoted, SIZE_MAX / 2);
    buf_init(&plain, UINT32_MAX / 2);
    if (quote_add(&quoted, text) == 0 &&
        quote_read(&plain, buf_slice(&quoted)) == 0)
        copy = arena_copy(&g->store.arena, buf_slice(&plain));
    buf_release(&quoted);
    buf_release(&plain);
    return val_string(copy.ptr ? copy : slice_text(""));
}

static int no_json(const struct jsonl_given *g, struct err *err)
{
    return err_set(err, ERR_USAGE, "invalid JSON: %.*s", (int)g->store.error.n,
                   g->store.error.u.text);
}

/* Where the value that begins the text ends. Brackets and quotes are counted;
 * whoever reads the value finds what else is wrong. */
static size_t value_end(struct slice text)
{
    static const char ends[] = " \t\r\n,:[]{}\"";
    size_t depth = 0, i = 0;
    bool quoted = false;

    for (; i < text.len; i++) {
        const char c = text.ptr[i];

        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{'))
            depth++;
        else if (!quoted && (c == ']' || c == '}') && depth > 0)
            depth--;
        else if (!quoted && depth == 0) { /* a word or a number */
            while (i + 1 < text.len && strchr(ends, text.ptr[i + 1]) == NULL)
                i++;
        }
        if (!quoted && depth == 0)
            break;
    }
    return i < text.len ? i + 1 : text.len;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct slice skip_blank(struct slice text)
{
    while (text.len > 0 && is_blank(text.ptr[0]))
        text = slice_of(text.ptr + 1, text.len - 1);
    return text;
}

/* All values of a text, one behind the other. Exactly as large as it is: all
 * threads will share it. */
static int slurp(struct jsonl_given *g, struct slice text, struct val *array,
                 struct err *err)
{
    struct slice rest = skip_blank(text);
    uint32_t count = 0;
    struct val v;

    for (; rest.len > 0; count++) {
        const size_t end = value_end(rest);

        rest = skip_blank(slice_of(rest.ptr + end, rest.len - end));
    }
    *array = val_array(&g->store.arena, count);
    for (rest = skip_blank(text); rest.len > 0;) {
        const size_t end = value_end(rest);

        if (eval_from_json(&g->store, slice_of(rest.ptr, end), &v) < 0)
            return no_json(g, err);
        *array = val_append(&g->store.arena, *array, v);
        rest = skip_blank(slice_of(rest.ptr + end, rest.len - end));
    }
    return 0;
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
    failed = read_file(path, &text, err);
    if (!failed && raw)
        v = text_value(g, buf_slice(&text));
    else if (!failed && slurp(g, buf_slice(&text), &v, err) < 0)
        failed = err_wrap(err, "%s", path);
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

/* The same array with no room for more. */
static struct val exact(struct jsonl_given *g, struct val array)
{
    struct val copy = val_array(&g->store.arena, val_count(array)), item;

    for (uint32_t i = 0; val_element(array, i, &item); i++)
        copy = val_append(&g->store.arena, copy, item);
    return copy;
}

static void add_args(struct jsonl_given *g, struct val positional)
{
    struct arena *arena = &g->store.arena;
    struct val v = val_object(arena, 2);

    v = val_put(arena, v, slice_text("positional"), exact(g, positional));
    v = val_put(arena, v, slice_text("named"), named_object(g));
    add_global(g, "ARGS", v);
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
    if (o->from_file != NULL) {
        if (read_file(o->from_file, &g->text, err) < 0)
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
