#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What the fuzzers found worth keeping is run again, without a fuzzer.

set -u
build=${WEIR%/weir}
top=${build%/build/*}
failed=0
for corpus in "$top"/tests/fuzz/corpus/*; do
    name=${corpus##*/}
    if "$build/tests/fuzz/$name" "$corpus"/* >log 2>&1; then
        echo "ok $name"
    else
        echo "not ok $name: $(tail -n 1 log)"
        failed=1
    fi
done
exit $failed
