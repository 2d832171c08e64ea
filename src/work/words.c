/* SPDX-License-Identifier: MIT */
/*
 * Exact by being narrow: a list of characters that are only themselves, not of
 * those that are special. The names are those of dash and of POSIX; a few more
 * do no harm.
 */
#define _GNU_SOURCE /* sigdescr_np */

#include "work/words.h"

#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                            "0123456789_-+./:,@^";

static const char *const names_of_shell[] = {
    /* reserved words */
    "case", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if",
    "in", "select", "then", "time", "until", "while",
    /* builtins */
    ".", ":", "alias", "bg", "bind", "break", "builtin", "caller", "cd",
    "chdir", "command", "continue", "declare", "echo", "enable", "eval", "exec",
    "exit", "export", "false", "fc", "fg", "getopts", "hash", "help", "history",
    "jobs", "kill", "let", "local", "logout", "mapfile", "popd", "printf",
    "pushd", "pwd", "read", "readarray", "readonly", "return", "set", "shift",
    "shopt", "source", "suspend", "test", "times", "trap", "true", "type",
    "typeset", "ulimit", "umask", "unalias", "unset", "wait"};

/* Variables that the shell sets for itself, or looks at. */
static const char *const variables_of_shell[] = {
    "ENV",      "FUNCNAME", "HISTSIZE", "IFS",   "LINENO", "MAIL",
    "MAILPATH", "OPTIND",   "OPTARG",   "PPID",  "PS1",    "PS2",
    "PS4",      "RANDOM",   "ATTY",     "OPTERR"};

static bool is_listed(const char *text, size_t len, const char *const *list,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(list[i]) == len && memcmp(list[i], text, len) == 0)
            return true;
    }
    return false;
}

void words_init(struct words *words)
{
    buf_init(&words->texts, SIZE_MAX / 4);
    buf_init(&words->argv, SIZE_MAX / 4);
}

void words_release(struct words *words)
{
    buf_release(&words->texts);
    buf_release(&words->argv);
}

static bool is_plain(const char *line)
{
    for (; *line != '\0'; line++) {
        if (*line != ' ' && *line != '\t' && strchr(plain, *line) == NULL)
            return false;
    }
    return true;
}

char **words_split(struct words *words, const char *line)
{
    size_t len = strlen(line), first;
    char *word;

    line += strspn(line, " \t");
    first = strcspn(line, " \t");
    /* A text that begins so would be an option of the shell. */
    if (first == 0 || line[0] == '-' || line[0] == '+' || !is_plain(line) ||
        is_listed(line, first, names_of_shell,
                  sizeof names_of_shell / sizeof names_of_shell[0]))
        return NULL;
    buf_clear(&words->texts);
    buf_clear(&words->argv);
    /* One reserve: argv points into it. */
    buf_reserve(&words->texts, len + 1);
    buf_add(&words->texts, line, strlen(line) + 1);
    word = words->texts.data;
    while (*(word += strspn(word, " \t")) != '\0') {
        buf_add(&words->argv, &word, sizeof word);
        word += strcspn(word, " \t");
        if (*word != '\0')
            *word++ = '\0';
    }
    word = NULL;
    buf_add(&words->argv, &word, sizeof word);
    return (char **)(void *)words->argv.data;
}

bool words_know_shell(void)
{
    char target[PATH_MAX];
    ssize_t n = readlink("/bin/sh", target, sizeof target - 1);
    const char *name;

    if (n <= 0)
        return false;
    target[n] = '\0';
    name = strrchr(target, '/');
    return strcmp(name != NULL ? name + 1 : target, "dash") == 0;
}

static bool has_name(const char *entry, size_t len)
{
    return len > 0 && entry[len] == '=' && (entry[0] < '0' || entry[0] > '9') &&
           strspn(entry, "abcdefghijklmnopqrstuvwxyz"
                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == len;
}

/* The shell would keep one of them. Quadratic, once: there are few. */
static bool comes_twice(char **entry, size_t len)
{
    for (char **other = entry + 1; *other != NULL; other++) {
        if (strncmp(*entry, *other, len + 1) == 0)
            return true;
    }
    return false;
}

/* dash takes an empty entry for the directory it is in, and gives a % a
 * meaning of its own; a relative entry depends on the directory as well. */
static bool is_plain_path(const char *list)
{
    if (strchr(list, '%') != NULL)
        return false;
    for (;; list++) {
        if (*list != '/')
            return false;
        list += strcspn(list, ":");
        if (*list == '\0')
            return true;
    }
}

bool words_passes(char **environment)
{
    bool has_path = false; /* without one, dash has its own */

    for (; environment != NULL && *environment != NULL; environment++) {
        const char *entry = *environment;
        size_t len = strcspn(entry, "=");

        if (!has_name(entry, len) || comes_twice(environment, len) ||
            is_listed(entry, len, variables_of_shell,
                      sizeof variables_of_shell / sizeof variables_of_shell[0]))
            return false;
        if (len != 4 || memcmp(entry, "PATH", 4) != 0)
            continue;
        has_path = true;
        if (!is_plain_path(entry + 5))
            return false;
    }
    return has_path;
}

const char *words_pwd(const char *pwd, char *text, size_t size)
{
    struct stat said, is;

    if (pwd != NULL && pwd[0] == '/' && stat(pwd, &said) == 0 &&
        stat(".", &is) == 0 && said.st_dev == is.st_dev &&
        said.st_ino == is.st_ino)
        return pwd;
    return getcwd(text, size);
}

const char *words_obituary(int signo, bool core, char *text, size_t size)
{
    const char *what = sigdescr_np(signo);

    text[0] = '\0';
    if (signo != SIGINT && signo != SIGPIPE && what != NULL)
        snprintf(text, size, "%.31s%s\n", what, core ? " (core dumped)" : "");
    return text;
}
