#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Certificates are checked, HTTP/2 is spoken where it is offered, and its
# streams do not pass the limit for a host.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

if ! command -v nginx >/dev/null || ! command -v openssl >/dev/null; then
    echo 'skip certificates_are_checked: no nginx or no openssl'
    exit 0
fi
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem \
    2>openssl.log || cat openssl.log
echo subjectAltName=DNS:expired.localhost >names
openssl req -new -key key.pem -subj /CN=expired.localhost 2>openssl.log |
    openssl x509 -req -signkey key.pem -days -1 -extfile names \
        -out expired.pem 2>openssl.log || cat openssl.log
echo subjectAltName=DNS:asks.localhost >names
openssl req -new -key key.pem -subj /CN=asks.localhost 2>openssl.log |
    openssl x509 -req -signkey key.pem -days 2 -extfile names \
        -out asks.pem 2>openssl.log || cat openssl.log
cat cert.pem expired.pem asks.pem >trusted.pem
mkdir -p nginx/www
echo hello >nginx/www/hello
start_nginx "server {
    listen 127.0.0.1:PORT ssl http2; root www; server_name localhost;
    ssl_certificate $PWD/cert.pem; ssl_certificate_key $PWD/key.pem;
    } server {
    listen 127.0.0.1:PORT ssl http2; root www; server_name expired.localhost;
    ssl_certificate $PWD/expired.pem; ssl_certificate_key $PWD/key.pem;
    } server {
    listen 127.0.0.1:PORT ssl http2; root www; server_name asks.localhost;
    ssl_certificate $PWD/asks.pem; ssl_certificate_key $PWD/key.pem;
    ssl_client_certificate $PWD/cert.pem; ssl_verify_client on;
    }" || exit 1
url=https://localhost:$nginx_port

"$WEIR" fetch -4 "$url/hello" >record 2>log
check an_unknown_certificate_fails test $? -eq 1
check it_is_of_kind_tls test "$(kinds record)" = tls
check it_is_not_tried_again test "$(number record attempts)" -eq 1
check it_is_told test "$(messages record)" = \
    'SSL certificate problem: self-signed certificate'

# distrusted NAME HOST MESSAGE
distrusted() {
    CURL_CA_BUNDLE=$PWD/trusted.pem "$WEIR" fetch -4 \
        "https://$2:$nginx_port/hello" >record 2>log
    check "$1_is_of_kind_tls" test "$(kinds record)" = tls
    check "$1_is_told" test "$(messages record)" = "$3"
    check "$1_is_not_tried_again" test "$(number record attempts)" -eq 1
}

distrusted an_expired_one expired.localhost \
    'SSL certificate problem: certificate has expired'
distrusted another_name other.localhost "SSL: no alternative certificate \
subject name matches target host name 'other.localhost'"
distrusted an_address 127.0.0.1 "SSL: no alternative certificate subject name \
matches target host name '127.0.0.1'"

# A server that waits for another protocol.
start_server
"$WEIR" fetch --retries 0 --connect-timeout 300ms "https://127.0.0.1:$port/" \
    >record 2>log
check silence_in_the_handshake_is_told test "$(messages record)" = \
    'connect timed out after 0.3 s'

CURL_CA_BUNDLE=$PWD/cert.pem "$WEIR" fetch -4 "$url/hello" >record 2>log
check curl_ca_bundle_is_obeyed grep -q '"body":"hello\\n"' record
check http_2_is_spoken grep -q '"http_version":"2"' record
SSL_CERT_FILE=$PWD/cert.pem "$WEIR" fetch -4 --http1.1 "$url/hello" >record
check ssl_cert_file_is_obeyed grep -q '"body":"hello\\n"' record
check http_1_1_can_be_had grep -q '"http_version":"1.1"' record

# --cacert comes before the environment, and we can have a certificate too.
CURL_CA_BUNDLE=$PWD/expired.pem "$WEIR" fetch -4 --cacert cert.pem \
    "$url/hello" >record
check cacert_is_obeyed grep -q '"body":"hello\\n"' record
asks=https://asks.localhost:$nginx_port/hello
"$WEIR" fetch -4 --cacert trusted.pem "$asks" >record 2>log
check a_server_that_asks_refuses grep -q '"http_code":400' record
"$WEIR" fetch -4 --cacert trusted.pem --cert cert.pem --key key.pem "$asks" \
    >record 2>log
check our_certificate_is_sent grep -q '"body":"hello\\n"' record
"$WEIR" fetch --cacert missing.pem "$url/hello" 2>log
check a_missing_file_is_exit_66 test $? -eq 66
check it_is_named grep -q '^weir: fetch: missing.pem: No such file' log

"$WEIR" fetch -4 -k "$url/hello" >record 2>log
check k_accepts_it grep -q '"body":"hello\\n"' record
check k_is_said_loudly grep -q 'certificates are not checked' log

seq 1 100 | sed "s|.*|$url/hello?&|" |
    CURL_CA_BUNDLE=$PWD/cert.pem "$WEIR" fetch -4 >records
check one_connection_carries_all test \
    "$(grep -c '"num_connects":1' records)" -eq 1
check all_are_completed test "$(count records completed)" -eq 100

exit $failed
