/* SPDX-License-Identifier: MIT */
#include "work/process.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "flow/lines.h"
#include "io/loop.h"
#include "work/outcome.h"
#include "work/task.h"

enum { MOST = 64, SPARE_FDS = 6 };

/* What became of one task. */
struct ending {
    char id[32];
    enum item_status status;
    char fault[32];
    char message[ITEM_MESSAGE_SIZE];
    char detail[128];
    char result[2048];
    unsigned attempts;
    int64_t duration_us;
};

static struct ending endings[MOST];
static size_t count;
static struct flow_tally tally;

static void copy(char *to, size_t size, const struct buf *from)
{
    snprintf(to, size, "%.*s", (int)from->len, from->data ? from->data : "");
}

static void finish(void *self, struct item *item, struct flow_tally *sums)
{
    struct ending *o = &endings[count++];

    (void)self;
    ck_assert_uint_le(count, MOST);
    *o = (struct ending){.status = item->status,
                         .attempts = item->attempts,
                         .duration_us = item->duration_us};
    copy(o->id, sizeof o->id, &item->id);
    copy(o->detail, sizeof o->detail, &item->detail);
    copy(o->result, sizeof o->result, &item->result);
    snprintf(o->fault, sizeof o->fault, "%s", item->fault ? item->fault : "");
    snprintf(o->message, sizeof o->message, "%s", item->message);
    sums->completed += item->status == ITEM_COMPLETED;
    sums->failed += item->status == ITEM_FAILED;
    sums->cancelled += item->status == ITEM_CANCELLED;
}

/* What a test may set; the rest is as in `usual`. */
struct setting {
    size_t jobs;
    int64_t timeout_ms;
    int64_t grace_ms;
    size_t capture;
    unsigned retries;
    int64_t deadline_ms;
    bool few_descriptors;
};

static const struct setting usual = {
    .jobs = 4, .grace_ms = 200, .capture = 1024};

/* Leave so few descriptors that not all tasks can run at once. */
static void take_descriptors(void)
{
    struct rlimit limit;
    int end = 0;

    for (int spare = 0; spare < SPARE_FDS; end++)
        spare += fcntl(end, F_GETFD) < 0;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = (rlim_t)end;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static struct flow_options flow_of(struct loop *loop, struct log *log,
                                   const struct setting *s)
{
    return (struct flow_options){
        .loop = loop,
        .log = log,
        .report = {.finish = finish},
        .limits = {.in = TASK_LINE_MAX,
                   .result = outcome_bytes(s->capture),
                   .out = 65536},
        .items = s->jobs * 4 + 16,
        .out = STDOUT_FILENO,
        .ordered = true,
        .deadline_ms = s->deadline_ms,
        .retry = {.retries = s->retries, .base_ms = 1, .cap_ms = 1},
        .max_errors = UINT64_MAX};
}

static struct causes usual_causes(void)
{
    struct causes causes;

    causes_default(&causes);
    return causes;
}

/* Run the list of words; its endings come in order. */
static void run(const struct setting *s, const char *const *words, size_t n)
{
    struct loop *loop = loop_open();
    struct log log;
    struct err err;
    char *environment[] = {(char[]){"PATH=/usr/bin:/bin"}, NULL};
    struct process *process = process_open(
        &(struct process_options){
            .loop = loop,
            .log = &log,
            .jobs = s->jobs,
            .timeout_ms = s->timeout_ms,
            .grace_ms = s->grace_ms,
            .output = {.loop = loop, .capture = s->capture},
            .environment = environment,
            .path = "/usr/bin:/bin",
            .again = usual_causes()},
        &err);
    struct lines *lines =
        lines_open(loop, &(struct lines_options){.words = words,
                                                 .word_count = n,
                                                 .max_line = TASK_LINE_MAX,
                                                 .parse = process_parse});
    struct flow_options o = flow_of(loop, &log, s);
    struct flow *flow;

    ck_assert_ptr_nonnull(process);
    log_init(&log, STDERR_FILENO, LOG_QUIET);
    count = 0;
    o.source = lines_source(lines);
    o.worker = process_worker(process);
    o.work = process_work(process);
    flow = flow_open(&o);
    process_attach(process, flow);
    if (s->few_descriptors)
        take_descriptors();
    flow_run(flow, &err);
    ck_assert_uint_eq(flow_running(flow), 0);
    tally = *flow_tally(flow);
    flow_close(flow);
    lines_close(lines);
    process_close(process);
    loop_close(loop);
    log_release(&log);
}

static const struct ending *run_one(const struct setting *s, const char *word)
{
    run(s, &word, 1);
    ck_assert_uint_eq(count, 1);
    return &endings[0];
}

static void check_failed(const struct ending *o, const char *fault,
                         const char *message)
{
    ck_assert_int_eq(o->status, ITEM_FAILED);
    ck_assert_str_eq(o->fault, fault);
    ck_assert_str_eq(o->message, message);
}

/* Whether the result begins so. */
static void check_result(const struct ending *o, const char *want)
{
    ck_assert_msg(strncmp(o->result, want, strlen(want)) == 0, "%s", o->result);
}

START_TEST(a_task_that_ends_with_0_is_completed)
{
    const struct ending *o = run_one(&usual, "echo out; echo err >&2");

    ck_assert_int_eq(o->status, ITEM_COMPLETED);
    ck_assert_str_eq(o->fault, "");
    ck_assert_uint_eq(o->attempts, 1);
    check_result(o, "{\"exit_code\":0,\"signal\":null,\"stdout\":\"out\\n\","
                    "\"stderr\":\"err\\n\",\"stdout_bytes\":4,\"stderr_bytes\""
                    ":4,\"truncated\":false,\"user_time\":");
    ck_assert_str_eq(o->detail, "echo out; echo err >&2");
}
END_TEST

START_TEST(another_exit_code_is_a_failure)
{
    const struct ending *o = run_one(&usual, "exit 3");

    check_failed(o, "exit", "exit status 3");
    check_result(o, "{\"exit_code\":3,\"signal\":null,");
}
END_TEST

START_TEST(a_death_by_signal_is_told_from_an_exit)
{
    const struct ending *o = run_one(&usual, "kill -SEGV $$");

    check_failed(o, "signal", "killed by signal 11 (SEGV)");
    check_result(o, "{\"exit_code\":null,\"signal\":11,");
    o = run_one(&usual, "exit 139");
    check_failed(o, "exit", "exit status 139");
}
END_TEST

START_TEST(a_program_that_does_not_start_has_no_result)
{
    const struct ending *o = run_one(&usual, "{\"argv\":[\"no-such-program\""
                                             "]}");

    check_failed(o, "spawn", "no-such-program: No such file or directory");
    ck_assert_str_eq(o->result, "");
    ck_assert_uint_eq(o->attempts, 1);
    o = run_one(&usual, "{\"argv\":[\"/dev/null\"]}");
    check_failed(o, "spawn", "/dev/null: Permission denied");
    o = run_one(&usual, "{\"cmd\":\"true\",\"cwd\":\"/dev/null/x\"}");
    check_failed(o, "spawn", "directory /dev/null/x: Not a directory");
    o = run_one(&usual, "{\"cmd\":\"true\",\"stdin_file\":\"/no/file\"}");
    check_failed(o, "spawn", "stdin /no/file: No such file or directory");
}
END_TEST

START_TEST(a_spawn_error_is_not_tried_again)
{
    struct setting s = usual;

    s.retries = 3;
    ck_assert_uint_eq(run_one(&s, "{\"argv\":[\"no-such\"]}")->attempts, 1);
}
END_TEST

START_TEST(a_failure_is_tried_again)
{
    struct setting s = usual;
    const struct ending *o;

    s.retries = 2;
    o = run_one(&s, "echo $WEIR_ATTEMPT; exit 1");
    ck_assert_uint_eq(o->attempts, 3);
    check_result(o, "{\"exit_code\":1,\"signal\":null,\"stdout\":\"3\\n\"");
    ck_assert_uint_eq(tally.retried, 2);
    o = run_one(&s, "test $WEIR_ATTEMPT = 2");
    ck_assert_int_eq(o->status, ITEM_COMPLETED);
    ck_assert_uint_eq(o->attempts, 2);
    o = run_one(&s, "{\"cmd\":\"false\",\"retries\":0}");
    ck_assert_uint_eq(o->attempts, 1);
}
END_TEST

START_TEST(a_timeout_is_a_failure_of_its_own)
{
    struct setting s = usual;
    const struct ending *o;

    s.timeout_ms = 150;
    o = run_one(&s, "echo kept; exec sleep 20");
    check_failed(o, "timeout", "timed out after 0.15 s");
    check_result(o, "{\"exit_code\":null,\"signal\":15,\"stdout\":\"kept\\n\"");
    o = run_one(&s, "{\"cmd\":\"sleep 0.3\",\"timeout\":0}");
    ck_assert_int_eq(o->status, ITEM_COMPLETED);
    o = run_one(&usual, "{\"cmd\":\"sleep 20\",\"timeout\":0.1}");
    check_failed(o, "timeout", "timed out after 0.1 s");
}
END_TEST

START_TEST(an_exit_after_the_timeout_does_not_count)
{
    struct setting s = usual;

    s.timeout_ms = 150;
    check_failed(run_one(&s, "trap 'exit 0' TERM; sleep 20 & wait"), "timeout",
                 "timed out after 0.15 s");
}
END_TEST

START_TEST(who_ignores_term_is_killed_after_the_grace)
{
    struct setting s = usual;
    const struct ending *o;

    s.timeout_ms = 100;
    o = run_one(&s, "trap '' TERM; while :; do sleep 1; done");
    check_failed(o, "timeout", "timed out after 0.1 s");
    check_result(o, "{\"exit_code\":null,\"signal\":9,");
    ck_assert_int_ge(o->duration_us, 280000);
    ck_assert_int_lt(o->duration_us, 3000000);
}
END_TEST

START_TEST(a_stopped_task_times_out_too)
{
    struct setting s = usual;

    s.timeout_ms = 100;
    check_failed(run_one(&s, "kill -STOP $$"), "timeout",
                 "timed out after 0.1 s");
}
END_TEST

START_TEST(who_is_left_behind_with_the_pipe_does_not_hold_the_run)
{
    int64_t start = clock_now_ms();
    const struct ending *o = run_one(&usual, "setsid sleep 30 & echo hi");

    ck_assert_int_eq(o->status, ITEM_COMPLETED);
    check_result(o, "{\"exit_code\":0,\"signal\":null,\"stdout\":\"hi\\n\"");
    ck_assert_int_lt(clock_now_ms() - start, 5000);
}
END_TEST

START_TEST(what_is_beyond_the_capture_is_counted)
{
    struct setting s = usual;

    s.capture = 5;
    check_result(run_one(&s, "head -c 300000 /dev/zero | tr '\\0' x; printf "
                             "abc >&2"),
                 "{\"exit_code\":0,\"signal\":null,\"stdout\":\"xxxxx\","
                 "\"stderr\":\"abc\",\"stdout_bytes\":300000,\"stderr_bytes\":"
                 "3,\"truncated\":true,");
    s.capture = 0;
    check_result(run_one(&s, "echo abc"),
                 "{\"exit_code\":0,\"signal\":null,\"stdout\":\"\",\"stderr\":"
                 "\"\",\"stdout_bytes\":4,\"stderr_bytes\":0,\"truncated\":"
                 "true,");
}
END_TEST

START_TEST(stdin_is_empty_or_what_is_asked_for)
{
    check_result(run_one(&usual, "cat; echo end"),
                 "{\"exit_code\":0,\"signal\":null,\"stdout\":\"end\\n\"");
    check_result(
        run_one(&usual, "{\"cmd\":\"cat\",\"stdin\":\"a\\u0000b\\n\"}"),
        "{\"exit_code\":0,\"signal\":null,\"stdout\":\"a\\u0000b\\n"
        "\"");
    check_result(
        run_one(&usual, "{\"cmd\":\"wc -c\",\"stdin_file\":\"/dev/null\"}"),
        "{\"exit_code\":0,\"signal\":null,\"stdout\":\"0\\n\"");
}
END_TEST

START_TEST(bytes_that_are_no_text_are_replaced)
{
    check_result(run_one(&usual, "printf '\\377\\001a'"),
                 "{\"exit_code\":0,\"signal\":null,\"stdout\":\"\xEF\xBF\xBD"
                 "\\u0001a\",\"stderr\":\"\",\"stdout_bytes\":3,");
}
END_TEST

START_TEST(no_two_that_run_at_once_have_one_slot)
{
    static const char *const words[] = {
        "echo $WEIR_SLOT; sleep 0.3", "echo $WEIR_SLOT; sleep 0.3",
        "echo $WEIR_SLOT; sleep 0.3", "echo $WEIR_SLOT; sleep 0.3"};
    char want[64];

    run(&usual, words, 4);
    for (int i = 0; i < 4; i++) {
        snprintf(want, sizeof want,
                 "{\"exit_code\":0,\"signal\":null,\"stdout\":\"%d\\n\"",
                 i + 1);
        check_result(&endings[i], want);
    }
}
END_TEST

START_TEST(no_more_run_at_once_than_asked)
{
    static const char *const words[] = {"sleep 0.2", "sleep 0.2", "sleep 0.2",
                                        "sleep 0.2", "sleep 0.2"};
    struct setting s = usual;
    int64_t start = clock_now_ms();

    s.jobs = 2;
    run(&s, words, 5);
    ck_assert_uint_eq(tally.completed, 5);
    ck_assert_int_ge(clock_now_ms() - start, 600);
}
END_TEST

START_TEST(what_is_cancelled_says_whether_it_ran)
{
    static const char *const words[] = {"sleep 20", "echo never"};
    struct setting s = usual;

    s.jobs = 1;
    s.deadline_ms = 200;
    run(&s, words, 2);
    ck_assert_uint_eq(tally.cancelled, 2);
    ck_assert_str_eq(endings[0].fault, "cancelled");
    ck_assert_str_eq(endings[0].message, "cancelled while it ran");
    ck_assert_uint_eq(endings[0].attempts, 1);
    check_result(&endings[0], "{\"exit_code\":null,\"signal\":15,");
    ck_assert_str_eq(endings[1].message, "cancelled before it started");
    ck_assert_uint_eq(endings[1].attempts, 0);
    ck_assert_str_eq(endings[1].result, "");
}
END_TEST

START_TEST(a_lack_of_descriptors_is_no_failure)
{
    static const char *const words[] = {
        "sleep 0.2; echo $WEIR_ATTEMPT", "sleep 0.2; echo $WEIR_ATTEMPT",
        "sleep 0.2; echo $WEIR_ATTEMPT", "sleep 0.2; echo $WEIR_ATTEMPT"};
    struct setting s = usual;
    struct rlimit before;

    getrlimit(RLIMIT_NOFILE, &before);
    s.few_descriptors = true;
    run(&s, words, 4);
    setrlimit(RLIMIT_NOFILE, &before);
    ck_assert_uint_eq(tally.completed, 4);
    for (int i = 0; i < 4; i++) {
        ck_assert_uint_eq(endings[i].attempts, 1);
        check_result(&endings[i], "{\"exit_code\":0,\"signal\":null,"
                                  "\"stdout\":\"1\\n\"");
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("process");
    TCase *tests = tcase_create("process");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_task_that_ends_with_0_is_completed);
    tcase_add_test(tests, another_exit_code_is_a_failure);
    tcase_add_test(tests, a_death_by_signal_is_told_from_an_exit);
    tcase_add_test(tests, a_program_that_does_not_start_has_no_result);
    tcase_add_test(tests, a_spawn_error_is_not_tried_again);
    tcase_add_test(tests, a_failure_is_tried_again);
    tcase_add_test(tests, a_timeout_is_a_failure_of_its_own);
    tcase_add_test(tests, an_exit_after_the_timeout_does_not_count);
    tcase_add_test(tests, who_ignores_term_is_killed_after_the_grace);
    tcase_add_test(tests, a_stopped_task_times_out_too);
    tcase_add_test(tests,
                   who_is_left_behind_with_the_pipe_does_not_hold_the_run);
    tcase_add_test(tests, what_is_beyond_the_capture_is_counted);
    tcase_add_test(tests, stdin_is_empty_or_what_is_asked_for);
    tcase_add_test(tests, bytes_that_are_no_text_are_replaced);
    tcase_add_test(tests, no_two_that_run_at_once_have_one_slot);
    tcase_add_test(tests, no_more_run_at_once_than_asked);
    tcase_add_test(tests, what_is_cancelled_says_whether_it_ran);
    tcase_add_test(tests, a_lack_of_descriptors_is_no_failure);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
