#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A single download shows how far it is, on a terminal alone.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

script -qec true /dev/null >/dev/null 2>&1 || {
    echo 'skip a_download_shows_how_far_it_is: no script(1) of util-linux'
    exit 0
}
start_server
url=http://127.0.0.1:$port

# on_terminal COMMAND: what a terminal of 100 columns gets, a line each time it
# is drawn anew, into `screen`.
on_terminal() {
    script -qec "stty cols 100; $1" /dev/null </dev/null | tr '\r' '\n' >screen
}

# 100 bytes in half a second at least
on_terminal "TERM=xterm $WEIR fetch -O $url/drip/100/5"
check a_download_shows_how_far_it_is grep -Eq \
    '\[=*> *\] +[0-9]+%  [0-9]+ of 100  [0-9]+/s  [0-9]+s left' screen
check the_record_comes_last grep -q "completed.* $url/drip/100/5" screen
check the_file_is_whole test "$(wc -c <./5)" -eq 100
on_terminal "TERM=xterm $WEIR fetch --body none $url/drip/100/5 $url/bytes/1"
check several_are_counted grep -q '1/2 requests, 0 failed, 1 running' screen
check several_have_no_bar sh -c '! grep -q "\[=" screen'
"$WEIR" fetch -O "$url/drip/100/5" >record 2>log
check elsewhere_nothing_is_shown test ! -s log

exit $failed
