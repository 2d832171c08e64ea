/* SPDX-License-Identifier: MIT */
#include "jq/code.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "jq/arena.h"

/* Names that are none. */
static const char *const faults[][2] = {
    {"{(1): 2}", "column 3: an object's key is a string, not a number"},
    {"limit", "column 1: limit takes 2 arguments, not 0"},
    {"limit(3)", "column 1: limit takes 2 arguments, not 1"},
    {"limit(1;2;3)", "column 1: limit takes 2 arguments, not 3"},
    {"select", "column 1: select takes 1 argument, not 0"},
    {"map", "column 1: map takes 1 argument, not 0"},
    {"length(.a)", "column 1: length takes no arguments, not 1"},
    {"selct(.a)",
     "column 1: there is no function selct/1; did you mean select?"},
    {"test", "column 1: test takes 1 or 2 arguments, not 0"},
    {"foo", "column 1: there is no function foo/0"},
    {"foo(1)", "column 1: there is no function foo/1"},
    {"Select(.a)",
     "column 1: there is no function Select/1; did you mean select?"},
    {"tolower",
     "column 1: there is no function tolower/0; here it is ascii_downcase"},
    {"toLowerCase",
     "column 1: there is no function toLowerCase/0; here it is ascii_downcase"},
    {"upcase",
     "column 1: there is no function upcase/0; here it is ascii_upcase"},
    {"len", "column 1: there is no function len/0; here it is length"},
    {"size", "column 1: there is no function size/0; here it is length"},
    {"to_entry",
     "column 1: there is no function to_entry/0; did you mean to_entries?"},
    {"keys(.)", "column 1: keys takes no arguments, not 1"},
    {"$x", "column 1: there is no variable $x; --arg x TEXT would give it"},
    {"$nam",
     "column 1: there is no variable $nam; --arg nam TEXT would give it"},
    {". as $name | $nam",
     "column 14: there is no variable $nam; did you mean $name?"},
    {". as $x | $y", "column 11: there is no variable $y; did you mean $x?"},
    {"$__loc",
     "column 1: there is no variable $__loc; --arg __loc TEXT would give it"},
    {"$env.HOME",
     "column 1: there is no variable $env; --arg env TEXT would give it"},
    {"$ARG", "column 1: there is no variable $ARG; did you mean $ARGS?"},
    {"break $x", "column 1: there is no label $x; 'label $x | ...' makes it"},
    {"label $out | break $ou",
     "column 14: there is no label $ou; did you mean $out?"},
    {"a = 1", "column 1: there is no function a/0"},
    {".foo-bar", "column 6: there is no function bar/0; a name with '-' in it "
                 "is quoted: .\"..-bar\""},
    {".foo - bar", "column 8: there is no function bar/0"},
    {".a.b-c.d", "column 6: there is no function c/0; a name with '-' in it is "
                 "quoted: .\"..-c\""},
    {"None", "column 1: there is no function None/0; here it is null"},
    {"True", "column 1: there is no function True/0; here it is true"},
    {"nil", "column 1: there is no function nil/0; here it is null"},
    {"undefined",
     "column 1: there is no function undefined/0; here it is null"},
    {"NULL", "column 1: there is no function NULL/0; here it is null"},
    {"case .a", "column 1: there is no function case/0"},
    {"$ a", "column 1: there is no variable $a; --arg a TEXT would give it"},
    {"$a::b",
     "column 1: there is no variable $a::b; --arg a::b TEXT would give it"},
    {"map .a", "column 1: map takes 1 argument, not 0"},
    {"map[.a]", "column 1: map takes 1 argument, not 0"},
    {"select .a == 1", "column 1: select takes 1 argument, not 0"},
    {"limit(3, .a)",
     "column 1: limit takes 2 arguments, not 1; ';' stands between them"},
    {"def f(a; b): 1; f(1)", "column 17: f takes 2 arguments, not 1"},
    {"def f: 1; def f(a; b; c): 1; f(1)",
     "column 30: f takes no or 3 arguments, not 1"},
    {"range", "column 1: range takes 1, 2 or 3 arguments, not 0"},
    {"def limits: 1; limis",
     "column 16: there is no function limis/0; did you mean limits?"},
    {"def f(cond): cnd; 1",
     "column 14: there is no function cnd/0; did you mean cond?"},
    {"_sort_by_keys", "column 1: there is no function _sort_by_keys/0"},
    {". as {a: $first} | $fist",
     "column 20: there is no variable $fist; did you mean $first?"},
};

START_TEST(a_name_that_is_none_has_a_way_out)
{
    const char *filter = faults[_i][0], *want = faults[_i][1];
    struct err err = {.kind = ERR_NONE};
    const struct code_global args = {slice_text("ARGS"), val_null()};
    const struct code *code;
    struct arena arena;
    size_t column = 0;

    arena_init(&arena, SIZE_MAX);
    code = code_compile(&arena, slice_text(filter), &args, 1, &column, &err);
    ck_assert_msg(code == NULL, "%s", filter);
    ck_assert_int_eq(err.kind, ERR_USAGE);
    ck_assert_msg(strcmp(err.text, want) == 0, "%s: %s", filter, err.text);
    arena_release(&arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("code_unknown");
    TCase *tests = tcase_create("code_unknown");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, a_name_that_is_none_has_a_way_out, 0,
                        (int)(sizeof faults / sizeof faults[0]));
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
