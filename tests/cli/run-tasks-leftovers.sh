#!/bin/sh
# SPDX-License-Identifier: MIT
#
# When a task ends, times out or is cancelled, nothing of it is left.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"

# A child in the background, one in a session of its own, one of a parent that
# is gone, one that runs on without the marker of weir; all ignore TERM.
cat >family <<'X'
trap '' TERM HUP INT
sleep 60 &
setsid sleep 60 &
(setsid sh -c 'sleep 60 & sleep 60' &)
(env -u WEIR_TASK_ID setsid sleep 60 &)
echo up
X

run_family() {
    printf '{"id":"a","env":{"%s":"%s"},"cmd":". ./family; %s"}\n' \
        "${marker%%=*}" "${marker#*=}" "$1" >list
    shift
    start=$(now_ms)
    "$WEIR" run-tasks -q "$@" list >out 2>err
    status=$?
    took=$(($(now_ms) - start))
}

run_family 'exit 0'
check 'the end: nothing is left' test -z "$(marked)"
check 'the end: completed' grep -q '"status":"completed"' out
check 'the end: soon' test $took -lt 4000

run_family 'while :; do sleep 1; done' --timeout 1 --grace 1
check 'the timeout: nothing is left' test -z "$(marked)"
check 'the timeout: the record' grep -q '"status":"failed".*"stdout":"up\\n".*"kind":"timeout","message":"timed out after 1 s"' out
check 'the timeout: the grace was kept' test $took -ge 1900
check "the timeout: and not much more ($took ms)" test $took -lt 4500
check 'the timeout: status 1' test $status -eq 1

run_family 'while :; do sleep 1; done' --deadline 1 --grace 500ms
check 'the deadline: nothing is left' test -z "$(marked)"
check 'the deadline: cancelled' grep -q '"status":"cancelled"' out
check 'the deadline: status 124' test $status -eq 124

run_family 'kill -9 $$'
check 'a death: nothing is left' test -z "$(marked)"
check 'a death: the record' grep -q '"kind":"signal"' out

# A stopped task, and one that stops its children.
run_family 'kill -STOP 0' --timeout 500ms --grace 500ms
check 'a stopped group: nothing is left' test -z "$(marked)"
check 'a stopped group: the record' grep -q '"kind":"timeout"' out

# While another task goes on, what one left behind is not everybody's.
{
    printf '{"id":"a","env":{"%s":"%s"},"cmd":". ./family"}\n' \
        "${marker%%=*}" "${marker#*=}"
    printf '{"id":"b","cmd":"sleep 1; echo done"}\n'
} >list
"$WEIR" run-tasks -q list >out 2>err &
pid=$!
sleep 0.6
early=$(marked)
wait $pid
check 'while others run: what carries its id is gone' test \
    "$(echo "$early" | wc -w)" -le 1
check 'while others run: all at the end' test -z "$(marked)"
check 'while others run: they are not touched' grep -q 'done' out
exit $failed
