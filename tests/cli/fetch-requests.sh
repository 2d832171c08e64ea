#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What options make of every request: who we are, which way it takes, and where
# it must not go.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

start_server
url=http://127.0.0.1:$port

# sends NAME PATTERN OPTION...: what /echo was sent has the pattern.
sends() {
    rule=$1 pattern=$2
    shift 2
    "$WEIR" fetch "$@" "$url/echo" >record 2>log
    sed 's/\\//g' record >sent
    check "$rule" grep -q -e "$pattern" sent
}

basic=$(printf 'me:secret:1' | base64)
sends basic_authentication "\"authorization\":\"Basic $basic\"" -u me:secret:1
printf 'me:secret:1\n' >user
sends a_user_from_a_file "\"authorization\":\"Basic $basic\"" -u @user
sends bearer_authentication '"authorization":"Bearer abc"' --oauth2-bearer abc
sends cookies '"cookie":"a=1; b=2"' -b 'a=1; b=2'
sends a_referer '"referer":"http://h/"' -e http://h/
sends a_range '"range":"bytes=0-9"' -r 0-9
"$WEIR" fetch -I "$url/bytes/5" >record
check head_can_be_had grep -q '"http_code":200,.*"size_download":0,' record
"$WEIR" fetch -u me "$url/echo" 2>log
check a_user_without_password_is_refused grep -q '^weir: fetch: -u: no pass' log
"$WEIR" fetch -b jar "$url/echo" 2>log
check no_jar_is_exit_66 test $? -eq 66
check no_jar_is_told grep -q '^weir: fetch: .*jar: No such file' log
"$WEIR" fetch -u "$(printf 'me:a\nb')" "$url/echo" >record
check a_newline_in_a_password_is_no_header test "$(grep -c '"b"' record)" -eq 0

# Cookies of answers are not kept.
printf '%s\n' "$url/header/Set-Cookie/a=secret%3Bpath=%2F" \
    "$url/echo" >urls
"$WEIR" fetch --ordered -j 1 -i urls >records
check cookies_are_not_kept test "$(grep -c secret records)" -eq 1

# They are, with a file of cookies or its empty name, and go where they belong.
"$WEIR" fetch --ordered -j 1 -i urls -b '' -v >records 2>log
check cookies_are_kept_with_b test "$(grep -c '\\"cookie\\":\\"a=secret' records)" -eq 1
check cookies_are_not_logged test "$(grep -c 'a=secret' log)" -eq \
    "$(grep -c '/Set-Cookie/a=secret' log)"
{
    echo '# Netscape HTTP Cookie File'
    printf '127.0.0.1\tFALSE\t%s\t%s\t0\t%s\t%s\n' \
        / FALSE here 1 /other FALSE path 2
    printf 'name.test\tFALSE\t/\t%s\t0\t%s\t6\n' TRUE safe FALSE plain
    printf '127.0.0.2\tFALSE\t/\tFALSE\t0\tthere\t4\n'
    printf '127.0.0.1\tFALSE\t/\tFALSE\t1000000000\told\t5\n'
} >jar
sends cookies_of_a_file '"cookie":"here=1"' -b jar
"$WEIR" fetch -b jar --resolve "name.test:$port:127.0.0.1" \
    "http://name.test:$port/echo" >record
check cookies_go_where_they_belong \
    grep -q '\\"cookie\\":\\"plain=6\\"' record
check a_file_of_cookies_is_not_written test "$(wc -l <jar)" -eq 7
for n in 1 2 3; do
    printf '%s\n' "$url/to/$(echo "$url/echo?$n" | sed 's|/|%2F|g')"
done >urls
"$WEIR" fetch -b jar -i urls >records
check cookies_of_a_redirect_and_of_many_requests \
    test "$(grep -c '\\"cookie\\":\\"here=1\\"' records)" -eq 3

# ~/.netrc, if we are told to.
echo 'machine 127.0.0.1 login me password secret:1' >.netrc
HOME=$PWD "$WEIR" fetch "$url/echo" >record
check netrc_is_not_read test "$(grep -c authorization record)" -eq 0
HOME=$PWD "$WEIR" fetch -n "$url/echo" >record
check netrc_is_read_with_n grep -q "Basic $basic" record

# The list of processes shows no secret.
"$WEIR" fetch -u me:secret -H 'Authorization: secret' -b a=secret \
    -H 'Cookie: secret' "$url/stall" >record 2>log &
weir=$!
started="$started $weir"
tries=0
while [ "$(stat "$port" in_flight)" -lt 2 ] && [ $tries -lt 100 ]; do
    sleep 0.05
    tries=$((tries + 1))
done
tr '\0' ' ' <"/proc/$weir/cmdline" >cmdline
kill $weir
wait $weir
check the_command_line_can_be_read grep -q /stall cmdline
check it_has_no_secret test "$(grep -c secret cmdline)" -eq 0

# A length of one's own may be wrong: the next request is its own all the same.
printf '{"url":"%s/echo","body":"abc","headers":{"Content-Length":"1"}}\n%s\n' \
    "$url" "$url/echo" >list
"$WEIR" fetch --ordered -j 1 -i list >record
check a_length_of_ones_own_is_sent grep -q '"body\\":\\"a\\"' record
check it_harms_no_other_request test "$(grep -c 'method\\":\\"GET' record)" -eq 1

# Another way: our server does for a proxy, as far as its 404.
asked=http://no-such-host.invalid/x
"$WEIR" fetch -x "127.0.0.1:$port" "$asked" >record 2>log
check a_proxy_is_asked grep -q '"http_code":404' record
http_proxy=127.0.0.1:$port "$WEIR" fetch "$asked" >record 2>log
check that_of_the_environment_too grep -q '"http_code":404' record
http_proxy=127.0.0.1:1 "$WEIR" fetch -x '' "$url/bytes/1" >record 2>log
check none_can_be_had test $? -eq 0
"$WEIR" fetch -x 127.0.0.1:1 --noproxy 127.0.0.1 "$url/bytes/1" >record 2>log
check some_go_without test $? -eq 0
"$WEIR" fetch -x "127.0.0.1:$port" https://no-such-host.invalid/ >record 2>log
check a_refused_tunnel_is_told test "$(kinds record) $(messages record)" = \
    'connect the proxy refused: HTTP status 404'

name=name.test:$port
"$WEIR" fetch --resolve "$name:127.0.0.1" "http://$name/echo" >record 2>log
check a_name_can_be_given_an_address grep -q "\"host.*$name" record
"$WEIR" fetch --resolve name.test "$url" 2>log
check else_it_is_explained grep -q "'name.test' is not HOST:PORT:ADDRESS" log
"$WEIR" fetch --interface 127.0.0.1 "$url/bytes/1" >record 2>log
check an_interface_is_used test $? -eq 0
"$WEIR" fetch --retries 0 --interface no-such-0 "$url/bytes/1" >record 2>log
check a_missing_one_is_of_kind_connect test "$(kinds record)" = connect

# Never to this machine, whatever it is called.
"$WEIR" fetch "$url/reset-stats" >record
for host in 127.0.0.1 127.1 2130706433 0x7f.1 0177.0.0.1 '[::ffff:127.0.0.1]' \
    localhost name.test; do
    "$WEIR" fetch --block-private --resolve "$name:127.0.0.1" \
        "http://$host:$port/bytes/1" >record 2>log
    check "$(echo "$host" | tr -c 'a-z0-9\n' _)_is_blocked" \
        test "$(kinds record) $(number record attempts)" = 'blocked 1'
    check it_says_why grep -q 'is no public address' record
done
check nothing_arrived test "$(stat "$port" requests)" -eq 1
http_proxy=127.0.0.1:$port "$WEIR" fetch --block-private "$url" >record 2>log
check a_proxy_does_not_help test "$(kinds record)" = blocked
"$WEIR" fetch --block-private -x "127.0.0.1:$port" "$url" 2>log
check and_is_refused test $? -eq 2

exit $failed
