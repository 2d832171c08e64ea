/* SPDX-License-Identifier: MIT */
#include "work/exec.h"

#include "base/clock.h"

#include "stage.h"

/* Answers each line at once, since sh keeps nothing back. */
#define ECHO "while read -r n; do echo \"$n!\"; done"

static char *environment[] = {(char[]){"PATH=/usr/bin:/bin"}, NULL};

static struct stage stage;
static struct exec_options options;

static void set_up(void)
{
    stage = (struct stage){.per_block = 4};
    options = (struct exec_options){.environment = environment,
                                    .jobs = 1,
                                    .timeout_ms = 20000,
                                    .max_line = 1 << 16,
                                    .max_output = 1 << 20};
}

static void tear_down(void)
{
    stage_release(&stage);
}

static void attach(void *arg, struct flow *flow)
{
    exec_attach(arg, flow);
}

static void run(const char *command, const char *text)
{
    struct exec *exec;

    stage.text = text;
    stage_open(&stage);
    options.loop = stage.loop;
    options.log = &stage.log;
    options.spawn = stage.spawn;
    options.command = command;
    exec = exec_open(&options);
    stage_run(&stage, exec_next(exec), exec_source(exec, stage_source(&stage)),
              attach, exec);
    stage_close(&stage);
    exec_close(exec);
}

static void check_failed(enum err_kind kind, const char *want)
{
    ck_assert_int_eq(stage.result, -1);
    ck_assert_str_eq(stage.err.text, want);
    ck_assert_int_eq(stage.err.kind, kind);
}

/* The line is rejected, by the name of its process. */
static void check_fault(size_t i, uint64_t line, const char *what)
{
    char reason[200];

    snprintf(reason, sizeof reason, "exec: '%.40s': %s", options.command, what);
    stage_check_fault(&stage, i, line, reason);
}

START_TEST(an_answer_takes_the_place_of_its_line)
{
    options.jobs = 3;
    stage.per_block = 2;
    run(ECHO, "1\n2\n3\n4\n5\n6\n7\n");
    stage_check_out(&stage, "1!\n2!\n3!\n4!\n5!\n6!\n7!\n");
    stage_check_counts(&stage, 7, 0, 0);
    stage_check_whole(&stage);
}
END_TEST

START_TEST(blocks_keep_their_order_however_long_each_takes)
{
    options.jobs = 3;
    stage.per_block = 1;
    run("while read -r n; do [ $n != 1 ] || sleep 0.2; echo $n; done",
        "1\n2\n3\n4\n5\n6\n");
    stage_check_out(&stage, "1\n2\n3\n4\n5\n6\n");
}
END_TEST

START_TEST(a_process_stays_for_all_blocks)
{
    stage.per_block = 1;
    run("while read -r n; do echo $WEIR_TASK_ID $((i += 1)); done",
        "1\n2\n3\n");
    stage_check_out(&stage, "exec_1 1\nexec_1 2\nexec_1 3\n");
}
END_TEST

START_TEST(answers_may_come_all_at_the_end_of_a_block)
{
    run("read -r a; read -r b; read -r c; echo $a; echo $b; echo $c; cat",
        "1\n2\n3\n");
    stage_check_out(&stage, "1\n2\n3\n");
}
END_TEST

START_TEST(a_death_costs_the_line_that_was_due)
{
    run("while read -r n; do [ $n != 3 ] || exit 4; echo $n; done",
        "1\n2\n3\n4\n5\n");
    stage_check_out(&stage, "1\n2\n4\n5\n");
    stage_check_counts(&stage, 4, 1, 0);
    check_fault(0, 3, "ended with exit status 4 before it answered");
    ck_assert(slice_is(buf_slice(&stage.side), "3\n"));
    stage_check_whole(&stage);
}
END_TEST

START_TEST(a_signal_is_named)
{
    run("while read -r n; do [ $n != 2 ] || kill -KILL $$; echo $n; done",
        "1\n2\n3\n");
    stage_check_out(&stage, "1\n3\n");
    check_fault(0, 2, "killed by signal 9 (KILL) before it answered");
}
END_TEST

START_TEST(an_answer_has_its_time)
{
    options.timeout_ms = 100;
    run("while read -r n; do [ $n != 2 ] || sleep 60; echo $n; done",
        "1\n2\n3\n");
    stage_check_out(&stage, "1\n3\n");
    check_fault(0, 2, "no answer within 0.1 s");
}
END_TEST

START_TEST(two_answers_make_the_block_suspect)
{
    run("while read -r n; do echo $n; [ $n != 2 ] || echo 2; done",
        "1\n2\n3\n4\n5\n");
    stage_check_out(&stage, "5\n");
    stage_check_counts(&stage, 1, 4, 0);
    check_fault(0, 1,
                "answered more lines than it was asked: this "
                "answer may be another's");
}
END_TEST

START_TEST(an_answer_has_a_maximum)
{
    options.max_line = 10;
    run("while read -r n; do [ $n != 2 ] || n=12345678901; echo $n; done",
        "1\n2\n3\n1234567890\n");
    stage_check_out(&stage, "1\n3\n1234567890\n");
    check_fault(0, 2, "answer of more than 10 bytes (--max-line)");
}
END_TEST

START_TEST(the_answers_to_a_block_have_a_maximum)
{
    options.max_output = 11;
    run("while read -r n; do echo $n$n$n; done", "1\n2\n3\n4\n5\n");
    stage_check_out(&stage, "111\n222\n555\n");
    check_fault(0, 3,
                "answers to a block of more than 11 bytes "
                "(--max-output)");
    stage_check_counts(&stage, 3, 2, 0);
}
END_TEST

START_TEST(who_shuts_its_output_and_stays_is_replaced)
{
    run("read -r n; echo $n; exec sleep 60 >&-", "1\n2\n3\n4\n");
    stage_check_whole(&stage);
    ck_assert_uint_gt(stage.ok, 0);
    check_fault(0, 2, "closed its pipe before it answered");
}
END_TEST

/* The second line is more than a pipe holds. */
START_TEST(who_shuts_its_input_and_stays_is_replaced)
{
    static char text[200000];

    memset(text, '2', sizeof text - 1);
    memcpy(text, "1\n", 2);
    memcpy(text + sizeof text - 4, "\n3\n", 3);
    run("read -r n; exec <&-; echo ok; [ \"$n\" = 3 ] || exec sleep 60", text);
    stage_check_out(&stage, "ok\nok\n");
    check_fault(0, 2, "closed its pipe before it answered");
    stage_check_whole(&stage);
}
END_TEST

START_TEST(no_process_that_answers_anything_ends_the_run)
{
    run("exit 3", "1\n2\n3\n4\n5\n6\n");
    check_failed(ERR_UNITS, "exec: 'exit 3': 3 processes in a row gave no "
                            "answer; the last one: ended with exit status 3 "
                            "before it answered");
    ck_assert_uint_eq(stage.ok, 0);
}
END_TEST

START_TEST(a_command_that_sh_cannot_find_ends_the_run)
{
    run("exec no-such-command 2>&-", "1\n");
    check_failed(ERR_USAGE, "exec: 'exec no-such-command 2>&-': sh cannot "
                            "find or run it (exit status 127)");
}
END_TEST

START_TEST(the_end_of_a_process_is_looked_at)
{
    run(ECHO "; exit 4", "1\n2\n");
    stage_check_out(&stage, "1!\n2!\n");
    check_failed(ERR_UNITS, "exec: '" ECHO "; exit 4' at the end of its "
                            "input: exit status 4");
}
END_TEST

START_TEST(the_end_of_a_process_has_its_time)
{
    options.timeout_ms = 200;
    run("cat; sleep 60", "1\n2\n");
    stage_check_out(&stage, "1\n2\n");
    check_failed(ERR_UNITS, "exec: 'cat; sleep 60' did not end within 0.2 s "
                            "of the end of its input");
}
END_TEST

START_TEST(a_line_behind_all_answers_is_noticed)
{
    run("cat; echo more", "1\n2\n");
    check_failed(ERR_UNITS, "exec: 'cat; echo more' answered more lines than "
                            "it was asked, noticed after in:2: its answers "
                            "up to there may be wrong");
}
END_TEST

START_TEST(wrapped_lines_stand_in_their_places)
{
    stage.policy = TRANSFORM_WRAP;
    run("while read -r n; do [ $n != 3 ]||exit 4; echo $n; done",
        "1\nx\n3\n4\n");
    stage_check_out(
        &stage,
        "1\n{\"error\":\"Invalid JSON\",\"line\":\"x\",\"line_number\":2,"
        "\"column\":1,\"reason\":\"expected a value\"}\n"
        "{\"error\":\"Exec error\",\"line\":\"3\",\"line_number\":3,"
        "\"reason\":\"exec: 'while read -r n; do [ $n != 3 ]||exit 4;': ended "
        "with exit status 4 before it answered\"}\n"
        "4\n");
    ck_assert(slice_is(buf_slice(&stage.side), "x\n3\n"));
}
END_TEST

START_TEST(under_fail_nothing_behind_the_first_is_given)
{
    stage.policy = TRANSFORM_FAIL;
    run("while read -r n; do [ $n != 3 ] || exit 4; echo $n; done",
        "1\n2\n3\n4\n");
    stage_check_out(&stage, "1\n2\n");
    stage_check_counts(&stage, 2, 1, 0);
    ck_assert_uint_eq(stage.fault_count, 1);
}
END_TEST

START_TEST(who_stops_a_run_leaves_every_line_counted)
{
    options.jobs = 2;
    stage.per_block = 2;
    stage.deadline_ms = 300;
    run("read -r n; echo $n; sleep 60", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n");
    ck_assert_int_eq(stage.result, -1);
    ck_assert_int_eq(stage.err.kind, ERR_DEADLINE);
    ck_assert_uint_eq(stage.fault_count, 0);
    ck_assert_uint_eq(stage.ok, 2);
    ck_assert_uint_eq(stage.ok + stage.rejected, stage.line);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exec");
    TCase *tests = tcase_create("exec");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_answer_takes_the_place_of_its_line);
    tcase_add_test(tests, blocks_keep_their_order_however_long_each_takes);
    tcase_add_test(tests, a_process_stays_for_all_blocks);
    tcase_add_test(tests, answers_may_come_all_at_the_end_of_a_block);
    tcase_add_test(tests, a_death_costs_the_line_that_was_due);
    tcase_add_test(tests, a_signal_is_named);
    tcase_add_test(tests, an_answer_has_its_time);
    tcase_add_test(tests, two_answers_make_the_block_suspect);
    tcase_add_test(tests, an_answer_has_a_maximum);
    tcase_add_test(tests, the_answers_to_a_block_have_a_maximum);
    tcase_add_test(tests, who_shuts_its_output_and_stays_is_replaced);
    tcase_add_test(tests, who_shuts_its_input_and_stays_is_replaced);
    tcase_add_test(tests, no_process_that_answers_anything_ends_the_run);
    tcase_add_test(tests, a_command_that_sh_cannot_find_ends_the_run);
    tcase_add_test(tests, the_end_of_a_process_is_looked_at);
    tcase_add_test(tests, the_end_of_a_process_has_its_time);
    tcase_add_test(tests, a_line_behind_all_answers_is_noticed);
    tcase_add_test(tests, wrapped_lines_stand_in_their_places);
    tcase_add_test(tests, under_fail_nothing_behind_the_first_is_given);
    tcase_add_test(tests, who_stops_a_run_leaves_every_line_counted);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
