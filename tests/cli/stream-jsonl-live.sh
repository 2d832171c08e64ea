#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A writer that pauses has its lines processed and written at once.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"

# shellcheck disable=SC2317 # called through check
has() {
    [ "$(cat "$1")" = "$2" ]
}

mkfifo in
"$WEIR" stream-jsonl .a in >out 2>err &
pid=$!
exec 3>in
echo '{"a":1}' >&3
check 'a line is out while its writer stays' wait_for has out 1
printf '{"a":' >&3
sleep 0.3
check 'half a line is not' wait_for has out 1
echo '2}' >&3
check 'until its other half comes' wait_for has out "$(printf '1\n2')"
echo 'x' >&3
check 'a fault is named at once' wait_for has err \
    'weir: in:3:1: invalid JSON: expected a value'
printf '{"a":4}' >&3
exec 3>&-
wait $pid
check 'the end: status 1' test $? -eq 1
check 'a last line without newline is out' wait_for has out "$(printf '1\n2\n4')"

echo '{"a":"old"}' >log
tail -n +1 -f log >tail.out &
tail=$!
tail -n +1 -f --pid=$$ log | "$WEIR" stream-jsonl .a >out 2>err &
check 'tail -f: what is there' wait_for has out '"old"'
echo '{"a":"new"}' >>log
check 'tail -f: what is added' wait_for has out "$(printf '"old"\n"new"')"
kill $tail
wait $tail 2>/dev/null
check 'stderr is empty' test ! -s err
exit $failed
