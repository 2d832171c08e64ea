#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What --state promises, by tests/support/state_faults.py: killed at random and
# at calls that write, errors at these, full disks, damaged files, races for
# one state, edited lists. SEED=n repeats a run, STATE_TIMES=n makes it n times
# as long.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/../cli/common.sh"
python3 -c 'import sqlite3' 2>/dev/null || {
    echo 'skip states under stress: no python3'
    exit 0
}
faults=$(cd "${0%/*}/../support" && pwd)/state_faults.py
times=${STATE_TIMES:-1}
seed=${SEED:-$(date +%s)}

# stress NAME HOW N: with N times what that is.
stress() {
    mkdir "$2"
    (cd "$2" && python3 "$faults" "$WEIR" "$2" $(($3 * times)) "$seed") \
        >said 2>&1
    status=$?
    cat said
    check "$1 (seed $seed)" test $status -eq 0
}

stress 'killed at random' kills 4
stress 'edited lists, against a model' edits 12
stress 'damaged files are refused unchanged, or read' damage 12
stress 'of eight that race for a state one wins' races 1
# A sanitizer that looks for leaks does not run under strace.
if [ "$VARIANT" = plain ] && strace -o /dev/null true 2>/dev/null; then
    stress 'killed at calls that write' calls 3
    stress 'errors at calls that write' errors 3
else
    echo 'skip killed and failing at calls: no strace, or no plain build'
fi
mkdir mount
if mount -t tmpfs -o size=64k tmpfs mount 2>/dev/null; then
    umount mount
    stress 'disks of every size' full 3
else
    echo 'skip disks of every size: cannot mount one'
fi
exit $failed
