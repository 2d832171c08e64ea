#!/bin/sh
# SPDX-License-Identifier: MIT
#
# weir fetch --state: what was completed is not asked for again.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"
start_server
base=http://127.0.0.1:$port

# fetches NAME OPTION...: its records are in NAME, the status in `status`.
fetches() {
    records=$1
    shift
    "$WEIR" fetch -q --state s --retries 0 "$@" >"$records" 2>err
    status=$?
}

# ids NAME: of the records, sorted, on one line.
ids() {
    "$WEIR" stream-jsonl -r .task_id "$1" | sort | tr '\n' ' '
}

printf '%s\n' "$base/count/a" "$base/status/500" \
    "{\"url\":\"$base/count/b\",\"id\":\"b\"}" >list
fetches first -i list
check 'all are asked for' test "$status $(ids first)" = '1 b task_1 task_2 '
fetches second -i list
check 'only what failed is asked for again' \
    test "$status $(ids second)" = '1 task_2 '
check 'attempts count those before' test \
    "$("$WEIR" stream-jsonl .attempts second)" = 2
printf '%s\n' "$base/count/a" "{\"url\":\"$base/count/c\",\"id\":\"b\"}" >list
fetches third -i list
check 'a URL that has changed is asked for' \
    test "$status $(ids third)" = '0 b '
fetches fourth -i list -X POST
check 'another method is another request' \
    test "$(ids fourth)" = 'b task_1 '
fetches fifth -i list --rerun all --summary sum
check '--rerun all' test "$(ids fifth)" = 'b task_1 '
fetches sixth -i list --summary sum
check 'the summary counts what was skipped' \
    test "$("$WEIR" stream-jsonl -c '[.requests,.skipped]' sum)" = '[0,2]'
check 'ctl has the record' test "$("$WEIR" ctl s result b |
    "$WEIR" stream-jsonl .result.http_code)" = 200
fetches file "$base/count/e"
fetches file -O "$base/count/e"
check 'into a file is another request' test "$(wc -l <file) $(cat e)" = '1 2'
# One that was running when its run was killed.
echo "$base/stall" >stalls
"$WEIR" fetch --state k -i stalls >killed 2>err &
weir=$!
started="$started $weir"
# shellcheck disable=SC2317 # called by wait_for
is_running() {
    "$WEIR" ctl k list --status running | grep -q task_1
}
wait_for is_running
# The run is a child of what was started, and ends with it.
kill -KILL $weir
wait $weir
"$WEIR" fetch -q --state k --if-running wait -i stalls \
    --on-interrupted fail >failed 2>err
check 'what was interrupted is not asked for, if so said' \
    test "$(kinds failed)" = interrupted
# A line may have a password in it.
fetches seventh "http://me:secret@127.0.0.1:$port/count/d"
grep -qa secret s s-wal 2>/dev/null
check 'no password is in the state' test $? -ne 0
# A state that takes no more: what is lost is named, but not thousands of lines.
seq 2000 | sed "s|.*|$base/name/&|" >list
(
    ulimit -f 200
    exec "$WEIR" fetch -q --body none --state full -i list 2>log
) | cat >out
check 'a full state ends the run' grep -q \
    'weir: fetch: full: results cannot be recorded' log
check 'what was lost is named, or counted' test "$(wc -l <log)" -le 22
check 'what is reported is kept' test "$(count out completed)" -eq \
    "$("$WEIR" ctl full list --status completed | wc -l)"
(
    flock 9
    fetches eighth -i list
    check 'one run at a time' test $status -eq 75
    fetches eighth -i list --if-running skip
    check '--if-running skip' test $status -eq 0
    exit $failed
) 9>>s.lock || failed=1
exit $failed
