/* SPDX-License-Identifier: MIT */
/* What jq 1.7.1 was seen to give. */
#include "filter.h"

static const struct filter_row rows[] = {
    {"has(null),has(\"a\"),has(0)", "null", "false\nfalse\nfalse"},
    {"try join(10) catch .", "[1,null]",
     "\"string (\\\"1\\\") and number (10) cannot be added\""},
    {"try join(10) catch .", "[1,2]",
     "\"string (\\\"1\\\") and number (10) cannot be added\""},
    {"join(null),join(\"-\")", "[\"a\",1,null,true]",
     "\"a1true\"\n\"a-1--true\""},
    {"try join(\",\") catch .", "[[1]]",
     "\"string (\\\"\\\") and array ([1]) cannot be added\""},
    {"try join(\",\") catch .", "[\"a\",[1]]",
     "\"string (\\\"a,\\\") and array ([1]) cannot be added\""},
    {"join(1)", "[]", "\"\""},
    {"join(\"-\")", "{\"a\":\"x\",\"b\":1}", "\"x-1\""},
    {"reverse", "null", "[]"},
    {"reverse", "{}", "[]"},
    {"try reverse catch .", "{\"a\":1}", "\"Cannot index object with number\""},
    {"reverse", "0", "[]"},
    {"try reverse catch .", "42", "\"Cannot index number with number\""},
    {"try reverse catch .", "true", "\"boolean (true) has no length\""},
    {"try contains(false) catch .", "true",
     "\"boolean (true) and boolean (false) cannot have their con"
     "tainment checked\""},
    {"contains(true)", "true", "true"},
    {"contains({\"a\":[\"b\"]}),contains({\"a\":[null]}),contain"
     "s({\"a\":1})",
     "{\"a\":[1,\"ab\"]}", "true\nfalse\nfalse"},
    {"try contains(\"a\") catch .", "1",
     "\"number (1) and string (\\\"a\\\") cannot have their cont"
     "ainment checked\""},
    {"try sort catch .", "{\"a\":1}",
     "\"object ({\\\"a\\\":1}) cannot be sorted, as it is not an"
     " array\""},
    {"try sort_by(.) catch .", "{\"a\":1}",
     "\"object ({\\\"a\\\":1}) and array ([[1]]) cannot be sorte"
     "d, as they are not both arrays\""},
    {"try group_by(.) catch .", "{\"a\":1}",
     "\"object ({\\\"a\\\":1}) and array ([[1]]) cannot be sorte"
     "d, as they are not both arrays\""},
    {"try unique catch .", "{\"a\":1}",
     "\"object ({\\\"a\\\":1}) and array ([[1]]) cannot be sorte"
     "d, as they are not both arrays\""},
    {"try unique_by(.) catch .", "{\"a\":1}",
     "\"object ({\\\"a\\\":1}) and array ([[1]]) cannot be sorte"
     "d, as they are not both arrays\""},
    {"try min catch .", "{\"a\":1}",
     "\"object ({\\\"a\\\":1}) and object ({\\\"a\\\":1}) cannot"
     " be iterated over\""},
    {"try min_by(.) catch .", "{\"a\":1}",
     "\"object ({\\\"a\\\":1}) and array ([[1]]) cannot be itera"
     "ted over\""},
    {"try unique catch .", "1", "\"Cannot iterate over number (1)\""},
    {"try min_by(.) catch .", "null", "\"Cannot iterate over null (null)\""},
    {"try max catch .", "\"a\"",
     "\"string (\\\"a\\\") and string (\\\"a\\\") cannot be iter"
     "ated over\""},
    {"flatten(0),flatten(1),flatten(0.5)", "[[1,[2]]]",
     "[[1,[2]]]\n[1,[2]]\n[1,2]"},
    {"try flatten(\"a\") catch .", "[[1]]",
     "\"string (\\\"a\\\") and number (1) cannot be subtracted\""},
    {"flatten(\"a\")", "[]", "[]"},
    {"try flatten(null) catch .", "[]",
     "\"flatten depth must not be negative\""},
    {"transpose", "[[1],null,[1,2]]", "[[1,null,1],[null,null,2]]"},
    {"try transpose catch .", "[true]", "\"boolean (true) has no length\""},
    {"try transpose catch .", "[[1],{}]",
     "\"Cannot index object with number\""},
    {"transpose", "{\"a\":[1]}", "[[1]]"},
    {"try transpose catch .", "[[],\"ab\"]",
     "\"Cannot index string with number\""},
    {"try index(\"a\") catch .", "{\"a\":1}",
     "\"Cannot index number with number\""},
    {"try rindex(\"a\") catch .", "{\"a\":1}",
     "\"Cannot index number with object\""},
    {"try index([1]) catch .", "null", "\"Cannot index null with array\""},
    {"index(1)", "null", "null"},
    {"try index(null) catch .", "null", "\"Cannot index null with null\""},
    {"try implode catch .", "\"a\"", "\"implode input must be an array\""},
    {"try implode catch .", "[{}]",
     "\"object ({}) can't be imploded, unicode codepoint needs t"
     "o be numeric\""},
    {"try explode catch .", "1", "\"explode input must be a string\""},
    {"try ascii_downcase catch .", "1", "\"explode input must be a string\""},
    {"[limit(1.5;1,2,3)],[limit(null;1,2)],[limit(\"a\";empty)],"
     "[limit(-1;1,2)]",
     "1", "[1,2]\n[1,2]\n[]\n[1,2]"},
    {"try limit(\"a\";1) catch .", "1",
     "\"string (\\\"a\\\") and number (1) cannot be subtracted\""},
    {"try nth(-1;1,2) catch .", "1",
     "\"nth doesn't support negative indices\""},
    {"[nth(5;1,2)],[nth(0,1;5,6)]", "1", "[]\n[5,6]"},
    {"[limit(3;repeat(.+1))]", "1", "[2,2,2]"},
    {"[limit(5;repeat(..))]", "[1]", "[[1],1,[1],1,[1]]"},
    {"try (@csv) catch .", "1",
     "\"number (1) cannot be csv-formatted, only array\""},
    {"try (@tsv) catch .", "1",
     "\"number (1) cannot be tsv-formatted, only array\""},
    {"try (@tsv) catch .", "[[1]]",
     "\"array ([1]) is not valid in a csv row\""},
    {"@base32", "\"foob\"", "\"MZXW6YQ=\""},
    {"@base32d", "\"MZXW6YTBOI======\"", "\"foobar\""},
    {"@base32d", "\"MZXW6YQ\"", "\"foob\""},
    {"@base32 \"x\\(.)\"", "\"f\"", "\"xMY======\""},
    {"try (@base32d) catch .", "\"mzxq\"",
     "\"string (\\\"mzxq\\\") is not valid base32 data\""},
    {"try (@base32d) catch .", "\"MZX\"",
     "\"string (\\\"MZX\\\") is not valid base32 data\""},
    {"[leaf_paths]", "{\"a\":[1,[]],\"b\":null}", "[[\"a\",0]]"},
    {"try (@base64d) catch .", "\"a==\"",
     "\"string (\\\"a==\\\") trailing base64 byte found\""},
    {"try (@base64d) catch .", "false",
     "\"string (\\\"false\\\") trailing base64 byte found\""},
    {"@csv,@tsv,@sh,(.[0]|@html)", "[\"a\\u0000b\"]",
     "\"\\\"a\\\\0b\\\"\"\n\"a\\\\0b\"\n\"'a\\\\0b'\"\n\"a\\\\0b"
     "\""},
    {"try (@base64d) catch .", "\"!\"",
     "\"string (\\\"!\\\") is not valid base64 data\""},
    {"isnan,isinfinite,isnormal", "null", "false\nfalse\nfalse"},
    {"try abs catch .", "null", "\"null (null) cannot be negated\""},
    {"map(abs)", "[\"a\",[1],-1.50,1.50]", "[\"a\",[1],1.5,1.50]"},
    {"try (. % 2) catch .", "[\"a\"]",
     "\"array ([\\\"a\\\"]) and number (2) cannot be divided (re"
     "mainder)\""},
    {"try (. % {}) catch .", "[\"a\"]",
     "\"array ([\\\"a\\\"]) and object ({}) cannot be divided (r"
     "emainder)\""},
    {"map(tonumber)", "[\"inf\",\"-Infinity\",\"NaN\",\"+nan1\"]",
     "[1.7976931348623157e+308,-1.7976931348623157e+308,null,nul"
     "l]"},
    {"[scalb(1;-1.5)],[scalb(1;3)]", "null", "[null]\n[8]"},
};

START_TEST(values_are_asked_as_in_jq)
{
    filter_check(&rows[_i]);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("builtin_basic");

    tcase_add_loop_test(tests, values_are_asked_as_in_jq, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    return filter_main("builtin_basic", tests);
}
