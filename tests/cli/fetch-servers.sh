#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Two servers that others have written, nginx and lighttpd: keep-alive, ranges,
# TLS, HTTP/2; and the limits, told by a server of ours behind them.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

for program in nginx lighttpd openssl; do
    if ! command -v $program >/dev/null; then
        echo "skip two_servers_of_others: no $program"
        exit 0
    fi
done
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem \
    -out cert.pem 2>openssl.log || cat openssl.log
cat key.pem cert.pem >both.pem
export CURL_CA_BUNDLE="$PWD/cert.pem"

start_server
behind=$port
start_nginx "server {
    listen 127.0.0.1:PORT ssl http2; root www;
    ssl_certificate $PWD/cert.pem; ssl_certificate_key $PWD/key.pem;
    location /delay/ { proxy_pass http://127.0.0.1:$behind; }
    }" || exit 1
start_lighttpd "server.modules = ( \"mod_openssl\", \"mod_proxy\" )
ssl.engine = \"enable\"
ssl.pemfile = \"$PWD/both.pem\"
server.max-keep-alive-requests = 1000000
mimetype.assign = ( \"\" => \"text/plain\" ) # else there is no ETag
server.feature-flags = ( \"server.h2proto\" => \"enable\" )
\$HTTP[\"url\"] =~ \"^/delay/\" {
    proxy.server = ( \"\" => (( \"host\" => \"127.0.0.1\", \"port\" => $behind )))
}" || exit 1
seq 1 100000 | head -c 300000 | tee nginx/www/file >lighttpd/www/file
seq 1 500000 | head -c 3000000 | tee nginx/www/large >lighttpd/www/large
tail -c +200001 nginx/www/file | head -c 1000 >part

# How many connections were opened for all records.
opened() {
    number records num_connects | awk '{ n += $1 } END { print n + 0 }'
}

# judge NAME PORT: what each server has to do.
judge() {
    name=$1 url=https://127.0.0.1:$2
    for version in 1.1 2; do
        case $version in
        1.1) how=--http1.1 rule=${name}_http1 ;;
        2) how=--http2 rule=${name}_http2 ;;
        esac
        "$WEIR" fetch "$how" --output-dir "$rule" "$url/file" >record 2>log
        check "${rule}_is_spoken" grep -q "\"http_version\":\"$version\"" record
        check "${rule}_gives_a_file" cmp nginx/www/file "$rule/file"
        "$WEIR" fetch "$how" -r 200000-200999 --output-dir "$rule" "$url/file" \
            >record 2>log
        check "${rule}_gives_a_range" cmp part "$rule/file"
        check "${rule}_says_it_is_one" test "$(number record http_code)" -eq 206
        "$WEIR" fetch "$how" -r 400000- "$url/file" >record 2>log
        check "${rule}_has_no_more" test "$(number record http_code)" -eq 416
        "$WEIR" fetch "$how" --split 3 --output-dir "$rule" "$url/large" \
            >record 2>log
        check "${rule}_gives_ranges" cmp nginx/www/large "$rule/large"

        # A disk that is full leaves a part, with which it goes on later.
        rm "$rule/large"
        (
            ulimit -f 2000 # of 512 bytes
            "$WEIR" fetch "$how" --resume-partial --output-dir "$rule" \
                "$url/large" >record 2>log
        )
        check "${rule}_breaks_off" test "$(kinds record)" = io
        "$WEIR" fetch "$how" --resume-partial --output-dir "$rule" \
            "$url/large" >record 2>log
        check "${rule}_goes_on" between "$(number record resumed_from)" \
            900000 1100000
        check "${rule}_is_whole_then" cmp nginx/www/large "$rule/large"
        "$WEIR" fetch "$how" -I "$url/file" >record 2>log
        check "${rule}_answers_head" grep -q '"status":"completed"' record

        # One at a time: one connection.
        seq 1 30 | sed "s|.*|$url/file?&|" |
            "$WEIR" fetch "$how" -j 1 --body none >records 2>log
        check "${rule}_all_are_completed" test "$(count records completed)" \
            -eq 30
        check "${rule}_is_kept_alive" test "$(opened)" -eq 1
        seq 1 5 | sed "s|.*|$url/file?&|" |
            "$WEIR" fetch "$how" -j 1 --body none --keepalive 0 >records 2>log
        check "${rule}_is_not_if_so_told" test "$(opened)" -eq 5

        # Many at once: requests of one host, streams or not.
        "$WEIR" fetch "http://127.0.0.1:$behind/reset-stats" >record
        seq 1 300 | sed "s|.*|$url/delay/10?&|" |
            "$WEIR" fetch "$how" >records 2>log
        check "${rule}_answers_all" test "$(count records completed)" -eq 300
        check "${rule}_has_20_in_flight" test \
            "$(stat "$behind" peak_in_flight)" -eq 20
        # lighttpd takes 8 streams of a connection.
        case $rule in
        nginx_http2) most=1 ;;
        *) most=20 ;;
        esac
        check "${rule}_has_${most}_connections_at_most" between "$(opened)" 1 \
            $most
        "$WEIR" fetch "http://127.0.0.1:$behind/reset-stats" >record
        seq 1 60 | sed "s|.*|$url/delay/10?&|" |
            "$WEIR" fetch "$how" --per-host 3 >records 2>log
        check "${rule}_obeys_per_host" test \
            "$(stat "$behind" peak_in_flight)" -eq 3
    done
}

judge nginx "$nginx_port"
judge lighttpd "$lighttpd_port"

# Streams obey where redirects lead to, too.
server_options=--any start_server
"$WEIR" fetch "http://127.0.0.1:$behind/reset-stats" >record
for n in 2 3 4 5 6 7 8 9; do
    seq 1 20 | sed "s|.*|http://127.0.0.$n:$port/to/https:%2f%2f127.0.0.1:$nginx_port%2fdelay%2f20?&|"
done | "$WEIR" fetch >records 2>log
check all_that_are_led_away_are_completed test "$(count records completed)" \
    -eq 160
check they_are_20_streams test "$(stat "$behind" peak_in_flight)" -eq 20

exit $failed
