#!/bin/sh
# SPDX-License-Identifier: MIT
#
# weir fetch --state --if-changed: the server is asked whether there is news.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"
start_server
base=http://127.0.0.1:$port

# get STATE OPTION...: the records are in `record`, the status in `status`.
get() {
    state=$1
    shift
    "$WEIR" fetch -q --state "$state" --retries 0 --format json "$@" \
        >record 2>log
    status=$?
}

# sees NAME CODE: the last run had one record, with that HTTP status.
sees() {
    check "$1" test "$(wc -l <record) $(number record http_code)" = "1 $2"
}

same() {
    sees "$1: not modified" 304
    check "$1: it says so" grep -q \
        '"status":"completed",.*"not_modified":true' record
}

# kept STATE: what it knows of versions.
kept() {
    sqlite3 "$1" "SELECT coalesce(etag,'-')||' '||coalesce(last_modified,'-')
        FROM validators"
}

# A file
url=$base/file/a/100/both
get s --if-changed --output-dir out "$url"
sees 'the first run asks for all' 200
check 'versions are kept' \
    test "$(kept s)" = '"v0" Sun, 06 Nov 1994 08:49:37 GMT'
cp out/both before
touch -d '2001-01-01' out/both
get s --output-dir out "$url"
check 'without the option nobody is asked' test ! -s record
get s --if-changed --output-dir out "$url" --summary sum
same 'a file'
check 'its path is told' \
    grep -q '"not_modified":true,"path":"out/both","sha256":null}' record
check 'it was left as it is' test "$(find out -newermt 2002-01-01 -type f)" = ''
check 'the summary counts it' test "$("$WEIR" stream-jsonl -c \
    '[.requests,.completed,.not_modified,.skipped]' sum)" = '[1,1,1,0]'
check 'the version stays' \
    test "$(kept s)" = '"v0" Sun, 06 Nov 1994 08:49:37 GMT'
get s --if-changed --output-dir out "$url" --format text
check 'text says so' grep -Eq '^completed .* not modified ' record
check 'the state has the record' test "$("$WEIR" ctl s result task_1 |
    "$WEIR" stream-jsonl .result.not_modified)" = true
rm out/both
get s --if-changed --output-dir out "$url"
sees 'a file that is gone is asked for' 200
check 'and is there again' cmp before out/both
get s --if-changed --output-dir out --expect-status 200 "$url"
same 'where 304 is not expected'
get s --if-changed --output-dir out --rerun all "$url"
same 'with --rerun all'
get s --output-dir out --rerun all "$url"
sees '--rerun all alone asks for all' 200

# Another version
url=$base/file/b/100/change2
get b --if-changed --output-dir out "$url"
get b --if-changed --output-dir out "$url"
same 'before the change'
cp out/change2 before
get b --if-changed --output-dir out "$url"
sees 'a new version is fetched' 200
check 'it has replaced the file' sh -c '! cmp -s before out/change2'
check 'and the old version' test "$(kept b)" = '"v1" -'
get b --if-changed --output-dir out "$url"
same 'the new version'

# Another attempt of the same run
url=$base/file/p/100/late1
get p --if-changed --output-dir out "$url"
get p --if-changed --output-dir out --retries 1 --retry-delay 1ms "$url"
same 'at the second attempt'
check 'there were two' test "$(number record attempts)" = 3

# A failure between
url=$base/file/c/100/miss1
get c --if-changed --output-dir out "$url"
get c --if-changed --output-dir out "$url"
check 'a failure' test "$status $(kinds record)" = '1 http_status'
check 'the version stays after it' test "$(kept c)" = '"v0" -'
check 'and the file' test -e out/miss1
get c --if-changed --output-dir out "$url"
same 'after a failure'
check 'it is completed then' test $status -eq 0
get c --output-dir out "$url"
check 'and passed over' test "$status $(wc -l <record)" = '0 0'

# What a server says of versions
for words in weak date new; do
    get d --if-changed "$base/file/d$words/10/$words"
    get d --if-changed "$base/file/d$words/10/$words"
    same "$words"
    check "$words: no body" test "$(grep -c '"body' record)" -eq 0
done
get none --if-changed "$base/file/none/10/none"
get none --if-changed "$base/file/none/10/none"
sees 'without a version all is asked for' 200
check 'nothing is kept of it' test "$(kept none)" = ''
get deaf --if-changed "$base/file/deaf/10/deaf"
get deaf --if-changed "$base/file/deaf/10/deaf"
sees 'a server that does not care' 200
for bad in 'ETag/x' 'ETag/%22a%20b%22' 'Last-Modified/yesterday'; do
    get bad --if-changed "$base/header/$bad"
    check "no version: $bad" test "$(kept bad)" = ''
done

# The request
url=$base/file/e/10/etag
get e --if-changed -I "$url"
get e --if-changed -I "$url"
same HEAD
get e --if-changed -X POST "$url"
get e --if-changed -X POST "$url"
sees 'POST is sent as it is' 200
get e --if-changed -H 'If-None-Match: "other"' "$url"
get e --if-changed -H 'If-None-Match: "other"' "$url"
sees 'who asks himself is left alone' 200

# The same id, something else
echo "{\"id\":\"x\",\"url\":\"$base/file/f/10/etag\"}" >list
get f --if-changed -i list
echo "{\"id\":\"x\",\"url\":\"$base/file/g/10/etag\"}" >list
get f --if-changed -i list
sees 'of another URL all is asked for' 200
echo "{\"id\":\"x\",\"url\":\"$base/file/h/10/miss0\"}" >list
get f --if-changed -i list
check 'which fails' test "$(kinds record)" = http_status
check 'what another URL had is forgotten' test "$(kept f)" = ''
get f --if-changed -i list
sees 'and not asked by' 200

# It was running when its run was killed, and no result of it is there.
echo "{\"id\":\"x\",\"url\":\"$base/file/n/10/etag\"}" >list
get n --if-changed -i list
cp n n2
echo "{\"id\":\"x\",\"url\":\"$base/file/o/10/etag\"}" >list
get n2 --if-changed -i list
sqlite3 n "ATTACH 'n2' AS n2;
    INSERT INTO running(task_id,key,occurrence,number,content,submitted,
        attempts,run_id,started_ms)
    SELECT task_id,key,0,1,content,0,2,1,1 FROM n2.tasks"
get n --if-changed -i list
sees 'what was interrupted is asked for as a whole' 200
get n --if-changed -i list
same 'it has its own then'
sqlite3 n 'INSERT INTO running(task_id,key,occurrence,number,content,submitted,
        attempts,run_id,started_ms)
    SELECT task_id,key,0,1,content,0,9,1,1 FROM tasks'
get n --if-changed -i list
sees 'its file may be another by now' 200

# What the list knows of the file
url=$base/file/i/100/etag
sum=$(awk 'BEGIN { for (i = 0; i < 100; i++) printf "%c", 97 + i % 26 }' |
    sha256sum | cut -d ' ' -f 1)
echo "{\"url\":\"$url\",\"size\":100,\"sha256\":\"$sum\"}" >list
get i --if-changed -i list --output-dir sums
get i --if-changed -i list --output-dir sums
same 'with a sum'
check 'the sum is told' grep -q "\"sha256\":\"$sum\"" record
echo >>sums/etag
get i --if-changed -i list --output-dir sums
sees 'a file that is not as the list says is asked for' 200
get i --if-changed -i list
get i --if-changed -i list
sees 'so is what is no file' 200

# Redirects
to=$base/to/http%3A%2F%2F127.0.0.1%3A$port%2Ffile%2Fj%2F10%2Fetag
get j --if-changed "$to"
sees 'a redirect' 200
check 'nothing is kept after one' test "$(kept j)" = ''
sqlite3 j "INSERT INTO validators VALUES(1,'\"v0\"',NULL)"
get j --if-changed "$to"
sees 'a version of another URL is none' 200

# A state that somebody else has changed
get k --if-changed "$base/file/k/10/etag"
sqlite3 k "UPDATE validators SET etag='\"v0\"'||char(13,10)||'X: y'"
get k --if-changed "$base/file/k/10/etag"
sees 'what is no tag is not sent' 200

# Many
seq 300 | sed "s|.*|$base/file/m&/10/etag|" >list
get m -i list
check 'many are kept' test "$(kept m | wc -l)" -eq 300
get m --if-changed -i list
check 'many are not modified' \
    test "$(grep -c '"not_modified":true' record)" -eq 300
check 'and are still kept' test "$(kept m | wc -l)" -eq 300
check 'the state is sound' test "$(sqlite3 m 'PRAGMA integrity_check;
    PRAGMA foreign_key_check')" = ok

"$WEIR" fetch --if-changed "$url" 2>log
check 'it needs a state' test "$?:$(cat log)" = '2:weir: fetch: --if-changed '\
'needs --state, which knows what was there'
"$WEIR" fetch --if-changed --state s --skip-existing -O "$url" 2>log
check 'not with --skip-existing' test "$?:$(cat log)" = \
    '2:weir: fetch: --if-changed excludes --skip-existing'
exit $failed
