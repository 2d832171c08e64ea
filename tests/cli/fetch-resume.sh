#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --resume-partial: what broke off goes on where the server says that the file
# is still the same, and is begun again everywhere else. Byte i of a file is
# 'a' + i % 26, and one more in its second version.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

server_options=--verbose
start_server
url=http://127.0.0.1:$port/file
size=100000

# Prints the bytes of version N.
bytes() {
    awk -v n=$size -v version="$1" 'BEGIN {
        for (i = 0; i < n; i++)
            printf "%c", 97 + (i + version) % 26
    }'
}
bytes 0 >v0
bytes 1 >v1

# One attempt of a file; further words are options.
get() {
    key=$1
    words=$2
    shift 2
    "$WEIR" fetch -q --format json --retries 0 --resume-partial \
        --output-dir out "$@" "$url/$key/$size/$words" >record 2>log
}

# gets NAME WANTED FROM: the last record is that of a whole file, whose bytes
# before FROM were there.
gets() {
    check "$1" cmp "out/$words" "$2"
    check "$1_and_says_so" test "$(number record resumed_from)" = "$3"
    check "$1_and_leaves_nothing" test "$(ls -A out)" = "$words"
    rm -rf out
}

# goes_on NAME WORDS FROM WANTED: two attempts.
goes_on() {
    get "$1" "$2"
    check "$1_breaks_off" test "$(kinds record)" = truncated
    get "$1" "$2"
    gets "$1" "$4" "$3"
}

get plain once4000
check a_part_has_a_note test "$(echo out/.*.part*)" = \
    'out/.once4000.part out/.once4000.part.info'
check a_note_does_not_name_the_url sh -c '! grep -q http out/.*.info'
check a_part_has_what_came test "$(wc -c <out/.once4000.part)" -eq 4000
get plain once4000
gets a_part_goes_on v0 4000

goes_on a_date_that_is_old_will_do once5000,date 5000 v0
goes_on a_length_is_not_needed once5000,chunked 5000 v0

# Nothing that could be asked for again is left.
for words in once5000,weak once5000,new once5000,none; do
    get "weak-$words" "$words"
    check "${words}_is_no_validator" test -z "$(ls -A out)"
    get "weak-$words" "$words"
    gets "${words}_begins_again" v0 ''
done

goes_on a_changed_file_begins_again once5000,change1 '' v1
goes_on if_range_that_does_not_count_is_seen once5000,change1,sloppy '' v1
goes_on a_changed_date_is_seen once5000,change1,sloppy,date '' v1
goes_on a_server_without_ranges_sends_all once5000,norange '' v0
goes_on a_range_from_elsewhere_is_not_taken once5000,skew '' v0
goes_on a_range_of_another_length_is_not_taken once5000,total '' v0
goes_on a_range_without_its_tag_is_not_taken once5000,untagged '' v0
goes_on a_short_range_is_not_taken once5000,short '' v0

# All but the name is there: the last byte is asked for again.
get whole once99999
cp out/.once99999.part v0.part
cat v0 >out/.once99999.part
get whole once99999
gets a_whole_part_is_asked_for_its_last_byte v0 99999
get unknown once99999,chunked
cat v0 >out/.once99999,chunked.part
get unknown once99999,chunked
check a_whole_part_of_unknown_length_is_known \
    test "$(number record http_code)" = 416
gets a_whole_part_of_unknown_length_gets_its_name v0 $size

# A stranger's: longer than the whole, of another URL, a note that is none.
for what in long url torn missing link; do
    words=once5000,etag
    get "$what" "$words"
    case $what in
    long) cat v0 v0 >"out/.$words.part" ;;
    url) sed -i 's/^url ../url 00/' "out/.$words.part.info" ;;
    torn) sed -i '$d' "out/.$words.part.info" ;;
    missing) rm "out/.$words.part.info" ;;
    link)
        mv "out/.$words.part" elsewhere
        ln -s ../elsewhere "out/.$words.part"
        ;;
    esac
    get "$what" "$words"
    gets "a_strange_part_$what" v0 ''
done
check a_link_is_not_followed test "$(wc -c <elsewhere)" -eq 5000

# Each attempt has its part of it, within one run.
get attempts cut30000 --retries 5 --retry-delay 10ms
check attempts_of_a_run_go_on test "$(number record attempts)" -eq 4
gets attempts_of_a_run_go_on_too v0 90000

# The sum is of the whole, also of what was there before.
sum=$(sha256sum <v0 | cut -d ' ' -f 1)
for what in right wrong; do
    echo "{\"url\":\"$url/sum-$what/$size/once5000\",\"sha256\":\"$sum\"}" >list
    "$WEIR" fetch -q -i list --retries 0 -C - -O >record
    [ $what = right ] || sed -i 's/^a/b/' .once5000.part
    "$WEIR" fetch -q -i list --retries 0 -C - -O >record
    [ $what = wrong ] || check the_sum_is_of_the_whole cmp once5000 v0
    rm -f once5000
done
check a_wrong_sum_is_seen test "$(kinds record)" = checksum
check a_wrong_sum_leaves_nothing test ! -e .once5000.part

# What is no answer harms nothing.
get missed once5000,miss1
get missed once5000,miss1
check a_404_keeps_the_part test "$(wc -c <out/.once5000,miss1.part)" -eq 5000
get missed once5000,miss1
gets after_a_404_it_goes_on v0 5000

# Without the option nothing is kept, nor used.
get without once5000
"$WEIR" fetch -q --retries 0 --output-dir out "$url/without/$size/once5000" \
    >record
gets without_the_option_it_begins_again v0 ''
"$WEIR" fetch -q --retries 0 --output-dir out "$url/broken/$size/once5000" \
    >record
check without_the_option_nothing_is_left test -z "$(ls -A out)"

"$WEIR" fetch -q --retries 0 --output-dir out \
    "${url%/file}/break/part/1000/500" >record
check a_part_for_a_whole_fails test "$(kinds record)" = protocol
check a_part_for_a_whole_has_no_name test -z "$(ls -A out)"

# refused OPTIONS: MESSAGE
refused() {
    # shellcheck disable=SC2086 # a list of words
    "$WEIR" fetch $1 "$url/x/1/etag" >record 2>log
    check "refused:_$1" test "$?:$(cat log)" = "2:weir: fetch: $2"
}
refused '-C 100 -O' "-C 100: only '-' is known: where it broke off"
refused '-C -' '--resume-partial is for files: -O, -o or --output-dir'
refused '--resume-partial -O --compressed' \
    '--resume-partial excludes --compressed'
refused '--resume-partial -O -r 1-2' '--resume-partial excludes -r'

exit $failed
