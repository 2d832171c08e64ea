/* SPDX-License-Identifier: MIT */
#include "jq/explain.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "jq/arena.h"
#include "jq/builtin.h"
#include "jq/code.h"

static struct buf out, looks;
static struct explain_facts facts;

static void set_up(void)
{
    buf_init(&out, SIZE_MAX / 2);
    buf_init(&looks, SIZE_MAX / 2);
    facts = (struct explain_facts){.looks = &looks};
}

static void tear_down(void)
{
    buf_release(&out);
    buf_release(&looks);
}

/* The listing and the facts; with a variable $given. */
static void explain(const char *filter)
{
    const struct code_global given = {slice_text("given"),
                                      val_string(slice_text("secret"))};
    struct err err = {.kind = ERR_NONE};
    const struct code *code;
    struct arena arena;
    size_t column;

    arena_init(&arena, SIZE_MAX);
    code = code_compile(&arena, slice_text(filter), &given, 1, &column, &err);
    ck_assert_msg(code != NULL, "%s: %s", filter, err.text);
    buf_clear(&out);
    buf_clear(&looks);
    explain_listing(code, slice_text(filter), false, &out, &facts);
    arena_release(&arena);
}

/* L: the line itself, P: a part of it, M: what is made. */
static const struct row {
    const char *filter;
    const char *looks;
    const char *gives;
} rows[] = {
    {".", "nothing", "L"},
    {".a.b", ".a.b", "P"},
    {".a.[0][].b?", ".a[0][].b", "P"},
    {".[\"a b\"], .[1:2][3]", ".[\"a b\"], .[1:2][3]", "P"},
    {".a, .a.b", ".a", "P"},
    {".a[.b + 1]", ".b, .a[]", "P"},
    {".[$given]", ".[$given]", "P"},
    {"select(.a > 1 and .b == \"x\")", ".a, .b", "L"},
    {"select(.a > 1 and .b == \"x\") | {c, d}", ".a, .b, .c, .d", "M"},
    {".a | .b", ".a.b", "P"},
    {".a[] | 1", ".a[]", "M"},
    {".. as {b: [$x]} | .a", "the whole line", "P"},
    {".a.b as $x | $x.c, 1", ".a.b.c", "PM"},
    {".a.b as $x | 1", ".a.b", "M"},
    {"foreach .a[] as $x (.b; 1)", ".a[], .b", "M"},
    {".a | length", ".a", "M"},
    {"length", "the whole line", "M"},
    {"[.]", "the whole line", "M"},
    {"..", "the whole line", "LP"},
    {".a | ..", ".a", "P"},
    {"1", "nothing", "M"},
    {"empty", "nothing", ""},
    {"input_filename, now", "nothing", "M"},
    {".a // .b", ".a, .b", "P"},
    {"if .a then .b else empty end", ".a, .b", "P"},
    {"if .a then .b end", ".a, .b", "LP"},
    {"try .a catch .b", ".a", "PM"},
    {"\"\\(.a) \\(.b)\"", ".a, .b", "M"},
    {".a | @csv", ".a", "M"},
    {".a = .b", "the whole line", "M"},
    {".a as $x | .b + $x.c", ".b, .a.c", "M"},
    {". as {a: $x, $y} | $x, $y", ".a, .y", "P"},
    {". as [$x, [$y]] | $y", ".[1][0], .[0]", "P"},
    {". as {$a: {b: $c}} | $c", ".a.b", "P"},
    {". as {a: $x} ?// [$x] | $x", ".a, .[0]", "P"},
    {"reduce .a[] as $x (0; . + $x.n)", ".a[].n", "M"},
    {"reduce .a[] as $x (.b; .[$x])", ".a[], .b", "P"},
    {"foreach .a[] as $x (0; . + 1; $x.b)", ".a[].b", "P"},
    {"label $f | .a, break $f", ".a", "P"},
    {"def f: .b; .a | f", ".a.b", "P"},
    {"def f(g): g.b; f(.a)", ".a.b", "P"},
    {"def f($x): .c + $x; f(.a)", ".c, .a", "M"},
    {"def f: .x as $x | def g: $x; .y | g; f", ".x, .y", "P"},
    {"def f: if .n then .n | f else . end; .a | f", ".a", "P"},
    {"def f(g): if g then f(g.b) else . end; .a | f(.c)", ".a", "P"},
    {"until(.next == null; .next)", "the whole line", "M"},
    {".a | map(.b)", ".a[].b", "M"},
    {"map(select(.a))", ".[]", "M"},
    {"first(.a[]), limit(.n; .b[])", ".n, .a[], .b[]", "P"},
    {"any(.a[]; .b), all(.c)", ".a[].b, .[].c", "M"},
    {".a | sort_by(.b)", ".a", "M"},
    {"pow(.a; 2)", ".a", "M"},
    {"to_entries[].key", "the whole line", "M"},
    {".a | recurse(.b[])", ".a", "P"},
    {".a | debug", ".a", "P"},
    {"inputs.a", ".a", "P"},
    {"range(.n)", ".n", "M"},
};

START_TEST(what_a_filter_looks_at_and_gives)
{
    const struct row *row = &rows[_i];
    char gives[4] = "";

    explain(row->filter);
    ck_assert_msg(slice_is(buf_slice(&looks), row->looks), "%s: %.*s",
                  row->filter, (int)looks.len, looks.data);
    if (facts.gives_line)
        strcat(gives, "L");
    if (facts.gives_part)
        strcat(gives, "P");
    if (facts.gives_made)
        strcat(gives, "M");
    ck_assert_msg(strcmp(gives, row->gives) == 0, "%s gives %s", row->filter,
                  gives);
}
END_TEST

#define HEAD \
    "PLACE   OUT  PART                                        LOOKS AT\n"

static const char *const listings[][2] = {
    {"# a field\n\t.a[1:$given][.b]? | select(test(\"é\")),\n-1", HEAD
     "2:2     n    pipe                                        .b, "
     ".a[1:$given][]\n"
     "2:2     1      path .a[1:$given][..]?                    .b, "
     ".a[1:$given][]\n"
     "2:15    1        key: path .b                            .b\n"
     "2:22    n      comma                                     .a[1:$given][]\n"
     "2:22    1        builtin select/1                        .a[1:$given][]\n"
     "2:29    1          builtin test/1, pattern compiled once .a[1:$given][]\n"
     "2:34    1            constant \"\xc3\xa9\"                        "
     "nothing\n"
     "3:1     1        negate                                  nothing\n"
     "3:2     1          constant 1                            nothing\n"},
};

START_TEST(a_listing_has_a_part_a_line)
{
    explain(listings[_i][0]);
    ck_assert_msg(slice_is(buf_slice(&out), listings[_i][1]), "%.*s",
                  (int)out.len, out.data);
}
END_TEST

START_TEST(each_builtin_has_a_row)
{
    const struct builtin *b;

    for (size_t i = 0; (b = builtin_at(i)) != NULL; i++) {
        struct buf filter;

        buf_init(&filter, 1000);
        buf_printf(&filter, ".a|%s", b->name);
        for (int k = 0; k < b->arity; k++)
            buf_printf(&filter, "%c.b", k == 0 ? '(' : ';');
        if (b->arity > 0)
            buf_add_char(&filter, ')');
        buf_add_char(&filter, '\0');
        explain(filter.data);
        buf_add_char(&out, '\0');
        ck_assert_msg(strstr(out.data, b->name) != NULL, "%s", filter.data);
        buf_release(&filter);
    }
}
END_TEST

/* 2^40 paths through it, and 2000 levels: it gives up, and says the most. */
START_TEST(what_is_too_much_looks_at_everything)
{
    struct buf filter;

    buf_init(&filter, 1 << 20);
    buf_add_text(&filter, "def f0: .;");
    for (int i = 0; i < 40; i++)
        buf_printf(&filter, "def f%d: f%d | f%d;", i + 1, i, i);
    buf_add_text(&filter, ".a | f40");
    buf_add_char(&filter, '\0');
    explain(filter.data);
    ck_assert(slice_is(buf_slice(&looks), "the whole line"));
    buf_clear(&filter);
    buf_add_text(&filter, ".a");
    for (int i = 0; i < 3900; i++)
        buf_add_text(&filter, "-1");
    buf_add_char(&filter, '\0');
    explain(filter.data);
    ck_assert(slice_is(buf_slice(&looks), "the whole line"));
    buf_release(&filter);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explain");
    TCase *tests = tcase_create("explain");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, what_a_filter_looks_at_and_gives, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    tcase_add_loop_test(tests, a_listing_has_a_part_a_line, 0,
                        (int)(sizeof listings / sizeof listings[0]));
    tcase_add_test(tests, each_builtin_has_a_row);
    tcase_add_test(tests, what_is_too_much_looks_at_everything);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
