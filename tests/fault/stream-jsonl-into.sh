#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --into, broken off: the database has all rows of a run or none, and those of
# the runs before. WEIR_KILLS=N for more than a few.

# shellcheck disable=SC2317 # functions are called through check
set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/../cli/common.sh"

kills=${WEIR_KILLS:-12}

# as_before N: no damage, and N runs of 20000 rows.
as_before() {
    test "$(sqlite3 db 'pragma integrity_check; select count(*), sum(id) from t')" \
        = "ok
$((20000 * $1))|$((200010000 * $1))"
}

seq 1 20000 | sed 's/.*/{"id":&,"text":"some text of row &"}/' >in
"$WEIR" stream-jsonl . in --into db --table t >out 2>err
check 'a run' as_before 1

# The time of a run tells where to kill: anywhere in it.
runs=1
for i in $(seq "$kills"); do
    "$WEIR" stream-jsonl . in --into db --table t >out 2>err &
    pid=$!
    sleep "$(awk "BEGIN { print 0.01 + 0.2 * $i / $kills }")"
    kill -9 $pid 2>/dev/null
    { wait $pid; status=$?; } 2>/dev/null
    [ $status -ne 0 ] || runs=$((runs + 1))
    # A commit may be done when the status is not given yet.
    if [ $status -ne 0 ] && as_before $((runs + 1)); then
        runs=$((runs + 1))
    fi
    as_before $runs || {
        check "killed ($i): all or none" false
        break
    }
done
check "$kills times killed: all rows of a run or none" as_before $runs
"$WEIR" stream-jsonl . in --into db --table t >out 2>err
check 'and the next run is as ever' as_before $((runs + 1))
runs=$((runs + 1))

"$WEIR" stream-jsonl 'if .id == 19000 then error("x") else . end' in \
    --into db --table t >out 2>err
check 'a rejected line: status 1' test $? -eq 1
check 'and none' as_before $runs

# A disk that fills up: no file may have more than so many blocks.
size=$(($(stat -c %s db) / 1024))
for more in 1 17 100 400; do
    (
        trap '' XFSZ
        ulimit -f $(((size + more) * 2))
        exec "$WEIR" stream-jsonl -q . in --into db --table t >out 2>err
    )
    check "a full disk ($more): status 74" test $? -eq 74
    check "a full disk ($more): none" as_before $runs
    (
        ulimit -f $((more * 2))
        exec "$WEIR" stream-jsonl -q . in --into fresh --table t >out 2>err
    )
    check "a full disk ($more), a new file: status 74" test $? -eq 74
    check "a full disk ($more), a new file: it is gone" test ! -e fresh
done
check 'nothing else stays' test "$(ls)" = 'db
err
in
out'
exit $failed
