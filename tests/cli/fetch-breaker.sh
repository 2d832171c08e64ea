#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Hosts that keep failing are parked, probed and given up, and the retries of a
# run have a budget.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

# Prints a figure of the summary.
figure() {
    sed 's/.*"'"$1"'":\([0-9]*\).*/\1/' summary
}

# Prints what became of a host, one word a change.
changes() {
    sed -n 's/.*"host":"[^"]*","status":"\([a-z]*\)".*/\1/p' events |
        tr '\n' ' '
}

start_server
url=http://127.0.0.1:$port

# A host that is not there: 5 failures, 2 probes, and the other 993 fail at
# once, while another host is asked as ever.
{
    seq 1 1000 | sed 's|^|http://127.0.0.1:1/|'
    echo "$url/name/x"
} >urls
"$WEIR" fetch -i urls --retries 0 --retry-delay 20ms --breaker-probes 2 \
    --events events --summary summary >records 2>log
check a_dead_host_fails_its_requests test "$(count records failed)" -eq 1000
check another_host_is_well test "$(count records completed)" -eq 1
check a_dead_host_costs_seven_requests test "$(grep -c '^{"time".*"task_id":.*"status":"running"' events)" -eq 8
check what_is_not_asked_says_why test "$(grep -c '"kind":"connect","message":"not asked, as its host failed 7 times in a row: cannot connect: Connection refused"' records)" -eq 993
check its_changes_are_events test "$(changes)" = \
    'parked probing parked probing lost '
check a_change_is_told_in_full grep -Eq '^\{"time":"[^"]*","host":"http://127.0.0.1:1","status":"parked","failures":5,"cause":\{"kind":"connect","message":"cannot connect: Connection refused"\},"delay":0.020\}$' events
check events_are_json "$WEIR" stream-jsonl -q . events
check parked_is_in_the_summary test "$(figure hosts_parked)" -eq 1
check probes_are_in_the_summary test "$(figure hosts_probed)" -eq 2
check lost_is_in_the_summary test "$(figure hosts_lost)" -eq 1
check not_asked_is_in_the_summary test "$(figure not_asked)" -eq 993
check a_lost_host_is_told_once test "$(cat log)" = "weir: fetch: \
http://127.0.0.1:1: given up after 7 failures in a row: cannot connect: \
Connection refused
$(tail -n 1 log)"

# One that is ill for a while: parked, probed, and then all is well. Each of
# the first 7 requests fails.
{
    seq 1 40 | sed "s|.*|$url/flaky/ill/7?&|"
} | "$WEIR" fetch --retries 5 --retry-delay 20ms --events events \
    --summary summary >records 2>log
check a_host_that_recovers_loses_nothing test "$(count records completed)" \
    -eq 40
check it_was_parked_and_closed_again test "$(changes)" = \
    'parked probing parked probing parked probing closed '
check nothing_is_said_about_it test -z "$(cat log)"

# 404 is an answer like any other.
seq 1 30 | sed "s|.*|$url/status/404?&|" |
    "$WEIR" fetch --events events >records 2>log
check a_404_is_no_failure_of_the_host test -z "$(changes)"

# Nor is a download that takes longer than it may.
seq 1 12 | sed "s|.*|$url/drip/1000/20?&|" |
    "$WEIR" fetch --retries 0 -m 300ms --events events >records 2>log
check slow_downloads_fail test "$(kinds records | grep -c timeout)" -eq 12
check they_do_not_park_their_host test -z "$(changes)"

# Those that wait for a host that is parked can be cancelled.
mkfifo waits
"$WEIR" fetch --retries 0 --events waiting <waits >records 2>log &
weir=$!
started="$started $weir"
exec 3>waits
seq 1 50 | sed 's|^|http://127.0.0.1:1/|' >&3
wait_for grep -qs '"parked"' waiting
kill -USR1 $weir
wait_for grep -q ' waiting, p' log
check usr1_tells_of_hosts grep -Eq "^weir: http://127.0.0.1:1: [01] running, \
[0-9]+ waiting, (parked|probing): cannot connect: Connection refused$" log
kill -INT $weir
exec 3>&-
wait $weir
check those_that_wait_can_be_cancelled test "$(wc -l <records)" -eq 50
check all_but_the_failed_are test "$(count records cancelled)" -ge 40

# It can be turned off.
seq 1 30 | sed "s|.*|http://127.0.0.1:1/&|" |
    "$WEIR" fetch --retries 0 --breaker 0 --events events >records 2>log
check breaker_0_is_off test -z "$(changes)"
check then_all_are_asked test "$(grep -c '"running"' events)" -eq 30

# The budget: 100 retries, and one for five requests.
"$WEIR" fetch "$url/reset-stats" >record
seq 1 300 | sed "s|.*|$url/status/500?&|" |
    "$WEIR" fetch --breaker 0 --retry-delay 1ms --summary summary >records \
        2>log
check retries_have_a_budget between "$(figure retried)" 100 160
check each_failure_has_a_record test "$(count records failed)" -eq 300
check the_server_is_not_asked_more_often test "$(stat "$port" requests)" -eq \
    $((301 + $(figure retried)))
check what_is_denied_is_counted between "$(figure retries_denied)" 140 300
check the_budget_is_told_once test "$(grep -c '^weir: too many failures: for now only 20% of what is begun is tried again (--retry-budget)$' log)" -eq 1
seq 1 300 | sed "s|.*|$url/status/500?&|" |
    "$WEIR" fetch --breaker 0 --retry-delay 1ms --retry-budget none \
        --summary summary >records 2>log
check without_a_budget_all_are_tried_again test "$(figure retried)" -eq 600
"$WEIR" fetch --retry-budget 20 "$url/bytes/1" 2>log
check a_wrong_budget_is_refused test $? -eq 2
check a_wrong_budget_is_told test "$(cat log)" = "weir: fetch: --retry-budget: \
'20' is neither 1% to 100% nor none"

exit $failed
