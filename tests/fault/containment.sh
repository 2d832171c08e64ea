#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Whatever a task starts, and however it, the run or weir ends: one second
# later nothing of it is left. WEIR_ROUNDS repeats the whole table.

# shellcheck disable=SC2317 # functions are called through check
set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/../cli/common.sh"
rounds=${WEIR_ROUNDS:-1}

# Each forks the next into a session of its own; every second one exits, so
# that its child is adopted.
cat >chain <<'X'
n=$1
if [ "$n" -eq 0 ]; then
    touch up
    exec sleep 60
fi
setsid sh chain $((n - 1)) &
[ $((n % 2)) -eq 0 ] || exit 0
wait
X

# What the task does besides `last`, which ends it or does not.
body() {
    case $1 in
    plain) echo 'touch up' ;;
    fork) echo '(sh -c "touch up; sleep 60; :" &)' ;;
    session) echo 'setsid sh -c "touch up; sleep 60; :" &' ;;
    deaf) echo 'trap "" TERM HUP INT; sleep 60 & touch up' ;;
    stopped) echo 'sh -c "touch up; kill -STOP \$\$; sleep 60; :" &' ;;
    chain) echo 'setsid sh chain 50 &' ;;
    esac
}

last() {
    case $1:$2 in
    *:end) echo 'until test -e up; do sleep 0.01; done; exit 0' ;;
    deaf:*) echo 'while :; do sleep 0.1; done' ;;
    stopped:*) echo 'until test -e up; do sleep 0.01; done; kill -STOP $$' ;;
    *) echo 'exec sleep 60' ;;
    esac
}

# begin KIND ENDING OPTION...: `pid` is weir's.
begin() {
    rm -f up out err
    {
        body "$1"
        last "$1" "$2"
    } >task
    shift 2
    printf '{"env":{"%s":"%s"},"cmd":". ./task"}\n' "${marker%%=*}" \
        "${marker#*=}" >list
    # In a group of its own, which one of the endings kills.
    setsid env --default-signal=INT "$WEIR" run-tasks -q --grace 200ms "$@" \
        list >out 2>err &
    pid=$!
    started=$pid
}

is_up() {
    test -e up
}

# An engine whose parent was killed may have to wait for somebody to reap it.
is_gone() {
    test -z "$(marked)" &&
        ! grep -sq '^State:.[^ZX]' "/proc/${engine:-none}/status"
}

# Whether it is gone within a second; `longest` is the most that it took.
gone_in_time() {
    since=$(now_ms)
    until is_gone; do
        [ $(($(now_ms) - since)) -lt 1000 ] || return 1
        sleep 0.01
    done
    since=$(($(now_ms) - since))
    [ "$since" -le "$longest" ] || longest=$since
}

# The status of weir into `status`, what it is to be into `want`.
finish() {
    case $1 in
    end) want=0 ;;
    timeout) want=1 ;;
    INT) want=130 ;;
    TERM) want=143 ;;
    *) want=137 ;;
    esac
    case $1 in
    INT | TERM) kill -s "$1" "$pid" ;;
    kill-weir) kill -s KILL "$pid" ;;
    kill-engine) kill -s KILL "$engine" ;;
    kill-group) kill -s KILL -- "-$pid" ;;
    esac
    { wait "$pid"; status=$?; } 2>/dev/null
    started=
}

one() {
    engine=
    case $1:$2 in
    chain:timeout) begin "$1" "$2" --timeout 4 ;; # it may take a while
    *:timeout) begin "$1" "$2" --timeout 1 ;;
    *) begin "$1" "$2" ;;
    esac
    if ! wait_for is_up; then
        echo 'the task did not start in time'
        return 1
    fi
    [ "$2" = end ] || find_engine "$pid" || return 1
    finish "$2"
    if gone_in_time && [ "$status" -eq "$want" ]; then
        return 0
    fi
    echo "status $status, left after 1 s: $(marked)"
    cat err
    # shellcheck disable=SC2046 # a list of ids
    kill -s KILL $(marked) 2>/dev/null
    return 1
}

all_rounds() {
    round=0
    while [ "$round" -lt "$rounds" ]; do
        one "$1" "$2" || return 1
        round=$((round + 1))
    done
}

for ending in end timeout INT TERM kill-weir kill-engine kill-group; do
    longest=0
    for kind in plain fork session deaf stopped chain; do
        check "$kind, $ending: nothing is left ($rounds times)" \
            all_rounds $kind $ending
    done
    echo "$ending: gone after $longest ms at most"
done
exit $failed
