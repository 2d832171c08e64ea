# A list of commands. What needs clocks, /proc or a terminal is in
# run-tasks-*.sh, signals are in tests/fault.

== a record has its keys in order
< echo out; echo err >&2
$ weir run-tasks
> [{]"task_id":"task_1","status":"completed","result":[{]"exit_code":0,"signal":null,"stdout":"out\\n","stderr":"err\\n","stdout_bytes":4,"stderr_bytes":4,"truncated":false,"user_time":[0-9]+[.][0-9]{6},"system_time":[0-9]+[.][0-9]{6},"max_rss":[0-9]+[}],"error":null,"execution_time":[0-9]+[.][0-9]{6},"attempts":1,"started_at":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z","meta":null[}] (re)

== nothing is said when all went well
@ list
| true
|
|   # a comment
| {"argv":["true"],"id":"b"}
$ weir run-tasks --ordered list | weir stream-jsonl .task_id
> "task_1"
> "b"
$ weir run-tasks --ordered <list | weir stream-jsonl .status
> "completed"
> "completed"
$ weir run-tasks --ordered - <list | weir stream-jsonl .task_id
> "task_1"
> "b"

== lines of text have columns
@ list
| true
| {"id":"a longer id","cmd":"exit 3"}
| {"id":"x","argv":["no-such-program","a b"]}
| {"id":"sig","cmd":"kill -9 $$"}
| {"id":"slow","cmd":"sleep 9","timeout":0.1}
$ weir run-tasks --ordered --format text list
> completed  task_1 {6}[0-9]{1,4}[.][0-9]{3}s  exit 0   true (re)
> failed     a longer id +[0-9]{1,4}[.][0-9]{3}s  exit status 3  exit 3 (re)
> failed     x +[0-9]{1,4}[.][0-9]{3}s  no-such-program: No such file or directory  no-such-program a b (re)
> failed     sig +[0-9]{1,4}[.][0-9]{3}s  killed by signal 9 [(]KILL[)] +kill -9 [$][$] (re)
> failed     slow +[0-9]{1,4}[.][0-9]{3}s  timed out after 0.1 s +sleep 9 (re)
! weir: run-tasks: tasks 5, completed 1, failed 4, cancelled 0, retried 0 in [0-9.]+ s (re)
? 1

== colours come only when asked
< true
$ weir run-tasks --format text --color always | tr '\033' E
> E\[32mcompletedE\[0m  task_1 .* (re)
< true
$ weir run-tasks --format text | cut -c 1-16
> completed  task_

== JSON is never coloured
< true
$ weir run-tasks --color always | weir stream-jsonl .status
> "completed"

== meta comes back untouched
< {"cmd":"true","meta":{"b": 1.50, "a":[null,"\u00e9"]}}
$ weir run-tasks | weir stream-jsonl .meta
> {"b": 1.50, "a":[null,"\u00e9"]}

== meta may hold what no number or string type does
@ list
| {"cmd":"true","meta":18446744073709551616}
| {"cmd":"true","meta":[1e400,-0.00,{"a":1,"a":2}]}
| {"cmd":"true","meta": "\ud800\u0000" ,"id":"x"}
$ weir run-tasks --ordered list | sed 's/.*"meta"://'
> 18446744073709551616}
> [1e400,-0.00,{"a":1,"a":2}]}
> "\ud800\u0000"}
< {"cmd":"true","meta":1e400,"timeout":1e400}
< {"cmd":"true","meta":11111,"meta":11111}
$ weir run-tasks -q
! weir: run-tasks: <stdin>:1: column 4[0-9]: real number overflow near '1e400' (re)
! weir: run-tasks: <stdin>:2: column 33: duplicate object key near '"meta"'
? 65

== a command has a shell, argv has none
< {"cmd":"echo 'a  b' $((1+1)) | tr a-z A-Z"}
$ weir run-tasks | weir stream-jsonl .result.stdout
> "A  B 2\n"
< {"argv":["printf","[%s]","a  b","$HOME","*","'"]}
$ weir run-tasks | weir stream-jsonl .result.stdout
> "[a  b][$HOME][*][']"

== argv is found in PATH, the task's own first
$ mkdir bin && printf '#!/bin/sh\necho mine\n' >bin/date && chmod +x bin/date &&
+     echo '{"argv":["date"],"env":{"PATH":"'"$PWD"'/bin"}}' | weir run-tasks |
+     weir stream-jsonl .result.stdout
> "mine\n"

== env adds to ours and replaces
< {"cmd":"echo $A-$B-$C","env":{"A":"a b","B":""}}
$ A=0 B=1 C=2 weir run-tasks | weir stream-jsonl .result.stdout
> "a b--2\n"

== a task knows its id, attempt and slot
< {"id":"x y","cmd":"echo $WEIR_TASK_ID/$WEIR_ATTEMPT/$WEIR_SLOT"}
$ WEIR_SLOT=99 weir run-tasks | weir stream-jsonl .result.stdout
> "x y/1/1\n"

== cwd is where the task runs
$ mkdir sub && echo '{"cmd":"pwd","cwd":"sub"}' | weir run-tasks |
+     weir stream-jsonl .result.stdout
> ".*/sub\\n" (re)
< {"cmd":"true","cwd":"none"}
$ weir run-tasks -q | weir stream-jsonl .error
> {"kind":"spawn","message":"directory none: No such file or directory"}

== a relative program is looked for in cwd
$ mkdir sub && printf '#!/bin/sh\necho found\n' >sub/prog && chmod +x sub/prog &&
+     echo '{"argv":["./prog"],"cwd":"sub"}' | weir run-tasks |
+     weir stream-jsonl .result.stdout
> "found\n"

== stdin is empty, a text or a file
@ in
| from file
@ list
| cat
| {"cmd":"cat","stdin":"a\u0000\nb"}
| {"cmd":"cat","stdin_file":"in"}
$ weir run-tasks --ordered list | weir stream-jsonl .result.stdout
> ""
> "a\u0000\nb"
> "from file\n"
< {"cmd":"cat","stdin_file":"none"}
$ weir run-tasks -q | weir stream-jsonl .error
> {"kind":"spawn","message":"stdin none: No such file or directory"}

== a FIFO that nobody writes to does not hold the run
$ mkfifo fifo && echo '{"cmd":"cat; echo end","stdin_file":"fifo"}' |
+     weir run-tasks | weir stream-jsonl .result.stdout
> "end\n"

== children of the shell that became weir are left alone
$ mkfifo list && sh -c '{ for i in 1 2 3; do echo "echo $i"; sleep 0.3; done
+     } >list & exec weir run-tasks --ordered list' |
+     weir stream-jsonl .result.stdout
> "1\n"
> "2\n"
> "3\n"

== signals that the caller has blocked are heard
$ echo 'kill -TERM $PPID; exec sleep 20' |
+     env --block-signal weir run-tasks -q --ordered |
+     weir stream-jsonl .status
> "cancelled"

== the list is not a task's stdin
< cat
< echo second
$ weir run-tasks --ordered -j1 | weir stream-jsonl .result.stdout
> ""
> "second\n"

== exit codes that are success
< {"id":"a","cmd":"exit 3","ok_exit":[3,4]}
< {"id":"b","cmd":"exit 5","ok_exit":[3,4]}
< {"id":"c","cmd":"true","ok_exit":[3]}
$ weir run-tasks -q --ordered --format text | cut -c 1-13
> completed  a 
> failed     b 
> completed  c 

== a failure has its kind
@ list
| exit 3
| kill -TERM $$
| {"cmd":"sleep 9","timeout":0.1}
| {"argv":["none"]}
| {"argv":["/"]}
| {"argv":["./file"]}
| {"argv":["./script"]}
| {"argv":["./gone"]}
$ : >file; printf 'echo no interpreter\n' >script; chmod +x script
+ printf '#!/no/such/sh\n' >gone; chmod +x gone
+ weir run-tasks -q --ordered list | weir stream-jsonl .error
> {"kind":"exit","message":"exit status 3"}
> {"kind":"signal","message":"killed by signal 15 (TERM)"}
> {"kind":"timeout","message":"timed out after 0.1 s"}
> {"kind":"spawn","message":"none: No such file or directory"}
> {"kind":"spawn","message":"/: Permission denied"}
> {"kind":"spawn","message":"./file: Permission denied"}
> {"kind":"spawn","message":"./script: Exec format error"}
> {"kind":"spawn","message":"./gone: No such file or directory"}

== the shell's own failures are exits
< no-such-program-at-all
< exit 126
$ weir run-tasks -q --ordered | weir stream-jsonl .error.message
> "exit status 127"
> "exit status 126"

== an argument may be too long for the system
$ { printf '{"argv":["echo","'; head -c 200000 /dev/zero | tr '\0' x
+     echo '"]}'; printf 'echo '; head -c 200000 /dev/zero | tr '\0' x; } >list
+ weir run-tasks -q --ordered list | weir stream-jsonl .error
> [{]"kind":"spawn","message":".*/echo: Argument list too long"[}] (re)
> {"kind":"spawn","message":"/bin/sh: Argument list too long"}

== a failure is tried again
@ list
| {"id":"a","cmd":"echo $WEIR_ATTEMPT; exit 1","retries":2}
| {"id":"b","cmd":"test $WEIR_ATTEMPT = 3","retries":9}
| {"id":"c","cmd":"false"}
| {"id":"d","argv":["none"],"retries":9}
$ weir run-tasks --retry-delay 1ms --ordered list | weir stream-jsonl .attempts
> 3
> 3
> 1
> 1
! weir: run-tasks: tasks 4, completed 1, failed 3, cancelled 0, retried 4 in [0-9.]+ s (re)
< false
$ weir run-tasks -v --retries 1 --retry-delay 1ms | weir stream-jsonl .attempts
> 2
! weir: task_1: started, pid [0-9]+, slot 1 (re)
! weir: task_1: pid [0-9]+ ended (re)
! weir: task_1: attempt 1 failed: exit status 1; again in 0.00[01] s (re)
! weir: task_1: started, pid [0-9]+, slot 1 (re)
! weir: task_1: pid [0-9]+ ended (re)
! weir: [0-9.]+ us of its own CPU time a task (re)
! weir: run-tasks: tasks 1, completed 0, failed 1, cancelled 0, retried 1 in [0-9.]+ s (re)

== output beyond the capture is counted
< head -c 100000 /dev/zero | tr '\0' x; printf 12345 >&2
$ weir run-tasks --capture 4 | weir stream-jsonl .result |
+     sed 's/,"user_time.*//'
> {"exit_code":0,"signal":null,"stdout":"xxxx","stderr":"1234","stdout_bytes":100000,"stderr_bytes":5,"truncated":true
< head -c 65536 /dev/zero | tr '\0' x
< head -c 65537 /dev/zero | tr '\0' x
$ weir run-tasks --ordered | weir stream-jsonl .result.truncated
> false
> true

== output that is no text is there twice: to read, and exactly
< printf '\377\001\033\303\251\303'; echo text >&2
$ weir run-tasks | weir stream-jsonl .result | tr , '\n' | grep std
> "stdout":"�\u0001\u001bé�"
> "stderr":"text\n"
> "stdout_bytes":6
> "stderr_bytes":5
> "stdout_base64":"/wEbw6nD"}

== of what is longer than the capture the end is kept too
< seq 100000; echo short >&2
$ weir run-tasks --capture 10 | weir stream-jsonl .result |
+     grep -o '"[a-z_]*\(tail\|truncated\|stdout\|stderr\|bytes\)":[^,}]*'
> "stdout":"1\n2\n3\n4\n5\n"
> "stderr":"short\n"
> "stdout_bytes":588895
> "stderr_bytes":6
> "truncated":true
> "stdout_tail":"99\n100000\n"
< printf 0123456789
$ weir run-tasks --capture 8 | weir stream-jsonl .result.stdout_tail
> "89"
< printf 0123456789
$ weir run-tasks --capture 0 | weir stream-jsonl .result |
+     grep -c -e tail -e '"stdout":""'
> 1

== a character that is cut is left out
< printf 'a\303\251\303\251\303\251b'
$ weir run-tasks --capture 4 | weir stream-jsonl .result |
+     grep -o '"stdout[a-z_]*":[^,}]*'
> "stdout":"aé"
> "stdout_bytes":8
> "stdout_tail":"éb"

== what a failed task said last is beneath its line
< true >&2; echo said >&2
< seq 20 >&2; printf 'e\033[31mnd' >&2; exit 3
< echo out; exit 4
$ weir run-tasks -q --ordered --format text | tr '\033' E
> completed  task_1 +[0-9.]+s  exit 0   .* (re)
> failed     task_2 +[0-9.]+s  exit status 3  seq 20 .* (re)
>     12
>     13
>     14
>     15
>     16
>     17
>     18
>     19
>     20
>     eE[31mnd
> failed     task_3 +[0-9.]+s  exit status 4  echo out; exit 4 (re)

== results come as they finish, or in the order of the list
< sleep 0.5
< true
$ weir run-tasks | weir stream-jsonl .task_id
> "task_2"
> "task_1"
< sleep 0.5
< true
$ weir run-tasks --ordered | weir stream-jsonl .task_id
> "task_1"
> "task_2"

== a faulty list is named fault by fault, and nothing is started
@ list
| touch started
| {"cmd":1}
|   {"cmd":"x",}
| {"argv":[]}
| {"cmd":"x","idd":"y"}
| {"cmd":"x","frobnicate":1}
| {"cmd":"x","timeout":"5s"}
| {"id":"a","cmd":"x"}
| {"id":"a","cmd":"x"}
| {"id":"b"}
| {"cmd":"x","argv":["x"]}
| {"cmd":"x","env":{"A":1}}
$ weir run-tasks list; status=$?; test -e started || exit $status
! weir: run-tasks: list:2:2: "cmd": has to be a string
! weir: run-tasks: list:3:14: invalid JSON: .* (re)
! weir: run-tasks: list:4:2: "argv": has to be an array of at least one string
! weir: run-tasks: list:5:12: unknown key "idd"; did you mean "id"?
! weir: run-tasks: list:6:12: unknown key "frobnicate"
! weir: run-tasks: list:7:12: "timeout": has to be a number of seconds
! weir: run-tasks: list:9:1: id "a" was given before
! weir: run-tasks: list:10:1: neither "cmd" nor "argv"
! weir: run-tasks: list:11:1: both "cmd" and "argv"
! weir: run-tasks: list:12:12: "env": has to be a string
? 65

== what the document reader refuses is named too
@ list
| {"cmd":"a","cmd":"b"}
| {"cmd":"a","timeout":99999999999999999999}
| {"cmd":"a\ud800"}
$ weir run-tasks list
! weir: run-tasks: list:1: column [0-9]+: duplicate object key near '"cmd"' (re)
! weir: run-tasks: list:2: column [0-9]+: too big integer near '99999999999999999999' (re)
! weir: run-tasks: list:3: column [0-9]+: invalid Unicode .* (re)
? 65

== the first 1000 faults are named, the others counted
$ yes '{}' | head -n 1005 >list; weir run-tasks list 2>&1 | sed -n '1p;1000,$p'
> weir: run-tasks: list:1:1: neither "cmd" nor "argv"
> weir: run-tasks: list:1000:1: neither "cmd" nor "argv"
> weir: run-tasks: 5 more faults in the list

== a list that is redirected from a file is checked as well
@ list
| touch started
| {}
$ weir run-tasks <list; status=$?; test -e started || exit $status
! weir: run-tasks: <stdin>:2:1: neither "cmd" nor "argv"
? 65

== a list from a pipe is worked off up to its fault
$ { echo 'echo done'; sleep 0.3; echo '{}'; echo 'echo never'; } |
+     weir run-tasks | weir stream-jsonl .result.stdout
> "done\n"
! weir: run-tasks: tasks 1, completed 1, failed 0, cancelled 0, retried 0 in [0-9.]+ s (re)
! weir: run-tasks: <stdin>:2:1: neither "cmd" nor "argv"

== a NUL byte is a fault
$ printf 'echo a\0b\n' >list; weir run-tasks list
! weir: run-tasks: list:1:7: NUL byte in a command
? 65

== a line of the list has at most 16 MiB
$ { head -c 16777300 /dev/zero | tr '\0' x; echo; echo true; } >list
+ weir run-tasks list
! weir: run-tasks: list:1: line of more than 16777216 bytes
? 65

== CRLF, a byte order mark and a missing newline are accepted
$ printf '\357\273\277echo a\r\n{"cmd":"echo b"}\r\necho c' >list
+ weir run-tasks --ordered list | weir stream-jsonl .result.stdout
> "a\n"
> "b\n"
> "c\n"

== an empty list is no failure
$ weir run-tasks </dev/null
$ : >empty && weir run-tasks empty && echo '# nothing' | weir run-tasks

== a list that cannot be read
$ weir run-tasks -q none
! weir: run-tasks: none: No such file or directory
? 66
$ mkdir d; weir run-tasks -q d
! weir: run-tasks: d: Is a directory
? 66
$ weir run-tasks <&-
! weir: run-tasks: stdin: Bad file descriptor
? 66
$ weir run-tasks a b
! weir: run-tasks: one list at a time, not 'b' too; words for a command follow ::: or are in the file of -a
? 2

== a full or closed stdout is an error in every mode
< true
$ weir run-tasks -q >/dev/full
! weir: run-tasks: stdout: No space left on device
? 74
< true
$ weir run-tasks -q --format text >/dev/full
! weir: run-tasks: stdout: No space left on device
? 74
< true
$ weir run-tasks -q --ordered --summary s.json >/dev/full
! weir: run-tasks: stdout: No space left on device
? 74
< true
$ weir run-tasks >&-
! weir: run-tasks: stdout: Bad file descriptor
? 74

== after a write that failed nothing new is started
$ { echo true; sleep 0.3; echo touch started; } | weir run-tasks -q >/dev/full
+ status=$?; test -e started || exit $status
! weir: run-tasks: stdout: No space left on device
? 74

== a reader that goes away ends the run quietly
$ yes true | weir run-tasks --ordered -j2 | head -n 1 | cut -c 1-19
> {"task_id":"task_1"

== the summary counts the tasks
< true
< false
$ weir run-tasks -q --summary s.json >/dev/null; echo $?; cat s.json
> 1
> [{]"version":"[0-9.]+","command":"run-tasks","exit_status":1,"error":null,"started_at":"[-0-9]{10}T[0-9:]{8}[.][0-9]{3}Z","elapsed":[0-9.]+,"tasks":2,"completed":1,"failed":1,"cancelled":0,"retried":0[}] (re)

== a deadline cancels what is left
< sleep 9
< echo never
$ weir run-tasks -j1 --deadline 300ms --grace 1 --ordered --format text
> cancelled  task_1      [0-9.]+s  cancelled while it ran  sleep 9 (re)
> cancelled  task_2      0.000s  cancelled before it started  echo never (re)
! weir: run-tasks: tasks 2, completed 0, failed 0, cancelled 2, retried 0 in [0-9.]+ s (re)
! weir: run-tasks: deadline passed: 0 completed, 0 failed, 2 cancelled
? 124

== what was never started gets a record too
@ list
| sleep 9
| {"id":"b","cmd":"echo never","meta":5}
$ seq 2 3000 >>list
+ weir run-tasks -q -j1 --deadline 200ms --grace 1 list >out
! weir: run-tasks: deadline passed: 0 completed, 0 failed, 3001 cancelled
? 124
$ head -n 2 out | weir stream-jsonl .error.message
> "cancelled before it started"
> "cancelled before it started"
$ grep '"b"' out
> {"task_id":"b","status":"cancelled","result":null,"error":{"kind":"cancelled","message":"cancelled before it started"},"execution_time":0.000000,"attempts":0,"started_at":null,"meta":5}
$ cut -d, -f 1,2 out | sort -u | wc -l
> 3001
$ { seq 100 | sed 's/.*/false/'; } >list
+ weir run-tasks -q -j1 --max-errors 3 list | cut -d, -f 2 | sort | uniq -c |
+     sed 's/^ *//'
> [0-9]+ "status":"cancelled" (re)
> [0-9]+ "status":"failed" (re)
! weir: run-tasks: stopped: [0-9]+ failed [(]--max-errors[)] (re)

== too many errors stop the run
$ yes false | head -n 50 |
+     weir run-tasks -j1 --max-errors 3 --ordered --format text |
+     cut -c 1-9 | sort | uniq -c | sed 's/^ *//'
> [0-9]+ cancelled (re)
> 4 failed   
! (any)
$ yes false | head -n 500 | weir run-tasks -q -j1 --max-errors 3 >out
! weir: run-tasks: stopped: [0-9]+ failed [(]--max-errors[)] (re)
? 1
$ yes false | head -n 500 | weir run-tasks -q -j1 --max-errors 0% >out
! weir: run-tasks: stopped: [0-9]+ failed [(]--max-errors[)] (re)
? 1

== a task's own timeout takes the place of the run's
@ list
| {"id":"a","cmd":"sleep 0.4","timeout":0}
| {"id":"b","cmd":"sleep 9"}
$ weir run-tasks -q --ordered --timeout 100ms list | weir stream-jsonl .error
> null
> {"kind":"timeout","message":"timed out after 0.1 s"}

== what was printed before the timeout is kept
< echo before; exec sleep 9
$ weir run-tasks -q --timeout 200ms | weir stream-jsonl .result.stdout
> "before\n"

== ids and commands are shown escaped as text
$ printf '{"id":"a\\u001b[2J","cmd":"true \\u001b]0"}\n' |
+     weir run-tasks --format text
> completed  a\\x1b\[2J +[0-9.]+s  exit 0   true \\x1b\]0 (re)

== every change of state is an event
@ list
| {"id":"a","cmd":"test $WEIR_ATTEMPT = 2","retries":1}
| {"id":"b","cmd":"sleep 20","timeout":0.1}
| {"id":"c","argv":["none"]}
$ weir run-tasks -q -j1 --retry-delay 0 --events events list >out
? 1
$ sed 's/{"time":"[-0-9]*T[:0-9]*[.][0-9]*Z",//' events
> "task_id":"a","status":"pending","attempt":0,"cause":null}
> "task_id":"b","status":"pending","attempt":0,"cause":null}
> "task_id":"c","status":"pending","attempt":0,"cause":null}
> "task_id":"a","status":"running","attempt":1,"cause":null}
> "task_id":"a","status":"retrying","attempt":1,"cause":{"kind":"exit","message":"exit status 1"},"delay":0.000}
> (any)
$ weir stream-jsonl .task_id events | sort | uniq -c | sed 's/^ *//'
> 5 "a"
> 3 "b"
> 3 "c"
$ weir stream-jsonl . events | tail -n +6 | sed 's/.*"task_id"://' | sort
> "a","status":"completed","attempt":2,"cause":null}
> "a","status":"running","attempt":2,"cause":null}
> "b","status":"failed","attempt":1,"cause":{"kind":"timeout","message":"timed out after 0.1 s"}}
> "b","status":"running","attempt":1,"cause":null}
> "c","status":"failed","attempt":1,"cause":{"kind":"spawn","message":"none: No such file or directory"}}
> "c","status":"running","attempt":1,"cause":null}

== what was never started has its events too
@ list
| sleep 20
| echo never
$ weir run-tasks -q -j1 --deadline 200ms --grace 1 --events events list >out
! weir: run-tasks: deadline passed: 0 completed, 0 failed, 2 cancelled
? 124
$ grep task_2 events | sed 's/.*"status"://'
> "pending","attempt":0,"cause":null}
> "cancelled","attempt":0,"cause":{"kind":"cancelled","message":"cancelled before it started"}}

== an event is there as it happens
$ mkfifo list; weir run-tasks --events events <list >out & exec 3>list
+ echo 'echo first' >&3; n=0
+ until grep -q '"completed"' events 2>/dev/null || [ $n = 200 ]; do
+     n=$((n + 1)); sleep 0.05; done; wc -l <events; exec 3>&-; wait
> 3

== a job log has the columns of GNU parallel
@ list
| printf 'a\tb'
| exit 3
| kill -9 $$
| {"cmd":"sleep 20","timeout":0.1}
| {"argv":["printf","x\n\ty"]}
$ weir run-tasks -q --joblog log -j1 list >out; tr '\t' '|' <log
> Seq|Host|Starttime|JobRuntime|Send|Receive|Exitval|Signal|Command
> 1[|]:[|][0-9]+[.][0-9]{3}[|] +[0-9][.][0-9]{3}[|]0[|]3[|]0[|]0[|]printf 'a\\tb' (re)
> 2[|]:[|].*[|]0[|]0[|]3[|]0[|]exit 3 (re)
> 3[|]:[|].*[|]0[|]0[|]0[|]9[|]kill -9 [$][$] (re)
> 4[|]:[|].* +0[.].*[|]0[|]0[|]-1[|]15[|]sleep 20 (re)
> 5[|]:[|].*[|]0[|]4[|]0[|]0[|]printf x\\n\\ty (re)

== events and job log are files, and not stdout
< true
$ weir run-tasks --events -
! weir: run-tasks: --events -: stdout has the results
? 2
< true
$ weir run-tasks --joblog none/log
! weir: run-tasks: none/log: No such file or directory
? 73
$ echo old >log; echo '{}' >list; weir run-tasks --joblog log list 2>err; cat log
> old

== what runs is told at SIGUSR1, escaped
@ list
| {"id":"a\u001b","cmd":"kill -USR1 $PPID; read x <go; : '\u001b[2J'"}
$ mkfifo go; { until grep -q task err; do sleep 0.05; done; sleep 0.2
+     echo >go; } 2>/dev/null & weir run-tasks -q list >out 2>err; wait; cat err
> weir: 0/1 tasks, 0 failed, 1 running, .* (re)
>      pid   seconds attempt  id  command
>  +[0-9]+ +[0-9]+[.][0-9]{3} +1  a\\x1b  kill -USR1 [$]PPID; read x <go; : '\\x1b\[2J' (re)

== of a list that can be read before the progress has the total from the start
$ printf 'sleep 0.3\n%s' "$(yes true | head -n 99)" >list
+ weir run-tasks -j1 --progress always list 2>&1 >/dev/null |
+     grep -o '0/100 tasks, 0 failed, 1 running' | sort -u
> 0/100 tasks, 0 failed, 1 running
