#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Signals to stream-jsonl in the middle of an endless input.

# shellcheck disable=SC2317 # functions are called through check
set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/../cli/common.sh"

# The sums of the summary, if they are right.
sums_hold() {
    sed 's/.*"lines_read":\([0-9]*\),"lines_ok":\([0-9]*\),"lines_rejected":\([0-9]*\),"lines_blank":\([0-9]*\),.*/\1 \2 \3 \4/' summary |
        awk '{ exit !($1 == $2 + $3 + $4 && $1 > 0) }'
}

# What is out are whole lines, as many as were ok.
lines_hold() {
    test "$(sort -u out)" = 1 &&
        test "$(wc -l <out)" -eq "$(sed 's/.*"lines_ok":\([0-9]*\),.*/\1/' \
            summary)"
}

mkfifo in
for signal in TERM:143 HUP:129 INT:130; do
    name=${signal%:*}
    rm -f summary out
    yes '1

x' >in 2>/dev/null &
    writer=$!
    env --default-signal=INT,QUIT "$WEIR" stream-jsonl -q --on-error drop \
        --summary summary . in >out 2>err &
    pid=$!
    started="$writer $pid"
    wait_for test -s out
    kill -s "$name" $pid
    { wait $pid; status=$?; } 2>/dev/null
    kill $writer 2>/dev/null
    wait $writer 2>/dev/null
    started=
    check "$name: status" test $status -eq "${signal#*:}"
    check "$name: the sums hold" sums_hold
    check "$name: what was read is out" lines_hold
    check "$name: nothing is said" test ! -s err
done

# An input that nobody opens must not hold it.
"$WEIR" stream-jsonl . in >out 2>err &
pid=$!
started=$pid
sleep 0.5
kill -s TERM $pid
wait $pid
check 'a FIFO that nobody opens: status 143' test $? -eq 143

# A reader that takes nothing: the first signal waits for it, the second does
# not.
mkfifo full
yes 1 | env --default-signal=INT "$WEIR" stream-jsonl . >full 2>err &
(exec sleep 30) <full &
reader=$!
sleep 1
pid=$(pgrep -P $$ -x weir)
started="$reader $pid"
check 'a stuck reader: weir waits' test -n "$pid"
kill -s TERM "$pid"
sleep 0.5
began=$(now_ms)
kill -s TERM "$pid"
gone() {
    ! test -e "/proc/$1" || grep -q '^State:.Z' "/proc/$1/status"
}
check 'a stuck reader: the second signal ends it' wait_for gone "$pid"
check 'a stuck reader: at once' test $(($(now_ms) - began)) -lt 3000
kill $reader
exit $failed
