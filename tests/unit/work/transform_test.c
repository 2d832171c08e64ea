/* SPDX-License-Identifier: MIT */
#include "work/transform.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "io/loop.h"
#include "jq/arena.h"
#include "jq/code.h"

enum { IN_BYTES = 1 << 20, MOST = 64 };

/* A literal with its length, so that it may hold NUL. */
#define BYTES(literal) slice_of(literal, sizeof(literal) - 1)

/* What a test may set; the rest is as in `usual`. */
struct setting {
    const char *filter;
    enum transform_policy policy;
    size_t max_line;
    size_t max_depth;
    bool overlong;
};

static const struct setting usual = {
    .filter = ".", .max_line = 1 << 16, .max_depth = 1024};

/* What became of a block. */
static struct buf out;
static uint64_t ok, rejected, blank;
static struct transform_fault faults[TRANSFORM_FAULTS];
static size_t fault_count;
static bool overlong;

static struct slice block;
static bool given;

static enum flow_got fill(void *self, struct item *item, struct err *err)
{
    (void)self;
    (void)err;
    if (given)
        return FLOW_END;
    given = true;
    buf_add_slice(&item->in, block);
    item->line = 5;
    item->overlong = overlong;
    item->lines = 1;
    return FLOW_FILLED;
}

static void finish(void *self, struct item *item, struct flow_tally *tally)
{
    const struct transform_block *b = item->work;

    (void)self;
    (void)tally;
    ck_assert_int_eq(item->status, ITEM_COMPLETED);
    buf_add_slice(&out, buf_slice(&item->out));
    buf_clear(&item->out);
    ok = b->ok;
    rejected = b->rejected;
    blank = b->blank;
    fault_count = b->fault_count;
    memcpy(faults, b->faults, sizeof faults);
}

static void set_up(void)
{
    buf_init(&out, 8 * IN_BYTES);
}

static void tear_down(void)
{
    buf_release(&out);
}

static void run(const struct setting *s, struct slice bytes)
{
    struct loop *loop = loop_open();
    struct err err;
    size_t column;
    struct arena program = {.max = SIZE_MAX};
    const struct code *filter =
        code_compile(&program, slice_text(s->filter), NULL, 0, &column, &err);
    struct transform *transform =
        transform_open(&(struct transform_options){.loop = loop,
                                                   .filter = filter,
                                                   .max_memory = 1 << 20,
                                                   .policy = s->policy,
                                                   .threads = 2,
                                                   .max_line = s->max_line,
                                                   .max_depth = s->max_depth});
    struct log log;
    struct flow *flow = flow_open(&(struct flow_options){
        .loop = loop,
        .log = &log,
        .source = {.fill = fill},
        .worker = transform_worker(transform),
        .work = transform_work(transform),
        .report = {.finish = finish},
        .limits = {.in = bytes.len + 1,
                   .out = transform_out_bytes(bytes.len, SIZE_MAX)},
        .items = 2,
        .ordered = true,
        .out = STDOUT_FILENO,
        .max_errors = UINT64_MAX});

    log_init(&log, STDERR_FILENO, LOG_QUIET);
    transform_attach(transform, flow);
    block = bytes;
    given = false;
    overlong = s->overlong;
    buf_clear(&out);
    ck_assert_int_eq(flow_run(flow, &err), 0);
    flow_close(flow);
    transform_close(transform);
    loop_close(loop);
    log_release(&log);
    arena_release(&program);
}

static void check_out(const char *want)
{
    ck_assert_msg(slice_is(buf_slice(&out), want), "%.*s", (int)out.len,
                  out.data);
}

static void check_counts(uint64_t want_ok, uint64_t want_rejected,
                         uint64_t want_blank)
{
    ck_assert_uint_eq(ok, want_ok);
    ck_assert_uint_eq(rejected, want_rejected);
    ck_assert_uint_eq(blank, want_blank);
}

static void check_fault(size_t i, uint64_t line, size_t column,
                        const char *reason)
{
    ck_assert_uint_gt(fault_count, i);
    ck_assert_uint_eq(faults[i].line, line);
    ck_assert_uint_eq(faults[i].column, column);
    ck_assert_str_eq(faults[i].reason, reason);
}

START_TEST(what_passes_keeps_its_own_bytes)
{
    run(&usual, BYTES("{\"a\": 1.50 }\n \"\\u00e9\" \n1e999\n"));
    check_out("{\"a\": 1.50 }\n\"\\u00e9\"\n1e999\n");
    check_counts(3, 0, 0);
}
END_TEST

START_TEST(a_last_line_without_newline_counts)
{
    run(&usual, BYTES("1\n2"));
    check_out("1\n2\n");
    check_counts(2, 0, 0);
}
END_TEST

START_TEST(blank_lines_are_counted_and_leave_nothing)
{
    run(&usual, BYTES("\n \t \r\n1\n\n"));
    check_out("1\n");
    check_counts(1, 0, 3);
}
END_TEST

START_TEST(crlf_is_no_part_of_a_line)
{
    run(&usual, BYTES("1\r\n[2]\r\n"));
    check_out("1\n[2]\n");
}
END_TEST

START_TEST(a_rejected_line_is_noted_with_its_place)
{
    run(&usual, BYTES("1\n[1,}\n\nnul\n\"a\0b\"\n"));
    check_out("1\n");
    check_counts(1, 3, 1);
    check_fault(0, 6, 4, "expected a value");
    check_fault(1, 8, 4, "expected 'null'");
    ck_assert_uint_eq(faults[2].line, 9);
    ck_assert_uint_eq(faults[2].column, 3);
}
END_TEST

START_TEST(a_filter_that_fails_has_no_column)
{
    struct setting s = usual;

    s.filter = ".a";
    run(&s, BYTES("{\"a\":{\"b\":2}}\n{}\n5\n"));
    check_out("{\"b\":2}\nnull\n");
    check_counts(2, 1, 0);
    check_fault(0, 7, 0, "Cannot index number with string \"a\"");
}
END_TEST

START_TEST(no_output_is_no_failure)
{
    struct setting s = usual;

    s.filter = ".a?";
    run(&s, BYTES("5\n{\"a\":1}\n"));
    check_out("1\n");
    check_counts(2, 0, 0);
}
END_TEST

START_TEST(wrapped_lines_stand_in_their_place)
{
    struct setting s = usual;

    s.filter = ".a";
    s.policy = TRANSFORM_WRAP;
    run(&s, BYTES("{\"a\":1}\nx\"\\\t\n5\n{\"a\":2}\n"));
    check_out("1\n"
              "{\"error\":\"Invalid JSON\",\"line\":\"x\\\"\\\\\\t\","
              "\"line_number\":6,\"column\":1,\"reason\":\"expected a value\"}"
              "\n"
              "{\"error\":\"Filter error\",\"line\":\"5\",\"line_number\":7,"
              "\"reason\":\"Cannot index number with string \\\"a\\\"\"}\n"
              "2\n");
    check_counts(2, 2, 0);
}
END_TEST

START_TEST(the_first_fault_ends_a_block_that_must_have_none)
{
    struct setting s = usual;

    s.policy = TRANSFORM_FAIL;
    run(&s, BYTES("1\n\nx\n2\ny\n"));
    check_out("1\n");
    check_counts(1, 1, 1);
    check_fault(0, 7, 1, "expected a value");
}
END_TEST

START_TEST(so_many_faults_are_noted_and_all_counted)
{
    char bytes[2 * (TRANSFORM_FAULTS + 5)];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = i % 2 ? '\n' : 'x';
    run(&usual, slice_of(bytes, sizeof bytes));
    check_counts(0, TRANSFORM_FAULTS + 5, 0);
    ck_assert_uint_eq(fault_count, TRANSFORM_FAULTS);
    ck_assert_uint_eq(faults[TRANSFORM_FAULTS - 1].line,
                      5 + TRANSFORM_FAULTS - 1);
}
END_TEST

START_TEST(the_limit_of_a_line_leaves_crlf_out)
{
    struct setting s = usual;

    s.max_line = 4;
    run(&s, BYTES("1234\n1234\r\n12345\n1"));
    check_out("1234\n1234\n1\n");
    check_counts(3, 1, 0);
    check_fault(0, 7, 5, "line of more than 4 bytes (--max-line)");
}
END_TEST

START_TEST(an_overlong_line_is_wrapped_by_its_start)
{
    static const char want[] =
        "{\"error\":\"Invalid JSON\",\"line\":\"1234\",\"line_number\":5,"
        "\"column\":5,\"reason\":\"line of more than 4 bytes (--max-line)\"}"
        "\n";
    struct setting s = usual;

    s.policy = TRANSFORM_WRAP;
    s.max_line = 4;
    run(&s, BYTES("123456\n"));
    check_out(want);
    s.overlong = true;
    run(&s, BYTES("1234"));
    check_out(want);
    check_counts(0, 1, 0);
}
END_TEST

START_TEST(the_start_of_an_overlong_line_is_short)
{
    static char bytes[1000];
    struct setting s = usual;

    memset(bytes, 'x', sizeof bytes);
    s.policy = TRANSFORM_WRAP;
    s.max_line = 900;
    run(&s, slice_of(bytes, sizeof bytes));
    ck_assert_uint_lt(out.len, ITEM_OVERLONG_BYTES + 150);
}
END_TEST

START_TEST(the_limit_of_nesting_is_kept)
{
    struct setting s = usual;

    s.max_depth = 2;
    run(&s, BYTES("[[1]]\n[[[1]]]\n"));
    check_out("[[1]]\n");
    check_counts(1, 1, 0);
}
END_TEST

START_TEST(the_room_for_output_is_always_enough)
{
    static char bytes[IN_BYTES];
    struct setting s = usual;

    s.policy = TRANSFORM_WRAP;
    s.max_line = SIZE_MAX;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = i % 2 ? '\n' : '\x01';
    run(&s, slice_of(bytes, sizeof bytes));
    check_counts(0, IN_BYTES / 2, 0);
    memset(bytes, '\x01', sizeof bytes);
    run(&s, slice_of(bytes, sizeof bytes));
    check_counts(0, 1, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("transform");
    TCase *tests = tcase_create("transform");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_passes_keeps_its_own_bytes);
    tcase_add_test(tests, a_last_line_without_newline_counts);
    tcase_add_test(tests, blank_lines_are_counted_and_leave_nothing);
    tcase_add_test(tests, crlf_is_no_part_of_a_line);
    tcase_add_test(tests, a_rejected_line_is_noted_with_its_place);
    tcase_add_test(tests, a_filter_that_fails_has_no_column);
    tcase_add_test(tests, no_output_is_no_failure);
    tcase_add_test(tests, wrapped_lines_stand_in_their_place);
    tcase_add_test(tests, the_first_fault_ends_a_block_that_must_have_none);
    tcase_add_test(tests, so_many_faults_are_noted_and_all_counted);
    tcase_add_test(tests, the_limit_of_a_line_leaves_crlf_out);
    tcase_add_test(tests, an_overlong_line_is_wrapped_by_its_start);
    tcase_add_test(tests, the_start_of_an_overlong_line_is_short);
    tcase_add_test(tests, the_limit_of_nesting_is_kept);
    tcase_add_test(tests, the_room_for_output_is_always_enough);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
