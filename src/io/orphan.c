/* SPDX-License-Identifier: MIT */

#include "io/orphan.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/mem.h"

enum {
    LIST_MAX = 8 * 1024 * 1024, /* a million pids of 8 bytes */
    ENV_MAX = 6 * 1024 * 1024,  /* execve(2) allows no more */
    READ_STEP = 16 * 1024,
    STAT_MAX = 32 * 1024,
    PASSES = 20,
};

struct orphan_env {
    struct slice bytes;
};

struct orphans {
    int children;     /* the kernel's list of them, or -1 */
    bool blind;       /* /proc is not there, or tells of other numbers */
    struct buf text;  /* the list, as it was read last */
    struct buf below; /* that of a descendant */
    pid_t *doomed;    /* who is to be killed: a list that is emptied */
    size_t doomed_count, doomed_room;
    pid_t *strangers; /* 0: an empty place */
    size_t stranger_count;
};

/* From the start of a small file of /proc to its end. 0, or -1. */
static int read_all(int fd, struct buf *out)
{
    ssize_t n = -1;
    char *room;

    buf_clear(out);
    while ((room = buf_reserve(out, READ_STEP)) != NULL &&
           (n = pread(fd, room, READ_STEP, (off_t)out->len)) > 0)
        out->len += (size_t)n;
    return n < 0 ? -1 : 0;
}

static int read_file(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), failed;

    if (fd < 0)
        return -1;
    failed = read_all(fd, out);
    fd_close(fd);
    return failed;
}

/* Field 4 of /proc/PID/stat. The name in field 2 may hold anything, so
 * counting begins behind its last ')'. */
static pid_t parent_of(pid_t pid)
{
    char path[64];
    struct buf text;
    pid_t value = 0;
    char *p;

    buf_init(&text, STAT_MAX);
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (read_file(path, &text) == 0 && buf_add_char(&text, '\0') == 0) {
        p = strrchr(text.data, ')');
        for (int i = 2; p != NULL && i < 4; i++)
            p = strchr(p + 1, ' ');
        if (p != NULL)
            value = (pid_t)strtol(p, NULL, 10);
    }
    buf_release(&text);
    return value;
}

static bool is_needed(const struct orphan_judge *judge, pid_t pid,
                      pid_t session)
{
    struct orphan_env env;
    char path[64];
    struct buf bytes;
    bool needed;

    if (judge->is_needed == NULL)
        return false;
    buf_init(&bytes, ENV_MAX);
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    if (read_file(path, &bytes) < 0)
        buf_clear(&bytes);
    env.bytes = buf_slice(&bytes);
    needed =
        judge->is_needed(judge->arg, pid, session, bytes.len > 0 ? &env : NULL);
    buf_release(&bytes);
    return needed;
}

static bool is_stranger(const struct orphans *o, pid_t pid)
{
    for (size_t i = 0; i < o->stranger_count; i++) {
        if (o->strangers[i] == pid)
            return true;
    }
    return false;
}

/* Stopped, it cannot fork: fork(2) fails to complete while a signal pends, so
 * the list of its children is whole from now on. */
static void doom(struct orphans *o, const struct orphan_judge *judge, pid_t pid)
{
    if (kill(pid, SIGSTOP) < 0)
        return;
    if (o->doomed_count == o->doomed_room) {
        o->doomed_room = o->doomed_room * 2 + 64;
        o->doomed = mem_resize(o->doomed, o->doomed_room * sizeof(pid_t));
    }
    o->doomed[o->doomed_count++] = pid;
    if (judge->on_doomed != NULL)
        judge->on_doomed(judge->arg, pid);
}

/* The children of one thread of a descendant. */
static void doom_children(struct orphans *o, const struct orphan_judge *judge,
                          pid_t pid, const char *thread)
{
    char path[400];
    const char *p;
    char *end;

    snprintf(path, sizeof path, "/proc/%d/task/%s/children", (int)pid, thread);
    if (read_file(path, &o->below) < 0 || buf_add_char(&o->below, '\0') < 0)
        return;
    for (p = o->below.data;; p = end) {
        pid_t child = (pid_t)strtol(p, &end, 10);

        if (end == p)
            break;
        doom(o, judge, child);
    }
}

static void doom_below(struct orphans *o, const struct orphan_judge *judge,
                       pid_t pid)
{
    char path[64];
    struct dirent *entry;
    DIR *threads;

    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    threads = opendir(path);
    if (threads == NULL)
        return;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own. */
    while ((entry = readdir(threads)) != NULL) {
        if (entry->d_name[0] != '.')
            doom_children(o, judge, pid, entry->d_name);
    }
    closedir(threads);
}

/* It and all below it: the list grows while it is walked. */
static void doom_tree(struct orphans *o, const struct orphan_judge *judge,
                      pid_t pid)
{
    size_t next = o->doomed_count;

    doom(o, judge, pid);
    for (; next < o->doomed_count; next++)
        doom_below(o, judge, o->doomed[next]);
}

static void judge_one(struct orphans *o, const struct orphan_judge *judge,
                      pid_t pid)
{
    pid_t session;

    /* First, since it asks nothing of the system: with many running, most of
     * the list are these. */
    if (judge->is_child != NULL && judge->is_child(judge->arg, pid))
        return;
    session = getsid(pid);
    if (session < 0 || is_stranger(o, pid))
        return;
    /* What we start has left our session, with all that comes of it: whoever
     * is still in it was started by the program that became this one. */
    if (judge->spares_session && session == getsid(0))
        return;
    if (!is_needed(judge, pid, session))
        doom_tree(o, judge, pid);
}

/* Without a list of children: every process whose parent we are. */
static void list_by_walk(struct orphans *o)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;

    buf_clear(&o->text);
    if (proc == NULL)
        return;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own. */
    while ((entry = readdir(proc)) != NULL) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

        if (pid > 0 && parent_of(pid) == getpid())
            buf_printf(&o->text, "%d ", (int)pid);
    }
    closedir(proc);
}

/* The children as "12 34 ", with a NUL; NULL when they cannot be known. */
static const char *list_children(struct orphans *o)
{
    if (o->blind)
        return NULL;
    if (o->children < 0 || read_all(o->children, &o->text) < 0)
        list_by_walk(o);
    return buf_add_char(&o->text, '\0') == 0 ? o->text.data : NULL;
}

/* How many are to be killed now. */
static size_t find_doomed(struct orphans *o, const struct orphan_judge *judge)
{
    const char *p = list_children(o);
    char *end;

    o->doomed_count = 0;
    for (; p != NULL; p = end) {
        pid_t pid = (pid_t)strtol(p, &end, 10);

        if (end == p)
            break;
        judge_one(o, judge, pid);
    }
    return o->doomed_count;
}

int orphan_kill(struct orphans *o, const struct orphan_judge *judge)
{
    size_t before = 0, count;

    /* Who lost its parent just before that was stopped is among our own
     * children the next time. */
    for (int i = 0; i < PASSES && (count = find_doomed(o, judge)) != before;
         i++)
        before = count;
    for (size_t i = 0; i < o->doomed_count; i++)
        kill(o->doomed[i], SIGKILL);
    return (int)o->doomed_count;
}

void orphan_ignore(struct orphans *o, pid_t pid)
{
    o->strangers =
        mem_resize(o->strangers, (o->stranger_count + 1) * sizeof(pid_t));
    o->strangers[o->stranger_count++] = pid;
}

static bool note_stranger(void *arg, pid_t pid)
{
    orphan_ignore(arg, pid);
    return true;
}

void orphan_forget(struct orphans *o, pid_t pid)
{
    for (size_t i = 0; i < o->stranger_count; i++) {
        if (o->strangers[i] == pid)
            o->strangers[i] = 0;
    }
}

/* In a new pid namespace with the old /proc, numbers there are not ours, and
 * killing by them would hit others. */
static bool is_blind(void)
{
    char self[32];
    ssize_t n = readlink("/proc/self", self, sizeof self - 1);

    if (n <= 0)
        return true;
    self[n] = '\0';
    return strtol(self, NULL, 10) != getpid();
}

struct orphans *orphan_open(void)
{
    struct orphans *o = mem_alloc(sizeof *o);
    char path[64];

    buf_init(&o->text, LIST_MAX);
    buf_init(&o->below, LIST_MAX);
    o->blind = is_blind();
    /* Orphans go to the first thread, so its list is the whole list. */
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    o->children = open(path, O_RDONLY | O_CLOEXEC);
    orphan_kill(o, &(struct orphan_judge){.arg = o, .is_child = note_stranger});
    return o;
}

void orphan_close(struct orphans *o)
{
    if (o == NULL)
        return;
    fd_close(o->children);
    buf_release(&o->text);
    buf_release(&o->below);
    mem_free(o->doomed);
    mem_free(o->strangers);
    mem_free(o);
}

/* Whether an entry begins with the first `len` bytes of `text`; `whole`: and
 * ends there too. */
static bool has_entry(const struct orphan_env *env, const char *text,
                      size_t len, bool whole)
{
    const char *p = env->bytes.ptr, *end = p + env->bytes.len;

    while (p < end) {
        const char *nul = memchr(p, '\0', (size_t)(end - p));
        size_t n = (size_t)((nul ? nul : end) - p);

        if ((whole ? n == len : n >= len) && memcmp(p, text, len) == 0)
            return true;
        p += n + 1;
    }
    return false;
}

bool orphan_env_names(const struct orphan_env *env, const char *entry)
{
    return has_entry(env, entry, strcspn(entry, "=") + 1, false);
}

bool orphan_env_has(const struct orphan_env *env, const char *entry)
{
    return has_entry(env, entry, strlen(entry), true);
}
