#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Servers that speak HTTP/2 badly, or stop speaking it: what may go again does,
# what may not does not, and each fault has its kind and message.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

if ! python3 -c 'import ssl' 2>/dev/null || ! command -v openssl >/dev/null ||
    ! command -v nginx >/dev/null; then
    echo 'skip http_2_that_is_bad: no python3, openssl or nginx'
    exit 0
fi
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem \
    2>openssl.log || cat openssl.log

python3 "${0%/*}/../support/h2_faults.py" cert.pem key.pem reset reset-body \
    short long stall continue bomb drop refuse refuse-twice=2 leave goaway=1 \
    trailers &
started="$started $!"
wait_for test -e ports

# The URL of the server of a mode.
h2() {
    echo "https://127.0.0.1:$(sed -n "s/^$1 //p" ports)"
}

ask() {
    "$WEIR" fetch --cacert cert.pem --retries 1 --retry-delay 10ms "$@" \
        >record 2>log
}

# How many requests have arrived there.
arrived() {
    wc -l <"requests.$1"
}

# fault MODE KIND MESSAGE ATTEMPTS [OPTION...]: likewise a POST, which goes once.
fault() {
    mode=$1 kind=$2 message=$3 attempts=$4
    shift 4
    ask "$(h2 "$mode")/x" "$@"
    check "${mode}_is_$kind" test "$(kinds record)" = "$kind"
    check "${mode}_is_told" grep -Eq "^$message\$" <<end
$(messages record)
end
    check "${mode}_has_${attempts}_attempts" test \
        "$(number record attempts)" -eq "$attempts"
    ask -d x "$(h2 "$mode")/x" "$@"
    check "${mode}_of_a_post_has_1" test "$(number record attempts)" -eq 1
}

unclean='HTTP/2 stream [0-9]* was not closed cleanly'
fault reset protocol "$unclean: INTERNAL_ERROR \(err 2\)" 2
check reset_arrives_as_often test "$(arrived reset)" -eq 3
fault reset-body protocol "$unclean: INTERNAL_ERROR \(err 2\)" 2
fault short protocol "$unclean: PROTOCOL_ERROR \(err 1\)" 2
fault long protocol "$unclean: PROTOCOL_ERROR \(err 1\)" 2
fault stall timeout 'read timed out: no byte for 0.4 s' 2 --read-timeout 400ms
fault continue protocol 'what came breaks the rules of HTTP/2' 2
fault bomb protocol 'what came breaks the rules of HTTP/2' 2
fault drop truncated "$unclean before end of the underlying stream" 2

# What the server did not look at may go again, whatever it is.
ask -d x "$(h2 refuse-twice)/x"
check a_refused_post_comes_through grep -q '"status":"completed"' record
check it_was_sent_again test "$(arrived refuse-twice)" -eq 3
ask -d x "$(h2 refuse)/x"
check a_post_that_is_always_refused_fails test "$(kinds record) $(messages record)" = \
    'connect the server closed the connection before it looked at the request'
check it_had_a_second_attempt test "$(number record attempts)" -eq 2

# A server that says goodbye: the answer counts, and the next one is asked for
# by another connection.
seq 1 5 | sed "s|.*|$(h2 leave)/&|" | "$WEIR" fetch --cacert cert.pem -j 1 \
    --retry-delay 10ms >records 2>log
check goodbyes_lose_nothing test "$(count records completed)" -eq 5
ask "$(h2 goaway)/x"
check a_goodbye_before_the_answer_is_tried_again test \
    "$(number record attempts) $(grep -c completed record)" = '2 1'
start_nginx "server {
    listen 127.0.0.1:PORT ssl http2; root www; keepalive_requests 50;
    ssl_certificate $PWD/cert.pem; ssl_certificate_key $PWD/key.pem;
    }" || exit 1
echo hello >nginx/www/hello
seq 1 1000 | sed "s|.*|https://127.0.0.1:$nginx_port/hello?&|" |
    "$WEIR" fetch --cacert cert.pem --retry-delay 10ms --summary summary \
        >records 2>log
check goodbyes_of_nginx_lose_nothing test "$(count records completed)" -eq 1000
check they_park_no_host grep -q '"hosts_parked":0' summary

ask "$(h2 trailers)/x"
check trailers_are_well grep -q '"body":"ok"' record

exit $failed
