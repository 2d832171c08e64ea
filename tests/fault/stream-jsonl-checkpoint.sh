#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --checkpoint with a log that grows and is rotated, and runs that are killed:
# each line is in the database, or in one of the outputs, exactly once.
# WEIR_ROUNDS=N for more than a few.

# shellcheck disable=SC2317 # functions are called through check
set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/../cli/common.sh"

rounds=${WEIR_ROUNDS:-24}
lines=0
rotated=0

# grow N: so many lines more, the last one in two halves at times.
grow() {
    seq $((lines + 1)) $((lines + $1)) | sed 's/.*/{"n":&}/' >>log
    lines=$((lines + $1))
    if [ $((lines % 2)) -eq 0 ]; then
        lines=$((lines + 1))
        printf '{"n":' >>log
        printf '%s}\n' $lines >>log
    fi
}

# By renaming and by copying; none is removed, for no run may come in between.
rotate() {
    rotated=$((rotated + 1))
    if [ "$1" = rename ]; then
        mv log "log.$rotated"
    else
        cp log "log.$rotated"
        : >log
    fi
}

# read_once I OPTION...: killed, unless I is a multiple of 3.
read_once() {
    i=$1
    shift
    "$WEIR" stream-jsonl -q --block-size 4K --checkpoint point "$@" . log \
        >/dev/null 2>err &
    pid=$!
    if [ $((i % 3)) -ne 0 ]; then
        sleep "0.0$((i * 7 % 10))$((i % 10))"
        kill -9 "$pid" 2>/dev/null
    fi
    { wait "$pid"; status=$?; } 2>/dev/null
}

# What the killed run left of its work is not to be counted twice.
to_database() {
    read_once "$1" --into db --table t
}

to_files() {
    read_once "$1" --output "part.$1"
}

each_once() {
    test "$(sort -n "$1" | uniq | wc -l)" -eq "$lines" &&
        test "$(wc -l <"$1")" -eq "$lines"
}

play() {
    rm -f log* point* db part.* all
    lines=0
    grow 20000
    for round in $(seq "$rounds"); do
        "$1" "$round"
        grow $((round * 37 % 3000))
        [ $((round % 4)) -ne 0 ] || rotate rename
        [ $((round % 6)) -ne 3 ] || rotate copy
        grow $((round * 13 % 500))
    done
    "$1" 0
    check "$1: the last run is well" test "$status" -eq 0
}

play to_database
sqlite3 db 'select n from t' >all
check 'each line is in the database once' each_once all
check 'which is not damaged' test "$(sqlite3 db 'pragma integrity_check')" = ok
play to_files
# What has no name yet gets it from the next run.
cat part.*[0-9] | sed 's/[^0-9]//g' >all
check 'each line is in one output' each_once all
exit $failed
