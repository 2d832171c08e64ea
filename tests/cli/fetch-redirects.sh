#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What a redirect does to a request: where it may lead, what becomes of the
# method and the body, and that what proves who we are stays with the server
# that it is for.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

start_server
there=127.0.0.1:$port
start_server
here=127.0.0.1:$port
url=http://$here

# Prints what /echo was sent, out of the record.
echoed() {
    sed -n 's/.*"body":"\(.*\)"},"error".*/\1/p' record | sed 's/\\//g'
}

# redirected NAME METHOD STATUS NEXT BODY
redirected() {
    "$WEIR" fetch -X "$2" -d abc "$url/moved/$3/%2fecho" >record 2>log
    echoed >echo.out
    check "$1" grep -q "\"method\":\"$4\".*\"body\":\"$5\"" echo.out
}

# RFC 9110 section 15.4: 303 makes it GET, 301 and 302 leave all but POST alone,
# and their body with them.
redirected a_302_keeps_a_put_whole PUT 302 PUT abc
redirected a_301_keeps_a_patch_whole PATCH 301 PATCH abc
redirected a_302_keeps_a_delete_whole DELETE 302 DELETE abc
redirected a_307_keeps_a_post_whole POST 307 POST abc
redirected a_308_keeps_a_post_whole POST 308 POST abc
redirected a_301_makes_a_post_a_get POST 301 GET ''
redirected a_302_makes_a_post_a_get POST 302 GET ''
check its_body_has_no_type_any_more test "$(grep -c content-type echo.out)" -eq 0
redirected a_303_makes_a_put_a_get PUT 303 GET ''
redirected a_303_makes_a_delete_a_get DELETE 303 GET ''
printf '{"url":"%s/moved/307/%%2fecho","method":"PUT","body_file":"body"}\n' \
    "$url" >list
printf 'from a file' >body
"$WEIR" fetch -i list >record
echoed >echo.out
check a_body_from_a_file_is_sent_again grep -q 'from a file' echo.out
"$WEIR" fetch -X HEAD "$url/moved/303/%2fbytes%2f5" >record
check head_stays_head grep -q '"size_download":0,.*"num_redirects":1' record

# Nor does a redirect to the same server send a POST over a connection that the
# server may be about to close: it would be sent again if it was.
"$WEIR" fetch "$url/reset-stats" >record
"$WEIR" fetch -d x "$url/moved/307/%2fno-answer" >record 2>log
check a_redirected_post_is_not_repeated test "$(stat "$port" requests)" -eq 3

# sent NAME URL OPTION...: what the last server was sent, in echo.out.
sent() {
    to=$1
    shift
    "$WEIR" fetch "$@" -H 'Authorization: Bearer secret1' \
        -H 'Cookie: secret2' -H 'Proxy-Authorization: secret3' \
        -H 'X-Other: kept' "$to" >record 2>log
    echoed >echo.out
}

sent "http://me:secret4@$here/moved/302/%2fecho"
check within_a_server_credentials_go_on grep -q 'secret1.*secret2.*secret3' \
    echo.out
sent "http://$here/to/http:%2f%2f$there%2fecho" -H 'Host: here.test'
check another_port_is_another_server grep -q '"x-other":"kept"' echo.out
check credentials_stay_at_home test "$(grep -c secret echo.out)" -eq 0
check host_is_that_of_the_next_server grep -q "\"host\":\"$there\"" echo.out
"$WEIR" fetch "http://me:secret4@$here/echo" >record
echoed >echo.out
check a_password_in_the_url_is_sent grep -q '"authorization":"Basic' echo.out
"$WEIR" fetch "http://me:secret4@$here/moved/302/%2fecho" >record
echoed >echo.out
check it_is_sent_again_within_the_server grep -q '"authorization":"Basic' \
    echo.out
"$WEIR" fetch "http://me:secret4@$here/to/http:%2f%2f$there%2fecho" >record
echoed >echo.out
check it_stays_at_home test "$(grep -c authorization echo.out)" -eq 0
check and_is_in_no_record test "$(grep -c secret4 record)" -eq 0
printf '{"url":"%s","headers":{"Authorization":"secret1"}}\n' \
    "$url/to/http:%2f%2f$there%2fecho" | "$WEIR" fetch >record
check so_does_what_the_list_gave test "$(grep -c secret record)" -eq 0
# Back again it stays out, since the other server chose where to.
back=http:%252f%252f$here%252fecho
sent "$url/to/http:%2f%2f$there%2fto%2f$back"
check back_again_it_is_not_sent test "$(grep -c secret echo.out)" -eq 0
check back_again_was_reached grep -q "\"host\":\"$here\"" echo.out

# Where it may lead, and how often.
refused() {
    "$WEIR" fetch --retries 0 "$3" >record 2>log
    check "$1_is_$2" test "$(kinds record)" = "$2"
    check "$1_is_told" grep -q "\"message\":\"$4\"" record
}

else='which is neither http nor https'
refused a_file protocol "$url/to/file:%2f%2f%2fetc%2fpasswd" \
    "a redirect to scheme 'file', $else"
refused gopher protocol "$url/to/gopher:%2f%2f$there%2f" \
    "a redirect to scheme 'gopher', $else"
refused no_url protocol "$url/to/http:%2f%2f" \
    'a redirect to what is no URL: .*'
refused a_loop redirect "$url/loop" 'more than 10 redirects'
refused one_too_many redirect "$url/redirect/11" 'more than 10 redirects'
check that_is_not_tried_again test "$(number record attempts)" -eq 1
"$WEIR" fetch "$url/redirect/10" >record
check ten_are_followed grep -q '"num_redirects":10' record
check over_one_connection grep -q '"num_connects":1,' record
"$WEIR" fetch --max-redirs 0 "$url/redirect/1" >record 2>log
check none_if_so_said test "$(messages record)" = 'more than 0 redirects'

# The limit in all is for all hops together.
"$WEIR" fetch --retries 0 -m 0.3 "$url/to/%2fdelay%2f5000" >record 2>log
check the_total_is_of_all_hops test "$(messages record)" = \
    'total timed out after 0.3 s'
check and_is_exact between "$(number record time_total)" 0.3 0.5

# A redirect's own body is no answer.
"$WEIR" fetch "$url/to/%2fname%2fa" >record
check the_body_is_that_of_the_last grep -q '"size_download":2,.*"body":"ok"' \
    record

# Where redirects lead to, the limits hold as well, the wait there is no part
# of any time, and a host that is not there is parked.
server_options=--any start_server
many=$port
server_options=
start_server
for n in 2 3 4 5 6 7 8 9; do
    seq 1 15 | sed "s|.*|http://127.0.0.$n:$many/to/http:%2f%2f127.0.0.1:$port%2fdelay%2f50?&|"
done >list
"$WEIR" fetch -i list >records 2>log
check all_that_are_led_away_are_completed test "$(count records completed)" \
    -eq 120
check the_next_server_has_20_in_flight test "$(stat "$port" peak_in_flight)" \
    -eq 20
check the_next_server_has_20_connections between "$(stat "$port" peak)" 1 20
check the_wait_there_is_in_time_queue test "$(number records time_queue |
    awk '$1 > 0.15' | wc -l)" -gt 30
"$WEIR" fetch "http://127.0.0.1:$port/reset-stats" >record
seq 1 40 | sed "s|.*|http://127.0.0.1:$many/to/http:%2f%2f127.0.0.1:$port%2fdelay%2f100?&|" |
    "$WEIR" fetch --per-host 2 -m 1 --retries 0 >records 2>log
check two_at_a_time_do_not_time_out test "$(count records completed)" -eq 40
check two_at_a_time_are_two test "$(stat "$port" peak_in_flight)" -eq 2
seq 1 30 | sed "s|.*|http://127.0.0.1:$many/to/http:%2f%2f127.0.0.1:1%2f?&|" |
    "$WEIR" fetch --retries 0 --retry-delay 10ms --breaker-probes 2 \
        --events events >records 2>log
check a_dead_next_server_is_parked grep -q \
    '"host":"http://127.0.0.1:1","status":"lost"' events
check the_first_server_is_not test "$(grep -c "\"host\".*:$many" events)" -eq 0
check what_waits_for_it_fails test "$(grep -c '"message":"not asked again, as' \
    records)" -eq 23
"$WEIR" fetch "http://127.0.0.1:$many/reset-stats" >record
mkfifo leads
"$WEIR" fetch --per-host 1 <leads >records 2>log &
weir=$!
started="$started $weir"
exec 3>leads
seq 1 20 | sed "s|.*|http://127.0.0.1:$many/to/http:%2f%2f127.0.0.1:$port%2fstall?&|" >&3
# shellcheck disable=SC2317 # called by wait_for
all_led_away() {
    [ "$(stat "$many" requests)" -gt 20 ]
}
wait_for all_led_away
kill -INT $weir
exec 3>&-
wait $weir
check those_that_wait_there_can_be_cancelled test "$(count records cancelled)" \
    -eq 20

exit $failed
