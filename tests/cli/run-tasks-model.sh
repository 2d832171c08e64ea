#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Random graphs against the model of tests/support/tasks_model.py. SEED=n in the
# environment repeats a run, RUNS=n makes it longer.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"
python3 -c '' 2>/dev/null || {
    echo 'skip random graphs: no python3'
    exit 0
}
runs=12
[ "$VARIANT" = plain ] || runs=4
seed=${SEED:-$(date +%s)}
python3 "${0%/*}/../support/tasks_model.py" "$WEIR" "${RUNS:-$runs}" "$seed" \
    >said 2>&1
status=$?
tail -n 3 said
check "random graphs end as the model says (seed $seed)" test $status -eq 0
exit $failed
