#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --skip-existing: what is there, and is as the list says, is not asked for.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

start_server
url=http://127.0.0.1:$port/file/x/100
sum=$(awk 'BEGIN { for (i = 0; i < 100; i++) printf "%c", 97 + i % 26 }' |
    sha256sum | cut -d ' ' -f 1)

asked() {
    stat "$port" requests
}

# get OPTION...: of the list in `list`
get() {
    "$WEIR" fetch -q -i list --retries 0 --output-dir out --skip-existing "$@" \
        >record 2>log
}

# skips NAME: the last run asked nobody.
skips() {
    check "$1_is_skipped" grep -q \
        '"status":"completed",.*"http_code":0,.*"skipped":true,"path":"out/a",' \
        record
    check "$1_is_no_attempt" grep -q '"attempts":0,"started_at":null' record
}

asks() {
    check "$1_is_asked_for" grep -q '"http_code":200,' record
}

echo "$url/a" >list
get
asks what_is_missing
before=$(asked)
get
skips what_is_there
check what_is_there_is_not_asked_for test "$(asked)" -eq $((before + 1))
check a_sum_that_nobody_knows_is_null grep -q '"sha256":null' record
get --format text
check text_says_so grep -Eq '^completed +task_1 +0\.000s  is there ' record

echo "{\"url\":\"$url/a\",\"size\":100,\"sha256\":\"$sum\"}" >list
get --summary summary
skips what_is_as_the_list_says
check the_sum_is_told grep -q "\"sha256\":\"$sum\"" record
check the_summary_counts_it grep -q '"skipped":1' summary
echo >>out/a
get
asks what_has_another_sum
check it_is_right_then test "$(wc -c <out/a)" -eq 100
echo "{\"url\":\"$url/a\",\"size\":100}" >list
echo >>out/a
get
asks what_has_another_size
get
skips what_has_the_right_size
rm out/a
ln -s record out/a
get
asks a_link

echo "{\"url\":\"$url/a\",\"method\":\"POST\"}" >list
get
asks post
echo "$url/a" >list
"$WEIR" fetch -q -i list --output-dir out >record
asks without_the_option_it

# Many at once, all with sums.
for i in $(seq 200); do
    echo "{\"url\":\"$url/a\",\"output\":\"n/$i\",\"sha256\":\"$sum\"}"
done >list
get
check many_come test "$(count record completed)" -eq 200
before=$(asked)
get
check many_are_there test "$(grep -c '"skipped":true' record)" -eq 200
check and_are_not_asked_for test "$(asked)" -eq $((before + 1))

# The size of the list, while it is fetched.
wrong='the body has 100 bytes, not 99'
for body in "$url/a" "http://127.0.0.1:$port/chunked/100"; do
    echo "{\"url\":\"$body\",\"output\":\"size\",\"size\":99}" >list
    get
    check another_size_is_seen test "$(kinds record)" = checksum
    check another_size_is_told test "$(messages record)" = "$wrong"
    check another_size_leaves_no_file test ! -e out/size
    check another_size_inline_is_seen sh -c "sed 's/\"output\":\"size\",//' list |
        '$WEIR' fetch -q --retries 0 | grep -q '\"kind\":\"checksum\"'"
done
echo '{"url":"http://x/","size":-1}' | "$WEIR" fetch 2>log
check a_size_is_a_count grep -q '"size" is not a count of bytes' log

"$WEIR" fetch --skip-existing "$url/a" 2>log
check it_is_for_files test "$?:$(cat log)" = '2:weir: fetch: --skip-existing '\
'is for files: -O, -o or --output-dir'

exit $failed
