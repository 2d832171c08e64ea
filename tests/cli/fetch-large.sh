#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Large files are hashed on a thread while they come: the sum is that of all
# bytes, and an end before the last one leaves nothing behind.

# shellcheck disable=SC2317 # functions are called through check
set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

start_server
url=http://127.0.0.1:$port
size=40000001
sum=$(yes abcdefghijklmnopqrstuvwxyz | tr -d '\n' | head -c $size |
    sha256sum | cut -d ' ' -f 1)

# get PATH [OPTION]...
get() {
    path=$1
    shift
    rm -rf out
    "$WEIR" fetch -q --format json --retries 0 --output-dir out "$@" \
        "$url$path" >record 2>log
}

get /bytes/$size
check all_bytes_are_hashed grep -q "\"sha256\":\"$sum\"" record
check all_bytes_are_there test "$(sha256sum <out/$size)" = "$sum  -"

for i in 1 2 3 4 5 6 7 8; do
    echo "{\"url\":\"$url/bytes/$size\",\"output\":\"f$i\",\"sha256\":\"$sum\"}"
done >list
rm -rf out
"$WEIR" fetch -q --format json -i list --output-dir out >records
check so_are_those_of_many test "$(grep -c "\"sha256\":\"$sum\"" records)" -eq 8

sed 's/"sha256":"./"sha256":"x/' list | tr x 0 | head -n 1 >wrong
rm -rf out
"$WEIR" fetch -q --format json --retries 0 -i wrong --output-dir out >record
case $sum in
0*) echo 'skip a_wrong_sum_is_a_fault: it is right by chance' ;;
*) check a_wrong_sum_is_a_fault test "$(kinds record)" = checksum ;;
esac
check a_wrong_sum_leaves_nothing test -z "$(ls -A out)"

# Wherever it breaks off: before a thread has it, while one has it, after.
for at in 100 5000000 20000000 39999999; do
    get /cut/$size/$at
    check "a_cut_at_${at}_is_a_fault" test "$(kinds record)" = truncated
    check "a_cut_at_${at}_leaves_nothing" test -z "$(ls -A out)"
done

get /stall-body/$size --read-timeout 300ms
check a_stall_is_a_fault test "$(kinds record)" = timeout
check a_stall_leaves_nothing test -z "$(ls -A out)"

get /bytes/$size --max-filesize 30M
check a_limit_is_a_fault test "$(kinds record)" = too_large

# Stopped while it comes.
rm -rf out
"$WEIR" fetch -q --format json --retries 0 --output-dir out \
    "$url/stall-body/$size" >record 2>log &
pid=$!
started="$started $pid"
half_is_there() {
    part=$(ls -A out 2>/dev/null) && [ -n "$part" ] &&
        [ "$(wc -c <"out/$part")" -ge $((size / 2)) ]
}
check half_of_it_comes wait_for half_is_there
kill -s INT $pid
wait $pid
check a_stopped_one_is_cancelled test "$(kinds record)" = cancelled
check a_stopped_one_leaves_nothing test -z "$(ls -A out)"
exit $failed
