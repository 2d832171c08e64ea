# --state: what is completed is not run again, and what a state is.

== what is completed is not run again, and has no record
@ list
| echo one >>ran
| echo two >>ran
$ weir run-tasks --state s list | weir stream-jsonl .status
> "completed"
> "completed"
$ weir run-tasks --state s list
$ sort ran
> one
> two

== what failed is run again, and its attempts are counted
$ echo 'test -e there' >list; weir run-tasks -q --state s list >records
? 1
$ weir run-tasks -q --state s list | weir stream-jsonl .attempts
> 2
$ touch there; weir run-tasks --state s list | weir stream-jsonl '[.attempts,.status]'
> [3,"completed"]

== retries count anew in each run
$ echo 'echo $WEIR_ATTEMPT >>ran; false' >list
$ weir run-tasks -q --state s --retries 1 --retry-delay 1ms list >records
? 1
$ weir run-tasks -q --state s --retries 1 --retry-delay 1ms list >records
? 1
$ cat ran; sqlite3 s 'SELECT attempt, run_id, kind FROM attempts'
> 1
> 2
> 3
> 4
> 1|1|exit
> 3|2|exit

== by content: where a line stands does not matter, how often it is there does
$ printf 'echo a >>ran\necho b >>ran\n' >list; weir run-tasks --state s list >r
$ printf 'echo c >>ran\n\necho b >>ran\necho a >>ran\necho b >>ran\n' >list
$ weir run-tasks --state s list | weir stream-jsonl .task_id | sort
> "task_1"
> "task_4"
$ sort ran
> a
> b
> b
> c
$ sed -i '$d' list; weir run-tasks --state s list

== a shell line and its cmd are the same, directory and variables make another
$ echo 'echo $X' >list; weir run-tasks --state s list >r
$ echo '{"cmd":"echo $X"}' >list; weir run-tasks --state s list
$ weir run-tasks --state s --env X=1 list | weir stream-jsonl .result.stdout
> "1\n"
$ weir run-tasks --state s -C / list | weir stream-jsonl .task_id
> "task_1"
$ echo '{"cmd":"echo $X","env":{"X":"1"}}' >list
$ weir run-tasks --state s list | weir stream-jsonl .result.stdout
> "1\n"
$ echo '{"cmd":"echo $X","timeout":5,"meta":1}' >list; weir run-tasks --state s list

== words: the number is not part of it
$ weir run-tasks --state s -- sh -c 'echo $1 >>ran' sh {} {#} ::: a b >r
$ weir run-tasks --state s -- sh -c 'echo $1 >>ran' sh {} {#} ::: c b a >r
$ cat ran | sort
> a
> b
> c

== by id: what has changed is run again, or left, or is a fault
$ echo '{"id":"x","cmd":"echo 1"}' >list; weir run-tasks --state s list >r
$ echo '{"id":"x","cmd":"echo 2"}' >list
$ weir run-tasks --state s --on-change skip list
$ weir run-tasks --state s --on-change fail list
! weir: run-tasks: list:1:1: id "x" was completed, and has changed since (--on-change fail)
? 65
$ weir run-tasks --state s list | weir stream-jsonl .result.stdout
> "2\n"
$ weir run-tasks --state s --on-change fail list

== --on-change fail: nothing is started, if the list can be read before
$ echo '{"id":"x","cmd":"echo 1"}' >list; weir run-tasks --state s list >r
$ printf 'touch ran\n{"id":"x","cmd":"echo 2"}\n' >list
$ weir run-tasks --state s --on-change fail list; echo $?; ls ran
> 65
! weir: run-tasks: list:2:1: id "x" was completed, and has changed since (--on-change fail)
! (any)
? 2

== a duplicate id is a fault, from a pipe too
$ printf '{"id":"x","cmd":"true"}\n{"id":"x","cmd":"true"}\n' |
+     weir run-tasks -q --state s | weir stream-jsonl .task_id
> "x"
! weir: run-tasks: <stdin>:2:1: id "x" was given before

== --rerun
$ printf 'echo a >>ran\nfalse\n' >list; weir run-tasks -q --state s list >r
? 1
$ echo 'echo new >>ran' >>list
$ weir run-tasks -q --state s --rerun failed list | weir stream-jsonl .task_id
> "task_2"
$ weir run-tasks -q --state s --rerun all list | weir stream-jsonl .task_id | sort
> "task_1"
> "task_2"
> "task_3"
$ cat ran | sort
> a
> a
> new

== what was completed before counts for those that come after it
@ list
| {"id":"a","cmd":"echo a >>ran"}
| {"id":"b","cmd":"echo b >>ran; test -e there","after":"a"}
| {"id":"c","cmd":"echo c >>ran","after":["a","b"]}
$ weir run-tasks -q --state s list >r
? 1
$ touch there; weir run-tasks --state s list | weir stream-jsonl .task_id
> "b"
> "c"
$ cat ran
> a
> b
> b
> c

== also where it is no longer in the list
$ echo '{"id":"a","cmd":"true"}' >list; weir run-tasks --state s list >r
$ echo '{"id":"b","cmd":"echo b","after":"a"}' >list
$ weir run-tasks --state s list | weir stream-jsonl .task_id
> "b"
$ echo '{"id":"c","cmd":"echo c","after":"b"}' | weir run-tasks --state s | weir stream-jsonl .task_id
> "c"
$ echo '{"id":"d","cmd":"echo c","after":"none"}' >list; weir run-tasks --state s list
! weir: run-tasks: list:1:34: "after": no task has the id "none"
? 65

== --dry-run says why, and makes and locks nothing
$ printf 'true\nfalse\n{"id":"x","cmd":"true"}\n' >list
$ weir run-tasks -n --state s list | weir stream-jsonl '[.run,.reason]'
> [true,"new"]
> [true,"new"]
> [true,"new"]
$ ls
> list
$ weir run-tasks -q --state s list >r
? 1
$ printf 'true\nfalse\n{"id":"x","cmd":"false"}\necho\n' >list
$ weir run-tasks -n --state s list | weir stream-jsonl '[.run,.reason]'
> [false,"completed"]
> [true,"failed"]
> [true,"changed"]
> [true,"new"]
$ weir run-tasks -n --state s --on-change skip list | weir stream-jsonl -c '[.run,.reason]'
> [false,"completed"]
> [true,"failed"]
> [false,"completed, changed since"]
> [true,"new"]

== the summary counts what was skipped
$ printf 'true\ntrue\n' >list; weir run-tasks --state s list >r
$ echo 'echo' >>list; weir run-tasks --state s --summary sum list >r
$ weir stream-jsonl '[.tasks,.completed,.skipped]' sum
> [1,1,2]
$ sqlite3 s 'SELECT state,exit_status,completed,skipped FROM runs'
> completed|0|2|0
> completed|0|1|2

== one run at a time
$ (flock 9; weir run-tasks --state s -- true ::: a; echo $?;
+  weir run-tasks --state s --if-running skip -- true ::: a; echo $?) 9>s.lock
> 75
> 0
! weir: run-tasks: s: another run holds it
$ weir run-tasks --state s --if-running wait -- echo ::: a | weir stream-jsonl .status
> "completed"

== a file of another sort is refused and stays as it is
$ seq 2000 >s; cksum <s >before; weir run-tasks --state s -- true ::: a; echo $?
> 78
! weir: run-tasks: s: file is not a database
$ cksum <s | cmp - before && ls
> before
> s
> s.lock

== so is a database of another program
$ sqlite3 s 'CREATE TABLE t(a)'; weir run-tasks --state s -- true ::: a; echo $?
> 78
! weir: run-tasks: s: not a state of weir, but a database of another program

== and a newer state
$ weir run-tasks --state s -- true ::: a >r; sqlite3 s 'PRAGMA user_version=2'
$ cksum <s >before; weir run-tasks --state s -- true ::: a; echo $?
> 78
! weir: run-tasks: s: made by a newer weir (version 2 of the format, not 1)
$ cksum <s | cmp - before

== a log without its database is not thrown away
$ echo log >s-wal; weir run-tasks --state s -- true ::: a; echo $?; cat s-wal
> 78
> log
! weir: run-tasks: s: its log, s-wal, is there without the database

== a state that cannot be made
$ weir run-tasks --state none/s -- true ::: a
! weir: run-tasks: none/s.lock: No such file or directory
? 73
$ mkdir s; weir run-tasks --state s -- true ::: a
! weir: run-tasks: s: not a regular file
? 78
$ weir run-tasks --state - -- true ::: a
! weir: run-tasks: --state: a state is a file, not '-'
? 2

== -v names the transactions
$ weir run-tasks -v --state s --durability process -- true ::: a 2>&1 >r | grep -v task_1
> weir: s: opened, durability process
> weir: state: begin: 0 started, 1 ended
> weir: state: commit: [0-9.]+ ms (re)
> weir: .* of its own CPU time a task (re)
> weir: s: 0 completed before, 0 no longer listed
> weir: s: closed

== results that go nowhere are in the state all the same
$ weir run-tasks --state s -- echo ::: a b c | true; sqlite3 s 'SELECT count(*) FROM tasks'
> 3

== the events come after the commit, and only of what is run
$ weir run-tasks --state s --events e -- true ::: a >r; weir stream-jsonl .status e
> "pending"
> "running"
> "completed"
$ weir run-tasks --state s --events e -- true ::: a; wc -c <e
> 0
