#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Graphs of 100,000 tasks, a chain and a random one, both written from the last
# to the first. The first task tells the memory that weir has taken
# when it runs, and fails, so that all others are cancelled after it.

# shellcheck disable=SC2317 # functions are called through check
set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"
case $VARIANT in
plain) tasks=100000 ;;
*) tasks=5000 ;;
esac

# make_list AWK: the list, by the body of a function of awk that says which
# tasks task i comes after.
make_list() {
    awk -v tasks="$tasks" '
        function pick(i) {
            return "\"t" int(rand() * i) "\""
        }
        function after(i) {
            '"$1"'
        }
        BEGIN {
            srand('"${SEED:-1}"')
            for (i = tasks - 1; i > 0; i--)
                printf "{\"id\":\"t%d\",\"cmd\":\"true\",\"after\":[%s]}\n", i,
                    after(i)
            print "{\"id\":\"t0\",\"cmd\":" \
                "\"grep VmHWM /proc/$PPID/status; exit 1\"}"
        }' >list
}

# Each once, in an order in which none is before what it comes after.
is_in_order() {
    tr -d '"[]{}' <"$1" | awk -F '[:,]' -v tasks="$tasks" '
        {
            done[$2] = 1
            for (i = 3; i <= NF; i++)
                if ($i ~ /^t[0-9]/ && !($i in done))
                    exit wrong = 1
        }
        END { exit wrong || NR != tasks }'
}

check_graph() {
    from=$(now_ms)
    "$WEIR" run-tasks -n list >plan
    echo "$1: a dry run of $tasks took $(($(now_ms) - from)) ms"
    "$WEIR" stream-jsonl .task_id plan >ids
    check "$1: each once" test "$(sort -u ids | wc -l)" -eq "$tasks"
    sed 's/"run.*"after"//' plan >order
    check "$1: in an order that is right" is_in_order order
    "$WEIR" run-tasks -q list >out
    check "$1: status 1" test $? -eq 1
    check "$1: all but the first are cancelled" test \
        "$(grep -c '"kind":"dependency"' out)" -eq $((tasks - 1))
    peak=$(sed -n 's/.*VmHWM:[^0-9]*\([0-9]*\) kB.*/\1/p' out)
    [ "$VARIANT" = plain ] &&
        check "$1: a peak below 100 MB ($peak KB)" test "$peak" -lt 102400
}

make_list 'return "\"t" i - 1 "\""'
check_graph chain
make_list 'return i < 3 ? "\"t0\"" : pick(i) "," pick(i) "," pick(i) ",\"t0\""'
check_graph random
exit $failed
