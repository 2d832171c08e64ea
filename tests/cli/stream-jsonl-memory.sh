#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Memory stays the same however long a line or an input is.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"
most_kb=102400
[ "$VARIANT" = plain ] || {
    echo "skip memory: a sanitizer has its own"
    exit 0
}

mkfifo in
for policy in report wrap; do
    "$WEIR" stream-jsonl -q -j 2 --on-error $policy . in >out 2>err &
    pid=$!
    exec 3>in
    head -c 200000000 /dev/zero | tr '\0' x >&3
    printf '\n"after"\n' >&3
    check "$policy: the line after one of 200 MB" wait_for grep -q after out
    peak=$(peak_kb $pid)
    exec 3>&-
    wait $pid
    check "$policy: status 1" test $? -eq 1
    check "$policy: a peak below 100 MB ($peak KB)" test "$peak" -lt $most_kb
done
check 'the line is named' test "$(cat err)" = ''
check 'its start is wrapped' test "$(head -c 40 out)" = \
    '{"error":"Invalid JSON","line":"xxxxxxxx'

# Lines as long as may be, and a reader that takes nothing.
mkfifo out.fifo
"$WEIR" stream-jsonl -q -j 2 . in >out.fifo &
pid=$!
exec 4<out.fifo
{
    for _ in 1 2 3 4 5 6; do
        printf '"' && head -c 16000000 /dev/zero | tr '\0' x && echo '"'
    done
    yes '{"a":[1,2,3]}'
} >in 2>/dev/null 4<&- &
writer=$!
sleep 2
peak=$(peak_kb $pid)
exec 4<&-
wait $pid
check 'a stuck reader: status 74' test $? -eq 74
check "a stuck reader: the items bound it ($peak KB)" test "$peak" -lt 400000
wait $writer 2>/dev/null
exit $failed
