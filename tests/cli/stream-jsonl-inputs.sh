#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Inputs that are not what they seem: files that change while they are read,
# pipes, sockets, and lines beyond all measure. Nothing that is written is torn,
# what is not read is no line, and memory stays bounded.

# shellcheck disable=SC2317 # functions are called through check
set -u
# shellcheck source=tests/cli/jsonl-common.sh
. "${0%/*}/jsonl-common.sh"
most_kb=65536

# texts FROM TO: a line for each number.
texts() {
    printf '"'
    seq -s '"
"' "$1" "$2" | sed '$s/$/"/'
}

# hold OPTION...: start with an output that is not read but for a line.
hold() {
    mkfifo held
    "$WEIR" stream-jsonl -q --summary summary "$@" >held 2>err &
    pid=$!
    started=$pid
    exec 4<held
    rm held
    IFS= read -r first <&4
}

# Let it go on to the end.
release() {
    {
        printf '%s\n' "$first"
        cat <&4
    } >out
    exec 4<&-
    wait $pid
    status=$?
    started=
}

# What is out are the first lines of FILE, whole, and those that were ok.
is_start_of() {
    test "$(tail -c 1 out | od -An -c | tr -d ' ')" = '\n' &&
        cmp -n "$(stat -c %s out)" out "$1" &&
        test "$(wc -l <out)" -eq "$(counted lines_ok)"
}

# What the file had when it was opened is there no more.
was_changed() {
    test "$status" -eq 66 &&
        grep -qx 'weir: stream-jsonl: file: changed while it was read' err
}

is_told() {
    was_changed || { test "$status" -eq 0 && cmp out "$1"; }
}

# A large file is read by the threads themselves, a small one is not; neither
# goes into the pipe as a whole.
texts 10000001 11000000 >part
cp part whole
[ "$VARIANT" != plain ] || cat part part part part part part >>whole
texts 30000001 30001000 >added
head -c 400005 whole | sed '$d' >small

for size in small whole; do
    for how in '-j 1' '-j 2 --block-size 64K'; do
        set -- whole "$size: $how"
        [ $size = whole ] || set -- small "$size: $how --block-size 4K"
        options=${2#*: }
        what="$1, $how"

        cp "$1" file
        # shellcheck disable=SC2086 # options
        hold $options . file
        : >file
        release
        check "$what, emptied: whole lines" is_start_of "$1"
        check "$what, emptied: the sums hold" sums_hold
        check "$what, emptied: it is told, or all was read" is_told "$1"

        cp "$1" file
        # shellcheck disable=SC2086 # options
        hold $options . file
        # In the middle of a line: 11 bytes each.
        half=$(($(wc -l <file) / 2))
        truncate -s $((half * 11 + 5)) file
        release
        check "$what, cut: whole lines" is_start_of "$1"
        check "$what, cut: it is told" was_changed

        cp "$1" file
        # shellcheck disable=SC2086 # options
        hold $options . file
        head -c "$(stat -c %s file)" /dev/zero |
            dd of=file conv=notrunc bs=64k status=none
        release
        check "$what, zeroed: whole lines" test \
            "$(grep -cx '"[0-9]\{8\}"' out)" -eq "$(counted lines_ok)" -a \
            "$(wc -l <out)" -eq "$(counted lines_ok)"
        check "$what, zeroed: the sums hold" sums_hold
        check "$what, zeroed: it is told" test $status -eq 1 -o $status -eq 66

        cp "$1" file
        # shellcheck disable=SC2086 # options
        hold $options . file
        cat added >>file
        release
        check "$what, grown: all of it" cmp out file
        check "$what, grown: status 0" test $status -eq 0 -a ! -s err

        head -c -5 "$1" >file
        # shellcheck disable=SC2086 # options
        hold $options . file
        tail -c 5 "$1" >>file
        cat added >>file
        release
        check "$what, grown from a torn line: all of it" cmp out file

        cp "$1" file
        # shellcheck disable=SC2086 # options
        hold $options . file
        cp added other
        mv other file
        release
        check "$what, replaced: what was opened" cmp out "$1"

        # From where the descriptor stands, to the end.
        {
            dd bs=11 count=1000 of=/dev/null status=none
            # shellcheck disable=SC2086 # options
            "$WEIR" stream-jsonl $options >out
            wc -c >left
        } <"$1"
        tail -n +1001 "$1" | cmp - out
        check "$what, from the middle" test $? -eq 0
        check "$what, from the middle: nothing is left" test "$(cat left)" -eq 0
    done
    # shellcheck disable=SC2002 # a pipe is wanted
    cat $size | "$WEIR" stream-jsonl . - $size added >out
    cat $size $size added | cmp - out
    check "$size, as a pipe and as a file" test $? -eq 0
done
rm -f part whole small file

# Files that have no size.
"$WEIR" stream-jsonl -R . /proc/self/limits >out
check '/proc' test $? -eq 0 -a -s out

# A writer that dies in the middle of a line, and of a character.
printf '1\n"\303' | "$WEIR" stream-jsonl -q >out 2>err
check 'the end within a character: status 1' test $? -eq 1 -a "$(cat out)" = 1
check 'the end within a character: named' only_said \
    'weir: <stdin>:2:2: invalid JSON: invalid UTF-8'
printf '1\n\n{"a":' | "$WEIR" stream-jsonl -q >out 2>err
check 'the end within a line: named' only_said \
    'weir: <stdin>:3:6: invalid JSON: unexpected end of line in an object'
mkfifo fifo
for text in '1\n' '2' 'x\n3\n'; do
    # shellcheck disable=SC2059 # the text is a format
    printf "$text" >fifo &
    "$WEIR" stream-jsonl -q . fifo
    wait
done >out 2>err
check 'a FIFO: each writer to its end' test "$(cat out)" = "$(printf '1\n2\n3')"
check 'a FIFO: by its name' only_said \
    'weir: fifo:1:1: invalid JSON: expected a value'

# A socket as stdin: an end, a pause, a broken connection.
cat >connect.py <<'X'
import os, socket, struct, subprocess, sys

def run(command, listener):
    ours = socket.create_connection(listener.getsockname())
    theirs, _ = listener.accept()
    p = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE)
    theirs.close()
    return ours, p

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
ours, p = run(sys.argv[1:], listener)
ours.sendall(b'1\n"half')
print(p.stdout.readline())  # before anything more is sent
ours.sendall(b' and half"\n')
print(p.stdout.readline())
ours.sendall(b"3")
ours.shutdown(socket.SHUT_WR)
print(p.stdout.read(), p.wait())
ours, p = run(sys.argv[1:], listener)
ours.sendall(b'1\n"torn')
print(p.stdout.readline())
ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
ours.close()
print(p.stdout.read(), p.wait())
ours, theirs = socket.socketpair()
p = subprocess.Popen(sys.argv[1:], stdin=theirs, stdout=subprocess.PIPE)
theirs.close()
ours.sendall(b"1\n")
print(p.stdout.readline())
ours.close()
print(p.stdout.read(), p.wait())
X
if python3 -c '' 2>/dev/null; then
    python3 connect.py "$WEIR" stream-jsonl -q >out 2>err
    cat >want <<'X'
b'1\n'
b'"half and half"\n'
b'3\n' 0
b'1\n'
b'' 66
b'1\n'
b'' 0
X
    check 'a socket: line by line, and its end' cmp out want
    check 'a socket: a broken connection is named' only_said \
        'weir: stream-jsonl: <stdin>: Connection reset by peer'
else
    echo 'skip a socket: no python3'
fi

# A line is out while its writer stays, whatever is done with it.
has() {
    test "$(cat out)" = "$1"
}
for options in '-j 1' '-j 8' '--canonical' '-r' '--unordered' \
    '--exec cat' '--pipe cat' '-j 1 --block-size 1'; do
    # shellcheck disable=SC2086 # options
    "$WEIR" stream-jsonl $options <fifo >out 2>err &
    pid=$!
    started=$pid
    exec 3>fifo
    echo 1 >&3
    check "$options: a line at once" wait_for has 1
    printf '2\n3' >&3
    check "$options: and what is whole of more" wait_for has "$(printf '1\n2')"
    exec 3>&-
    wait $pid
    check "$options: and the rest" has "$(printf '1\n2\n3')"
    started=
done

# Lines beyond all measure. A sanitizer has memory of its own.
if [ "$VARIANT" != plain ]; then
    echo "skip the peaks of memory: not with $VARIANT"
    exit $failed
fi

# line BYTES: a string of so many, with its quotes.
line() {
    printf '"'
    head -c $(($1 - 2)) /dev/zero | tr '\0' x
    echo '"'
}

# Reads 1 MB/s for 1 s, then all.
slow() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        dd bs=100000 count=1 iflag=fullblock status=none
        sleep 0.1
    done
    cat
}

out_is() {
    test "$(stat -c %s out)" -eq "$1"
}

texts 1000001 1200000 >lines
{
    cat lines
    line 200000000
    cat lines
} >huge
for options in '-j 1' '-j 8' '-j 2 --on-error wrap'; do
    # shellcheck disable=SC2086 # options
    "$WEIR" stream-jsonl -q $options <fifo >out 2>err &
    pid=$!
    started=$pid
    exec 3>fifo
    cat huge >&3
    check "200 MB, $options: the last line is out" wait_for grep -q \
        '^"1200000"$' out
    peak=$(peak_kb $pid)
    exec 3>&-
    wait $pid
    check "200 MB, $options: status 1" test $? -eq 1
    started=
    check "200 MB, $options: the others are out" test \
        "$(grep -c '^"' out)" -eq 400000
    check "200 MB, $options: a peak below 64 MB ($peak KB)" test \
        "$peak" -lt $most_kb
done
check '200 MB: wrapped' grep -q ',"line_number":200001,"column":16777217,"reason":"line of more than 16777216 bytes (--max-line)"}$' out
run . huge
check '200 MB in a file: named' only_said \
    'weir: huge:200001:16777217: invalid JSON: line of more than 16777216 bytes (--max-line)'
run --rejects rejects . huge
sed -n 200001p huge | cmp - rejects
check '200 MB in a file: kept as it came' test $? -eq 0
rm huge rejects

{
    cat lines
    line 16777216
    cat lines lines lines lines
} >long
size=$(stat -c %s long)
for options in '-j 1' '-j 8' '-j 2 --canonical --unordered'; do
    for way in pipe file; do
        mkfifo held
        # The last input is not opened before the others are out, and keeps it
        # alive to be looked at.
        # shellcheck disable=SC2086 # options
        if [ $way = file ]; then
            "$WEIR" stream-jsonl -q $options . long fifo >held 2>err &
        else
            mkfifo piped
            "$WEIR" stream-jsonl -q $options . piped fifo >held 2>err &
        fi
        pid=$!
        started=$pid
        [ $way = file ] || cat long >piped &
        : >out
        slow <held >>out &
        check "16 MB, $options, slow, by $way: all is out" wait_for out_is "$size"
        peak=$(peak_kb $pid)
        : >fifo
        wait $pid
        check "16 MB, $options, slow, by $way: status 0" test $? -eq 0
        started=
        wait
        check "16 MB, $options, slow, by $way: a peak below 64 MB ($peak KB)" \
            test "$peak" -lt $most_kb
        rm -f held piped
    done
done
check '16 MB: as it came' test "$(sort out | cksum)" = "$(sort long | cksum)"
exit $failed
