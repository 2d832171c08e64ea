#!/bin/sh
# SPDX-License-Identifier: MIT
#
# weir ctl while a run has the state, begins or ends. CTL_SUBMITS=n: so many
# tasks are submitted at once, by eight clients.

# shellcheck disable=SC2317 # functions are called through check
set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"

ctl() {
    "$WEIR" ctl s "$@"
}

# is ID STATUS
is() {
    test "$(ctl status "$1" 2>/dev/null |
        "$WEIR" stream-jsonl -r .status)" = "$2"
}

# starts LIST OPTION...: a run that reads until `queue` is closed.
starts() {
    mkfifo queue
    "$WEIR" run-tasks -q --state s "$@" queue >out 2>err &
    pid=$!
    exec 3>queue
    wait_for test -S s.sock
}

# ends STATUS WHY
ends() {
    exec 3>&-
    wait $pid
    check "$2" test $? -eq "$1"
    rm -f queue s s.lock s-wal s-shm
}

starts -j 1
echo '{"id":"a","cmd":"while ! test -e go; do sleep 0.01; done"}' >&3
echo '{"id":"b","cmd":"echo b"}' >&3
check 'list, status: what runs' wait_for is a running
check 'what waits' wait_for is b pending
check 'the socket is for its owner alone' \
    test "$(stat -c %a s.sock)" = 600
ctl result a 2>/dev/null
check 'result: 124 before the end' test $? -eq 124
ctl result a --wait 100ms 2>/dev/null
check 'result --wait: 124 after the time' test $? -eq 124
"$WEIR" ctl s result a --wait 60 >got 3>&- &
waiter=$!
"$WEIR" ctl s result later --wait 60 >got.later 3>&- &
later=$!
"$WEIR" ctl s result gone --wait 60 >/dev/null 2>&1 3>&- &
gone=$!
kill -s KILL $gone
{ wait $gone; } 2>/dev/null
touch go
wait $waiter
check 'result --wait: the record once it is there' \
    test "$("$WEIR" stream-jsonl -r .task_id got)" = a
echo '{"id":"later","cmd":"true"}' >&3
wait $later
check 'also of one that comes later' \
    test "$("$WEIR" stream-jsonl -r .task_id got.later)" = later

check 'submit' test "$(ctl submit '{"id":"c","cmd":"echo c"}' \
    --format text)" = c
check 'what was submitted is run' \
    test "$(ctl result c --wait 60 | "$WEIR" stream-jsonl .result.stdout)" \
    = '"c\n"'
ctl submit '{"id":"c","cmd":"true"}' >/dev/null 2>&1
check 'submit: not twice' test $? -eq 65
ctl submit '{"id":"d","cmd":"true","after":"none"}' >/dev/null 2>&1
check 'submit: not after what is not done' test $? -eq 65
check 'submit: after what is done' test "$(ctl submit --format text \
    '{"id":"e","cmd":"echo e","after":"c"}')" = e

ctl pause >/dev/null
ctl submit '{"id":"f","cmd":"echo f"}' >/dev/null
check 'pause: nothing is started' wait_for is f pending
ctl cancel f >said
check 'cancel: one that waits' grep -q 'it was not running' said
check 'it is cancelled' wait_for is f cancelled
ctl resume >/dev/null
echo '{"id":"g","cmd":"sleep 60"}' >&3
check 'resume: tasks are started' wait_for is g running
ctl jobs 3 >/dev/null
echo '{"id":"h","cmd":"sleep 60"}' >&3
check 'jobs: more at once' wait_for is h running
ctl jobs 0 2>/dev/null
check 'jobs: not none' test $? -eq 2
ctl jobs 1 >/dev/null
ctl cancel g >said
check 'cancel: one that runs' grep -q 'it was running' said
ctl cancel h >said
ctl wait 50ms 2>/dev/null
check 'wait: 124 after the time' test $? -eq 124
"$WEIR" ctl s wait 60 3>&- &
waiter=$!
ends 1 'what was cancelled was not completed'
wait $waiter
check 'wait: 0 at the end' test $? -eq 0
check 'no socket is left' test ! -e s.sock

rm -f go
starts
echo 'sleep 60' >&3
check 'a task runs' wait_for is task_1 running
ctl stop >/dev/null
check 'stop: what runs is ended' wait_for grep -q 'stopped by weir ctl' err
ends 1 'and the status is 1'

# Killed: a socket is left, and harms nobody.
starts
echo '{"id":"a","cmd":"sleep 60"}' >&3
check 'a task runs' wait_for is a running
# What runs is written a moment later.
is_kept() {
    test "$(sqlite3 s 'SELECT count(*) FROM running')" = 1
}
check 'and the file knows it' wait_for is_kept
find_engine $pid
kill -s KILL "$engine"
{ wait $pid; } 2>/dev/null
free() {
    flock -n s.lock true
}
check 'the lock is free after kill -9' wait_for free
check 'list: with a socket that nobody has' \
    test "$(ctl list | "$WEIR" stream-jsonl -c '[.task_id,.error.kind]')" = \
    '["a","interrupted"]'
check 'submit: likewise' test "$(ctl submit --format text true)" = \
    submitted_2
exec 3>&-
"$WEIR" run-tasks -q --state s /dev/null >out
check 'the next run has it' test "$("$WEIR" stream-jsonl .task_id out)" = \
    '"submitted_2"'
rm -f queue s s.lock

# Many at once, while the run begins, goes on and ends over and over.
submits=${CTL_SUBMITS:-80}
each=$((submits / 8))
for client in 1 2 3 4 5 6 7 8; do
    (
        n=0
        while [ $n -lt $each ]; do
            n=$((n + 1))
            ctl submit "echo $client.$n >>ran" >/dev/null 2>>failed || break
        done
    ) &
    clients="${clients:-} $!"
done
runs=0
busy() {
    for client in $clients; do
        kill -s 0 "$client" 2>/dev/null && return
    done
    return 1
}
while busy; do
    "$WEIR" run-tasks -q --if-running wait --state s -- sleep ::: 0.05 >>out
    runs=$((runs + 1))
done
# shellcheck disable=SC2086 # one word for each
wait $clients
"$WEIR" run-tasks -q --state s /dev/null >>out
cat failed
check 'all that were submitted were taken' test ! -s failed
check "each of $submits ran once, in $runs runs" \
    test "$(sort ran | uniq | wc -l) $(wc -l <ran)" = "$submits $submits"
exit $failed
