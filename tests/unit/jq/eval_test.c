/* SPDX-License-Identifier: MIT */
#include "jq/eval.h"

#include "filter.h"

static void check_run(const char *filter, const char *line, const char *want)
{
    filter_run(filter, line);
    ck_assert_msg(slice_is(buf_slice(&filter_out), want), "%s on %s: %.*s",
                  filter, line, (int)filter_out.len, filter_out.data);
}

/* The same, an error without its mark. */
static void check_get(const char *filter, const char *line, const char *want)
{
    struct slice got;

    filter_run(filter, line);
    got = buf_slice(&filter_out);
    if (got.len >= 7 && slice_is(slice_of(got.ptr, 7), "error: "))
        got = slice_of(got.ptr + 7, got.len - 7);
    ck_assert_msg(slice_is(got, want), "%s on %s: %.*s", filter, line,
                  (int)got.len, got.ptr);
}

START_TEST(identity_gives_the_value_with_its_bytes)
{
    check_get(".", " {\"a\" : 1.0} ", "{\"a\" : 1.0}");
    check_get(" . ", "1", "1");
    check_get(".?", "1", "1");
}
END_TEST

START_TEST(names_and_numbers_lead_inwards)
{
    const char *line = "{\"a\":{\"b\":[1,[2,3]]},\"_x9\":0}";

    check_get(".a.b[0]", line, "1");
    check_get(".a.b[1][0]", line, "2");
    check_get(".a.b.[1].[-1]", line, "3");
    check_get("._x9", line, "0");
    check_get(".a[\"b\"][0]", line, "1");
    check_get(".[\"a\"].b", line, "[1,[2,3]]");
}
END_TEST

START_TEST(keywords_are_names_behind_a_dot)
{
    check_get(".and.if", "{\"and\":{\"if\":1}}", "1");
}
END_TEST

START_TEST(strings_may_be_keys)
{
    check_get(".\"a b\"", "{\"a b\":1}", "1");
    check_get(". \"a\".\"b\"", "{\"a\":{\"b\":1}}", "1");
    check_get(".a.\"b\"", "{\"a\":{\"b\":1}}", "1");
    check_get(".\"\"", "{\"\":1}", "1");
    check_get(".[\"\"]", "{\"a\":1}", "null");
    check_get(".\"é😀\"", "{\"é😀\":1}", "1");
}
END_TEST

START_TEST(keys_are_compared_by_meaning)
{
    check_get(".\"\\u0061\\n\"", "{\"a\\u000a\":1}", "1");
    check_get(".a", "{\"\\u0061\":1}", "1");
    check_get(".[\"\\ud83d\\ude00\"]", "{\"😀\":1}", "1");
    check_get(".[\"\\ud83d\"]", "{\"\uFFFD\":1}", "1");
    check_get(".\"\\u0000\"", "{\"\\u0000\":1}", "1");
    check_get(".\"a\nb\"", "{\"a\\nb\":1}", "1");
}
END_TEST

START_TEST(the_last_duplicate_is_taken)
{
    check_get(".a", "{\"a\":1,\"b\":{\"a\":3},\"a\":2}", "2");
}
END_TEST

START_TEST(missing_and_null_give_null)
{
    check_get(".a", "{\"b\":1}", "null");
    check_get(".a.b[0].c", "{}", "null");
    check_get(".a[1]", "null", "null");
    check_get(".[2]", "[1,2]", "null");
    check_get(".[-3]", "[1,2]", "null");
}
END_TEST

START_TEST(indexes_may_be_any_number)
{
    check_get(".[-1]", "[1,2]", "2");
    check_get(".[ - 1 ]", "[1,2]", "2");
    check_get(".[1.7]", "[1,2]", "2");
    check_get(".[-1.5]", "[1,2]", "2");
    check_get(".[.5]", "[1,2]", "1");
    check_get(".[1e0]", "[1,2]", "2");
    check_get(".[01]", "[1,2]", "2");
    check_get(".[1e400]", "[1,2]", "null");
    check_get(".[-1e400]", "[1,2]", "null");
}
END_TEST

START_TEST(white_space_and_comments_are_skipped)
{
    check_get("\t.a .b # the end", "{\"a\":{\"b\":1}}", "1");
    check_get(".a # one\n.b\n", "{\"a\":{\"b\":1}}", "1");
    check_get(". [ 0 ] ?", "[1]", "1");
    check_get(".a . \"b\"", "{\"a\":{\"b\":1}}", "1");
    check_get(".a . [0]", "{\"a\":[1]}", "1");
}
END_TEST

START_TEST(misfits_are_told_in_the_words_of_jq)
{
    check_get(".a", "5", "Cannot index number with string \"a\"");
    check_get(".[\"a\"]", "[1]", "Cannot index array with string \"a\"");
    check_get(".a.b", "{\"a\":\"s\"}", "Cannot index string with string \"b\"");
    check_get(".a", "true", "Cannot index boolean with string \"a\"");
    check_get(".[0]", "{}", "Cannot index object with number");
    check_get(".[0]", "false", "Cannot index boolean with number");
    check_get(".[0]", "\"s\"", "Cannot index string with number");
    check_get(".\"\"", "5", "Cannot index number with string \"\"");
}
END_TEST

START_TEST(long_keys_are_not_named)
{
    check_get(".abcdefghijklmnopqrstuvwxyzABC", "5",
              "Cannot index number with string "
              "\"abcdefghijklmnopqrstuvwxyzABC\"");
    check_get(".abcdefghijklmnopqrstuvwxyzABCD", "5",
              "Cannot index number with string");
}
END_TEST

START_TEST(a_question_mark_swallows_its_own_step)
{
    check_get(".a?", "5", "");
    check_get(".a?", "{\"a\":1}", "1");
    check_get(".[0]?", "{}", "");
    check_get(".\"a\"?", "5", "");
    check_get(".[\"a\"]?", "5", "");
    check_get(".a?.b", "5", "");
    check_get(".a?.b", "{\"a\":1}", "Cannot index number with string \"b\"");
    check_get(".a.b?", "5", "Cannot index number with string \"a\"");
}
END_TEST

static const char small[] = "{\"a\":{\"b\":2},\"b\":[1,2,3]}";
static const char records[] =
    "[{\"id\": 1, \"name\": \"alpha\", \"price\": 10.5, \"tags\": [\"a\", \"b\""
    "]}, {\"id\": 2, \"name\": \"beta\", \"price\": 7, \"tags\": [\"b\"]}, {\""
    "id\": 3, \"name\": \"gamma \\\"q\\\" \\u00e9\", \"price\": 20.25, \"tags\""
    ": [\"a\", \"c\", \"d\"]}]";

/* The outputs as the system's jq has them. */
static const struct row {
    const char *line;
    const char *filter;
    const char *want;
} rows[] = {
    {small, ".a|=3", "{\"a\":3,\"b\":[1,2,3]}"},
    {small, "map_values(1)", "{\"a\":1,\"b\":1}"},
    {small, "reduce range(5) as $i (0;.+$i)", "10"},
    {small, "[foreach range(5) as $i (0;.+$i)]", "[0,1,3,6,10]"},
    {small, "[foreach (1,2,3) as $i (5; if $i==2 then empty else .+1 end)]",
     "[6,1]"},
    {small, "[foreach (1,2) as $i (5; (.a,.b)?; [., $i])]",
     "[[null,2],[null,2]]"},
    {small, "[foreach (1,2) as $i (5; (.,.+1); [., $i])]",
     "[[5,1],[6,1],[6,2],[7,2]]"},
    {small, "[paths]",
     "[[\"a\"],[\"a\",\"b\"],[\"b\"],[\"b\",0],[\"b\",1],[\"b\",2]]"},
    {small, "with_entries(.value|=tostring)",
     "{\"a\":\"{\\\"b\\\":2}\",\"b\":\"[1,2,3]\"}"},
    {small, ". as {a:$x,$b} | [$x,$b]", "[{\"b\":2},[1,2,3]]"},
    {small, "[.b[]|select(.>1)]", "[2,3]"},
    {small, "tostream",
     "[[\"a\",\"b\"],2]\n[[\"a\",\"b\"]]\n[[\"b\",0],1]\n[[\"b\",1],2]\n[["
     "\"b\",2],3]\n[[\"b\",2]]\n[[\"b\"]]"},
    {small, "fromstream(tostream)", "{\"a\":{\"b\":2},\"b\":[1,2,3]}"},
    {small, "walk(if type==\"number\" then .+1 else . end)",
     "{\"a\":{\"b\":3},\"b\":[2,3,4]}"},
    {small, "getpath([\"b\",1])", "2"},
    {small, "isempty(empty)", "true"},
    {small, ".x.y.z |= 5",
     "{\"a\":{\"b\":2},\"b\":[1,2,3],\"x\":{\"y\":{\"z\":5}}}"},
    {small, ".b[1:] = [9,9,9]", "{\"a\":{\"b\":2},\"b\":[1,9,9,9]}"},
    {small, ".b[0] += 10", "{\"a\":{\"b\":2},\"b\":[11,2,3]}"},
    {small, ".b |= map(.*2)", "{\"a\":{\"b\":2},\"b\":[2,4,6]}"},
    {small, "[.b[] as $x | .b[] as $y | $x*$y]", "[1,2,3,2,4,6,3,6,9]"},
    {small, "(1,2)+(10,20)", "11\n12\n21\n22"},
    {small, "[range(0,1;3,4)]", "[0,1,2,0,1,2,3,1,2,1,2,3]"},
    {small, "{a:(1,2),b:(3,4)}",
     "{\"a\":1,\"b\":3}\n{\"a\":1,\"b\":4}\n{\"a\":2,\"b\":3}\n{\"a\":2,\"b\":"
     "4}"},
    {small, "\"\\(1,2)-\\(3,4)\"", "\"1-3\"\n\"2-3\"\n\"1-4\"\n\"2-4\""},
    {small, "def f($a;$b): $a+$b; [f(1,2;10,20)]", "[11,21,12,22]"},
    {small, "[pow(2,3;1,2)]", "[2,3,4,9]"},
    {small, "path(1)", "error: Invalid path expression with result 1"},
    {small, "path(null)", "error: Invalid path expression with result null"},
    {small, "[path(.a,.b[0])]", "[[\"a\"],[\"b\",0]]"},
    {small, "path(.a|select(.b==2))", "[\"a\"]"},
    {small, "try (1|path(.a)) catch .",
     "\"Cannot index number with string \\\"a\\\"\""},
    {small, ".b|first,last", "1\n3"},
    {small, "[.b[]|if .>1 then \"x\" elif .==1 then \"y\" else \"z\" end]",
     "[\"y\",\"x\",\"x\"]"},
    {small, "[limit(2;.b[])]", "[1,2]"},
    {small, "del(.b[0,2])", "{\"a\":{\"b\":2},\"b\":[2]}"},
    {small, "del(.a.b)", "{\"a\":{},\"b\":[1,2,3]}"},
    {small, "to_entries",
     "[{\"key\":\"a\",\"value\":{\"b\":2}},{\"key\":\"b\",\"value\":[1,2,3]}]"},
    {small, "[.[]|length]", "[1,3]"},
    {small, ".a.b as $x | $x+1", "3"},
    {small, "[.b[]|tostring|tonumber]", "[1,2,3]"},
    {small, "@base64", "\"eyJhIjp7ImIiOjJ9LCJiIjpbMSwyLDNdfQ==\""},
    {small, "@base64 \"x\\(.a)y\"", "\"xeyJiIjoyfQ==y\""},
    {small, "\"aGVsbG8=\"|@base64d", "\"hello\""},
    {small, "[1,\"a\\\"b\",null]|@csv", "\"1,\\\"a\\\"\\\"b\\\",\""},
    {small, "[1,\"a\\tb\",null]|@tsv", "\"1\\ta\\\\tb\\t\""},
    {small, "\"<&'\\\">\"|@html", "\"&lt;&amp;&apos;&quot;&gt;\""},
    {small, "\"a b/é\"|@uri", "\"a%20b%2F%C3%A9\""},
    {small, "[\"a'b\",1]|@sh", "\"'a'\\\\''b' 1\""},
    {small, ". as [$a] ?// $a | $a", "{\"a\":{\"b\":2},\"b\":[1,2,3]}"},
    {small, ".b as [$x,$y] | [$y,$x]", "[2,1]"},
    {small, "[.b[]|.%2]", "[1,0,1]"},
    {small, "-.b[0]", "-1"},
    {small, ".b|min,max,add,length", "1\n3\n6\n3"},
    {small, ".b|index(2)", "1"},
    {small, "\"abcabc\"|index(\"c\"),rindex(\"c\"),indices(\"c\")",
     "2\n5\n[2,5]"},
    {small, "\"a,b,c\"|split(\",\")", "[\"a\",\"b\",\"c\"]"},
    {small, "[.b[]|tostring]|join(\"-\")", "\"1-2-3\""},
    {small, "\"abc\"|.[1:2]", "\"b\""},
    {small, "\"abc\"|explode|implode", "\"abc\""},
    {small, "\"ABC\"|ascii_downcase", "\"abc\""},
    {small, ".b|contains([1])", "true"},
    {small, "{\"a\":\"foobar\"}|contains({a:\"bar\"})", "true"},
    {small, ".b|any(.>2),all(.>0)", "true\ntrue"},
    {small, "$__loc__", "{\"file\":\"<top-level>\",\"line\":1}"},
    {small, "[.b[]|{v:.}]|group_by(.v%2)",
     "[[{\"v\":2}],[{\"v\":1},{\"v\":3}]]"},
    {small, "[.b[]|{v:.}]|unique_by(.v%2)", "[{\"v\":2},{\"v\":1}]"},
    {small, "[.b[]|{v:.}]|min_by(-.v)", "{\"v\":3}"},
    {small, "[.b[]|{v:.}]|sort_by(-.v)", "[{\"v\":3},{\"v\":2},{\"v\":1}]"},
    {small, ".b|until(length<2;.[1:])", "[3]"},
    {small, "[.b|while(length>0;.[1:])]", "[[1,2,3],[2,3],[3]]"},
    {small, "[range(10;0;-3)]", "[10,7,4,1]"},
    {small, "[.b[]|.+0.1]", "[1.1,2.1,3.1]"},
    {small, "3.0|.+0", "3"},
    {small, "[1,[2,[3]]]|flatten, flatten(1)", "[1,2,3]\n[1,2,[3]]"},
    {small, "[[1,2],[3]]|transpose", "[[1,3],[2,null]]"},
    {small, "label $f | 1, break $f, 2", "1"},
    {small, "[label $f | range(10) | ., (select(.==3)|break $f)]", "[0,1,2,3]"},
    {small, "try error({a:1}) catch .a", "1"},
    {small, "error", "error: {\"a\":{\"b\":2},\"b\":[1,2,3]}"},
    {small, "error(\"x\")", "error: x"},
    {small, ".b.c", "error: Cannot index array with string \"c\""},
    {small, ".a[0]", "error: Cannot index object with number"},
    {small, "{a:1}*{a:{b:2}}", "{\"a\":{\"b\":2}}"},
    {small, "\"abc\"*2", "\"abcabc\""},
    {small, "null+1", "1"},
    {small, "{}+{a:1}", "{\"a\":1}"},
    {small, "[1,2,3]-[2]", "[1,3]"},
    {small, "\"x\"-1",
     "error: string (\"x\") and number (1) cannot be subtracted"},
    {small, "5%0",
     "error: number (5) and number (0) cannot be divided (remainder) because "
     "the divisor is zero"},
    {small, "[1,2]==[1,2]", "true"},
    {small, "{\"b\":1,\"a\":2}=={\"a\":2,\"b\":1}", "true"},
    {small, "[nan]|sort", "[null]"},
    {small, "nan<nan", "true"},
    {small, "[nan,1]|min", "null"},
    {small, "infinite", "1.7976931348623157e+308"},
    {small, "[.[]?|scalars]", "[]"},
    {small, "..|numbers", "2\n1\n2\n3"},
    {small, "[.. ]|length", "7"},
    {small, "getpath([\"x\",\"y\"])", "null"},
    {small, "to_entries[]|select(.key==\"a\")",
     "{\"key\":\"a\",\"value\":{\"b\":2}}"},
    {small, ".b[-1]", "3"},
    {small, ".b[10]", "null"},
    {small, ".[\"a\"]", "{\"b\":2}"},
    {small, ".a|keys", "[\"b\"]"},
    {small, "has(\"a\"), (.b|has(5))", "true\nfalse"},
    {small, "if . then 1 else 2 end", "1"},
    {small, "if (true,false) then 1 else 2 end", "1\n2"},
    {small, "[.b[]|select(.==(1,3))]", "[1,3]"},
    {small, "first(range(3))", "0"},
    {small, "[first(empty)]", "[]"},
    {small, "IN(.b[];1,2)", "true"},
    {small, ".b[]|IN(2,3)", "false\ntrue\ntrue"},
    {small, "[.b[]|not]", "[false,false,false]"},
    {small, ".b|map(select(.>1)|.*10)", "[20,30]"},
    {small, "with_entries(select(.key==\"a\"))", "{\"a\":{\"b\":2}}"},
    {small, "[.b|combinations?]", "[]"},
    {small, "[[1,2],[3,4]]|[combinations]", "[[1,3],[1,4],[2,3],[2,4]]"},
    {small, "@json \"v: \\(.b)\"", "\"v: [1,2,3]\""},
    {small, "[1,2]|tojson", "\"[1,2]\""},
    {small, "\"[1,{\\\"a\\\":2}]\"|fromjson", "[1,{\"a\":2}]"},
    {small, "\"nope\"|try fromjson catch \"bad\"", "\"bad\""},
    {small, ".b|reverse", "[3,2,1]"},
    {small, "[.b[]|.*.]|add", "14"},
    {small, "reduce .b[] as $x ({};.[$x|tostring]=$x)",
     "{\"1\":1,\"2\":2,\"3\":3}"},
    {small, "foreach .b[] as $x (0;.+$x;[$x,.])", "[1,1]\n[2,3]\n[3,6]"},
    {small, ". as $d|.b|map({k:.,v:$d.a.b})",
     "[{\"k\":1,\"v\":2},{\"k\":2,\"v\":2},{\"k\":3,\"v\":2}]"},
    {small, "[.b[]|tostring]|map(ltrimstr(\"1\"))", "[\"\",\"2\",\"3\"]"},
    {small, ".a.b |= (.+1|tostring)", "{\"a\":{\"b\":\"3\"},\"b\":[1,2,3]}"},
    {small, ".b |= [.[]|select(.!=2)]", "{\"a\":{\"b\":2},\"b\":[1,3]}"},
    {small, "(.a,.b) |= 1", "{\"a\":1,\"b\":1}"},
    {small, ".a.b //= 5", "{\"a\":{\"b\":2},\"b\":[1,2,3]}"},
    {small, ".zz //= 5", "{\"a\":{\"b\":2},\"b\":[1,2,3],\"zz\":5}"},
    {small, ".b[2:]|=[]", "{\"a\":{\"b\":2},\"b\":[1,2]}"},
    {small, "to_entries|from_entries", "{\"a\":{\"b\":2},\"b\":[1,2,3]}"},
    {small, "[.b[]|. as $x|[$x,$x+1]|add]", "[3,5,7]"},
    {small, "ltrimstr(\"a\")", "{\"a\":{\"b\":2},\"b\":[1,2,3]}"},
    {small, "tojson|fromjson", "{\"a\":{\"b\":2},\"b\":[1,2,3]}"},
    {small, "[.[]|arrays,objects]", "[{\"b\":2},[1,2,3]]"},
    {small, "delpaths([[\"a\",\"b\"],[\"b\",0]])", "{\"a\":{},\"b\":[2,3]}"},
    {small, "setpath([\"b\",1];99)", "{\"a\":{\"b\":2},\"b\":[1,99,3]}"},
    {small, "[paths(type==\"number\")]",
     "[[\"a\",\"b\"],[\"b\",0],[\"b\",1],[\"b\",2]]"},
    {small, "[.b[]|if .==2 then empty else . end]", "[1,3]"},
    {small, "def fac: if .<=1 then 1 else .*(.-1|fac) end; 10|fac", "3628800"},
    {small, "def f(g): [g,g]; f(.b[])", "[1,2,3,1,2,3]"},
    {small, "def f(x): x*2; f(.a.b)", "4"},
    {small, "[recurse(if .<3 then .+1 else empty end; .<10)]?",
     "[{\"a\":{\"b\":2},\"b\":[1,2,3]}]"},
    {small, "1|[recurse(if .<3 then .+1 else empty end)]", "[1,2,3]"},
    {small, "[.b[]]|@text", "\"[1,2,3]\""},
    {small, ".a|tostring", "\"{\\\"b\\\":2}\""},
    {small, "[1,1.5,\"a\",null,true]|map(tostring)",
     "[\"1\",\"1.5\",\"a\",\"null\",\"true\"]"},
    {small, "[3,1,2]|sort,(map(-.)|sort)", "[1,2,3]\n[-3,-2,-1]"},
    {small, "[{\"a\":1,\"b\":2},{\"a\":1}]|unique_by(.a)",
     "[{\"a\":1,\"b\":2}]"},
    {small, ".b|IN([1,2,3])", "true"},
    {small, "ltrimstr(1)", "{\"a\":{\"b\":2},\"b\":[1,2,3]}"},
    {small, "@text \"a\\(1+1)\"", "\"a2\""},
    {small, ".b|.[1:]|.[0]", "2"},
    {small, ".b|.[:-1]", "[1,2]"},
    {small, ".b|.[-2:]", "[2,3]"},
    {small, "\"\\u00e9\\ud83d\\ude00\"|length,utf8bytelength", "2\n6"},
    {small, "getpath([\"a\",\"b\",\"c\"])?", ""},
    {small, "try getpath([\"a\",\"b\",\"c\"]) catch .",
     "\"Cannot index number with string \\\"c\\\"\""},
    {small, ".a.b.c?", ""},
    {small, "[.b[]?,.a.b[]?]", "[1,2,3]"},
    {small, ".b as [$x] | .a as {b:$y} | $x+$y", "3"},
    {small, "[.b[]|.,.]|unique", "[1,2,3]"},
    {small, "[1,[1]]|inside([1,[1],2])", "true"},
    {records, "[pow(2,3;1,2)]", "[2,3,4,9]"},
    {records, "[.[] | {id, n: .name, p: (.price*2)}]",
     "[{\"id\":1,\"n\":\"alpha\",\"p\":21},{\"id\":2,\"n\":\"beta\",\"p\":14},{"
     "\"id\":3,\"n\":\"gamma \\\"q\\\" é\",\"p\":40.5}]"},
    {records, ".[] | select(.price > 10 and .tags[0] == \"a\") | {id,name}",
     "{\"id\":1,\"name\":\"alpha\"}\n{\"id\":3,\"name\":\"gamma \\\"q\\\" "
     "é\"}"},
    {records, ".[] | \"\\(.id): \\(.name)\"",
     "\"1: alpha\"\n\"2: beta\"\n\"3: gamma \\\"q\\\" é\""},
    {records, ".[] | [.id,.name] | @tsv",
     "\"1\\talpha\"\n\"2\\tbeta\"\n\"3\\tgamma \\\"q\\\" é\""},
    {records, "[.[] | .tags[]] | unique", "[\"a\",\"b\",\"c\",\"d\"]"},
    {records, "group_by(.tags[0]) | map({k: .[0].tags[0], n: length})",
     "[{\"k\":\"a\",\"n\":2},{\"k\":\"b\",\"n\":1}]"},
    {records, "[.[] | select(.name | startswith(\"b\"))] | length", "1"},
    {records, "map(.price) | add / length", "12.583333333333334"},
    {records, "map(has(\"id\")) | all", "true"},
    {records, "map(.name | ascii_upcase)",
     "[\"ALPHA\",\"BETA\",\"GAMMA \\\"Q\\\" é\"]"},
    {records, "map(del(.tags)) ",
     "[{\"id\":1,\"name\":\"alpha\",\"price\":10.5},{\"id\":2,\"name\":"
     "\"beta\",\"price\":7},{\"id\":3,\"name\":\"gamma \\\"q\\\" "
     "é\",\"price\":20.25}]"},
    {records, "map(.price |= . + 1) | .[0]",
     "{\"id\":1,\"name\":\"alpha\",\"price\":11.5,\"tags\":[\"a\",\"b\"]}"},
    {records, "map(if .price > 10 then \"hi\" else \"lo\" end)",
     "[\"hi\",\"lo\",\"hi\"]"},
    {records, "reduce .[] as $i ({}; .[$i.name] += $i.price)",
     "{\"alpha\":10.5,\"beta\":7,\"gamma \\\"q\\\" é\":20.25}"},
    {records, "[limit(2; .[] | .id)]", "[1,2]"},
    {records, ". as $all | [range(length)] | map($all[.].id)", "[1,2,3]"},
    {records, "map({(.name): .price}) | add",
     "{\"alpha\":10.5,\"beta\":7,\"gamma \\\"q\\\" é\":20.25}"},
    {records, "[.[] | .tags | length] | max", "3"},
    {records, "sort_by(.price, .id) | map(.id)", "[2,1,3]"},
    {records, "[.[].tags | index(\"b\")]", "[1,0,null]"},
    {records, "map(select(.tags | any(. == \"b\"))) | length", "2"},
    {records, "[paths(type == \"string\")] | length", "9"},
    {records, "map(to_entries | map(.key) | join(\",\"))",
     "[\"id,name,price,tags\",\"id,name,price,tags\",\"id,name,price,tags\"]"},
    {records, ".[1:] | map(.id)", "[2,3]"},
    {records, ".[-1].name", "\"gamma \\\"q\\\" é\""},
    {records, "[.[] | .name | length]", "[5,4,11]"},
    {records, "map(.name | explode | implode)",
     "[\"alpha\",\"beta\",\"gamma \\\"q\\\" é\"]"},
    {records, "[.[] | try error(.name) catch (\"caught \" + .)]",
     "[\"caught alpha\",\"caught beta\",\"caught gamma \\\"q\\\" é\"]"},
    {records, "[.[] | (.missing // \"none\")]", "[\"none\",\"none\",\"none\"]"},
    {records, "[.[] | .a.b.c?]", "[null,null,null]"},
    {records, "[.[]|.price|floor,sqrt]",
     "[10,3.24037034920393,7,2.6457513110645907,20,4.5]"},
    {records, "[.[]|.price|tostring|tonumber]", "[10.5,7,20.25]"},
    {records, "(.[0].id, .[1].id) = 100",
     "[{\"id\":100,\"name\":\"alpha\",\"price\":10.5,\"tags\":[\"a\",\"b\"]},{"
     "\"id\":100,\"name\":\"beta\",\"price\":7,\"tags\":[\"b\"]},{\"id\":3,"
     "\"name\":\"gamma \\\"q\\\" "
     "é\",\"price\":20.25,\"tags\":[\"a\",\"c\",\"d\"]}]"},
    {records, ".[0] * {x:{y:1}}",
     "{\"id\":1,\"name\":\"alpha\",\"price\":10.5,\"tags\":[\"a\",\"b\"],\"x\":"
     "{\"y\":1}}"},
    {records, "[.[] | objects | keys_unsorted]",
     "[[\"id\",\"name\",\"price\",\"tags\"],[\"id\",\"name\",\"price\","
     "\"tags\"],[\"id\",\"name\",\"price\",\"tags\"]]"},
    {records, "flatten",
     "[{\"id\":1,\"name\":\"alpha\",\"price\":10.5,\"tags\":[\"a\",\"b\"]},{"
     "\"id\":2,\"name\":\"beta\",\"price\":7,\"tags\":[\"b\"]},{\"id\":3,"
     "\"name\":\"gamma \\\"q\\\" "
     "é\",\"price\":20.25,\"tags\":[\"a\",\"c\",\"d\"]}]"},
    {records, "[.[] | .. | scalars] | length", "15"},
    {records, "with_entries(.value |= .id)",
     "error: Cannot use number (0) as object key"},
    {records, "to_entries | map(\"\\(.key)=\\(.value.id)\") | join(\"&\")",
     "\"0=1&1=2&2=3\""},
    {records, "[.[] | select(.price != null) | .price] | [min, max]",
     "[7,20.25]"},
    {records, "def avg: add/length; map(.price) | avg", "12.583333333333334"},
    {records, "def r($n): if $n > 0 then $n, r($n-1) else empty end; [r(5)]",
     "[5,4,3,2,1]"},
    {records, "[foreach .[] as $x (0; . + $x.price; {id: $x.id, sum: .})]",
     "[{\"id\":1,\"sum\":10.5},{\"id\":2,\"sum\":17.5},{\"id\":3,\"sum\":37.75}"
     "]"},
    {records, "[.[] | {a: .id} + {b: .name}]",
     "[{\"a\":1,\"b\":\"alpha\"},{\"a\":2,\"b\":\"beta\"},{\"a\":3,\"b\":"
     "\"gamma \\\"q\\\" é\"}]"},
    {records, "map(.tags + [\"z\"]) | .[0]", "[\"a\",\"b\",\"z\"]"},
    {records, "map(.tags - [\"a\"])", "[[\"b\"],[\"b\"],[\"c\",\"d\"]]"},
    {records, "(map(.id) | index(2)), (map(.id) | contains([1]))", "1\ntrue"},
    {records, "[.[] | [.id, .price] | .[0] < .[1]]", "[true,true,true]"},
    {records, ". as [$f, {name: $n}] | [$f.id, $n]", "[1,\"beta\"]"},
    {records, "[.[] | .name | .[0:2]]", "[\"al\",\"be\",\"ga\"]"},
    {records, "[.[] | \"x\" * 3] | .[0]", "\"xxx\""},
    {records, "@json \"d: \\(.[0])\"",
     "\"d: "
     "{\\\"id\\\":1,\\\"name\\\":\\\"alpha\\\",\\\"price\\\":10.5,\\\"tags\\\":"
     "[\\\"a\\\",\\\"b\\\"]}\""},
    {records, "[1,null,2] | map(values)", "[1,2]"},
    {records, "[.[] | .price] | map(. % 3)", "[1,1,2]"},
    {records, "INDEX(.id) | keys", "[\"1\",\"2\",\"3\"]"},
    {records, "[.[] | walk(if type == \"number\" then . + 1 else . end) | .id]",
     "[2,3,4]"},
    {records, "tojson | fromjson | length", "3"},
    {records, "[tostream] | length", "22"},
    {records, "fromstream(tostream) | length", "3"},
    {records, "[.[] as {id: $i, tags: [$t]} | \"\\($i)\\($t)\"]",
     "[\"1a\",\"2b\",\"3a\"]"},
    {records,
     "label $out | foreach .[] as $x (0; .+1; if $x.id == 2 then ., break $out "
     "else . end)",
     "1\n2"},
    {records, "[.[] | .name as $n | .tags[] | $n + .]",
     "[\"alphaa\",\"alphab\",\"betab\",\"gamma \\\"q\\\" éa\",\"gamma "
     "\\\"q\\\" éc\",\"gamma \\\"q\\\" éd\"]"},
    {records, "[.[] | .id] | combinations(2)?",
     "[1,1]\n[1,2]\n[1,3]\n[2,1]\n[2,2]\n[2,3]\n[3,1]\n[3,2]\n[3,3]"},
    {records, "map(.id) | [combinations(2)] | length", "9"},
    {records, "[range(3) as $x | range($x)]", "[0,0,1]"},
    {records, "getpath([0,\"tags\",1]), ([paths] | length)", "\"b\"\n21"},
    {records, "[.[0] | path(..)] | length", "7"},
    {records, "[.[]|select(.id==(1,2))|.id]", "[1,2]"},
    {records, "any(.[]; .id == 3), all(.[]; .id > 0)", "true\ntrue"},
    {records, "first, last, nth(1)",
     "{\"id\":1,\"name\":\"alpha\",\"price\":10.5,\"tags\":[\"a\",\"b\"]}\n{"
     "\"id\":3,\"name\":\"gamma \\\"q\\\" "
     "é\",\"price\":20.25,\"tags\":[\"a\",\"c\",\"d\"]}\n{\"id\":2,\"name\":"
     "\"beta\",\"price\":7,\"tags\":[\"b\"]}"},
    {records, "first(.[]|select(.id>1)|.id)", "2"},
    {records,
     "[.[]|.id|if . == 1 then \"one\" elif . == 2 then \"two\" else \"many\" "
     "end]",
     "[\"one\",\"two\",\"many\"]"},
    {records, "(.[0]|keys) as $k | $k", "[\"id\",\"name\",\"price\",\"tags\"]"},
    {records, ".[0] | to_entries | from_entries",
     "{\"id\":1,\"name\":\"alpha\",\"price\":10.5,\"tags\":[\"a\",\"b\"]}"},
    {records, "[.[]|.price?]|sort", "[7,10.5,20.25]"},
    {records, "ltrimstr(\"x\")|length", "3"},
    {records, "[.[]|(.id|tostring)+\"-\"+.name]",
     "[\"1-alpha\",\"2-beta\",\"3-gamma \\\"q\\\" é\"]"},
    {records, "map(.price)|sort|reverse|.[0]", "20.25"},
    {records, ".[0]|.id as $i|.id+=$i",
     "{\"id\":2,\"name\":\"alpha\",\"price\":10.5,\"tags\":[\"a\",\"b\"]}"},
    {records, ".[0]|.[\"id\",\"name\"]", "1\n\"alpha\""},
    {records, ".[0]|{\"a b\":1,\"id\":.id,name}|.\"a b\"", "1"},
    {records, "\"\\(.[0].id + 1) is \\(\"x\" + \"y\")\"", "\"2 is xy\""},
    {records, "[.[]|.tags|join(\"/\")]", "[\"a/b\",\"b\",\"a/c/d\"]"},
    {records, "@html \"<\\(.[0].name)>\"", "\"<alpha>\""},
    {records, "[.[].id|[.,.*2]|{a:.[0],b:.[1]}]",
     "[{\"a\":1,\"b\":2},{\"a\":2,\"b\":4},{\"a\":3,\"b\":6}]"},
    {records, "del(.[0].tags, .[1])|length", "2"},
    {records, "delpaths([[0],[1]])|length", "1"},
    {records, "to_entries|map(select(.key>0))|length", "2"},
    {records, "map_values(.id)", "[1,2,3]"},
    {records, "[.[]|.id]|map(.*-1)|sort", "[-3,-2,-1]"},
    {records, "[.[]|.price]|@csv", "\"10.5,7,20.25\""},
    {records, "[.[]|.id|-.]", "[-1,-2,-3]"},
    {records, ".[0].tags|inside([\"a\",\"b\",\"c\"])", "true"},
    {records, ". == ., (.[0] < .[1]), (.[0] != .[1])", "true\ntrue\ntrue"},
};

START_TEST(filters_give_what_jq_gives)
{
    filter_flags = CANON_JQ;
    check_run(rows[_i].filter, rows[_i].line, rows[_i].want);
}
END_TEST

START_TEST(recursion_ends_before_the_stack)
{
    check_run("def f: 1 + f; f", "1", "error: the filter recurses too deep");
    check_run("try (def f: 1 + f; f) catch 2", "1",
              "error: the filter recurses too deep");
    check_run("reduce range(10001) as $i (0; [.]) | . == .", "1",
              "error: the value nests too deep");
    check_run("reduce range(10001) as $i ({a: 0}; .a |= {b: .})", "1",
              "error: the value nests too deep");
    check_run("reduce range(9999) as $i (0; [.]) | tojson | length", "1",
              "19999");
    check_run("[limit(200000; repeat(\"a\"))] as $p | setpath($p; 1)", "null",
              "error: the filter recurses too deep");
    check_run("[recurse([.], [.])]", "1",
              "error: the filter recurses too deep");
}
END_TEST

START_TEST(a_tail_call_takes_no_stack)
{
    check_run("def f: if . >= 100000 then . else (. + 1 | f) end; f", "0",
              "100000");
    check_run("until(. >= 100000; . + 1)", "0", "100000");
    check_run("last(while(. < 100000; . + 1))", "0", "99999");
    check_run("last(recurse(if . < 100000 then . + 1 else empty end))", "0",
              "100000");
    check_run("last(range(100000))", "0", "99999");
    check_run("reduce range(100000) as $i (0; . + 1)", "0", "100000");
}
END_TEST

START_TEST(it_is_as_in_jq_1_7_where_1_6_differs)
{
    check_run("\"abc\" * 0, \"abc\" * 0.5, \"abc\" * -1", "0",
              "\"\"\n\"\"\nnull");
    check_run("[limit(0; 1, 2)]", "0", "[]");
    check_run(".[] |= empty", "[1,2,3]", "[]");
    check_run("[.[] | try error(null) catch .]", "[1]", "[null]");
    check_run(".[1.7]", "[1,2,3]", "2");
    check_run("100000000000000001 > 100000000000000000", "0", "true");
    check_run("., 1.000, 100e-2", "1.10", "1.10\n1.000\n1.00");
}
END_TEST

START_TEST(memory_is_bounded)
{
    static const char why[] = "error: more memory than --max-memory allows";

    check_run("[range(100000000)]", "0", why);
    check_run("def f: ., f; [f]", "0", why);
    check_run("try ([range(100000000)]) catch 1", "0", why);
    check_run("[limit(3; repeat(. + 1))]", "0", "[1,1,1]");
    check_run("\"x\" * 1000000000", "0", why);
    check_run("\"x\" * 1e102", "0", "error: Repeat string result too long");
    check_run(".[1000000000] = 1", "null", "error: Array index too large");
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("eval");

    filter_flags = 0; /* values keep their own bytes */

    tcase_add_test(tests, identity_gives_the_value_with_its_bytes);
    tcase_add_test(tests, names_and_numbers_lead_inwards);
    tcase_add_test(tests, keywords_are_names_behind_a_dot);
    tcase_add_test(tests, strings_may_be_keys);
    tcase_add_test(tests, keys_are_compared_by_meaning);
    tcase_add_test(tests, the_last_duplicate_is_taken);
    tcase_add_test(tests, missing_and_null_give_null);
    tcase_add_test(tests, indexes_may_be_any_number);
    tcase_add_test(tests, white_space_and_comments_are_skipped);
    tcase_add_test(tests, misfits_are_told_in_the_words_of_jq);
    tcase_add_test(tests, long_keys_are_not_named);
    tcase_add_test(tests, a_question_mark_swallows_its_own_step);
    tcase_add_test(tests, recursion_ends_before_the_stack);
    tcase_add_test(tests, a_tail_call_takes_no_stack);
    tcase_add_test(tests, it_is_as_in_jq_1_7_where_1_6_differs);
    tcase_add_test(tests, memory_is_bounded);
    tcase_add_loop_test(tests, filters_give_what_jq_gives, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    return filter_main("eval", tests);
}
