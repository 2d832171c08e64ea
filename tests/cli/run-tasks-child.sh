#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What a task finds: descriptors, signals, session, limits.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"

# The stdout of the only task of `out`, its newlines real.
printed() {
    "$WEIR" stream-jsonl .result.stdout out |
        sed 's/^"//; s/\\n"$//; s/\\n/\n/g; s/\\t/ /g'
}

# A careless caller: more descriptors, signals ignored, one of them blocked.
exec 7</dev/null 9</dev/null
(
    trap '' PIPE USR2 QUIT
    echo '{"argv":["sh","-c","readlink /proc/$$/fd/0; ls /proc/$$/fd"]}' |
        "$WEIR" run-tasks >out
)
check 'three descriptors' test "$(printed)" = "$(printf '/dev/null\n0\n1\n2')"

(
    trap '' PIPE USR2 QUIT
    echo '{"argv":["cat","/proc/self/status"]}' |
        "$WEIR" run-tasks >out
)
printed >signals
check 'no signal is blocked' grep -q '^SigBlk: 0*$' signals
check 'none is ignored' grep -q '^SigIgn: 0*$' signals
check 'none is caught' grep -q '^SigCgt: 0*$' signals

(
    trap '' HUP
    echo '{"argv":["grep","^SigIgn","/proc/self/status"]}' |
        "$WEIR" run-tasks >out
)
check 'but HUP stays ignored under nohup' test "$(printed)" = \
    'SigIgn: 0000000000000001'

echo 'yes | head -n 1 >/dev/null; yes 2>&1 | head -n 1' | "$WEIR" run-tasks >out
check 'a broken pipe ends a writer without a word' test "$(printed)" = y

# pid (name) state ppid pgrp session tty
echo '{"argv":["cat","/proc/self/stat"]}' | "$WEIR" run-tasks >out
printed | awk '{ print ($1 == $5 && $1 == $6 && $7 == 0) }' >session
check 'a session and group of its own, no terminal' test "$(cat session)" -eq 1
echo 'exec 2>/dev/null; echo x >/dev/tty || echo none' | "$WEIR" run-tasks >out
check 'no way to the terminal' test "$(printed)" = none

(
    umask 027
    # shellcheck disable=SC3045 # dash and bash have -S -n
    ulimit -S -n 123
    echo 'umask; ulimit -S -n' | "$WEIR" run-tasks >out
)
check 'umask and soft limit are the caller'\''s' test "$(printed)" = \
    "$(printf '0027\n123')"

# Descriptors that the caller closed stay out of the way.
echo 'ls /proc/$$/fd' >list
"$WEIR" run-tasks list >out <&- 2>&-
check 'closed descriptors of the caller change nothing' test "$(printed)" = \
    "$(printf '0\n1\n2')"
exit $failed
