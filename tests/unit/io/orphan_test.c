/* SPDX-License-Identifier: MIT */
#include "io/orphan.h"

#include <check.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "support/folder.h"

static struct orphans *orphans;

static void begin(void)
{
    make_folder();
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    orphans = orphan_open();
}

static void end(void)
{
    orphan_kill(orphans, &(struct orphan_judge){0});
    orphan_close(orphans);
    while (waitpid(-1, NULL, 0) > 0)
        continue;
    ck_assert_int_eq(rmdir(folder), 0);
}

/* The child of a child of ours, which is dead: an orphan, and so our own. It
 * runs `path` (a program that waits for its stdin) with one entry in its
 * environment, in a session of its own if asked to. */
struct orphan {
    pid_t pid;
    int hold; /* its stdin */
};

static _Noreturn void be_orphan(int in, const char *path, char *entry)
{
    char *const argv[] = {(char[]){"cat"}, NULL};
    char *const envp[] = {(char[]){"A=1"}, entry, NULL};

    dup2(in, STDIN_FILENO);
    execve(path, argv, envp);
    _exit(127);
}

static struct orphan make_orphan(const char *path, char *entry, bool session)
{
    struct orphan o;
    int in[2], told[2], status = -1;
    pid_t parent;

    ck_assert_int_eq(fd_pipe(in), 0);
    ck_assert_int_eq(fd_pipe(told), 0);
    parent = fork();
    if (parent == 0) {
        pid_t pid;

        if (session)
            setsid();
        pid = fork();
        if (pid == 0)
            be_orphan(in[0], path, entry);
        /* The pipe closes on exec: its end tells that there was one. */
        _exit(fd_write(told[1], &pid, sizeof pid) == 0 ? 0 : 1);
    }
    fd_close(told[1]);
    ck_assert_int_eq(waitpid(parent, &status, 0), parent);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(fd_read(told[0], &o.pid, sizeof o.pid), sizeof o.pid);
    ck_assert_int_eq(fd_read(told[0], &status, sizeof status), 0);
    fd_close(told[0]);
    fd_close(in[0]);
    o.hold = in[1];
    return o;
}

static void check_killed(struct orphan o)
{
    int status = 0;

    ck_assert_int_eq(waitpid(o.pid, &status, 0), o.pid);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGKILL);
    fd_close(o.hold);
}

static void check_alive(struct orphan o)
{
    ck_assert_int_eq(waitpid(o.pid, NULL, WNOHANG), 0);
}

/* What a judge was asked, and what it answers. */
struct asked {
    pid_t child; /* is_child says yes to this one */
    bool needed;
    int times;
    int doomed;
    pid_t session;
    bool has_env, has_marker, has_prefix, has_longer;
};

static bool is_child(void *arg, pid_t pid)
{
    const struct asked *a = arg;

    return a->child == pid;
}

static bool is_needed(void *arg, pid_t pid, pid_t session,
                      const struct orphan_env *env)
{
    struct asked *a = arg;

    (void)pid;
    a->times++;
    a->session = session;
    a->has_env = env != NULL;
    if (env != NULL) {
        a->has_marker = orphan_env_has(env, "MARK=abc");
        a->has_prefix = orphan_env_has(env, "MARK=ab");
        a->has_longer = orphan_env_has(env, "MARK=abcd");
    }
    return a->needed;
}

static void on_doomed(void *arg, pid_t pid)
{
    struct asked *a = arg;

    (void)pid;
    a->doomed++;
}

static int judge(struct asked *a)
{
    return orphan_kill(orphans, &(struct orphan_judge){.arg = a,
                                                       .is_child = is_child,
                                                       .is_needed = is_needed,
                                                       .on_doomed = on_doomed});
}

START_TEST(without_children_nothing_is_killed)
{
    struct asked a = {.child = 0};

    ck_assert_int_eq(judge(&a), 0);
    ck_assert_int_eq(a.times, 0);
    ck_assert_int_eq(orphan_kill(orphans, &(struct orphan_judge){0}), 0);
}
END_TEST

START_TEST(orphans_that_nobody_needs_are_killed)
{
    struct orphan first = make_orphan("/bin/cat", (char[]){"B=2"}, false);
    struct orphan second = make_orphan("/bin/cat", (char[]){"B=2"}, true);
    struct asked a = {.needed = false};

    ck_assert_int_eq(judge(&a), 2);
    ck_assert_int_ge(a.times, 2);
    ck_assert_int_ge(a.doomed, 2);
    check_killed(first);
    check_killed(second);
}
END_TEST

/* Each is the child of the one before, which lives and waits for it. */
START_TEST(what_lives_below_an_orphan_is_killed_with_it)
{
    enum { DEPTH = 5 };
    struct asked a = {.needed = false};
    int up[2], count = 0;
    pid_t pid;

    ck_assert_int_eq(fd_pipe(up), 0);
    if (fork() == 0) {
        while (count++ < DEPTH && (pid = fork()) == 0)
            setsid();
        if (count > DEPTH && fd_write(up[1], &pid, sizeof pid) < 0)
            _exit(1);
        if (count > 1)
            pause();
        _exit(0);
    }
    ck_assert_int_eq(fd_read(up[0], &pid, sizeof pid), sizeof pid);
    ck_assert_int_gt(waitpid(-1, NULL, 0), 0);
    ck_assert_int_eq(judge(&a), DEPTH);
    ck_assert_int_ge(a.doomed, DEPTH);
    fd_close(up[1]);
    ck_assert_int_eq(fd_read(up[0], &pid, sizeof pid), 0);
    fd_close(up[0]);
}
END_TEST

START_TEST(who_was_there_before_is_left_alone)
{
    struct orphan before = make_orphan("/bin/cat", (char[]){"B=2"}, true);
    struct orphan later = make_orphan("/bin/cat", (char[]){"B=2"}, true);
    struct orphans *others;

    orphan_ignore(orphans, before.pid);
    ck_assert_int_eq(orphan_kill(orphans, &(struct orphan_judge){0}), 1);
    check_killed(later);
    check_alive(before);
    others = orphan_open();
    ck_assert_int_eq(orphan_kill(others, &(struct orphan_judge){0}), 0);
    orphan_close(others);
    orphan_forget(orphans, before.pid);
    ck_assert_int_eq(orphan_kill(orphans, &(struct orphan_judge){0}), 1);
    check_killed(before);
}
END_TEST

START_TEST(a_judge_without_questions_kills_all)
{
    struct orphan o = make_orphan("/bin/cat", (char[]){"B=2"}, true);

    ck_assert_int_eq(orphan_kill(orphans, &(struct orphan_judge){0}), 1);
    check_killed(o);
}
END_TEST

START_TEST(needed_orphans_are_left_alone)
{
    struct orphan o = make_orphan("/bin/cat", (char[]){"B=2"}, true);
    struct asked a = {.needed = true};

    ck_assert_int_eq(judge(&a), 0);
    ck_assert_int_eq(a.times, 1);
    check_alive(o);
    fd_close(o.hold);
}
END_TEST

START_TEST(children_are_not_judged)
{
    struct orphan o = make_orphan("/bin/cat", (char[]){"B=2"}, true);
    struct asked a = {.child = o.pid};

    ck_assert_int_eq(judge(&a), 0);
    ck_assert_int_eq(a.times, 0);
    check_alive(o);
    fd_close(o.hold);
}
END_TEST

START_TEST(the_environment_is_asked_for_whole_entries)
{
    struct orphan o = make_orphan("/bin/cat", (char[]){"MARK=abc"}, false);
    struct asked a = {.needed = true};

    judge(&a);
    ck_assert(a.has_env);
    ck_assert(a.has_marker);
    ck_assert(!a.has_prefix);
    ck_assert(!a.has_longer);
    fd_close(o.hold);
}
END_TEST

START_TEST(a_long_environment_is_read_whole)
{
    static char entry[100000];
    struct asked a = {.needed = true};
    struct orphan o;

    memset(entry, 'x', sizeof entry - 1);
    memcpy(entry, "B=", 2);
    o = make_orphan("/bin/cat", entry, false);
    judge(&a);
    ck_assert(a.has_env);
    ck_assert(!a.has_marker);
    fd_close(o.hold);
}
END_TEST

START_TEST(a_dead_orphan_has_no_environment)
{
    struct orphan o = make_orphan("/bin/cat", (char[]){"MARK=abc"}, false);
    struct asked a = {.needed = true};
    siginfo_t info;

    fd_close(o.hold);
    ck_assert_int_eq(waitid(P_PID, (id_t)o.pid, &info, WEXITED | WNOWAIT), 0);
    judge(&a);
    ck_assert_int_eq(a.times, 1);
    ck_assert(!a.has_env);
}
END_TEST

/* Its name is the second field of /proc/PID/stat, in parentheses. */
START_TEST(the_session_is_read_whatever_the_name)
{
    static const char *const names[] = {"cat", "a b", ") 1 (2", "))) 0 0 0",
                                        "x) R 1 1 1"};
    char path[PATH_MAX];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct asked a = {.needed = true};
        struct orphan o;

        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        ck_assert_int_eq(symlink("/bin/cat", path), 0);
        o = make_orphan(path, (char[]){"B=2"}, i % 2);
        judge(&a);
        ck_assert_int_eq(a.session, getsid(o.pid));
        ck_assert_int_eq(a.session != getsid(0), i % 2);
        ck_assert_int_eq(unlink(path), 0);
        kill(o.pid, SIGKILL);
        check_killed(o);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("orphan");
    TCase *tests = tcase_create("orphan");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, without_children_nothing_is_killed);
    tcase_add_test(tests, orphans_that_nobody_needs_are_killed);
    tcase_add_test(tests, what_lives_below_an_orphan_is_killed_with_it);
    tcase_add_test(tests, who_was_there_before_is_left_alone);
    tcase_add_test(tests, a_judge_without_questions_kills_all);
    tcase_add_test(tests, needed_orphans_are_left_alone);
    tcase_add_test(tests, children_are_not_judged);
    tcase_add_test(tests, the_environment_is_asked_for_whole_entries);
    tcase_add_test(tests, a_long_environment_is_read_whole);
    tcase_add_test(tests, a_dead_orphan_has_no_environment);
    tcase_add_test(tests, the_session_is_read_whatever_the_name);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
