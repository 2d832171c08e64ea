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
