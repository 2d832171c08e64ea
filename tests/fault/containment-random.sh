#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Tasks of all sorts, several at once, and weir ended at any moment in any way:
# a second later nothing is left. WEIR_ROUNDS is how often, WEIR_SEED repeats.

set -u
# shellcheck source=tests/cli/common.sh
. "${0%/*}/../cli/common.sh"
if ! command -v python3 >/dev/null; then
    echo 'skip random ends: no python3'
    exit 0
fi

cat >random_ends.py <<'X'
import glob, json, os, random, signal, subprocess, sys, time

weir, marker, rounds, seed = sys.argv[1:5]
random.seed(int(seed))
name, value = marker.split("=", 1)
tasks = [
    "true", "sleep 0.05", "(setsid sleep 60 &)", "sleep 60 & exit 1",
    'setsid sh -c "setsid sleep 60 & sleep 60" & sleep 0.02',
    "trap '' TERM; sleep 0.1; sleep 0.1", "kill -STOP $$",
    "env -u WEIR_TASK_ID setsid sleep 60 & sleep 0.03",
]
ends = ["supervisor", "engine", "group", "TERM", "INT", "twice"]

def marked():
    found = []
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            if marker.encode() in open(path, "rb").read():
                found.append(int(path.split("/")[2]))
        except OSError:
            pass
    return found

def engine_of(pid):
    try:
        return int(open(f"/proc/{pid}/task/{pid}/children").read().split()[0])
    except (OSError, IndexError):
        return pid # it has not divided yet, or has ended

def end(run, how):
    try:
        if how == "supervisor":
            run.kill()
        elif how == "engine":
            os.kill(engine_of(run.pid), signal.SIGKILL)
        elif how == "group":
            os.killpg(run.pid, signal.SIGKILL)
        elif how == "TERM":
            run.terminate()
        else:
            run.send_signal(signal.SIGINT)
            if how == "twice":
                time.sleep(0.3)
                run.send_signal(signal.SIGINT)
    except ProcessLookupError:
        pass # it was faster

for number in range(int(rounds)):
    with open("list", "w") as out:
        for _ in range(200):
            print(json.dumps({"env": {name: value},
                              "cmd": random.choice(tasks)}), file=out)
    jobs, how = random.choice("1 4 16".split()), random.choice(ends)
    after = random.uniform(0, 0.4)
    run = subprocess.Popen(
        [weir, "run-tasks", "-q", "-j", jobs, "--timeout", "300ms", "--grace",
         "100ms", "list"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep(after)
    end(run, how)
    run.wait()
    since = time.time()
    while marked() and time.time() - since < 5:
        time.sleep(0.01)
    took = time.time() - since
    if took > 1:
        print(f"-j {jobs}, {how} after {after:.3f} s: {took:.3f} s", marked())
        for pid in marked():
            os.kill(pid, signal.SIGKILL)
        sys.exit(1)
X
seed=${WEIR_SEED:-$(date +%N | sed 's/^0*//')}
check "nothing is left, seed $seed" python3 random_ends.py "$WEIR" "$marker" \
    "${WEIR_ROUNDS:-10}" "${seed:-0}"
exit $failed
