/* SPDX-License-Identifier: MIT */
/* What jq 1.7.1 was seen to give. */
#include "filter.h"

static const struct filter_row rows[] = {
    {"path(null)", "null", "[]"},
    {"[path(true|true)]", "true", "[[]]"},
    {"[path(.a|null|.b)]", "null", "[[\"a\",\"b\"]]"},
    {"[path(.a|null|.b)]", "{\"a\":null}", "[[\"a\",\"b\"]]"},
    {"try path(.a|1) catch .", "{\"a\":1}",
     "\"Invalid path expression with result 1\""},
    {"try path(1|.a) catch .", "null",
     "\"Invalid path expression near attempt to access element "
     "\\\"a\\\" of 1\""},
    {"try path([1]|.[]) catch .", "null",
     "\"Invalid path expression near attempt to iterate through "
     "[1]\""},
    {"try path([1]|.[]?) catch .", "null",
     "\"Invalid path expression near attempt to iterate through "
     "[1]\""},
    {"try path({a:1}|.a) catch .", "null",
     "\"Invalid path expression near attempt to access element "
     "\\\"a\\\" of {\\\"a\\\":1}\""},
    {"try path($__loc__) catch .", "null",
     "\"Invalid path expression with result {\\\"file\\\":\\\"<t"
     "op-level>\\\",\\\"lin...\""},
    {"try path(tojson|..) catch .", "\"a\"",
     "\"Invalid path expression with result \\\"\\\\\\\"a\\\\\\"
     "\"\\\"\""},
    {"try path(to_entries) catch .", "{\"a\":1}",
     "\"Invalid path expression with result [{\\\"key\\\":\\\"a"
     "\\\",\\\"value\\\":1}]\""},
    {"try path([.[0:1]|tojson,\"a long text\"]) catch .", "[1]",
     "\"Invalid path expression with result [\\\"[1]\\\",\\\"a l"
     "ong text\\\"]\""},
    {"try path(.[]) catch .", "null", "\"Cannot iterate over null (null)\""},
    {"[path(.[]?)]", "null", "[]"},
    {"[path(..)]", "{\"a\":{\"b\":[1]}}",
     "[[],[\"a\"],[\"a\",\"b\"],[\"a\",\"b\",0]]"},
    {"[path(first,last,nth(1))]", "[1,2]", "[[0],[-1],[1]]"},
    {"[path(limit(1;.[]))]", "[1,2]", "[[0]]"},
    {"[path(getpath([\"a\",\"b\"])?)]", "{\"a\":1}", "[]"},
    {"try getpath([true]) catch .", "null",
     "\"Cannot index null with boolean\""},
    {"getpath([\"a\",0,\"b\"])", "null", "null"},
    {"getpath([{\"start\":1,\"end\":null}])", "\"abc\"", "\"bc\""},
    {"try getpath([{\"start\":1}]) catch .", "\"abc\"",
     "\"Array/string slice indices must be integers\""},
    {"try (.[1:]=1) catch .", "\"abc\"", "\"Cannot update string slices\""},
    {"try (.[1:]|=1) catch .", "\"abc\"", "\"Cannot update string slices\""},
    {"try (.[1:]=1) catch .", "{}", "\"Cannot index object with object\""},
    {".[-1.5]=9", "[1,2,3]", "[1,2,9]"},
    {".[1.7]=9", "[1,2,3]", "[1,9,3]"},
    {"del(.[1.7])", "[1,2,3]", "[1,3]"},
    {"try delpaths([[\"a\",\"b\"]]) catch .", "{\"a\":[1]}",
     "\"Cannot delete string element of array\""},
    {"try delpaths([[0]]) catch .", "{\"a\":[1]}",
     "\"Cannot delete number field of object\""},
    {"try delpaths([[true]]) catch .", "[1]",
     "\"Cannot delete boolean element of array\""},
    {"try delpaths([[{}]]) catch .", "[1]",
     "\"Array/string slice indices must be integers\""},
    {"try delpaths([1]) catch .", "\"a\"",
     "\"Path must be specified as array, not number\""},
    {"try (.[\"a\":]) catch .", "[1]",
     "\"Array/string slice indices must be integers\""},
    {"try (.[:\"a\"]) catch .", "[1]",
     "\"Array/string slice indices must be integers\""},
    {"[.[(0,1):(2,3)]]", "[1,2,3,4]", "[[1,2],[1,2,3],[2],[2,3]]"},
    {"try (.[error(\"first\"):error(\"second\")]) catch .", "[1,2,3,4]",
     "\"first\""},
    {"try setpath(error(\"first\");error(\"second\")) catch .", "null",
     "\"second\""},
    {"try (error(\"left\") = error(\"right\")) catch .", "null", "\"right\""},
    {"try \"\\(error(\"first\"))\\(error(\"last\"))\" catch .", "null",
     "\"last\""},
    {". as {(\"a\",\"b\"):$x}|[$x]", "{\"a\":5}", "[5]\n[null]"},
    {"try (.[0] as {a:$x}|$x) catch .", "[1]",
     "\"Cannot index number with string \\\"a\\\"\""},
    {"\"k\" as $n | . as {($n):$n}|$n", "{\"k\":\"a\",\"a\":5}", "\"a\""},
    {"\"k\" as $n | . as {($n+\"\"):$m,$k}|[$n,$m,$k]", "{\"k\":\"a\",\"a\":5}",
     "[\"k\",\"a\",\"a\"]"},
    {"1 as $a | . as {$a} | $a", "{\"a\":1}", "1"},
    {"[.[]|getpath([0])|= 3]?", "[[1]]", "[[3]]"},
    {"del(.[0],.[0]), del(.[0,2,0]), delpaths([[1],[1]])", "[1,2,3]",
     "[2,3]\n[2]\n[1,3]"},
    {"del(.a[0],.a[0],.a[1])", "{\"a\":[1,2]}", "{\"a\":[]}"},
    {"del(.[2],.[-1]), del(.[1:],.[0:2]), del(.[0],.[-3:-1])", "[1,2,3]",
     "[1,2]\n[]\n[3]"},
    {"del(.a,.a.x), del(.a.x,.a.y), del(.[]), del(.b,.a)",
     "{\"a\":{\"x\":1,\"y\":2},\"b\":3}",
     "{\"b\":3}\n{\"a\":{},\"b\":3}\n{}\n{}"},
    {"try delpaths([[\"a\"],[0]]) catch .", "{\"a\":1}",
     "\"Cannot delete number field of object\""},
    {".a.b |= . + 1, .a.c.d = 2, .x += 1", "{\"a\":{\"b\":1}}",
     "{\"a\":{\"b\":2}}\n{\"a\":{\"b\":1,\"c\":{\"d\":2}}}\n{\"a"
     "\":{\"b\":1},\"x\":1}"},
    {".a.b |= 5, (.a.b |= empty)", "null", "{\"a\":{\"b\":5}}\nnull"},
    {"(.a.b |= empty), (.a.x.y |= empty), (.a |= empty), (.c |= "
     "(., 9))",
     "{\"a\":{\"b\":1},\"c\":2}",
     "{\"a\":{},\"c\":2}\n{\"a\":{\"b\":1},\"c\":2}\n{\"c\":2}\n"
     "{\"a\":{\"b\":1},\"c\":2}"},
    {"try (.a.b |= 1) catch ., try (.a.b.c = 1) catch ., (.a |= "
     ".)",
     "{\"a\":5}",
     "\"Cannot index number with string \\\"b\\\"\"\n\"Cannot in"
     "dex number with string \\\"b\\\"\"\n{\"a\":5}"},
    {"try (.a = 1) catch .", "[1]",
     "\"Cannot index array with string \\\"a\\\"\""},
    {".a += 1, (.a //= 7), (.c //= 7)", "{\"a\":1,\"b\":2}",
     "{\"a\":2,\"b\":2}\n{\"a\":1,\"b\":2}\n{\"a\":1,\"b\":2,\"c"
     "\":7}"},
    {"[.a = (1,2)], [.a += (1,2)], (.a.b.c.d.e.f.g.h.i = 1)", "{\"a\":null}",
     "[{\"a\":1},{\"a\":2}]\n[{\"a\":1},{\"a\":2}]\n{\"a\":{\"b"
     "\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{\"i\":1}}}}}"
     "}}}}"},
    {"reduce (1,2) as $x (.; . + [$x]), (. + [empty]), ([2] + [."
     "]), try (1 + [2]) catch .",
     "[1]",
     "[1,1,2]\n[1]\n[2,[1]]\n\"number (1) and array ([2]) cannot"
     " be added\""},
    {"(. + [error(\"e\")])?, try (error(\"l\") + [error(\"r\")])"
     " catch .",
     "[1]", "\"r\""},
};

START_TEST(places_are_found_and_changed_as_in_jq)
{
    filter_check(&rows[_i]);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("paths");

    tcase_add_loop_test(tests, places_are_found_and_changed_as_in_jq, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    return filter_main("paths", tests);
}
