#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A list twice as long needs no more memory, once as much of it is read ahead as
# may be.

set -u
# shellcheck source=tests/cli/fetch-common.sh
. "${0%/*}/fetch-common.sh"

[ "$VARIANT" = plain ] || {
    echo 'skip memory_is_constant: sanitizers keep what was freed'
    exit 0
}
start_server

# Prints the peak in KB of a run over a list of $1 from a pipe, whose end is
# held back until the peak is read.
peak() {
    mkfifo "list$1"
    "$WEIR" fetch --body none <"list$1" >"records$1" &
    weir=$!
    started="$started $weir"
    exec 3>"list$1"
    seq 1 "$1" | sed "s|.*|http://127.0.0.1:$port/bytes/10?&|" >&3
    tries=0
    while [ "$(wc -l <"records$1")" -lt "$1" ] && [ $tries -lt 600 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$weir/status"
    exec 3>&-
    wait "$weir"
}

few=$(peak 70000)
many=$(peak 140000)
check every_url_has_a_record test "$(count records140000 completed)" -eq 140000
check memory_is_constant between "$many" 1 $((few + few / 10))
check memory_is_modest between "$many" 1 48000

exit $failed
