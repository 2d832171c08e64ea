/* SPDX-License-Identifier: MIT */
/* A state that is changed in place must not be seen to change. */
#include "jq/code.h"

#include "filter.h"

static const struct filter_row rows[] = {
    {"reduce .[] as $x ({}; .[$x] += 1)", "[\"a\",\"b\",\"a\",\"a\"]",
     "{\"a\":3,\"b\":1}"},
    {"reduce .[] as $x ({}; .a[$x].n += 1)", "[\"a\",\"b\",\"a\"]",
     "{\"a\":{\"a\":{\"n\":2},\"b\":{\"n\":1}}}"},
    {"reduce .[] as $x ([0,0,0]; .[$x] += 1)", "[0,2,2,-1,4]",
     "[1,0,3,null,1]"},
    /* what the state began as, and what is in it, belongs to others */
    {". as $d | (reduce (1, 2, 3) as $x ($d; .a = $x)), $d", "{\"a\":0}",
     "{\"a\":3}\n{\"a\":0}"},
    {"{a: {b: 0}} as $d | (reduce (1, 2) as $x ({}; .c = $d | .c.a.b = $x)), "
     "(reduce (1, 2) as $x ({c: $d}; .c.a.b = $x)), $d",
     "0",
     "{\"c\":{\"a\":{\"b\":2}}}\n{\"c\":{\"a\":{\"b\":2}}}\n{\"a\":{"
     "\"b\":0}}"},
    {"[1, [2]] as $d | (reduce range(3) as $x ({}; .k = $d)), (reduce range(3) "
     "as $x ($d; .[1][0] += $x)), $d",
     "0", "{\"k\":[1,[2]]}\n[1,[5]]\n[1,[2]]"},
    /* what looks at the state */
    {"reduce range(3) as $x ({}; .a = .)", "0", "{\"a\":{\"a\":{\"a\":{}}}}"},
    {"reduce range(3) as $x ({n: 0}; .n += 1 | .old = [.old, .n])", "0",
     "{\"n\":3,\"old\":[[[null,1],2],3]}"},
    {"reduce range(3) as $x ([]; .[$x] = length)", "0", "[0,1,2]"},
    {"[foreach range(3) as $x ({}; .n += 1)]", "0",
     "[{\"n\":1},{\"n\":2},{\"n\":3}]"},
    {"reduce range(3) as $x ({a: 1}; . as $old | .a += 1 | .b = $old)", "0",
     "{\"a\":4,\"b\":{\"a\":3,\"b\":{\"a\":2,\"b\":{\"a\":1}}}}"},
    /* parts that an update has twice */
    {"reduce range(4) as $x ({a: {n: 0}}; .a |= {n: (.n + 1), was: .})", "0",
     "{\"a\":{\"n\":4,\"was\":{\"n\":3,\"was\":{\"n\":2,\"was\":{\"n\":1,"
     "\"was\":{\"n\":0}}}}}}"},
    {"reduce range(5) as $x ({}; .[\"a\", \"b\"] |= [., .])"
     " | tojson | length",
     "0", "453"},
    {"reduce (\"x\", \"y\", \"x\") as $k ({x: {n: [0]}}; .[$k] |= (if . == "
     "null then {n: [5]} else {n, m: .n} end))",
     "0", "{\"x\":{\"n\":[0],\"m\":[0]},\"y\":{\"n\":[5]}}"},
    {"reduce ([\"a\", 1], [\"b\", 2], [\"a\", 3]) as [$k, $v] ({}; .[$k] "
     "|= . + [$v])",
     "0", "{\"a\":[1,3],\"b\":[2]}"},
    {"reduce (1, 2, 3) as $x ({s: {t: 0}}; if $x == 2 then .u = .s else .s.t "
     "= $x end)",
     "0", "{\"s\":{\"t\":3},\"u\":{\"t\":1}}"},
    {"reduce (\"a\", \"b\", \"a\") as $k ({a: [0]}; . + {($k): [$k], z: 1})",
     "0", "{\"a\":[\"a\"],\"z\":1,\"b\":[\"b\"]}"},
    {"{a: 1} as $d | (reduce range(3) as $x ($d; . + {a: $x, b: $x})), $d", "0",
     "{\"a\":2,\"b\":2}\n{\"a\":1}"},
    {"reduce range(3) as $x ({}; . + {a: ., n: $x}) | tojson", "0",
     "\"{\\\"a\\\":{\\\"a\\\":{\\\"a\\\":{},\\\"n\\\":0},\\\"n\\\":1},"
     "\\\"n\\\":2}\""},
    {"[foreach range(3) as $x ({}; . + {a: $x})]", "0",
     "[{\"a\":0},{\"a\":1},{\"a\":2}]"},
    {"try (reduce range(3) as $x (1; . + {a: $x})) catch .", "0",
     "\"number (1) and object ({\\\"a\\\":0}) cannot be added\""},
    /* one assignment to several places that contain one another */
    {". as $d | (.a[0], .a, .a[0][0]) |= (if type == \"array\" then [., .] "
     "else "
     "5 end) | ., $d",
     "{\"a\":[[1]]}",
     "{\"a\":[[[[[1],[1]],[[1],[1]]]],[[[1],[1]]]]}\n{\"a\":[[1]]}"},
    {"(.[0][0][0], .[0][0], .[0][1]) |= (if type == \"array\" then [., .] else "
     ". end)",
     "[[[1]],2]", "[[[[1],[1]],null],2]"},
    {". as $d | (.[0], .[0][0]) = [5] | ., $d", "[[1,2],[3]]",
     "[[[5]],[3]]\n[[1,2],[3]]"},
    {". as $d | (.[][] |= . + 1), (.[][] += 1), $d", "[[1,2],[3]]",
     "[[2,3],[4]]\n[[2,3],[4]]\n[[1,2],[3]]"},
    /* parts of an array, and texts that were longer */
    {".[1:3] as $b | ($b + [9]), (.[1:3] = []), ($b | .[0] = 7), $b, .",
     "[0,1,2,3]", "[1,2,9]\n[0,3]\n[7,2]\n[1,2]\n[0,1,2,3]"},
    {"[range(5)] | .[2:] as $b | .[3] = 8 | ., $b, $b[-1:], $b[5:], $b[2:1]",
     "0", "[0,1,2,8,4]\n[2,3,4]\n[4]\n[]\n[]"},
    {"(\"a\" | . + \"b\") as $x | ($x + \"c\") as $y | ($y + \"d\") as $z | "
     "($y + "
     "\"e\") as $w | $x, $y, $z, $w, $z + \"f\", $w + \"g\", $z + \"h\", $z + "
     "$z",
     "0",
     "\"ab\"\n\"abc\"\n\"abcd\"\n\"abce\"\n\"abcdf\"\n\"abceg\"\n\"abcdh\"\n"
     "\"abcdabcd\""},
    {"(\"x\" * 300) as $x | \"\\($x)1\" as $y | [\"\\($y)2\", \"\\($y)3\", $y] "
     "| "
     "map(.[299:])",
     "0", "[\"x12\",\"x13\",\"x1\"]"},
    /* several paths, several values, none */
    {"reduce (1, 2) as $x ({a: 1, b: 10}; .[\"a\", \"b\"] += $x)", "0",
     "{\"a\":4,\"b\":13}"},
    {"reduce (1, 2) as $x ({}; .a = ($x, 10 * $x))", "0", "{\"a\":20}"},
    {"reduce (1, 2) as $x ({a: 5, b: 6}; .[if $x == 1 then \"a\" else \"b\" "
     "end] |= empty)",
     "0", "{}"},
    {"reduce (1, 2, 3) as $x ({}; .a //= $x)", "0", "{\"a\":1}"},
    {"reduce (1, 2) as $x (null; . = [$x])", "0", "[2]"},
    {"[[1, 2]] as $o | (reduce (1, 2) as $x ($o[0]; . = $o[0] | .[0] = $x)), "
     "$o",
     "0", "[2,2]\n[[1,2]]"},
    {"reduce (1, 2) as $x (\"a\"; .b = $x)", "0",
     "error: Cannot index string with string \"b\""},
    /* one within another */
    {"reduce range(3) as $x ({}; .n += (reduce range(3) as $y ({}; .m += $y) "
     "| .m))",
     "0", "{\"n\":9}"},
    {"reduce range(3) as $x ({}; .[reduce range($x) as $y ({s: \"\"}; .s += "
     "\"k\") | .s] += 1)",
     "0", "{\"\":1,\"k\":1,\"kk\":1}"},
    {"[range(3) as $i | reduce range(3) as $x ({}; .a += $i)]", "0",
     "[{\"a\":0},{\"a\":3},{\"a\":6}]"},
    /* a pattern that fails after all */
    {"reduce ([1], {\"a\": 2}) as [$x] ?// {a: $x} ({}; .n += $x)", "0",
     "{\"n\":3}"},
    {"[foreach ([1], {\"a\": 2}) as [$x] ?// {a: $x} ({}; .n += $x)]", "0",
     "[{\"n\":1},{\"n\":3}]"},
    {"reduce (1, 2) as $x ?// [$y] (0; if $x == 1 then error(\"a\") else . + "
     "($x // 7) end)",
     "0", "error: Cannot index number with number"},
    {"try (foreach (1, 2) as $x ?// $y (0; . + ($x // 10)) | error(\"a\")) "
     "catch .",
     "0", "\"a\""},
    {"try (reduce (1, \"x\") as $x ({}; .n += $x)) catch .", "0",
     "\"number (1) and string (\\\"x\\\") cannot be added\""},
};

START_TEST(a_state_is_only_the_next_ones)
{
    filter_check(&rows[_i]);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("rows");

    tcase_add_loop_test(tests, a_state_is_only_the_next_ones, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    return filter_main("code_own", tests);
}
