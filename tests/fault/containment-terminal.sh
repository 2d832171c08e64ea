#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run-tasks as a job of an interactive shell: ^Z, fg, bg, ^C once and twice, a
# list that is typed, kill -9 of a stopped job.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/../cli/common.sh"
if ! command -v python3 >/dev/null || ! command -v bash >/dev/null; then
    echo 'skip a job of a shell: no python3 or no bash'
    exit 0
fi

cat >task <<'X'
trap 'echo >>terms; test -e deaf || exit 0' TERM INT
setsid sh -c 'touch up; sleep 60; :' &
while :; do sleep 0.05; done
X
printf '{"env":{"%s":"%s"},"cmd":". ./task"}\n' "${marker%%=*}" \
    "${marker#*=}" >list

cat >drive.py <<'X'
import glob, os, pty, re, select, signal, sys, time

weir, marker = sys.argv[1], sys.argv[2].encode()
shown = b""

def say(good, name):
    print("ok" if good else "not ok", name, *([] if good else [shown[-600:]]))

def read(seconds):
    global shown
    end = time.time() + seconds
    while time.time() < end:
        if select.select([tty], [], [], 0.02)[0]:
            try:
                shown += os.read(tty, 65536)
            except OSError:
                return

def wait(question, seconds=15):
    end = time.time() + seconds
    while time.time() < end:
        if question():
            return True
        read(0.02)
    return False

def shows(text):
    return lambda: re.search(text, shown)

def send(text):
    os.write(tty, text)

def command(text):
    global shown
    shown = b""
    send(text + b"\n")

def clean():
    for name in ("up", "terms", "deaf"):
        if os.path.exists(name):
            os.unlink(name)

def marked():
    found = []
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            if marker in open(path, "rb").read():
                found.append(path.split("/")[2])
        except OSError:
            pass
    return found

def states():
    found = set()
    for pid in marked():
        try:
            found.add(open("/proc/%s/stat" % pid).read().rsplit(")")[1][1])
        except OSError:
            pass
    return found

def run(line=b"$WEIR run-tasks -q --format json --grace 1 list"):
    clean()
    command(line)
    wait(lambda: os.path.exists("up"))

# The shell drops the rest of a line whose command died by INT.
def ended(status):
    wait(shows(rb"\n\$ $"))
    send(b"echo st=$?\n")
    return wait(shows(b"st=%d" % status))

os.environ.update(PS1="$ ", WEIR=weir, TERM="dumb", HISTFILE="")
child, tty = pty.fork()
if child == 0:
    os.execvp("bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"])
read(0.3)

run()
send(b"\x03")
say(ended(130), "^C: status 130")
say(b'"kind":"cancelled"' in shown, "^C: a record")
say(open("terms").read() == "\n", "^C: the task was asked once")
say(not marked(), "^C: nothing is left")

run(b"$WEIR run-tasks -q --grace 1 list")
send(b"\x1a")
say(wait(shows(b"Stopped")), "^Z: the shell has the terminal back")
# The daemon has left the task's group, so it goes on.
say("T" in states(), "^Z: the task stopped")
command(b"bg")
say(wait(lambda: "T" not in states()), "bg: it goes on")
command(b"fg")
read(0.2)
send(b"\x1a")
say(wait(shows(b"Stopped")), "fg, ^Z: stopped again")
command(b"fg")
say(wait(lambda: "T" not in states()), "fg: it goes on")
send(b"\x03")
say(ended(130), "fg, ^C: status 130")
say(not marked(), "fg, ^C: nothing is left")

run(b"$WEIR run-tasks -q --grace 1 list")
send(b"\x1a")
wait(shows(b"Stopped"))
command(b"kill -9 %1; wait; echo killed")
wait(shows(b"killed"))
say(wait(lambda: not marked(), 1), "^Z, kill -9 %1: nothing is left")

# Two keys in quick succession are two: the second ends at once.
run(b"touch deaf; $WEIR run-tasks -q --grace 30 list")
open("deaf", "w").close()
since = time.time()
send(b"\x03")
read(0.05)
send(b"\x03")
say(ended(130), "^C ^C: status 130")
say(time.time() - since < 5, "^C ^C: at once")
say(not marked(), "^C ^C: nothing is left")

command(b"$WEIR run-tasks -q --format json -")
read(0.3)
send(b"echo typed-$((1+1))\n\x04")
say(ended(0), "a list that is typed: status 0")
say(b"typed-2" in shown, "a list that is typed: its record")

command(b"$WEIR run-tasks -q --format json - &")
say(wait(lambda: (command(b"jobs"), wait(shows(b"Stopped"), 0.3))[1]),
    "who would read the terminal from the background is stopped")
command(b"fg")
read(0.3)
send(b"echo typed-$((1+1))\n\x04")
say(ended(0) and b"typed-2" in shown, "and reads it in the foreground")

# The terminal goes away.
run()
os.close(tty)
end = time.time() + 3
while marked() and time.time() < end:
    time.sleep(0.02)
print("ok" if not marked() else "not ok", "the terminal is closed: nothing is left")
os.kill(child, signal.SIGKILL)
X
python3 drive.py "$WEIR" "$marker" >log 2>&1 || echo 'not ok the driver ended well' >>log
cat log
! grep -q '^not ok' log
