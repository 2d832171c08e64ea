#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What goes wrong with tasks and lists, a row for each: the record, the message
# and the exit status that it leads to.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"

# What a row runs weir under, and with.
under=
with=

# task NAME TASK STATUS RECORD: a list of one line leads to that exit status and
# one record: status, error, exit code, signal, bytes of stdout, of stderr.
task() {
    printf '%s\n' "$2" >list
    # shellcheck disable=SC2086 # lists of words
    $under "$WEIR" run-tasks -q $with list >out 2>err </dev/null
    told=$?
    check "$1: status $3" test $told -eq "$3"
    check "$1: one record" test "$(wc -l <out)" -eq 1
    check "$1: nothing is said" test ! -s err
    has=$("$WEIR" stream-jsonl .status out |
        tr -d '"')' | '$("$WEIR" stream-jsonl .error.kind out |
        tr -d '"')': '$("$WEIR" stream-jsonl -r .error.message out)' | '$(
        for key in exit_code signal stdout_bytes stderr_bytes; do
            "$WEIR" stream-jsonl ".result.$key" out
        done | tr '\n' ' ')
    check "$1: $has" test "$has" = "$4 "
}

# list NAME LIST STATUS MESSAGE...: nothing is started, and that is said.
list() {
    checked_list=$1
    printf '%s\n' "$2" >list
    rm -f started
    # shellcheck disable=SC2086
    $under "$WEIR" run-tasks $with list >out 2>err </dev/null
    told=$?
    check "$1: status $3" test $told -eq "$3"
    check "$1: no record" test ! -s out
    check "$1: nothing was started" test ! -e started
    shift 3
    printf 'weir: run-tasks: %s\n' "$@" >want
    check "$checked_list: $(cat err)" cmp -s want err
}

long=$(head -c 200000 /dev/zero | tr '\0' x)
: >file
printf 'echo no interpreter\n' >script
printf '#!/no/such/sh\n' >gone
chmod +x script gone
mkdir dir loop
ln -s a loop/b
ln -s b loop/a

# Programs
task 'no such program' '{"argv":["no-such-program"]}' 1 \
    'failed | spawn: no-such-program: No such file or directory | null null null null'
task 'no such file' '{"argv":["./none"]}' 1 \
    'failed | spawn: ./none: No such file or directory | null null null null'
task 'no such program for the shell' 'no-such-program' 1 \
    'failed | exit: exit status 127 | 127 null 0 '"$(sh -c no-such-program 2>&1 | wc -c)"
task 'a file that cannot be executed' '{"argv":["./file"]}' 1 \
    'failed | spawn: ./file: Permission denied | null null null null'
task 'a directory' '{"argv":["./dir"]}' 1 \
    'failed | spawn: ./dir: Permission denied | null null null null'
task 'a file below a file' '{"argv":["./file/x"]}' 1 \
    'failed | spawn: ./file/x: Not a directory | null null null null'
task 'a loop of links' '{"argv":["./loop/a"]}' 1 \
    'failed | spawn: ./loop/a: Too many levels of symbolic links | null null null null'
task 'no interpreter line' '{"argv":["./script"]}' 1 \
    'failed | spawn: ./script: Exec format error | null null null null'
task 'no such interpreter' '{"argv":["./gone"]}' 1 \
    'failed | spawn: ./gone: No such file or directory | null null null null'

# Arguments, environment, directory, input
task 'an argument of 200 KB' '{"argv":["/bin/echo","'"$long"'"]}' 1 \
    'failed | spawn: /bin/echo: Argument list too long | null null null null'
task 'a command of 200 KB' "echo $long" 1 \
    'failed | spawn: /bin/sh: Argument list too long | null null null null'
task 'a variable of 200 KB' '{"argv":["/bin/true"],"env":{"A":"'"$long"'"}}' 1 \
    'failed | spawn: /bin/true: Argument list too long | null null null null'
task 'an environment that is too large' "$(
    printf '{"argv":["/bin/true"],"env":{"A":"x"'
    i=0
    while [ $i -lt 90 ]; do
        printf ',"B%d":"%.100000s"' $i "$long"
        i=$((i + 1))
    done
    printf '}}'
)" 1 'failed | spawn: /bin/true: Argument list too long | null null null null'
task 'a cwd that is gone' '{"cmd":"true","cwd":"none"}' 1 \
    'failed | spawn: directory none: No such file or directory | null null null null'
task 'a cwd that is a file' '{"cmd":"true","cwd":"file"}' 1 \
    'failed | spawn: directory file: Not a directory | null null null null'
mkdir leaving
# shellcheck disable=SC2016 # for the task's shell, here and below
task 'a cwd that the task removes' '{"cmd":"rmdir \"$PWD\"","cwd":"leaving"}' 0 \
    'completed | null: null | 0 null 0 0'
task 'no such input' '{"cmd":"true","stdin_file":"none"}' 1 \
    'failed | spawn: stdin none: No such file or directory | null null null null'
task 'an input that nobody reads' '{"cmd":"true","stdin":"'"$long"'"}' 0 \
    'completed | null: null | 0 null 0 0'

# Ends
task 'an exit code' 'exit 3' 1 'failed | exit: exit status 3 | 3 null 0 0'
task 'the last exit code' 'exit 255' 1 \
    'failed | exit: exit status 255 | 255 null 0 0'
task 'an exit code that is well' '{"cmd":"exit 3","ok_exit":[3]}' 0 \
    'completed | null: null | 3 null 0 0'
# shellcheck disable=SC2016
task 'a signal' 'kill -s SEGV $$' 1 \
    'failed | signal: killed by signal 11 (SEGV) | null 11 0 0'
task 'silence' '{"cmd":"exec sleep 60","timeout":0.2}' 1 \
    'failed | timeout: timed out after 0.2 s | null 15 0 0'
task 'a task that stops itself' '{"cmd":"kill -s STOP $$; echo on","timeout":0.2}' 1 \
    'failed | timeout: timed out after 0.2 s | null 15 0 0'
with='--grace 200ms'
task 'a task that does not want to end' \
    '{"cmd":"trap \"\" TERM; echo x; while :; do sleep 0.05; done","timeout":0.2}' 1 \
    'failed | timeout: timed out after 0.2 s | null 9 2 0'
task 'a task that ends well in its grace' \
    '{"cmd":"exec 2>&-; trap \"exit 0\" TERM; while :; do sleep 0.05; done","timeout":0.2}' 1 \
    'failed | timeout: timed out after 0.2 s | 0 null 0 0'
with=

# Output
task 'a closed stdout' 'exec >&-; echo x >&2' 0 'completed | null: null | 0 null 0 2'
task 'all closed, and going on' 'exec <&- >&- 2>&-; sleep 0.2; exit 4' 1 \
    'failed | exit: exit status 4 | 4 null 0 0'
task 'a write to what is closed' 'echo x >&9' 1 \
    'failed | exit: exit status 2 | 2 null 0 '"$(sh -c 'echo x >&9' 2>&1 | wc -c)"
task 'much output' 'head -c 50000000 /dev/zero' 0 \
    'completed | null: null | 0 null 50000000 0'
check 'much output: truncated' test "$(field result.truncated)" = true
with='--capture 0'
task 'no capture' 'echo x' 0 'completed | null: null | 0 null 2 0'
with=
task 'control sequences' 'printf "\033[2J\033]0;x\007\000\177"' 0 \
    'completed | null: null | 0 null 12 0'
check 'control sequences: escaped' test "$(field result.stdout)" = \
    '"\u001b[2J\u001b]0;x\u0007\u0000\u007f"'
task 'no UTF-8' 'printf "a\377b"' 0 'completed | null: null | 0 null 3 0'
check 'no UTF-8: to read' test "$(field result.stdout)" = '"a�b"'
check 'no UTF-8: as it is' test "$(field result.stdout_base64)" = '"Yf9i"'
task 'who holds the output' 'echo x; sleep 60 & exit 0' 0 \
    'completed | null: null | 0 null 2 0'

# Lists
list 'an id that comes twice' '{"id":"a","cmd":">started"}
{"id":"a","cmd":"true"}' 65 'list:2:1: id "a" was given before'
list 'an unknown key' '{"cmd":">started"}
{"cmd":"true","tiemout":1}' 65 'list:2:15: unknown key "tiemout"; did you mean "timeout"?'
list 'an empty program' '>started
{"argv":[""]}' 65 'list:2:2: "argv": the program'"'"'s name is empty'
list 'several faults' '>started
{"cmd":1}
{"cmd":"x",}
{}' 65 'list:2:2: "cmd": has to be a string' \
    'list:3:12: invalid JSON: trailing comma before '"'}'" \
    'list:4:1: neither "cmd" nor "argv"'

# How weir itself is started
printf '%s\n' '{"id":"a","cmd":"grep -E \"^Sig(Blk|Ign)\" /proc/self/status"}' >list
signals() {
    # shellcheck disable=SC2086
    $under "$WEIR" run-tasks -q list >out 2>err </dev/null
    check "$1: status 0" test $? -eq 0
    check "$1: no signal is blocked" grep -q 'SigBlk:.t0000000000000000' out
    check "$1: $2" grep -q "SigIgn:.t$3" out
}
if env --ignore-signal=CHLD --block-signal=TERM true 2>/dev/null; then
    under='env --ignore-signal=CHLD'
    signals 'SIGCHLD ignored' 'the task ignores none' 0000000000000000
    under='env --block-signal'
    signals 'all signals blocked' 'the task ignores none' 0000000000000000
    under='env --ignore-signal=PIPE'
    signals 'SIGPIPE ignored' 'the task ignores none' 0000000000000000
    under='env --ignore-signal=HUP'
    signals 'HUP ignored' 'so it is in the task' 0000000000000001
    under=
else
    echo 'skip signals at the start: this env(1) cannot set them'
fi
echo 'ls /proc/self/fd | wc -l' >list # ls has one more
for closed in '<&-' '2>&-' '<&- 2>&-'; do
    eval "\"\$WEIR\" run-tasks -q list >out $closed"
    check "$closed: status 0" test $? -eq 0
    check "$closed: the task has its three" test "$(field result.stdout)" = '"4\n"'
done
exit $failed
