#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Ten thousand files of a real web server come whole, under their own names.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"
many=10000

command -v nginx >/dev/null || {
    echo 'skip ten_thousand_files_come_whole: no nginx'
    exit 0
}
start_nginx 'server { listen 127.0.0.1:PORT; root www; }' || exit 1
awk -v many=$many 'BEGIN {
    for (i = 0; i < many; i++) {
        name = "nginx/www/f" i ".bin"
        text = sprintf("%0512d%0512d", i, i * 7)
        printf "%s", text > name
        close(name)
    }
}'
seq 0 $((many - 1)) | sed "s|.*|http://127.0.0.1:$nginx_port/f&.bin|" >urls

"$WEIR" fetch -i urls --output-dir out >records
check exit_is_0 test $? -eq 0
check every_request_has_a_record test "$(wc -l <records)" -eq $many
check every_record_is_completed test "$(count records completed)" -eq $many
check ten_thousand_files_come_whole diff -r nginx/www out
check each_record_names_its_file \
    test "$(grep -c '"path":"out/f[0-9]*\.bin","sha256":"' records)" -eq $many
check an_id_is_given_once \
    test "$(grep -o '^{"task_id":"task_[0-9]*"' records | sort -u | wc -l)" \
    -eq $many

# Twenty connections do for all of them.
opened=$(grep -c '"num_connects":1' records)
check connections_are_used_again between "$opened" 1 20

"$WEIR" fetch --ordered -i urls --body none | grep -o 'task_[0-9][0-9]*' >ids
seq 1 $many | sed 's/^/task_/' >want
check ordered_leaves_as_it_came cmp -s ids want

# Where no file can be made nothing is asked for. Nobody forbids root anything.
start_server
mkdir closed
chmod 555 closed
cp "$WEIR" weir
as=
if [ "$(id -u)" -eq 0 ]; then
    chmod 755 .
    as='setpriv --reuid 65534 --regid 65534 --clear-groups'
fi
$as ./weir fetch --output-dir closed "http://127.0.0.1:$port/name/a" \
    >record 2>log
check a_closed_directory_is_73 test $? -eq 73
check it_is_named test "$(cat log)" = 'weir: fetch: closed: Permission denied'
check nobody_was_asked test "$(stat "$port" requests)" -eq 1
$as ./weir fetch --output-dir closed --skip-existing \
    "http://127.0.0.1:$port/name/a" >record 2>log
check a_part_that_cannot_be_made_says_why test "$(messages record)" = \
    'closed/a: cannot create: Permission denied'

exit $failed
