/* SPDX-License-Identifier: MIT */
/*
 * task - one line of a list of commands, understood
 *
 * A line that begins with { is a JSON object, any other a shell command. What
 * a task points to lives until the next task_parse or task_release on it. One
 * owner.
 */
#ifndef WORK_TASK_H
#define WORK_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"

struct pattern;
struct doc;
struct err;
struct item;

struct task {
    const char *shell; /* text for `sh -c`, or NULL */
    char **argv;       /* NULL-terminated, or NULL with `shell` */
    char **env;        /* additions "NAME=value", NULL-terminated, or NULL */
    const char *cwd;   /* or NULL */
    const char *stdin_file;
    struct slice stdin_text;   /* ptr NULL: none was given */
    int64_t priority;          /* higher starts first */
    size_t slots;              /* of -j, that it takes while it runs */
    const char *pool;          /* or NULL */
    size_t pool_column;        /* where that was said */
    int64_t timeout_ms;        /* -1: as the run says; 0: none */
    const struct doc *ok_exit; /* exit codes that are success besides 0 */
    const struct doc *after;   /* an id, or an array of them; see task_after */
    bool always;               /* whether or not what it comes after failed */

    const struct pattern *pattern; /* `argv` is of it; or NULL */

    struct doc *doc; /* owns the texts of a JSON task */
    struct buf line; /* or the text of a shell task */
    struct buf argv_array;
    struct buf env_array;
    struct buf texts; /* "NAME=value" of env, or those of a command */
};

/* Largest list line, bytes. */
enum { TASK_LINE_MAX = 16 * 1024 * 1024 };

void task_init(struct task *task);
void task_release(struct task *task);

/* Forget what was read, and of the item its id, meta and retries. */
void task_begin(struct task *task, struct item *item);

/* "task_N", if the item has no id. */
void task_add_default_id(struct item *item);

/*
 * Read item->in into the task; fill the item's id ("task_N" if none is given),
 * meta and retries. With `ids` an id that was there before is a fault. 0, or
 * -1 with `err` of kind ERR_LIST and the column, if known.
 */
int task_parse(struct task *task, struct item *item, struct hash_set *ids,
               size_t *column, struct err *err);

/* The ids of the tasks that it comes after: how many, and one from 0 on. */
size_t task_after_count(const struct task *task);
struct slice task_after(const struct task *task, size_t n);

/* That part of task_parse, for a caller with checks of its own before. */
int task_note_id(const struct item *item, struct hash_set *ids, size_t *column,
                 struct err *err);

/* Whether an exit code is success for this task: 0, or in ok_exit. */
bool task_code_ok(const struct task *task, int code);

#endif
