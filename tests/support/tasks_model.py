# SPDX-License-Identifier: MIT
"""Random graphs of tasks through weir run-tasks, against a model.

    tasks_model.py WEIR RUNS SEED

Each run has a new graph in a new order, with failures of all sorts, retries
and, in every third run, a signal in the midst. Tasks write when they begin and
end to one file, so that what is true of a run is seen from there and from its
records: every task ends in the state that the model says, no more than -j slots
are taken at once and no two tasks have the same, no pool is overfull, none
begins before what it comes after has ended, and each has one record.
"""
import json
import os
import random
import signal
import subprocess
import sys
import time

TASK = """
echo "begin $1 $WEIR_ATTEMPT $WEIR_SLOT" >>log
test "$3" = 0 || sleep "$3"
echo "end $1 $WEIR_ATTEMPT $WEIR_SLOT" >>log
test "$WEIR_ATTEMPT" -le "$2" || exit 0
case $4 in
exit) exit 3 ;;
signal) kill -9 $$ ;;
timeout) exec sleep 20 ;;
esac
"""


POOLS = {"one": 1, "two": 2}


class Task:
    """What a task is to do, and what has to come of it."""

    def __init__(self, rng, number, others):
        self.number = number
        self.id = "t%d" % number if rng.random() < 0.8 else None
        self.after = rng.sample(others, min(len(others), rng.choice(
            (0, 0, 1, 1, 2, 3, 6))))
        self.always = rng.random() < 0.25
        self.how = rng.choice(("exit", "exit", "signal", "spawn", "timeout"))
        self.fails = rng.choice((0, 0, 0, 0, 1, 2, 99))
        if self.how == "timeout" and self.fails:
            self.fails = 99  # a slow machine must not make it fail
        if self.how == "timeout" and rng.random() < 0.8:
            self.how, self.fails = "exit", 0  # they take long
        self.retries = rng.choice((0, 0, 1, 2))
        self.sleep = rng.choice((0, 0, 0, 0.01, 0.03))
        self.slots = rng.choice((1, 1, 1, 1, 2, 20))
        self.pool = rng.choice((None, None, None, "one", "two"))
        self.priority = rng.choice((0, 0, 0, -1, 5))

    def judge(self):
        """The state and the attempts without a signal."""
        lost = any(t.state != "completed" for t in self.after)
        if lost and not self.always:
            self.state, self.kind, self.attempts = "cancelled", "dependency", 0
        elif self.how == "spawn" and self.fails:
            self.state, self.kind, self.attempts = "failed", "spawn", 1
        elif self.fails <= self.retries:
            self.state, self.kind = "completed", None
            self.attempts = self.fails + 1
        else:
            self.state, self.kind = "failed", self.how
            self.attempts = self.retries + 1

    def line(self):
        task = {"argv": ["sh", "task", str(self.number), str(self.fails),
                         str(self.sleep), self.how]}
        if self.how == "spawn" and self.fails:
            task["argv"] = ["./none"]
        if self.how == "timeout" and self.fails:
            task["timeout"] = 0.2
        if not self.id.startswith("task_"):
            task["id"] = self.id
        if self.after:
            ids = [t.id for t in self.after]
            task["after"] = ids[0] if len(ids) == 1 else ids
        if self.always:
            task["always"] = True
        if self.retries:
            task["retries"] = self.retries
        if self.slots > 1:
            task["slots"] = self.slots
        if self.pool:
            task["pool"] = self.pool
        if self.priority:
            task["priority"] = self.priority
        return json.dumps(task)


def make_graph(rng):
    tasks = []
    for number in range(rng.choice((1, 3, 10, 30, 60))):
        tasks.append(Task(rng, number, tasks))
        tasks[-1].judge()
    listed = tasks[:]
    if rng.random() < 0.7:
        rng.shuffle(listed)
    for place, task in enumerate(listed):
        task.id = task.id or "task_%d" % (place + 1)
    return tasks, listed


def expect(truth, *what):
    if not truth:
        print(*what)
        sys.exit(1)


def read_log():
    """Who began and ended, in order: (what, number, attempt, slot)."""
    if not os.path.exists("log"):
        return []
    with open("log", encoding="ascii") as log:
        return [(w, int(n), int(a), int(s)) for w, n, a, s in
                (line.split() for line in log)]


def check_order(tasks, events):
    """None before what it comes after; `last` is of its last attempt."""
    first, last = {}, {}
    for place, (_, number, _, _) in enumerate(events):
        first.setdefault(number, place)
        last[number] = place
    for task in tasks:
        for before in task.after:
            if task.number in first and before.number in last:
                expect(first[task.number] > last[before.number],
                       task.id, "began before the end of", before.id)


def check_room(running, jobs):
    """What runs at one moment fits into the slots and the pools."""
    taken = sum(min(t.slots, jobs) for t in running)
    expect(taken <= jobs, taken, "slots taken of", jobs,
           [t.id for t in running])
    for name, limit in POOLS.items():
        there = [t.id for t in running if t.pool == name]
        expect(len(there) <= limit, "in pool", name, there)


def check_at_once(tasks, events, jobs):
    """One that timed out may have no end in the log: it left unseen."""
    by_number = {t.number: t for t in tasks}
    slots = {}
    for what, number, attempt, slot in events:
        expect(1 <= slot <= jobs, "slot", slot, "of", jobs)
        if by_number[number].how == "timeout":
            continue
        if what == "begin":
            expect(slot not in slots, "two in slot", slot, number)
            slots[slot] = (number, attempt)
            check_room([by_number[n] for n, _ in slots.values()], jobs)
        else:
            expect(slots.pop(slot, None) == (number, attempt),
                   number, "ended in the slot of another")


def check_record(task, record, begun, stopped):
    got = (record["status"], record["attempts"])
    kind = record["error"] and record["error"]["kind"]
    where = (task.id, record, "model", task.state, task.kind, task.attempts)
    if not stopped:
        expect(got == (task.state, task.attempts) and kind == task.kind, *where)
        if task.kind == "dependency":
            names = [t.id for t in task.after if t.state != "completed"]
            expect(any(" %s " % name in record["error"]["message"]
                       for name in names), *where)
        if task.kind not in ("spawn", "timeout"):
            expect(begun == task.attempts, *where, "begun", begun)
        return
    # A signal may cut the attempts short; it makes nothing succeed.
    if got[0] == "completed":
        expect(task.state == "completed" and got[1] == task.attempts, *where)
    elif got[0] == "failed":
        expect(task.fails > 0 and got[1] <= task.attempts, *where)
    else:
        expect(kind in ("cancelled", "dependency"), *where)
        expect(got[1] > 0 or begun == 0, *where, "begun", begun)


def check_stopped(tasks, records):
    """What ran to its end had the right to begin."""
    for task in tasks:
        if records[task.id]["status"] == "cancelled":
            continue
        for before in task.after:
            state = records[before.id]["status"]
            expect(state == "completed" or task.always, task.id,
                   "ran, though", before.id, "was", state)


def start(weir, rng, lines, jobs):
    command = [weir, "run-tasks", "-q", "-j", str(jobs), "--retry-delay", "1ms",
               "--grace", "1", "--pool", "one=1", "--pool", "two=2"]
    if rng.random() < 0.3:
        command.append("--ordered")
    with open("list", "w", encoding="ascii") as out:
        out.write("\n".join(lines) + "\n")
    out = open("out", "w", encoding="ascii")
    form = rng.choice(("file", "stdin", "pipe"))
    if form == "file":
        return subprocess.Popen(command + ["list"], stdout=out)
    if form == "stdin":
        return subprocess.Popen(command, stdin=open("list"), stdout=out)
    cat = subprocess.Popen(["cat", "list"], stdout=subprocess.PIPE)
    return subprocess.Popen(command, stdin=cat.stdout, stdout=out)


def wait(child, stop_at):
    """Send a signal once so many lines are in the log; True if it was."""
    end = time.monotonic() + 120
    while child.poll() is None:
        expect(time.monotonic() < end, "it does not end")
        if stop_at is not None and len(read_log()) >= stop_at:
            child.send_signal(signal.SIGTERM)
            child.wait(60)
            # Before it has begun to listen the signal itself ends it.
            return child.returncode in (128 + signal.SIGTERM, -signal.SIGTERM)
        time.sleep(0.002)
    return False


def run(weir, rng):
    tasks, listed = make_graph(rng)
    jobs = rng.choice((1, 2, 3, 8))
    stop_at = rng.randrange(2 * len(tasks)) if rng.random() < 0.33 else None
    if os.path.exists("log"):
        os.remove("log")
    child = start(weir, rng, [t.line() for t in listed], jobs)
    stopped = wait(child, stop_at)
    with open("out", encoding="ascii") as out:
        read = [json.loads(line) for line in out]
    records = {record["task_id"]: record for record in read}
    expect(len(read) == len(records), "a record came twice")
    # What a pipe still had in it when the signal came was never read.
    if not stopped:
        expect(set(records) == {t.id for t in tasks}, "records are missing")
    events = read_log()
    begun = [e[1] for e in events if e[0] == "begin"]
    for task in tasks:
        if task.id in records:
            check_record(task, records[task.id], begun.count(task.number),
                         stopped)
    if not stopped:
        check_order(tasks, events)
        check_at_once(tasks, events, jobs)
        good = all(t.state == "completed" for t in tasks)
        expect(child.returncode == (0 if good else 1), "status",
               child.returncode)
    elif len(records) == len(tasks):
        check_stopped(tasks, records)
        check_order(tasks, events)
    return len(tasks), stopped


def main():
    weir, runs, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    total = stops = 0
    with open("task", "w", encoding="ascii") as task:
        task.write(TASK)
    for number in range(runs):
        print("run", number, "of seed", seed, flush=True)
        count, stopped = run(weir, random.Random(seed * 1000003 + number))
        total += count
        stops += stopped
    print("ok", runs, "graphs,", total, "tasks,", stops, "stopped")


main()
