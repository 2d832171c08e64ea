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

static const char *const faults[][2] = {
    {"", "column 1: expected a filter"},
    {"# only", "column 7: expected a filter"},
    {".a?//\"d\"",
     "column 3: expected an operator or the end of the filter, not '?'"},
    {"..a", "column 3: expected an operator or the end of the filter, not 'a'"},
    {"a b", "column 3: expected an operator or the end of the filter, not 'b'"},
    {".a . b", "column 6: expected a name, a string or '[' after '.', not 'b'"},
    {"1 < 2 < 3", "column 7: operators of this kind need parentheses"},
    {".a = .b = 1", "column 9: operators of this kind need parentheses"},
    {".[:]", "column 4: expected a filter, not ']'"},
    {"[1,]", "column 4: expected a filter, not ']'"},
    {"(1", "column 3: expected ')'"},
    {"\"abc", "column 5: expected a closing '\"'"},
    {"\"\\q\"", "column 3: invalid escape"},
    {"\"\\u12\"", "column 6: expected four hex digits after '\\u'"},
    {"if 1 else 2 end", "column 6: expected 'then', not 'else'"},
    {"if 1 then 2", "column 12: expected 'elif', 'else' or 'end'"},
    {"def f 1; 2", "column 7: expected ':', not '1'"},
    {"def if: 1; 2", "column 5: expected the name of a function, not 'if'"},
    {"{(1)}", "column 5: expected ':', not '}'"},
    {"{1: 2}",
     "column 2: expected a key: a name, a string, $name or (filter), not '1'"},
    {". as x | 1",
     "column 6: expected a pattern: $name, [...] or {...}, not 'x'"},
    {"$", "column 2: expected a name after '$'"},
    {"@", "column 2: expected a name after '@'"},
    {"1 | import \"a\" as $a; 1",
     "column 5: it has to stand before everything else"},
    {"import \"a\" a; 1", "column 12: expected 'as', not 'a'"},
    {"import \"a\" as if; 1",
     "column 15: expected the name of the module, not 'if'"},
    {"import a as a; 1",
     "column 8: expected the path of a module, as a string, not 'a'"},
    {"import \"\\(1)\" as a; 1",
     "column 8: the path of a module has to be constant"},
    {"include \"a\" 5; 1", "column 13: expected ';' or an object, not '5'"},
    {"include \"a\" {a: 1} 1", "column 20: expected ';', not '1'"},
    {"module 1; 1", "column 8: expected an object, not '1'"},
    {"include \"a\";", "column 13: expected a filter"},
    {"module {}; def f: 1;", "column 21: expected a filter"},
    {"\xff", "column 1: invalid UTF-8"},
    {"é", "column 1: expected a filter, not 'é'"},
    {"1 +", "column 4: expected a filter"},
    {"f(1", "column 4: expected ';' or ')'"},
    {"reduce 1 as $x (2)", "column 18: expected ';', not ')'"},
};

START_TEST(a_fault_says_where_and_what_was_expected)
{
    check(faults[_i][0], faults[_i][1]);
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
    tcase_add_loop_test(tests, a_fault_says_where_and_what_was_expected, 0,
                        (int)(sizeof faults / sizeof faults[0]));
    tcase_add_test(tests, nesting_is_bounded);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
