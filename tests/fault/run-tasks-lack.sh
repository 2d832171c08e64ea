#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Too few processes or descriptors: the tasks wait for them and do not fail.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/../cli/common.sh"

# shellcheck disable=SC2016 # for the task's shell
yes 'echo $WEIR_ATTEMPT; exec sleep 0.2' | head -n 8 >list

# The limit counts the processes of a user: one that has none.
uid=61234
as_nobody() {
    setpriv --reuid $uid --regid $uid --clear-groups "$@"
}
cp "$WEIR" weir 2>/dev/null && chmod 755 . weir
if [ "$VARIANT" != plain ]; then
    echo 'skip a lack of processes: a sanitizer has threads of its own'
elif as_nobody ./weir --version >/dev/null 2>&1; then
    # weir, its writer's thread, and four tasks.
    as_nobody prlimit --nproc=6 ./weir run-tasks -j 8 <list >out 2>err
    check 'a lack of processes: status 0' test $? -eq 0
    check 'a lack of processes: all done' test \
        "$(field status | sort | uniq -c | tr -d ' ')" = '8"completed"'
    check 'a lack of processes: no attempt was counted' test \
        "$(field result.stdout | sort -u)" = '"1\n"'
else
    echo 'skip a lack of processes: not root, or no setpriv(1)'
fi

# So few descriptors as are let through.
# shellcheck disable=SC3045 # dash and bash have -n
(
    ulimit -n 56
    "$WEIR" run-tasks -j 8 <list >out 2>err
)
check 'few descriptors: status 0' test $? -eq 0
check 'few descriptors: all done' test "$(grep -c '"completed"' out)" -eq 8
exit $failed
