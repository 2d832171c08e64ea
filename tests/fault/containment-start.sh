#!/bin/sh
# SPDX-License-Identifier: MIT
#
# However run-tasks is started (signals blocked or ignored, descriptors closed,
# as process 1), and whatever a task does to its parent, the run goes right.

# shellcheck disable=SC2317 # functions are called through check
# shellcheck disable=SC2016 # the commands are for the task's shell
set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/../cli/common.sh"

# task COMMAND: a list of one, with the marker.
task() {
    printf '{"env":{"%s":"%s"},"cmd":"%s"}\n' "${marker%%=*}" \
        "${marker#*=}" "$1"
}

nothing_marked() {
    test -z "$(marked)"
}

# What a task sees of itself; grep(1) would catch a signal.
task 'cat /proc/self/status | grep ^Sig...: | tr -d \"\\n\\t\"' >show
clean='"SigPnd:0000000000000000SigBlk:0000000000000000'
clean=$clean'SigIgn:0000000000000000SigCgt:0000000000000000"'
hup=$(echo "$clean" | sed 's/0SigCgt/1SigCgt/')

env --block-signal "$WEIR" run-tasks show >out 2>err
check 'all signals blocked: status 0' test $? -eq 0
check 'all signals blocked: the task has none' test "$(field result.stdout)" = \
    "$clean"
env --ignore-signal "$WEIR" run-tasks show >out 2>err
check 'all signals ignored: status 0' test $? -eq 0
check 'all signals ignored: in the task only HUP' test \
    "$(field result.stdout)" = "$hup"
env --ignore-signal=CHLD "$WEIR" run-tasks show >out 2>err
check 'SIGCHLD ignored: the end of a task is heard' test $? -eq 0
check 'SIGCHLD ignored: the task has it by default' test \
    "$(field result.stdout)" = "$clean"

task 'touch up; sleep 60' >list
for how in --block-signal --ignore-signal=INT,QUIT,CHLD; do
    rm -f up
    env $how "$WEIR" run-tasks list >out 2>err &
    pid=$!
    started=$pid
    wait_for test -e up
    kill -s TERM $pid
    wait $pid
    check "$how: TERM ends it" test $? -eq 143
    check "$how: and its task" nothing_marked
done

task 'exec 9</dev/null; for i in 0 1 2 3 4 5 6 7 8 10 11 12; do test ! -e /proc/self/fd/$i || echo $i; done' |
    "$WEIR" run-tasks >out 2>err 3</dev/null 5</dev/null 7</dev/null
# /proc/self is of test, which is the shell itself here: 9 is its own.
check 'three descriptors' test "$(field result.stdout)" = '"0\n1\n2\n"'
for closed in '<&-' '2>&-' '<&- 2>&-'; do
    eval "\"\$WEIR\" run-tasks show >out $closed"
    check "$closed: status 0" test $? -eq 0
    check "$closed: a record" grep -q '"completed"' out
done
"$WEIR" run-tasks list >&- 2>err
check '>&-: status 74' test $? -eq 74

# What is left behind is named, and not what ended by itself.
task 'sleep 60 & echo $!' | "$WEIR" run-tasks >out
check 'who was left is in the record' test "$(field result.leaked)" = \
    "[$(field result.stdout | tr -cd 0-9)]"
check 'and gone' nothing_marked
task '(setsid sleep 60 &); sleep 0.1; echo done' | "$WEIR" run-tasks >out
check 'who left the session too' grep -q '"leaked":\[[0-9]*\]}' out
task 'sleep 0 & sleep 0 | cat; wait' | "$WEIR" run-tasks >out
check 'who has ended is not' test "$(field result.leaked)" = null

# A task that is meant to leave a daemon.
task 'sleep 60 & setsid sleep 60 & exit 0' | "$WEIR" run-tasks \
    --keep-children >out
check '--keep-children: status 0' test $? -eq 0
check '--keep-children: both live on' test "$(marked | wc -w)" -eq 2
check '--keep-children: neither is a leak' test "$(field result.leaked)" = null
# shellcheck disable=SC2046 # a list of ids
kill -s KILL $(marked)
wait_for nothing_marked
task 'sleep 60 & sleep 60' | "$WEIR" run-tasks --keep-children \
    --timeout 200ms --grace 1 >out
check '--keep-children: what is ended is ended whole' nothing_marked
rm -f up
task 'touch up; sleep 60' | "$WEIR" run-tasks --keep-children >out 2>err &
pid=$!
started=$pid
wait_for test -e up
find_engine $pid
kill -s KILL "$engine"
{ wait $pid; } 2>/dev/null
check '--keep-children, kill -9: the task dies' wait_for nothing_marked
check '--keep-children, kill -9: it is said' grep -qx \
    'weir: run-tasks: killed by signal 9 (KILL); its tasks were ended' err

# The parent of a task is the engine.
task '(setsid sleep 60 &); kill -9 $PPID; sleep 60' >list
"$WEIR" run-tasks list >out 2>err
check 'a task that kills its parent: status 137' test $? -eq 137
check 'a task that kills its parent: one line' test "$(cat err)" = \
    'weir: run-tasks: killed by signal 9 (KILL); all that it had started was ended'
check 'a task that kills its parent: nothing is left' nothing_marked

# The engine stands in a write to a stderr that nobody reads.
mkfifo stuck
{
    task '(setsid sleep 60 &); sleep 60'
    yes true | head -n 3000
} >list
is_stuck() {
    grep -q '^[0-9]* 0x2 ' "/proc/$engine/syscall"
}
stuck_stderr() {
    exec 3<>stuck
    "$WEIR" run-tasks -v -j 4 list >out 2>stuck 3<&- &
    pid=$!
    started=$pid
    wait_for find_engine $pid
    check 'a stuck stderr holds the engine' wait_for is_stuck
    kill -s KILL $pid
    { wait $pid; } 2>/dev/null
    since=$(now_ms)
    check 'a stuck stderr, kill -9: nothing is left' wait_for nothing_marked
    since=$(($(now_ms) - since))
    check "a stuck stderr, kill -9: within a second ($since ms)" \
        test $since -lt 1000

    "$WEIR" run-tasks -v -j 4 list >out 2>stuck 3<&- &
    pid=$!
    started=$pid
    wait_for find_engine $pid
    wait_for is_stuck
    kill -s TERM $pid
    sleep 0.4
    kill -s TERM $pid
    wait_for nothing_marked
    cat <&3 >said &
    started="$started $!"
    wait $pid
    check 'a stuck stderr, TERM twice: status 143' test $? -eq 143
    check 'a stuck stderr, TERM twice: nothing is left' nothing_marked
    exec 3<&-
    check 'a stuck stderr, TERM twice: it is said' wait_for grep -q \
        'run-tasks: asked twice to end, it did not: killed' said
}
if [ "$VARIANT" = tsan ]; then
    echo 'skip a stuck stderr: the sanitizer runs handlers after the write'
else
    stuck_stderr
fi

# A limit of processes, used up by a task, for a user who has no others.
cat >tree <<'X'
import os, time
end = time.time() + 20
while time.time() < end:
    try:
        if os.fork() == 0:
            os.setsid()
    except OSError:
        pass
X
cp "$WEIR" weir && chmod -R a+rX . ../.. 2>/dev/null
as_nobody() {
    setpriv --reuid 61235 --regid 61235 --clear-groups "$@"
}
if [ "$VARIANT" != plain ] || ! command -v python3 >/dev/null ||
    ! as_nobody test -r tree 2>/dev/null; then
    echo 'skip forks without end: a sanitizer, not root, or no python3'
else
    { task 'python3 tree & sleep 0.5'; echo 'echo next'; } >list
    since=$(now_ms)
    as_nobody prlimit --nproc=100 ./weir run-tasks -j 1 <list >out 2>err
    check 'forks without end: status 0' test $? -eq 0
    check 'forks without end: nothing is left' nothing_marked
    check 'forks without end: soon' test $(($(now_ms) - since)) -lt 8000
    check 'forks without end: the next task runs' grep -q 'next' out
fi

# As process 1: with a /proc of its own, and with one of strangers' numbers.
task '(setsid sleep 60 &); sleep 0.2; exit 3' >list
task 'touch up; sleep 60' >long
for mount in --mount-proc ''; do
    # shellcheck disable=SC2086 # or none
    unshare -p -f $mount true 2>/dev/null || {
        echo "skip process 1 $mount: not permitted"
        continue
    }
    # shellcheck disable=SC2086
    unshare -p -f $mount "$WEIR" run-tasks list >out 2>err
    check "process 1 $mount: status 1" test $? -eq 1
    check "process 1 $mount: the record" test "$(field result.exit_code)" = 3
    check "process 1 $mount: nothing is left" wait_for nothing_marked
    rm -f up
    # shellcheck disable=SC2086
    unshare -p -f $mount "$WEIR" run-tasks long >out 2>err &
    started=$!
    wait_for test -e up
    find_engine $started && kill -s TERM "$engine" # that is process 1
    wait $started
    check "process 1 $mount: TERM ends it" test $? -eq 143
    check "process 1 $mount: and its task" nothing_marked
done
exit $failed
