#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What tasks print, as it is: whole, by lines, and in files of their own.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"

# same FILE TEXT
# shellcheck disable=SC2317 # called through check
same() {
    printf '%s' "$2" | cmp -s - "$1"
}

# Whole tasks, in the order of the list.
printf '%s\n' 'sleep 0.3; echo a; echo b >&2; printf c' 'echo d; printf e >&2' \
    >list
"$WEIR" run-tasks --raw --ordered list >out 2>err
check '--raw: status 0' test $? -eq 0
check '--raw: stdout is theirs' same out 'a
cd
'
sed -i 's/ [0-9.]*s / T /' err
check '--raw: stderr too, with a line for each task' same err \
    'b
completed  task_1      T  exit 0   sleep 0.3; echo a; echo b >&2; printf c
e
completed  task_2      T  exit 0   echo d; printf e >&2
'
"$WEIR" run-tasks --raw --ordered -q list >out 2>err
check '--raw -q: nothing of what was completed' same err 'b
e
'
printf 'echo said >&2; exit 3\n' |
    "$WEIR" run-tasks --raw --format json -q >out 2>err
check '--raw: the status is that of the run' test $? -eq 1
check '--raw --format json: records on stderr' test \
    "$(tail -n 1 err | "$WEIR" stream-jsonl .error.message)" = '"exit status 3"'
printf 'echo said >&2; exit 3\n' | "$WEIR" run-tasks --raw -q >out 2>err
check '--raw: what was said is not said twice' test "$(grep -c '^said$' err)" -eq 1

# The last attempt is what counts.
# shellcheck disable=SC2016 # for the task's shell
echo 'echo $WEIR_ATTEMPT; test $WEIR_ATTEMPT = 2' |
    "$WEIR" run-tasks --raw --retries 3 --retry-delay 0 >out 2>err
check '--raw: of the last attempt' same out '2
'

# Much output, in turn, and nothing of it lost; small tasks in between.
# shellcheck disable=SC2016
echo 'n=$(printf %05d $WEIR_SLOT); yes "$WEIR_TASK_ID $n ......................." |
    head -n 20000 | tee /dev/stderr' | tr '\n' ' ' >one
for _ in 1 2 3 4 5 6; do
    cat one
    echo
    echo 'echo small'
done >list
TMPDIR=$PWD "$WEIR" run-tasks --raw -q -j4 list >out 2>err
check 'much: status 0' test $? -eq 0
check 'much: all lines' test "$(sort out | uniq -c | awk '{ print $1 }' |
    sort | uniq -c | tr -s ' \n' ' ')" = ' 6 20000 1 6 '
check 'much: stderr too' test "$(wc -l <err)" -eq 120000
check 'much: one task after another' test "$(uniq out | wc -l)" -le 13
check 'much: nothing is left behind' test -z "$(find . -name 'weir-*')"

# By lines: all of them, none mixed, while the task runs.
mkfifo go
echo 'echo first; printf sec; read x <go; echo ond; printf third' |
    "$WEIR" run-tasks --line-buffer --tag >out 2>err &
pid=$!
check '--line-buffer: a line is there while the task runs' \
    wait_for grep -q first out
check '--line-buffer: half a line is not' same out "task_1	first
"
echo >go
wait $pid
check '--line-buffer: then the others, each whole' same out \
    'task_1	first
task_1	second
task_1	third
'
# A mark at the beginning and the end of each line, of many lengths.
cat >mixed.awk <<'X'
BEGIN {
    for (all = c; length(all) < 5000;)
        all = all all
    for (i = 0; i < 300; i++)
        print "<" substr(all, 1, i * 37 % 5000) ">" >to
}
X
for c in a b c d e f g h; do
    for to in stdout stderr; do
        echo "awk -v c=$c -v to=/dev/$to -f mixed.awk"
    done
done >list
"$WEIR" run-tasks --line-buffer -q list >out 2>err
check 'lines never mix' test 0 -eq "$(grep -cvE '^<(a*|b*|c*|d*|e*|f*|g*|h*)>$' out)"
check 'nor on stderr' test 0 -eq "$(grep -cvE '^<(a*|b*|c*|d*|e*|f*|g*|h*)>$' err)"
for c in a b c d e f g h; do
    awk -v c=$c -v to=/dev/stdout -f mixed.awk
done | sort >want
sort out | cmp -s - want
check 'each is there once' test $? -eq 0
sort err | cmp -s - want
check 'on stderr too' test $? -eq 0

# A line without an end is broken, and holds nobody.
printf '%s\n' 'head -c 30000000 /dev/zero' 'echo other' >list
timeout 60 "$WEIR" run-tasks --line-buffer -q list >out 2>err
check 'an endless line: status 0' test $? -eq 0
check 'an endless line: all of it, with a newline for each 1M' test \
    "$(tr -d '\n' <out | wc -c) $(wc -l <out)" = '30000005 30'

# A slow reader holds the tasks back, not the memory, and loses nothing.
yes 'seq 20000' | head -n 40 >list
mkfifo slow
"$WEIR" run-tasks --line-buffer list >slow 2>err &
pid=$!
exec 5<slow
sleep 1
find_engine $pid
peak=$(peak_kb "$engine")
wc -l <&5 >lines
wait $pid
check 'a slow reader: status 0' test $? -eq 0
exec 5<&-
check 'a slow reader: all lines' test "$(cat lines)" -eq 800000
[ "$VARIANT" != plain ] ||
    check "a slow reader: memory is bounded ($peak KB)" test "$peak" -lt 20000

# An id is shown escaped.
printf '{"id":"a\\n\\u001bb","cmd":"echo x"}\n' | "$WEIR" run-tasks --tag -q >out
check 'a tag is one word' same out 'a\x0a\x1bb	x
'

# Files of their own.
printf '%s\n' '{"id":"a/b","cmd":"echo out; echo err >&2"}' \
    '{"id":"a%2Fb","cmd":"echo other"}' \
    '{"id":"..","cmd":"echo dots"}' \
    '{"id":"x\n\u001b","cmd":"head -c 3000000 /dev/zero"}' >list
awk 'BEGIN { for (n = 299; n < 301; n++) { printf "{\"id\":\"";
    for (i = 0; i < n; i++) printf "x"; print "\",\"cmd\":\"echo " n "\"}" } }' >>list
"$WEIR" run-tasks --results deep/down list >out 2>err
check '--results: status 0' test $? -eq 0
check '--results: a file for each stream' test \
    "$(find . -path './deep/down/*' -type f | wc -l)" -eq 12
check '--results: and none elsewhere' test \
    "$(find . -name '*.out' -o -name '*.err' | wc -l)" -eq 12
check '--results: stdout' same deep/down/a%2Fb.out 'out
'
check '--results: stderr' same deep/down/a%2Fb.err 'err
'
check '--results: the like of it has its own' same deep/down/a%252Fb.out 'other
'
check '--results: dots lead nowhere' same deep/down/%2E..out 'dots
'
check '--results: all of it' test "$(wc -c <'deep/down/x%0A%1B.out')" -eq 3000000
check '--results: long names' test \
    "$(cat deep/down/xxxx*.out | tr '\n' ' ')" = '299 300 ' \
    -o "$(cat deep/down/xxxx*.out | tr '\n' ' ')" = '300 299 '
check '--results: the record has its part' test \
    "$("$WEIR" stream-jsonl .result.stdout out | grep -c out)" -eq 1

# A file is there from the start, and replaced by the next attempt.
echo mine >elsewhere
ln -s ../../elsewhere deep/down/task_1.out
# shellcheck disable=SC2016
echo 'echo $WEIR_ATTEMPT; read x <go; test $WEIR_ATTEMPT = 2' |
    "$WEIR" run-tasks --results deep/down --retries 1 --retry-delay 0 >out 2>err &
pid=$!
check '--results: it can be followed' wait_for grep -qx 1 deep/down/task_1.out
echo >go
check '--results: the next attempt begins anew' wait_for same \
    deep/down/task_1.out '2
'
echo >go
wait $pid

check '--results: no link is followed' same elsewhere 'mine
'

# No two tasks have one file, also where the list is not checked first.
printf '%s\n' '{"id":"task_2","cmd":"echo a"}' 'echo b' |
    "$WEIR" run-tasks -q --results twice >out 2>err
check '--results: an id that comes twice: status 65' test $? -eq 65
check '--results: and is named' test "$(cat err)" = \
    'weir: run-tasks: <stdin>:2:1: id "task_2" was given before'
"$WEIR" run-tasks --results /dev/null/x list >out 2>err
check '--results: no directory: status 73' test $? -eq 73
check '--results: no directory: the message' test "$(cat err)" = \
    'weir: run-tasks: /dev/null/x: Not a directory'

# A background process that holds the output holds neither.
for options in --raw --line-buffer '--results held'; do
    start=$(now_ms)
    # shellcheck disable=SC2086 # options
    echo 'sleep 30 & echo hi' | "$WEIR" run-tasks $options >out 2>err
    check "$options: who holds the output does not hold the run" test \
        $(($(now_ms) - start)) -lt 2000
done
exit $failed
