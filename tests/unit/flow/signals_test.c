/* SPDX-License-Identifier: MIT */
#include "flow/signals.h"

#include <check.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "io/loop.h"

/* What was heard, as letters: I, T, H asked to stop, lower case: to end at
 * once; S stopped, C continued, U asked for the status. */
static char heard[20];
static struct loop *loop;
static struct signals *signals;

static void note(char letter)
{
    heard[strlen(heard)] = letter;
    loop_stop(loop);
}

static void on_stop(void *arg, int signo, bool now)
{
    char letter = signo == SIGINT    ? 'I'
                  : signo == SIGTERM ? 'T'
                  : signo == SIGHUP  ? 'H'
                                     : '?';

    ck_assert_str_eq(arg, "arg");
    note(now ? (char)(letter | 0x20) : letter);
}

static void on_suspend(void *arg, bool stopped)
{
    ck_assert_str_eq(arg, "arg");
    note(stopped ? 'S' : 'C');
}

static void on_status(void *arg)
{
    ck_assert_str_eq(arg, "arg");
    note('U');
}

static void open_signals(void)
{
    static char arg[] = "arg";
    const struct signals_calls calls = {.arg = arg,
                                        .stop = on_stop,
                                        .suspend = on_suspend,
                                        .status = on_status};

    memset(heard, 0, sizeof heard);
    loop = loop_open();
    ck_assert_ptr_nonnull(loop);
    signals = signals_open(loop, &calls);
}

static void close_signals(void)
{
    signals_close(signals);
    loop_close(loop);
}

/* Send a signal to ourselves and wait until it is heard. */
static void hear(int signo, const char *want)
{
    kill(getpid(), signo);
    loop_run(loop);
    ck_assert_str_eq(heard, want);
}

static void stop_loop(void *arg)
{
    (void)arg;
    loop_stop(loop);
}

/* Turn the loop for so long, whatever is heard. */
static void wait_ms(int64_t ms)
{
    struct loop_timer *timer = loop_timer_new(loop, stop_loop, NULL);

    loop_timer_start(timer, ms);
    while (loop_timer_active(timer))
        loop_run(loop);
    loop_timer_free(timer);
}

START_TEST(the_first_asks_to_stop_another_to_end_at_once)
{
    open_signals();
    hear(SIGTERM, "T");
    hear(SIGINT, "Ti");
    hear(SIGHUP, "Tih");
    close_signals();
}
END_TEST

START_TEST(each_of_three_can_be_the_first)
{
    static const int signos[] = {SIGINT, SIGTERM, SIGHUP};
    static const char *const wanted[] = {"I", "T", "H"};

    for (int i = 0; i < 3; i++) {
        open_signals();
        hear(signos[i], wanted[i]);
        close_signals();
    }
}
END_TEST

START_TEST(the_same_again_within_a_moment_is_one)
{
    open_signals();
    hear(SIGTERM, "T");
    kill(getpid(), SIGTERM);
    wait_ms(20);
    ck_assert_str_eq(heard, "T");
    hear(SIGINT, "Ti");
    close_signals();
}
END_TEST

START_TEST(the_same_again_later_is_the_second)
{
    open_signals();
    hear(SIGTERM, "T");
    wait_ms(260);
    hear(SIGTERM, "Tt");
    close_signals();
}
END_TEST

START_TEST(a_hup_ignored_at_the_start_stays_ignored)
{
    struct sigaction action;

    signal(SIGHUP, SIG_IGN);
    open_signals();
    kill(getpid(), SIGHUP);
    hear(SIGTERM, "T");
    close_signals();
    ck_assert_int_eq(sigaction(SIGHUP, NULL, &action), 0);
    ck_assert(action.sa_handler == SIG_IGN);
    signal(SIGHUP, SIG_DFL);
}
END_TEST

START_TEST(an_int_ignored_at_the_start_is_heard)
{
    signal(SIGINT, SIG_IGN);
    open_signals();
    hear(SIGINT, "I");
    close_signals();
}
END_TEST

START_TEST(usr1_asks_for_the_status_each_time)
{
    open_signals();
    hear(SIGUSR1, "U");
    hear(SIGUSR1, "UU");
    hear(SIGTERM, "UUT");
    close_signals();
}
END_TEST

/* In a process of its own: it is to be stopped. */
static _Noreturn void be_stopped(int told)
{
    open_signals();
    kill(getpid(), SIGTSTP);
    while (strlen(heard) < 2)
        loop_run(loop);
    close_signals();
    _exit(fd_write(told, heard, strlen(heard)) == 0 ? 0 : 1);
}

START_TEST(tstp_stops_the_tasks_then_us_and_cont_goes_on)
{
    char text[20] = "";
    int ends[2], status = 0;
    pid_t pid;

    ck_assert_int_eq(fd_pipe(ends), 0);
    pid = fork();
    if (pid == 0)
        be_stopped(ends[1]);
    ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
    ck_assert(WIFSTOPPED(status));
    kill(pid, SIGCONT);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(fd_read(ends[0], text, sizeof text), 2);
    ck_assert_str_eq(text, "SC");
    fd_close(ends[0]);
    fd_close(ends[1]);
}
END_TEST

START_TEST(a_tstp_ignored_at_the_start_stays_ignored)
{
    signal(SIGTSTP, SIG_IGN);
    open_signals();
    kill(getpid(), SIGTSTP);
    hear(SIGUSR1, "U");
    close_signals();
    signal(SIGTSTP, SIG_DFL);
    signals_close(NULL);
}
END_TEST

static void default_signals(void)
{
    signal(SIGHUP, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTSTP, SIG_DFL);
}

int main(void)
{
    Suite *suite = suite_create("signals");
    TCase *tests = tcase_create("signals");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, default_signals, default_signals);
    tcase_add_test(tests, the_first_asks_to_stop_another_to_end_at_once);
    tcase_add_test(tests, each_of_three_can_be_the_first);
    tcase_add_test(tests, the_same_again_within_a_moment_is_one);
    tcase_add_test(tests, the_same_again_later_is_the_second);
    tcase_add_test(tests, a_hup_ignored_at_the_start_stays_ignored);
    tcase_add_test(tests, an_int_ignored_at_the_start_is_heard);
    tcase_add_test(tests, usr1_asks_for_the_status_each_time);
    tcase_add_test(tests, tstp_stops_the_tasks_then_us_and_cont_goes_on);
    tcase_add_test(tests, a_tstp_ignored_at_the_start_stays_ignored);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
