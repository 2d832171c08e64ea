/* SPDX-License-Identifier: MIT */
#include "work/pipe.h"

#include "stage.h"

static char *environment[] = {(char[]){"PATH=/usr/bin:/bin"}, NULL};

static struct stage stage;
static struct pipe_options options;

static void set_up(void)
{
    stage = (struct stage){.per_block = 2};
    options = (struct pipe_options){.environment = environment,
                                    .jobs = 3,
                                    .timeout_ms = 20000,
                                    .max_output = 1 << 20};
}

static void tear_down(void)
{
    stage_release(&stage);
}

static void attach(void *arg, struct flow *flow)
{
    pipe_attach(arg, flow);
}

static void run(const char *command, const char *text)
{
    struct pipe *pipe;

    stage.text = text;
    stage_open(&stage);
    options.loop = stage.loop;
    options.log = &stage.log;
    options.spawn = stage.spawn;
    options.command = command;
    pipe = pipe_open(&options);
    stage_run(&stage, pipe_next(pipe), stage_source(&stage), attach, pipe);
    stage_close(&stage);
    pipe_close(pipe);
}

START_TEST(what_a_process_writes_takes_the_place_of_its_block)
{
    run("sort -r", "1\n2\n3\n4\n5\n");
    stage_check_out(&stage, "2\n1\n4\n3\n5\n");
    stage_check_counts(&stage, 5, 0, 0);
    stage_check_whole(&stage);
}
END_TEST

START_TEST(blocks_keep_their_order_however_long_each_takes)
{
    run("read -r n; [ $n != 1 ] || sleep 0.2; echo $n", "1\n2\n3\n4\n5\n");
    stage_check_out(&stage, "1\n3\n5\n");
}
END_TEST

START_TEST(a_process_may_write_nothing)
{
    run("cat >/dev/null", "1\n2\n3\n");
    stage_check_out(&stage, "");
    stage_check_counts(&stage, 3, 0, 0);
    stage_check_whole(&stage);
}
END_TEST

START_TEST(a_process_need_not_read)
{
    run("exec <&-; echo x", "1\n2\n3\n");
    stage_check_out(&stage, "x\nx\n");
    stage_check_counts(&stage, 3, 0, 0);
}
END_TEST

START_TEST(text_without_a_last_newline_gets_it)
{
    run("printf '\303\251\\t%s' $(wc -l)", "1\n2\n3\n");
    stage_check_out(&stage, "\303\251\t2\n\303\251\t1\n");
}
END_TEST

START_TEST(joined_text_does_not)
{
    options.joined = true;
    run("printf %s $(wc -l)", "1\n2\n3\n");
    stage_check_out(&stage, "21");
}
END_TEST

START_TEST(bytes_that_are_no_text_stay_as_they_are)
{
    run("printf '\\37\\213'", "1\n2\n3\n");
    stage_check_out(&stage, "\37\213\37\213");
}
END_TEST

START_TEST(control_characters_are_no_text)
{
    run("printf 'a\\1'", "1\n2\n3\n");
    stage_check_out(&stage, "a\1a\1");
}
END_TEST

START_TEST(a_failed_process_rejects_its_block_and_no_other)
{
    run("read -r n; echo $n; test $n != 3", "1\n2\n3\n4\n5\n");
    stage_check_out(&stage, "1\n5\n");
    stage_check_counts(&stage, 3, 2, 0);
    stage_check_fault(
        &stage, 0, 3,
        "pipe: 'read -r n; echo $n; test $n != 3': exit status 1");
    stage_check_fault(
        &stage, 1, 4,
        "pipe: 'read -r n; echo $n; test $n != 3': exit status 1");
    ck_assert(slice_is(buf_slice(&stage.side), "3\n4\n"));
    stage_check_whole(&stage);
}
END_TEST

START_TEST(a_signal_is_named)
{
    run("kill -KILL $$", "1\n");
    stage_check_fault(&stage, 0, 1,
                      "pipe: 'kill -KILL $$': killed by signal 9 (KILL)");
}
END_TEST

START_TEST(a_long_command_is_cut_in_the_reason)
{
    run("exit 1 # 345678901234567890123456789012345678901234567890", "1\n");
    stage_check_fault(&stage, 0, 1,
                      "pipe: 'exit 1 # 3456789012345678901234567890123': "
                      "exit status 1");
}
END_TEST

START_TEST(silence_has_an_end)
{
    options.timeout_ms = 100;
    run("read -r n; [ $n != 1 ] || sleep 60; echo $n", "1\n2\n3\n4\n");
    stage_check_out(&stage, "3\n");
    stage_check_counts(&stage, 2, 2, 0);
    stage_check_fault(&stage, 0, 1,
                      "pipe: 'read -r n; [ $n != 1 ] || sleep 60; echo': "
                      "nothing read or written within 0.1 s");
}
END_TEST

START_TEST(so_has_a_stay_behind_the_last_output)
{
    options.timeout_ms = 100;
    run("cat; exec sleep 60 >&-", "1\n");
    stage_check_out(&stage, "");
    stage_check_fault(&stage, 0, 1,
                      "pipe: 'cat; exec sleep 60 >&-': did not end within "
                      "0.1 s of its last output");
}
END_TEST

START_TEST(output_has_a_maximum)
{
    options.max_output = 3;
    run("read -r n; [ $n = 1 ] && printf 123 || printf 1234", "1\n2\n3\n4\n");
    stage_check_out(&stage, "123\n");
    stage_check_counts(&stage, 2, 2, 0);
    stage_check_fault(&stage, 0, 3,
                      "pipe: 'read -r n; [ $n = 1 ] && printf 123 || p': "
                      "more than 3 bytes of output for a block "
                      "(--max-output)");
}
END_TEST

START_TEST(endless_output_is_cut_off)
{
    options.max_output = 100000;
    run("yes", "1\n");
    stage_check_counts(&stage, 0, 1, 0);
    stage_check_out(&stage, "");
}
END_TEST

START_TEST(a_command_that_sh_cannot_find_ends_the_run)
{
    run("exec no-such-command 2>&-", "1\n2\n3\n4\n");
    ck_assert_int_eq(stage.result, -1);
    ck_assert_int_eq(stage.err.kind, ERR_USAGE);
    ck_assert_str_eq(stage.err.text, "pipe: 'exec no-such-command 2>&-': sh "
                                     "cannot find or run it (exit status "
                                     "127)");
    ck_assert_uint_eq(stage.ok, 0);
}
END_TEST

START_TEST(the_same_status_later_is_one_like_others)
{
    options.jobs = 1;
    stage.per_block = 1;
    run("read -r n; [ $n = 1 ] || exit 127", "1\n2\n");
    stage_check_counts(&stage, 1, 1, 0);
    stage_check_fault(&stage, 0, 2,
                      "pipe: 'read -r n; [ $n = 1 ] || exit 127': exit "
                      "status 127");
}
END_TEST

START_TEST(a_block_without_lines_needs_no_process)
{
    stage.policy = TRANSFORM_WRAP;
    run("echo started", "\nx\n\n");
    stage_check_out(&stage, "{\"error\":\"Invalid JSON\",\"line\":\"x\","
                            "\"line_number\":2,\"column\":1,\"reason\":"
                            "\"expected a value\"}\n");
    stage_check_counts(&stage, 0, 1, 2);
}
END_TEST

START_TEST(wrapped_lines_stand_in_their_places)
{
    stage.policy = TRANSFORM_WRAP;
    stage.per_block = 3;
    run("exit 2", "1\nx\n3\n");
    stage_check_out(
        &stage, "{\"error\":\"Pipe error\",\"line\":\"1\",\"line_number\":1,"
                "\"reason\":\"pipe: 'exit 2': exit status 2\"}\n"
                "{\"error\":\"Invalid JSON\",\"line\":\"x\",\"line_number\":2,"
                "\"column\":1,\"reason\":\"expected a value\"}\n"
                "{\"error\":\"Pipe error\",\"line\":\"3\",\"line_number\":3,"
                "\"reason\":\"pipe: 'exit 2': exit status 2\"}\n");
    ck_assert(slice_is(buf_slice(&stage.side), "1\nx\n3\n"));
}
END_TEST

/* Four times as many blocks as processes, so that some wait, and more than
 * items, so that some were never read. */
START_TEST(who_stops_a_run_leaves_every_line_counted)
{
    char text[100] = "";

    for (size_t i = 0; i < 40; i++)
        text[2 * i] = '1', text[2 * i + 1] = '\n';
    stage.deadline_ms = 200;
    run("sleep 60", text);
    ck_assert_int_eq(stage.result, -1);
    ck_assert_int_eq(stage.err.kind, ERR_DEADLINE);
    ck_assert_uint_eq(stage.fault_count, 0);
    ck_assert_uint_eq(stage.ok, 0);
    ck_assert_uint_gt(stage.rejected, 0);
    ck_assert_uint_eq(stage.rejected, stage.line);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pipe");
    TCase *tests = tcase_create("pipe");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_a_process_writes_takes_the_place_of_its_block);
    tcase_add_test(tests, blocks_keep_their_order_however_long_each_takes);
    tcase_add_test(tests, a_process_may_write_nothing);
    tcase_add_test(tests, a_process_need_not_read);
    tcase_add_test(tests, text_without_a_last_newline_gets_it);
    tcase_add_test(tests, joined_text_does_not);
    tcase_add_test(tests, bytes_that_are_no_text_stay_as_they_are);
    tcase_add_test(tests, control_characters_are_no_text);
    tcase_add_test(tests, a_failed_process_rejects_its_block_and_no_other);
    tcase_add_test(tests, a_signal_is_named);
    tcase_add_test(tests, a_long_command_is_cut_in_the_reason);
    tcase_add_test(tests, silence_has_an_end);
    tcase_add_test(tests, so_has_a_stay_behind_the_last_output);
    tcase_add_test(tests, output_has_a_maximum);
    tcase_add_test(tests, endless_output_is_cut_off);
    tcase_add_test(tests, a_command_that_sh_cannot_find_ends_the_run);
    tcase_add_test(tests, the_same_status_later_is_one_like_others);
    tcase_add_test(tests, a_block_without_lines_needs_no_process);
    tcase_add_test(tests, wrapped_lines_stand_in_their_places);
    tcase_add_test(tests, who_stops_a_run_leaves_every_line_counted);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
