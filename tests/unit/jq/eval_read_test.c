/* SPDX-License-Identifier: MIT */
#include "jq/eval.h"

#include <stdio.h>

#include "filter.h"

/* Lines that a program reads by itself: so many of them, one like the other. */
enum { LINES = 3000, LITTLE = 700 << 10, PLENTY = 256 << 20 };

static int line;

static int next(void *arg, struct eval *e, struct val *out)
{
    struct scan_fault fault;
    char text[200];

    (void)arg;
    if (line == LINES)
        return 0;
    snprintf(text, sizeof text,
             "{\"id\":%d,\"k\":\"key%d\",\"s\": \"\\u00e9\\/ %d\",\"n\":[1.50,"
             "%de-3,{\"deep\":[[%d]]}],\"t\":\"plain\x7f\"}",
             line, line % 7, line, line, line);
    line++;
    return eval_from_line(e, slice_text(text), SCAN_DEPTH, out, &fault);
}

static void read_with(const char *filter, size_t memory)
{
    eval_release(&filter_eval);
    eval_init(&filter_eval, memory);
    filter_eval.world.next = next;
    line = 0;
    filter_run(filter, "null");
}

/* What stays of all lines fits, what is computed of them does not. */
static const char *const programs[] = {
    "reduce inputs as $x (0; . + $x.id)",
    "reduce inputs as $x ({}; .[$x.k] = $x.id)",
    "reduce inputs as $x ({}; .[$x.k] += 1)",
    "reduce inputs as $x ({}; .a[$x.k].n += $x.id)",
    "reduce inputs as $x ([]; .[$x.id % 9] += [$x.id % 100] | .[$x.id % 9] |= "
    ".[-3:])",
    "reduce inputs as $x ([]; .[$x.id % 9] |= [., $x.s][-1:])",
    "reduce inputs as $x ({}; .[$x.k] |= {a: $x.s, b: .a})",
    "reduce inputs as $x (null; if $x.id % 1000 == 7 then $x.n else . end)",
    "reduce inputs as $x ([]; if $x.id % 500 == 0 then . + [$x] else . end)",
    "reduce inputs as {$k, n: [$a, $b]} ({}; .[$k] = [$a, $b])",
    "foreach inputs as $x (0; . + 1; select(. % 1000 == 0) | [., $x.s])",
    "foreach inputs as $x ({}; .[$x.k] = $x; select($x.id % 999 == 0))",
    "[inputs | select(.id % 400 == 3) | {s, t, n}]",
    "[inputs | .id] | add",
    "last(inputs), first(1, inputs)",
    "last(inputs | .s, .t)",
    "[limit(3; inputs)], [limit(2; inputs | .n[2].deep)]",
    "first(inputs | select(.id == 2500))",
    "any(inputs; .id == 2000), ([inputs] | length)",
    "inputs | select(.id % 1000 == 0) | ., .s",
    "[limit(900; inputs) | .id] | length, (map(tostring) | join(\"\"))",
    "input as $f | reduce inputs as $x ($f; .id += $x.id)",
    "first(inputs) as $f | reduce inputs as $x ([$f]; .[0].id += 1)",
    "[range(3) as $i | reduce limit(250; inputs) as $x ({}; .[$x.k] = $i)]",
    "reduce range(3) as $i ([\"a\"]; . + [reduce limit(900; inputs) as $x (0; "
    ". + $x.id)])",
    "foreach limit(3; inputs) as $x ([]; . + [$x.s]; ., reduce limit(500; "
    "inputs) as $y (0; . + $y.id))",
    "[limit(5; inputs | select(.id % 100 == 0)) | ., (reduce limit(300; "
    "inputs) as $y ([]; [$y.s, .[0]]))]",
    "reduce (inputs | .n[], .k) as $v ([]; if $v == \"key3\" then [$v] else . "
    "end)",
    "\"abc\" | gsub(\"b\"; [limit(300; inputs | .id)] | add | tostring)",
    "[1, 2] | .[0] |= ([limit(300; inputs) | .id] | add)",
    "reduce inputs as $x (\"\"; if $x.id % 100 == 0 then . + $x.s else . end)",
    "[limit(900; inputs) | .k] | group_by(.) | map(length)",
    "try (inputs | if .id == 2222 then error(.s) else empty end) catch .",
    "label $out | inputs | if .id == 2500 then ., break $out else empty end",
    "reduce inputs as $x ([[], {}]; .[0] = [$x.id] | .[1].a = $x.n[1])",
};

START_TEST(reading_on_keeps_what_is_needed)
{
    const char *filter = programs[_i];
    struct buf want;

    read_with(filter, PLENTY);
    buf_init(&want, 1 << 24);
    buf_add_slice(&want, buf_slice(&filter_out));
    ck_assert_msg(want.len > 0, "%s", filter);
    read_with(filter, LITTLE);
    ck_assert_msg(slice_equal(buf_slice(&filter_out), buf_slice(&want)),
                  "%s: %.*s, not %.*s", filter,
                  filter_out.len < 400 ? (int)filter_out.len : 400,
                  filter_out.data, want.len < 400 ? (int)want.len : 400,
                  want.data);
    buf_release(&want);
}
END_TEST

START_TEST(what_does_not_fit_is_an_error)
{
    read_with("[inputs]", LITTLE);
    ck_assert(slice_is(buf_slice(&filter_out),
                       "error: more memory than --max-memory allows"));
    read_with("[inputs] | length", PLENTY);
    ck_assert(slice_is(buf_slice(&filter_out), "3000"));
}
END_TEST

START_TEST(what_is_read_keeps_its_own_bytes)
{
    read_with("last(inputs) | [.s], .n", LITTLE);
    ck_assert_msg(slice_is(buf_slice(&filter_out),
                           "[\"é/ 2999\"]\n[1.50,2.999,{\"deep\":[[2999]]}]"),
                  "%.*s", (int)filter_out.len, filter_out.data);
}
END_TEST

START_TEST(a_text_may_have_lines_but_no_string_may)
{
    struct val v;

    eval_clear(&filter_eval);
    ck_assert_int_eq(
        eval_from_json(&filter_eval, slice_text("[1,\n\"a\\\"b\"\n]\n"), &v),
        1);
    ck_assert_int_eq(
        eval_from_json(&filter_eval, slice_text("[1,\n\"a\nb\"]"), &v), -1);
    ck_assert_int_eq(eval_from_json(&filter_eval, slice_text("\"a\\\nb\""), &v),
                     -1);
    ck_assert_int_eq(eval_from_json(&filter_eval, slice_text(" \n"), &v), -1);
    ck_assert_int_eq(eval_from_json(&filter_eval, slice_text("\"\\"), &v), -1);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("reading");

    tcase_add_loop_test(tests, reading_on_keeps_what_is_needed, 0,
                        (int)(sizeof programs / sizeof programs[0]));
    tcase_add_test(tests, what_does_not_fit_is_an_error);
    tcase_add_test(tests, what_is_read_keeps_its_own_bytes);
    tcase_add_test(tests, a_text_may_have_lines_but_no_string_may);
    return filter_main("eval_read", tests);
}
