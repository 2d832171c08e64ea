#!/bin/sh
# SPDX-License-Identifier: MIT
#
# On a terminal: progress, colours, lines of text; none of it in a pipe.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"
script -qec true /dev/null >/dev/null 2>&1 || {
    echo 'skip terminal: no script(1) of util-linux'
    exit 0
}
TERM=xterm
export TERM

# Runs a shell command on a new terminal; what it showed, one piece a line.
on_terminal() {
    script -qec "$1" /dev/null </dev/null | tr '\r' '\n' >screen
}

esc=$(printf '\033')
printf 'sleep 0.5\nfalse\nsleep 0.4\n' >list

on_terminal "$WEIR run-tasks -j1 --ordered list"
check 'a line of text for each' grep -q "completed.*task_1 .*sleep 0.5" screen
check 'with a colour' grep -q "$esc\[31mfailed   $esc\[0m  task_2" screen
check 'progress with the total' grep -q '^\('"$esc"'\[K\)*0/3 tasks, 0 failed, 1 running' screen
check 'and what is left' grep -q '2/3 tasks, 1 failed, 1 running.* left' screen
check 'a result does not stand behind it' test -z \
    "$(grep -E 'tasks, .*(completed|failed  )' screen)"
check 'the sum at the end' grep -q 'weir: run-tasks: tasks 3, completed 2, failed 1' screen

on_terminal "$WEIR run-tasks -j1 list >out"
check 'a file has JSON' test "$(grep -c '^{"task_id"' out)" -eq 3
check 'progress is still shown' grep -q '0/3 tasks' screen
check 'and wiped at the end' grep -q "^$esc\[Kweir: run-tasks: tasks 3" screen

on_terminal "$WEIR run-tasks -j1 list 2>err | cat"
check 'in a pipe nothing is drawn' test "$(cat err)" = \
    "$(sed -n '/^weir: run-tasks: tasks 3, /p' err)"
check 'a pipe has JSON' grep -q '^{"task_id":"task_1"' screen

on_terminal "NO_COLOR=1 $WEIR run-tasks -j1 list"
check 'NO_COLOR: no colours' test -z "$(grep "$esc\[3" screen)"
check 'NO_COLOR: progress' grep -q '0/3 tasks' screen
on_terminal "NO_COLOR= $WEIR run-tasks -j1 list"
check 'an empty NO_COLOR is none' grep -q "$esc\[31mfailed" screen
on_terminal "TERM=dumb $WEIR run-tasks -j1 list"
check 'a dumb terminal gets neither' test -z "$(grep -e "$esc" -e '0/3' screen)"
on_terminal "$WEIR run-tasks -j1 -q --color never list"
check '--color never, -q: neither' test -z "$(grep -e "$esc" -e '0/3' screen)"
on_terminal "$WEIR run-tasks -j1 --progress never list"
check '--progress never' test -z "$(grep 0/3 screen)"

"$WEIR" run-tasks -j1 --progress always list >out 2>screen
check '--progress always: in a file too' grep -q 0/3 screen

on_terminal "script -qec '$WEIR run-tasks' /dev/null; $WEIR run-tasks </dev/tty"
check 'a list is not typed by mistake' grep -q \
    "weir: run-tasks: no list: name a FILE, or '-' to type one" screen

# The sizes of a terminal bound the line.
on_terminal "stty cols 20; $WEIR run-tasks -j1 list"
check 'a narrow terminal gets a short line' test -z "$(tr -d "$esc" <screen |
    sed 's/\[K//g' | awk '/^[0-9]\/3/ && length > 20')"

# What tasks said is not obeyed.
printf '%s\n' 'printf "a\033]0;title\007\n" >&2; exit 1' >rude
on_terminal "$WEIR run-tasks rude"
check 'the end of stderr is shown' grep -qF '    a\x1b]0;title\x07' screen

# ^C from the terminal itself reaches weir once.
{
    sleep 1
    printf '\003'
    sleep 2
} | script -qec "$WEIR run-tasks --grace 1 - <slow; echo status \$?" /dev/null \
    >screen 2>&1 &
pid=$!
echo 'sleep 20' >slow
wait $pid
check '^C: cancelled' grep -q 'cancelled while it ran' screen
check '^C: what is awaited is said' grep -q 'weir: stopping: waiting for 1 to end; again to end at once' screen
exit $failed
