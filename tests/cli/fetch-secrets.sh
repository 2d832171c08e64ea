#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What proves who we are is sent, and is seen nowhere else: not in records, not
# in messages, events and summary, not in the list of processes.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

start_server
url=http://127.0.0.1:$port
echo 'machine 127.0.0.1 login me password secret-n' >.netrc
export HOME="$PWD"

# hidden NAME FILE...: no word of the files has a secret, in plain or base64.
hidden() {
    rule=$1
    shift
    check "$rule" test -z "$(grep -aEl 'secret|c2VjcmV0|zZWNyZX|OnNlY3Jld' "$@")"
}

# Waits until so many requests are at the server, with the one that asks.
# shellcheck disable=SC2317 # called by wait_for
are_in_flight() {
    [ "$(stat "$port" in_flight)" -ge "$1" ]
}

# Everything at once, to an answer, to failures of each kind that has a message
# made of somebody else's words, and to a redirect.
cat >list <<end
http://me:secret-1@127.0.0.1:$port/name/a
http://me:secret-2@127.0.0.1:$port/status/503
http://me:secret-3@127.0.0.1:$port/redirect/3
http://me:secret-4@127.0.0.1:$port/stall
http://me:secret-5@127.0.0.1:1/refused
http://me:secret-6@no-such-host.invalid/
http://me:secret-7@127.0.0.1:$port/garbage
https://me:secret-8@127.0.0.1:$port/
http://me:secret-9@127.0.0.1:$port/reset
http://me:secret-10@127.0.0.1:$port/to/ftp:%2f%2fhost%2f
{"url":"$url/name/b","headers":{"Authorization":"secret-b","X-Key":"secret-k"}}
{"url":"$url/name/c","method":"POST","body":"secret-c"}
end
for format in json text; do
    "$WEIR" fetch -i list -v --format $format --retries 1 --retry-delay 1ms \
        --read-timeout 300ms --connect-timeout 300ms --include-headers -k \
        --oauth2-bearer secret-o -H 'X-Api-Key: secret-x' -b a=secret-c \
        --events events --summary summary >records 2>log
    check "${format}_all_have_records" test "$(wc -l <records)" -eq 12
    hidden "${format}_records_have_none" records
    hidden "${format}_messages_have_none" log
    hidden "${format}_events_and_summary_have_none" events summary
done
"$WEIR" fetch -v -n --events events "$url/name/d" >records 2>log
hidden that_of_a_netrc_is_nowhere records log events
"$WEIR" fetch -n "$url/echo" >record
check but_it_is_sent grep -q 'Basic bWU6c2VjcmV0LW4=' record
"$WEIR" fetch -u me:secret-u "$url/echo" >record
check that_of_u_is_sent grep -q 'Basic bWU6c2VjcmV0LXU=' record
"$WEIR" fetch "http://me:secret-l@127.0.0.1:$port/echo" >record
check that_of_a_url_is_sent grep -q 'Basic bWU6c2VjcmV0LWw=' record
"$WEIR" fetch -d 'a=secret-d' -H 'X-Api-Key: secret-x' "$url/echo" >record
check header_and_body_are_sent grep -q 'secret-x.*a=secret-d' record

# A state tells what was asked for, and not who we are.
head -n 1 list | "$WEIR" fetch --state state -u me:secret-u \
    -H 'X-Api-Key: secret-x' -d secret-d "$url/name/e" >records 2>log
check the_state_is_there test -s state
for file in state*; do
    hidden "that_of_a_state_is_not_in_$file" "$file"
done

# A list with faults is refused, and a proxy that cannot be.
printf '%s\n' 'http://me:secret-1@127.0.0.1:99999/' 'ftp://me:secret-2@host/' \
    'http://me:secret-3@[::1/' 'http://a@me:secret-4@host/' \
    '{"url":"http://me:secret-5@host/","other":1}' >faults
"$WEIR" fetch -i faults >record 2>log
check a_list_with_faults_is_exit_65 test $? -eq 65
hidden faults_have_none log
"$WEIR" fetch 'http://me:secret@host:x/' >record 2>log
hidden faults_of_the_command_line_have_none log
for proxy in 'http://me:secret@127.0.0.1:1' 'http://me:secret@127.0.0.1:x' \
    'what://me:secret@127.0.0.1:1' 'http://me:secret@' 'me:secret@ 127.0.0.1'; do
    "$WEIR" fetch -v --retries 0 -x "$proxy" http://host.test/ >record 2>log
    hidden that_of_a_proxy_is_nowhere record log
    http_proxy=$proxy "$WEIR" fetch -v --retries 0 http://host.test/ >record \
        2>log
    hidden that_of_its_variable_is_nowhere record log
done

# The list of processes.
"$WEIR" fetch -u me:secret -H 'Authorization: secret' -H 'X-Api-Key: secret' \
    -b a=secret -d secret \
    -x "http://me:secret@127.0.0.1:$port" --noproxy 127.0.0.1 \
    "http://me:secret@127.0.0.1:$port/stall" "$url/name/@user" >record 2>log &
weir=$!
started="$started $weir"
wait_for are_in_flight 2
tr '\0' '\n' <"/proc/$weir/cmdline" >cmdline
kill $weir
wait $weir
check the_command_line_can_be_read grep -q /stall cmdline
"$WEIR" fetch --oauth2-bearer=secret "$url/stall" >record 2>log &
weir=$!
started="$started $weir"
wait_for are_in_flight 2
tr '\0' '\n' <"/proc/$weir/cmdline" >>cmdline
kill $weir
wait $weir
hidden the_command_line_has_none cmdline
check what_is_no_secret_stays grep -q "^$url/name/@user$" cmdline

exit $failed
