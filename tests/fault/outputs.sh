#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Outputs that are full, closed, slow or gone: never exit 0, never a hang.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/../cli/common.sh"

yes '{"a":1}' | head -n 100000 >in
yes true | head -n 200 >list

# /dev/full, with all that may be asked for.
for options in '' '--ordered' '--unordered' '-j1' '--on-error wrap' \
    '--on-error drop' '--on-error fail' '--buffer-size 1' \
    '--summary summary'; do
    # shellcheck disable=SC2086 # options
    "$WEIR" stream-jsonl -q $options . in >/dev/full 2>err
    check "stream-jsonl $options: status 74" test $? -eq 74
    check "stream-jsonl $options: one line" test "$(cat err)" = \
        'weir: stream-jsonl: stdout: No space left on device'
done
# shellcheck disable=SC2016 # for awk
check 'the sums hold' awk -F '[:,}]' '{
    for (i = 1; i < NF; i++)
        value[$i] = $(i + 1)
    exit !(value["\"lines_read\""] == value["\"lines_ok\""] + \
        value["\"lines_rejected\""] + value["\"lines_blank\""])
}' summary
for options in '' '--ordered' '--format text' '-j1' '--retries 1'; do
    # shellcheck disable=SC2086 # options
    "$WEIR" run-tasks -q $options list >/dev/full 2>err
    check "run-tasks $options: status 74" test $? -eq 74
    check "run-tasks $options: one line" test "$(cat err)" = \
        'weir: run-tasks: stdout: No space left on device'
done

for option in --events --joblog; do
    "$WEIR" run-tasks -q $option /dev/full list >out 2>err
    check "run-tasks $option /dev/full: status 74" test $? -eq 74
    check "run-tasks $option /dev/full: one line" test "$(cat err)" = \
        'weir: run-tasks: /dev/full: No space left on device'
    mkfifo gone
    # shellcheck disable=SC2094 # it is a pipe
    head -c 1 gone >/dev/null &
    "$WEIR" run-tasks -q $option gone list >out 2>err
    check "run-tasks $option into a closed pipe: status 74" test $? -eq 74
    check "run-tasks $option into a closed pipe: it is said" test \
        "$(cat err)" = 'weir: run-tasks: gone: Broken pipe'
    rm gone
done

# Raw output, whole and by lines, on both streams.
yes 'echo out; echo err >&2' | head -n 50 >both
for options in --raw --line-buffer '--tag --ordered'; do
    # shellcheck disable=SC2086 # options
    "$WEIR" run-tasks -q $options both >/dev/full 2>err
    check "run-tasks $options >/dev/full: status 74" test $? -eq 74
    check "run-tasks $options >/dev/full: it is said" test "$(tail -n 1 err)" = \
        'weir: run-tasks: stdout: No space left on device'
    # shellcheck disable=SC2086
    "$WEIR" run-tasks -q $options both >out 2>/dev/full
    check "run-tasks $options 2>/dev/full: status 74" test $? -eq 74
    eval "\"\$WEIR\" run-tasks $options both >&-" 2>err
    check "run-tasks $options >&-: status 74" test $? -eq 74
    eval "\"\$WEIR\" run-tasks $options both 2>&-" >out
    check "run-tasks $options 2>&-: status 74" test $? -eq 74
    # shellcheck disable=SC2086
    { "$WEIR" run-tasks -q $options both 2>err
        echo $? >status; } | head -n 1 >out
    check "run-tasks $options | head: its line" test "$(wc -l <out)" -eq 1
    check "run-tasks $options | head: nothing of ours" test -z "$(grep weir: err)"
done
yes 'head -c 100000 /dev/zero' | head -n 20 | "$WEIR" run-tasks -q --raw \
    >/dev/full 2>err
check 'run-tasks --raw, from a file: status 74' test $? -eq 74
echo 'head -c 100000 /dev/zero' | TMPDIR=/nonexistent \
    "$WEIR" run-tasks -q --raw >out 2>err
check 'no place for temporary files: status 74' test $? -eq 74
check 'no place for temporary files: it is said' grep -qx \
    'weir: run-tasks: a temporary file in /nonexistent: No such file or directory' err

# Who does not read the events holds back the start of tasks, not the timers.
yes true | head -n 100000 >many
mkfifo stuck
exec 4<>stuck
began=$(now_ms)
"$WEIR" run-tasks -q --events stuck --deadline 3s --grace 100ms many >out 2>err
check 'nobody reads the events: status 124' test $? -eq 124
check 'nobody reads the events: soon' test $(($(now_ms) - began)) -lt 15000
check 'nobody reads the events: it is said' grep -q 'stuck' err
exec 4>&-
rm stuck many

# That something was lost counts more than that something failed.
yes false | head -n 50 | "$WEIR" run-tasks -q --max-errors 3 >/dev/full 2>err
check 'too many errors, and a full stdout: status 74' test $? -eq 74

# A task that runs is ended, not waited for.
began=$(now_ms)
printf 'true\nsleep 20\n' | "$WEIR" run-tasks -q >/dev/full 2>err
check 'a task that runs is ended' test $(($(now_ms) - began)) -lt 5000

# A file system that is full.
mkdir small
if mount -t tmpfs -o size=64k weir-test small 2>/dev/null; then
    trap 'umount small; stop_all' EXIT
    "$WEIR" stream-jsonl -q . in >small/out 2>err
    check 'a full disk: status 74' test $? -eq 74
    check 'a full disk: the message' test "$(cat err)" = \
        'weir: stream-jsonl: stdout: No space left on device'
    "$WEIR" run-tasks -q --summary small/summary list >out 2>err
    check 'a full disk: the summary is lost' test $? -eq 74
    check 'a full disk: half a summary is none' test \
        "$(find small ! -name out -type f)" = ''
    check 'a full disk: the records are not' test "$(wc -l <out)" -eq 200
    # What tasks print: the one that finds the disk full fails, the run ends.
    yes 'head -c 30000 /dev/zero' | head -n 20 >some
    "$WEIR" run-tasks -q -j2 --results small/results some >out 2>err
    check 'a full disk: --results: status 74' test $? -eq 74
    check 'a full disk: --results: the message' grep -qx \
        'weir: run-tasks: small/results/task_[0-9]*.out: No space left on device' err
    check 'a full disk: --results: one line' test "$(wc -l <err)" -eq 1
    check 'a full disk: --results: its task failed' grep -q \
        '"status":"failed".*"error":{"kind":"io","message":"small/results/task_[0-9]*.out: No space' out
    check 'a full disk: --results: all have records' test "$(wc -l <out)" -eq 20
    rm -r small/results
    echo 'head -c 100000 /dev/zero' |
        TMPDIR=small "$WEIR" run-tasks -q --raw >out 2>err
    check 'a full disk: --raw: status 74' test $? -eq 74
    check 'a full disk: --raw: the message' grep -qx \
        'weir: run-tasks: a temporary file in small: No space left on device' err
    check 'a full disk: --raw: nothing is left there' test -z \
        "$(find small -type f ! -name out)"
    for option in --events --joblog; do
        "$WEIR" run-tasks -q $option small/log list >/dev/null 2>err
        check "a full disk: $option: status 74" test $? -eq 74
        check "a full disk: $option: the message" test "$(cat err)" = \
            'weir: run-tasks: small/log: No space left on device'
        rm -f small/log
    done
    umount small
    trap stop_all EXIT
else
    echo 'skip a full disk: cannot mount one'
fi

# A limit on the size of files is an error, not a death.
# shellcheck disable=SC3045 # dash and bash have -f
(
    ulimit -f 8
    "$WEIR" stream-jsonl -q . in >limited 2>err.limited
    echo $? >status
)
check 'a limit of file size: status 74' test "$(cat status)" -eq 74
check 'a limit of file size: the message' test "$(cat err.limited)" = \
    'weir: stream-jsonl: stdout: File too large'

# Closed descriptors, in all combinations.
for closed in '>&-' '>&- 2>&-' '<&- >&-' '<&- >&- 2>&-'; do
    eval "\"\$WEIR\" stream-jsonl . in $closed" 2>/dev/null
    check "stream-jsonl $closed: status 74" test $? -eq 74
    eval "\"\$WEIR\" run-tasks list $closed" 2>/dev/null
    check "run-tasks $closed: status 74" test $? -eq 74
done
"$WEIR" stream-jsonl . in >out 2>&- <&-
check 'stdin and stderr closed: status 0' test $? -eq 0
check 'stdin and stderr closed: all of it' cmp in out

# Killed in the middle: nothing has its name, and nothing is left beside it,
# where files can be without a name.
mkdir kept
mkfifo feed
"$WEIR" stream-jsonl -q --output kept/out --rejects kept/rejects \
    --summary kept/summary . feed 2>err &
weir=$!
exec 3>feed
cat in >&3
kill -9 $weir
exec 3>&-
wait $weir
if python3 -c 'import os; os.open("kept", os.O_TMPFILE | os.O_WRONLY)' \
    2>/dev/null; then
    check 'killed: nothing is left' test -z "$(ls -A kept)"
else
    check 'killed: nothing has its name' test -z \
        "$(find kept -type f ! -name '*.part')"
fi

# stdout opened to read only.
"$WEIR" stream-jsonl -q . in 1</dev/null 2>err
check 'stdout that cannot be written: status 74' test $? -eq 74

# A reader that goes away: quiet, soon, and what is running is ended.
for command in 'stream-jsonl . in' 'run-tasks list'; do
    # shellcheck disable=SC2086 # words
    { "$WEIR" $command 2>err; echo $? >status; } | head -n 1 >out
    check "$command | head: quiet" test ! -s err
    check "$command | head: status 74" test "$(cat status)" -eq 74
    check "$command | head: its line" test "$(wc -l <out)" -eq 1
done
yes 'echo; sleep 0.01' | { timeout 20 "$WEIR" run-tasks -j2 2>err
    echo $? >status; } | head -n 1 >out
check 'an endless list | head: it ends' test "$(cat status)" -eq 74
check 'an endless list | head: quiet' test ! -s err

# A slow reader and a pipe that somebody made non-blocking lose nothing.
cat >slow.py <<'X'
import os, subprocess, sys, time
r, w = os.pipe()
os.set_blocking(w, False)
p = subprocess.Popen([sys.argv[1], "stream-jsonl", ".", "in"], stdout=w)
os.close(w)
total = 0
time.sleep(0.3)
while True:
    data = os.read(r, 100000)
    if not data:
        break
    total += len(data)
print(total, p.wait())
X
if python3 -c '' 2>/dev/null; then
    check 'a non-blocking stdout' test \
        "$(python3 slow.py "$WEIR")" = '800000 0'
else
    echo 'skip a non-blocking stdout: no python3'
fi
exit $failed
