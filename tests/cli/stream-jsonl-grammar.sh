#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What is JSON and what is not, rule by rule of RFC 8259 and RFC 3629, with the
# column and the reason: by every scanner of this machine, wherever the text
# stands in a block, however it is read. In the tables \0nnn is a byte and \\ a
# backslash, as printf's %b has it.

# shellcheck disable=SC2317 # functions are called through check
set -u
# shellcheck source=tests/cli/jsonl-common.sh
. "${0%/*}/jsonl-common.sh"

# Section 2 to 7: one text a line.
cat >accept.table <<'X'
null
true
false
0
-0
7
10
-12
1234567890123456789012345678901234567890
0.0
-0.10
3.14159265358979323846264338327950288
0e0
0E+00
1e3
1E3
1e+3
1e-3
-1.50e-07
1e400
-1e-400
1e999999999999999999999
""
" "
"a"
"\\""
"\\\\"
"\\/\\b\\f\\n\\r\\t"
"\\\\\\""
"\\\\\\\\"
"\\u0000"
"\\u0041\\u00e9\\u20AC\\uFfFf"
"\\uD834\\uDD1E"
"\\uD800"
"\\uDC00"
"\\uDC00\\uD800"
"\\ud800x"
"/"
"'"
"#[]{},:"
"// no comment"
"\0177"
"\0302\0200"
"\0337\0277"
"\0340\0240\0200"
"\0342\0200\0250\0342\0200\0251"
"\0355\0237\0277"
"\0356\0200\0200"
"\0357\0273\0277"
"\0357\0277\0276\0357\0277\0277"
"\0360\0220\0200\0200"
"\0364\0217\0277\0277"
"a\0302\0240b"
[]
[ ]
[1]
[1,2]
[ 1 , 2 ]
[[]]
[[],[],{}]
[null,true,false,0,"",[],{}]
[1,\t2\t]
[1,\r2\r]
{}
{ }
{"":0}
{"a":1}
{ "a" : 1 , "b" : [ 2 ] }
{"a":1,"a":2}
{"a":{"b":{"c":[{}]}}}
{"\\u0061\\"":1}
{"\0303\0251":"\0360\0237\0230\0200"}
{"a"\t:\t1\r}
 1
1 
\t1\t
 \r{"a":1}\r 
X

# The column of the first byte that does not fit, the reason, the text.
cat >reject.table <<'X'
1|expected a value|?
1|a number begins with a digit or '-'|+1
1|a number begins with a digit or '-'|.5
2|expected a digit after '-'|-
2|expected a digit after '-'|--1
2|expected a digit after '-'|-.5
2|expected a digit after '-'|- 1
2|a number may not begin with 0|01
2|a number may not begin with 0|00
3|a number may not begin with 0|-01
3|expected a digit after '.'|1.
3|expected a digit after '.'|0.e1
3|expected a digit after '.'|1..2
3|expected a digit in the exponent|1e
4|expected a digit in the exponent|1e+
4|expected a digit in the exponent|1E-x
3|expected a digit in the exponent|1ee2
4|unexpected text after the value|1e1.5
4|unexpected text after the value|1.2.3
2|unexpected text after the value|0x10
2|unexpected text after the value|1_000
2|unexpected text after the value|1,000
2|unexpected text after the value|1a
2|unexpected text after the value|1+1
1|NaN and Infinity are not JSON|NaN
1|NaN and Infinity are not JSON|nan
1|NaN and Infinity are not JSON|Infinity
2|NaN and Infinity are not JSON|-Infinity
2|NaN and Infinity are not JSON|-NaN
2|NaN and Infinity are not JSON|[Infinity]
1|expected a value|\0331\0241
1|expected a value|\0357\0274\0221
1|expected a value|True
1|expected a value|NULL
1|expected a value|undefined
4|expected 'true'|tru
2|expected 'false'|fAlse
3|expected 'null'|nu ll
5|unexpected text after the value|truex
5|more than one value|nullnull
3|more than one value|1 2
4|more than one value|{} {}
3|more than one value|[][]
5|more than one value|"a" "b"
4|unexpected text after the value|"a"b
2|unexpected end of line in a string|"
3|unexpected end of line in a string|"a
3|unexpected end of line in a string|"\\
4|unexpected end of line in a string|"\\"
6|unexpected end of line in a string|["a]]
3|invalid escape|"\\x41"
3|invalid escape|"\\0"
3|invalid escape|"\\'"
3|invalid escape|"\\a"
3|invalid escape|"\\U0041"
3|invalid escape|"\\ "
3|invalid escape|"\\\0303\0251"
5|invalid escape|"\\\\\\ "
4|expected four hex digits after '\u'|"\\u"
6|expected four hex digits after '\u'|"\\u00"
7|expected four hex digits after '\u'|"\\u123"
6|expected four hex digits after '\u'|"\\u00G0"
4|expected four hex digits after '\u'|"\\u{41}"
4|expected four hex digits after '\u'|"\\u+041"
10|expected four hex digits after '\u'|"\\uD834\\u"
7|unexpected end of line in a string|"\\u123
3|control character in a string|"a\0001"
2|control character in a string|"\t"
2|control character in a string|"\0010"
2|control character in a string|"\0013"
2|control character in a string|"\0014"
2|control character in a string|"\0033"
2|control character in a string|"\0037"
3|control character in a string|"a\rb"
3|control character in a string|{"\t":1}
1|strings need double quotes|'a'
2|strings need double quotes|['a']
2|strings need double quotes|{'a':1}
1|expected a value|\0140a\0140
1|expected a value|\0342\0200\0234a\0342\0200\0235
1|expected a value|\\u0041
2|unexpected end of line in an array|[
3|unexpected end of line in an array|[1
4|unexpected end of line in an array|[1,
4|unexpected end of line in an array|[[]
3|unexpected end of line in an array|[[
3|unexpected end of line in an array|[ 
4|trailing comma before ']'|[1,]
5|trailing comma before ']'|[1, ]
2|expected a value or ']'|[,1]
2|expected a value or ']'|[,]
2|expected a value or ']'|[:]
2|expected a value or ']'|[}
4|expected a value|[1,,2]
4|expected ',' or ']'|[1 2]
3|expected ',' or ']'|[1;2]
3|expected ',' or ']'|[1:2]
5|expected ',' or ']'|["a":1]
3|expected ',' or ']'|[1}
6|expected ',' or ']'|[true"a"]
2|a number begins with a digit or '-'|[...]
1|expected a value|]
1|expected a value|,
1|expected a value|:
1|expected a value|(1)
3|unexpected text after the value|[]]
3|unexpected text after the value|[],
2|unexpected end of line in an object|{
5|unexpected end of line in an object|{"a"
6|unexpected end of line in an object|{"a":
7|unexpected end of line in an object|{"a":1
8|unexpected end of line in an object|{"a":1,
8|unexpected end of line in an object|{"a":[]
2|expected a key or '}'|{1:1}
2|expected a key or '}'|{a:1}
2|expected a key or '}'|{null:1}
2|expected a key or '}'|{[]:1}
2|expected a key or '}'|{,}
2|expected a key or '}'|{:1}
2|expected a key or '}'|{]
8|expected a key|{"a":1,,"b":2}
8|expected a key|{"a":1,2}
8|trailing comma before '}'|{"a":1,}
5|expected ':'|{"a"}
6|expected ':'|{"a" 1}
5|expected ':'|{"a","b"}
5|expected ':'|{"a"=1}
6|expected a value|{"a":}
6|expected a value|{"a"::1}
6|expected a value|{"a":,"b":2}
7|expected ',' or '}'|{"a":1]
8|expected ',' or '}'|{"a":1 "b":2}
7|expected ',' or '}'|{"a":1;"b":2}
7|expected ',' or '}'|{"a":1:2}
1|expected a value|}
8|unexpected text after the value|{"a":1}}
8|unexpected text after the value|{"a":1},
1|comments are not JSON|// 1
3|comments are not JSON|1 // one
1|comments are not JSON|/* 1 */ 1
3|comments are not JSON|[1/**/]
8|comments are not JSON|{"a":1 /**/}
1|expected a value|# 1
3|unexpected text after the value|1 # one
1|expected a value|\00131
2|unexpected text after the value|1\0014
1|expected a value|\0302\02401
4|expected a value|[1,\0342\0200\02502]
2|unexpected text after the value|1\0302\0205
1|NUL byte|\0000
2|NUL byte|1\0000
2|NUL byte|[\00001]
3|NUL byte|"a\0000b"
4|NUL byte|"ab\0000
8|NUL byte|{"a":1}\0000
6|NUL byte|{"a":\0000}
1|byte order mark|\0357\0273\02771
2|byte order mark| \0357\0273\02771
2|byte order mark|[\0357\0273\02771]
2|byte order mark|1\0357\0273\0277
1|invalid UTF-8|\0377\0376"\0000
2|invalid UTF-8|"\0300\0200"
2|invalid UTF-8|"\0301\0277"
2|invalid UTF-8|"\0340\0200\0200"
2|invalid UTF-8|"\0340\0237\0277"
2|invalid UTF-8|"\0360\0200\0200\0200"
2|invalid UTF-8|"\0360\0217\0277\0277"
2|invalid UTF-8|"\0355\0240\0200"
2|invalid UTF-8|"\0355\0277\0277"
2|invalid UTF-8|"\0355\0240\0264\0355\0264\0236"
2|invalid UTF-8|"\0364\0220\0200\0200"
2|invalid UTF-8|"\0365\0200\0200\0200"
2|invalid UTF-8|"\0370\0210\0200\0200\0200"
2|invalid UTF-8|"\0374\0204\0200\0200\0200\0200"
2|invalid UTF-8|"\0376"
2|invalid UTF-8|"\0377"
2|invalid UTF-8|"\0200"
3|invalid UTF-8|"a\0277b"
4|invalid UTF-8|"\0303\0251\0251"
6|invalid UTF-8|"\0360\0237\0230\0200\0200"
2|invalid UTF-8|"\0303"
2|invalid UTF-8|"\0303a"
2|invalid UTF-8|"\0342\0202"
2|invalid UTF-8|"\0342\0202a"
2|invalid UTF-8|"\0360\0237"
2|invalid UTF-8|"\0360\0237\0230"
2|invalid UTF-8|"\0360\0237\0230\0303\0251"
2|invalid UTF-8|"\0303
2|invalid UTF-8|"\0342\0202
2|invalid UTF-8|"\0360\0237\0230
3|invalid UTF-8|{"\0200":1}
8|invalid UTF-8|{"a":"x\0355\0240\0200"}
2|invalid UTF-8|[\0200]
2|invalid UTF-8|1\0303
1|invalid UTF-8|\0303\0050
X

# texts PAD BEFORE BEHIND <TABLE: each text so, as a line.
texts() {
    while IFS= read -r text; do
        printf "%$1s%b%b%b\n" '' "$2" "$text" "$3"
    done
}

# The table of rejects as `in`, and what is to be said of each as `want`.
make_rejects() {
    cut -d '|' -f 3- reject.table | texts "$1" '' '' >in
    awk -F '|' -v pad="$1" '{ print NR, $1 + pad, $2 }' reject.table >want
}

# What was said of each.
reasons() {
    sed 's/.*,"line_number":\([0-9]*\),"column":\([0-9]*\),"reason":"\(.*\)"}$/\1 \2 \3/
        s/\\\\/\\/g' out
}

reasons_hold() {
    reasons | cmp - want
}

scanners=
for scanner in avx512 avx2 sse neon plain; do
    if WEIR_SCANNER=$scanner "$WEIR" stream-jsonl . /dev/null 2>/dev/null; then
        scanners="$scanners $scanner"
    fi
done
check 'some scanner is there' test -n "$scanners"
rows=$(wc -l <reject.table)

for WEIR_SCANNER in $scanners; do
    export WEIR_SCANNER
    for around in '|' '[|]' '{"k":|}' '[|,0]' '["a",|]' '[{"k":[|]}]'; do
        texts 0 "${around%|*}" "${around#*|}" <accept.table >in
        run . in
        check "$WEIR_SCANNER: $around: all is taken" test $status -eq 0 -a \
            ! -s err
    done
    texts 0 '' '' <accept.table | tr -d '\r' >in
    sed 's/^[ \t]*//; s/[ \t]*$//' in >want
    run . in
    check "$WEIR_SCANNER: as it came" cmp out want
    for pad in 0 1 30 31 32 61 62 63 64 65 127; do
        texts $pad '' '' <accept.table >in
        run . in
        check "$WEIR_SCANNER: behind $pad spaces: all is taken" test \
            $status -eq 0 -a ! -s err
        make_rejects $pad
        run --on-error wrap . in
        check "$WEIR_SCANNER: behind $pad spaces: nothing is taken" counts \
            "$rows" 0 "$rows" 0
        check "$WEIR_SCANNER: behind $pad spaces: why not" reasons_hold
    done
done
unset WEIR_SCANNER

# However it is cut and read.
make_rejects 0
for size in 1 2 3 16 64 4K; do
    run --on-error wrap --block-size $size . in
    check "blocks of $size" reasons_hold
done
run --on-error wrap --buffer-size 1 -j 8 . in
check 'blocks of a line' reasons_hold
# shellcheck disable=SC2002 # a pipe is wanted
cat in | "$WEIR" stream-jsonl -q --on-error wrap >out
check 'through a pipe' reasons_hold
# A CR that ends the line may be what is found where the line should go on.
sed 's/$/\r/' in >crlf
run --on-error wrap . crlf
check 'CRLF: nothing is taken' counts "$rows" 0 "$rows" 0
reasons | cut -d ' ' -f 1,2 >places
cut -d ' ' -f 1,2 want | cmp - places
check 'CRLF: the same places' test $? -eq 0

# Numbers: their own bytes, or those of jq 1.7.1.
cat >numbers <<'X'
0 0
-0 -0
1.000 1.000
1.0 1.0
100e-2 1.00
1e2 1E+2
1.0e+2 1.0E+2
3e0 3
0e10 0E+10
0.00001 0.00001
0.0000001 1E-7
-0.0 -0.0
1e1000 1E+1000
-1e-1000 -1E-1000
100000000000000000001 100000000000000000001
12345678909876543212345 12345678909876543212345
1E1234567890 1.7976931348623157e+308
-1E1234567890 -1.7976931348623157e+308
X
cut -d ' ' -f 1 numbers >in
run . in
check 'numbers: their own bytes' cmp in out
run --canonical . in
cut -d ' ' -f 2 numbers | cmp - out
check 'numbers: --canonical' test $? -eq 0

# Depth: brackets cost no stack.
head -c 100000 /dev/zero | tr '\0' '[' >in
printf '\n1\n' >>in
run . in
check '100,000 brackets: status 1' test $status -eq 1 -a "$(cat out)" = 1
check '100,000 brackets: the message' only_said \
    'weir: in:1:1025: invalid JSON: nested deeper than the limit'
head -c 100000 /dev/zero | tr '\0' ']' >in
run . in
check '100,000 closing ones' only_said \
    'weir: in:1:1: invalid JSON: expected a value'
yes '{"a":[' | head -n 50000 | tr -d '\n' >in
run . in
check '100,000 of both kinds: the message' only_said \
    'weir: in:1:3073: invalid JSON: nested deeper than the limit'
exit $failed
