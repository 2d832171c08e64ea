#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Many lines with random faults, against a model in awk: whatever the number
# of threads and the size of blocks, the output, the messages and the sums are
# the same. SEED=n in the environment repeats a run.

# shellcheck disable=SC2317 # functions are called through check
set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"
case $VARIANT in
plain) lines=100000 ;;
*) lines=5000 ;;
esac
seed=${SEED:-$(date +%s)}
echo "seed $seed"

# Writes the input, and what has to become of it under each policy. A fault is
# one of six: its column is known here, its reason is left to other tests. The
# first line is good: a bad one would give a hint as well.
make_model() {
    awk -v lines=$lines -v seed="$seed" '
        function reject(line, column) {
            rejected++
            if (column == 0) {
                if (rejected <= 20)
                    print "weir: in:" NR0 ": " why >"want.report"
                reason = why
                kind = "Filter error"
                place = ""
            } else {
                if (rejected <= 20)
                    print "weir: in:" NR0 ":" column ": invalid JSON" \
                        >"want.report"
                kind = "Invalid JSON"
                place = ",\"column\":" column
            }
            gsub(/\\/, "&&", line)
            gsub(/"/, "\\\"", line)
            gsub(/\t/, "\\t", line)
            print "{\"error\":\"" kind "\",\"line\":\"" line \
                "\",\"line_number\":" NR0 place >"want.wrap"
        }
        function bad(line, column) {
            print line >"in"
            reject(line, column)
        }
        function good(line, out) {
            print line >"in"
            print out >"want.drop"
            print out >"want.wrap"
            if (!rejected)
                print out >"want.fail"
            ok++
        }
        BEGIN {
            srand(seed)
            why = "Cannot index number with string \"id\""
            printf "" >"want.report"
            printf "" >"want.fail"
            for (NR0 = 1; NR0 <= lines; NR0++) {
                n = int(rand() * 1e9)
                pad = substr("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 1, n % 33)
                r = NR0 == 1 ? 0 : rand()
                if (r < 0.9)
                    good("{\"p\":\"" pad "\", \"id\": " n "}", n)
                else if (r < 0.91)
                    good("{\"p\":\"" pad "\"}", "null")
                else if (r < 0.92)
                    bad("nope" pad, 2)
                else if (r < 0.93)
                    bad("[\"" pad, 3 + length(pad))
                else if (r < 0.94)
                    bad("\"" pad "\t\"", 2 + length(pad))
                else if (r < 0.95)
                    bad("{\"id\":\"\\x\"}", 9)
                else if (r < 0.96)
                    bad(n, 0)
                else if (r < 0.97)
                    bad("{\"id\":1} " pad "{", 10)
                else {
                    print substr("   ", 1, n % 4) >"in"
                    blank++
                }
            }
            if (rejected > 20)
                print "weir: " rejected - 20 " more lines rejected" \
                    >"want.report"
            print "\"lines_read\":" lines ",\"lines_ok\":" ok + 0 \
                ",\"lines_rejected\":" rejected + 0 ",\"lines_blank\":" \
                blank + 0 >"want.summary"
        }'
}

# The summary's sums, the messages without their reasons, likewise the output.
sums() {
    sed 's/.*\("lines_read"\)/\1/; s/,"bytes_read.*//' summary
}

messages() {
    sed 's/\(: invalid JSON\): .*/\1/' err
}

wrapped() {
    sed 's/,"reason":.*//' out
}

same() {
    "$1" | cmp - "$2"
}

run() {
    "$WEIR" stream-jsonl --summary summary "$@" .id in >out 2>err
    status=$?
}

make_model
tail -n 1 want.summary
for how in "-j 1" "-j 2" "-j 8" "-j 8 --block-size 16" \
    "-j 2 --buffer-size 1" "-j 1 --block-size 4096 --buffer-size 7"; do
    # shellcheck disable=SC2086 # options
    run $how -q
    check "report, $how: status 1" test $status -eq 1
    check "report, $how: output" cmp out want.drop
    check "report, $how: messages" same messages want.report
    check "report, $how: sums" same sums want.summary
done

run -j 8 --block-size 300 --on-error wrap -q
check 'wrap: output' same wrapped want.wrap
check 'wrap: no messages' test ! -s err
check 'wrap: sums' same sums want.summary

run -j 8 --block-size 300 --on-error drop -q
check 'drop: output' cmp out want.drop
check 'drop: no messages' test ! -s err
check 'drop: sums' same sums want.summary

run -j 8 --block-size 64 --on-error fail -q
check 'fail: output up to the first' cmp out want.fail
head -n 1 want.report >want.first
sed -i 1q err
check 'fail: one message' same messages want.first

run -j 8 --block-size 300 --unordered -q
sort out >sorted
sort want.drop >want.sorted
check 'unordered: the same lines' cmp sorted want.sorted
check 'unordered: sums' same sums want.summary

# shellcheck disable=SC2002 # a pipe is what is tested
cat in | "$WEIR" stream-jsonl -q -j 2 .id >out 2>/dev/null
check 'from a pipe: output' cmp out want.drop
exit $failed
