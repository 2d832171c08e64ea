#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --compressed: gzip is asked for and unpacked, a cut body is never taken for
# whole, and a small one cannot become a huge one.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

start_server
url=http://127.0.0.1:$port

# The bytes of stdin, percent-encoded.
encoded() {
    od -An -v -tx1 | tr -d '\n' | tr ' ' '%'
}

# fails NAME KIND MESSAGE CODING BODY
fails() {
    "$WEIR" fetch --retries 0 --compressed --output-dir out \
        "$url/coded/$4/$5" >record 2>log
    check "$1_is_$2" test "$(kinds record)" = "$2"
    check "$1_is_told" test "$(messages record)" = "$3"
    check "$1_leaves_no_file" test -z "$(ls -A out)"
}

hello=$(printf hello | gzip -n | encoded)
"$WEIR" fetch --compressed "$url/coded/gzip/$hello" >record
check gzip_is_unpacked grep -q '"size_download":5,.*"body":"hello"' record
"$WEIR" fetch --compressed "$url/coded/X-GZip/$hello$hello" >record
check members_in_a_row_are_one_body grep -q '"body":"hellohello"' record
"$WEIR" fetch --compressed "$url/echo" >record
check gzip_is_asked_for grep -q 'accept-encoding\\":\\"gzip' record
"$WEIR" fetch --compressed "$url/bytes/5" >record
check a_plain_body_is_well grep -q '"body":"abcde"' record
"$WEIR" fetch "$url/coded/gzip/$hello" >record
check without_the_option_it_is_as_sent grep -q '"body_base64":"H4sI' record
"$WEIR" fetch --compressed -X HEAD "$url/coded/gzip/$hello" >record
check head_is_well test $? -eq 0
sum=$(printf hello | sha256sum | cut -d ' ' -f 1)
echo "{\"url\":\"$url/coded/gzip/$hello\",\"output\":\"f\",\"sha256\":\"$sum\"}" |
    "$WEIR" fetch --compressed --output-dir sum >record
check the_sum_is_of_the_unpacked_body test "$(cat sum/f)" = hello

cut='the body ended before its gzip data did'
fails a_cut_body truncated "$cut" gzip \
    "$(seq 1 2000 | gzip -n | head -c 2000 | encoded)"
fails a_body_without_its_sum truncated "$cut" gzip \
    "$(printf hello | gzip -n | head -c -8 | encoded)"
bad='the body is said to be gzip data and is not'
fails no_gzip protocol "$bad" gzip hello
fails a_wrong_sum protocol "$bad" gzip \
    "$(printf hello | gzip -n | head -c -8 | encoded)%01%02%03%04%05%00%00%00"
fails garbage_behind_it protocol "$bad" gzip "${hello}xyz"
other='the body has a content coding that was not asked for'
fails another_coding protocol "$other" br hello
fails gzip_in_gzip protocol "$other" gzip,%20gzip \
    "$(printf hello | gzip -n | gzip -n | encoded)"

bomb=$(head -c 10000000 /dev/zero | gzip -n9 | encoded)
fails a_bomb too_large \
    'the body unpacks to more than --max-ratio times its size' gzip "$bomb"
check a_bomb_is_seen_early between "$(number record size_download)" 1000000 \
    3000000
"$WEIR" fetch --compressed --max-ratio 0 --body none "$url/coded/gzip/$bomb" \
    >record
check any_ratio_can_be_had grep -q '"size_download":10000000,' record
"$WEIR" fetch --compressed --max-ratio 0 --max-filesize 3M --body none \
    "$url/coded/gzip/$bomb" >record 2>log
check sizes_are_of_unpacked_bytes test "$(kinds record)" = too_large

exit $failed
