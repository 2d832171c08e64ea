# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2034 # what is set here is used there
# shellcheck disable=SC2317 # functions are called there, or through check
#
# What the scripts of stream-jsonl and run-tasks share, here and in
# tests/fault; sourced by them, not run. What they put into `started` is
# stopped by its id when the script ends, however it ends.

failed=0
started=
# An environment entry by which the processes of this script are found.
marker=WEIR_TEST_MARKER=$$.$(date +%s%N)

stop_all() {
    # shellcheck disable=SC2086 # a list of ids
    [ -z "$started" ] || kill -9 $started 2>/dev/null
}
trap stop_all EXIT
trap 'exit 1' HUP INT TERM

# check NAME COMMAND...: the rule holds if the command succeeds.
check() {
    checked=$1
    shift
    if "$@"; then
        echo "ok $checked"
    else
        echo "not ok $checked: $*"
        failed=1
    fi
}

# Waits up to 20 s for a command to succeed.
wait_for() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -lt 200 ] || return 1
        sleep 0.1
    done
}

now_ms() {
    echo $(($(date +%s%N) / 1000000))
}

# The largest resident memory of a process so far.
peak_kb() {
    awk '/^VmHWM/ { print $2 }' "/proc/$1/status"
}

# The process that does the work of run-tasks, below the one that was started.
# There is no newline, so that read(1) fails.
find_engine() {
    engine=
    read -r engine _ 2>/dev/null <"/proc/$1/task/$1/children" ||
        test -n "$engine"
}

# The processes that carry the marker.
marked() {
    grep -laF "$marker" /proc/[0-9]*/environ 2>/dev/null |
        sed 's/[^0-9]//g' | tr '\n' ' '
}

# Whether every line of a file is valid.
is_jsonl() {
    "$WEIR" stream-jsonl -q . "$1" >/dev/null
}

# A field of the records in `out`.
field() {
    "$WEIR" stream-jsonl ".$1" out
}
