#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --pipe: the output of a process takes the place of its block as a whole, or
# all lines of the block are rejected by name.
#
# shellcheck disable=SC2016 # many words are for an inner shell
# shellcheck disable=SC2317 # functions are called through check

set -u
# shellcheck source=tests/cli/jsonl-common.sh
. "${0%/*}/jsonl-common.sh"

# faults REASON LINE...: exactly these are rejected, with the reason behind.
faults() {
    reason=$1
    shift
    for line; do
        echo "weir: $line: $reason"
    done | cmp -s - err
}

has_child() {
    pgrep -P "$pid" -x sh >/dev/null
}

same() {
    printf '%b' "$1" | cmp -s - "$2"
}

seq 1 20000 | sed 's/.*/{"n":&,"s":"some words, so that it is a line"}/' >in
seq 1 10 >ten

# Any program, at any number of jobs; small blocks, so that there are many.
for jobs in 1 2 8; do
    run -j $jobs --pipe cat . in
    check "cat, $jobs at once: status 0" test $status -eq 0
    check "cat, $jobs at once: as it came" cmp in out
    check "cat, $jobs at once: stderr is empty" test ! -s err
    run -j $jobs --buffer-size 300 --pipe 'sed s/some/few/' . in
    sed 's/some/few/' in | cmp -s - out
    check "sed, $jobs at once" test $? -eq 0
    # The first to come are the last to end.
    run -j $jobs --buffer-size 2000 --pipe \
        'read -r n; sleep 0.0$((9 - n / 2500)); echo $n; cat' .n in
    seq 1 20000 | cmp -s - out
    check "in order however long each takes, $jobs at once" test $? -eq 0
    if command -v jq >/dev/null; then
        run -j $jobs --pipe 'jq -c "select(.n % 2 == 0) | .n"' . in
        seq 2 2 20000 | cmp -s - out
        check "jq -c, $jobs at once" test $? -eq 0
    else
        echo 'skip jq -c: no jq'
    fi
done
run -j 2 --unordered --buffer-size 300 --pipe cat .n in
sort -n out | cmp -s - "$(seq 1 20000 >want && echo want)"
check '--unordered: all is there' test $? -eq 0
if python3 -c '' 2>/dev/null; then
    cat >total.py <<'Y'
import json, sys
rows = [json.loads(line) for line in sys.stdin]
print(json.dumps({"rows": len(rows), "total": sum(r["n"] for r in rows)}))
Y
    run -j 2 --buffer-size 5000 --pipe 'python3 total.py' . in
    check 'a Python script' same '{"rows": 5000, "total": 12502500}
{"rows": 5000, "total": 37502500}
{"rows": 5000, "total": 62502500}
{"rows": 5000, "total": 87502500}\n' out
else
    echo 'skip a Python script: no python3'
fi
run -j 2 --buffer-size 10000 --pipe 'sed "p;p;p;p;p;p;p;p;p"' .n in
check 'ten times as much' test "$(uniq -c out | awk '$1 == 10' | wc -l)" -eq 20000
run --pipe 'cat >/dev/null' . in
check 'nothing at all: status 0' test $status -eq 0 -a ! -s out
check 'nothing at all: the lines are ok' counts 20000 20000 0 0
run --pipe cat . /dev/null
check 'no input, no process' test $status -eq 0 -a ! -s out
run --pipe 'echo started >>started' '.n?' ten
check 'no output of the filter, no process' test ! -e started
run -r --pipe 'sort -r' .s - <<'Y'
{"s":"a"}
{"s":"b\nc"}
Y
check '-r: text, of as many lines as it has' same 'c\nb\na\n' out
(
    # shellcheck disable=SC3045 # dash, bash and busybox have it
    ulimit -n 24
    run -j 16 --buffer-size 100 --pipe cat . in
    exit $status
)
check 'few descriptors: status 0' test $? -eq 0
check 'few descriptors: all is there' cmp in out

# Who does not take all of its input does nothing wrong.
run -j 2 --buffer-size 5000 --pipe 'head -n 1' .n in
check 'it reads a little: status 0' test $status -eq 0
check 'it reads a little' same '1\n5001\n10001\n15001\n' out
run --buffer-size 20000 --block-size 4M --pipe 'exec <&-; echo a; sleep 0.3; echo b' .n in
check 'it closes its stdin' same 'a\nb\n' out
run --buffer-size 20000 --block-size 4M --pipe 'sleep 0.5; cat' . in
check 'it reads late' cmp in out

# A last line without a newline does not run into the next block.
run --buffer-size 4 --pipe 'printf %s "$(wc -l)"' . ten
check 'no final newline: the blocks stay apart' same \
    '4\n4\n2\n' out
run --buffer-size 3 --on-error wrap --pipe 'printf é' . - <<'Y'
1
bad
2
Y
check 'no final newline: nor into what is wrapped' same \
    'é\n{"error":"Invalid JSON","line":"bad","line_number":2,"column":1,"reason":"expected a value"}\n' \
    out
run --join-output --buffer-size 5 --pipe 'cat; printf ";"' . ten
check '--join-output: nothing is put between' same '12345;678910;' out
run --buffer-size 5000 --pipe 'gzip -c' . in
gzip -dc out 2>/dev/null | cmp -s - in
check 'what is no text is left as it is' test $? -eq 0
run --buffer-size 5 --pipe 'printf "a\0b"' . ten
check 'nor has text a NUL' same 'a\000ba\000b' out

# One fault at a time: named by its line, its command and its reason.
run --buffer-size 2 --pipe 'read -r n; echo $n; cat; test $n != 5' . ten
check 'exit status 1: weir has 1 too' test $status -eq 1
check 'exit status 1: the block is named' faults \
    "pipe: 'read -r n; echo \$n; cat; test \$n != 5': exit status 1" \
    ten:5 ten:6
check 'exit status 1: nothing of its output' same '1\n2\n3\n4\n7\n8\n9\n10\n' out
check 'exit status 1: the counts' counts 10 8 2 0
run -j 1 --buffer-size 2 --pipe 'read -r n; test $n != 3 || exit 127; cat' . \
    ten
check 'exit status 127 of one among others' faults \
    "pipe: 'read -r n; test \$n != 3 || exit 127; cat': exit status 127" \
    ten:3 ten:4
run --buffer-size 5 --pipe 'read -r n; [ $n = 1 ] || kill -9 $$; cat' . ten
check 'killed: status 1' test $status -eq 1
check 'killed: the signal' faults \
    "pipe: 'read -r n; [ \$n = 1 ] || kill -9 \$\$; cat': killed by signal 9 (KILL)" \
    ten:6 ten:7 ten:8 ten:9 ten:10
run --buffer-size 5 --pipe 'ulimit -c 0; kill -SEGV $$' . ten
check 'SEGV: the counts' counts 10 0 10 0
check 'SEGV: the signal' said \
    "weir: ten:10: pipe: 'ulimit -c 0; kill -SEGV \$\$': killed by signal 11 (SEGV)"
run --pipe 'exec 2>&-; cat >/dev/full' . ten
check 'its own stdout is full' said \
    "weir: ten:1: pipe: 'exec 2>&-; cat >/dev/full': exit status 1"
check 'its own stdout is full: the counts' counts 10 0 10 0

run --buffer-size 5 --max-output 100 --pipe yes . ten
check 'too much: status 1' test $status -eq 1 -a ! -s out
check 'too much: named' faults "pipe: 'yes': more than 100 bytes of output for \
a block (--max-output)" ten:1 ten:2 ten:3 ten:4 ten:5 ten:6 ten:7 ten:8 ten:9 \
    ten:10
run --buffer-size 5 --max-output 10 --pipe cat . ten
check 'as much as may be' same '1\n2\n3\n4\n5\n' out
check 'and one byte more' counts 10 5 5 0

start=$(now_ms)
run --exec-timeout 300ms --buffer-size 5 --pipe \
    'read -r n; [ $n != 1 ] || sleep 60; cat' . ten
check 'it hangs: status 1' test $status -eq 1
check 'it hangs: named' faults "pipe: 'read -r n; [ \$n != 1 ] || sleep 60; cat': \
nothing read or written within 0.3 s" ten:1 ten:2 ten:3 ten:4 ten:5
check 'it hangs: the others' same '7\n8\n9\n10\n' out
run --exec-timeout 300ms --pipe 'cat; exec sleep 60 >&-' . ten
check 'it stays: named' said \
    "weir: ten:1: pipe: 'cat; exec sleep 60 >&-': did not end within 0.3 s of its last output"
check 'it stays: nothing of its output' test ! -s out
check 'neither is waited for' test $(($(now_ms) - start)) -lt $((5000 * slow))
run --exec-timeout 600ms --pipe 'i=0; while [ $((i += 1)) -lt 8 ]; do
    echo $i; sleep 0.2; done' . ten
check 'slow, but not silent: status 0' test $status -eq 0

# Not the lines' fault.
run --pipe 'no-such-command-here' . in
check 'no such command: status 2' test $status -eq 2
check 'no such command: the message' said "weir: stream-jsonl: pipe: \
'no-such-command-here': sh cannot find or run it (exit status 127)"
check 'no such command: the sums hold' sums_hold
: >text
run --pipe ./text . in
check 'a file that is no program: status 2' test $status -eq 2
check 'a file that is no program: the message' said "weir: stream-jsonl: pipe: \
'./text': sh cannot find or run it (exit status 126)"
run --pipe '' . in
check 'no command: status 2' test $status -eq 2
check 'no command: the message' only_said 'weir: stream-jsonl: --pipe: no command'
"$WEIR" stream-jsonl -q --pipe cat . in >/dev/full 2>err
check 'our stdout is full: status 74' test $? -eq 74
check 'our stdout is full: the message' only_said \
    'weir: stream-jsonl: stdout: No space left on device'
"$WEIR" stream-jsonl --buffer-size 10 --pipe cat . in 2>err | head -n 1 >out
check 'a reader that leaves: nothing is said' test ! -s err

# Each policy, with faults before, in and behind the process.
printf '1\nx\n3\n\n5\n{\n7\n8\n' >mixed
odd='read -r n; [ "$n" != 5 ] || exit 1; echo "$n"; cat'
run --on-error report --buffer-size 4 --pipe "$odd" . mixed
check 'report: the lines' same "weir: mixed:2:1: invalid JSON: expected a value
weir: mixed:5: pipe: '$(printf %.40s "$odd")': exit status 1
weir: mixed:6:2: invalid JSON: unexpected end of line in an object
weir: mixed:7: pipe: '$(printf %.40s "$odd")': exit status 1
weir: mixed:8: pipe: '$(printf %.40s "$odd")': exit status 1
" err
check 'report: the counts' counts 8 2 5 1
run --on-error drop --buffer-size 4 --rejects rejects --pipe "$odd" . mixed
check 'drop: what is ok' same '1\n3\n' out
check 'drop: nothing is said' test ! -s err -a $status -eq 1
check 'drop: the counts' counts 8 2 5 1
check '--rejects: what came, in its order' same 'x\n5\n{\n7\n8\n' rejects
run --on-error wrap --buffer-size 4 --pipe 'exit 3' . mixed
for n in 1 3 5 7 8; do
    echo "{\"error\":\"Pipe error\",\"line\":\"$n\",\"line_number\":$n,\
\"reason\":\"pipe: 'exit 3': exit status 3\"}"
done >want
grep 'Pipe error' out | cmp -s - want
check 'wrap: an object for each line' test $? -eq 0
check 'wrap: in the place of each' test "$("$WEIR" stream-jsonl .line_number \
    out | tr '\n' ' ')" = '1 2 3 5 6 7 8 '
check 'wrap: the counts' counts 8 0 7 1
run --on-error fail --buffer-size 2 -j 8 --pipe \
    'read -r n; [ $n -lt 5 ] || exit 1; echo $n; cat' . ten
check 'fail: status 1' test $status -eq 1
check 'fail: what is before' same '1\n2\n3\n4\n' out
check 'fail: the first is named, no other' test "$(wc -l <err)" -eq 2
check 'fail: it is the first' grep -q '^weir: ten:5: pipe: ' err
check 'fail: why it ended' said \
    'weir: stream-jsonl: stopped at the first rejected line (--on-error fail)'
check 'fail: the sums hold' sums_hold
run --max-errors 3 --on-error drop --buffer-size 2 --pipe false . ten
check '--max-errors: status 1' test $status -eq 1
check '--max-errors: the sums hold' sums_hold
echo old >file
run --output file --buffer-size 5 --pipe 'read -r n; test $n = 1' . ten
check '--output: taken back' test "$(cat file)" = old -a $status -eq 1
run --output file --buffer-size 5 --pipe cat . ten
check '--output: kept' cmp ten file

# What a process finds.
run -j 1 --pipe 'ls -l /proc/self/fd >fds; ps -o pid=,sid= $$ >session
    grep SigIgn /proc/self/status >ignored
    echo $WEIR_TASK_ID $WEIR_SLOT $WEIR_ATTEMPT >names; cat' . ten
check 'three descriptors' test "$(grep -c ' [012] -> ' fds)" -eq 3 \
    -a "$(grep -c ' -> ' fds)" -eq 4
check 'a session of its own' test "$(awk '{ print $1 == $2 }' session)" = 1
check 'default signals' grep -q '0000000000000000' ignored
check 'its names' test "$(cat names)" = 'pipe_1 1 1'

# Signals. INT is ignored in what a shell starts in the background.
mkfifo fifo
for signal in TERM:143 INT:130; do
    name=${signal%:*}
    rm -f summary up out
    env --default-signal=INT,QUIT "$marker" "$WEIR" stream-jsonl -q -j 8 \
        --summary summary --buffer-size 2 --pipe 'trap "" TERM INT
        read -r n; [ $n -gt 3 ] || { echo $n; exec cat; }
        : >up; sleep 60 & wait; echo late' . fifo >out 2>err &
    pid=$!
    started=$pid
    exec 3>fifo
    cat ten >&3
    check "$name: one hangs" wait_for test -e up
    check "$name: what was before it is out" wait_for same '1\n2\n3\n4\n' out
    kill -s "$name" $pid
    { wait $pid; status=$?; } 2>/dev/null
    exec 3>&-
    started=
    check "$name: status" test $status -eq "${signal#*:}"
    check "$name: nothing is left" wait_for none_left
    check "$name: the sums hold" sums_hold
    check "$name: what is out is what was ok" test "$(counted lines_ok)" -eq 4
    check "$name: what was not answered is rejected" test \
        "$(counted lines_rejected)" -gt 0
    check "$name: nothing is said" test ! -s err
done

# Job control: the processes stop too, and their time does.
env "$marker" "$WEIR" stream-jsonl -q -j 1 --exec-timeout 1 --pipe \
    'read -r x; sleep 0.5; echo "$x"' <fifo >out 2>err &
pid=$!
started=$pid
exec 3>fifo
echo 1 >&3
check 'a process runs' wait_for has_child
kill -s TSTP $pid
sleep 1.5
check 'stopped: no answer' test ! -s out
kill -s CONT $pid
check 'continued: the answer' wait_for test -s out
exec 3>&-
wait $pid
check 'continued: status 0' test $? -eq 0
started=
check 'in the end nothing is left' none_left
exit $failed
