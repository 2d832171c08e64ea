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

enum {
    LIST_MAX = 8 * 1024 * 1024, /* a million pids of 8 bytes */
    ENV_MAX = 6 * 1024 * 1024,  /* execve(2) allows no more */
    READ_STEP = 16 * 1024,
    STAT_MAX = 32 * 1024,
};

struct orphan_env {
    struct slice bytes;
};

/* The whole of a small file of /proc. 0, or -1. */
static int read_file(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = -1;
    char *room;

    if (fd < 0)
        return -1;
    while ((room = buf_reserve(out, READ_STEP)) != NULL &&
           (n = fd_read(fd, room, READ_STEP)) > 0)
        out->len += (size_t)n;
    fd_close(fd);
    return n < 0 ? -1 : 0;
}

/* Field `n` (from 3) of /proc/PID/stat: 4 is the parent, 6 the session. The
 * name in field 2 may hold anything, so counting begins behind its last ')'. */
static pid_t stat_field(pid_t pid, int n)
{
    char path[64];
    struct buf text;
    pid_t value = 0;
    char *p;

    buf_init(&text, STAT_MAX);
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (read_file(path, &text) == 0 && buf_add_char(&text, '\0') == 0) {
        p = strrchr(text.data, ')');
        for (int i = 2; p != NULL && i < n; i++)
            p = strchr(p + 1, ' ');
        if (p != NULL)
            value = (pid_t)strtol(p, NULL, 10);
    }
    buf_release(&text);
    return value;
}

static bool is_needed(const struct orphan_judge *judge, pid_t pid)
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
    needed = judge->is_needed(judge->arg, stat_field(pid, 6),
                              bytes.len > 0 ? &env : NULL);
    buf_release(&bytes);
    return needed;
}

static int judge_one(const struct orphan_judge *judge, pid_t pid)
{
    /* First, since it asks nothing of the system: with many running, most of
     * the list are these. */
    if (judge->is_child != NULL && judge->is_child(judge->arg, pid))
        return 0;
    /* What we start has left our session, with all that comes of it: whoever
     * is still in it was started by the program that became this one. */
    if (judge->spares_session && stat_field(pid, 6) == getsid(0))
        return 0;
    if (is_needed(judge, pid))
        return 0;
    return kill(pid, SIGKILL) == 0;
}

/* Without a list of children: every process whose parent we are. */
static int judge_all(const struct orphan_judge *judge)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    int killed = 0;

    if (proc == NULL)
        return 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own. */
    while ((entry = readdir(proc)) != NULL) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

        if (pid > 0 && stat_field(pid, 4) == getpid())
            killed += judge_one(judge, pid);
    }
    closedir(proc);
    return killed;
}

int orphan_kill(const struct orphan_judge *judge)
{
    char path[64];
    struct buf text;
    int killed = 0;
    char *p, *end;

    buf_init(&text, LIST_MAX);
    /* Orphans go to the first thread, so its list is the whole list. */
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    if (read_file(path, &text) < 0) {
        buf_release(&text);
        return judge_all(judge);
    }
    if (buf_add_char(&text, '\0') == 0) {
        for (p = text.data;; p = end) {
            pid_t pid = (pid_t)strtol(p, &end, 10);

            if (end == p)
                break;
            killed += judge_one(judge, pid);
        }
    }
    buf_release(&text);
    return killed;
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
