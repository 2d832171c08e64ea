/* SPDX-License-Identifier: MIT */
#include "jq/builtin.h"

#include "filter.h"

static const struct filter_row rows[] = {
    {"[bsearch(0, 1, 1.5, 3, 4)]", "[1,2,3]", "[-1,0,-2,2,-4]"},
    {"bsearch(1)", "[]", "-1"},
    {"implode", "[-0.5,97.9,-1,55296.5]",
     "\"\\u0000a\xef\xbf\xbd\xef\xbf\xbd\""},
    {"[.[] | bsearch(1)]", "[null,0,\"\",{}]", "[-1,-1,-1,-1]"},
    {"bsearch(1)", "\"a\"", "error: Cannot index string with number"},
    {"bsearch(1)", "true", "error: boolean (true) has no length"},
    {"format(\"csv\", \"json\")", "[1,\"a\"]",
     "\"1,\\\"a\\\"\"\n\"[1,\\\"a\\\"]\""},
    {"format(1)", "0", "error: number (1) is not a valid format"},
    {"format(\"x\")", "0", "error: x is not a valid format"},
    {"builtins | length > 200, (map(select(startswith(\"_\"))) | length)", "0",
     "true\n0"},
    {"modulemeta", "0", "error: modulemeta input module name must be a string"},
    {"get_search_list, have_decnum, have_literal_numbers", "0",
     "[\"~/.jq\",\"$ORIGIN/../lib/jq\",\"$ORIGIN/../lib\"]\ntrue\ntrue"},
    {"[\"x\" | try modulemeta catch .[:19]]", "0", "[\"module not found: x\"]"},
    {"[.[] | toarray]", "[1,[2]]", "[[1],[2]]"},
    {"ascii", "65", "\"A\""},
    {"[.[] | trimstr(\"a\")]", "[\"abca\",\"b\",1]", "[\"bc\",\"b\",1]"},
    {"[.[] | isfinite]", "[1,\"a\"]", "[true,false]"},
    {"[(nan, infinite, 1) | isfinite]", "0", "[true,false,true]"},
    {"@urid \"\\(.[0])\", (.[1:][] | @urid)", "[\"%41+%c3%A9\",\"%ffa%E2%82\"]",
     "\"A+é\"\n\"\uFFFDa\uFFFD\""},
    {"[.[] | try @urid catch .]", "[\"%4\",\"%zz\",\"%\"]",
     "[\"string (\\\"%4\\\") is not a valid uri encoding\",\"string "
     "(\\\"%zz\\\") is not a valid uri encoding\",\"string (\\\"%\\\") is not "
     "a valid uri encoding\"]"},
    /* numbers */
    {"[.[] | frexp]", "[8,0,-3.5]", "[[0.5,4],[0,0],[-0.875,2]]"},
    {"[(infinite, nan) | frexp]", "0",
     "[[1.7976931348623157e+308,0],[null,0]]"},
    {"[.[] | modf]", "[3.5,-3.5]", "[[0.5,3],[-0.5,-3]]"},
    {"[.[] | lgamma_r[1]]", "[1,-0.5]", "[1,-1]"},
    {"jn(2; 1.5), yn(2; 1.5)", "0", "0.23208767214421472\n-0.932193759762974"},
    {"fma(2; 3; 4), scalbln(1; 3), ldexp(1; 2.7), scalb(1; 3)", "0",
     "10\n8\n4\n8"},
    {"nexttoward(1; 2), drem(5; 3), drem(5; 0)", "0",
     "1.0000000000000002\n-1\nnull"},
    {"[.[] | significand, logb, gamma, trunc, nearbyint]", "[10]",
     "[1.25,3,12.80182748008147,10,10]"},
    {"frexp", "\"a\"", "error: string (\"a\") number required"},
    {"fma(1; 2; \"a\")", "0", "error: string (\"a\") number required"},
    /* the world around */
    {"input_filename, input_line_number, $ENV, env, (now | type)", "0",
     "null\n0\n{}\n{}\n\"number\""},
    {"debug, debug(1, 2), stderr", "3", "3\n3\n3"},
    {"[inputs]", "0", "[]"},
    {"input", "0", "error: break"},
    {"try input catch .", "0", "\"break\""},
    {"try halt catch 1", "0", "error: break"},
    {"1, halt_error(\"a\")", "0", "1\nerror: halt_error/1: number required"},
    {"$__loc__", "0", "{\"file\":\"<top-level>\",\"line\":1}"},
};

START_TEST(rare_builtins_do_as_in_jq)
{
    filter_check(&rows[_i]);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("rows");

    tcase_add_loop_test(tests, rare_builtins_do_as_in_jq, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    return filter_main("builtin_more", tests);
}
