#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The examples of weir-jq(7): each line of its displays has an input, a filter
# and its outputs, or "error: " and the message, with two spaces between them.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"
page=${0%/*}/../../man/weir-jq.7

# The modules of its examples, which stand in it, too.
module() {
    name=$1
    sed -n 's/\\-/-/g; s/^\.Dl //p' "$page" | grep -F "$2" >"$name"
}
module heat.jq 'def celsius'
module rates.json '"EUR"'

# Prints what stands in the displays, as it reads.
examples() {
    awk '/^\.Bd -literal/ { on = 1; next } /^\.Ed/ { on = 0 } on' "$page" |
        sed 's/\\-/-/g; s/\\e/\\/g'
}

# The outputs of one example, in one line.
outputs() {
    printf '%s\n' "$1" >in
    if "$WEIR" stream-jsonl -q "$2" in >out 2>err; then
        paste -s -d '\t' out | sed 's/\t/  /g'
    else
        sed 's/^weir: in:1: /error: /' err
    fi
}

count=0
examples >lines
while IFS= read -r line; do
    input=${line%%  *}
    rest=$(printf '%s\n' "${line#"$input"}" | sed 's/^ *//')
    filter=${rest%%  *}
    wanted=$(printf '%s\n' "${rest#"$filter"}" | sed 's/^ *//')
    got=$(outputs "$input" "$filter")
    count=$((count + 1))
    [ "$got" = "$wanted" ] ||
        check "$input $filter" test "$got" = "$wanted"
done <lines
check "$count examples give what the page says" test "$count" -gt 60
exit $failed
