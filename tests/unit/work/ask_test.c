/* SPDX-License-Identifier: MIT */
#include "work/ask.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "io/http.h"
#include "support/folder.h"
#include "work/request.h"

static struct request *own, *all;
static struct ask ask;
static struct buf lines;

static void set_up(void)
{
    make_folder();
    own = request_new();
    all = request_new();
    ask = (struct ask){.own = own, .all = all};
    buf_init(&lines, SIZE_MAX);
}

static void tear_down(void)
{
    request_free(own);
    request_free(all);
    buf_release(&lines);
    remove_folder();
}

static void add_header(struct request *to, const char *line)
{
    struct err err;

    ck_assert_int_eq(request_add_header(to, slice_text(line), &err), 0);
}

static void use_method(struct request *to, const char *method)
{
    struct err err;

    ck_assert_int_eq(request_set_method(to, slice_text(method), &err), 0);
}

static void use_body(struct request *to, enum request_body kind,
                     const char *text)
{
    to->body_kind = kind;
    request_set_text(&to->body, slice_text(text));
}

START_TEST(the_list_comes_before_the_command_line)
{
    ck_assert_str_eq(ask_method(&ask), "GET");
    use_body(all, REQUEST_TEXT, "x");
    ck_assert_str_eq(ask_method(&ask), "POST");
    use_method(all, "PUT");
    ck_assert_str_eq(ask_method(&ask), "PUT");
    use_method(own, "GET");
    ck_assert_str_eq(ask_method(&ask), "GET");
}
END_TEST

START_TEST(a_key_makes_any_method_one_that_may_come_twice)
{
    static const char *const may[] = {"GET",   "HEAD", "OPTIONS",
                                      "TRACE", "PUT",  "DELETE"};
    static const char *const may_not[] = {"POST", "PATCH", "get", "X"};

    for (size_t i = 0; i < sizeof may / sizeof may[0]; i++) {
        use_method(own, may[i]);
        ck_assert_msg(ask_is_idempotent(&ask), "%s", may[i]);
    }
    for (size_t i = 0; i < sizeof may_not / sizeof may_not[0]; i++) {
        use_method(own, may_not[i]);
        ck_assert_msg(!ask_is_idempotent(&ask), "%s", may_not[i]);
    }
    add_header(all, "idempotency-key: k");
    ck_assert(ask_is_idempotent(&ask));
}
END_TEST

START_TEST(expected_statuses_are_those_of_one_of_them)
{
    struct err err;

    ck_assert(ask_expects(&ask, 399));
    ck_assert(!ask_expects(&ask, 400));
    request_add_expected(all, slice_text("4xx"), &err);
    ck_assert(ask_expects(&ask, 404));
    ck_assert(!ask_expects(&ask, 200));
    request_add_expected(own, slice_text("201"), &err);
    ck_assert(ask_expects(&ask, 201));
    ck_assert(!ask_expects(&ask, 404));
}
END_TEST

START_TEST(a_header_of_the_list_takes_the_place_of_one)
{
    static const char want[] = "B: 2\0a: own\0Accept:\0";

    add_header(all, "A: 1");
    add_header(all, "B: 2");
    add_header(all, "ACCEPT: x");
    add_header(own, "a: own");
    add_header(own, "Accept:");
    ck_assert_uint_eq(ask_add_headers(&ask, &lines), 3);
    ck_assert(slice_equal(buf_slice(&lines), slice_of(want, sizeof want - 1)));
    ck_assert(ask_has_header(&ask, "accept"));
    ck_assert(!ask_has_header(&ask, "Accep"));
}
END_TEST

START_TEST(json_has_its_type_unless_another_is_given)
{
    static const char want[] = "Content-Type: application/json";

    use_body(own, REQUEST_JSON, "1");
    ck_assert_uint_eq(ask_add_headers(&ask, &lines), 1);
    ck_assert(slice_equal(buf_slice(&lines), slice_of(want, sizeof want)));
    buf_clear(&lines);
    add_header(all, "content-type: x/y");
    ck_assert_uint_eq(ask_add_headers(&ask, &lines), 1);
    ck_assert_str_eq(lines.data, "content-type: x/y");
}
END_TEST

START_TEST(a_part_can_be_asked_for_of_a_plain_get_alone)
{
    ck_assert(ask_is_whole_get(&ask));
    add_header(own, "Accept: */*");
    ck_assert(ask_is_whole_get(&ask));
    add_header(all, "if-range: \"x\"");
    ck_assert(!ask_is_whole_get(&ask));
    request_clear(all);
    add_header(own, "Range: bytes=1-2");
    ck_assert(!ask_is_whole_get(&ask));
    request_clear(own);
    use_method(all, "HEAD");
    ck_assert(!ask_is_whole_get(&ask));
    use_method(all, "GET");
    ck_assert(ask_is_whole_get(&ask));
    use_body(all, REQUEST_TEXT, "");
    ck_assert(!ask_is_whole_get(&ask));
}
END_TEST

START_TEST(a_body_is_text_or_a_file)
{
    struct http_plan plan = {0};
    struct err err;
    int fd = -1;

    ck_assert_int_eq(ask_open_body(&ask, &plan, &fd, &err), 0);
    ck_assert(!plan.has_body);
    use_body(all, REQUEST_TEXT, "all");
    ck_assert_int_eq(ask_open_body(&ask, &plan, &fd, &err), 0);
    ck_assert(plan.has_body && slice_is(plan.body, "all"));
    ck_assert_int_eq(fd, -1);

    plan = (struct http_plan){0};
    use_body(own, REQUEST_FILE, inside("body"));
    ck_assert_int_eq(ask_open_body(&ask, &plan, &fd, &err), -1);
    ck_assert_int_eq(err.kind, ERR_INPUT);
    fd = open(inside("body"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_eq(fd_write(fd, "12345", 5), 0);
    fd_close(fd);
    fd = -1;
    ck_assert_int_eq(ask_open_body(&ask, &plan, &fd, &err), 0);
    ck_assert_int_ge(fd, 0);
    ck_assert(plan.has_body && plan.body.ptr == NULL);
    ck_assert_int_eq(plan.body_fd, fd);
    ck_assert_int_eq(plan.body_size, 5);
    fd_close(fd);
}
END_TEST

/* Nobody writes to it: to open it would be to wait for ever. */
START_TEST(a_body_is_no_fifo_and_no_directory)
{
    struct http_plan plan = {0};
    struct err err;
    int fd = -1;

    ck_assert_int_eq(mkfifo(inside("fifo"), 0600), 0);
    use_body(own, REQUEST_FILE, inside("fifo"));
    ck_assert_int_eq(ask_open_body(&ask, &plan, &fd, &err), -1);
    use_body(own, REQUEST_FILE, folder);
    ck_assert_int_eq(ask_open_body(&ask, &plan, &fd, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "not a regular file"));
    ck_assert_int_eq(fd, -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ask");
    TCase *tests = tcase_create("ask");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_list_comes_before_the_command_line);
    tcase_add_test(tests, a_key_makes_any_method_one_that_may_come_twice);
    tcase_add_test(tests, expected_statuses_are_those_of_one_of_them);
    tcase_add_test(tests, a_header_of_the_list_takes_the_place_of_one);
    tcase_add_test(tests, json_has_its_type_unless_another_is_given);
    tcase_add_test(tests, a_part_can_be_asked_for_of_a_plain_get_alone);
    tcase_add_test(tests, a_body_is_text_or_a_file);
    tcase_add_test(tests, a_body_is_no_fifo_and_no_directory);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
