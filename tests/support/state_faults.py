# SPDX-License-Identifier: MIT
"""What --state promises, while weir is killed, starved and lied to.

    state_faults.py WEIR kills|calls|errors|full|damage|races|edits N [SEED]

Each way N times; exits 1 when a promise was broken, and says which.
"""

import collections
import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

TASKS = 40


class Broken(Exception):
    pass


def need(truth, what):
    if not truth:
        raise Broken(what)


def remove(*names):
    for name in names:
        if os.path.exists(name):
            os.remove(name)


def begin():
    """A new list and no state; a task tells by a line in `ran` that it ran."""
    remove('state', 'state-wal', 'state-shm', 'state.lock', 'ran', 'out')
    with open('list', 'w') as f:
        for i in range(TASKS):
            if i % 2:
                f.write('echo %d >>ran\n' % i)
            else:
                f.write(json.dumps({'id': 'id%d' % i,
                                    'cmd': 'echo %d >>ran' % i}) + '\n')
    open('ran', 'w').close()
    open('out', 'w').close()


def command(*more):
    return [weir, 'run-tasks', '-q', '-j', '4', '--state', 'state',
            '--if-running', 'wait', *more, 'list']


def reported():
    """Numbers of the tasks whose records were written whole."""
    done = collections.Counter()
    with open('out') as f:
        for line in f:
            if not line.endswith('\n'):
                continue
            record = json.loads(line)
            if record['status'] == 'completed':
                name = record['task_id']
                done[int(name[2:]) if name.startswith('id')
                     else int(name[5:]) - 1] += 1
    return done


def ran():
    with open('ran') as f:
        return collections.Counter(int(n) for n in f.read().split())


def start(argv):
    # A record that was cut is closed, so that the next is whole.
    with open('out', 'rb+') as f:
        f.seek(0, 2)
        if f.tell() > 0:
            f.seek(-1, 2)
            if f.read(1) != b'\n':
                f.write(b'\n')
    return subprocess.Popen(argv, stdout=open('out', 'ab'),
                            stderr=open('err', 'ab'))


def cut_records_go():
    with open('out') as f:
        lines = f.readlines()
    with open('out', 'w') as f:
        for line in lines:
            try:
                json.loads(line)
                f.write(line)
            except ValueError:
                pass


def check_database():
    db = sqlite3.connect('file:state?mode=ro', uri=True)
    need(db.execute('PRAGMA integrity_check').fetchall() == [('ok',)],
         'integrity_check')
    kept = db.execute("SELECT count(*) FROM tasks WHERE status='completed'"
                      ).fetchone()[0]
    db.close()
    return kept


def end(before):
    """Run to the end; nothing that was reported before is run again."""
    process = start(command())
    need(process.wait() == 0, 'the last run: status %d' % process.returncode)
    cut_records_go()
    after, done = ran(), reported()
    for number, count in before.items():
        need(after[number] == count, 'task %d ran again' % number)
    need(all(n == 1 for n in done.values()), 'reported more than once')
    need(all(after[i] >= 1 for i in range(TASKS)), 'a task never ran')
    need(check_database() == TASKS, 'not all are completed')
    left = [n for n in os.listdir('.') if n.startswith('state')
            and n not in ('state', 'state.lock', 'state-wal', 'state-shm')]
    need(not left, 'left: %s' % left)


def settle():
    """What was reported, and how often that ran, once all of it has ended."""
    for _ in range(2000):
        if subprocess.run(['flock', '-n', 'state.lock', 'true']
                          ).returncode == 0:
            break
        time.sleep(0.005)
    cut_records_go()
    counts = ran()
    done = reported()
    kept = check_database() if os.path.exists('state') and \
        os.path.getsize('state') > 0 and has_tasks() else 0
    need(kept >= len(done), 'reported, and not kept')
    return {n: counts[n] for n in done}


def has_tasks():
    db = sqlite3.connect('file:state?mode=ro', uri=True)
    found = db.execute("SELECT count(*) FROM sqlite_schema WHERE name='tasks'"
                       ).fetchone()[0]
    db.close()
    return found > 0


def engine_of(pid):
    try:
        with open('/proc/%d/task/%d/children' % (pid, pid)) as f:
            return [int(n) for n in f.read().split()]
    except OSError:
        return []


def kills(n):
    for _ in range(n):
        begin()
        before = {}
        for _ in range(rng.randint(1, 3)):
            process = start(command('--durability',
                                    rng.choice(['power', 'process'])))
            time.sleep(rng.random() * 0.09)
            victims = [process.pid]
            if rng.random() < 0.6:
                victims = engine_of(process.pid)
            for victim in victims:
                os.kill(victim, signal.SIGKILL)
            process.wait()
            before.update(settle())
        end(before)


def traced(what, *more):
    call = what.split(':')[0]
    return ['strace', '-f', '-o', '/dev/null', '-e', 'trace=' + call,
            '-e', 'inject=' + what, *command(*more)]


CALLS = ['pwrite64', 'fdatasync', 'write', 'ftruncate', 'unlink', 'openat']


def calls(n):
    """Killed at a call that writes."""
    for i in range(n):
        begin()
        call = CALLS[i % len(CALLS)]
        process = start(traced('%s:signal=KILL:when=%d'
                               % (call, rng.randint(1, 60))))
        process.wait()
        end(settle())


def errors(n):
    """An error at a call that writes, once or for ever."""
    for i in range(n):
        begin()
        what = '%s:error=%s:when=%d%s' % (
            ['pwrite64', 'fdatasync', 'ftruncate'][i % 3],
            rng.choice(['EIO', 'ENOSPC']), rng.randint(1, 40),
            rng.choice(['', '+']))
        process = start(traced(what))
        status = process.wait()
        need(status in (0, 73, 74, 78), '%s: status %d' % (what, status))
        end(settle())


def full(n):
    """A disk of every size from 64 KB up. Needs to be root."""
    os.makedirs('disk', exist_ok=True)
    for i in range(n):
        begin()
        size = 64 + 4 * i
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=%dk' % size,
                        'tmpfs', 'disk'], check=True)
        try:
            argv = command()
            argv[argv.index('state')] = 'disk/state'
            status = start(argv).wait()
            need(status in (0, 73, 74, 78),
                 '%d KB: status %d' % (size, status))
            for name in os.listdir('disk'):
                subprocess.run(['cp', 'disk/' + name, '.'], check=True)
        finally:
            subprocess.run(['umount', 'disk'], check=True)
        end(settle())


def sum_of(name):
    with open(name, 'rb') as f:
        return hashlib.sha256(f.read()).hexdigest()


def damage_one(data):
    data = bytearray(data)
    how = rng.randrange(4)
    if how == 0:
        for _ in range(rng.randint(1, 30)):
            data[rng.randrange(len(data))] = rng.randrange(256)
    elif how == 1:
        del data[rng.randrange(len(data)):]
    elif how == 2:
        page = rng.randrange(len(data) // 4096) * 4096
        data[page:page + 4096] = bytes(4096)
    else:
        a, b = (rng.randrange(len(data) // 4096) * 4096 for _ in range(2))
        data[a:a + 4096], data[b:b + 4096] = \
            data[b:b + 4096], data[a:a + 4096]
    return bytes(data)


def damage(n):
    begin()
    need(start(command()).wait() == 0, 'the first run')
    with open('state', 'rb') as f:
        whole = f.read()
    refused = 0
    for _ in range(n):
        remove('state-wal', 'state-shm')
        with open('state', 'wb') as f:
            f.write(damage_one(whole))
        before = sum_of('state')
        status = start(command()).wait()
        need(status in (0, 1, 74, 78), 'damaged: status %d' % status)
        if status == 78:
            refused += 1
            need(sum_of('state') == before, 'a refused state was changed')
    print('%d of %d damaged states refused' % (refused, n))


def races(n):
    for _ in range(n):
        begin()
        argv = command()
        argv[argv.index('wait')] = 'fail'
        # One that holds it for a moment, so that all others meet it.
        with open('list', 'a') as f:
            f.write('sleep 1\n')
        processes = [start(argv) for _ in range(8)]
        ends = sorted(p.wait() for p in processes)
        need(ends == [0] + [75] * 7, 'ends: %s' % ends)
        need(all(c == 1 for c in ran().values()), 'a task ran twice')
        with open('list', 'a') as f:
            f.write('sleep 60\n')
        holder = start(argv)
        time.sleep(0.2)
        for victim in engine_of(holder.pid):
            os.kill(victim, signal.SIGKILL)
        holder.wait()
        with open('list') as f:
            lines = f.readlines()
        with open('list', 'w') as f:
            f.writelines(lines[:-1])
        need(start(argv).wait() == 0, 'after the holder died')
        remove('list')


def edit(lines, fresh):
    """One change of a list: insert, delete, move, duplicate, change."""
    at = rng.randrange(len(lines)) if lines else 0
    how = rng.randrange(5)
    if how == 0 or not lines:
        lines.insert(at, [fresh if rng.random() < 0.5 else None, fresh])
    elif how == 1:
        del lines[at]
    elif how == 2:
        lines.insert(rng.randrange(len(lines)), lines.pop(at))
    elif how == 3 and lines[at][0] is None:
        lines.insert(rng.randrange(len(lines) + 1), list(lines[at]))
    else:
        lines[at] = [lines[at][0], fresh]


def write_list(lines):
    with open('list', 'w') as f:
        for name, text in lines:
            line = 'echo %d >>ran' % text
            if text % 7 == 0:
                line = 'echo %d >>ran; exit 1' % text
            f.write(json.dumps({'id': 'n%d' % name, 'cmd': line}) + '\n'
                    if name is not None else line + '\n')


def model(lines, named, unnamed):
    """What has to run: counts by text; what completes is noted."""
    todo, seen = collections.Counter(), collections.Counter()
    for name, text in lines:
        fails = text % 7 == 0
        if name is not None:
            if named.get(name) != text:
                todo[text] += 1
                named[name] = None if fails else text
            continue
        seen[text] += 1
        if (text, seen[text]) not in unnamed:
            todo[text] += 1
            if not fails:
                unnamed.add((text, seen[text]))
    return todo


def edits(n):
    begin()
    lines, named, unnamed, fresh = [], {}, set(), 0
    for i in range(n):
        for _ in range(rng.randint(1, 4)):
            fresh += 1
            edit(lines, fresh)
        while len(lines) > 60:
            del lines[rng.randrange(len(lines))]
        write_list(lines)
        open('ran', 'w').close()
        expected = model(lines, named, unnamed)
        status = start(command('--durability', 'process')).wait()
        need(ran() == expected, 'edit %d: %s ran, not %s'
             % (i, sorted(ran().elements()), sorted(expected.elements())))
        need(status == (1 if any(t % 7 == 0 for t in expected) else 0),
             'edit %d: status %d' % (i, status))


if __name__ == '__main__':
    weir = os.path.abspath(sys.argv[1])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else int(time.time())
    rng = random.Random(seed)
    try:
        globals()[sys.argv[2]](int(sys.argv[3]))
    except Broken as broken:
        print('seed %d: %s' % (seed, broken))
        sys.exit(1)
