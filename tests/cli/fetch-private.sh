#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --block-private where there are public addresses: in a network of our own, on
# whose only interface one of them is ours, too.

set -u
if [ "${1:-}" != inside ]; then
    if ! command -v ip >/dev/null || ! unshare -rn true 2>/dev/null; then
        echo 'skip private_addresses_are_blocked: no network of our own'
        exit 0
    fi
    exec unshare -rn "$0" inside
fi
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

if ! ip link set lo up || ! ip address add 8.8.8.8/32 dev lo; then
    echo 'skip private_addresses_are_blocked: no address can be added'
    exit 0
fi
server_options=--any
start_server
public=8.8.8.8:$port
private=127.0.0.1:$port
fetch() {
    "$WEIR" fetch --block-private --retry-delay 1ms "$@" >record 2>log
}

fetch "http://$public/bytes/1"
check a_public_address_is_reached test $? -eq 0
fetch "http://$public/to/http:%2f%2f$public%2fbytes%2f1"
check a_redirect_to_one_too test $? -eq 0
fetch "http://$public/to/http:%2f%2f$private%2fcount%2fa"
check a_redirect_to_a_private_one_is_blocked test "$(kinds record)" = blocked
check it_says_which test "$(messages record)" = \
    '127.0.0.1 is no public address'
fetch "http://$public/to/http:%2f%2f0x7f.1:$port%2fcount%2fa"
check so_is_one_in_another_form test "$(kinds record)" = blocked
fetch --resolve "in.test:$port:127.0.0.1" \
    "http://$public/to/http:%2f%2fin.test:$port%2fcount%2fa"
check so_is_one_behind_a_name test "$(kinds record)" = blocked
fetch --resolve "both.test:$port:127.0.0.1,8.8.8.8" "http://both.test:$port/echo"
check of_several_the_public_one_is_used grep -q '"remote_ip":"8.8.8.8"' record
"$WEIR" fetch "http://$private/counted/a" >record
check nothing_arrived grep -q '"body":"0"' record

exit $failed
