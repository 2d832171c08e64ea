#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What a state says is done outlasts a loss of power only with the files that
# its results name: their file system is flushed before the state is written.
# Seen from the calls, by strace.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/../cli/common.sh"
# A sanitizer that looks for leaks does not run under strace.
if [ "$VARIANT" != plain ] || ! strace -o /dev/null true 2>/dev/null; then
    echo 'skip files of a state: no strace, or no plain build'
    exit 0
fi
printf '%s\n' 'echo one' 'echo two' 'echo three' >list

# traced WHAT [OPTION]...: run the list; `trace` has its calls.
traced() {
    what=$1
    shift
    strace -f -o trace -e "$what" "$WEIR" run-tasks --format json \
        --results results "$@" list >out 2>err
    status=$?
}

# In `trace` there is a flush before the first record.
# shellcheck disable=SC2317 # called through check
flushed_first() {
    awk '/syncfs\(/ { seen = 1 }
        /write.*task_id/ { exit }
        END { exit !seen }' trace
}

traced trace=syncfs,write --state s
check 'power: done' test "$status $(grep -c '"completed"' out)" = '0 3'
check 'power: the files come first' flushed_first
traced trace=syncfs --state p --durability process
check 'process: done' test "$status $(grep -c '"completed"' out)" = '0 3'
check 'process: nothing is flushed' sh -c '! grep -q syncfs trace'
traced trace=syncfs
check 'no state: nothing is flushed' sh -c '! grep -q syncfs trace'

strace -f -o trace -e trace=syncfs -e inject=syncfs:error=EIO \
    "$WEIR" run-tasks --format json --results results --state e list >out 2>err
check 'a flush that fails: status 74' test $? -eq 74
check 'a flush that fails: what and why' \
    grep -q 'results: cannot be flushed: Input/output error' err
check 'a flush that fails: nothing is said to be done' \
    sh -c '! grep -q completed out'
"$WEIR" run-tasks --format json --results results --state e list >out 2>err
check 'the next run does all of it' \
    test "$? $(grep -c '"completed"' out)" = '0 3'
exit $failed
