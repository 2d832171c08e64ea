/* SPDX-License-Identifier: MIT */
#include "jq/builtin.h"

#include "filter.h"

static const struct filter_row rows[] = {
    /* test */
    {"test(\"b+\"), test(\"B+\"), test([\"B+\", \"i\"])", "\"abba\"",
     "true\nfalse\ntrue"},
    {"test(\"B\"; null), test(\"B\"; \"i\")", "\"abba\"", "false\ntrue"},
    {"[test(\"a\", \"x\"; \"i\", \"g\")]", "\"a\"", "[true,false,true,false]"},
    {"test(\"a b\"; \"x\")", "\"ab\"", "true"},
    {"[test(\"a.c\"; \"\", \"s\", \"p\", \"m\")]", "\"a\\nc\"",
     "[false,false,true,true]"},
    {"[test(\"c$\"; \"\", \"s\", \"p\")]", "\"abc\\n\"", "[true,true,true]"},
    {"[test(\"^b\"; \"\", \"s\", \"p\")]", "\"a\\nb\"", "[false,false,false]"},
    {"test(\"\\\\w\\\\d[[:alpha:]]\\\\p{L}\")", "\"é٣éé\"", "true"},
    {"test(\"É\"; \"i\")", "\"é\"", "true"},
    {"test(\"\")", "\"\"", "true"},
    {"test(\"(\")", "\"a\"",
     "error: ( (at offset 0) is not a valid regex: end pattern with unmatched "
     "parenthesis"},
    {"test(\"a\"; \"gq\")", "\"a\"",
     "error: gq is not a valid modifier string"},
    {"test(\"a\"; 1)", "\"a\"", "error: number (1) is not a string"},
    {"test(1)", "\"a\"", "error: number not a string or array"},
    {"test([])", "\"a\"", "error: array not a string or array"},
    {"test(\"a\")", "1",
     "error: number (1) cannot be matched, as it is not a string"},
    /* match */
    {"match(\"(x)?b\")", "\"ab\"",
     "{\"offset\":1,\"length\":1,\"string\":\"b\",\"captures\":[{\"offset\":-1,"
     "\"string\":null,\"length\":0,\"name\":null}]}"},
    {"match(\"(?<n>)(?<é>b)\").captures", "\"ab\"",
     "[{\"offset\":1,\"string\":\"\",\"length\":0,\"name\":\"n\"},{\"offset\":"
     "1,\"length\":1,\"string\":\"b\",\"name\":\"é\"}]"},
    {"match(\"(x)?(?=(b))\").captures", "\"ab\"",
     "[{\"offset\":1,\"string\":\"\",\"length\":0,\"name\":null},{\"offset\":1,"
     "\"length\":1,\"string\":\"b\",\"name\":null}]"},
    {"[match(\"[^a]\"; \"g\") | [.offset, .length, .string]]", "\"aé€😀b\"",
     "[[1,1,\"é\"],[2,1,\"€\"],[3,1,\"😀\"],[4,1,\"b\"]]"},
    {"[match(\"\"; \"g\").offset]", "\"éa\"", "[0,1,2]"},
    {"[match(\"\"; \"gn\").offset]", "\"éa\"", "[]"},
    {"[match(\"(?=u)\"; \"g\").offset]", "\"quxu\"", "[1,3]"},
    {"[match(\"a|ab\"; \"l\").string]", "\"ab\"", "[\"a\"]"},
    {"[match([\"A\", \"gi\"]).offset]", "\"aBa\"", "[0,2]"},
    {"[match(\"(?<=a)b\"; \"g\").offset]", "\"abab\"", "[1,3]"},
    {"path(match(\"a\"))", "\"a\"",
     "error: Invalid path expression near attempt to iterate through "
     "[{\"offset\":0,\"length\":1,\"s..."},
    /* capture, scan */
    {"capture(\"(?<y>\\\\d+)-(?<m>\\\\d+)(?<z>z)?(x)?\")", "\"2024-05\"",
     "{\"y\":\"2024\",\"m\":\"05\",\"z\":null}"},
    {"[capture(\"(?<c>.)\"; \"g\").c]", "\"ab\"", "[\"a\",\"b\"]"},
    {"[capture([\"(?<c>B)\", \"i\"])]", "\"ab\"", "[{\"c\":\"b\"}]"},
    {"[scan(\"c\")], [scan(\"C\"; \"i\")], [scan(\"(.)(c)\")]", "\"abcbc\"",
     "[\"c\",\"c\"]\n[\"c\",\"c\"]\n[[\"b\",\"c\"],[\"b\",\"c\"]]"},
    {"[scan(\"a|b\", \"c\")]", "\"abc\"", "[\"a\",\"b\",\"c\"]"},
    /* split, splits */
    {"split(\", *\"; null), [splits(\", *\")]", "\"a,b, c\"",
     "[\"a\",\"b\",\"c\"]\n[\"a\",\"b\",\"c\"]"},
    {"split(\",\"; null), [splits(\"X\"; \"i\")]", "\"\"", "[\"\"]\n[\"\"]"},
    {"[splits(\"\")]", "\"ab\"", "[\"\",\"a\",\"b\",\"\"]"},
    {"split(\"A\"; \"ig\")", "\"1a2A3\"", "[\"1\",\"2\",\"3\"]"},
    /* sub, gsub */
    {"sub(\"b\"; \"X\"), gsub(\"b\"; \"X\"), sub(\"B\"; \"X\"; \"gi\")",
     "\"abcb\"", "\"aXcb\"\n\"aXcX\"\n\"aXcX\""},
    {"gsub(\"(?<x>[a-c])\"; \"<\\(.x)>\")", "\"abz\"", "\"<a><b>z\""},
    {"sub(\"(?<x>a)\"; \"\\(.x)1\", \"\\(.x)2\")", "\"ab\"",
     "\"a1b\"\n\"a2b\""},
    {"gsub(\"a\"; \"1\", \"2\")", "\"aba\"", "\"1b1\"\n\"2b2\""},
    {"gsub(\"x\"; empty), gsub(\"a\"; empty)", "\"aba\"", "\"aba\"\n\"aba\""},
    {"gsub(\"\"; \"-\"), gsub(\"^\"; \"-\"), gsub(\"$\"; \"-\")", "\"aé\"",
     "\"-a-é-\"\n\"-aé\"\n\"aé-\""},
    {"gsub(\"a*\"; \"x\")", "\"aab\"", "\"xxbx\""},
    {"gsub(\"(?<d>\\\\d)\"; .d | tonumber + 1 | tostring)", "\"a1b2\"",
     "\"a2b3\""},
    {"sub(\"a\"; null)", "\"ab\"", "\"b\""},
    {"sub(\"a\"; 1)", "\"ba\"",
     "error: string (\"b\") and number (1) cannot be added"},
    {"[sub(\"a\", \"b\"; \"X\")]", "\"ab\"", "[\"Xb\",\"aX\"]"},
    {"gsub(\"a\"; \"b\"; \"q\")", "\"a\"",
     "error: qg is not a valid modifier string"},
    {"[.[] | gsub(\"\\\\s+\"; \" \")]", "[\"a  b\",\"c\\t\\nd\"]",
     "[\"a b\",\"c d\"]"},
    /* patterns that are computed, and more of them than are kept */
    {"[range(600) | \"\\(.)\" as $p | $p | test(\"^\" + $p + \"$\")] | all",
     "0", "true"},
    {"[.[] as $p | \"ab\" | test($p)]", "[\"a\",\"c\",\"b\"]",
     "[true,false,true]"},
    /* bounds */
    {"(\"a\" * 40) | test(\"(x+x+)+y|(a|aa)+$c\")", "0",
     "error: (x+x+)+y|(a|aa)+$c: the search for this regex failed: it takes "
     "too many steps"},
    {"(\"ab\" * 4000000 + \"dc\") | test(\"^(?:(a)|b)*c\")", "0",
     "error: ^(?:(a)|b)*c: the search for this regex failed: it takes too much "
     "memory"},
    {"try ((\"a\" * 40) | test(\"(a|aa)+$c\")) catch \"no\"", "0", "\"no\""},
    {"(\"(\" * 100000) as $p | try test($p) catch \"no\"", "\"a\"", "\"no\""},
    {"[match(\"()()()\"; \"g\")] | length", "\"aaaa\"", "5"},
};

START_TEST(regexes_do_as_in_jq)
{
    filter_check(&rows[_i]);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("rows");

    tcase_add_loop_test(tests, regexes_do_as_in_jq, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    return filter_main("builtin_regex", tests);
}
