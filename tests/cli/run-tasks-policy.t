# What a failure leads to: another attempt, the end of the run, or nothing.

== only what --retry-on names is tried again
@ list
| {"id":"a","cmd":"exit 75","retries":1}
| {"id":"b","cmd":"exit 76","retries":1}
| {"id":"c","cmd":"kill -9 $$","retries":1}
| {"id":"d","cmd":"kill -15 $$","retries":1}
| {"id":"e","argv":["./none"],"retries":1}
| {"id":"f","cmd":"exec sleep 9","timeout":0.05,"retries":1}
$ weir run-tasks -q --ordered --retry-delay 1ms --retry-on exit:70-75,signal:KILL --retry-on spawn list | weir stream-jsonl .attempts
> 2
> 1
> 2
> 1
> 2
> 1
$ weir run-tasks -q --ordered --retry-delay 1ms --retry-on timeout,signal list | weir stream-jsonl .attempts
> 1
> 1
> 2
> 2
> 1
> 2

== without it, all but a failed start
@ list
| {"id":"a","cmd":"exit 75","retries":1}
| {"id":"c","cmd":"kill -9 $$","retries":1}
| {"id":"e","argv":["./none"],"retries":1}
$ weir run-tasks -q --ordered --retry-delay 1ms list | weir stream-jsonl .attempts
> 2
> 2
> 1

== a cause that is none
$ weir run-tasks --retry-on exit:300 /dev/null
! weir: run-tasks: --retry-on: 'exit:300' is none of exit, exit:N, exit:N-M, signal, signal:NAME, timeout, spawn
? 2

== halt now: what runs is ended, the rest is not started
@ list
| {"id":"slow","cmd":"sleep 30"}
| {"id":"bad","cmd":"exit 3"}
| {"id":"next","cmd":"sleep 30"}
| {"id":"last","cmd":"true"}
$ weir run-tasks -j 2 --halt now,fail=1 -q --ordered list | cut -d, -f 1,2
> {"task_id":"slow","status":"cancelled"
> {"task_id":"bad","status":"failed"
> {"task_id":"next","status":"cancelled"
> {"task_id":"last","status":"cancelled"
! weir: run-tasks: stopped: 1 failed [(]--halt[)]; [12] not started (re)
$ weir run-tasks -j 2 --halt now,fail=1 -q list >out
! weir: run-tasks: stopped: 1 failed [(]--halt[)]; [12] not started (re)
? 1

== halt soon: what runs may end
@ list
| {"id":"slow","cmd":"while ! test -e go; do sleep 0.02; done; sleep 0.2; echo done >>log"}
| {"id":"bad","cmd":"touch go; exit 3"}
| {"id":"next","cmd":"touch ran","after":"slow"}
$ weir run-tasks -j 2 --halt soon,fail=1 -q --ordered list >out
! weir: run-tasks: stopped: 1 failed (--halt); 1 not started
? 1
$ cat log; test ! -e ran; weir stream-jsonl -r .status out
> done
> completed
> failed
> cancelled

== halt at a success is a good end
@ list
| exit 1
| sleep 0.1
| sleep 30
$ weir run-tasks -j 3 --halt now,success=1 --ordered list | weir stream-jsonl -r .status
> failed
> completed
> cancelled
$ weir run-tasks -j 3 --halt now,success=1 list >out
? 0

== fewer failures than that do not stop the run
@ list
| false
| true
$ weir run-tasks -q --halt now,fail=2 list >out
? 1

== a share of those that ended
$ yes false | head -n 200 >list; weir run-tasks -q -j 1 --halt soon,fail=50% list >out
! weir: run-tasks: stopped: 20 failed (--halt); 180 not started
? 1

== a deadline while the last may end
@ list
| false
| exec sleep 30
$ weir run-tasks -q -j 2 --halt soon,fail=1 --deadline 500ms list >out
! weir: run-tasks: deadline passed: 0 completed, 1 failed, 1 cancelled
? 124

== what --halt cannot be
$ weir run-tasks --halt later,fail=1 /dev/null
! weir: run-tasks: --halt: 'later,fail=1' is not WHEN,WHAT=N: now or soon, fail or success, N or N%
? 2
