# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2034 # what is set here is used there
# shellcheck disable=SC2317 # functions are called there, or through check
#
# What the scripts of stream-jsonl share besides common.sh; sourced, not run.

# shellcheck source=tests/cli/common.sh
. "${0%/*}/../cli/common.sh"

# How much slower a variant may be.
slow=1
[ "$VARIANT" = plain ] || slow=10

# run OPTION... [FILTER [FILE]]: sets status; out, err and summary are there.
run() {
    "$WEIR" stream-jsonl -q --summary summary "$@" >out 2>err
    status=$?
}

# A line of stderr.
said() {
    grep -qxF "$1" err
}

# The only one.
only_said() {
    test "$(cat err)" = "$1"
}

# A count of the summary.
counted() {
    sed "s/.*\"$1\":\([0-9]*\).*/\1/" summary
}

sums_hold() {
    test "$(counted lines_read)" -eq $(($(counted lines_ok) + \
        $(counted lines_rejected) + $(counted lines_blank)))
}

# counts READ OK REJECTED BLANK
counts() {
    test "$(counted lines_read) $(counted lines_ok) \
$(counted lines_rejected) $(counted lines_blank)" = "$1 $2 $3 $4"
}

none_left() {
    test -z "$(marked)"
}
