/* SPDX-License-Identifier: MIT */
#include "work/command.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "io/spawn.h"
#include "work/programs.h"
#include "work/task.h"
#include "work/words.h"

struct command {
    char **base;     /* the environment that tasks add to */
    char **skipping; /* and that of lines without a shell, or NULL */
    const char *path;
    struct programs *programs;
    struct words words;
    char pwd[PATH_MAX + 8]; /* "PWD=..." as the shell would set it, or "" */
};

/* Whether lines may do without a shell, and what they find as PWD then. */
static void look_at_shell(struct command *c, char **environment)
{
    const char *had = environment_find(environment, "PWD"), *pwd;
    char text[PATH_MAX];

    if (!words_know_shell() || !words_passes(environment))
        return;
    pwd = words_pwd(had, text, sizeof text);
    if (pwd == NULL || strlen(pwd) >= PATH_MAX)
        return;
    snprintf(c->pwd, sizeof c->pwd, "PWD=%s", pwd);
    c->skipping = environment_base(environment, c->pwd);
}

struct command *command_open(char **environment, const char *path)
{
    struct command *c = mem_alloc(sizeof *c);

    c->base = environment_base(environment, NULL);
    c->path = path;
    c->programs = programs_new();
    words_init(&c->words);
    look_at_shell(c, environment);
    return c;
}

void command_close(struct command *c)
{
    if (c == NULL)
        return;
    programs_free(c->programs);
    words_release(&c->words);
    mem_free(c->base);
    mem_free(c->skipping);
    mem_free(c);
}

static int start_plan(struct command_start *s, char **base, struct err *err)
{
    s->plan->envp =
        environment_compose(s->environment, base, s->task->env, &s->facts);
    s->child->marker = environment_marker(s->environment);
    return spawn_start(s->spawn, s->plan, s->child, err);
}

static int start_shell(struct command *c, struct command_start *s,
                       struct err *err)
{
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"},
                    slice_unconst(s->task->shell), NULL};

    s->plan->path = "/bin/sh";
    s->plan->argv = argv;
    return start_plan(s, c->base, err);
}

/* A program in argv of the plan. Where it was remembered to be it may not be
 * any more: then it is looked for anew. */
static int start_program(struct command *c, struct command_start *s,
                         char **base, struct err *err)
{
    const char *name = s->plan->argv[0];
    const char *path_list = environment_path(s->task->env, c->path);
    const struct programs_query query = {.name = name,
                                         .path_list = path_list,
                                         .cwd = s->task->cwd,
                                         .is_common = path_list == c->path};
    char text[PATH_MAX];

    for (;;) {
        s->plan->path = programs_find(c->programs, &query, text, sizeof text);
        if (s->plan->path == NULL)
            return err_sys(err, ERR_UNITS, "%s", name);
        if (start_plan(s, base, err) == 0)
            return 0;
        if (spawn_error_passes(err->sys) || s->plan->path == text ||
            !programs_forget(c->programs, name))
            return -1;
    }
}

/* A task that changes neither directory nor environment: what the shell would
 * do about those is not worth the knowing. */
static bool may_skip(const struct command *c, const struct task *task)
{
    return c->skipping != NULL && task->cwd == NULL && task->env == NULL;
}

int command_start(struct command *c, struct command_start *s, struct err *err)
{
    char **argv = NULL;

    s->without_shell = false;
    s->plan->cwd = s->task->cwd;
    if (s->task->shell == NULL) {
        s->plan->argv = s->task->argv;
        return start_program(c, s, c->base, err);
    }
    if (may_skip(c, s->task))
        argv = words_split(&c->words, s->task->shell);
    if (argv != NULL) {
        s->plan->argv = argv;
        s->without_shell = true;
        if (start_program(c, s, c->skipping, err) == 0)
            return 0;
        if (spawn_error_passes(err->sys))
            return -1;
        /* What is wrong with it, the shell shall say. */
        s->without_shell = false;
    }
    return start_shell(c, s, err);
}
