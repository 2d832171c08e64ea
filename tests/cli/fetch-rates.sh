#!/bin/sh
# SPDX-License-Identifier: MIT
#
# When a host says to come later, and when we say how often: Retry-After in its
# forms, for the whole host, and --rate.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

start_server
one=$port
start_server
two=$port
url=http://127.0.0.1:$one

# waited NAME LOW HIGH VALUE OPTION...: two attempts, and the seconds between.
waited() {
    rule=$1 low=$2 high=$3 value=$4
    shift 4
    begun=$(date +%s.%N)
    "$WEIR" fetch --retries 1 --retry-delay 1ms "$@" \
        "$url/status/429/retry-after/$value" >record 2>log
    ended=$(date +%s.%N)
    check "${rule}_is_tried_again" test "$(number record attempts)" -eq 2
    check "${rule}_is_obeyed" between \
        "$(echo "$begun $ended" | awk '{ print $2 - $1 }')" "$low" "$high"
}

waited seconds 1 6 1
waited more_than_the_longest_delay 0.3 6 999999999 --retry-max-delay 300ms
waited too_large_a_number 0.3 6 99999999999999999999999 \
    --retry-max-delay 300ms
waited a_date_in_the_past 0 5 'Sun,%2006%20Nov%201994%2008:49:37%20GMT'
waited garbage 0 5 'soon'
waited a_negative_number 0 5 '-5'
date=$(date -u -d '+3 seconds' '+%a, %d %b %Y %H:%M:%S GMT' | sed 's/ /%20/g')
waited a_date 1.2 9 "$date"

# It is the host that wants to be left alone: the other waits too, and those of
# another host do not.
printf '%s\n' "$url/status/503/retry-after/1" "$url/bytes/1" \
    "http://127.0.0.1:$two/bytes/1" >urls
"$WEIR" fetch -i urls --retries 0 >records 2>log
check the_whole_host_is_held between \
    "$(grep task_2 records | number /dev/stdin time_queue)" 0.9 6
check the_others_are_not between \
    "$(grep task_3 records | number /dev/stdin time_queue)" 0 0.8

# A POST that is told to come again does so.
"$WEIR" fetch -d x --retries 1 --retry-delay 1ms --retry-max-delay 10ms \
    "$url/status/503/retry-after/1" >record 2>log
check a_post_comes_again_if_asked test "$(number record attempts)" -eq 2
"$WEIR" fetch -d x --retries 1 --retry-delay 1ms "$url/status/503" >record 2>log
check else_it_does_not test "$(number record attempts)" -eq 1

# 20 a second: 11 starts take half a second.
rated() {
    begun=$(date +%s.%N)
    seq 1 11 | sed "s|.*|$url/bytes/1?&|" | "$WEIR" fetch "$2" "$3" >records
    ended=$(date +%s.%N)
    check "$1_all_are_completed" test "$(count records completed)" -eq 11
    check "$1" between "$(echo "$begun $ended" | awk '{ print $2 - $1 }')" \
        0.45 9
}

rated a_rate_is_kept --rate 20/s
rated a_rate_of_a_host_is_kept --rate-per-host 1200/m
"$WEIR" fetch --rate 0/s "$url/bytes/1" 2>log
check no_rate_is_refused test $? -eq 2
"$WEIR" fetch --rate 5/y "$url/bytes/1" 2>log
check a_rate_is_explained grep -q \
    "^weir: fetch: --rate: '5/y' is not a rate (5/s, 30/m, 100/h)$" log

exit $failed
