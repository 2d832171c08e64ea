#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Modules: what they give to a program, where they are found, and what is said
# of those that cannot be used.

# shellcheck disable=SC2016,SC2088 # the $ and ~ are the filter's
set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"
# What a run of another program has found is not asked for.
HOME=$PWD/home
export HOME
mkdir -p lib/sub lib/rep/jq lib/pack other home

# gives NAME WANTED OPTION... PROGRAM: these lines, or the first of an error.
gives() {
    name=$1
    wanted=$2
    shift 2
    if "$WEIR" stream-jsonl -n "$@" >out 2>err </dev/null; then
        paste -s -d ' ' out >got
    else
        got=$?
        { printf '%s ' "$got" && grep -av 'lines_read' err | head -n 1; } >got
    fi
    printf '%s\n' "$wanted" >wanted
    cmp -s got wanted || diff wanted got
    check "$name" cmp -s got wanted
}

# What modules are and give

cat >lib/m.jq <<'END'
# a comment
module {"name": "m", "v": [1, {"a": null}, -2]};
import "n" as n;
include "inc";
import "d" as $d;
def f: n::g + 1;
def h($x): $x + f;
def of_include: i;
def data: $d, $d::d;
def length: "mine";
def own: length;
def loop: if . > 99999 then . else . + 1 | loop end;
def cut: label $out | 1, break $out, 2;
def twice(f): f | f;
def place: $__loc__.line;
def given: $x;
END
echo 'def g: 41; def a: 1; def a: 2;' >lib/n.jq
echo 'def i: "inc"; def a($x): $x; def a($x; $y): [$x, $y];' >lib/inc.jq
echo '1 {"a":2} [3]' >lib/d.json

gives 'functions have the name of the import before theirs' '42 44' \
    -L lib 'import "m" as m; m::f, m::h(2)'
gives 'an included module has no name' '42 "mine" "mine"' \
    -L lib 'include "m"; f, length, own'
gives 'the names of a module are for itself' '0 "mine"' \
    -L lib 'import "m" as m; length, m::own'
gives 'what a module includes is its own' \
    "2 weir: stream-jsonl: filter: column 18: there is no function m::i/0" \
    -L lib 'import "m" as m; m::i'
gives 'a module uses others, and data' '"inc" [1,{"a":2},[3]] [1,{"a":2},[3]]' \
    -L lib 'import "m" as m; m::of_include, m::data'
gives 'functions of one name are told apart by their parameters' '1 [1,2]' \
    -L lib 'include "inc"; a(1), a(1; 2)'
gives 'of equal ones the last counts' '2 2 "x"' -L lib \
    'import "inc" as z; import "n" as z; include "n"; z::a, a, (def a: "x"; a)'
gives 'recursion, labels and arguments are as anywhere' '100000 1 9' \
    -L lib 'import "m" as m; (0 | m::loop), [m::cut][0], (1 | m::twice(. * 3))'
gives 'variables of the command line are known, and lines' '"5" 15' \
    -L lib --arg x 5 'import "m" as m; m::given, m::place'
gives 'a name within the program hides no other' 'null [1,{"a":2},[3]] 44' \
    -L lib 'import "d" as $d; import "n" as n; . as $d | def n: 3; $d, $d::d, n + n::g'
gives 'data may be raw' '"1 {\"a\":2} [3]\n"' \
    -L lib 'import "d" as $d {raw: true}; $d'
gives 'a function that is not called costs no thread' '' \
    -L lib 'import "reads" as r {optional: true}; empty'
gives 'a module says what it is' \
    '{"name":"m","v":[1,{"a":null},-2],"deps":[{"as":"n","is_data":false,"relpath":"n"},{"is_data":false,"relpath":"inc"},{"as":"d","is_data":true,"relpath":"d"}],"n":11}' \
    -L lib '"m" | modulemeta | .n = (.defs | length) | del(.defs)'
gives 'and what it defines' '["g/0","a/0","a/0"] ["i/0","a/1","a/2"]' \
    -L lib '("n", "inc") | modulemeta.defs'
gives 'it may have nothing but metadata' '{"a":1,"deps":[],"defs":[]}' \
    'module {x: [1]}; {a:1} + {deps: [], defs: []}'
printf 'def many: inputs;\n' >lib/reads.jq
seq 100000 >numbers
"$WEIR" stream-jsonl -v -L lib -j 2 'import "reads" as r; select(. == 7)' \
    numbers >out 2>err
check 'nor does one that reads by itself, where it is not called' \
    grep -q 'up to 2 threads' err
for i in $(seq 3000); do echo "def f$i: $i;"; done >lib/large.jq
gives 'a module may be long' '3000' -L lib 'include "large"; f3000'

# Where they are found

echo 'def f: "sub";' >lib/sub/s.jq
echo 'import "s" as s; def f: s::f;' >lib/sub/near.jq
echo 'import "s" as s {search: "./sub"}; def f: s::f;' >lib/below.jq
echo 'def f: "main";' >lib/rep/jq/main.jq
echo 'def f: "pack";' >lib/pack/pack.jq
echo 'def f: "other";' >other/s.jq
echo 'def f: "here";' >here.jq
echo 'def f: "home";' >home/athome.jq
gives 'a path may have directories' '"sub"' -L lib 'import "sub/s" as s; s::f'
gives 'a module finds those beside it' '"sub"' -L lib 'import "sub/near" as s; s::f'
gives 'and those it says where' '"sub"' -L lib 'import "below" as s; s::f'
gives 'a module may be a directory' '"main" "pack"' \
    -L lib 'import "rep" as r; import "pack" as p; r::f, p::f'
gives 'the first directory has the say' '"other"' \
    -L other -Llib/sub 'import "s" as s; s::f'
gives 'a program says where' '"other" "other" "other"' -L lib/sub \
    'import "s" as a {search: "other"}; import "s" as b {search: ["none", "./other"]};
     import "s" as c {search: "'"$PWD"'/other"}; a::f, b::f, c::f'
gives 'without -L the current directory is looked at, too' '"here"' \
    'import "here" as h; h::f'
gives '~ is the home' '"home"' 'import "athome" as h {search: "~/"}; h::f'
echo 'import "s" as s; s::f' >other/program
gives 'a program in a file finds what is beside it' '"other"' -f other/program
echo 'import "here" as s; s::f' >other/program
gives 'and in the current directory' '"here"' -f other/program
gives 'null ends the search' \
    '2 weir: stream-jsonl: filter: column 1: module not found: s (no such .jq in no directory at all)' \
    -L other 'import "s" as s {search: [null]}; s::f'
gives 'the list is told' "[\"$PWD/lib\",\"$PWD/other\"]" -L lib -L other get_search_list
gives 'the usual one, too' '["~/.jq","$ORIGIN/../lib/jq","$ORIGIN/../lib"]' get_search_list
echo 'def mine: "mine"; def map(f): "my map";' >home/.jq
gives '~/.jq is included where it is a file' '"mine" "my map" "other"' \
    -L other 'include "s"; mine, ([] | map(1)), f'
HOME=
gives 'but for who has no home' '[]' '[] | map(1)'
HOME=$PWD/home
echo 'def mine' >home/.jq
gives 'a wrong one is named' \
    "2 weir: stream-jsonl: $PWD/home/.jq:1:9: expected ':', but the text ends" 1
rm home/.jq
mkdir home/.jq
echo 'def f: "in .jq";' >home/.jq/x.jq
gives '~/.jq is looked through where it is a directory' '"in .jq"' 'include "x"; f'

# What cannot be used

printf 'def f:\n  1 +;\n' >lib/wrong.jq
printf 'def bad: nosuch;\ndef good: 1;\ndef worse: bad;\n' >lib/half.jq
echo 'include "round"; def f: 1;' >lib/around.jq
echo 'include "around"; def f: 1;' >lib/round.jq
echo '1 {' >lib/broken.json
printf 'def f: 1;\0' >lib/nul.jq
mkdir lib/dir.jq
mkfifo lib/fifo.jq
truncate -s 1G lib/huge.jq
gives 'a fault has its file, line and column' \
    "2 weir: stream-jsonl: $PWD/lib/wrong.jq:2:6: expected a filter, not ';'" \
    -L lib 'include "wrong"; f'
check 'and is shown' grep -qx '     ^' err
gives 'a function that does not compile hinders no other' '1' \
    -L lib 'include "half"; good'
gives 'but who calls it' \
    "2 weir: stream-jsonl: $PWD/lib/half.jq:1:10: there is no function nosuch/0" \
    -L lib 'include "half"; worse'
gives 'what is not there is named, and where it was looked for' \
    "2 weir: stream-jsonl: filter: column 5: module not found: nosuch (no such .jq in ., $PWD/lib)" \
    -L lib '    import "nosuch" as n; 1'
gives 'it may be optional' 1 'import "nosuch" as n {optional: true}; 1'
gives 'a circle is named' \
    "2 weir: stream-jsonl: $PWD/lib/around.jq:1:1: circular import of '$PWD/lib/round.jq'" \
    -L lib 'include "round"; f'
gives 'data has to be JSON' \
    "2 weir: stream-jsonl: filter: column 1: $PWD/lib/broken.json: invalid JSON: unexpected end of line in an object at column 3 (while parsing '{\\x0a')" \
    -L lib 'import "broken" as $b; 1'
gives 'a directory is no module' \
    "2 weir: stream-jsonl: filter: column 1: $PWD/lib/dir.jq is no regular file" \
    -L lib 'include "dir"; 1'
gives 'nor a FIFO' \
    "2 weir: stream-jsonl: filter: column 1: $PWD/lib/fifo.jq is no regular file" \
    -L lib 'include "fifo"; 1'
gives 'nor what is too large' \
    "2 weir: stream-jsonl: filter: column 1: $PWD/lib/huge.jq: more than 64M" \
    -L lib 'include "huge"; 1'
gives 'a NUL is no end' \
    "2 weir: stream-jsonl: $PWD/lib/nul.jq:1:10: expected 'def' or the end of the module, not '\\x00'" \
    -L lib 'include "nul"; 1'
gives 'a path has none' \
    '2 weir: stream-jsonl: filter: column 1: the path of a module has a NUL' \
    'include "a\u0000b"; 1'
gives 'metadata is constant' \
    '2 weir: stream-jsonl: filter: column 13: metadata has to be constant' \
    'include "a" {search: .x}; 1'
echo 'def f: 1; 5' >lib/program.jq
gives 'a module is no program' \
    "2 weir: stream-jsonl: $PWD/lib/program.jq:1:11: expected 'def' or the end of the module, not '5'" \
    -L lib 'include "program"; f'
gives 'modulemeta says likewise what it cannot' '"modulemeta input module name must be a string" "module not found: nosuch"' \
    '(1, "nosuch") | try modulemeta catch .[:45] | sub(" \\(.*"; "")'
i=0
mkdir deep
while [ "$i" -lt 300 ]; do
    echo "include \"m$((i + 1))\"; def f: 1;" >"deep/m$i.jq"
    i=$((i + 1))
done
gives 'a chain has an end' \
    "2 weir: stream-jsonl: $PWD/deep/m199.jq:1:1: too many modules within one another, at '$PWD/deep/m200.jq'" \
    -L deep 'include "m0"; f'
exit $failed
