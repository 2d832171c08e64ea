#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A list of 100,000 from a pipe, in constant memory.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"
[ "$VARIANT" = plain ] || {
    echo "skip memory: a sanitizer has its own"
    exit 0
}

mkfifo list
"$WEIR" run-tasks -j 4 list >out 2>err &
pid=$!
exec 3>list
yes '{"argv":["true"]}' | head -n 100000 >&3
# The list stays open until the last record is there.
tries=0
while [ "$(wc -l <out)" -lt 100000 ] && [ $tries -lt 250 ]; do
    tries=$((tries + 1))
    sleep 1
done
find_engine $pid
peak=$(peak_kb "$engine")
exec 3>&-
wait $pid
check 'status 0' test $? -eq 0
check "a peak below 50 MB ($peak KB)" test "$peak" -lt 51200
check 'a record for each' test "$(grep -c '"status":"completed"' out)" \
    -eq 100000
check 'each once' test "$(sed 's/,.*//' out | sort -u | wc -l)" -eq 100000
check 'nothing was said' test ! -s err
exit $failed
