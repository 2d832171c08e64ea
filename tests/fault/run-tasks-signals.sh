#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Signals to run-tasks: once, twice, from timeout(1), under nohup, job control.

# shellcheck disable=SC2317 # functions are called through check
set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/../cli/common.sh"

# begin OPTION...: weir with one task that runs, one that ignores TERM if
# `deaf` is set, and one that waits; `pid` is weir's.
begin() {
    rm -f up out err summary
    trap=
    [ -z "${deaf:-}" ] || trap="trap '' TERM; "
    cat >list <<X
{"id":"a","env":{"${marker%%=*}":"${marker#*=}"},"cmd":"${trap}touch up; while :; do sleep 0.1; done"}
{"id":"b","cmd":"touch never"}
X
    # A shell starts background jobs with INT ignored; a terminal does not.
    env --default-signal=INT,QUIT "$WEIR" run-tasks -j1 --ordered \
        --summary summary "$@" list >out 2>err &
    pid=$!
    started=$pid
    wait_for test -e up || echo 'the task did not start'
}

# end: waits for weir; sets `status` and `took` from the call of `send`.
send() {
    began=$(now_ms)
    kill -s "$1" "$pid"
}

end() {
    # The shell's own words about a death by INT are not weir's.
    { wait "$pid"; status=$?; } 2>/dev/null
    took=$(($(now_ms) - began))
    started=
}

records() {
    field status | tr '\n' ' '
}

for signal in INT:130 TERM:143 HUP:129; do
    name=${signal%:*}
    begin --grace 5
    send "$name"
    end
    check "$name: status" test $status -eq "${signal#*:}"
    check "$name: within the grace" test $took -lt 3000
    check "$name: a record for each" test "$(records)" = \
        '"cancelled" "cancelled" '
    check "$name: what they say" test "$(field error.message | tr '\n' ' ')" = \
        '"cancelled while it ran" "cancelled before it started" '
    check "$name: the sums" grep -q '"cancelled":2,' summary
    check "$name: status in the summary" \
        grep -q "\"exit_status\":${signal#*:}," summary
    check "$name: one line" test "$(wc -l <err)" -eq 1
    check "$name: nothing is left" test -z "$(marked)"
    check "$name: nothing new was started" test ! -e never
done

# A caller that waits must see the signal, not the number: a shell loop stops.
echo 'sleep 20' >list
python3 - "$WEIR" >how.txt 2>/dev/null <<'X'
import signal, subprocess, sys, time
p = subprocess.Popen([sys.argv[1], "run-tasks", "-q", "list"],
                     stdout=subprocess.DEVNULL)
time.sleep(0.5)
p.send_signal(signal.SIGINT)
print(p.wait())
X
if [ -s how.txt ]; then
    check 'INT: it dies by the signal itself' test "$(cat how.txt)" = -2
else
    echo 'skip INT: it dies by the signal itself: no python3'
fi

deaf=yes
begin --grace 1
send TERM
end
check 'a deaf task: killed after the grace' test $took -ge 900
check "a deaf task: and not much later ($took ms)" test $took -lt 3000
check 'a deaf task: its record' grep -q '"status":"cancelled".*"signal":9' out

begin --grace 30
send TERM
sleep 0.5
kill -s TERM "$pid"
end
check 'the second signal ends at once' test $took -lt 3000
check 'the second signal: status 143' test $status -eq 143
check 'the second signal: nothing is left' test -z "$(marked)"

begin --grace 30
send INT
sleep 0.5
kill -s TERM "$pid"
end
check 'another signal is a second too' test $took -lt 3000

# A pair within a moment is one: timeout(1) sends to weir and to its group.
begin --grace 1
send TERM
kill -s TERM "$pid"
end
check 'a pair of signals is one: the grace is kept' test $took -ge 900
check 'a pair of signals is one: records' test "$(records)" = \
    '"cancelled" "cancelled" '
deaf=

echo '{"id":"a","cmd":"trap \"echo mine; exit 0\" TERM; sleep 20 & wait"}' >list
timeout -s TERM 1 "$WEIR" run-tasks --grace 5 list >out 2>err
check 'timeout -s TERM: its status' test $? -eq 124
check 'timeout -s TERM: the task had its grace' grep -q '"stdout":"mine\\n"' out

# nohup: HUP is ignored at the start.
echo 'sleep 1; echo done' >list
nohup "$WEIR" run-tasks list >out 2>err &
pid=$!
sleep 0.3
kill -s HUP $pid
wait $pid
check 'nohup: HUP is ignored' test $? -eq 0
check 'nohup: the task was not touched' grep -q 'done' out

begin
kill -s USR1 "$pid"
check 'USR1: the figures' wait_for grep -q \
    '^weir: 0/2 tasks, 0 failed, 1 running, 0.0/s, [0-9]*s' err
check 'USR1: what runs, by process, attempt, id and command' wait_for grep -Eq \
    '^ +[0-9]+ +[0-9]+[.][0-9]{3} +1  [a-z]' err
kill -s USR1 "$pid"
check 'USR1: again' wait_for test "$(grep -c running err)" -ge 1
send TERM
end
check 'USR1: the run went on' test $status -eq 143

# Job control: the task stops and goes on with weir.
state() {
    awk '{ print $3 }' "/proc/$1/stat"
}
is_stopped() {
    test "$(state "$1")" = T
}
is_running() {
    test "$(state "$1")" != T
}
begin
task=$(marked | awk '{ print $1 }')
kill -s TSTP "$pid"
check 'TSTP: weir stops' wait_for is_stopped "$pid"
check 'TSTP: its task too' wait_for is_stopped "$task"
kill -s CONT "$pid"
check 'CONT: weir goes on' wait_for is_running "$pid"
check 'CONT: its task too' wait_for is_running "$task"
send TERM
end
check 'CONT: and ends as usual' test $status -eq 143

# A task that waits for its next attempt keeps the record of the last.
echo '{"id":"a","cmd":"exit 7","retries":5}' >list
"$WEIR" run-tasks -v --retry-delay 1h --retry-max-delay 1h list >out 2>err &
pid=$!
wait_for grep -q 'again in' err
kill -s TERM $pid
wait $pid
check 'between attempts: status 143' test $? -eq 143
check 'between attempts: the last failure' test "$(field error.message)" = \
    '"exit status 7"'

# The list stays open and silent: it still ends at once.
mkfifo fifo
"$WEIR" run-tasks fifo >out 2>err &
pid=$!
sleep 0.5
kill -s TERM $pid
wait $pid
check 'a list that nobody opens: status 143' test $? -eq 143
sleep 30 >fifo &
started=$!
"$WEIR" run-tasks fifo >out 2>err &
pid=$!
sleep 0.5
kill -s INT $pid
sleep 0.3
kill -s TERM $pid
wait $pid
check 'a list that stays open: it ends' test $? -ge 128
exit $failed
