#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Random programs on random inputs against the system's jq, as
# tests/support/jq_diff.py says. SEED=n in the environment makes others,
# PAIRS=n more, JQ=PROGRAM takes another jq.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"
jq=${JQ:-jq}
if ! python3 -c '' 2>/dev/null || ! "$jq" --version >/dev/null 2>&1; then
    echo 'skip programs give what jq gives: no python3 or no jq'
    exit 0
fi
case $("$jq" --version) in
jq-1.6* | jq-1.7*) ;;
*)
    echo 'skip programs give what jq gives: another jq than 1.6 and 1.7'
    exit 0
    ;;
esac
pairs=20000
[ "$VARIANT" = plain ] || pairs=3000
seed=${SEED:-1}
python3 "${0%/*}/../support/jq_diff.py" "$WEIR" "$jq" "${PAIRS:-$pairs}" \
    "$seed" >said 2>&1
status=$?
tail -n 200 said
check "programs give what jq gives (seed $seed)" test $status -eq 0
exit $failed
