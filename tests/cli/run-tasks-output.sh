#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Tasks that print much, or what is no text.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"

printf '%s\n' 'head -c 10000000 /dev/zero | tr "\0" x; head -c 3000001 /dev/zero >&2' |
    "$WEIR" run-tasks >out
check '10 MB: status 0' test $? -eq 0
check '10 MB of stdout are counted' test "$(field result.stdout_bytes)" = 10000000
check '3 MB of stderr too' test "$(field result.stderr_bytes)" = 3000001
check 'truncated' test "$(field result.truncated)" = true
check 'the first 64K are kept' test "$(field result.stdout | wc -c)" -eq 65539
check 'escaped where need be' test "$(field result.stderr | wc -c)" -eq 393219

printf '%s\n' 'head -c 10000000 /dev/zero | tr "\0" x' |
    "$WEIR" run-tasks --capture 11M >out
check 'a larger capture holds all of it' test \
    "$(field result.stdout | wc -c)" -eq 10000003
check 'not truncated' test "$(field result.truncated)" = false

# Both streams at once, more than a pipe holds: no deadlock.
echo 'for i in 1 2 3 4 5 6 7 8 9; do head -c 44440 /dev/zero >&2;
    head -c 44440 /dev/zero; done' | tr '\n' ' ' | "$WEIR" run-tasks >out
check 'two streams in turn: stdout' test "$(field result.stdout_bytes)" = 399960
check 'two streams in turn: stderr' test "$(field result.stderr_bytes)" = 399960

# Every byte there is, cut in the middle of a character.
awk 'BEGIN { for (i = 0; i < 256; i++) printf "\\%03o", i }' >bytes
printf 'printf "%s"\n' "$(sed 's/\\/\\\\/g' bytes)" >list
"$WEIR" run-tasks list >out
check 'all bytes: the record is JSON' is_jsonl out
check 'all bytes: counted' test "$(field result.stdout_bytes)" = 256
exit $failed
