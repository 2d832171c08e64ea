#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Each of the three timeouts means what it says, and says which it is.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

start_server
url=http://127.0.0.1:$port

# timed NAME PATH MESSAGE LOW HIGH OPTION...
timed() {
    rule=$1 path=$2 message=$3 low=$4 high=$5
    shift 5
    "$WEIR" fetch --retries 0 "$@" "$url$path" >record 2>log
    check "${rule}_fails_the_request" test $? -eq 1
    check "${rule}_is_of_kind_timeout" test "$(kinds record)" = timeout
    check "${rule}_says_which" test "$(messages record)" = "$message"
    check "${rule}_is_exact" between "$(number record time_total)" "$low" \
        "$high"
}

silence='read timed out: no byte for 0.5 s'
timed silence /stall "$silence" 0.5 0.7 --read-timeout 500ms
timed silence_in_headers /stall-headers "$silence" 0.5 0.7 --read-timeout 500ms
timed silence_in_the_body /stall-body/100 "$silence" 0.5 0.7 \
    --read-timeout 500ms
timed the_total /drip/100/50 'total timed out after 0.5 s' 0.5 0.7 -m 0.5
timed the_total_of_a_silent_one /stall 'total timed out after 0.4 s' 0.4 0.6 \
    -m 0.4

# Each is exact while 50 requests wait for their place. A busy machine is late
# at times; on a quiet one: TRIALS=100 LATE_MS=100 chrt -f 10 ...
trials=${TRIALS:-10} late_ms=${LATE_MS:-2500}

# The trials of ten hosts at once, since one that fails gets one at a time.
trials_of() {
    seq 1 $((trials + 50)) | while read -r n; do
        echo "$1://127.0.0.$((n % 10 + 1)):$2$3?$n"
    done
}

# How long each attempt took by its events, in ms, and how far the worst is off.
worst_of() {
    sed -n 's/.*T\(..\):\(..\):\([0-9.]*\)Z","task_id":"\([^"]*\)","status":"\(running\|failed\)".*/\1 \2 \3 \4 \5/p' events |
        awk -v asked="$1" -v trials="$trials" '
            { at = ($1 * 60 + $2) * 60 + $3 }
            $5 == "running" { begun[$4] = at }
            $5 == "failed" && count < trials {
                off = (at - begun[$4] + 86400) % 86400 * 1000 - asked
                if (off < 0) off = -off
                if (off > worst) worst = off
                count++
            }
            END { printf "%d %.0f\n", count, worst }'
}

# exact NAME SCHEME PORT PATH MESSAGE OPTION...
exact() {
    rule=$1 message=$5
    trials_of "$2" "$3" "$4" >list
    shift 5
    "$WEIR" fetch -i list -j 10 --retries 0 --breaker 0 --events events \
        --max-errors $((trials - 1)) "$@" >records 2>log
    worst=$(worst_of 500)
    check "${rule}_has_all_trials" test "${worst% *}" -eq "$trials"
    check "${rule}_is_the_only_one" test \
        "$(messages records | grep -v '^cancelled' | sort -u)" = "$message"
    check "${rule}_is_exact_with_50_waiting" between "${worst#* }" 0 "$late_ms"
    [ -z "${TRIALS:-}" ] || echo "# $rule: off by ${worst#* } ms at most"
}

server_options=--any start_server
exact read http "$port" /stall "$silence" --read-timeout 500ms -m 0
exact total http "$port" /stall 'total timed out after 0.5 s' -m 0.5
exact total_of_a_slow_one http "$port" /drip/100/40 \
    'total timed out after 0.5 s' -m 0.5
exact handshake https "$port" / 'connect timed out after 0.5 s' -k \
    --connect-timeout 500ms

# A server whose queue is full does not answer at all.
if python3 -c '' 2>/dev/null; then
    python3 -c '
import socket, time
s = socket.socket()
s.bind(("", 0))
s.listen(0)
full = [socket.socket() for i in range(4)]
for c in full:
    c.setblocking(False)
    c.connect_ex(("127.0.0.1", s.getsockname()[1]))
time.sleep(0.1)
print(s.getsockname()[1], flush=True)
time.sleep(600)
' >full &
    started="$started $!"
    wait_for test -s full
    exact connect http "$(cat full)" / 'connect timed out after 0.5 s' \
        --connect-timeout 500ms
fi

# Bytes that keep coming are no silence, however slow they are.
"$WEIR" fetch --read-timeout 300ms "$url/drip/20/50" >record
check a_slow_body_is_not_silent test $? -eq 0

# Waiting for a place counts towards none: ten of 0.2 s, one after the other.
seq 1 10 | sed "s|.*|$url/delay/200?&|" |
    "$WEIR" fetch -j 1 -m 0.6 --read-timeout 600ms --retries 0 >records
check waiting_for_a_place_does_not_count test $? -eq 0
check waiting_is_told_apart between \
    "$(grep task_10 records | number /dev/stdin time_queue)" 1.7 5

# A line may have its own.
echo "{\"url\":\"$url/stall\",\"timeout\":0.2}" |
    "$WEIR" fetch --retries 0 >record 2>log
check a_line_has_its_own_timeout test "$(messages record)" = \
    'total timed out after 0.2 s'

exit $failed
