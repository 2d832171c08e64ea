/* SPDX-License-Identifier: MIT */
/*
 * Each test has a process that divides, its host: the engine runs a function
 * of the test, the supervisor tells the test how it ended.
 */
#include "io/supervise.h"

#include <check.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

/* What the supervisor says, and what the engine writes to the test. */
struct outcome {
    int result;
    struct err err;
};

static pid_t host;
static int told[2];  /* from the engine */
static int ended[2]; /* from the supervisor: a struct outcome */

typedef void (*engine_fn)(pid_t supervisor);

static void begin(void)
{
    ck_assert_int_eq(fd_pipe(told), 0);
    ck_assert_int_eq(fd_pipe(ended), 0);
}

static void finish(void)
{
    fd_close(told[0]);
    fd_close(told[1]);
    fd_close(ended[0]);
    fd_close(ended[1]);
}

static _Noreturn void be_host(engine_fn fn, bool keeps)
{
    const struct supervise_options options = {.name = "engine",
                                              .keeps_orphans = keeps};
    struct outcome o = {.err = {.kind = ERR_NONE}};
    pid_t supervisor;

    signal(SIGTERM, SIG_DFL); /* Check has handlers that kill the group */
    signal(SIGINT, SIG_DFL);
    o.result = supervise(&options, &supervisor, &o.err);
    if (o.result == 1) {
        fd_close(ended[1]); /* for whoever waits for the supervisor's end */
        fn(supervisor);
        _exit(0);
    }
    _exit(fd_write(ended[1], &o, sizeof o) == 0 ? 0 : 1);
}

static void start(engine_fn fn, bool keeps)
{
    host = fork();
    ck_assert_int_ge(host, 0);
    if (host == 0)
        be_host(fn, keeps);
    fd_close(told[1]);
    fd_close(ended[1]);
    told[1] = ended[1] = -1;
}

static struct outcome outcome(void)
{
    struct outcome o;
    int status;

    ck_assert_int_eq(fd_read(ended[0], &o, sizeof o), sizeof o);
    ck_assert_int_eq(waitpid(host, &status, 0), host);
    ck_assert_int_eq(status, 0);
    return o;
}

static void tell(int number)
{
    if (fd_write(told[1], &number, sizeof number) < 0)
        _exit(99);
}

static int heard(void)
{
    int number;

    ck_assert_int_eq(fd_read(told[0], &number, sizeof number), sizeof number);
    return number;
}

/* Every holder of the engine's pipe is gone. */
static void wait_for_end(void)
{
    int number;

    while (fd_read(told[0], &number, sizeof number) > 0)
        continue;
}

static void exit_7(pid_t supervisor)
{
    (void)supervisor;
    _exit(7);
}

static void exit_0(pid_t supervisor)
{
    (void)supervisor;
}

START_TEST(the_exit_status_is_passed_on)
{
    struct outcome o;

    start(exit_7, false);
    o = outcome();
    ck_assert_int_eq(o.result, -1);
    ck_assert_int_eq(o.err.kind, ERR_STATUS);
    ck_assert_int_eq(o.err.sys, 7);
    ck_assert_str_eq(o.err.text, "");
}
END_TEST

START_TEST(an_exit_with_0_is_none)
{
    start(exit_0, false);
    ck_assert_int_eq(outcome().result, 0);
}
END_TEST

static void show_itself(pid_t supervisor)
{
    char name[16];

    tell(getsid(0) == getpid());
    tell(getppid() == supervisor);
    prctl(PR_GET_NAME, name, 0, 0, 0);
    tell(strcmp(name, "engine") == 0);
}

START_TEST(the_engine_has_a_session_and_a_name_of_its_own)
{
    start(show_itself, false);
    ck_assert_int_eq(heard(), 1);
    ck_assert_int_eq(heard(), 1);
    ck_assert_int_eq(heard(), 1);
    outcome();
}
END_TEST

static void die_by_kill(pid_t supervisor)
{
    (void)supervisor;
    kill(getpid(), SIGKILL);
}

START_TEST(a_death_that_nobody_asked_for_is_told)
{
    struct outcome o;

    start(die_by_kill, false);
    o = outcome();
    ck_assert_int_eq(o.err.kind, ERR_SIGNAL);
    ck_assert_int_eq(o.err.sys, SIGKILL);
    ck_assert_str_eq(
        o.err.text,
        "killed by signal 9 (KILL); all that it had started was ended");
}
END_TEST

static void wait_for_signal(pid_t supervisor)
{
    (void)supervisor;
    tell(1);
    pause();
}

START_TEST(a_death_by_a_forwarded_signal_is_not)
{
    struct outcome o;

    start(wait_for_signal, false);
    heard();
    kill(host, SIGTERM);
    o = outcome();
    ck_assert_int_eq(o.err.kind, ERR_SIGNAL);
    ck_assert_int_eq(o.err.sys, SIGTERM);
    ck_assert_str_eq(o.err.text, "");
}
END_TEST

static const int forwarded[] = {SIGTERM, SIGINT,  SIGHUP, SIGQUIT,
                                SIGUSR1, SIGTSTP, SIGCONT};
enum { FORWARDED = sizeof forwarded / sizeof forwarded[0] };

static void show_signals(pid_t supervisor)
{
    sigset_t all;
    int signo;

    (void)supervisor;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    tell(0);
    for (int i = 0; i < FORWARDED; i++) {
        sigwait(&all, &signo);
        tell(signo);
    }
}

START_TEST(signals_are_forwarded)
{
    start(show_signals, false);
    heard();
    for (int i = 0; i < FORWARDED; i++) {
        kill(host, forwarded[i]);
        ck_assert_int_eq(heard(), forwarded[i]);
    }
    ck_assert_int_eq(outcome().result, 0);
}
END_TEST

START_TEST(an_ignored_hup_is_not_forwarded)
{
    signal(SIGHUP, SIG_IGN);
    start(wait_for_signal, false);
    signal(SIGHUP, SIG_DFL);
    heard();
    kill(host, SIGHUP);
    kill(host, SIGTERM);
    ck_assert_int_eq(outcome().err.sys, SIGTERM);
}
END_TEST

static void wait_for_orphanage(pid_t supervisor)
{
    sigset_t term;
    int signo;

    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    tell(getppid() == supervisor);
    sigwait(&term, &signo);
    /* The thread that forked may be gone before the others: a sanitizer has
     * some. */
    while (getppid() == supervisor)
        sched_yield();
    tell(1);
}

START_TEST(the_death_of_the_supervisor_is_a_term)
{
    int status;

    start(wait_for_orphanage, false);
    ck_assert_int_eq(heard(), 1);
    kill(host, SIGKILL);
    ck_assert_int_eq(heard(), 1);
    wait_for_end();
    ck_assert_int_eq(waitpid(host, &status, 0), host);
    ck_assert(WIFSIGNALED(status));
}
END_TEST

/* A process in a session of its own, whose parent is gone. */
static void leave_daemon(void)
{
    int up[2];
    char byte = 0;
    pid_t pid;

    if (fd_pipe(up) < 0)
        _exit(98);
    pid = fork();
    if (pid > 0) {
        waitpid(pid, NULL, 0);
        if (fd_read(up[0], &byte, 1) != 1)
            _exit(98);
        return;
    }
    setsid();
    signal(SIGTERM, SIG_IGN);
    if (fork() > 0)
        _exit(0);
    tell(getpid());
    if (fd_write(up[1], &byte, 1) < 0)
        _exit(98);
    pause();
    _exit(0);
}

static void leave_and_end(pid_t supervisor)
{
    (void)supervisor;
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    leave_daemon();
}

static void leave_and_die(pid_t supervisor)
{
    leave_and_end(supervisor);
    kill(getpid(), SIGKILL);
}

static void be_deaf(pid_t supervisor)
{
    (void)supervisor;
    signal(SIGTERM, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    leave_daemon();
    for (;;)
        pause();
}

START_TEST(an_engine_that_does_not_hear_of_it_is_ended_all_the_same)
{
    start(be_deaf, false);
    heard();
    kill(host, SIGKILL);
    wait_for_end();
    ck_assert_int_eq(waitpid(host, NULL, 0), host);
}
END_TEST

START_TEST(what_the_engine_left_is_ended)
{
    start(leave_and_end, false);
    heard();
    ck_assert_int_eq(outcome().result, 0);
    wait_for_end();
}
END_TEST

START_TEST(what_a_killed_engine_left_is_ended)
{
    start(leave_and_die, false);
    heard();
    ck_assert_int_eq(outcome().err.sys, SIGKILL);
    wait_for_end();
}
END_TEST

START_TEST(what_is_to_live_on_lives_on)
{
    pid_t daemon;

    start(leave_and_die, true);
    daemon = heard();
    ck_assert_int_eq(outcome().err.sys, SIGKILL);
    ck_assert_int_eq(kill(daemon, 0), 0);
    ck_assert(!fd_readable(told[0]));
    kill(daemon, SIGKILL);
    wait_for_end();
}
END_TEST

/* Whoever became this program by exec may have children. */
static void start_beside_stranger(engine_fn fn)
{
    host = fork();
    if (host == 0) {
        pid_t stranger = fork();

        if (stranger == 0) {
            setsid();
            fd_close(told[1]);
            fd_close(ended[1]);
            pause();
            _exit(0);
        }
        tell(stranger);
        be_host(fn, false);
    }
    fd_close(told[1]);
    fd_close(ended[1]);
    told[1] = ended[1] = -1;
}

START_TEST(a_stranger_is_left_alone)
{
    pid_t stranger;

    start_beside_stranger(leave_and_die);
    stranger = heard();
    heard();
    ck_assert_int_eq(outcome().err.sys, SIGKILL);
    wait_for_end();
    ck_assert_int_eq(kill(stranger, 0), 0);
    kill(stranger, SIGKILL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("supervise");
    TCase *tests = tcase_create("supervise");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, begin, finish);
    tcase_add_test(tests, the_exit_status_is_passed_on);
    tcase_add_test(tests, an_exit_with_0_is_none);
    tcase_add_test(tests, the_engine_has_a_session_and_a_name_of_its_own);
    tcase_add_test(tests, a_death_that_nobody_asked_for_is_told);
    tcase_add_test(tests, a_death_by_a_forwarded_signal_is_not);
    tcase_add_test(tests, signals_are_forwarded);
    tcase_add_test(tests, an_ignored_hup_is_not_forwarded);
    tcase_add_test(tests, the_death_of_the_supervisor_is_a_term);
    tcase_add_test(tests,
                   an_engine_that_does_not_hear_of_it_is_ended_all_the_same);
    tcase_add_test(tests, what_the_engine_left_is_ended);
    tcase_add_test(tests, what_a_killed_engine_left_is_ended);
    tcase_add_test(tests, what_is_to_live_on_lives_on);
    tcase_add_test(tests, a_stranger_is_left_alone);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
