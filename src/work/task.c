/* SPDX-License-Identifier: MIT */
/*
 * A JSON task is read twice: by the scanner, which names the exact place of a
 * fault and keeps the source bytes of `meta`, and by the document reader,
 * whose texts end with a NUL and stay as long as the task needs them.
 */
#include "work/task.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "flow/item.h"
#include "json/doc.h"
#include "json/quote.h"
#include "json/scan.h"
#include "json/value.h"

enum { ID_MAX = 4096 };

/* What reading one key needs. */
struct reader {
    struct task *task;
    struct item *item;
    const struct doc *value;
    struct slice source; /* the value's own bytes */
    size_t column;       /* the key's */
    struct err *err;
};

typedef int (*read_fn)(struct reader *r);

void task_init(struct task *task)
{
    *task = (struct task){.slots = 1, .timeout_ms = -1};
    buf_init(&task->line, TASK_LINE_MAX + 1);
    buf_init(&task->argv_array, SIZE_MAX / 4);
    buf_init(&task->env_array, SIZE_MAX / 4);
    buf_init(&task->texts, SIZE_MAX / 4);
}

void task_release(struct task *task)
{
    doc_free(task->doc);
    buf_release(&task->line);
    buf_release(&task->argv_array);
    buf_release(&task->env_array);
    buf_release(&task->texts);
    task_init(task);
}

static void clear(struct task *task)
{
    struct task old = *task;

    doc_free(old.doc);
    buf_clear(&old.line);
    buf_clear(&old.texts);
    *task = (struct task){.slots = 1,
                          .timeout_ms = -1,
                          .line = old.line,
                          .argv_array = old.argv_array,
                          .env_array = old.env_array,
                          .texts = old.texts};
}

static int refuse(struct reader *r, const char *want)
{
    return err_set(r->err, ERR_LIST, "has to be %s", want);
}

/* A text without NUL, as everything that goes to the system must be. */
static int read_text(struct reader *r, const struct doc *doc, const char **text)
{
    struct slice s = doc_text(doc);

    if (s.ptr == NULL)
        return refuse(r, "a string");
    if (memchr(s.ptr, '\0', s.len) != NULL)
        return err_set(r->err, ERR_LIST, "NUL character in a string");
    *text = s.ptr;
    return 0;
}

static int read_id(struct reader *r)
{
    const char *id = "";

    if (read_text(r, r->value, &id) < 0)
        return -1;
    if (id[0] == '\0' || strlen(id) > ID_MAX)
        return refuse(r, "a string of 1 to 4096 bytes");
    buf_add_text(&r->item->id, id);
    r->item->known.given = true;
    return 0;
}

static int read_cmd(struct reader *r)
{
    return read_text(r, r->value, &r->task->shell);
}

static int read_argv(struct reader *r)
{
    size_t count = doc_count(r->value);
    char **argv;

    if (doc_kind(r->value) != VALUE_ARRAY || count == 0)
        return refuse(r, "an array of at least one string");
    argv = (char **)(void *)buf_reserve(&r->task->argv_array,
                                        (count + 1) * sizeof *argv);
    for (size_t i = 0; i < count; i++) {
        const char *text = NULL;

        if (read_text(r, doc_at(r->value, i), &text) < 0)
            return -1;
        argv[i] = slice_unconst(text);
    }
    if (argv[0][0] == '\0')
        return err_set(r->err, ERR_LIST, "the program's name is empty");
    argv[count] = NULL;
    r->task->argv = argv;
    return 0;
}

static int add_variable(struct reader *r, const struct doc_member *member,
                        char **entry)
{
    struct buf *texts = &r->task->texts;
    const char *value = "";

    if (member->key.len == 0 || memchr(member->key.ptr, '=', member->key.len) ||
        memchr(member->key.ptr, '\0', member->key.len))
        return err_set(r->err, ERR_LIST, "'%.*s' is no name of a variable",
                       (int)member->key.len, member->key.ptr);
    if (read_text(r, member->value, &value) < 0)
        return -1;
    *entry = texts->data + texts->len;
    buf_add_slice(texts, member->key);
    buf_add_char(texts, '=');
    buf_add(texts, value, strlen(value) + 1);
    return 0;
}

static int read_env(struct reader *r)
{
    size_t count = doc_count(r->value);
    struct doc_member member = {0};
    char **env, **entry;

    if (doc_kind(r->value) != VALUE_OBJECT)
        return refuse(r, "an object of strings");
    /* Decoded they are no longer than in the list: one reserve, so that the
     * pointers into the buffer stay. */
    buf_reserve(&r->task->texts, r->item->in.len + 1);
    env = (char **)(void *)buf_reserve(&r->task->env_array,
                                       (count + 1) * sizeof *env);
    entry = env;
    while (doc_next(r->value, &member)) {
        if (add_variable(r, &member, entry++) < 0)
            return -1;
    }
    *entry = NULL;
    r->task->env = env;
    return 0;
}

static int read_cwd(struct reader *r)
{
    return read_text(r, r->value, &r->task->cwd);
}

static int read_stdin(struct reader *r)
{
    r->task->stdin_text = doc_text(r->value);
    return r->task->stdin_text.ptr ? 0 : refuse(r, "a string");
}

static int read_stdin_file(struct reader *r)
{
    return read_text(r, r->value, &r->task->stdin_file);
}

static int read_timeout(struct reader *r)
{
    double seconds;

    if (!doc_number(r->value, &seconds) || seconds < 0 || seconds > 1e12)
        return refuse(r, "a number of seconds");
    r->task->timeout_ms = (int64_t)(seconds * 1000.0 + 0.5);
    if (r->task->timeout_ms == 0 && seconds > 0)
        r->task->timeout_ms = 1;
    return 0;
}

static int read_retries(struct reader *r)
{
    int64_t n;

    if (!doc_integer(r->value, &n) || n < 0 || n > 1000000)
        return refuse(r, "a number of attempts after the first");
    r->item->retries = n;
    return 0;
}

static int read_priority(struct reader *r)
{
    if (!doc_integer(r->value, &r->task->priority))
        return refuse(r, "a whole number; higher starts first");
    return 0;
}

static int read_slots(struct reader *r)
{
    int64_t n;

    if (!doc_integer(r->value, &n) || n < 1 || n > 1000000)
        return refuse(r, "a number of slots, 1 or more");
    r->task->slots = (size_t)n;
    return 0;
}

static int read_pool(struct reader *r)
{
    r->task->pool_column = r->column;
    return read_text(r, r->value, &r->task->pool);
}

static int read_ok_exit(struct reader *r)
{
    if (doc_kind(r->value) != VALUE_ARRAY)
        return refuse(r, "an array of exit codes");
    for (size_t i = 0; i < doc_count(r->value); i++) {
        int64_t code;

        if (!doc_integer(doc_at(r->value, i), &code) || code < 0 || code > 255)
            return refuse(r, "an array of exit codes, 0 to 255");
    }
    r->task->ok_exit = r->value;
    return 0;
}

static int read_after(struct reader *r)
{
    static const char want[] =
        "an id or an array of ids, each a string of 1 to 4096 bytes";
    size_t count;

    if (doc_kind(r->value) != VALUE_STRING && doc_kind(r->value) != VALUE_ARRAY)
        return refuse(r, want);
    r->task->after = r->value;
    count = task_after_count(r->task);
    for (size_t i = 0; i < count; i++) {
        const struct slice id = task_after(r->task, i);

        if (id.len == 0 || id.len > ID_MAX || memchr(id.ptr, '\0', id.len))
            return refuse(r, want);
    }
    return 0;
}

static int read_always(struct reader *r)
{
    if (!doc_bool(r->value, &r->task->always))
        return refuse(r, "true or false");
    return 0;
}

static int read_meta(struct reader *r)
{
    buf_add_slice(&r->item->meta, r->source);
    return 0;
}

static const struct {
    const char *name;
    read_fn read;
} keys[] = {
    {"id", read_id},
    {"cmd", read_cmd},
    {"argv", read_argv},
    {"env", read_env},
    {"cwd", read_cwd},
    {"stdin", read_stdin},
    {"stdin_file", read_stdin_file},
    {"timeout", read_timeout},
    {"retries", read_retries},
    {"priority", read_priority},
    {"slots", read_slots},
    {"pool", read_pool},
    {"ok_exit", read_ok_exit},
    {"after", read_after},
    {"always", read_always},
    {"meta", read_meta},
};

enum { KEYS = sizeof keys / sizeof keys[0] };

static int unknown_key(struct slice key, struct err *err)
{
    const char *best = NULL;
    char name[64];
    size_t len = key.len < sizeof name ? key.len : sizeof name - 1, least;

    memcpy(name, key.ptr, len);
    name[len] = '\0';
    least = text_too_far(name);
    for (size_t i = 0; i < KEYS; i++)
        text_nearer(name, keys[i].name, &best, &least);
    if (best != NULL)
        return err_set(err, ERR_LIST,
                       "unknown key \"%s\"; did you mean "
                       "\"%s\"?",
                       name, best);
    return err_set(err, ERR_LIST, "unknown key \"%s\"", name);
}

/* One member: its key as decoded by the document reader. */
static int read_member(struct reader *r, struct slice key)
{
    for (size_t i = 0; i < KEYS; i++) {
        if (!slice_is(key, keys[i].name))
            continue;
        if (keys[i].read(r) < 0)
            return err_wrap(r->err, "\"%s\"", keys[i].name);
        return 0;
    }
    return unknown_key(key, r->err);
}

/* Both walks give the members in the same order. */
static int read_members(struct reader *r, struct slice object, size_t *column)
{
    struct value_walk walk = value_members_begin(object);
    struct doc_member member = {0};
    struct slice key;

    while (value_members_next(&walk, &key, &r->source) &&
           doc_next(r->task->doc, &member)) {
        r->value = member.value;
        *column = r->column = (size_t)(key.ptr - r->item->in.data) + 1;
        if (read_member(r, member.key) < 0)
            return -1;
    }
    return 0;
}

static int check_members(const struct task *task, struct err *err)
{
    if (task->shell == NULL && task->argv == NULL)
        return err_set(err, ERR_LIST, "neither \"cmd\" nor \"argv\"");
    if (task->shell != NULL && task->argv != NULL)
        return err_set(err, ERR_LIST, "both \"cmd\" and \"argv\"");
    if (task->stdin_text.ptr != NULL && task->stdin_file != NULL)
        return err_set(err, ERR_LIST, "both \"stdin\" and \"stdin_file\"");
    return 0;
}

/* `meta` only passes through, so what the document reader cannot hold (numbers,
 * keys that come twice) is no fault in it: blanks that keep the columns right
 * take its place. */
static struct doc *read_doc(struct task *task, struct slice object,
                            struct err *err)
{
    static const char nothing[4] = {'n', 'u', 'l', 'l'};
    struct slice meta;
    char *copy;

    if (!value_find(object, slice_text("meta"), &meta) ||
        meta.len < sizeof nothing)
        return doc_parse(object, err);
    buf_add_slice(&task->line, object);
    copy = task->line.data + (meta.ptr - object.ptr);
    memset(copy, ' ', meta.len);
    memcpy(copy, nothing, sizeof nothing);
    return doc_parse(buf_slice(&task->line), err);
}

static int parse_json(struct task *task, struct item *item, size_t *column,
                      struct err *err)
{
    struct reader r = {.task = task, .item = item, .err = err};
    struct scan_fault fault;
    struct slice value;

    if (scan_line(buf_slice(&item->in), SCAN_DEPTH, &value, &fault) != 0) {
        *column = fault.column;
        return err_set(err, ERR_LIST, "invalid JSON: %s", fault.reason);
    }
    task->doc = read_doc(task, value, err);
    if (task->doc == NULL)
        return -1;
    if (read_members(&r, value, column) < 0)
        return -1;
    *column = (size_t)(value.ptr - item->in.data) + 1;
    return check_members(task, err);
}

static int parse_shell(struct task *task, const struct item *item,
                       size_t *column, struct err *err)
{
    const char *nul = memchr(item->in.data, '\0', item->in.len);

    if (nul != NULL) {
        *column = (size_t)(nul - item->in.data) + 1;
        return err_set(err, ERR_LIST, "NUL byte in a command");
    }
    buf_add_slice(&task->line, buf_slice(&item->in));
    buf_add_char(&task->line, '\0');
    task->shell = task->line.data;
    return 0;
}

int task_note_id(const struct item *item, struct hash_set *ids, size_t *column,
                 struct err *err)
{
    struct slice line = slice_trim(buf_slice(&item->in));

    if (ids == NULL || hash_set_add(ids, buf_slice(&item->id)))
        return 0;
    *column = (size_t)(line.ptr - item->in.data) + 1;
    return err_set(err, ERR_LIST, "id \"%.*s\" was given before",
                   (int)item->id.len, item->id.data);
}

void task_begin(struct task *task, struct item *item)
{
    clear(task);
    buf_clear(&item->id);
    buf_clear(&item->meta);
    item->retries = -1;
    item->known.given = false;
}

void task_add_default_id(struct item *item)
{
    if (item->id.len == 0)
        buf_printf(&item->id, "task_%llu",
                   (unsigned long long)item->number + 1);
}

int task_parse(struct task *task, struct item *item, struct hash_set *ids,
               size_t *column, struct err *err)
{
    struct slice line = slice_trim(buf_slice(&item->in));
    int failed;

    task_begin(task, item);
    failed = line.len > 0 && line.ptr[0] == '{'
                 ? parse_json(task, item, column, err)
                 : parse_shell(task, item, column, err);
    if (failed)
        return -1;
    task_add_default_id(item);
    return task_note_id(item, ids, column, err);
}

size_t task_after_count(const struct task *task)
{
    if (task->after == NULL)
        return 0;
    return doc_kind(task->after) == VALUE_STRING ? 1 : doc_count(task->after);
}

struct slice task_after(const struct task *task, size_t n)
{
    if (doc_kind(task->after) == VALUE_STRING)
        return doc_text(task->after);
    return doc_text(doc_at(task->after, n));
}

bool task_code_ok(const struct task *task, int code)
{
    int64_t ok;

    if (code == 0 || task->ok_exit == NULL)
        return code == 0;
    for (size_t i = 0; i < doc_count(task->ok_exit); i++) {
        if (doc_integer(doc_at(task->ok_exit, i), &ok) && ok == code)
            return true;
    }
    return false;
}
