#!/bin/sh
# SPDX-License-Identifier: MIT
#
# weir is killed with KILL: its tasks end with it.

# shellcheck disable=SC2317 # functions are called through check
set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/../cli/common.sh"

nothing_marked() {
    test -z "$(marked)"
}

for _ in 1 2 3 4; do
    printf '{"argv":["sleep","60"],"env":{"%s":"%s"}}\n' \
        "${marker%%=*}" "${marker#*=}"
done >list
"$WEIR" run-tasks list >out 2>err &
pid=$!
started=$pid
four() {
    test "$(marked | wc -w)" -eq 4
}
check 'four tasks run' wait_for four
kill -s KILL $pid
{ wait $pid; } 2>/dev/null
check 'kill -9: no task is left' wait_for nothing_marked

# KILL while it starts one task after the other.
for delay in 0.05 0.1 0.15; do
    yes "{\"argv\":[\"sleep\",\"0.02\"],\"env\":{\"${marker%%=*}\":\"${marker#*=}\"}}" 2>/dev/null |
        head -n 2000 >list
    # A file of its own: an engine that outlived its supervisor for a moment
    # still writes where it was.
    "$WEIR" run-tasks -j 8 list >"out$delay" 2>err &
    pid=$!
    started=$pid
    sleep $delay
    kill -s KILL $pid
    { wait $pid; } 2>/dev/null
    check "kill -9 after $delay s: no task is left" wait_for nothing_marked
    sed '$d' "out$delay" >whole
    check "kill -9 after $delay s: whole records" is_jsonl whole
done
exit $failed
