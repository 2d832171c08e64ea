/* SPDX-License-Identifier: MIT */
#include "jq/parse.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "jq/arena.h"
#include "jq/ast.h"

/* The tree of a filter, or the fault. */
static void check(const char *filter, const char *want)
{
    struct err err = {.kind = ERR_NONE};
    const struct ast *tree;
    struct arena arena;
    struct buf out;
    size_t column = 0;

    arena_init(&arena, SIZE_MAX);
    buf_init(&out, 1 << 20);
    tree = parse_program(&arena, slice_text(filter), &column, &err);
    if (tree != NULL)
        ast_print(tree, &out);
    else
        buf_add_text(&out, err.text);
    ck_assert_int_eq(err.kind, tree ? ERR_NONE : ERR_USAGE);
    ck_assert_msg(slice_is(buf_slice(&out), want), "%.99s: %.*s", filter,
                  (int)out.len, out.data);
    buf_release(&out);
    arena_release(&arena);
}

static const char *const trees[][2] = {
    {".", "."},
    {"..", ".."},
    {".a.b", "(index (index . \"a\") \"b\")"},
    {".a .b", "(index (index . \"a\") \"b\")"},
    {".a.[0]", "(index (index . \"a\") 0)"},
    {".a.[\"b\"]", "(index (index . \"a\") \"b\")"},
    {".a.[]", "(each (index . \"a\"))"},
    {".and", "(index . \"and\")"},
    {".e1", "(index . \"e1\")"},
    {".[1:2]", "(slice . 1 2)"},
    {".[:2]", "(slice . start 2)"},
    {".[1:]", "(slice . 1)"},
    {".a?", "(index? . \"a\")"},
    {".a??", "(try (index? . \"a\"))"},
    {"(.a)?", "(try (index . \"a\"))"},
    {".a[]?.b", "(index (each? (index . \"a\")) \"b\")"},
    {".a? // 1", "(// (index? . \"a\") 1)"},
    {"1.e2", "1.e2"},
    {".5", ".5"},
    {"1 as $x | 2", "(as 1 $x 2)"},
    {"1 + 2 as $x | $x * 10", "(+ 1 (as 2 $x (* $x 10)))"},
    {"-1 as $x | 1, $x", "(negate (as 1 $x (comma 1 $x)))"},
    {"-1 + 2", "(+ (negate 1) 2)"},
    {"1 - 2 - 3", "(- (- 1 2) 3)"},
    {"1 // 2 // 3", "(// 1 (// 2 3))"},
    {"1, 2 // 3", "(comma 1 (// 2 3))"},
    {".a = 1 // 2", "(// (= (index . \"a\") 1) 2)"},
    {"1 or 2 and 3 == 4", "(or 1 (and 2 (== 3 4)))"},
    {"1 | 2 | 3", "(pipe 1 (pipe 2 3))"},
    {"1 + 2 * 3", "(+ 1 (* 2 3))"},
    {"def f: 1; f | f", "(def f 1 (pipe (call f) (call f)))"},
    {"def f(g; $x): g; f(1; 2)", "(def f g $x (call g) (call f 1 2))"},
    {"1 + def f: 2; f", "(+ 1 (def f 2 (call f)))"},
    {"if 1 then 2 end", "(if 1 2)"},
    {"if 1 then 2 elif 3 then 4 else 5 end", "(if 1 2 (if 3 4 5))"},
    {"try 1 catch 2", "(try 1 2)"},
    {"try error(1) // 2", "(// (try (call error 1)) 2)"},
    {"reduce .[] as [$a, {b: $c, $d}] (0; 1)",
     "(reduce (each .) (array $a (object (: \"b\" $c) (: $d))) 0 1)"},
    {"foreach 1 as $x (2; 3; 4)", "(foreach 1 $x 2 3 4)"},
    {"1 as [$a] ?// $a | $a", "(as 1 (array $a) $a $a)"},
    {"label $f | break $f", "(label f (break f))"},
    {"{a, $b, \"c\", (1): 2, \"d\\(3)\": 4, if: 5}",
     "(object (: \"a\" (index . \"a\")) (: \"b\" $b) (: \"c\" (index . \"c\")) "
     "(: 1 2) (: (text \"d\" (put 3) \"\") 4) (: \"if\" 5))"},
    {"{a: 1 | 2, b: 3 + 4,}",
     "(object (: \"a\" (pipe 1 2)) (: \"b\" (+ 3 4)))"},
    {"{}", "(object)"},
    {"[]", "(array)"},
    {"\"a\\(1 + 1)b\\u00e9\"", "(text \"a\" (put (+ 1 1)) \"bé\")"},
    {"@base64 \"x\\(1)\"", "(text base64 \"x\" (put 1) \"\")"},
    {"@base64", "(format base64)"},
    {"@nope \"x\"", "\"x\""},
    {"null, true, false", "(comma (comma null true) false)"},
    {"$__loc__", "$__loc__"},
    {"1 # | 2", "1"},
    {"# c\n1", "1"},
    {"a::b", "(call a::b)"},
};

START_TEST(a_filter_is_read_as_jq_reads_it)
{
    check(trees[_i][0], trees[_i][1]);
}
END_TEST

START_TEST(nesting_is_bounded)
{
    static char deep[200001];

    memset(deep, '(', sizeof deep - 1);
    check(deep, "column 501: the filter nests too deep");
    memset(deep, '-', sizeof deep - 1);
    check(deep, "column 1001: the filter nests too deep");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parse");
    TCase *tests = tcase_create("parse");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, a_filter_is_read_as_jq_reads_it, 0,
                        (int)(sizeof trees / sizeof trees[0]));
    tcase_add_test(tests, nesting_is_bounded);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
