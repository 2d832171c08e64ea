#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Compressed input: recognised by its first bytes, unpacked by the system's own
# programs, and either whole or a named fault.

# shellcheck disable=SC2317 # functions are called through check

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/common.sh"
most_kb=102400

# The formats whose programs are here.
formats=
for program in gzip zstd xz bzip2 lz4; do
    if command -v $program >/dev/null; then
        formats="$formats $program"
    else
        echo "skip $program: not installed"
    fi
done

# pack PROGRAM: stdin to stdout.
pack() {
    "$1" -c 2>/dev/null
}

# gives STATUS FILE COMMAND...: that status, and stdout is that file.
gives() {
    wanted=$1 file=$2
    shift 2
    "$@" >out 2>err
    got=$?
    test "$got" -eq "$wanted" && cmp -s out "$file"
}

piped() {
    # shellcheck disable=SC2002 # a pipe is wanted
    cat "$1" | "$WEIR" stream-jsonl
}

redirected() {
    "$WEIR" stream-jsonl . - <"$1"
}

# Nothing that carries the marker is left.
alone() {
    test -z "$(marked)"
}

seq -f '{"id":%.0f,"name":"a line of text"}' 20000 >plain
printf '"first"\n' >first
printf '\357\273\277"mark"\n' >mark
: >empty

for f in $formats; do
    pack "$f" <plain >packed
    cp packed plain.jsonl # a name says nothing
    check "$f: a file" gives 0 plain "$WEIR" stream-jsonl . packed
    check "$f: whatever its name" gives 0 plain "$WEIR" stream-jsonl . \
        plain.jsonl
    check "$f: a pipe" gives 0 plain piped packed
    check "$f: a redirected file" gives 0 plain redirected packed
    check "$f: stderr is empty" test ! -s err

    pack "$f" <first >one
    cat first plain first plain >wanted
    check "$f: a list with plain files" gives 0 wanted "$WEIR" stream-jsonl \
        . one plain first packed
    cat one packed >members
    cat first plain >wanted
    check "$f: members" gives 0 wanted "$WEIR" stream-jsonl . members
    check "$f: members in a pipe" gives 0 wanted piped members

    pack "$f" <empty >none
    check "$f: nothing, packed" gives 0 empty "$WEIR" stream-jsonl . none
    pack "$f" <mark >one
    echo '"mark"' >wanted
    check "$f: a byte order mark within" gives 0 wanted "$WEIR" stream-jsonl \
        . one
done
check 'an empty file' gives 0 empty "$WEIR" stream-jsonl . empty

# What came before the place is processed and counted; no torn line is.
torn() {
    head -c "$2" packed >"$1.torn"
    "$WEIR" stream-jsonl --summary summary . "$1.torn" first >out 2>err
    test $? -eq 66 || return 1
    head -n -1 out | cmp -s -n "$(head -n -1 out | wc -c)" - plain &&
        test "$(tail -n 1 out)" = '"first"' &&
        test "$("$WEIR" stream-jsonl .lines_ok summary)" -eq \
            "$(wc -l <out)" &&
        grep -q "^weir: stream-jsonl: $1.torn: $1: " err
}

for f in $formats; do
    pack "$f" <plain >packed
    size=$(stat -c %s packed)
    for k in 1 2 3 4 5 6 7 8 9; do
        check "$f: truncated at $k tenths" torn "$f" $((size * k / 10))
    done
    check "$f: truncated behind its magic" torn "$f" 6
    check "$f: truncated by a byte" torn "$f" $((size - 1))
done

# Broken in the middle, in a pipe.
for f in $formats; do
    pack "$f" <plain >packed
    size=$(stat -c %s packed)
    {
        head -c $((size / 2)) packed
        printf '\125\252\125\252\125\252\125\252'
        tail -c +$((size / 2 + 9)) packed
    } >broken
    piped broken >out 2>err
    check "$f: broken: status 66" test $? -eq 66
    check "$f: broken: named" grep -q "^weir: stream-jsonl: <stdin>: $f: " err
done

# Without the programs.
mkdir bin
for f in $formats; do
    pack "$f" <plain >packed
    check "$f: missing: status 66" gives 66 first \
        env PATH="$PWD/bin" "$WEIR" stream-jsonl -q . packed first
    check "$f: missing: named" test "$(cat err)" = \
        "weir: stream-jsonl: packed: $f is not installed"
done

for f in $formats; do
    pack "$f" <first >packed
    "$WEIR" stream-jsonl --no-decompress . packed >out 2>err
    check "$f: --no-decompress: status 1" test $? -eq 1
    check "$f: --no-decompress: no JSON" grep -q \
        '^weir: packed:1:1: invalid JSON: ' err
done

# Bytes that come one by one, the magic too.
for f in $formats; do
    pack "$f" <first >packed
    size=$(stat -c %s packed)
    k=1
    while [ $k -le "$size" ]; do
        tail -c +$k packed | head -c 1
        [ $k -gt 9 ] || sleep 0.05
        k=$((k + 1))
    done | "$WEIR" stream-jsonl >out 2>err
    check "$f: byte by byte" cmp -s out first
done

# 100 MB from a small file. The second input keeps it alive to be looked at.
out_is_whole() {
    test "$(stat -c %s out)" -eq 86000000
}

mkfifo in fifo
big=
# A sanitizer has memory of its own.
case $VARIANT$formats in
plain*gzip*) big='file pipe' ;;
esac
for way in $big; do
    [ "$way" = pipe ] || yes '{"a":"0123456789012345678901234567890123456789"}' |
        head -n 2000000 | pack gzip >packed
    if [ "$way" = file ]; then
        "$WEIR" stream-jsonl -j 2 .a packed in >out 2>err &
    else
        cat packed >fifo &
        "$WEIR" stream-jsonl -j 2 .a fifo in >out 2>err &
    fi
    pid=$!
    started=$pid
    exec 3>in
    check "100 MB by $way: all is out" wait_for out_is_whole
    peak=$(peak_kb $pid)
    exec 3>&-
    wait $pid
    check "100 MB by $way: status 0" test $? -eq 0
    check "100 MB by $way: a peak below 100 MB ($peak KB)" \
        test "$peak" -lt $most_kb
    started=
done

has_child() {
    pgrep -P "$1" -x "$2" >/dev/null
}

# Ended in the middle: no child is left, as file and as pipe.
for f in $formats; do
    yes '{"a":1}' | head -c 20000000 | pack "$f" >packed
    for way in file pipe; do
        mkfifo stuck
        if [ "$way" = file ]; then
            env "$marker" "$WEIR" stream-jsonl -q . packed >stuck 2>err &
            pid=$!
        else
            # shellcheck disable=SC2002 # a pipe is wanted
            cat packed 2>/dev/null |
                env "$marker" "$WEIR" stream-jsonl -q >stuck 2>err &
            pid=$!
        fi
        started=$pid
        exec 4<stuck
        check "$f: $way: a child runs" wait_for has_child $pid "$f"
        kill -s TERM $pid
        head -c 1000000 <&4 >/dev/null
        exec 4<&-
        wait $pid
        check "$f: $way: TERM: nothing is left" wait_for alone
        rm stuck
        started=
    done
    check "$f: head" test "$(env "$marker" "$WEIR" stream-jsonl . packed \
        2>err | head -n 1)" = '{"a":1}'
    check "$f: head: nothing is left" wait_for alone
    check "$f: head: nothing is said" test ! -s err

    # Its end comes before the output's.
    mkfifo stuck
    "$WEIR" stream-jsonl -q . packed >stuck 2>err &
    pid=$!
    started=$pid
    exec 4<stuck
    check "$f: killed: it runs" wait_for has_child $pid "$f"
    kill -9 "$(pgrep -P $pid -x "$f")"
    cat <&4 >out
    exec 4<&-
    wait $pid
    check "$f: killed: status 66" test $? -eq 66
    check "$f: killed: named" test "$(cat err)" = \
        "weir: stream-jsonl: packed: $f: killed by signal 9 (KILL)"
    check "$f: killed: whole lines" test "$(sort -u out)" = '{"a":1}'
    rm stuck
    started=
done
exit $failed
