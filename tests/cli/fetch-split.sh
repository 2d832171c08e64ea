#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --split: several ranges at once of one large file, where the server allows it
# and within the limits of the pool; and never two versions in one file.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

start_server
url=http://127.0.0.1:$port/file
size=8000000

# Prints the bytes of version N: those of the server, from its own /bytes.
bytes() {
    "$WEIR" fetch -q -o bytes "http://127.0.0.1:$port/bytes/$((size + $1))" \
        >record
    tail -c $size bytes
}
bytes 0 >v0
bytes 1 >v1
sum=$(sha256sum <v0 | cut -d ' ' -f 1)

# get KEY WORDS OPTION...
get() {
    key=$1
    words=$2
    shift 2
    "$WEIR" fetch -q --format json --retries 0 --split 4 --output-dir out \
        "$@" "$url/$key/$size/$words" >record 2>log
}

# is NAME WANTED RANGES: the last is a whole file, by so many ranges at least.
is() {
    check "$1_is_whole" cmp "out/$words" "$2"
    ranges=$(number record num_ranges)
    check "$1_is_by_ranges" between "${ranges:-0}" "$3" "${4:-100}"
    check "$1_leaves_nothing" test "$(ls -A out)" = "$words"
    rm -rf out
}

get plain etag
check the_first_answer_is_told test "$(number record http_code)" = 200
check the_sum_is_of_the_whole grep -q "\"sha256\":\"$sum\"" record
check all_bytes_are_counted test "$(number record size_download)" = $size
is a_large_file v0 1
get dated date
is one_with_a_date v0 1

# Where it is not possible, one request does it.
for words in norange none weak new chunked; do
    get "not-$words" $words
    is "one_with_$words" v0 0 0
done
"$WEIR" fetch --split 4 --output-dir out "$url/x/2000000/small" >record
check a_small_file_is_not_split test -z "$(number record num_ranges)"
rm -rf out
get one-place etag -j 1
is one_place v0 0 0

# What is wrong is not taken: all of it comes by one request then.
get changed etag,change1
is a_file_that_changes v1 0
get sloppy etag,change1,sloppy
is a_file_that_changes_behind_our_back v1 0
# After the third request: perhaps there is no fourth.
get late sloppy,change3
whole=v1
! cmp -s "out/$words" v0 || whole=v0
is one_that_changes_late $whole 0
for words in skew total untagged short; do
    get "wrong-$words" $words
    is "one_with_$words" v0 0
done

# What breaks off is done by the others, if there are some by then: the first
# request may have ended before.
again='--retries 9 --retry-delay 10ms'
# shellcheck disable=SC2086 # words
get cut once500000 $again
is one_whose_first_request_breaks_off v0 1
# shellcheck disable=SC2086
get cuts cut1500000 $again
is one_that_breaks_off_often v0 1
# shellcheck disable=SC2086
get reset reset1500000 $again
is one_that_is_reset_often v0 1
get busy busy1
check a_server_that_wants_no_ranges_fails_or_is_read_through \
    sh -c "grep -q '\"status\":\"completed\"' record ||
        test \"\$(sed 's/.*kind\":\"\([a-z_]*\).*/\1/' record)\" = http_status"
get all-cut cut300000
check what_always_breaks_off_fails test "$(kinds record)" = truncated
check what_failed_leaves_nothing test -z "$(find out -name '*cut300000*')"
rm -rf out

# The limits of the pool hold.
"$WEIR" fetch "http://127.0.0.1:$port/reset-stats" >record
for i in 1 2 3; do
    echo "{\"url\":\"$url/pool$i/$size/etag\",\"output\":\"$i\"}"
done >list
"$WEIR" fetch -q -i list --split 8 --per-host 3 --output-dir out >record
check ranges_obey_the_limit_of_a_host \
    between "$(stat "$port" peak_in_flight)" 1 3
for i in 1 2 3; do
    check several_are_whole cmp "out/$i" v0
done
rm -rf out

# Ranges are asked for where a redirect led.
first=$port
start_server
"$WEIR" fetch -q --retries 0 --split 4 --output-dir out \
    "http://127.0.0.1:$first/to/http%3a%2f%2f127.0.0.1%3a$port%2ffile%2fto%2f$size%2fetag" \
    >record
check a_redirected_one_is_whole cmp out/* v0
check a_redirected_one_is_by_ranges grep -q '"num_ranges":' record
check ranges_are_not_redirected_again test "$(stat "$port" requests)" -gt 1
rm -rf out

# A sum that is not that of the file.
echo "{\"url\":\"$url/sum/$size/etag\",\"sha256\":\"$(echo | sha256sum |
    cut -d ' ' -f 1)\"}" | "$WEIR" fetch -q --retries 0 --split 4 \
    --output-dir out >record
check a_wrong_sum_fails test "$(kinds record)" = checksum
check a_wrong_sum_leaves_nothing test -z "$(ls -A out)"

# A run that is ended in the midst goes on, by ranges too.
get stopped drip1 --deadline 0.3 --resume-partial
check what_is_stopped_is_cancelled grep -q '"status":"cancelled"' record
get again cut900000 --resume-partial
check what_breaks_off_stays test -s out/.cut900000.part
for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ ! -e out/cut900000 ] || break
    get again cut900000 --resume-partial
done
rm -f out/.drip1.*
is what_goes_on v0 0

# refused OPTIONS: MESSAGE
refused() {
    # shellcheck disable=SC2086 # a list of words
    "$WEIR" fetch $1 "$url/x/1/etag" >record 2>log
    check "refused:_$1" test "$?:$(cat log)" = "2:weir: fetch: $2"
}
refused '--split 0 -O' '--split: 1 to 32'
refused '--split 33 -O' '--split: 1 to 32'
refused '--split 2' '--split is for files: -O, -o or --output-dir'
refused '--split 2 -O --compressed' '--split excludes --compressed'

# A range that cannot be written ends the first request too, in a place where
# others were before.
i=0
while [ $((i += 1)) -le 40 ]; do
    echo "{\"url\":\"http://127.0.0.1:$port/bytes/10\",\"output\":\"s$i\"}"
done >list
echo "{\"id\":\"big\",\"url\":\"$url/room/40000000/etag\"}" >>list
for try in 1 2 3 4; do
    rm -rf out
    (
        trap '' XFSZ
        ulimit -f 3000 # 1.5 MB
        "$WEIR" fetch -q --format json --ordered --retries 0 --split 4 -j 4 \
            -i list --output-dir out 2>log
    ) >record
    check "no_room_${try}_is_a_fault" test "$(grep '"big"' record |
        sed 's/.*"kind":"\([a-z_]*\)".*/\1/')" = io
    check "no_room_${try}_has_the_first_answer" \
        grep -q '"big".*/room/40000000/etag","http_code":200' record
done
rm -rf out
exit $failed
