/* SPDX-License-Identifier: MIT */
/* What is written as it is made is what its value would be written as. */
#include "jq/eval.h"

#include <stdio.h>

#include "filter.h"

static const char *const filters[] = {
    "{a, b: .b}",
    "{a: {b: [.a, 1, \"x\"]}, \"c\\\"\\u007f\": null}",
    "{a, a: .b}",
    "{(.s): 1, b: 2}",
    "{a: .b.c, b: .a}",
    "{a: empty, b: 1}",
    "[.a, .b, .s]",
    "[.a, (.b, .s), empty, [empty]]",
    "[{a: .a, b: empty}, 2, {c: {d: 1, e: empty}}]",
    "[]",
    "[empty]",
    "[.[]]",
    "{}",
    "[.a | error]",
    "{a: .a, b: (.a | error(\"x\"))}",
    ".[]? | {v: ., w: [.]}",
    "try {a: error(\"x\")} catch {caught: .}",
    "label $f | {a: 1, b: break $f}",
    "if .a then {a} elif .b then [.b] else \"\\(.s)\" end",
    "\"\\(.a) and \\(.s)\"",
    "@json \"\\(.a) and \\(.s)\"",
    "@base64d \"\\(.b)\\(.s)\"",
    "\"\\(1)\\(2)\\(3)\\(4)\\(5)\\(6)\\(7)\\(8)\\(.s)\"",
    "[.a, .s] | @tsv",
    "[.s, .s, .n, null, true] | @csv",
    "[.b] | @csv",
    ".s | @html, @sh, @uri, @base64, @text, @json",
    ".b | @sh",
    "@nope",
    "def f: {a: .s}; . as $x | f",
    "def f: if .n > 3 then {a: .n} else .n += 1 | f end; f",
    "[.s] | {a: .[0]}, \"\\(.)\"",
    "select(.n) | {s}",
};

static const char *const lines[] = {
    "{\"a\":1,\"b\":{\"c\":[1.0,2]},\"s\":\"x\\ty\\\"z\\\\\",\"n\":2}",
    "{ \"s\" : \"'<&>\" , \"a\" : [ ] , \"b\" : \"x,y\" }",
    "{\"a\":1e2,\"a\":\"\\u0000\\u00e9\",\"n\":null,\"s\":\"\"}",
    "[{\"a\":1},2]",
    "null",
};

struct writing {
    struct buf *out;
    bool raw;
};

static int print(void *arg, struct at at)
{
    struct writing *w = arg;

    if (w->raw && at.v.kind == VAL_STRING)
        eval_add_text(&filter_eval, at.v, w->out);
    else
        eval_add_json(&filter_eval, at.v, 0, w->out);
    return buf_add_char(w->out, '\n');
}

static unsigned made;

static int make(void *arg, const struct code *code, struct env *env,
                struct val in)
{
    struct writing *w = arg;
    const size_t before = w->out->len;
    int got = eval_write(&filter_eval, code, env, in, w->raw, w->out);

    made++;
    ck_assert(got == 1 || w->out->len == before);
    return got == 1 ? buf_add_char(w->out, '\n') : got;
}

/* Into `out`, with the error that ended it. */
static void run(const char *filter, const char *line, bool raw, struct buf *out)
{
    struct writing w = {out, raw};

    buf_clear(out);
    if (filter_run_to(filter, line, print, &w) < 0)
        buf_add_slice(out, buf_slice(&filter_out));
}

START_TEST(same_as_values)
{
    struct buf values, written;

    buf_init(&values, 1 << 20);
    buf_init(&written, 1 << 20);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        filter_eval.make = NULL;
        run(filters[_i / 2], lines[i], _i % 2, &values);
        filter_eval.make = make;
        run(filters[_i / 2], lines[i], _i % 2, &written);
        ck_assert_msg(slice_equal(buf_slice(&values), buf_slice(&written)),
                      "%s on %s: %.*s, not %.*s", filters[_i / 2], lines[i],
                      (int)written.len, written.data, (int)values.len,
                      values.data);
    }
    filter_eval.make = NULL;
    buf_release(&values);
    buf_release(&written);
}
END_TEST

START_TEST(is_used)
{
    struct buf out;

    buf_init(&out, 1 << 10);
    filter_eval.make = make;
    made = 0;
    run("{a}, [.a], \"\\(.a)\", (.a | @json), .a", "{\"a\":\"b\"}", true, &out);
    ck_assert_uint_eq(made, 4);
    ck_assert(
        slice_is(buf_slice(&out), "{\"a\":\"b\"}\n[\"b\"]\nb\n\"b\"\nb\n"));
    buf_release(&out);
}
END_TEST

START_TEST(says_what_does_not_fit)
{
    struct buf out;

    buf_init(&out, 8);
    filter_eval.make = make;
    buf_add_char(&out, '\n');
    run("{long: .a}", "{\"a\":\"b\"}", false, &out);
    ck_assert_int_eq(filter_eval.unwind, EVAL_NOT);
    buf_release(&out);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("eval_write");

    tcase_add_loop_test(tests, same_as_values, 0,
                        2 * (int)(sizeof filters / sizeof filters[0]));
    tcase_add_test(tests, is_used);
    tcase_add_test(tests, says_what_does_not_fit);
    return filter_main("eval_write", tests);
}
