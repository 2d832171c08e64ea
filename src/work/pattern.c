/* SPDX-License-Identifier: MIT */
#include "work/pattern.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "flow/item.h"
#include "work/process.h"
#include "work/task.h"

enum kind {
    TEXT,
    WORD,
    STEM,
    NAME,
    FOLDER,
    NAME_STEM,
    NUMBER,
    SLOT,
    END, /* of an argument */
};

static const char *const places[] = {
    [WORD] = "{}",    [STEM] = "{.}",       [NAME] = "{/}", [FOLDER] = "{//}",
    [NUMBER] = "{#}", [NAME_STEM] = "{/.}", [SLOT] = "{%}",
};

enum { PLACES = sizeof places / sizeof places[0] };

struct piece {
    enum kind kind;
    struct slice text; /* of TEXT */
};

struct pattern {
    struct piece *pieces;
    size_t count;
    size_t args;
    bool has_places;
};

/* Shells whose -c takes text. */
static const char *const shells[] = {"sh",   "bash", "dash", "ash", "ksh",
                                     "mksh", "zsh",  "fish", "csh", "tcsh"};

static void add_piece(struct pattern *p, enum kind kind, struct slice text)
{
    p->pieces = mem_resize(p->pieces, (p->count + 1) * sizeof *p->pieces);
    p->pieces[p->count++] = (struct piece){kind, text};
    p->args += kind == END;
    p->has_places |= kind != TEXT && kind != END;
}

/* The place that a text begins with, or TEXT. */
static enum kind find_place(const char *text)
{
    for (int i = WORD; i < PLACES; i++) {
        if (strncmp(text, places[i], strlen(places[i])) == 0)
            return (enum kind)i;
    }
    return TEXT;
}

static int refuse(const char *at, const char *arg, struct err *err)
{
    const char *close = strchr(at, '}');

    if (*at == '}')
        return err_set(err, ERR_USAGE,
                       "'%.200s': } without {; a brace is written }}", arg);
    if (close == NULL)
        return err_set(err, ERR_USAGE,
                       "'%.200s': { without }; a brace is written {{", arg);
    return err_set(err, ERR_USAGE,
                   "'%.100s': unknown place %.*s; a brace is written {{", arg,
                   (int)(close - at < 60 ? close - at + 1 : 60), at);
}

/* A brace and what follows it; where to go on, or NULL. */
static const char *add_brace(struct pattern *p, const char *at, const char *arg,
                             struct err *err)
{
    const enum kind place = find_place(at);

    if (place != TEXT && (int)place < PLACES) {
        add_piece(p, place, slice_of(NULL, 0));
        return at + strlen(places[place]);
    }
    if (at[0] == at[1]) {
        add_piece(p, TEXT, slice_of(at, 1));
        return at + 2;
    }
    refuse(at, arg, err);
    return NULL;
}

static int add_arg(struct pattern *p, const char *arg, struct err *err)
{
    const char *at = arg;

    while (*at != '\0') {
        const size_t plain = strcspn(at, "{}");

        if (plain > 0)
            add_piece(p, TEXT, slice_of(at, plain));
        at += plain;
        if (*at != '\0')
            at = add_brace(p, at, arg, err);
        if (at == NULL)
            return -1;
    }
    add_piece(p, END, slice_of(NULL, 0));
    return 0;
}

/* What a shell reads stays as it is. */
static int add_shell_text(struct pattern *p, const char *arg, struct err *err)
{
    for (const char *at = arg; (at = strchr(at, '{')) != NULL; at++) {
        const enum kind place = find_place(at);

        if (place != TEXT)
            return err_set(err, ERR_USAGE,
                           "'%.100s': no %s in the text of a shell: name the "
                           "word \"$1\" there, and add: sh %s",
                           arg, places[place], places[place]);
    }
    add_piece(p, TEXT, slice_text(arg));
    add_piece(p, END, slice_of(NULL, 0));
    return 0;
}

static bool is_shell(const char *arg)
{
    const char *slash = strrchr(arg, '/');

    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(slash ? slash + 1 : arg, shells[i]) == 0)
            return true;
    }
    return false;
}

/* Whether an argument is options of one letter, among them c. */
static bool has_c(const char *arg)
{
    return arg[0] == '-' && arg[1] != '-' && strchr(arg, 'c') != NULL;
}

/* The argument that is the text of `sh -c`, if `from` is a shell, or 0. It may
 * be the one behind the last. */
static size_t find_shell_text(const char *const *args, size_t count,
                              size_t from)
{
    bool found = false;

    if (!is_shell(args[from]))
        return 0;
    for (size_t i = from + 1; i < count; i++) {
        if (args[i][0] != '-')
            return found ? i : 0;
        found |= has_c(args[i]);
    }
    return found ? count : 0;
}

struct pattern *pattern_new(const char *const *args, size_t count,
                            struct err *err)
{
    struct pattern *p = mem_alloc(sizeof *p);
    size_t shell_text = 0;
    int failed = 0;

    assert(count > 0);
    for (size_t i = 0; i < count && !failed; i++) {
        if (i > 0 && i == shell_text)
            failed = add_shell_text(p, args[i], err);
        else
            failed = add_arg(p, args[i], err);
        if (shell_text <= i)
            shell_text = find_shell_text(args, count, i);
    }
    if (!failed && !p->has_places)
        failed = shell_text == count ? add_shell_text(p, places[WORD], err)
                                     : add_arg(p, places[WORD], err);
    if (!failed)
        return p;
    pattern_free(p);
    return NULL;
}

void pattern_free(struct pattern *p)
{
    if (p == NULL)
        return;
    mem_free(p->pieces);
    mem_free(p);
}

/* The length of a path without slashes at its end, but for the root. */
static size_t without_slashes(struct slice path)
{
    while (path.len > 1 && path.ptr[path.len - 1] == '/')
        path.len--;
    return path.len;
}

/* Where the last part of a path begins. */
static size_t last_part(struct slice path)
{
    size_t at = without_slashes(path);

    while (at > 0 && path.ptr[at - 1] != '/')
        at--;
    return at;
}

/* As basename(1) says it. */
static struct slice name_of(struct slice path)
{
    const size_t at = last_part(path), end = without_slashes(path);

    if (end == at)
        return slice_of(path.ptr, end);
    return slice_of(path.ptr + at, end - at);
}

/* As dirname(1) says it. */
static struct slice folder_of(struct slice path)
{
    const size_t at = last_part(path);

    if (at == 0)
        return path.len > 0 && path.ptr[0] == '/' ? slice_of(path.ptr, 1)
                                                  : slice_text(".");
    return slice_of(path.ptr, without_slashes(slice_of(path.ptr, at)));
}

/* Without the last dot and what is behind it, if that is in the last part and
 * not at its beginning: .profile has no extension. */
static struct slice stem_of(struct slice path)
{
    for (size_t i = path.len; i > 1 && path.ptr[i - 1] != '/'; i--) {
        if (path.ptr[i - 1] == '.' && path.ptr[i - 2] != '/')
            return slice_of(path.ptr, i - 1);
    }
    return path;
}

static void add_value(struct buf *text, const struct piece *piece,
                      const struct item *item, unsigned slot)
{
    const struct slice word = buf_slice(&item->in);

    switch (piece->kind) {
    case TEXT: buf_add_slice(text, piece->text); break;
    case WORD: buf_add_slice(text, word); break;
    case STEM: buf_add_slice(text, stem_of(word)); break;
    case NAME: buf_add_slice(text, name_of(word)); break;
    case FOLDER: buf_add_slice(text, folder_of(word)); break;
    case NAME_STEM: buf_add_slice(text, stem_of(name_of(word))); break;
    case NUMBER: buf_printf(text, "%" PRIu64, item->number + 1); break;
    case SLOT:
        if (slot > 0)
            buf_printf(text, "%u", slot);
        else
            buf_add_text(text, places[SLOT]);
        break;
    case END: buf_add_char(text, '\0'); break;
    }
}

void pattern_fill(struct task *task, const struct item *item, unsigned slot)
{
    const struct pattern *p = task->pattern;
    const size_t bytes = (p->args + 1) * sizeof(char *);
    char *text;

    buf_clear(&task->texts);
    for (size_t i = 0; i < p->count; i++)
        add_value(&task->texts, &p->pieces[i], item, slot);
    task->argv = (char **)(void *)buf_reserve(&task->argv_array, bytes);
    text = task->texts.data;
    for (size_t i = 0; i < p->args; i++) {
        task->argv[i] = text;
        text += strlen(text) + 1;
    }
    task->argv[p->args] = NULL;
}

int pattern_parse(void *arg, struct item *item, size_t *column, struct err *err)
{
    struct task *task = process_task(item);
    const struct slice word = buf_slice(&item->in);
    const char *nul = word.len ? memchr(word.ptr, '\0', word.len) : NULL;

    task_begin(task, item);
    task->pattern = arg;
    if (nul != NULL) {
        *column = (size_t)(nul - word.ptr) + 1;
        return err_set(err, ERR_LIST, "NUL byte in an argument");
    }
    pattern_fill(task, item, 0);
    task_add_default_id(item);
    return 0;
}
