#!/bin/sh
# SPDX-License-Identifier: MIT
#
# https through a proxy: its tunnels, its refusals and its faults.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

if ! python3 -c '' 2>/dev/null || ! command -v openssl >/dev/null ||
    ! command -v nginx >/dev/null; then
    echo 'skip tunnels: no python3, openssl or nginx'
    exit 0
fi
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:ok.test,DNS:auth.test -keyout key.pem \
    -out cert.pem 2>openssl.log || cat openssl.log
start_server
behind=$port
start_nginx "server {
    listen 127.0.0.1:PORT ssl; root www;
    ssl_certificate $PWD/cert.pem; ssl_certificate_key $PWD/key.pem;
    location /delay/ { proxy_pass http://127.0.0.1:$behind; }
    location /echo { proxy_pass http://127.0.0.1:$behind; }
    }" || exit 1
echo hello >nginx/www/hello
python3 "${0%/*}/../support/connect_proxy.py" >port.out &
started="$started $!"
wait_for test -s port.out
proxy=127.0.0.1:$(cat port.out)
: >tunnels

ask() {
    : >tunnels
    "$WEIR" fetch --cacert cert.pem --retries 1 --retry-delay 10ms "$@" \
        >record 2>log
}

ask -x "$proxy" "https://ok.test:$nginx_port/hello"
check a_tunnel_is_made grep -q '"body":"hello\\n"' record
ask -x "http://me:secret@$proxy" "https://auth.test:$nginx_port/echo"
check the_proxy_knows_us grep -q '^auth.test Basic bWU6c2VjcmV0$' tunnels
check the_server_does_not test "$(grep -ci 'proxy-authorization' record)" -eq 0
ask -x "$proxy" -H 'Authorization: own' "https://ok.test:$nginx_port/echo"
check what_is_for_the_server_is_not_for_the_proxy test "$(cat tunnels)" = \
    'ok.test -'

# fault NAME HOST ATTEMPTS KIND MESSAGE [OPTION]...
fault() {
    rule=$1 host=$2 attempts=$3 kind=$4 message=$5
    shift 5
    ask -x "$proxy" "$@" "https://$host.test/"
    check "${rule}_is_$kind" test "$(kinds record)" = "$kind"
    check "${rule}_is_told" test "$(messages record)" = "$message"
    check "${rule}_is_asked_for_so_often" test "$(wc -l <tunnels)" -eq \
        "$attempts"
}

fault a_refusal status-403 1 connect 'the proxy refused: HTTP status 403'
fault no_password auth 1 connect 'the proxy refused: HTTP status 407'
fault a_passing_refusal status-503 2 connect \
    'the proxy refused: HTTP status 503'
fault a_server_it_cannot_reach status-502 2 connect \
    'the proxy refused: HTTP status 502'
fault a_redirect status-302 1 connect 'the proxy refused: HTTP status 302'
fault its_silence stall 2 timeout 'connect timed out after 0.4 s' \
    --connect-timeout 400ms
fault its_end cut 2 connect 'the proxy closed the connection'
fault no_http garbage 1 connect 'the proxy does not speak HTTP'
fault its_flood flood 1 too_large \
    "the answer's headers have more than 256 KB"

# 20 tunnels to one host, used again and again.
: >tunnels
seq 1 200 | sed "s|.*|https://ok.test:$nginx_port/delay/10?&|" |
    "$WEIR" fetch --cacert cert.pem -x "$proxy" >records 2>log
check all_are_completed test "$(count records completed)" -eq 200
check a_host_has_20_tunnels between "$(wc -l <tunnels)" 2 20
check a_host_has_20_in_flight test "$(stat "$behind" peak_in_flight)" -eq 20

exit $failed
