/* SPDX-License-Identifier: MIT */
#include "work/task.h"

#include <check.h>
#include <stdio.h>

#include "base/err.h"
#include "flow/item.h"

static struct task task;
static struct item *item;
static struct err err;
static size_t column;

static void set_up(void)
{
    const struct item_limits limits = {
        .in = TASK_LINE_MAX, .result = 4096, .out = 4096};

    task_init(&task);
    item = item_new(&limits);
}

static void tear_down(void)
{
    task_release(&task);
    item_free(item);
}

static int parse_bytes(struct slice line, struct hash_set *ids)
{
    buf_clear(&item->in);
    buf_add_slice(&item->in, line);
    column = 0;
    return task_parse(&task, item, ids, &column, &err);
}

static int parse(const char *line)
{
    return parse_bytes(slice_text(line), NULL);
}

static void check_refused(const char *line, size_t want_column,
                          const char *want)
{
    ck_assert_int_eq(parse(line), -1);
    ck_assert_int_eq(err.kind, ERR_LIST);
    ck_assert_str_eq(err.text, want);
    ck_assert_uint_eq(column, want_column);
}

START_TEST(a_line_is_a_shell_command)
{
    ck_assert_int_eq(parse("echo  'a b' | cat"), 0);
    ck_assert_str_eq(task.shell, "echo  'a b' | cat");
    ck_assert_ptr_null(task.argv);
    ck_assert_int_eq(task.timeout_ms, -1);
    ck_assert_int_eq(item->retries, -1);
    ck_assert_uint_eq(item->meta.len, 0);
}
END_TEST

START_TEST(ids_count_the_list_from_one)
{
    item->number = 41;
    ck_assert_int_eq(parse("true"), 0);
    ck_assert(slice_is(buf_slice(&item->id), "task_42"));
}
END_TEST

START_TEST(an_object_is_read_key_by_key)
{
    ck_assert_int_eq(
        parse("  {\"id\":\"a\\tb\",\"argv\":[\"p\",\"\",\"x y\"],\"env\":"
              "{\"A\":\"1=2\",\"B\":\"\"},\"cwd\":\"/tmp\",\"stdin_file\":"
              "\"in\",\"timeout\":1.5,\"retries\":3,\"ok_exit\":[3,255]}"),
        0);
    ck_assert(slice_is(buf_slice(&item->id), "a\tb"));
    ck_assert_str_eq(task.argv[0], "p");
    ck_assert_str_eq(task.argv[1], "");
    ck_assert_str_eq(task.argv[2], "x y");
    ck_assert_ptr_null(task.argv[3]);
    ck_assert_str_eq(task.env[0], "A=1=2");
    ck_assert_str_eq(task.env[1], "B=");
    ck_assert_ptr_null(task.env[2]);
    ck_assert_str_eq(task.cwd, "/tmp");
    ck_assert_str_eq(task.stdin_file, "in");
    ck_assert_int_eq(task.timeout_ms, 1500);
    ck_assert_int_eq(item->retries, 3);
}
END_TEST

START_TEST(meta_keeps_its_own_bytes)
{
    ck_assert_int_eq(
        parse("{\"cmd\":\"x\",\"meta\": {\"n\":1.50, \"n2\":1e4} }"), 0);
    ck_assert(slice_is(buf_slice(&item->meta), "{\"n\":1.50, \"n2\":1e4}"));
}
END_TEST

START_TEST(stdin_may_hold_any_character)
{
    ck_assert_int_eq(parse("{\"cmd\":\"cat\",\"stdin\":\"a\\u0000b\"}"), 0);
    ck_assert(slice_equal(task.stdin_text, slice_of("a\0b", 3)));
    ck_assert_int_eq(parse("{\"cmd\":\"cat\",\"stdin\":\"\"}"), 0);
    ck_assert_ptr_nonnull(task.stdin_text.ptr);
    ck_assert_uint_eq(task.stdin_text.len, 0);
}
END_TEST

START_TEST(no_success_but_zero_and_what_is_listed)
{
    ck_assert_int_eq(parse("{\"cmd\":\"x\",\"ok_exit\":[3,255]}"), 0);
    ck_assert(task_code_ok(&task, 0));
    ck_assert(task_code_ok(&task, 3));
    ck_assert(task_code_ok(&task, 255));
    ck_assert(!task_code_ok(&task, 1));
    ck_assert_int_eq(parse("x"), 0);
    ck_assert(task_code_ok(&task, 0));
    ck_assert(!task_code_ok(&task, 3));
}
END_TEST

START_TEST(a_timeout_is_never_rounded_to_none)
{
    ck_assert_int_eq(parse("{\"cmd\":\"x\",\"timeout\":0.0001}"), 0);
    ck_assert_int_eq(task.timeout_ms, 1);
    ck_assert_int_eq(parse("{\"cmd\":\"x\",\"timeout\":0}"), 0);
    ck_assert_int_eq(task.timeout_ms, 0);
}
END_TEST

START_TEST(one_task_leaves_nothing_to_the_next)
{
    ck_assert_int_eq(
        parse("{\"id\":\"a\",\"argv\":[\"p\"],\"env\":{\"A\":\"1\"},\"cwd\":"
              "\"/\",\"stdin\":\"x\",\"timeout\":9,\"retries\":2,\"meta\":1}"),
        0);
    ck_assert_int_eq(parse("true"), 0);
    ck_assert_ptr_null(task.argv);
    ck_assert_ptr_null(task.env);
    ck_assert_ptr_null(task.cwd);
    ck_assert_ptr_null(task.stdin_text.ptr);
    ck_assert_int_eq(task.timeout_ms, -1);
    ck_assert_int_eq(item->retries, -1);
    ck_assert_uint_eq(item->meta.len, 0);
    ck_assert(slice_is(buf_slice(&item->id), "task_1"));
}
END_TEST

START_TEST(an_unknown_key_is_refused_and_the_nearest_named)
{
    check_refused("{\"cmd\":\"x\",\"idd\":1}", 12,
                  "unknown key \"idd\"; did you mean \"id\"?");
    check_refused("{\"cmd\":\"x\",\"tiemout\":1}", 12,
                  "unknown key \"tiemout\"; did you mean \"timeout\"?");
    check_refused("{\"whatever\":1}", 2, "unknown key \"whatever\"");
}
END_TEST

START_TEST(a_wrong_value_names_key_and_column)
{
    check_refused("{\"cmd\":1}", 2, "\"cmd\": has to be a string");
    check_refused("  {\"cmd\":null}", 4, "\"cmd\": has to be a string");
    check_refused("{\"cmd\":\"a\\u0000\"}", 2,
                  "\"cmd\": NUL character in a string");
    check_refused("{\"argv\":[]}", 2,
                  "\"argv\": has to be an array of at least one string");
    check_refused("{\"argv\":[\"a\",2]}", 2, "\"argv\": has to be a string");
    check_refused("{\"argv\":[\"\"]}", 2,
                  "\"argv\": the program's name is empty");
    check_refused("{\"id\":\"\"}", 2,
                  "\"id\": has to be a string of 1 to 4096 bytes");
    check_refused("{\"env\":[]}", 2, "\"env\": has to be an object of strings");
    check_refused("{\"env\":{\"A=\":\"\"}}", 2,
                  "\"env\": 'A=' is no name of a variable");
    check_refused("{\"env\":{\"\":\"\"}}", 2,
                  "\"env\": '' is no name of a variable");
    check_refused("{\"timeout\":-1}", 2,
                  "\"timeout\": has to be a number of seconds");
    check_refused("{\"retries\":1.5}", 2,
                  "\"retries\": has to be a number of attempts after the "
                  "first");
    check_refused("{\"ok_exit\":3}", 2,
                  "\"ok_exit\": has to be an array of exit codes");
    check_refused("{\"ok_exit\":[256]}", 2,
                  "\"ok_exit\": has to be an array of exit codes, 0 to 255");
    check_refused("{\"stdin\":{}}", 2, "\"stdin\": has to be a string");
}
END_TEST

START_TEST(what_the_keys_say_together_is_checked)
{
    check_refused("{}", 1, "neither \"cmd\" nor \"argv\"");
    check_refused(" {\"id\":\"a\"}", 2, "neither \"cmd\" nor \"argv\"");
    check_refused("{\"cmd\":\"x\",\"argv\":[\"y\"]}", 1,
                  "both \"cmd\" and \"argv\"");
    check_refused("{\"cmd\":\"x\",\"stdin\":\"\",\"stdin_file\":\"f\"}", 1,
                  "both \"stdin\" and \"stdin_file\"");
}
END_TEST

START_TEST(invalid_json_is_named_with_its_column)
{
    check_refused("{\"cmd\":\"x\"", 11,
                  "invalid JSON: unexpected end of line in an object");
    ck_assert_int_eq(parse("{\"cmd\":\"x\"} {}"), -1);
    ck_assert_uint_eq(column, 13);
}
END_TEST

START_TEST(a_nul_is_refused_in_a_command)
{
    ck_assert_int_eq(parse_bytes(slice_of("ab\0c", 4), NULL), -1);
    ck_assert_uint_eq(column, 3);
    ck_assert_str_eq(err.text, "NUL byte in a command");
}
END_TEST

START_TEST(an_id_comes_once)
{
    struct hash_set ids;

    hash_set_init(&ids);
    item->number = 0;
    ck_assert_int_eq(parse_bytes(slice_text("true"), &ids), 0);
    item->number = 1;
    ck_assert_int_eq(
        parse_bytes(slice_text(" {\"cmd\":\"x\",\"id\":\"task_1\"}"), &ids),
        -1);
    ck_assert_str_eq(err.text, "id \"task_1\" was given before");
    ck_assert_uint_eq(column, 2);
    ck_assert_int_eq(parse("{\"cmd\":\"x\",\"id\":\"task_1\"}"), 0);
    hash_set_release(&ids);
}
END_TEST

START_TEST(many_variables_stay_where_they_are)
{
    static char line[200000], want[32];
    int n = snprintf(line, sizeof line, "{\"cmd\":\"x\",\"env\":{");

    for (int i = 0; i < 5000; i++)
        n += snprintf(line + n, sizeof line - (size_t)n, "%s\"V%d\":\"%d\"",
                      i ? "," : "", i, i * 7);
    snprintf(line + n, sizeof line - (size_t)n, "}}");
    ck_assert_int_eq(parse(line), 0);
    for (int i = 0; i < 5000; i++) {
        snprintf(want, sizeof want, "V%d=%d", i, i * 7);
        ck_assert_str_eq(task.env[i], want);
    }
    ck_assert_ptr_null(task.env[5000]);
}
END_TEST

START_TEST(after_names_one_task_or_several)
{
    ck_assert_int_eq(parse("{\"cmd\":\"x\"}"), 0);
    ck_assert_uint_eq(task_after_count(&task), 0);
    ck_assert_int_eq(parse("{\"cmd\":\"x\",\"after\":\"a\",\"always\":true}"),
                     0);
    ck_assert_uint_eq(task_after_count(&task), 1);
    ck_assert(slice_is(task_after(&task, 0), "a"));
    ck_assert(task.always);
    ck_assert_int_eq(parse("{\"cmd\":\"x\",\"after\":[\"a\",\"\\u0062\"]}"), 0);
    ck_assert_uint_eq(task_after_count(&task), 2);
    ck_assert(slice_is(task_after(&task, 1), "b"));
    ck_assert(!task.always);
}
END_TEST

START_TEST(after_is_an_id_or_several)
{
    static const char want[] = "\"after\": has to be an id or an array of ids, "
                               "each a string of 1 to 4096 bytes";

    check_refused("{\"cmd\":\"x\",\"after\":1}", 12, want);
    check_refused("{\"cmd\":\"x\",\"after\":{}}", 12, want);
    check_refused("{\"cmd\":\"x\",\"after\":\"\"}", 12, want);
    check_refused("{\"cmd\":\"x\",\"after\":[\"a\",null]}", 12, want);
    check_refused("{\"cmd\":\"x\",\"after\":\"a\\u0000\"}", 12, want);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("task");
    TCase *tests = tcase_create("task");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, after_names_one_task_or_several);
    tcase_add_test(tests, after_is_an_id_or_several);
    tcase_add_test(tests, a_line_is_a_shell_command);
    tcase_add_test(tests, ids_count_the_list_from_one);
    tcase_add_test(tests, an_object_is_read_key_by_key);
    tcase_add_test(tests, meta_keeps_its_own_bytes);
    tcase_add_test(tests, stdin_may_hold_any_character);
    tcase_add_test(tests, no_success_but_zero_and_what_is_listed);
    tcase_add_test(tests, a_timeout_is_never_rounded_to_none);
    tcase_add_test(tests, one_task_leaves_nothing_to_the_next);
    tcase_add_test(tests, an_unknown_key_is_refused_and_the_nearest_named);
    tcase_add_test(tests, a_wrong_value_names_key_and_column);
    tcase_add_test(tests, what_the_keys_say_together_is_checked);
    tcase_add_test(tests, invalid_json_is_named_with_its_column);
    tcase_add_test(tests, a_nul_is_refused_in_a_command);
    tcase_add_test(tests, an_id_comes_once);
    tcase_add_test(tests, many_variables_stay_where_they_are);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
