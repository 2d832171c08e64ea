#!/bin/sh
# SPDX-License-Identifier: MIT
#
# How many run at once, when each starts, and how long a task may hold the run.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"
slow=1
[ "$VARIANT" = plain ] || slow=5

# The most that ran at once, from the lines + and - of `log`.
most() {
    awk '/\+/ { n++ } /-/ { n-- } n > most { most = n } END { print most }' log
}

for jobs in 1 3 16; do
    : >log
    yes 'echo + >>log; sleep 0.2; echo - >>log' | head -n $((4 * jobs)) |
        "$WEIR" run-tasks -j $jobs >out 2>err
    check "-j $jobs: all were run" test "$(grep -c . log)" -eq $((8 * jobs))
    check "-j $jobs: so many at once, no more" test "$(most)" -eq $jobs
    check "-j $jobs: nothing was said" test ! -s err
done

# A task is run before the next is written: the list is a live queue.
mkfifo list
"$WEIR" run-tasks --ordered list >out 2>err &
pid=$!
exec 3>list
echo 'touch first' >&3
check 'a task runs while the list stays open' wait_for test -e first
check 'its record is out' wait_for grep -q '"task_id":"task_1"' out
echo '{"cmd":"touch second","id":"b"}' >&3
check 'so does the next' wait_for test -e second
check 'and its record' wait_for grep -q '"task_id":"b"' out
exec 3>&-
wait $pid
check 'the end of the list ends the run' test $? -eq 0

# Who is left behind and holds the output does not hold the run.
start=$(now_ms)
echo 'LEFT=behind sleep 30 & echo hi' | "$WEIR" run-tasks >out 2>err
took=$(($(now_ms) - start))
check 'a background process does not hold the run' test $took -lt 2000
check 'what was printed is there' grep -q '"stdout":"hi\\n"' out
check 'and it is gone' test -z \
    "$(grep -la LEFT=behind /proc/[0-9]*/environ 2>/dev/null)"

# One that prints now and then holds it for a second at most.
start=$(now_ms)
echo '(while :; do echo x; sleep 0.02; done) & setsid sh -c "while :; do
    echo y; sleep 0.02; done" & exit 0' | tr '\n' ' ' |
    "$WEIR" run-tasks >out 2>err
took=$(($(now_ms) - start))
check 'a noisy one does not either' test $took -lt 3000
check 'the task is completed' grep -q '"status":"completed"' out
# A reader that does not read holds the run no longer than its deadline.
yes 'head -c 60000 /dev/zero' | head -n 20 >many
mkfifo stuck
exec 4<>stuck
start=$(now_ms)
"$WEIR" run-tasks -q --deadline 500ms --grace 300ms --summary sum many \
    >stuck 2>err
status=$?
took=$(($(now_ms) - start))
exec 4>&-
check 'a stuck stdout: status 124' test $status -eq 124
check "a stuck stdout: soon after the grace ($took ms)" test $took -lt $((1900 * slow))
check 'a stuck stdout: one line' test "$(wc -l <err)" -eq 1
check 'a stuck stdout: it is said' grep -q 'stdout does not take all results: deadline passed: ' err
check 'a stuck stdout: the summary' grep -q '"exit_status":124' sum
exit $failed
