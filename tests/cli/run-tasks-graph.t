# Tasks that come after others.

== a task comes after those that it names, wherever they are in the list
@ list
| {"id":"end","cmd":"cat a b","after":["a","b"]}
| {"id":"a","cmd":"sleep 0.1; echo a >a"}
| {"id":"b","cmd":"cat a >b","after":"a"}
$ weir run-tasks list | weir stream-jsonl .result.stdout
> ""
> ""
> "a\na\n"
$ weir run-tasks <list | weir stream-jsonl .status
> "completed"
> "completed"
> "completed"
$ cat list | weir run-tasks | weir stream-jsonl .status
> "completed"
> "completed"
> "completed"

== a task without an id can be named
@ list
| echo one
| {"cmd":"echo two","after":"task_1"}
| {"cmd":"echo three","after":["task_2","task_1"]}
$ weir run-tasks list | weir stream-jsonl .result.stdout
> "one\n"
> "two\n"
> "three\n"

== what comes after a failure is cancelled, and what comes after that
@ list
| {"id":"a","cmd":"exit 3"}
| {"id":"b","cmd":"touch started","after":"a","meta":1}
| {"id":"c","cmd":"touch started","after":"b"}
| {"id":"d","cmd":"echo d"}
$ weir run-tasks list >out; status=$?; test -e started || exit $status
! weir: run-tasks: tasks 4, completed 1, failed 1, cancelled 2, retried 0 in [0-9.]+ s (re)
? 1
$ grep -v '"[ad]"' out
> {"task_id":"b","status":"cancelled","result":null,"error":{"kind":"dependency","message":"dependency a failed"},"execution_time":0.000000,"attempts":0,"started_at":null,"meta":1}
> {"task_id":"c","status":"cancelled","result":null,"error":{"kind":"dependency","message":"dependency b was cancelled"},"execution_time":0.000000,"attempts":0,"started_at":null,"meta":null}
$ weir run-tasks -q --format text list | sort | cut -c 1-56
> cancelled  b           0.000s  dependency a failed  touc
> cancelled  c           0.000s  dependency b was cancelle
> completed  d           [0-9.]+s  exit 0 .* (re)
> failed     a           [0-9.]+s  exit status 3  exit 3 (re)

== always: whether or not what it comes after failed
@ list
| {"id":"a","cmd":"exit 3"}
| {"id":"b","cmd":"true","after":"a"}
| {"id":"c","cmd":"sleep 0.1; touch c"}
| {"id":"clean","cmd":"test -e c && echo clean","after":["a","b","c"],"always":true}
| {"id":"d","cmd":"echo d","after":"clean"}
$ weir run-tasks -q list | grep -v '"[abc]"' | weir stream-jsonl .result.stdout
> "clean\n"
> "d\n"

== a task waits for the last attempt
@ list
| {"id":"a","cmd":"test $WEIR_ATTEMPT = 3","retries":2}
| {"id":"b","cmd":"echo b","after":"a"}
$ weir run-tasks --retry-delay 1ms list | weir stream-jsonl .status
> "completed"
> "completed"

== of the ready ones the longest chain goes first
@ list
| {"id":"alone","cmd":"echo alone >>order"}
| {"id":"a1","cmd":"echo a1 >>order"}
| {"id":"a2","cmd":"echo a2 >>order","after":"a1"}
| {"id":"b1","cmd":"echo b1 >>order"}
| {"id":"b2","cmd":"echo b2 >>order","after":"b1"}
| {"id":"b3","cmd":"echo b3 >>order","after":"b2"}
$ weir run-tasks -j1 list >out && cat order
> b1
> a1
> b2
> alone
> a2
> b3

== priority goes before the length of chains
@ list
| {"id":"alone","cmd":"echo alone >>order","priority":1}
| {"id":"a1","cmd":"echo a1 >>order"}
| {"id":"a2","cmd":"echo a2 >>order","after":"a1"}
| {"id":"a3","cmd":"echo a3 >>order","after":"a2","priority":-1}
| {"id":"b","cmd":"echo b >>order","priority":-1}
$ weir run-tasks -j1 list >out && cat order
> alone
> a1
> a2
> a3
> b

== an unknown id and a cycle are named, and nothing is started
@ list
| touch started
| {"id":"a","cmd":"true","after":["b"]}
| {"id":"b","cmd":"true","after":["task_1","c"]}
| {"id":"c","cmd":"true","after":"a"}
| {"id":"d","cmd":"true","after":["a","nope"]}
| {"id":"e","cmd":"true","after":["e"]}
$ weir run-tasks list; status=$?; test -e started || exit $status
! weir: run-tasks: list:5:37: "after": no task has the id "nope"
! weir: run-tasks: list:2:33: "after" makes a cycle: a -> b -> c -> a
! weir: run-tasks: list:6:33: "after" makes a cycle: e -> e
? 65

== faults of lines and of the graph are told at once
@ list
| {"id":"a","cmd":"true","after":["nope"]}
| {"id":"b","cmd":"true","aftr":["a"]}
| {"id":"c","cmd":"true","after":"b"}
| {"id":"d","cmd":"true","after":"d"}
$ weir run-tasks list
! weir: run-tasks: list:2:24: unknown key "aftr"; did you mean "after"?
! weir: run-tasks: list:1:33: "after": no task has the id "nope"
! weir: run-tasks: list:4:32: "after" makes a cycle: d -> d
? 65

== a line that cannot be read at all may have had the id
@ list
| {"id":"a","cmd":"true","after":"b"}
| {"id":"b","cmd":"true",}
$ weir run-tasks list
! weir: run-tasks: list:2:24: invalid JSON: .* (re)
? 65

== a long cycle is told by its beginning
$ for i in $(seq 0 99); do
+     echo "{\"id\":\"n$i\",\"cmd\":\"true\",\"after\":\"n$(((i + 1) % 100))\"}"
+ done >list; weir run-tasks list
! weir: run-tasks: list:1:33: "after" makes a cycle: n0 -> n1 -> n2 -> n3 -> n4 -> n5 -> n6 -> n7 -> 92 more -> n0
? 65

== what after and always may be
@ list
| {"cmd":"true","after":1}
| {"cmd":"true","after":[1]}
| {"cmd":"true","after":[""]}
| {"cmd":"true","always":1}
| {"cmd":"true","after":[]}
| {"cmd":"true","after":"task_1","after":"task_1"}
$ weir run-tasks list
! weir: run-tasks: list:1:15: "after": has to be an id or an array of ids, each a string of 1 to 4096 bytes
! weir: run-tasks: list:2:15: "after": has to be an id or an array of ids, each a string of 1 to 4096 bytes
! weir: run-tasks: list:3:15: "after": has to be an id or an array of ids, each a string of 1 to 4096 bytes
! weir: run-tasks: list:4:15: "always": has to be true or false
! weir: run-tasks: list:6: column [0-9]+: duplicate object key near '"after"' (re)
? 65

== given ids and those of the list do not collide unseen
@ list
| {"id":"task_2","cmd":"true"}
| {"cmd":"true","after":"task_2"}
$ weir run-tasks list
! weir: run-tasks: list:2:1: id "task_2" was given before
? 65
$ cat list | weir run-tasks -q | weir stream-jsonl .task_id
> "task_2"
! weir: run-tasks: <stdin>:2:1: id "task_2" was given before

== from a pipe a task starts when those above it have ended
$ mkfifo list; sh -c '{ echo "{\"id\":\"a\",\"cmd\":\"echo a\"}"
+     echo "{\"id\":\"b\",\"cmd\":\"touch b\",\"after\":\"a\"}"
+     until test -e b; do sleep 0.1; done
+     echo "{\"id\":\"c\",\"cmd\":\"echo c\",\"after\":\"b\"}"
+     } >list & exec weir run-tasks list' | weir stream-jsonl .task_id
> "a"
> "b"
> "c"

== from a pipe nothing below an id that is not there yet is started
< echo before
< {"id":"a","cmd":"touch started","after":"b"}
< touch started
< {"id":"b","cmd":"touch started","after":"a"}
$ cat | weir run-tasks -q --ordered >out; status=$?
+ weir stream-jsonl .error.message out
+ test -e started || exit $status
> null
> "cancelled: the list has a fault"
> "cancelled: the list has a fault"
> "cancelled: the list has a fault"
! weir: run-tasks: <stdin>:2:41: "after" makes a cycle: a -> b -> a
? 65

== from a pipe what waits when a fault ends the list is worked off
$ { echo '{"id":"a","cmd":"sleep 0.3"}'
+     echo '{"id":"b","cmd":"echo b","after":"a"}'; echo '{}'; } |
+     weir run-tasks -q | weir stream-jsonl .status
> "completed"
> "completed"
! weir: run-tasks: <stdin>:3:1: neither "cmd" nor "argv"

== an id that several tasks of a pipe have cannot be named
< {"id":"a","cmd":"true"}
< {"id":"a","cmd":"true"}
< {"id":"b","cmd":"true","after":"a"}
$ cat | weir run-tasks -q | weir stream-jsonl .status
> "completed"
> "completed"
! weir: run-tasks: <stdin>:3:1: "after": more than one task has the id "a"

== all of a graph have a record when the run is stopped
@ list
| {"id":"d","cmd":"true","after":["b","c"]}
| {"id":"a","cmd":"exec sleep 9"}
| {"id":"b","cmd":"true","after":"a"}
| {"id":"c","cmd":"true","after":"a","always":true}
$ weir run-tasks -q --deadline 200ms list >out
! weir: run-tasks: deadline passed: 0 completed, 0 failed, 4 cancelled
? 124
$ cut -d, -f 1,2 out | sort
> {"task_id":"a","status":"cancelled"
> {"task_id":"b","status":"cancelled"
> {"task_id":"c","status":"cancelled"
> {"task_id":"d","status":"cancelled"
$ mkfifo fifo; (cat list; exec sleep 2) >fifo &
+ weir run-tasks -q --deadline 500ms fifo >out
! weir: run-tasks: deadline passed: 0 completed, 0 failed, 4 cancelled
? 124
$ cut -d, -f 1,2 out | sort | wc -l
> 4

== max-errors counts failures, not what they cancel
@ list
| {"id":"a","cmd":"false"}
| {"id":"b","cmd":"true","after":"a"}
| {"id":"c","cmd":"true","after":"a"}
| {"id":"d","cmd":"true","after":"a","always":true}
$ weir run-tasks -q --max-errors 1 list | cut -d, -f 1,2 | sort
> {"task_id":"a","status":"failed"
> {"task_id":"b","status":"cancelled"
> {"task_id":"c","status":"cancelled"
> {"task_id":"d","status":"completed"
