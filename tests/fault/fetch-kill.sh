#!/bin/sh
# SPDX-License-Identifier: MIT
#
# No file has its name before it is whole, however its transfer breaks off, and
# wherever, and whenever weir is killed with KILL. Each run asks for one file
# that can never be whole and for some that can, most of these in pieces,
# and is killed at a random moment; a watcher looks at each name as it appears.
#
# FETCH_KILL_PLACES: places in a body where it breaks off (50: all; default 2).
# FETCH_KILL_SEED: of the moments.

# shellcheck disable=SC2317 # functions are called through check
set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/../cli/fetch-common.sh"

ways='head close reset stall long short lost chunk early gzip redirect part tls'
all=50
places=${FETCH_KILL_PLACES:-2}
seed=${FETCH_KILL_SEED:-$(date +%s)}
size=2200000
# A run of the instrumented variants takes longer.
latest_ms=250
silence=40ms # what stalls is not waited for
[ "$VARIANT" = plain ] || latest_ms=600
echo "seed $seed, $places of $all places"

start_server
url=http://127.0.0.1:$port
tls=
if command -v nginx >/dev/null && command -v openssl >/dev/null; then
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
        -keyout key.pem -out cert.pem 2>openssl.log || cat openssl.log
    start_nginx "server { listen 127.0.0.1:PORT ssl http2;
        ssl_certificate $PWD/cert.pem; ssl_certificate_key $PWD/key.pem;
        location / { proxy_pass $url; proxy_buffering off; } }" || exit 1
    tls=https://127.0.0.1:$nginx_port
fi
[ -n "$tls" ] || echo 'skip over TLS: no nginx or no openssl'

mkdir out
mkfifo end
"${SERVER%/*}/watch" out $size <end >seen &
watcher=$!
started="$started $watcher"
exec 3>end
while ! grep -q ready seen; do
    sleep 0.02
done

sum=$(printf x | sha256sum | cut -d ' ' -f 1)

# Prints the list of a run: RUN WAY AT.
make_list() {
    case $2 in
    tls) echo "{\"url\":\"$tls/break/close/$size/$3\",\"output\":\"bad-tls\"}" ;;
    # What only a checksum can tell.
    early | short)
        echo "{\"url\":\"$url/break/$2/$size/$3\",\"output\":\"bad-$2\",\"sha256\":\"$sum\"}"
        ;;
    *) echo "{\"url\":\"$url/break/$2/$size/$3\",\"output\":\"bad-$2\"}" ;;
    esac
    echo "{\"url\":\"$url/file/a$1/$size/once$3\",\"output\":\"two-pieces\"}"
    echo "{\"url\":\"$url/file/b$1/$size/once$3,change1\",\"output\":\"two-versions\"}"
    echo "{\"url\":\"$url/file/c$1/$size/cut$((size / 2 + $3 / 4))\",\"output\":\"some-pieces\"}"
    echo "{\"url\":\"$url/file/d$1/$size/etag\",\"output\":\"one-piece\"}"
}

# start WAY: ask for what is in `list`, in the background; sets `pid`.
start() {
    resume='--resume-partial --split 3'
    [ "$1" != gzip ] || resume=--compressed
    # shellcheck disable=SC2086 # a list of words
    "$WEIR" fetch -q -k -i list --output-dir out --read-timeout $silence \
        --retries 1 --retry-delay 1ms $resume >records 2>log &
    pid=$!
}

runs=0 killed=0 parts=0
awk -v seed="$seed" -v most=$latest_ms -v n=$((all * 13)) 'BEGIN {
    srand(seed)
    for (i = 0; i < n; i++)
        printf "%.4f\n", rand() * most / 1000
}' >moments
exec 4<moments
for place in $(seq 1 "$places"); do
    at=$(((place * all / places - 1) * size / all + place * 7919 % 4096))
    for way in $ways; do
        [ "$way" != tls ] || [ -n "$tls" ] || continue
        runs=$((runs + 1))
        make_list $runs "$way" $at >list
        start "$way"
        read -r moment <&4
        sleep "$moment"
        kill -s KILL $pid 2>/dev/null
        { wait $pid; } 2>/dev/null
        [ $? -ne 137 ] || killed=$((killed + 1))
        [ -z "$(find out -name '.*.part')" ] || parts=$((parts + 1))
    done
done
echo "$runs runs, $killed killed, $parts left a part"

# A run that nobody kills makes whole what can be, and what cannot be is not
# kept by one that does not resume.
make_list last close 1000 | sed 's/once[0-9]*/etag/;s/cut[0-9]*/etag/' |
    tail -n 4 >list
silence=10s
start whole
wait $pid
for way in $ways; do
    echo "{\"url\":\"$url/break/short/$size/1\",\"output\":\"bad-$way\",\"sha256\":\"$sum\"}"
done >list
"$WEIR" fetch -q -i list --output-dir out --retries 0 >records 2>log
exec 3>&-
wait "$watcher"

check every_name_is_that_of_a_whole_file \
    sh -c 'grep -q whole seen && ! grep broken seen'
check some_runs_were_killed test $killed -gt 0
check the_last_run_leaves_no_part test -z "$(find out -name '.*')"
for name in one-piece two-pieces two-versions some-pieces; do
    check "${name}_came_whole" grep -q "whole $name" seen
done

exit $failed
