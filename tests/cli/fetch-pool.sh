#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The pool's limits, seen from the servers, and its fairness.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

urls() {
    seq 1 "$2" | sed "s|.*|http://127.0.0.1:$1/$3?&|"
}

start_server
one=$port
start_server
two=$port

# 20 of one host at once, and no more connections than that.
urls "$one" 200 delay/10 | "$WEIR" fetch >records
check all_are_completed test "$(count records completed)" -eq 200
check a_host_has_20_in_flight test "$(stat "$one" peak_in_flight)" -eq 20
check a_host_has_20_connections between "$(stat "$one" peak)" 1 20

# What must not be sent twice gets connections of its own: no more than that.
start_server
urls "$port" 100 delay/10 | "$WEIR" fetch -d x >records
check posts_are_completed test "$(count records completed)" -eq 100
check posts_have_20_in_flight test "$(stat "$port" peak_in_flight)" -eq 20
check posts_have_20_connections between "$(stat "$port" peak)" 1 20

# 100 in all: one server, which is eight hosts to us.
server_options=--any start_server
for n in 1 2 3 4 5 6 7 8; do
    urls "$port" 60 delay/30 | sed "s/127.0.0.1/127.0.0.$n/"
done >many
"$WEIR" fetch -i many >records
check all_hosts_are_completed test "$(count records completed)" -eq 480
check in_all_100_are_in_flight between "$(stat "$port" peak_in_flight)" 80 100
check in_all_100_connections_are_open between "$(stat "$port" peak)" 1 100
"$WEIR" fetch "http://127.0.0.1:$port/reset-stats" >record
sed 's/$/\&post/; s/.*/{"url":"&","method":"POST"}/' many |
    awk 'NR % 2' | cat - many | "$WEIR" fetch >records
check gets_and_posts_are_completed test "$(count records completed)" -eq 720
check they_are_100_in_flight_too between \
    "$(stat "$port" peak_in_flight)" 80 100
check they_have_100_connections_too between "$(stat "$port" peak)" 1 100

urls "$two" 60 delay/10 | "$WEIR" fetch --per-host 3 >records
check per_host_is_obeyed test "$(stat "$two" peak_in_flight)" -eq 3

start_server
urls "$port" 60 delay/10 | "$WEIR" fetch -j 5 >records
check jobs_is_obeyed test "$(stat "$port" peak_in_flight)" -eq 5

# A new host is asked by one alone, then by as many as may.
start_server
urls "$port" 5 delay/300 | "$WEIR" fetch >records
first=$(grep '"task_id":"task_1"' records | sed 's/.*"started_at":"\([^"]*\)".*/\1/')
second=$(grep '"task_id":"task_2"' records | sed 's/.*"started_at":"\([^"]*\)".*/\1/')
check one_goes_ahead_to_a_new_host test "$first" '<' "$second"
check the_wait_is_in_time_queue between \
    "$(grep '"task_id":"task_5"' records | number /dev/stdin time_queue)" 0.25 2

# Requests for a slow host do not hold up those for a fast one behind them.
{
    urls "$one" 60 delay/400
    urls "$two" 60 bytes/10
} | "$WEIR" fetch >records
slow_done=$(head -n 60 records | grep -c /delay/)
check a_slow_host_does_not_hold_up_a_fast_one between "$slow_done" 0 1

# Nor do 50 slow ones, or 3000 requests for one of them: the fast host's are all
# done before the slow have half of theirs.
server_options=--any start_server
for n in $(seq 2 51); do
    seq 1 20 | sed "s|.*|http://127.0.0.$n:$port/delay/300?&|"
done >slow
seq 1 600 | sed "s|.*|http://127.0.0.99:$port/bytes/10?&|" >fast
: >records
{
    sed '1!d' slow
    seq 1 3000 | sed "s|.*|http://127.0.0.98:$port/delay/300?&|"
    cat slow fast
} >mixed
"$WEIR" fetch -i mixed --body none >records 2>log &
weir=$!
started="$started $weir"
# shellcheck disable=SC2317 # called by wait_for
all_fast() {
    [ "$(grep -c '0.0.99:' records)" -eq 600 ]
}
wait_for all_fast
check the_fast_one_of_52_hosts_is_done_first between \
    "$(sed '/0.0.99:/d' records | grep -c .)" 0 2000
check all_of_the_fast_one_are_done test "$(grep -c '0.0.99:' records)" -eq 600
kill $weir
wait $weir

# Nor do 10,000 of 50 hosts that never come to an end, all of them ahead in the
# list: not those that say nothing, nor those that begin an answer. (Two hundred
# of a host in a row, and the fast one has its answers while they have none.)
server_options=--any start_server
for path in stall stall-body/100; do
    seq 1 10000 | awk -v end=":$port/$path?" \
        '{ print "http://127.0.1." int(($1 - 1) / 200) + 1 end $1 }' >list
    seq 1 600 | sed "s|.*|http://127.0.0.99:$port/bytes/10?&|" >>list
    : >records # those of the last run are not to be taken for these
    "$WEIR" fetch -i list --body none -m 0 --read-timeout 0 >records 2>log &
    weir=$!
    started="$started $weir"
    wait_for all_fast
    check "behind_10000_${path%%/*}_is_a_fast_host" \
        test "$(grep -c '0.0.99:' records)" -eq 600
    # What was read ahead has its record too.
    kill $weir
    wait $weir
    check "all_10600_of_${path%%/*}_have_a_record" \
        test "$(sort records | uniq | wc -l)" -eq 10600
done

# Keep-alive: one connection for requests one after the other; none without.
start_server
urls "$port" 10 bytes/1 | "$WEIR" fetch -j 1 >records
check one_connection_does test "$(stat "$port" connections)" -eq 2
start_server
urls "$port" 10 bytes/1 | "$WEIR" fetch -j 1 --keepalive 0 >records
check keepalive_0_uses_none_again test "$(stat "$port" connections)" -eq 11

# An idle connection is ended on time, even while the run waits for its list.
mkfifo idle
"$WEIR" fetch --keepalive 3s <idle >records &
weir=$!
started="$started $weir"
exec 3>idle
urls "$port" 1 bytes/1 >&3
wait_for test -s records
check a_connection_is_kept test "$(stat "$port" open)" -eq 2
# shellcheck disable=SC2317 # called by wait_for
are_open() {
    [ "$(stat "$port" open)" -eq "$1" ]
}
wait_for are_open 1
check an_idle_one_is_ended test "$(stat "$port" open)" -eq 1
urls "$port" 1 bytes/2 >&3
exec 3>&-
wait "$weir"
check the_next_request_is_well test "$(count records completed)" -eq 2

# -v tells what the pool does.
urls "$port" 2 bytes/1 | "$WEIR" fetch -v -j 1 >records 2>log
check opening_is_told grep -q ': opened, 1 open$' log
check reuse_is_told grep -q ': used again$' log

# An endless list is a live queue: answers come while stdin is open.
mkfifo queue
"$WEIR" fetch <queue >records &
weir=$!
started="$started $weir"
exec 3>queue
urls "$port" 1 bytes/1 >&3
tries=0
while [ ! -s records ] && [ $tries -lt 200 ]; do
    sleep 0.05
    tries=$((tries + 1))
done
check stdin_is_a_live_queue test "$(wc -l <records)" -eq 1
exec 3>&-
wait "$weir"
check its_end_ends_the_run test $? -eq 0

exit $failed
