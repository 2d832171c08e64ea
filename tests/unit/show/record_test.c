/* SPDX-License-Identifier: MIT */
#include "show/record.h"

#include <check.h>
#include <string.h>

enum { OUT_MAX = 4096 };

static struct item *item;
static struct flow_tally tally;

static void set_up(void)
{
    const struct item_limits limits = {
        .in = 65536, .result = 65536, .out = OUT_MAX};

    item = item_new(&limits);
    tally = (struct flow_tally){0};
    buf_add_text(&item->id, "task_3");
    item->attempts = 2;
    item->started_wall_ms = 1800000000123;
    item->duration_us = 124000;
}

static void tear_down(void)
{
    item_free(item);
}

static void check(bool text, bool colored, const char *want)
{
    struct record record = {.text = text, .colored = colored};
    struct flow_report r = record_report(&record);

    r.finish(r.self, item, &tally);
    ck_assert_msg(slice_is(buf_slice(&item->out), want), "%.*s",
                  (int)item->out.len, item->out.data);
}

START_TEST(a_record_has_its_keys_in_order)
{
    item_complete(item);
    buf_add_text(&item->result, "{\"exit_code\":0}");
    buf_add_text(&item->meta, "{\"k\": 1.50}");
    check(false, false,
          "{\"task_id\":\"task_3\",\"status\":\"completed\",\"result\":"
          "{\"exit_code\":0},\"error\":null,\"execution_time\":0.124000,"
          "\"attempts\":2,\"started_at\":\"2027-01-15T08:00:00.123Z\","
          "\"meta\":{\"k\": 1.50}}\n");
    ck_assert_uint_eq(tally.completed, 1);
}
END_TEST

START_TEST(a_failure_has_kind_and_message)
{
    item_fail(item, ITEM_FAILED, "exit", "exit status %d \"x\"", 3);
    check(false, false,
          "{\"task_id\":\"task_3\",\"status\":\"failed\",\"result\":null,"
          "\"error\":{\"kind\":\"exit\",\"message\":\"exit status 3 "
          "\\\"x\\\"\"},\"execution_time\":0.124000,\"attempts\":2,"
          "\"started_at\":\"2027-01-15T08:00:00.123Z\",\"meta\":null}\n");
    ck_assert_uint_eq(tally.failed, 1);
}
END_TEST

START_TEST(what_never_started_has_no_start)
{
    item->started_wall_ms = 0;
    item->attempts = 0;
    item->duration_us = 0;
    item_fail(item, ITEM_CANCELLED, "cancelled",
              "cancelled before it "
              "started");
    check(false, false,
          "{\"task_id\":\"task_3\",\"status\":\"cancelled\",\"result\":null,"
          "\"error\":{\"kind\":\"cancelled\",\"message\":\"cancelled before "
          "it started\"},\"execution_time\":0.000000,\"attempts\":0,"
          "\"started_at\":null,\"meta\":null}\n");
    ck_assert_uint_eq(tally.cancelled, 1);
}
END_TEST

START_TEST(an_id_is_quoted)
{
    buf_clear(&item->id);
    buf_add_text(&item->id, "a\"\n\xFF");
    item_complete(item);
    check(false, false,
          "{\"task_id\":\"a\\\"\\n\xEF\xBF\xBD\",\"status\":\"completed\","
          "\"result\":null,\"error\":null,\"execution_time\":0.124000,"
          "\"attempts\":2,\"started_at\":\"2027-01-15T08:00:00.123Z\","
          "\"meta\":null}\n");
}
END_TEST

START_TEST(a_record_too_large_fails_and_is_not_cut)
{
    static const char want[] =
        "{\"task_id\":\"task_3\",\"status\":\"failed\",\"result\":null,"
        "\"error\":{\"kind\":\"output_limit\",\"message\":\"the record is "
        "larger than 4096 bytes\"},\"execution_time\":0.124000,\"attempts\":"
        "2,\"started_at\":\"2027-01-15T08:00:00.123Z\",\"meta\":null}\n";

    item_complete(item);
    buf_add_char(&item->result, '"');
    for (int i = 0; i < OUT_MAX; i++)
        buf_add_char(&item->result, 'x');
    buf_add_char(&item->result, '"');
    check(false, false, want);
    ck_assert_uint_eq(tally.failed, 1);
    ck_assert_uint_eq(tally.completed, 0);
}
END_TEST

START_TEST(a_line_of_text_has_columns)
{
    item_complete(item);
    buf_add_text(&item->detail, "exit 0   make test");
    check(true, false, "completed  task_3      0.124s  exit 0   make test\n");
}
END_TEST

START_TEST(a_line_of_text_names_the_failure)
{
    item_fail(item, ITEM_FAILED, "timeout", "timed out after 1 s");
    buf_add_text(&item->detail, "sleep 9");
    check(true, false,
          "failed     task_3      0.124s  timed out after 1 s  "
          "sleep 9\n");
}
END_TEST

START_TEST(colours_come_only_when_asked)
{
    item_fail(item, ITEM_FAILED, "exit", "exit status 1");
    buf_add_text(&item->detail, "false");
    check(true, true,
          "\033[31mfailed   \033[0m  task_3      0.124s  exit status 1"
          "  false\n");
}
END_TEST

START_TEST(a_terminal_is_not_told_what_to_do)
{
    buf_clear(&item->id);
    buf_add_text(&item->id, "\033[2Jid");
    item_fail(item, ITEM_FAILED, "spawn", "%s", "no\rsuch\n");
    buf_add_text(&item->detail, "rm \033]0;x\007");
    check(true, false,
          "failed     \\x1b[2Jid    0.124s  no\\x0dsuch\\x0a  rm "
          "\\x1b]0;x\\x07\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record");
    TCase *tests = tcase_create("record");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_record_has_its_keys_in_order);
    tcase_add_test(tests, a_failure_has_kind_and_message);
    tcase_add_test(tests, what_never_started_has_no_start);
    tcase_add_test(tests, an_id_is_quoted);
    tcase_add_test(tests, a_record_too_large_fails_and_is_not_cut);
    tcase_add_test(tests, a_line_of_text_has_columns);
    tcase_add_test(tests, a_line_of_text_names_the_failure);
    tcase_add_test(tests, colours_come_only_when_asked);
    tcase_add_test(tests, a_terminal_is_not_told_what_to_do);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
