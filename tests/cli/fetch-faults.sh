#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Servers that cut, lie and refuse: each fault has its kind, and no file has
# its name before it is whole.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

start_server
url=http://127.0.0.1:$port

# fault NAME KIND MESSAGE URL OPTION...
fault() {
    rule=$1 kind=$2 message=$3
    shift 3
    "$WEIR" fetch --retries 0 --read-timeout 1s --output-dir out "$@" \
        >record 2>log
    check "${rule}_fails" test $? -eq 1
    check "${rule}_is_$kind" test "$(kinds record)" = "$kind"
    check "${rule}_is_told" test "$(messages record)" = "$message"
    check "${rule}_leaves_no_file" test -z "$(ls -A out)"
}

fault a_short_body truncated 'transfer closed with 600 bytes remaining to read' \
    "$url/cut/1000/400"
fault a_missing_last_chunk truncated \
    'transfer closed with outstanding read data remaining' \
    "$url/cut-chunked/5000"
fault a_reset truncated 'recv failure: Connection reset by peer' "$url/reset"
fault no_answer truncated 'the server closed the connection without an answer' \
    "$url/no-answer"
fault a_bad_chunk truncated \
    'illegal or missing hexadecimal sequence in chunked-encoding' \
    "$url/bad-chunk"
silence='read timed out: no byte for 1 s'
fault silence timeout "$silence" "$url/stall"
fault half_a_header timeout "$silence" "$url/stall-headers"
fault a_stalled_body timeout "$silence" "$url/stall-body/1000"
fault a_byte_now_and_then timeout 'total timed out after 0.5 s' \
    "$url/drip/100/200" -m 0.5
fault cut_headers truncated 'the connection ended before the headers did' \
    "$url/break/head/1000/30"
fault http09 protocol 'received HTTP/0.9 when not allowed' "$url/http09"
fault garbage protocol 'received HTTP/0.9 when not allowed' "$url/garbage"
fault a_redirect_loop redirect 'more than 10 redirects' "$url/loop"
fault a_redirect_to_a_file protocol \
    "a redirect to scheme 'file', which is neither http nor https" \
    "$url/to/file:%2f%2f%2fetc%2fpasswd"
fault a_redirect_to_ftp protocol \
    "a redirect to scheme 'ftp', which is neither http nor https" \
    "$url/to/ftp:%2f%2f127.0.0.1%2f"
fault a_redirect_to_nobody protocol \
    'a redirect to what is no URL: No host part in the URL' \
    "$url/to/http:%2f%2f"
too_long="the answer's headers have more than 256 KB"
fault headers_without_end too_large "$too_long" "$url/headers/100000000" \
    --read-timeout 9s
fault a_header_without_end too_large \
    "a line of the answer's headers has more than 100 KB" \
    "$url/header-line/60000000"
fault a_flood_of_1xx too_large "$too_long" "$url/1xx/100000"
fault trailers_without_end too_large "$too_long" "$url/trailers/3000000"
fault a_trailer_without_end too_large \
    'a trailer of the answer has more than 4 KB' \
    "$url/trailer-line/60000000" --read-timeout 9s
fault two_lengths protocol 'the answer has two lengths that differ' \
    "$url/two-lengths"
fault a_negative_length protocol 'invalid Content-Length: value' \
    "$url/header/content-length/-5"
fault a_length_with_letters protocol \
    'the Content-Length of the answer is no length' \
    "$url/header/content-length/0x2"
fault a_list_of_lengths protocol 'the answer has two lengths that differ' \
    "$url/header/content-length/2,%203"
fault a_length_beyond_numbers protocol \
    'the Content-Length of the answer is no length' \
    "$url/header/content-length/99999999999999999999"
fault a_body_packed_for_the_way protocol \
    'the answer has a transfer coding that was not asked for' \
    "$url/header/transfer-encoding/gzip,%20chunked"
fault a_length_of_letters protocol 'invalid Content-Length: value' \
    "$url/header/content-length/abc"
fault a_switch_of_protocols http_status \
    'HTTP status 101: the server changes to another protocol' "$url/status/101"
fault a_gzip_body_that_is_none protocol \
    'the body is said to be gzip data and is not' "$url/coded/gzip/abc" \
    --compressed
fault a_coding_nobody_asked_for protocol \
    'the body has a content coding that was not asked for' \
    "$url/coded/br/abc" --compressed
fault a_refused_port connect 'cannot connect: Connection refused' \
    http://127.0.0.1:1/
fault an_unknown_host dns 'could not resolve host: no-such-host.invalid' \
    http://no-such-host.invalid/
fault status_404 http_status 'HTTP status 404' "$url/status/404"

# A dead connection is found dead by chance only: a POST goes out once.
for word in first second; do
    "$WEIR" fetch -d x "$url/count/$word" >record
done
echo "{\"url\":\"$url/cut-once/k/100\",\"method\":\"POST\"}" |
    "$WEIR" fetch >record 2>log
check a_post_is_not_repeated test "$(number record attempts)" -eq 1
"$WEIR" fetch "$url/cut-once/l/100" --retry-delay 1ms >record
check a_get_is_repeated test "$(number record attempts)" -eq 2

# A reset when the request is sent: once more for what may be, else not.
arrives() {
    rule=$1 times=$2
    shift 2
    "$WEIR" fetch "$url/reset-stats" >record
    "$WEIR" fetch --retry-delay 1ms "$@" "$url/reset" >record 2>log
    check "$rule" test "$(stat "$port" requests)" -eq $((times + 1))
}

arrives a_get_arrives_three_times 3 -X GET
arrives a_put_arrives_three_times 3 -X PUT -d x
arrives a_post_arrives_once 1 -X POST -d x
arrives a_patch_arrives_once 1 -X PATCH -d x
arrives a_post_with_its_key_arrives_three_times 3 -d x -H 'Idempotency-Key: k'

# More than was announced belongs to nobody: the next answer is its own.
printf '%s\n' "$url/long/5/300" "$url/name/x" >urls
"$WEIR" fetch --ordered -j 1 -i urls >record
check too_much_is_cut grep -q '"body":"abcde"' record
check the_next_answer_is_its_own grep -q '"body":"ok"' record
for method in GET POST; do
    printf '%s\n' "$url/surplus/20/2" \
        "{\"url\":\"$url/name/x\",\"method\":\"$method\"}" |
        "$WEIR" fetch --ordered -j 1 --rate 10/s --retries 0 >record
    check "it_is_if_bytes_come_late_to_a_$method" \
        test "$(grep -c '"body":"ok"' record)" -eq 1
done

# Very many headers of one name hold up nobody.
"$WEIR" fetch --include-headers "$url/same-headers/40000" >record
check of_headers_1000_are_told test "$(grep -o '"y"' record | wc -l)" -eq 1000

# Where the end of the connection is the end of the body, nothing tells
# whether it is whole.
"$WEIR" fetch "$url/close/5" "$url/bytes/5" "$url/chunked/5" "$url/status/204" \
    >record
check an_unknown_length_is_told grep -q '/close/5".*,"length_known":false' \
    record
check a_known_length_is_not test "$(grep -c length_known record)" -eq 1

# What has no body leaves the file of its name as it is.
mkdir kept
echo old | tee kept/304 >kept/5
"$WEIR" fetch --output-dir kept "$url/status/304" >record
check not_modified_leaves_the_file test "$(cat kept/304)" = old
check not_modified_names_no_file test "$(grep -c '"path"' record)" -eq 0
"$WEIR" fetch -X HEAD --output-dir kept "$url/bytes/5" >record
check head_leaves_the_file test "$(cat kept/5)" = old
check nothing_else_is_there test "$(ls -A kept)" = "304
5"

# Names of strangers, made safe.
long=$(printf '%300s' '' | tr ' ' x)
"$WEIR" fetch --output-dir names "$url/name/..%2f..%2fx" "$url/name/CON" \
    "$url/name/a%0a%1b%5b31m" "$url/name/%2e%2e" "$url/name/$long" >record
check every_name_is_safe test "$(find names -type f | sort | sed 's/x\{183\}-.*/x/')" = \
    'names/_._.._x
names/_CON
names/__
names/a__[31m
names/x'

# kill -9 in the middle of a body: no name, and the next run is well.
"$WEIR" fetch --output-dir killed "$url/drip/100/100" >record 2>log &
weir=$!
started="$started $weir"
# shellcheck disable=SC2317 # called by wait_for
begun() {
    [ -n "$(ls -A killed 2>/dev/null)" ]
}
wait_for begun
kill -9 $weir
wait $weir 2>/dev/null
check a_killed_run_leaves_no_name test ! -e killed/100
check but_a_part_beside_it test -n "$(ls -A killed)"

# The first INT cancels what runs, and every unit has its record.
seq 1 30 | sed "s|.*|$url/stall?&|" >urls
timeout -s INT 1 "$WEIR" fetch -i urls --body none >records 2>log
check an_interrupt_records_all test "$(count records cancelled)" -eq 30

# A disk that takes no more: the run stops, exit 74, and no part stays.
seq 1 300 | sed "s|.*|$url/name/&|" >urls
sed 's|/name/|/bytes/300000?|' urls |
    awk '{ printf "{\"url\":\"%s\",\"output\":\"f%d\"}\n", $0, NR }' >list
(
    ulimit -f 200
    exec "$WEIR" fetch -i list --output-dir full >records 2>log
)
check a_full_disk_is_exit_74 test $? -eq 74
check a_full_disk_says_so grep -q 'full/f[0-9]*: cannot write: File too large' \
    log
check a_full_disk_is_one_fault between "$(count records failed)" 1 20
check a_full_disk_leaves_no_parts test -z "$(ls -A full)"

# A directory that cannot be made.
: >plain
"$WEIR" fetch --output-dir plain/x "$url/bytes/1" 2>log
check no_directory_is_exit_73 test $? -eq 73
"$WEIR" fetch -o missing/x "$url/bytes/1" 2>log
check no_directory_of_o_is_exit_73 test $? -eq 73
"$WEIR" fetch -o /dev/null "$url/bytes/1" 2>log
check a_device_is_not_replaced test $? -eq 73

# Names of one run are never shared.
printf '%s\n' "$url/name/a?1" "$url/name/b" "$url/name/a?2" >urls
"$WEIR" fetch -i urls --output-dir shared >records 2>log
check shared_names_of_a_file_are_exit_65 test $? -eq 65
check shared_names_are_told grep -q \
    "^weir: fetch: urls:3: 'a' is the file of entry 1 of the list too$" log
check nothing_was_asked_for test -z "$(ls -A shared)"
printf '%s\n' "$url/name/a?1" "$url/name/b" "$url/name/a?2" |
    "$WEIR" fetch --output-dir shared >records 2>log
check shared_names_of_a_pipe_are_exit_1 test $? -eq 1
check the_second_is_not_written test "$(count records completed)" -eq 2

exit $failed
