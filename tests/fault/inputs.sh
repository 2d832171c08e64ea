#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Inputs that cannot be opened or read.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/../cli/common.sh"

# A socket is no file.
cat >bind.py <<'X'
import socket
socket.socket(socket.AF_UNIX).bind("socket")
X
if python3 bind.py 2>/dev/null; then
    echo 1 >one
    "$WEIR" stream-jsonl -q . one socket one >out 2>err
    check 'a socket: status 66' test $? -eq 66
    check 'a socket: the others are read' test "$(cat out)" = "$(printf '1\n1')"
    check 'a socket: the message' test "$(cat err)" = \
        'weir: stream-jsonl: socket: No such device or address'
    "$WEIR" run-tasks -q socket >out 2>err
    check 'a socket as a list: status 66' test $? -eq 66
else
    echo 'skip a socket: no python3'
fi

# A file that may not be read. Root may read all, so as another user.
uid=61234
echo 1 >secret
chmod 000 secret
cp "$WEIR" weir && chmod 755 . weir
if [ "$(id -u)" -ne 0 ]; then
    ./weir stream-jsonl -q . secret >out 2>err
    status=$?
elif setpriv --reuid $uid --regid $uid --clear-groups ./weir --version \
    >/dev/null 2>&1; then
    setpriv --reuid $uid --regid $uid --clear-groups \
        ./weir stream-jsonl -q . secret >out 2>err
    status=$?
else
    status=skip
fi
if [ $status = skip ]; then
    echo 'skip an unreadable file: root reads all, and no setpriv(1)'
else
    check 'an unreadable file: status 66' test $status -eq 66
    check 'an unreadable file: the message' test "$(cat err)" = \
        'weir: stream-jsonl: secret: Permission denied'
fi

# A read that fails in the middle: a process's memory at an unmapped place.
"$WEIR" stream-jsonl -q . /proc/self/mem >out 2>err
check 'a failing read: status 66' test $? -eq 66
check 'a failing read: the message' test "$(cat err)" = \
    'weir: stream-jsonl: /proc/self/mem: Input/output error'
"$WEIR" run-tasks -q /proc/self/mem >out 2>err
check 'a failing read of a list: status 66' test $? -eq 66

# An input that somebody made non-blocking is waited for all the same.
cat >slow.py <<'X'
import os, subprocess, sys, time
r, w = os.pipe()
os.set_blocking(r, False)
p = subprocess.Popen([sys.argv[1], "stream-jsonl"], stdin=r)
os.close(r)
for text in (b"1", b"\n2\n", b"3"):
    time.sleep(0.2)
    os.write(w, text)
os.close(w)
sys.exit(p.wait())
X
if python3 -c '' 2>/dev/null; then
    python3 slow.py "$WEIR" >out 2>err
    check 'a non-blocking stdin: status 0' test $? -eq 0
    check 'a non-blocking stdin: all of it' test "$(cat out)" = \
        "$(printf '1\n2\n3')"
fi

# An input that is cut off while it is read ends there.
yes 1 | head -n 3000000 >short
(
    sleep 0.05
    : >short
) &
"$WEIR" stream-jsonl -q . short | sort -u >out
wait
check 'a file that is cut: no more than was there' test \
    "$(cat out)" = 1 -o ! -s out
exit $failed
