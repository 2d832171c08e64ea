/* SPDX-License-Identifier: MIT */
#include "work/coprocess.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "io/loop.h"

/* More than a pipe holds, and more than is read at once. */
enum { MUCH = 3 << 20, MOST = 4 << 20, GUARD_MS = 30000 };

static struct loop *loop;
static struct log quiet;
static struct spawn *spawn;
static struct coprocess_plan plan;
static struct coprocess process;
static struct loop_timer *guard;
static size_t progress, ends, fails;
static void (*step)(void); /* what the test does on progress */
static struct err failure;
static char *environment[] = {(char[]){"PATH=/usr/bin:/bin"}, NULL};

static void on_progress(void *arg)
{
    (void)arg;
    progress++;
    if (step != NULL)
        step();
}

static void on_end(void *arg)
{
    (void)arg;
    ends++;
    ck_assert(!process.running);
    loop_stop(loop);
}

static void on_fail(void *arg, const struct err *err)
{
    (void)arg;
    fails++;
    failure = *err;
    loop_stop(loop);
}

static void on_guard(void *arg)
{
    (void)arg;
    ck_abort_msg("nothing happened");
}

static void open_process(const char *command, size_t max_out)
{
    plan = (struct coprocess_plan){.loop = loop,
                                   .log = &quiet,
                                   .spawn = spawn,
                                   .name = "test",
                                   .command = command,
                                   .environment = environment};
    coprocess_init(&process, &plan,
                   &(struct coprocess_calls){.on_progress = on_progress,
                                             .on_end = on_end,
                                             .on_fail = on_fail},
                   7, max_out);
}

static void set_up(void)
{
    struct err err;

    signal(SIGPIPE, SIG_IGN); /* as main does */
    loop = loop_open();
    log_init(&quiet, STDERR_FILENO, LOG_QUIET);
    spawn = spawn_open(loop, &err);
    ck_assert_ptr_nonnull(spawn);
    guard = loop_timer_new(loop, on_guard, NULL);
    loop_timer_start(guard, GUARD_MS);
    progress = ends = fails = 0;
    step = NULL;
}

static void tear_down(void)
{
    spawn_close(spawn);
    coprocess_release(&process);
    loop_timer_free(guard);
    loop_close(loop);
    log_release(&quiet);
}

/* Start it and wait for its end. */
static void run(void)
{
    coprocess_start(&process);
    loop_run(loop);
}

static bool has_written(const char *want)
{
    return slice_is(buf_slice(&process.out), want);
}

static void check_how(const char *want)
{
    char text[64];

    coprocess_describe(&process, text, sizeof text);
    ck_assert_str_eq(text, want);
}

START_TEST(what_it_writes_is_read_to_the_end)
{
    open_process("echo one; sleep 0.05; printf two", MOST);
    run();
    ck_assert(has_written("one\ntwo"));
    ck_assert_uint_eq(ends, 1);
    check_how("exit status 0");
}
END_TEST

START_TEST(writing_and_reading_do_not_wait_for_each_other)
{
    char *much = malloc(MUCH);

    for (size_t i = 0; i < MUCH; i++)
        much[i] = (char)('a' + i % 26);
    open_process("cat", MOST);
    coprocess_feed(&process, slice_of(much, MUCH), true);
    run();
    ck_assert(slice_equal(buf_slice(&process.out), slice_of(much, MUCH)));
    ck_assert_uint_eq(process.written, MUCH);
    free(much);
}
END_TEST

static void stop_when_full(void)
{
    if (process.out.len == process.out.max)
        loop_stop(loop);
}

START_TEST(no_more_is_kept_than_there_is_room_for)
{
    open_process("yes", 1000);
    step = stop_when_full;
    run();
    ck_assert_uint_eq(process.out.len, 1000);
    coprocess_read(&process);
    ck_assert_uint_eq(process.out.len, 1000);
    coprocess_kill(&process);
    loop_run(loop);
    ck_assert_uint_eq(process.out.len, 1000);
    check_how("killed by signal 9 (KILL)");
}
END_TEST

START_TEST(its_stdin_ends_behind_what_is_given_once)
{
    open_process("wc -c", MOST);
    coprocess_feed(&process, slice_text("12345"), true);
    run();
    ck_assert_int_eq(atoi(process.out.data), 5);
}
END_TEST

/* Feeds one line after the other, each when the one before was answered. */
static void feed_two(void)
{
    if (has_written("one\n") && process.written == strlen("one\n") &&
        process.in.ptr[0] == 'o')
        coprocess_feed(&process, slice_text("two\n"), false);
    else if (has_written("one\ntwo\n"))
        coprocess_close_in(&process);
}

START_TEST(it_stays_for_more)
{
    open_process("cat", MOST);
    coprocess_feed(&process, slice_text("one\n"), false);
    step = feed_two;
    run();
    ck_assert(has_written("one\ntwo\n"));
    check_how("exit status 0");
}
END_TEST

START_TEST(a_process_that_closes_its_stdin_is_still_read)
{
    char *much = calloc(1, MUCH);

    open_process("exec <&-; sleep 0.05; echo x", MOST);
    coprocess_feed(&process, slice_of(much, MUCH), true);
    run();
    ck_assert(has_written("x\n"));
    ck_assert(process.in_ended);
    ck_assert_uint_lt(process.written, MUCH);
    free(much);
}
END_TEST

static void stop_when_shut(void)
{
    if (process.out_ended)
        loop_stop(loop);
}

START_TEST(a_process_that_closes_its_stdout_is_told_from_its_end)
{
    open_process("echo x; exec sleep 60 >&-", MOST);
    step = stop_when_shut;
    run();
    ck_assert(process.running);
    ck_assert(has_written("x\n"));
    coprocess_kill(&process);
    loop_run(loop);
    ck_assert_uint_eq(ends, 1);
}
END_TEST

START_TEST(an_exit_status_is_told)
{
    open_process("exit 3", MOST);
    run();
    check_how("exit status 3");
    ck_assert(!coprocess_not_found(&process));
}
END_TEST

START_TEST(a_signal_is_told)
{
    open_process("kill -TERM $$", MOST);
    run();
    check_how("killed by signal 15 (TERM)");
    ck_assert(!coprocess_not_found(&process));
}
END_TEST

START_TEST(a_command_that_is_not_there_is_told)
{
    open_process("exec no-such-command 2>&-", MOST);
    run();
    ck_assert(coprocess_not_found(&process));
}
END_TEST

START_TEST(a_command_that_cannot_be_run_is_told)
{
    open_process("exec / 2>&-", MOST);
    run();
    ck_assert(coprocess_not_found(&process));
}
END_TEST

static void kill_it(void)
{
    step = NULL;
    coprocess_kill(&process);
    progress = 0;
}

START_TEST(who_was_killed_only_ends)
{
    open_process("trap '' TERM INT HUP; echo x; yes", MOST);
    step = kill_it;
    run();
    ck_assert_uint_eq(progress, 0);
    ck_assert_uint_eq(ends, 1);
    check_how("killed by signal 9 (KILL)");
}
END_TEST

START_TEST(who_left_with_the_pipe_is_not_waited_for)
{
    open_process("setsid sleep 60 & echo x", MOST);
    run();
    ck_assert(has_written("x\n"));
    check_how("exit status 0");
}
END_TEST

START_TEST(the_storage_serves_one_process_after_another)
{
    open_process("echo $WEIR_TASK_ID $WEIR_ATTEMPT $WEIR_SLOT; cat", MOST);
    coprocess_feed(&process, slice_text("a"), true);
    run();
    ck_assert(has_written("test_1 1 7\na"));
    coprocess_feed(&process, slice_text("b"), true);
    run();
    ck_assert(has_written("test_2 2 7\nb"));
    ck_assert_uint_eq(plan.started, 2);
    ck_assert_uint_eq(ends, 2);
}
END_TEST

/* The state of the process: the letter behind its name, in proc(5). */
static char state(void)
{
    char path[64], text[256] = "";
    const char *behind;
    int fd;

    snprintf(path, sizeof path, "/proc/%ld/stat", (long)process.child.pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_gt(read(fd, text, sizeof text - 1), 0);
    close(fd);
    behind = strrchr(text, ')');
    return behind != NULL ? behind[2] : '?';
}

START_TEST(it_can_be_stopped_and_go_on)
{
    open_process("read -r x; echo $x", MOST);
    coprocess_start(&process);
    coprocess_suspend(&process, true);
    while (state() != 'T')
        poll(NULL, 0, 1);
    coprocess_feed(&process, slice_text("x\n"), true);
    coprocess_suspend(&process, false);
    loop_run(loop);
    ck_assert(has_written("x\n"));
}
END_TEST

static rlim_t set_descriptors(rlim_t most)
{
    struct rlimit limit;
    rlim_t before;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    before = limit.rlim_cur;
    limit.rlim_cur = most;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return before;
}

static rlim_t usual_descriptors;

static void give_descriptors(void *arg)
{
    (void)arg;
    ck_assert(!process.running);
    set_descriptors(usual_descriptors);
}

START_TEST(a_lack_of_descriptors_is_waited_for)
{
    struct loop_timer *timer = loop_timer_new(loop, give_descriptors, NULL);

    open_process("cat", MOST);
    usual_descriptors = set_descriptors(3);
    coprocess_feed(&process, slice_text("x\n"), true);
    loop_timer_start(timer, 50);
    run();
    ck_assert(has_written("x\n"));
    ck_assert_uint_eq(fails, 0);
    loop_timer_free(timer);
}
END_TEST

static void stop(void *arg)
{
    (void)arg;
    loop_stop(loop);
}

START_TEST(a_start_that_is_waited_for_can_be_called_off)
{
    struct loop_timer *timer = loop_timer_new(loop, stop, NULL);

    open_process("echo x", MOST);
    usual_descriptors = set_descriptors(3);
    coprocess_start(&process);
    set_descriptors(usual_descriptors);
    ck_assert(process.starting && !process.running);
    coprocess_kill(&process);
    loop_timer_start(timer, 300);
    loop_run(loop);
    ck_assert(!process.starting && !process.running);
    ck_assert_uint_eq(ends + fails + plan.started, 0);
    loop_timer_free(timer);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("coprocess");
    TCase *tests = tcase_create("coprocess");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_it_writes_is_read_to_the_end);
    tcase_add_test(tests, writing_and_reading_do_not_wait_for_each_other);
    tcase_add_test(tests, no_more_is_kept_than_there_is_room_for);
    tcase_add_test(tests, its_stdin_ends_behind_what_is_given_once);
    tcase_add_test(tests, it_stays_for_more);
    tcase_add_test(tests, a_process_that_closes_its_stdin_is_still_read);
    tcase_add_test(tests,
                   a_process_that_closes_its_stdout_is_told_from_its_end);
    tcase_add_test(tests, an_exit_status_is_told);
    tcase_add_test(tests, a_signal_is_told);
    tcase_add_test(tests, a_command_that_is_not_there_is_told);
    tcase_add_test(tests, a_command_that_cannot_be_run_is_told);
    tcase_add_test(tests, who_was_killed_only_ends);
    tcase_add_test(tests, who_left_with_the_pipe_is_not_waited_for);
    tcase_add_test(tests, the_storage_serves_one_process_after_another);
    tcase_add_test(tests, it_can_be_stopped_and_go_on);
    tcase_add_test(tests, a_lack_of_descriptors_is_waited_for);
    tcase_add_test(tests, a_start_that_is_waited_for_can_be_called_off);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
