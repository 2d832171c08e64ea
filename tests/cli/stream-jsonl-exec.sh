#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --exec: every line is answered in its place or rejected by name, whatever the
# processes do.
#
# shellcheck disable=SC2016 # many words are for an inner shell
# shellcheck disable=SC2317 # functions are called through check

set -u
# shellcheck source=tests/cli/jsonl-common.sh
. "${0%/*}/jsonl-common.sh"

# An awk that waits for no more than a line.
awk='awk'
if awk -W version 2>&1 </dev/null | grep -q mawk; then
    awk='awk -W interactive'
fi
export awk

# place NAME WANT: `out` has WANT's line or an object with the right number, in
# each place, and as many objects as lines were rejected.
places_hold() {
    awk -v rejected="$(counted lines_rejected)" '
        NR == FNR { want[FNR] = $0; lines = FNR; next }
        $0 == want[FNR] { next }
        match($0, /"line_number":[0-9]+/) && /^{"error":"Exec error"/ &&
            substr($0, RSTART + 14, RLENGTH - 14) == FNR {
            objects++
            next
        }
        { print "line " FNR ": " $0; wrong = 1 }
        END { exit wrong || FNR != lines || objects + 0 != rejected }
    ' "$1" out
}

seq 1 100000 | sed 's/.*/{"n":&,"s":"some words, so that it is a line"}/' >in
head -n 3000 in >short

# Many lines.
for jobs in 1 2 8; do
    start=$(now_ms)
    run -j $jobs --exec cat . in
    took=$(($(now_ms) - start))
    check "cat, $jobs at once: status 0" test $status -eq 0
    check "cat, $jobs at once: as it came" cmp in out
    check "cat, $jobs at once: stderr is empty" test ! -s err
done
check "cat: 100,000 lines quickly ($took ms)" test "$took" -lt $((3000 * slow))

run -j 2 --exec 'sed -u "s/some/few/"' . in
sed 's/some/few/' in | cmp -s - out
check 'sed -u' test $? -eq 0
if command -v jq >/dev/null; then
    run -j 2 --exec 'jq -c --unbuffered .n' . short
    seq 1 3000 | cmp -s - out
    check 'jq --unbuffered' test $? -eq 0
else
    echo 'skip jq --unbuffered: no jq'
fi
if python3 -c '' 2>/dev/null; then
    cat >upper.py <<'X'
import sys
for line in sys.stdin:
    sys.stdout.write(line.upper())
    sys.stdout.flush()
X
    run -j 2 --exec 'python3 upper.py' . short
    tr '[:lower:]' '[:upper:]' <short | cmp -s - out
    check 'a Python script' test $? -eq 0
else
    echo 'skip a Python script: no python3'
fi

run -j 2 --exec 'while read -r line; do echo "not JSON: $line"; done' .n short
seq 1 3000 | sed 's/^/not JSON: /' | cmp -s - out
check 'answers need not be JSON' test $? -eq 0
printf '1\n2\n3\n' | "$WEIR" stream-jsonl --exec 'sed -u s/2//' >out
check 'an empty line is an answer' test "$(cat -A out)" = "$(printf '1$\n$\n3$')"

# Answers far longer than what is read: neither side waits for the other.
run -j 2 --exec '$awk "BEGIN { while (n++ < 500) s = s \"xxxxxxxxxx\" }
    { print s \$0; fflush() }"' .n short
check 'long answers: status 0' test $status -eq 0
check 'long answers: all are there' test "$(awk '
    length($0) == 5000 + length(NR) && substr($0, 5001) == NR' out |
    wc -l)" -eq 3000
# One that reads nothing for a while.
run -j 2 --exec 'sleep 0.5; cat' . in
check 'a late reader' cmp in out

# Who sleeps, dies and answers twice.
cat >odd.sh <<'X'
exec $awk -v id="${WEIR_TASK_ID#exec_}" -v seed="$1" '
    BEGIN { srand(seed * 1000 + id) }
    {
        r = rand()
        if (r < 0.002) exit 3
        if (r < 0.003) system("sleep 5")
        if (r < 0.005) { printf "%s!\n%s!\n", $0, $0; fflush(); next }
        print $0 "!"
        fflush()
    }'
X
seq 1 3000 | sed 's/$/!/' >want
for seed in 1 2 3; do
    jobs=$((seed * seed - seed + 1))
    run -j $jobs --buffer-size 20 --on-error wrap --exec "sh odd.sh $seed" \
        --exec-timeout $((200 * slow))ms .n short
    name="at random, seed $seed, $jobs at once"
    check "$name: each line in its place" places_hold want
    check "$name: status 1" test $status -eq 1
    check "$name: the sums hold" sums_hold
    check "$name: some are answered, some not" test \
        "$(counted lines_rejected)" -gt 3 -a "$(counted lines_ok)" -gt 2000
done

# named PLACE REASON: the line there is rejected, by the name of its process.
named() {
    grep -q "^weir: $1: exec: '.*': $2\$" err
}

# One fault at a time.
dies='$awk "\$0 == 5 { exit 3 } { print; fflush() }"'
run --exec "$dies" .n short
check 'a death: the line that was due is named' said "weir: short:5: exec: \
'$(printf %.40s "$dies")': ended with exit status 3 before it answered"
check 'a death: no other is lost' test "$(wc -l <out)" -eq 2999 \
    -a "$(wc -l <err)" -eq 1
run --exec 'while read -r n; do [ "$n" != 7 ] || kill -SEGV $$; echo "$n"
    done' .n short
check 'a signal' named short:7 \
    'killed by signal 11 (SEGV) before it answered'
run --exec-timeout 300ms --exec 'while read -r n; do
    [ "$n" != 9 ] || sleep 60; echo "$n"; done' .n short
check 'no answer in time' named short:9 'no answer within 0.3 s'
check 'no answer in time: no other is lost' test "$(wc -l <out)" -eq 2999
run --max-line 100 --exec '$awk "\$0 == 4 {
    while (i++ < 20) printf \"%s\", \"xxxxxxxxxx\" } { print; fflush() }"' \
    .n short
check 'a long answer' named short:4 \
    'answer of more than 100 bytes (--max-line)'
check 'a long answer: no other is lost' test "$(wc -l <out)" -eq 2999
cat >much.sh <<'X'
while read -r n; do
    [ "$n" != 23 ] || n=$(printf '%0120d' "$n")
    echo "$n"
done
X
run -j 1 --buffer-size 10 --max-output 100 --exec 'sh much.sh' .n short
check 'much in a block' said \
    "weir: short:23: exec: 'sh much.sh': answers to a block of more than 100 bytes (--max-output)"
check 'much in a block: its rest is rejected' test "$(wc -l <err)" -eq 8 \
    -a "$(wc -l <out)" -eq 2992
run -j 1 --buffer-size 10 --exec '$awk "{ print; if (\$0 == 15) print;
    fflush() }"' .n short
check 'two answers: the block is rejected' test "$(wc -l <out)" -eq 2990
check 'two answers: by name' named short:11 \
    "answered more lines than it was asked: this answer may be another's"
run -j 1 --buffer-size 10 --exec 'head -n 20; exec cat >/dev/null' \
    --exec-timeout 300ms .n short
check 'a pipe that is shut' test $status -eq 1
head -n 60 short >few
start=$(now_ms)
run -j 1 --exec 'read -r n; echo "$n"; exec sleep 60 >&-' .n few
took=$(($(now_ms) - start))
check 'stdout closed: each second line' test "$(cat out)" = "$(seq 1 2 60)"
check "stdout closed: who stays is not waited for ($took ms)" test \
    "$took" -lt $((2000 * slow))
check 'stdout closed: named' grep -q \
    "exec: 'read -r n; .*': closed its pipe before it answered" err

# Nothing but faults.
start=$(now_ms)
run --exec 'no-such-command-here' . in
check 'no such command: status 2' test $status -eq 2
check 'no such command: the message' said "weir: stream-jsonl: exec: \
'no-such-command-here': sh cannot find or run it (exit status 127)"
run -j 1 --exec 'exit 3' . in
check 'a command that only ends: status 1' test $status -eq 1
check 'a command that only ends: it is not started for ever' said "weir: \
stream-jsonl: exec: 'exit 3': 3 processes in a row gave no answer; the last \
one: ended with exit status 3 before it answered"
check 'a command that only ends: the sums hold' sums_hold
run -j 2 --exec yes . in
check 'a command that only speaks: status 1' test $status -eq 1
check 'a command that only speaks: no line' test ! -s out
check 'all of that at once' test $(($(now_ms) - start)) -lt $((4000 * slow))
echo 1 | "$WEIR" stream-jsonl -q --exec 'sed s/1/2/' --exec-timeout 300ms \
    >out 2>err
check 'a process that keeps its output: the hint' grep -q \
    ":1: exec: 'sed s/1/2/': no answer within 0.3 s; does it flush each line? (stdbuf" err

# The end.
run --exec 'cat; echo done >>ends; sleep 0.3; echo slept >>ends' -j 1 . in
check 'the end of stdin is waited for' test "$(cat ends)" = "$(printf 'done\nslept')"
run --exec 'cat; exit 4' . short
check 'a bad end: status 1' test $status -eq 1
check 'a bad end: the message' said "weir: stream-jsonl: exec: 'cat; exit 4' \
at the end of its input: exit status 4"
run --exec 'cat; sleep 60' --exec-timeout 300ms . short
check 'no end: status 1' test $status -eq 1
check 'no end: the message' said "weir: stream-jsonl: exec: 'cat; sleep 60' \
did not end within 0.3 s of the end of its input"
run -j 1 --exec 'cat; echo more' . short
check 'a line at the end: the message' grep -q \
    "answered more lines than it was asked, noticed after short:3000" err
check 'a line at the end: status 1' test $status -eq 1
{ echo 1; sleep 1; echo 2; sleep 1; } | "$WEIR" stream-jsonl -q --exec \
    'read -r x; echo "$x"; sleep 0.4; echo "$x"; cat' >out 2>err
check 'a line while idle: status 1' test $? -eq 1
check 'a line while idle: the message' grep -q 'noticed after <stdin>:1: ' err

# With the other options.
printf '1\nx\n3\n\n5\n' >mixed
echo 'exec $awk "\$0 == 3 { exit 1 } { print; fflush() }"' >third.sh
run --on-error wrap --exec 'sh third.sh' . mixed
cat >want <<'X'
1
{"error":"Invalid JSON","line":"x","line_number":2,"column":1,"reason":"expected a value"}
{"error":"Exec error","line":"3","line_number":3,"reason":"exec: 'sh third.sh': ended with exit status 1 before it answered"}
5
X
check 'wrapped lines stand in their places' cmp want out
printf '{"a": 1}\n{"a" :2}\nx\n{"a":3 }\n' >mixed
run --on-error drop --rejects rejects --exec \
    '$awk "\$0 != 1 { exit 1 } { print; fflush() }"' .a mixed
printf '{"a" :2}\nx\n{"a":3 }\n' | cmp -s - rejects
check 'rejected lines are kept as they came' test $? -eq 0
run -j 1 --on-error fail --exec '$awk "\$0 == 30 { exit 1 }
    { print; fflush() }"' .n short
seq 1 29 | cmp -s - out
check 'fail: what is before the first is written' test $? -eq 0
check 'fail: it is named' named short:30 \
    'ended with exit status 1 before it answered'
check 'fail: no other is' test "$(wc -l <err)" -eq 2
check 'fail: the counts' test "$(counted lines_ok) \
$(counted lines_rejected)" = '29 1'
printf '{"s":"one"}\n{"s":"two\\nlines"}\n{"s":"three"}\n' >text
run -r --exec cat .s text
check '-r: text' test "$(cat out)" = "$(printf 'one\nthree')"
check '-r: text with a newline is no line' said \
    'weir: text:2: a newline inside the output'
run --exec cat --pipe cat . short
check 'both: status 2' test $status -eq 2
run --exec cat --join-output . short
check '--join-output: status 2' test $status -eq 2
"$WEIR" stream-jsonl --exec cat . in 2>err | head -n 1 >out
check 'a reader that leaves: nothing is said' test ! -s err
(
    # shellcheck disable=SC3045 # dash, bash and busybox have it
    ulimit -n 24
    run -j 16 --exec cat . in
    exit $status
)
check 'few descriptors: status 0' test $? -eq 0
check 'few descriptors: all is there' cmp in out

# What a process finds.
run -j 1 --exec 'ls -l /proc/self/fd >fds; ps -o pid=,sid= $$ >session
    grep SigIgn /proc/self/status >ignored
    echo $WEIR_TASK_ID $WEIR_SLOT $WEIR_ATTEMPT >names; cat' . short
check 'three descriptors' test "$(grep -c ' [012] -> ' fds)" -eq 3 \
    -a "$(grep -c ' -> ' fds)" -eq 4
check 'a session of its own' test "$(awk '{ print $1 == $2 }' session)" = 1
check 'default signals' grep -q '0000000000000000' ignored
check 'its names' test "$(cat names)" = 'exec_1 1 1'

# Signals. INT is ignored in what a shell starts in the background.
for signal in TERM:143 INT:130; do
    name=${signal%:*}
    rm -f summary up out
    yes 1 | env --default-signal=INT,QUIT "$marker" "$WEIR" stream-jsonl -q \
        -j 2 --summary summary --exec \
        'trap "" TERM INT; : >up; sleep 60 & while read -r x; do
        sleep 0.01; echo "$x"; done' --buffer-size 50 >out 2>err &
    wait_for test -s out
    pid=$(pgrep -P $$ -x weir)
    started=$pid
    kill -s "$name" "$pid"
    { wait "$!"; status=$?; } 2>/dev/null
    started=
    check "$name: status" test $status -eq "${signal#*:}"
    check "$name: nothing is left" wait_for none_left
    check "$name: the sums hold" sums_hold
    check "$name: what is out is what was ok" test "$(wc -l <out)" -eq \
        "$(counted lines_ok)"
    check "$name: what was not answered is rejected" test \
        "$(counted lines_rejected)" -gt 0
    check "$name: nothing is said" test ! -s err
done

# Job control: the processes stop too, and their time does.
mkfifo fifo
env "$marker" "$WEIR" stream-jsonl -q -j 1 --exec-timeout 1 --exec \
    'while read -r x; do sleep 0.5; echo "$x"; done' <fifo >out 2>err &
pid=$!
started=$pid
exec 3>fifo
echo 1 >&3
sleep 0.2
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
